//! The estate's tables and how they are read.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use jiff::Timestamp;

use super::account::Account;
use super::guardrail::Organization;
use super::organization_policies::OrganizationPolicies;
use super::people::{People, reserved};
use super::principal::{Class, Principal, PrincipalType};
use super::running::Running;
use crate::arn::{Arn, Named};
use crate::id_vec::IdVec;
use crate::ids::{AccountId, AccountIx, ClassIx, GapIx, PolicyIx, PrincipalIx};
use crate::policy::{CallerTests, Policy, Redacted};
use crate::snapshot::ledger::{Gap, Ledger};

/// Everything that is known about an organization, or about the given accounts.
#[derive(Debug)]
pub struct Estate {
    pub(super) at: Timestamp,
    pub(super) organization: Option<Organization>,
    pub(super) organization_policies: Option<OrganizationPolicies>,
    pub(super) unlisted: Option<GapIx>,
    pub(super) accounts: IdVec<AccountIx, Account>,
    pub(super) principals: IdVec<PrincipalIx, Principal>,
    pub(super) classes: IdVec<ClassIx, Class>,
    /// What policies can tell of the users of a class, by number (`build::split`).
    pub(super) told_of_users: HashMap<ClassIx, u32>,
    /// The tests by which policies tell roles apart.
    pub(super) tests_of_roles: CallerTests,
    pub(super) policies: IdVec<PolicyIx, Policy>,
    pub(super) gaps: IdVec<GapIx, Gap>,
    pub(super) ledger: Ledger,
    pub(super) sets_source_identity: Result<bool, GapIx>,
    pub(super) lenders: BTreeSet<AccountId>,
    pub(super) people: Option<People>,
    pub(super) entitled_unread: Option<GapIx>,
    pub(super) running: Running,
    pub(super) trail_regions: Vec<String>,
}

impl Estate {
    /// ARNs of what runs with a role, in order.
    #[must_use]
    pub fn things_of(&self, role: PrincipalIx) -> &[Arc<str>] {
        self.running.by_role.get(&role).map(Vec::as_slice).unwrap_or_default()
    }

    /// Whether anything is known of what runs in an account.
    #[must_use]
    pub fn knows_things(&self, account: AccountIx) -> bool {
        self.running.accounts.contains_key(&account)
    }

    /// Whether everything of a kind (`lambda:function`) that runs in an account is known.
    #[must_use]
    pub fn knows_every(&self, kind: &str, account: AccountIx) -> bool {
        let partition = self.account(account).partition();
        self.running.accounts.get(&account).is_some_and(|of| of.is_whole(kind, partition))
    }

    /// Hides the external ids of all policies: proofs show `redacted-1` and so on, and answers stay what they are.
    pub fn redact_external_ids(&mut self) {
        self.redact_external_ids_alike(&mut Redacted::default());
    }

    /// The same for one of several estates: what is equal in two of them stays equal.
    pub fn redact_external_ids_alike(&mut self, redacted: &mut Redacted) {
        self.policies.iter().for_each(|policy| redacted.learn(policy));
        self.policies.iter_mut().for_each(|policy| redacted.hide(policy));
    }

    /// Shows accounts as `account-1` and so on, in the order of their ids: selections still know their names.
    pub fn redact_account_names(&mut self) {
        let named = self.accounts.iter_mut().enumerate().filter(|(_, account)| !account.name.is_empty());
        named.for_each(|(at, account)| account.pseudonym = Some(format!("account-{}", at + 1).into()));
    }

    /// The Regions whose trails were read, `all` for every enabled one; empty if that is not known.
    #[must_use]
    pub fn trail_regions(&self) -> &[String] {
        &self.trail_regions
    }

    /// The instant at which conditions and ages are evaluated.
    #[must_use]
    pub fn at(&self) -> Timestamp {
        self.at
    }

    /// The organization, if the snapshot has one.
    #[must_use]
    pub fn organization(&self) -> Option<&Organization> {
        self.organization.as_ref()
    }

    /// Its SCPs and RCPs with their sizes and targets, if the snapshot has an organization.
    #[must_use]
    pub fn organization_policies(&self) -> Option<&OrganizationPolicies> {
        self.organization_policies.as_ref()
    }

    /// Users and groups of Identity Center, and the roles that they may enter; `None` if Identity Center was not read.
    #[must_use]
    pub fn people(&self) -> Option<&People> {
        self.people.as_ref()
    }

    /// Why it is not known whom the account access manager lets in, where Identity Center was not read; `None` where it lets in nobody.
    #[must_use]
    pub fn entitled_unread(&self) -> Option<GapIx> {
        self.entitled_unread
    }

    /// Why the organization may have accounts that are not listed: the account list is absent, cut off or impossible.
    #[must_use]
    pub fn unlisted(&self) -> Option<GapIx> {
        self.unlisted
    }

    /// Every listed account and how it ended.
    #[must_use]
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// All missing data, in the order of `GapIx`.
    #[must_use]
    pub fn gaps(&self) -> &[Gap] {
        self.gaps.as_slice()
    }

    /// All accounts, listed or with a file, ordered by id.
    #[must_use]
    pub fn accounts(&self) -> &[Account] {
        self.accounts.as_slice()
    }

    /// All accounts with their indexes.
    pub fn indexed_accounts(&self) -> impl Iterator<Item = (AccountIx, &Account)> {
        self.accounts.iter_indexed()
    }

    /// All users and roles, ordered by account, kind and name.
    #[must_use]
    pub fn principals(&self) -> &[Principal] {
        self.principals.as_slice()
    }

    /// What policies can tell of the users of a class, by number: of equal numbers they can tell the same.
    #[must_use]
    pub fn told_of_users(&self, class: ClassIx) -> u32 {
        self.told_of_users.get(&class).copied().unwrap_or_default()
    }

    /// The tests by which policies tell roles apart, beside what sessions carry.
    #[must_use]
    pub fn tests_of_roles(&self) -> &CallerTests {
        &self.tests_of_roles
    }

    /// All classes, ordered by account.
    #[must_use]
    pub fn classes(&self) -> &[Class] {
        self.classes.as_slice()
    }

    /// Indexes of all roles, in order.
    pub fn roles(&self) -> impl Iterator<Item = PrincipalIx> + '_ {
        self.principals_of_type(PrincipalType::Role)
    }

    /// True where an account has a role that Identity Center made.
    #[must_use]
    pub fn has_reserved_roles(&self) -> bool {
        let mut roles = self.roles().map(|role| self.principal(role));
        roles.any(|role| reserved(role.path(), role.name()).is_some())
    }

    /// Indexes of all users, in order.
    pub fn users(&self) -> impl Iterator<Item = PrincipalIx> + '_ {
        self.principals_of_type(PrincipalType::User)
    }

    fn principals_of_type(&self, kind: PrincipalType) -> impl Iterator<Item = PrincipalIx> + '_ {
        self.principals.iter_indexed().filter(move |(_, principal)| principal.kind() == kind).map(|(ix, _)| ix)
    }

    /// The account of an index.
    #[must_use]
    pub fn account(&self, ix: AccountIx) -> &Account {
        &self.accounts[ix]
    }

    /// The principal of an index.
    #[must_use]
    pub fn principal(&self, ix: PrincipalIx) -> &Principal {
        &self.principals[ix]
    }

    /// The class of an index.
    #[must_use]
    pub fn class(&self, ix: ClassIx) -> &Class {
        &self.classes[ix]
    }

    /// The policy of an index.
    #[must_use]
    pub fn policy(&self, ix: PolicyIx) -> &Policy {
        &self.policies[ix]
    }

    /// True if some trust policy allows setting a source identity: once set, it persists through role chaining.
    ///
    /// # Errors
    /// If no trust policy that was read does, the missing data of one that was not read.
    pub fn sets_source_identity(&self) -> Result<bool, GapIx> {
        self.sets_source_identity
    }

    /// Accounts whose copy of an AWS managed policy stands for that of other accounts, whose files lack it.
    #[must_use]
    pub fn lenders(&self) -> &BTreeSet<AccountId> {
        &self.lenders
    }

    /// The missing data of an index.
    #[must_use]
    pub fn gap(&self, ix: GapIx) -> &Gap {
        &self.gaps[ix]
    }

    /// Every distinct policy document that was read.
    pub fn policies(&self) -> impl Iterator<Item = &Policy> {
        self.policies.iter()
    }

    /// Number of distinct policy documents.
    #[must_use]
    pub fn policy_count(&self) -> usize {
        self.policies.len()
    }

    /// The path of an account as `aws:PrincipalOrgPaths` gives it: `o-x/r-y/ou-a/ou-b/`; `None` where it has none or it is not
    /// known.
    #[must_use]
    pub fn organization_path(&self, account: &Account) -> Option<String> {
        let organization = self.organization().filter(|_| account.is_member() && !account.units().is_empty())?;
        Some(format!("{}/{}/", organization.id, account.units().join("/")))
    }

    /// The principals of an account, in order.
    pub fn principals_of(&self, account: AccountIx) -> impl Iterator<Item = PrincipalIx> + use<> {
        self.account(account).principals.iter()
    }

    /// The classes of an account, in order.
    pub fn classes_of(&self, account: AccountIx) -> impl DoubleEndedIterator<Item = ClassIx> + use<> {
        self.account(account).classes.iter()
    }

    /// The account with this id, if it is listed or has a file.
    #[must_use]
    pub fn account_by_id(&self, id: AccountId) -> Option<AccountIx> {
        self.accounts.as_slice().binary_search_by_key(&id, Account::id).ok().map(AccountIx::new)
    }

    /// The principal that an IAM ARN names; path and letter case must match.
    #[must_use]
    pub fn principal_by_arn(&self, arn: &str) -> Option<PrincipalIx> {
        let parsed = Arn::parse(arn)?;
        let account = self.account_by_id(parsed.account_id()?)?;
        let (kind, name) = match parsed.named() {
            Named::User { name, .. } => (PrincipalType::User, name),
            Named::Role { name, .. } => (PrincipalType::Role, name),
            _ => return None,
        };
        let found = self.principal_by_name(account, kind, name)?;
        (self.arn(found) == arn).then_some(found)
    }

    /// The principal of this kind and exact name in an account.
    #[must_use]
    pub fn principal_by_name(&self, account: AccountIx, kind: PrincipalType, name: &str) -> Option<PrincipalIx> {
        let range = self.account(account).principals;
        let own = self.principals.slice(range);
        let at = own.binary_search_by(|p| (p.kind(), p.name()).cmp(&(kind, name))).ok()?;
        range.iter().nth(at)
    }

    /// The ARN of a principal, path included.
    #[must_use]
    pub fn arn(&self, ix: PrincipalIx) -> String {
        let principal = self.principal(ix);
        let account = self.account(principal.account());
        let kind = match principal.kind() {
            PrincipalType::User => "user",
            PrincipalType::Role => "role",
        };
        format!("arn:{}:iam::{}:{kind}{}{}", account.partition(), account.id(), principal.path(), principal.name())
    }
}
