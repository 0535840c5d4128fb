//! Principals as resource-based policies name them.
//!
//! Owns: the forms of the `Principal` element. Does not know who exists or who calls (`eval::trust`).
//! Source: AWS IAM User Guide, "AWS JSON policy elements: Principal" and "NotPrincipal".

use crate::arn::{Arn, Named};
use crate::ids::AccountId;

/// `Principal` or `NotPrincipal` of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrincipalClause {
    /// True for `NotPrincipal`.
    pub negated: bool,
    /// Any of them.
    pub entries: Box<[PrincipalEntry]>,
}

/// One entry of a `Principal` element.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum PrincipalEntry {
    /// `"*"` or `{"AWS": "*"}`.
    Everyone,
    /// Twelve digits or `…:root`: delegation to the whole account, not its root user.
    Account {
        /// Which.
        id: AccountId,
        /// The partition of the ARN; bare digits have none and mean the role's own.
        partition: Option<Box<str>>,
    },
    /// ARN of an IAM user or role.
    Identity(Box<str>),
    /// ARN of one role session.
    Session {
        /// Account of the role.
        account: AccountId,
        /// The role's name, without path.
        role: Box<str>,
        /// The session's name.
        session: Box<str>,
    },
    /// ARN of a GetFederationToken session.
    FederatedUser(Box<str>),
    /// `AIDA…`, `AROA…`: what is left of a deleted principal. Matches no caller.
    DeletedId(Box<str>),
    /// An AWS service, exact text.
    Service(Box<str>),
    /// ARN of a provider, or a well-known issuer's name.
    Federated(Box<str>),
    /// Text that cannot match any caller: a partial wildcard, a group, a canonical user.
    Nobody(Box<str>),
}

impl PrincipalEntry {
    /// Reads one value of the `AWS` member.
    pub(super) fn aws(text: &str) -> Self {
        if text == "*" {
            return Self::Everyone;
        }
        if let Some(account) = AccountId::parse(text) {
            return Self::Account { id: account, partition: None };
        }
        if is_unique_id(text) {
            return Self::DeletedId(text.into());
        }
        let Some((arn, account)) = Arn::parse(text).and_then(|a| a.account_id().map(|id| (a, id))) else {
            return Self::Nobody(text.into());
        };
        match arn.named() {
            // wildcards are not allowed in an ARN here: such text matches no principal
            _ if text.contains(['*', '?']) => Self::Nobody(text.into()),
            Named::Account => Self::Account { id: account, partition: Some(arn.partition.into()) },
            Named::User { .. } | Named::Role { .. } => Self::Identity(text.into()),
            Named::AssumedRole { role, session } => {
                Self::Session { account, role: role.into(), session: session.into() }
            }
            Named::FederatedUser { .. } => Self::FederatedUser(text.into()),
            _ => Self::Nobody(text.into()),
        }
    }
}

/// IAM's unique ids: a prefix of four letters for the kind, then capital letters and digits.
fn is_unique_id(text: &str) -> bool {
    let known = ["AIDA", "AROA", "AGPA", "ASIA", "AKIA"].iter().any(|prefix| text.starts_with(prefix));
    known && text.len() >= 16 && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_and_root_are_the_same_delegation() {
        let account = AccountId::parse("111122223333").unwrap();
        assert_eq!(PrincipalEntry::aws("111122223333"), PrincipalEntry::Account { id: account, partition: None });
        let partition = Some("aws".into());
        assert_eq!(
            PrincipalEntry::aws("arn:aws:iam::111122223333:root"),
            PrincipalEntry::Account { id: account, partition }
        );
    }

    #[test]
    fn partial_wildcards_and_groups_match_nobody() {
        assert!(matches!(PrincipalEntry::aws("arn:aws:iam::111122223333:role/dev-*"), PrincipalEntry::Nobody(_)));
        assert!(matches!(PrincipalEntry::aws("arn:aws:iam::111122223333:group/dev"), PrincipalEntry::Nobody(_)));
        assert!(matches!(PrincipalEntry::aws("AROAEXAMPLEEXAMPLE01"), PrincipalEntry::DeletedId(_)));
    }
}
