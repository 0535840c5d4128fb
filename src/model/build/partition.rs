//! Which partition of AWS an account is in.
//!
//! Owns: where its name is found: in any ARN of the account's file, else in that of the organization, else in the other accounts.

use super::builder::Builder;
use crate::arn::Arn;
use crate::id_vec::IdVec;
use crate::ids::AccountIx;
use crate::model::account::Account;
use crate::snapshot::account::AccountFile;
use crate::snapshot::organization::OrganizationFile;
use crate::snapshot::records::Records;

/// From the first ARN in the file; empty if it has none.
pub(super) fn of_file(file: &AccountFile<'_>, records: &Records<'_>) -> Box<str> {
    let roles = records.roles.first().map(|role| role.arn);
    let users = file.user_detail_list.iter().flatten().map(|user| &*user.arn);
    let groups = file.group_detail_list.iter().flatten().map(|group| &*group.arn);
    let rows = file.credential_report.iter().flatten().filter_map(|row| row.get("arn")).map(String::as_str);
    let devices = file.virtual_mfa_devices.iter().flatten().map(|device| &*device.serial_number);
    let oidc = file.open_id_connect_providers.iter().flatten().map(|provider| provider.arn.as_str());
    let saml = file.saml_providers.iter().flatten().map(|provider| provider.arn.as_str());
    let mut all = roles.into_iter().chain(users).chain(groups).chain(rows).chain(devices).chain(oidc).chain(saml);
    all.find_map(Arn::parse).map_or("", |arn| arn.partition).into()
}

impl Builder {
    /// The accounts, in order of id. One whose file has no ARN is in the partition of its organization, else in that of the others.
    pub(super) fn take_accounts(&mut self, file: Option<&OrganizationFile>) -> IdVec<AccountIx, Account> {
        let told = file.and_then(OrganizationFile::described).and_then(|organization| organization.arn);
        let of_organization = told.as_deref().and_then(Arn::parse).map(|arn| arn.partition);
        let of_others = || self.accounts.values().map(|account| &*account.partition).find(|known| !known.is_empty());
        let partition: Box<str> = of_organization.or_else(of_others).unwrap_or("aws").into();
        let mut accounts: IdVec<AccountIx, Account> = std::mem::take(&mut self.accounts).into_values().collect();
        for account in accounts.iter_mut().filter(|account| account.partition.is_empty()) {
            account.partition.clone_from(&partition);
        }
        accounts
    }
}
