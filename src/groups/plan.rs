//! From who needs which roles to a plan that was decided.
//!
//! Owns: the order of work. The organization is decided as it is, without the groups that the plan replaces, with a group that allows
//! every role, and with the groups of the plan: what users reach in each says what must be granted, what cannot be, and whether it is.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use roaring::RoaringBitmap;
use serde_json::value::RawValue;

use super::alternatives::{self, Scene};
use super::check;
use super::hub::{Grouped, Hub};
use super::limits::{Today, limits};
use super::need::count;
use super::pack::Packer;
use super::pairs::{Direct, Pairs, arns, direct, of};
use crate::answer::{DeviationKind, GroupFate, KeptGroup, PlanAccount, PlanAnswer, PlanDeviation, PlanDifference};
use crate::graph::TrustGraph;
use crate::ids::{AccountIx, PrincipalIx};
use crate::model::{Estate, PrincipalType};
use crate::snapshot::edit::{Edit, GroupMade, Regrouping};
use crate::snapshot::ledger::Gap;

/// What is asked.
#[derive(Clone, Debug)]
pub struct Asked<'a> {
    /// Roles by user; users of the same accounts who are absent keep what they have.
    pub need: &'a Pairs,
    /// Where it is from.
    pub from: &'a str,
    /// Whether policies of the plan ask for MFA.
    pub mfa: bool,
    /// Whether a resource may stand for all roles of one name.
    pub wildcards: bool,
    /// What names of groups begin with.
    pub prefix: &'a str,
    /// How many comparisons each search may take.
    pub effort: usize,
}

/// A group that allows every role, to see which roles would let a user in.
const EVERY_ROLE: &str = "rolehop every role";
const ALLOWS_ALL: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"*"}]}"#;

/// What users reach in each of the organizations.
struct Worlds {
    today: Direct,
    stays: Direct,
    /// With a group that allows every role.
    every: Direct,
    /// What that opens; what is not known counts.
    reachable: Pairs,
}

/// Plans the groups. `open` makes the organization with changes.
///
/// # Errors
/// Where the organization cannot be made with the changes.
pub fn plan<E>(
    graph: &TrustGraph<'_>,
    asked: &Asked<'_>,
    open: &dyn Fn(&[Edit]) -> Result<Estate, E>,
) -> Result<PlanAnswer, E> {
    let estate = graph.estate();
    let hubs: BTreeSet<AccountIx> = asked.need.keys().map(|user| estate.principal(*user).account()).collect();
    let is_user = |ix: &PrincipalIx| estate.principal(*ix).kind() == PrincipalType::User;
    let users: BTreeSet<PrincipalIx> = hubs.iter().flat_map(|hub| estate.principals_of(*hub)).filter(is_user).collect();
    let groups: BTreeMap<AccountIx, Today<'_>> =
        hubs.iter().map(|hub| (*hub, Today::of(estate, *hub, asked.mfa))).collect();
    let worlds = worlds(graph, &users, &groups, open)?;
    let need: Pairs = users
        .iter()
        .map(|user| (*user, asked.need.get(user).cloned().unwrap_or_else(|| of(&worlds.today.open, *user))))
        .collect();
    let possible: Pairs = need.iter().map(|(user, roles)| (*user, roles & of(&worlds.reachable, *user))).collect();
    let packer = Packer::new(estate, asked.mfa, asked.wildcards);
    let mut accounts = Vec::new();
    for (hub, today) in &groups {
        accounts.push(account(estate, *hub, today, asked, (&need, &possible, &worlds), &packer));
    }
    let after = after(&users, &groups, &accounts, estate, open)?;
    let expected = expected(&users, &possible, &worlds, &accounts, estate);
    let differs = |user: &&PrincipalIx| {
        let (is, should) = (of(&after.open, **user), of(&expected, **user));
        // what is not known today may be either
        (is ^ should) - of(&after.unknown, **user) != RoaringBitmap::new()
    };
    let mut faults: Vec<String> = accounts.iter().flat_map(|planned| planned.1.clone()).collect();
    let wrong: Vec<&PrincipalIx> = users.iter().filter(differs).collect();
    faults.extend(wrong.iter().map(|user| format!("{} does not reach what it should", estate.arn(**user))));
    let mut accounts: Vec<PlanAccount> = accounts.into_iter().map(|planned| planned.0).collect();
    for (planned, hub) in accounts.iter_mut().zip(&hubs) {
        planned.differences = differences(estate, *hub, &users, &worlds.today.open, &after.open);
    }
    let scene = Scene {
        estate,
        wanted: &possible,
        reachable: &worlds.reachable,
        stays: &worlds.stays.open,
        groups: accounts.iter().map(|account| account.groups.len()).sum(),
        most: accounts.iter().map(|account| account.limits.groups_per_user as usize).max().unwrap_or_default(),
        no_room: accounts.iter().flat_map(|account| &account.deviations).any(|d| d.why == DeviationKind::NoRoom),
        effort: asked.effort,
    };
    let gaps = gaps(estate, &need, &worlds);
    let is_within = |account: &PlanAccount| {
        account.limits.groups_after <= account.limits.groups as usize
            && account.limits.managed_after <= account.limits.managed_policies as usize
    };
    Ok(PlanAnswer {
        schema: PlanAnswer::SCHEMA,
        from: asked.from.to_owned(),
        users: alternatives::needing(&need, &users),
        unnamed: users.iter().filter(|user| !asked.need.contains_key(user)).count(),
        pairs: count(&need),
        exact: faults.is_empty() && accounts.iter().all(|account| account.deviations.is_empty() && is_within(account)),
        verified: faults.is_empty(),
        faults,
        alternatives: alternatives::all(&scene),
        accounts,
        proven: gaps.is_empty(),
        gaps,
    })
}

fn worlds<E>(
    graph: &TrustGraph<'_>,
    users: &BTreeSet<PrincipalIx>,
    groups: &BTreeMap<AccountIx, Today<'_>>,
    open: &dyn Fn(&[Edit]) -> Result<Estate, E>,
) -> Result<Worlds, E> {
    let estate = graph.estate();
    let edits = |made: &dyn Fn(AccountIx) -> BTreeMap<Box<str>, GroupMade>| -> Vec<Edit> {
        groups.iter().map(|(hub, today)| edit(estate, *hub, today.removed(), made(*hub))).collect()
    };
    let stays = {
        let without = open(&edits(&|_| BTreeMap::new()))?;
        direct(&TrustGraph::new(&without), users)
    };
    let every = |hub: AccountIx| {
        let members = users.iter().map(|user| estate.principal(*user)).filter(|user| user.account() == hub);
        let policies = raw(ALLOWS_ALL).map(|document| ("every".into(), document)).into_iter().collect();
        let group = GroupMade { policies: Some(policies), members: members.map(|user| user.name().into()).collect() };
        BTreeMap::from([(EVERY_ROLE.into(), group)])
    };
    let every = {
        let with = open(&edits(&every))?;
        direct(&TrustGraph::new(&with), users)
    };
    let mut reachable = every.open.clone();
    for (user, roles) in &every.unknown {
        *reachable.entry(*user).or_default() |= roles;
    }
    Ok(Worlds { today: direct(graph, users), stays, every, reachable })
}

fn raw(text: &str) -> Option<Box<RawValue>> {
    RawValue::from_string(text.to_owned()).ok()
}

fn edit(estate: &Estate, hub: AccountIx, removed: BTreeSet<Box<str>>, made: BTreeMap<Box<str>, GroupMade>) -> Edit {
    let account = estate.account(hub);
    Edit::Regroup(Arc::new(Regrouping { account: account.id(), partition: account.partition().into(), removed, made }))
}

/// The plan of one account, and what its check found.
fn account<'e>(
    estate: &'e Estate,
    hub: AccountIx,
    today: &Today<'e>,
    asked: &Asked<'_>,
    (need, possible, worlds): (&Pairs, &Pairs, &Worlds),
    packer: &Packer<'e>,
) -> (PlanAccount, Vec<String>) {
    let limits = limits(estate, hub);
    let own = || need.keys().copied().filter(|user| estate.principal(*user).account() == hub);
    let grant: Pairs = own().map(|user| (user, of(possible, user) - of(&worlds.stays.open, user))).collect();
    let made = Hub { estate, account: hub, today, limits, packer, prefix: asked.prefix, effort: asked.effort };
    let Grouped { groups, at_least, needs, no_room } = made.grouped(&grant);
    let mut deviations = Vec::new();
    let mut deviate = |why, user: PrincipalIx, roles: RoaringBitmap| {
        if !roles.is_empty() {
            let user = estate.principal(user).name().to_owned();
            deviations.push(PlanDeviation { why, user, roles: arns(estate, &roles) });
        }
    };
    for user in own() {
        let (needed, stays) = (of(need, user), of(&worlds.stays.open, user));
        deviate(DeviationKind::Refused, user, &needed - of(possible, user) - &stays);
        deviate(DeviationKind::Extra, user, stays - &needed);
        if no_room.contains(&user) {
            deviate(DeviationKind::NoRoom, user, of(&grant, user));
        }
    }
    deviations.sort_by(|a, b| (a.why, &a.user).cmp(&(b.why, &b.user)));
    let names: BTreeMap<&str, PrincipalIx> = own().map(|user| (estate.principal(user).name(), user)).collect();
    let wanted: BTreeMap<&str, BTreeSet<String>> = names
        .iter()
        .filter(|(_, user)| !no_room.contains(user))
        .map(|(name, user)| (*name, arns(estate, &of(&grant, *user)).into_iter().collect()))
        .collect();
    let kept = names.iter().map(|(name, user)| (*name, today.kept_of(estate, *user))).collect();
    let members =
        |name: &str| own().filter(|user| estate.principal(*user).groups().iter().any(|own| **own == *name)).count();
    let stays = |name: &str| groups.iter().any(|group| group.fate == GroupFate::Stays && group.name == name);
    let mut planned = PlanAccount {
        account: estate.account(hub).id().to_string(),
        account_name: estate.account(hub).shown_name().to_owned(),
        partition: estate.account(hub).partition().to_owned(),
        limits,
        users: alternatives::needing(&grant, &own().collect()),
        needs,
        at_least: at_least.min(groups.len()),
        is_smallest: groups.len() <= at_least,
        deleted: today.bindings.iter().map(|(group, _)| group.name.clone()).filter(|name| !stays(name)).collect(),
        kept: today
            .kept
            .iter()
            .map(|(group, why)| KeptGroup { name: group.name.clone(), why: why.clone(), members: members(&group.name) })
            .collect(),
        groups,
        deviations,
        differences: Vec::new(),
    };
    fill(&mut planned, estate, hub, today, &kept);
    let faults = check::faults(&planned, &wanted, &kept, &alternatives::every_role(estate));
    (planned, faults)
}

/// What the plan makes of the limits.
fn fill(planned: &mut PlanAccount, estate: &Estate, hub: AccountIx, today: &Today<'_>, kept: &BTreeMap<&str, usize>) {
    let mut counts = BTreeMap::<&str, usize>::new();
    planned.groups.iter().flat_map(|group| &group.members).for_each(|member| *counts.entry(member).or_default() += 1);
    let of_user = |(name, count): (&&str, &usize)| count + kept.get(name).copied().unwrap_or_default();
    planned.limits.most_groups_of_user = counts.iter().map(of_user).max().unwrap_or_default();
    planned.limits.groups_after = planned.groups.len() + today.kept.len();
    let of_today = estate.account(hub).facts().customer_policies.as_ref().map_or(0, |policies| policies.len());
    let managed = planned.groups.iter().flat_map(|group| &group.policies).filter(|policy| policy.kind == "managed");
    // those that only groups of the plan had may go
    planned.limits.managed_after = of_today + managed.count();
}

/// The organization with the groups of the plan.
fn after<E>(
    users: &BTreeSet<PrincipalIx>,
    groups: &BTreeMap<AccountIx, Today<'_>>,
    accounts: &[(PlanAccount, Vec<String>)],
    estate: &Estate,
    open: &dyn Fn(&[Edit]) -> Result<Estate, E>,
) -> Result<Direct, E> {
    let edits: Vec<Edit> = groups
        .iter()
        .zip(accounts)
        .map(|((hub, today), (planned, _))| {
            let made = planned.groups.iter().map(|group| {
                let document = |policy: &crate::answer::PlannedPolicy| {
                    Some((policy.name.as_str().into(), raw(&policy.document.to_string())?))
                };
                let is_new = group.fate == GroupFate::New;
                let policies = is_new.then(|| group.policies.iter().filter_map(document).collect());
                let members = group.members.iter().map(|name| name.as_str().into()).collect();
                (Box::<str>::from(group.name.as_str()), GroupMade { policies, members })
            });
            let made: BTreeMap<Box<str>, GroupMade> = made.collect();
            let removed = today.removed().into_iter().filter(|name| !made.contains_key(name)).collect();
            edit(estate, *hub, removed, made)
        })
        .collect();
    let with = open(&edits)?;
    Ok(direct(&TrustGraph::new(&with), users))
}

/// What each user should reach after the plan: what stays, and what is needed, possible and has room.
fn expected(
    users: &BTreeSet<PrincipalIx>,
    possible: &Pairs,
    worlds: &Worlds,
    accounts: &[(PlanAccount, Vec<String>)],
    estate: &Estate,
) -> Pairs {
    let no_room: BTreeSet<(&str, &str)> = accounts
        .iter()
        .flat_map(|(account, _)| account.deviations.iter().map(move |deviation| (account, deviation)))
        .filter(|(_, deviation)| deviation.why == DeviationKind::NoRoom)
        .map(|(account, deviation)| (account.account.as_str(), deviation.user.as_str()))
        .collect();
    let one = |user: &PrincipalIx| {
        let principal = estate.principal(*user);
        let id = estate.account(principal.account()).id().to_string();
        let has_room = !no_room.contains(&(id.as_str(), principal.name()));
        let granted = if has_room { of(possible, *user) } else { RoaringBitmap::new() };
        (*user, granted | of(&worlds.stays.open, *user))
    };
    users.iter().map(one).collect()
}

fn differences(
    estate: &Estate,
    hub: AccountIx,
    users: &BTreeSet<PrincipalIx>,
    today: &Pairs,
    after: &Pairs,
) -> Vec<PlanDifference> {
    let mut found = Vec::new();
    for user in users.iter().filter(|user| estate.principal(**user).account() == hub) {
        let (was, is) = (of(today, *user), of(after, *user));
        if was != is {
            found.push(PlanDifference {
                user: estate.principal(*user).name().to_owned(),
                gains: arns(estate, &(&is - &was)),
                loses: arns(estate, &(was - is)),
            });
        }
    }
    found
}

/// Why users may reach, or need, more or less than is known.
fn gaps(estate: &Estate, need: &Pairs, worlds: &Worlds) -> Vec<Gap> {
    let mut gaps: BTreeSet<Gap> = worlds.stays.gaps.iter().chain(&worlds.today.gaps).cloned().collect();
    if need.iter().any(|(user, roles)| !roles.is_disjoint(&of(&worlds.every.unknown, *user))) {
        gaps.extend(worlds.every.gaps.iter().cloned());
    }
    gaps.extend(estate.unread_accounts().map(|(_, gap)| estate.gap(gap).clone()));
    gaps.extend(estate.unlisted().map(|gap| estate.gap(gap).clone()));
    gaps.into_iter().collect()
}
