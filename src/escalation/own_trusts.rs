//! Which principals of an account the trust policies of its own roles tell apart.
//!
//! Owns: that of those who share their policies one does not stand for all, where a way ends in `sts:AssumeRole`.

use std::collections::BTreeSet;

use crate::ids::{AccountIx, PrincipalIx};
use crate::model::Estate;
use crate::policy::principal::PrincipalEntry;
use crate::policy::{tells_roles_apart, tells_users_apart};

/// Whom the trust policies of one account tell apart.
#[derive(Debug, Default)]
pub(super) struct OwnTrusts {
    /// One of them compares something with what every caller has another of.
    tell_all: bool,
    /// Whom they name, to let it in or to keep it out.
    named: BTreeSet<PrincipalIx>,
}

impl OwnTrusts {
    pub(super) fn of(estate: &Estate, account: AccountIx) -> Self {
        let roles = estate.principals_of(account).filter_map(|ix| estate.principal(ix).role());
        let documents: BTreeSet<_> = roles.filter_map(|role| role.trust.parsed()).collect();
        let mut found = Self::default();
        for statement in documents.into_iter().flat_map(|ix| &estate.policy(ix).statements) {
            found.tell_all |= tells_users_apart(statement) || tells_roles_apart(statement);
            for entry in statement.entries() {
                if let PrincipalEntry::Identity(arn) = entry {
                    found.named.extend(estate.principal_by_arn(arn));
                }
            }
        }
        found
    }

    pub(super) fn tell_apart(&self, members: &[PrincipalIx]) -> bool {
        self.tell_all || members.iter().any(|member| self.named.contains(member))
    }
}
