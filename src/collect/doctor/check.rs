//! One line of an examination.
//!
//! Owns: its shape, and the wording for a data set that can be read or not.

use crate::collect::aws::error::Kind;
use crate::collect::aws::operations;
use crate::collect::aws::probe::Permitted;
use crate::collect::run::messages::{BE_ITS_ADMINISTRATOR, NOT_ITS_ADMINISTRATOR};
use crate::facet::Facet;

/// Result of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Health {
    /// As it should be.
    Ok,
    /// The collection works but is incomplete.
    Warn,
    /// Nothing to judge.
    Info,
}

/// One line of the examination.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Check {
    /// The result.
    pub health: Health,
    /// What was checked, in a word or two.
    pub topic: String,
    /// What was found.
    pub finding: String,
    /// What to do about it; empty if there is nothing to do.
    pub next: String,
}

impl Check {
    pub(super) fn new(health: Health, topic: &str, finding: impl Into<String>, next: impl Into<String>) -> Self {
        Self { health, topic: topic.to_owned(), finding: finding.into(), next: next.into() }
    }
}

/// The line of a data set.
pub(super) fn of_facet(facet: Facet, probed: &Permitted, who: &str) -> Check {
    let topic = facet.as_str();
    let Err(error) = probed else { return Check::new(Health::Ok, topic, "can be read", "") };
    let action = operations::action(Some(facet), error.operation);
    let next = match error.kind {
        _ if error.is_any(&[NOT_ITS_ADMINISTRATOR]) => BE_ITS_ADMINISTRATOR.to_owned(),
        Kind::Denied => format!("allow `{action}` to {who}, or leave it out with `--skip-facets {topic}`"),
        _ => format!("try again; or leave it out with `--skip-facets {topic}`"),
    };
    Check::new(Health::Warn, topic, error.to_string(), next)
}
