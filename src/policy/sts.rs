//! The STS actions that make a session of a role, and those that must be allowed besides them.
//!
//! Source: AWS STS API Reference; Service Authorization Reference, "AWS Security Token Service".

use std::sync::LazyLock;

use super::action::Action;

/// `sts:AssumeRole`
pub static ASSUME_ROLE: LazyLock<Action> = LazyLock::new(|| Action::named("sts", "AssumeRole"));
/// `sts:AssumeRoleWithSAML`
pub static ASSUME_ROLE_WITH_SAML: LazyLock<Action> = LazyLock::new(|| Action::named("sts", "AssumeRoleWithSAML"));
/// `sts:AssumeRoleWithWebIdentity`
pub static ASSUME_ROLE_WITH_WEB_IDENTITY: LazyLock<Action> =
    LazyLock::new(|| Action::named("sts", "AssumeRoleWithWebIdentity"));
/// `sts:TagSession`: the call passes session tags.
pub static TAG_SESSION: LazyLock<Action> = LazyLock::new(|| Action::named("sts", "TagSession"));
/// `sts:SetSourceIdentity`: the call passes a source identity.
pub static SET_SOURCE_IDENTITY: LazyLock<Action> = LazyLock::new(|| Action::named("sts", "SetSourceIdentity"));
/// `sts:SetContext`: the call passes a context, as Identity Center does for its users' sessions.
pub static SET_CONTEXT: LazyLock<Action> = LazyLock::new(|| Action::named("sts", "SetContext"));
