//! The console's links to switch to a role.
//!
//! Source: AWS IAM User Guide, "Switch from a user to an IAM role (console)": `account`, `roleName` with its path, `displayName`. Nobody
//! documents the values of `color`; this is the red that the console itself offers, and it ignores what it does not know.

use std::fmt::Write as _;

use crate::answer::Step;

const RED: &str = "f2b0a9";

/// Where people of a partition sign in; `None` for those whose consoles are not public.
fn host(partition: &str) -> Option<&'static str> {
    match partition {
        "aws" => Some("signin.aws.amazon.com"),
        "aws-cn" => Some("signin.amazonaws.cn"),
        "aws-us-gov" => Some("signin.amazonaws-us-gov.com"),
        _ => None,
    }
}

/// The link to a role that a signed-in user switches to directly.
pub(super) fn link(step: &Step, shown: &str, is_red: bool) -> Option<String> {
    let role = format!("{}{}", step.role_path.trim_start_matches('/'), step.role_name);
    let mut link = format!("https://{}/switchrole?account={}", host(&step.partition)?, step.account);
    link.push_str("&roleName=");
    encode(&role, &mut link);
    link.push_str("&displayName=");
    encode(shown, &mut link);
    if is_red {
        link.push_str("&color=");
        link.push_str(RED);
    }
    Some(link)
}

/// As a value of a query: all but what a URL can always hold is written as `%XX`.
fn encode(text: &str, out: &mut String) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // writing to a string cannot fail
            let _ = write!(out, "%{byte:02X}");
        }
    }
}
