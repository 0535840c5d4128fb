//! Who reaches each target: what is read, and what is drawn.

use serde::Serialize;

use super::text::{Place, Texts, clean};
use crate::answer::{Evidence, Hop, PathAnswer, ReachRow, Verdict, Who};
use crate::report::dossier::{Dossier, ReachedTarget, TargetReach};
use crate::report::terminal::names::{Names, plural};
use crate::report::terminal::reach;
use crate::snapshot::ledger::Gap;

/// Lines of missing data that are told of one target.
const GAPS: usize = 12;

/// A target as it is read.
#[derive(Debug, Serialize)]
pub(super) struct TargetView {
    pub(super) name: String,
    /// Why there is no answer.
    pub(super) error: Option<String>,
    /// Selectors that match nothing.
    pub(super) notes: Vec<String>,
    pub(super) sentence: String,
    pub(super) proven: bool,
    pub(super) principals: usize,
    pub(super) counts: Vec<String>,
    /// Users that reach a role without MFA, and how many such roles there are; none if no user reaches it.
    pub(super) without_mfa: Option<(usize, usize)>,
    /// What would close most.
    pub(super) closing: Vec<String>,
    pub(super) gaps: Vec<String>,
    pub(super) rows: Vec<RowView>,
}

/// A group as it is read.
#[derive(Debug, Serialize)]
pub(super) struct RowView {
    verdict: &'static str,
    who: String,
    reaches: String,
    hops: String,
    needs: String,
    pub(super) without_mfa: bool,
}

/// A target as it is drawn.
#[derive(Debug, Serialize)]
pub(super) struct TargetData {
    name: u32,
    proven: bool,
    groups: Vec<GroupData>,
}

/// A group as it is drawn.
#[derive(Debug, Serialize)]
struct GroupData {
    sort: &'static str,
    who: u32,
    reaches: u32,
    needs: u32,
    verdict: Verdict,
    hops: (usize, usize),
    without_mfa: bool,
    principals: usize,
    /// Those that are named, as the roles are.
    members: Vec<Place>,
    roles: usize,
    accounts: usize,
    role_names: Vec<Place>,
    paths: Vec<PathData>,
}

/// A path with its proof.
#[derive(Debug, Serialize)]
struct PathData {
    from: Place,
    to: Place,
    /// What a command line takes for both.
    ask: [u32; 2],
    needs: u32,
    hops: Vec<HopData>,
}

#[derive(Debug, Serialize)]
struct HopData {
    from: Place,
    to: Place,
    action: u32,
    verdict: Verdict,
    needs: Vec<u32>,
    evidence: Vec<EvidenceData>,
}

/// Layer, effect, policy, statement with its Sid, text.
pub(super) type EvidenceData = (&'static str, &'static str, u32, Option<u32>, u32, u32);

/// All targets, as they are read and as they are drawn.
pub(super) fn of(dossier: &Dossier, names: &Names, texts: &mut Texts) -> (Vec<TargetView>, Vec<TargetData>) {
    dossier.targets.iter().map(|target| (view(target, names), data(target, names, texts))).unzip()
}

fn view(target: &TargetReach, names: &Names) -> TargetView {
    let empty = TargetView {
        name: clean(&target.name),
        error: None,
        notes: target.notes.iter().map(|note| clean(note)).collect(),
        sentence: String::new(),
        proven: false,
        principals: 0,
        counts: Vec::new(),
        without_mfa: None,
        closing: Vec::new(),
        gaps: Vec::new(),
        rows: Vec::new(),
    };
    let summary = match &target.answer {
        Ok(ReachedTarget { summary, .. }) => summary,
        Err(error) => return TargetView { error: Some(clean(error)), ..empty },
    };
    let mfa = summary.mfa_of_people.iter().map(reach::mfa);
    TargetView {
        sentence: clean(&reach::sentence(summary)),
        proven: summary.proven,
        principals: summary.principals(),
        counts: summary.counts.iter().map(reach::count).chain(mfa).map(|text| clean(&text)).collect(),
        without_mfa: summary.counts.iter().find(|count| count.who == Who::Users).and_then(|count| count.without_mfa),
        closing: reach::closing(summary, names).iter().map(|closing| clean(closing)).collect(),
        gaps: gaps(&summary.gaps, names),
        rows: summary.groups.iter().map(|row| row_view(row, names)).collect(),
        ..empty
    }
}

fn row_view(row: &ReachRow, names: &Names) -> RowView {
    let [who, reaches, hops, needs] = reach::cells(row, names).map(|cell| clean(&cell));
    RowView { verdict: row.verdict.as_str(), who, reaches, hops, needs, without_mfa: row.without_mfa }
}

/// What is missing, by data set and reason, with the accounts counted.
fn gaps(gaps: &[Gap], names: &Names) -> Vec<String> {
    let told = |gap: &Gap| {
        let scope = gap.scope.to_string();
        let name = names.get(&scope).filter(|name| !name.is_empty());
        let place = match name {
            Some(name) => format!("{name} ({scope})"),
            None if scope.is_empty() => "the organization".to_owned(),
            None => scope,
        };
        clean(&format!("{}: {}: {place}", gap.facet, gap.reason))
    };
    let mut lines: Vec<String> = gaps.iter().take(GAPS).map(told).collect();
    if gaps.len() > GAPS {
        lines.push(format!("and {}; the JSON of who-can lists them", plural(gaps.len() - GAPS, "more line")));
    }
    lines
}

fn data(target: &TargetReach, names: &Names, texts: &mut Texts) -> TargetData {
    let name = texts.number(&target.name);
    let Ok(ReachedTarget { summary, paths }) = &target.answer else {
        return TargetData { name, proven: false, groups: Vec::new() };
    };
    let with_paths = summary.groups.iter().zip(paths);
    let groups = with_paths.map(|(row, paths)| group(row, paths, names, texts)).collect();
    TargetData { name, proven: summary.proven, groups }
}

fn group(row: &ReachRow, paths: &[PathAnswer], names: &Names, texts: &mut Texts) -> GroupData {
    let [who, reaches, _, needs] = reach::cells(row, names).map(|cell| texts.number(&cell));
    let (members, roles) = &row.examples;
    GroupData {
        sort: reach::noun(row.who),
        who,
        reaches,
        needs,
        verdict: row.verdict,
        hops: row.hops,
        without_mfa: row.without_mfa,
        principals: row.principals,
        members: members.iter().map(|member| texts.place(member, names)).collect(),
        roles: row.roles,
        accounts: row.accounts,
        role_names: roles.iter().map(|role| texts.place(role, names)).collect(),
        paths: paths.iter().map(|path| path_data(path, names, texts)).collect(),
    }
}

fn path_data(path: &PathAnswer, names: &Names, texts: &mut Texts) -> PathData {
    PathData {
        from: texts.place(&path.from, names),
        to: texts.place(&path.to, names),
        ask: [&path.from, &path.to].map(|name| texts.number(name)),
        needs: texts.number(&path.needs.phrases().join(", ")),
        hops: path.hops.iter().map(|hop| hop_data(hop, names, texts)).collect(),
    }
}

fn hop_data(hop: &Hop, names: &Names, texts: &mut Texts) -> HopData {
    HopData {
        from: texts.place(&hop.from, names),
        to: texts.place(&hop.to, names),
        action: texts.number(&hop.action),
        verdict: hop.verdict,
        needs: hop.needs.iter().map(|needs| texts.number(needs)).collect(),
        evidence: hop.evidence.iter().map(|evidence| evidence_data(evidence, texts)).collect(),
    }
}

pub(super) fn evidence_data(evidence: &Evidence, texts: &mut Texts) -> EvidenceData {
    let Evidence { layer, effect, policy, statement, sid, text } = evidence;
    (layer.as_str(), effect.as_str(), texts.number(policy), *statement, texts.number(sid), texts.number(text))
}
