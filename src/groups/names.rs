//! Names of groups, made of the words that people use for what is in them.
//!
//! Owns: names that IAM takes, that no group of the account has, whatever its case, and that are the same in every run: a name depends
//! on the roles of its group alone, and on what its members have in common.

use std::collections::{BTreeMap, BTreeSet};

use roaring::RoaringBitmap;
use sha2::{Digest, Sha256};

use super::pairs::role_of;
use crate::ids::{AccountIx, PrincipalIx};
use crate::model::Estate;

/// Characters of a name, without what makes it unique. IAM takes 128.
const LONGEST: usize = 100;
/// Names that are joined.
const JOINED: usize = 2;
/// Tags of users that say what they do, in the order in which they are looked for.
const TEAM: [&str; 6] = ["team", "squad", "department", "job", "function", "role"];

/// Names of these groups, in order.
pub(super) fn names(
    estate: &Estate,
    groups: &[(RoaringBitmap, BTreeSet<PrincipalIx>)],
    taken: &BTreeSet<String>,
    prefix: &str,
) -> Vec<String> {
    let words = Words::of(estate);
    let bases: Vec<String> =
        groups.iter().map(|(roles, members)| clean(&format!("{prefix}{}", words.base(roles, members)))).collect();
    let mut counts = BTreeMap::<String, usize>::new();
    bases.iter().for_each(|base| *counts.entry(base.to_lowercase()).or_default() += 1);
    let unique = |(base, (roles, _)): (String, &(RoaringBitmap, BTreeSet<PrincipalIx>))| {
        let key = base.to_lowercase();
        let is_free = counts.get(&key) == Some(&1) && !taken.contains(&key);
        if is_free { base } else { format!("{base}-{}", digest(estate, roles)) }
    };
    bases.into_iter().zip(groups).map(unique).collect()
}

/// The first characters of a digest of what the group lets its members into.
fn digest(estate: &Estate, roles: &RoaringBitmap) -> String {
    let mut hasher = Sha256::new();
    for role in roles {
        hasher.update(estate.arn(role_of(role)));
        hasher.update(b"\n");
    }
    hex::encode(hasher.finalize()).chars().take(6).collect()
}

struct Words<'e> {
    estate: &'e Estate,
    /// Accounts that have a role of this name.
    having: BTreeMap<&'e str, BTreeSet<AccountIx>>,
}

impl<'e> Words<'e> {
    fn of(estate: &'e Estate) -> Self {
        let mut having = BTreeMap::<&str, BTreeSet<AccountIx>>::new();
        for role in estate.roles().map(|ix| estate.principal(ix)) {
            having.entry(role.name()).or_default().insert(role.account());
        }
        Self { estate, having }
    }

    fn base(&self, roles: &RoaringBitmap, members: &BTreeSet<PrincipalIx>) -> String {
        let estate = self.estate;
        let all = || roles.iter().map(|role| estate.principal(role_of(role)));
        let names: BTreeSet<&str> = all().map(|role| role.name()).collect();
        let accounts: BTreeSet<AccountIx> = all().map(|role| role.account()).collect();
        let is_whole = usize::try_from(roles.len()).is_ok_and(|count| count == names.len() * accounts.len());
        let what = self.of_roles(&names);
        let place = self.of_accounts(&names, &accounts, is_whole);
        if is_whole {
            return format!("{what}-{place}");
        }
        match self.of_members(members) {
            Some(team) => format!("{team}-{what}-{place}"),
            None => format!("{what}-mixed-{place}"),
        }
    }

    fn of_roles(&self, names: &BTreeSet<&str>) -> String {
        if names.len() <= JOINED {
            return joined(names.iter().copied());
        }
        common(names).map_or_else(|| format!("{}-roles", names.len()), |word| format!("{word}-{}-roles", names.len()))
    }

    fn of_accounts(&self, names: &BTreeSet<&str>, accounts: &BTreeSet<AccountIx>, is_whole: bool) -> String {
        let shown: BTreeSet<String> = accounts.iter().map(|ix| self.estate.account(*ix).shown()).collect();
        if shown.len() == 1 {
            return joined(shown.iter().map(String::as_str));
        }
        let is_all = |name: &&str| self.having.get(name).is_some_and(|having| having.is_subset(accounts));
        if is_whole && names.iter().all(is_all) {
            return "everywhere".to_owned();
        }
        if shown.len() <= JOINED {
            return joined(shown.iter().map(String::as_str));
        }
        let word = self.unit(accounts).or_else(|| common(&shown.iter().map(String::as_str).collect()));
        let count = format!("{}-accounts", shown.len());
        word.map_or_else(|| count.clone(), |word| format!("{word}-{count}"))
    }

    /// The lowest OU that all these accounts are in.
    fn unit(&self, accounts: &BTreeSet<AccountIx>) -> Option<String> {
        let mut paths = accounts.iter().map(|ix| self.estate.account(*ix).unit_names());
        let first = paths.next()?;
        let shared = paths
            .fold(first.len(), |shared, path| first.iter().zip(path).take(shared).take_while(|(a, b)| a == b).count());
        shared.checked_sub(1).and_then(|at| first.get(at)).cloned()
    }

    /// What the tags or paths of all members say that they are.
    fn of_members(&self, members: &BTreeSet<PrincipalIx>) -> Option<String> {
        let users = || members.iter().map(|ix| self.estate.principal(*ix));
        let of_tag = TEAM.iter().find_map(|key| {
            let mut values = users().map(|user| {
                let tag = user.tags().iter().find(|tag| tag.key.eq_ignore_ascii_case(key));
                tag.map(|tag| tag.value.to_string())
            });
            let first = values.next()??;
            values.all(|value| value.as_ref() == Some(&first)).then_some(first)
        });
        of_tag.filter(|value| !value.is_empty()).or_else(|| {
            let mut paths = users().map(|user| user.path());
            let first = paths.next()?;
            let last = first.trim_matches('/').rsplit('/').next().filter(|last| !last.is_empty())?;
            paths.all(|path| path == first).then(|| last.to_owned())
        })
    }
}

fn joined<'a>(words: impl Iterator<Item = &'a str>) -> String {
    words.collect::<Vec<_>>().join("+")
}

/// A word that all these names have: the first one of the first name.
fn common(names: &BTreeSet<&str>) -> Option<String> {
    let words = |name: &str| -> Vec<String> {
        let parts = name.split(['-', '_', '.', ' ', '/']).filter(|part| part.len() > 1);
        parts.map(str::to_owned).collect()
    };
    let mut all = names.iter().map(|name| words(name));
    let first = all.next()?;
    let rest: Vec<Vec<String>> = all.collect();
    first.into_iter().find(|word| rest.iter().all(|other| other.contains(word)))
}

/// With the characters alone that IAM takes.
fn clean(name: &str) -> String {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "+=,.@_-".contains(c);
    let text: String = name.chars().map(|c| if allowed(c) { c } else { '-' }).take(LONGEST).collect();
    let text = text.trim_matches('-');
    if text.is_empty() { "group".to_owned() } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_only_what_iam_takes() {
        assert_eq!(clean("Zoë's team/eu west"), "Zo--s-team-eu-west");
        assert_eq!(clean("  "), "group");
        assert_eq!(clean(&"x".repeat(300)).len(), LONGEST);
        assert_eq!(common(&["prod-a", "b_prod"].into()).as_deref(), Some("prod"));
        assert_eq!(common(&["prod-a", "dev-a"].into()), None);
    }
}
