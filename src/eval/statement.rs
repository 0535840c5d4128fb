//! Truth of one statement, its principal aside.

use super::condition;
use super::facts::Facts;
use super::truth::{Possible, Test, Truth};
use crate::policy::Statement;
use crate::policy::key::ContextKey;
use crate::policy::operator::{Base, Comparison, Operator};
use crate::policy::resource::{self, ResourceClause};
use crate::policy::text::{Pattern, Text};

/// What a statement without `Resource` speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WithoutResource {
    /// A trust policy: the role it belongs to.
    TheRole,
    /// Any other policy: nothing; IAM would not have saved it.
    Nothing,
}

/// Whether action, resource and conditions of a statement match the request.
pub(super) fn truth(statement: &Statement, request: &impl Facts, without: WithoutResource) -> Truth {
    if !statement.actions.matches(request.action()) {
        return Truth::False;
    }
    let resource = match &statement.resources {
        None => Truth::from(without == WithoutResource::TheRole),
        Some(clause) => resource_truth(clause, request),
    };
    if resource == Truth::False {
        return Truth::False;
    }
    resource.and(condition::block(&statement.conditions, request))
}

fn resource_truth(clause: &ResourceClause, request: &impl Facts) -> Truth {
    let mut any = Truth::from(clause.lists(request.resource()));
    for pattern in clause.open() {
        if any == Truth::True {
            break;
        }
        any = any.or(pattern_truth(pattern, request));
    }
    if clause.negated { any.not() } else { any }
}

fn pattern_truth(text: &Text, request: &impl Facts) -> Truth {
    let undecided: Vec<ContextKey> = text.variables().filter(|key| request.variable(key).is_none()).cloned().collect();
    if undecided.is_empty() {
        let value = |key: &ContextKey| request.variable(key).flatten();
        return Truth::from(resource::matches(&text.expand(value), request.resource()));
    }
    if !resource::matches(&Pattern::Plain(&text.widest()), request.resource()) {
        return Truth::False;
    }
    let key = undecided.first().cloned().unwrap_or_else(|| ContextKey::new(""));
    Truth::test(Test {
        key: key.clone(),
        variable: key,
        scope: 0,
        operator: Operator {
            base: Base::Compare { how: Comparison::StringLike, negated: false },
            if_exists: false,
            quantifier: None,
        },
        values: vec![text.as_str().to_owned()],
        undecided,
        possible: Possible::Opaque,
    })
}
