//! Typed integer indexes of accounts, principals, classes and policies, and account ids.
//!
//! Owns: the newtypes. After `model::build`, everything refers to everything else by index.
//! INVARIANT: an index is only meaningful in the estate that made it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

macro_rules! index_type {
    ($($(#[$doc:meta])* $vis:vis $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        $vis struct $name(u32);

        impl $name {
            /// The index at a position of its table; tables never hold more than `u32::MAX` entries.
            #[must_use]
            $vis fn new(position: usize) -> Self {
                Self(u32::try_from(position).unwrap_or(u32::MAX))
            }

            /// The position in its table.
            #[must_use]
            $vis fn get(self) -> usize {
                self.0 as usize
            }
        }

        impl $crate::id_vec::TableIndex for $name {
            fn from_position(position: usize) -> Self {
                Self::new(position)
            }

            fn position(self) -> usize {
                self.get()
            }
        }
    )+};
}

pub(crate) use index_type;

index_type! {
    /// An account of the estate, in order of account id.
    pub AccountIx,
    /// An IAM user or role; the principals of one account are a contiguous range.
    pub PrincipalIx,
    /// Principals of one account that share policies and boundary.
    pub ClassIx,
    /// A distinct policy document.
    pub PolicyIx,
    /// Something that could not be read; see `snapshot::Gap`.
    pub GapIx,
    /// An instance of IAM Identity Center.
    pub InstanceIx,
    /// A user of an identity store.
    pub PersonIx,
    /// A group of an identity store.
    pub PeopleGroupIx,
    /// Members of such a group whom no policy tells apart.
    pub CohortIx,
    /// A permission set.
    pub PermissionSetIx,
    /// Who may enter an account with a permission set.
    pub AssignmentIx,
    /// Who may enter a role by the account access manager.
    pub EntitlementIx,
}

/// An AWS account id: twelve digits, leading zeros included.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountId(u64);

impl AccountId {
    /// Reads exactly twelve ASCII digits.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        (text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok().map(Self)).flatten()
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:012}", self.0)
    }
}

impl fmt::Debug for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What something belongs to: one account, or the organization as a whole. In JSON and CSV: the account id, or an empty string
/// for the organization.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// The organization.
    #[default]
    Organization,
    /// One account.
    Account(AccountId),
}

impl Scope {
    /// The account, if it is one.
    #[must_use]
    pub fn account(self) -> Option<AccountId> {
        match self {
            Self::Organization => None,
            Self::Account(id) => Some(id),
        }
    }
}

impl From<AccountId> for Scope {
    fn from(id: AccountId) -> Self {
        Self::Account(id)
    }
}

/// As in JSON and CSV: empty for the organization.
impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Organization => Ok(()),
            Self::Account(id) => id.fmt(f),
        }
    }
}

impl Serialize for Scope {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Scope {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        if text.is_empty() {
            return Ok(Self::Organization);
        }
        text.parse().map(Self::Account).map_err(serde::de::Error::custom)
    }
}

/// The text is not an AWS account id.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not an AWS account id of twelve digits")]
pub struct NotAnAccountId(String);

impl FromStr for AccountId {
    type Err = NotAnAccountId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text).ok_or_else(|| NotAnAccountId(text.to_owned()))
    }
}

impl Serialize for AccountId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for AccountId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_id_keeps_its_leading_zeros() {
        assert_eq!(AccountId::parse("000257872982").unwrap().to_string(), "000257872982");
        assert_eq!(AccountId::parse("257872982"), None);
        assert_eq!(AccountId::parse("+00257872982"), None);
    }

    #[test]
    fn a_scope_is_an_account_id_or_an_empty_text() {
        let account = Scope::Account(AccountId::parse("000257872982").unwrap());
        for (scope, json) in [(Scope::Organization, "\"\""), (account, "\"000257872982\"")] {
            assert_eq!(serde_json::to_string(&scope).unwrap(), json);
            assert_eq!(serde_json::from_str::<Scope>(json).unwrap(), scope);
        }
        assert!(serde_json::from_str::<Scope>("\"prod\"").is_err());
        assert!(Scope::Organization < account);
    }
}
