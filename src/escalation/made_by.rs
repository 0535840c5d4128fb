//! Who can make a principal.
//!
//! Owns: what it may do then, which is the same whoever made it: whoever asks keeps the answer (`Alike`).

use std::sync::Arc;

use super::after::made_enters;
use super::attempt::Attempt;
use super::making::{MadeDoes, Makes};
use super::naming::Fares;
use super::new_principal;
use super::power::{Asked, administrator};
use super::raised::Climber;
use super::table::WayIx;
use super::target::{Making, New};
use crate::eval::{Bound, Credentials, Truth};
use crate::ids::{AccountIx, PrincipalIx};
use crate::model::{Estate, PrincipalType};

/// Where a principal is more than whoever makes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gains {
    /// It may be anywhere.
    Anywhere,
    /// Its maker is an administrator of the account: in other accounts alone.
    Abroad,
    /// Its maker may also ask for any role: there alone where what lets callers in tells those of an account apart.
    WhereToldApart,
}

/// Somebody who can make a principal, or may.
#[derive(Debug)]
pub struct MadeBy {
    /// Who goes the way.
    pub climber: Climber,
    /// Where it is worth it.
    pub gains: Gains,
    /// Where it is in its list of attempts (`attempts_on`).
    pub nth: u16,
    /// Which way.
    pub way: WayIx,
    pub(super) new: New,
    pub(super) kind: PrincipalType,
    pub(super) account: AccountIx,
    pub(super) bound: Bound,
    /// Of the account's groups the one that it is in.
    pub(super) group: Option<usize>,
    pub(super) makes: Makes,
    pub(super) fares: Fares,
}

/// New principals of an account of which equal ones may do the same.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Alike {
    account: AccountIx,
    kind: PrincipalType,
    by_password: bool,
    bound: Bound,
    group: Option<usize>,
    fares: Fares,
    /// Where more than the tests behind `fares` tells names apart.
    arn: Option<Arc<str>>,
}

impl MadeBy {
    /// What tells the new principal from others of its account; `by_name` where its name may count beyond known tests.
    #[must_use]
    pub fn alike(&self, by_name: bool) -> Alike {
        Alike {
            account: self.account,
            kind: self.kind,
            by_password: self.way.way().gives_password(),
            bound: self.bound,
            group: self.group,
            fares: self.fares.clone(),
            arn: by_name.then(|| Arc::clone(&self.new.arn)),
        }
    }

    /// What whoever makes it does.
    #[must_use]
    pub fn attempt<'e>(&self, estate: &'e Estate) -> Attempt<'e> {
        let group = self.group.and_then(|at| estate.account(self.account).facts().groups.get(at));
        let making = Making { kind: self.kind, account: self.account, bound: self.bound, group };
        new_principal::attempt(self.climber.by, self.way, making, self.new.clone())
    }

    /// Whether the new principal enters a role.
    #[must_use]
    pub fn enters(&self, estate: &Estate, role: PrincipalIx) -> MadeDoes {
        made_enters(estate, &self.attempt(estate), role)
    }

    /// Whether it is an administrator of its account.
    #[must_use]
    pub fn administers(&self, estate: &Estate) -> MadeDoes {
        let attempt = self.attempt(estate);
        MadeDoes::of(|is_tagged| {
            let asked = attempt.made(is_tagged).map(|(made, added)| Asked::made(estate, made, added));
            asked.map_or(Truth::False, |asked| administrator(&asked).truth)
        })
    }

    /// Whether it is made, by whoever signs so, and does this then.
    #[must_use]
    pub fn and(&self, estate: &Estate, signed: Credentials, does: &MadeDoes) -> Truth {
        if does.is_denied() {
            return Truth::False;
        }
        let attempt = self.attempt(estate);
        if signed == attempt.credentials(estate) {
            return attempt.makes_one_that(estate, signed, &self.makes, does);
        }
        attempt.makes_one_that(estate, signed, &attempt.making(estate, signed), does)
    }
}
