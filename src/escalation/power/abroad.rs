//! Whom roles of other accounts let in.
//!
//! Owns: who is named by a trust policy of another account, or meets a pattern for ARNs that it asks for. An administrator of an account
//! has that as one of them alone.

use std::collections::{BTreeMap, BTreeSet};

use crate::ids::{AccountIx, PolicyIx, PrincipalIx};
use crate::model::Estate;
use crate::policy::Statement;
use crate::policy::key::KeyKind;
use crate::policy::principal::PrincipalEntry;
use crate::policy::shadow::allows;
use crate::policy::text::Text;
use crate::wildcard;

/// Those of each account.
#[derive(Debug)]
pub(super) struct Abroad(BTreeMap<AccountIx, BTreeSet<PrincipalIx>>);

impl Abroad {
    pub(super) fn new(estate: &Estate) -> Self {
        let mut found = Self(BTreeMap::new());
        // the accounts whose roles ask for a pattern: many share one
        let mut patterns = BTreeMap::<Box<str>, BTreeSet<AccountIx>>::new();
        let trusts: BTreeSet<(AccountIx, PolicyIx)> = trusts(estate).collect();
        for (home, trust) in trusts {
            for allow in allows(estate.policy(trust)) {
                for arn in named(allow).chain(arns(allow).map(Text::as_str)) {
                    found.extend(estate, estate.principal_by_arn(arn).into_iter(), |account| account != home);
                }
                for pattern in arns(allow).map(Text::widest).filter(|text| wildcard::has_wildcard(text)) {
                    patterns.entry(pattern).or_default().insert(home);
                }
            }
        }
        for (pattern, homes) in &patterns {
            let all = (0..estate.principals().len()).map(PrincipalIx::new);
            let fitting = all.filter(|ix| wildcard::matches(pattern, &estate.arn(*ix)));
            found.extend(estate, fitting, |account| homes.iter().any(|home| *home != account));
        }
        found
    }

    fn extend(
        &mut self,
        estate: &Estate,
        who: impl Iterator<Item = PrincipalIx>,
        is_abroad: impl Fn(AccountIx) -> bool,
    ) {
        for ix in who {
            let account = estate.principal(ix).account();
            if is_abroad(account) {
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

/// The users and roles that an Allow names.
pub(super) fn named(allow: &Statement) -> impl Iterator<Item = &str> {
    allow.entries().filter_map(|entry| if let PrincipalEntry::Identity(arn) = entry { Some(&**arn) } else { None })
}

/// The ARNs that an Allow asks a caller for.
fn arns(allow: &Statement) -> impl Iterator<Item = &Text> {
    let tests = allow.conditions.iter().filter(|test| test.key.kind() == KeyKind::PrincipalArn);
    tests.flat_map(|test| &test.values)
}
