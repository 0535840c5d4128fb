//! The seal of a sheet: whether lines, or what the sheet covers, were lost or changed on the way. It is no signature.
//!
//! Owns: what is sealed. Nothing of it is what a spreadsheet rewrites: of the time it is the day, in whatever form it comes back, of what
//! was missing the number of rows. Sheets of earlier versions have a seal over their lines alone.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use sha2::{Digest, Sha256};

use super::dates::dates;
use super::line::Line;
use super::population::Frozen;

/// What begins a seal that covers the population.
const VERSION: &str = "v2";

/// The two parts of a seal.
struct Seal<'a> {
    lines: &'a str,
    population: Option<&'a str>,
}

/// The seal of these lines and of what the rest of the sheet says of them.
pub(super) fn seal(frozen: &Frozen, lines: &[Line]) -> String {
    let day = days(&frozen.at).first().copied();
    format!("{VERSION}-{}-{}", of_lines(lines), of_population(frozen, day))
}

/// True if the lines are those that the sheet was made with.
pub(super) fn fits_lines(frozen: &Frozen, lines: &[Line]) -> bool {
    parts(frozen).lines == of_lines(lines)
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
    let new = frozen.seal.strip_prefix(VERSION).and_then(|rest| rest.strip_prefix('-')?.split_once('-'));
    match new {
        Some((lines, population)) => Seal { lines, population: Some(population) },
        None => Seal { lines: &frozen.seal, population: None },
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
