//! The closed list of AWS calls that rolehop can make: all of them read.
//!
//! Owns: the list, the interceptor that refuses everything else before a request is signed, and the session policy that
//! makes the same true on AWS's side. Does not know why a call is made.
//! INVARIANT: an operation that is not in [`OPERATIONS`] never leaves the process.

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::BeforeTransmitInterceptorContextRef;
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, Metadata};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;

use super::defect::NotAllowed;
use crate::facet::{Facet, Facets};

/// How a whole answer of an operation looks, as far as its completeness can be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Query protocol: the root element closes.
    Xml,
    /// Query protocol with pages: in addition `IsTruncated` stands in it exactly once.
    XmlPage,
    /// JSON protocol: an object with this key, whose value is a list or an object.
    Json(&'static str),
    /// JSON protocol: an object with this key, whose value is a single one.
    JsonValue(&'static str),
}

/// A permitted call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Operation {
    /// Prefix of the IAM action.
    pub(crate) prefix: &'static str,
    /// Operation name; the IAM action has the same.
    pub(crate) name: &'static str,
    /// Who makes it.
    pub(crate) by: By,
    /// What a whole answer looks like.
    pub(crate) shape: Shape,
    /// The facets that need it; none where every collection does.
    pub(crate) facets: &'static [Facet],
}

/// Whose credentials a call is made with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum By {
    /// The base credentials.
    Base,
    /// The role's session in an account, so that the session policy must allow it.
    Session,
    /// The session or, in the organisation's management account, the base credentials.
    Either,
}

const fn iam(name: &'static str, shape: Shape, facets: &'static [Facet]) -> Operation {
    Operation { prefix: "iam", name, by: By::Session, shape, facets }
}

const fn cloudtrail(name: &'static str, shape: Shape, facets: &'static [Facet]) -> Operation {
    Operation { prefix: "cloudtrail", name, by: By::Session, shape, facets }
}

const fn organizations(name: &'static str, key: &'static str, facets: &'static [Facet]) -> Operation {
    Operation { prefix: "organizations", name, by: By::Base, shape: Shape::Json(key), facets }
}

const DETAILS: &[Facet] = &[Facet::AuthorizationDetails];
const PROVIDERS: &[Facet] = &[Facet::IdentityProviders];
const REPORT: &[Facet] = &[Facet::CredentialReport];
const KEYS: &[Facet] = &[Facet::AccessKeys];
const TRAILS: &[Facet] = &[Facet::Trails];
const LAST_ACCESSED: &[Facet] = &[Facet::LastAccessed];
const GUARDRAILS: &[Facet] = &[Facet::Guardrails];
const DELEGATIONS: &[Facet] = &[Facet::Delegations];
const ALWAYS: &[Facet] = &[];

/// Every call that rolehop makes. The two `Generate` calls start a report job and change no configuration.
pub(crate) const OPERATIONS: &[Operation] = &[
    Operation { prefix: "sts", name: "AssumeRole", by: By::Base, shape: Shape::Xml, facets: ALWAYS },
    Operation { prefix: "sts", name: "GetSessionToken", by: By::Base, shape: Shape::Xml, facets: ALWAYS },
    Operation { prefix: "sts", name: "GetCallerIdentity", by: By::Either, shape: Shape::Xml, facets: ALWAYS },
    iam("GetAccountAuthorizationDetails", Shape::XmlPage, DETAILS),
    iam("GetPolicy", Shape::Xml, DETAILS),
    iam("GetPolicyVersion", Shape::Xml, DETAILS),
    iam("ListRoles", Shape::XmlPage, &[Facet::RoleSettings]),
    iam("GetAccountSummary", Shape::Xml, &[Facet::AccountSummary]),
    iam("GenerateCredentialReport", Shape::Xml, REPORT),
    iam("GetCredentialReport", Shape::Xml, REPORT),
    // a user has two keys at most; as for aliases below
    iam("ListAccessKeys", Shape::Xml, KEYS),
    iam("GetAccessKeyLastUsed", Shape::Xml, KEYS),
    iam("ListMFADevices", Shape::XmlPage, &[Facet::MfaDevices]),
    iam("ListVirtualMFADevices", Shape::XmlPage, &[Facet::VirtualMfaDevices]),
    iam("ListOpenIDConnectProviders", Shape::Xml, PROVIDERS),
    iam("GetOpenIDConnectProvider", Shape::Xml, PROVIDERS),
    iam("ListSAMLProviders", Shape::Xml, PROVIDERS),
    iam("GetSAMLProvider", Shape::Xml, PROVIDERS),
    iam("GetAccountPasswordPolicy", Shape::Xml, &[Facet::PasswordPolicy]),
    // an account has one alias at most, and stand-ins of AWS leave the mark of pages out
    iam("ListAccountAliases", Shape::Xml, &[Facet::AccountAliases]),
    iam("GenerateServiceLastAccessedDetails", Shape::Xml, LAST_ACCESSED),
    // while the job runs there is no page and no mark of one
    iam("GetServiceLastAccessedDetails", Shape::Xml, LAST_ACCESSED),
    Operation {
        prefix: "iam",
        name: "ListOrganizationsFeatures",
        by: By::Base,
        shape: Shape::Xml,
        facets: &[Facet::OrganizationFeatures],
    },
    cloudtrail("DescribeTrails", Shape::Json("trailList"), TRAILS),
    cloudtrail("GetTrailStatus", Shape::JsonValue("IsLogging"), TRAILS),
    cloudtrail("GetEventSelectors", Shape::JsonValue("TrailARN"), TRAILS),
    cloudtrail("LookupEvents", Shape::Json("Events"), &[Facet::AssumeRoleEvents]),
    organizations("DescribeOrganization", "Organization", ALWAYS),
    organizations("ListAccounts", "Accounts", ALWAYS),
    organizations("ListRoots", "Roots", ALWAYS),
    organizations("ListOrganizationalUnitsForParent", "OrganizationalUnits", ALWAYS),
    organizations("ListAccountsForParent", "Accounts", ALWAYS),
    organizations("ListPolicies", "Policies", GUARDRAILS),
    organizations("DescribePolicy", "Policy", GUARDRAILS),
    organizations("ListTargetsForPolicy", "Targets", GUARDRAILS),
    organizations("ListTagsForResource", "Tags", &[Facet::AccountTags]),
    organizations("ListDelegatedAdministrators", "DelegatedAdministrators", DELEGATIONS),
    organizations("ListDelegatedServicesForAccount", "DelegatedServices", DELEGATIONS),
];

/// The call of that name, where it is permitted. Names differ between our four services, so that a name is enough.
pub(crate) fn operation(name: &str) -> Option<&'static Operation> {
    OPERATIONS.iter().find(|operation| operation.name == name)
}

impl Operation {
    /// `iam:GetAccountSummary`.
    pub(crate) fn action(&self) -> String {
        format!("{}:{}", self.prefix, self.name)
    }

    /// Whether a collection of these facets makes it.
    fn serves(&self, facets: &Facets) -> bool {
        self.facets.is_empty() || self.facets.iter().any(|facet| facets.has(*facet))
    }
}

/// The operation that a request asks for: the JSON protocol's target header or the query protocol's `Action`.
pub(crate) fn operation_name(request: &HttpRequest) -> Option<String> {
    if let Some(target) = request.headers().get("x-amz-target") {
        return target.rsplit('.').next().map(str::to_owned);
    }
    let body = std::str::from_utf8(request.body().bytes()?).ok()?;
    body.split('&').find_map(|pair| pair.strip_prefix("Action=")).map(str::to_owned)
}

/// The permitted calls that a collection of `facets` makes.
pub(crate) fn needed(facets: &Facets) -> impl Iterator<Item = &'static Operation> {
    OPERATIONS.iter().filter(|operation| operation.serves(facets))
}

/// The session policy sent with every AssumeRole: even an administrator role can only read in our session. STS takes 2,048
/// characters at most, so that it names what this collection needs and no more.
pub(crate) fn session_policy(facets: &Facets) -> String {
    let in_session = needed(facets).filter(|operation| operation.by != By::Base);
    let actions: Vec<String> = in_session.map(|operation| format!("\"{}\"", operation.action())).collect();
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":[{}],"Resource":"*"}}]}}"#,
        actions.join(",")
    )
}

/// Refuses what is not on the list. Runs on every client, before the request is signed.
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

    fn listed(prefix: &str, base: bool) -> std::collections::BTreeSet<String> {
        let of = |o: &&Operation| o.prefix == prefix && (o.by == By::Base) == base;
        OPERATIONS.iter().filter(of).map(Operation::action).collect()
    }

    #[test]
    fn the_role_templates_grant_exactly_the_list() {
        for prefix in ["iam", "cloudtrail"] {
            assert_eq!(granted("scanner-role.tf", prefix), listed(prefix, false));
            let mut template = granted("scanner-role.yaml", prefix);
            // the pattern of an ARN in the template's parameters is no action
            template.retain(|action| !action.starts_with("iam::"));
            assert_eq!(template, listed(prefix, false));
        }
        for prefix in ["organizations", "iam"] {
            let mut caller = granted("scanner-caller.json", prefix);
            caller.retain(|action| !action.starts_with("iam::"));
            assert_eq!(caller, listed(prefix, true));
        }
    }

    /// AWS's own access level of an action.
    fn level(action: &str) -> &'static str {
        let lines = include_str!("../tests/access-levels.csv").lines().filter(|line| !line.starts_with('#'));
        let mut levels = lines.filter_map(|line| line.split_once(','));
        levels.find(|(known, _)| *known == action).map_or("unknown to AWS", |(_, level)| level)
    }

    #[test]
    fn aws_itself_calls_every_call_a_read_but_for_the_one_that_enters_an_account() {
        assert!(!["List", "Read"].contains(&level("iam:CreateUser")) && level("iam:NoSuch") == "unknown to AWS");
        for operation in OPERATIONS.iter().filter(|operation| operation.name != "AssumeRole") {
            let action = operation.action();
            assert!(["List", "Read"].contains(&level(&action)), "{action} is {}", level(&action));
        }
        // it writes nothing, and nobody can do it in a session of ours
        assert_eq!((level("sts:AssumeRole"), operation("AssumeRole").map(|o| o.by)), ("Write", Some(By::Base)));
    }

    #[test]
    fn the_session_policy_fits_and_allows_only_reads() {
        let policy = session_policy(&Facets::named(["all"]).unwrap());
        assert!(policy.len() <= 2048, "{} characters", policy.len());
        let value: serde_json::Value = serde_json::from_str(&policy).unwrap();
        for action in value["Statement"][0]["Action"].as_array().unwrap() {
            let action = action.as_str().unwrap();
            assert!(["List", "Read"].contains(&level(action)), "{action} is {}", level(action));
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
