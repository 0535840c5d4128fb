//! What a configuration holds, and where it is searched for.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::{Deserializer, Error as _};

use super::expectation::Expectation;
use super::position::Positions;
use super::waiver::Waiver;
use crate::selection::{Selector, TargetSpec};
use crate::severity::Severity;

/// Name of the file that is searched for.
pub const FILE_NAME: &str = "rolehop.toml";

/// A configuration file.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Version of the format: 1.
    pub version: Option<u32>,
    /// Defaults of `scan` and `collect`.
    pub scan: Scan,
    /// `[targets.NAME]`: named targets.
    pub targets: BTreeMap<String, TargetSpec>,
    /// Defaults of `check`.
    pub check: Check,
    /// Defaults of `quotas`.
    pub quotas: Quotas,
    /// What is claimed of people.
    pub people: PeopleClaims,
    /// Settings of single rules, by id: `severity`, `enabled`, and the parameters of the rule's card.
    pub rules: BTreeMap<String, toml::Table>,
    /// Accepted findings.
    pub waivers: Vec<Waiver>,
    /// Who may reach what.
    pub expect: Vec<Expectation>,
    /// Where it was read.
    #[serde(skip)]
    pub path: Option<PathBuf>,
    /// Where its keys stand.
    #[serde(skip)]
    pub positions: Positions,
}

/// `[scan]`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Scan {
    /// Name or path/name of the role to assume.
    pub role_name: Option<String>,
    /// Where to find the external id: secrets belong in the environment, not in files.
    pub external_id: Option<SecretReference>,
    /// Only these accounts of the organization.
    pub include: Vec<Selector>,
    /// Not these.
    pub exclude: Vec<Selector>,
    /// Calls in flight.
    #[serde(deserialize_with = "count")]
    pub concurrency: Option<usize>,
    /// Region of STS.
    pub region: Option<String>,
    /// Region of the organization's instance of IAM Identity Center.
    pub identity_center_region: Option<String>,
    /// ARN of the role that reads IAM Identity Center.
    pub identity_center_role: Option<String>,
    /// Where snapshots are kept; `snapshots` if not given.
    pub snapshot_dir: Option<PathBuf>,
}

/// A secret by reference.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecretReference {
    /// Environment variable that holds it.
    pub env: String,
}

/// `[check]`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Check {
    /// Exit with 3 on open findings of this severity or worse; `high` if not given.
    pub fail_on: Option<Severity>,
    /// Directory with rules of the user, from the directory of this file; none if not given.
    pub rules_dir: Option<PathBuf>,
    /// A baseline, from the directory of this file; none if not given.
    pub baseline: Option<PathBuf>,
    /// A file of waivers, from the directory of this file; none if not given.
    pub waivers_file: Option<PathBuf>,
    /// Days that a waiver may last from the day of the run; [`Waiver::MAX_DAYS`] if not given.
    #[serde(deserialize_with = "count")]
    pub max_waiver_days: Option<u32>,
    /// Kinds of edge that questions about paths follow; role assumption if not given.
    pub edges: Option<Vec<EdgeKinds>>,
}

/// Kinds of edge, by how power is gained.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EdgeKinds {
    /// Role assumption: AssumeRole, AssumeRoleWithSAML, AssumeRoleWithWebIdentity, and services.
    Assume,
    /// Ways to escalate privileges: a changed policy, trust or key, a passed role.
    Escalation,
}

/// `[quotas]`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Quotas {
    /// From how many percent on a quota is shown; 80 if not given.
    #[serde(deserialize_with = "percent")]
    pub near: Option<u8>,
}

/// `[people]`: what no data of AWS says.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PeopleClaims {
    /// How people prove who they are when they sign in: printed as a claim.
    #[serde(deserialize_with = "claim")]
    pub mfa: Option<String>,
}

/// Nobody answers for anything with an empty text.
fn claim<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let text = String::deserialize(deserializer)?;
    if text.trim().is_empty() {
        return Err(D::Error::custom(
            "it is empty: leave it out, or say what enforces MFA, such as \"enforced by okta\"",
        ));
    }
    Ok(Some(text))
}

fn percent<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u8>, D::Error> {
    let percent = u8::deserialize(deserializer)?;
    if percent > 100 {
        return Err(D::Error::custom(format_args!("`{percent}` is more than 100 percent")));
    }
    Ok(Some(percent))
}

fn count<'de, D: Deserializer<'de>, N: Deserialize<'de> + From<u8> + PartialEq>(
    deserializer: D,
) -> Result<Option<N>, D::Error> {
    let count = N::deserialize(deserializer)?;
    if count == N::from(0) {
        return Err(D::Error::custom("`0` is too small: it takes a whole number from 1"));
    }
    Ok(Some(count))
}

impl Config {
    /// Where a key stands: file, line and column.
    #[must_use]
    pub fn place_of(&self, key: &str) -> Option<String> {
        Some(self.positions.get(key)?.within(self.path.as_deref()?))
    }

    /// The file to use if none is named: from `start` upwards to the top of its git checkout, then in `user_dir`.
    #[must_use]
    pub fn discover(start: &Path, user_dir: Option<&Path>) -> Option<PathBuf> {
        for dir in start.ancestors() {
            let candidate = dir.join(FILE_NAME);
            if candidate.is_file() {
                return Some(candidate);
            }
            if dir.join(".git").exists() {
                break;
            }
        }
        let candidate = user_dir?.join("rolehop").join(FILE_NAME);
        candidate.is_file().then_some(candidate)
    }
}
