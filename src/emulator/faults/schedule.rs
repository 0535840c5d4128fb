//! When something goes wrong: a deterministic schedule of faults.
//!
//! Owns: which call meets which fault. INVARIANT: whether the nth call of an operation in an account meets a fault
//! depends on the seed, the account, the operation and n, and never on time: equal seeds give equal runs.

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};

use super::fault::Fault;
use crate::ids::AccountId;

/// Faults with the calls that they affect; the first matching rule applies.
#[derive(Clone, Debug, Default)]
pub struct Schedule {
    /// Another seed gives other random draws.
    pub seed: u64,
    /// The rules, in order.
    pub rules: Vec<Rule>,
}

/// A fault and the calls that it affects.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Operations: `ListAccounts`, or a service's prefix: `iam:`. Empty means all.
    pub operations: Vec<&'static str>,
    /// Accounts whose credentials make the call. Empty means all.
    pub accounts: BTreeSet<AccountId>,
    /// Regions of the credential scope. Empty means all.
    pub regions: Vec<&'static str>,
    /// Which of those calls.
    pub when: When,
    /// The fault that happens.
    pub fault: Fault,
}

/// Selects calls of one operation in one account, counted from 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum When {
    /// All.
    Always,
    /// The first this many.
    First(u64),
    /// All but the first this many.
    After(u64),
    /// Only this one.
    Nth(u64),
    /// This share of them, drawn by the seed.
    Chance(f64),
}

impl Rule {
    /// `fault` for every call of `operation`.
    #[must_use]
    pub fn always(operation: &'static str, fault: Fault) -> Self {
        let accounts = BTreeSet::new();
        let regions = Vec::new();
        Self { operations: vec![operation], accounts, regions, when: When::Always, fault }
    }

    /// The same, in one account only.
    #[must_use]
    pub fn of(mut self, account: AccountId) -> Self {
        self.accounts.insert(account);
        self
    }

    /// The same, in one region only.
    #[must_use]
    pub fn in_region(mut self, region: &'static str) -> Self {
        self.regions.push(region);
        self
    }

    /// The same, for some of the calls.
    #[must_use]
    pub fn when(mut self, when: When) -> Self {
        self.when = when;
        self
    }

    fn hits(&self, action: &str, account: AccountId, region: &str) -> bool {
        let operation = action.split(':').next_back().unwrap_or_default();
        let named = |name: &&str| *name == operation || (name.ends_with(':') && action.starts_with(*name));
        (self.operations.is_empty() || self.operations.iter().any(named))
            && (self.accounts.is_empty() || self.accounts.contains(&account))
            && (self.regions.is_empty() || self.regions.contains(&region))
    }
}

impl Schedule {
    /// A schedule of these rules.
    #[must_use]
    pub fn of(rules: impl IntoIterator<Item = Rule>) -> Self {
        Self { seed: 0, rules: rules.into_iter().collect() }
    }

    /// Throttles a share of all calls, except the first one, without which there is no run.
    #[must_use]
    pub fn throttling(seed: u64, share: f64) -> Self {
        let rule = |operation, code| Rule::always(operation, Fault::Refuse(400, code)).when(When::Chance(share));
        let rules = vec![
            rule("iam:", "Throttling"),
            rule("sts:", "ThrottlingException"),
            rule("cloudtrail:", "ThrottlingException"),
            rule("organizations:", "TooManyRequestsException"),
            rule("sso:", "ThrottlingException"),
            rule("identitystore:", "ThrottlingException"),
            rule("account-access:", "ThrottlingException"),
        ];
        Self { seed, rules }
    }

    /// The fault that the `nth` call meets, with a random number for it.
    pub(crate) fn fault(&self, action: &str, account: AccountId, region: &str, nth: u64) -> Option<(&Fault, u64)> {
        let mut rules = self.rules.iter().enumerate().filter(|(_, rule)| rule.hits(action, account, region));
        rules.find_map(|(at, rule)| {
            let draw = self.draw(at, action, account, nth);
            let hit = match rule.when {
                When::Always => true,
                When::First(count) => nth < count,
                When::After(count) => nth >= count,
                When::Nth(wanted) => nth == wanted,
                When::Chance(share) => (draw >> 11) as f64 / (1_u64 << 53) as f64 <= share,
            };
            hit.then_some((&rule.fault, draw.rotate_left(32)))
        })
    }

    fn draw(&self, rule: usize, action: &str, account: AccountId, nth: u64) -> u64 {
        let text = format!("{}/{rule}/{action}/{account}/{nth}", self.seed);
        Sha256::digest(text.as_bytes()).iter().take(8).fold(0, |sum, byte| (sum << 8) | u64::from(*byte))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(text: &str) -> AccountId {
        AccountId::parse(text).unwrap()
    }

    #[test]
    fn a_rule_hits_its_operation_account_and_calls() {
        let rule = Rule::always("ListRoles", Fault::Reset).of(id("111122223333")).when(When::Nth(1));
        let schedule = Schedule::of([rule.in_region("us-east-1")]);
        let hit = |action, account, region, nth| schedule.fault(action, id(account), region, nth).is_some();
        assert!(hit("iam:ListRoles", "111122223333", "us-east-1", 1));
        assert!(!hit("iam:ListRoles", "111122223333", "us-east-1", 0));
        assert!(!hit("iam:ListRoles", "111122223333", "eu-west-1", 1));
        assert!(!hit("iam:ListRoles", "444455556666", "us-east-1", 1));
        assert!(!hit("iam:ListUsers", "111122223333", "us-east-1", 1));
    }

    #[test]
    fn equal_seeds_draw_the_same_and_others_do_not() {
        let hits = |seed| {
            let schedule = Schedule::throttling(seed, 0.2);
            let hit = |n: &u64| schedule.fault("iam:ListRoles", id("111122223333"), "us-east-1", *n).is_some();
            (0..2000).filter(hit).collect::<Vec<_>>()
        };
        assert_eq!(hits(1), hits(1));
        assert_ne!(hits(1), hits(2));
        assert!((300..500).contains(&hits(1).len()), "{}", hits(1).len());
    }
}
