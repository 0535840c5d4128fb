//! Who holds an Allow for AssumeRole, by what its resource patterns name.
//!
//! Owns: from a role to the classes that may assume it, without asking the others. A candidate may still be
//! denied; a class that is no candidate holds no matching Allow. Classes come in groups that fare alike (`alike`): those of
//! users and roles account by account, those of roles across accounts as well.

mod alike;
mod grants;
mod places;
mod policy;
mod standing;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use fixedbitset::FixedBitSet;
use rayon::prelude::*;

use self::alike::{Alike, AlikeTable};
pub(super) use self::alike::{Called, Whom};
use self::grants::Grants;
use self::policy::{Policies, PolicyGrants};
use self::standing::{AlikeRole, Standings, said};
use super::group::Group;
use crate::ids::{AccountIx, ClassIx, PrincipalIx};
use crate::model::{Document, Estate, Guardrails, PrincipalType};
use crate::policy::{RoleFacts, RoleTests, TagOf, ToldAccounts};

/// The RCPs of an account and its partition, by number: accounts with the same ones share it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct RcpsIx(usize);

/// The index of an estate.
#[derive(Debug)]
pub(super) struct Index {
    rcps: Vec<RcpsIx>,
    /// Classes whose members can fare differently under their own policies or the SCPs of their account.
    differing: FixedBitSet,
    /// By account, classes that policies compare with themselves.
    accounts: Vec<Grants<ClassIx>>,
    /// Those, and roles that policies tell from those of every other account.
    alone: Grants<ClassIx>,
    /// The other classes of roles that hold an Allow.
    roles: AlikeTable,
    /// By account, its users and its roles that no policy compares with themselves.
    homes: Vec<Home>,
    /// Accounts by the roles that such users may be allowed to assume.
    users_everywhere: Grants<AccountIx>,
    policies: Policies,
    /// Classes that may be allowed to assume something.
    holders: FixedBitSet,
}

/// Classes of one account, in tables; `None` where there are none.
#[derive(Debug, Default)]
struct Home {
    users: Option<Box<AlikeTable>>,
    roles: Option<Box<AlikeTable>>,
}

/// What the index knows of one account.
#[derive(Default)]
struct OfAccount {
    grants: Grants<ClassIx>,
    home: Home,
    alone: Grants<ClassIx>,
    /// Classes of roles that fare like those of other accounts.
    roles: Vec<AlikeRole>,
    differing: Vec<ClassIx>,
    holding: Vec<ClassIx>,
}

impl Index {
    pub(super) fn new(estate: &Estate) -> Self {
        let mut index = Self {
            rcps: numbered_rcps(estate),
            differing: FixedBitSet::with_capacity(estate.classes().len()),
            accounts: Vec::new(),
            alone: Grants::default(),
            roles: AlikeTable::default(),
            homes: Vec::new(),
            users_everywhere: Grants::default(),
            policies: Policies::new(estate),
            holders: FixedBitSet::with_capacity(estate.classes().len()),
        };
        let accounts = (0..estate.accounts().len()).into_par_iter().map(AccountIx::new);
        let tests = estate.tests_of_roles().prepared_for_roles();
        let found: Vec<OfAccount> = accounts.map(|account| index.of_account(estate, account, &tests)).collect();
        index.alone = Grants::merged(found.iter().map(|of_account| &of_account.alone));
        let mut standings = Standings::new(estate);
        let mut roles = Vec::new();
        for (account, of_account) in found.into_iter().enumerate() {
            let account = AccountIx::new(account);
            of_account.differing.iter().for_each(|class| index.differing.insert(class.get()));
            of_account.holding.iter().for_each(|class| index.holders.insert(class.get()));
            index.accounts.push(of_account.grants);
            if let Some(users) = &of_account.home.users {
                index.add_users_everywhere(account, users);
            }
            index.homes.push(of_account.home);
            standings.number_all(account, of_account.roles, &mut roles);
        }
        index.roles = AlikeTable::new(estate, &roles, &index.policies);
        index.users_everywhere.seal();
        index
    }

    fn of_account(&self, estate: &Estate, account: AccountIx, tests: &RoleTests<'_>) -> OfAccount {
        let mut found = OfAccount::default();
        let (scps, id) = (estate.account(account).scps(), estate.account(account).id());
        let scps_differ = [self.differ(scps, PrincipalType::User), self.differ(scps, PrincipalType::Role)];
        let accounts_of_scps = self.told_by(scps.documents());
        let told_by_scps = scps.documents().any(|document| self.reads_callers(document));
        let (mut users, mut roles) = (Vec::new(), Vec::new());
        let mut told_of_users = HashMap::new();
        let path = estate.organization_path(estate.account(account));
        let mut told_of_roles = HashMap::new();
        for ix in estate.classes_of(account) {
            let class = estate.class(ix);
            let is_user = class.kind() == PrincipalType::User;
            let own = || class.policies().iter().chain(class.boundary()).map(|attached| attached.document);
            let [users_differ, roles_differ] = scps_differ;
            let by_scps = if is_user { users_differ } else { roles_differ };
            let differs = by_scps
                || own().any(|document| self.differs(document, class.kind()))
                || class.members().iter().any(|member| estate.principal(*member).is_service_linked());
            if differs && class.members().len() > 1 {
                found.differing.push(ix);
            }
            let allows = |document| match document {
                Document::Parsed(ix) => self.policies.get(ix).is_some_and(|grants| !grants.assume.is_empty()),
                Document::Missing(_) => true,
            };
            let is_holder = class.policies().iter().any(|attached| allows(attached.document));
            if is_holder {
                found.holding.push(ix);
            }
            let first = class.members().first();
            // members of a class fare alike in every test (`model::build::split`)
            let of_role = first.filter(|_| !is_user && !tests.is_empty());
            let outcomes_of = |role: &PrincipalIx| {
                let facts = RoleFacts { arn: &estate.arn(*role), path: path.as_deref(), unique_id: "" };
                tests.outcomes(facts, |_| TagOf::Absent)
            };
            let outcomes = of_role.map(outcomes_of).unwrap_or_default();
            if differs && is_holder {
                self.add_class(estate, ix, &mut found.grants);
            } else if !differs && is_user {
                let tags = first.and_then(|user| estate.principal(*user).tags_gap());
                let next = told_of_users.len() as u32;
                let told = *told_of_users.entry((estate.told_of_users(ix), tags)).or_insert(next);
                users.push(Alike { class: ix, standing: 0, told, told_by_scps });
            } else if !differs {
                let next = told_of_roles.len() as u32;
                let told = *told_of_roles.entry(outcomes.clone()).or_insert(next);
                roles.push(Alike { class: ix, standing: 0, told, told_by_scps });
            }
            if is_holder && (differs || !is_user) {
                match accounts_of_scps.clone().and(self.told_by(own())) {
                    told if is_user || differs || told.all => self.add_class(estate, ix, &mut found.alone),
                    told => {
                        let is_told = told.named.contains(&id);
                        found.roles.push(AlikeRole { class: ix, is_told, told_by_scps, outcomes });
                    }
                }
            }
        }
        found.grants.seal();
        found.alone.seal();
        let table = |classes: Vec<Alike>| {
            (!classes.is_empty()).then(|| Box::new(AlikeTable::new(estate, &classes, &self.policies)))
        };
        found.home = Home { users: table(users), roles: table(roles) };
        found
    }

    /// The accounts whose callers fare differently under these documents.
    fn told_by(&self, documents: impl Iterator<Item = Document>) -> ToldAccounts {
        let told = documents.filter_map(|document| match document {
            Document::Parsed(ix) => self.policies.get(ix).map(|grants| &grants.accounts),
            Document::Missing(_) => None,
        });
        told.fold(ToldAccounts::default(), |all, told| all.and(told.clone()))
    }

    /// As there, on the side of a role: under its trust policy and the RCPs of its account.
    pub(super) fn told_by_role(&self, estate: &Estate, role: PrincipalIx) -> ToldAccounts {
        self.told_by(side_of(estate, role))
    }

    /// A role as [`Index::at_home`] and [`Index::roles`] are asked of it.
    pub(super) fn called<'a>(&self, estate: &Estate, role: PrincipalIx, arn: &'a str) -> Called<'a> {
        let reads_callers = side_of(estate, role).any(|document| self.reads_callers(document));
        Called { arn, account: estate.principal(role).account(), reads_callers }
    }

    fn reads_callers(&self, document: Document) -> bool {
        match document {
            Document::Parsed(ix) => self.policies.get(ix).is_some_and(|grants| grants.reads_callers),
            Document::Missing(_) => false,
        }
    }

    fn add_class(&self, estate: &Estate, class: ClassIx, grants: &mut Grants<ClassIx>) {
        for attached in estate.class(class).policies() {
            match attached.document {
                Document::Parsed(ix) => {
                    if let Some(policy) = self.policies.get(ix) {
                        grants.add(class, &policy.assume);
                    }
                }
                Document::Missing(_) => grants.add_always(class),
            }
        }
    }

    fn add_users_everywhere(&mut self, account: AccountIx, users: &AlikeTable) {
        for document in users.documents() {
            if let Some(policy) = self.policies.get(document) {
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
        policies.documents().any(|document| self.differs(document, kind))
    }

    /// The RCPs of an account.
    pub(super) fn rcps(&self, account: AccountIx) -> RcpsIx {
        let Some(rcps) = self.rcps.get(account.get()) else { unreachable!("a number for every account") };
        *rcps
    }

    /// Classes of one account that may hold an Allow for this role, in order, but those in [`Index::at_home`].
    pub(super) fn holders_in(&self, account: AccountIx, arn: &str, found: &mut BTreeSet<ClassIx>) {
        if let Some(grants) = self.accounts.get(account.get()) {
            grants.holders(arn, found);
        }
    }

    /// As [`Index::holders_in`], of all accounts, but those in [`Index::roles`].
    pub(super) fn holders_alone(&self, arn: &str, found: &mut BTreeSet<ClassIx>) {
        self.alone.holders(arn, found);
    }

    /// Roles of other accounts than these and the role's own that may hold an Allow for it, in groups that it cannot tell apart.
    pub(super) fn roles(&self, estate: &Estate, called: &Called<'_>, apart: BTreeSet<AccountIx>) -> Arc<[Group]> {
        self.roles.groups(estate, called, Whom::HoldersBut(apart))
    }

    /// True for classes that [`Index::roles`] has in its groups.
    pub(super) fn is_alike_role(&self, class: ClassIx) -> bool {
        self.roles.has(class)
    }

    /// Users, or roles, of an account that may hold an Allow for this role, or all of them, in groups that it cannot tell apart;
    /// none of those whom policies compare with themselves.
    pub(super) fn at_home(
        &self,
        estate: &Estate,
        account: AccountIx,
        kind: PrincipalType,
        called: &Called<'_>,
        whom: Whom,
    ) -> Arc<[Group]> {
        self.home(account, kind).map_or_else(Arc::default, |table| table.groups(estate, called, whom))
    }

    fn home(&self, account: AccountIx, kind: PrincipalType) -> Option<&AlikeTable> {
        let home = self.homes.get(account.get())?;
        match kind {
            PrincipalType::User => home.users.as_deref(),
            PrincipalType::Role => home.roles.as_deref(),
        }
    }

    /// Accounts with users who may hold an Allow for this role.
    pub(super) fn accounts_of_users(&self, arn: &str) -> BTreeSet<AccountIx> {
        let mut found = BTreeSet::new();
        self.users_everywhere.holders(arn, &mut found);
        found
    }

    /// True for classes that are in groups of [`Index::at_home`].
    pub(super) fn is_at_home(&self, estate: &Estate, class: ClassIx) -> bool {
        let of = estate.class(class);
        self.home(of.account(), of.kind()).is_some_and(|table| table.has(class))
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
            Document::Parsed(ix) => self.policies.get(ix).is_some_and(differs),
            Document::Missing(_) => false,
        }
    }
}

/// The trust policy of a role, and the RCPs of its account.
fn side_of(estate: &Estate, role: PrincipalIx) -> impl Iterator<Item = Document> {
    let principal = estate.principal(role);
    let trust = principal.role().map(|facts| facts.trust);
    trust.into_iter().chain(estate.account(principal.account()).rcps().documents())
}

fn numbered_rcps(estate: &Estate) -> Vec<RcpsIx> {
    let mut known = HashMap::new();
    let mut numbers = Vec::new();
    for account in estate.accounts() {
        let next = RcpsIx(known.len());
        numbers.push(*known.entry((said(account.rcps()), account.partition())).or_insert(next));
    }
    numbers
}
