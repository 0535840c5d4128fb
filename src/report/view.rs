//! What a format is, and what it gets.

use std::collections::BTreeSet;
use std::io::{self, Write};

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::csv::Formulas;
use super::dossier::Dossier;
use super::terminal::names::Names;
use super::terminal::style::Style;
use crate::finding::{FindingSet, FrameworkReport, GroupBy, RuleCard, RuleResult};
use crate::iac::Definitions;
use crate::ids::AccountId;

/// Everything that a format can show of one run of the rules.
#[derive(Clone, Copy, Debug)]
pub struct Report<'a> {
    /// How many subjects each rule judged, in order of rule id, before waivers and filters. A rule that is not here did not run.
    pub results: &'a [RuleResult],
    /// Findings with waivers and filters applied, their summary, and the ledger that they rest on.
    pub findings: &'a FindingSet,
    /// How the controls of the frameworks that were asked for came out: formats show them in place of findings. SARIF has findings only.
    pub frameworks: &'a [FrameworkReport<'a>],
    /// What is told besides findings; `None` unless a format asks for it.
    pub dossier: Option<&'a Dossier>,
    /// Cards of all rules, by id.
    pub cards: &'a [RuleCard],
    /// Names of accounts by id.
    pub names: &'a Names,
    /// Which run this is.
    pub run: &'a Run,
    /// How cells that look like formulas are written.
    pub formulas: Formulas,
    /// How much of it people see.
    pub shown: Shown,
    /// What people see together.
    pub group_by: GroupBy,
    /// Which files define what findings are about, if a directory of them was named.
    pub sources: Option<&'a Definitions>,
}

/// How much of the findings a format for people shows; formats for programs show all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// What the findings say, at most so much of each rule and so many accounts.
    Most(usize),
    /// Everything that they say.
    Every,
    /// Each finding.
    Each,
}

/// Which run of which program on which snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Version of rolehop.
    pub tool_version: String,
    /// SHA-256 of the snapshot's manifest.
    pub snapshot_digest: Option<String>,
    /// One per organization, selection of accounts and selection of rules: uploads of another category do not close these alerts.
    pub category: String,
    /// When the findings held: the time of the snapshot, or the one that was asked for.
    pub at: Timestamp,
    /// Id of the organization, if it was read.
    pub organization: Option<String>,
    /// Its management account, if that is known.
    pub management: Option<AccountId>,
}

impl Run {
    /// The run, said to be about these accounts alone: a category of its own, so that the findings of others stay open.
    #[must_use]
    pub fn about(self, only: Option<&BTreeSet<AccountId>>) -> Self {
        match only {
            Some(only) => self.of_part("accounts", only.iter().map(ToString::to_string)),
            None => self,
        }
    }

    /// The run, said to be limited by these options, if by any: what they leave out stays open in the same way.
    #[must_use]
    pub fn limited(self, by: BTreeSet<String>) -> Self {
        if by.is_empty() { self } else { self.of_part("rules", by.into_iter()) }
    }

    fn of_part(mut self, kind: &str, parts: impl Iterator<Item = String>) -> Self {
        let parts = parts.collect::<Vec<_>>().join(",");
        let digest: String = hex::encode(Sha256::digest(parts)).chars().take(12).collect();
        self.category = format!("{}/{kind}-{digest}", self.category);
        self
    }
}

/// A format of findings.
#[derive(Clone, Copy, Debug)]
pub struct Format {
    /// The name that selects it.
    pub name: &'static str,
    /// What it is for, in a few words.
    pub about: &'static str,
    /// What its file is called in `--output-dir`; none for a format that is only for the terminal.
    pub file: Option<&'static str>,
    /// Writes a report; fails if the output cannot be written.
    pub write: fn(&Report<'_>, &Style, &mut dyn Write) -> io::Result<()>,
}
