//! Services and identity providers that bring others into a role.

use std::sync::LazyLock;

use serde::Deserialize;

use super::source::Source;
use crate::answer::PrincipalKind;
use crate::escalation::ACCOUNT_ACCESS;
use crate::model::Estate;
use crate::wildcard;

/// Services whose sessions are people or workloads that IAM does not know: who trusts them trusts those.
/// Source: AWS account access manager, "Prepare IAM roles"; IAM Roles Anywhere and EKS Pod Identity user guides.
const CARRIERS: &[(&str, &str)] = &[
    (ACCOUNT_ACCESS, "people of Identity Center"),
    ("rolesanywhere.amazonaws.com", "holders of X.509 certificates"),
    ("pods.eks.amazonaws.com", "pods of EKS clusters"),
];

/// Whom a service carries into a role.
pub(super) fn carried_by(service: &str) -> Option<&'static str> {
    CARRIERS.iter().find(|(name, _)| *name == service).map(|(_, whom)| *whom)
}

/// As [`carried_by`], as something to know about a hop.
pub(super) fn carried(from: &Source) -> Option<String> {
    let Source::Service(name) = from else { return None };
    carried_by(name).map(|whom| format!("{name} brings {whom}: humans or workloads outside IAM"))
}

#[derive(Deserialize)]
struct Table {
    workloads: Vec<String>,
}

/// Issuers that vouch for programs alone; globs.
static WORKLOADS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let table: Result<Table, _> = toml::from_str(include_str!("../../rules/data/issuers.toml"));
    table.unwrap_or_else(|error| unreachable!("rules/data/issuers.toml: {error}")).workloads
});

/// True for providers and services that bring programs, never people.
pub(super) fn is_of_workloads(source: &Source) -> bool {
    match source {
        Source::Service(name) => **name == *"pods.eks.amazonaws.com",
        Source::Provider(arn) => arn.split_once(":oidc-provider/").is_some_and(|(_, issuer)| {
            let issuer = issuer.to_ascii_lowercase();
            WORKLOADS.iter().any(|known| wildcard::matches(known, &issuer))
        }),
        _ => false,
    }
}

/// True for whoever may be, or stand for, people as well as programs: holders of certificates, of whom AWS speaks as workloads and IAM
/// knows nothing; providers of OpenID Connect whose issuer is not known; and everybody and roles and accounts outside, since who uses these is
/// not known. Source: IAM Roles Anywhere User Guide, "What is AWS IAM Roles Anywhere?".
pub(super) fn may_be_either(source: &Source, estate: &Estate) -> bool {
    match source {
        Source::Service(name) => **name == *"rolesanywhere.amazonaws.com",
        Source::Provider(arn) => arn.contains(":oidc-provider/") && !is_of_workloads(source),
        Source::Account(id) => estate.account_by_id(*id).is_none(),
        Source::Outsider(_, id) => estate.account_by_id(*id).is_none() && source.kind(estate) != PrincipalKind::User,
        Source::Everyone => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jobs_and_pods_are_no_people_and_an_unknown_issuer_may_vouch_for_some() {
        let provider = |issuer: &str| Source::Provider(format!("arn:aws:iam::111122223333:{issuer}").into());
        assert!(is_of_workloads(&provider("oidc-provider/token.actions.githubusercontent.com")));
        assert!(is_of_workloads(&provider("oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/0AB1")));
        assert!(is_of_workloads(&Source::Service("pods.eks.amazonaws.com".into())));
        assert!(!is_of_workloads(&provider("oidc-provider/login.acme.example")));
        assert!(!is_of_workloads(&provider("saml-provider/token.actions.githubusercontent.com")));
        assert!(!is_of_workloads(&Source::Service("rolesanywhere.amazonaws.com".into())));
        assert!(!is_of_workloads(&Source::Everyone));
    }
}
