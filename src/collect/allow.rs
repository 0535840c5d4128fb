//! The closed list of AWS calls that rolehop can make: all of them read.
//!
//! Owns: the list, the interceptor that refuses everything else before a request is signed, and the session policy that
//! makes the same true on AWS's side. Does not know why a call is made.
//! INVARIANT: an operation that is not in [`OPERATIONS`] never leaves the process.

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::BeforeTransmitInterceptorContextRef;
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;

/// How a whole answer of an operation looks, as far as its completeness can be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// Query protocol: the root element closes.
    Xml,
    /// Query protocol with pages: in addition `IsTruncated` stands in it exactly once.
    XmlPage,
    /// JSON protocol: an object with this key, whose value is a list or an object.
    Json(&'static str),
}

/// A permitted call.
#[derive(Clone, Copy, Debug)]
pub(super) struct Operation {
    /// Prefix of the IAM action.
    pub(super) prefix: &'static str,
    /// Operation name; the IAM action has the same.
    pub(super) name: &'static str,
    /// Whether it is made inside the role's session, so that the session policy must allow it.
    in_session: bool,
    /// What a whole answer looks like.
    pub(super) shape: Shape,
}

const fn iam(name: &'static str, shape: Shape) -> Operation {
    Operation { prefix: "iam", name, in_session: true, shape }
}

const fn organizations(name: &'static str, key: &'static str) -> Operation {
    Operation { prefix: "organizations", name, in_session: false, shape: Shape::Json(key) }
}

/// Every call that rolehop makes. `GenerateCredentialReport` starts a report job and changes no configuration.
pub(super) const OPERATIONS: &[Operation] = &[
    Operation { prefix: "sts", name: "AssumeRole", in_session: false, shape: Shape::Xml },
    Operation { prefix: "sts", name: "GetCallerIdentity", in_session: true, shape: Shape::Xml },
    iam("GetAccountAuthorizationDetails", Shape::XmlPage),
    iam("GetAccountSummary", Shape::Xml),
    iam("GenerateCredentialReport", Shape::Xml),
    iam("GetCredentialReport", Shape::Xml),
    iam("ListVirtualMFADevices", Shape::XmlPage),
    iam("ListOpenIDConnectProviders", Shape::Xml),
    iam("GetOpenIDConnectProvider", Shape::Xml),
    iam("ListSAMLProviders", Shape::Xml),
    iam("GetSAMLProvider", Shape::Xml),
    iam("GetAccountPasswordPolicy", Shape::Xml),
    // an account has one alias at most, and stand-ins of AWS leave the mark of pages out
    iam("ListAccountAliases", Shape::Xml),
    iam("GetPolicy", Shape::Xml),
    iam("GetPolicyVersion", Shape::Xml),
    organizations("DescribeOrganization", "Organization"),
    organizations("ListAccounts", "Accounts"),
    organizations("ListRoots", "Roots"),
    organizations("ListOrganizationalUnitsForParent", "OrganizationalUnits"),
    organizations("ListAccountsForParent", "Accounts"),
    organizations("ListPolicies", "Policies"),
    organizations("DescribePolicy", "Policy"),
    organizations("ListTargetsForPolicy", "Targets"),
    organizations("ListTagsForResource", "Tags"),
    organizations("ListDelegatedAdministrators", "DelegatedAdministrators"),
];

/// The call of that name, where it is permitted. Names differ between our three services, so that a name is enough.
pub(super) fn operation(name: &str) -> Option<&'static Operation> {
    OPERATIONS.iter().find(|operation| operation.name == name)
}

/// The session policy sent with every AssumeRole: even an administrator role can only read in our session.
pub(super) fn session_policy() -> String {
    let actions: Vec<String> = OPERATIONS
        .iter()
        .filter(|operation| operation.in_session)
        .map(|operation| format!("\"{}:{}\"", operation.prefix, operation.name))
        .collect();
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":[{}],"Resource":"*"}}]}}"#,
        actions.join(",")
    )
}

/// A call that is not on the list was about to be signed: a defect of rolehop, stopped before it did anything.
#[derive(Debug, thiserror::Error)]
#[error("{service} {operation} is not one of the read-only calls that rolehop may make")]
pub(super) struct NotAllowed {
    service: String,
    operation: String,
}

/// Refuses what is not on the list. Runs on every client, before the request is signed.
#[derive(Debug)]
pub(super) struct ReadOnly;

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
        match operation(name) {
            Some(allowed) if allowed.prefix.eq_ignore_ascii_case(service) => Ok(()),
            _ => Err(NotAllowed { service: service.to_owned(), operation: name.to_owned() }.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Actions of one service in a file under `deploy/`.
    fn granted(file: &str, prefix: &str) -> std::collections::BTreeSet<String> {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy").join(file);
        let text = std::fs::read_to_string(path).unwrap();
        let words = text.split(|c: char| !c.is_alphanumeric() && c != ':').map(str::to_owned);
        words.filter(|w| w.strip_prefix(prefix).is_some_and(|rest| rest.starts_with(':') && rest.len() > 1)).collect()
    }

    fn listed(prefix: &str) -> std::collections::BTreeSet<String> {
        OPERATIONS.iter().filter(|o| o.prefix == prefix).map(|o| format!("{}:{}", o.prefix, o.name)).collect()
    }

    #[test]
    fn the_role_templates_grant_exactly_the_list() {
        assert_eq!(granted("scanner-role.tf", "iam"), listed("iam"));
        let mut template = granted("scanner-role.yaml", "iam");
        // the pattern of an ARN in the template's parameters is no action
        template.retain(|action| action.len() > "iam::".len() && !action.starts_with("iam::"));
        assert_eq!(template, listed("iam"));
        assert_eq!(granted("scanner-caller.json", "organizations"), listed("organizations"));
    }

    #[test]
    fn the_session_policy_fits_and_allows_only_reads() {
        let policy = session_policy();
        assert!(policy.len() <= 2048, "{} characters", policy.len());
        let value: serde_json::Value = serde_json::from_str(&policy).unwrap();
        for action in value["Statement"][0]["Action"].as_array().unwrap() {
            let name = action.as_str().unwrap().split(':').nth(1).unwrap();
            assert!(
                name.starts_with("Get") || name.starts_with("List") || name == "GenerateCredentialReport",
                "{name} does not read"
            );
        }
    }

    #[test]
    fn operation_names_are_unique() {
        let mut names: Vec<_> = OPERATIONS.iter().map(|operation| operation.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), OPERATIONS.len());
    }
}
