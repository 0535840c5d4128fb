//! The baseline: what was open on a day, so that a gate asks about what is new.
//!
//! Owns: the shape of the file, what is wrong with one, and which of its findings are still there. Does not know where it is kept (`cli`).
//! INVARIANT: a finding of the baseline is gone only if its rule judged its account and did not find it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::record::{Finding, Status, whom};
use crate::ids::Scope;
use crate::severity::Severity;

/// `rolehop/baseline/v1`: the findings that were open when it was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// Always [`Baseline::SCHEMA`].
    pub schema: String,
    /// The version that made it.
    pub rolehop: String,
    /// Id of the organization, if there is one.
    pub organization: Option<String>,
    /// The time as of which the snapshot was judged.
    pub at: Timestamp,
    /// SHA-256 of the snapshot's manifest, if it has one.
    pub snapshot: Option<String>,
    /// The kinds of edge that were followed, as `--edges` names them; `None` in one that does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edges: Option<Vec<String>>,
    /// How many findings there are of each rule.
    pub rules: Vec<RuleCount>,
    /// In order of rule, account, subject and fingerprint.
    pub findings: Vec<KnownFinding>,
}

/// How many findings of a rule a baseline has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleCount {
    /// Rule id.
    pub rule: String,
    /// At least one.
    pub count: usize,
}

/// A finding of a baseline.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KnownFinding {
    /// Rule id.
    pub rule: String,
    /// The account or organization that it is about.
    pub account: Scope,
    /// ARN of what is judged.
    pub subject: String,
    /// Who is told together in it, in order. One that names nobody knows the subject alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub principals: Vec<String>,
    /// Its identity.
    pub fingerprint: String,
    /// Its severity then.
    pub severity: Severity,
    /// The expectation that it is about, by name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expectation: Option<Box<str>>,
}

/// What became of the findings of a baseline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BaselineResult {
    /// The time as of which it was made.
    pub at: Timestamp,
    /// Findings that it has.
    pub findings: usize,
    /// Those that are still there, waived ones among them.
    pub known: usize,
    /// Those that nobody can tell: their rule did not run, or data is missing.
    pub unknown: usize,
    /// Those that are gone; of one that only some are gone of, those.
    pub fixed: Vec<KnownFinding>,
    /// How many of the fixed are still there for others.
    #[serde(skip)]
    pub fixed_in_part: usize,
}

/// Why a text is no baseline that can be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum BadBaseline {
    #[error("it is not JSON: {0}")]
    NotJson(String),
    #[error("it is no baseline{0}")]
    Foreign(String),
    #[error("a newer rolehop made it: `{0}`")]
    TooNew(String),
    #[error("it is damaged: {0}")]
    Damaged(String),
    #[error("it is of organization {theirs}, the snapshot of {ours}")]
    OtherOrganization { theirs: String, ours: String },
}

/// What every version of the schema begins with.
const FAMILY: &str = "rolehop/baseline/v";

impl Baseline {
    /// Name and version of the JSON form.
    pub const SCHEMA: &'static str = "rolehop/baseline/v1";

    /// What is open.
    #[must_use]
    pub fn of(
        findings: &[Finding],
        rolehop: String,
        organization: Option<String>,
        at: Timestamp,
        snapshot: Option<String>,
        edges: &[&str],
    ) -> Self {
        let open = findings.iter().filter(|finding| finding.status == Status::Open).map(KnownFinding::of);
        let schema = Self::SCHEMA.to_owned();
        let edges = Some(edges.iter().map(|kind| (*kind).to_owned()).collect());
        let empty =
            Self { schema, rolehop, organization, at, snapshot, edges, rules: Vec::new(), findings: Vec::new() };
        empty.with(open.collect())
    }

    fn with(self, mut findings: Vec<KnownFinding>) -> Self {
        findings.sort_unstable();
        Self { rules: counts(&findings), findings, ..self }
    }

    /// Reads one.
    ///
    /// # Errors
    /// If it is no baseline, of a newer rolehop, or damaged.
    pub fn parse(text: &str) -> Result<Self, BadBaseline> {
        let value: serde_json::Value =
            serde_json::from_str(text).map_err(|error| BadBaseline::NotJson(error.to_string()))?;
        match value.get("schema").and_then(serde_json::Value::as_str) {
            Some(Self::SCHEMA) => {}
            Some(schema) if schema.starts_with(FAMILY) => return Err(BadBaseline::TooNew(schema.to_owned())),
            Some(schema) => return Err(BadBaseline::Foreign(format!(", but `{schema}`"))),
            None => return Err(BadBaseline::Foreign(": it has no `schema`".to_owned())),
        }
        // read again as text, which has lines to name
        let read: Self = serde_json::from_str(text).map_err(|error| BadBaseline::Damaged(error.to_string()))?;
        read.defect().map_or(Ok(read), |defect| Err(BadBaseline::Damaged(defect)))
    }

    fn defect(&self) -> Option<String> {
        let mut seen = BTreeSet::new();
        let is_whole = |text: &str| text.len() == 32 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        for finding in &self.findings {
            let fingerprint = &finding.fingerprint;
            if !is_whole(fingerprint) {
                return Some(format!("`{fingerprint}` is no fingerprint"));
            }
            if !seen.insert(fingerprint) {
                return Some(format!("finding {fingerprint} is there twice"));
            }
        }
        let rules: BTreeSet<&str> = self
            .findings
            .iter()
            .map(|f| &f.rule)
            .chain(self.rules.iter().map(|of| &of.rule))
            .map(String::as_str)
            .collect();
        let counted = counts(&self.findings);
        let count =
            |of: &[RuleCount], rule: &str| of.iter().filter(|one| one.rule == rule).map(|one| one.count).sum::<usize>();
        let wrong = rules.into_iter().find(|rule| count(&counted, rule) != count(&self.rules, rule))?;
        let (said, there) = (count(&self.rules, wrong), count(&counted, wrong));
        Some(format!("`rules` says {said} of {wrong}, `findings` has {there}"))
    }

    /// Fails if it is of another organization than what is judged.
    ///
    /// # Errors
    /// If both organizations are known and differ.
    pub fn check_organization(&self, ours: Option<&str>) -> Result<(), BadBaseline> {
        match (self.organization.as_deref(), ours) {
            (Some(theirs), Some(ours)) if theirs != ours => {
                Err(BadBaseline::OtherOrganization { theirs: theirs.to_owned(), ours: ours.to_owned() })
            }
            _ => Ok(()),
        }
    }

    /// Marks the open findings that it has, and tells what became of the others. `judged` says of a finding of the baseline whether its
    /// rule ran on its account; `general` names the rule of which another finds special cases, and says nothing more of those.
    pub fn apply<'r>(
        &self,
        findings: &mut [Finding],
        judged: impl Fn(&KnownFinding) -> bool,
        general: impl Fn(&str) -> Option<&'r str>,
    ) -> BaselineResult {
        let known: BTreeMap<&str, &KnownFinding> =
            self.findings.iter().map(|finding| (finding.fingerprint.as_str(), finding)).collect();
        let told = self.findings.iter().filter_map(|f| Some((general(&f.rule)?, f.subject.as_str())));
        let told: BTreeSet<(&str, &str)> = told.collect();
        let (mut there, mut special) = (BTreeMap::<String, Vec<String>>::new(), BTreeSet::<(&str, String)>::new());
        let mut unclear = Unclear::default();
        for finding in findings.iter_mut() {
            if finding.status == Status::Unknown {
                unclear.add(finding);
                continue;
            }
            special.extend(general(&finding.rule).map(|rule| (rule, finding.subject.clone())));
            let entry = known.get(finding.fingerprint.as_str());
            if let Some(entry) = entry {
                there.insert(finding.fingerprint.clone(), finding.principals.to_vec());
                let is_known = finding.status == Status::Open && finding.accept(|who| entry.has(who));
                finding.status = if is_known { Status::Baseline } else { finding.status };
            } else if finding.status == Status::Open && told.contains(&(&*finding.rule, finding.subject.as_str())) {
                finding.status = Status::Baseline;
            }
        }
        let is_unclear = |finding: &KnownFinding, gone: &[String]| unclear.has(finding, gone) || !judged(finding);
        let mut result = BaselineResult {
            at: self.at,
            findings: self.findings.len(),
            known: 0,
            unknown: 0,
            fixed: Vec::new(),
            fixed_in_part: 0,
        };
        for finding in &self.findings {
            match there.get(&finding.fingerprint) {
                Some(principals) => {
                    result.known += 1;
                    let is_gone = |who: &&String| !principals.contains(who);
                    let gone: Vec<String> = finding.principals.iter().filter(is_gone).cloned().collect();
                    if !gone.is_empty() && !is_unclear(finding, &gone) {
                        result.fixed_in_part += 1;
                        result.fixed.push(KnownFinding { principals: gone, ..finding.clone() });
                    }
                }
                None if special.contains(&(&*finding.rule, finding.subject.clone())) => result.known += 1,
                None if is_unclear(finding, &finding.principals) => result.unknown += 1,
                None => result.fixed.push(finding.clone()),
            }
        }
        result
    }

    /// The same without findings that are gone, and without those whom others are gone of.
    #[must_use]
    pub fn without(self, gone: &[KnownFinding]) -> Self {
        let gone: BTreeMap<&str, &KnownFinding> = gone.iter().map(|one| (one.fingerprint.as_str(), one)).collect();
        let left = self.findings.iter().filter_map(|finding| {
            let Some(gone) = gone.get(finding.fingerprint.as_str()) else { return Some(finding.clone()) };
            let left = finding.principals.iter().filter(|who| !gone.principals.contains(who)).cloned();
            let left: Vec<String> = left.collect();
            (!left.is_empty()).then(|| KnownFinding { principals: left, ..finding.clone() })
        });
        let left = left.collect();
        self.with(left)
    }
}

/// What could not be judged.
#[derive(Default)]
struct Unclear {
    places: BTreeSet<(String, Scope)>,
    /// Expectations, each with those of whom alone it is not known whether they break it; with nobody if more is not known.
    expectations: BTreeMap<Box<str>, BTreeSet<String>>,
}

impl Unclear {
    fn add(&mut self, finding: &Finding) {
        self.places.insert((finding.rule.to_string(), finding.account));
        if let Some(name) = &finding.expectation {
            self.expectations.insert(name.clone(), finding.principals.iter().cloned().collect());
        }
    }

    /// Whether it is not known if these are gone of a finding. An expectation says nothing of another.
    fn has(&self, finding: &KnownFinding, gone: &[String]) -> bool {
        let of = |account| self.places.contains(&(finding.rule.clone(), account));
        match finding.expectation.as_ref().map(|name| self.expectations.get(name)) {
            Some(None) => false,
            Some(Some(who)) => who.is_empty() || gone.is_empty() || gone.iter().any(|gone| who.contains(whom(gone))),
            None => of(finding.account) || of(Scope::Organization),
        }
    }
}

impl KnownFinding {
    fn has(&self, who: &str) -> bool {
        if self.principals.is_empty() { self.subject == who } else { self.principals.iter().any(|known| known == who) }
    }

    fn of(finding: &Finding) -> Self {
        Self {
            rule: finding.rule.to_string(),
            account: finding.account,
            subject: finding.subject.clone(),
            principals: finding.principals.to_vec(),
            fingerprint: finding.fingerprint.clone(),
            severity: finding.severity,
            expectation: finding.expectation.clone(),
        }
    }
}

impl BaselineResult {
    /// The day it is of, in UTC: `2026-11-20`.
    #[must_use]
    pub fn day(&self) -> String {
        self.at.to_zoned(TimeZone::UTC).date().to_string()
    }

    /// What became of those that are no longer found; nothing if all are.
    #[must_use]
    pub fn sentence(&self) -> Option<String> {
        let are = |count: usize| if count == 1 { "finding is" } else { "findings are" };
        let fixed = match self.fixed.len() {
            0 => None,
            count => {
                let part = match self.fixed_in_part {
                    0 => String::new(),
                    part => format!(", {part} in part"),
                };
                Some(format!("{count} {} fixed{part}: `rolehop baseline prune` takes them out", are(count)))
            }
        };
        let unknown = match self.unknown {
            0 => None,
            count => Some(format!("{count} {} unknown: the rule did not run, or data is missing", are(count))),
        };
        let parts: Vec<String> = fixed.into_iter().chain(unknown).collect();
        (!parts.is_empty()).then(|| format!("of the {} of {}, {}", self.findings, self.day(), parts.join("; ")))
    }
}

fn counts(findings: &[KnownFinding]) -> Vec<RuleCount> {
    let mut counts = BTreeMap::<&str, usize>::new();
    findings.iter().for_each(|finding| *counts.entry(&finding.rule).or_default() += 1);
    counts.into_iter().map(|(rule, count)| RuleCount { rule: rule.to_owned(), count }).collect()
}
