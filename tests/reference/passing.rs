//! What a call can pass to the session that it creates: session tags and a source identity.
//!
//! Owns: the facts of such a call, the permissions that it needs, and which session at the start of a path may have
//! been given some before. A call passes tags only if `sts:TagSession` is allowed too, and a source identity only if
//! `sts:SetSourceIdentity` is: by all layers, for the same request.
//! Source: AWS IAM User Guide, "Pass session tags in AWS STS", "Monitor and control actions taken with assumed roles";
//! AWS STS API Reference, AssumeRole.

use serde_json::Value;

use super::sessions::ROLES_ANYWHERE;
use super::statement::{covers_action, is_deny, statements};
use super::strings;

/// Keys of session tags that policies name here. A call can also pass one that no policy names.
pub const TAGS: [&str; 2] = ["team", "env"];
/// Whether the call passes a tag that no policy names, and what `aws:TagKeys` calls it.
pub const OTHER_TAG: &str = "tag of another key";
const OTHER: &str = "qq";
pub const OTHER_TAG_TRANSITIVE: &str = "transitive qq";
/// The source identity of the calling session, and the one that the call sets.
pub const IDENTITY: &str = "aws:sourceidentity";
pub const NEW_IDENTITY: &str = "sts:sourceidentity";
pub const TAG_KEYS: &str = "aws:tagkeys";
pub const TRANSITIVE_TAG_KEYS: &str = "sts:transitivetagkeys";

/// The tag of the calling session.
pub fn carried(tag: &str) -> String {
    format!("aws:principaltag/{tag}")
}

/// The tag that the call passes.
pub fn requested(tag: &str) -> String {
    format!("aws:requesttag/{tag}")
}

/// Whether the call marks it as transitive.
pub fn transitive(tag: &str) -> String {
    format!("transitive {tag}")
}

/// Every tag that a call can pass: the fact that decides it, and its key.
pub fn passable() -> impl Iterator<Item = (String, &'static str)> {
    TAGS.iter().map(|tag| (requested(tag), *tag)).chain([(OTHER_TAG.to_owned(), OTHER)])
}

/// True for facts about the tags of a call. Which tags are passed and whether any are is one choice.
pub fn is_of_tags(fact: &str) -> bool {
    fact.starts_with("aws:requesttag/")
        || fact.starts_with("transitive ")
        || [OTHER_TAG, TAG_KEYS, TRANSITIVE_TAG_KEYS].contains(&fact)
}

/// What a call passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Passing {
    pub tags: bool,
    pub identity: bool,
}

impl Passing {
    pub const NOTHING: Self = Self { tags: false, identity: false };
    pub const BOTH: Self = Self { tags: true, identity: true };
    /// A caller can always pass nothing.
    pub const EVERY: [Self; 4] =
        [Self::NOTHING, Self { tags: true, identity: false }, Self { tags: false, identity: true }, Self::BOTH];

    /// Every action that must be allowed.
    pub fn actions(self) -> impl Iterator<Item = &'static str> {
        let companions = [(self.tags, "sts:TagSession"), (self.identity, "sts:SetSourceIdentity")];
        let needed = companions.into_iter().filter(|(passes, _)| *passes).map(|(_, action)| action);
        std::iter::once("sts:AssumeRole").chain(needed)
    }
}

/// Whether a session of the role may have got a tag from somebody who is not known: its trust policy allows some
/// principal to pass tags. Roles Anywhere passes no others than those of certificates.
pub fn opens_tags(trust: &Value) -> bool {
    allows_of(trust, "sts:TagSession").any(|statement| match &statement["Principal"] {
        Value::Object(kinds) => kinds
            .iter()
            .any(|(kind, names)| strings(names).iter().any(|name| kind != "Service" || name != ROLES_ANYWHERE)),
        Value::String(_) => true,
        _ => false,
    })
}

/// Whether some principal may set a source identity here. It stays for all further hops: if any trust policy of the
/// organization allows it, any session may have one.
pub fn opens_identity(trust: &Value) -> bool {
    allows_any(trust, "sts:SetSourceIdentity")
}

/// Whether the trust policy allows the action to anybody at all.
pub fn allows_any(trust: &Value, action: &'static str) -> bool {
    allows_of(trust, action).next().is_some()
}

fn allows_of<'a>(trust: &'a Value, action: &'static str) -> impl Iterator<Item = &'a Value> {
    statements(trust).1.into_iter().filter(move |s| !is_deny(s) && covers_action(s, action))
}
