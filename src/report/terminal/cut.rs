//! What to remove, what else that takes away, and which ways stay.
//!
//! Owns: the sentences, for the terminal and for Markdown alike.

use std::io::{self, Write};

use super::names::{Names, number, plural, short};
use super::notes::{gaps, not_followed};
use super::style::Style;
use super::wrap::{self, line};
use crate::answer::{CutAlso, CutAnswer, CutRemoval, CutWays};
use crate::report::escape::escape;

/// Names that a line has room for.
const NAMED: usize = 4;

/// Writes a cut as sentences; at most so many removals. `given` are the options that the question was asked with, which the next one
/// needs as well.
///
/// # Errors
/// If the output cannot be written.
pub fn table(
    answer: &CutAnswer,
    most: usize,
    names: &Names,
    given: &[String],
    style: &Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    line(&style.bold(&escape(&sentence(answer))), "", "  ", style, out)?;
    for (at, removal) in answer.removals.iter().take(most).enumerate() {
        let first = format!("\n{:>3}  ", at + 1);
        line(&escape(&format!("remove {}", removal.what)), &first, "     ", style, out)?;
        for text in of_removal(removal, names) {
            line(&escape(&text), "     ", "       ", style, out)?;
        }
        let words = given.iter().map(|word| crate::shell::word(word));
        let whole = [command(removal)].into_iter().chain(words).collect::<Vec<_>>().join(" ");
        wrap::command(&escape(&whole), "     try it: ", style, out)?;
    }
    if let Some(left) = left(answer, most) {
        line(&format!("{left}: --all shows them"), "\n", "  ", style, out)?;
    }
    if answer.removals.len() > 1 {
        line(&escape(&together(answer, names)), "\n", "  ", style, out)?;
    }
    for (at, stay) in answer.stays.iter().enumerate() {
        line(&escape(&staying(stay, names)), if at == 0 { "\n" } else { "" }, "  ", style, out)?;
    }
    if let Some(left_out) = not_followed(&answer.not_followed) {
        line(&left_out, "\n", "  ", style, out)?;
    }
    gaps(&answer.gaps, style, out)
}

/// The removals that are not shown, if there are any.
#[must_use]
pub fn left(answer: &CutAnswer, most: usize) -> Option<String> {
    let left = answer.removals.len().saturating_sub(most);
    (left > 0).then(|| format!("and {}", plural(left, "more removal")))
}

/// How few removals close how much.
#[must_use]
pub fn sentence(answer: &CutAnswer) -> String {
    let target = &answer.target;
    let sort = match (answer.machines, answer.without_mfa) {
        (false, false) => "",
        (false, true) => " without MFA",
        (true, false) => " of roles and programs",
        (true, true) => " of roles and programs without MFA",
    };
    let ways = |count: u64| plural(usize::try_from(count).unwrap_or(usize::MAX), "way");
    if answer.ways == 0 {
        let proven = if answer.proven { "" } else { ", as far as the data tells" };
        return format!("there is no way{sort} to {target} to close{proven}");
    }
    let all = match (answer.closed == answer.ways, answer.ways) {
        (true, 1) => "the ",
        (true, _) => "all ",
        _ => "",
    };
    let of = if answer.closed == answer.ways { String::new() } else { format!(" of {}", number_of(answer.ways)) };
    let size = plural(answer.removals.len(), "removal");
    let verb = if answer.removals.len() == 1 { "closes" } else { "close" };
    let bound = match (answer.verified, answer.is_smallest) {
        (false, _) => "the search was given up: ways are left".to_owned(),
        (true, true) => "no fewer do; decided again without them".to_owned(),
        (true, false) => format!("at least {} are needed; decided again without them", answer.at_least),
    };
    format!("{size} {verb} {all}{}{of}{sort} to {target} ({bound})", ways(answer.closed))
}

fn number_of(count: u64) -> String {
    number(usize::try_from(count).unwrap_or(usize::MAX))
}

/// What is told of a removal, a line each.
#[must_use]
pub fn of_removal(removal: &CutRemoval, names: &Names) -> Vec<String> {
    let mut told = Vec::new();
    if !removal.text.is_empty() {
        told.push(removal.text.clone());
    }
    told.push(match (removal.closes, removal.others) {
        (Some(0), _) => "closes no way alone: others are open beside it".to_owned(),
        (Some(closes), _) => format!("closes {} alone", plural(usize::try_from(closes).unwrap_or(usize::MAX), "way")),
        (None, _) => "what it takes away alone was not compared: the organization is large".to_owned(),
    });
    if removal.others == Some(0) {
        told.push("takes nothing else away".to_owned());
    }
    told.extend(removal.remarks.iter().cloned());
    told.extend(removal.also.iter().map(|also| format!("also {}", also_words(also, names))));
    told
}

/// The command that shows what it would do.
#[must_use]
pub fn command(removal: &CutRemoval) -> String {
    format!("rolehop what-if {} {}", removal.option, crate::shell::word(&removal.value))
}

fn also_words(also: &CutAlso, names: &Names) -> String {
    let ways = plural(usize::try_from(also.ways).unwrap_or(usize::MAX), "way");
    let to = also.target.as_ref().map_or_else(|| "roles of no target".to_owned(), Clone::clone);
    let mut who: Vec<String> = also.examples.iter().map(|one| short(&one.principal, names)).collect();
    who.dedup();
    let all = who.len();
    let of = listed(who, all);
    if of.is_empty() { format!("{ways} to {to}") } else { format!("{ways} to {to}, such as of {of}") }
}

/// What all removals take away.
#[must_use]
pub fn together(answer: &CutAnswer, names: &Names) -> String {
    if answer.others == 0 {
        return "together they take nothing else away".to_owned();
    }
    let also: Vec<String> = answer.also.iter().map(|also| also_words(also, names)).collect();
    format!("together they also take away {}", also.join("; "))
}

/// Ways that stay.
#[must_use]
pub fn staying(stay: &CutWays, names: &Names) -> String {
    let ways = plural(usize::try_from(stay.ways).unwrap_or(usize::MAX), "way");
    let who = listed(stay.principals.iter().take(NAMED).map(|who| short(who, names)).collect(), stay.principals.len());
    format!("{ways} {}: {who}", stay.why.words())
}

fn listed(names: Vec<String>, count: usize) -> String {
    let more = count.saturating_sub(names.len());
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{more}", names.join(", "))
}
