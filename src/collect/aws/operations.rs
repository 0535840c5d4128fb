//! The closed list of AWS calls that rolehop can make: all of them only read.
//!
//! Owns: which operation a request is, the interceptor that refuses everything else before a request is signed, and the
//! session policy that enforces the same on AWS's side. The list itself comes from the data sets (`crate::facet`). Does
//! not know why a call is made.
//! INVARIANT: an operation that is not on the list never leaves the process.

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::BeforeTransmitInterceptorContextRef;
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, Metadata};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;

use super::defect::NotAllowed;
use crate::facet::{By, Facet, Facets, Operation, Protocol, Service, addressed, operation, operations};

/// The permitted operation that a request asks for, read from its signature and headers.
pub(crate) fn identify(request: &HttpRequest) -> Result<&'static Operation, NotAllowed> {
    let signed_for = request.headers().get("authorization").and_then(service_of_signature).unwrap_or("?");
    let not_allowed = |name: &str| NotAllowed { service: signed_for.to_owned(), operation: name.to_owned() };
    let service = Service::signed(signed_for).ok_or_else(|| not_allowed(named(request).unwrap_or("?")))?;
    if let Some(name) = named(request) {
        let found = operation(service, name).filter(|found| !matches!(found.protocol, Protocol::Rest { .. }));
        return found.ok_or_else(|| not_allowed(name));
    }
    let path = path(request.uri());
    let found = addressed(service, request.method(), path).map(|(operation, _)| operation);
    found.ok_or_else(|| not_allowed(&format!("{} {path}", request.method())))
}

/// `Credential=KEY/20260102/eu-west-1/iam/aws4_request`.
fn service_of_signature(authorization: &str) -> Option<&str> {
    let scope = authorization.split_once("Credential=")?.1.split(',').next()?;
    scope.trim().rsplit('/').nth(1)
}

/// The operation named by the JSON protocol's target header or the query protocol's `Action`.
fn named(request: &HttpRequest) -> Option<&str> {
    if let Some(target) = request.headers().get("x-amz-target") {
        return target.rsplit('.').next();
    }
    let body = std::str::from_utf8(request.body().bytes()?).ok()?;
    body.split('&').find_map(|pair| pair.strip_prefix("Action="))
}

/// The path of a URL, without its query.
fn path(uri: &str) -> &str {
    let rest = uri.split_once("://").map_or(uri, |(_, rest)| rest);
    let from = rest.find('/').unwrap_or(rest.len());
    rest.get(from..).and_then(|path| path.split(['?', '#']).next()).unwrap_or_default()
}

/// The IAM action of a call, by the call's name: a call that a data set needs, or one that every collection needs.
pub(crate) fn action(facet: Option<Facet>, name: &str) -> String {
    let of_facet = operations().find(|(of, operation)| *of == facet && operation.name == name);
    let found = of_facet.or_else(|| operations().find(|(_, operation)| operation.name == name));
    found.map_or_else(|| name.to_owned(), |(_, operation)| operation.action())
}

/// The permitted calls that a collection of `facets` makes.
pub(crate) fn needed(facets: &Facets) -> impl Iterator<Item = &'static Operation> {
    let serves = |facet: Facet| facet == Facet::Organization || facets.has(facet);
    operations().filter(move |(facet, _)| facet.is_none_or(serves)).map(|(_, operation)| operation)
}

/// The session policy sent with every AssumeRole: even an administrator role can only read in our session. STS limits
/// it to 2,048 characters, so it names only what this collection needs.
pub(crate) fn session_policy(facets: &Facets) -> String {
    policy_of(needed(facets).filter(|operation| operation.by != By::Base))
}

/// The same for the session of the role that reads people.
pub(crate) fn people_policy(facets: &Facets) -> String {
    policy_of(needed(facets).filter(|operation| operation.service.is_of_people()))
}

fn policy_of(operations: impl Iterator<Item = &'static Operation>) -> String {
    let actions: Vec<String> = operations.map(|operation| format!("\"{}\"", operation.action())).collect();
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":[{}],"Resource":"*"}}]}}"#,
        actions.join(",")
    )
}

/// Refuses every operation that is not on the list. Runs on every client, before the request is signed.
#[derive(Debug)]
pub(crate) struct ReadOnly;

#[dyn_dispatch_hint]
impl Intercept for ReadOnly {
    fn name(&self) -> &'static str {
        "ReadOnly"
    }

    fn read_before_signing(
        &self,
        _context: &BeforeTransmitInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let (service, name) = match cfg.load::<Metadata>() {
            Some(metadata) => (metadata.service(), metadata.name()),
            None => ("?", "?"),
        };
        let found = Service::of_sdk(service).and_then(|service| operation(service, name));
        let refused = || NotAllowed { service: service.to_owned(), operation: name.to_owned() };
        found.map(drop).ok_or_else(|| refused().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// AWS's own access level of an action.
    fn level(action: &str) -> &'static str {
        let lines = include_str!("../tests/access-levels.csv").lines().filter(|line| !line.starts_with('#'));
        let mut levels = lines.filter_map(|line| line.split_once(','));
        levels.find(|(known, _)| *known == action).map_or("unknown to AWS", |(_, level)| level)
    }

    #[test]
    fn aws_itself_calls_every_call_a_read_but_for_the_one_that_enters_an_account() {
        assert!(!["List", "Read"].contains(&level("iam:CreateUser")) && level("iam:NoSuch") == "unknown to AWS");
        for (_, operation) in operations().filter(|(_, operation)| operation.name != "AssumeRole") {
            let action = operation.action();
            assert!(["List", "Read"].contains(&level(&action)), "{action} is {}", level(&action));
        }
        // it writes nothing, and our sessions cannot call it
        assert_eq!(
            (level("sts:AssumeRole"), operation(Service::Sts, "AssumeRole").map(|o| o.by)),
            ("Write", Some(By::Base))
        );
    }

    #[test]
    fn the_session_policy_fits_and_allows_only_reads() {
        let policy = session_policy(&Facets::named(["all"]).unwrap());
        let people = people_policy(&Facets::named(["all"]).unwrap());
        assert!(policy.len() <= 2048 && people.len() <= 2048, "{} and {} characters", policy.len(), people.len());
        assert!(people.contains("sso:ListInstances") && !people.contains("iam:") && !policy.contains("sso:"));
        let value: serde_json::Value = serde_json::from_str(&policy).unwrap();
        for action in value["Statement"][0]["Action"].as_array().unwrap() {
            let action = action.as_str().unwrap();
            assert!(["List", "Read"].contains(&level(action)), "{action} is {}", level(action));
        }
    }
}
