//! One path, explained hop by hop: what allows it, under which SCPs and RCPs, and what it still needs.

use std::io::{self, Write};

use super::names::{Names, short};
use super::notes::{gaps, note};
use super::reach;
use super::style::Style;
use super::wrap::line;
use crate::answer::{Escalation, Evidence, EvidenceEffect, Hop, Layer, PathAnswer, Verdict};
use crate::report::escape::escape;

/// Writes paths as trees, numbered if there are several.
///
/// # Errors
/// If the output cannot be written.
pub fn trees(answers: &[PathAnswer], names: &Names, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    for (at, answer) in answers.iter().enumerate() {
        if answers.len() > 1 {
            let blank = if at == 0 { "" } else { "\n" };
            writeln!(out, "{blank}{}", style.dim(&format!("path {} of {}", at + 1, answers.len())))?;
        }
        tree(answer, names, style, out)?;
    }
    Ok(())
}

/// Writes a path as a tree.
///
/// # Errors
/// If the output cannot be written.
pub fn tree(answer: &PathAnswer, names: &Names, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let from = short(&answer.from, names);
    let to = short(&answer.to, names);
    if answer.hops.is_empty() {
        let word = if answer.verdict == Verdict::Unknown { "unknown whether it reaches" } else { "cannot reach" };
        writeln!(out, "{}: {} {word} {}", style.verdict(answer.verdict), escape(&from), escape(&to))?;
        let elsewhere = answer.blocked_at.as_ref().filter(|b| (&b.from, &b.to) != (&answer.from, &answer.to));
        if let Some(hop) = elsewhere {
            let text = format!("nearest hop that fails: {} to {}", short(&hop.from, names), short(&hop.to, names));
            line(&escape(&text), "  ", "    ", style, out)?;
        }
        for evidence in answer.blocked_by.iter().flatten() {
            line(&describe(evidence), "  ", "    ", style, out)?;
        }
        note(answer.note, style, out)?;
        return gaps(&answer.gaps, style, out);
    }
    let (bar, arrow) = match style {
        Style { spoken: true, .. } => ("hop", "to"),
        Style { unicode: true, .. } => ("│", "▼"),
        _ => ("|", "v"),
    };
    for (at, hop) in answer.hops.iter().enumerate() {
        writeln!(out, "{}", style.bold(&escape(&short(&hop.from, names))))?;
        one(at + 1, hop, bar, style, out)?;
        writeln!(out, " {arrow}")?;
    }
    let last = answer.hops.last().map_or_else(String::new, |hop| short(&hop.to, names));
    writeln!(out, "{}", style.bold(&escape(&last)))?;
    let hops = answer.hops.len();
    let needs = answer.needs.phrases().join(", ");
    let needs = if needs.is_empty() {
        String::new()
    } else {
        format!(", {} {needs}", if answer.verdict == Verdict::Allowed { "with" } else { "needs" })
    };
    let plural = if hops == 1 { "" } else { "s" };
    let verdict = style.verdict(answer.verdict);
    line(&format!("{verdict} in {hops} hop{plural}{}", escape(&needs)), "\n", "  ", style, out)?;
    if let Some(mfa) = &answer.mfa_of_people {
        line(&escape(&reach::mfa(mfa)), "", "  ", style, out)?;
    }
    note(answer.note, style, out)?;
    gaps(&answer.gaps, style, out)
}

fn one(number: usize, hop: &Hop, bar: &str, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let verdict = match hop.verdict {
        Verdict::Conditional => "allowed if its conditions hold",
        other => other.as_str(),
    };
    writeln!(out, " {bar} {number}  {}  {verdict}", escape(&doing(hop)))?;
    let (first, rest) = match style.spoken {
        true => (String::new(), String::new()),
        false => (format!(" {bar}      "), format!(" {bar}                  ")),
    };
    if let Some(escalation) = &hop.escalation {
        for (label, text) in told(escalation) {
            line(&format!("{label:<11} {}", escape(&text)), &first, &rest, style, out)?;
        }
    }
    for (label, layer) in [("identity", Layer::Identity), ("boundary", Layer::Boundary), ("trust", Layer::Trust)] {
        for evidence in hop.evidence.iter().filter(|e| e.layer == layer) {
            line(&format!("{label:<11} {}", describe(evidence)), &first, &rest, style, out)?;
        }
    }
    line(&format!("{:<11} {}", "SCP, RCP", guardrails(&hop.evidence)), &first, &rest, style, out)?;
    if let Some(via) = &hop.via {
        line(&format!("{:<11} {}", "enters by", escape(&via.words())), &first, &rest, style, out)?;
    }
    if let Some(way) = hop.credential.and_then(signed) {
        line(&format!("{:<11} {way}", "signs"), &first, &rest, style, out)?;
    }
    for need in &hop.needs {
        line(&format!("{:<11} {}", "needs", escape(need)), &first, &rest, style, out)?;
    }
    Ok(())
}

/// What the caller does: the action of a call, or what happens on a way to escalate.
fn doing(hop: &Hop) -> String {
    match &hop.escalation {
        Some(escalation) => format!("{} ({})", hop.kind, escalation.actions.join(", ")),
        None => hop.action.clone(),
    }
}

/// A way to escalate, line by line.
fn told(escalation: &Escalation) -> Vec<(&'static str, String)> {
    let catalogue = match &escalation.link {
        Some(link) => format!("{}, {link}", escalation.catalogue),
        None => escalation.catalogue.clone(),
    };
    let begins = escalation.actions.first().map(String::as_str);
    let does = match begins {
        Some("iam:PassRole") => "passes",
        Some("iam:CreateRole" | "iam:CreateUser") => "makes",
        _ => "changes",
    };
    let mut lines = vec![("escalation", catalogue)];
    lines.push((does, escalation.target.clone()));
    lines.extend(escalation.takes_away.iter().map(|policy| ("takes away", policy.clone())));
    let through = escalation.through.iter().filter(|through| **through != escalation.target);
    lines.extend(through.map(|through| ("then as", through.clone())));
    let first = |action: &String| {
        let what = if action.starts_with("iam:") { "changes the trust policy of" } else { "lets itself into" };
        format!("{what} the role ({action})")
    };
    lines.extend(escalation.then.iter().map(|action| ("then", first(action))));
    if let Some(next) = &escalation.next {
        lines.push(("then", format!("{} ({})", next.kind, next.actions.join(", "))));
        lines.extend(told(next));
    }
    lines
}

/// How a user signs, in words.
pub(super) fn signed(credential: &str) -> Option<&'static str> {
    Some(match credential {
        "access-key" => "with an access key, without MFA",
        "access-key-with-mfa-code" => "with an access key and an MFA code in the call",
        "session-without-mfa" => "with a session without MFA",
        "session-with-mfa" => "with a session with MFA",
        _ => return None,
    })
}

/// Policy, statement and what it says.
pub(super) fn describe(evidence: &Evidence) -> String {
    let sid = if evidence.sid.is_empty() { String::new() } else { format!(" ({})", evidence.sid) };
    let text = match evidence.statement {
        Some(statement) => format!("{}, statement {statement}{sid}: {}", evidence.policy, evidence.text),
        None if evidence.policy.is_empty() => evidence.text.clone(),
        None => format!("{}: {}", evidence.policy, evidence.text),
    };
    escape(&text).into_owned()
}

/// How many SCPs and RCPs matched, and each that did more than allow everything.
fn guardrails(evidence: &[Evidence]) -> String {
    let count = |layer: Layer| evidence.iter().filter(|e| e.layer == layer && e.statement.is_some()).count();
    let scps = count(Layer::Scp);
    let rcps = count(Layer::Rcp);
    let notable =
        evidence.iter().filter(|e| matches!(e.layer, Layer::Scp | Layer::Rcp) && e.effect != EvidenceEffect::Allow);
    let notes: Vec<String> = notable.map(describe).collect();
    let counted = match (scps, rcps) {
        (0, 0) => "none apply".to_owned(),
        _ if notes.is_empty() => format!("{scps} SCP and {rcps} RCP statements match, none denies"),
        _ => format!("{scps} SCP and {rcps} RCP statements match"),
    };
    if notes.is_empty() { counted } else { format!("{counted}; {}", notes.join("; ")) }
}
