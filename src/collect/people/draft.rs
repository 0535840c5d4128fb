//! The file while it grows.
//!
//! Owns: what has been read of the organization's instance, what is still unread, and writing both from time to time, so that
//! a run that is killed is continued where it was.
//! INVARIANT: a draft without a list that the earlier run has is not written over it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::ids::AccountId;
use crate::snapshot::identity_center::{
    AccountAssignment, AskedBy, GroupMembership, IdentityCenterFile, Instance, UnreadAssignments, UnreadGroup,
};
use crate::snapshot::write::Writer;

/// Time between two writes.
const SAVED_EVERY: Duration = Duration::from_secs(10);

/// What a call for assignments is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Unit {
    /// An account and a permission set that is provisioned to it.
    Pair(AccountId, String),
    /// A user or group, by id, with its type.
    Principal(String, &'static str),
}

/// The organization's instance, and the others beside it.
#[derive(Debug, Default)]
pub(crate) struct Draft {
    pub(crate) instance: Instance,
    pub(crate) others: Vec<Instance>,
    pub(crate) memberships: BTreeSet<GroupMembership>,
    pub(crate) unread_groups: BTreeMap<String, String>,
    pub(crate) assignments: BTreeSet<AccountAssignment>,
    /// What is unread, and why.
    pub(crate) unread: BTreeMap<Unit, String>,
    /// Accounts whose permission sets are unknown, and why: where assignments are asked for by account, theirs are unread.
    pub(crate) unread_accounts: BTreeMap<AccountId, String>,
    /// Lists that an earlier run has and that come last.
    had: Had,
    writer: Option<Arc<Writer>>,
    saved: Option<Instant>,
}

/// Which of the long lists an earlier run has, in part at least.
#[derive(Clone, Copy, Debug, Default)]
struct Had {
    assignments: bool,
    memberships: bool,
}

impl Draft {
    pub(crate) fn new(
        instance: Instance,
        others: Vec<Instance>,
        earlier: Option<&Instance>,
        writer: Option<Arc<Writer>>,
    ) -> Self {
        let had = earlier.map_or_else(Had::default, |earlier| Had {
            assignments: earlier.account_assignments.is_some(),
            memberships: earlier.group_memberships.is_some(),
        });
        Self { instance, others, had, writer, saved: Some(Instant::now()), ..Self::default() }
    }

    /// Whether the earlier run has more than this one until now: its file is kept as it is. The two are not mixed, because the
    /// earlier assignments may be of accounts and sets that are not listed any more.
    pub(crate) fn is_behind(&self) -> bool {
        let may_have_assignments = self.instance.permission_sets_enabled != Some(false);
        let lacks_memberships = self.had.memberships && self.instance.group_memberships.is_none();
        self.instance.account_assignments.is_none()
            && (self.had.assignments && may_have_assignments || lacks_memberships)
    }

    /// The file as far as it is known.
    pub(crate) fn file(&self) -> IdentityCenterFile {
        let mut instance = self.instance.clone();
        instance.account_assignments = instance.account_assignments.map(|_| self.assignments.iter().cloned().collect());
        instance.group_memberships = instance.group_memberships.map(|_| self.memberships.iter().cloned().collect());
        let group = |(id, why): (&String, &String)| UnreadGroup { group_id: id.clone(), reason: why.clone() };
        instance.unread_groups = self.unread_groups.iter().map(group).collect();
        let of_account = |(account, why): (&AccountId, &String)| UnreadAssignments {
            account_id: Some(*account),
            permission_set_arn: None,
            principal_id: None,
            reason: why.clone(),
        };
        let is_by_account = instance.assignments_by == Some(AskedBy::Account);
        let accounts = self.unread_accounts.iter().filter(|_| is_by_account).map(of_account);
        let units = self.unread.iter().map(|(unit, why)| unit.unread(why.clone()));
        instance.unread_assignments = units.chain(accounts).collect();
        let mut instances = vec![instance];
        instances.extend(self.others.iter().cloned());
        IdentityCenterFile { instances, ..IdentityCenterFile::default() }
    }

    /// Writes the file if it has not been written for a while. What cannot be written now fails at the end of the run, where it
    /// is reported.
    pub(crate) async fn save_at_times(&mut self) {
        let is_due = self.saved.is_some_and(|saved| saved.elapsed() >= SAVED_EVERY) && !self.is_behind();
        let Some(writer) = self.writer.clone().filter(|_| is_due) else { return };
        let file = self.file();
        let written = tokio::task::spawn_blocking(move || writer.identity_center(&file)).await;
        if let Ok(Err(error)) = written {
            tracing::warn!(%error, "identity-center.json is not written yet");
        }
        self.saved = Some(Instant::now());
    }
}

impl Unit {
    fn unread(&self, reason: String) -> UnreadAssignments {
        let (account_id, permission_set_arn, principal_id) = match self {
            Self::Pair(account, set) => (Some(*account), Some(set.clone()), None),
            Self::Principal(id, _) => (None, None, Some(id.clone())),
        };
        UnreadAssignments { account_id, permission_set_arn, principal_id, reason }
    }
}
