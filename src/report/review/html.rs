//! The sheet as one HTML file: to read, to print, to sign.
//!
//! Owns: what a page of a review shows. INVARIANT: nothing runs in it and nothing is loaded.

use std::io::{self, Write};

use serde::Serialize;

use crate::report::html::markup;
use crate::report::html::text::clean;
use crate::report::terminal::notes;
use crate::report::time::seconds_of;
use crate::review::{Line, Sheet};

const TEMPLATE: &str = include_str!("../../../reports/html/review.html");
const STYLE: &str =
    concat!(include_str!("../../../reports/html/style.css"), include_str!("../../../reports/html/review.css"));

/// What the template gets.
#[derive(Debug, Serialize)]
struct Page<'a> {
    policy: String,
    style: &'a str,
    version: &'a str,
    targets: Vec<String>,
    snapshot: &'a str,
    at: String,
    roles: usize,
    machines: usize,
    lines: usize,
    missing: Vec<String>,
    not_followed: Option<String>,
    seal: &'a str,
    people: Vec<Person>,
    loose_ends: Vec<[String; 3]>,
}

/// A person with all that it reaches.
#[derive(Debug, Serialize)]
struct Person {
    name: String,
    kind: &'static str,
    email: String,
    id: String,
    lines: Vec<LineView>,
}

#[derive(Debug, Serialize)]
struct LineView {
    target: String,
    account: String,
    role: String,
    power: &'static str,
    via: Vec<String>,
    hops: usize,
    verdict: &'static str,
    conditions: Vec<String>,
    mfa: String,
    last_used: String,
    decision: String,
    reviewer: String,
    date: String,
}

/// Writes the page.
///
/// # Errors
/// If the output cannot be written.
pub fn write(sheet: &Sheet, out: &mut dyn Write) -> io::Result<()> {
    let mut people = Vec::<Person>::new();
    for line in &sheet.lines {
        // lines are in order of people
        if people.last().is_none_or(|last| last.id != clean(&line.id)) {
            people.push(Person {
                name: clean(&line.person),
                kind: line.kind.as_str(),
                email: clean(&line.email),
                id: clean(&line.id),
                lines: Vec::new(),
            });
        }
        if let Some(last) = people.last_mut() {
            last.lines.push(view(line));
        }
    }
    let frozen = &sheet.frozen;
    let ends = &sheet.loose_ends;
    let page = Page {
        policy: markup::policy(None, STYLE),
        style: STYLE,
        version: env!("CARGO_PKG_VERSION"),
        targets: frozen.targets.iter().map(|target| clean(target)).collect(),
        snapshot: &frozen.snapshot,
        at: seconds_of(&frozen.at),
        roles: frozen.roles,
        machines: frozen.machines,
        lines: frozen.lines,
        missing: frozen.missing.iter().map(|missing| clean(missing)).collect(),
        not_followed: notes::not_followed(&frozen.not_followed).map(|left_out| clean(&left_out)),
        seal: &frozen.seal,
        people,
        loose_ends: ends
            .iter()
            .map(|end| [end.kind.as_str().to_owned(), clean(&end.subject), clean(&end.note)])
            .collect(),
    };
    markup::render(TEMPLATE, &page, out)
}

fn view(line: &Line) -> LineView {
    let role = line.role.split_once(":role/").map_or(line.role.as_str(), |(_, name)| name);
    LineView {
        target: clean(&line.target),
        account: clean(if line.account_name.is_empty() { &line.account } else { &line.account_name }),
        role: clean(role),
        power: line.power.as_str(),
        via: line.via.iter().map(|via| clean(via)).collect(),
        hops: line.hops,
        verdict: line.verdict.as_str(),
        conditions: line.conditions.iter().map(|key| clean(key)).collect(),
        mfa: clean(&line.mfa),
        last_used: clean(&line.last_used),
        decision: clean(&line.mark.decision),
        reviewer: clean(&line.mark.reviewer),
        date: clean(&line.mark.date),
    }
}
