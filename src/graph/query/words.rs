//! What answers say in words beside statements and verdicts.

use crate::eval::Unclear;
use crate::graph::source::Source;
use crate::ids::AccountId;
use crate::model::Estate;

/// A call with more combinations of what it passes than are tried.
pub(super) fn too_many_combinations() -> Unclear {
    Unclear::Undocumented(
        "too many combinations to try: whether one of them fits the session it needs is not known".into(),
    )
}

/// That nobody can act in the account that a question starts at.
pub(super) fn of_dormant(estate: &Estate, sources: &[Source]) -> Option<&'static str> {
    let dormant = sources.iter().any(|source| source.out_of_use(estate).is_some());
    dormant.then_some("nobody can act in this account while AWS has it suspended or closed, or not yet active")
}

/// What an account's id or `…:root` stands for as the start of a question. Source: AWS IAM User Guide, "Granting a user
/// permissions to switch roles" and "AWS JSON policy elements: Principal".
pub(super) fn of_account(shown: &str) -> Option<&'static str> {
    let is_account = shown.ends_with(":root") || AccountId::parse(shown).is_some();
    is_account.then_some("this means the account's users and roles: its root user itself cannot assume roles")
}
