//! Joins several answers about one account.
//!
//! Owns: which answer belongs where. `list` decides when a list is whole, `account` what a file holds.
//! INVARIANT: a list with a missing page is marked as cut, or left out if it has no such mark; two answers that
//! disagree are an error.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::account::{self, value};
use super::document::{self, Document};
use super::list::{List, Origin, PerUser, closed, disagree, either, same};
use super::{policy, recognize};
use crate::ids::AccountId;
use crate::snapshot::account::{
    AccountFile, GroupDetail, ManagedPolicy, OpenIdConnectProvider, RoleDetail, SamlProvider, UserDetail,
};
use crate::snapshot::credential::{
    AccessKey, MfaDevice, MfaKind, ServerCertificate, ServiceCredentials, ServiceSpecificCredential, SshPublicKey,
    VirtualMfaDevice,
};
use crate::snapshot::error::{Refusal, SnapshotError};

/// The files of an account as one file.
pub(super) fn account(texts: &[(PathBuf, String)]) -> Result<AccountFile<'_>, SnapshotError> {
    collected(texts)?.finish()
}

/// All data in them.
pub(super) fn collected(texts: &[(PathBuf, String)]) -> Result<Joined<'_>, SnapshotError> {
    let mut joined = Joined::default();
    for (path, text) in texts {
        if account::is_report(text) {
            let rows = account::report(path, text)?;
            joined.report(path, rows)?;
        } else if recognize::cli_error(text) == Some(("NoSuchEntity", "GetAccountPasswordPolicy")) {
            // how AWS says that there is none
            joined.set(path, "PasswordPolicy", |file| &mut file.password_policy, None)?;
        } else {
            for document in document::split(path, text)? {
                joined.add(path, &document)?;
            }
        }
    }
    Ok(joined)
}

/// An account, as far as its answers have been read.
#[derive(Default)]
pub(super) struct Joined<'a> {
    /// The account in GetCallerIdentity.
    pub(super) caller: Option<AccountId>,
    file: AccountFile<'a>,
    /// Which of AccountFile's simple data sets were set, and by which file.
    set: BTreeMap<&'static str, &'a Path>,
    details: Details<'a>,
    /// ListUsers, ListGroups, ListRoles, ListPolicies.
    listed: Details<'a>,
    virtual_devices: List<'a, VirtualMfaDevice<'a>>,
    aliases: List<'a, String>,
    certificates: List<'a, ServerCertificate>,
    access_keys: PerUser<AccessKey>,
    ssh_keys: PerUser<SshPublicKey>,
    specific: PerUser<ServiceSpecificCredential>,
    devices: PerUser<MfaDevice>,
    /// GetOpenIDConnectProvider does not include the ARN.
    providers: Vec<OpenIdConnectProvider>,
}

/// The four lists.
#[derive(Default)]
struct Details<'a> {
    users: List<'a, UserDetail<'a>>,
    groups: List<'a, GroupDetail<'a>>,
    roles: List<'a, RoleDetail<'a>>,
    policies: List<'a, ManagedPolicy<'a>>,
}

impl<'a> Joined<'a> {
    fn add(&mut self, path: &'a Path, document: &Document<'a>) -> Result<(), SnapshotError> {
        // an object without keys holds no data, neither ours nor anyone else's
        if !document.keys.is_empty() && !account::is_known(document) {
            return Err(recognize::unknown(path, &document.names()));
        }
        let origin = Origin { path, last: !document.is_open() };
        let is_details = ["UserDetailList", "GroupDetailList", "RoleDetailList"].iter().any(|key| document.has(key));
        for (key, raw) in &document.keys {
            if raw.get() == "null" && key != "PasswordPolicy" {
                continue;
            }
            let is_list = self.add_list(key, raw, is_details, origin)?;
            if !is_list {
                self.add_facet(key, raw, origin)?;
            }
        }
        // an answer about one provider has the URL next to the list
        if document.has("Url") && (document.has("ClientIDList") || document.has("ThumbprintList")) {
            let mut provider = OpenIdConnectProvider::default();
            for (key, raw) in &document.keys {
                match &**key {
                    "Url" => provider.url = value(path, key, raw)?,
                    "ClientIDList" => provider.client_id_list = value(path, key, raw)?,
                    "ThumbprintList" => provider.thumbprint_list = value(path, key, raw)?,
                    _ => {}
                }
            }
            self.providers.push(provider);
        }
        Ok(())
    }

    fn add_list(
        &mut self,
        key: &str,
        raw: &'a RawValue,
        is_details: bool,
        origin: Origin<'a>,
    ) -> Result<bool, SnapshotError> {
        let path = origin.path;
        match key {
            "UserDetailList" => self.details.users.add(value(path, key, raw)?, |user| user.arn.to_string(), origin)?,
            "GroupDetailList" => {
                self.details.groups.add(value(path, key, raw)?, |group| group.arn.to_string(), origin)?
            }
            "RoleDetailList" => self.details.roles.add(value(path, key, raw)?, |role| role.arn.to_string(), origin)?,
            "Users" => self.listed.users.add(value(path, key, raw)?, |user| user.arn.to_string(), origin)?,
            "Groups" => self.listed.groups.add(value(path, key, raw)?, |group| group.arn.to_string(), origin)?,
            "Roles" => self.listed.roles.add(value(path, key, raw)?, |role| role.arn.to_string(), origin)?,
            "Policies" if policy::holds_policies(raw) => {
                let why = "its policies are those of AWS Organizations";
                let next = "put it into `organization/` beside `accounts/`";
                return Err(Refusal::of(path, "holds nothing of an account", why, next));
            }
            "Policies" => {
                let lists = if is_details { &mut self.details } else { &mut self.listed };
                lists.policies.add(value(path, key, raw)?, |policy| policy.arn.to_string(), origin)?;
            }
            "VirtualMFADevices" => {
                self.virtual_devices.add(value(path, key, raw)?, |device| device.serial_number.to_string(), origin)?;
            }
            "ServerCertificates" | "ServerCertificateMetadataList" => {
                self.certificates.add(value(path, key, raw)?, |certificate| certificate.arn.clone(), origin)?;
            }
            "AccountAliases" => self.aliases.add(value(path, key, raw)?, String::clone, origin)?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn add_facet(&mut self, key: &str, raw: &'a RawValue, origin: Origin<'a>) -> Result<(), SnapshotError> {
        let path = origin.path;
        match key {
            "AccountSummary" | "SummaryMap" => {
                self.set(path, "AccountSummary", |file| &mut file.account_summary, value(path, key, raw)?)
            }
            "CredentialReport" => self.report(path, value(path, key, raw)?),
            "Content" => {
                let rows = account::report_content(path, raw)?;
                self.report(path, rows)
            }
            "PasswordPolicy" => {
                let policy: Option<Box<RawValue>> = value(path, key, raw)?;
                self.set(path, "PasswordPolicy", |file| &mut file.password_policy, policy)
            }
            "OpenIDConnectProviders" | "OpenIDConnectProviderList" => {
                let list: Vec<OpenIdConnectProvider> = value(path, key, raw)?;
                self.set(path, "OpenIDConnectProviders", |file| &mut file.open_id_connect_providers, list)
            }
            "SAMLProviders" | "SAMLProviderList" => {
                let list: Vec<SamlProvider> = value(path, key, raw)?;
                self.set(path, "SAMLProviders", |file| &mut file.saml_providers, list)
            }
            "Trails" => self.set(path, "Trails", |file| &mut file.trails, value(path, key, raw)?),
            "AccessKeys" => self.set(path, "AccessKeys", |file| &mut file.access_keys, value(path, key, raw)?),
            "LastAccessed" => self.set(path, "LastAccessed", |file| &mut file.last_accessed, value(path, key, raw)?),
            "AssumeRoleEvents" => {
                self.set(path, "AssumeRoleEvents", |file| &mut file.assume_role_events, value(path, key, raw)?)
            }
            "ServiceCredentials" => {
                self.set(path, "ServiceCredentials", |file| &mut file.service_credentials, value(path, key, raw)?)
            }
            "SSHPublicKeys" => {
                self.ssh_keys.add(path, value(path, key, raw)?, |key| key.user_name.clone(), origin.last);
                Ok(())
            }
            "ServiceSpecificCredentials" => {
                self.specific.add(path, value(path, key, raw)?, |of| of.user_name.clone(), origin.last);
                Ok(())
            }
            "AccessKeyMetadata" => {
                self.access_keys.add(path, value(path, key, raw)?, |key| key.user_name.clone(), origin.last);
                Ok(())
            }
            "MFADevices" => self.add_devices(key, raw, origin),
            "Account" => {
                let id: String = value(path, key, raw)?;
                self.caller = AccountId::parse(&id);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// ListMFADevices of one user, or of all users in our own file, with the kind that we add.
    fn add_devices(&mut self, key: &str, raw: &'a RawValue, origin: Origin<'a>) -> Result<(), SnapshotError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Listed {
            user_name: String,
            serial_number: String,
            #[serde(default, deserialize_with = "crate::snapshot::dates::any")]
            enable_date: Option<String>,
        }
        if raw.get() != "[]"
            && let Ok(devices) = serde_json::from_str::<Vec<MfaDevice>>(raw.get())
        {
            return self.set(origin.path, "MFADevices", |file| &mut file.mfa_devices, devices);
        }
        let listed: Vec<Listed> = value(origin.path, key, raw)?;
        let device = |listed: Listed| MfaDevice {
            kind: MfaKind::of(&listed.serial_number),
            user_name: listed.user_name,
            serial_number: listed.serial_number,
            enable_date: listed.enable_date,
        };
        let devices = listed.into_iter().map(device).collect();
        self.devices.add(origin.path, devices, |device| device.user_name.clone(), origin.last);
        Ok(())
    }

    fn report(&mut self, path: &'a Path, rows: Option<account::Rows>) -> Result<(), SnapshotError> {
        match rows {
            Some(rows) => self.set(path, "CredentialReport", |file| &mut file.credential_report, rows),
            None => Ok(()),
        }
    }

    /// Sets a value that an account has once; setting it again requires the same value.
    fn set<T: Serialize>(
        &mut self,
        path: &'a Path,
        key: &'static str,
        slot: impl for<'f> Fn(&'f mut AccountFile<'a>) -> &'f mut Option<T>,
        new: T,
    ) -> Result<(), SnapshotError> {
        let slot = slot(&mut self.file);
        if let (Some(old), Some(before)) = (&*slot, self.set.get(key)) {
            return if same(old, &new) { Ok(()) } else { Err(disagree(before, path, key)) };
        }
        self.set.insert(key, path);
        *slot = Some(new);
        Ok(())
    }

    /// The account as one file.
    pub(super) fn finish(self) -> Result<AccountFile<'a>, SnapshotError> {
        let Self { mut file, details, listed, virtual_devices, aliases, access_keys, devices, providers, .. } = self;
        let (certificates, ssh_keys, specific) = (self.certificates, self.ssh_keys, self.specific);
        // ListGroupsForUser prints the same shape as ListGroups: partial lists may differ, details of an account may
        // not
        details.agreed()?;
        let details = details.closed();
        let listed = listed.closed();
        let mut cut = details.cut || listed.cut;
        file.role_detail_list = either(
            details.roles,
            listed.roles,
            |role| &role.arn,
            &mut cut,
            |role, listed| {
                role.max_session_duration = role.max_session_duration.or(listed.max_session_duration);
                role.description = role.description.take().or_else(|| listed.description.clone());
            },
        );
        file.user_detail_list = either(details.users, listed.users, |user| &user.arn, &mut cut, |_, _| {});
        file.group_detail_list = either(details.groups, listed.groups, |group| &group.arn, &mut cut, |_, _| {});
        // details hold AWS managed policies only if they are attached; a list holds all
        file.policies = details.policies.or(listed.policies);
        // a list emptied by a filter looks like an empty list: the counts distinguish them
        let empty =
            |list: bool, key: &str| list && file.account_summary.as_ref().is_some_and(|s| s.get(key) > Some(&0));
        let is_empty = |length: Option<usize>| length == Some(0);
        cut |= empty(is_empty(file.user_detail_list.as_ref().map(Vec::len)), "Users");
        cut |= empty(is_empty(file.role_detail_list.as_ref().map(Vec::len)), "Roles");
        cut |= empty(is_empty(file.group_detail_list.as_ref().map(Vec::len)), "Groups");
        file.is_truncated = cut.then_some(true);
        virtual_devices.agreed()?;
        file.virtual_mfa_devices = virtual_devices.is_complete().then_some(virtual_devices.records);
        certificates.agreed()?;
        file.begun.server_certificates = certificates.is_there() && !certificates.is_complete();
        file.server_certificates = certificates.is_there().then_some(certificates.records);
        aliases.agreed()?;
        file.account_aliases = aliases.is_complete().then_some(aliases.records);
        let users = file.user_detail_list.as_deref().filter(|_| !cut);
        let access_keys = access_keys.whole(users);
        let devices = devices.whole(users);
        file.access_keys = file.access_keys.or(access_keys);
        file.mfa_devices = file.mfa_devices.or(devices);
        if file.service_credentials.is_none()
            && let Some(users) = users.filter(|_| ssh_keys.is_there() || specific.is_there())
        {
            let (ssh_public_keys, mut unread) = ssh_keys.read(users);
            let (service_specific_credentials, of_specific) = specific.read(users);
            unread.extend(of_specific);
            file.begun.service_credentials_of = unread;
            file.service_credentials = Some(ServiceCredentials { ssh_public_keys, service_specific_credentials });
        }
        for known in file.open_id_connect_providers.iter_mut().flatten() {
            let url = |provider: &&OpenIdConnectProvider| {
                provider.url.as_deref().is_some_and(|url| {
                    let host = url.strip_prefix("https://").unwrap_or(url);
                    known.arn.split_once(":oidc-provider/").is_some_and(|(_, named)| named == host)
                })
            };
            if let Some(read) = providers.iter().find(url) {
                let arn = std::mem::take(&mut known.arn);
                *known = OpenIdConnectProvider { arn, ..read.clone() };
            }
        }
        Ok(file)
    }
}

/// The four lists, each if it was read.
struct Closed<'a> {
    users: Option<Vec<UserDetail<'a>>>,
    groups: Option<Vec<GroupDetail<'a>>>,
    roles: Option<Vec<RoleDetail<'a>>>,
    policies: Option<Vec<ManagedPolicy<'a>>>,
    /// A page of one of them is missing.
    cut: bool,
}

impl<'a> Details<'a> {
    fn agreed(&self) -> Result<(), SnapshotError> {
        self.users.agreed()?;
        self.groups.agreed()?;
        self.roles.agreed()?;
        self.policies.agreed()
    }

    fn closed(self) -> Closed<'a> {
        let mut cut = false;
        let users = closed(self.users, &mut cut);
        let groups = closed(self.groups, &mut cut);
        let roles = closed(self.roles, &mut cut);
        let policies = closed(self.policies, &mut cut);
        Closed { users, groups, roles, policies, cut }
    }
}
