//! Lists that come in pages, per user, or more than once.
//!
//! Owns: when a list is whole, and whether answers to the same question agree. Does not know what is listed (`join`).
//! INVARIANT: a list with a missing page says so.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use serde::Serialize;

use super::account;
use crate::snapshot::account::UserDetail;
use crate::snapshot::error::{Refusal, SnapshotError};

/// Where a record came from.
#[derive(Clone, Copy)]
pub(super) struct Origin<'a> {
    pub(super) path: &'a Path,
    /// False for a page that says that another follows.
    pub(super) last: bool,
}

/// A list that may come in pages, and more than once.
pub(super) struct List<'a, T> {
    pub(super) records: Vec<T>,
    known: HashMap<String, (usize, Origin<'a>)>,
    /// The entries named by each answer that was not a page.
    whole: Vec<(&'a Path, BTreeSet<String>)>,
    pages: usize,
}

impl<T> Default for List<'_, T> {
    fn default() -> Self {
        Self { records: Vec::new(), known: HashMap::new(), whole: Vec::new(), pages: 0 }
    }
}

impl<'a, T: Serialize> List<'a, T> {
    pub(super) fn is_there(&self) -> bool {
        self.pages > 0 || !self.whole.is_empty()
    }

    /// True if the last page was read.
    pub(super) fn is_complete(&self) -> bool {
        !self.whole.is_empty()
    }

    pub(super) fn add(
        &mut self,
        records: Vec<T>,
        name: impl Fn(&T) -> String,
        origin: Origin<'a>,
    ) -> Result<(), SnapshotError> {
        let names = records.iter().map(&name).collect();
        for record in records {
            let name = name(&record);
            match self.known.get(&name) {
                None => {
                    self.known.insert(name, (self.records.len(), origin));
                    self.records.push(record);
                }
                Some((at, before)) => {
                    let Some(old) = self.records.get_mut(*at) else { continue };
                    // AWS may repeat a record on the next page, in its later state
                    if before.last && origin.last && !same(old, &record) {
                        return Err(disagree(before.path, origin.path, &name));
                    }
                    *old = record;
                }
            }
        }
        if origin.last {
            self.whole.push((origin.path, names));
        } else {
            self.pages += 1;
        }
        Ok(())
    }

    /// Answers without pages each claim to be the whole list. An empty one may be the result of a filter.
    pub(super) fn agreed(&self) -> Result<(), SnapshotError> {
        if self.pages > 0 {
            return Ok(());
        }
        let mut named = self.whole.iter().filter(|(_, names)| !names.is_empty());
        let Some((first, names)) = named.next() else { return Ok(()) };
        for (path, others) in named {
            if let Some(name) = names.symmetric_difference(others).next() {
                return Err(disagree(first, path, name));
            }
        }
        Ok(())
    }
}

/// Equality regardless of layout.
pub(super) fn same(a: &impl Serialize, b: &impl Serialize) -> bool {
    let value = |text: Result<String, serde_json::Error>| {
        text.and_then(|text| serde_json::from_str::<serde_json::Value>(&text)).ok()
    };
    value(serde_json::to_string(a)) == value(serde_json::to_string(b))
}

pub(super) fn disagree(a: &Path, b: &Path, about: &str) -> SnapshotError {
    let others = if a == b { "is there twice, and the two".to_owned() } else { format!("and `{}`", b.display()) };
    let about: String = about.chars().take(200).collect();
    let next = "keep the newer one; they were saved at different times, or of different accounts";
    Refusal::of(a, &format!("{others} disagree"), format!("they say different things of `{about}`"), next)
}

/// Answers to a call that is made per user.
pub(super) struct PerUser<T> {
    entries: Vec<T>,
    named: BTreeSet<String>,
    /// Names of files with an empty answer: users without any entry.
    empty: Vec<String>,
    there: bool,
}

impl<T> Default for PerUser<T> {
    fn default() -> Self {
        Self { entries: Vec::new(), named: BTreeSet::new(), empty: Vec::new(), there: false }
    }
}

impl<T> PerUser<T> {
    pub(super) fn is_there(&self) -> bool {
        self.there
    }

    pub(super) fn add(&mut self, path: &Path, entries: Vec<T>, user: impl Fn(&T) -> String, last: bool) {
        self.there = true;
        if last && entries.is_empty() {
            self.empty.push(account::said(path));
        }
        // if a page of a user is missing, nothing is certain about that user
        self.named.extend(entries.iter().map(&user).filter(|_| last));
        self.entries.extend(entries);
    }

    /// All entries, if there is an answer for each user of a complete list.
    pub(super) fn whole(self, users: Option<&[UserDetail<'_>]>) -> Option<Vec<T>> {
        let users = users.filter(|_| self.there)?;
        let (entries, unread) = self.read(users);
        unread.is_empty().then_some(entries)
    }

    /// What was read, and the users of a complete list of whom not all was.
    pub(super) fn read(self, users: &[UserDetail<'_>]) -> (Vec<T>, BTreeSet<String>) {
        let fits = |said: &str, user: &str| {
            said.strip_suffix(user)
                .is_some_and(|before| before.is_empty() || before.ends_with(['-', '_', '.', ' ', '=']))
        };
        // one name may be the end of another: the answer for `deploy-ci` is none for `ci`
        let of = |said: &String| {
            let names = users.iter().map(|user| &*user.user_name).filter(|user| fits(said, user));
            names.max_by_key(|user| user.len())
        };
        let empty: BTreeSet<&str> = self.empty.iter().filter_map(of).collect();
        let is_read = |user: &&str| self.named.contains(*user) || empty.contains(*user);
        let unread = users.iter().map(|user| &*user.user_name).filter(|user| !is_read(user));
        let unread = unread.map(str::to_owned).collect();
        (self.entries, unread)
    }
}

pub(super) fn closed<T: Serialize>(list: List<'_, T>, cut: &mut bool) -> Option<Vec<T>> {
    *cut |= list.is_there() && !list.is_complete();
    list.is_there().then_some(list.records)
}

/// The records of the details, completed by those of a list; what only a list names counts as not read.
pub(super) fn either<T>(
    details: Option<Vec<T>>,
    listed: Option<Vec<T>>,
    arn: impl Fn(&T) -> &str,
    cut: &mut bool,
    complete: impl Fn(&mut T, &T),
) -> Option<Vec<T>> {
    let (mut details, listed) = match (details, listed) {
        (Some(details), Some(listed)) => (details, listed),
        (details, listed) => return details.or(listed),
    };
    let at: HashMap<String, usize> = details.iter().enumerate().map(|(at, one)| (arn(one).to_owned(), at)).collect();
    for one in listed {
        match at.get(arn(&one)).and_then(|at| details.get_mut(*at)) {
            Some(known) => complete(known, &one),
            None => *cut = true,
        }
    }
    Some(details)
}
