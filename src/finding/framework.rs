//! A framework: which controls it has, and which rules are evidence for each, as TOML in `rules/frameworks/<id>.toml`.
//!
//! Owns: the shape of the file and what is wrong with one. Holds ids and labels of our own, never the wording of a framework. Does not
//! know which rules exist (`rules`) or how they came out (`control`).

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::severity::Severity;

/// A framework in one exact version.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Framework {
    /// Kebab-case, with the version where numbers differ between versions.
    pub id: String,
    /// Its name.
    pub title: String,
    /// The exact version.
    pub version: String,
    /// Which part of it is listed, and which is not.
    pub scope: String,
    /// Where ids and links come from, those of our own judgment left aside.
    pub source: String,
    /// In the order of the framework.
    pub controls: Vec<Control>,
}

/// Who can decide a control.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, strum::IntoStaticStr)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum ControlKind {
    /// A program, says the framework.
    Automated,
    /// A person, says the framework.
    Manual,
    /// A person: it asks for a decision, a review or a document. No rule passes it.
    Process,
}

/// One control.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Control {
    /// As the framework numbers it.
    pub id: String,
    /// Our own few words.
    pub label: String,
    /// Level of CIS, where it is known.
    #[serde(default)]
    pub level: Option<u8>,
    /// Who can decide it, where that is known.
    #[serde(default)]
    pub kind: Option<ControlKind>,
    /// Severity that the framework gives it, where it is known.
    #[serde(default)]
    pub severity: Option<Severity>,
    /// Rules each of which decides the technical part.
    #[serde(default)]
    pub full: Vec<String>,
    /// Rules that are a piece of evidence.
    #[serde(default)]
    pub partial: Vec<String>,
    /// Of these rules, those that are linked by our own judgment.
    #[serde(default)]
    pub judged: BTreeSet<String>,
    /// `rule.setting`, a number: with a higher one the rule does not decide the control, with a lower one a finding need not break it.
    #[serde(default)]
    pub at_most: BTreeMap<String, i64>,
    /// `rule.setting`, a number: with a lower one the rule does not decide the control, with a higher one a finding need not break it.
    #[serde(default)]
    pub at_least: BTreeMap<String, i64>,
}

/// How much of a control a rule decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, strum::IntoStaticStr)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Covers {
    /// Its technical part.
    Full,
    /// A piece of it.
    Partial,
}

/// What a link between a control and a rule rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, strum::IntoStaticStr)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Basis {
    /// The source of the framework's file.
    Source,
    /// Our own judgment.
    Judgment,
}

impl Control {
    /// Its rules, those that decide it first.
    pub fn links(&self) -> impl Iterator<Item = (&str, Covers, Basis)> {
        let full = self.full.iter().map(|rule| (rule, Covers::Full));
        full.chain(self.partial.iter().map(|rule| (rule, Covers::Partial))).map(|(rule, covers)| {
            let basis = if self.judged.contains(rule) { Basis::Judgment } else { Basis::Source };
            (rule.as_str(), covers, basis)
        })
    }

    /// The limits of settings: rule, setting, number, and whether that is the most.
    pub fn limits(&self) -> impl Iterator<Item = (&str, &str, i64, bool)> {
        let most = self.at_most.iter().map(|limit| (limit, true));
        most.chain(self.at_least.iter().map(|limit| (limit, false))).map(|((name, number), most)| {
            let (rule, setting) = name.split_once('.').unwrap_or((name, ""));
            (rule, setting, *number, most)
        })
    }
}

impl Framework {
    /// Every rule that is evidence for a control.
    #[must_use]
    pub fn rules(&self) -> BTreeSet<&str> {
        self.controls.iter().flat_map(|control| control.links().map(|(rule, ..)| rule)).collect()
    }

    /// The controls that a rule is evidence for.
    pub fn controls_of(&self, rule: &str) -> impl Iterator<Item = &str> {
        let linked = move |control: &&Control| control.links().any(|(other, ..)| other == rule);
        self.controls.iter().filter(linked).map(|control| control.id.as_str())
    }

    /// What is wrong with it, if anything is.
    #[must_use]
    pub fn defect(&self) -> Option<String> {
        let mut ids = BTreeSet::new();
        self.controls.iter().find_map(|control| {
            let id = &control.id;
            let mut rules = BTreeSet::new();
            if !ids.insert(id) {
                return Some(format!("control {id} is there twice"));
            }
            if let Some((rule, ..)) = control.links().find(|(rule, ..)| !rules.insert(*rule)) {
                return Some(format!("control {id} names `{rule}` twice"));
            }
            if let Some(rule) = control.judged.iter().find(|rule| !rules.contains(rule.as_str())) {
                return Some(format!("control {id} judges `{rule}`, which it does not name"));
            }
            if control.kind == Some(ControlKind::Process) && !control.full.is_empty() {
                return Some(format!("control {id} is a process, which no rule decides"));
            }
            let stray = control.limits().find(|(rule, ..)| !rules.contains(rule));
            stray.map(|(rule, ..)| format!("control {id} limits a setting of `{rule}`, which it does not name"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_contradicts_itself_is_refused() {
        let defect = |controls: &str| {
            let head = "id = \"x\"\ntitle = \"X\"\nversion = \"1\"\nscope = \"s\"\nsource = \"s\"\n";
            toml::from_str::<Framework>(&format!("{head}{controls}")).unwrap().defect().unwrap_or_default()
        };
        let control = |keys: &str| format!("[[controls]]\nid = \"1\"\nlabel = \"l\"\n{keys}\n");
        assert_eq!(defect(&control("full = [\"a\"]\njudged = [\"a\"]\nat_most = { \"a.days\" = 3 }")), "");
        assert!(defect(&(control("") + &control(""))).contains("control 1 is there twice"));
        assert!(defect(&control("full = [\"a\"]\npartial = [\"a\"]")).contains("names `a` twice"));
        assert!(defect(&control("judged = [\"a\"]")).contains("does not name"));
        assert!(defect(&control("kind = \"process\"\nfull = [\"a\"]")).contains("a process"));
        assert!(defect(&control("partial = [\"a\"]\nat_most = { \"b.days\" = 3 }")).contains("does not name"));
    }
}
