//! Simulated requests for people: one with its proof, many as a table.

use std::io::{self, Write};

use comfy_table::Color;

use super::grid::{cell, draw};
use super::path::describe;
use super::style::Style;
use super::wrap::line;
use crate::answer::Layer;
use crate::answer::simulation::{Answer, Decision, Expectation};
use crate::report::escape::escape;

/// One simulated request with its answer.
#[derive(Clone, Copy, Debug)]
pub struct Case<'a> {
    /// Its name, or what is asked.
    pub title: &'a str,
    /// The decision.
    pub answer: &'a Answer,
    /// The expected decision, if the file has one.
    pub expected: Option<Expectation>,
}

impl Case<'_> {
    fn passed(&self) -> bool {
        self.expected.is_none_or(|e| e.admits(self.answer.decision))
    }
}

/// One request: the decision, then every statement that matched, layer by layer.
///
/// # Errors
/// If the output cannot be written.
pub fn one(case: &Case<'_>, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let answer = case.answer;
    writeln!(out, "{}  {}", decision(answer.decision, style), escape(case.title))?;
    for evidence in &answer.matched {
        let text = format!("{:<9} {}", evidence.layer.as_str(), describe(evidence));
        line(&text, "  ", "            ", style, out)?;
    }
    if !answer.blocked_by.is_empty() {
        writeln!(out, "blocked by {}", layers(&answer.blocked_by))?;
    }
    for remark in &answer.remarks {
        line(&format!("note: {}", escape(remark)), "", "  ", style, out)?;
    }
    for why in &answer.unclear {
        line(&format!("unclear: {}", escape(why)), "", "  ", style, out)?;
    }
    Ok(())
}

/// Many requests, a row each.
///
/// # Errors
/// If the output cannot be written.
pub fn table(cases: &[Case<'_>], style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let rows = cases.iter().zip(1..).map(|(case, number): (&Case<'_>, usize)| {
        let expected = match case.expected {
            None => String::new(),
            Some(_) if case.passed() => "as expected".to_owned(),
            Some(expected) => format!("expected {}", expected.as_str()),
        };
        let unclear = if case.answer.unclear.is_empty() { "" } else { " (unclear)" };
        vec![
            cell(&number.to_string(), None),
            cell(&format!("{}{unclear}", case.answer.decision.as_str()), Some(color(case.answer.decision))),
            cell(&expected, (!case.passed()).then_some(Color::Red)),
            cell(&layers(&case.answer.blocked_by), None),
            cell(case.title, None),
        ]
    });
    draw(&["#", "DECISION", "EXPECTED", "BLOCKED BY", "REQUEST"], rows.collect(), style, out)
}

fn layers(blocked_by: &[Layer]) -> String {
    blocked_by.iter().map(|l| l.as_str()).collect::<Vec<_>>().join(", ")
}

fn color(decision: Decision) -> Color {
    if decision == Decision::Allowed { Color::Green } else { Color::Red }
}

fn decision(decision: Decision, style: &Style) -> String {
    style.paint(decision.as_str(), if decision == Decision::Allowed { "32" } else { "31" })
}
