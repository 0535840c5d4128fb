//! `--redact=accounts`: ids of accounts in everything that is printed or written.
//!
//! Owns: which id stands for which. Replaces digits by as many digits in finished text, so every format stays valid, and no message or ARN
//! is forgotten. Names of accounts are the model's to hide: as text they could be part of any word.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// Digits of an account id.
const DIGITS: usize = 12;

/// Pseudonyms of one run, the same in all its formats: `000000000001`, in the order of the ids that the snapshot has; other ids follow as
/// they appear.
#[derive(Debug)]
pub(super) struct Pseudonyms {
    known: Mutex<BTreeMap<String, String>>,
}

impl Pseudonyms {
    pub(super) fn of(ids: impl Iterator<Item = String>) -> Self {
        let known = ids.enumerate().map(|(at, id)| (id, pseudonym(at))).collect();
        Self { known: Mutex::new(known) }
    }

    /// The text with every account id replaced. An id that the snapshot does not know is any number of twelve digits that stands alone.
    pub(super) fn apply(&self, text: &[u8]) -> Vec<u8> {
        with_ids(text, |id, alone| self.shown(id, alone))
    }

    /// The text with ids in place of their pseudonyms: what somebody asks who was shown those.
    pub(super) fn undo(&self, text: &str) -> String {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let id = |shown: &str, _| known.iter().find(|(_, pseudonym)| *pseudonym == shown).map(|(id, _)| id.clone());
        String::from_utf8_lossy(&with_ids(text.as_bytes(), id)).into_owned()
    }

    fn shown(&self, id: &str, alone: bool) -> Option<String> {
        // nothing that holds it can fail half way
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if !known.contains_key(id) && alone {
            let next = pseudonym(known.len());
            known.insert(id.to_owned(), next);
        }
        known.get(id).cloned()
    }
}

/// The text with other ids in place of those that there is another for, which is asked for with whether it stands alone.
fn with_ids(text: &[u8], other: impl Fn(&str, bool) -> Option<String>) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.iter().position(u8::is_ascii_digit) {
        let (before, from) = rest.split_at(start);
        let (digits, after) = from.split_at(from.iter().take_while(|byte| byte.is_ascii_digit()).count());
        out.extend_from_slice(before);
        let joined = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
        let alone = !joined(out.last()) && !joined(after.first());
        match str::from_utf8(digits).ok().filter(|id| id.len() == DIGITS).and_then(|id| other(id, alone)) {
            Some(other) => out.extend_from_slice(other.as_bytes()),
            None => out.extend_from_slice(digits),
        }
        rest = after;
    }
    out.extend_from_slice(rest);
    out
}

fn pseudonym(at: usize) -> String {
    format!("{:0DIGITS$}", at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_id_is_replaced_and_nothing_else() {
        let names = Pseudonyms::of(["111122223333", "444455556666"].map(str::to_owned).into_iter());
        let shown = |text: &str| String::from_utf8(names.apply(text.as_bytes())).unwrap();
        assert_eq!(
            shown("arn:aws:iam::444455556666:role/a-111122223333"),
            "arn:aws:iam::000000000002:role/a-000000000001"
        );
        assert_eq!(
            shown("x444455556666y, 999988887777 twice 999988887777"),
            "x000000000002y, 000000000003 twice 000000000003"
        );
        assert_eq!(shown("1795132800000 a999900001111b 12"), "1795132800000 a999900001111b 12");
        assert_eq!(shown("é444455556666"), "é000000000002");
    }
}
