//! One request against policies that are given with it: any action, all layers, every fact known.
//!
//! Owns: reading the request. What a statement, a condition and a principal element mean, and how layers combine, is
//! the same for the graph.

mod answer;
mod error;
mod layers;
mod remarks;

pub use self::error::SimulateError;
use super::context::{Given, GivenCaller};
use super::special;
use super::trace::Trace;
use crate::answer::simulation::{Answer, Caller, Request};
use crate::arn::Arn;
use crate::ids::AccountId;
use crate::policy::action::Action;

/// Decides one request.
///
/// # Errors
/// Where principal, action, account or a policy document cannot be read.
pub fn simulate(request: &Request) -> Result<Answer, SimulateError> {
    layers::check(request)?;
    let caller =
        GivenCaller::new(&request.principal).ok_or_else(|| SimulateError::Principal(shown(&request.principal)))?;
    let action = Action::parse(&request.action).ok_or_else(|| SimulateError::Action(request.action.clone()))?;
    let sides = caller.sides(&request.resource, is_same_account(request, &caller)?);
    let rule = special::rule(&action, &request.resource, &sides);
    let keys = request.context.iter().map(|(key, value)| (key.to_ascii_lowercase(), value)).collect();
    let context = Given { action, resource: &request.resource, caller, context: keys };
    let mut trace = Trace::on();
    let found = layers::layers(request, &context, rule, &sides, &mut trace)?;
    let mut answer = answer::answer(&found, rule, &sides, layers::trust_or_resource(rule, &context), &mut trace);
    answer.name.clone_from(&request.name);
    answer.remarks = remarks::of(request);
    answer.matched = trace.into_matched().into_iter().map(|m| m.evidence).collect();
    answer.matched.sort_by_key(|e| e.layer);
    Ok(answer)
}

fn shown(caller: &Caller) -> String {
    match caller {
        Caller::Named(text) => text.clone(),
        Caller::Anonymous => "anonymous".to_owned(),
    }
}

fn is_same_account(request: &Request, caller: &GivenCaller<'_>) -> Result<bool, SimulateError> {
    let given = match &request.resource_account {
        Some(text) => Some(AccountId::parse(text).ok_or_else(|| SimulateError::Account(text.clone()))?),
        None => Arn::parse(&request.resource).and_then(|a| a.account_id()),
    };
    Ok(given.is_none_or(|account| caller.account == Some(account)))
}
