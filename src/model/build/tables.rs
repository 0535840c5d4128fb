//! One account's tables: principals, classes and groups, their documents resolved.
//!
//! Owns: what makes two principals one class. Does not know other accounts, so it runs in parallel.

use super::attachments::{Absent, Attachments, DraftAttached, DraftDocument};
use super::documents::DocumentTable;
use super::draft::{Draft, DraftPrincipal};
use super::local::{
    Known, LocalAttached, LocalClass, LocalClassIx, LocalDocument, LocalGapIx, LocalGaps, LocalGroup, LocalMembers,
    LocalPrincipal, LocalPrincipalIx, ParsedIx, Pending,
};
use crate::facet::Facet;
use crate::id_vec::IdVec;
use crate::ids::AccountId;
use crate::model::account_facts::{AccountFacts, CustomerPolicy};
use crate::model::principal::PrincipalType;
use crate::model::ways::Ways;
use crate::snapshot::ledger::Gap;
use crate::text_hash::KeyedMap;

/// What makes principals of an account a class.
#[derive(PartialEq, Eq, Hash)]
struct ClassKey {
    kind: PrincipalType,
    policies: Box<[DraftAttached]>,
    boundary: Option<DraftAttached>,
    ways: Ways,
}

/// An account, ready to be appended.
pub(super) struct Tables {
    pub(super) id: AccountId,
    pub(super) partition: Box<str>,
    pub(super) missing_lists: Vec<&'static str>,
    /// Without groups.
    pub(super) facts: AccountFacts,
    /// The documents of the account's own managed policies, in their order.
    pub(super) customer_documents: Vec<Option<ParsedIx>>,
    pub(super) groups: Vec<LocalGroup>,
    pub(super) principals: IdVec<LocalPrincipalIx, LocalPrincipal>,
    pub(super) classes: IdVec<LocalClassIx, LocalClass>,
    pub(super) members: LocalMembers,
    pub(super) gaps: LocalGaps,
    /// Parsed documents in the order of the file.
    pub(super) documents: Vec<ParsedIx>,
    /// AWS managed policies that this account's file holds.
    pub(super) aws_managed: Vec<(Box<str>, LocalDocument)>,
    /// AWS managed policies that the file does not hold.
    pub(super) pending: Vec<Pending>,
}

impl Tables {
    pub(super) fn new(id: AccountId, draft: Draft<'_>, documents: &DocumentTable) -> Self {
        let attachments = &draft.attachments;
        let mut resolver = Resolver { id, attachments, documents, gaps: IdVec::default(), tags: None };
        let mut groups = Vec::new();
        for group in draft.groups {
            let policies = group.policies.iter().map(|a| resolver.attached(*a)).collect();
            groups.push(LocalGroup { name: group.name, arn: group.arn, policies });
        }
        let mut shared: Vec<_> = draft.managed.iter().filter(|(arn, _)| arn.contains("::aws:policy/")).collect();
        shared.sort_by_key(|(arn, _)| *arn);
        let aws_managed = shared
            .into_iter()
            .map(|(arn, document)| (Box::from(*arn), resolver.document(*document, || (*arn).to_owned())))
            .collect();
        let mut tables = Self {
            id,
            partition: draft.partition,
            missing_lists: draft.missing_lists,
            customer_documents: customer_documents(&draft.facts, &draft.managed),
            facts: draft.facts,
            groups,
            principals: IdVec::with_capacity(draft.principals.len()),
            classes: IdVec::default(),
            members: Vec::new(),
            gaps: IdVec::default(),
            documents: draft.documents,
            aws_managed,
            pending: Vec::new(),
        };
        tables.add_principals(&mut resolver, draft.principals);
        tables.gaps = resolver.gaps;
        tables
    }

    fn add_principals(&mut self, resolver: &mut Resolver<'_>, drafts: Vec<DraftPrincipal>) {
        let mut known = KeyedMap::<ClassKey, LocalClassIx>::default();
        known.reserve(drafts.len());
        for draft in drafts {
            let record = draft.record;
            let ways = record.user().map(|user| user.sign_in.ways).unwrap_or_default();
            let key = ClassKey { kind: record.kind, policies: draft.policies, boundary: draft.boundary, ways };
            let member = self.principals.next_index();
            let class = match known.get(&key) {
                Some(class) => {
                    self.members.push((*class, member));
                    *class
                }
                None => {
                    let class = self.add_class(resolver, &key, member);
                    known.insert(key, class);
                    class
                }
            };
            let trust = draft.trust.map(|trust| resolver.document(trust, || format!("trust of {}", record.name())));
            let tags = draft.tags.ok_or_else(|| resolver.tags_gap(draft.unknown_tags.as_deref()));
            self.principals.push(LocalPrincipal { class, trust, tags, record });
        }
    }

    fn add_class(&mut self, resolver: &mut Resolver<'_>, key: &ClassKey, first: LocalPrincipalIx) -> LocalClassIx {
        let class = self.classes.next_index();
        let all = || key.policies.iter().chain(&key.boundary);
        for (at, attached) in all().enumerate() {
            if let DraftDocument::Absent(ix) = attached.document
                && let Absent::AwsManaged(arn) = resolver.attachments.absent_of(ix)
            {
                self.pending.push(Pending { class, at, arn: arn.clone() });
            }
        }
        let attached = all().map(|a| resolver.attached(*a)).collect();
        self.classes.push(LocalClass { kind: key.kind, bounded: key.boundary.is_some(), attached, first })
    }
}

fn customer_documents(facts: &AccountFacts, managed: &KeyedMap<&str, DraftDocument>) -> Vec<Option<ParsedIx>> {
    let of = |policy: &CustomerPolicy| match managed.get(&*policy.arn) {
        Some(DraftDocument::Known(Known::Parsed(ix))) => Some(*ix),
        _ => None,
    };
    facts.customer_policies.iter().flatten().map(of).collect()
}

/// From references to documents; an absent document becomes missing data of the account.
struct Resolver<'a> {
    id: AccountId,
    attachments: &'a Attachments<'a>,
    documents: &'a DocumentTable,
    gaps: LocalGaps,
    tags: Option<LocalGapIx>,
}

impl Resolver<'_> {
    /// The missing data for tags that were not read: one entry per account.
    fn tags_gap(&mut self, unknown: Option<&str>) -> LocalGapIx {
        if let Some(why) = unknown {
            let (facet, reason) = (Facet::AuthorizationDetails, why.to_owned());
            return self.gaps.push(Gap { scope: self.id.into(), facet, reason });
        }
        *self.tags.get_or_insert_with(|| {
            let reason = "users or roles were listed without their tags".to_owned();
            self.gaps.push(Gap { scope: self.id.into(), facet: Facet::AuthorizationDetails, reason })
        })
    }

    fn attached(&mut self, draft: DraftAttached) -> LocalAttached {
        let label = self.attachments.shared_label(draft);
        let document = self.document(draft.document, || label.name.to_string());
        LocalAttached { document, label: label.clone() }
    }

    fn document(&mut self, document: DraftDocument, what: impl FnOnce() -> String) -> LocalDocument {
        let reason = match document {
            DraftDocument::Known(Known::Parsed(ix)) => return LocalDocument::Parsed(ix),
            DraftDocument::Known(Known::Refused(ix)) => {
                format!("policy `{}` does not parse: {}", what(), self.documents.why(ix))
            }
            DraftDocument::Absent(ix) => match self.attachments.absent_of(ix) {
                Absent::AwsManaged(arn) => format!("AWS managed policy `{arn}` is in no account's file"),
                Absent::Missing(why) => why.to_string(),
            },
        };
        LocalDocument::Missing(self.gaps.push(Gap { scope: self.id.into(), facet: Facet::PolicyDocument, reason }))
    }
}
