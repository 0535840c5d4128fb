//! A rule's card: everything that people read or tune about a rule, as TOML in `rules/<family>/<id>.toml`.
//!
//! Owns: the card's shape. Does not know the rule's logic (`rules`).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::reference::{PageUrl, Reference};
use crate::facet::Facet;
use crate::severity::{Confidence, Severity};

/// What a rule judges, one by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Subject {
    /// An account, its root user included.
    Account,
    /// An IAM user.
    User,
    /// A group of IAM users.
    Group,
    /// An IAM user as the credential report of its account lists it.
    UserCredentials,
    /// A role.
    Role,
    /// A role by its trust policy: one whose trust policy was not read is unknown.
    TrustPolicy,
    /// IAM users, those that share what is found by their group.
    People,
    /// IAM users and roles, those that share the cause of what is found together.
    Principals,
    /// Whatever has a quota: an account, a principal, a group, a managed policy, a target of SCPs.
    Quota,
    /// A policy that a customer writes: managed or inline.
    Policy,
    /// A direct edge: somebody may assume a role.
    Edge,
}

/// What a finding shows besides its message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Proof {
    /// The policy statements that it rests on.
    Statements,
    /// The path from a user to the subject.
    Path,
}

/// The card of one rule.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleCard {
    /// Kebab-case, names the bad pattern.
    pub id: String,
    /// One line, no full stop.
    pub title: String,
    /// One severity per id.
    pub severity: Severity,
    /// How likely a finding is to be a true positive.
    pub confidence: Confidence,
    /// What is judged.
    pub subject: Subject,
    /// Without these the result is unknown, never a pass.
    pub facets: Vec<Facet>,
    /// What every finding shows as proof.
    #[serde(default)]
    pub proof: Vec<Proof>,
    /// Whether what it finds in one account rests on the data of others: what it no longer finds where some of them were not read may
    /// still be there.
    #[serde(default)]
    pub across: bool,
    /// What the rule finds.
    pub summary: String,
    /// What can happen.
    pub risk: String,
    /// What to do.
    pub fix: String,
    /// What to do instead if AWS refuses that: by who made the subject, e.g. `identity-center`.
    #[serde(default)]
    pub fix_for: BTreeMap<String, String>,
    /// When a finding is expected, or what the fix may break.
    pub careful: String,
    /// The rule of which this one finds a special case: of a subject that both find, this one tells.
    #[serde(default)]
    pub special_case_of: Option<String>,
    /// Controls that the rule is evidence for, by framework: made from `rules/frameworks/`, not a key of the card.
    #[serde(skip)]
    pub maps: BTreeMap<String, Vec<String>>,
    /// Tunable values with their defaults.
    #[serde(default)]
    pub parameters: toml::Table,
    /// Where the facts come from.
    #[serde(default)]
    pub references: Vec<Reference>,
}

impl RuleCard {
    /// The first page of its references whose address is known: its title and its address.
    #[must_use]
    pub fn page(&self) -> Option<(&str, &PageUrl)> {
        self.references.iter().find_map(|page| Some((page.title.as_str(), page.url.as_ref()?)))
    }
}
