//! IAM: the data of the caller's own account.
//!
//! Owns: which key of the account file answers which operation. `authorization_details` has the large operation,
//! `credential_report` the CSV.

use jiff::Timestamp;
use serde_json::Value;

use super::{authorization_details, credential_report, users};
use crate::emulator::data::caller::Caller;
use crate::emulator::data::value::text;
use crate::emulator::protocol::error_response::ErrorResponse;
use crate::emulator::protocol::request::Call;
use crate::emulator::protocol::shapes::{self, Kind, Shape};
use crate::emulator::protocol::xml::Xml;
use crate::emulator::state::State;

/// The result of an operation.
pub(crate) fn answer(state: &State, caller: &Caller, call: &Call, now: Timestamp) -> Result<Xml, ErrorResponse> {
    match call.operation.as_str() {
        "GetAccountAuthorizationDetails" => authorization_details::answer(state, caller, call),
        "GetPolicy" => authorization_details::policy(state, caller, call),
        "GetPolicyVersion" => authorization_details::policy_version(state, caller, call),
        "GenerateCredentialReport" => credential_report::generate(state, caller, call, now),
        "GetCredentialReport" => credential_report::get(state, caller, call, now),
        "GetAccountSummary" => account_summary(caller, call),
        "GetAccountPasswordPolicy" => password_policy(caller, call),
        "ListAccountAliases" => account_aliases(state, caller, call),
        "ListVirtualMFADevices" => mfa_devices(state, caller, call),
        "ListOpenIDConnectProviders" => {
            let key = "OpenIDConnectProviders";
            let list = "OpenIDConnectProviderList";
            providers(caller, call, key, list, shapes::OIDC_ENTRY)
        }
        "ListSAMLProviders" => providers(caller, call, "SAMLProviders", "SAMLProviderList", shapes::SAML_ENTRY),
        "GetOpenIDConnectProvider" => {
            let key = "OpenIDConnectProviders";
            let parameter = "OpenIDConnectProviderArn";
            provider(caller, call, key, parameter, shapes::OIDC_PROVIDER)
        }
        "GetSAMLProvider" => provider(caller, call, "SAMLProviders", "SAMLProviderArn", shapes::SAML_PROVIDER),
        "ListAccessKeys" => users::access_keys(state, caller, call),
        "GetAccessKeyLastUsed" => users::access_key_last_used(caller, call),
        "ListMFADevices" => users::mfa_devices(state, caller, call),
        "ListServerCertificates" => server_certificates(state, caller, call),
        "ListSSHPublicKeys" => users::ssh_public_keys(state, caller, call),
        "ListServiceSpecificCredentials" => users::service_specific_credentials(state, caller, call),
        "ListRoles" => users::roles(state, caller, call),
        "GenerateServiceLastAccessedDetails" => users::start_last_accessed(caller, call),
        "GetServiceLastAccessedDetails" => users::last_accessed(state, caller, call),
        "ListOrganizationsFeatures" => users::organization_features(state, caller, call),
        _ => Err(caller.denied(call)),
    }
}

fn account_summary(caller: &Caller, call: &Call) -> Result<Xml, ErrorResponse> {
    let summary = caller.facet(call, "AccountSummary")?;
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

fn password_policy(caller: &Caller, call: &Call) -> Result<Xml, ErrorResponse> {
    let policy = caller.facet(call, "PasswordPolicy")?;
    if policy.is_null() {
        let message = format!("The Password Policy with domain name {} cannot be found.", caller.account);
        return Err(ErrorResponse::no_such_entity(message));
    }
    let mut xml = Xml::default();
    xml.element("PasswordPolicy", |xml| xml.fields(shapes::PASSWORD_POLICY, policy));
    Ok(xml)
}

fn account_aliases(state: &State, caller: &Caller, call: &Call) -> Result<Xml, ErrorResponse> {
    let aliases = caller.list(call, "AccountAliases")?;
    let page = state.query_page(call, aliases.len())?;
    let mut xml = Xml::default();
    xml.list("AccountAliases", &Kind::Plain, page.cut(aliases));
    xml.marker(page.next.as_deref());
    Ok(xml)
}

fn mfa_devices(state: &State, caller: &Caller, call: &Call) -> Result<Xml, ErrorResponse> {
    let devices = caller.list(call, "VirtualMFADevices")?;
    let assigned = match call.parameter("AssignmentStatus") {
        None | Some("Any") => None,
        Some("Assigned") => Some(true),
        Some("Unassigned") => Some(false),
        Some(_) => {
            return Err(ErrorResponse::validation("Value at 'assignmentStatus' must be Assigned, Unassigned or Any"));
        }
    };
    let has_user = |device: &Value| device.get("User").is_some_and(|user| !user.is_null());
    let chosen: Vec<&Value> =
        devices.iter().filter(|device| assigned.is_none_or(|wanted| has_user(device) == wanted)).collect();
    let page = state.query_page(call, chosen.len())?;
    let mut xml = Xml::default();
    xml.list("VirtualMFADevices", &Kind::Object(shapes::MFA_DEVICE), page.cut(chosen));
    xml.marker(page.next.as_deref());
    Ok(xml)
}

fn server_certificates(state: &State, caller: &Caller, call: &Call) -> Result<Xml, ErrorResponse> {
    let certificates = caller.list(call, "ServerCertificates")?;
    let page = state.query_page(call, certificates.len())?;
    let mut xml = Xml::default();
    xml.list("ServerCertificateMetadataList", &Kind::Object(shapes::SERVER_CERTIFICATE), page.cut(certificates));
    xml.marker(page.next.as_deref());
    Ok(xml)
}

/// The provider lists, which AWS returns in one page.
fn providers(caller: &Caller, call: &Call, key: &str, element: &str, shape: Shape) -> Result<Xml, ErrorResponse> {
    let providers = caller.list(call, key)?;
    let mut xml = Xml::default();
    xml.list(element, &Kind::Object(shape), providers);
    Ok(xml)
}

fn provider(caller: &Caller, call: &Call, key: &str, parameter: &str, shape: Shape) -> Result<Xml, ErrorResponse> {
    let providers = caller.list(call, key)?;
    let arn = call.parameter(parameter).unwrap_or_default();
    let provider = providers.iter().find(|provider| text(provider, "Arn") == Some(arn));
    let provider = provider.ok_or_else(|| ErrorResponse::no_such_entity(format!("Provider {arn} does not exist.")))?;
    let mut xml = Xml::default();
    xml.fields(shape, provider);
    Ok(xml)
}
