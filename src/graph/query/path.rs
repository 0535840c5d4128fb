//! From one name to another: a shortest path, or several.

use std::collections::BTreeSet;

use super::conditions::path_conditions;
use super::evidence::evidence;
use super::gaps::{of_path, unread, unread_climbers, unread_delegations};
use super::needs::needs_of;
use super::targets::Targets;
use super::{beyond, escalation, people, shown, via, words};
use crate::answer::{self, Needs, PathAnswer, PrincipalKind, Verdict};
use crate::graph::carriers;
use crate::graph::edge::Hop;
use crate::graph::edges;
use crate::graph::mode::Mode;
use crate::graph::search::backward::Reach;
use crate::graph::search::best::best_path;
use crate::graph::search::k_best;
use crate::graph::search::path::Path;
use crate::graph::selector::{self, Resolved, SelectError};
use crate::graph::source::Source;
use crate::graph::trust_graph::TrustGraph;
use crate::ids::AccountIx;
use crate::policy::key::KeyKind;
use crate::snapshot::ledger::Gap;

/// A question about paths, its names resolved.
struct Question<'g, 'e> {
    reach: Reach<'g, 'e>,
    sources: Vec<Source>,
    resolved: Resolved,
    shown: String,
}

/// Why other answers do not have such a way.
const WITHOUT_GAIN: &str = "this gives the caller nothing that it has not by itself: `who-can` and `can` leave it out";

/// A shortest path of the best verdict.
///
/// # Errors
/// Where a name is unknown or ambiguous.
pub fn path(graph: &TrustGraph<'_>, from: &str, to: &str, targets: &Targets) -> Result<PathAnswer, SelectError> {
    let (sources, shown) = selector::sources(graph, from)?;
    let asking = graph.asking(&sources);
    let question = Question::new(asking.as_ref().unwrap_or(graph), sources, shown, to, targets)?;
    let mut own = question.own_ways(1);
    if let Some((path, source)) = own.pop() {
        return Ok(question.answer(&path, source));
    }
    let reach = &question.reach;
    let found = question.sources.iter().filter_map(|s| best_path(reach, s).map(|w| (w, s)));
    let best = found.min_by(|a, b| (a.0.verdict, a.0.hops.len(), a.1).cmp(&(b.0.verdict, b.0.hops.len(), b.1)));
    Ok(match best {
        Some((path, source)) => question.answer(&path, source),
        None => question.without_gain().unwrap_or_else(|| question.no_path()),
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
    let (sources, shown) = selector::sources(graph, from)?;
    let asking = graph.asking(&sources);
    let question = Question::new(asking.as_ref().unwrap_or(graph), sources, shown, to, targets)?;
    let mut found = question.own_ways(count);
    for source in &question.sources {
        found.extend(k_best::best(&question.reach, source, count).into_iter().map(|path| (path, source)));
    }
    found.sort_by_key(|(path, _)| (path.verdict, path.hops.len()));
    found.truncate(count);
    if found.is_empty() {
        return Ok(vec![question.without_gain().unwrap_or_else(|| question.no_path())]);
    }
    Ok(found.iter().map(|(path, source)| question.answer(path, source)).collect())
}

impl<'g, 'e> Question<'g, 'e> {
    fn new(
        graph: &'g TrustGraph<'e>,
        mut sources: Vec<Source>,
        shown: String,
        to: &str,
        targets: &Targets,
    ) -> Result<Self, SelectError> {
        let resolved = selector::resolve(graph, to, targets)?;
        let reach = Reach::new(graph, resolved.roles.clone());
        // a principal that is named of an outside account belongs to it
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
            needs: Needs::default(),
            hop_count: None,
            hops: Vec::new(),
            blocked_by: None,
            blocked_at: None,
            mfa_of_people: people::mfa(&self.sources),
            note: words::of_dormant(self.reach.estate(), &self.sources)
                .or_else(|| words::of_account(&self.shown))
                .or_else(|| people::note(self.reach.estate(), &self.sources)),
            gaps,
        }
    }

    /// The ways of a role back into itself, where the question is about that role alone.
    fn own_ways(&self, count: usize) -> Vec<(Path, &Source)> {
        let [source @ Source::Principal(role)] = self.sources.as_slice() else { return Vec::new() };
        if self.resolved.roles.len() != 1 || !self.resolved.roles.contains(role) {
            return Vec::new();
        }
        k_best::back(&self.reach, *role, count).into_iter().map(|path| (path, source)).collect()
    }

    /// The way into a role of its own account that gives somebody nothing more, where ways to escalate are followed: it is no edge.
    fn without_gain(&self) -> Option<PathAnswer> {
        let facts = self.reach.graph().escalations()?;
        let principals = self.sources.iter().filter_map(|source| match source {
            Source::Principal(by) => Some((source, *by)),
            _ => None,
        });
        let ways = principals.flat_map(|(source, by)| {
            let account = facts.estate().principal(by).account();
            let own =
                self.resolved.roles.iter().filter(move |role| facts.estate().principal(**role).account() == account);
            own.filter_map(move |role| Some((source, edges::without_gain(facts, by, *role)?)))
        });
        let (source, edge) = ways.min_by_key(|(_, edge)| edge.plain().verdict())?;
        let verdict = edge.plain().verdict();
        let path = Path { verdict, hops: vec![Hop { from: source.clone(), edge }], joint: None };
        let answer = self.answer(&path, source);
        Some(PathAnswer { note: answer.note.or(Some(WITHOUT_GAIN)), ..answer })
    }

    fn no_path(&self) -> PathAnswer {
        let gaps = self.blind_spots();
        self.empty(if gaps.is_empty() { Verdict::Denied } else { Verdict::Unknown }, gaps)
    }

    fn answer(&self, path: &Path, source: &Source) -> PathAnswer {
        let graph = self.reach.graph();
        let estate = graph.estate();
        let gaps = of_path(estate, path, source);
        let signed = shown::Shown::of(&path.hops, source, estate);
        PathAnswer {
            conditions: path_conditions(path, source, estate),
            needs: needs_of(path, source, estate),
            hop_count: Some(path.hops.len()),
            hops: path.hops.iter().map(|hop| shown_hop(graph, hop, source, signed)).collect(),
            ..self.empty(path.verdict, gaps)
        }
    }

    /// Why a "no" is not proven: the target was not read, or the way may lead through an account that was not.
    fn blind_spots(&self) -> Vec<Gap> {
        let (reach, estate) = (&self.reach, self.reach.estate());
        let mut gaps = people::gaps_before(reach, &self.sources);
        gaps.extend(self.resolved.unread.iter().filter_map(|ix| unread(estate, *ix)));
        gaps.extend(self.resolved.gaps.iter().cloned());
        gaps.extend(beyond::unread_trusts(estate, &self.sources, reach.roles()));
        // a role there may lead on, if somebody could assume it; nobody becomes a user
        let there = reach.edges().filter_map(|edge| match &edge.from {
            Source::Account(id) => estate.account_by_id(*id),
            Source::Outsider(_, id) if edge.from.kind(estate) != PrincipalKind::User => estate.account_by_id(*id),
            _ => None,
        });
        let mut leads_on: BTreeSet<AccountIx> = there.filter(|ix| unread(estate, *ix).is_some()).collect();
        if reach.graph().has_escalations() {
            let climbers = unread_climbers(reach);
            let homes = beyond::homes(reach.graph(), &self.sources);
            gaps.extend(homes.intersection(&climbers).filter_map(|ix| unread(estate, *ix)));
            leads_on.extend(climbers);
            let own = beyond::classes(reach.graph(), &self.sources);
            gaps.extend(unread_delegations(reach, |class| own.contains(&class)));
        }
        if !leads_on.is_empty() {
            let entered = beyond::entered(reach.graph(), &self.sources);
            gaps.extend(leads_on.intersection(&entered).filter_map(|ix| unread(estate, *ix)));
        }
        gaps.into_iter().collect()
    }
}

fn shown_hop(graph: &TrustGraph<'_>, hop: &Hop, start: &Source, signed: shown::Shown) -> answer::Hop {
    let estate = graph.estate();
    let decision = signed.decision(&hop.edge, hop.from == *start);
    let mut needs = crate::eval::needs(&decision.truth(), estate);
    needs.extend(carriers::carried(&hop.from));
    needs.extend(shown::lacks(estate, &hop.edge, &hop.from, decision));
    needs.extend(shown::undocumented(estate, &hop.from, decision));
    needs.extend(escalation::needs(estate, hop));
    let brings = start != &hop.from && start.kind(estate) == PrincipalKind::User;
    if decision.asks_for_mfa() && brings && signed.mode == Mode::Mfa {
        let inherited = decision.truth().has_test(&|t| t.key.kind() == KeyKind::MfaPresent);
        needs.extend(inherited.then(|| "the user at the start signs in with MFA before the first hop".to_owned()));
    }
    answer::Hop {
        from: hop.from.name(estate),
        to: estate.arn(hop.edge.to),
        kind: hop.edge.kind.as_str().to_owned(),
        action: hop.edge.kind.action().name().to_owned(),
        verdict: decision.verdict(),
        conditions: decision.conditions().into_iter().collect(),
        via: via::via(estate, hop),
        escalation: escalation::told(estate, hop),
        credential: shown::credential(estate, &hop.edge, &hop.from, signed.mode).map(|way| way.as_str()),
        needs,
        evidence: evidence(estate, hop, start),
    }
}
