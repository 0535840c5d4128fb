//! Whether one principal may do something that another may not.
//!
//! Owns: the definition. One is stronger than the other where a role lets it in by its name, or where some Allow of its own policies,
//! asked as one request that it covers, is allowed to it and denied to the other. What it may do to itself alone (a pattern with a
//! variable) is no strength. What was not read may be one. INVARIANT: where one is not stronger, whatever its policies allow is
//! allowed to the other.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use foldhash::{HashMap, HashMapExt};

use super::ask::{ALL, Asked};
use crate::eval::Truth;
use crate::ids::{ClassIx, PrincipalIx};
use crate::model::{Class, Document, Estate};
use crate::policy::action::{Action, ActionPattern};
use crate::policy::principal::PrincipalEntry;
use crate::policy::resource::ResourceClause;
use crate::policy::{Effect, Policy, Statement};
use crate::wildcard;

/// What is known of who is stronger.
#[derive(Debug)]
pub(crate) struct Strengths<'e> {
    estate: &'e Estate,
    /// By class and class.
    known: Mutex<HashMap<(ClassIx, ClassIx), bool>>,
    /// Principals whom some role lets in by name.
    named: OnceLock<HashSet<PrincipalIx>>,
}

/// A text that no policy has.
const SOME: &str = "q7x2m4k9zt";

impl<'e> Strengths<'e> {
    pub(crate) fn new(estate: &'e Estate) -> Self {
        Self { estate, known: Mutex::new(HashMap::new()), named: OnceLock::new() }
    }

    /// Whether `one` may do something that `other` may not. Neither is an administrator.
    pub(crate) fn is_stronger(&self, one: PrincipalIx, other: PrincipalIx) -> bool {
        if one == other {
            return false;
        }
        if self.named().contains(&one) {
            return true;
        }
        let key = (self.estate.principal(one).class(), self.estate.principal(other).class());
        let known = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known().get(&key) {
            return *known;
        }
        let found = self.has_more(key.0, key.1);
        known().insert(key, found);
        found
    }

    fn has_more(&self, one: ClassIx, other: ClassIx) -> bool {
        let (Some(of_one), Some(of_other)) = (Asked::new(self.estate, one, ALL), Asked::new(self.estate, other, ALL))
        else {
            return true;
        };
        for attached in self.estate.class(one).policies() {
            let Document::Parsed(ix) = attached.document else { return true };
            // what both have neither has alone
            let has_too = |own: &crate::model::Attached| own.document == attached.document;
            if self.estate.class(other).policies().iter().any(has_too) && self.estate.class(other).boundary().is_none()
            {
                continue;
            }
            if self.is_more(self.estate.policy(ix), &of_one, &of_other) {
                return true;
            }
        }
        false
    }

    fn is_more(&self, policy: &Policy, one: &Asked<'_>, other: &Asked<'_>) -> bool {
        let allows = policy.statements.iter().filter(|statement| statement.effect == Effect::Allow);
        let mut requests = allows.flat_map(requests);
        requests.any(|(action, resource)| {
            // whether the role lets it in is for the role to say: what counts is who may ask
            if action.service() == "sts" {
                return !self.says(other.class, &action, &resource);
            }
            one.may_somehow(&action, &resource) != Truth::False && other.may_somehow(&action, &resource) == Truth::False
        })
    }

    /// Whether an Allow of a class speaks of this, conditions aside.
    fn says(&self, class: &Class, action: &Action, resource: &str) -> bool {
        let parsed =
            class.policies().iter().filter_map(|attached| Some(self.estate.policy(attached.document.parsed()?)));
        let mut allows = parsed.flat_map(|policy| &policy.statements).filter(|s| s.effect == Effect::Allow);
        allows.any(|s| {
            let covers = |clause: &ResourceClause| {
                clause.negated || clause.patterns.iter().any(|text| wildcard::matches(&text.widest(), resource))
            };
            s.actions.matches(action) && s.resources.as_ref().is_some_and(covers)
        })
    }

    fn named(&self) -> &HashSet<PrincipalIx> {
        self.named.get_or_init(|| {
            let trusts: HashSet<_> = self
                .estate
                .roles()
                .filter_map(|role| self.estate.principal(role).role())
                .map(|facts| facts.trust)
                .collect();
            let parsed = trusts.into_iter().filter_map(|trust| Some(self.estate.policy(trust.parsed()?)));
            let allows = parsed.flat_map(|policy| &policy.statements).filter(|s| s.effect == Effect::Allow);
            let names = allows
                .flat_map(|statement| statement.entries())
                .filter_map(|entry| if let PrincipalEntry::Identity(arn) = entry { Some(&**arn) } else { None });
            names.filter_map(|arn| self.estate.principal_by_arn(arn)).collect()
        })
    }
}

/// One request for each action and each resource that an Allow has.
fn requests(statement: &Statement) -> Vec<(Action, Arc<str>)> {
    let actions: Vec<Action> = match statement.actions.negated {
        true => vec![Action::named(SOME, SOME)],
        false => statement.actions.patterns.iter().filter_map(covered).collect(),
    };
    let resources: Vec<Arc<str>> = match &statement.resources {
        Some(clause) if !clause.negated => clause
            .patterns
            .iter()
            .filter(|text| !text.has_variables())
            .map(|text| {
                if text.as_str().chars().all(|c| c == '*') {
                    "*".into()
                } else {
                    text.as_str().replace(['*', '?'], "x").into()
                }
            })
            .collect(),
        _ => vec!["*".into()],
    };
    resources
        .iter()
        .flat_map(|resource| actions.iter().map(move |action| (action.clone(), Arc::clone(resource))))
        .collect()
}

fn covered(pattern: &ActionPattern) -> Option<Action> {
    match pattern {
        ActionPattern::All => Some(Action::named(SOME, SOME)),
        ActionPattern::Nothing(_) => None,
        ActionPattern::Named { service, operation, .. } => Some(Action::named(&filled(service), &filled(operation))),
    }
}

/// A text that the pattern covers, and that a narrower one does not.
fn filled(pattern: &str) -> String {
    if !wildcard::has_wildcard(pattern) {
        return pattern.to_owned();
    }
    pattern.replacen('*', SOME, 1).replace('*', "").replace('?', "x")
}
