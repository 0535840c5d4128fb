//! IAM, user by user and role by role: access keys, MFA devices, credentials of single services, role settings, and services last accessed.
//!
//! Owns: which entries of the account file belong to the requested user or role. A key that the snapshot does not have
//! is denied, as in `data::caller`.

use serde_json::{Value, json};

use crate::emulator::data::caller::Caller;
use crate::emulator::data::organization;
use crate::emulator::data::value::text;
use crate::emulator::protocol::error_response::ErrorResponse;
use crate::emulator::protocol::request::Call;
use crate::emulator::protocol::shapes::{self, Kind, Shape};
use crate::emulator::protocol::xml::Xml;
use crate::emulator::state::State;

/// The entries of one user, in pages.
pub(crate) fn of_user(
    state: &State,
    caller: &Caller,
    call: &Call,
    entries: &[Value],
    element: &str,
    shape: Shape,
) -> Result<Xml, ErrorResponse> {
    let name = call.parameter("UserName").unwrap_or_default();
    let users = caller.list(call, "UserDetailList")?;
    if !users.iter().any(|user| text(user, "UserName") == Some(name)) {
        return Err(ErrorResponse::no_such_entity(format!("The user with name {name} cannot be found.")));
    }
    let own: Vec<&Value> = entries.iter().filter(|entry| text(entry, "UserName") == Some(name)).collect();
    let page = state.query_page(call, own.len())?;
    let mut xml = Xml::default();
    xml.list(element, &Kind::Object(shape), page.cut(own));
    xml.marker(page.next.as_deref());
    Ok(xml)
}

pub(crate) fn access_keys(state: &State, caller: &Caller, call: &Call) -> Result<Xml, ErrorResponse> {
    of_user(state, caller, call, caller.list(call, "AccessKeys")?, "AccessKeyMetadata", shapes::ACCESS_KEY)
}

pub(crate) fn mfa_devices(state: &State, caller: &Caller, call: &Call) -> Result<Xml, ErrorResponse> {
    of_user(state, caller, call, caller.list(call, "MFADevices")?, "MFADevices", shapes::USER_DEVICE)
}

pub(crate) fn ssh_public_keys(state: &State, caller: &Caller, call: &Call) -> Result<Xml, ErrorResponse> {
    of_service(state, caller, call, "SSHPublicKeys", shapes::SSH_PUBLIC_KEY)
}

pub(crate) fn service_specific_credentials(state: &State, caller: &Caller, call: &Call) -> Result<Xml, ErrorResponse> {
    of_service(state, caller, call, "ServiceSpecificCredentials", shapes::SERVICE_SPECIFIC_CREDENTIAL)
}

fn of_service(state: &State, caller: &Caller, call: &Call, element: &str, shape: Shape) -> Result<Xml, ErrorResponse> {
    let entries = caller.facet(call, "ServiceCredentials")?.get(element).and_then(Value::as_array);
    of_user(state, caller, call, entries.map(Vec::as_slice).unwrap_or_default(), element, shape)
}

pub(crate) fn access_key_last_used(caller: &Caller, call: &Call) -> Result<Xml, ErrorResponse> {
    let keys = caller.list(call, "AccessKeys")?;
    let id = call.parameter("AccessKeyId").unwrap_or_default();
    let key = keys.iter().find(|key| text(key, "AccessKeyId") == Some(id));
    // AWS gives the same answer for an unknown key as for one that the caller may not ask about
    let key = key.ok_or_else(|| caller.denied(call))?;
    let used = key.get("LastUsed").cloned().unwrap_or_else(|| json!({}));
    let known = |name: &str| text(&used, name).unwrap_or("N/A").to_owned();
    let mut xml = Xml::default();
    xml.leaf("UserName", text(key, "UserName").unwrap_or_default());
    xml.element("AccessKeyLastUsed", |xml| {
        xml.fields(&[("LastUsedDate", Kind::Time)], &used);
        xml.leaf("ServiceName", &known("ServiceName"));
        xml.leaf("Region", &known("Region"));
    });
    Ok(xml)
}

/// ListRoles. Unless there is no role, the snapshot must have the maximum session duration of some role.
pub(crate) fn roles(state: &State, caller: &Caller, call: &Call) -> Result<Xml, ErrorResponse> {
    let roles = caller.list(call, "RoleDetailList")?;
    if !roles.is_empty() && !roles.iter().any(|role| role.get("MaxSessionDuration").is_some()) {
        return Err(caller.denied(call));
    }
    let page = state.query_page(call, roles.len())?;
    let mut xml = Xml::default();
    xml.list("Roles", &Kind::Object(shapes::ROLE), page.cut(roles));
    xml.marker(page.next.as_deref());
    Ok(xml)
}

/// The job's id names its account and entity, so jobs need not be stored.
pub(crate) fn start_last_accessed(caller: &Caller, call: &Call) -> Result<Xml, ErrorResponse> {
    let entries = caller.list(call, "LastAccessed")?;
    let arn = call.parameter("Arn").unwrap_or_default();
    let at = entries.iter().position(|entry| text(entry, "Arn") == Some(arn));
    let at = at.ok_or_else(|| ErrorResponse::no_such_entity(format!("ARN {arn} does not exist or is not tracked.")))?;
    let mut xml = Xml::default();
    xml.leaf("JobId", &format!("{:08x}-0000-4000-8000-{}", at, caller.account));
    Ok(xml)
}

pub(crate) fn last_accessed(state: &State, caller: &Caller, call: &Call) -> Result<Xml, ErrorResponse> {
    let entries = caller.list(call, "LastAccessed")?;
    let job = call.parameter("JobId").unwrap_or_default();
    let at = job.split('-').next().and_then(|at| usize::from_str_radix(at, 16).ok());
    let of_account = job.ends_with(&caller.account.to_string());
    let entry = at.filter(|_| of_account).and_then(|at| entries.get(at));
    let entry = entry.ok_or_else(|| ErrorResponse::no_such_entity(format!("Job {job} does not exist.")))?;
    let mut xml = Xml::default();
    let created = text(entry, "JobCompletionDate").unwrap_or("2026-01-01T00:00:00Z").to_owned();
    // the first poll finds the job in progress
    if state.first_look(job) {
        xml.leaf("JobStatus", "IN_PROGRESS");
        xml.leaf("JobCreationDate", &created);
        return Ok(xml);
    }
    let services = entry.get("ServicesLastAccessed").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let page = state.query_page(call, services.len())?;
    xml.leaf("JobStatus", "COMPLETED");
    xml.leaf("JobCreationDate", &created);
    xml.fields(&[("JobCompletionDate", Kind::Time)], entry);
    xml.list("ServicesLastAccessed", &Kind::Object(shapes::SERVICE_LAST_ACCESSED), page.cut(services));
    xml.marker(page.next.as_deref());
    Ok(xml)
}

/// ListOrganizationsFeatures: for the management account and IAM's delegated administrators only, in an organization
/// with all features enabled (IAM API Reference).
pub(crate) fn organization_features(state: &State, caller: &Caller, call: &Call) -> Result<Xml, ErrorResponse> {
    let data = &state.data;
    let own = organization::organization(data);
    let is_whole = own.and_then(|organization| text(organization, "FeatureSet")).is_none_or(|set| set == "ALL");
    if !organization::administers(data, caller, "iam.amazonaws.com") {
        let why = "The account is neither the management account nor a delegated administrator for IAM.";
        return Err(ErrorResponse::new(400, "AccountNotManagementOrDelegatedAdministratorException", why));
    }
    if !is_whole {
        let why = "The organization does not have all features enabled.";
        return Err(ErrorResponse::new(400, "OrganizationNotInAllFeaturesModeException", why));
    }
    let features = organization::list(data, "EnabledFeatures").ok_or_else(|| caller.denied(call))?;
    let id = own.and_then(|organization| text(organization, "Id"));
    let mut xml = Xml::default();
    xml.leaf("OrganizationId", id.unwrap_or_default());
    xml.list("EnabledFeatures", &Kind::Plain, features);
    Ok(xml)
}
