//! From what people write to principals and roles: ARNs, `account/role`, account names, targets.
//!
//! Owns: how a name is understood, and what a target stands for. An ambiguous name is an error that lists the
//! candidates.

use std::collections::{BTreeMap, BTreeSet};

use super::source::Source;
use super::target::{self, Members};
use super::trust_graph::TrustGraph;
use crate::arn::{Arn, Named};
use crate::diagnostic::{Code, Diagnostic};
use crate::ids::{AccountId, AccountIx, PrincipalIx};
use crate::model::{Account, Estate, Presence, PrincipalType};
use crate::policy::document::Effect;
use crate::policy::principal::PrincipalEntry;
use crate::selection::TargetSpec;
use crate::snapshot::ledger::Gap;
use crate::wildcard;

/// Candidates that an error lists at most.
const SHOWN: usize = 5;

/// A name that cannot be understood.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum SelectError {
    #[error("`{0}` names nothing in the snapshot")]
    Unknown(String),
    #[error("`{name}` fits {}: {}", .candidates.len(), shown(.candidates))]
    Ambiguous { name: String, candidates: Vec<String> },
    #[error("target `{0}` matches no account")]
    EmptyTarget(String),
    #[error("`{0}` is not a role")]
    NotARole(String),
    #[error("`{0}` stands for more than one principal")]
    NotOne(String),
}

fn shown(candidates: &[String]) -> String {
    let more = candidates.len().saturating_sub(SHOWN);
    let list = candidates.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
    if more > 0 { format!("{list} and {more} more") } else { list }
}

impl SelectError {
    /// The four parts that people are shown.
    #[must_use]
    pub fn diagnostic(&self) -> Diagnostic {
        let (code, place, why, next) = match self {
            Self::Unknown(name) => (
                Code::NameUnknown,
                name,
                "no account, role, user, service or provider of this name was met",
                "give an ARN, `account/role`, an account id or name; `rolehop accounts` lists the accounts",
            ),
            Self::Ambiguous { name, .. } => (
                Code::NameAmbiguous,
                name,
                "the name fits more than one",
                "use `account/role`, the ARN or the account's id",
            ),
            Self::EmptyTarget(name) => (
                Code::EmptyTarget,
                name,
                "none of its selectors matches an account of the snapshot",
                "`rolehop targets show NAME` shows what each selector matches; `rolehop accounts` lists the accounts",
            ),
            Self::NotOne(name) => (
                Code::NotOne,
                name,
                "an edge starts at one user, role, service or provider",
                "name it by ARN or `account/name`; `rolehop who-can ROLE` lists all that reach a role",
            ),
            Self::NotARole(name) => {
                (Code::NotARole, name, "only roles can be assumed", "name a role by ARN or `account/role`")
            }
        };
        Diagnostic::new(code, self.to_string(), place.clone(), why, next)
    }
}

/// What a question ends at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Resolved {
    pub(super) roles: BTreeSet<PrincipalIx>,
    /// Accounts that belong to it and could not be read.
    pub(super) unread: BTreeSet<AccountIx>,
    /// Why more may belong to it: what the selectors look at was not read.
    pub(super) gaps: BTreeSet<Gap>,
    /// How it is printed.
    pub(super) shown: String,
}

/// The account with this id or exact name; names ignore case.
fn account(estate: &Estate, text: &str) -> Result<Option<AccountIx>, SelectError> {
    if let Some(id) = AccountId::parse(text) {
        return Ok(estate.account_by_id(id));
    }
    let named = estate.accounts().iter().filter(|a| !a.name().is_empty() && a.name().eq_ignore_ascii_case(text));
    let ids: Vec<AccountId> = named.map(Account::id).collect();
    match ids.as_slice() {
        [] => Ok(None),
        [only] => Ok(estate.account_by_id(*only)),
        many => Err(SelectError::Ambiguous {
            name: text.to_owned(),
            candidates: many.iter().map(|id| format!("account {id}")).collect(),
        }),
    }
}

/// Everything that a question may start at under this name, and how it is printed.
pub(super) fn sources(graph: &TrustGraph<'_>, text: &str) -> Result<(Vec<Source>, String), SelectError> {
    let estate = graph.estate();
    if text == "*" {
        return Ok((vec![Source::Everyone], text.to_owned()));
    }
    if let Some(found) = by_arn(estate, text)? {
        return Ok((found, text.to_owned()));
    }
    if let Some(ix) = account(estate, text)? {
        return Ok((of_account(estate, ix), estate.account(ix).id().to_string()));
    }
    if let Some(id) = AccountId::parse(text) {
        return Ok((vec![Source::Account(id), Source::Everyone], text.to_owned()));
    }
    if let Some(entry) = trusted_name(estate, text) {
        return Ok((vec![entry], text.to_owned()));
    }
    let ix = principal(estate, text, None)?;
    Ok((vec![Source::Principal(ix)], estate.arn(ix)))
}

fn of_account(estate: &Estate, ix: AccountIx) -> Vec<Source> {
    let mut found: Vec<Source> = estate.principals_of(ix).map(Source::Principal).collect();
    if *estate.account(ix).presence() != Presence::Collected {
        found.push(Source::Account(estate.account(ix).id()));
    }
    found
}

fn by_arn(estate: &Estate, text: &str) -> Result<Option<Vec<Source>>, SelectError> {
    let Some(arn) = Arn::parse(text) else { return Ok(None) };
    if let Some(ix) = estate.principal_by_arn(text) {
        return Ok(Some(vec![Source::Principal(ix)]));
    }
    let id = arn.account_id();
    let collected = id
        .and_then(|id| estate.account_by_id(id))
        .is_some_and(|ix| *estate.account(ix).presence() == Presence::Collected);
    match (arn.named(), id) {
        (Named::SamlProvider { .. } | Named::OidcProvider { .. }, _) => Ok(Some(vec![Source::Provider(text.into())])),
        (Named::Account, Some(id)) => Ok(Some(match estate.account_by_id(id) {
            Some(ix) => of_account(estate, ix),
            None => vec![Source::Account(id), Source::Everyone],
        })),
        (Named::AssumedRole { role, .. }, Some(id)) if collected => {
            let account = estate.account_by_id(id);
            let found = account.and_then(|a| estate.principal_by_name(a, PrincipalType::Role, role));
            found.map(|ix| Some(vec![Source::Principal(ix)])).ok_or_else(|| SelectError::Unknown(text.to_owned()))
        }
        (Named::User { .. } | Named::Role { .. } | Named::AssumedRole { .. }, Some(id)) if !collected => {
            let mut found = vec![Source::Outsider(text.into(), id), Source::Account(id)];
            // what stands for everybody permits it to them; whether an account of ours that was not read does is not
            // known
            if estate.account_by_id(id).is_none() {
                found.push(Source::Everyone);
            }
            Ok(Some(found))
        }
        _ => Err(SelectError::Unknown(text.to_owned())),
    }
}

/// A service principal or well-known issuer; whether or not some role trusts it, it can be asked about.
fn trusted_name(estate: &Estate, text: &str) -> Option<Source> {
    let documents = (0..estate.policy_count()).map(|at| estate.policy(crate::ids::PolicyIx::new(at)));
    let statements = documents.flat_map(|p| p.statements.iter()).filter(|s| s.effect == Effect::Allow);
    let mut entries = statements.filter_map(|s| s.principal.as_ref()).flat_map(|c| c.entries.iter());
    let trusted = entries.find_map(|entry| match entry {
        PrincipalEntry::Service(name) if &**name == text => Some(Source::Service(text.into())),
        PrincipalEntry::Federated(name) if &**name == text => Some(Source::Provider(text.into())),
        _ => None,
    });
    let looks_like_service = text.ends_with(".amazonaws.com") || text.ends_with(".amazonaws.com.cn");
    trusted.or_else(|| (looks_like_service && !text.contains('/')).then(|| Source::Service(text.into())))
}

/// The one principal that `account/role`, `account/role/name` or a part of its name fits.
fn principal(estate: &Estate, text: &str, only: Option<PrincipalType>) -> Result<PrincipalIx, SelectError> {
    if let Some((left, right)) = text.split_once('/')
        && let Some(account) = account(estate, left)?
    {
        let kinds = [
            ("role/", PrincipalType::Role),
            ("user/", PrincipalType::User),
            ("", PrincipalType::Role),
            ("", PrincipalType::User),
        ];
        let named = kinds.iter().filter(|(_, kind)| only.is_none_or(|o| o == *kind)).filter_map(|(prefix, kind)| {
            let name = right.strip_prefix(prefix)?;
            // a path may stand before the name
            let name = name.rsplit('/').next().unwrap_or(name);
            estate.principal_by_name(account, *kind, name)
        });
        let found: BTreeSet<PrincipalIx> = named.collect();
        return one(estate, text, found.into_iter().collect());
    }
    let all = 0..estate.principals().len();
    let matching = |test: &dyn Fn(&str) -> bool| -> Vec<PrincipalIx> {
        let candidates = all.clone().map(PrincipalIx::new);
        candidates
            .filter(|ix| only.is_none_or(|o| o == estate.principal(*ix).kind()) && test(estate.principal(*ix).name()))
            .collect()
    };
    let exact = matching(&|name| name == text);
    if !exact.is_empty() {
        return one(estate, text, exact);
    }
    one(estate, text, matching(&|name| name.contains(text)))
}

fn one(estate: &Estate, text: &str, found: Vec<PrincipalIx>) -> Result<PrincipalIx, SelectError> {
    match found.as_slice() {
        [] => Err(SelectError::Unknown(text.to_owned())),
        [only] => Ok(*only),
        many => Err(SelectError::Ambiguous {
            name: text.to_owned(),
            candidates: many.iter().map(|ix| estate.arn(*ix)).collect(),
        }),
    }
}

/// The roles that a target, account, unit, tag or role name stands for.
pub(super) fn resolve(
    graph: &TrustGraph<'_>,
    text: &str,
    defined: &BTreeMap<String, TargetSpec>,
) -> Result<Resolved, SelectError> {
    let estate = graph.estate();
    if let Some(spec) = defined.get(text) {
        return from_spec(estate, text, spec);
    }
    if let Some(unit) = text.strip_prefix("ou:") {
        return from_spec(estate, text, &TargetSpec { ou: vec![unit.to_owned()], ..TargetSpec::default() });
    }
    if let Some((key, value)) = text.strip_prefix("tag:").and_then(|t| t.split_once('=')) {
        let tags = BTreeMap::from([(key.to_owned(), vec![value.to_owned()])]);
        return from_spec(estate, text, &TargetSpec { tags, ..TargetSpec::default() });
    }
    role_or_account(estate, text)
}

/// One role, or all of an account.
pub(super) fn role_or_account(estate: &Estate, text: &str) -> Result<Resolved, SelectError> {
    let account_ix = account(estate, text)?.or_else(|| match Arn::parse(text) {
        Some(arn) if arn.named() == Named::Account => estate.account_by_id(arn.account_id()?),
        _ => None,
    });
    if let Some(ix) = account_ix {
        let mut resolved = of_accounts(estate, &BTreeSet::from([ix]), &[]);
        resolved.shown = text.to_owned();
        return Ok(resolved);
    }
    if let Some(arn) = Arn::parse(text) {
        if let Some(ix) = estate.principal_by_arn(text) {
            let is_role = estate.principal(ix).kind() == PrincipalType::Role;
            let roles = BTreeSet::from([ix]);
            let resolved = Resolved { roles, shown: text.to_owned(), ..Resolved::default() };
            return if is_role { Ok(resolved) } else { Err(SelectError::NotARole(text.to_owned())) };
        }
        let unread = arn.account_id().and_then(|id| estate.account_by_id(id));
        return match unread.filter(|ix| estate.account(*ix).presence().gap().is_some()) {
            Some(ix) => Ok(Resolved { unread: BTreeSet::from([ix]), shown: text.to_owned(), ..Resolved::default() }),
            None => Err(SelectError::Unknown(text.to_owned())),
        };
    }
    let ix = principal(estate, text, Some(PrincipalType::Role))?;
    Ok(Resolved { roles: BTreeSet::from([ix]), shown: estate.arn(ix), ..Resolved::default() })
}

/// The one role of this name.
pub(super) fn one_role(estate: &Estate, text: &str) -> Result<PrincipalIx, SelectError> {
    let resolved = role_or_account(estate, text)?;
    match (resolved.roles.first(), resolved.roles.len()) {
        (Some(role), 1) => Ok(*role),
        _ => Err(SelectError::NotARole(text.to_owned())),
    }
}

fn from_spec(estate: &Estate, name: &str, spec: &TargetSpec) -> Result<Resolved, SelectError> {
    let members = target::members(estate, name, spec);
    if members.accounts.is_empty() && members.gaps.is_empty() {
        return Err(SelectError::EmptyTarget(name.to_owned()));
    }
    let mut resolved = of_accounts(estate, &members.accounts, &spec.roles);
    resolved.gaps = members.gaps;
    resolved.shown = name.to_owned();
    Ok(resolved)
}

/// Accounts of a target's definition, in order, and why there may be more: for previews.
pub(super) fn accounts_of(estate: &Estate, spec: &TargetSpec, name: &str) -> Result<Members, SelectError> {
    from_spec(estate, name, spec)?;
    Ok(target::members(estate, name, spec))
}

/// Service-linked roles are left out: AWS writes their trust policies, and only AWS can assume them.
fn of_accounts(estate: &Estate, accounts: &BTreeSet<AccountIx>, globs: &[String]) -> Resolved {
    let mut resolved = Resolved::default();
    for ix in accounts {
        let account = estate.account(*ix);
        if account.presence().gap().is_some() {
            resolved.unread.insert(*ix);
        }
        let roles = estate.principals_of(*ix).filter(|p| {
            let principal = estate.principal(*p);
            let chosen =
                globs.is_empty() || globs.iter().any(|g| role_matches(g, account, principal.path(), principal.name()));
            principal.kind() == PrincipalType::Role && !principal.is_service_linked() && chosen
        });
        resolved.roles.extend(roles);
    }
    resolved
}

fn role_matches(glob: &str, account: &Account, path: &str, name: &str) -> bool {
    if let Some(glob) = glob.strip_prefix("path:") {
        return wildcard::matches(glob, &format!("{path}{name}"));
    }
    if glob.contains('/') {
        let full = |left: &str| wildcard::matches(glob, &format!("{left}/{name}"));
        return full(account.name()) || full(&account.id().to_string());
    }
    wildcard::matches(glob, name)
}
