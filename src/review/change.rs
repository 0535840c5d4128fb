//! What changed between two sheets: who came, who went, and whose access is another than before.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::line::{Key, Line};
use super::remark::{Remark, lost};
use super::sheet::Sheet;
use super::written::as_written;
use crate::answer::Verdict;
use crate::reserved::without_suffix;

/// What happened to a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
#[serde(rename_all = "kebab-case")]
pub enum ChangeKind {
    /// It was decided that it goes, and it is still there.
    NotRevoked,
    /// It is there and was not.
    Came,
    /// It is another than it was.
    Changed,
    /// It was there, and whether it is cannot be told: what the later sheet is made from lacks data, or the sheet lacks lines.
    Unread,
    /// It was there and is not, and nobody decided so.
    Went,
    /// It was decided that it goes, and it went.
    Revoked,
}

impl ChangeKind {
    /// The word that every format prints.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// A line that changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// How.
    pub change: ChangeKind,
    /// As it is now; as it was where it went.
    pub line: Line,
    /// What is another: `power: read, now admin`.
    pub what: Vec<String>,
}

/// All that changed, in order: what was not revoked first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Changes {
    /// Always [`Changes::SCHEMA`].
    pub schema: &'static str,
    /// Every line that is not the same.
    pub changes: Vec<Change>,
    /// Lines that are.
    pub unchanged: usize,
    /// Targets that only one of the two has: of them nothing is compared.
    pub not_compared: Vec<String>,
    /// What either side did not read: a line that is not there may be among it.
    pub missing: Vec<String>,
    /// Sheets that do not have the lines that they were made with.
    pub altered: Vec<OfSheet>,
}

/// What is wrong with one of the two sheets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OfSheet {
    /// `old` or `new`.
    pub side: &'static str,
    /// What.
    #[serde(flatten)]
    pub remark: Remark,
}

impl Changes {
    /// Name and version of the JSON form.
    pub const SCHEMA: &'static str = "rolehop/review-diff/v1";

    /// What changed from one sheet to the next.
    #[must_use]
    pub fn between(old: &Sheet, new: &Sheet) -> Self {
        let of_side = |side, sheet| lost(sheet).map(|remark| OfSheet { side, remark });
        let altered: Vec<OfSheet> = of_side("old", old).into_iter().chain(of_side("new", new)).collect();
        let is_whole = new.frozen.missing.is_empty() && altered.iter().all(|of| of.side == "old");
        Self { altered, ..Self::compared(old, new, |_| is_whole) }
    }

    /// What a later snapshot shows that a sheet does not have, or not so: `now` is the sheet of that snapshot. `narrowed` are roles that
    /// are still there, and that their target has no more: whether somebody reaches them nobody asked.
    #[must_use]
    pub fn since(sheet: &Sheet, now: &Sheet, narrowed: &BTreeSet<(&str, &str)>) -> Self {
        let is_read = now.frozen.missing.is_empty();
        Self::compared(sheet, now, |line| is_read && !narrowed.contains(&(&*line.target, &*line.role)))
    }

    /// A line that is not there went only where the later side has all that is asked about it.
    fn compared(old: &Sheet, new: &Sheet, is_told: impl Fn(&Line) -> bool) -> Self {
        let both = |target: &String| old.frozen.targets.contains(target) && new.frozen.targets.contains(target);
        let targets = old.frozen.targets.iter().chain(&new.frozen.targets);
        let mut not_compared: Vec<String> = targets.filter(|target| !both(target)).cloned().collect();
        not_compared.sort();
        not_compared.dedup();
        let lines = |sheet| by_key(sheet, &not_compared);
        let (mut before, after) = (lines(old), lines(new));
        follow_roles(&mut before, &after);
        let mut found = Vec::new();
        let mut unchanged = 0;
        for (key, line) in &after {
            match before.get(key) {
                Some(was) => match changed(was, line) {
                    Some(change) => found.push(change),
                    None => unchanged += 1,
                },
                None => found.push(Change { change: ChangeKind::Came, line: (*line).clone(), what: Vec::new() }),
            }
        }
        let gone = before.iter().filter(|(key, _)| !after.contains_key(*key));
        found.extend(gone.map(|(_, was)| went(was, is_told(was))));
        found.sort_by_cached_key(|change| (change.change, change.line.person.to_lowercase(), owned(change.line.key())));
        let of_side = |side: &'static str| move |missing: &String| format!("{side}: {missing}");
        let missing = old.frozen.missing.iter().map(of_side("old"));
        let missing = missing.chain(new.frozen.missing.iter().map(of_side("new"))).collect();
        Self { schema: Self::SCHEMA, changes: found, unchanged, not_compared, missing, altered: Vec::new() }
    }

    /// True if both sides could be compared wholly.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        let is_read = self.changes.iter().all(|change| change.change != ChangeKind::Unread);
        self.missing.is_empty() && self.not_compared.is_empty() && self.altered.is_empty() && is_read
    }

    /// True if nothing is another than it was decided to be, as far as can be told.
    #[must_use]
    pub fn is_as_decided(&self) -> bool {
        self.changes.iter().all(|change| matches!(change.change, ChangeKind::Revoked | ChangeKind::Unread))
    }

    /// How many lines changed this way.
    #[must_use]
    pub fn count(&self, kind: ChangeKind) -> usize {
        self.changes.iter().filter(|change| change.change == kind).count()
    }
}

fn by_key<'a>(sheet: &'a Sheet, without: &[String]) -> BTreeMap<Key<'a>, &'a Line> {
    let lines = sheet.lines.iter().filter(|line| !without.contains(&line.target));
    lines.map(|line| (line.key(), line)).collect()
}

/// Lines of reserved roles that have another suffix now stand under their new role: person, set and account are the same.
fn follow_roles<'a>(before: &mut BTreeMap<Key<'a>, &'a Line>, after: &BTreeMap<Key<'a>, &'a Line>) {
    let of_set = |(id, target, role): &Key<'a>| Some((*id, *target, without_suffix(role)?));
    let mut left: BTreeMap<Key<'a>, Vec<Key<'a>>> = BTreeMap::new();
    for key in before.keys().filter(|key| !after.contains_key(*key)) {
        if let Some(of_set) = of_set(key) {
            left.entry(of_set).or_default().push(*key);
        }
    }
    for key in after.keys() {
        let is_new = !before.contains_key(key);
        let was = of_set(key).filter(|_| is_new).and_then(|of_set| left.get_mut(&of_set)?.pop());
        if let Some(line) = was.and_then(|was| before.remove(&was)) {
            before.insert(*key, line);
        }
    }
}

fn owned((id, target, role): Key<'_>) -> [String; 3] {
    [id, target, role].map(str::to_owned)
}

/// A line that is not there any more, or of which that is not known.
fn went(was: &Line, is_told: bool) -> Change {
    let change = match (is_told, was.is_revoked()) {
        (false, _) => ChangeKind::Unread,
        (true, true) => ChangeKind::Revoked,
        (true, false) => ChangeKind::Went,
    };
    Change { change, line: was.clone(), what: Vec::new() }
}

/// A line that is there on both sides, where it is another, or should be gone.
fn changed(was: &Line, is: &Line) -> Option<Change> {
    let mut what: Vec<String> = [
        ("power", was.power.as_str(), is.power.as_str()),
        ("verdict", was.verdict.as_str(), is.verdict.as_str()),
        ("conditions", &was.conditions.join("; "), &is.conditions.join("; ")),
        ("mfa", &was.mfa, &is.mfa),
        ("via", &was.via.join("; "), &is.via.join("; ")),
    ]
    .into_iter()
    // a sheet shows what a spreadsheet must not obey, and has the same text
    .filter(|(_, old, new)| as_written(old) != as_written(new))
    .map(|(name, old, new)| format!("{name}: {old}, now {new}"))
    .collect();
    let change = match (was.is_revoked(), what.is_empty()) {
        // whether there is still a way was not read
        (true, _) if is.verdict == Verdict::Unknown && was.verdict != Verdict::Unknown => ChangeKind::Unread,
        (true, _) => ChangeKind::NotRevoked,
        (false, false) => ChangeKind::Changed,
        (false, true) => return None,
    };
    if was.role != is.role {
        what.push(format!("role: {}, now {}", was.role, is.role));
    }
    Some(Change { change, line: is.clone(), what })
}
