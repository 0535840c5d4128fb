//! Ways into accounts through AWS's services for people: whoever administers them lets itself in.
//!
//! Owns: into which roles these ways lead, and which names their actions have there. They start where the service is administered and lead
//! into member accounts: roles of the management account need permissions of IAM besides, and are left out. Does not know who the people are
//! that act for a caller.
//! Source: AWS IAM Identity Center User Guide, "Delegated administration" and "Manage AWS accounts with permission sets"; IAM Identity Center
//! API Reference, `CreateAccountAssignment` (it provisions the permission set); AWS IAM User Guide, "Prepare IAM roles" (account access manager).

use std::collections::BTreeSet;

use super::made::Named;
use super::provider::{lets_in, saml_of};
use super::service;
use super::table::{Opens, WayIx};
use crate::arn::Arn;
use crate::eval::{Trace, Truth, Unclear};
use crate::ids::{AccountId, AccountIx, PrincipalIx};
use crate::model::people::{Assignee, Entitlement, Grant, reserved};
use crate::model::{Account, Document, Estate, People};

/// The account access manager, which makes sessions for whoever is entitled to a role.
pub(crate) const ACCOUNT_ACCESS: &str = "account-access.amazonaws.com";

/// Services by which people get into accounts.
const OF_ACCESS: [&str; 2] = ["sso.amazonaws.com", ACCOUNT_ACCESS];

/// How a role is opened to somebody.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Opening {
    /// What stands in the actions.
    pub(super) names: Named,
    /// ARN of the application that makes the sessions, where the account access manager does.
    application: Option<Box<str>>,
    /// False where names were not read.
    is_read: bool,
}

/// True for the management account, and where such a service is administered for it; `None` where that was not read.
pub(super) fn administers(estate: &Estate, account: AccountIx) -> Option<bool> {
    administers_some(estate, account, &OF_ACCESS)
}

/// The same of the service of a way.
pub(crate) fn administers_for(estate: &Estate, account: AccountIx, way: WayIx) -> Option<bool> {
    administers_some(estate, account, &[way.way().service.as_deref().unwrap_or_default()])
}

/// The same of some of these services.
fn administers_some(estate: &Estate, account: AccountIx, services: &[&str]) -> Option<bool> {
    let of = estate.account(account);
    let Some(organization) = estate.organization().filter(|of| of.all_features) else {
        return Some(of.is_management());
    };
    // who administers something for an organization is a member of it, whether its list of accounts was read or not
    let may_be_member = of.is_member() || of.membership_gap().is_some();
    if of.is_management() || !may_be_member {
        return Some(of.is_management());
    }
    let own: Vec<_> =
        organization.delegated.as_ref()?.iter().filter(|delegated| delegated.account == of.id()).collect();
    let is_named = |name: &String| services.contains(&name.as_str());
    let known = own.iter().filter_map(|own| own.services.as_ref());
    match known.flatten().any(is_named) {
        true => Some(true),
        false => own.iter().all(|own| own.services.is_some()).then_some(false),
    }
}

/// How a principal may let itself into a role on a way.
pub(super) fn openings_by(estate: &Estate, by: PrincipalIx, way: WayIx, role: PrincipalIx) -> Vec<Opening> {
    let Some(opens) = way.way().opens else { return Vec::new() };
    let (from, into) = (estate.principal(by).account(), estate.account(estate.principal(role).account()));
    let is_led = into.is_member() && !into.is_management();
    if !is_led || administers_for(estate, from, way) != Some(true) {
        return Vec::new();
    }
    openings(estate, opens, role, estate.account(from))
}

/// How somebody of an account may let itself in on a way, whatever role that is; not at all where the service is not administered.
pub(super) fn openings_from(estate: &Estate, from: AccountIx, way: WayIx) -> Vec<Opening> {
    // most accounts: the groups of an organization are not gone through for each of them
    if administers_for(estate, from, way) == Some(false) {
        return Vec::new();
    }
    let (any, from) = (Opening::owned(estate, None), estate.account(from));
    let found = match (way.way().opens, estate.people()) {
        (Some(Opens::Group), Some(people)) => all_groups(estate, people),
        (Some(Opens::Entitlement), Some(people)) => applications(estate, people, from),
        // which sets and accounts there are does not matter where a set is made, or nobody read it
        _ => return vec![any],
    };
    distinct(found)
}

/// True for roles into which such ways may lead.
pub(super) fn may_be_opened(estate: &Estate, role: PrincipalIx) -> bool {
    is_of_identity_center(estate, role) || service::is_named(estate, role, ACCOUNT_ACCESS)
}

/// Whether somebody may be entitled to a role: one lets the account access manager in, or its trust policy was not read.
pub(crate) fn may_be_entitled(estate: &Estate) -> bool {
    estate.roles().any(|role| match estate.principal(role).role().map(|facts| facts.trust) {
        Some(Document::Missing(_)) => true,
        _ => service::is_named(estate, role, ACCOUNT_ACCESS),
    })
}

/// Whether the service may make sessions of a role for whomever somebody lets in; what was met is recorded.
pub(super) fn admits(
    estate: &Estate,
    by: PrincipalIx,
    opening: &Opening,
    role: PrincipalIx,
    trace: &mut Trace,
) -> Truth {
    let known = opening.is_known();
    if is_of_identity_center(estate, role) {
        let provider =
            saml_of(estate, role).first().map_or_else(|| made_up_provider(estate, role), |arn| (*arn).into());
        return known.and(lets_in(estate, role, &provider, trace));
    }
    let application = opening.application.as_deref();
    let owner = application.and_then(Arn::parse).and_then(|arn| arn.account_id());
    let account = owner.and_then(|id| estate.account_by_id(id)).unwrap_or(estate.principal(by).account());
    known.and(service::lets_in_people(estate, role, ACCOUNT_ACCESS, account, application, trace))
}

/// How a role is opened; nothing where there is no such thing.
fn openings(estate: &Estate, opens: Opens, role: PrincipalIx, from: &Account) -> Vec<Opening> {
    let Some(people) = estate.people() else { return vec![Opening::unread(estate)] };
    let is_of_set = is_of_identity_center(estate, role);
    let found = match opens {
        Opens::PermissionSet if is_of_set => sets(estate, people, role),
        Opens::Entitlement if !is_of_set => applications(estate, people, from),
        Opens::Group => groups(estate, people, role),
        Opens::PermissionSet | Opens::Entitlement => Vec::new(),
    };
    distinct(found)
}

/// Each once; what was not read last.
fn distinct(found: Vec<Opening>) -> Vec<Opening> {
    let mut seen = BTreeSet::new();
    let (mut read, unread): (Vec<Opening>, _) = found.into_iter().partition(|opening| opening.is_read);
    read.extend(unread);
    read.retain(|opening| seen.insert(opening.clone()));
    read
}

/// The permission set that a role was made of; not read where that is in doubt.
fn sets(estate: &Estate, people: &People, role: PrincipalIx) -> Vec<Opening> {
    let principal = estate.principal(role);
    let Some(own) = reserved(principal.path(), principal.name()) else { return Vec::new() };
    let into = estate.account(principal.account()).id().to_string();
    let of = |arn: &str| {
        let (instance, set) = arn.split_once("/ssoins-")?.1.split_once("/ps-")?;
        Some(Opening::owned(estate, None).with([("instance", instance), ("set", set), ("target", &into)]))
    };
    let named = people.permission_sets().filter(|(_, set)| set.name() == own.set);
    let found: Vec<Opening> = named.map(|(_, set)| of(set.arn()).unwrap_or_else(|| Opening::unread(estate))).collect();
    if found.is_empty() && may_be_assigned(people, role) { vec![Opening::unread(estate)] } else { found }
}

/// Whether a role may have assignments that were not read.
fn may_be_assigned(people: &People, role: PrincipalIx) -> bool {
    people.entrance(role).is_none_or(|entrance| !entrance.unread().is_empty())
}

/// The groups that are assigned the permission set of a role, or entitled to the role.
fn groups(estate: &Estate, people: &People, role: PrincipalIx) -> Vec<Opening> {
    let entitled = people.entitled(role).iter().map(|ix| people.entitlement(*ix));
    let entitled = entitled.filter_map(|own| entitled_group(estate, people, own));
    let assigned = people.assigned(role).filter_map(|own| group(estate, people, own.assignee()));
    let mut found: Vec<Opening> = assigned.chain(entitled).collect();
    let is_unread = match is_of_identity_center(estate, role) {
        true => may_be_assigned(people, role),
        false => !people.entitlements_unread().is_empty(),
    };
    found.extend(is_unread.then(|| Opening::unread(estate)));
    found
}

/// The groups that are assigned something anywhere, or entitled to some role.
fn all_groups(estate: &Estate, people: &People) -> Vec<Opening> {
    let assigned = people.assignments().filter_map(|(_, own)| group(estate, people, own.assignee()));
    let entitled = people.entitlements().filter_map(|(_, own)| entitled_group(estate, people, own));
    let mut found: Vec<Opening> = assigned.chain(entitled).collect();
    let is_unread = people.entrances().any(|(_, entrance)| !entrance.unread().is_empty())
        // where no role lets the account access manager in, entitlements lead nowhere
        || !people.entitlements_unread().is_empty() && may_be_entitled(estate);
    found.extend(is_unread.then(|| Opening::unread(estate)));
    found
}

/// Membership in a group.
fn group(estate: &Estate, people: &People, assignee: &Assignee) -> Option<Opening> {
    let Assignee::Group(group) = assignee else { return None };
    let group = people.group(*group);
    let instance = people.instance(group.instance());
    let opening = Opening::owned(estate, instance.owner());
    Some(match instance.identity_store().strip_prefix("d-") {
        Some(store) => opening.with([("group", group.id()), ("store", store)]),
        None => Opening { is_read: false, ..opening },
    })
}

/// Membership in a group that is entitled to a role.
fn entitled_group(estate: &Estate, people: &People, entitlement: &Entitlement) -> Option<Opening> {
    let Grant::Role { assignee, .. } = entitlement.grant() else { return None };
    let opening = group(estate, people, assignee)?;
    Some(Opening { application: Some(entitlement.application().into()), ..opening })
}

/// The applications of the account access manager in an account; not read where that is in doubt.
fn applications(estate: &Estate, people: &People, from: &Account) -> Vec<Opening> {
    let Some(all) = people.applications() else { return vec![Opening::unread(estate)] };
    let of = |arn: &str| {
        let parsed = Arn::parse(arn).filter(|arn| arn.account_id() == Some(from.id()))?;
        let id = parsed.resource.strip_prefix("application/")?;
        let opening = Opening::owned(estate, None).with([("application", id), (REGION, parsed.region)]);
        Some(Opening { application: Some(arn.into()), ..opening })
    };
    let found: Vec<Opening> = all.iter().filter_map(|arn| of(arn)).collect();
    // one account lists its own: those of a delegated administrator may be in no list
    let is_known = !found.is_empty() || all.is_empty() || from.is_management();
    if is_known { found } else { vec![Opening::unread(estate)] }
}

/// Where an application is.
pub(super) const REGION: &str = "region";

impl Opening {
    /// By something of an instance of Identity Center that an account owns: of the organization's own, where that was not read.
    fn owned(estate: &Estate, owner: Option<AccountId>) -> Self {
        let management = || estate.accounts().iter().find(|account| account.is_management()).map(Account::id);
        let owner = owner.or_else(management).map(|id| ("owner", id.to_string().into()));
        Self { names: owner.into_iter().collect(), application: None, is_read: true }
    }

    /// By something that may be there.
    fn unread(estate: &Estate) -> Self {
        Self { is_read: false, ..Self::owned(estate, None) }
    }

    fn with<const N: usize>(mut self, names: [(&'static str, &str); N]) -> Self {
        self.names.extend(names.into_iter().map(|(place, name)| (place, name.into())));
        self
    }

    /// Whether what it is about is known to be there.
    pub(super) fn is_known(&self) -> Truth {
        let why = "which permission sets, groups and entitlements there are was not read";
        if self.is_read { Truth::True } else { Truth::unclear(Unclear::Undocumented(why.into())) }
    }
}

fn is_of_identity_center(estate: &Estate, role: PrincipalIx) -> bool {
    let principal = estate.principal(role);
    reserved(principal.path(), principal.name()).is_some()
}

/// Where the trust policy names none, or was not read: the evaluator says what that means.
pub(super) fn made_up_provider(estate: &Estate, role: PrincipalIx) -> String {
    let account = estate.account(estate.principal(role).account());
    format!("arn:{}:iam::{}:saml-provider/AWSSSO_0000000000000000_DO_NOT_DELETE", account.partition(), account.id())
}
