//! What a principal reaches.
//!
//! Owns: the best way to each role. Sources whose first calls differ from what paths pass (`starts`) are searched role
//! by role.

use std::collections::{BTreeMap, BTreeSet};

use super::conditions::{names, path_conditions};
use super::gaps::gaps_of;
use super::limits::Limits;
use super::{beyond, words};
use crate::answer::{self, CanAnswer, Verdict};
use crate::eval::Truth;
use crate::graph::chaining;
use crate::graph::search::backward::Reach;
use crate::graph::search::best::best_within;
use crate::graph::search::forward::{self, Reached};
use crate::graph::search::path::Path;
use crate::graph::search::starts;
use crate::graph::selector::{self, SelectError};
use crate::graph::source::Source;
use crate::graph::trust_graph::TrustGraph;
use crate::ids::PrincipalIx;
use crate::snapshot::ledger::Gap;

/// Every role that a principal reaches.
///
/// # Errors
/// Where the name is unknown or ambiguous.
pub fn can(graph: &TrustGraph<'_>, principal: &str) -> Result<CanAnswer, SelectError> {
    can_within(graph, principal, &Limits::default())
}

/// As [`can`], by paths within limits.
///
/// # Errors
/// As there, and where the role to pass is not one role.
pub fn can_within(graph: &TrustGraph<'_>, principal: &str, limits: &Limits) -> Result<CanAnswer, SelectError> {
    let estate = graph.estate();
    let (sources, shown) = selector::sources(graph, principal)?;
    let via = limits.via.as_deref().map(|name| selector::one_role(estate, name)).transpose()?;
    let max_hops = limits.max_hops.unwrap_or(usize::MAX);
    let starts_apart = starts::of(estate, graph.all().iter().flatten());
    let (apart, others): (Vec<Source>, Vec<Source>) =
        sources.iter().cloned().partition(|source| via.is_none() && starts_apart.contains(source));
    let mut found = Ways::new();
    forward::each(graph, &others, via, max_hops, |reached| {
        if found.is_better(reached.role, (reached.verdict, reached.hops.len())) {
            let role = reached.role;
            let source = reached.source.clone();
            found.offer(role, &source, checked(graph, reached, via.is_some(), max_hops));
        }
    });
    // what such a source's first calls carry is its own: the paths of others say nothing of it
    for source in &apart {
        for role in forward::candidates(graph, source) {
            let reach = Reach::new(graph, BTreeSet::from([role]));
            found.offer(role, source, best_within(&reach, source, max_hops));
        }
    }
    let mut gaps = BTreeSet::new();
    let mut answers = Vec::new();
    for (role, (source, path)) in found.0 {
        if path.verdict == Verdict::Unknown {
            gaps.extend(gaps_of(estate, &path.hops, &source));
        }
        answers.push(answer::Reached {
            role: estate.arn(role),
            account: estate.account(estate.principal(role).account()).id().to_string(),
            verdict: path.verdict,
            conditions: path_conditions(&path, &source, estate),
            hop_count: path.hops.len(),
            path: names(&path.hops, estate),
        });
    }
    answers.sort_by(|a, b| (a.verdict, a.hop_count, &a.role).cmp(&(b.verdict, b.hop_count, &b.role)));
    // roles of unread accounts may be reached without being known
    gaps.extend(beyond::gaps(graph, &sources));
    gaps.extend(estate.unlisted().map(|gap| estate.gap(gap).clone()));
    let gaps: Vec<Gap> = gaps.into_iter().collect();
    let note = words::of_account(&shown);
    Ok(CanAnswer { schema: CanAnswer::SCHEMA, principal: shown, proven: gaps.is_empty(), answers, note, gaps })
}

/// The best way to each role.
struct Ways(BTreeMap<PrincipalIx, (Source, Path)>);

impl Ways {
    fn new() -> Self {
        Self(BTreeMap::new())
    }

    fn is_better(&self, role: PrincipalIx, (verdict, hops): (Verdict, usize)) -> bool {
        self.0.get(&role).is_none_or(|(_, known)| (verdict, hops) < (known.verdict, known.hops.len()))
    }

    /// Keeps a way that is better than the one that is known.
    fn offer(&mut self, role: PrincipalIx, source: &Source, path: Option<Path>) {
        if let Some(path) = path.filter(|path| self.is_better(role, (path.verdict, path.hops.len()))) {
            self.0.insert(role, (source.clone(), path));
        }
    }
}

/// The path itself, or where its calls share facts one that was checked as a whole.
fn checked(graph: &TrustGraph<'_>, reached: Reached, passes: bool, max_hops: usize) -> Option<Path> {
    let Reached { role, verdict, mode, source, hops } = reached;
    if !chaining::is_linked(&hops) {
        return Some(Path { verdict, hops, joint: None });
    }
    if !passes {
        return best_within(&Reach::new(graph, BTreeSet::from([role])), &source, max_hops);
    }
    let joint = chaining::joint(graph.estate(), &hops, mode);
    (joint != Some(Truth::False)).then_some(Path { verdict, hops, joint })
}
