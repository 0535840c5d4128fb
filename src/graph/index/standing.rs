//! What policies can tell of a role that calls, beside its own policies.
//!
//! Owns: from a class of roles to a number that it shares with those of other accounts of which all of that is equal: the
//! SCPs, partition and membership of its account, and the account itself where policies name it; and to another of what tests
//! of ARNs and OUs tell.

use std::collections::HashMap;

use super::alike::Alike;
use crate::ids::{AccountIx, ClassIx, GapIx};
use crate::model::{Document, Estate, Guardrail, Guardrails};

/// A class of roles that no policy compares with itself.
#[derive(Debug)]
pub(super) struct AlikeRole {
    pub(super) class: ClassIx,
    /// Its own policies, or the SCPs of its account, tell its account from others.
    pub(super) is_told: bool,
    /// Whether SCPs have tests of callers.
    pub(super) told_by_scps: bool,
    /// What tests of callers tell of its members.
    pub(super) outcomes: Outcomes,
}

/// Standings that were met, by number.
#[derive(Debug)]
pub(super) struct Standings<'e> {
    estate: &'e Estate,
    known: HashMap<Standing<'e>, u32>,
    told: HashMap<Outcomes, u32>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Standing<'e> {
    scps: Said,
    partition: &'e str,
    is_member: bool,
    /// Why that, or its OUs, are not known.
    gaps: [Option<GapIx>; 2],
    has_path: bool,
    /// The account itself, where it is told from others.
    told: Option<AccountIx>,
}

/// Outcomes of tests, by their number.
pub(super) type Outcomes = Vec<(u32, Option<bool>)>;

/// What guardrails say: their documents level by level, and why they may not be in force.
pub(super) type Said = (Vec<Vec<Document>>, Option<GapIx>);

pub(super) fn said(guardrails: &Guardrails) -> Said {
    let documents = |level: &Vec<Guardrail>| level.iter().map(|guardrail| guardrail.document).collect();
    (guardrails.levels().iter().map(documents).collect(), guardrails.unknown())
}

impl<'e> Standings<'e> {
    pub(super) fn new(estate: &'e Estate) -> Self {
        Self { estate, known: HashMap::new(), told: HashMap::new() }
    }

    /// Adds these classes of an account.
    pub(super) fn number_all(&mut self, ix: AccountIx, roles: Vec<AlikeRole>, numbered: &mut Vec<Alike>) {
        let estate = self.estate;
        let account = estate.account(ix);
        let standing = Standing {
            scps: said(account.scps()),
            partition: account.partition(),
            is_member: account.is_member(),
            gaps: [account.membership_gap(), account.units_gap()],
            has_path: estate.organization_path(account).is_some(),
            told: None,
        };
        let next = self.known.len() as u32;
        let of_account = *self.known.entry(standing.clone()).or_insert(next);
        for role in roles {
            let next = self.known.len() as u32;
            let standing = if role.is_told {
                *self.known.entry(Standing { told: Some(ix), ..standing.clone() }).or_insert(next)
            } else {
                of_account
            };
            let next = self.told.len() as u32;
            let told = *self.told.entry(role.outcomes).or_insert(next);
            numbered.push(Alike { class: role.class, standing, told, told_by_scps: role.told_by_scps });
        }
    }
}
