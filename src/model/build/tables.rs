//! One account's tables: principals, classes and groups, their documents resolved.
//!
//! Owns: what makes two principals one class. Indexes are the account's own, from 0, until `append` appends the tables to
//! the estate's. Does not know other accounts, so it runs in parallel.

use std::collections::HashMap;

use super::documents::DocumentTable;
use super::draft::{DocumentRef, Draft, DraftAttached, DraftPrincipal};
use crate::facet::Facet;
use crate::ids::{AccountId, AccountIx, ClassIx, GapIx, PrincipalIx};
use crate::model::account::{AccountFacts, Group};
use crate::model::principal::{Attached, Class, Document, Principal, PrincipalType, RoleFacts};
use crate::model::ways::Ways;
use crate::snapshot::ledger::Gap;

/// What makes principals of an account a class.
type ClassKey = (PrincipalType, Vec<DraftAttached>, Option<DraftAttached>, Ways);

/// An account, ready to be appended.
pub(super) struct Tables {
    pub(super) partition: Box<str>,
    pub(super) missing_lists: Vec<&'static str>,
    pub(super) facts: AccountFacts,
    pub(super) principals: Vec<Principal>,
    pub(super) classes: Vec<Class>,
    pub(super) gaps: Vec<Gap>,
    /// AWS managed policies that this account's file holds.
    pub(super) aws_managed: Vec<(Box<str>, Document)>,
    /// Those that it does not: class, position (`None` for the boundary), ARN.
    pub(super) pending: Vec<(usize, Option<usize>, Box<str>)>,
}

impl Tables {
    pub(super) fn new(id: AccountId, draft: Draft, documents: &DocumentTable) -> Self {
        let digests: Vec<[u8; 32]> = draft.documents.iter().map(|d| d.digest).collect();
        let mut resolver = Resolver { id, digests, documents, gaps: Vec::new(), tags: None };
        let mut facts = draft.facts;
        for group in draft.groups {
            let policies = group.policies.iter().map(|a| resolver.attached(a)).collect();
            facts.groups.push(Group { name: group.name, arn: group.arn, policies });
        }
        let mut shared: Vec<_> = draft.managed.iter().filter(|(arn, _)| arn.contains("::aws:policy/")).collect();
        shared.sort_by_key(|(arn, _)| *arn);
        let aws_managed = shared.into_iter().map(|(arn, r)| (arn.clone(), resolver.document(r, arn))).collect();
        let mut tables = Self {
            partition: draft.partition,
            missing_lists: draft.missing_lists,
            facts,
            principals: Vec::with_capacity(draft.principals.len()),
            classes: Vec::new(),
            gaps: Vec::new(),
            aws_managed,
            pending: Vec::new(),
        };
        tables.add_principals(&mut resolver, draft.principals);
        tables.gaps = resolver.gaps;
        tables
    }

    fn add_principals(&mut self, resolver: &mut Resolver<'_>, drafts: Vec<DraftPrincipal>) {
        let mut known = HashMap::<ClassKey, ClassIx>::new();
        for draft in drafts {
            let ix = PrincipalIx::new(self.principals.len());
            let key = (draft.kind, draft.policies, draft.boundary, draft.sign_in.ways);
            let class = match known.get(&key) {
                Some(class) => *class,
                None => {
                    let class = self.add_class(resolver, &key);
                    known.insert(key, class);
                    class
                }
            };
            if let Some(class) = self.classes.get_mut(class.get()) {
                class.members.push(ix);
            }
            let role = draft.trust.as_ref().map(|trust| RoleFacts {
                trust: resolver.document(trust, &format!("trust of {}", draft.name)),
                last_used: draft.last_used,
            });
            self.principals.push(Principal {
                account: AccountIx::new(0),
                class,
                kind: draft.kind,
                name: draft.name,
                path: draft.path,
                unique_id: draft.unique_id,
                created: draft.created,
                tags_gap: draft.tags.is_none().then(|| resolver.tags_gap()),
                tags: draft.tags,
                groups_read: draft.groups.is_some(),
                groups: draft.groups.unwrap_or_default(),
                role,
                sign_in: draft.sign_in,
            });
        }
    }

    fn add_class(&mut self, resolver: &mut Resolver<'_>, (kind, policies, boundary, _): &ClassKey) -> ClassIx {
        let at = self.classes.len();
        let places = policies.iter().enumerate().map(|(at, a)| (Some(at), a)).chain(boundary.iter().map(|a| (None, a)));
        for (place, attached) in places {
            if let DocumentRef::AwsManaged(arn) = &attached.document {
                self.pending.push((at, place, arn.clone()));
            }
        }
        let policies = policies.iter().map(|a| resolver.attached(a)).collect();
        let boundary = boundary.as_ref().map(|a| resolver.attached(a));
        self.classes.push(Class { account: AccountIx::new(0), kind: *kind, policies, boundary, members: Vec::new() });
        ClassIx::new(at)
    }
}

/// From references to documents; what is missing becomes a gap of the account.
struct Resolver<'a> {
    id: AccountId,
    digests: Vec<[u8; 32]>,
    documents: &'a DocumentTable,
    gaps: Vec<Gap>,
    tags: Option<GapIx>,
}

impl Resolver<'_> {
    /// The gap of tags that were not read: one for the account.
    fn tags_gap(&mut self) -> GapIx {
        *self.tags.get_or_insert_with(|| {
            let reason = "users or roles were listed without their tags".to_owned();
            self.gaps.push(Gap { scope: self.id.into(), facet: Facet::AuthorizationDetails, reason });
            GapIx::new(self.gaps.len() - 1)
        })
    }

    fn attached(&mut self, draft: &DraftAttached) -> Attached {
        let document = self.document(&draft.document, &draft.name);
        Attached { document, name: draft.name.clone(), origin: draft.origin.clone() }
    }

    fn document(&mut self, reference: &DocumentRef, what: &str) -> Document {
        let reason = match reference {
            DocumentRef::Local(at) => {
                match self.digests.get(*at as usize).and_then(|d| self.documents.by_digest.get(d)) {
                    Some(Ok(ix)) => return Document::Parsed(*ix),
                    Some(Err(why)) => format!("policy `{what}` does not parse: {why}"),
                    None => format!("policy `{what}` is not in the snapshot"),
                }
            }
            DocumentRef::AwsManaged(arn) => format!("AWS managed policy `{arn}` is in no account's file"),
            DocumentRef::Missing(why) => why.to_string(),
        };
        self.gaps.push(Gap { scope: self.id.into(), facet: Facet::PolicyDocument, reason });
        Document::Missing(GapIx::new(self.gaps.len() - 1))
    }
}
