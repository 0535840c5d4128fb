//! Ways into accounts through AWS's services for people: whoever administers them lets itself in.
//!
//! Owns: into which roles these ways lead, and which names their actions have there. They start where the service is administered and lead
//! into member accounts: roles of the management account need permissions of IAM besides, and are left out. Does not know who the people are
//! that act for a caller.
//! Source: AWS IAM Identity Center User Guide, "Delegated administration" and "Manage AWS accounts with permission sets"; IAM Identity Center
//! API Reference, `CreateAccountAssignment` (it provisions the permission set); AWS IAM User Guide, "Prepare IAM roles" (account access manager).

use super::made::Named;
use super::provider::{lets_in, saml_of};
use super::service;
use super::table::{Opens, WayIx};
use crate::arn::Arn;
use crate::eval::{Trace, Truth, Unclear};
use crate::ids::{AccountIx, PrincipalIx};
use crate::model::people::{Assignee, Grant, reserved};
use crate::model::{Account, Estate, People};

/// The account access manager, which makes sessions for whoever is entitled to a role.
pub(crate) const ACCOUNT_ACCESS: &str = "account-access.amazonaws.com";

/// Services by which people get into accounts.
const OF_ACCESS: [&str; 2] = ["sso.amazonaws.com", ACCOUNT_ACCESS];

/// How a role is opened to somebody.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Opening {
    /// What stands in the actions.
    pub(super) names: Named,
    /// ARN of the application that makes the sessions, where the account access manager does.
    application: Option<Box<str>>,
    /// False where names were not read.
    is_read: bool,
}

/// True for the management account, and where such a service is administered for it; `None` where that was not read.
pub(crate) fn administers(estate: &Estate, account: AccountIx) -> Option<bool> {
    administers_some(estate, account, &OF_ACCESS)
}

/// The same of some of these services.
fn administers_some(estate: &Estate, account: AccountIx, services: &[&str]) -> Option<bool> {
    let of = estate.account(account);
    let Some(organization) = estate.organization().filter(|of| of.all_features) else {
        return Some(of.is_management());
    };
    if of.is_management() || !of.is_member() {
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
    let service = way.way().service.as_deref().unwrap_or_default();
    let is_led = into.is_member() && !into.is_management();
    if !is_led || administers_some(estate, from, &[service]) != Some(true) {
        return Vec::new();
    }
    openings(estate, opens, role, estate.account(from))
}

/// True for roles into which such ways may lead.
pub(super) fn may_be_opened(estate: &Estate, role: PrincipalIx) -> bool {
    is_of_identity_center(estate, role) || service::is_named(estate, role, ACCOUNT_ACCESS)
}

/// Whether the service may make sessions of a role for whomever somebody lets in; what was met is recorded.
pub(super) fn admits(
    estate: &Estate,
    by: PrincipalIx,
    opening: &Opening,
    role: PrincipalIx,
    trace: &mut Trace,
) -> Truth {
    let why = "which permission sets, groups and entitlements there are was not read";
    let known = if opening.is_read { Truth::True } else { Truth::unclear(Unclear::Undocumented(why.into())) };
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
    let Some(people) = estate.people() else { return vec![Opening::default()] };
    let is_of_set = is_of_identity_center(estate, role);
    let found = match opens {
        Opens::PermissionSet if is_of_set => sets(estate, people, role),
        Opens::Entitlement if !is_of_set => applications(people, from),
        Opens::Group => groups(people, role),
        Opens::PermissionSet | Opens::Entitlement => Vec::new(),
    };
    let mut distinct: Vec<Opening> = Vec::new();
    found.into_iter().for_each(|opening| {
        if !distinct.contains(&opening) {
            distinct.push(opening);
        }
    });
    distinct
}

/// The permission set that a role was made of; not read where that is in doubt.
fn sets(estate: &Estate, people: &People, role: PrincipalIx) -> Vec<Opening> {
    let principal = estate.principal(role);
    let Some(own) = reserved(principal.path(), principal.name()) else { return Vec::new() };
    let into = estate.account(principal.account()).id().to_string();
    let of = |arn: &str| {
        let (instance, set) = arn.split_once("/ssoins-")?.1.split_once("/ps-")?;
        Some(Opening::of([("instance", instance), ("set", set), ("target", &into)]))
    };
    let named = people.permission_sets().filter(|(_, set)| set.name() == own.set);
    let found: Vec<Opening> = named.map(|(_, set)| of(set.arn()).unwrap_or_default()).collect();
    let is_unread = || people.entrance(role).is_none_or(|entrance| !entrance.unread().is_empty());
    if found.is_empty() && is_unread() { vec![Opening::default()] } else { found }
}

/// The groups that are assigned the permission set of a role, or entitled to the role.
fn groups(people: &People, role: PrincipalIx) -> Vec<Opening> {
    let of = |assignee: &Assignee, application: Option<&str>| {
        let Assignee::Group(group) = assignee else { return None };
        let group = people.group(*group);
        let store = people.instance(group.instance()).identity_store().strip_prefix("d-");
        let opening =
            store.map_or_else(Opening::default, |store| Opening::of([("group", group.id()), ("store", store)]));
        Some(Opening { application: application.map(Into::into), ..opening })
    };
    let entitled = people.entitled(role).iter().map(|ix| people.entitlement(*ix));
    let entitled = entitled.filter_map(|own| match own.grant() {
        Grant::Role { assignee, .. } => of(assignee, Some(own.application())),
        Grant::Unknown(_) => None,
    });
    people.assigned(role).filter_map(|own| of(own.assignee(), None)).chain(entitled).collect()
}

/// The applications of the account access manager in an account; not read where none is known.
fn applications(people: &People, from: &Account) -> Vec<Opening> {
    let of = |arn: &str| {
        let parsed = Arn::parse(arn).filter(|arn| arn.account_id() == Some(from.id()))?;
        let id = parsed.resource.strip_prefix("application/")?;
        let opening = Opening::of([("application", id), (REGION, parsed.region)]);
        Some(Opening { application: Some(arn.into()), ..opening })
    };
    let found: Vec<Opening> = people.entitlements().filter_map(|(_, own)| of(own.application())).collect();
    if found.is_empty() { vec![Opening::default()] } else { found }
}

/// Where an application is.
pub(super) const REGION: &str = "region";

impl Opening {
    fn of<const N: usize>(names: [(&'static str, &str); N]) -> Self {
        let names = names.into_iter().map(|(place, name)| (place, name.into())).collect();
        Self { names, application: None, is_read: true }
    }
}

fn is_of_identity_center(estate: &Estate, role: PrincipalIx) -> bool {
    let principal = estate.principal(role);
    reserved(principal.path(), principal.name()).is_some()
}

/// Where the trust policy names none, or was not read: the evaluator says what that means.
fn made_up_provider(estate: &Estate, role: PrincipalIx) -> String {
    let account = estate.account(estate.principal(role).account());
    format!("arn:{}:iam::{}:saml-provider/AWSSSO_0000000000000000_DO_NOT_DELETE", account.partition(), account.id())
}
