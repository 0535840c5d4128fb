//! Ways into roles as somebody takes them from a command line: what each call passes, and what it cannot.

use super::needs::Needs;
use super::path::Blocked;
use super::verdict::Verdict;
use super::who_can::PrincipalKind;
use crate::snapshot::ledger::Gap;

/// The ways of one principal into every role that it reaches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfileWays {
    /// As resolved: an ARN, or the name of a person.
    pub principal: String,
    /// User, role or person.
    pub kind: PrincipalKind,
    /// Of a user: what it can sign in with today.
    pub sign_in: Option<SignIn>,
    /// Of a person: where it signs in.
    pub portal: Option<Portal>,
    /// In order of verdict, hops, role.
    pub ways: Vec<ProfileWay>,
    /// What the given name stands for, if that is not obvious.
    pub note: Option<&'static str>,
    /// Missing data that matters here.
    pub gaps: Vec<Gap>,
}

/// What a user lacks today, as far as that was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignIn {
    /// It has no active access key.
    pub no_access_key: bool,
    /// It has no MFA device.
    pub no_mfa_device: bool,
}

/// An instance of Identity Center.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Portal {
    /// `d-…`, which is in the URL of the access portal unless somebody chose another; `None` where it is not known.
    pub identity_store: Option<String>,
    /// Where the instance is; `None` where that is not known.
    pub region: Option<String>,
    /// `aws`, `aws-cn`, …
    pub partition: String,
}

/// A shortest way of the best verdict into a role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfileWay {
    /// Best verdict over all paths.
    pub verdict: Verdict,
    /// Deciding context keys, sorted, without duplicates.
    pub conditions: Vec<String>,
    /// What must be right, in words.
    pub needs: Needs,
    /// One a hop, first to last; at least one.
    pub steps: Vec<Step>,
}

/// One role on a way, and what is passed to enter it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The hop: whose session calls, and the role's ARN.
    pub hop: Blocked,
    /// Without its path.
    pub role_name: String,
    /// `/`, or the path between slashes.
    pub role_path: String,
    /// The role's account id.
    pub account: String,
    /// As answers may show it; empty if it has none.
    pub account_name: String,
    /// `aws`, `aws-cn`, …
    pub partition: String,
    /// By which call.
    pub entry: Entry,
    /// What the call needs of MFA.
    pub mfa: MfaStep,
    /// An external id that the role accepts, where it asks for one.
    pub external_id: Option<String>,
    /// The name that the session must have.
    pub session_name: Option<String>,
    /// What else must be right, in words: nothing that the call passes.
    pub limits: Vec<String>,
}

/// By which call a role is entered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// AssumeRole.
    AssumeRole,
    /// The access portal, for people who are assigned this permission set.
    PermissionSet(String),
    /// The account access manager, for people who are entitled to the role.
    Entitlement,
    /// A call that no profile makes.
    Other,
}

/// What a call needs of MFA.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MfaStep {
    /// Nothing: long-term credentials will do.
    Unneeded,
    /// A code, passed in the call itself.
    Code,
    /// A session that was made with a code before, because a later call asks for MFA too.
    Session,
    /// A session that was made without one: the call must say that there was no MFA.
    SessionWithout,
}
