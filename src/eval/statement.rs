//! Truth of one statement, its principal aside.

use super::condition;
use super::context::RequestContext;
use super::residual::{Possible, Test, Truth};
use super::text;
use crate::policy::Statement;
use crate::policy::condition::Condition;
use crate::policy::fitting::fitting;
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
pub(super) fn truth(statement: &Statement, request: &impl RequestContext, without: WithoutResource) -> Truth {
    if !statement.actions.matches(request.action()) {
        return Truth::False;
    }
    let resource = match &statement.resources {
        None => Truth::from(without == WithoutResource::TheRole),
        Some(clause) => {
            request.held_against(clause);
            resource_truth(clause, request)
        }
    };
    if resource == Truth::False {
        return Truth::False;
    }
    resource.and(condition::block(&statement.conditions, request))
}

/// The first thing that keeps a statement from matching.
pub(super) fn why_not(statement: &Statement, request: &impl RequestContext, without: WithoutResource) -> String {
    if !statement.actions.matches(request.action()) {
        return format!("does not cover {}", request.action().name());
    }
    match &statement.resources {
        None if without == WithoutResource::Nothing => return "it names no resource".to_owned(),
        Some(clause) if resource_truth(clause, request) == Truth::False => {
            let text = unfilled(clause).map(|text| format!(" ({text})")).unwrap_or_default();
            return format!("does not cover {}{text}", request.resource());
        }
        _ => {}
    }
    let failed = statement.conditions.iter().find(|c| condition::one(c, request) == Truth::False);
    let Some(failed) = failed else { return "its conditions cannot hold together".to_owned() };
    let value = condition::known_value(&failed.key, request);
    format!("{} does not hold: {value}", text::conditions(std::slice::from_ref(failed)))
}

/// That a variable stands where AWS fills in none.
pub(super) fn unfilled(clause: &ResourceClause) -> Option<String> {
    let text = clause.patterns.iter().find(|text| text.as_str().contains("${") && !text.has_variables())?;
    let why = "a variable is filled in after the fifth colon of an ARN alone, and under version 2012-10-17";
    Some(format!("`{}` is taken as it stands: {why}", text.as_str()))
}

/// That a variable stands in a value of an operator for which AWS fills in none.
pub(super) fn unfilled_value(condition: &Condition) -> Option<String> {
    let text = condition.values.iter().find(|text| text.as_str().contains("${") && !text.has_variables())?;
    let why = "AWS fills in variables for string and ARN operators alone";
    (!condition.operator.takes_variables()).then(|| format!("`{}` of `{}`: {why}", text.as_str(), condition.written))
}

/// Whether `Resource` or `NotResource` speaks of the resource.
pub(super) fn resource_truth(clause: &ResourceClause, request: &impl RequestContext) -> Truth {
    let mut any = Truth::from(clause.lists(request.resource()));
    for pattern in clause.open() {
        if any == Truth::True {
            break;
        }
        any = any.or(pattern_truth(pattern, request));
    }
    if clause.negated { any.not() } else { any }
}

/// A test of a variable by itself.
fn tested(key: &ContextKey, operator: &str, values: &[String]) -> Condition {
    let values = values.iter().map(|value| Text::new(value, false)).collect();
    Condition { operator: Operator::parse(operator), written: operator.into(), key: key.clone(), values }
}

fn pattern_truth(text: &Text, request: &impl RequestContext) -> Truth {
    if let Some(why) = text.variables().find_map(|key| request.unclear(key)) {
        return Truth::unclear(why);
    }
    let undecided: Vec<ContextKey> = text.variables().filter(|key| request.variable(key).is_none()).cloned().collect();
    let value = |key: &ContextKey| request.variable(key).flatten();
    if undecided.is_empty() {
        return Truth::from(resource::matches(&text.expand(value), request.resource()));
    }
    if !resource::matches(&Pattern::Plain(&text.widest()), request.resource()) {
        return Truth::False;
    }
    if let Some((key, others)) = undecided.split_first()
        && others.iter().all(|other| other == key)
        && let Some(values) = fitting(text, key, value, request.resource())
    {
        // a default stands in for an absent key
        let absent = resource::matches(&text.expand(value), request.resource());
        let is_absent = || condition::one(&tested(key, "Null", &["true".to_owned()]), request);
        let equals = || condition::one(&tested(key, "StringEquals", &values), request);
        let fits = if values.is_empty() { Truth::False } else { equals() };
        return if absent { fits.or(is_absent()) } else { fits };
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
        exact: None,
    })
}
