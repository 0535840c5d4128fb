//! One account's records with their documents and names resolved, while the file's text is in memory.
//!
//! Owns: which document belongs to which attachment. Does not know other accounts, except that equal texts are one document.
//! Runs in parallel, one account at a time.

use std::collections::HashMap;
use std::sync::Arc;

use super::attachments::{Attachments, DraftAttached, DraftDocument, is_aws_managed};
use super::documents::{DocumentReader, DocumentTable};
use super::local::{Known, ParsedIx};
use super::partition;
use crate::model::account_facts::{AccountFacts, CustomerPolicy, ServiceCredential, ServiceUse, ServicesOf};
use crate::model::principal::{LastUsed, PrincipalType};
use crate::model::record::{Moment, PrincipalRecord, UserRecord};
use crate::model::ways::Credentials;
use crate::policy::{self, Outline, Outlines, Place};
use crate::snapshot::account::{AccountFile, GroupDetail, InlinePolicy, Tag, UserDetail};
use crate::snapshot::account_summary::AccountSummary;
use crate::snapshot::activity::{LastAccessed, ServiceLastAccessed};
use crate::snapshot::credential::{AccessKey, MfaDevice, ServiceCredentials};
use crate::snapshot::credential_report::CredentialReport;
use crate::snapshot::dates;
use crate::snapshot::identity_provider::SamlProvider;
use crate::snapshot::password_policy::PasswordPolicy;
use crate::snapshot::records::{InlineRecord, Records, RoleRecord};
use crate::snapshot::trail::TrailFacts;
use crate::text_hash::KeyedMap;

/// An account as read.
pub(super) struct Draft<'f> {
    pub(super) partition: Box<str>,
    /// The lists of authorization details that the file lacks.
    pub(super) missing_lists: Vec<&'static str>,
    /// Parsed documents in the order of the file; some more than once.
    pub(super) documents: Vec<ParsedIx>,
    pub(super) managed: KeyedMap<&'f str, DraftDocument>,
    pub(super) attachments: Attachments<'f>,
    pub(super) principals: Vec<DraftPrincipal>,
    pub(super) groups: Vec<DraftGroup>,
    pub(super) facts: AccountFacts,
}

pub(super) struct DraftPrincipal {
    pub(super) record: PrincipalRecord,
    /// `None` if they were not read.
    pub(super) tags: Option<Arc<[Tag]>>,
    /// Why they are not known, in a snapshot with changes.
    pub(super) unknown_tags: Option<Box<str>>,
    pub(super) policies: Box<[DraftAttached]>,
    pub(super) boundary: Option<DraftAttached>,
    pub(super) trust: Option<DraftDocument>,
}

pub(super) struct DraftGroup {
    pub(super) name: String,
    pub(super) arn: String,
    pub(super) policies: Vec<DraftAttached>,
}

impl<'f> Draft<'f> {
    /// Resolves a file's records.
    pub(super) fn new(
        file: &'f AccountFile<'_>,
        records: &Records<'f>,
        table: &DocumentTable,
        documents: &mut DocumentReader,
    ) -> Self {
        let lists = [
            ("UserDetailList", file.user_detail_list.is_none()),
            ("GroupDetailList", file.group_detail_list.is_none()),
            ("RoleDetailList", !records.has_roles),
            ("Policies", !records.has_policies),
            (
                "pages after the first",
                file.is_truncated == Some(true) || file.next_token.is_some() || file.marker.is_some(),
            ),
        ];
        let report = file.credential_report.as_deref().map(CredentialReport::read);
        let mut reader = Reader {
            table,
            documents: &mut *documents,
            read: Vec::new(),
            attachments: Attachments::default(),
            managed: KeyedMap::default(),
            groups: HashMap::new(),
            credentials: Credentials::new(file, report.as_ref()),
        };
        for policy in &records.managed {
            let document = match (policy.unknown, policy.document) {
                (Some(why), _) => reader.attachments.missing(why.to_owned()),
                (None, Some(text)) => reader.document(Place::Identity, text, None),
                (None, None) => reader
                    .attachments
                    .missing(format!("the default version of `{}` is not in the snapshot", policy.arn)),
            };
            reader.managed.insert(policy.arn, document);
        }
        let groups = file.group_detail_list.iter().flatten().map(|group| reader.group(group)).collect();
        let mut principals: Vec<_> = records.roles.iter().map(|role| reader.role(records, role)).collect();
        principals.extend(file.user_detail_list.iter().flatten().map(|user| reader.user(user)));
        sort(&mut principals);
        let Reader { read, managed, mut attachments, .. } = reader;
        attachments.share_labels(&mut documents.labels);
        Self {
            partition: partition::of_file(file, records),
            missing_lists: lists.iter().filter(|(_, missing)| *missing).map(|(name, _)| *name).collect(),
            documents: read,
            managed,
            attachments,
            principals,
            groups,
            facts: AccountFacts { credential_report: report, ..facts(file, records) },
        }
    }
}

/// Sorts by kind and name. A role on two pages is one role: the later record wins.
fn sort(principals: &mut Vec<DraftPrincipal>) {
    fn key(principal: &DraftPrincipal) -> (PrincipalType, &str) {
        (principal.record.kind, principal.record.name())
    }
    principals.sort_by(|a, b| key(a).cmp(&key(b)));
    principals.reverse();
    principals.dedup_by(|a, b| key(a) == key(b));
    principals.reverse();
}

struct Reader<'t, 'f, 'c> {
    table: &'t DocumentTable,
    documents: &'t mut DocumentReader,
    read: Vec<ParsedIx>,
    attachments: Attachments<'f>,
    credentials: Credentials<'c>,
    managed: KeyedMap<&'f str, DraftDocument>,
    /// The policies that each group gives its members.
    groups: HashMap<String, Vec<DraftAttached>>,
}

impl<'f> Reader<'_, 'f, '_> {
    fn document(&mut self, place: Place, text: &str, outline: Option<(&Outlines<'_>, Outline)>) -> DraftDocument {
        let known = self.table.find(place, text, outline, self.documents);
        if let Known::Parsed(ix) = known {
            self.read.push(ix);
        }
        DraftDocument::Known(known)
    }

    fn group(&mut self, group: &'f GroupDetail<'_>) -> DraftGroup {
        let listed_only = group.attached_managed_policies.is_none() || group.group_policy_list.is_none();
        let inline = group.group_policy_list.iter().flatten().map(inline);
        let managed = group.attached_managed_policies.iter().flatten().map(|p| (&*p.policy_name, &*p.policy_arn));
        let own = self.policies(inline, &Outlines::default(), managed, listed_only);
        let name: &'f str = &group.group_name;
        let to_members = own.iter().map(|attached| self.attachments.of_member(*attached, name)).collect();
        self.groups.insert(name.to_lowercase(), to_members);
        DraftGroup { name: name.to_owned(), arn: group.arn.to_string(), policies: own }
    }

    fn user(&mut self, user: &'f UserDetail<'_>) -> DraftPrincipal {
        // inline policies are omitted if a user has none, the other two lists never are
        let listed_only = user.attached_managed_policies.is_none() || user.group_list.is_none();
        let inline = user.user_policy_list.iter().flatten().map(inline);
        let managed = user.attached_managed_policies.iter().flatten().map(|p| (&*p.policy_name, &*p.policy_arn));
        let mut policies = self.policies(inline, &Outlines::default(), managed, listed_only);
        let mut groups: Vec<&'f str> = user.group_list.iter().flatten().map(String::as_str).collect();
        groups.sort_unstable();
        for group in &groups {
            match self.groups.get(&group.to_lowercase()) {
                Some(brought) => policies.extend(brought),
                None => {
                    let document = self.attachments.missing(format!("group `{group}` is not in the snapshot"));
                    policies.push(self.attachments.of_group(document, group));
                }
            }
        }
        let mut record = PrincipalRecord::new(PrincipalType::User, &user.user_name, &user.path, &user.user_id);
        record.created = Moment::new(user.create_date.as_deref().and_then(dates::read));
        record.set_user(UserRecord {
            groups: user.group_list.is_some().then(|| groups.into_iter().map(Into::into).collect()),
            sign_in: self.credentials.of(&user.arn, &user.user_name),
        });
        let boundary = user.permissions_boundary.as_ref().map(|boundary| &*boundary.permissions_boundary_arn);
        DraftPrincipal {
            record,
            tags: user
                .tags
                .as_deref()
                .or((!listed_only).then_some(&[]))
                .filter(|_| user.unknown_tags.is_none())
                .map(Into::into),
            unknown_tags: user.unknown_tags.map(Into::into),
            policies: policies.into(),
            boundary: self.boundary(boundary, listed_only),
            trust: None,
        }
    }

    fn role(&mut self, records: &Records<'f>, role: &RoleRecord<'f>) -> DraftPrincipal {
        let trust = match (role.unknown_trust, role.trust) {
            (Some(why), _) => self.attachments.missing(why.to_owned()),
            (None, Some(text)) => self.document(Place::Trust, text, None),
            (None, None) => self.attachments.missing("the trust policy is not in the snapshot".to_owned()),
        };
        let (own, managed) = (records.inline_of(role), records.attached_of(role));
        let listed_only = own.is_none() || managed.is_none();
        let inline = own.unwrap_or_default().iter().copied();
        let managed = managed.unwrap_or_default().iter().map(|p| (p.name, p.arn));
        let policies = self.policies(inline, &records.outlines, managed, listed_only);
        let mut record = PrincipalRecord::new(PrincipalType::Role, role.name, role.path, role.unique_id);
        record.created = Moment::new(role.created.and_then(dates::read));
        record.set_last_used(last_used(role.last_used));
        record.set_max_session(role.max_session_seconds);
        record.set_profiles(records.profiles_of(role));
        DraftPrincipal {
            record,
            // a principal without tags may have no `Tags` in its details; in a plain list no principal has them
            tags: role
                .tags
                .clone()
                .or_else(|| (!listed_only).then(Default::default))
                .filter(|_| role.unknown_tags.is_none()),
            unknown_tags: role.unknown_tags.map(Into::into),
            policies: policies.into(),
            boundary: self.boundary(role.boundary, listed_only),
            trust: Some(trust),
        }
    }

    /// Inline and managed policies, in order of name, so that equal sets are equal lists; and the stand-in for those that a plain
    /// list does not have.
    fn policies(
        &mut self,
        inline: impl Iterator<Item = InlineRecord<'f>>,
        outlines: &Outlines<'_>,
        managed: impl Iterator<Item = (&'f str, &'f str)>,
        listed_only: bool,
    ) -> Vec<DraftAttached> {
        let mut list = Vec::new();
        for InlineRecord { name, document, outline, unknown } in inline {
            let document = match unknown {
                Some(why) => self.attachments.missing(why.to_owned()),
                None => self.document(Place::Identity, document, outline.map(|outline| (outlines, outline))),
            };
            list.push(self.attachments.inline(document, name));
        }
        for (name, arn) in managed {
            let document = self.managed_document(arn);
            let name = if name.is_empty() { arn.rsplit('/').next().unwrap_or_default() } else { name };
            list.push(self.attachments.managed(document, name, arn));
        }
        if list.len() > 1 {
            list.sort_by(|a, b| self.attachments.label_of(*a).cmp(&self.attachments.label_of(*b)));
        }
        if listed_only {
            list.push(self.attachments.unread_policies());
        }
        list
    }

    /// Lists of users and roles do not include boundaries: if nothing else was read, there may be one.
    fn boundary(&mut self, arn: Option<&'f str>, listed_only: bool) -> Option<DraftAttached> {
        let Some(arn) = arn else { return listed_only.then(|| self.attachments.unread_boundary()) };
        let document = self.managed_document(arn);
        Some(self.attachments.managed(document, arn.rsplit('/').next().unwrap_or(arn), arn))
    }

    fn managed_document(&mut self, arn: &'f str) -> DraftDocument {
        if let Some(found) = self.managed.get(arn) {
            return *found;
        }
        if is_aws_managed(arn) {
            self.attachments.aws_managed(arn)
        } else {
            self.attachments.missing(format!("managed policy `{arn}` is not in the snapshot"))
        }
    }
}

fn inline<'f>(policy: &'f InlinePolicy<'_>) -> InlineRecord<'f> {
    InlineRecord {
        name: &policy.policy_name,
        document: policy.policy_document.get(),
        outline: None,
        unknown: policy.unknown,
    }
}

/// An absent date is "not within the tracking period"; one that cannot be parsed is unknown.
fn last_used(record: Option<Option<&str>>) -> LastUsed {
    match record {
        None => LastUsed::NotCollected,
        Some(None) => LastUsed::Never,
        Some(Some(date)) => dates::read(date).map_or(LastUsed::NotCollected, LastUsed::At),
    }
}

fn facts(file: &AccountFile<'_>, records: &Records<'_>) -> AccountFacts {
    let owners = |devices: &Vec<_>| {
        let users = devices.iter().filter_map(|d: &crate::snapshot::credential::VirtualMfaDevice<'_>| d.user.as_ref());
        users.map(|user| user.arn.to_string()).collect()
    };
    let kinds = |devices: &Vec<MfaDevice>| {
        let mut kinds: Vec<_> = devices.iter().map(|device| (device.user_name.as_str().into(), device.kind)).collect();
        kinds.sort();
        kinds
    };
    let by_user = |keys: &Vec<AccessKey>| {
        let mut keys = keys.clone();
        keys.sort_by(|a, b| (&a.user_name, &a.access_key_id).cmp(&(&b.user_name, &b.access_key_id)));
        keys
    };
    // a policy that cannot be read is not known, like one that was not collected
    let password_policy = file.password_policy.as_ref().and_then(|policy| match policy {
        Some(raw) => PasswordPolicy::read(raw).map(Some),
        None => Some(None),
    });
    AccountFacts {
        present: records.facets.clone(),
        groups: Vec::new(),
        summary: file.account_summary.as_ref().map(AccountSummary::read),
        credential_report: None,
        virtual_mfa_users: file.virtual_mfa_devices.as_ref().map(owners),
        mfa_devices: file.mfa_devices.as_ref().map(kinds),
        access_keys: file.access_keys.as_ref().map(by_user),
        password_policy,
        oidc_providers: file
            .open_id_connect_providers
            .as_ref()
            .map(|list| list.iter().map(|p| p.arn.clone()).collect()),
        saml_providers: file.saml_providers.as_ref().map(|list| list.iter().map(|p| p.arn.clone()).collect()),
        saml_valid_until: file.saml_providers.iter().flatten().map(SamlProvider::valid_until).collect(),
        aliases: file.account_aliases.clone(),
        trails: file.trails.as_ref().map(|trails| trails.iter().map(TrailFacts::read).collect()),
        last_accessed: file.last_accessed.as_ref().map(|entries| services(entries)),
        server_certificates: file.server_certificates.clone(),
        service_credentials: file.service_credentials.as_ref().map(service_credentials),
        begun: file.begun.clone(),
        customer_policies: records.has_policies.then(|| customer_policies(records)),
    }
}

/// What users sign in to single services with, by user name.
fn service_credentials(of: &ServiceCredentials) -> Vec<ServiceCredential> {
    let is_active = |status: &Option<String>| status.as_deref().map(|status| status.eq_ignore_ascii_case("active"));
    let ssh = of.ssh_public_keys.iter().map(|key| ServiceCredential {
        user: key.user_name.clone(),
        service: String::new(),
        id: key.ssh_public_key_id.clone(),
        is_active: is_active(&key.status),
        created: key.upload_date.as_deref().and_then(dates::read),
    });
    let specific = of.service_specific_credentials.iter().map(|of| ServiceCredential {
        user: of.user_name.clone(),
        service: of.service_name.strip_suffix(".amazonaws.com").unwrap_or(&of.service_name).to_owned(),
        id: of.service_specific_credential_id.clone(),
        is_active: is_active(&of.status),
        created: of.create_date.as_deref().and_then(dates::read),
    });
    let mut all: Vec<ServiceCredential> = ssh.chain(specific).collect();
    all.sort();
    all
}

/// What the account's users and roles may use and have used, by ARN; left out are those of whom not all was read.
fn services(entries: &[LastAccessed]) -> Vec<ServicesOf> {
    let used = |service: &ServiceLastAccessed| {
        let last_used = match &service.last_authenticated {
            // a date that cannot be read is no "never"
            Some(date) => Some(dates::read(date)?),
            None => None,
        };
        Some(ServiceUse { prefix: service.service_namespace.as_str().into(), last_used })
    };
    let of = |entry: &LastAccessed| {
        let services = entry.services()?.iter().map(used).collect::<Option<_>>()?;
        Some(ServicesOf { arn: entry.arn.as_str().into(), services })
    };
    let mut services: Vec<ServicesOf> = entries.iter().filter_map(of).collect();
    services.sort_by(|a, b| a.arn.cmp(&b.arn));
    services
}

/// AWS's own policies are in the file of every account that uses them, and not the account's.
fn customer_policies(records: &Records<'_>) -> Box<[CustomerPolicy]> {
    let own = records.managed.iter().filter(|policy| !is_aws_managed(policy.arn));
    let facts = own.map(|policy| CustomerPolicy {
        arn: policy.arn.into(),
        versions: policy.versions,
        size: policy.document.and_then(policy::size),
        document: None,
    });
    facts.collect()
}
