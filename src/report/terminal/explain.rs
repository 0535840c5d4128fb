//! One hop with every statement of every layer: what matched, what did not, and why.

use std::io::{self, Write};

use super::names::{Names, short};
use super::notes::gaps;
use super::path::{describe, signed};
use super::style::Style;
use super::wrap::line;
use crate::answer::{
    Evidence, ExplainAnswer, ExplainedLayer, ExplainedStatement, Layer, Outcome, StatementOutcome, Verdict,
};
use crate::report::escape::escape;

/// Writes an explanation, one block per layer.
///
/// # Errors
/// If the output cannot be written.
pub fn layers(answer: &ExplainAnswer, names: &Names, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let from = short(&answer.from, names);
    let to = short(&answer.to, names);
    let from = escape(&from);
    let to = escape(&to);
    let action = escape(&answer.action);
    writeln!(out, "{}: {from} {action} {to}", style.verdict(answer.verdict))?;
    if let Some(way) = answer.credential.and_then(signed) {
        line(&format!("signs {way}"), "  ", "    ", style, out)?;
    }
    if let Some(via) = &answer.via {
        line(&format!("enters by {}", escape(&via.words())), "  ", "    ", style, out)?;
    }
    for need in &answer.needs {
        line(&escape(need), "  ", "    ", style, out)?;
    }
    if let Some(indirect) = answer.indirect {
        let says = match indirect.verdict {
            Verdict::Unknown => "not in one hop, and whether in more is not known".to_owned(),
            verdict => format!("not in one hop, but {} in {}", verdict.as_str(), indirect.hop_count),
        };
        line(&says, "  ", "    ", style, out)?;
    }
    for layer in &answer.layers {
        writeln!(out, "\n{} {}", style.bold(&format!("{:<9}", layer.layer.as_str())), outcome(layer))?;
        for alike in layer.statements.chunk_by(is_attached_twice) {
            line(&one(alike, style), "  ", "      ", style, out)?;
        }
    }
    gaps(&answer.gaps, style, out)
}

/// What a mark stands for.
fn spoken(outcome: StatementOutcome) -> &'static str {
    match outcome {
        StatementOutcome::Matches => "matches:",
        StatementOutcome::Depends | StatementOutcome::Unknown => "may match:",
        StatementOutcome::DoesNotMatch => "does not match:",
        StatementOutcome::Note => "note:",
    }
}

/// What a layer comes to; where it has nothing to say, why.
fn outcome(layer: &ExplainedLayer) -> &'static str {
    match (layer.layer, layer.outcome) {
        (Layer::Identity, Outcome::None) if layer.statements.is_empty() => {
            "none: only roles and users have identity policies"
        }
        (Layer::Identity, Outcome::None) => "not in the snapshot",
        (Layer::Boundary, Outcome::None) => "none attached",
        (Layer::Scp | Layer::Rcp, Outcome::None) if layer.statements.is_empty() => "none apply",
        (_, outcome) => outcome.as_str(),
    }
}

/// One policy at several levels of the organization.
fn is_attached_twice(a: &ExplainedStatement, b: &ExplainedStatement) -> bool {
    let same = |a: &Evidence, b: &Evidence| {
        (a.effect, a.statement, &a.sid, &a.text) == (b.effect, b.statement, &b.sid, &b.text)
            && attached(&a.policy).is_some_and(|(name, _)| attached(&b.policy).is_some_and(|(other, _)| name == other))
    };
    (a.outcome, &a.why) == (b.outcome, &b.why) && same(&a.evidence, &b.evidence)
}

/// An SCP or RCP and the level that it is attached to.
fn attached(policy: &str) -> Option<(&str, &str)> {
    policy.rsplit_once(" at ")
}

/// A statement, or the same one at several levels.
fn one(alike: &[ExplainedStatement], style: &Style) -> String {
    let [statement, rest @ ..] = alike else { return String::new() };
    let mark = match (statement.outcome, style.unicode) {
        (outcome, _) if style.spoken => spoken(outcome),
        (StatementOutcome::Matches, true) => "✓",
        (StatementOutcome::Matches, false) => "+",
        (StatementOutcome::Depends | StatementOutcome::Unknown, _) => "?",
        (StatementOutcome::DoesNotMatch, true) => "✗",
        (StatementOutcome::DoesNotMatch, false) => "-",
        (StatementOutcome::Note, _) => "!",
    };
    let levels = rest.iter().filter_map(|other| attached(&other.evidence.policy)).map(|(_, level)| level);
    let policy = levels.fold(statement.evidence.policy.clone(), |policy, level| policy + ", " + level);
    let text = describe(&Evidence { policy, ..statement.evidence.clone() });
    if statement.why.is_empty() {
        return format!("{mark} {text}");
    }
    format!("{mark} {text}; {}", escape(&statement.why))
}
