//! Who may make the call of one kind of edge into one role: a superset, each of which is decided.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::graph::index::{Index, Whom};
use crate::graph::source::Source;
use crate::ids::{AccountId, AccountIx, ClassIx, PrincipalIx};
use crate::model::{Document, Estate, Presence};
use crate::policy::principal::PrincipalEntry;
use crate::policy::{Effect, Policy, Statement};

/// Candidates for one role, by how they are decided.
#[derive(Debug)]
pub(super) struct Candidates<'e> {
    pub(super) estate: &'e Estate,
    pub(super) index: &'e Index,
    pub(super) role: PrincipalIx,
    pub(super) arn: Arc<str>,
    /// Decided one by one, never as part of their class.
    pub(super) principals: BTreeSet<PrincipalIx>,
    /// Decided once for all members, where nothing in the policies for AssumeRole tells them apart.
    pub(super) classes: BTreeSet<ClassIx>,
    /// Accounts whose principals may call: all of them, or those with an Allow of their own. Where roles anywhere may, some of
    /// these accounts are there for their users alone.
    pub(super) accounts: BTreeMap<AccountIx, Whom>,
    /// Roles of other accounts may call, whichever it is: those with an Allow of their own.
    pub(super) roles_anywhere: bool,
    /// No principals of the estate.
    pub(super) others: BTreeSet<Source>,
}

impl<'e> Candidates<'e> {
    /// Nobody yet.
    pub(super) fn new(estate: &'e Estate, index: &'e Index, role: PrincipalIx, arn: &Arc<str>) -> Self {
        let arn = Arc::clone(arn);
        Self {
            estate,
            index,
            role,
            arn,
            principals: BTreeSet::new(),
            classes: BTreeSet::new(),
            accounts: BTreeMap::new(),
            roles_anywhere: false,
            others: BTreeSet::new(),
        }
    }

    /// Adds those of an account who hold an Allow.
    pub(super) fn add_holders(&mut self, account: AccountIx) {
        self.index.holders_in(account, &self.arn, &mut self.classes);
        self.accounts.entry(account).or_insert(Whom::Holders);
    }

    /// Adds those of any account who hold an Allow.
    pub(super) fn add_holders_anywhere(&mut self) {
        self.index.holders_alone(&self.arn, &mut self.classes);
        self.roles_anywhere = true;
        for account in self.index.accounts_of_users(&self.arn) {
            self.accounts.entry(account).or_insert(Whom::Holders);
        }
    }

    /// Adds everybody of an account.
    pub(super) fn add_everybody(&mut self, account: AccountIx) {
        let (estate, index) = (self.estate, self.index);
        self.classes.extend(estate.classes_of(account).filter(|class| !index.is_at_home(estate, *class)));
        self.accounts.insert(account, Whom::Everybody);
    }

    /// The trust policy of the role; `None` where it was not read, so that it may trust anybody.
    pub(super) fn trust(&self) -> Option<&'e Policy> {
        match self.estate.principal(self.role).role()?.trust {
            Document::Parsed(ix) => Some(self.estate.policy(ix)),
            Document::Missing(_) => None,
        }
    }

    /// Each Allow of the trust policy.
    pub(super) fn allows(&self) -> impl Iterator<Item = &'e Statement> + use<'e> {
        let statements = self.trust().into_iter().flat_map(|trust| &trust.statements);
        statements.filter(|s| s.effect == Effect::Allow)
    }

    /// Each Allow of the trust policy with each principal that it names.
    pub(super) fn allowed(&self) -> impl Iterator<Item = (&'e Statement, &'e PrincipalEntry)> + use<'e> {
        self.allows().flat_map(|s| {
            let clause = s.principal.iter().filter(|c| !c.negated);
            clause.flat_map(|c| &c.entries).map(move |entry| (s, entry))
        })
    }

    /// The account of the role.
    pub(super) fn account(&self) -> AccountIx {
        self.estate.principal(self.role).account()
    }

    /// True for accounts whose principals are all known.
    pub(super) fn is_collected(&self, id: AccountId) -> bool {
        let estate = self.estate;
        estate.account_by_id(id).is_some_and(|ix| *estate.account(ix).presence() == Presence::Collected)
    }
}
