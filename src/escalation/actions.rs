//! Which actions of the table a document may allow.
//!
//! Owns: a number for each action, and sets of them. Resources and conditions are not weighed: whoever lacks an action here cannot go
//! a way that needs it, and is asked about nothing.

use std::sync::LazyLock;

use super::table::{Way, WayIx, ways};
use crate::policy::action::{Action, ActionClause, ActionPattern};
use crate::policy::{Effect, Policy, sts};
use crate::wildcard;

/// Sixty-four actions a word.
const WORDS: usize = 4;

/// A set of actions of the table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Actions([u64; WORDS]);

static ALL: LazyLock<Vec<&'static Action>> = LazyLock::new(|| {
    let mut all: Vec<&'static Action> = ways().flat_map(|(_, way)| way.steps.iter().map(|step| &step.action)).collect();
    all.sort_by_key(|action| (action.service(), action.operation()));
    all.dedup();
    all
});

static EACH: LazyLock<Actions> = LazyLock::new(|| Actions::those(|_| true));

static OF_WAYS: LazyLock<Vec<Actions>> = LazyLock::new(|| ways().map(|(_, way)| Actions::of_way(way)).collect());

/// What changes a trust policy.
pub(super) static UPDATE_TRUST: LazyLock<Action> = LazyLock::new(|| Action::named("iam", "UpdateAssumeRolePolicy"));

/// Needed beside what makes something with tags.
/// Source: Amazon EC2 User Guide, "Grant permission to tag Amazon EC2 resources during creation".
pub(super) static EC2_TAGS: LazyLock<Action> = LazyLock::new(|| Action::named("ec2", "CreateTags"));

/// That action alone.
pub(super) static OF_TRUST: LazyLock<Actions> = LazyLock::new(|| Actions::those(|action| *action == *UPDATE_TRUST));

impl Actions {
    /// Every action.
    pub(super) const EVERY: Self = Self([u64::MAX; WORDS]);

    /// Whom the trust policy of a role of the same account names needs no Allow of its own to assume it, so that a way which ends so needs
    /// the other actions alone. Source: AWS STS API Reference, `AssumeRole`.
    fn of_way(way: &Way) -> Self {
        let is_last = |action: &Action| way.steps.len() > 1 && *action == *sts::ASSUME_ROLE;
        Self::those(|action| !is_last(action) && way.steps.iter().any(|step| step.action == *action))
    }

    /// What a way needs.
    pub(super) fn needed_by(way: WayIx) -> Self {
        OF_WAYS.get(way.get()).copied().unwrap_or_else(|| unreachable!("a set for every way"))
    }

    /// What the Allows of a document speak of.
    pub(super) fn allowed_by(policy: &Policy) -> Self {
        let allows = policy.statements.iter().filter(|s| s.effect == Effect::Allow);
        allows.fold(Self::default(), |all, statement| all.or(Self::covered_by(&statement.actions)))
    }

    fn covered_by(clause: &ActionClause) -> Self {
        let named = clause.patterns.iter().fold(Self::default(), |all, pattern| all.or(Self::matched_by(pattern)));
        if clause.negated { EACH.zip(named, |each, named| each & !named) } else { named }
    }

    fn matched_by(pattern: &ActionPattern) -> Self {
        let ActionPattern::Named { service, .. } = pattern else {
            return if *pattern == ActionPattern::All { *EACH } else { Self::default() };
        };
        // most name a service of which the table has no action
        let of_service = if wildcard::has_wildcard(service) {
            0..ALL.len()
        } else {
            let place = |is_before: fn(&str, &str) -> bool| ALL.partition_point(|a| is_before(a.service(), service));
            place(|own, named| own < named)..place(|own, named| own <= named)
        };
        let mut found = Self::default();
        for (at, action) in ALL.iter().enumerate().take(of_service.end).skip(of_service.start) {
            if pattern.matches(action) {
                found.add(at);
            }
        }
        found
    }

    fn those(wanted: impl Fn(&Action) -> bool) -> Self {
        let mut found = Self::default();
        ALL.iter().enumerate().filter(|(_, action)| wanted(action)).for_each(|(at, _)| found.add(at));
        found
    }

    fn add(&mut self, at: usize) {
        if let Some(word) = self.0.get_mut(at / 64) {
            *word |= 1 << (at % 64);
        }
    }

    pub(super) fn or(self, other: Self) -> Self {
        self.zip(other, |a, b| a | b)
    }

    pub(super) fn and(self, other: Self) -> Self {
        self.zip(other, |a, b| a & b)
    }

    pub(super) fn has_all(self, other: Self) -> bool {
        self.and(other) == other
    }

    fn zip(mut self, other: Self, with: fn(u64, u64) -> u64) -> Self {
        self.0.iter_mut().zip(other.0).for_each(|(own, other)| *own = with(*own, other));
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_allows_what_its_statements_match() {
        const ALLOWED: [&str; 9] = [
            r#""*""#,
            r#""iam:*""#,
            r#"["IAM:createaccesskey", "sts:AssumeRole"]"#,
            r#""i?m:Put*Policy""#,
            r#""*:Create*""#,
            r#""lambda:Create?unction""#,
            r#""s3:GetObject""#,
            r#"["aaa:First", "zzz:Last"]"#,
            r#""no colon""#,
        ];
        for (clause, patterns) in ["Action", "NotAction"].into_iter().flat_map(|c| ALLOWED.map(|p| (c, p))) {
            let text = format!(
                r#"{{"Statement": [{{"Effect": "Allow", "{clause}": {patterns}, "Resource": "*"}},
                {{"Effect": "Deny", "Action": "iam:*", "Resource": "*"}}]}}"#
            );
            let policy = crate::policy::parse(&text).unwrap();
            let expected = Actions::those(|action| policy.statements[0].actions.matches(action));
            assert_eq!(Actions::allowed_by(&policy), expected, "{text}");
        }
    }

    #[test]
    fn every_action_has_a_bit() {
        assert!(ALL.len() <= WORDS * 64, "{} actions", ALL.len());
        for (ix, way) in ways() {
            let steps: std::collections::BTreeSet<&str> = way.steps.iter().map(|step| step.action.name()).collect();
            let steps: std::collections::BTreeSet<&str> = match steps.len() {
                1 => steps,
                _ => steps.into_iter().filter(|name| *name != "sts:AssumeRole").collect(),
            };
            let bits: u32 = Actions::needed_by(ix).0.iter().map(|word| word.count_ones()).sum();
            assert_eq!(bits as usize, steps.len(), "{}", way.id);
        }
    }
}
