//! STS: who am I, and a session of a role.
//!
//! Owns: AssumeRole and GetCallerIdentity. A role that exists can be assumed: trust policies are not judged here.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::desk::{Desk, denied};
use super::refusal::Refusal;
use super::request::Call;
use super::sessions::{Caller, Issued};
use super::world::text;
use super::xml::Xml;
use crate::ids::AccountId;

/// The result of an operation.
pub(super) fn answer(desk: &Desk, caller: &Caller, call: &Call, now: Timestamp) -> Result<Xml, Refusal> {
    match call.operation.as_str() {
        "AssumeRole" => assume_role(desk, caller, call, now),
        "GetSessionToken" => session_token(desk, caller, call, now),
        "GetCallerIdentity" => {
            let mut xml = Xml::default();
            xml.leaf("Arn", &caller.arn);
            xml.leaf("UserId", &caller.user_id);
            xml.leaf("Account", &caller.account.to_string());
            Ok(xml)
        }
        _ => Err(denied(caller, call, "*")),
    }
}

fn assume_role(desk: &Desk, caller: &Caller, call: &Call, now: Timestamp) -> Result<Xml, Refusal> {
    let required = |name: &str| {
        call.parameter(name)
            .ok_or_else(|| Refusal::validation(format!("1 validation error detected: {name} is missing")))
    };
    let (role_arn, session_name) = (required("RoleArn")?, required("RoleSessionName")?);
    check_session_name(session_name)?;
    let duration = duration(caller, call)?;
    let expiration = now + duration;
    check_session_policy(call)?;
    check_trust(desk, caller, call, role_arn)?;
    check_code(desk, call)?;
    let Some((account, role)) = role(desk, role_arn) else { return Err(not_allowed(caller, role_arn)) };
    let longest = role.get("MaxSessionDuration").and_then(Value::as_i64).unwrap_or(3600);
    if duration.as_secs() > longest {
        let message = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.";
        return Err(Refusal::validation(message));
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
    let life = desk.options.session_life.and_then(|life| SignedDuration::try_from(life).ok());
    let issued = desk.sessions.issue(assumed.clone(), expiration, life.map_or(expiration, |life| now + life));
    let mut xml = Xml::default();
    xml.element("AssumedRoleUser", |xml| {
        xml.leaf("AssumedRoleId", &assumed.user_id);
        xml.leaf("Arn", &assumed.arn);
    });
    credentials(&mut xml, &issued);
    Ok(xml)
}

/// The role behind an ARN, path included, where its account lets anybody in.
fn role(desk: &Desk, arn: &str) -> Option<(AccountId, Value)> {
    let account = AccountId::parse(arn.split(':').nth(4)?)?;
    if desk.options.denied_accounts.contains(&account) || desk.out_of_service.contains(&account) {
        return None;
    }
    let data = desk.world.account(account)?;
    let mut roles = data.get("RoleDetailList")?.as_array()?.iter();
    roles.find(|role| text(role, "Arn") == Some(arn)).map(|role| (account, role.clone()))
}

/// STS does not say why: a role that is missing reads like one that does not trust the caller.
fn not_allowed(caller: &Caller, role_arn: &str) -> Refusal {
    let arn = &caller.arn;
    let message = format!("User: {arn} is not authorized to perform: sts:AssumeRole on resource: {role_arn}");
    Refusal::new(403, "AccessDenied", message)
}

/// The code of the device, where one is sent; AWS takes a code once.
fn check_code(desk: &Desk, call: &Call) -> Result<(), Refusal> {
    let Some(code) = call.parameter("TokenCode") else { return Ok(()) };
    let right = desk.options.mfa.as_ref().is_some_and(|(serial, right)| {
        call.parameter("SerialNumber") == Some(serial) && code == right && desk.first_look(&format!("{serial}/{code}"))
    });
    let message = "MultiFactorAuthentication failed with invalid MFA one time pass code.";
    if right { Ok(()) } else { Err(Refusal::new(403, "AccessDenied", message)) }
}

/// A session of the caller itself, with MFA where a code is sent.
fn session_token(desk: &Desk, caller: &Caller, call: &Call, now: Timestamp) -> Result<Xml, Refusal> {
    check_code(desk, call)?;
    let expiration = now + SignedDuration::from_secs(3600);
    let issued = desk.sessions.issue(Caller { data: None, ..caller.clone() }, expiration, expiration);
    let mut xml = Xml::default();
    credentials(&mut xml, &issued);
    Ok(xml)
}

/// For whoever has a token, of which nothing is checked but that it is there. The call is not signed.
pub(super) fn web_identity(desk: &Desk, call: &Call, now: Timestamp) -> Result<Xml, Refusal> {
    if call.parameter("WebIdentityToken").is_none_or(str::is_empty) {
        return Err(Refusal::validation("WebIdentityToken is missing"));
    }
    let expiration = now + SignedDuration::from_secs(3600);
    let issued = desk.sessions.issue(desk.sessions.base(), expiration, expiration);
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

fn check_session_name(name: &str) -> Result<(), Refusal> {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"_+=,.@-".contains(&b);
    if (2..=64).contains(&name.len()) && name.bytes().all(allowed) {
        return Ok(());
    }
    let message = format!(
        "1 validation error detected: Value '{name}' at 'roleSessionName' failed to satisfy constraint: Member must \
         satisfy regular expression pattern: [\\w+=,.@-]{{2,64}}"
    );
    Err(Refusal::validation(message))
}

/// An hour unless asked otherwise; never more for a session that assumes a further role.
fn duration(caller: &Caller, call: &Call) -> Result<SignedDuration, Refusal> {
    let seconds = match call.number("DurationSeconds") {
        None => 3600,
        Some(Some(seconds @ 900..=43_200)) => seconds,
        Some(_) => return Err(Refusal::validation("Value at 'durationSeconds' must be between 900 and 43200")),
    };
    if caller.is_session && seconds > 3600 {
        let message =
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining";
        return Err(Refusal::validation(message));
    }
    Ok(SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(3600)))
}

/// What the options say that every trust policy asks for.
fn check_trust(desk: &Desk, caller: &Caller, call: &Call, role_arn: &str) -> Result<(), Refusal> {
    let options = &desk.options;
    if options.external_id.is_some() && options.external_id.as_deref() != call.parameter("ExternalId") {
        return Err(not_allowed(caller, role_arn));
    }
    let lacks = |action: &str| {
        let arn = &caller.arn;
        let message = format!("User: {arn} is not authorized to perform: {action} on resource: {role_arn}");
        Refusal::new(403, "AccessDenied", message)
    };
    match options.refuses_marks {
        true if call.parameter("SourceIdentity").is_some() => Err(lacks("sts:SetSourceIdentity")),
        true if call.parameter("Tags.member.1.Key").is_some() => Err(lacks("sts:TagSession")),
        _ => Ok(()),
    }
}

fn check_session_policy(call: &Call) -> Result<(), Refusal> {
    let Some(policy) = call.parameter("Policy") else { return Ok(()) };
    if policy.len() > 2048 {
        return Err(Refusal::validation("Value at 'policy' must have length less than or equal to 2048"));
    }
    match serde_json::from_str::<Value>(policy) {
        Ok(Value::Object(_)) => Ok(()),
        _ => Err(Refusal::new(400, "MalformedPolicyDocument", "The policy is not in the valid JSON format.")),
    }
}
