//! AssumeRole by principals: those that the trust policy names, those of accounts that it trusts, and anybody.
//!
//! What the trust names decides where to look: exact principals are looked up, accounts and everybody through the index
//! of those who hold the action.

use std::sync::Arc;

use super::candidates::Candidates;
use crate::arn::Arn;
use crate::graph::source::Source;
use crate::ids::AccountId;
use crate::model::PrincipalType;
use crate::policy::principal::PrincipalEntry;
use crate::policy::{Effect, Pinned, Statement, pinned_accounts, speaks_of_roles, sts};

pub(super) fn is_made_by(source: &Source) -> bool {
    !matches!(source, Source::Service(_) | Source::Provider(_)) && !source.is_of_people()
}

pub(super) fn candidates(found: &mut Candidates<'_>) {
    let Some(trust) = found.trust() else {
        // a trust that cannot be read may trust anybody
        add_everyone(found, None);
        return;
    };
    for statement in trust.statements.iter().filter(|s| speaks_of_roles(s)) {
        let Some(clause) = &statement.principal else { continue };
        // of the companions' statements only whom they name counts: they grant no call
        let grants = statement.effect == Effect::Allow && statement.actions.matches(&sts::ASSUME_ROLE);
        if clause.negated && grants {
            add_everyone(found, None);
        }
        let grants = grants && !clause.negated;
        for entry in &clause.entries {
            match entry {
                // of a Deny and of `NotPrincipal` too: whom it names fares otherwise than the rest of its class
                PrincipalEntry::Identity(arn) => add_named(found, arn, grants),
                PrincipalEntry::Session { account, role, session } => {
                    add_session(found, *account, role, session, grants);
                }
                PrincipalEntry::Everyone if grants => add_everyone(found, Some(statement)),
                PrincipalEntry::Account { id, .. } if grants => add_account(found, *id),
                _ => {}
            }
        }
    }
}

fn add_named(found: &mut Candidates<'_>, arn: &str, grants: bool) {
    if let Some(ix) = found.estate.principal_by_arn(arn) {
        found.principals.insert(ix);
        return;
    }
    let Some(id) = Arn::parse(arn).and_then(|a| a.account_id()) else { return };
    // in a collected account the name is dead: IAM would show the id of a principal that was deleted
    if grants && !found.is_collected(id) {
        found.others.insert(Source::Outsider(Arc::from(arn), id));
    }
}

fn add_session(found: &mut Candidates<'_>, id: AccountId, role: &str, session: &str, grants: bool) {
    let estate = found.estate;
    let known = estate.account_by_id(id).and_then(|a| estate.principal_by_name(a, PrincipalType::Role, role));
    if let Some(ix) = known {
        found.principals.insert(ix);
    } else if grants && !found.is_collected(id) {
        let partition = estate.account(found.account()).partition();
        let arn = format!("arn:{partition}:sts::{id}:assumed-role/{role}/{session}");
        found.others.insert(Source::Outsider(arn.into(), id));
    }
}

fn add_account(found: &mut Candidates<'_>, id: AccountId) {
    if !found.is_collected(id) {
        found.others.insert(Source::Account(id));
    }
    if let Some(account) = found.estate.account_by_id(id) {
        found.add_holders(account);
    }
}

/// Everybody: those of the role's own account need no Allow of their own, others do.
fn add_everyone(found: &mut Candidates<'_>, statement: Option<&Statement>) {
    found.others.insert(Source::Everyone);
    let estate = found.estate;
    let own = found.account();
    // all that is left out is surely denied by the condition that pins
    let Some(accounts) = statement.and_then(|s| pinned_accounts(s, Pinned::Surely)) else {
        found.add_everybody(own);
        found.add_holders_anywhere();
        let unread = estate.accounts().iter().filter(|a| a.presence().gap().is_some());
        found.others.extend(unread.map(|a| Source::Account(a.id())));
        return;
    };
    for id in accounts {
        add_account(found, id);
        if estate.account_by_id(id) == Some(own) {
            found.add_everybody(own);
        }
    }
}
