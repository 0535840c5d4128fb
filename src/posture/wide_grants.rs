//! Policies that allow assuming any role.
//!
//! Owns: which statements do, and who holds them. Policies that allow every action are left out: they are judged as what they are; so are
//! AWS's own. Cost follows distinct documents and attachments.

use std::collections::{BTreeMap, BTreeSet};

use super::anyone::PARTITIONS;
use crate::ids::{AccountIx, PolicyIx, PrincipalIx};
use crate::model::{Estate, Origin};
use crate::policy::action::ActionPattern;
use crate::policy::key::KeyKind;
use crate::policy::resource::ResourceClause;
use crate::policy::shadow::plain_denies;
use crate::policy::text::Pattern;
use crate::policy::{Effect, Policy, Statement, resource, sts, wording};

/// A policy that allows assuming any role.
pub(crate) struct WideGrant {
    pub(crate) policy: PolicyIx,
    /// Its name where it was first met.
    pub(crate) name: String,
    /// Who has it there, for policies of no name of their own.
    pub(crate) inline_of: Option<PrincipalIx>,
    /// Where it was first met.
    pub(crate) account: AccountIx,
    pub(crate) holders: usize,
    /// Of all holders.
    pub(crate) accounts: BTreeSet<AccountIx>,
}

/// The statements that allow assuming any role.
pub(crate) fn statements(policy: &Policy) -> impl Iterator<Item = &Statement> {
    let is_taken_back = plain_denies(policy).any(denies_any_role);
    policy.statements.iter().filter(move |statement| !is_taken_back && allows_any_role(statement))
}

/// Whether a Deny leaves a list of roles at most.
fn denies_any_role(deny: &Statement) -> bool {
    deny.actions.matches(&sts::ASSUME_ROLE) && deny.resources.as_ref().is_some_and(is_about_any_role)
}

/// Roles that no policy was written for: what follows the partition.
const STRANGERS: [&str; 2] = ["iam::739205816443:role/q7x2m4k9zt", "iam::284617093358:role/ci/b5v8n3r6yw"];

fn allows_any_role(statement: &Statement) -> bool {
    let of_sts = |pattern: &ActionPattern| {
        matches!(pattern, ActionPattern::Named { service, .. } if &**service == "sts")
            && pattern.matches(&sts::ASSUME_ROLE)
    };
    let names = !statement.actions.negated && statement.actions.patterns.iter().any(of_sts);
    let everything = statement.actions.patterns.contains(&ActionPattern::All);
    if statement.effect != Effect::Allow || !names || everything {
        return false;
    }
    let limits_roles = |kind| {
        matches!(
            kind,
            KeyKind::ResourceAccount | KeyKind::ResourceOrgId | KeyKind::ResourceOrgPaths | KeyKind::ResourceTag
        )
    };
    if statement.conditions.iter().any(|condition| limits_roles(condition.key.kind())) {
        return false;
    }
    statement.resources.as_ref().is_some_and(is_about_any_role)
}

fn is_about_any_role(clause: &ResourceClause) -> bool {
    let matches = |arn: &str| clause.patterns.iter().any(|text| resource::matches(&Pattern::Plain(text.as_str()), arn));
    let all_of =
        |partition: &str| STRANGERS.iter().all(|role| matches(&format!("arn:{partition}:{role}")) != clause.negated);
    PARTITIONS.iter().any(|partition| all_of(partition))
}

/// Every such policy that somebody holds, in order of what it says.
pub(crate) fn held(estate: &Estate) -> Vec<WideGrant> {
    // documents that differ in layout alone are one
    let mut decided = BTreeMap::<PolicyIx, Option<String>>::new();
    let mut found = BTreeMap::<String, WideGrant>::new();
    for class in estate.classes() {
        let mut seen = BTreeSet::new();
        for attached in class.policies() {
            // nobody can change a policy of AWS
            let Some(ix) = attached.document.parsed().filter(|_| !attached.is_aws_managed) else { continue };
            let says = || {
                let policy = estate.policy(ix);
                statements(policy).next().is_some().then(|| wording(&policy.statements))
            };
            let Some(said) = decided.entry(ix).or_insert_with(says).as_ref() else { continue };
            if !seen.insert(said.clone()) {
                continue;
            }
            let first = || WideGrant {
                policy: ix,
                name: attached.name.to_string(),
                inline_of: (attached.origin == Origin::Inline).then(|| class.members().first().copied()).flatten(),
                account: class.account(),
                holders: 0,
                accounts: BTreeSet::new(),
            };
            let grant = found.entry(said.clone()).or_insert_with(first);
            grant.holders += class.members().len();
            grant.accounts.insert(class.account());
        }
    }
    found.into_values().collect()
}
