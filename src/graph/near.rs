//! What people may have meant by a name that fits nothing: which part of it is wrong, and what is near.
//!
//! Owns: these sentences. Does not decide what a name means (`names`, `selector`). Only errors ask, so every name of a snapshot may
//! be looked at.

use std::collections::{BTreeMap, BTreeSet};

use super::may_have;
use super::misses::{self, Offer};
use super::name_error::{SelectError, Told};
use super::names;
use crate::arn::{Arn, Named};
use crate::ids::{AccountId, AccountIx, PrincipalIx};
use crate::model::{Estate, PrincipalType};
use crate::nearest::near;
use crate::selection::TargetSpec;
use crate::shell;

/// Suggestions at most.
const SHOWN: usize = 3;

/// Letters of a part of a name at least; fewer are in too many names.
const PART: usize = 3;

const LISTS: &str = "`rolehop accounts` lists the accounts";

/// What the name should have named.
#[derive(Clone, Copy, Debug)]
pub(super) enum Sought<'a> {
    /// Whatever a question can start at.
    Source,
    /// A role, or all of an account.
    Role,
    /// The same, or one of these targets.
    Target(&'a BTreeMap<String, TargetSpec>),
}

impl Sought<'_> {
    fn kind(self) -> Option<PrincipalType> {
        if matches!(self, Self::Source) { None } else { Some(PrincipalType::Role) }
    }

    /// What an account may have under a name.
    fn noun(self) -> &'static str {
        if matches!(self, Self::Source) { "user, role or provider" } else { "role" }
    }
}

/// The error about a name that fits nothing.
pub(super) fn unknown(estate: &Estate, text: &str, sought: Sought<'_>) -> SelectError {
    if sought.kind().is_some()
        && let Ok(Some(user)) = names::principal(estate, text, Some(PrincipalType::User))
    {
        return SelectError::User(names::short(estate, user));
    }
    let digits = text.replace(['-', ' '], "");
    let told = if text.trim().is_empty() {
        told(
            "an empty name names nothing",
            "a variable of the shell may be unset",
            "give an ARN, `account/name`, or an account's id or name",
        )
    } else if text.starts_with("arn:") {
        of_arn(estate, text, sought)
    } else if digits.len() >= 6 && digits.bytes().all(|b| b.is_ascii_digit()) {
        of_id(estate, text, &digits)
    } else if let Some((kind, value)) = text.split_once(':') {
        of_selector(kind, value)
    } else if let Some((account, name)) = text.split_once('/').filter(|(account, _)| !account.is_empty()) {
        of_member(estate, text, account, name, sought)
    } else {
        of_word(estate, text, sought)
    };
    let what = if told.what.is_empty() { format!("`{text}` names nothing in the snapshot") } else { told.what };
    let next = if told.next.is_empty() { LISTS.to_owned() } else { told.next };
    let name = if text.trim().is_empty() { shell::word(text).to_string() } else { text.to_owned() };
    let unread = if sought.kind().is_some() { may_have::role_or_account(estate, text) } else { BTreeSet::new() };
    SelectError::Unknown(Box::new(Told { name, what, next, unread, ..told }))
}

fn told(what: impl Into<String>, why: impl Into<String>, next: impl Into<String>) -> Told {
    Told { what: what.into(), why: why.into(), next: next.into(), ..Told::default() }
}

/// `did you mean …?`, or else something else.
fn meant(near: &[String], otherwise: &str) -> String {
    match near.split_last() {
        None => otherwise.to_owned(),
        Some((only, [])) => format!("did you mean `{only}`?"),
        Some((last, rest)) => format!("did you mean `{}` or `{last}`?", rest.join("`, `")),
    }
}

fn of_arn(estate: &Estate, text: &str, sought: Sought<'_>) -> Told {
    let resource = text.rsplit(':').next().unwrap_or_default();
    let name = resource.rsplit('/').next().unwrap_or_default();
    let arn = Arn::parse(text);
    let whole = arn.filter(|arn| !matches!(arn.service, "iam" | "sts") || arn.account_id().is_some());
    let Some(arn) = whole else {
        let digits = text.split(':').find(|part| part.len() > 6 && part.bytes().all(|b| b.is_ascii_digit()));
        let id = digits.and_then(|digits| near_ids(estate, digits).first().and_then(|id| estate.account_by_id(*id)));
        let why = match (arn, digits) {
            (Some(_), Some(digits)) => format!("the account `{digits}` is not twelve digits"),
            _ => "an ARN of IAM has six parts: `arn:aws:iam::111122223333:role/NAME`, with an empty part before the account".to_owned(),
        };
        let near = match id {
            Some(account) => near_in(estate, account, name, sought),
            None => near_anywhere(estate, name, sought),
        };
        return told(
            format!("`{text}` is not a whole ARN"),
            why,
            meant(&near, "copy it from the console or from `aws iam get-role`"),
        );
    };
    let (what, noun) = match arn.named() {
        Named::Group { .. } => {
            let why = "a group holds policies for its users, and makes no calls";
            return told(format!("`{text}` is a group"), why, "name one of its users");
        }
        Named::Other if !matches!(arn.service, "iam" | "sts") => {
            let why = format!("it names a resource of {}; users, roles and providers are of `iam`", arn.service);
            return told(
                format!("`{text}` is not a user, role or provider"),
                why,
                "name a role by ARN or `account/role`",
            );
        }
        Named::SamlProvider { .. } | Named::OidcProvider { .. } if sought.kind().is_some() => {
            return no_role(text, "an identity provider");
        }
        Named::AssumedRole { role, .. } if sought.kind().is_some() => {
            let id = arn.account_id().and_then(|id| estate.account_by_id(id));
            let near = id.map_or_else(Vec::new, |account| near_in(estate, account, role, sought));
            let why = "a question ends at a role, not at one of its sessions";
            return told(format!("`{text}` is a session"), why, meant(&near, "name the role"));
        }
        Named::User { name, .. } => (name, "user"),
        Named::Role { name, .. } | Named::AssumedRole { role: name, .. } => (name, "role"),
        _ => (name, sought.noun()),
    };
    match arn.account_id().and_then(|id| estate.account_by_id(id)) {
        Some(account) => absent(estate, account, what, noun, sought),
        None => outside(estate, arn.account, &format!("{}/{resource}", arn.account)),
    }
}

/// What can start a path, and cannot end one.
fn no_role(text: &str, is: &str) -> Told {
    let next = format!("`rolehop can {}` shows what it reaches", shell::word(text));
    told(format!("`{text}` is {is}, not a role"), "only roles can be assumed", next)
}

/// Nothing has this name in an account that is in the snapshot.
fn absent(estate: &Estate, account: AccountIx, name: &str, noun: &str, sought: Sought<'_>) -> Told {
    let own = names::of_account(estate, account);
    if let Some(gap) = estate.account(account).presence().gap() {
        let what = format!("whether account `{own}` has a {noun} `{name}` is not known");
        let next = match sought {
            Sought::Role => "read the account: `rolehop doctor` shows what is denied",
            Sought::Source | Sought::Target(_) => "name it by its ARN",
        };
        return told(what, format!("the account was not read: {}", estate.gap(gap).reason), next);
    }
    if let Some(reason) = estate.account(account).out_of_use() {
        let told = told(
            format!("account `{own}` cannot be used, so whether it has a {noun} `{name}` does not matter"),
            format!("{reason}: nobody can act there, and its users and roles are not read"),
            "`rolehop accounts` shows how every account stands",
        );
        return Told { is_out_of_use: true, ..told };
    }
    let otherwise = match sought {
        Sought::Source => "`rolehop export edges` lists who assumes which role, by ARN".to_owned(),
        _ => format!("`rolehop who-can {} --expand` lists its roles that somebody reaches", shell::word(&own)),
    };
    told(
        format!("account `{own}` has no {noun} `{name}`"),
        "the snapshot's data of this account has no such name",
        meant(&near_in(estate, account, name, sought), &otherwise),
    )
}

/// A role of an account that was not read, where one that is known is needed.
pub(super) fn unread_role(estate: &Estate, text: &str, account: AccountIx, name: &str) -> SelectError {
    let told = absent(estate, account, name, "role", Sought::Role);
    SelectError::Unknown(Box::new(Told { name: text.to_owned(), ..told }))
}

/// An account that is not in the snapshot, asked about as a place that roles are in.
fn outside(estate: &Estate, id: &str, asked: &str) -> Told {
    // ids share digits by chance: one wrong digit, or two that changed places
    let is_slip = |near: &String| near.bytes().zip(id.bytes()).filter(|(a, b)| a != b).count() <= 2;
    let near = near_ids(estate, id).iter().map(ToString::to_string).filter(is_slip).collect::<Vec<_>>();
    told(
        format!("account `{id}` is not in the snapshot"),
        "it is not of this organization, or was not read: who reaches its roles is not known",
        meant(&near, &format!("`rolehop can {}` shows what it reaches here; {LISTS}", shell::word(asked))),
    )
}

fn of_id(estate: &Estate, text: &str, digits: &str) -> Told {
    if digits.len() == 12 && digits == text {
        return outside(estate, text, text);
    }
    let near: Vec<String> = near_ids(estate, digits).iter().map(ToString::to_string).collect();
    let why = match digits.len() {
        12 => "an account id is written without blanks and hyphens".to_owned(),
        count => format!("an account id has twelve digits; this has {count}"),
    };
    told(format!("`{text}` is not an account id"), why, meant(&near, LISTS))
}

/// The id of an account that is nearest to these digits.
fn near_ids(estate: &Estate, digits: &str) -> Vec<AccountId> {
    let ids: Vec<String> = estate.accounts().iter().map(|account| account.id().to_string()).collect();
    near(digits, ids.iter().map(String::as_str), 1).into_iter().filter_map(AccountId::parse).collect()
}

fn of_selector(kind: &str, value: &str) -> Told {
    match kind {
        "ou" | "tag" | "name" if value.trim().is_empty() => told(
            format!("`{kind}:` selects nothing"),
            format!("what to look for is missing after `{kind}:`"),
            "a selector is `ou:/PATH`, `ou:OU-ID`, `tag:KEY=VALUE` or `name:GLOB`",
        ),
        "tag" => told(
            format!("`tag:{value}` lacks a value"),
            "a tag is selected by key and value; `*` is any value",
            format!("did you mean `{}`?", shell::word(&format!("tag:{value}=*"))),
        ),
        _ => told(
            "",
            format!("`{kind}:` is no kind of selector"),
            "a selector is `ou:/PATH`, `ou:OU-ID`, `tag:KEY=VALUE` or `name:GLOB`; without one, give an ARN or `account/role`",
        ),
    }
}

/// `account/name`, where one of the two is wrong.
fn of_member(estate: &Estate, text: &str, account: &str, name: &str, sought: Sought<'_>) -> Told {
    match names::account(estate, account) {
        Ok(Some(ix)) => {
            let bare = ["role/", "user/"].iter().find_map(|kind| name.strip_prefix(kind)).unwrap_or(name);
            absent(estate, ix, bare, sought.noun(), sought)
        }
        _ if AccountId::parse(account).is_some() => {
            let whole = name.starts_with("role/") || name.starts_with("user/");
            outside(estate, account, if whole { text } else { account })
        }
        _ => {
            let words: Vec<String> = near_accounts(estate, account)
                .into_iter()
                .flat_map(|ix| {
                    let exact = format!("{}/{name}", names::of_account(estate, ix));
                    match names::principal(estate, &exact, sought.kind()) {
                        Ok(Some(_)) => vec![exact],
                        _ => near_in(estate, ix, name, sought),
                    }
                })
                .collect();
            let near = if words.is_empty() {
                near_accounts(estate, account).into_iter().map(|ix| names::of_account(estate, ix)).collect()
            } else {
                words
            };
            let why = "before the `/` stands the name or id of an account";
            told(format!("no account `{account}` is in the snapshot"), why, meant(&near, LISTS))
        }
    }
}

/// A bare word: perhaps a target that nobody has defined, perhaps a slip.
fn of_word(estate: &Estate, text: &str, sought: Sought<'_>) -> Told {
    if sought.kind().is_some() && names::trusted_name(estate, text).is_some() {
        return no_role(text, "a service or identity provider");
    }
    let Sought::Target(defined) = sought else {
        let near = near_anywhere(estate, text, sought);
        let next = format!("give an ARN, `account/name`, an account's id or name; {LISTS}");
        let why = format!("no account, person, user, role, service or provider has this name{}", unread(estate));
        return told("", why, meant(&near, &next));
    };
    if text.starts_with('/') {
        let offer = format!("ou:{text}");
        return told("", "the path of an OU starts with `ou:`", meant(&[shell::word(&offer)], LISTS));
    }
    let offers = misses::offers(estate, text);
    if let Some(first) = offers.first() {
        return offered(text, &offers, first);
    }
    let targets = near(text, defined.keys().map(String::as_str), SHOWN).into_iter().map(str::to_owned);
    let paths = misses::unit_paths(estate);
    let last = |path: &&String| path.rsplit('/').next().is_some_and(|name| !near(text, [name], 1).is_empty());
    let units = paths.iter().filter(last).map(|path| format!("ou:{path}"));
    let all = targets.chain(units).chain(near_anywhere(estate, text, sought)).take(SHOWN).collect::<Vec<_>>();
    let next = format!("give {}; {LISTS}", misses::kinds(estate, !defined.is_empty()));
    told("", "no target of this name is configured, and no account or role has it", meant(&all, &next))
}

/// Why somebody may be there whom the snapshot has not; empty where all people were read.
fn unread(estate: &Estate) -> &'static str {
    match estate.people() {
        None if estate.has_reserved_roles() => "; people are unknown: Identity Center was not read",
        Some(people) if !people.gaps().is_empty() => "; not all of Identity Center was read",
        _ => "",
    }
}

fn offered(text: &str, offers: &[Offer], first: &Offer) -> Told {
    let shown = offers.iter().take(SHOWN).map(|offer| offer.shown.as_str()).collect::<Vec<_>>().join(", ");
    let bare = text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    let key = if bare { text.to_owned() } else { toml::Value::String(text.to_owned()).to_string() };
    Told {
        why: format!("no target of this name is configured, and no account or role has it; it may mean {shown}"),
        next: format!("`rolehop who-can {}`, or define the target in rolehop.toml:", shell::word(&first.selector)),
        lines: vec![format!("[targets.{key}]"), first.line.clone()],
        ..Told::default()
    }
}

fn near_accounts(estate: &Estate, word: &str) -> Vec<AccountIx> {
    let named: BTreeMap<&str, AccountIx> =
        estate.indexed_accounts().map(|(ix, account)| (account.name(), ix)).collect();
    near(word, named.keys().copied(), SHOWN).into_iter().filter_map(|name| named.get(name).copied()).collect()
}

/// What an account has under a name like this.
fn near_in(estate: &Estate, account: AccountIx, name: &str, sought: Sought<'_>) -> Vec<String> {
    let own = estate
        .principals_of(account)
        .filter(|ix| sought.kind().is_none_or(|kind| kind == estate.principal(*ix).kind()));
    let own: BTreeMap<&str, PrincipalIx> = own.map(|ix| (estate.principal(ix).name(), ix)).collect();
    let found = like(name, &own.keys().copied().collect()).into_iter().take(SHOWN).filter_map(|name| own.get(name));
    let mut found: Vec<String> = found.map(|ix| bare(estate, *ix)).collect();
    if matches!(sought, Sought::Source) {
        let short = |arn: &str| {
            let resource = arn.rsplit_once(':').map_or(arn, |(_, resource)| resource);
            format!("{}/{resource}", names::of_account(estate, account))
        };
        let providers: Vec<String> = names::providers_of(estate, account).into_iter().map(short).collect();
        let asked = format!("{}/{name}", names::of_account(estate, account));
        found.extend(near(&asked, providers.iter().map(String::as_str), SHOWN).into_iter().map(str::to_owned));
    }
    found
}

/// Of these names those that are like a word, then those that it is a part of.
fn like<'a>(word: &str, names: &BTreeSet<&'a str>) -> Vec<&'a str> {
    let mut found = near(word, names.iter().copied(), SHOWN);
    let part = word.to_lowercase();
    let holds = |name: &&&str| part.len() >= PART && name.to_lowercase().contains(&part) && !found.contains(*name);
    let parts: Vec<&str> = names.iter().filter(holds).copied().take(SHOWN).collect();
    found.extend(parts);
    found
}

/// Accounts and principals with a name like this.
fn near_anywhere(estate: &Estate, word: &str, sought: Sought<'_>) -> Vec<String> {
    let accounts = near_accounts(estate, word).into_iter().map(|ix| names::of_account(estate, ix));
    let all = estate.principals().iter().filter(|p| sought.kind().is_none_or(|kind| kind == p.kind()));
    let known: BTreeSet<&str> = all.map(|p| p.name()).collect();
    let principals = like(word, &known).into_iter().flat_map(|name| names::called_exactly(estate, name));
    let fits = |ix: &PrincipalIx| sought.kind().is_none_or(|kind| kind == estate.principal(*ix).kind());
    let principals = principals.filter(fits).take(SHOWN).map(|ix| bare(estate, ix));
    accounts.chain(near_people(estate, word, sought)).chain(principals).take(SHOWN).collect()
}

/// People with a name like this, or a part of one, and groups of them, as they are printed.
fn near_people(estate: &Estate, word: &str, sought: Sought<'_>) -> Vec<String> {
    let Some(people) = estate.people().filter(|_| matches!(sought, Sought::Source)) else { return Vec::new() };
    let mut named = BTreeMap::<&str, BTreeSet<String>>::new();
    for (ix, person) in people.persons() {
        let names = [person.user_name(), person.display_name(), person.email()].into_iter().flatten();
        // somebody is called by the first name, or by what stands before the `@`
        for name in names.flat_map(|name| std::iter::once(name).chain(name.split([' ', '@']))) {
            named.entry(name).or_default().insert(people.name_of(ix));
        }
    }
    for (ix, group) in people.groups() {
        named.entry(group.name()).or_default().insert(format!("group {}", people.name_of_group(ix)));
    }
    let found = near(word, named.keys().copied(), SHOWN).into_iter().filter_map(|name| named.get(name));
    let mut found: Vec<String> = found.flatten().cloned().collect();
    let mut seen = BTreeSet::new();
    found.retain(|name| seen.insert(name.clone()));
    found
}

/// `account/name`, as short as it can be typed.
fn bare(estate: &Estate, ix: PrincipalIx) -> String {
    let principal = estate.principal(ix);
    let short = format!("{}/{}", names::of_account(estate, principal.account()), principal.name());
    match names::principal(estate, &short, None) {
        Ok(Some(found)) if found == ix => short,
        _ => names::short(estate, ix),
    }
}
