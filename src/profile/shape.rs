//! Profiles as JSON has them, and as a file of sections is made of.

use std::borrow::Cow;

use serde::Serialize;

use crate::answer::{Needs, PrincipalKind, Verdict};
use crate::snapshot::ledger::Gap;

/// `rolehop/profiles/v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Profiles {
    /// Always [`Profiles::SCHEMA`].
    pub schema: &'static str,
    /// As resolved: an ARN, or the name of a person.
    pub principal: String,
    /// User, role or person.
    pub kind: PrincipalKind,
    /// False if data that the answer needs is missing.
    pub proven: bool,
    /// The profile that must hold the credentials of a user or role.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_profile: Option<String>,
    /// Where a person signs in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sso_session: Option<SsoSession>,
    /// What a person must have before any of them works.
    pub comments: Vec<String>,
    /// In order of verdict, hops, role; then those that only others need.
    pub profiles: Vec<Profile>,
    /// Roles that are reached and have no profile.
    pub left_out: Vec<LeftOut>,
    /// What the given name stands for, if that is not obvious.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<&'static str>,
    /// Missing data that matters here.
    pub gaps: Vec<Gap>,
}

/// A section of its own for the sign-in of people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SsoSession {
    /// What profiles call it.
    pub name: String,
    /// In order.
    pub settings: Vec<Setting>,
    /// What a person must fill in or check.
    pub comments: Vec<String>,
}

/// One role, as a profile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Profile {
    /// Unique, and valid for every SDK.
    pub name: String,
    /// Role ARN.
    pub role: String,
    /// The role's account id.
    pub account: String,
    /// As answers show it; empty if it has none.
    pub account_name: String,
    /// True for a role that was asked for, false for one that only others lead through.
    pub asked: bool,
    /// True for a role of production, whose link is red.
    pub production: bool,
    /// Of the path that it was written for.
    pub verdict: Verdict,
    /// Of that path.
    pub conditions: Vec<String>,
    /// Of that path, in words.
    pub needs: Needs,
    /// Principal and roles, first to last.
    pub path: Vec<String>,
    /// In order.
    pub settings: Vec<Setting>,
    /// What the profile cannot do by itself, or a person must fill in.
    pub comments: Vec<String>,
    /// The console's link to switch to the role; `None` where the console cannot.
    pub console: Option<String>,
}

/// A key and its value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Setting {
    /// As AWS's tools name it.
    pub key: &'static str,
    /// One line, without blanks at its ends.
    pub value: String,
}

/// A role that is reached and has no profile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LeftOut {
    /// Role ARN.
    pub role: String,
    /// The best over all paths.
    pub verdict: Verdict,
    /// Why.
    pub reason: Cow<'static, str>,
}

impl Profiles {
    /// Name and version of the JSON form.
    pub const SCHEMA: &'static str = "rolehop/profiles/v1";
}
