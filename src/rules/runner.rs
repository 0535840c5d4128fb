//! Runs the chosen rules.
//!
//! Owns: order and parallelism. Preparation runs on one thread, because it may decide every edge, which is itself parallel;
//! judging runs in parallel over rules and their subjects.

use rayon::prelude::*;

use super::context::Context;
use super::error::RuleError;
use super::own::{OwnRun, Reached};
use super::rule::Prepared;
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
    let mut prepared: Vec<(Running<'_>, Box<dyn Prepared + '_>)> = Vec::new();
    for (running, parameters, rule) in ready {
        let refused =
            |error: toml::de::Error| RuleError::Card { file: rule.card().path, why: error.message().to_owned() };
        prepared.push((running, rule.prepare(&context, parameters).map_err(refused)?));
    }
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
    tell_apart(&mut assessment.findings);
    assessment.rules.sort_by(|a, b| a.rule.cmp(&b.rule));
    Ok(assessment)
}
