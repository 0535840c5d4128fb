//! Rules about access from one account to another.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::answer::Layer;
use crate::eval;
use crate::graph::query;
use crate::ids::{AccountId, AccountIx, PrincipalIx};
use crate::model::{Account, LastUsed};
use crate::policy::{Statement, wording};
use crate::posture::circles::{InCircle, circles};
use crate::posture::crossing::{Crossings, Level};
use crate::posture::entry::Can;
use crate::posture::external::{self, External, externals};
use crate::posture::external_id::{self, Weak};
use crate::posture::hubs::{Connects, hubs};
use crate::posture::wide_grants::{self, WideGrant};
use crate::posture::{aws_made, entry, unknown};
use crate::rules::common::{arns, of_way};
use crate::rules::context::{Context, trust_evidence};
use crate::rules::families::trust::found;
use crate::rules::judge::{Judge, Trust};
use crate::rules::outcome::{Found, Outcome, because};
use crate::rules::rule::{NoParameters, Reads, Row, Rule, card_file};
use crate::selection::Selector;

pub(in crate::rules) const RULES: &[&dyn Rule] = &[
    &Row::prepared(
        card_file!("cross-account/assume-role-on-all-resources"),
        wide_grants_by_account,
        Judge::Account(assume_role_on_all_resources),
    ),
    &Row::prepared(card_file!("cross-account/external-id-weak"), shared_ids, Judge::TrustPolicy(external_id_weak)),
    &Row::new(card_file!("cross-account/external-role-unused"), Judge::Role(external_role_unused)).of_whole_accounts(),
    &Row::prepared(card_file!("cross-account/hub-role"), connecting, Judge::Role(hub_role)).after(Reads::Edges),
    &Row::prepared(
        card_file!("cross-account/roles-assume-each-other"),
        |cx, _: NoParameters| circles(cx.callers()),
        Judge::Role(roles_assume_each_other),
    )
    .after(Reads::Edges),
    &Row::prepared(
        card_file!("cross-account/lower-environment-reaches-higher"),
        between_environments,
        Judge::Role(lower_environment_reaches_higher),
    )
    .where_asked(Option::is_some)
    .after(Reads::Edges),
    &Row::new(
        card_file!("cross-account/trust-names-departed-account"),
        Judge::TrustPolicy(trust_names_departed_account),
    ),
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Ids {
    min_length: usize,
    own_accounts: BTreeSet<AccountId>,
}

/// The parameters, and who uses each external id.
struct Shared {
    ids: Ids,
    uses: BTreeMap<String, Uses>,
}

/// How many roles ask for an external id, in all and of each account that gets in with it.
#[derive(Default)]
struct Uses {
    roles: usize,
    by_account: BTreeMap<AccountId, usize>,
}

fn shared_ids(cx: &Context<'_>, ids: Ids) -> Shared {
    let mut uses = BTreeMap::<String, Uses>::new();
    for role in cx.estate.roles() {
        let Some(policy) = cx.trust(role).filter(|policy| external::asks_for_id(policy)) else { continue };
        let mut asked = BTreeSet::new();
        for external in externals(cx.estate, role, policy, &ids.own_accounts) {
            for id in external_id::ids(&external) {
                let uses = uses.entry(id.to_owned()).or_default();
                *uses.by_account.entry(external.id).or_default() += 1;
                asked.insert(id.to_owned());
            }
        }
        for id in asked {
            uses.entry(id).or_default().roles += 1;
        }
    }
    Shared { ids, uses }
}

/// A role that an outside account can assume with an external id that can be guessed, or that another vendor knows.
fn external_id_weak(cx: &Context<'_>, shared: &Shared, trust: &Trust<'_>, outcome: &mut Outcome) {
    if !external::asks_for_id(trust.policy) {
        return;
    }
    for external in externals(cx.estate, trust.role, trust.policy, &shared.ids.own_accounts) {
        let ids = external_id::ids(&external);
        let (id, others) = (external.id, ids.iter().any(|id| shared.with_others(id, external.id)));
        if others {
            let message = format!("account {id} needs an external id that other accounts use for other roles");
            outcome.found(found(&external, message));
            continue;
        }
        let weak = |id: &&str| external_id::weak(cx.estate, trust.role, &external, id, shared.ids.min_length);
        if let Some(weak) = ids.iter().filter_map(weak).min() {
            let least = shared.ids.min_length;
            let why = if weak == Weak::Short {
                format!("it has fewer than {least} characters")
            } else {
                weak.words().to_owned()
            };
            let message = format!("account {id} needs an external id that can be guessed: {why}");
            outcome.found(found(&external, message));
        }
    }
}

impl Shared {
    /// Whether a role that this account cannot assume asks for the same id.
    fn with_others(&self, id: &str, account: AccountId) -> bool {
        let of = |uses: &Uses| uses.by_account.get(&account).copied().unwrap_or_default();
        self.uses.get(id).is_some_and(|uses| uses.roles > of(uses))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct UnusedFor {
    days: i64,
    own_accounts: BTreeSet<AccountId>,
}

/// A role that an outside account can assume and that nobody has used for a long time.
fn external_role_unused(cx: &Context<'_>, unused: &UnusedFor, role: PrincipalIx, outcome: &mut Outcome) {
    let Some(policy) = cx.trust_or_unknown(role, outcome) else { return };
    let admitted = |external: &External<'_>| entry::can(&external.truth) > Can::No;
    let mut outside: Vec<External<'_>> =
        externals(cx.estate, role, policy, &unused.own_accounts).into_iter().filter(admitted).collect();
    let Some(perhaps) = outside.first() else { return outcome.not_applicable() };
    let principal = cx.estate.principal(role);
    let (days, what) = match (principal.role().map(|facts| facts.last_used), principal.created()) {
        (Some(LastUsed::At(at)), _) => (cx.days_since(at), "last used"),
        (Some(LastUsed::Never), Some(created)) => (cx.days_since(created), "never used, made"),
        _ => return outcome.unknown_among("cannot be judged: last use of", "roles for outside accounts not read"),
    };
    if days <= unused.days {
        return;
    }
    let why_unknown = match perhaps.membership {
        Some(gap) => [cx.reason(gap)].into(),
        None => unknown::unclear(cx.estate, &perhaps.truth),
    };
    outside.retain(|external| external.membership.is_none() && entry::can(&external.truth) == Can::Yes);
    let Some(first) = outside.first() else { return outcome.unknown_because(&why_unknown) };
    let who = match outside.len() {
        1 => format!("account {}", first.id),
        count => format!("account {} and {} more", first.id, count - 1),
    };
    let message = format!("{who} can assume it: {what} {days} days ago");
    outcome.found(Found::of("", message, vec![trust_evidence(first.statement)]));
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Former {
    former_accounts: BTreeSet<AccountId>,
}

/// A role that trusts an account that is closed, or was given up.
fn trust_names_departed_account(cx: &Context<'_>, former: &Former, trust: &Trust<'_>, outcome: &mut Outcome) {
    let mut departed = BTreeMap::<AccountId, (&Statement, String)>::new();
    for statement in entry::assume_allows(trust.policy) {
        for id in external::named_accounts(statement) {
            let listed = cx.estate.account_by_id(id).map(|ix| cx.estate.account(ix));
            if !former.former_accounts.contains(&id) && is_state_unread(cx, id) {
                let why = format!("cannot be judged: whether account {id} can be used was not read");
                outcome.unknown_part(&id.to_string(), why);
            }
            let why = match listed.filter(|account| account.is_shut()).and_then(Account::out_of_use) {
                _ if former.former_accounts.contains(&id) => "is a former account".to_owned(),
                Some(reason) => format!("cannot be used: {reason}"),
                None => continue,
            };
            departed.entry(id).or_insert((statement, why));
        }
    }
    for (id, (statement, why)) in departed {
        let message = format!("trusts account {id}, which {why}");
        outcome.found(Found::of(id.to_string(), message, vec![trust_evidence(statement)]));
    }
}

/// Whether an account may have left use, and nobody said so: the list of accounts was not read.
fn is_state_unread(cx: &Context<'_>, id: AccountId) -> bool {
    match cx.estate.account_by_id(id).map(|ix| cx.estate.account(ix)) {
        Some(account) => account.membership_gap().is_some(),
        None => cx.estate.unlisted().is_some(),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Environments {
    environments: Vec<Vec<Selector>>,
}

/// The search, if there are environments.
fn between_environments(cx: &Context<'_>, parameters: Environments) -> Option<Crossings> {
    let environments = parameters.environments;
    if environments.len() < 2 {
        return None;
    }
    let level = |account: &Account| {
        let in_level = |selectors: &Vec<Selector>, answer| selectors.iter().any(|one| account.fits(one) == answer);
        let level = environments.iter().position(|selectors| in_level(selectors, Some(true)));
        let may_be_in_one = || environments.iter().any(|selectors| in_level(selectors, None));
        level.map_or_else(|| if may_be_in_one() { Level::Unknown } else { Level::None }, Level::Of)
    };
    Some(Crossings::new(cx.callers_of_ways(), cx.estate.accounts().iter().map(level).collect()))
}

/// A role of a higher environment that principals of a lower one can get into.
fn lower_environment_reaches_higher(
    cx: &Context<'_>,
    crossings: &Option<Crossings>,
    role: PrincipalIx,
    outcome: &mut Outcome,
) {
    let Some(crossings) = crossings else { return outcome.not_applicable() };
    match crossings.level(cx.estate.principal(role).account()) {
        Level::Unknown => return outcome.unknown_among("cannot be judged: environment of", "roles not known"),
        Level::None | Level::Of(0) => return outcome.not_applicable(),
        Level::Of(_) => {}
    }
    let Some(hops) = crossings.certain(cx.estate, role) else {
        return outcome.unknown_because(&crossings.why_unknown(cx.estate, role));
    };
    let place = |ix: PrincipalIx| cx.account_name(cx.estate.principal(ix).account());
    let says =
        |first| format!("{} of lower environment {} can get into {}", cx.shown(first), place(first), place(role));
    if let Some(found) = of_way(cx, &hops, says) {
        outcome.found(found.about(arns(cx, &crossings.entering(cx.ways, role))));
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Many {
    principals: usize,
    accounts: usize,
}

fn connecting(cx: &Context<'_>, many: Many) -> BTreeMap<PrincipalIx, Connects> {
    hubs(cx.callers(), many.principals.max(1), many.accounts.max(1))
}

/// A role through which many principals reach many accounts.
fn hub_role(cx: &Context<'_>, hubs: &BTreeMap<PrincipalIx, Connects>, role: PrincipalIx, outcome: &mut Outcome) {
    match hubs.get(&role) {
        Some(Connects::Many(hub)) => {
            let message = format!(
                "{} principals can assume it, and it can assume roles of {} other accounts",
                hub.principals, hub.accounts
            );
            let fix_for = aws_made::maker(cx.estate.principal(role));
            outcome.found(Found { message, fix_for, ..Found::default() });
        }
        Some(Connects::Perhaps(why)) => outcome.unknown_because(why),
        None => {}
    }
}

/// The most roles of a circle that a message names.
const MOST_SHOWN: usize = 6;

/// Roles of several accounts that can assume each other: told once, by one of them.
fn roles_assume_each_other(
    cx: &Context<'_>,
    circles: &BTreeMap<PrincipalIx, InCircle>,
    role: PrincipalIx,
    outcome: &mut Outcome,
) {
    let circle = match circles.get(&role) {
        Some(InCircle::First(circle)) => circle,
        Some(InCircle::Perhaps(why)) => {
            let why = because(why);
            return outcome.unknown_among(format!("{why} (whether they assume each other in a circle, of"), "roles)");
        }
        None => return,
    };
    let names: Vec<String> =
        std::iter::once(role).chain(circle.hops.iter().map(|hop| hop.edge.to)).map(|ix| cx.shown(ix)).collect();
    let around = match names.as_slice() {
        [first, second, third, .., last, again] if names.len() > MOST_SHOWN => {
            [first.as_str(), second, third, "...", last, again].join(" -> ")
        }
        all => all.join(" -> "),
    };
    let as_in = if circle.roles > circle.hops.len() { ", as in" } else { ":" };
    let message = format!(
        "{} roles of {} accounts can assume each other in a circle{as_in} {}",
        circle.roles,
        circle.accounts.len(),
        around
    );
    let evidence = circle.hops.iter().flat_map(|hop| query::evidence(cx.estate, hop, &hop.from)).collect();
    outcome.found(Found { message, evidence, accounts: circle.accounts.clone(), ..Found::default() });
}

fn wide_grants_by_account(cx: &Context<'_>, _: NoParameters) -> BTreeMap<AccountIx, Vec<WideGrant>> {
    let mut by_account = BTreeMap::<AccountIx, Vec<WideGrant>>::new();
    for grant in wide_grants::held(cx.estate) {
        by_account.entry(grant.account).or_default().push(grant);
    }
    by_account
}

/// A policy that allows assuming any role; told once, by the first account whose principals hold it.
fn assume_role_on_all_resources(
    cx: &Context<'_>,
    grants: &BTreeMap<AccountIx, Vec<WideGrant>>,
    account: AccountIx,
    outcome: &mut Outcome,
) {
    let (count, ref unread) = cx.held(account).unread;
    if count > 0 {
        let what = if count == 1 { "1 policy".to_owned() } else { format!("{count} policies") };
        let why: BTreeSet<String> = unread.iter().map(|gap| cx.reason(*gap)).collect();
        outcome.unknown_part("policies", format!("{what} {}", because(&why)));
    }
    for grant in grants.get(&account).into_iter().flatten() {
        let owner = grant.inline_of.map(|ix| cx.shown(ix));
        let named = match &owner {
            Some(owner) => format!("inline policy {} of {owner}", grant.name),
            None => format!("policy {}", grant.name),
        };
        let holders = match (grant.holders.len(), grant.accounts.len()) {
            (1, _) => "1 principal holds it".to_owned(),
            (holders, 1) => format!("{holders} principals hold it"),
            (holders, accounts) => format!("{holders} principals of {accounts} accounts hold it"),
        };
        let partition = cx.estate.account(account).partition();
        let evidence = wide_grants::statements(cx.estate.policy(grant.policy), partition)
            .map(|statement| eval::evidence(Layer::Identity, &grant.name, statement));
        let message = format!("{named} allows assuming any role: {holders}");
        // neither who holds it nor which account is the first says which document it is
        outcome.found(Found {
            message,
            discriminator: wording(&cx.estate.policy(grant.policy).statements),
            stands_for: Some("*".to_owned()),
            accounts: grant.accounts.clone(),
            principals: arns(cx, &grant.holders),
            evidence: evidence.collect(),
            ..Found::default()
        });
    }
}
