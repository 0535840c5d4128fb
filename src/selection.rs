//! Which accounts of an organization are selected: by id, name, OU or tag.
//!
//! Owns: how a selector is written and which accounts it matches. The scope of a collection and the targets of a question use the
//! same selectors. Does not know where accounts and OUs come from.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _};

use crate::ids::AccountId;
use crate::wildcard;

/// A selector: one or more accounts, as users name them.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum Selector {
    /// By id: `111122223333`, `account:111122223333`.
    Account(AccountId),
    /// In an OU or below it, by the OU's id or path: `ou:ou-ab12-cdefghij`, `ou:/Workloads/Prod`, or without the `ou:`.
    Unit(String),
    /// By a glob on the name: `sandbox-*`, `name:sandbox-*`.
    Name(String),
    /// By a tag of the account, with a glob on its value: `tag:env=prod`. Reading the tags takes one call per account.
    Tag(String, String),
}

/// Text that is not a selector.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` selects no account: {why}")]
pub struct BadSelector {
    text: String,
    why: &'static str,
}

impl FromStr for Selector {
    type Err = BadSelector;

    fn from_str(text: &str) -> Result<Self, BadSelector> {
        let bad = |why| Err(BadSelector { text: text.to_owned(), why });
        let (kind, value) = text.split_once(':').unwrap_or(("", text));
        match (kind, value.trim()) {
            (_, "") => bad("there is nothing to look for"),
            ("account", id) => match AccountId::parse(id) {
                Some(id) => Ok(Self::Account(id)),
                None => bad("an account id has twelve digits"),
            },
            ("ou", unit) if is_unit_id(unit) || unit.starts_with('/') => Ok(Self::Unit(unit.to_owned())),
            ("ou", _) => bad("an OU is named by its id (`ou:ou-…`) or by its path (`ou:/Workloads/Prod`)"),
            ("tag", tag) => match tag.split_once('=') {
                Some((key, glob)) if !key.is_empty() => Ok(Self::Tag(key.to_owned(), glob.to_owned())),
                _ => bad("a tag is named with its value: `tag:env=prod`, `tag:env=*`"),
            },
            ("name", glob) => Ok(Self::Name(glob.to_owned())),
            // account names may contain colons, too
            _ => Ok(plain(text.trim())),
        }
    }
}

/// What text without a prefix means: ids and paths are recognized by their shape, anything else is a name.
fn plain(text: &str) -> Selector {
    let parts: Vec<&str> = text.split('-').collect();
    let alphanumeric =
        |part: &&str| part.len() >= 4 && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    let is_unit = matches!(parts.as_slice(), ["ou", root, own] if alphanumeric(root) && alphanumeric(own));
    match AccountId::parse(text) {
        Some(id) => Selector::Account(id),
        None if is_unit || text.starts_with('/') => Selector::Unit(text.to_owned()),
        None => Selector::Name(text.to_owned()),
    }
}

impl TryFrom<String> for Selector {
    type Error = BadSelector;

    fn try_from(text: String) -> Result<Self, BadSelector> {
        text.parse()
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Account(id) => id.fmt(f),
            Self::Unit(unit) => write!(f, "ou:{unit}"),
            Self::Name(glob) => f.write_str(glob),
            Self::Tag(key, glob) => write!(f, "tag:{key}={glob}"),
        }
    }
}

/// An account, as selectors see it.
#[derive(Clone, Copy, Debug)]
pub struct Candidate<'a> {
    /// Its id.
    pub id: AccountId,
    /// Its name.
    pub name: &'a str,
    /// Ids of its root and OUs, from the top.
    pub units: &'a [String],
    /// Names of its OUs below the root, from the top.
    pub unit_names: &'a [String],
    /// Its tags, key and value. If the tags were not read, this is empty and no tag selector matches.
    pub tags: &'a [(String, String)],
}

impl Selector {
    /// Whether the selector matches the account.
    #[must_use]
    pub fn fits(&self, account: Candidate<'_>) -> bool {
        match self {
            Self::Account(id) => account.id == *id,
            Self::Unit(unit) => lies_in(unit, account.units, account.unit_names),
            Self::Name(glob) => wildcard::matches(glob, account.name),
            Self::Tag(key, glob) => {
                account.tags.iter().any(|(name, value)| name == key && wildcard::matches(glob, value))
            }
        }
    }
}

/// Whether an account is in an OU, given by id or path. `units` are the ids of the account's OUs, `unit_names` their names below
/// the root.
#[must_use]
pub fn lies_in(unit: &str, units: &[String], unit_names: &[String]) -> bool {
    if is_unit_id(unit) {
        return units.iter().any(|id| id == unit);
    }
    let wanted: Vec<&str> = unit.split('/').filter(|part| !part.is_empty()).collect();
    // an absolute path may start with the root's own name
    let wanted = match wanted.split_first() {
        Some((first, rest)) if *first == "Root" && unit_names.first().is_none_or(|name| name != first) => rest,
        _ => &wanted,
    };
    unit_names.len() >= wanted.len() && wanted.iter().zip(unit_names).all(|(wanted, name)| wanted == name)
}

/// Whether the text is the id of an OU or root, and not a path or name.
#[must_use]
pub fn is_unit_id(text: &str) -> bool {
    text.starts_with("ou-") || text.starts_with("r-")
}

/// The selected accounts: those that match `include`, or all if it is empty, minus those that match `exclude`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "said above")]
pub struct Selection {
    pub include: Vec<Selector>,
    pub exclude: Vec<Selector>,
}

impl Selection {
    /// All selectors, in the order given.
    pub fn selectors(&self) -> impl Iterator<Item = &Selector> {
        self.include.iter().chain(&self.exclude)
    }

    /// True if some selector needs the names of OUs.
    #[must_use]
    pub fn has_unit_paths(&self) -> bool {
        self.selectors().any(|selector| matches!(selector, Selector::Unit(unit) if !is_unit_id(unit)))
    }

    /// True if some selector needs to know which OUs an account is in.
    #[must_use]
    pub fn has_units(&self) -> bool {
        self.selectors().any(|selector| matches!(selector, Selector::Unit(_)))
    }

    /// True if some selector needs the tags of the accounts.
    #[must_use]
    pub fn has_tags(&self) -> bool {
        self.selectors().any(|selector| matches!(selector, Selector::Tag(..)))
    }

    /// Why an account is not selected; `None` if it is.
    #[must_use]
    pub fn leaves_out(&self, account: Candidate<'_>) -> Option<String> {
        if let Some(selector) = self.exclude.iter().find(|selector| selector.fits(account)) {
            return Some(format!("left out by `{selector}`"));
        }
        let meant = self.include.is_empty() || self.include.iter().any(|selector| selector.fits(account));
        (!meant).then(|| "outside the scope of this scan".to_owned())
    }
}

/// A named union of selectors, minus exceptions, as defined in the configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TargetSpec {
    /// OUs by id (`ou-…`, `r-…`) or path (`/Workloads/Prod`), descendants included.
    #[serde(deserialize_with = "texts")]
    pub ou: Vec<String>,
    /// Account tags: any of the values of any of the keys.
    pub tags: BTreeMap<String, Vec<String>>,
    /// Globs on account names.
    #[serde(deserialize_with = "texts")]
    pub names: Vec<String>,
    /// Account ids or names.
    #[serde(deserialize_with = "texts")]
    pub accounts: Vec<String>,
    /// Globs on `account/role`, or on role paths if they start with `path:`; empty for every role.
    #[serde(deserialize_with = "texts")]
    pub roles: Vec<String>,
    /// Accounts (ids, names or globs on names) to exclude.
    #[serde(deserialize_with = "texts")]
    pub except: Vec<String>,
}

/// Texts that are not empty: the path of nothing would be that of the root, and all below it.
fn texts<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let texts = Vec::<String>::deserialize(deserializer)?;
    match texts.iter().any(|text| text.trim().is_empty()) {
        true => Err(D::Error::custom("an empty text selects nothing")),
        false => Ok(texts),
    }
}

impl<'a> FromIterator<&'a Selector> for TargetSpec {
    fn from_iter<I: IntoIterator<Item = &'a Selector>>(selectors: I) -> Self {
        let mut spec = Self::default();
        for selector in selectors {
            match selector {
                Selector::Account(id) => spec.accounts.push(id.to_string()),
                Selector::Unit(unit) => spec.ou.push(unit.clone()),
                Selector::Name(glob) => spec.names.push(glob.clone()),
                Selector::Tag(key, glob) => spec.tags.entry(key.clone()).or_default().push(glob.clone()),
            }
        }
        spec
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selector(text: &str) -> Selector {
        text.parse().unwrap()
    }

    fn fits(text: &str) -> bool {
        let list = |parts: &[&str]| parts.iter().map(|part| (*part).to_owned()).collect::<Vec<_>>();
        let units = list(&["r-ab12", "ou-ab12-1", "ou-ab12-2"]);
        let unit_names = list(&["Workloads", "Prod"]);
        let id = AccountId::parse("111122223333").unwrap();
        let tags = [("env".to_owned(), "prod-eu".to_owned())];
        selector(text).fits(Candidate { id, name: "core: a-prod", units: &units, unit_names: &unit_names, tags: &tags })
    }

    #[test]
    fn an_account_is_named_by_id_name_or_unit() {
        for text in ["111122223333", "account:111122223333", "*-prod", "name:core: a-prod", "core: a-prod", "*"] {
            assert!(fits(text), "{text}");
        }
        for text in ["ou:r-ab12", "ou:ou-ab12-1", "ou:ou-ab12-2", "ou:/", "ou:/Workloads", "ou:/Root/Workloads/Prod/"] {
            assert!(fits(text), "{text}");
        }
        for text in ["tag:env=prod-eu", "tag:env=prod*", "tag:env=*"] {
            assert!(fits(text), "{text}");
        }
        for text in [
            "tag:env=prod",
            "tag:Env=*",
            "tag:env=",
            "111122223334",
            "prod",
            "ou:ou-ab12-3",
            "ou:/Work",
            "ou:/Prod",
            "ou:/Workloads/Prod/EU",
        ] {
            assert!(!fits(text), "{text}");
        }
        assert_eq!(selector("ou-ab12-cdefghij"), Selector::Unit("ou-ab12-cdefghij".into()));
        assert_eq!(selector("/Workloads"), Selector::Unit("/Workloads".into()));
        assert_eq!(selector("ou-team"), Selector::Name("ou-team".into()));
    }

    #[test]
    fn a_selector_is_read_as_it_is_written_or_refused() {
        for text in ["111122223333", "ou:ou-ab12-1", "ou:/Workloads/Prod", "sandbox-*", "tag:env=dev", "tag:a b=*"] {
            assert_eq!(selector(text).to_string(), text);
        }
        for text in ["", " ", "account:1", "ou:Workloads", "ou:", "tag:env", "tag:=dev", "tag:", "name:"] {
            assert!(text.parse::<Selector>().is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_left_out_again_is_left_out() {
        let id = AccountId::parse("111122223333").unwrap();
        let account = Candidate { id, name: "a-prod", units: &[], unit_names: &[], tags: &[] };
        let of = |include: &[&str], exclude: &[&str]| {
            let list = |texts: &[&str]| texts.iter().map(|text| selector(text)).collect();
            Selection { include: list(include), exclude: list(exclude) }.leaves_out(account)
        };
        assert_eq!(of(&[], &[]), None);
        assert_eq!(of(&["*-dev", "*-prod"], &["b-*"]), None);
        assert_eq!(of(&["*-dev"], &[]).as_deref(), Some("outside the scope of this scan"));
        assert_eq!(of(&["*-prod"], &["b", "a-*"]).as_deref(), Some("left out by `a-*`"));
    }
}
