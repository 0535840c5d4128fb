//! Rules about IAM users.

use std::collections::{BTreeMap, BTreeSet};

use super::aws_made::is_default_admin_role;
use super::context::{CheckContext, Found, because};
use super::entry;
use crate::answer::Verdict;
use crate::facet::Facet;
use crate::graph::Source;
use crate::ids::{AccountIx, PrincipalIx};
use crate::model::{Estate, PrincipalType};
use crate::wildcard;

/// Groups a user can be in; AWS does not raise it.
const GROUPS_PER_USER: i64 = 10;

/// An IAM user in an account that is not meant to hold users.
pub(super) fn iam_user_outside_identity_accounts(cx: &mut CheckContext<'_, '_>) {
    let accounts = cx.accounts_with(Facet::AuthorizationDetails);
    let homes = Homes::new(cx);
    let allowed = cx.list("allowed_users");
    for account in accounts.into_iter().filter(|ix| !homes.sure.contains(ix)) {
        let stray: Vec<PrincipalIx> = cx
            .estate
            .principals_of(account)
            .filter(|ix| cx.estate.principal(*ix).kind() == PrincipalType::User)
            .filter(|ix| !allowed.iter().any(|glob| wildcard::matches(glob, cx.estate.principal(*ix).name())))
            .collect();
        if stray.is_empty() {
            continue;
        }
        match homes.judge(cx.estate, account) {
            Judgement::Home => {}
            Judgement::Unknown(why) => {
                let subject = cx.root_arn(account);
                let of = format!("whether users belong here, of {} users", stray.len());
                cx.unknown_subject(account, subject, format!("{} ({of})", because(&why)));
            }
            Judgement::Stray(message) => {
                for ix in stray {
                    cx.principal(ix, Found { message: message.clone(), ..Found::default() });
                }
            }
        }
    }
}

/// The accounts that people are managed in; no account of one partition is a home for users of another.
#[derive(Default)]
struct Homes {
    /// As the configuration names them; empty where it names none.
    named: Vec<String>,
    /// Configured or inferred.
    sure: BTreeSet<AccountIx>,
    /// Where data that was not read may make them one, with why.
    perhaps: BTreeMap<AccountIx, BTreeSet<String>>,
}

enum Judgement {
    Home,
    Unknown(BTreeSet<String>),
    Stray(String),
}

impl Homes {
    fn new(cx: &CheckContext<'_, '_>) -> Self {
        let named = cx.list("identity_accounts");
        let fits = |ix: &AccountIx| {
            let account = cx.estate.account(*ix);
            named.iter().any(|n| *n == account.id().to_string() || *n == account.name())
        };
        let configured: BTreeSet<AccountIx> =
            (0..cx.estate.accounts().len()).map(AccountIx::new).filter(fits).collect();
        let mut homes = Self { sure: configured, named, ..Self::default() };
        if homes.named.is_empty() || !homes.sure.is_empty() {
            homes.infer(cx);
        }
        homes
    }

    /// Adds accounts whose users enter roles of other accounts, default organization roles left aside, in partitions for which
    /// none is configured.
    fn infer(&mut self, cx: &CheckContext<'_, '_>) {
        let estate = cx.estate;
        let configured: BTreeSet<&str> = self.sure.iter().map(|ix| estate.account(*ix).partition()).collect();
        for edge in cx.graph.all().iter().flatten() {
            let role = estate.principal(edge.to);
            let verdict = edge.free().verdict();
            let own = estate.account(role.account()).partition();
            if is_default_admin_role(role.name()) || verdict == Verdict::Denied || configured.contains(own) {
                continue;
            }
            let users = edge
                .from
                .members(estate)
                .iter()
                .map(|m| estate.principal(*m))
                .filter(|p| p.kind() == PrincipalType::User);
            let unread = match &edge.from {
                Source::Account(id) => {
                    let account = estate.account_by_id(*id);
                    account.filter(|ix| estate.account(*ix).presence().gap().is_some())
                }
                _ => None,
            };
            let others = users.map(|p| p.account()).chain(unread).filter(|account| *account != role.account());
            for account in others {
                if verdict <= Verdict::Conditional && unread.is_none() {
                    self.sure.insert(account);
                } else {
                    let presence = unread.and_then(|ix| estate.account(ix).presence().gap());
                    let why = self.perhaps.entry(account).or_default();
                    why.extend(entry::unclear(cx, &edge.free().truth()));
                    why.extend(presence.map(|gap| cx.reason(gap)));
                }
            }
        }
    }

    fn judge(&self, estate: &Estate, account: AccountIx) -> Judgement {
        let partition = |ix: &AccountIx| estate.account(*ix).partition();
        let own = partition(&account);
        if self.sure.contains(&account) {
            return Judgement::Home;
        }
        if self.sure.is_empty() && !self.named.is_empty() {
            // names that fit no account leave no account for users: said with the names, not passed over
            let names = self.named.join(", ");
            return Judgement::Stray(format!("users belong into {names} (configured, but no account is called so)"));
        }
        if let Some(why) = self.perhaps.get(&account) {
            return Judgement::Unknown(why.clone());
        }
        let homes: Vec<&AccountIx> = self.sure.iter().filter(|ix| partition(ix) == own).collect();
        if homes.is_empty() {
            let others = self.perhaps.iter().filter(|(ix, _)| partition(ix) == own);
            let why: BTreeSet<String> = others.flat_map(|(_, why)| why.iter().cloned()).collect();
            return if why.is_empty() { Judgement::Home } else { Judgement::Unknown(why) };
        }
        let configured = |ix: &&AccountIx| {
            let home = estate.account(**ix);
            self.named.iter().any(|n| *n == home.id().to_string() || *n == home.name())
        };
        let how = if homes.iter().any(configured) { "configured" } else { "inferred from who enters other accounts" };
        let names = homes.iter().map(|ix| {
            let home = estate.account(**ix);
            if home.name().is_empty() { home.id().to_string() } else { home.name().to_owned() }
        });
        Judgement::Stray(format!("users belong into {} ({how})", names.collect::<Vec<_>>().join(", ")))
    }
}

/// A user in almost as many groups as AWS allows.
pub(super) fn user_near_group_limit(cx: &mut CheckContext<'_, '_>) {
    let headroom = cx.number("headroom");
    for account in cx.accounts_with(Facet::AuthorizationDetails) {
        let summary = cx.estate.account(account).facts().summary.unwrap_or_default();
        let quota = summary.groups_per_user.map_or(GROUPS_PER_USER, i64::from);
        for ix in cx.estate.principals_of(account) {
            if !cx.estate.principal(ix).knows_groups() {
                cx.unknown_principal(ix, &BTreeSet::from(["the user's groups were not read".to_owned()]));
                continue;
            }
            let groups = i64::try_from(cx.estate.principal(ix).groups().len()).unwrap_or(i64::MAX);
            if cx.estate.principal(ix).kind() == PrincipalType::User && groups > 0 && groups >= quota - headroom {
                let room = quota - groups;
                let message = format!("in {groups} of {quota} groups, room for {room} more");
                cx.principal(ix, Found { message, ..Found::default() });
            }
        }
    }
}
