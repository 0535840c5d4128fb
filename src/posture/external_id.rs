//! Whether an external id that a trust policy asks for can be guessed.
//!
//! Owns: what a guess would be. Never shows an id.
//! Source: AWS IAM User Guide, "Access to AWS accounts owned by third parties".

use std::collections::BTreeSet;

use super::entry::{self, Can};
use super::external::{External, ExternalId};
use super::federation::patterns_of;
use crate::ids::{AccountId, PrincipalIx};
use crate::model::Estate;
use crate::policy::key::KeyKind;
use crate::wildcard;

/// Why an id can be guessed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Weak {
    Pattern,
    AccountId,
    Word,
    Short,
}

impl Weak {
    /// In words.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Pattern => "any that fits a pattern will do",
            Self::AccountId => "it is little more than the id of an account",
            Self::Word => "it is a word that anybody would try",
            Self::Short => "it is short",
        }
    }
}

/// What people try first.
const COMMON: &[&str] = &[
    "changeme",
    "default",
    "example",
    "external",
    "externalid",
    "password",
    "prod",
    "production",
    "secret",
    "shared",
    "test",
    "vendor",
];

/// The ids with which an account gets in that needs a certain one; none if it needs none, or any will do.
pub(crate) fn ids<'e>(external: &'e External<'_>) -> BTreeSet<&'e str> {
    let ExternalId { without, with_any } = external.external_id();
    if without.max(with_any) > Can::No {
        return BTreeSet::new();
    }
    let mut ids = patterns_of(&external.truth, "sts:externalid");
    ids.retain(|id| fillings(id).iter().any(|id| gets_in(external, id)));
    ids
}

/// How an id of an account can be guessed, if it can.
pub(crate) fn weak(
    estate: &Estate,
    role: PrincipalIx,
    external: &External<'_>,
    id: &str,
    min_length: usize,
) -> Option<Weak> {
    let principal = estate.principal(role);
    let account = estate.account(principal.account());
    let plain = plain(id);
    let names = [principal.name(), account.name(), estate.organization().map_or("", |organization| &organization.id)];
    let is_name = |name: &&str| plain.len() > 3 && self::plain(name).contains(&plain);
    if wildcard::has_wildcard(id) && fillings(id).iter().all(|id| gets_in(external, id)) {
        Some(Weak::Pattern)
    } else if is_mostly(&plain, &external.id.to_string()) || has_account(estate, &plain) {
        Some(Weak::AccountId)
    } else if COMMON.contains(&plain.as_str()) || names.iter().any(is_name) {
        Some(Weak::Word)
    } else {
        (id.chars().count() < min_length).then_some(Weak::Short)
    }
}

/// Letters and digits alone, in lower case.
fn plain(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase()
}

/// Whether a text has another in it that is at least half of it: vendors put the id of an account before random letters, too.
fn is_mostly(text: &str, other: &str) -> bool {
    text.contains(other) && text.len() <= 2 * other.len()
}

/// Whether a text is mostly the id of an account of the snapshot: trust policies are full of them.
fn has_account(estate: &Estate, text: &str) -> bool {
    let mut parts = (0..text.len()).filter_map(|start| text.get(start..start + 12));
    parts.any(|part| {
        let known = AccountId::parse(part).is_some_and(|id| estate.account_by_id(id).is_some());
        known && is_mostly(text, part)
    })
}

/// An id as it is, or where it is a pattern, two that fit it.
fn fillings(id: &str) -> BTreeSet<String> {
    ["Kq7x2m4k9zt", "b5v8n3r6yw"].iter().map(|text| id.replace('*', text).replace('?', "x")).collect()
}

fn gets_in(external: &External<'_>, id: &str) -> bool {
    entry::can(&entry::with(&external.truth, &[(KeyKind::ExternalId, Some(id))])) > Can::No
}
