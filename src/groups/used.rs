//! What of today's reach was used lately, as far as the snapshot says.
//!
//! Owns: that only what surely was not used is left out. A role says when it was last used, by whomever; where the calls of a role were
//! searched for, they say by whom.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use roaring::RoaringBitmap;

use super::pairs::{Pairs, role_of};
use crate::model::{Estate, LastUsed};
use crate::snapshot::activity::AssumeRoleEvents;

/// Reach that was used, and what was left out.
#[derive(Clone, Debug, Default)]
pub struct Used {
    /// Roles by user.
    pub pairs: Pairs,
    /// Pairs that were not used since then.
    pub idle: u64,
    /// Pairs of roles of which it is not known when they were last used: they are among the pairs.
    pub unknown: u64,
}

/// Of `today`, what was used in the last `days` days. `events` are the calls of roles that were searched for, by account.
#[must_use]
pub fn used(estate: &Estate, today: &Pairs, days: i64, events: &[AssumeRoleEvents]) -> Used {
    let since =
        estate.at().saturating_sub(SignedDuration::from_hours(days.saturating_mul(24))).unwrap_or(Timestamp::MIN);
    let called = Called::of(events, since);
    let mut found = Used::default();
    for (user, roles) in today {
        let arn = estate.arn(*user);
        let mut own = RoaringBitmap::new();
        for role in roles {
            let ix = role_of(role);
            let last = estate.principal(ix).role().map_or(LastUsed::NotCollected, |facts| facts.last_used);
            let by_user = called.by(&estate.arn(ix), &arn);
            let is_used = match (last, by_user) {
                (_, Some(by_user)) => by_user,
                (LastUsed::At(at), None) => at >= since,
                (LastUsed::Never, None) => false,
                (LastUsed::NotCollected, None) => {
                    found.unknown += 1;
                    true
                }
            };
            if is_used {
                own.insert(role);
            } else {
                found.idle += 1;
            }
        }
        found.pairs.insert(*user, own);
    }
    found
}

/// Who assumed which role.
struct Called<'a> {
    /// Callers of the roles that were searched for over the whole period.
    callers: BTreeMap<&'a str, BTreeSet<&'a str>>,
}

impl<'a> Called<'a> {
    fn of(events: &'a [AssumeRoleEvents], since: Timestamp) -> Self {
        let mut callers = BTreeMap::<&str, BTreeSet<&str>>::new();
        for of_account in events {
            // a search that begins later says nothing about the days before
            let is_whole = of_account.from.parse::<Timestamp>().is_ok_and(|from| from <= since);
            if !is_whole {
                continue;
            }
            of_account.roles.iter().for_each(|role| _ = callers.entry(role).or_default());
            for event in of_account.events.iter().filter(|event| event.error_code.is_none()) {
                let is_late = event.event_time.parse::<Timestamp>().is_ok_and(|at| at >= since);
                if let (true, Some(caller)) = (is_late, event.principal.as_deref()) {
                    callers.entry(&event.role_arn).or_default().insert(caller);
                }
            }
        }
        Self { callers }
    }

    /// Whether the user called; `None` where the calls of the role were not searched for.
    fn by(&self, role: &str, user: &str) -> Option<bool> {
        self.callers.get(role).map(|callers| callers.contains(user))
    }
}
