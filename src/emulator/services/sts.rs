//! STS: the caller's identity, and role sessions.
//!
//! Owns: AssumeRole and GetCallerIdentity. Any existing role can be assumed: of trust policies only external ids are looked at, and only
//! if the options say so (`trust`).

use super::trust;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::emulator::data::caller::Caller;
use crate::emulator::data::sessions::Issued;
use crate::emulator::data::value::text;
use crate::emulator::protocol::error_response::ErrorResponse;
use crate::emulator::protocol::request::Call;
use crate::emulator::protocol::xml::Xml;
use crate::emulator::state::State;
use crate::ids::AccountId;

/// The result of an operation.
pub(crate) fn answer(state: &State, caller: &Caller, call: &Call, now: Timestamp) -> Result<Xml, ErrorResponse> {
    match call.operation.as_str() {
        "AssumeRole" => assume_role(state, caller, call, now),
        "GetSessionToken" => session_token(state, caller, call, now),
        "GetCallerIdentity" => {
            let mut xml = Xml::default();
            xml.leaf("Arn", &caller.arn);
            xml.leaf("UserId", &caller.user_id);
            xml.leaf("Account", &caller.account.to_string());
            Ok(xml)
        }
        _ => Err(caller.denied(call)),
    }
}

fn assume_role(state: &State, caller: &Caller, call: &Call, now: Timestamp) -> Result<Xml, ErrorResponse> {
    let required = |name: &str| {
        call.parameter(name)
            .ok_or_else(|| ErrorResponse::validation(format!("1 validation error detected: {name} is missing")))
    };
    let role_arn = required("RoleArn")?;
    let session_name = required("RoleSessionName")?;
    check_session_name(session_name)?;
    let duration = duration(caller, call)?;
    let expiration = now + duration;
    check_session_policy(call)?;
    check_trust(state, caller, call, role_arn)?;
    check_code(state, call)?;
    let Some((account, role)) = role(state, role_arn) else { return Err(not_allowed(caller, role_arn)) };
    if state.options.checks_external_ids && !trust::admits(&role, call.parameter("ExternalId")) {
        return Err(not_allowed(caller, role_arn));
    }
    let longest = role.get("MaxSessionDuration").and_then(Value::as_i64).unwrap_or(3600);
    if duration.as_secs() > longest {
        let message = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.";
        return Err(ErrorResponse::validation(message));
    }
    let name = text(&role, "RoleName").unwrap_or_default();
    let partition = role_arn.split(':').nth(1).unwrap_or("aws");
    let assumed = Caller {
        account,
        arn: format!("arn:{partition}:sts::{account}:assumed-role/{name}/{session_name}"),
        user_id: format!("{}:{session_name}", text(&role, "RoleId").unwrap_or("AROAEMULATOR")),
        is_session: true,
        data: None,
    };
    let life = state.options.session_life.and_then(|life| SignedDuration::try_from(life).ok());
    let issued = state.sessions.issue(assumed.clone(), expiration, life.map_or(expiration, |life| now + life));
    let mut xml = Xml::default();
    xml.element("AssumedRoleUser", |xml| {
        xml.leaf("AssumedRoleId", &assumed.user_id);
        xml.leaf("Arn", &assumed.arn);
    });
    credentials(&mut xml, &issued);
    Ok(xml)
}

/// The role with this ARN, path included, if its account allows it to be assumed.
fn role(state: &State, arn: &str) -> Option<(AccountId, Value)> {
    let account = AccountId::parse(arn.split(':').nth(4)?)?;
    if state.options.denied_accounts.contains(&account) || state.out_of_service.contains(&account) {
        return None;
    }
    let data = state.data.account(account)?;
    let mut roles = data.get("RoleDetailList")?.as_array()?.iter();
    roles.find(|role| text(role, "Arn") == Some(arn)).map(|role| (account, role.clone()))
}

/// STS does not say why: the error for a missing role is the same as for one that does not trust the caller.
fn not_allowed(caller: &Caller, role_arn: &str) -> ErrorResponse {
    let arn = &caller.arn;
    let message = format!("User: {arn} is not authorized to perform: sts:AssumeRole on resource: {role_arn}");
    ErrorResponse::new(403, "AccessDenied", message)
}

/// Checks the device's code if one is sent; AWS accepts a code once.
fn check_code(state: &State, call: &Call) -> Result<(), ErrorResponse> {
    let Some(code) = call.parameter("TokenCode") else { return Ok(()) };
    let right = state.options.mfa.as_ref().is_some_and(|(serial, right)| {
        call.parameter("SerialNumber") == Some(serial) && code == right && state.first_look(&format!("{serial}/{code}"))
    });
    let message = "MultiFactorAuthentication failed with invalid MFA one time pass code.";
    if right { Ok(()) } else { Err(ErrorResponse::new(403, "AccessDenied", message)) }
}

/// A session of the caller itself, with MFA if a code is sent.
fn session_token(state: &State, caller: &Caller, call: &Call, now: Timestamp) -> Result<Xml, ErrorResponse> {
    check_code(state, call)?;
    let expiration = now + SignedDuration::from_secs(3600);
    let issued = state.sessions.issue(Caller { data: None, ..caller.clone() }, expiration, expiration);
    let mut xml = Xml::default();
    credentials(&mut xml, &issued);
    Ok(xml)
}

/// AssumeRoleWithWebIdentity. The token must be present and is not checked. The call is not signed.
pub(crate) fn web_identity(state: &State, call: &Call, now: Timestamp) -> Result<Xml, ErrorResponse> {
    if call.parameter("WebIdentityToken").is_none_or(str::is_empty) {
        return Err(ErrorResponse::validation("WebIdentityToken is missing"));
    }
    let expiration = now + SignedDuration::from_secs(3600);
    let issued = state.sessions.issue(state.sessions.base(), expiration, expiration);
    let mut xml = Xml::default();
    credentials(&mut xml, &issued);
    Ok(xml)
}

fn credentials(xml: &mut Xml, issued: &Issued) {
    xml.element("Credentials", |xml| {
        xml.leaf("AccessKeyId", &issued.access_key_id);
        xml.leaf("SecretAccessKey", &issued.secret_access_key);
        xml.leaf("SessionToken", &issued.session_token);
        xml.leaf("Expiration", &issued.expiration.strftime("%Y-%m-%dT%H:%M:%SZ").to_string());
    });
}

fn check_session_name(name: &str) -> Result<(), ErrorResponse> {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"_+=,.@-".contains(&b);
    if (2..=64).contains(&name.len()) && name.bytes().all(allowed) {
        return Ok(());
    }
    let message = format!(
        "1 validation error detected: Value '{name}' at 'roleSessionName' failed to satisfy constraint: Member must \
         satisfy regular expression pattern: [\\w+=,.@-]{{2,64}}"
    );
    Err(ErrorResponse::validation(message))
}

/// An hour by default; never more for a session that assumes another role.
fn duration(caller: &Caller, call: &Call) -> Result<SignedDuration, ErrorResponse> {
    let seconds = match call.number("DurationSeconds") {
        None => 3600,
        Some(Some(seconds @ 900..=43_200)) => seconds,
        Some(_) => return Err(ErrorResponse::validation("Value at 'durationSeconds' must be between 900 and 43200")),
    };
    if caller.is_session && seconds > 3600 {
        let message =
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining";
        return Err(ErrorResponse::validation(message));
    }
    Ok(SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(3600)))
}

/// Checks what every trust policy requires according to the options.
fn check_trust(state: &State, caller: &Caller, call: &Call, role_arn: &str) -> Result<(), ErrorResponse> {
    let options = &state.options;
    if options.external_id.is_some() && options.external_id.as_deref() != call.parameter("ExternalId") {
        return Err(not_allowed(caller, role_arn));
    }
    let lacks = |action: &str| {
        let arn = &caller.arn;
        let message = format!("User: {arn} is not authorized to perform: {action} on resource: {role_arn}");
        ErrorResponse::new(403, "AccessDenied", message)
    };
    match options.refuses_session_attributes {
        true if call.parameter("SourceIdentity").is_some() => Err(lacks("sts:SetSourceIdentity")),
        true if call.parameter("Tags.member.1.Key").is_some() => Err(lacks("sts:TagSession")),
        _ => Ok(()),
    }
}

fn check_session_policy(call: &Call) -> Result<(), ErrorResponse> {
    let Some(policy) = call.parameter("Policy") else { return Ok(()) };
    if policy.len() > 2048 {
        return Err(ErrorResponse::validation("Value at 'policy' must have length less than or equal to 2048"));
    }
    match serde_json::from_str::<Value>(policy) {
        Ok(Value::Object(_)) => Ok(()),
        _ => Err(ErrorResponse::new(400, "MalformedPolicyDocument", "The policy is not in the valid JSON format.")),
    }
}
