//! What policies can tell of a role that calls, beside its own policies.
//!
//! Owns: from a class of roles to a number that it shares with those of other accounts of which all of that is equal: the
//! SCPs, partition, membership and OUs of its account, the account itself where policies name it, and what tests of ARNs
//! tell.

use std::collections::HashMap;

use crate::ids::{AccountIx, ClassIx, GapIx, PrincipalIx};
use crate::model::{Document, Estate, Guardrail, Guardrails};
use crate::policy::CallerTests;

/// A class of roles that no policy compares with itself.
#[derive(Debug)]
pub(super) struct AlikeRole {
    pub(super) class: ClassIx,
    /// Its own policies, or the SCPs of its account, tell its account from others.
    pub(super) is_told: bool,
}

/// Standings that were met, by number.
#[derive(Debug)]
pub(super) struct Standings<'e> {
    estate: &'e Estate,
    tests: &'e CallerTests,
    accounts: HashMap<OfAccount<'e>, u32>,
    known: HashMap<Standing, u32>,
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct OfAccount<'e> {
    scps: Said,
    partition: &'e str,
    member: (bool, Option<GapIx>),
    units: (&'e [String], Option<GapIx>),
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Standing {
    of_account: u32,
    /// The account itself, where it is told from others.
    told: Option<AccountIx>,
    /// Of tests of ARNs, by their number.
    outcomes: Vec<(u32, Option<bool>)>,
}

/// What guardrails say: their documents level by level, and why they may not be in force.
pub(super) type Said = (Vec<Vec<Document>>, Option<GapIx>);

pub(super) fn said(guardrails: &Guardrails) -> Said {
    let documents = |level: &Vec<Guardrail>| level.iter().map(|guardrail| guardrail.document).collect();
    (guardrails.levels().iter().map(documents).collect(), guardrails.unknown())
}

impl<'e> Standings<'e> {
    pub(super) fn new(estate: &'e Estate, tests: &'e CallerTests) -> Self {
        Self { estate, tests, accounts: HashMap::new(), known: HashMap::new() }
    }

    /// Adds these classes of an account, each with its number.
    pub(super) fn number_all(&mut self, ix: AccountIx, roles: &[AlikeRole], numbered: &mut Vec<(ClassIx, u32)>) {
        let estate = self.estate;
        let account = estate.account(ix);
        let next = self.accounts.len() as u32;
        let of_account = OfAccount {
            scps: said(account.scps()),
            partition: account.partition(),
            member: (account.is_member(), account.membership_gap()),
            units: (account.units(), account.units_gap()),
        };
        let of_account = *self.accounts.entry(of_account).or_insert(next);
        let tests = self.tests.of_roles_in(account.id());
        // members of a class fare alike in every test (`model::build::split`)
        let outcomes = |member: &PrincipalIx| tests.outcomes(&estate.arn(*member));
        for role in roles {
            let first = estate.class(role.class).members().first();
            let outcomes = first.filter(|_| !tests.is_empty()).map(outcomes).unwrap_or_default();
            let standing = Standing { of_account, told: role.is_told.then_some(ix), outcomes };
            let next = self.known.len() as u32;
            numbered.push((role.class, *self.known.entry(standing).or_insert(next)));
        }
    }
}
