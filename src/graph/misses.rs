//! Selectors that match no account or no role, and words that some selector would match.
//!
//! Owns: what is near a selector, and the configuration that a word may have stood for. Only errors and previews ask: every account
//! may be looked at for each selector.

use std::collections::{BTreeMap, BTreeSet};

use super::name_error::{SelectError, Told};
use super::role_globs;
use super::target;
use crate::ids::{AccountIx, PrincipalIx};
use crate::model::Estate;
use crate::nearest::near;
use crate::selection::{TargetSpec, is_unit_id};

/// Suggestions for each selector.
const SHOWN: usize = 3;

/// A selector of its own, as a question takes it and as the configuration has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Offer {
    /// `ou:/Workloads/Prod`
    pub(super) selector: String,
    /// `OU /Workloads/Prod (2 accounts)`
    pub(super) shown: String,
    /// `ou = ["/Workloads/Prod"]`
    pub(super) line: String,
}

/// The error about a definition that means no account; `configured` if it is one of the configuration's.
pub(super) fn empty(estate: &Estate, name: &str, spec: &TargetSpec, configured: bool) -> SelectError {
    let idle = idle(estate, spec);
    let why = if !idle.is_empty() {
        idle.join("; ")
    } else if single(spec).is_empty() {
        "it has no selector of accounts: `ou`, `tags`, `names` or `accounts`".to_owned()
    } else {
        "`except` leaves none of the accounts that its selectors match".to_owned()
    };
    let (what, next) = if configured {
        (
            format!("target `{name}` matches no account"),
            format!("correct `[targets.{name}]` in the configuration; `rolehop accounts` lists accounts and OUs"),
        )
    } else {
        let near: Vec<String> = single(spec).iter().flat_map(|(_, value, one)| neighbors(estate, value, one)).collect();
        // one selector may be given with its kind, `ou:/Workloads/Prd`; of several it is said above which is meant
        let kind = ["ou:", "tag:", "name:"].into_iter().find(|kind| name.starts_with(kind)).unwrap_or_default();
        let near = near.first().filter(|_| single(spec).len() == 1);
        let near = near.map_or_else(String::new, |near| format!("did you mean `{kind}{near}`? "));
        (format!("`{name}` matches no account"), format!("{near}`rolehop accounts` lists accounts and OUs"))
    };
    SelectError::EmptyTarget(Box::new(Told { name: name.to_owned(), what, why, next, ..Told::default() }))
}

/// The error about a definition of the configuration none of whose accounts has a role that it means.
pub(super) fn without_roles(estate: &Estate, name: &str, spec: &TargetSpec) -> SelectError {
    let what = format!("target `{name}` matches no role");
    let next = format!("correct `roles` of `[targets.{name}]` in the configuration");
    let why = idle(estate, spec).join("; ");
    SelectError::EmptyTarget(Box::new(Told { name: name.to_owned(), what, why, next, ..Told::default() }))
}

/// The error about the first of several selectors of a command line that matches no account.
pub(super) fn first_idle(estate: &Estate, spec: &TargetSpec) -> Option<SelectError> {
    let all = single(spec);
    let (key, value, one) = all.iter().filter(|_| all.len() > 1).find(|(_, _, one)| is_idle(estate, one))?;
    let name = if *key == "tags" { format!("tag:{value}") } else { value.clone() };
    Some(empty(estate, &name, one, false))
}

/// A sentence about each selector of a definition that matches no account or no role, with what is near it.
pub(super) fn idle(estate: &Estate, spec: &TargetSpec) -> Vec<String> {
    let idle = single(spec).into_iter().filter(|(_, _, one)| is_idle(estate, one));
    let idle = idle.map(|(key, value, one)| sentence(key, &value, &neighbors(estate, &value, &one)));
    idle.chain(idle_roles(estate, spec)).collect()
}

/// False where what was not read may match.
fn is_idle(estate: &Estate, one: &TargetSpec) -> bool {
    let members = target::members(estate, "", one);
    members.accounts.is_empty() && members.gaps.is_empty()
}

fn sentence(key: &str, value: &str, near: &[String]) -> String {
    let near: Vec<String> = near.iter().map(|near| format!("`{near}`")).collect();
    let meant = if near.is_empty() { String::new() } else { format!(" (did you mean {}?)", near.join(" or ")) };
    format!("{key} `{value}` matches nothing{meant}")
}

/// The same for globs on roles, where every role of the accounts is known.
fn idle_roles(estate: &Estate, spec: &TargetSpec) -> Vec<String> {
    let members = target::members(estate, "", spec);
    let unread = || members.accounts.iter().any(|ix| estate.account(*ix).presence().gap().is_some());
    if spec.roles.is_empty() || members.accounts.is_empty() || !members.gaps.is_empty() || unread() {
        return Vec::new();
    }
    let has = |glob: &String| {
        let mut accounts = members.accounts.iter();
        accounts.any(|ix| role_globs::chosen(estate, *ix, std::slice::from_ref(glob)).next().is_some())
    };
    let shown = |glob: &String, ix: AccountIx, role: PrincipalIx| {
        let (account, role) = (estate.account(ix), estate.principal(role));
        match glob {
            glob if glob.starts_with("path:") => format!("path:{}{}", role.path(), role.name()),
            glob if glob.contains('/') => format!("{}/{}", account.name(), role.name()),
            _ => role.name().to_owned(),
        }
    };
    let told = |glob: &String| {
        let roles = members.accounts.iter().flat_map(|ix| role_globs::chosen(estate, *ix, &[]).map(|role| (*ix, role)));
        let known: BTreeSet<String> = roles.map(|(ix, role)| shown(glob, ix, role)).collect();
        sentence("roles", glob, &alike(glob, &known))
    };
    spec.roles.iter().filter(|glob| !has(glob)).map(told).collect()
}

/// Each selector of a definition on its own, with key and value.
fn single(spec: &TargetSpec) -> Vec<(&'static str, String, TargetSpec)> {
    let none = TargetSpec::default;
    let ou = spec.ou.iter().map(|v| ("ou", v.clone(), TargetSpec { ou: vec![v.clone()], ..none() }));
    let names = spec.names.iter().map(|v| ("names", v.clone(), TargetSpec { names: vec![v.clone()], ..none() }));
    let accounts =
        spec.accounts.iter().map(|v| ("accounts", v.clone(), TargetSpec { accounts: vec![v.clone()], ..none() }));
    let tags = spec.tags.iter().flat_map(|(key, values)| values.iter().map(move |value| (key, value)));
    let tags = tags.map(|(key, value)| {
        let one = BTreeMap::from([(key.clone(), vec![value.clone()])]);
        ("tags", format!("{key}={value}"), TargetSpec { tags: one, ..none() })
    });
    ou.chain(tags).chain(names).chain(accounts).collect()
}

/// What is near a selector that matches nothing.
fn neighbors(estate: &Estate, value: &str, one: &TargetSpec) -> Vec<String> {
    let known: BTreeSet<String> = if !one.ou.is_empty() {
        if is_unit_id(value) { units(estate) } else { unit_paths(estate) }
    } else if !one.tags.is_empty() {
        tags(estate).into_iter().map(|(key, value)| format!("{key}={value}")).collect()
    } else {
        let accounts = estate.accounts().iter();
        accounts.flat_map(|a| [a.name().to_owned(), a.id().to_string()]).filter(|word| !word.is_empty()).collect()
    };
    alike(value, &known)
}

/// A glob is compared without its wildcards.
fn alike(value: &str, known: &BTreeSet<String>) -> Vec<String> {
    let literal = value.replace('*', "");
    near(&literal, known.iter().map(String::as_str), SHOWN).into_iter().map(str::to_owned).collect()
}

/// What can be given as a target: only what something in the snapshot has.
pub(super) fn kinds(estate: &Estate, has_targets: bool) -> String {
    let kinds = [
        (has_targets, "a target"),
        (true, "`account/role`"),
        (true, "an ARN"),
        (true, "an account's id or name"),
        (!unit_paths(estate).is_empty(), "`ou:/PATH`"),
        (!tags(estate).is_empty(), "`tag:KEY=VALUE`"),
    ];
    let there: Vec<&str> = kinds.into_iter().filter_map(|(is, kind)| is.then_some(kind)).collect();
    match there.split_last() {
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
        None => String::new(),
    }
}

/// Paths of all OUs that hold accounts.
pub(in crate::graph) fn unit_paths(estate: &Estate) -> BTreeSet<String> {
    let mut paths = BTreeSet::new();
    for account in estate.accounts() {
        let mut path = String::new();
        for name in account.unit_names().iter().take_while(|name| !name.is_empty()) {
            path = format!("{path}/{name}");
            paths.insert(path.clone());
        }
    }
    paths
}

fn units(estate: &Estate) -> BTreeSet<String> {
    estate.accounts().iter().flat_map(|account| account.units().iter().cloned()).collect()
}

fn tags(estate: &Estate) -> BTreeSet<(String, String)> {
    let tags = estate.accounts().iter().filter_map(|account| account.tags()).flatten();
    tags.map(|tag| (tag.key.clone(), tag.value.clone())).collect()
}

/// Selectors that a bare word may stand for: an OU of this name, a tag with this value, accounts with the word in their names. Of these
/// the first kind that there is.
pub(super) fn offers(estate: &Estate, word: &str) -> Vec<Offer> {
    let is_word = |text: &str| text.eq_ignore_ascii_case(word);
    let paths = unit_paths(estate);
    let units = paths.iter().filter(|path| path.rsplit('/').next().is_some_and(is_word));
    let found: Vec<Offer> = units.map(|path| offer(estate, "ou", path, None)).collect();
    if !found.is_empty() {
        return found;
    }
    let all = tags(estate);
    let tagged = all.iter().filter(|(_, value)| is_word(value));
    let found: Vec<Offer> = tagged.map(|(key, value)| offer(estate, "tag", value, Some(key))).collect();
    if !found.is_empty() {
        return found;
    }
    let mut globs = BTreeSet::new();
    for account in estate.accounts() {
        let parts: Vec<&str> = account.name().split(['-', '_', '.', ' ']).collect();
        match parts.iter().position(|part| is_word(part)) {
            Some(0) if parts.len() > 1 => globs.extend(account.name().get(..word.len() + 1).map(|s| format!("{s}*"))),
            Some(at) if at + 1 == parts.len() && at > 0 => {
                let from = account.name().len().saturating_sub(word.len() + 1);
                globs.extend(account.name().get(from..).map(|s| format!("*{s}")));
            }
            _ => {}
        }
    }
    globs.iter().map(|glob| offer(estate, "name", glob, None)).collect()
}

fn offer(estate: &Estate, kind: &str, value: &str, key: Option<&String>) -> Offer {
    let quoted = toml::Value::String(value.to_owned()).to_string();
    let values = vec![value.to_owned()];
    let (selector, shown, line, spec) = match (kind, key) {
        ("tag", Some(key)) => {
            let name = toml::Value::String(key.clone()).to_string();
            let bare = key.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
            let name = if bare { key.clone() } else { name };
            let spec = TargetSpec { tags: BTreeMap::from([(key.clone(), values)]), ..TargetSpec::default() };
            let line = format!("tags = {{ {name} = [{quoted}] }}");
            (format!("tag:{key}={value}"), format!("tag {key}={value}"), line, spec)
        }
        ("name", _) => {
            let spec = TargetSpec { names: values, ..TargetSpec::default() };
            (format!("name:{value}"), format!("accounts named {value}"), format!("names = [{quoted}]"), spec)
        }
        _ => {
            let spec = TargetSpec { ou: values, ..TargetSpec::default() };
            (format!("ou:{value}"), format!("OU {value}"), format!("ou = [{quoted}]"), spec)
        }
    };
    let count = target::members(estate, "", &spec).accounts.len();
    let plural = if count == 1 { "" } else { "s" };
    Offer { selector, shown: format!("{shown} ({count} account{plural})"), line }
}
