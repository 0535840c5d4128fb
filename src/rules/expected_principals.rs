//! Which principals a selector of an expectation names, as far as that is known.
//!
//! Owns: the three answers: it does, it does not, and data that would tell was not read (`None`).

use crate::arn::{Arn, Named};
use crate::config::{PrincipalSelector, Within};
use crate::facet::Facet;
use crate::graph::{Source, is_for_unread};
use crate::ids::{AccountId, AccountIx, PeopleGroupIx, PersonIx, PrincipalIx};
use crate::model::{Account, Estate, People, Presence, PrincipalType};
use crate::selection::Selector;
use crate::wildcard;

/// Whether one of the selectors names who starts a path.
pub(super) fn names(estate: &Estate, selectors: &[PrincipalSelector], source: &Source) -> Option<bool> {
    any(selectors.iter().map(|selector| names_one(estate, selector, source)))
}

/// As [`names`], of somebody among those who start a path: anybody may be who has a name that fits in an account of any id.
pub(super) fn names_some(estate: &Estate, selectors: &[PrincipalSelector], source: &Source) -> Option<bool> {
    let one = |selector: &PrincipalSelector| match (selector, source) {
        (PrincipalSelector::Arn(glob), Source::Everyone) => Some(is_of_any_account(glob)),
        (PrincipalSelector::User(within) | PrincipalSelector::Role(within), Source::Everyone) => {
            Some(within.account == "*")
        }
        // who has the OU, the name or the tag may be in an account that is not listed
        (PrincipalSelector::Accounts(selector), Source::Everyone) if !matches!(selector, Selector::Account(_)) => {
            estate.unlisted().is_none().then_some(false)
        }
        (PrincipalSelector::Arn(glob), Source::Account(id)) => Some(wildcard::matches(glob, &root_of(glob, *id))),
        _ => names_one(estate, selector, source),
    };
    any(selectors.iter().map(one))
}

/// The outsiders whom selectors name, where nobody of their account was read: what lets in everybody, or their account, may let in
/// them.
pub(super) fn outsiders(estate: &Estate, selectors: &[PrincipalSelector]) -> Vec<Source> {
    let is_unread =
        |id: &AccountId| account_of(estate, *id).is_none_or(|account| *account.presence() != Presence::Collected);
    let of = |selector: &PrincipalSelector| match selector {
        PrincipalSelector::Accounts(Selector::Account(id)) => Some(Source::Account(*id)).filter(|_| is_unread(id)),
        PrincipalSelector::Arn(glob) => {
            let (arn, id) = (filled(glob), AccountId::parse(glob.split(':').nth(4)?).filter(is_unread)?);
            if wildcard::matches(glob, &root_of(glob, id)) {
                return Some(Source::Account(id));
            }
            let named = Arn::parse(&arn)?.named();
            let calls = matches!(named, Named::User { .. } | Named::Role { .. } | Named::AssumedRole { .. });
            calls.then(|| Source::Outsider(arn.as_str().into(), id))
        }
        PrincipalSelector::User(within) => of_name("user", within).filter(|(_, id)| is_unread(id)).map(outsider),
        PrincipalSelector::Role(within) => of_name("role", within).filter(|(_, id)| is_unread(id)).map(outsider),
        _ => None,
    };
    selectors.iter().filter_map(of).collect()
}

fn outsider((arn, id): (String, AccountId)) -> Source {
    Source::Outsider(arn.as_str().into(), id)
}

fn of_name(kind: &str, within: &Within) -> Option<(String, AccountId)> {
    let id = AccountId::parse(&within.account)?;
    Some((format!("arn:aws:iam::{id}:{kind}/{}", filled(&within.name)), id))
}

/// A text that a glob fits.
fn filled(glob: &str) -> String {
    let partition = glob.strip_prefix("arn:*:").map_or_else(|| glob.to_owned(), |rest| format!("arn:aws:{rest}"));
    partition.replace(['*', '?'], "x")
}

/// The account as a principal, in the partition of a glob.
fn root_of(glob: &str, id: AccountId) -> String {
    let partition = glob.split(':').nth(1).filter(|part| !wildcard::has_wildcard(part)).unwrap_or("aws");
    format!("arn:{partition}:iam::{id}:root")
}

/// Whether a glob on an ARN leaves the account open.
fn is_of_any_account(glob: &str) -> bool {
    match glob.split(':').nth(4) {
        Some(account) => account.chars().all(|c| matches!(c, '*' | '?')) && !account.is_empty(),
        None => glob.ends_with('*'),
    }
}

/// Whether one of the selectors names a user or role of the snapshot.
pub(super) fn names_principal(estate: &Estate, selectors: &[PrincipalSelector], ix: PrincipalIx) -> Option<bool> {
    names(estate, selectors, &Source::Principal(ix))
}

/// Selectors that name nobody in the snapshot; none that may.
pub(super) fn idle<'s>(estate: &Estate, selectors: &'s [PrincipalSelector]) -> Vec<&'s PrincipalSelector> {
    let names_nobody = |selector: &&PrincipalSelector| match selector {
        // who is no principal of the snapshot cannot be looked for
        PrincipalSelector::Provider(_) | PrincipalSelector::Repository(_) => false,
        // every service principal is a host name
        PrincipalSelector::Service(glob) => !glob.contains('.') && !wildcard::has_wildcard(glob),
        PrincipalSelector::Arn(glob) => is_nobodys(estate, glob),
        PrincipalSelector::Person(glob) => estate.people().is_some_and(|people| {
            people.gaps().is_empty() && !people.persons().any(|(ix, _)| is_person(people, ix, glob))
        }),
        PrincipalSelector::People(glob) => estate.people().is_some_and(|people| {
            people.gaps().is_empty() && !people.groups().any(|(ix, _)| is_group(people, ix, glob))
        }),
        PrincipalSelector::Accounts(Selector::Account(_)) => false,
        // of accounts that were not read
        PrincipalSelector::User(_) | PrincipalSelector::Role(_)
            if !outsiders(estate, std::slice::from_ref(*selector)).is_empty() =>
        {
            false
        }
        PrincipalSelector::Accounts(selector) => {
            let accounts = (0..estate.accounts().len()).map(|at| estate.account(AccountIx::new(at)));
            any(accounts.map(|account| account.fits(selector))) == Some(false)
        }
        _ => {
            let all = (0..estate.principals().len()).map(PrincipalIx::new);
            any(all.map(|ix| names_one(estate, selector, &Source::Principal(ix)))) == Some(false)
        }
    };
    selectors.iter().filter(names_nobody).collect()
}

/// Whether an ARN is surely that of nobody who can start a path. Who is in an account that was not read cannot be looked for.
fn is_nobodys(estate: &Estate, glob: &str) -> bool {
    let selector = PrincipalSelector::Arn(glob.to_owned());
    let mut all = (0..estate.principals().len()).map(|ix| Source::Principal(PrincipalIx::new(ix)));
    if all.any(|source| names_one(estate, &selector, &source) == Some(true)) {
        return false;
    }
    let Some(arn) = Arn::parse(glob) else { return !wildcard::has_wildcard(glob) };
    let kind = arn.resource.split('/').next().unwrap_or_default();
    if [arn.service, kind].into_iter().any(wildcard::has_wildcard) {
        return false;
    }
    let in_known_account = || match AccountId::parse(arn.account) {
        Some(id) => account_of(estate, id).is_some_and(|account| account.has(Facet::AuthorizationDetails)),
        // no account has such an id
        None => !wildcard::has_wildcard(arn.account),
    };
    match arn.named() {
        Named::User { .. } | Named::Role { .. } | Named::AssumedRole { .. } | Named::FederatedUser { .. } => {
            in_known_account()
        }
        Named::SamlProvider { .. } | Named::OidcProvider { .. } => false,
        // a root user can assume no role, and a group is no principal
        Named::Account | Named::Group { .. } | Named::Other => true,
    }
}

fn any(answers: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut all = Some(false);
    for answer in answers {
        match answer {
            Some(true) => return Some(true),
            Some(false) => {}
            None => all = None,
        }
    }
    all
}

fn names_one(estate: &Estate, selector: &PrincipalSelector, source: &Source) -> Option<bool> {
    match selector {
        PrincipalSelector::Arn(glob) => Some(wildcard::matches(glob, &source.name(estate))),
        PrincipalSelector::Service(glob) => {
            Some(matches!(source, Source::Service(name) if wildcard::matches(glob, name)))
        }
        PrincipalSelector::Provider(within) => {
            let Source::Provider(arn) = source else { return Some(false) };
            let (id, name) = match Arn::parse(arn) {
                Some(arn) => (arn.account_id(), arn.resource.split_once('/').map_or(arn.resource, |(_, name)| name)),
                None => (None, &**arn),
            };
            Some(is_within(within, id, id.and_then(|id| account_of(estate, id)), name))
        }
        // which repositories come in over a provider is a matter of the role (`expected_workflows`)
        PrincipalSelector::Repository(_) => Some(false),
        PrincipalSelector::Accounts(selector) => match source {
            Source::Principal(ix) => estate.account(estate.principal(*ix).account()).fits(selector),
            Source::Account(id) | Source::Outsider(_, id) => match account_of(estate, *id) {
                Some(account) => account.fits(selector),
                None => Some(*selector == Selector::Account(*id)),
            },
            _ => Some(false),
        },
        PrincipalSelector::User(within) => Some(is_named(estate, within, PrincipalType::User, source)),
        PrincipalSelector::Role(within) => Some(is_named(estate, within, PrincipalType::Role, source)),
        // among those of whom it is not known who they are
        PrincipalSelector::Person(_) | PrincipalSelector::People(_) if is_for_unread(source) => None,
        PrincipalSelector::Person(glob) => match (source, estate.people()) {
            (Source::Person(ix), Some(people)) => Some(is_person(people, *ix, glob)),
            (Source::PeopleGroup(_), _) => None,
            _ => Some(false),
        },
        PrincipalSelector::People(glob) => match (source, estate.people()) {
            (Source::Person(ix), Some(people)) => is_in_group(people, *ix, glob),
            (Source::PeopleGroup(group), Some(people)) => is_group(people, *group, glob).then_some(true),
            _ => Some(false),
        },
        PrincipalSelector::Group(within) => {
            let Source::Principal(ix) = source else { return Some(false) };
            let user = estate.principal(*ix);
            let account = estate.account(user.account());
            if user.kind() != PrincipalType::User || !in_named(within, account.id(), Some(account)) {
                return Some(false);
            }
            if user.groups().iter().any(|group| wildcard::matches(&within.name, group)) {
                return Some(true);
            }
            user.knows_groups().then_some(false)
        }
    }
}

/// By one of the names of a person, in any case.
fn is_person(people: &People, ix: PersonIx, glob: &str) -> bool {
    let person = people.person(ix);
    let names = [person.user_name(), person.email(), Some(person.id())];
    let own = people.name_of(ix);
    names.into_iter().flatten().chain([own.as_str()]).any(|name| is_called(name, glob))
}

/// Whether a person is in a group of this name; groups that were not listed may have it.
fn is_in_group(people: &People, ix: PersonIx, glob: &str) -> Option<bool> {
    let person = people.person(ix);
    let listed = people.groups().filter(|(group, _)| is_group(people, *group, glob)).map(|(group, of)| {
        match person.groups().contains(&group) {
            true => Some(true),
            false => of.unread().is_none().then_some(false),
        }
    });
    let others = people.instance(person.instance()).groups_unread().is_none().then_some(false);
    any(listed.chain([others]))
}

fn is_group(people: &People, ix: PeopleGroupIx, glob: &str) -> bool {
    let group = people.group(ix);
    [group.name(), group.id(), &people.name_of_group(ix)].into_iter().any(|name| is_called(name, glob))
}

fn is_called(name: &str, glob: &str) -> bool {
    wildcard::matches(&glob.to_lowercase(), &name.to_lowercase())
}

fn account_of(estate: &Estate, id: AccountId) -> Option<&Account> {
    estate.account_by_id(id).map(|ix| estate.account(ix))
}

fn is_named(estate: &Estate, within: &Within, kind: PrincipalType, source: &Source) -> bool {
    match source {
        Source::Principal(ix) => {
            let principal = estate.principal(*ix);
            let account = estate.account(principal.account());
            principal.kind() == kind && is_within(within, Some(account.id()), Some(account), principal.name())
        }
        Source::Outsider(arn, id) => {
            let prefix = if kind == PrincipalType::User { "user/" } else { "role/" };
            let resource = Arn::parse(arn).map_or("", |arn| arn.resource);
            let name = resource.strip_prefix(prefix).map(|path| path.rsplit('/').next().unwrap_or(path));
            name.is_some_and(|name| is_within(within, Some(*id), account_of(estate, *id), name))
        }
        _ => false,
    }
}

fn is_within(within: &Within, id: Option<AccountId>, account: Option<&Account>, name: &str) -> bool {
    wildcard::matches(&within.name, name)
        && (within.account == "*" || id.is_some_and(|id| in_named(within, id, account)))
}

fn in_named(within: &Within, id: AccountId, account: Option<&Account>) -> bool {
    wildcard::matches(&within.account, &id.to_string())
        || account.is_some_and(|account| {
            // digits are an id: an account may give itself the id of another as its name
            AccountId::parse(account.name()).is_none() && wildcard::matches(&within.account, account.name())
        })
}
