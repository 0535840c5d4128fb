//! Findings of both sides, by fingerprint.

use std::collections::{BTreeMap, BTreeSet};

use crate::difference::{FindingChange, FindingDifference};
use crate::finding::{Finding, FindingSet, Status};
use crate::ids::Scope;

/// What the rules find on each side. A finding that one side alone has counts as new or resolved only where the other side could
/// judge its rule in its account, and in every account where the rule looks across accounts; and where both sides know the same of
/// what it rests on, as `is_alike` says.
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
        match before.get(fingerprint) {
            None if unjudged_before.has(finding) || !is_alike(finding) => found.not_comparable.push((*finding).clone()),
            None => found.new.push((*finding).clone()),
            Some(known) if (known.status, known.severity) == (finding.status, finding.severity) => found.unchanged += 1,
            Some(known) => found.changed.push(FindingChange {
                old_status: known.status,
                old_severity: known.severity,
                finding: (*finding).clone(),
            }),
        }
    }
    for (_, finding) in before.iter().filter(|(fingerprint, _)| !after.contains_key(*fingerprint)) {
        let list = if unjudged_after.has(finding) || !is_alike(finding) {
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
}

impl<'f> Unjudged<'f> {
    fn of(set: &'f FindingSet, looks_across: &impl Fn(&str) -> bool) -> Self {
        let unknown = || set.findings.iter().filter(|finding| finding.status == Status::Unknown);
        let places = unknown().map(|finding| (finding.rule.as_str(), finding.account)).collect();
        let rules = unknown().map(|finding| finding.rule.as_str()).filter(|rule| looks_across(rule)).collect();
        Self { places, rules }
    }

    fn has(&self, finding: &Finding) -> bool {
        let rule = finding.rule.as_str();
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
