//! What the name of a file about people reveals: which account, permission set, user, group or instance was asked for.
//!
//! Owns: how their ids look. Source: API references of IAM Identity Center and of the identity store, patterns of parameters.

use std::path::Path;

use super::names;
use crate::ids::AccountId;

/// The ids in a file's name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) account: Option<AccountId>,
    /// `ps-0123456789abcdef`.
    pub(super) set: Option<String>,
    /// A user's or group's: a UUID, which may have ten digits before it.
    pub(super) principal: Option<String>,
    /// `ssoins-0123456789abcdef`.
    pub(super) instance: Option<String>,
    /// `d-0123456789`.
    pub(super) store: Option<String>,
    /// The name itself.
    pub(super) text: String,
}

impl Named {
    pub(super) fn of(path: &Path) -> Self {
        let text = names::stem(&path.file_name().unwrap_or_default().to_string_lossy());
        let principal = principal(&text);
        // the last group of a UUID has twelve characters, which may all be digits
        let rest = principal.as_ref().map_or_else(|| text.clone(), |id| text.replace(id.as_str(), ""));
        Self {
            account: names::account(&rest),
            set: after(&rest, "ps-", 16),
            instance: after(&rest, "ssoins-", 16),
            store: after(&rest, "d-", 10),
            principal,
            text,
        }
    }
}

/// `start` with so many characters of an id after it, at the beginning of a word.
fn after(text: &str, start: &str, length: usize) -> Option<String> {
    text.match_indices(start).find_map(|(at, _)| {
        let is_word = !text.get(..at)?.ends_with(|c: char| c.is_ascii_alphanumeric());
        let id = text.get(at..at + start.len() + length)?;
        let end = text.get(at + start.len() + length..)?;
        let ends = !end.starts_with(|c: char| c.is_ascii_alphanumeric());
        let is_id = id.bytes().skip(start.len()).all(|b| b.is_ascii_alphanumeric());
        (is_word && ends && is_id).then(|| id.to_owned())
    })
}

fn principal(text: &str) -> Option<String> {
    const LENGTH: usize = 36;
    const DIGITS: usize = 11;
    (0..text.len()).find_map(|at| {
        let id = text.get(at..at + LENGTH).filter(|id| is_uuid(id))?;
        let before = at.checked_sub(DIGITS).and_then(|from| text.get(from..at));
        let is_prefix =
            |before: &&str| before.ends_with('-') && before.bytes().take(DIGITS - 1).all(|b| b.is_ascii_hexdigit());
        Some(format!("{}{id}", before.filter(is_prefix).unwrap_or_default()))
    })
}

fn is_uuid(text: &str) -> bool {
    let lengths: Vec<usize> = text.split('-').map(str::len).collect();
    lengths == [8, 4, 4, 4, 12] && text.bytes().all(|b| b == b'-' || b.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_told_apart() {
        let of = |name: &str| Named::of(Path::new(name));
        let pair = of("identity-center/assignments-111122223333-ps-0123456789abcdef.json");
        assert_eq!(pair.account, AccountId::parse("111122223333"));
        assert_eq!((pair.set.as_deref(), pair.principal, pair.store), (Some("ps-0123456789abcdef"), None, None));
        let user = of("assignments_9067f0d2e1-94482488-3041-7026-18f3-000000000001.json.gz");
        assert_eq!(user.principal.as_deref(), Some("9067f0d2e1-94482488-3041-7026-18f3-000000000001"));
        assert_eq!(user.account, None, "a part of the user's id is no account");
        let store = of("users-d-1111222233.json");
        assert_eq!((store.store.as_deref(), store.account), (Some("d-1111222233"), None));
        assert_eq!(of("attributes-ssoins-1111222233334444.json").instance.as_deref(), Some("ssoins-1111222233334444"));
        assert_eq!(of("list-permission-sets.json").set, None);
    }
}
