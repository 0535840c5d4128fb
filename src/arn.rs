//! Amazon Resource Names: six parts joined by colons; only the last part may itself contain colons.
//!
//! Owns: splitting an ARN and reading IAM and STS principals out of one. Does not know what exists.

use crate::ids::AccountId;

/// A borrowed ARN, split.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arn<'a> {
    /// `aws`, `aws-cn`, `aws-us-gov`, …
    pub partition: &'a str,
    /// `iam`, `sts`, …
    pub service: &'a str,
    /// Empty for IAM.
    pub region: &'a str,
    /// Twelve digits, or empty.
    pub account: &'a str,
    /// Everything after the fifth colon.
    pub resource: &'a str,
}

/// What an IAM or STS ARN names. A path keeps its slashes and is at least `/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the field's own words")]
pub enum Named<'a> {
    /// `…:root`: the account, as a principal.
    Account,
    /// `user/path/name`; the path keeps its slashes and is at least `/`.
    User { path: &'a str, name: &'a str },
    /// `role/path/name`.
    Role { path: &'a str, name: &'a str },
    /// `group/path/name`.
    Group { path: &'a str, name: &'a str },
    /// `assumed-role/name/session` of STS.
    AssumedRole { role: &'a str, session: &'a str },
    /// `federated-user/name` of STS.
    FederatedUser { name: &'a str },
    /// `saml-provider/name`.
    SamlProvider { name: &'a str },
    /// `oidc-provider/issuer`.
    OidcProvider { issuer: &'a str },
    /// Any other resource.
    Other,
}

impl<'a> Arn<'a> {
    /// Splits an ARN; `None` if the text has fewer than six parts or does not start with `arn`.
    #[must_use]
    pub fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.splitn(6, ':');
        (parts.next()? == "arn").then_some(())?;
        Some(Self {
            partition: parts.next()?,
            service: parts.next()?,
            region: parts.next()?,
            account: parts.next()?,
            resource: parts.next()?,
        })
    }

    /// The account that owns the resource, if the ARN names one.
    #[must_use]
    pub fn account_id(&self) -> Option<AccountId> {
        AccountId::parse(self.account)
    }

    /// What the ARN names; `Other` unless the service is IAM or STS.
    #[must_use]
    pub fn named(&self) -> Named<'a> {
        let (kind, rest) = self.resource.split_once('/').unwrap_or((self.resource, ""));
        match (self.service, kind) {
            ("iam", "root") => Named::Account,
            ("iam", "user") => with_path(self.resource, kind, |path, name| Named::User { path, name }),
            ("iam", "role") => with_path(self.resource, kind, |path, name| Named::Role { path, name }),
            ("iam", "group") => with_path(self.resource, kind, |path, name| Named::Group { path, name }),
            ("iam", "saml-provider") => Named::SamlProvider { name: rest },
            ("iam", "oidc-provider") => Named::OidcProvider { issuer: rest },
            ("sts", "assumed-role") => match rest.split_once('/') {
                Some((role, session)) => Named::AssumedRole { role, session },
                None => Named::Other,
            },
            ("sts", "federated-user") => Named::FederatedUser { name: rest },
            _ => Named::Other,
        }
    }
}

/// The name of a SAML provider by its ARN; `None` for whatever else.
#[must_use]
pub fn saml_provider(arn: &str) -> Option<&str> {
    match Arn::parse(arn)?.named() {
        Named::SamlProvider { name } => Some(name),
        _ => None,
    }
}

/// `role/team/app` has the path `/team/` and the name `app`; `role/app` has the path `/`.
fn with_path<'a>(resource: &'a str, kind: &str, make: impl Fn(&'a str, &'a str) -> Named<'a>) -> Named<'a> {
    let Some(slashed) = resource.strip_prefix(kind) else { return Named::Other };
    match slashed.rfind('/').and_then(|at| slashed.split_at_checked(at + 1)) {
        Some((path, name)) if !name.is_empty() => make(path, name),
        _ => Named::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_arn_keeps_its_path() {
        let arn = Arn::parse("arn:aws:iam::111122223333:role/team/app").unwrap();
        assert_eq!(arn.named(), Named::Role { path: "/team/", name: "app" });
        assert_eq!(arn.account_id().unwrap().to_string(), "111122223333");
        assert_eq!(
            Arn::parse("arn:aws:iam::111122223333:role/app").unwrap().named(),
            Named::Role { path: "/", name: "app" }
        );
    }

    #[test]
    fn a_session_arn_names_role_and_session() {
        let arn = Arn::parse("arn:aws:sts::111122223333:assumed-role/app/i-0abc").unwrap();
        assert_eq!(arn.named(), Named::AssumedRole { role: "app", session: "i-0abc" });
    }

    #[test]
    fn what_is_no_arn_is_none() {
        assert_eq!(Arn::parse("111122223333"), None);
        assert_eq!(Arn::parse("arn:aws:iam"), None);
        assert_eq!(Arn::parse("arn:aws:iam::1:role/").unwrap().named(), Named::Other);
    }
}
