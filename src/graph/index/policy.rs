//! What one document says of assuming roles.

use std::hash::{BuildHasher, DefaultHasher, Hash, Hasher};

use rayon::prelude::*;

use crate::ids::PolicyIx;
use crate::model::Estate;
use crate::policy::condition::Condition;
use crate::policy::key::{ContextKey, KeyKind};
use crate::policy::resource::ResourceClause;
use crate::policy::text::Text;
use crate::policy::{
    Effect, Policy, Statement, TagOf, ToldAccounts, reads_callers, speaks_of_roles, sts, tells_roles_apart,
    tells_users_apart,
};
use crate::wildcard;

/// What one document says of AssumeRole, and of what a call to it may carry.
#[derive(Debug, Default)]
pub(super) struct PolicyGrants {
    /// The first document that says the same, if that is another.
    pub(super) same_as: Option<PolicyIx>,
    /// What it allows to assume.
    pub(super) assume: Resources,
    /// On what it allows the companions of AssumeRole alone.
    pub(super) companions: Resources,
    /// Whether it denies any of them.
    pub(super) denies: bool,
    /// Two roles of a class can fare differently under it.
    pub(super) differs: bool,
    /// Two users can who are equal in all that policies read of both.
    pub(super) users_differ: bool,
    /// Callers are told apart by what tests of their names, tags and OUs say.
    pub(super) reads_callers: bool,
    /// The accounts whose callers fare differently under it.
    pub(super) accounts: ToldAccounts,
}

/// The resources of Allows, as far as they tell where to look.
#[derive(Clone, Debug, Default)]
pub(super) struct Resources {
    /// Hashes of ARNs.
    pub(super) exact: Vec<u64>,
    pub(super) patterns: Vec<Box<str>>,
    /// Texts with tags of the caller in them; each as wide as it can be stands among the patterns too.
    by_tag: Vec<Text>,
    /// Anything.
    pub(super) always: bool,
}

/// What each document says of assuming roles; most say nothing.
#[derive(Debug, Default)]
pub(super) struct Policies(Vec<Option<Box<PolicyGrants>>>);

impl Policies {
    /// Of every document; those that differ in nothing that counts here are known to.
    pub(super) fn new(estate: &Estate) -> Self {
        let hashed = foldhash::fast::RandomState::default();
        let of_policy = |ix| {
            let policy = estate.policy(ix);
            let grants = PolicyGrants::new(policy)?;
            // those of principals: no class is told by the trust policies of roles
            let of_principals = policy.statements.first().is_some_and(|statement| statement.principal.is_none());
            let counts = of_principals && (grants.denies || !grants.assume.is_empty() || !grants.companions.is_empty());
            Some((Box::new(grants), counts.then(|| hashed.hash_one(Spoken::new(policy)))))
        };
        let all = (0..estate.policy_count()).into_par_iter().map(PolicyIx::new);
        let all: Vec<Option<(Box<PolicyGrants>, Option<u64>)>> = all.map(of_policy).collect();
        let mut first = foldhash::HashMap::<u64, PolicyIx>::default();
        let mut noted = |ix, (mut grants, hash): (Box<PolicyGrants>, Option<u64>)| {
            let known = hash.map(|hash| *first.entry(hash).or_insert(ix)).filter(|known| *known != ix);
            // two that hash alike by chance are both kept: that costs time alone
            let is_same = |known: &PolicyIx| Spoken::new(estate.policy(*known)) == Spoken::new(estate.policy(ix));
            grants.same_as = known.filter(is_same);
            grants
        };
        let numbered = (0..).map(PolicyIx::new).zip(all);
        Self(numbered.map(|(ix, grants)| grants.map(|grants| noted(ix, grants))).collect())
    }

    /// What a document says; `None` where it says nothing.
    pub(super) fn get(&self, ix: PolicyIx) -> Option<&PolicyGrants> {
        self.0.get(ix.get()).and_then(Option::as_deref)
    }
}

/// A document, as far as it speaks of assuming roles. Its texts know the version that they are of.
struct Spoken<'e>(Vec<(&'e Statement, [bool; 3])>);

impl<'e> Spoken<'e> {
    fn new(policy: &'e Policy) -> Self {
        let statements = policy.statements.iter().map(|statement| (statement, actions(statement)));
        Self(statements.filter(|(_, actions)| actions.contains(&true)).collect())
    }

    /// What counts of each statement.
    fn said(&self) -> impl Iterator<Item = (Effect, [bool; 3], &'e Option<ResourceClause>, &'e [Condition])> {
        let said = |(statement, actions): &(&'e Statement, _)| {
            (statement.effect, *actions, &statement.resources, &*statement.conditions)
        };
        self.0.iter().map(said)
    }
}

impl PartialEq for Spoken<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.said().eq(other.said())
    }
}

impl Eq for Spoken<'_> {}

impl Hash for Spoken<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        for (effect, actions, resources, conditions) in self.said() {
            (effect, actions, resources, conditions.len()).hash(state);
        }
    }
}

/// Which of the actions that count here a statement is about.
fn actions(statement: &Statement) -> [bool; 3] {
    [&sts::ASSUME_ROLE, &sts::TAG_SESSION, &sts::SET_SOURCE_IDENTITY].map(|action| statement.actions.matches(action))
}

impl PolicyGrants {
    fn new(policy: &Policy) -> Option<Self> {
        let mut spoken = policy.statements.iter().filter(|s| speaks_of_roles(s)).peekable();
        spoken.peek()?;
        let mut grants = Self::default();
        for statement in spoken {
            grants.differs |= tells_roles_apart(statement);
            grants.users_differ |= tells_users_apart(statement);
            grants.reads_callers |= reads_callers(statement);
            grants.accounts.add(statement);
            match statement.effect {
                Effect::Deny => grants.denies = true,
                Effect::Allow if statement.actions.matches(&sts::ASSUME_ROLE) => grants.assume.add(statement),
                Effect::Allow => grants.companions.add(statement),
            }
        }
        Some(grants)
    }
}

impl Resources {
    /// True where nothing is allowed.
    pub(super) fn is_empty(&self) -> bool {
        !self.always && self.exact.is_empty() && self.patterns.is_empty()
    }

    fn add(&mut self, statement: &Statement) {
        let Some(clause) = &statement.resources else { return };
        if clause.negated {
            self.always = true;
            return;
        }
        for text in &clause.patterns {
            if is_exact(text) {
                self.exact.push(hash(text.as_str()));
                continue;
            }
            self.patterns.push(text.widest());
            if text.variables().all(|key| key.kind() == KeyKind::PrincipalTag) && text.has_variables() {
                self.by_tag.push(text.clone());
            }
        }
    }

    /// What the tags of a caller make of the texts that name tags; `None` for one whose tags are not all known.
    pub(super) fn by_tags<'t>(&self, tag: &impl Fn(&str) -> TagOf<'t>) -> Vec<Option<String>> {
        let of = |text: &Text| {
            let is_read = text.variables().all(|key| tag(key.tag()) != TagOf::Unread);
            let value = |key: &ContextKey| match tag(key.tag()) {
                TagOf::Value(value) => Some(value.to_owned()),
                TagOf::Absent | TagOf::Unread => None,
            };
            if is_read { text.filled(value) } else { None }
        };
        self.by_tag.iter().map(of).collect()
    }

    /// With these in the places of the texts that name tags, each as narrow as is known.
    pub(super) fn filled(&self, by_tags: &[Option<String>]) -> Self {
        let mut filled = self.clone();
        for (text, narrow) in self.by_tag.iter().zip(by_tags) {
            let widest = text.widest();
            let pattern = filled.patterns.iter_mut().find(|pattern| **pattern == widest);
            if let Some((pattern, narrow)) = pattern.zip(narrow.as_deref()) {
                *pattern = narrow.into();
            }
        }
        filled
    }
}

fn is_exact(text: &Text) -> bool {
    text.variables().next().is_none() && !wildcard::has_wildcard(text.as_str()) && !text.as_str().contains("${")
}

/// An exact ARN as it is looked up.
pub(super) fn hash(arn: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    arn.hash(&mut hasher);
    hasher.finish()
}
