//! Who holds an Allow for AssumeRole, by what its resource patterns name.
//!
//! Owns: from a role to the classes that may assume it, without asking the others. A candidate may still be
//! denied; a class that is no candidate holds no matching Allow. Classes of users come in groups that fare alike (`users`).

mod grants;
mod policy;
mod users;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use fixedbitset::FixedBitSet;
use rayon::prelude::*;

use self::grants::Grants;
use self::policy::PolicyGrants;
use self::users::UserTable;
use super::users::Users;
use crate::ids::{AccountIx, ClassIx, PolicyIx, PrincipalIx};
use crate::model::{Document, Estate, Guardrail, Guardrails, PrincipalType};

/// The RCPs of an account and its partition, by number: accounts with the same ones share it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct RcpsIx(usize);

/// The index of an estate.
#[derive(Debug)]
pub(super) struct Index {
    rcps: Vec<RcpsIx>,
    /// Classes whose members can fare differently under their own policies or the SCPs of their account.
    differing: FixedBitSet,
    /// By account, classes of roles, and those of users that policies compare with themselves.
    accounts: Vec<Grants<ClassIx>>,
    everywhere: Grants<ClassIx>,
    /// By account, all other users; `None` where there are none.
    users: Vec<Option<Box<UserTable>>>,
    /// Accounts by the roles that such users may be allowed to assume.
    users_everywhere: Grants<AccountIx>,
    policies: Vec<PolicyGrants>,
    /// Classes that may be allowed to assume something.
    holders: FixedBitSet,
}

/// What the index knows of one account.
#[derive(Default)]
struct OfAccount {
    grants: Grants<ClassIx>,
    users: Option<Box<UserTable>>,
    differing: Vec<ClassIx>,
    holding: Vec<ClassIx>,
}

impl Index {
    pub(super) fn new(estate: &Estate) -> Self {
        let policies: Vec<PolicyGrants> = (0..estate.policy_count())
            .into_par_iter()
            .map(|at| PolicyGrants::new(estate.policy(PolicyIx::new(at))))
            .collect();
        let mut index = Self {
            rcps: numbered_rcps(estate),
            differing: FixedBitSet::with_capacity(estate.classes().len()),
            accounts: Vec::new(),
            everywhere: Grants::default(),
            users: Vec::new(),
            users_everywhere: Grants::default(),
            policies,
            holders: FixedBitSet::with_capacity(estate.classes().len()),
        };
        let accounts = (0..estate.accounts().len()).into_par_iter().map(AccountIx::new);
        let found: Vec<OfAccount> = accounts.map(|account| index.of_account(estate, account)).collect();
        for (account, of_account) in found.into_iter().enumerate() {
            of_account.differing.iter().for_each(|class| index.differing.insert(class.get()));
            of_account.holding.iter().for_each(|class| index.holders.insert(class.get()));
            index.accounts.push(of_account.grants);
            if let Some(users) = &of_account.users {
                index.add_users_everywhere(AccountIx::new(account), users);
            }
            index.users.push(of_account.users);
        }
        index.everywhere = Grants::merged(index.accounts.iter());
        index.users_everywhere.seal();
        index
    }

    fn of_account(&self, estate: &Estate, account: AccountIx) -> OfAccount {
        let mut found = OfAccount::default();
        let by_scps = |kind| self.differ(estate.account(account).scps(), kind);
        let (users_by_scps, roles_by_scps) = (by_scps(PrincipalType::User), by_scps(PrincipalType::Role));
        let mut users = Vec::new();
        for ix in estate.classes_of(account) {
            let class = estate.class(ix);
            let is_user = class.kind() == PrincipalType::User;
            let mut own = class.policies().iter().chain(class.boundary());
            let services = |member: &PrincipalIx| estate.principal(*member).is_service_linked();
            let by_scps = if is_user { users_by_scps } else { roles_by_scps };
            let differs = by_scps
                || own.any(|attached| self.differs(attached.document, class.kind()))
                || class.members().iter().any(services);
            if differs && class.members().len() > 1 {
                found.differing.push(ix);
            }
            if is_user && !differs {
                users.push(ix);
            } else {
                self.add_class(estate, ix, &mut found.grants);
            }
            let allows = |document| match document {
                Document::Parsed(ix) => self.policies.get(ix.get()).is_some_and(|grants| !grants.assume.is_empty()),
                Document::Missing(_) => true,
            };
            if class.policies().iter().any(|attached| allows(attached.document)) {
                found.holding.push(ix);
            }
        }
        found.grants.seal();
        found.users = (!users.is_empty()).then(|| Box::new(UserTable::new(estate, users, &self.policies)));
        found
    }

    fn add_class(&self, estate: &Estate, class: ClassIx, grants: &mut Grants<ClassIx>) {
        for attached in estate.class(class).policies() {
            match attached.document {
                Document::Parsed(ix) => {
                    if let Some(policy) = self.policies.get(ix.get()) {
                        grants.add(class, &policy.assume);
                    }
                }
                Document::Missing(_) => grants.add_always(class),
            }
        }
    }

    fn add_users_everywhere(&mut self, account: AccountIx, users: &UserTable) {
        for document in users.documents() {
            if let Some(policy) = self.policies.get(document.get()) {
                self.users_everywhere.add(account, &policy.assume);
            }
        }
        if users.has_always() {
            self.users_everywhere.add_always(account);
        }
    }

    /// True where members of a class can fare differently under their own policies or the SCPs of their account.
    pub(super) fn class_differs(&self, class: ClassIx) -> bool {
        self.differing.contains(class.get())
    }

    /// As [`Index::differs`], under policies of the organization.
    pub(super) fn differ(&self, policies: &Guardrails, kind: PrincipalType) -> bool {
        policies.levels().iter().flatten().any(|policy| self.differs(policy.document, kind))
    }

    /// The RCPs of an account.
    pub(super) fn rcps(&self, account: AccountIx) -> RcpsIx {
        let Some(rcps) = self.rcps.get(account.get()) else { unreachable!("a number for every account") };
        *rcps
    }

    /// Classes of one account that may hold an Allow for this role, in order, but those in [`Index::users`].
    pub(super) fn holders_in(&self, account: AccountIx, arn: &str, found: &mut BTreeSet<ClassIx>) {
        if let Some(grants) = self.accounts.get(account.get()) {
            grants.holders(arn, found);
        }
    }

    /// As [`Index::holders_in`], of all accounts.
    pub(super) fn holders_anywhere(&self, arn: &str, found: &mut BTreeSet<ClassIx>) {
        self.everywhere.holders(arn, found);
    }

    /// Users of an account who may hold an Allow for this role, or all of them, in groups that it cannot tell apart; none of
    /// those whom policies compare with themselves.
    pub(super) fn users(&self, estate: &Estate, account: AccountIx, arn: &str, everybody: bool) -> Arc<[Users]> {
        match self.users.get(account.get()) {
            Some(Some(table)) => table.groups(estate, arn, everybody),
            _ => Arc::default(),
        }
    }

    /// Accounts with users who may hold an Allow for this role.
    pub(super) fn accounts_of_users(&self, arn: &str) -> BTreeSet<AccountIx> {
        let mut found = BTreeSet::new();
        self.users_everywhere.holders(arn, &mut found);
        found
    }

    /// True for classes in no group of [`Index::users`].
    pub(super) fn stands_alone(&self, estate: &Estate, class: ClassIx) -> bool {
        let account = estate.class(class).account();
        let table = self.users.get(account.get()).and_then(Option::as_ref);
        table.is_none_or(|table| !table.has(class))
    }

    /// True where a class holds an Allow for AssumeRole on anything.
    pub(super) fn holds_any(&self, class: ClassIx) -> bool {
        self.holders.contains(class.get())
    }

    /// True where two principals of a class with this document can fare differently.
    pub(super) fn differs(&self, document: Document, kind: PrincipalType) -> bool {
        let differs = |policy: &PolicyGrants| match kind {
            PrincipalType::User => policy.users_differ,
            PrincipalType::Role => policy.differs,
        };
        match document {
            Document::Parsed(ix) => self.policies.get(ix.get()).is_none_or(differs),
            Document::Missing(_) => false,
        }
    }
}

fn numbered_rcps(estate: &Estate) -> Vec<RcpsIx> {
    let mut known = HashMap::new();
    let mut numbers = Vec::new();
    for account in estate.accounts() {
        let rcps = account.rcps();
        let documents = |level: &Vec<Guardrail>| level.iter().map(|rcp| rcp.document).collect::<Vec<_>>();
        let levels: Vec<Vec<Document>> = rcps.levels().iter().map(documents).collect();
        let next = RcpsIx(known.len());
        numbers.push(*known.entry((levels, rcps.unknown(), account.partition())).or_insert(next));
    }
    numbers
}
