//! Runs the chosen rules.
//!
//! Owns: order and parallelism. What rules share is worked out first, beside the preparation of those that need none of it; judging runs
//! in parallel over rules and their subjects.

use rayon::prelude::*;

use super::context::Context;
use super::error::RuleError;
use super::own::{OwnRun, Reached};
use super::rule::{Prepared, Reads, Rule};
use super::running::{Judged, Running};
use super::selection::RuleSelection;
use super::{expectations, parameters, registry};
use crate::finding::{Assessment, RuleResult, tell_apart};
use crate::graph::TrustGraph;

/// Runs the chosen rules.
///
/// # Errors
/// If a rule or setting is unknown, or a setting has a value that the rule does not understand.
pub fn check(graph: &TrustGraph<'_>, selection: &RuleSelection) -> Result<Assessment, RuleError> {
    let own = &selection.own;
    if let Some(id) = selection.named().find(|id| registry::card_with(id, own).is_none()) {
        return Err(registry::unknown(id, own));
    }
    // what a rule says of trust holds whatever else is followed
    let of_trust = graph.has_escalations().then(|| TrustGraph::new(graph.estate()));
    let context = Context::new(of_trust.as_ref().unwrap_or(graph), graph);
    let mut ready = Vec::new();
    for (card, rule) in registry::rules()? {
        let settings = selection.settings_of(&card.id);
        // settings of rules that do not run are checked as well
        let parameters = parameters::merged(card, rule, &settings.parameters)?;
        if selection.runs(&card.id) {
            let severity = settings.severity.unwrap_or(card.severity);
            ready.push((Running::new(card, severity), parameters, rule));
        }
    }
    let prepared = prepared(&context, ready)?;
    parameters::none(registry::expectation()?, &selection.settings_of(expectations::ID).parameters)?;
    let reached = Reached::of(&selection.targets);
    let mut of_user = Vec::new();
    for rule in own.rules.iter().filter(|rule| selection.runs(&rule.card.id)) {
        let settings = selection.settings_of(&rule.card.id);
        parameters::none(&rule.card, &settings.parameters)?;
        let running = Running::new(&rule.card, settings.severity.unwrap_or(rule.card.severity));
        of_user.push((running, OwnRun::prepare(rule, &context, &reached)));
    }
    let judged_of_user: Vec<_> = of_user.par_iter().map(|(running, rule)| rule.run(&context, running)).collect();
    if let Some(wrong) = of_user.iter().find_map(|(_, rule)| rule.wrong()) {
        return Err(wrong.clone());
    }
    let judged: Vec<_> = prepared.par_iter().map(|(running, rule)| rule.run(&context, running)).collect();
    let mut assessment = Assessment::default();
    let running = prepared.iter().map(|(running, _)| running).chain(of_user.iter().map(|(running, _)| running));
    assessment.findings.reserve_exact(judged.iter().chain(&judged_of_user).map(Judged::len).sum());
    for (running, judged) in running.zip(judged.into_iter().chain(judged_of_user)) {
        assessment.rules.push(RuleResult { rule: running.card.id.clone(), counts: judged.counts });
        judged.lists().for_each(|list| assessment.findings.extend(list));
    }
    if !selection.expectations.is_empty() && selection.runs(expectations::ID) {
        let judged = expectations::judged(&context, selection)?;
        assessment.rules.push(RuleResult { rule: expectations::ID.to_owned(), counts: judged.counts });
        judged.lists().for_each(|list| assessment.findings.extend(list));
    }
    assessment.leave_to_special_cases(registry::cards());
    // what rules have worked out is large: it goes while findings are told apart
    rayon::join(|| drop((prepared, of_user, context)), || tell_apart(&mut assessment.findings));
    assessment.rules.sort_by(|a, b| a.rule.cmp(&b.rule));
    Ok(assessment)
}

/// A rule that is chosen, with its parameters.
type Chosen = (Running<'static>, toml::Table, &'static dyn Rule);

/// A rule that can judge.
type Ready = (Running<'static>, Box<dyn Prepared + 'static>);

/// Prepares the rules, in order. Nothing that runs beside the decision of every edge may ask for an edge of all: it would wait for itself.
fn prepared(cx: &Context<'_>, chosen: Vec<Chosen>) -> Result<Vec<Ready>, RuleError> {
    let reads = |what: Reads| chosen.iter().any(|(.., rule)| rule.reads() == what);
    let (of_edges, of_paths, of_climbs) = (reads(Reads::Edges), reads(Reads::PathsWithoutMfa), reads(Reads::Climbs));
    let of_policies = reads(Reads::Policies);
    let (after, before): (Vec<_>, Vec<_>) =
        chosen.into_iter().enumerate().partition(|(_, (.., rule))| rule.reads() == Reads::Edges);
    let prepare = |all: Vec<(usize, Chosen)>| -> Vec<(usize, Result<Ready, RuleError>)> {
        let one = |(at, (running, parameters, rule)): (usize, Chosen)| {
            let refused =
                |error: toml::de::Error| RuleError::Card { file: rule.card().path, why: error.message().to_owned() };
            (at, rule.prepare(cx, parameters).map(|ready| (running, ready)).map_err(refused))
        };
        all.into_par_iter().with_max_len(1).map(one).collect()
    };
    let over_edges = || {
        if of_edges || of_paths {
            cx.decide_edges();
        }
        rayon::join(|| of_paths.then(|| cx.paths_without_mfa()), || prepare(after)).1
    };
    let beside = || {
        let of_accounts =
            || rayon::join(|| of_policies.then(|| cx.find_held()), || of_climbs.then(|| cx.find_climbs()));
        rayon::join(of_accounts, || prepare(before)).1
    };
    let (mut all, others) = rayon::join(over_edges, beside);
    all.extend(others);
    all.sort_by_key(|(at, _)| *at);
    all.into_iter().map(|(_, ready)| ready).collect()
}
