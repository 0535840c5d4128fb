//! A policy document and its statements, typed.

use std::ops::Deref;
use std::sync::Arc;

use super::action::ActionClause;
use super::condition::Condition;
use super::principal::{PrincipalClause, PrincipalEntry};
use super::resource::ResourceClause;

/// The version decides one thing: under `2008-10-17`, which is also the default, `${…}` is literal.
/// Source: AWS IAM User Guide, "IAM JSON policy elements: Version".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Version {
    V2008,
    V2012,
}

/// A whole document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// As written, or the default.
    pub version: Version,
    /// Its characters, white space between elements left out.
    pub size: u32,
    /// In the order of the document.
    pub statements: Box<[Statement]>,
}

/// What a matching statement does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "IAM's own words")]
pub enum Effect {
    Allow,
    Deny,
}

/// One statement. Its [`Terms`] are read as its own fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    pub(super) terms: Arc<Terms>,
    /// `Resource` or `NotResource`; trust policies have none.
    pub resources: Option<ResourceClause>,
}

/// What statements of many documents have in common: most differ in the resources that they name. Stored once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// Position in the document, from 0.
    pub index: u32,
    /// Empty if it has none; no effect on the decision.
    pub sid: Box<str>,
    /// What it does if it matches.
    pub effect: Effect,
    /// In resource-based policies only.
    pub principal: Option<PrincipalClause>,
    /// `Action` or `NotAction`.
    pub actions: ActionClause,
    /// All must hold.
    pub conditions: Box<[Condition]>,
}

impl Terms {
    /// The principals that it names; none where it names all but some.
    pub fn entries(&self) -> impl Iterator<Item = &PrincipalEntry> {
        self.principal.iter().filter(|clause| !clause.negated).flat_map(|clause| &clause.entries)
    }
}

impl Statement {
    /// Where its terms are stored: the same for statements that share them, as long as these live.
    pub(crate) fn address_of_terms(&self) -> usize {
        Arc::as_ptr(&self.terms).addr()
    }
}

impl Deref for Statement {
    type Target = Terms;

    fn deref(&self) -> &Terms {
        &self.terms
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_estate_may_have_millions_of_them() {
        assert!(size_of::<Policy>() <= 24);
        assert!(size_of::<Statement>() <= 40, "{}", size_of::<Statement>());
        assert!(size_of::<ResourceClause>() <= 32, "{}", size_of::<ResourceClause>());
    }
}
