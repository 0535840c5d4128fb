//! One hop, statement by statement: what matched, what did not, and why.

use std::collections::BTreeSet;

use super::evidence::{assumed, call_of, recorded};
use super::gaps::as_gap;
use super::{shown, via};
use crate::answer::{
    Evidence, EvidenceEffect, ExplainAnswer, ExplainedLayer, ExplainedStatement, Indirect, Layer, Outcome,
    StatementOutcome, Verdict,
};
use crate::eval::{self, Matched, PassedOver, Trace, Truth, Unclear};
use crate::graph::decision::Decision;
use crate::graph::edge::{Edge, Hop};
use crate::graph::search::backward::Reach;
use crate::graph::search::best::best_path;
use crate::graph::selector::{self, SelectError};
use crate::graph::source::Source;
use crate::graph::trust_graph::TrustGraph;
use crate::graph::{carriers, signing};
use crate::ids::PrincipalIx;
use crate::model::Estate;

/// Whether somebody may assume a role directly, layer by layer.
///
/// # Errors
/// Where a name is unknown or ambiguous, or stands for more than one principal or role.
pub fn explain(graph: &TrustGraph<'_>, from: &str, to: &str) -> Result<ExplainAnswer, SelectError> {
    let estate = graph.estate();
    let (sources, shown) = selector::sources(graph, from)?;
    let one = sources.len() == 1 || matches!(sources.first(), Some(Source::Outsider(..) | Source::Account(_)));
    let Some(source) = sources.first().filter(|_| one) else {
        return Err(SelectError::NotOne(from.to_owned()));
    };
    let role = selector::one_role(estate, to)?;
    let call = call_of(estate, source, role);
    let kind = call.kind;
    let (truth, trace) = recorded(estate, call, source, Trace::full());
    let (matched, passed_over) = trace.into_all();
    let mut edge = Edge::of(source.clone(), role, kind, Decision::new(truth));
    if shown::is_signed(estate, source, edge.free()) {
        let truth = |credentials| shown::asked(estate, &edge, source, credentials);
        let decided = signing::of_user(signing::ways_of(estate, source.caller(estate)), truth);
        edge = Edge { decided: decided.into(), ..edge };
    }
    let decision = edge.free().clone();
    let hop = Hop { from: source.clone(), edge: edge.clone() };
    let via = via::via(estate, &hop);
    let signed = shown::Shown::of(&[hop], source, estate);
    let layers = [Layer::Identity, Layer::Boundary, Layer::Scp, Layer::Rcp, Layer::Trust];
    let mut needs = eval::needs(&decision.truth(), estate);
    needs.extend(carriers::carried(source));
    needs.extend(shown::lacks(estate, &edge, source, &decision));
    needs.extend(shown::undocumented(estate, source, &decision));
    Ok(ExplainAnswer {
        schema: ExplainAnswer::SCHEMA,
        from: shown,
        to: estate.arn(role),
        kind: kind.as_str().to_owned(),
        action: kind.action().name().to_owned(),
        verdict: decision.verdict(),
        conditions: decision.conditions().into_iter().collect(),
        credential: shown::credential(estate, &edge, source, signed.mode).map(|way| way.as_str()),
        via,
        needs,
        indirect: indirect(graph, source, role, decision.verdict()),
        layers: layers.into_iter().map(|layer| explained(layer, source, &matched, &passed_over, estate)).collect(),
        gaps: decision.unclear().iter().map(|why| as_gap(estate, &edge, why)).collect(),
    })
}

/// The best longer path, where the hop itself is denied.
fn indirect(graph: &TrustGraph<'_>, source: &Source, role: PrincipalIx, direct: Verdict) -> Option<Indirect> {
    if direct != Verdict::Denied {
        return None;
    }
    let asking = graph.asking([source]);
    let reach = Reach::new(asking.as_ref().unwrap_or(graph), BTreeSet::from([role]));
    let path = best_path(&reach, source)?;
    Some(Indirect { verdict: path.verdict, hop_count: path.hops.len() })
}

fn explained(
    layer: Layer,
    source: &Source,
    matched: &[Matched],
    passed_over: &[PassedOver],
    estate: &Estate,
) -> ExplainedLayer {
    if layer == Layer::Identity && !matches!(source, Source::Principal(_)) {
        let note = |evidence| ExplainedStatement { evidence, outcome: StatementOutcome::Note, why: String::new() };
        return ExplainedLayer {
            layer,
            outcome: Outcome::None,
            statements: assumed(source).map(note).into_iter().collect(),
        };
    }
    let matched: Vec<&Matched> = matched.iter().filter(|m| m.evidence.layer == layer).collect();
    let mut statements: Vec<ExplainedStatement> = matched.iter().map(|m| of_matched(m, estate)).collect();
    let rest = passed_over.iter().filter(|p| p.evidence.layer == layer);
    statements.extend(rest.map(|p| ExplainedStatement {
        evidence: p.evidence.clone(),
        outcome: StatementOutcome::DoesNotMatch,
        why: p.why.clone(),
    }));
    ExplainedLayer { layer, outcome: outcome(layer, &matched, statements.is_empty()), statements }
}

fn of_matched(matched: &Matched, estate: &Estate) -> ExplainedStatement {
    let verdict = Decision::new(matched.truth.clone()).verdict();
    let (outcome, why) = match verdict {
        _ if matched.evidence.effect == EvidenceEffect::None => (StatementOutcome::Note, String::new()),
        Verdict::Allowed => (StatementOutcome::Matches, String::new()),
        Verdict::Conditional => (StatementOutcome::Depends, eval::needs(&matched.truth, estate).join(" and ")),
        Verdict::Unknown => (StatementOutcome::Unknown, eval::needs(&matched.truth, estate).join(" and ")),
        Verdict::Denied => (StatementOutcome::DoesNotMatch, String::new()),
    };
    ExplainedStatement { evidence: matched.evidence.clone(), outcome, why }
}

/// The outcome of a layer.
fn outcome(layer: Layer, matched: &[&Matched], is_empty: bool) -> Outcome {
    let of = |effect: EvidenceEffect| matched.iter().filter(move |m| m.evidence.effect == effect);
    let surely = |m: &&&Matched| m.truth == Truth::True;
    let unknown = |m: &&Matched| m.truth.unclear_parts().iter().any(|u| matches!(u, Unclear::Gap(_)));
    if of(EvidenceEffect::Deny).any(|m| surely(&m)) {
        return Outcome::Denies;
    }
    if matched.iter().any(unknown) {
        return Outcome::Unknown;
    }
    if of(EvidenceEffect::Deny).next().is_some() {
        return Outcome::DeniesIf;
    }
    let missing = |e: &Evidence| e.effect == EvidenceEffect::None;
    let level_missing = layer == Layer::Scp && matched.iter().any(|m| missing(&m.evidence));
    if level_missing {
        return Outcome::DoesNotAllow;
    }
    if of(EvidenceEffect::Allow).any(|m| surely(&m)) {
        return Outcome::Allows;
    }
    if of(EvidenceEffect::Allow).next().is_some() {
        return Outcome::AllowsIf;
    }
    match layer {
        Layer::Boundary | Layer::Scp if is_empty => Outcome::None,
        Layer::Rcp => Outcome::None,
        _ => Outcome::DoesNotAllow,
    }
}
