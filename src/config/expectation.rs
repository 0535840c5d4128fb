//! `[[expect]]`: who may reach a target, as a configuration says it.
//!
//! Owns: the shape of an expectation and of the names of principals in it. Does not know who reaches what (`rules`).

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;

use crate::selection::Selector;
use crate::severity::Severity;

/// An expectation about who reaches a target.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expectation {
    /// What it is called: part of the identity of its findings.
    pub name: String,
    /// A target, as `who-can` takes it.
    pub target: String,
    /// Nobody else may reach it, except through one of these.
    #[serde(default)]
    pub only: Option<Vec<PrincipalSelector>>,
    /// None of these may reach it.
    #[serde(default)]
    pub never: Vec<PrincipalSelector>,
    /// Whether users who reach it need MFA.
    #[serde(default)]
    pub mfa: Option<MfaExpectation>,
    /// Of a breach; that of the rule if not given.
    #[serde(default)]
    pub severity: Option<Severity>,
    /// Who answers for it.
    #[serde(default)]
    pub owner: Option<String>,
    /// Why it is so.
    #[serde(default)]
    pub reason: Option<String>,
}

/// What is expected of MFA.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MfaExpectation {
    /// Every user needs it on every way.
    Always,
}

/// Principals, as an expectation names them.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum PrincipalSelector {
    /// `arn:aws:iam::111122223333:role/ci`: a glob on the ARN.
    Arn(String),
    /// `user:hub/ann`: globs on the account's name or id, and on the user's name.
    User(Within),
    /// `role:*/ci-*`, in the same way.
    Role(Within),
    /// `group:hub/platform-admins`: the users of these groups of IAM.
    Group(Within),
    /// `person:ada@acme.example`: a glob on user name, address or id in the identity store; case is ignored.
    Person(String),
    /// `people:Platform *`: the members of these groups of Identity Center, in the same way.
    People(String),
    /// `account:111122223333`, `account:vendor-*`, `ou:/Sandbox`, `tag:env=dev`: whoever is in these accounts.
    Accounts(Selector),
    /// `service:ec2.amazonaws.com`: a glob on the service principal.
    Service(String),
    /// `provider:*/token.actions.githubusercontent.com`: whomever an identity provider vouches for.
    Provider(Within),
    /// `github:acme/deploy-*`: workflows of these repositories of GitHub.
    Repository(Repository),
}

/// `OWNER/NAME`: globs on the owner and the name of repositories.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repository {
    /// A user or organization of GitHub.
    pub owner: String,
    /// Of the repository.
    pub name: String,
}

/// `ACCOUNT/NAME`: globs on an account and on a name in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Within {
    /// On the account's name, or its id.
    pub account: String,
    /// On the name.
    pub name: String,
}

/// Text that names no principals.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` names no principals: {why}")]
pub struct BadPrincipals {
    text: String,
    why: String,
}

const KINDS: &str =
    "group:, user:, role:, person:, people:, account:, ou:, tag:, service:, provider:, github:, or an ARN";

impl PrincipalSelector {
    /// Whether it is written for roles, and not for whoever is in some place.
    #[must_use]
    pub fn names_roles(&self) -> bool {
        match self {
            Self::Role(_) => true,
            Self::Arn(glob) => glob.contains(":role/"),
            _ => false,
        }
    }
}

impl FromStr for PrincipalSelector {
    type Err = BadPrincipals;

    fn from_str(text: &str) -> Result<Self, BadPrincipals> {
        let bad = |why: String| BadPrincipals { text: text.to_owned(), why };
        let accounts = |text: &str| {
            text.parse().map(Self::Accounts).map_err(|error: crate::selection::BadSelector| bad(error.to_string()))
        };
        let within = |value: &str| match value.split_once('/') {
            Some((account, name)) if !account.is_empty() && !name.is_empty() => {
                Ok(Within { account: account.to_owned(), name: name.to_owned() })
            }
            _ => Err(bad("it is written with its account, `hub/NAME`, or `*/NAME` for any account".to_owned())),
        };
        let (kind, value) = text.split_once(':').unwrap_or(("", text));
        match kind {
            "arn" => Ok(Self::Arn(text.to_owned())),
            "user" => within(value).map(Self::User),
            "role" => within(value).map(Self::Role),
            "group" => within(value).map(Self::Group),
            "person" if !value.is_empty() => Ok(Self::Person(value.to_owned())),
            "people" if !value.is_empty() => Ok(Self::People(value.to_owned())),
            "provider" => within(value).map(Self::Provider),
            "service" if !value.is_empty() => Ok(Self::Service(value.to_owned())),
            "account" if value.bytes().all(|b| b.is_ascii_digit()) => accounts(text),
            "account" => accounts(&format!("name:{value}")),
            "ou" | "tag" => accounts(text),
            "github" => match value.split_once('/') {
                Some((owner, name)) if !owner.is_empty() && !name.is_empty() && !name.contains(['/', ':']) => {
                    Ok(Self::Repository(Repository { owner: owner.to_owned(), name: name.to_owned() }))
                }
                _ => Err(bad("a repository is `github:OWNER/NAME`, and all of an owner's `github:OWNER/*`".to_owned())),
            },
            _ => Err(bad(format!("it begins with one of {KINDS}"))),
        }
    }
}

impl TryFrom<String> for PrincipalSelector {
    type Error = BadPrincipals;

    fn try_from(text: String) -> Result<Self, BadPrincipals> {
        text.parse()
    }
}

impl fmt::Display for PrincipalSelector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Arn(glob) => f.write_str(glob),
            Self::User(within) => write!(f, "user:{within}"),
            Self::Role(within) => write!(f, "role:{within}"),
            Self::Group(within) => write!(f, "group:{within}"),
            Self::Person(glob) => write!(f, "person:{glob}"),
            Self::People(glob) => write!(f, "people:{glob}"),
            Self::Accounts(accounts @ (Selector::Account(_) | Selector::Name(_))) => write!(f, "account:{accounts}"),
            Self::Accounts(accounts) => accounts.fmt(f),
            Self::Service(glob) => write!(f, "service:{glob}"),
            Self::Provider(within) => write!(f, "provider:{within}"),
            Self::Repository(Repository { owner, name }) => write!(f, "github:{owner}/{name}"),
        }
    }
}

impl fmt::Display for Within {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.account, self.name)
    }
}

impl Expectation {
    /// What is wrong with it; `given` says whether it has a key.
    pub(super) fn defect(&self, given: impl Fn(&str) -> bool) -> Option<&'static str> {
        let expects = ["only", "never", "mfa"].into_iter().any(given);
        match () {
            () if self.name.trim().is_empty() => Some("`name` is empty"),
            () if self.target.trim().is_empty() => Some("`target` is empty"),
            () if !expects => Some("it has none of `only`, `never` and `mfa`, so it expects nothing"),
            () => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn principals_are_read_as_they_are_written() {
        for text in [
            "arn:aws:iam::*:role/ci",
            "user:hub/ann",
            "role:*/ci-*",
            "group:hub/platform-admins",
            "account:111122223333",
            "person:ada@acme.example",
            "people:Platform *",
            "account:vendor-*",
            "ou:/Sandbox",
            "tag:env=dev",
            "service:ec2.amazonaws.com",
            "provider:hub/oidc/*",
            "github:acme/deploy-*",
        ] {
            assert_eq!(text.parse::<PrincipalSelector>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_names_nobody_is_refused_with_what_would() {
        let told = |text: &str| text.parse::<PrincipalSelector>().unwrap_err().to_string();
        assert!(told("platform-admins").contains("group:"), "{}", told("platform-admins"));
        assert!(told("group:platform-admins").contains("*/NAME"));
        for repository in ["github:acme", "github:acme/", "github:acme/etl:main", "github:acme/a/b"] {
            assert!(told(repository).contains("github:OWNER/NAME"), "{repository}");
        }
        assert!(told("account:123").contains("twelve digits"));
        assert!(told("ou:Sandbox").contains("by its path"));
        assert!(told("service:").contains("begins with"));
        assert!(told("people:").contains("begins with"));
    }
}
