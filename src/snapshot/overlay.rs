//! A snapshot with changes that nobody has made.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::account::AccountFile;
use super::edit::{self, DocumentAt, Edit, EditError, Removal};
use super::error::SnapshotError;
use super::read::Snapshot;
use crate::ids::AccountId;

impl Snapshot {
    /// Reads one account file and passes it to `use_file`; the text lives as long as the call.
    ///
    /// # Errors
    /// If the file is missing, changed, too large or not of the documented shape.
    pub fn with_account<T>(
        &self,
        account: AccountId,
        use_file: impl FnOnce(AccountFile<'_>) -> T,
    ) -> Result<T, SnapshotError> {
        match self.edits.get(&account) {
            None => self.with_file(account, use_file),
            Some(edits) => {
                let at = self.time_of_edits();
                let use_file = |file: AccountFile<'_>| edit::apply(file, edits, at.as_deref(), use_file);
                Ok(self.with_file(account, |file| use_file(file).map_err(SnapshotError::from))??)
            }
        }
    }

    /// The same snapshot with these changes, each of which was found.
    ///
    /// # Errors
    /// Where a change finds nothing to change or more than one place for it, and where a file cannot be read.
    pub fn edited(&self, edits: &[Edit]) -> Result<Self, SnapshotError> {
        let mut edited = self.clone();
        let mut by_account = self.trusts_of_deleted(edits)?;
        let mut in_order: Vec<&Edit> = edits.iter().collect();
        // of several statements of one SCP the last is removed first, so that positions stay what they were
        in_order.sort_by_key(|edit| match edit {
            Edit::Remove(Removal::Statement(_, at)) => Reverse(*at),
            _ => Reverse(u32::MAX),
        });
        for edit in in_order {
            match edit.account() {
                Some(account) => by_account.entry(account).or_default().push(edit.clone()),
                None => edited.edit_whole(edit)?,
            }
        }
        if let Some(unread) = by_account.keys().find(|account| !self.files.contains_key(account)) {
            let there = match self.files.len() {
                1 => "it has the data of one other account".to_owned(),
                count => format!("it has the data of {count} others"),
            };
            let what = format!("the snapshot has no data of account {unread}");
            return Err(EditError { what, there }.into());
        }
        for (account, own) in &by_account {
            self.with_account(*account, |file| edit::apply(file, own, None, |_| ()).map_err(SnapshotError::from))??;
        }
        edited.edits = by_account;
        Ok(edited)
    }

    /// Trust policies that name a user or role which is deleted, by account; a change that writes one anew comes after.
    fn trusts_of_deleted(&self, edits: &[Edit]) -> Result<BTreeMap<AccountId, Vec<Edit>>, SnapshotError> {
        let mut ids = edit::Ids::new();
        for (account, all) in edit::deleted(edits) {
            if self.files.contains_key(&account) {
                ids.extend(self.with_account(account, |file| edit::ids(&file, &all))?);
            }
        }
        let mut found = BTreeMap::new();
        for account in self.files.keys().filter(|_| !ids.is_empty()) {
            // a file that cannot be read is missing from the answer as it is
            let own = self.with_account(*account, |file| edit::trusts(&file, *account, &ids));
            if let Some(own) = own.ok().filter(|own| !own.is_empty()) {
                found.insert(*account, own);
            }
        }
        Ok(found)
    }

    /// What a change creates is as old as the snapshot.
    fn time_of_edits(&self) -> Option<String> {
        self.taken_at().map(|at| at.to_string())
    }

    /// Changes what is not an account's.
    fn edit_whole(&mut self, edit: &Edit) -> Result<(), SnapshotError> {
        let made = match edit {
            Edit::Remove(Removal::Statement(DocumentAt::Organization(id), at)) => {
                edit::without_statement(self.organization.as_mut(), id, *at)
            }
            Edit::Replace(DocumentAt::Organization(id), document) => {
                edit::replace(self.organization.as_mut(), id, document)
            }
            Edit::Remove(Removal::Person(instance, user, group)) => {
                edit::without_membership(self.identity_center.as_mut(), instance, user, group)
            }
            Edit::Remove(Removal::Assignment(instance, assignment)) => {
                edit::without_assignment(self.identity_center.as_mut(), instance, assignment)
            }
            Edit::Remove(Removal::Entitlement(application, id)) => {
                edit::without_entitlement(self.account_access.as_mut(), application, id)
            }
            Edit::SetOrganization(setting) => edit::set_organization(self.organization.as_mut(), setting),
            Edit::Remove(_) | Edit::Replace(..) | Edit::Regroup(_) | Edit::Set(..) => Ok(()),
        };
        made.map_err(SnapshotError::from)
    }
}
