//! How many of each sort reach how much.
//!
//! Owns: what is known and what is only possible, and which ways ask for MFA.

use std::collections::BTreeMap;

use roaring::RoaringBitmap;

use super::WhoCan;
use super::filter::who;
use crate::answer::{ReachCount, Verdict, Who};
use crate::graph::search::targets::Part;
use crate::policy::key::{ContextKey, KeyKind};

impl WhoCan<'_, '_> {
    /// How many may reach the target, of whom it is not known that they do.
    pub(super) fn possible(&self) -> usize {
        self.groups.iter().filter(|group| !is_known(&group.parts)).map(|group| group.who.len()).sum()
    }

    pub(super) fn counts(&self) -> Vec<ReachCount> {
        #[derive(Default)]
        struct Count {
            principals: usize,
            roles: RoaringBitmap,
            without_mfa: (usize, RoaringBitmap),
            is_open: bool,
        }
        let mut counts = BTreeMap::<Who, Count>::new();
        for group in &self.groups {
            let mut members = BTreeMap::<Who, usize>::new();
            for one in &group.who {
                *members.entry(who(&one.source, self.estate())).or_default() += 1;
            }
            let roles = union(group.parts.iter());
            let without_mfa = union(group.parts.iter().filter(|part| !needs_mfa(part.verdict, &part.conditions)));
            for (who, principals) in members {
                let count = counts.entry(who).or_default();
                count.principals += principals;
                count.roles |= &roles;
                count.is_open |= group.parts.iter().any(|part| part.verdict == Verdict::Unknown);
                count.without_mfa.0 += if without_mfa.is_empty() { 0 } else { principals };
                count.without_mfa.1 |= &without_mfa;
            }
        }
        let count = |(who, count): (Who, Count)| ReachCount {
            who,
            principals: count.principals,
            roles: count.roles.len() as usize,
            // of a way that is unknown nobody can say that it asks for MFA
            without_mfa: (who == Who::Users && (count.without_mfa.0 > 0 || !count.is_open))
                .then(|| (count.without_mfa.0, count.without_mfa.1.len() as usize)),
        };
        counts.into_iter().map(count).collect()
    }
}

/// Whether a way asks a user for MFA, or may: of one that is not known nothing is said. That sign-in asks a user with a device is no
/// matter of the way: a key that the user makes tomorrow has none.
pub(crate) fn needs_mfa(verdict: Verdict, conditions: &[String]) -> bool {
    let is_mfa = |key: &String| matches!(ContextKey::new(key).kind(), KeyKind::MfaPresent | KeyKind::MfaAge);
    verdict == Verdict::Unknown || conditions.iter().any(is_mfa)
}

/// Whether one of these ways is there, if under conditions.
fn is_known(parts: &[Part]) -> bool {
    parts.iter().any(|part| part.verdict < Verdict::Unknown)
}

fn union<'a>(parts: impl Iterator<Item = &'a Part>) -> RoaringBitmap {
    parts.fold(RoaringBitmap::new(), |all, part| all | &part.roles)
}
