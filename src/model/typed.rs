//! How a name that somebody typed is shown again.
//!
//! Owns: that the name of an account is not shown where names of accounts are redacted, though selections still know it.

use std::borrow::Cow;

use super::estate::Estate;
use crate::wildcard;

/// What is shown of a pattern that fits names which are not.
const HIDDEN: &str = "(redacted)";

impl Estate {
    /// A target, principal or selector as it was typed; of an account's name, alone or before a `/`, its pseudonym.
    #[must_use]
    pub fn as_shown<'t>(&self, typed: &'t str) -> Cow<'t, str> {
        let hidden = || self.accounts().iter().filter(|account| account.shown_name() != account.name());
        let rest = |name: &str| {
            let (head, rest) = typed.split_at_checked(name.len())?;
            let ends = rest.is_empty() || rest.starts_with(['/', ' ', ':']);
            (ends && head.eq_ignore_ascii_case(name)).then_some(rest)
        };
        let named = hidden().filter_map(|account| Some((account, rest(account.name())?)));
        // of names of which one begins with the other the longer is meant
        if let Some((account, rest)) = named.max_by_key(|(account, _)| account.name().len()) {
            return format!("{}{rest}", account.shown_name()).into();
        }
        let (kind, glob) = typed.split_once(':').filter(|(kind, _)| *kind == "name").unwrap_or(("", typed));
        let says_something = glob.bytes().any(|byte| !wildcard::is_wildcard(byte));
        if (wildcard::has_wildcard(glob) || !kind.is_empty())
            && says_something
            && hidden().any(|account| wildcard::matches(glob, account.name()))
        {
            return if kind.is_empty() { HIDDEN.into() } else { format!("{kind}:{HIDDEN}").into() };
        }
        typed.into()
    }
}
