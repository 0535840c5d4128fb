//! Why a collection failed as a whole. What one account or data set lost is in the ledger instead.
//!
//! Owns: the error and its wording. Never holds a secret.

use std::path::{Path, PathBuf};

use crate::collect::aws::error::{CallError, Kind};
use crate::collect::aws::{proxy, reach};
use crate::diagnostic::{Code, Diagnostic};
use crate::snapshot::{SnapshotError, WriteError};

/// A collection that could not start, could not go on, or read nothing.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct CollectError(#[from] pub(crate) Cause);

/// The causes behind [`CollectError`].
#[derive(Debug, thiserror::Error)]
pub(crate) enum Cause {
    #[error(transparent)]
    Credentials(#[from] CredentialError),
    #[error("{name}=`{value}` is not understood here: {allowed}")]
    Setting { name: String, value: String, allowed: &'static str },
    #[error("LOG_SENSITIVE_BODIES is set")]
    SensitiveLogging,
    #[error("cannot read the organization: {error}")]
    Discovery { error: CallError, identity: String },
    #[error("the time was over before an account could be read")]
    Late { doing: &'static str, seconds: u64 },
    #[error("the account list cannot be right: {why}")]
    AccountList { why: String, endpoint: Option<String> },
    #[error("no account is left to read")]
    NothingSelected { listed: usize, selectors: String },
    #[error("no account could be read")]
    NothingRead { first: Box<Diagnostic> },
    #[error("cannot go on with the snapshot: {why}")]
    CannotResume { dir: PathBuf, why: String },
    #[error("the snapshot to go on with cannot be read: {0}")]
    Snapshot(#[source] SnapshotError),
    #[error("the collection was asked to stop")]
    Interrupted { saved: usize, listed: usize, dir: Option<PathBuf> },
    #[error(transparent)]
    Write(#[from] WriteError),
}

/// Why the base credentials cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CredentialError {
    #[error("no AWS credentials found")]
    NoCredentials { looked_in: String, why: String },
    #[error("profile `{0}` does not exist")]
    NoSuchProfile(String),
    #[error("credentials of {from} cannot be used: {why}")]
    BadCredentials { from: String, why: String },
    #[error("the sign-in of {from} has expired: {why}")]
    SignInExpired { from: String, why: String },
    #[error("profile `{profile}` leads nowhere: {why}")]
    BadChain { profile: String, why: String },
    #[error("profile `{profile}` needs an MFA code")]
    NeedsMfa { profile: String, serial: String },
    #[error("cannot determine the caller's identity: {0}")]
    Identity(#[source] CallError),
    #[error("the base credentials have expired")]
    BaseExpired { from: String, saved: usize, listed: usize },
}

impl CollectError {
    /// The error in four parts.
    #[must_use]
    pub fn diagnostic(&self) -> Diagnostic {
        self.0.diagnostic()
    }
}

impl Cause {
    fn diagnostic(&self) -> Diagnostic {
        match self {
            Self::Setting { name, value, allowed } => Diagnostic::new(
                Code::BadSetting,
                format!("{name}=`{value}` is not understood here"),
                place_of(name),
                format!("allowed is {allowed}"),
                "leave it out, or set it to an allowed value",
            ),
            Self::SensitiveLogging => Diagnostic::new(
                Code::SensitiveLogging,
                "LOG_SENSITIVE_BODIES is set",
                "environment variable LOG_SENSITIVE_BODIES",
                "with it the AWS SDK writes credentials into its log",
                "unset LOG_SENSITIVE_BODIES",
            ),
            Self::Write(error) => error.diagnostic(),
            Self::Snapshot(error) => error.diagnostic(),
            Self::CannotResume { dir, why } => Diagnostic::new(
                Code::CannotResume,
                "cannot go on with this snapshot",
                format!("`{}`", dir.display()),
                why.clone(),
                "use the same `--facets`, or leave `--resume` out to read everything again",
            ),
            Self::Interrupted { saved, listed, dir } => interrupted(*saved, *listed, dir.as_deref()),
            Self::NothingRead { first } => Diagnostic::new(
                Code::NothingRead,
                "no account could be read",
                first.place.clone(),
                format!("{}: {}", first.what, first.why),
                first.next.clone(),
            ),
            Self::NothingSelected { listed, selectors } => Diagnostic::new(
                Code::NothingSelected,
                "no account is left to read",
                selectors.clone(),
                format!("none of the {listed} accounts of the organization that can be read is selected"),
                "`rolehop accounts --list` prints the accounts with their names",
            ),
            Self::Late { doing, seconds } => late(doing, *seconds),
            Self::Discovery { error, identity } => discovery(error, identity),
            Self::AccountList { why, endpoint } => Diagnostic::new(
                Code::ImpossibleAccountList,
                "the account list cannot be right",
                match endpoint {
                    Some(endpoint) => format!("Organizations ListAccounts at `{endpoint}`, an endpoint override"),
                    None => "Organizations ListAccounts".to_owned(),
                },
                why.clone(),
                "scan from the management account or a delegated administrator, or name the accounts with `--accounts`",
            ),
            Self::Credentials(error) => error.diagnostic(),
        }
    }
}

impl CredentialError {
    fn diagnostic(&self) -> Diagnostic {
        match self {
            Self::NoCredentials { looked_in, why } => Diagnostic::new(
                Code::NoCredentials,
                "no AWS credentials found",
                format!("looked in: {looked_in}"),
                why.clone(),
                "`aws sso login --profile NAME` or `aws configure`, then `--profile NAME`",
            ),
            Self::NoSuchProfile(profile) => Diagnostic::new(
                Code::NoSuchProfile,
                format!("profile `{profile}` does not exist"),
                "the AWS config and credentials files",
                "neither file has a section of that name",
                "`aws configure list-profiles` shows those that exist",
            ),
            Self::SignInExpired { from, why } => Diagnostic::new(
                Code::SignInExpired,
                "the sign-in has expired, or there is none",
                from.clone(),
                why.clone(),
                "`aws sso login` (or `aws login`) with the same profile, then again",
            ),
            Self::BaseExpired { from, saved, listed } => Diagnostic::new(
                Code::CredentialsRefused,
                "the credentials expired before the end",
                from.clone(),
                format!("{saved} of {listed} accounts are saved; the others need new credentials"),
                "sign in again (`aws sso login`, or renew the exported keys), then the same command with `--resume`",
            ),
            Self::NeedsMfa { profile, serial } => Diagnostic::new(
                Code::MfaCodeNeeded,
                format!("profile `{profile}` needs an MFA code"),
                format!("device `{serial}`"),
                "there is no terminal to ask for it on, and without it AWS would only say AccessDenied",
                "`--mfa-code 123456`, or a profile without MFA if there is no terminal",
            ),
            Self::BadChain { profile, why } => Diagnostic::new(
                Code::BadProfile,
                format!("profile `{profile}` leads nowhere"),
                "the AWS config and credentials files",
                why.clone(),
                "correct the profile; `aws configure list-profiles` shows those that exist",
            ),
            Self::Identity(error) => identity(error),
            Self::BadCredentials { from, why } => Diagnostic::new(
                Code::BadCredentials,
                "the AWS credentials cannot be used",
                from.clone(),
                why.clone(),
                "`aws sts get-caller-identity` with the same profile shows whether the AWS CLI can use them",
            ),
        }
    }
}

fn late(doing: &'static str, seconds: u64) -> Diagnostic {
    Diagnostic::new(
        Code::DeadlineAtStart,
        "the time was over before an account could be read",
        doing,
        format!("it had not ended at the deadline of {seconds} s"),
        "give a later `--deadline`; where it never ends, check the network, the proxy and the VPC endpoint of that service",
    )
}

fn interrupted(saved: usize, listed: usize, dir: Option<&Path>) -> Diagnostic {
    let place = dir.map_or_else(|| "before the first account".to_owned(), |dir| format!("`{}`", dir.display()));
    let why = match saved {
        0 => "it was asked to stop; no account was complete yet".to_owned(),
        saved => format!("it was asked to stop; {saved} of {listed} accounts are saved"),
    };
    Diagnostic::new(
        Code::Interrupted,
        "the collection was interrupted",
        place,
        why,
        "the same command with `--resume` goes on",
    )
}

/// What to do if TLS is inspected in transit. Verification is never turned off.
pub(crate) const UNTRUSTED: &str = "where TLS is inspected on the way, name a file with the certificate of the inspecting authority in \
                                    AWS_CA_BUNDLE; where it has expired, renew it, or check the clock";

fn identity(error: &CallError) -> Diagnostic {
    let refused = "AWS does not accept the credentials";
    let proxy = proxy::named_in(&error.message);
    let (what, next) = match error.kind {
        Kind::BadCredentials => (refused, "check the keys and the clock of this machine".to_owned()),
        Kind::Expired => (refused, "sign in again, or renew the exported credentials".to_owned()),
        Kind::Network if error.message.contains(reach::Unreached::Name.words()) => {
            ("cannot reach AWS", format!("check DNS, the region, {proxy} and AWS_ENDPOINT_URL"))
        }
        Kind::Network | Kind::Timeout => {
            ("cannot reach AWS", format!("check the network, {proxy}, AWS_ENDPOINT_URL and the region"))
        }
        Kind::Untrusted => ("what answered cannot prove that it is AWS", UNTRUSTED.to_owned()),
        Kind::BadAnswer => ("what answered is not AWS", format!("check {proxy} and AWS_ENDPOINT_URL")),
        // it answers, but is failing
        Kind::Throttled | Kind::Other if error.is_passing() => (
            "AWS does not answer as it should",
            "scan again in a few minutes; `https://health.aws.amazon.com` says more".to_owned(),
        ),
        _ => (refused, "`aws sts get-caller-identity` shows whether the AWS CLI can use these credentials".to_owned()),
    };
    let code = if what == refused { Code::CredentialsRefused } else { Code::AwsNotReached };
    Diagnostic::new(code, what, "STS GetCallerIdentity", why(error), next)
}

fn place_of(setting: &str) -> String {
    if setting.starts_with("AWS_") || setting.to_uppercase().ends_with("_PROXY") {
        format!("environment variable {setting}")
    } else {
        setting.to_owned()
    }
}

fn discovery(error: &CallError, identity: &str) -> Diagnostic {
    let by_network = format!("check the network, {} and AWS_ENDPOINT_URL", proxy::named_in(&error.message));
    let next = match error.kind {
        Kind::Denied => {
            "use credentials of the management account or of a delegated administrator that may read Organizations; \
             or name the accounts with `--accounts`, or scan one with `--this-account`"
        }
        Kind::Untrusted => UNTRUSTED,
        Kind::Network | Kind::Timeout | Kind::BadAnswer => &by_network,
        _ => "scan again; or name the accounts with `--accounts`",
    };
    let place = format!("Organizations {} as `{identity}`", error.operation);
    Diagnostic::new(Code::AccountsNotListed, "cannot list the organization's accounts", place, why(error), next)
}

/// The reason with the request's id, which AWS support asks for.
fn why(error: &CallError) -> String {
    match &error.request_id {
        Some(id) => format!("{} (request {})", error.message, crate::collect::aws::text::one_line(id)),
        None => error.message.clone(),
    }
}
