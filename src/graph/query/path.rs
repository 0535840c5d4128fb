//! From one name to another: a shortest path, or several.

use std::collections::BTreeSet;

use super::{Targets, as_gap, beyond, conditions, gaps_of, shown, unread, words};
use crate::answer::{Hop, PathAnswer, PrincipalKind, Verdict};
use crate::graph::TrustGraph;
use crate::graph::chain;
use crate::graph::decision::Decision;
use crate::graph::edge::Source;
use crate::graph::reach::{Mode, Reach, Step};
use crate::graph::selector::{self, Resolved, SelectError};
use crate::graph::walks::{self, Walk};
use crate::ids::AccountIx;
use crate::model::Estate;
use crate::policy::key::{ContextKey, KeyKind};
use crate::snapshot::ledger::Gap;

/// A question about paths, its names resolved.
struct Question<'g, 'e> {
    reach: Reach<'g, 'e>,
    sources: Vec<Source>,
    resolved: Resolved,
    shown: String,
}

/// A shortest path of the best verdict.
///
/// # Errors
/// Where a name is unknown or ambiguous.
pub fn path(graph: &TrustGraph<'_>, from: &str, to: &str, targets: &Targets) -> Result<PathAnswer, SelectError> {
    let question = Question::new(graph, from, to, targets)?;
    let (mut own, given_up) = question.own_ways(1);
    if let Some((walk, source)) = own.pop() {
        return Ok(question.answer(&walk, source));
    }
    let reach = &question.reach;
    let found = question.sources.iter().filter_map(|s| best_walk(reach, s).map(|w| (w, s)));
    let best = found.min_by(|a, b| (a.0.verdict, a.0.steps.len(), a.1).cmp(&(b.0.verdict, b.0.steps.len(), b.1)));
    Ok(match best {
        Some((walk, source)) => question.answer(&walk, source),
        None => question.no_path(given_up),
    })
}

/// The best `count` paths, best verdict first, then shortest; where there is none, the one answer that says so.
///
/// # Errors
/// Where a name is unknown or ambiguous.
pub fn paths(
    graph: &TrustGraph<'_>,
    from: &str,
    to: &str,
    targets: &Targets,
    count: usize,
) -> Result<Vec<PathAnswer>, SelectError> {
    let question = Question::new(graph, from, to, targets)?;
    let (mut found, mut given_up) = question.own_ways(count);
    for source in &question.sources {
        let walks = walks::best(&question.reach, source, None, count);
        given_up |= walks.cut;
        found.extend(walks.found.into_iter().map(|w| (w, source)));
    }
    found.sort_by_key(|(walk, _)| (walk.verdict, walk.steps.len()));
    found.truncate(count);
    if found.is_empty() {
        return Ok(vec![question.no_path(given_up)]);
    }
    Ok(found.iter().map(|(walk, source)| question.answer(walk, source)).collect())
}

/// A shortest walk of the best verdict, checked as a whole where its calls share facts.
pub(super) fn best_walk(reach: &Reach<'_, '_>, source: &Source) -> Option<Walk> {
    if reach.starts_apart(source) {
        return reach.searched(source);
    }
    let best = reach.best(source)?;
    let steps = reach.steps(source, best);
    if !reach.is_linked_from(source) || !chain::is_linked(&steps) {
        return Some(Walk { verdict: best.verdict, steps, joint: None });
    }
    let mut walks = walks::best(reach, source, None, 1);
    // a search that was given up proves nothing: what it started from may hold
    let given_up = || walks.cut.then_some(Walk { verdict: Verdict::Unknown, steps, joint: None });
    walks.found.pop().or_else(given_up)
}

/// A best walk of no more hops. One of a lesser verdict can be shorter.
pub(super) fn best_within(reach: &Reach<'_, '_>, source: &Source, max_hops: usize) -> Option<Walk> {
    let walk = best_walk(reach, source)?;
    if walk.steps.len() <= max_hops {
        return Some(walk);
    }
    if reach.starts_apart(source) || reach.is_linked_from(source) {
        return walks::within(reach, source, None, max_hops).found.pop();
    }
    let best = reach.best_within(source, max_hops)?;
    Some(Walk { verdict: best.verdict, steps: reach.steps(source, best), joint: None })
}

/// The conditions of a walk: of its one formula where it has one, and MFA, which is a matter of who starts.
pub(super) fn walk_conditions(walk: &Walk, source: &Source, estate: &Estate) -> Vec<String> {
    let of_hops = conditions(&walk.steps, source, estate);
    let Some(joint) = &walk.joint else { return of_hops };
    let of_credential = |key: &String| ContextKey::new(key).kind().depends_on_credential();
    let mut all = Decision::new(joint.clone()).conditions();
    all.extend(of_hops.into_iter().filter(of_credential));
    all.into_iter().collect()
}

impl<'g, 'e> Question<'g, 'e> {
    fn new(graph: &'g TrustGraph<'e>, from: &str, to: &str, targets: &Targets) -> Result<Self, SelectError> {
        let (mut sources, shown) = selector::sources(graph, from)?;
        let resolved = selector::resolve(graph, to, targets)?;
        let reach = Reach::new(graph, resolved.roles.clone());
        // whoever is named of an outside account belongs to it
        let account = sources.iter().find_map(|s| if let Source::Account(id) = s { Some(*id) } else { None });
        if !sources.iter().any(|s| matches!(s, Source::Outsider(..))) {
            sources.extend(
                reach.sources().into_iter().filter(|s| matches!(s, Source::Outsider(_, id) if Some(*id) == account)),
            );
        }
        Ok(Self { reach, sources, resolved, shown })
    }

    fn empty(&self, verdict: Verdict, gaps: Vec<Gap>) -> PathAnswer {
        PathAnswer {
            schema: PathAnswer::SCHEMA,
            from: self.shown.clone(),
            to: self.resolved.shown.clone(),
            verdict,
            conditions: Vec::new(),
            hop_count: None,
            hops: Vec::new(),
            blocked_by: None,
            blocked_at: None,
            note: words::of_account(&self.shown),
            gaps,
        }
    }

    /// The ways of a role back into itself, where the question is about that role alone, and whether the search was given up.
    fn own_ways(&self, count: usize) -> (Vec<(Walk, &Source)>, bool) {
        let none = (Vec::new(), false);
        let [source @ Source::Principal(role)] = self.sources.as_slice() else { return none };
        if self.resolved.roles.len() != 1 || !self.resolved.roles.contains(role) {
            return none;
        }
        let walks = walks::back(&self.reach, *role, count);
        (walks.found.into_iter().map(|walk| (walk, source)).collect(), walks.cut)
    }

    /// A search that was given up proves nothing.
    fn no_path(&self, given_up: bool) -> PathAnswer {
        let mut gaps = self.blind_spots();
        let untried = self.reach.edges().next().filter(|_| given_up);
        gaps.extend(untried.map(|edge| as_gap(self.reach.estate(), edge, &words::search_given_up())));
        self.empty(if gaps.is_empty() { Verdict::Denied } else { Verdict::Unknown }, gaps)
    }

    fn answer(&self, walk: &Walk, source: &Source) -> PathAnswer {
        let graph = self.reach.graph();
        let estate = graph.estate();
        let mut gaps = if walk.verdict == Verdict::Unknown { gaps_of(estate, &walk.steps, source) } else { Vec::new() };
        if walk.verdict == Verdict::Unknown && gaps.is_empty() {
            gaps.extend(walk.steps.last().map(|step| as_gap(estate, &step.edge, &words::search_given_up())));
        }
        let signed = shown::Shown::of(&walk.steps, source, estate);
        PathAnswer {
            conditions: walk_conditions(walk, source, estate),
            hop_count: Some(walk.steps.len()),
            hops: walk.steps.iter().map(|step| hop(graph, step, source, signed)).collect(),
            ..self.empty(walk.verdict, gaps)
        }
    }

    /// Why a "no" is not proven: the target was not read, or the way may lead through an account that was not.
    fn blind_spots(&self) -> Vec<Gap> {
        let (reach, estate) = (&self.reach, self.reach.estate());
        let mut gaps: BTreeSet<Gap> = self.resolved.unread.iter().filter_map(|ix| unread(estate, *ix)).collect();
        gaps.extend(self.resolved.gaps.iter().cloned());
        // somebody there may lead on: who could not enter anything there is no way in, and nobody becomes a user
        let there = reach.edges().filter_map(|edge| match &edge.from {
            Source::Account(id) => estate.account_by_id(*id),
            Source::Outsider(_, id) if edge.from.kind(estate) != PrincipalKind::User => estate.account_by_id(*id),
            _ => None,
        });
        let leads_on: BTreeSet<AccountIx> = there.filter(|ix| unread(estate, *ix).is_some()).collect();
        if !leads_on.is_empty() {
            let entered = beyond::entered(reach.graph(), &self.sources);
            gaps.extend(leads_on.intersection(&entered).filter_map(|ix| unread(estate, *ix)));
        }
        gaps.into_iter().collect()
    }
}

fn hop(graph: &TrustGraph<'_>, step: &Step, start: &Source, signed: shown::Shown) -> Hop {
    let estate = graph.estate();
    let decision = signed.decision(&step.edge, step.from == *start);
    let mut needs = crate::eval::needs(&decision.truth(), estate);
    needs.extend(words::carried(&step.from));
    needs.extend(shown::lacks(estate, &step.edge, &step.from, decision));
    needs.extend(shown::undocumented(estate, &step.from, decision));
    let brings = start != &step.from && start.kind(estate) == PrincipalKind::User;
    if decision.asks_for_mfa() && brings && signed.mode == Mode::Mfa {
        let inherited = decision.truth().has_test(&|t| t.key.kind() == KeyKind::MfaPresent);
        needs.extend(inherited.then(|| "the user at the start signs in with MFA before the first hop".to_owned()));
    }
    Hop {
        from: step.from.name(estate),
        to: estate.arn(step.edge.to),
        kind: step.edge.kind.as_str().to_owned(),
        action: step.edge.kind.action().to_owned(),
        verdict: decision.verdict(),
        conditions: decision.conditions().into_iter().collect(),
        credential: shown::credential(estate, &step.edge, &step.from, signed.mode).map(|way| way.as_str()),
        needs,
        evidence: super::evidence(estate, step, start),
    }
}
