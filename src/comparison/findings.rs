//! Findings of both sides, by fingerprint.

use std::collections::{BTreeMap, BTreeSet};

use crate::difference::{FindingChange, FindingDifference};
use crate::finding::{Finding, FindingSet, Status, whom};
use crate::ids::Scope;

/// What the rules find on each side. A finding that one side alone has counts as new or resolved only where the other side could
/// judge its rule in its account, and in every account where the rule looks across accounts, each expectation by itself; and where
/// both sides know the same of what it rests on, as `is_alike` says.
#[must_use]
pub fn findings(
    old: &FindingSet,
    new: &FindingSet,
    looks_across: impl Fn(&str) -> bool,
    is_alike: impl Fn(&Finding) -> bool,
) -> FindingDifference {
    let (before, after) = (known(old), known(new));
    let (unjudged_before, unjudged_after) = (Unjudged::of(old, &looks_across), Unjudged::of(new, &looks_across));
    let mut found = FindingDifference {
        unknown_old: old.summary.unknown,
        unknown_new: new.summary.unknown,
        ..FindingDifference::default()
    };
    for (fingerprint, finding) in &after {
        let Some(known) = before.get(fingerprint) else {
            let is_unclear = unjudged_before.has(finding, &finding.principals) || !is_alike(finding);
            if is_unclear { &mut found.not_comparable } else { &mut found.new }.push((*finding).clone());
            continue;
        };
        // one finding tells several: each who joined or left it is a change of its own
        let (joined, left) = (finding.principals_beyond(known), known.principals_beyond(finding));
        let is_moved = !joined.is_empty() || !left.is_empty();
        for (who, of, what, unjudged, list) in [
            (joined, finding, "new in it", &unjudged_before, &mut found.new),
            (left, known, "gone from it", &unjudged_after, &mut found.resolved),
        ] {
            let is_unclear = |one: &String| unjudged.has(of, std::slice::from_ref(one)) || !is_alike(of);
            let (unclear, clear): (Vec<String>, Vec<String>) = who.into_iter().partition(is_unclear);
            for (who, list) in [(unclear, &mut found.not_comparable), (clear, list)] {
                if !who.is_empty() {
                    let mut told = (*of).clone();
                    told.tell(what, &who);
                    list.push(told);
                }
            }
        }
        match (known.status, known.severity) == (finding.status, finding.severity) {
            true => found.unchanged += usize::from(!is_moved),
            false => found.changed.push(FindingChange {
                old_status: known.status,
                old_severity: known.severity,
                finding: (*finding).clone(),
            }),
        }
    }
    for (_, finding) in before.iter().filter(|(fingerprint, _)| !after.contains_key(*fingerprint)) {
        let list = if unjudged_after.has(finding, &finding.principals) || !is_alike(finding) {
            &mut found.not_comparable
        } else {
            &mut found.resolved
        };
        list.push((*finding).clone());
    }
    found.new = sorted(found.new);
    found.resolved = sorted(found.resolved);
    found.not_comparable = sorted(found.not_comparable);
    found.changed.sort_by(|a, b| (&a.finding.rule, &a.finding.subject).cmp(&(&b.finding.rule, &b.finding.subject)));
    found
}

fn known(set: &FindingSet) -> BTreeMap<&str, &Finding> {
    let known = set.findings.iter().filter(|finding| finding.status != Status::Unknown);
    known.map(|finding| (finding.fingerprint.as_str(), finding)).collect()
}

/// What could not be judged on a side.
struct Unjudged<'f> {
    places: BTreeSet<(&'f str, Scope)>,
    /// Rules that look across accounts, of which something could not be judged.
    rules: BTreeSet<&'f str>,
    /// Expectations, each with those of whom alone it is not known whether they break it; with nobody if more is not known.
    expectations: BTreeMap<&'f str, BTreeSet<&'f str>>,
}

impl<'f> Unjudged<'f> {
    fn of(set: &'f FindingSet, looks_across: &impl Fn(&str) -> bool) -> Self {
        let all = || set.findings.iter().filter(|finding| finding.status == Status::Unknown);
        let unknown = || all().filter(|finding| finding.expectation.is_none());
        let places = unknown().map(|finding| (finding.rule.as_str(), finding.account)).collect();
        let rules = unknown().map(|finding| finding.rule.as_str()).filter(|rule| looks_across(rule)).collect();
        let expectations = all().filter_map(|finding| {
            Some((finding.expectation.as_deref()?, finding.principals.iter().map(String::as_str).collect()))
        });
        Self { places, rules, expectations: expectations.collect() }
    }

    /// Whether it is not known what is said of these in a finding; of nobody if it is not known by those that it is about.
    fn has(&self, finding: &Finding, who: &[String]) -> bool {
        let rule = finding.rule.as_str();
        if let Some(unclear) = finding.expectation.as_deref().and_then(|name| self.expectations.get(name)) {
            return unclear.is_empty() || who.is_empty() || who.iter().any(|who| unclear.contains(whom(who)));
        }
        self.rules.contains(rule) || self.places.contains(&(rule, finding.account))
    }
}

/// Worst first, as sets of findings are.
fn sorted(mut findings: Vec<Finding>) -> Vec<Finding> {
    findings.sort_by(|a, b| {
        let by_severity = b.severity.cmp(&a.severity);
        by_severity.then_with(|| (&a.rule, &a.subject, &a.message).cmp(&(&b.rule, &b.subject, &b.message)))
    });
    findings
}
