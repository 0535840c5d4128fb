//! Tests of one fact about callers, found by what the fact is.
//!
//! Owns: how a value fares in tests, without asking those of which it fits no pattern. Values without wildcards, and what stands before
//! the first wildcard, are looked up; of ARNs it is the part after the fifth colon, with the account that a pattern names.

use std::collections::{BTreeSet, HashMap};

use super::condition::Condition;
use super::operator::{Base, Comparison};
use super::text::{Pattern, Text};
use crate::ids::AccountId;

/// What is known of a fact, as of a tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TagOf<'a> {
    /// The value.
    Value(&'a str),
    /// It has none of this key.
    Absent,
    /// Tags were not read.
    Unread,
}

/// The tests of one fact.
#[derive(Debug)]
pub(super) struct ByValue<'t> {
    tests: Vec<(u32, &'t Condition, Vec<Pattern<'t>>)>,
    are_of_arns: bool,
    /// By what a value begins with, or is, the places of the tests that have such a pattern.
    starts: HashMap<Start<'t>, Vec<usize>>,
    /// How long the beginnings are.
    lengths: Vec<usize>,
    /// The places of those that are asked of every value.
    others: Vec<usize>,
    /// What they say where the fact is absent.
    absent: Vec<(u32, Option<bool>)>,
}

/// What values of a pattern have in common.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Start<'t> {
    /// Of ARNs the account, where the pattern names one.
    account: Option<AccountId>,
    /// Nothing follows.
    is_whole: bool,
    text: &'t str,
}

impl<'t> ByValue<'t> {
    /// Of these tests, by number.
    pub(super) fn new(tests: impl Iterator<Item = (u32, &'t Condition)>, are_of_arns: bool) -> Self {
        let patterns = |test: &'t Condition| test.values.iter().map(|text| text.expand(|_| None)).collect();
        let tests = tests.map(|(number, test)| (number, test, patterns(test))).collect();
        let (starts, lengths, others, absent) = (HashMap::new(), Vec::new(), Vec::new(), Vec::new());
        let mut by_value = Self { tests, are_of_arns, starts, lengths, others, absent };
        let mut lengths = BTreeSet::new();
        for (place, (_, test, _)) in by_value.tests.iter().enumerate() {
            let Some(starts) = starts_of(test, are_of_arns) else {
                by_value.others.push(place);
                continue;
            };
            for start in starts {
                if !start.is_whole {
                    lengths.insert(start.text.len());
                }
                by_value.starts.entry(start).or_default().push(place);
            }
        }
        by_value.lengths = lengths.into_iter().collect();
        by_value.absent = (0..by_value.tests.len()).filter_map(|place| by_value.outcome(place, None)).collect();
        by_value
    }

    /// The tests in which a fact fares otherwise than one that fits no pattern, each with its outcome, in order.
    pub(super) fn outcomes(&self, of: TagOf<'_>) -> Vec<(u32, Option<bool>)> {
        match of {
            TagOf::Value(value) => {
                self.may_fit(value).into_iter().filter_map(|place| self.outcome(place, Some(value))).collect()
            }
            TagOf::Absent => self.absent.clone(),
            TagOf::Unread => self.tests.iter().map(|(number, ..)| (*number, None)).collect(),
        }
    }

    fn outcome(&self, place: usize, value: Option<&str>) -> Option<(u32, Option<bool>)> {
        let (number, test, patterns) = self.tests.get(place)?;
        let outcome = test.operator.holds(patterns, value.as_slice());
        let fits_none = match test.operator.base {
            Base::Compare { negated, .. } => outcome == Some(negated),
            Base::Null | Base::Unknown(_) => false,
        };
        (!fits_none).then_some((*number, outcome))
    }

    /// The places of all tests of which a value may fit a pattern, and more.
    fn may_fit(&self, value: &str) -> BTreeSet<usize> {
        let all = || (0..self.tests.len()).collect();
        let (account, text) = match self.are_of_arns.then(|| of_arn(value)) {
            None => (None, value),
            // a star may stand for the colon of a path
            Some(Some((_, text))) if text.contains(':') => return all(),
            Some(Some((account, text))) => (AccountId::parse(account), text),
            Some(None) => return all(),
        };
        let mut found: BTreeSet<usize> = self.others.iter().copied().collect();
        for account in account.map(Some).into_iter().chain([None]) {
            let mut add = |is_whole, text| {
                found.extend(self.starts.get(&Start { account, is_whole, text }).into_iter().flatten())
            };
            add(true, text);
            self.lengths.iter().filter_map(|length| text.get(..*length)).for_each(|text| add(false, text));
        }
        found
    }
}

/// What the values of a test begin with; `None` where that is not known of all.
fn starts_of(test: &Condition, are_of_arns: bool) -> Option<Vec<Start<'_>>> {
    let Base::Compare { how, .. } = test.operator.base else { return None };
    let globs = match how {
        Comparison::StringEquals => false,
        Comparison::StringLike | Comparison::ArnLike => true,
        _ => return None,
    };
    test.values.iter().map(|value| start_of(value, globs, are_of_arns)).collect()
}

fn start_of(value: &Text, globs: bool, is_of_arns: bool) -> Option<Start<'_>> {
    let raw = (!value.has_variables()).then(|| value.as_str())?;
    let (account, text) = if is_of_arns { of_arn(raw)? } else { ("", raw) };
    let wildcard = if globs { text.find(['*', '?']) } else { None };
    let text = text.get(..wildcard.unwrap_or(text.len()))?;
    Some(Start { account: AccountId::parse(account), is_whole: wildcard.is_none(), text })
}

/// The account of an ARN, and what follows it; `None` for a text of fewer parts.
fn of_arn(arn: &str) -> Option<(&str, &str)> {
    let mut parts = arn.splitn(6, ':').skip(4);
    parts.next().zip(parts.next())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::parse;

    /// Every test finds what it says of every value as it does when all are asked.
    #[test]
    fn what_is_looked_up_is_what_is_asked() {
        const PATTERNS: [&str; 14] = [
            "arn:aws:iam::111122223333:role/app",
            "arn:aws:iam::111122223333:role/*",
            "arn:aws:iam::*:role/app-?",
            "arn:aws:iam::*:role/${*}",
            "arn:aws:iam::1111*:user/*a",
            "arn:aws:iam::*:role/a:*",
            "arn:aws:iam::*:*:role/b",
            "arn:*:role/app",
            "arn:*",
            "*",
            "app",
            "ap*",
            "",
            "${aws:username}",
        ];
        const VALUES: [&str; 9] = [
            "arn:aws:iam::111122223333:role/app",
            "arn:aws:iam::111122223333:role/app-1",
            "arn:aws:iam::444455556666:role/app-1",
            "arn:aws:iam::111122223333:user/ada",
            "arn:aws:iam::444455556666:role/a:role/b",
            "arn:aws:iam::444455556666:role/*",
            "app",
            "APP",
            "",
        ];
        let operators = ["StringEquals", "StringNotEquals", "StringLike", "StringNotLike", "ArnLike", "ArnNotEquals"];
        let others =
            ["StringEqualsIgnoreCase", "StringEqualsIfExists", "ForAllValues:StringLike", "ForAnyValue:StringLike"];
        let mut conditions = Vec::new();
        for operator in operators.iter().chain(&others).chain(&["StringNotLikeIfExists", "Null", "StringSounds"]) {
            for (one, other) in PATTERNS.iter().zip(PATTERNS.iter().cycle().skip(5)) {
                let text = format!(
                    r#"{{"Version": "2012-10-17", "Statement": {{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {{"{operator}": {{"aws:PrincipalTag/x": ["{one}", "{other}"]}}}}}}}}"#
                );
                conditions.extend(parse(&text).unwrap().statements.first().unwrap().conditions.to_vec());
            }
        }
        for are_of_arns in [false, true] {
            let by_value = ByValue::new((0..).zip(&conditions), are_of_arns);
            let all = |value: Option<&str>| -> Vec<(u32, Option<bool>)> {
                (0..conditions.len()).filter_map(|place| by_value.outcome(place, value)).collect()
            };
            for value in VALUES {
                assert_eq!(by_value.outcomes(TagOf::Value(value)), all(Some(value)), "{value}");
            }
            assert_eq!(by_value.outcomes(TagOf::Absent), all(None));
            assert_eq!(by_value.outcomes(TagOf::Unread).len(), conditions.len());
        }
    }
}
