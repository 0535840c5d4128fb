//! Whom the trust policies of powerful roles admit.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::power::{is_given, through};
use crate::eval::{Outside, Truth};
use crate::ids::{AccountId, AccountIx, GapIx};
use crate::model::Principal;
use crate::policy::Statement;
use crate::policy::principal::PrincipalEntry;
use crate::posture::entry::{self, Can};
use crate::posture::external::{External, externals, named_accounts, named_organizations, organizations};
use crate::posture::power::{Fact, Power};
use crate::posture::{anyone, unknown};
use crate::rules::common::unknown_power;
use crate::rules::context::{Context, trust_evidence};
use crate::rules::judge::{Judge, Trust};
use crate::rules::outcome::{Found, Outcome};
use crate::rules::rule::{NoParameters, Row, Rule, card_file};

pub(super) const ADMINISTRATOR_ROLE_TRUSTS_WHOLE_ACCOUNT: &dyn Rule = &Row::new(
    card_file!("privilege/administrator-role-trusts-whole-account"),
    Judge::TrustPolicy(administrator_role_trusts_whole_account),
);
pub(super) const ADMINISTRATOR_ROLE_TRUSTS_ORGANIZATION: &dyn Rule = &Row::prepared(
    card_file!("privilege/administrator-role-trusts-organization"),
    members_by_unit,
    Judge::TrustPolicy(administrator_role_trusts_organization),
);
pub(super) const EXTERNAL_ACCOUNT_WITH_POWER: &dyn Rule =
    &Row::new(card_file!("privilege/external-account-with-power"), Judge::TrustPolicy(external_account_with_power));

/// An administrator role that any principal of an account can assume whose own policies allow it.
fn administrator_role_trusts_whole_account(
    cx: &Context<'_>,
    _: &NoParameters,
    trust: &Trust<'_>,
    outcome: &mut Outcome,
) {
    let role = cx.estate.principal(trust.role);
    if is_given(role) {
        return outcome.not_applicable();
    }
    let whole: BTreeMap<AccountId, (&Statement, Option<GapIx>)> = entry::assume_allows(trust.policy)
        .flat_map(|statement| whole_accounts(statement).into_iter().map(move |id| (id, statement)))
        .filter_map(|(id, statement)| {
            let unlisted = membership(cx, role, id)?;
            Some((id, (statement, unlisted)))
        })
        .collect();
    if whole.is_empty() {
        return;
    }
    let fact = &cx.power(trust.role).administrator;
    if fact.can() == Can::No {
        return;
    }
    let mut why_unknown = BTreeSet::new();
    for (id, (statement, unlisted)) in whole {
        let truth = entry::of_stranger(cx.estate, trust.role, id);
        match (entry::can(&truth), fact.can()) {
            (Can::No, _) => {}
            (Can::Perhaps, _) => why_unknown.extend(unknown::unclear(cx.estate, &truth)),
            (Can::Yes, _) if let Some(gap) = unlisted => _ = why_unknown.insert(cx.reason(gap)),
            (Can::Yes, Can::Yes) => {
                let name = cx.estate.account_by_id(id).map_or_else(|| id.to_string(), |ix| cx.account_name(ix));
                let by = through(cx, role.class(), fact);
                let message = format!("trusts every principal of account {name}; administrator{by}");
                let mut evidence = vec![trust_evidence(statement)];
                evidence.extend(cx.powers().proof(role.class(), fact));
                outcome.found(Found::of(id.to_string(), message, evidence));
            }
            (Can::Yes, _) => return unknown_power(cx, fact, "they are administrators", "roles", outcome),
        }
    }
    outcome.unknown_because(&why_unknown);
}

/// The accounts that a statement names as a whole, or to which a condition pins it where it is for everybody.
fn whole_accounts(statement: &Statement) -> BTreeSet<AccountId> {
    if anyone::names_everybody(statement) {
        return named_accounts(statement);
    }
    let of = |entry: &PrincipalEntry| if let PrincipalEntry::Account { id, .. } = entry { Some(*id) } else { None };
    statement.entries().filter_map(of).collect()
}

/// Of an account that is the role's own or a member, the reason where nobody knows whether it is one; `None` of any other.
fn membership(cx: &Context<'_>, role: &Principal, id: AccountId) -> Option<Option<GapIx>> {
    let known = cx.estate.account_by_id(id);
    if known == Some(role.account()) || known.is_some_and(|ix| cx.estate.account(ix).is_member()) {
        return Some(None);
    }
    known.map_or_else(|| cx.estate.unlisted(), |ix| cx.estate.account(ix).membership_gap()).map(Some)
}

/// Members that can be used, by the OUs above them: to a trust policy that does not name them, those of one OU are alike.
type Members = BTreeMap<Vec<String>, Vec<AccountIx>>;

fn members_by_unit(cx: &Context<'_>, _: NoParameters) -> Members {
    let mut members = Members::new();
    for (ix, account) in cx.estate.indexed_accounts() {
        if account.is_member() && !account.is_shut() {
            members.entry(account.units().to_vec()).or_default().push(ix);
        }
    }
    members
}

/// An administrator role that any principal of the organization, or of some of its OUs, can assume whose own policies allow it.
fn administrator_role_trusts_organization(
    cx: &Context<'_>,
    members: &Members,
    trust: &Trust<'_>,
    outcome: &mut Outcome,
) {
    let role = cx.estate.principal(trust.role);
    if is_given(role) {
        return outcome.not_applicable();
    }
    let Some(first) = for_everybody(trust).next() else { return };
    let fact = &cx.power(trust.role).administrator;
    let anybody = entry::of_outsider(cx.estate, trust.role, Outside::Anyone);
    let is_open_to_all = entry::can(&anybody) == Can::Yes && anyone::stranger_can_enter(&anybody);
    if fact.can() == Can::No || is_open_to_all {
        return;
    }
    let whose = match cx.estate.organization() {
        Some(_) => admitted(cx, members, trust, &anybody),
        None => Ok(admitted_by_name(cx, trust)),
    };
    match (whose, fact.can()) {
        (Err(why), _) => outcome.unknown_because(&why),
        (Ok(None), _) => {}
        (Ok(Some(whose)), Can::Yes) => {
            let by = through(cx, role.class(), fact);
            let message = format!("trusts every principal of {whose}; administrator{by}");
            let mut evidence = vec![trust_evidence(first)];
            evidence.extend(cx.powers().proof(role.class(), fact));
            outcome.found(Found { message, evidence, ..Found::default() });
        }
        (Ok(Some(_)), _) => unknown_power(cx, fact, "they are administrators", "roles", outcome),
    }
}

fn for_everybody<'p>(trust: &Trust<'p>) -> impl Iterator<Item = &'p Statement> + use<'p> {
    entry::assume_allows(trust.policy).filter(|statement| anyone::names_everybody(statement))
}

/// Whose principals a trust policy lets in, in words, beside those of accounts that it names; else why that is not known, if it is not.
fn admitted(
    cx: &Context<'_>,
    members: &Members,
    trust: &Trust<'_>,
    anybody: &Truth,
) -> Result<Option<String>, BTreeSet<String>> {
    let own = cx.estate.principal(trust.role).account();
    let named: BTreeSet<AccountId> = for_everybody(trust).flat_map(named_accounts).collect();
    let is_other = |ix: &&AccountIx| **ix != own && !named.contains(&cx.estate.account(**ix).id());
    let of_units: Vec<AccountIx> = members.values().filter_map(|of| of.iter().find(is_other).copied()).collect();
    let (mut entering, mut why_unknown) = (Vec::new(), BTreeSet::new());
    for ix in &of_units {
        let truth = entry::of_stranger(cx.estate, trust.role, cx.estate.account(*ix).id());
        match entry::can(&truth) {
            Can::Yes => entering.push(*ix),
            Can::Perhaps => why_unknown.extend(unknown::unclear(cx.estate, &truth)),
            Can::No => {}
        }
    }
    if let Some(first) = entering.first() {
        let whose = if entering.len() == of_units.len() { "the organization" } else { "some OUs" };
        return Ok(Some(format!("{whose}, account {} among them", cx.account_name(*first))));
    }
    if cx.estate.unlisted().is_some() {
        why_unknown.extend(unknown::unclear(cx.estate, &entry::of_any(anybody)));
    }
    if why_unknown.is_empty() { Ok(None) } else { Err(why_unknown) }
}

/// The same where the organization was not read: whether it is its own or another, it is one that the policy names.
fn admitted_by_name(cx: &Context<'_>, trust: &Trust<'_>) -> Option<String> {
    let mut all = named_organizations(cx.estate, trust.role, trust.policy).into_iter();
    let one = all.find(|one| entry::can(&entry::of_any(&one.truth)) == Can::Yes)?;
    Some(format!("organization {}", one.id))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Accepted {
    allowed_accounts: BTreeSet<AccountId>,
    /// Ids.
    allowed_organizations: BTreeSet<String>,
    powers: BTreeSet<Kind>,
}

/// Powers that an outside account should not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    Administrator,
    Write,
    BroadRead,
}

impl Kind {
    fn of(self, power: &Power) -> &Fact {
        match self {
            Self::Administrator => &power.administrator,
            Self::Write => &power.writes,
            Self::BroadRead => &power.broad_read,
        }
    }

    fn told(self) -> &'static str {
        match self {
            Self::Administrator => "is an administrator",
            Self::Write => "can change things",
            Self::BroadRead => "can read data at large",
        }
    }
}

/// Somebody outside whom a trust policy admits.
struct Outsider<'p> {
    id: String,
    what: &'static str,
    statement: &'p Statement,
    truth: Truth,
    /// Why it is not known whether it is outside.
    membership: Option<GapIx>,
}

/// A role through which an outside account, or another organization, has the power to do harm.
fn external_account_with_power(cx: &Context<'_>, accepted: &Accepted, trust: &Trust<'_>, outcome: &mut Outcome) {
    let role = cx.estate.principal(trust.role);
    let named = externals(cx.estate, trust.role, trust.policy, &accepted.allowed_accounts);
    let named = named.into_iter().map(|External { id, statement, truth, membership, .. }| Outsider {
        id: id.to_string(),
        what: "account",
        statement,
        truth,
        membership,
    });
    let others = organizations(cx.estate, trust.role, trust.policy).into_iter();
    let others = others.filter(|other| !accepted.allowed_organizations.contains(other.id)).map(|other| Outsider {
        id: other.id.to_owned(),
        what: "organization",
        statement: other.statement,
        truth: other.truth,
        membership: None,
    });
    let mut admitted = named.chain(others).filter(|outsider| entry::can(&outsider.truth) > Can::No).peekable();
    if admitted.peek().is_none() {
        return;
    }
    let power = cx.power(trust.role);
    let facts = || accepted.powers.iter().map(|kind| (*kind, kind.of(power)));
    let worst = facts().find(|(_, fact)| fact.is_certain());
    let Some((kind, fact)) = worst else {
        if let Some((_, fact)) = facts().find(|(_, fact)| fact.can() == Can::Perhaps) {
            unknown_power(cx, fact, "outside accounts have power with them", "roles", outcome);
        }
        return;
    };
    let mut why_unknown = BTreeSet::new();
    for external in admitted {
        match (entry::can(&external.truth), external.membership) {
            (_, Some(gap)) => why_unknown.extend([cx.reason(gap)]),
            (Can::Yes, None) => {
                let by = through(cx, role.class(), fact);
                let message = format!("outside {} {} {}{by}", external.what, external.id, kind.told());
                let mut evidence = vec![trust_evidence(external.statement)];
                evidence.extend(cx.powers().proof(role.class(), fact));
                outcome.found(Found::of(external.id, message, evidence));
            }
            _ => why_unknown.extend(unknown::unclear(cx.estate, &external.truth)),
        }
    }
    outcome.unknown_because(&why_unknown);
}
