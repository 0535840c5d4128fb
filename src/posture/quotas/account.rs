//! The rows of an account: itself, its users, roles, groups and managed policies.
//!
//! Owns: what counts against a quota. AWS writes and limits service-linked roles itself: they count among the roles of an account and have
//! no rows of their own. Policies of AWS are no account's.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::quota::{COUNT, Limit, OF_ACCOUNT, Quota, Quotas};
use super::row::{Row, Subject, Why};
use crate::facet::Facet;
use crate::ids::{AccountIx, GapIx, PrincipalIx};
use crate::model::{Account, Attached, CustomerPolicy, Document, Estate, Origin, Presence, PrincipalType};

/// Those that need authorization details.
const OF_DETAILS: [Quota; 10] = [
    Quota::GroupsPerUser,
    Quota::ManagedPoliciesPerUser,
    Quota::ManagedPoliciesPerRole,
    Quota::ManagedPoliciesPerGroup,
    Quota::InlineSizeOfUser,
    Quota::InlineSizeOfRole,
    Quota::InlineSizeOfGroup,
    Quota::TrustPolicySize,
    Quota::ManagedPolicySize,
    Quota::VersionsPerPolicy,
];

const OF_POLICIES: [Quota; 2] = [Quota::VersionsPerPolicy, Quota::ManagedPolicySize];

const OF_USERS: [Quota; 4] =
    [Quota::GroupsPerUser, Quota::ManagedPoliciesPerUser, Quota::InlineSizeOfUser, Quota::AccessKeysPerUser];
const OF_ROLES: [Quota; 3] = [Quota::ManagedPoliciesPerRole, Quota::InlineSizeOfRole, Quota::TrustPolicySize];

/// The limit that holds in an account.
pub(crate) fn limit_of(estate: &Estate, account: AccountIx, quota: Quota) -> Limit {
    quota.limit(estate.account(account).facts().summary.as_ref())
}

/// The groups that a user is in.
pub(crate) fn groups_of_user(estate: &Estate, user: PrincipalIx) -> Row {
    let summary = estate.account(estate.principal(user).account()).facts().summary.as_ref();
    groups(estate, user, Quota::GroupsPerUser.limit(summary))
}

fn groups(estate: &Estate, user: PrincipalIx, limit: Limit) -> Row {
    let principal = estate.principal(user);
    let used = if principal.knows_groups() {
        Ok(number(principal.groups().len()))
    } else {
        Err(Why::NotIn(Facet::AuthorizationDetails))
    };
    Row { quota: Quota::GroupsPerUser, subject: Subject::Principal(user), used, limit }
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// Tells `tell` every row of an account; rows of one subject come one after the other. An account that cannot be used, or was left out, has
/// none.
pub(super) fn rows(estate: &Estate, ix: AccountIx, wanted: Quotas, tell: &mut dyn FnMut(Row)) {
    let account = estate.account(ix);
    if matches!(account.presence(), Presence::Skipped(_) | Presence::LeftOut(_)) {
        return;
    }
    let summary = account.facts().summary.as_ref();
    let mut limits = [Quota::Users.default_limit(); COUNT];
    Quota::all().zip(&mut limits).for_each(|(quota, limit)| *limit = quota.limit(summary));
    let mut teller = Teller { estate, account, ix, wanted, limits, tell };
    OF_ACCOUNT.iter().for_each(|quota| teller.of_account(*quota));
    if let Some(gap) = account.presence().gap() {
        OF_DETAILS.iter().for_each(|quota| teller.tell(*quota, Subject::Account(ix), Err(Why::Gap(gap))));
    }
    teller.of_principals();
    teller.of_groups();
    teller.of_policies();
}

struct Teller<'a> {
    estate: &'a Estate,
    account: &'a Account,
    ix: AccountIx,
    wanted: Quotas,
    limits: [Limit; COUNT],
    tell: &'a mut dyn FnMut(Row),
}

impl<'a> Teller<'a> {
    fn tell(&mut self, quota: Quota, subject: Subject, used: Result<u32, Why>) {
        if let (true, Some(limit)) = (self.wanted.has(quota), self.limits.get(quota.place())) {
            (self.tell)(Row { quota, subject, used, limit: *limit });
        }
    }

    fn of_account(&mut self, quota: Quota) {
        if !self.wanted.has(quota) {
            return;
        }
        let facts = self.account.facts();
        let counted = quota.counted(facts.summary.as_ref());
        // how AWS counts is better known to AWS
        let used = counted.map_or_else(|| self.own_count(quota), Ok);
        self.tell(quota, Subject::Account(self.ix), used);
    }

    /// What is in the file, where no summary says it.
    fn own_count(&self, quota: Quota) -> Result<u32, Why> {
        let facts = self.account.facts();
        if quota.is_of_summary() {
            return Err(if facts.summary.is_some() { Why::NoEntry } else { Why::Unread(Facet::AccountSummary) });
        }
        let providers = |list: &Option<Vec<String>>| {
            list.as_ref().map(Vec::len).map(number).ok_or(Why::Unread(Facet::IdentityProviders))
        };
        match (quota, self.account.presence().gap()) {
            (Quota::OidcProviders, _) => providers(&facts.oidc_providers),
            (Quota::SamlProviders, _) => providers(&facts.saml_providers),
            (_, Some(gap)) => Err(Why::Gap(gap)),
            (Quota::Users, None) => Ok(self.principals_of(PrincipalType::User)),
            (Quota::Roles, None) => Ok(self.principals_of(PrincipalType::Role)),
            (Quota::Groups, None) => Ok(number(facts.groups.len())),
            (_, None) => {
                let list = facts.customer_policies.as_ref();
                list.map(|list| number(list.len())).ok_or(Why::Unread(Facet::AuthorizationDetails))
            }
        }
    }

    fn principals_of(&self, kind: PrincipalType) -> u32 {
        number(self.estate.principals_of(self.ix).filter(|ix| self.estate.principal(*ix).kind() == kind).count())
    }

    fn of_principals(&mut self) {
        let (users, roles) = (self.wanted.has_any(&OF_USERS), self.wanted.has_any(&OF_ROLES));
        if !users && !roles {
            return;
        }
        let keys = if self.wanted.has(Quota::AccessKeysPerUser) { self.keys() } else { Keys::NotWanted };
        if matches!(keys, Keys::Unread) {
            self.tell(Quota::AccessKeysPerUser, Subject::Account(self.ix), Err(Why::Unread(Facet::AccessKeys)));
        }
        for ix in self.estate.principals_of(self.ix) {
            let principal = self.estate.principal(ix);
            match principal.kind() {
                PrincipalType::User if users => self.of_user(ix, &keys),
                PrincipalType::Role if roles && !principal.is_service_linked() => self.of_role(ix),
                _ => {}
            }
        }
    }

    fn of_user(&mut self, ix: PrincipalIx, keys: &Keys<'_>) {
        let subject = Subject::Principal(ix);
        if self.wanted.has(Quota::GroupsPerUser)
            && let Some(limit) = self.limits.get(Quota::GroupsPerUser.place())
        {
            (self.tell)(groups(self.estate, ix, *limit));
        }
        let policies = Policies::new(self.estate, self.estate.class(self.estate.principal(ix).class()).policies());
        self.tell(Quota::ManagedPoliciesPerUser, subject, policies.managed);
        self.tell(Quota::InlineSizeOfUser, subject, policies.inline);
        if let Some(used) = keys.of(self.estate.principal(ix).name()) {
            self.tell(Quota::AccessKeysPerUser, subject, used);
        }
    }

    fn of_role(&mut self, ix: PrincipalIx) {
        let subject = Subject::Principal(ix);
        let principal = self.estate.principal(ix);
        let policies = Policies::new(self.estate, self.estate.class(principal.class()).policies());
        self.tell(Quota::ManagedPoliciesPerRole, subject, policies.managed);
        self.tell(Quota::InlineSizeOfRole, subject, policies.inline);
        if let Some(role) = principal.role() {
            self.tell(Quota::TrustPolicySize, subject, size(self.estate, role.trust));
        }
    }

    fn of_groups(&mut self) {
        for (at, group) in self.account.facts().groups.iter().enumerate() {
            let policies = Policies::new(self.estate, &group.policies);
            let subject = Subject::Group(self.ix, at);
            self.tell(Quota::ManagedPoliciesPerGroup, subject, policies.managed);
            self.tell(Quota::InlineSizeOfGroup, subject, policies.inline);
        }
    }

    fn of_policies(&mut self) {
        if !self.wanted.has_any(&OF_POLICIES) {
            return;
        }
        let missing = self.unlisted_policies().into_iter().map(Why::Gap);
        let no_list = self.account.facts().customer_policies.is_none() && self.account.presence().gap().is_none();
        let no_list = no_list.then_some(Why::Unread(Facet::AuthorizationDetails));
        for why in missing.chain(no_list) {
            OF_POLICIES.iter().for_each(|quota| self.tell(*quota, Subject::Account(self.ix), Err(why)));
        }
        let unread = Why::NotIn(Facet::AuthorizationDetails);
        for (at, policy) in self.account.facts().customer_policies.iter().flatten().enumerate() {
            let subject = Subject::CustomerPolicy(self.ix, at);
            self.tell(Quota::VersionsPerPolicy, subject, policy.versions.ok_or(unread));
            self.tell(Quota::ManagedPolicySize, subject, policy.size.ok_or(unread));
        }
    }

    /// Why managed policies of the account that somebody has, or is limited by, are not in its list.
    fn unlisted_policies(&self) -> BTreeSet<GapIx> {
        let listed: HashSet<&str> =
            self.account.facts().customer_policies.iter().flatten().map(CustomerPolicy::name).collect();
        let of_classes = self.estate.classes_of(self.ix).map(|class| self.estate.class(class));
        let of_classes = of_classes.flat_map(|class| class.policies().iter().chain(class.boundary()));
        let of_groups = self.account.facts().groups.iter().flat_map(|group| &group.policies);
        let is_own = |attached: &&Attached| {
            attached.origin == Origin::Managed && !attached.is_aws_managed && !attached.stands_for_unread()
        };
        let own = of_classes.chain(of_groups).filter(is_own).filter(|attached| !listed.contains(&*attached.name));
        own.filter_map(|attached| attached.document.gap()).collect()
    }

    /// Lists of keys say most; the credential report has two slots for each user, and a key that is not active has a date.
    fn keys(&self) -> Keys<'a> {
        let facts = self.account.facts();
        if let Some(keys) = &facts.access_keys {
            let of_user = keys.chunk_by(|a, b| a.user_name == b.user_name);
            let counted = of_user.filter_map(|keys| Some((keys.first()?.user_name.as_str(), number(keys.len()))));
            return Keys::Listed(counted.collect());
        }
        let Some(report) = &facts.credential_report else { return Keys::Unread };
        let exists = |key: &&crate::snapshot::credential_report::AccessKeyCells| {
            key.active.is_true() || key.last_rotated.value().is_some()
        };
        let count = |keys: &[_]| number(keys.iter().filter(exists).count());
        Keys::Reported(report.users().map(|row| (&*row.user, count(&row.access_keys))).collect())
    }
}

/// Access keys by user name.
enum Keys<'a> {
    NotWanted,
    Unread,
    /// Users without a key are not in it.
    Listed(HashMap<&'a str, u32>),
    /// Every user that existed then is in it.
    Reported(HashMap<&'a str, u32>),
}

impl Keys<'_> {
    /// Nothing where the account as a whole is unknown.
    fn of(&self, name: &str) -> Option<Result<u32, Why>> {
        match self {
            Self::NotWanted | Self::Unread => None,
            Self::Listed(keys) => Some(Ok(keys.get(name).copied().unwrap_or_default())),
            Self::Reported(keys) => Some(keys.get(name).copied().ok_or(Why::NotIn(Facet::CredentialReport))),
        }
    }
}

/// How many managed policies are attached to a principal or group itself, and the size of its inline policies.
struct Policies {
    managed: Result<u32, Why>,
    inline: Result<u32, Why>,
}

impl Policies {
    fn new(estate: &Estate, attached: &[Attached]) -> Self {
        let mut policies = Self { managed: Ok(0), inline: Ok(0) };
        for one in attached {
            match one.origin {
                Origin::GroupInline(_) | Origin::GroupManaged(_) => {}
                Origin::Managed => policies.managed = policies.managed.map(|count| count.saturating_add(1)),
                Origin::Inline => {
                    let more = size(estate, one.document);
                    policies.inline = policies.inline.and_then(|sum| Ok(sum.saturating_add(more?)));
                    if let (true, Err(why)) = (one.stands_for_unread(), more) {
                        policies.managed = Err(why);
                    }
                }
            }
        }
        policies
    }
}

fn size(estate: &Estate, document: Document) -> Result<u32, Why> {
    match document {
        Document::Parsed(ix) => Ok(estate.policy(ix).size),
        Document::Missing(gap) => Err(Why::Gap(gap)),
    }
}
