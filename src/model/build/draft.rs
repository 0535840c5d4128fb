//! One account file as owned records: what the build works on once the file's text is dropped.
//!
//! Owns: which document belongs to which attachment, and each account's distinct documents by digest. Does not know
//! other accounts. Runs in parallel, one account at a time.

use std::collections::HashMap;

use jiff::Timestamp;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use super::local::LocalDocumentIx;
use crate::arn::Arn;
use crate::id_vec::IdVec;
use crate::model::account::AccountFacts;
use crate::model::principal::{LastUsed, Origin, PrincipalType};
use crate::model::ways::{Credentials, SignIn};
use crate::snapshot::account::{
    AccountFile, AttachedBoundary, AttachedPolicy, GroupDetail, InlinePolicy, ManagedPolicy, RoleDetail, RoleLastUsed,
    Tag, UserDetail,
};
use crate::snapshot::account_summary::AccountSummary;
use crate::snapshot::credential_report::CredentialReport;
use crate::snapshot::dates;

/// An account as read.
pub(super) struct Draft {
    pub(super) partition: Box<str>,
    /// The lists of authorization details that the file lacks.
    pub(super) missing_lists: Vec<&'static str>,
    pub(super) documents: IdVec<LocalDocumentIx, DraftDocument>,
    pub(super) managed: HashMap<Box<str>, DocumentRef>,
    pub(super) principals: Vec<DraftPrincipal>,
    pub(super) groups: Vec<DraftGroup>,
    pub(super) facts: AccountFacts,
}

/// A distinct document of one account.
pub(super) struct DraftDocument {
    pub(super) digest: [u8; 32],
    pub(super) json: Box<str>,
}

/// Where an attachment's document is.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum DocumentRef {
    /// In the draft's documents.
    Local(LocalDocumentIx),
    /// An AWS managed policy that this file does not hold; another account's may.
    AwsManaged(Box<str>),
    /// Nowhere.
    Missing(Box<str>),
}

#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct DraftAttached {
    pub(super) document: DocumentRef,
    pub(super) name: Box<str>,
    pub(super) origin: Origin,
}

pub(super) struct DraftPrincipal {
    pub(super) kind: PrincipalType,
    pub(super) name: Box<str>,
    pub(super) path: Box<str>,
    pub(super) unique_id: Box<str>,
    pub(super) created: Option<Timestamp>,
    /// `None` if they were not read.
    pub(super) tags: Option<Box<[Tag]>>,
    /// `None` if they were not read.
    pub(super) groups: Option<Box<[Box<str>]>>,
    pub(super) policies: Vec<DraftAttached>,
    pub(super) boundary: Option<DraftAttached>,
    pub(super) trust: Option<DocumentRef>,
    pub(super) last_used: LastUsed,
    pub(super) sign_in: SignIn,
}

pub(super) struct DraftGroup {
    pub(super) name: String,
    pub(super) arn: String,
    pub(super) policies: Vec<DraftAttached>,
}

/// Distinct documents while a file is being read, keyed by their text.
#[derive(Default)]
struct Documents<'a> {
    by_text: HashMap<&'a str, LocalDocumentIx>,
    list: IdVec<LocalDocumentIx, DraftDocument>,
}

impl<'a> Documents<'a> {
    fn add(&mut self, raw: &'a RawValue) -> DocumentRef {
        let text = raw.get();
        let list = &mut self.list;
        let at = *self.by_text.entry(text).or_insert_with(|| {
            list.push(DraftDocument { digest: Sha256::digest(text.as_bytes()).into(), json: text.into() })
        });
        DocumentRef::Local(at)
    }
}

impl Draft {
    /// Reads a file's records.
    pub(super) fn new(file: AccountFile<'_>) -> Self {
        let lists = [
            ("UserDetailList", file.user_detail_list.is_none()),
            ("GroupDetailList", file.group_detail_list.is_none()),
            ("RoleDetailList", file.role_detail_list.is_none()),
            ("Policies", file.policies.is_none()),
            (
                "pages after the first",
                file.is_truncated == Some(true) || file.next_token.is_some() || file.marker.is_some(),
            ),
        ];
        let mut documents = Documents::default();
        let managed =
            file.policies.iter().flatten().map(|p| (Box::from(&*p.arn), default_version(p, &mut documents))).collect();
        let report = file.credential_report.as_deref().map(CredentialReport::read);
        let credentials = Credentials::new(&file, report.as_ref());
        let mut reader = Reader { documents, managed, groups: HashMap::new(), credentials };
        let mut groups = Vec::new();
        for group in file.group_detail_list.iter().flatten() {
            groups.push(reader.group(group));
        }
        let mut principals: Vec<_> = file.role_detail_list.iter().flatten().map(|r| reader.role(r)).collect();
        principals.extend(file.user_detail_list.iter().flatten().map(|u| reader.user(u)));
        principals.sort_by(|a, b| (a.kind, &a.name).cmp(&(b.kind, &b.name)));
        // a role on two pages is one role: the later record wins
        principals.reverse();
        principals.dedup_by(|a, b| (a.kind, &a.name) == (b.kind, &b.name));
        principals.reverse();
        let Reader { documents, managed, .. } = reader;
        Self {
            partition: partition(&file),
            missing_lists: lists.iter().filter(|(_, missing)| *missing).map(|(name, _)| *name).collect(),
            documents: documents.list,
            managed,
            principals,
            groups,
            facts: AccountFacts { credential_report: report, ..facts(file) },
        }
    }
}

struct Reader<'a, 'f> {
    documents: Documents<'a>,
    credentials: Credentials<'f>,
    managed: HashMap<Box<str>, DocumentRef>,
    /// The policies that each group gives its members.
    groups: HashMap<String, Vec<DraftAttached>>,
}

impl<'a> Reader<'a, '_> {
    fn group(&mut self, group: &GroupDetail<'a>) -> DraftGroup {
        let listed_only = group.attached_managed_policies.is_none() || group.group_policy_list.is_none();
        let mut own = self.attachments(&group.group_policy_list, &group.attached_managed_policies);
        own.extend(listed_only.then(unread_policies));
        let name = group.group_name.to_string();
        let to_members = own.iter().cloned().map(|mut attached| {
            attached.origin = match attached.origin {
                Origin::Managed => Origin::GroupManaged(name.as_str().into()),
                _ => Origin::GroupInline(name.as_str().into()),
            };
            attached
        });
        self.groups.insert(name.to_lowercase(), to_members.collect());
        DraftGroup { name, arn: group.arn.to_string(), policies: own }
    }

    fn user(&mut self, user: &UserDetail<'a>) -> DraftPrincipal {
        // inline policies are omitted if a user has none, the other two lists never are
        let listed_only = user.attached_managed_policies.is_none() || user.group_list.is_none();
        let mut policies = self.attachments(&user.user_policy_list, &user.attached_managed_policies);
        policies.extend(listed_only.then(unread_policies));
        let mut groups: Vec<Box<str>> = user.group_list.iter().flatten().map(|g| g.as_str().into()).collect();
        groups.sort();
        for group in &groups {
            match self.groups.get(&group.to_lowercase()) {
                Some(brought) => policies.extend(brought.iter().cloned()),
                None => policies.push(DraftAttached {
                    document: DocumentRef::Missing(format!("group `{group}` is not in the snapshot").into()),
                    name: group.clone(),
                    origin: Origin::GroupInline(group.clone()),
                }),
            }
        }
        DraftPrincipal {
            kind: PrincipalType::User,
            name: boxed(&user.user_name),
            path: boxed(&user.path),
            unique_id: boxed(&user.user_id),
            created: time(user.create_date.as_deref()),
            tags: tags(user.tags.as_deref(), listed_only),
            groups: user.group_list.is_some().then(|| groups.into()),
            policies,
            boundary: self.boundary(user.permissions_boundary.as_ref(), listed_only),
            trust: None,
            last_used: LastUsed::NotCollected,
            sign_in: self.credentials.of(&user.arn, &user.user_name),
        }
    }

    fn role(&mut self, role: &RoleDetail<'a>) -> DraftPrincipal {
        let trust = match role.assume_role_policy_document {
            Some(raw) => self.documents.add(raw),
            None => DocumentRef::Missing("the trust policy is not in the snapshot".into()),
        };
        let listed_only = role.attached_managed_policies.is_none() || role.role_policy_list.is_none();
        let mut policies = self.attachments(&role.role_policy_list, &role.attached_managed_policies);
        policies.extend(listed_only.then(unread_policies));
        DraftPrincipal {
            kind: PrincipalType::Role,
            name: boxed(&role.role_name),
            path: boxed(&role.path),
            unique_id: boxed(&role.role_id),
            created: time(role.create_date.as_deref()),
            tags: tags(role.tags.as_deref(), listed_only),
            groups: Some(Box::default()),
            policies,
            boundary: self.boundary(role.permissions_boundary.as_ref(), listed_only),
            trust: Some(trust),
            last_used: last_used(role.role_last_used.as_ref()),
            sign_in: SignIn::default(),
        }
    }

    /// Inline and managed policies, in order of name, so that equal sets are equal lists.
    fn attachments(
        &mut self,
        inline: &Option<Vec<InlinePolicy<'a>>>,
        managed: &Option<Vec<AttachedPolicy<'a>>>,
    ) -> Vec<DraftAttached> {
        let mut list = Vec::new();
        for policy in inline.iter().flatten() {
            let document = self.documents.add(policy.policy_document);
            list.push(DraftAttached { document, name: boxed(&policy.policy_name), origin: Origin::Inline });
        }
        for policy in managed.iter().flatten() {
            let document = self.managed_document(&policy.policy_arn);
            list.push(DraftAttached { document, name: policy_name(policy), origin: Origin::Managed });
        }
        list.sort_by(|a, b| (&a.origin, &a.name).cmp(&(&b.origin, &b.name)));
        list
    }

    /// Lists of users and roles do not include boundaries: if nothing else was read, there may be one.
    fn boundary(&self, boundary: Option<&AttachedBoundary<'_>>, listed_only: bool) -> Option<DraftAttached> {
        let Some(boundary) = boundary else { return listed_only.then(unread_boundary) };
        let arn = &boundary.permissions_boundary_arn;
        let name = arn.rsplit('/').next().unwrap_or(arn).into();
        Some(DraftAttached { document: self.managed_document(arn), name, origin: Origin::Managed })
    }

    fn managed_document(&self, arn: &str) -> DocumentRef {
        if let Some(found) = self.managed.get(arn) {
            return found.clone();
        }
        match Arn::parse(arn) {
            Some(parsed) if parsed.account == "aws" => DocumentRef::AwsManaged(arn.into()),
            _ => DocumentRef::Missing(format!("managed policy `{arn}` is not in the snapshot").into()),
        }
    }
}

fn default_version<'a>(policy: &ManagedPolicy<'a>, documents: &mut Documents<'a>) -> DocumentRef {
    let versions = policy.policy_version_list.as_deref().unwrap_or_default();
    let default = versions
        .iter()
        .find(|v| !policy.default_version_id.is_empty() && v.version_id == policy.default_version_id)
        .or_else(|| versions.iter().find(|v| v.is_default_version));
    match default.and_then(|v| v.document) {
        Some(raw) => documents.add(raw),
        None => DocumentRef::Missing(format!("the default version of `{}` is not in the snapshot", policy.arn).into()),
    }
}

fn policy_name(policy: &AttachedPolicy<'_>) -> Box<str> {
    if policy.policy_name.is_empty() {
        policy.policy_arn.rsplit('/').next().unwrap_or_default().into()
    } else {
        boxed(&policy.policy_name)
    }
}

fn boxed(text: &str) -> Box<str> {
    text.into()
}

/// The placeholder for policies that a record does not include: ListUsers, ListRoles and ListGroups do not (semantics
/// in docs/import.md). The text is the same for all, so that they form one class.
fn unread_policies() -> DraftAttached {
    DraftAttached {
        document: DocumentRef::Missing("users, roles or groups were listed without their policies".into()),
        name: "policies that were not read".into(),
        origin: Origin::Inline,
    }
}

fn unread_boundary() -> DraftAttached {
    DraftAttached {
        document: DocumentRef::Missing("users or roles were listed without their permissions boundaries".into()),
        name: "boundary that was not read".into(),
        origin: Origin::Managed,
    }
}

/// A principal without tags may have no `Tags` in its details; in a plain list no principal has them.
fn tags(tags: Option<&[Tag]>, listed_only: bool) -> Option<Box<[Tag]>> {
    match tags {
        Some(tags) => Some(tags.into()),
        None => (!listed_only).then(Box::default),
    }
}

fn time(text: Option<&str>) -> Option<Timestamp> {
    text.and_then(dates::read)
}

/// An absent date is "not within the tracking period"; one that cannot be parsed is unknown.
fn last_used(record: Option<&RoleLastUsed>) -> LastUsed {
    match record.map(|used| used.last_used_date.as_deref()) {
        None => LastUsed::NotCollected,
        Some(None) => LastUsed::Never,
        Some(date) => time(date).map_or(LastUsed::NotCollected, LastUsed::At),
    }
}

/// From the first ARN in the file; `aws` if it has none.
fn partition(file: &AccountFile<'_>) -> Box<str> {
    let role = file.role_detail_list.iter().flatten().map(|r| &*r.arn).next();
    let any = role.or_else(|| file.user_detail_list.iter().flatten().map(|u| &*u.arn).next());
    any.and_then(Arn::parse).map_or("aws", |arn| arn.partition).into()
}

fn facts(file: AccountFile<'_>) -> AccountFacts {
    AccountFacts {
        present: file.facets(),
        groups: Vec::new(),
        summary: file.account_summary.as_ref().map(AccountSummary::read),
        credential_report: None,
        virtual_mfa_users: file
            .virtual_mfa_devices
            .map(|devices| devices.iter().filter_map(|d| d.user.as_ref()).map(|u| u.arn.to_string()).collect()),
        oidc_providers: file.open_id_connect_providers.map(|list| list.into_iter().map(|p| p.arn).collect()),
        saml_providers: file.saml_providers.map(|list| list.into_iter().map(|p| p.arn).collect()),
        aliases: file.account_aliases,
    }
}
