//! Values that tell tests apart: for each combination of outcomes that some value gives, at least one such value.
//!
//! Owns: from the patterns of a fact's tests to a finite set of values. Numbers, times and addresses are cut at the
//! bounds that the tests name; texts are walked as the automaton that runs all patterns side by side.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::possible::{Possible, Shape};
use super::test::{Test, WILDCARDS};
use crate::policy::alphabet::Alphabet;
use crate::policy::operator::{Base, Comparison};
use crate::policy::text::Glyph;
use crate::policy::value::{instants, network, number};

/// States of the automaton that are visited at most.
const MAX_STATES: usize = 4096;
/// Patterns that are walked side by side at most.
const MANY: usize = 24;

/// How the values of a fact are compared.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Family {
    Text,
    Number,
    Time,
    Address,
    Truth,
    Bytes,
}

/// Values that tell the tests apart; `None` where too many would be needed, or the tests are of different families.
#[must_use]
pub fn of(tests: &[&Test]) -> Option<Vec<String>> {
    without(tests, &[])
}

/// As [`of`], by texts without these characters.
fn without(tests: &[&Test], barred: &[char]) -> Option<Vec<String>> {
    let mut families = tests.iter().filter_map(|t| family(t));
    let first = families.next().unwrap_or(Family::Text);
    if families.any(|f| f != first) {
        return None;
    }
    let values = || tests.iter().filter(|t| family(t).is_some()).flat_map(|t| &t.values);
    match first {
        Family::Text => texts(tests, barred),
        Family::Number => Some(between(values().filter_map(|v| number(v)).collect())),
        Family::Time => Some(between(values().flat_map(|v| instants(v)).collect())),
        Family::Address => Some(addresses(values())),
        Family::Truth => Some(vec!["true".to_owned(), "false".to_owned()]),
        Family::Bytes => Some(values().cloned().chain([String::new()]).collect()),
    }
}

/// As [`of`], of texts of a shape alone.
#[must_use]
pub(super) fn shaped(tests: &[&Test], shape: &Shape) -> Option<Vec<String>> {
    let of_shape = shape.tests();
    let beside: Vec<&Test> = tests.iter().copied().chain(&of_shape).collect();
    // numbers, times and addresses have no shape to be walked along
    let barred: &[char] = if shape.is_any() { &[] } else { &WILDCARDS };
    let found = without(&beside, barred).or_else(|| of(tests))?;
    Some(found.into_iter().filter(|text| shape.admits(text)).collect())
}

/// `None` for tests that only ask whether the key is there.
fn family(test: &Test) -> Option<Family> {
    use Comparison as C;
    let Base::Compare { how, .. } = test.operator.base else { return None };
    Some(match how {
        C::StringEquals | C::StringEqualsIgnoreCase | C::StringLike | C::ArnLike => Family::Text,
        C::Bool => Family::Truth,
        C::BinaryEquals => Family::Bytes,
        C::IpAddress => Family::Address,
        C::NumericEquals
        | C::NumericLessThan
        | C::NumericLessThanEquals
        | C::NumericGreaterThan
        | C::NumericGreaterThanEquals => Family::Number,
        C::DateEquals | C::DateLessThan | C::DateLessThanEquals | C::DateGreaterThan | C::DateGreaterThanEquals => {
            Family::Time
        }
    })
}

/// The bounds themselves, one value between each two, one beyond either end.
fn between(mut bounds: Vec<f64>) -> Vec<String> {
    bounds.sort_by(f64::total_cmp);
    bounds.dedup();
    let middles: Vec<f64> = bounds.windows(2).map(|pair| pair.iter().sum::<f64>() / 2.0).collect();
    let ends = bounds.first().map(|b| b - 1.0).into_iter().chain(bounds.last().map(|b| b + 1.0));
    let mut all: Vec<f64> = ends.chain(middles).collect();
    all.extend(bounds);
    if all.is_empty() {
        all.push(0.0);
    }
    all.into_iter().map(|n| n.to_string()).collect()
}

/// Both ends of every range and their neighbors outside: ranges nest or are apart, so nothing else differs.
fn addresses<'t>(values: impl Iterator<Item = &'t String>) -> Vec<String> {
    let mut found = BTreeSet::from([IpAddr::V4(Ipv4Addr::UNSPECIFIED), IpAddr::V6(Ipv6Addr::UNSPECIFIED)]);
    found.extend([IpAddr::V4(Ipv4Addr::BROADCAST), IpAddr::V6(Ipv6Addr::from(u128::MAX))]);
    for range in values.filter_map(|v| network(v)) {
        let first = range.network();
        let last = range.broadcast();
        found.extend([first, last]);
        found.extend([neighbor(first, false), neighbor(last, true)].into_iter().flatten());
    }
    found.into_iter().map(|ip| ip.to_string()).collect()
}

fn neighbor(ip: IpAddr, up: bool) -> Option<IpAddr> {
    match ip {
        IpAddr::V4(ip) => {
            let n = u32::from(ip);
            let next = if up { n.checked_add(1) } else { n.checked_sub(1) };
            next.map(|n| IpAddr::V4(n.into()))
        }
        IpAddr::V6(ip) => {
            let n = u128::from(ip);
            let next = if up { n.checked_add(1) } else { n.checked_sub(1) };
            next.map(|n| IpAddr::V6(n.into()))
        }
    }
}

/// A piece of a pattern.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Piece {
    Char(char),
    /// A letter of either case.
    Letter(char),
    /// One character; with the flag none but a colon.
    One(bool),
    /// Any run of characters; with the flag without colons.
    Run(bool),
}

/// A pattern, and the text that stands before the sample when it is compared.
struct Walker {
    pieces: Vec<Piece>,
    prefix: String,
}

fn texts(tests: &[&Test], barred: &[char]) -> Option<Vec<String>> {
    let mut literals = BTreeSet::new();
    let mut exact = Vec::new();
    let mut patterns = Vec::new();
    for test in tests {
        let Base::Compare { how, .. } = test.operator.base else { continue };
        let prefix = if let Possible::After(prefix) = &test.possible { prefix.as_str() } else { "" };
        for pattern in test.patterns() {
            let pieces = pieces(how, &pattern.glyphs());
            let is_literal = pieces.iter().all(|p| matches!(p, Piece::Char(_)));
            if is_literal {
                let text = pattern.literal().unwrap_or_default();
                literals.extend(text.strip_prefix(prefix).map(str::to_owned));
            }
            let walker = Walker { pieces, prefix: prefix.to_owned() };
            if is_literal { exact.push(walker) } else { patterns.push(walker) }
        }
    }
    let alphabet = tests.first().and_then(|t| t.variable.kind().alphabet());
    let admitted = |text: &String| alphabet.is_none_or(|a| a.admits(text));
    if patterns.is_empty() {
        let fresh = fresh(&literals);
        return Some(literals.into_iter().filter(admitted).chain([fresh]).collect());
    }
    if patterns.len() + exact.len() > MANY {
        return None;
    }
    let mut walked = walk(&patterns, alphabet, barred)?;
    if walked.iter().any(|text| literals.contains(text)) {
        // whether other texts match the same patterns, only a walk along the literals tells
        patterns.append(&mut exact);
        walked = walk(&patterns, alphabet, barred)?;
    } else {
        walked.extend(literals);
    }
    Some(walked.into_iter().filter(admitted).collect())
}

/// A text that is none of these.
fn fresh(taken: &BTreeSet<String>) -> String {
    let mut text = "other".to_owned();
    while taken.contains(text.as_str()) {
        text.push('-');
    }
    text
}

fn pieces(how: Comparison, pattern: &[Glyph]) -> Vec<Piece> {
    let globs = matches!(how, Comparison::StringLike | Comparison::ArnLike);
    let mut colons = 0;
    let mut found = Vec::new();
    for glyph in pattern {
        let inside = how == Comparison::ArnLike && colons < 5;
        colons += usize::from(*glyph == Glyph::Char(':'));
        found.push(match glyph {
            Glyph::Any if globs => Piece::Run(inside),
            Glyph::One if globs => Piece::One(inside),
            other => match other.as_char() {
                c if how == Comparison::StringEqualsIgnoreCase => Piece::Letter(c),
                c => Piece::Char(c),
            },
        });
    }
    found
}

/// One text for each way in which a text of the alphabet can match some of the patterns and not the others.
fn walk(walkers: &[Walker], alphabet: Option<Alphabet>, barred: &[char]) -> Option<Vec<String>> {
    let mut letters = letters(walkers, alphabet)?;
    letters.retain(|c| !barred.contains(c));
    let least = alphabet.map_or(0, |a| a.lengths().0);
    let start: State =
        walkers.iter().map(|w| w.prefix.chars().fold(start(&w.pieces), |at, c| step(&w.pieces, &at, c))).collect();
    // texts that are too short yet are other states than those that are not
    let mut known = HashSet::from([(start.clone(), 0)]);
    let mut found = HashMap::<Vec<bool>, String>::new();
    let mut frontier = vec![(start, 0, String::new())];
    while !frontier.is_empty() {
        let mut next = Vec::new();
        for (state, length, text) in frontier {
            if length >= least {
                let ends = |(w, at): (&Walker, &Vec<u32>)| at.contains(&(w.pieces.len() as u32));
                found.entry(walkers.iter().zip(&state).map(ends).collect()).or_insert_with(|| text.clone());
            }
            for c in &letters {
                let to: State = walkers.iter().zip(&state).map(|(w, at)| step(&w.pieces, at, *c)).collect();
                let length = least.min(length + 1);
                if known.len() >= MAX_STATES {
                    return None;
                }
                if known.insert((to.clone(), length)) {
                    next.push((to, length, format!("{text}{c}")));
                }
            }
        }
        frontier = next;
    }
    let mut texts: Vec<String> = found.into_values().collect();
    texts.sort();
    Some(texts)
}

/// The characters that the patterns tell apart, and one that stands for all others.
fn letters(walkers: &[Walker], alphabet: Option<Alphabet>) -> Option<BTreeSet<char>> {
    let mut named = BTreeSet::from([':']);
    for piece in walkers.iter().flat_map(|w| &w.pieces) {
        match piece {
            Piece::Char(c) => named.extend([*c]),
            Piece::Letter(c) => named.extend(c.to_lowercase().chain(c.to_uppercase())),
            Piece::One(_) | Piece::Run(_) => {}
        }
    }
    let Some(alphabet) = alphabet else {
        let other = ('\u{e000}'..='\u{f8ff}').find(|c| !named.contains(c))?;
        named.insert(other);
        return Some(named);
    };
    let other = ('!'..='~').find(|c| alphabet.has(*c) && !named.contains(c));
    named.retain(|c| alphabet.has(*c));
    named.extend(other);
    Some(named)
}

/// By pattern the positions that the text so far can have led to, in order.
type State = Vec<Vec<u32>>;

fn start(pieces: &[Piece]) -> Vec<u32> {
    let mut at = Vec::new();
    reach(pieces, 0, &mut at);
    at
}

/// Adds a position, and those after the runs that stand there, which may be empty.
fn reach(pieces: &[Piece], mut position: u32, found: &mut Vec<u32>) {
    loop {
        if let Err(at) = found.binary_search(&position) {
            found.insert(at, position);
        }
        if !matches!(pieces.get(position as usize), Some(Piece::Run(_))) {
            return;
        }
        position += 1;
    }
}

fn step(pieces: &[Piece], from: &[u32], c: char) -> Vec<u32> {
    let mut found = Vec::new();
    for position in from {
        match pieces.get(*position as usize) {
            Some(Piece::Char(own)) if *own == c => reach(pieces, position + 1, &mut found),
            Some(Piece::Letter(own)) if own.to_lowercase().eq(c.to_lowercase()) => {
                reach(pieces, position + 1, &mut found);
            }
            Some(Piece::One(inside)) if !(*inside && c == ':') => reach(pieces, position + 1, &mut found),
            Some(Piece::Run(inside)) if !(*inside && c == ':') => reach(pieces, *position, &mut found),
            _ => {}
        }
    }
    found
}
