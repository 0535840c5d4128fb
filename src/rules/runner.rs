//! Runs the chosen rules.
//!
//! Owns: order and parallelism. Preparation runs on one thread, because it may decide every edge, which is itself parallel;
//! judging runs in parallel over rules and their subjects.

use rayon::prelude::*;

use super::context::Context;
use super::error::RuleError;
use super::judge::Running;
use super::selection::RuleSelection;
use super::{parameters, registry};
use crate::finding::{Assessment, RuleResult};
use crate::graph::TrustGraph;

/// Runs the chosen rules.
///
/// # Errors
/// If a rule or setting is unknown, or a setting has a value that the rule does not understand.
pub fn check(graph: &TrustGraph<'_>, selection: &RuleSelection) -> Result<Assessment, RuleError> {
    if let Some(id) = selection.named().find(|id| registry::card(id).is_none()) {
        return Err(registry::unknown(id));
    }
    let context = Context::new(graph);
    let mut ready = Vec::new();
    for (card, rule) in registry::rules()? {
        let settings = selection.settings_of(&card.id);
        // settings of rules that do not run are checked as well
        let parameters = parameters::merged(card, rule, &settings.parameters)?;
        if selection.runs(&card.id) {
            let severity = settings.severity.unwrap_or(card.severity);
            ready.push((Running { card, severity }, parameters, rule));
        }
    }
    let mut prepared = Vec::new();
    for (running, parameters, rule) in ready {
        let refused =
            |error: toml::de::Error| RuleError::Card { file: rule.card().path, why: error.message().to_owned() };
        prepared.push((running, rule.prepare(&context, parameters).map_err(refused)?));
    }
    let judged: Vec<_> = prepared.par_iter().map(|(running, rule)| rule.run(&context, running)).collect();
    let mut assessment = Assessment::default();
    for ((running, _), judged) in prepared.iter().zip(judged) {
        assessment.rules.push(RuleResult { rule: running.card.id.clone(), counts: judged.counts });
        assessment.findings.extend(judged.findings);
    }
    Ok(assessment)
}
