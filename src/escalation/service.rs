//! Whether a service runs code with a role.
//!
//! Owns: the names that one service has: `ec2.amazonaws.com` is also `ec2.amazonaws.com.cn`, `states.amazonaws.com` also
//! `states.eu-west-1.amazonaws.com`.

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::eval::{Caller, Credential, Question, Resource, Sent, Test, Trace, Truth, decide, project};
use crate::ids::{AccountIx, PrincipalIx};
use crate::model::Estate;
use crate::policy::action::Action;
use crate::policy::key::KeyKind;
use crate::policy::principal::PrincipalEntry;
use crate::policy::{Effect, sts};
use crate::regions;

const SUFFIX: &str = ".amazonaws.com";

/// The name of a service without what is of a partition or Region.
fn usual(name: &str) -> Cow<'_, str> {
    let name = name.strip_suffix(".cn").unwrap_or(name);
    let of_region = name.strip_suffix(SUFFIX).and_then(|rest| rest.rsplit_once('.'));
    match of_region.filter(|(_, last)| regions::of(regions::partition_of(last)).contains(last)) {
        Some((service, _)) => format!("{service}{SUFFIX}").into(),
        None => name.into(),
    }
}

/// The services that the trust policy of a role names, by their usual names.
pub(super) fn services_of(estate: &Estate, role: PrincipalIx) -> BTreeSet<Box<str>> {
    named(estate, role).into_iter().map(|name| usual(name).into()).collect()
}

/// The names that the trust policy of a role has for a service.
fn names_of<'e>(estate: &'e Estate, role: PrincipalIx, service: &str) -> impl Iterator<Item = &'e str> {
    named(estate, role).into_iter().filter(move |name| usual(name) == service)
}

fn named(estate: &Estate, role: PrincipalIx) -> BTreeSet<&str> {
    let trust = estate.principal(role).role().and_then(|facts| facts.trust.parsed());
    let statements = trust.into_iter().flat_map(|ix| &estate.policy(ix).statements);
    let allows = statements.filter(|statement| statement.effect == Effect::Allow);
    let service = |entry: &'_ PrincipalEntry| matches!(entry, PrincipalEntry::Service(_));
    let entries = allows.flat_map(|statement| statement.entries()).filter(|entry| service(entry));
    entries.filter_map(|entry| if let PrincipalEntry::Service(name) = entry { Some(&**name) } else { None }).collect()
}

/// What `iam:PassedToService` holds where a role is passed: in China the name that its trust policy has.
pub(super) fn passed_to<'e>(estate: &'e Estate, role: PrincipalIx, service: &'e str) -> &'e str {
    let of_china = names_of(estate, role, service).find(|name| name.ends_with(".cn"));
    of_china.unwrap_or(service)
}

/// Whether a service, by one of its names, may make sessions of a role on behalf of the role's own account; what was met is recorded.
pub(super) fn lets_in(estate: &Estate, role: PrincipalIx, service: &str, trace: &mut Trace) -> Truth {
    let mut any = estate.unread_trust(role).map_or(Truth::False, Truth::gap);
    for name in names_of(estate, role, service) {
        any = any.or(lets_in_by(estate, role, name, trace));
        if any == Truth::True {
            break;
        }
    }
    any
}

/// True where the trust policy of a role names a service.
pub(super) fn is_named(estate: &Estate, role: PrincipalIx, service: &str) -> bool {
    names_of(estate, role, service).next().is_some()
}

/// Whether a service that makes sessions for people may make one of a role on behalf of an application; what was met is recorded.
pub(super) fn lets_in_people(
    estate: &Estate,
    role: PrincipalIx,
    service: &str,
    owner: AccountIx,
    application: Option<&str>,
    trace: &mut Trace,
) -> Truth {
    let mut asks = |action| asked(estate, role, (service, action), (owner, application), trace);
    asks(&sts::ASSUME_ROLE).and(asks(&sts::SET_CONTEXT))
}

fn lets_in_by(estate: &Estate, role: PrincipalIx, service: &str, trace: &mut Trace) -> Truth {
    let account = estate.principal(role).account();
    let truth = asked(estate, role, (service, &sts::ASSUME_ROLE), (account, None), trace);
    // of what it made itself in the account the caller chooses the name
    project(&truth, &|test: &Test| test.key.kind() == KeyKind::SourceArn).unwrap_or(truth)
}

/// The call of a service, for something of an account.
fn asked(
    estate: &Estate,
    role: PrincipalIx,
    (service, action): (&str, &'static Action),
    (owner, thing): (AccountIx, Option<&str>),
    trace: &mut Trace,
) -> Truth {
    let (account, organization) = (estate.account(owner), estate.organization());
    let id = account.id().to_string();
    let (organization, path) = match organization.filter(|_| account.is_member()) {
        Some(organization) => (Some(organization.id.as_str()), estate.organization_path(account)),
        None => (None, None),
    };
    let mut keys: Vec<(&str, Vec<&str>)> = vec![("aws:SourceAccount", vec![&id])];
    keys.extend(organization.map(|id| ("aws:SourceOrgID", vec![id])));
    keys.extend(path.iter().map(|path| ("aws:SourceOrgPaths", vec![path.as_str()])));
    keys.extend(thing.map(|arn| ("aws:SourceArn", vec![arn])));
    let keys: Vec<(&str, &[&str])> = keys.iter().map(|(key, values)| (*key, values.as_slice())).collect();
    let caller = Caller::Service(service);
    let question = Question::new(estate, action, caller, Credential::OF_ROLE, Resource::Principal(role));
    decide(&question.sending(Sent::new(&keys)), trace)
}

#[cfg(test)]
mod tests {
    use super::usual;

    #[test]
    fn a_service_has_one_usual_name() {
        for name in ["states.amazonaws.com", "states.us-east-1.amazonaws.com", "states.cn-north-1.amazonaws.com.cn"] {
            assert_eq!(usual(name), "states.amazonaws.com");
        }
        assert_eq!(usual("ec2.amazonaws.com.cn"), "ec2.amazonaws.com");
        for other in ["ecs-tasks.amazonaws.com", "pods.eks.amazonaws.com", "example.com"] {
            assert_eq!(usual(other), other);
        }
    }
}
