//! From a name to the account, user, role or provider that has it.
//!
//! Owns: which texts are names, among them every form in which rolehop prints one. INVARIANT: a name that fits more than one is an
//! error; none is picked in silence. A part of a name is no name: a slip would ask about something else.

use std::collections::BTreeSet;

use super::name_error::{SelectError, the_one};
use super::source::Source;
use crate::arn::Arn;
use crate::ids::{AccountId, AccountIx, PolicyIx, PrincipalIx};
use crate::model::{Estate, PUBLIC_PROVIDERS, PrincipalType};
use crate::policy::document::Effect;
use crate::policy::principal::PrincipalEntry;

/// What is meant by an account, or the public, as tables print it: `prod (111122223333)`, `account 111122223333`, `* (anybody)`.
pub(super) fn as_printed(text: &str) -> &str {
    if text == "* (anybody)" {
        return "*";
    }
    let in_brackets = text.strip_suffix(')').and_then(|t| t.rsplit_once(" (")).map(|(_, id)| id);
    let id = in_brackets.or_else(|| text.strip_prefix("account "));
    id.filter(|id| AccountId::parse(id).is_some()).unwrap_or(text)
}

/// The account with this id or exact name; names ignore case.
pub(super) fn account(estate: &Estate, text: &str) -> Result<Option<AccountIx>, SelectError> {
    if let Some(id) = AccountId::parse(text) {
        return Ok(estate.account_by_id(id));
    }
    let found = called(estate.accounts().iter().map(|account| (account.id(), account.name())), text);
    Ok(the_one(text, &found, |id| format!("account {id}"))?.and_then(|id| estate.account_by_id(id)))
}

/// The accounts with this name, ignoring case.
pub(super) fn called<'a>(accounts: impl Iterator<Item = (AccountId, &'a str)>, text: &str) -> Vec<AccountId> {
    let named = accounts.filter(|(_, name)| !name.is_empty() && name.eq_ignore_ascii_case(text));
    named.map(|(id, _)| id).collect()
}

/// The one principal that `account/role`, `account/role/name` or its whole name fits.
pub(super) fn principal(
    estate: &Estate,
    text: &str,
    only: Option<PrincipalType>,
) -> Result<Option<PrincipalIx>, SelectError> {
    // nothing is part of every name
    if text.trim().is_empty() {
        return Ok(None);
    }
    // a name of an account may have a `/` too
    let mut of_accounts = Vec::new();
    for (at, _) in text.match_indices('/') {
        let (left, right) = (text.get(..at).unwrap_or_default(), text.get(at + 1..).unwrap_or_default());
        of_accounts.extend(account(estate, left)?.map(|account| (account, right)));
    }
    if !of_accounts.is_empty() {
        let found = of_accounts.into_iter().flat_map(|(account, right)| of_account_named(estate, account, right, only));
        let found: BTreeSet<PrincipalIx> = found.collect();
        return one(estate, text, found.into_iter().collect());
    }
    let mut named = called_exactly(estate, text);
    named.retain(|ix| only.is_none_or(|kind| kind == estate.principal(*ix).kind()));
    one(estate, text, named)
}

/// The roles and users that an account has under `role/NAME`, `user/NAME` or `NAME`; a path may stand before the name.
fn of_account_named(
    estate: &Estate,
    account: AccountIx,
    text: &str,
    only: Option<PrincipalType>,
) -> impl Iterator<Item = PrincipalIx> {
    let kinds = [
        ("role/", PrincipalType::Role),
        ("user/", PrincipalType::User),
        ("", PrincipalType::Role),
        ("", PrincipalType::User),
    ];
    kinds.into_iter().filter(move |(_, kind)| only.is_none_or(|only| only == *kind)).filter_map(
        move |(prefix, kind)| {
            let name = text.strip_prefix(prefix)?;
            let (path, name) = name.rsplit_once('/').map_or(("", name), |(path, name)| (path, name));
            let found = estate.principal_by_name(account, kind, name)?;
            let own = estate.principal(found).path().trim_matches('/');
            (path.is_empty() || path == own).then_some(found)
        },
    )
}

/// The users and roles of exactly this name.
pub(super) fn called_exactly(estate: &Estate, text: &str) -> Vec<PrincipalIx> {
    let all = (0..estate.principals().len()).map(PrincipalIx::new);
    all.filter(|ix| estate.principal(*ix).name() == text).collect()
}

fn one(estate: &Estate, text: &str, found: Vec<PrincipalIx>) -> Result<Option<PrincipalIx>, SelectError> {
    the_one(text, &found, |ix| short(estate, ix))
}

/// `account/role/name`, with the account's id where its name is not its own.
pub(super) fn short(estate: &Estate, ix: PrincipalIx) -> String {
    let principal = estate.principal(ix);
    let kind = if principal.kind() == PrincipalType::Role { "role" } else { "user" };
    format!("{}/{kind}/{}", of_account(estate, principal.account()), principal.name())
}

/// The account's name, or its id where the name is not its own.
pub(super) fn of_account(estate: &Estate, ix: AccountIx) -> String {
    let account_of = estate.account(ix);
    // each of these ends the name of an account somewhere
    let is_one_word = !account_of.name().contains(['/', ':', '#']);
    let is_own = is_one_word && account(estate, account_of.name()).is_ok_and(|a| a == Some(ix));
    if is_own { account_of.shown_name().to_owned() } else { account_of.id().to_string() }
}

/// The ARN that rolehop prints as `account/kind/name`, where the kind is none that `principal` finds: a provider, a session, an
/// outside user or role.
pub(super) fn arn_of_printed(estate: &Estate, text: &str) -> Option<String> {
    let (left, resource) = text.split_once('/')?;
    let known = account(estate, left).ok()?;
    let id = known.map(|ix| estate.account(ix).id()).or_else(|| AccountId::parse(left))?;
    let any = || estate.accounts().first().map_or("aws", |account| account.partition());
    let partition = known.map_or_else(any, |ix| estate.account(ix).partition());
    let service = match resource.split('/').next()? {
        "oidc-provider" | "saml-provider" => "iam",
        "root" if resource == "root" => "iam",
        "user" | "role" if known.is_none() => "iam",
        "assumed-role" | "federated-user" => "sts",
        _ => return None,
    };
    Some(format!("arn:{partition}:{service}::{id}:{resource}"))
}

/// Whether an ARN may name something. A provider is in its account, or trusted by some role, unless the account's providers were not
/// read.
pub(super) fn may_exist(estate: &Estate, arn: &str) -> bool {
    if !arn.contains("-provider/") {
        return true;
    }
    let account = Arn::parse(arn).and_then(|arn| arn.account_id()).and_then(|id| estate.account_by_id(id));
    let Some(facts) = account.map(|ix| estate.account(ix).facts()) else { return true };
    let (Some(oidc), Some(saml)) = (&facts.oidc_providers, &facts.saml_providers) else { return true };
    oidc.iter().chain(saml).any(|own| own == arn) || trusted(estate, arn).is_some()
}

/// ARNs of the providers of an account.
pub(super) fn providers_of(estate: &Estate, ix: AccountIx) -> Vec<&str> {
    let facts = estate.account(ix).facts();
    [&facts.oidc_providers, &facts.saml_providers].into_iter().flatten().flatten().map(String::as_str).collect()
}

/// A service principal or well-known issuer; whether or not some role trusts it, it can be asked about.
pub(super) fn trusted_name(estate: &Estate, text: &str) -> Option<Source> {
    let looks_like_service = text.ends_with(".amazonaws.com") || text.ends_with(".amazonaws.com.cn");
    let public = || PUBLIC_PROVIDERS.contains(&text).then(|| Source::Provider(text.into()));
    trusted(estate, text)
        .or_else(public)
        .or_else(|| (looks_like_service && !text.contains('/')).then(|| Source::Service(text.into())))
}

fn trusted(estate: &Estate, text: &str) -> Option<Source> {
    let documents = (0..estate.policy_count()).map(|at| estate.policy(PolicyIx::new(at)));
    let statements = documents.flat_map(|p| p.statements.iter()).filter(|s| s.effect == Effect::Allow);
    let mut entries = statements.filter_map(|s| s.principal.as_ref()).flat_map(|c| c.entries.iter());
    entries.find_map(|entry| match entry {
        PrincipalEntry::Service(name) if &**name == text => Some(Source::Service(text.into())),
        PrincipalEntry::Federated(name) if &**name == text => Some(Source::Provider(text.into())),
        _ => None,
    })
}
