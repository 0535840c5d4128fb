//! Rules about the accounts of an organization: who is in it, where they stand, and what limits them.
//!
//! Owns: what is judged of the organization as a whole, once, by its management account.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::ids::{AccountId, AccountIx};
use crate::model::{Account, Organization, OwnPolicy, Presence};
use crate::posture::guarded::{denies_linked_roles_alone, idle_lists, is_guarded, is_in_some_regions};
use crate::rules::context::Context;
use crate::rules::judge::{Data, Judge};
use crate::rules::outcome::{Found, Outcome, some_of};
use crate::rules::rule::{NoParameters, Row, Rule, card_file};
use crate::selection::Selector;
use crate::snapshot::ou_path;
use crate::wildcard;

pub(in crate::rules) const RULES: &[&dyn Rule] = &[
    &Row::new(card_file!("organization/account-outside-organization"), Judge::Account(account_outside_organization)),
    &Row::new(
        card_file!("organization/organization-without-all-features"),
        Judge::Account(organization_without_all_features),
    )
    .of_organization(about_features),
    &Row::new(
        card_file!("organization/delegated-administrator-not-approved"),
        Judge::Account(delegated_administrator_not_approved),
    )
    .of_organization(about_delegations),
    &Row::new(card_file!("organization/ou-without-guardrail"), Judge::Account(ou_without_guardrail))
        .of_organization(about_guardrails),
    &Row::new(card_file!("organization/guardrail-without-effect"), Judge::Account(guardrail_without_effect))
        .of_organization(about_targets),
    &Row::new(card_file!("organization/regions-not-restricted"), Judge::Account(regions_not_restricted))
        .of_organization(about_some_guardrails),
    &Row::new(card_file!("organization/account-in-wrong-ou"), Judge::Account(account_in_wrong_ou)),
    &Row::new(card_file!("organization/account-in-root"), Judge::Account(account_in_root)).of_organization(about_tree),
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Outside {
    allowed_accounts: BTreeSet<AccountId>,
}

/// An account that was collected and is in no organization, or in another one.
fn account_outside_organization(cx: &Context<'_>, allowed: &Outside, ix: AccountIx, outcome: &mut Outcome) {
    let account = cx.estate.account(ix);
    if allowed.allowed_accounts.contains(&account.id()) {
        outcome.not_applicable();
    } else if let Some(gap) = account.membership_gap() {
        outcome.unknown_because(&[cx.reason(gap)].into());
    } else if !account.is_member() {
        outcome.found(Found::saying("the account is not in the organization"));
    }
}

/// What a rule about the organization is judged by: its management account, if there is one that is listed.
fn organization<'a>(cx: &Context<'a>, ix: AccountIx) -> Option<&'a Organization> {
    cx.estate.organization().filter(|_| cx.estate.account(ix).is_management())
}

fn data(read: Option<bool>) -> Data {
    match read {
        Some(true) => Data::Read,
        Some(false) => Data::Unread,
        None => Data::NotApplicable,
    }
}

/// Member accounts that can be used, the management account left out.
fn members<'a>(cx: &Context<'a>) -> impl Iterator<Item = &'a Account> {
    let members = cx.estate.accounts().iter().filter(|account| account.is_member() && !account.is_management());
    members.filter(|account| !matches!(account.presence(), Presence::Skipped(_)))
}

/// Whether there are members, as far as the list of accounts was read.
fn may_have_members(cx: &Context<'_>) -> bool {
    cx.estate.unlisted().is_some() || members(cx).next().is_some()
}

/// False where the list of accounts names no member because it was not read.
fn may_judge_members(cx: &Context<'_>) -> bool {
    cx.estate.unlisted().is_none() || members(cx).next().is_some()
}

fn about_features(cx: &Context<'_>, ix: AccountIx) -> Data {
    data(organization(cx, ix).map(|organization| organization.knows_features))
}

/// An organization that can have no SCP, no RCP and no central management.
fn organization_without_all_features(cx: &Context<'_>, _: &NoParameters, _: AccountIx, outcome: &mut Outcome) {
    if cx.estate.organization().is_some_and(|organization| !organization.all_features) {
        outcome.found(Found::saying("the organization has consolidated billing only"));
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Delegation {
    /// Globs of service principals.
    services: Vec<String>,
    approved_accounts: BTreeSet<AccountId>,
}

fn about_delegations(cx: &Context<'_>, ix: AccountIx) -> Data {
    data(organization(cx, ix).filter(|of| of.all_features).map(|organization| organization.delegated.is_some()))
}

/// Accounts that administer a powerful service for all others, and that nobody has said to be meant for it.
fn delegated_administrator_not_approved(cx: &Context<'_>, of: &Delegation, _: AccountIx, outcome: &mut Outcome) {
    let delegated = cx.estate.organization().and_then(|organization| organization.delegated.as_ref());
    for administrator in delegated.into_iter().flatten() {
        let id = administrator.account;
        if of.approved_accounts.contains(&id) {
            continue;
        }
        let name = cx.estate.account_by_id(id).map_or_else(|| id.to_string(), |ix| cx.account_name(ix));
        let Some(services) = &administrator.services else {
            outcome.unknown_part(&id.to_string(), format!("what is delegated to {name} was not read"));
            continue;
        };
        let powerful = |service: &&String| of.services.iter().any(|glob| wildcard::matches(glob, service));
        let services: Vec<String> = services.iter().filter(powerful).map(|service| format!("`{service}`")).collect();
        if !services.is_empty() {
            let message = format!("account {name} ({id}) is delegated administrator of {}", some_of(&services));
            outcome.found(Found::of(id.to_string(), message, Vec::new()));
        }
    }
}

/// Without all features there are no guardrails, which is for `organization-without-all-features` to tell.
fn about_guardrails(cx: &Context<'_>, ix: AccountIx) -> Data {
    let organization = organization(cx, ix).filter(|of| of.all_features && may_have_members(cx));
    data(
        organization
            .map(|_| may_judge_members(cx) && members(cx).all(|account| is_guarded(cx.estate, account).is_some())),
    )
}

/// As [`about_guardrails`], where each account is judged by itself.
fn about_some_guardrails(cx: &Context<'_>, ix: AccountIx) -> Data {
    let organization = organization(cx, ix).filter(|of| of.all_features && may_have_members(cx));
    data(
        organization
            .map(|_| may_judge_members(cx) && members(cx).any(|account| is_guarded(cx.estate, account).is_some())),
    )
}

/// Parts of the tree whose accounts no guardrail limits: each part once, where it begins.
fn ou_without_guardrail(cx: &Context<'_>, _: &NoParameters, _: AccountIx, outcome: &mut Outcome) {
    let unguarded = |account: &Account| is_guarded(cx.estate, account) == Some(false);
    // of each root and OU, whether some account below it is limited
    let mut limited = BTreeMap::<&str, bool>::new();
    for account in members(cx) {
        for unit in account.units() {
            *limited.entry(unit).or_default() |= !unguarded(account);
        }
    }
    // by the first OU of which all accounts are unguarded; the account itself if there is none
    let mut parts = BTreeMap::<String, (String, usize)>::new();
    for account in members(cx).filter(|account| unguarded(account)) {
        let at = account.units().iter().position(|unit| limited.get(unit.as_str()) == Some(&false));
        let (id, shown) = match at.and_then(|at| account.units().get(at).map(|unit| (at, unit))) {
            Some((0, unit)) => (unit.clone(), "the root".to_owned()),
            Some((at, unit)) => {
                (unit.clone(), format!("OU {}", ou_path::shown(account.unit_names().get(..at).unwrap_or_default())))
            }
            None => (account.id().to_string(), format!("account {}", account.shown())),
        };
        parts.entry(id).or_insert((shown, 0)).1 += 1;
    }
    for (id, (shown, count)) in parts {
        let accounts = if count == 1 { "1 account".to_owned() } else { format!("{count} accounts") };
        let message = if shown.starts_with("account ") {
            format!("no SCP or RCP limits {shown}")
        } else {
            format!("no SCP or RCP limits {accounts} under {shown}")
        };
        outcome.found(Found::of(id, message, Vec::new()));
    }
}

fn about_targets(cx: &Context<'_>, ix: AccountIx) -> Data {
    let policies = cx.estate.organization_policies();
    let read = policies.is_some_and(|all| all.scps_unread.is_none() && all.rcps_unread.is_none());
    data(organization(cx, ix).filter(|of| of.all_features).map(|_| read))
}

/// SCPs and RCPs that are attached to the management account alone, deny something to service-linked roles alone, or list what is allowed
/// where everything is: none of these limits anybody.
fn guardrail_without_effect(cx: &Context<'_>, _: &NoParameters, ix: AccountIx, outcome: &mut Outcome) {
    let management = cx.estate.account(ix).id().to_string();
    let idle = idle_lists(cx.estate, members(cx));
    for guardrail in cx.estate.organization_policies().into_iter().flat_map(|all| &all.own) {
        let kind = if guardrail.is_rcp { "RCP" } else { "SCP" };
        let why = match guardrail.document {
            _ if is_of_one(guardrail, &management) => {
                "is attached to the management account alone, which it does not limit"
            }
            Some(document) if denies_linked_roles_alone(cx.estate.policy(document)) => {
                "denies something to service-linked roles alone, which it does not limit"
            }
            Some(document) if !guardrail.is_rcp && idle.contains(&document) => {
                "only allows, and stands beside an SCP that allows everything wherever it is attached"
            }
            Some(_) => continue,
            None => {
                let why = format!("cannot be judged: the content of {kind} `{}` was not read", guardrail.name);
                outcome.unknown_part(&guardrail.arn, why);
                continue;
            }
        };
        outcome.found(Found::of(&guardrail.arn, format!("{kind} `{}` {why}", guardrail.name), Vec::new()));
    }
}

/// Whether a policy is attached to one account and nowhere else.
fn is_of_one(guardrail: &OwnPolicy, account: &str) -> bool {
    let targets = guardrail.targets.as_ref();
    targets.is_some_and(|targets| !targets.is_empty() && targets.iter().all(|target| target == account))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct InRoot {
    allowed_accounts: BTreeSet<AccountId>,
}

fn about_tree(cx: &Context<'_>, ix: AccountIx) -> Data {
    let any = organization(cx, ix).filter(|_| may_have_members(cx));
    data(any.map(|_| may_judge_members(cx) && members(cx).all(|account| account.units_gap().is_none())))
}

/// Accounts that no OU holds, so that only what is attached to the root or to them limits them.
fn account_in_root(cx: &Context<'_>, allowed: &InRoot, _: AccountIx, outcome: &mut Outcome) {
    let (mut all, mut in_root) = (0, Vec::new());
    for account in members(cx) {
        all += 1;
        if account.units().len() == 1 && !allowed.allowed_accounts.contains(&account.id()) {
            in_root.push(account.shown());
        }
    }
    let message = match in_root.as_slice() {
        [] => return,
        [one] => format!("account {one} is directly in the root"),
        more => format!("{} of {all} member accounts are directly in the root: {}", more.len(), some_of(more)),
    };
    outcome.found(Found::saying(message));
}

/// Accounts that SCPs limit, and not to Regions. Those that nothing limits are for `ou-without-guardrail` to tell.
fn regions_not_restricted(cx: &Context<'_>, _: &NoParameters, _: AccountIx, outcome: &mut Outcome) {
    let (mut limited, mut unclear, mut open) = (0, 0, Vec::new());
    for account in members(cx) {
        let is_limited = is_guarded(cx.estate, account);
        limited += usize::from(is_limited == Some(true));
        match (is_limited, is_in_some_regions(cx.estate, account)) {
            (Some(true), Some(false)) => open.push(account.shown()),
            (Some(false), _) | (_, Some(true)) => {}
            (Some(true) | None, None) | (None, Some(false)) => unclear += 1,
        }
    }
    if limited == 0 && unclear == 0 {
        return outcome.not_applicable();
    }
    if !open.is_empty() {
        let count = open.len();
        let message = format!("no SCP restricts the Regions of {count} of {limited} accounts that SCPs or RCPs limit");
        outcome.found(Found::saying(format!("{message}: {}", some_of(&open))));
    }
    if unclear > 0 {
        let of = if unclear == 1 { "1 account".to_owned() } else { format!("{unclear} accounts") };
        outcome.unknown_part("policies", format!("cannot be judged: SCPs or RCPs of {of} were not read as a whole"));
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Places {
    places: Vec<Place>,
}

/// Who is meant, then where they may stand.
#[derive(Deserialize)]
#[serde(try_from = "Vec<Selector>")]
struct Place {
    who: Selector,
    places: Vec<Selector>,
}

impl TryFrom<Vec<Selector>> for Place {
    type Error = &'static str;

    fn try_from(mut of: Vec<Selector>) -> Result<Self, Self::Error> {
        if of.len() < 2 {
            return Err("a place lists who is meant and at least one OU where they may stand");
        }
        let places = of.split_off(1);
        of.pop().map(|who| Self { who, places }).ok_or("a place names nobody")
    }
}

/// An account that its tags or name say is meant for another part of the organization.
fn account_in_wrong_ou(cx: &Context<'_>, of: &Places, ix: AccountIx, outcome: &mut Outcome) {
    let account = cx.estate.account(ix);
    let is_elsewhere = !account.is_member() && account.membership_gap().is_none();
    if of.places.is_empty() || is_elsewhere || account.is_management() {
        return outcome.not_applicable();
    }
    for Place { who, places } in &of.places {
        if account.fits(who) == Some(false) || places.iter().any(|place| account.fits(place) == Some(true)) {
            continue;
        }
        if let Some(unread) = std::iter::once(who).chain(places).find(|one| account.fits(one).is_none()) {
            let what = match unread {
                Selector::Tag(..) => "tags",
                Selector::Name(_) => "name",
                Selector::Unit(_) | Selector::Account(_) => "OU",
            };
            let why = format!("cannot be judged: {what} of the account, which `{unread}` asks for, not read");
            outcome.unknown_part(&who.to_string(), why);
            continue;
        }
        let shown: Vec<String> = places.iter().map(|place| format!("`{place}`")).collect();
        let at = match account.unit_names() {
            [] => "directly in the root".to_owned(),
            names => format!("in {}", ou_path::shown(names)),
        };
        let message = format!("`{who}` selects it, and it stands {at}, not in {}", some_of(&shown));
        outcome.found(Found::of(who.to_string(), message, Vec::new()));
    }
}
