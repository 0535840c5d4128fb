//! One account's tables: principals, classes and groups, their documents resolved.
//!
//! Owns: what makes two principals one class. Does not know other accounts, so it runs in parallel.

use std::collections::HashMap;

use super::documents::DocumentTable;
use super::draft::{DocumentRef, Draft, DraftAttached, DraftPrincipal};
use super::local::{
    LocalAttached, LocalClass, LocalClassIx, LocalDocument, LocalDocumentIx, LocalGapIx, LocalGaps, LocalGroup,
    LocalPrincipal, LocalPrincipalIx, Pending, Slot,
};
use crate::facet::Facet;
use crate::id_vec::IdVec;
use crate::ids::AccountId;
use crate::model::account::AccountFacts;
use crate::model::principal::PrincipalType;
use crate::model::ways::Ways;
use crate::snapshot::ledger::Gap;

/// What makes principals of an account a class. The names of policies are part of it: evidence names the policy, and
/// takes the name from the class.
#[derive(PartialEq, Eq, Hash)]
struct ClassKey {
    kind: PrincipalType,
    policies: Vec<DraftAttached>,
    boundary: Option<DraftAttached>,
    ways: Ways,
}

/// An account, ready to be appended.
pub(super) struct Tables {
    pub(super) partition: Box<str>,
    pub(super) missing_lists: Vec<&'static str>,
    /// Without groups.
    pub(super) facts: AccountFacts,
    pub(super) groups: Vec<LocalGroup>,
    pub(super) principals: IdVec<LocalPrincipalIx, LocalPrincipal>,
    pub(super) classes: IdVec<LocalClassIx, LocalClass>,
    pub(super) gaps: LocalGaps,
    /// AWS managed policies that this account's file holds.
    pub(super) aws_managed: Vec<(Box<str>, LocalDocument)>,
    /// AWS managed policies that the file does not hold.
    pub(super) pending: Vec<Pending>,
}

impl Tables {
    pub(super) fn new(id: AccountId, draft: Draft, documents: &DocumentTable) -> Self {
        let digests = draft.documents.iter().map(|d| d.digest).collect();
        let mut resolver = Resolver { id, digests, documents, gaps: IdVec::default(), tags: None };
        let mut groups = Vec::new();
        for group in draft.groups {
            let policies = group.policies.iter().map(|a| resolver.attached(a)).collect();
            groups.push(LocalGroup { name: group.name, arn: group.arn, policies });
        }
        let mut shared: Vec<_> = draft.managed.iter().filter(|(arn, _)| arn.contains("::aws:policy/")).collect();
        shared.sort_by_key(|(arn, _)| *arn);
        let aws_managed = shared.into_iter().map(|(arn, r)| (arn.clone(), resolver.document(r, arn))).collect();
        let mut tables = Self {
            partition: draft.partition,
            missing_lists: draft.missing_lists,
            facts: draft.facts,
            groups,
            principals: IdVec::with_capacity(draft.principals.len()),
            classes: IdVec::default(),
            gaps: IdVec::default(),
            aws_managed,
            pending: Vec::new(),
        };
        tables.add_principals(&mut resolver, draft.principals);
        tables.gaps = resolver.gaps;
        tables
    }

    fn add_principals(&mut self, resolver: &mut Resolver<'_>, drafts: Vec<DraftPrincipal>) {
        let mut known = HashMap::<ClassKey, LocalClassIx>::new();
        for draft in drafts {
            let key = ClassKey {
                kind: draft.kind,
                policies: draft.policies,
                boundary: draft.boundary,
                ways: draft.sign_in.ways,
            };
            let class = match known.get(&key) {
                Some(class) => *class,
                None => {
                    let class = self.add_class(resolver, &key);
                    known.insert(key, class);
                    class
                }
            };
            self.classes[class].members.push(self.principals.next_index());
            let trust = draft.trust.as_ref();
            self.principals.push(LocalPrincipal {
                class,
                kind: draft.kind,
                trust: trust.map(|trust| resolver.document(trust, &format!("trust of {}", draft.name))),
                name: draft.name,
                path: draft.path,
                unique_id: draft.unique_id,
                created: draft.created,
                tags_gap: draft.tags.is_none().then(|| resolver.tags_gap()),
                tags: draft.tags,
                groups: draft.groups,
                last_used: draft.last_used,
                sign_in: draft.sign_in,
            });
        }
    }

    fn add_class(&mut self, resolver: &mut Resolver<'_>, key: &ClassKey) -> LocalClassIx {
        let class = self.classes.next_index();
        let policies = key.policies.iter().enumerate().map(|(at, attached)| (Slot::Policy(at), attached));
        for (slot, attached) in policies.chain(key.boundary.iter().map(|attached| (Slot::Boundary, attached))) {
            if let DocumentRef::AwsManaged(arn) = &attached.document {
                self.pending.push(Pending { class, slot, arn: arn.clone() });
            }
        }
        let policies = key.policies.iter().map(|a| resolver.attached(a)).collect();
        let boundary = key.boundary.as_ref().map(|a| resolver.attached(a));
        self.classes.push(LocalClass { kind: key.kind, policies, boundary, members: Vec::new() })
    }
}

/// From references to documents; an absent document becomes missing data of the account.
struct Resolver<'a> {
    id: AccountId,
    digests: IdVec<LocalDocumentIx, [u8; 32]>,
    documents: &'a DocumentTable,
    gaps: LocalGaps,
    tags: Option<LocalGapIx>,
}

impl Resolver<'_> {
    /// The missing data for tags that were not read: one entry per account.
    fn tags_gap(&mut self) -> LocalGapIx {
        *self.tags.get_or_insert_with(|| {
            let reason = "users or roles were listed without their tags".to_owned();
            self.gaps.push(Gap { scope: self.id.into(), facet: Facet::AuthorizationDetails, reason })
        })
    }

    fn attached(&mut self, draft: &DraftAttached) -> LocalAttached {
        let document = self.document(&draft.document, &draft.name);
        LocalAttached { document, name: draft.name.clone(), origin: draft.origin.clone() }
    }

    fn document(&mut self, reference: &DocumentRef, what: &str) -> LocalDocument {
        let reason = match reference {
            DocumentRef::Local(ix) => match self.documents.by_digest.get(&self.digests[*ix]) {
                Some(Ok(ix)) => return LocalDocument::Parsed(*ix),
                Some(Err(why)) => format!("policy `{what}` does not parse: {why}"),
                None => format!("policy `{what}` is not in the snapshot"),
            },
            DocumentRef::AwsManaged(arn) => format!("AWS managed policy `{arn}` is in no account's file"),
            DocumentRef::Missing(why) => why.to_string(),
        };
        LocalDocument::Missing(self.gaps.push(Gap { scope: self.id.into(), facet: Facet::PolicyDocument, reason }))
    }
}
