//! What the environment and the profile files say, checked before the SDK reads them.
//!
//! Owns: the settings that the SDK would panic on or silently ignore (measured). Environment and files are passed in.

use crate::arn::Arn;
use crate::collect::error::Cause;

/// Variables that override an endpoint.
const ENDPOINTS: [&str; 4] =
    ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL_IAM", "AWS_ENDPOINT_URL_ORGANIZATIONS"];

/// What the environment configures.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Settings {
    /// `AWS_MAX_ATTEMPTS`.
    pub(crate) max_attempts: Option<u32>,
}

/// Checks the environment.
pub(crate) fn check(variable: &(dyn Fn(&str) -> Option<String> + Sync)) -> Result<Settings, Cause> {
    if variable("LOG_SENSITIVE_BODIES").is_some_and(|value| value.eq_ignore_ascii_case("true")) {
        return Err(Cause::SensitiveLogging);
    }
    let bad = |name: &str, value: String, allowed| Cause::Setting { name: name.to_owned(), value, allowed };
    let max_attempts = match variable("AWS_MAX_ATTEMPTS") {
        None => None,
        Some(text) => match text.trim().parse::<u32>() {
            Ok(attempts @ 1..=100) => Some(attempts),
            _ => return Err(bad("AWS_MAX_ATTEMPTS", text, "a whole number from 1 to 100")),
        },
    };
    if let Some(mode) = variable("AWS_RETRY_MODE")
        && !["standard", "adaptive"].iter().any(|known| mode.trim().eq_ignore_ascii_case(known))
    {
        return Err(bad("AWS_RETRY_MODE", mode, "`standard` or `adaptive`"));
    }
    for name in ENDPOINTS {
        if let Some(url) = variable(name).filter(|url| !url.is_empty())
            && !is_endpoint(&url)
        {
            return Err(bad(name, without_userinfo(&url), ENDPOINT));
        }
    }
    Ok(Settings { max_attempts })
}

const ENDPOINT: &str = "`http://` or `https://` with a host and without a user name";

/// Checks an endpoint given by `option`.
pub(crate) fn check_endpoint(option: &str, url: &str) -> Result<(), Cause> {
    if is_endpoint(url) {
        return Ok(());
    }
    Err(Cause::Setting { name: option.to_owned(), value: without_userinfo(url), allowed: ENDPOINT })
}

/// Checks the name of the role and, if there is one, the template of its ARN.
pub(crate) fn check_role(role: &str, template: Option<&str>) -> Result<(), Cause> {
    let Some(template) = template else { return check_role_name(role) };
    let filled = template.replace("{account}", "111122223333").replace("{role}", role.trim_matches('/'));
    let arn = Arn::parse(&filled).filter(|arn| arn.service == "iam");
    let name = arn.and_then(|arn| arn.resource.strip_prefix("role/"));
    if template.contains("{account}") && name.is_some_and(|name| check_role_name(name).is_ok()) {
        return Ok(());
    }
    let allowed = "a role's ARN with `{account}` in place of the account's id, and `{role}` where `--role-name` goes";
    Err(Cause::Setting { name: "--role-arn-template".to_owned(), value: template.to_owned(), allowed })
}

/// A role's name, with its path if it has one: it becomes the end of an ARN.
fn check_role_name(role: &str) -> Result<(), Cause> {
    let valid = |c: char| c.is_ascii_alphanumeric() || "/_+=,.@-".contains(c);
    if !role.trim_matches('/').is_empty() && !role.ends_with('/') && role.chars().all(valid) {
        return Ok(());
    }
    let allowed = "a role's name, or path and name, and not its ARN";
    Err(Cause::Setting { name: "--role-name".to_owned(), value: role.to_owned(), allowed })
}

fn is_endpoint(url: &str) -> bool {
    let rest = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://"));
    let Some(rest) = rest else { return false };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) if !port.ends_with(']') => (name, Some(port)),
        _ => (host, None),
    };
    let valid = |c: char| c.is_ascii_alphanumeric() || "-._[]:".contains(c);
    !name.is_empty()
        && name.chars().all(valid)
        && port.is_none_or(|port| port.parse::<u16>().is_ok())
        && rest.chars().all(|c| c.is_ascii_graphic())
}

/// A URL may carry a password; no message may.
fn without_userinfo(url: &str) -> String {
    match (url.find("://"), url.rfind('@')) {
        (Some(scheme), Some(at)) if scheme < at => {
            let start = url.get(..scheme + 3).unwrap_or_default();
            let end = url.get(at..).unwrap_or_default();
            format!("{start}***{end}")
        }
        (None, Some(at)) => format!("***{}", url.get(at..).unwrap_or_default()),
        _ => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(name: &'static str, value: &'static str) -> Result<Settings, Cause> {
        check(&move |asked| (asked == name).then(|| value.to_owned()))
    }

    #[test]
    fn values_that_the_sdk_panics_on_are_errors() {
        for (name, value) in [
            ("AWS_MAX_ATTEMPTS", "0"),
            ("AWS_MAX_ATTEMPTS", "lots"),
            ("AWS_MAX_ATTEMPTS", ""),
            ("AWS_RETRY_MODE", "legacy"),
            ("AWS_ENDPOINT_URL", "localhost:5000"),
            ("AWS_ENDPOINT_URL", "http://"),
            ("AWS_ENDPOINT_URL", "http://local host"),
            ("AWS_ENDPOINT_URL_IAM", "ftp://host"),
            ("AWS_ENDPOINT_URL_STS", "http://host:port"),
            ("LOG_SENSITIVE_BODIES", "True"),
        ] {
            assert!(with(name, value).is_err(), "{name}={value} was accepted");
        }
    }

    #[test]
    fn good_values_are_taken() {
        assert_eq!(with("AWS_MAX_ATTEMPTS", "3").unwrap().max_attempts, Some(3));
        assert!(with("AWS_RETRY_MODE", "Standard").is_ok());
        assert!(with("AWS_ENDPOINT_URL", "http://127.0.0.1:5055").is_ok());
        assert!(with("AWS_ENDPOINT_URL", "http://[::1]:5055/path").is_ok());
        assert!(with("AWS_ENDPOINT_URL", "https://vpce-1.sts.eu-west-1.vpce.amazonaws.com").is_ok());
        assert!(with("LOG_SENSITIVE_BODIES", "false").is_ok());
    }

    #[test]
    fn a_role_is_given_by_name_and_not_by_arn() {
        assert!(check_role_name("audit-readonly").is_ok());
        assert!(check_role_name("/team/audit").is_ok());
        for bad in ["", "/", "audit/", "arn:aws:iam::111122223333:role/audit", "a b", "*"] {
            assert!(check_role_name(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_template_is_an_arn_with_the_account_in_it() {
        assert!(check_role("audit", Some("arn:aws:iam::{account}:role/team/{role}")).is_ok());
        assert!(check_role("audit", Some("arn:aws-cn:iam::{account}:role/audit-{account}")).is_ok());
        for bad in ["arn:aws:iam::111122223333:role/audit", "arn:aws:iam::{account}:user/x", "{account}", ""] {
            assert!(check_role("audit", Some(bad)).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_password_in_an_endpoint_is_refused_and_not_shown() {
        let error = with("AWS_ENDPOINT_URL", "http://ann:s3cret@host").unwrap_err();
        assert!(!format!("{error} {error:?}").contains("s3cret"), "{error}");
    }
}
