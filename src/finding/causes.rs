//! Open findings that say the same: what a reviewer of a large organization reads instead of each.
//!
//! Owns: which findings say the same. Those of one rule whose messages differ in numbers alone do: ages, counts, days. The id of an
//! account is a name, no number.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::record::{Finding, Status};
use super::set::FindingSet;
use crate::ids::Scope;
use crate::severity::Severity;

/// Digits of an account id.
const ID: usize = 12;

/// What findings are put together by, for people.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum GroupBy {
    /// Findings of one rule, the worst rule first.
    #[default]
    Rule,
    /// Findings of one account, the account with the worst first.
    Account,
}

/// Findings of one rule that say the same, at least one, in the order of the set.
#[derive(Clone, Debug)]
pub struct Cause<'a> {
    /// All of them.
    pub findings: Vec<&'a Finding>,
    /// What they say; numbers in which they differ are given as a range.
    pub message: String,
}

/// Findings of one rule and one status.
#[derive(Clone, Debug)]
pub struct OfRule<'a> {
    /// The id of the rule.
    pub rule: &'a str,
    /// Of each of its findings.
    pub severity: Severity,
    /// Accounts that have such a finding.
    pub accounts: usize,
    /// What they say, the most frequent first.
    pub causes: Vec<Cause<'a>>,
}

/// The open findings of one account.
#[derive(Clone, Debug)]
pub struct OfAccount<'a> {
    /// The first of them.
    pub first: &'a Finding,
    /// How many there are of each severity, the worst first.
    pub counts: Vec<(Severity, usize)>,
    /// By rule, the worst first.
    pub rules: Vec<OfRule<'a>>,
}

impl<'a> OfRule<'a> {
    fn new(rule: &'a str, severity: Severity, findings: Vec<&'a Finding>) -> Self {
        let accounts: BTreeSet<&Scope> = findings.iter().map(|finding| &finding.account).collect();
        Self { rule, severity, accounts: accounts.len(), causes: causes(findings) }
    }

    /// How many findings there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.causes.iter().map(|cause| cause.findings.len()).sum()
    }
}

impl<'a> OfAccount<'a> {
    fn new(findings: Vec<&'a Finding>) -> Option<Self> {
        let counts = counts(findings.iter().copied());
        Some(Self { first: findings.first()?, counts, rules: by_rule(findings) })
    }
}

impl FindingSet {
    fn open(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.status == Status::Open)
    }

    /// How many open findings there are of each severity, the worst first.
    #[must_use]
    pub fn by_severity(&self) -> Vec<(Severity, usize)> {
        counts(self.open())
    }

    /// Open findings by rule, the worst first.
    #[must_use]
    pub fn by_rule(&self) -> Vec<OfRule<'_>> {
        self.by_rule_of(Status::Open)
    }

    /// Findings of one status by rule, the worst first.
    #[must_use]
    pub fn by_rule_of(&self, status: Status) -> Vec<OfRule<'_>> {
        by_rule(self.findings.iter().filter(|finding| finding.status == status))
    }

    /// Open findings by account: those with the most of the worst severity first.
    #[must_use]
    pub fn by_account(&self) -> Vec<OfAccount<'_>> {
        let mut accounts = BTreeMap::<&Scope, Vec<&Finding>>::new();
        self.open().for_each(|f| accounts.entry(&f.account).or_default().push(f));
        let mut found: Vec<OfAccount<'_>> = accounts.into_values().filter_map(OfAccount::new).collect();
        found.sort_by(|a, b| b.counts.cmp(&a.counts));
        found
    }
}

fn by_rule<'a>(findings: impl IntoIterator<Item = &'a Finding>) -> Vec<OfRule<'a>> {
    let mut rules = BTreeMap::<(Reverse<Severity>, &str), Vec<&Finding>>::new();
    findings.into_iter().for_each(|f| rules.entry((Reverse(f.severity), &f.rule)).or_default().push(f));
    rules.into_iter().map(|((severity, rule), findings)| OfRule::new(rule, severity.0, findings)).collect()
}

fn counts<'a>(findings: impl Iterator<Item = &'a Finding>) -> Vec<(Severity, usize)> {
    let mut counts = BTreeMap::<Reverse<Severity>, usize>::new();
    findings.for_each(|f| *counts.entry(Reverse(f.severity)).or_default() += 1);
    counts.into_iter().map(|(severity, count)| (severity.0, count)).collect()
}

fn causes(findings: Vec<&Finding>) -> Vec<Cause<'_>> {
    let mut alike = BTreeMap::<Vec<&str>, Vec<(&Finding, Vec<u64>)>>::new();
    for finding in findings {
        let (words, numbers) = parts(&finding.message);
        alike.entry(words).or_default().push((finding, numbers));
    }
    let mut causes: Vec<Cause<'_>> = alike
        .into_iter()
        .map(|(words, findings)| {
            let message = message(&words, &findings.iter().map(|(_, numbers)| numbers.as_slice()).collect::<Vec<_>>());
            Cause { findings: findings.into_iter().map(|(finding, _)| finding).collect(), message }
        })
        .collect();
    causes.sort_by_key(|cause| Reverse(cause.findings.len()));
    causes
}

/// The text before each number and after the last, and the numbers.
fn parts(message: &str) -> (Vec<&str>, Vec<u64>) {
    let (mut words, mut numbers) = (Vec::new(), Vec::new());
    let mut rest = message;
    let mut from = 0;
    while let Some(at) = rest.get(from..).and_then(|tail| tail.find(|c: char| c.is_ascii_digit())).map(|at| from + at) {
        let tail = rest.get(at..).unwrap_or_default();
        let digits = tail.find(|c: char| !c.is_ascii_digit()).unwrap_or(tail.len());
        // digits inside a name belong to it
        let is_word = rest.get(..at).is_some_and(|before| before.is_empty() || before.ends_with(' '))
            && tail.get(digits..).is_some_and(|after| after.is_empty() || after.starts_with([' ', ',', ')', ':']));
        match tail.get(..digits).and_then(|number| number.parse().ok()).filter(|_| is_word && digits < ID) {
            Some(number) => {
                words.push(rest.get(..at).unwrap_or_default());
                numbers.push(number);
                rest = tail.get(digits..).unwrap_or_default();
                from = 0;
            }
            None => from = at + digits,
        }
    }
    words.push(rest);
    (words, numbers)
}

/// The text again, with a range in place of each number that differs.
fn message(words: &[&str], numbers: &[&[u64]]) -> String {
    let mut shown = String::new();
    for (at, word) in words.iter().enumerate() {
        shown.push_str(word);
        let all = || numbers.iter().filter_map(|numbers| numbers.get(at));
        if let Some((least, most)) = all().min().zip(all().max()) {
            let number = if least == most { least.to_string() } else { format!("{least} to {most}") };
            shown.push_str(&number);
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_numbers_that_stand_alone_are_numbers() {
        let whole = |text| parts(text).1;
        assert_eq!(whole("last used 166 days ago"), [166]);
        assert_eq!(whole("in 8 of 10 groups, room for 2 more"), [8, 10, 2]);
        assert_eq!(whole("no recorded use in 400 days (AWS keeps 400)"), [400, 400]);
        assert!(whole("trusts account 999000000003, which is not in the organization").is_empty());
        assert!(whole("identity/person-0002 can assume it").is_empty());
        for text in ["", "7", "a 7", "7 b", "x7 8y 9"] {
            let (words, numbers) = parts(text);
            assert_eq!(message(&words, &[&numbers]), text);
        }
    }

    #[test]
    fn numbers_that_differ_are_a_range() {
        let messages = ["last used 166 days ago", "last used 92 days ago"].map(parts);
        assert_eq!(messages[0].0, messages[1].0);
        assert_eq!(message(&messages[0].0, &[&messages[0].1, &messages[1].1]), "last used 92 to 166 days ago");
    }
}
