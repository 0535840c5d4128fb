//! Which values of a variable make a resource pattern name a resource.
//!
//! Owns: turning a pattern around: `role/${aws:PrincipalTag/team}-data-*` names `role/red-data-1` where the tag is `red`, and for no
//! other value. Does not know who has the value.

use std::collections::BTreeSet;

use super::key::ContextKey;
use super::resource;
use super::text::{Glyph, Segment, Text};

/// Values that are listed at most. A pattern with a wildcard right beside its variable fits about as many as the name has letters:
/// then it is the pattern that says it shortest.
const MANY: usize = 8;

/// The values of `unknown` for which the pattern names the resource, in order; the other variables have values, or are absent.
/// `None` where there are many.
#[must_use]
pub fn fitting(
    pattern: &Text,
    unknown: &ContextKey,
    value: impl Fn(&ContextKey) -> Option<String>,
    resource: &str,
) -> Option<Vec<String>> {
    let Some(pieces) = pieces(pattern, unknown, &value) else { return Some(Vec::new()) };
    let (Some(before), Some(text)) = (pieces.first(), resource.splitn(6, ':').nth(5)) else { return Some(Vec::new()) };
    // AWS fills in variables after the fifth colon alone
    let Some(before) = before.splitn(6, |glyph| *glyph == Glyph::Char(':')).nth(5) else { return Some(Vec::new()) };
    let mut after = pieces.get(1..).unwrap_or_default().join(&Glyph::Any);
    after.reverse();
    let letters: Vec<char> = text.chars().collect();
    let starts = matched(before.iter().copied(), letters.iter().copied());
    let ends = matched(after.iter().copied(), letters.iter().rev().copied());
    let mut found = BTreeSet::new();
    for start in starts {
        for end in ends.iter().filter_map(|from_end| letters.len().checked_sub(*from_end)) {
            let Some(between) = letters.get(start..end) else { continue };
            let candidate: String = between.iter().collect();
            let fits = |key: &ContextKey| if key == unknown { Some(candidate.clone()) } else { value(key) };
            if resource::matches(&pattern.expand(fits), resource) {
                found.insert(candidate);
            }
            if found.len() > MANY {
                return None;
            }
        }
    }
    Some(found.into_iter().collect())
}

/// What stands before, between and after the places of the variable; `None` where another variable has no value.
fn pieces(
    pattern: &Text,
    unknown: &ContextKey,
    value: &impl Fn(&ContextKey) -> Option<String>,
) -> Option<Vec<Vec<Glyph>>> {
    let mut pieces = vec![Vec::new()];
    for segment in pattern.segments()? {
        let more: Vec<Glyph> = match segment {
            Segment::Plain(text) => text.chars().map(Glyph::read).collect(),
            Segment::Literal(c) => vec![Glyph::Char(*c)],
            Segment::Variable { key, .. } if key == unknown => {
                pieces.push(Vec::new());
                continue;
            }
            Segment::Variable { key, default } => {
                let text = value(key).or_else(|| default.as_deref().map(str::to_owned))?;
                text.chars().map(Glyph::Char).collect()
            }
        };
        pieces.last_mut()?.extend(more);
    }
    Some(pieces)
}

/// How many letters of the text the whole pattern can match, from its start: each number once, in order.
fn matched(pattern: impl Iterator<Item = Glyph>, text: impl Iterator<Item = char>) -> Vec<usize> {
    let pattern: Vec<Glyph> = pattern.collect();
    // which places of the pattern a start of the text can have led to
    let mut at = vec![false; pattern.len() + 1];
    let spread = |at: &mut Vec<bool>| {
        for (place, glyph) in pattern.iter().enumerate() {
            if *glyph == Glyph::Any && at.get(place).copied().unwrap_or(false) {
                at.iter_mut().skip(place + 1).take(1).for_each(|next| *next = true);
            }
        }
    };
    at.iter_mut().take(1).for_each(|first| *first = true);
    spread(&mut at);
    let ends = |at: &Vec<bool>| at.last().copied().unwrap_or(false);
    let mut found: Vec<usize> = ends(&at).then_some(0).into_iter().collect();
    for (length, letter) in text.enumerate() {
        let mut next = vec![false; pattern.len() + 1];
        for (place, glyph) in pattern.iter().enumerate().filter(|(place, _)| at.get(*place).copied().unwrap_or(false)) {
            let to = match glyph {
                Glyph::Any => place,
                Glyph::One => place + 1,
                Glyph::Char(own) if *own == letter => place + 1,
                Glyph::Char(_) => continue,
            };
            next.iter_mut().skip(to).take(1).for_each(|place| *place = true);
        }
        spread(&mut next);
        at = next;
        found.extend(ends(&at).then_some(length + 1));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEAM: &str = "aws:PrincipalTag/team";

    fn values(pattern: &str, role: &str) -> Option<Vec<String>> {
        let pattern = Text::of_resource(&format!("arn:aws:iam::*:role/{pattern}"), true);
        let known = |key: &ContextKey| (*key == ContextKey::new("aws:PrincipalTag/env")).then(|| "prod".to_owned());
        fitting(&pattern, &ContextKey::new(TEAM), known, &format!("arn:aws:iam::111122223333:role/{role}"))
    }

    fn some(values: &[&str]) -> Option<Vec<String>> {
        Some(values.iter().map(|&value| value.to_owned()).collect())
    }

    #[test]
    fn what_stands_around_a_variable_leaves_its_value() {
        assert_eq!(values("${aws:PrincipalTag/team}", "red"), some(&["red"]));
        assert_eq!(values("${aws:PrincipalTag/team}-data-*", "red-data-1"), some(&["red"]));
        assert_eq!(values("${aws:PrincipalTag/team}-data-*", "red-data-data-1"), some(&["red", "red-data"]));
        assert_eq!(values("a?${aws:PrincipalTag/team}b", "axb"), some(&[""]));
        assert_eq!(values("${aws:PrincipalTag/env}/${aws:PrincipalTag/team}", "prod/red"), some(&["red"]));
    }

    #[test]
    fn a_pattern_that_no_value_makes_fit_has_none() {
        assert_eq!(values("${aws:PrincipalTag/team}-data-*", "red-app-1"), some(&[]));
        assert_eq!(values("${aws:PrincipalTag/none}/${aws:PrincipalTag/team}", "prod/red"), some(&[]));
        let pattern = Text::of_resource("arn:aws:iam::222222222222:role/${aws:PrincipalTag/team}", true);
        let role = "arn:aws:iam::111122223333:role/red";
        assert_eq!(fitting(&pattern, &ContextKey::new(TEAM), |_| None, role), some(&[]));
    }

    #[test]
    fn a_variable_has_one_value_wherever_it_stands() {
        let twice = "${aws:PrincipalTag/team}/${aws:PrincipalTag/team}";
        assert_eq!(values(twice, "red/red"), some(&["red"]));
        assert_eq!(values(twice, "red/blue"), some(&[]));
    }

    #[test]
    fn many_values_are_not_listed() {
        assert_eq!(values("${aws:PrincipalTag/team}*", "a-role-with-a-name"), None);
        assert_eq!(values("${aws:PrincipalTag/team}*", "red"), some(&["", "r", "re", "red"]));
    }

    #[test]
    fn the_values_are_those_by_which_the_filled_pattern_names_the_resource() {
        let letters = ["", "a", "b", "ab", "aa", "ba", "a-b", "-"];
        for before in ["", "*", "a", "?"] {
            for after in ["", "*", "-*", "b"] {
                for role in ["a", "ab", "aab", "a-b", "ab-b"] {
                    let raw = format!("{before}${{{TEAM}}}{after}");
                    let Some(found) = values(&raw, role) else { continue };
                    for value in letters {
                        let filled = format!("arn:aws:iam::*:role/{before}{value}{after}");
                        let fits = resource::matches(
                            &super::super::text::Pattern::Plain(&filled),
                            &format!("arn:aws:iam::111122223333:role/{role}"),
                        );
                        assert_eq!(found.contains(&value.to_owned()), fits, "{raw} {role} {value:?}");
                    }
                }
            }
        }
    }
}
