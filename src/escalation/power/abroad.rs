//! Whom roles of other accounts let in.
//!
//! Owns: who is named by a trust policy of another account, or has the id or meets a pattern for ARNs that it, or a policy of the
//! organization about AssumeRole, asks for. An administrator of an account has that as one of them alone.

use std::collections::{BTreeMap, BTreeSet};

use crate::ids::{AccountIx, PolicyIx, PrincipalIx};
use crate::model::{Document, Estate};
use crate::policy::key::KeyKind;
use crate::policy::principal::PrincipalEntry;
use crate::policy::shadow::allows;
use crate::policy::text::Text;
use crate::policy::{Effect, Statement, sts};
use crate::wildcard;

/// Those of each account.
#[derive(Debug)]
pub(super) struct Abroad(BTreeMap<AccountIx, BTreeSet<PrincipalIx>>);

/// The accounts whose roles ask for something; `None` for a policy of the organization.
type Homes = BTreeSet<Option<AccountIx>>;

impl Abroad {
    pub(super) fn new(estate: &Estate) -> Self {
        let mut found = Self(BTreeMap::new());
        // many share a text
        let mut asked = BTreeMap::<Box<str>, Homes>::new();
        let mut ids = BTreeMap::<&str, Homes>::new();
        let trusts: BTreeSet<(Option<AccountIx>, PolicyIx)> =
            trusts(estate).map(|(home, trust)| (Some(home), trust)).collect();
        for (home, trust) in &trusts {
            for allow in allows(estate.policy(*trust)) {
                named(allow).for_each(|arn| _ = asked.entry(arn.into()).or_default().insert(*home));
            }
        }
        let guardrails: BTreeSet<_> = guardrails(estate).map(|ix| (None, ix)).collect();
        for (home, ix) in trusts.iter().chain(&guardrails) {
            let is_asked = |s: &&Statement| home.is_some() || s.actions.matches(&sts::ASSUME_ROLE);
            let is_told = |s: &&Statement| home.is_none() || s.effect == Effect::Allow;
            for statement in estate.policy(*ix).statements.iter().filter(is_asked).filter(is_told) {
                tests(statement, KeyKind::PrincipalArn)
                    .for_each(|text| _ = asked.entry(text.widest()).or_default().insert(*home));
                let of_ids = tests(statement, KeyKind::UserId).filter_map(|text| text.as_str().split(':').next());
                of_ids.for_each(|id| _ = ids.entry(id).or_default().insert(*home));
            }
        }
        let is_pattern = |text: &str| wildcard::has_wildcard(text) && !covers_all(text);
        let patterns: Vec<_> = asked.iter().filter(|(text, _)| is_pattern(text)).collect();
        for (arn, homes) in asked.iter().filter(|(text, _)| !wildcard::has_wildcard(text)) {
            found.extend(estate, estate.principal_by_arn(arn).into_iter(), homes);
        }
        if patterns.is_empty() && ids.is_empty() {
            return found;
        }
        for ix in (0..estate.principals().len()).map(PrincipalIx::new) {
            if let Some(homes) = ids.get(estate.principal(ix).unique_id()) {
                found.extend(estate, [ix].into_iter(), homes);
            }
            if !patterns.is_empty() {
                let arn = estate.arn(ix);
                for (_, homes) in patterns.iter().filter(|(pattern, _)| wildcard::matches(pattern, &arn)) {
                    found.extend(estate, [ix].into_iter(), homes);
                }
            }
        }
        found
    }

    fn extend(&mut self, estate: &Estate, who: impl Iterator<Item = PrincipalIx>, homes: &Homes) {
        for ix in who {
            let account = estate.principal(ix).account();
            if homes.iter().any(|home| *home != Some(account)) {
                self.0.entry(account).or_default().insert(ix);
            }
        }
    }

    /// Those of an account, in order.
    pub(super) fn of(&self, account: AccountIx) -> impl Iterator<Item = PrincipalIx> + '_ {
        self.0.get(&account).into_iter().flatten().copied()
    }

    /// Whether this is one of them.
    pub(super) fn has(&self, estate: &Estate, ix: PrincipalIx) -> bool {
        self.0.get(&estate.principal(ix).account()).is_some_and(|all| all.contains(&ix))
    }
}

/// The trust policy of each role that was read, with the account of the role.
pub(super) fn trusts(estate: &Estate) -> impl Iterator<Item = (AccountIx, PolicyIx)> + '_ {
    let roles = estate.roles().map(|role| estate.principal(role));
    roles.filter_map(|role| Some((role.account(), role.role()?.trust.parsed()?)))
}

/// SCPs and RCPs, some of them more than once.
pub(super) fn guardrails(estate: &Estate) -> impl Iterator<Item = PolicyIx> + '_ {
    let all = estate.accounts().iter().flat_map(|account| [account.scps(), account.rcps()]);
    all.flat_map(|all| all.documents()).filter_map(Document::parsed)
}

/// The users and roles that an Allow names.
pub(super) fn named(allow: &Statement) -> impl Iterator<Item = &str> {
    allow.entries().filter_map(|entry| if let PrincipalEntry::Identity(arn) = entry { Some(&**arn) } else { None })
}

/// True for a pattern of ARNs that tells no user or role of an account from another.
fn covers_all(pattern: &str) -> bool {
    const SOME: [&str; 2] = ["arn:aws:iam::1:user/q7x2m4k9zt", "arn:aws:iam::1:role/q7x2m4k9zt"];
    SOME.iter().all(|arn| wildcard::matches(pattern, arn))
}

/// What a statement asks a caller for.
fn tests(statement: &Statement, kind: KeyKind) -> impl Iterator<Item = &Text> {
    let tests = statement.conditions.iter().filter(move |test| test.key.kind() == kind);
    tests.flat_map(|test| &test.values)
}
