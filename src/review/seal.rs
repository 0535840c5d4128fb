//! The seal of a sheet: whether lines, or what the sheet covers, were lost or changed on the way. It is no signature.
//!
//! Owns: what is sealed. Nothing of it is what a spreadsheet rewrites: of the time it is the day, in whatever form it comes back, of what
//! was missing the number of rows, and no name that looks like a number or a date. Sheets of earlier versions have a seal over less.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use sha2::{Digest, Sha256};

use super::dates::{dates, is_month};
use super::line::Line;
use super::population::Frozen;
use super::written::as_written;

/// What begins a seal over all that a reviewer reads.
const VERSION: &str = "v3";
/// What begins one that covers the population, and of the lines who reaches what with which power.
const WITHOUT_NAMES: &str = "v2";

/// What is sealed instead of a text that a spreadsheet may rewrite.
const REWRITTEN: &str = "a number or date";

/// The two parts of a seal.
struct Seal<'a> {
    has_names: bool,
    lines: &'a str,
    population: Option<&'a str>,
}

/// The seal of these lines and of what the rest of the sheet says of them.
pub(super) fn seal(frozen: &Frozen, lines: &[Line]) -> String {
    let day = days(&frozen.at).first().copied();
    format!("{VERSION}-{}-{}", of_texts(lines), of_population(frozen, day))
}

/// True if the lines are those that the sheet was made with.
pub(super) fn fits_lines(frozen: &Frozen, lines: &[Line]) -> bool {
    let seal = parts(frozen);
    seal.lines == if seal.has_names { of_texts(lines) } else { of_lines(lines) }
}

/// True if the seal covers what a reviewer reads of a line: names, e-mail, by what, and under which conditions.
pub(super) fn covers_names(frozen: &Frozen) -> bool {
    parts(frozen).has_names
}

/// Whether the population is the one that the sheet was made with; `None` where the seal does not cover it.
pub(super) fn fits_population(frozen: &Frozen) -> Option<bool> {
    let sealed = parts(frozen).population?;
    Some(days(&frozen.at).into_iter().any(|day| of_population(frozen, Some(day)) == sealed))
}

/// The day, by UTC, on which the sheet was made. Of a text that means two days, it is the one that the seal is of, or the first.
pub(super) fn day_made(frozen: &Frozen) -> Option<Date> {
    let days = days(&frozen.at);
    let sealed = parts(frozen).population;
    let of_seal = days.iter().find(|day| sealed.is_some_and(|sealed| of_population(frozen, Some(**day)) == sealed));
    of_seal.or_else(|| days.iter().min()).copied()
}

fn parts(frozen: &Frozen) -> Seal<'_> {
    let of = |version| frozen.seal.strip_prefix(version)?.strip_prefix('-')?.split_once('-');
    match (of(VERSION), of(WITHOUT_NAMES)) {
        (Some((lines, population)), _) => Seal { has_names: true, lines, population: Some(population) },
        (None, Some((lines, population))) => Seal { has_names: false, lines, population: Some(population) },
        (None, None) => Seal { has_names: false, lines: &frozen.seal, population: None },
    }
}

/// Every day that the row `at` can mean.
fn days(at: &str) -> Vec<Date> {
    match at.parse::<Timestamp>() {
        Ok(at) => vec![at.to_zoned(TimeZone::UTC).date()],
        Err(_) => dates(at),
    }
}

/// Over who reaches what with which power, whatever the order of lines.
fn of_lines(lines: &[Line]) -> String {
    let mut parts: Vec<[&str; 5]> = lines
        .iter()
        .map(|line| [&*line.id, &line.target, &line.role, line.power.as_str(), line.verdict.as_str()])
        .collect();
    parts.sort_unstable();
    hashed(parts.iter().flatten().copied())
}

/// Over all that a reviewer reads of the lines, whatever their order; but for `last_used`, a date.
fn of_texts(lines: &[Line]) -> String {
    let texts = |line: &Line| {
        let words =
            [&*line.id, &line.target, &line.role, line.power.as_str(), line.verdict.as_str(), line.kind.as_str()];
        let read = [&line.person, &line.email, &line.account_name, &line.mfa].map(|text| read_back(text));
        let lists = [&line.via, &line.conditions].map(|list| read_back(&list.join("; ")));
        let all = words.into_iter().map(str::to_owned).chain(read).chain(lists);
        all.chain([line.hops.to_string()]).collect::<Vec<String>>()
    };
    let mut all: Vec<Vec<String>> = lines.iter().map(texts).collect();
    all.sort_unstable();
    hashed(all.iter().flatten().map(String::as_str))
}

/// A text in the form that it has before and after a sheet was written and a spreadsheet saved it.
fn read_back(text: &str) -> String {
    let text = as_written(text);
    // what is put before a formula, so that no spreadsheet computes it
    let is_mark = |c: char| c == '\'' || c.is_whitespace();
    let text = text.trim_matches(is_mark);
    let mut words = text.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty());
    let is_rewritten =
        text.contains(|c: char| c.is_ascii_digit()) && words.all(|word| word == "E" || word == "e" || is_month(word));
    if is_rewritten { REWRITTEN.to_owned() } else { text.to_lowercase() }
}

fn of_population(frozen: &Frozen, day: Option<Date>) -> String {
    let mut targets: Vec<&str> = frozen.targets.iter().map(String::as_str).collect();
    targets.sort_unstable();
    let day = day.map(|day| day.to_string()).unwrap_or_default();
    let counts = [frozen.roles, frozen.people, frozen.lines, frozen.machines, frozen.missing.len()];
    let counts = counts.map(|count| count.to_string());
    let rest = [frozen.snapshot.as_str(), &day].into_iter().chain(counts.iter().map(String::as_str));
    // earlier versions did not say which organization it is
    let organization = (!frozen.organization.is_empty()).then(|| format!("organization {}", frozen.organization));
    hashed(rest.chain(targets).chain(organization.as_deref()))
}

fn hashed<'t>(parts: impl Iterator<Item = &'t str>) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    hex::encode(hash.finalize())
}
