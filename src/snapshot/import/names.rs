//! What file and folder names reveal: which account, OU or policy a saved answer is about.
//!
//! Owns: ids in names, and which names are not data. AWS's answers about a single item often do not repeat its id
//! (ListTargetsForPolicy, ListParents, ListTagsForResource): the name is then the only source.

use std::path::Path;

use crate::ids::AccountId;
use crate::snapshot::error::{Refusal, SnapshotError};

/// An id of Organizations.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Id {
    Policy(String),
    /// A root, an OU or an account.
    Target(String),
}

/// The one account id in a name: twelve digits between other characters. Two different ones identify none.
pub(super) fn account(name: &str) -> Option<AccountId> {
    let mut ids = name.split(|c: char| !c.is_ascii_digit()).filter_map(AccountId::parse);
    let first = ids.next()?;
    ids.all(|id| id == first).then_some(first)
}

/// The last Organizations id in a path below `base`: `targets-p-abcd1234.json`, `ou-ab12-12345678/accounts.json`.
pub(super) fn organization_id(base: &Path, path: &Path) -> Option<Id> {
    let below = path.strip_prefix(base).unwrap_or(path);
    below.components().rev().find_map(|part| in_name(&stem(&part.as_os_str().to_string_lossy())))
}

fn in_name(name: &str) -> Option<Id> {
    let words: Vec<&str> = name.split(['-', '_', '.', ' ', '=', '+', '@', '(', ')', '[', ']']).collect();
    let joined = |from: usize, to: usize| words.get(from..to).map(|words| words.join("-"));
    let lower = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    (0..words.len()).rev().find_map(|at| {
        let word = *words.get(at)?;
        let next = words.get(at + 1).copied().unwrap_or_default();
        match word {
            // eight characters at least (Organizations API, PolicyId)
            "p" if next.len() >= 8 && next.bytes().all(|b| b.is_ascii_alphanumeric()) => {
                joined(at, at + 2).map(Id::Policy)
            }
            "r" if next.len() >= 4 && lower(next) => joined(at, at + 2).map(Id::Target),
            "ou" if lower(next) && words.get(at + 2).is_some_and(|word| lower(word)) => {
                joined(at, at + 3).map(Id::Target)
            }
            _ => AccountId::parse(word).map(|id| Id::Target(id.to_string())),
        }
    })
}

/// A name without the extensions for format and compression.
pub(super) fn stem(name: &str) -> String {
    let mut name = name;
    while let Some((rest, ending)) = name.rsplit_once('.') {
        let known = ["json", "gz", "zst", "zstd", "csv", "txt"].iter().any(|known| ending.eq_ignore_ascii_case(known));
        if !known || rest.is_empty() {
            break;
        }
        name = rest;
    }
    name.to_owned()
}

/// Files left behind by file managers and editors. A backup counts as such only if the original is there as well: alone
/// it may be the only data of an account.
pub(super) fn is_litter(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let lower = name.to_ascii_lowercase();
    if name.starts_with('.') || matches!(lower.as_str(), "thumbs.db" | "desktop.ini" | "__macosx") {
        return true;
    }
    let original = [".bak", ".orig", ".old", ".swp", ".tmp", "~"].iter().find_map(|ending| name.strip_suffix(ending));
    let original = original.or_else(|| name.strip_prefix('#')?.strip_suffix('#'));
    original.is_some_and(|original| path.with_file_name(original).exists())
}

/// Whether the AWS CLI or this tool would give its output such a name.
pub(super) fn is_json(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let plain = [".gz", ".zst", ".zstd"].iter().find_map(|ending| lower.strip_suffix(ending)).unwrap_or(&lower);
    plain.ends_with(".json")
}

/// An answer about one item that neither says whose it is nor has a name that does.
pub(super) fn nameless(path: &Path, what: &str, whom: &str, example: &str) -> SnapshotError {
    let why = format!("AWS's answer does not repeat {whom} that was asked for, and the file's name does not either");
    Refusal::of(path, &format!("does not say whose {what} they are"), why, format!("name it as in `{example}`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_in_a_name_is_found_and_two_tell_nothing() {
        let id = |text: &str| AccountId::parse(text);
        assert_eq!(account("111122223333"), id("111122223333"));
        assert_eq!(account("prod-111122223333-summary"), id("111122223333"));
        assert_eq!(account("111122223333_444455556666"), None);
        assert_eq!(account("prod"), None);
        assert_eq!(account("1111222233334"), None);
    }

    #[test]
    fn ids_of_organizations_are_told_apart() {
        let of = |name: &str| organization_id(Path::new("organization"), &Path::new("organization").join(name));
        assert_eq!(of("targets-p-abcd1234.json"), Some(Id::Policy("p-abcd1234".into())));
        assert_eq!(of("list-targets-for-policy_p-FullAWSAccess.json"), Some(Id::Policy("p-FullAWSAccess".into())));
        assert_eq!(of("units-r-ab12.json"), Some(Id::Target("r-ab12".into())));
        assert_eq!(of("accounts-for-ou-ab12-12345678.json.gz"), Some(Id::Target("ou-ab12-12345678".into())));
        assert_eq!(of("ou-ab12-12345678/accounts.json"), Some(Id::Target("ou-ab12-12345678".into())));
        assert_eq!(of("tags-111122223333.json"), Some(Id::Target("111122223333".into())));
        assert_eq!(of("list-accounts.json"), None);
        assert_eq!(of("list-policies.json"), None);
    }
}
