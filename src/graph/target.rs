//! Which accounts a target's definition means, as far as the data that its selectors look at was read.
//!
//! Owns: three answers for each account – it belongs, it does not, it may – and the gaps of the third. Tags, units,
//! names and the list of accounts are data sets like any other: what was not read of them never reads as "does not
//! match".
//! Does not know roles or paths (`selector`, `query`).

use std::collections::{BTreeMap, BTreeSet};

use crate::facet::Facet;
use crate::ids::{AccountId, AccountIx, Scope};
use crate::model::{Account, Estate};
use crate::selection::{TargetSpec, is_unit_id, lies_in};
use crate::snapshot::ledger::Gap;
use crate::wildcard;

/// Accounts that one gap names at most.
const TOLD: usize = 3;

/// What a definition means.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Members {
    /// Accounts that surely belong to it.
    pub accounts: BTreeSet<AccountIx>,
    /// Why others may.
    pub gaps: BTreeSet<Gap>,
    /// Those of them that are in the snapshot.
    pub(super) open: BTreeSet<AccountIx>,
    /// Those that are named by their id and are not in the snapshot.
    pub(crate) absent: BTreeSet<AccountId>,
}

/// Whether an account fits.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Fit {
    Yes,
    No,
    /// These data sets would tell.
    Perhaps(BTreeSet<Unread>),
}

/// A data set that a selector looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Unread {
    Tags,
    Units,
    Name,
    Membership,
}

impl Unread {
    fn facet(self) -> Facet {
        match self {
            Self::Tags => Facet::AccountTags,
            Self::Units | Self::Name | Self::Membership => Facet::Organization,
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Tags => "account tags were not read",
            Self::Units => "the OUs above the account were not read",
            Self::Name => "the account's name was not read",
            Self::Membership => "whether the account is in the organization is not known",
        }
    }
}

impl Fit {
    fn of(fits: bool) -> Self {
        if fits { Self::Yes } else { Self::No }
    }

    fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Yes, _) | (_, Self::Yes) => Self::Yes,
            (Self::No, fit) | (fit, Self::No) => fit,
            (Self::Perhaps(a), Self::Perhaps(b)) => Self::Perhaps(a.into_iter().chain(b).collect()),
        }
    }

    fn without(self, excepted: Self) -> Self {
        match (self, excepted) {
            (Self::No, _) | (_, Self::Yes) => Self::No,
            (fit, Self::No) => fit,
            (Self::Yes, perhaps) => perhaps,
            (Self::Perhaps(a), Self::Perhaps(b)) => Self::Perhaps(a.into_iter().chain(b).collect()),
        }
    }
}

/// The accounts that a definition means, and why there may be more.
pub(super) fn members(estate: &Estate, name: &str, spec: &TargetSpec) -> Members {
    let mut found = Members::default();
    let mut open = BTreeMap::<Unread, Vec<AccountId>>::new();
    for at in 0..estate.accounts().len() {
        let ix = AccountIx::new(at);
        match fit(estate, ix, spec) {
            Fit::Yes => {
                found.accounts.insert(ix);
            }
            Fit::No => {}
            Fit::Perhaps(unread) => {
                found.open.insert(ix);
                unread.into_iter().for_each(|data| open.entry(data).or_default().push(estate.account(ix).id()));
            }
        }
    }
    found.gaps.extend(open.into_iter().map(|(data, accounts)| gap(name, data, &accounts)));
    let by_id_alone = spec.ou.is_empty() && spec.names.is_empty() && spec.tags.is_empty() && !spec.accounts.is_empty();
    if let Some(unlisted) = estate.unlisted().filter(|_| !by_id_alone) {
        let gap = estate.gap(unlisted);
        let reason = format!("{}: accounts that are not listed may belong to `{name}`", gap.reason);
        found.gaps.insert(Gap { reason, ..gap.clone() });
    }
    let ids = spec.accounts.iter().filter_map(|text| AccountId::parse(text));
    let excepted = |id: &AccountId| spec.except.iter().any(|text| AccountId::parse(text) == Some(*id));
    let absent = ids.filter(|id| estate.account_by_id(*id).is_none() && !excepted(id));
    found.absent = absent.collect();
    found.gaps.extend(found.absent.iter().map(|id| Gap {
        scope: Scope::Account(*id),
        facet: Facet::AuthorizationDetails,
        reason: format!("the account belongs to `{name}` and is not in the snapshot"),
    }));
    found
}

fn gap(name: &str, data: Unread, accounts: &[AccountId]) -> Gap {
    let facet = data.facet();
    let words = data.words();
    if let [only] = accounts {
        return Gap { scope: Scope::Account(*only), facet, reason: format!("{words}: it may belong to `{name}`") };
    }
    let told = accounts.iter().take(TOLD).map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let more = accounts.len().saturating_sub(TOLD);
    let told = if more > 0 { format!("{told} and {more} more") } else { told };
    Gap { scope: Scope::Organization, facet, reason: format!("{words}: accounts that may belong to `{name}`: {told}") }
}

fn fit(estate: &Estate, ix: AccountIx, spec: &TargetSpec) -> Fit {
    let account = estate.account(ix);
    let by_unit = spec.ou.iter().map(|unit| in_unit(unit, estate, account));
    let by_name = spec.names.iter().map(|glob| named(glob, estate, account));
    let by_account = spec.accounts.iter().map(|text| names(text, estate, account));
    let by_tag = spec.tags.iter().map(|(key, values)| has_tag(estate, account, key, values));
    let chosen = by_unit.chain(by_name).chain(by_account).chain(by_tag).fold(Fit::No, Fit::or);
    let only_roles = spec.ou.is_empty() && spec.names.is_empty() && spec.accounts.is_empty() && spec.tags.is_empty();
    // a target of role globs alone speaks of every account
    let chosen = if only_roles { Fit::of(!spec.roles.is_empty()) } else { chosen };
    let excepted = spec.except.iter().map(|text| names(text, estate, account)).fold(Fit::No, Fit::or);
    let by_role = spec.roles.iter().map(|glob| may_have_role(glob, estate, ix)).fold(Fit::No, Fit::or);
    match (chosen.without(excepted), by_role) {
        // the account belongs to it, and which of its roles do is a matter of its name
        (Fit::Yes, Fit::Perhaps(unread)) => Fit::Perhaps(unread),
        (fit, _) => fit,
    }
}

/// By id, or by a glob on the name.
fn names(text: &str, estate: &Estate, account: &Account) -> Fit {
    if account.id().to_string() == text {
        return Fit::Yes;
    }
    if AccountId::parse(text).is_some() { Fit::No } else { named(text, estate, account) }
}

fn named(glob: &str, estate: &Estate, account: &Account) -> Fit {
    if wildcard::matches(glob, account.name()) {
        return Fit::Yes;
    }
    if has_name(estate, account) { Fit::No } else { perhaps(Unread::Name) }
}

/// Whether a name is known, or known not to be there: the organization has the names of its accounts, an alias stands
/// for one.
fn has_name(estate: &Estate, account: &Account) -> bool {
    !account.name().is_empty() || is_outside(estate, account)
}

/// Surely not of the organization: no name, tag or unit of it can be the account's.
fn is_outside(estate: &Estate, account: &Account) -> bool {
    estate.organization().is_some() && !account.is_member() && account.membership_gap().is_none()
}

fn in_unit(unit: &str, estate: &Estate, account: &Account) -> Fit {
    if !account.is_member() {
        // of an account outside the organization nothing is known: no path, however short, leads to it
        return if is_outside(estate, account) { Fit::No } else { perhaps(Unread::Membership) };
    }
    if lies_in(unit, account.units(), account.unit_names()) {
        return Fit::Yes;
    }
    let unnamed = !is_unit_id(unit) && account.unit_names().iter().any(String::is_empty);
    if account.units().is_empty() || unnamed { perhaps(Unread::Units) } else { Fit::No }
}

fn has_tag(estate: &Estate, account: &Account, key: &str, values: &[String]) -> Fit {
    match account.tags() {
        Some(tags) => {
            let fits = |value: &str| values.iter().any(|glob| wildcard::matches(glob, value));
            Fit::of(tags.iter().any(|tag| tag.key == key && fits(&tag.value)))
        }
        None if is_outside(estate, account) => Fit::No,
        None => perhaps(Unread::Tags),
    }
}

/// Whether a glob on `account/role` may fit a role of an account whose name was not read.
fn may_have_role(glob: &str, estate: &Estate, ix: AccountIx) -> Fit {
    let account = estate.account(ix);
    let Some((_, role)) = glob.rsplit_once('/').filter(|_| !glob.starts_with("path:")) else { return Fit::No };
    if has_name(estate, account) {
        return Fit::No;
    }
    let by_id = |name: &str| wildcard::matches(glob, &format!("{}/{name}", account.id()));
    let mut roles = estate.principals_of(ix).map(|p| estate.principal(p)).filter(|p| p.role().is_some());
    if roles.any(|p| wildcard::matches(role, p.name()) && !by_id(p.name())) { perhaps(Unread::Name) } else { Fit::No }
}

fn perhaps(data: Unread) -> Fit {
    Fit::Perhaps(BTreeSet::from([data]))
}
