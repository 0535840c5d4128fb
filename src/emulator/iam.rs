//! IAM: what the caller's own account holds.
//!
//! Owns: which operation is answered from which key of the account file. `details` has the large one, `credential_report`
//! the CSV. A key that the snapshot does not have is refused: that is how a facet stays uncollected.

use jiff::Timestamp;
use serde_json::Value;

use super::desk::{Desk, denied};
use super::refusal::Refusal;
use super::request::Call;
use super::sessions::Caller;
use super::shapes::{self, Kind, Shape};
use super::world::text;
use super::xml::Xml;
use super::{credential_report, details, users};

/// The result of an operation.
pub(super) fn answer(desk: &Desk, caller: &Caller, call: &Call, now: Timestamp) -> Result<Xml, Refusal> {
    match call.operation.as_str() {
        "GetAccountAuthorizationDetails" => details::authorization_details(desk, caller, call),
        "GetPolicy" => details::policy(desk, caller, call),
        "GetPolicyVersion" => details::policy_version(desk, caller, call),
        "GenerateCredentialReport" => credential_report::generate(desk, caller, call, now),
        "GetCredentialReport" => credential_report::get(desk, caller, call, now),
        "GetAccountSummary" => account_summary(caller, call),
        "GetAccountPasswordPolicy" => password_policy(caller, call),
        "ListAccountAliases" => account_aliases(desk, caller, call),
        "ListVirtualMFADevices" => mfa_devices(desk, caller, call),
        "ListOpenIDConnectProviders" => {
            let (key, list) = ("OpenIDConnectProviders", "OpenIDConnectProviderList");
            providers(caller, call, key, list, shapes::OIDC_ENTRY)
        }
        "ListSAMLProviders" => providers(caller, call, "SAMLProviders", "SAMLProviderList", shapes::SAML_ENTRY),
        "GetOpenIDConnectProvider" => {
            let (key, parameter) = ("OpenIDConnectProviders", "OpenIDConnectProviderArn");
            provider(caller, call, key, parameter, shapes::OIDC_PROVIDER)
        }
        "GetSAMLProvider" => provider(caller, call, "SAMLProviders", "SAMLProviderArn", shapes::SAML_PROVIDER),
        "ListAccessKeys" => users::access_keys(desk, caller, call),
        "GetAccessKeyLastUsed" => users::access_key_last_used(caller, call),
        "ListMFADevices" => users::mfa_devices(desk, caller, call),
        "ListRoles" => users::roles(desk, caller, call),
        "GenerateServiceLastAccessedDetails" => users::start_last_accessed(caller, call),
        "GetServiceLastAccessedDetails" => users::last_accessed(desk, caller, call),
        "ListOrganizationsFeatures" => users::organization_features(desk, caller, call),
        _ => Err(denied(caller, call, "*")),
    }
}

/// A key of the caller's account, or the refusal that stands for a facet that was not collected.
pub(super) fn facet<'a>(caller: &'a Caller, call: &Call, key: &str) -> Result<&'a Value, Refusal> {
    caller.data.as_ref().and_then(|account| account.get(key)).ok_or_else(|| denied(caller, call, "*"))
}

/// As [`facet`], for a list.
pub(super) fn list<'a>(caller: &'a Caller, call: &Call, key: &str) -> Result<&'a [Value], Refusal> {
    facet(caller, call, key)?.as_array().map(Vec::as_slice).ok_or_else(|| denied(caller, call, "*"))
}

/// `IsTruncated` and, where there is more, `Marker`.
pub(super) fn write_marker(xml: &mut Xml, next: Option<&str>) {
    xml.leaf("IsTruncated", if next.is_some() { "true" } else { "false" });
    if let Some(marker) = next {
        xml.leaf("Marker", marker);
    }
}

fn account_summary(caller: &Caller, call: &Call) -> Result<Xml, Refusal> {
    let summary = facet(caller, call, "AccountSummary")?;
    let mut xml = Xml::default();
    xml.element("SummaryMap", |xml| {
        for (key, value) in summary.as_object().into_iter().flatten() {
            xml.element("entry", |xml| {
                xml.leaf("key", key);
                xml.leaf("value", &value.to_string());
            });
        }
    });
    Ok(xml)
}

fn password_policy(caller: &Caller, call: &Call) -> Result<Xml, Refusal> {
    let policy = facet(caller, call, "PasswordPolicy")?;
    if policy.is_null() {
        let message = format!("The Password Policy with domain name {} cannot be found.", caller.account);
        return Err(Refusal::no_such_entity(message));
    }
    let mut xml = Xml::default();
    xml.element("PasswordPolicy", |xml| xml.fields(shapes::PASSWORD_POLICY, policy));
    Ok(xml)
}

fn account_aliases(desk: &Desk, caller: &Caller, call: &Call) -> Result<Xml, Refusal> {
    let aliases = list(caller, call, "AccountAliases")?;
    let page = desk.query_page(call, aliases.len())?;
    let mut xml = Xml::default();
    xml.list("AccountAliases", &Kind::Plain, page.cut(aliases));
    write_marker(&mut xml, page.next.as_deref());
    Ok(xml)
}

fn mfa_devices(desk: &Desk, caller: &Caller, call: &Call) -> Result<Xml, Refusal> {
    let devices = list(caller, call, "VirtualMFADevices")?;
    let assigned = match call.parameter("AssignmentStatus") {
        None | Some("Any") => None,
        Some("Assigned") => Some(true),
        Some("Unassigned") => Some(false),
        Some(_) => return Err(Refusal::validation("Value at 'assignmentStatus' must be Assigned, Unassigned or Any")),
    };
    let has_user = |device: &Value| device.get("User").is_some_and(|user| !user.is_null());
    let chosen: Vec<&Value> =
        devices.iter().filter(|device| assigned.is_none_or(|wanted| has_user(device) == wanted)).collect();
    let page = desk.query_page(call, chosen.len())?;
    let mut xml = Xml::default();
    xml.list("VirtualMFADevices", &Kind::Object(shapes::MFA_DEVICE), page.cut(chosen));
    write_marker(&mut xml, page.next.as_deref());
    Ok(xml)
}

/// The provider lists, which AWS gives whole.
fn providers(caller: &Caller, call: &Call, key: &str, element: &str, shape: Shape) -> Result<Xml, Refusal> {
    let providers = list(caller, call, key)?;
    let mut xml = Xml::default();
    xml.list(element, &Kind::Object(shape), providers);
    Ok(xml)
}

fn provider(caller: &Caller, call: &Call, key: &str, parameter: &str, shape: Shape) -> Result<Xml, Refusal> {
    let providers = list(caller, call, key)?;
    let arn = call.parameter(parameter).unwrap_or_default();
    let provider = providers.iter().find(|provider| text(provider, "Arn") == Some(arn));
    let provider = provider.ok_or_else(|| Refusal::no_such_entity(format!("Provider {arn} does not exist.")))?;
    let mut xml = Xml::default();
    xml.fields(shape, provider);
    Ok(xml)
}
