//! One message for each cause, however many accounts it affects.
//!
//! Owns: grouping and wording. The ledger keeps each account's own reason.

use std::collections::{BTreeMap, BTreeSet};

use crate::collect::account::outcome::{Failure, Outcome};
use crate::collect::aws::error::{CallError, Kind};
use crate::collect::aws::operations;
use crate::collect::organization::missing::{Missing, Reason};
use crate::collect::people::read::is_key_denied;
use crate::diagnostic::{Code, Diagnostic};
use crate::facet::{Facet, Owner};
use crate::ids::AccountId;

/// Accounts named in one message.
const NAMED: usize = 10;

/// How IAM refuses an account that administers the organization only for other services.
pub(crate) const NOT_ITS_ADMINISTRATOR: &str = "AccountNotManagementOrDelegatedAdministrator";

/// The remedy. No policy helps.
pub(crate) const BE_ITS_ADMINISTRATOR: &str = "scan from the management account, or make the scanner's account a delegated administrator for `iam.amazonaws.com` as well; \
     or leave it out with `--skip-facets organization-features`";

/// Failures of one cause: the first of them, and the affected accounts.
type Cause<'a> = (&'a Failure, Vec<AccountId>);

/// What messages need to know about the run.
#[derive(Debug)]
pub(crate) struct Setting<'a> {
    pub(crate) role_name: &'a str,
    pub(crate) identity: &'a str,
}

/// The causes of all incomplete accounts, the one that affects most accounts first.
pub(crate) fn diagnostics(
    outcomes: &BTreeMap<AccountId, Outcome>,
    name: &dyn Fn(AccountId) -> String,
    setting: &Setting<'_>,
) -> Vec<Diagnostic> {
    let mut causes: BTreeMap<(&str, Kind, Option<&str>), Cause<'_>> = BTreeMap::new();
    for (id, outcome) in outcomes {
        for failure in &outcome.failures {
            let error = &failure.error;
            let key = (error.operation, error.kind, error.code.as_deref());
            let (_, accounts) = causes.entry(key).or_insert_with(|| (failure, Vec::new()));
            if accounts.last() != Some(id) {
                accounts.push(*id);
            }
        }
    }
    let mut causes: Vec<_> = causes.into_values().collect();
    causes.sort_by_key(|(_, accounts)| std::cmp::Reverse(accounts.len()));
    causes.iter().map(|(failure, accounts)| diagnostic(failure, accounts, name, setting)).collect()
}

/// The organization's own missing parts, grouped by reason.
pub(crate) fn of_organization(missing: &[Missing]) -> Vec<Diagnostic> {
    let mut reasons: BTreeMap<String, (&Reason, BTreeSet<Facet>)> = BTreeMap::new();
    for part in missing {
        let (_, facets) = reasons.entry(part.reason.to_string()).or_insert_with(|| (&part.reason, BTreeSet::new()));
        facets.insert(part.facet);
    }
    let of = |(text, (reason, facets)): (String, (&Reason, BTreeSet<Facet>))| {
        let helps = what_helps(reason, &facets);
        let names: BTreeSet<&str> = facets.into_iter().map(Facet::as_str).collect();
        let facets = names.into_iter().collect::<Vec<_>>().join(", ");
        let what = format!("the organization's {facets} could not be read");
        Diagnostic::new(Code::OrganizationNotRead, what, "Organizations", text, helps)
    };
    reasons.into_iter().map(of).collect()
}

fn what_helps(reason: &Reason, facets: &BTreeSet<Facet>) -> &'static str {
    let is_of_people = facets.iter().any(|facet| matches!(facet.owner(), Owner::People(_)));
    match reason {
        Reason::Call(error) if is_key_denied(error) => {
            "allow `kms:Decrypt` on the customer managed key of IAM Identity Center to whoever reads it; who enters through it is \
             unknown until then"
        }
        Reason::Call(error) if is_of_people && error.kind == Kind::Denied => {
            "allow it to the base credentials (`rolehop doctor --permissions caller` prints the policy), name a role with \
             `--identity-center-role`, or leave it out with `--skip-facets identity-center`; people are unknown until then"
        }
        Reason::Call(error) if error.kind == Kind::Denied => {
            "allow it to the base credentials (`rolehop doctor --permissions caller` prints the policy); answers that need \
             it are unknown until then"
        }
        Reason::Call(error) if error.is_any(&[NOT_ITS_ADMINISTRATOR]) => BE_ITS_ADMINISTRATOR,
        Reason::Call(_) | Reason::Other(_) => "go on with `--resume`; answers that need it are unknown until then",
    }
}

fn diagnostic(
    failure: &Failure,
    accounts: &[AccountId],
    name: &dyn Fn(AccountId) -> String,
    setting: &Setting<'_>,
) -> Diagnostic {
    let error = &failure.error;
    let place = place(accounts, name);
    let n = match accounts.len() {
        1 => "1 account".to_owned(),
        n => format!("{n} accounts"),
    };
    let operation = error.operation;
    let role = setting.role_name;
    let request = error.request_id.as_ref().map(|id| format!(" (request {})", crate::collect::aws::text::one_line(id)));
    let why = format!("{}{}", error.message, request.unwrap_or_default());
    let (code, what, why, next) = match error.kind {
        // AWS names the policy type if an SCP or RCP denies (IAM User Guide, "Troubleshoot access denied errors")
        Kind::Denied if error.message.contains("service control policy") => (
            Code::DeniedByScp,
            format!("an SCP denies {operation} in {n}"),
            why,
            "except the scanner's role from that SCP, or leave the accounts out".to_owned(),
        ),
        _ if operation == "AssumeRole" && error.is_too_long() => (
            Code::RoleNotAssumed,
            format!("cannot assume role `{role}` in {n}"),
            why,
            "leave `--session-duration` out: an hour is always allowed, and sessions are renewed".to_owned(),
        ),
        Kind::Denied if operation == "AssumeRole" => (
            Code::RoleNotAssumed,
            format!("cannot assume role `{role}` in {n}"),
            format!(
                "AccessDenied from STS: the role is missing, does not trust {}, wants another external id, or an SCP \
                 denies it; AWS does not say which",
                setting.identity
            ),
            assume_hint(error),
        ),
        Kind::Denied => {
            let action = operations::action(Some(failure.facet), operation);
            let next = format!("allow `{action}` to role `{role}`; `rolehop doctor --permissions` prints all it needs");
            (Code::CallDenied, format!("{operation} is denied in {n}"), why, next)
        }
        kind => {
            let (code, what, next) = trouble(kind, operation, &n);
            (code, what, why, next.to_owned())
        }
    };
    Diagnostic::new(code, what, place, why, next)
}

/// What to do about a refused role, judged by AWS's message.
fn assume_hint(error: &CallError) -> String {
    let says = |word: &str| error.message.contains(word);
    if says("sts:TagSession") {
        return "allow `sts:TagSession` in the trust policy, or leave `--session-tag` out, or add `--marks-optional`"
            .into();
    }
    if says("sts:SetSourceIdentity") {
        return "allow `sts:SetSourceIdentity` in the trust policy, or leave `--source-identity` out, or add \
                `--marks-optional`"
            .into();
    }
    "`rolehop doctor --account ID` looks closer; `rolehop doctor --template cfn` prints the role that is needed".into()
}

/// Failures that no policy causes: code, what, next.
fn trouble(kind: Kind, operation: &str, n: &str) -> (Code, String, &'static str) {
    match kind {
        Kind::Expired => (
            Code::CredentialsExpired,
            format!("the credentials expired before {n} could be read"),
            "sign in again, then go on with `--resume`",
        ),
        Kind::SessionExpired => (
            Code::SessionExpired,
            format!("AWS calls every new session expired for {operation} in {n}"),
            "check the clock of this machine and whether the account revokes sessions (a Deny on `aws:TokenIssueTime`), then go on \
             with `--resume`",
        ),
        Kind::BadAnswer | Kind::Pagination => (
            Code::UnusableAnswer,
            format!("incomplete or unusable answer to {operation} in {n}"),
            "go on with `--resume`; where it stays, look for a proxy that changes answers",
        ),
        Kind::Throttled => (
            Code::NoAnswer,
            format!("{operation} was throttled in {n}, attempt after attempt"),
            "go on with `--resume --polite` when the account is less busy",
        ),
        Kind::Timeout | Kind::Network => (
            Code::NoAnswer,
            format!("{operation} had no answer in {n}, attempt after attempt"),
            "check DNS, the proxy and the VPC endpoint of that service, then go on with `--resume`",
        ),
        Kind::Untrusted => (
            Code::NoAnswer,
            format!("what answered {operation} in {n} cannot prove that it is AWS"),
            crate::collect::error::UNTRUSTED,
        ),
        Kind::Deadline => (
            Code::Deadline,
            format!("{n} were not read before the deadline"),
            "go on with `--resume`, or give a later `--deadline`",
        ),
        Kind::NotTried => (
            Code::NotTried,
            format!("{n} were not tried"),
            "make the role assumable first: `rolehop doctor` shows what is wrong; then go on with `--resume`",
        ),
        Kind::Internal => (
            Code::DefectOfAccount,
            format!("internal error in {n}"),
            "report it as a defect of rolehop; other accounts are not affected",
        ),
        Kind::Denied | Kind::NotFound | Kind::BadCredentials | Kind::Other => (
            Code::CallFailed,
            format!("{operation} failed in {n}"),
            "go on with `--resume`; the ledger names what is missing",
        ),
    }
}

fn place(accounts: &[AccountId], name: &dyn Fn(AccountId) -> String) -> String {
    let named: Vec<String> = (accounts.iter().take(NAMED))
        .map(|id| match name(*id) {
            name if name.is_empty() => id.to_string(),
            name => format!("{} ({id})", crate::collect::aws::text::one_line(&name)),
        })
        .collect();
    match accounts.len().saturating_sub(NAMED) {
        0 => named.join(", "),
        more => format!("{} and {more} more", named.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collect::aws::error::Kind;

    #[test]
    fn three_hundred_accounts_with_one_cause_are_one_message() {
        let error = CallError::own("AssumeRole", Kind::Denied, "AccessDenied: no");
        let lost = Outcome::lost(&error, &crate::facet::Facets::default());
        let outcomes: BTreeMap<_, _> =
            (0..300).map(|n| (AccountId::parse(&format!("{n:012}")).unwrap(), lost.clone())).collect();
        let setting = Setting { role_name: "audit", identity: "arn:aws:iam::111122223333:user/ann" };
        let messages = diagnostics(&outcomes, &|_| "legacy".to_owned(), &setting);
        assert_eq!(messages.len(), 1);
        assert_eq!(messages[0].code, Code::RoleNotAssumed);
        assert_eq!(messages[0].what, "cannot assume role `audit` in 300 accounts");
        assert!(messages[0].place.ends_with("and 290 more"), "{}", messages[0].place);
    }
}
