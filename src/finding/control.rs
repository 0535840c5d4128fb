//! How the controls of a framework came out.
//!
//! Owns: what the results of its rules say of a control. INVARIANTS: a control passes only if a rule that decides it ran as the control
//! asks, or more strictly, and no subject fails by what it asks, and nothing else that is known contradicts it; every control of the framework is in the report.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::assessment::{Assessment, Counts, RuleStatus};
use super::card::RuleCard;
use super::framework::{Basis, Control, ControlKind, Covers, Framework};
use super::record::{Finding, Status};
use super::set::Summary;
use crate::severity::Severity;

/// How a control came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, strum::IntoStaticStr)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum ControlStatus {
    /// Some subject of one of its rules failed.
    Fail,
    /// Nothing failed, but something could not be judged.
    Unknown,
    /// All evidence is good, and it does not decide the control.
    Partial,
    /// Its technical part holds for every subject.
    Pass,
    /// There was nothing to judge.
    NotApplicable,
    /// No rule that ran is evidence for it.
    NotCovered,
}

/// How a rule came out, as a control sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, strum::IntoStaticStr)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum EvidenceStatus {
    /// Some subject failed.
    Fail,
    /// Something could not be judged, or failed by a setting that is stricter than what the control asks for, and may keep that.
    Unknown,
    /// Every subject passed.
    Pass,
    /// There was nothing to judge.
    NotApplicable,
    /// It was switched off or left out.
    NotRun,
}

/// A rule as evidence for a control.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ControlRule<'a> {
    /// Its id.
    pub rule: &'a str,
    /// How much of the control it decides as it ran.
    pub covers: Covers,
    /// What the link rests on.
    pub basis: Basis,
    /// How it came out.
    pub status: EvidenceStatus,
    /// Which of its settings differs from what the control asks for, where that has a say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Its subjects.
    pub subjects: Counts,
    /// Its findings.
    pub findings: Summary,
}

/// A control and how it came out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ControlResult<'a> {
    /// As the framework numbers it.
    pub id: &'a str,
    /// Our own few words.
    pub label: &'a str,
    /// Level of CIS.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub level: Option<u8>,
    /// Who can decide it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<ControlKind>,
    /// Severity that the framework gives it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
    /// How it came out.
    pub status: ControlStatus,
    /// Subjects of all its rules: one that two rules judge counts twice.
    pub subjects: Counts,
    /// Findings of all its rules.
    pub findings: Summary,
    /// Its evidence.
    pub rules: Vec<ControlRule<'a>>,
}

/// How many controls came out in each way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct ControlCounts {
    pub pass: usize,
    pub fail: usize,
    pub unknown: usize,
    pub partial: usize,
    pub not_applicable: usize,
    pub not_covered: usize,
}

/// A framework and how every control of it came out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FrameworkReport<'a> {
    /// Its id.
    pub id: &'a str,
    /// Its name.
    pub title: &'a str,
    /// Its exact version.
    pub version: &'a str,
    /// Which part of it is listed.
    pub scope: &'a str,
    /// How many controls came out in each way.
    pub summary: ControlCounts,
    /// All that are listed, in its order.
    pub controls: Vec<ControlResult<'a>>,
}

/// What controls are judged by.
#[derive(Clone, Debug)]
pub struct ControlEvidence<'a> {
    assessment: &'a Assessment,
    cards: &'a [RuleCard],
    settings: &'a BTreeMap<String, toml::Table>,
    /// Findings by rule.
    findings: BTreeMap<&'a str, Summary>,
}

/// How a rule ran that did not run as a control asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Ran {
    /// That it passes says less than the control asks for.
    Laxer,
    /// That it fails need not break the control.
    Stricter,
}

impl<'a> ControlEvidence<'a> {
    /// What the rules found, with waivers applied; their cards, for the defaults of settings; and settings of single rules, by id.
    #[must_use]
    pub fn new(assessment: &'a Assessment, cards: &'a [RuleCard], settings: &'a BTreeMap<String, toml::Table>) -> Self {
        let mut by_rule: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
        for finding in &assessment.findings {
            by_rule.entry(&finding.rule).or_default().push(finding);
        }
        let findings = by_rule.into_iter().map(|(rule, found)| (rule, Summary::of(found.into_iter()))).collect();
        Self { assessment, cards, settings, findings }
    }

    fn given(&self, rule: &str, key: &str) -> Option<&toml::Value> {
        self.settings.get(rule)?.get(key)
    }

    fn defaults(&self, rule: &str) -> Option<&toml::Table> {
        self.cards.iter().find(|card| card.id == rule).map(|card| &card.parameters)
    }

    /// Which setting of the rule differs from what the control asks for, and how; of several, one that is laxer.
    fn differs(&self, control: &Control, rule: &str) -> Option<(Ran, String)> {
        let of_rule = || control.limits().filter(|(limited, ..)| *limited == rule);
        let limited = of_rule().filter_map(|(_, key, limit, most)| {
            let is = self.given(rule, key).or_else(|| self.defaults(rule)?.get(key)).and_then(toml::Value::as_integer);
            let ran = match is.map(|is| if most { is.cmp(&limit) } else { limit.cmp(&is) }) {
                Some(Ordering::Equal) => return None,
                Some(Ordering::Less) => Ran::Stricter,
                Some(Ordering::Greater) | None => Ran::Laxer,
            };
            let is = is.map_or_else(|| "unset".to_owned(), |is| is.to_string());
            let asked = if most { "at most" } else { "at least" };
            Some((ran, format!("ran with {key} = {is}; the control asks for {asked} {limit}")))
        });
        // a list of exceptions, say, of which a control knows nothing
        let others = self.defaults(rule).into_iter().flatten().filter_map(|(key, default)| {
            let differs = self.given(rule, key).is_some_and(|given| given != default);
            let known = of_rule().any(|(_, limited, ..)| limited == key);
            (differs && !known).then(|| (Ran::Laxer, format!("ran with {key} of its own")))
        });
        limited.chain(others).min()
    }

    /// How a rule that failed by a stricter setting comes out by what the control asks for: as far as its findings say up to which
    /// setting they hold, each of the subjects that failed has one, and nothing is unknown.
    fn as_asked(&self, control: &Control, rule: &str) -> EvidenceStatus {
        let mut limits = control.limits().filter(|(limited, ..)| *limited == rule);
        let (Some((_, _, limit, most)), None) = (limits.next(), limits.next()) else { return EvidenceStatus::Unknown };
        let findings = || self.assessment.findings.iter().filter(|finding| *finding.rule == *rule);
        let found = || findings().filter(|finding| finding.status != Status::Unknown);
        let fails = |to: i64| if most { to >= limit } else { to <= limit };
        if found().any(|finding| finding.holds_to.is_some_and(fails)) {
            return EvidenceStatus::Fail;
        }
        let is_known = found().count() == findings().count() && found().all(|finding| finding.holds_to.is_some());
        let subjects: BTreeSet<&str> = found().map(|finding| finding.subject.as_str()).collect();
        let counts = self.assessment.counts(rule).unwrap_or_default();
        let is_whole = counts.unknown == 0 && subjects.len() >= counts.failed;
        if is_known && is_whole { EvidenceStatus::Pass } else { EvidenceStatus::Unknown }
    }
}

impl Framework {
    /// How every control came out.
    #[must_use]
    pub fn report<'a>(&'a self, evidence: &ControlEvidence<'_>) -> FrameworkReport<'a> {
        let controls: Vec<ControlResult<'a>> = self.controls.iter().map(|control| control.result(evidence)).collect();
        let mut summary = ControlCounts::default();
        for control in &controls {
            *match control.status {
                ControlStatus::Pass => &mut summary.pass,
                ControlStatus::Fail => &mut summary.fail,
                ControlStatus::Unknown => &mut summary.unknown,
                ControlStatus::Partial => &mut summary.partial,
                ControlStatus::NotApplicable => &mut summary.not_applicable,
                ControlStatus::NotCovered => &mut summary.not_covered,
            } += 1;
        }
        FrameworkReport {
            id: &self.id,
            title: &self.title,
            version: &self.version,
            scope: &self.scope,
            summary,
            controls,
        }
    }
}

impl Control {
    fn result(&self, evidence: &ControlEvidence<'_>) -> ControlResult<'_> {
        let rules: Vec<ControlRule<'_>> = self.links().map(|link| self.evidence(link, evidence)).collect();
        let mut subjects = Counts::default();
        let mut findings = Summary::default();
        for rule in &rules {
            subjects.add(rule.subjects);
            findings.add(rule.findings);
        }
        let status = self.status(&rules);
        let Self { id, label, level, kind, severity, .. } = self;
        let (level, kind, severity) = (*level, *kind, *severity);
        ControlResult { id, label, level, kind, severity, status, subjects, findings, rules }
    }

    fn evidence<'a>(
        &self,
        (rule, covers, basis): (&'a str, Covers, Basis),
        evidence: &ControlEvidence<'_>,
    ) -> ControlRule<'a> {
        let counts = evidence.assessment.counts(rule);
        let (mut covers, mut note) = (covers, None);
        let mut status = match counts.map(|counts| counts.status()) {
            Some(RuleStatus::Failed) => EvidenceStatus::Fail,
            Some(RuleStatus::Unknown) => EvidenceStatus::Unknown,
            Some(RuleStatus::Passed) => EvidenceStatus::Pass,
            Some(RuleStatus::NotApplicable) => EvidenceStatus::NotApplicable,
            None => EvidenceStatus::NotRun,
        };
        match evidence.differs(self, rule) {
            Some((Ran::Laxer, why)) => (covers, note) = (Covers::Partial, Some(why)),
            Some((Ran::Stricter, why)) if status == EvidenceStatus::Fail => {
                status = evidence.as_asked(self, rule);
                note = match status {
                    EvidenceStatus::Fail => None,
                    EvidenceStatus::Pass => Some(format!("{why}, and nothing fails by that")),
                    _ => Some(why),
                };
            }
            _ => {}
        }
        let findings = evidence.findings.get(rule).copied().unwrap_or_default();
        let subjects = counts.unwrap_or_default();
        ControlRule { rule, covers, basis, status, note, subjects, findings }
    }

    fn status(&self, rules: &[ControlRule<'_>]) -> ControlStatus {
        let any = |status| rules.iter().any(|rule| rule.status == status);
        let ran = rules.iter().filter(|rule| rule.status != EvidenceStatus::NotRun);
        let decided = |rule: &ControlRule<'_>| rule.covers == Covers::Full && rule.status == EvidenceStatus::Pass;
        if ran.count() == 0 {
            ControlStatus::NotCovered
        } else if any(EvidenceStatus::Fail) {
            ControlStatus::Fail
        } else if any(EvidenceStatus::Unknown) {
            ControlStatus::Unknown
        } else if !any(EvidenceStatus::Pass) {
            ControlStatus::NotApplicable
        } else if rules.iter().any(decided) && !any(EvidenceStatus::NotRun) {
            ControlStatus::Pass
        } else {
            ControlStatus::Partial
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::assessment::RuleResult;
    use super::*;

    const FILE: &str = "id = \"x\"\ntitle = \"X\"\nversion = \"1\"\nscope = \"s\"\nsource = \"s\"\n\
        [[controls]]\nid = \"1\"\nlabel = \"l\"\nfull = [\"a\"]\npartial = [\"b\"]\nat_most = { \"a.days\" = 90 }\n\
        [[controls]]\nid = \"2\"\nlabel = \"l\"\npartial = [\"b\"]\nkind = \"process\"\n\
        [[controls]]\nid = \"3\"\nlabel = \"l\"\n";

    fn statuses(rules: &[(&str, Counts)], days: i64) -> Vec<&'static str> {
        let framework: Framework = toml::from_str(FILE).unwrap();
        let rules = rules.iter().map(|(rule, counts)| RuleResult { rule: (*rule).to_owned(), counts: *counts });
        let assessment = Assessment { findings: Vec::new(), rules: rules.collect() };
        let settings = toml::from_str(&format!("[a]\ndays = {days}")).unwrap();
        let report = framework.report(&ControlEvidence::new(&assessment, &[], &settings));
        report.controls.iter().map(|control| control.status.into()).collect()
    }

    #[test]
    fn a_control_passes_only_where_a_rule_that_decides_it_ran_as_it_asks() {
        let passed = Counts { judged: 2, ..Counts::default() };
        let failed = Counts { judged: 2, failed: 1, ..Counts::default() };
        let unknown = Counts { judged: 2, unknown: 1, ..Counts::default() };
        let nothing = Counts::default();
        assert_eq!(statuses(&[("a", passed), ("b", passed)], 90), ["pass", "partial", "not-covered"]);
        assert_eq!(statuses(&[("a", passed), ("b", nothing)], 45), ["pass", "not-applicable", "not-covered"]);
        assert_eq!(statuses(&[("a", passed), ("b", passed)], 365)[0], "partial");
        assert_eq!(statuses(&[("a", passed)], 90), ["partial", "not-covered", "not-covered"]);
        assert_eq!(statuses(&[("a", nothing), ("b", passed)], 90)[0], "partial");
        assert_eq!(statuses(&[("a", passed), ("b", unknown)], 90)[..2], ["unknown", "unknown"]);
        assert_eq!(statuses(&[("a", unknown), ("b", failed)], 90)[0], "fail");
        assert_eq!(statuses(&[("a", nothing), ("b", nothing)], 90)[0], "not-applicable");
    }

    #[test]
    fn a_stricter_setting_fails_no_control_that_may_be_kept() {
        let failed = Counts { judged: 2, failed: 1, ..Counts::default() };
        let passed = Counts { judged: 2, ..Counts::default() };
        assert_eq!(statuses(&[("a", failed), ("b", passed)], 90)[0], "fail");
        assert_eq!(statuses(&[("a", failed), ("b", passed)], 45)[0], "unknown");
        assert_eq!(statuses(&[("a", passed), ("b", passed)], 45)[0], "pass");
        assert_eq!(statuses(&[("a", failed), ("b", passed)], 365)[0], "fail");
        assert_eq!(statuses(&[("a", failed), ("b", failed)], 45)[0], "fail");
    }

    #[test]
    fn a_failure_by_a_stricter_setting_is_judged_by_how_far_it_holds() {
        let framework: Framework = toml::from_str(FILE).unwrap();
        let settings = toml::from_str("[a]\ndays = 45").unwrap();
        let status = |found: &[Option<i64>], unknown: usize| {
            let finding = |(place, holds_to): (usize, &Option<i64>)| Finding {
                rule: "a".into(),
                severity: Severity::Low,
                confidence: crate::severity::Confidence::High,
                status: Status::Open,
                account: crate::ids::Scope::Organization,
                account_name: "".into(),
                other_accounts: Box::default(),
                subject: format!("user/{place}"),
                principals: Box::default(),
                accepted: Box::default(),
                holds_to: *holds_to,
                expectation: None,
                message: String::new(),
                remediation: "".into(),
                fingerprint: String::new(),
                evidence: Vec::new(),
                path: Vec::new(),
                waiver: None,
            };
            let counts = Counts { judged: 3, failed: found.len(), unknown, ..Counts::default() };
            let passed = Counts { judged: 3, ..Counts::default() };
            let rules =
                [("a", counts), ("b", passed)].map(|(rule, counts)| RuleResult { rule: rule.to_owned(), counts });
            let findings = found.iter().enumerate().map(finding).collect();
            let assessment = Assessment { findings, rules: rules.into() };
            let report = framework.report(&ControlEvidence::new(&assessment, &[], &settings));
            let control = &report.controls[0];
            <&str>::from(control.status).to_owned()
        };
        assert_eq!(status(&[Some(60), Some(300)], 0), "fail");
        assert_eq!(status(&[Some(90), None], 1), "fail");
        assert_eq!(status(&[Some(60), Some(89)], 0), "pass");
        assert_eq!(status(&[Some(60), None], 0), "unknown");
        assert_eq!(status(&[Some(60)], 1), "unknown");
    }
}
