//! Policies that allow assuming any role.
//!
//! Owns: which statements do, and who holds them. Policies that allow every action are left out: they are judged as what they are; so are
//! AWS's own. Cost follows distinct documents and attachments.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use foldhash::{HashMap, HashMapExt};

use super::grants::names_services;
use super::strangers::{STRANGERS, Stranger};
use crate::ids::{AccountIx, PolicyIx, PrincipalIx};
use crate::model::{Estate, Origin};
use crate::policy::action::ActionPattern;
use crate::policy::condition::Condition;
use crate::policy::key::KeyKind;
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
    pub(crate) holders: BTreeSet<PrincipalIx>,
    /// Of all holders.
    pub(crate) accounts: BTreeSet<AccountIx>,
}

/// The statements that allow assuming any role of a partition.
pub(crate) fn statements<'p>(policy: &'p Policy, partition: &str) -> impl Iterator<Item = &'p Statement> {
    let is_taken_back = policy.statements.iter().any(|statement| denies_any_role(statement, partition));
    policy.statements.iter().filter(move |statement| !is_taken_back && allows_any_role(statement, partition))
}

/// Whether a Deny leaves a list of roles at most, or those of certain accounts, organizations or tags.
fn denies_any_role(deny: &Statement, partition: &str) -> bool {
    let says_which = |condition: &Condition| value_of(&STRANGERS[0], condition).is_some();
    deny.effect == Effect::Deny
        && deny.actions.matches(&sts::ASSUME_ROLE)
        && deny.conditions.iter().all(says_which)
        && is_about_any_role(deny, partition)
}

/// What a condition that says which roles are meant compares with, of a stranger's; `None` for one that says something else. Nobody
/// gave it a tag.
fn value_of(stranger: &Stranger, condition: &Condition) -> Option<Option<String>> {
    match condition.key.kind() {
        KeyKind::ResourceAccount => Some(Some(stranger.account.to_owned())),
        KeyKind::ResourceOrgId => Some(Some(stranger.organization.to_owned())),
        KeyKind::ResourceOrgPaths => Some(Some(format!("{}/r-q7x2/", stranger.organization))),
        KeyKind::ResourceTag => Some(None),
        _ => None,
    }
}

/// Whether a stranger's role is among those that the conditions of a statement mean.
fn is_meant_by(stranger: &Stranger, statement: &Statement) -> bool {
    statement.conditions.iter().all(|condition| {
        let Some(value) = value_of(stranger, condition) else { return true };
        // a variable is of the caller, with whom it has nothing in common
        let patterns: Vec<_> = condition.values.iter().map(|value| value.expand(|_| None)).collect();
        let values: Vec<&str> = value.as_deref().into_iter().collect();
        condition.operator.holds(&patterns, &values) == Some(true)
    })
}

fn allows_any_role(statement: &Statement, partition: &str) -> bool {
    let of_sts = |pattern: &ActionPattern| {
        matches!(pattern, ActionPattern::Named { service, .. } if &**service == "sts")
            && pattern.matches(&sts::ASSUME_ROLE)
    };
    // with `NotAction` on resources of any service another rule tells
    let names = match statement.actions.negated {
        true => {
            statement.actions.matches(&sts::ASSUME_ROLE) && statement.resources.as_ref().is_some_and(names_services)
        }
        false => statement.actions.patterns.iter().any(of_sts),
    };
    let everything = statement.actions.patterns.contains(&ActionPattern::All);
    statement.effect == Effect::Allow && names && !everything && is_about_any_role(statement, partition)
}

fn is_about_any_role(statement: &Statement, partition: &str) -> bool {
    let Some(clause) = &statement.resources else { return false };
    let matches = |arn: &str| clause.patterns.iter().any(|text| resource::matches(&Pattern::Plain(text.as_str()), arn));
    let is_meant = |stranger: &Stranger| {
        matches(&stranger.role_arn(partition)) != clause.negated && is_meant_by(stranger, statement)
    };
    STRANGERS.iter().all(is_meant)
}

/// Every such policy that somebody holds, in order of what it says.
pub(crate) fn held(estate: &Estate) -> Vec<WideGrant> {
    // documents that differ in layout alone are one
    let mut decided = HashMap::<(&str, PolicyIx), Option<Arc<str>>>::new();
    let mut found = BTreeMap::<Arc<str>, WideGrant>::new();
    for class in estate.classes() {
        // nobody assumes a role of another partition
        let partition = estate.account(class.account()).partition();
        let mut seen = BTreeSet::new();
        for attached in class.policies() {
            // nobody can change a policy of AWS
            let Some(ix) = attached.document.parsed().filter(|_| !attached.is_aws_managed) else { continue };
            let says = || {
                let policy = estate.policy(ix);
                statements(policy, partition).next().is_some().then(|| wording(&policy.statements).into())
            };
            let Some(said) = decided.entry((partition, ix)).or_insert_with(says).as_ref() else { continue };
            if !seen.insert(Arc::clone(said)) {
                continue;
            }
            let first = || WideGrant {
                policy: ix,
                name: attached.name.to_string(),
                inline_of: (attached.origin == Origin::Inline).then(|| class.members().first().copied()).flatten(),
                account: class.account(),
                holders: BTreeSet::new(),
                accounts: BTreeSet::new(),
            };
            let grant = found.entry(Arc::clone(said)).or_insert_with(first);
            grant.holders.extend(class.members());
            grant.accounts.insert(class.account());
        }
    }
    found.into_values().collect()
}
