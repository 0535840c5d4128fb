//! Classes of which every fact is the same: organizations roll the same roles out to all their accounts.
//!
//! Owns: what an evaluation reads, as a key. INVARIANT: a policy that could tell two accounts or principals apart, by a condition, a
//! variable or an account id, makes its classes unlike all others.

use std::sync::Arc;

use crate::id_vec::IdVec;
use crate::ids::{ClassIx, PolicyIx};
use crate::model::{Class, Document, Estate, Guardrails, PrincipalType};
use crate::policy::key::{ContextKey, KeyKind};
use crate::policy::{Policy, Statement};

/// Digits of an account id.
const ID: usize = 12;

/// What the facts about a class are computed from.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    kind: PrincipalType,
    /// Service-linked roles are exempt from SCPs.
    is_linked: bool,
    partition: Box<str>,
    /// Where the guardrails are: accounts of one OU share them.
    scps: usize,
    rcps: usize,
    bounded: bool,
    documents: Box<[Document]>,
}

impl Key {
    /// `None` for a class that some policy may tell from others.
    pub(super) fn of(estate: &Estate, ix: ClassIx, portable: &Portable) -> Option<Self> {
        let class: &Class = estate.class(ix);
        let account = estate.account(class.account());
        let is_linked = class.members().first().is_some_and(|member| estate.principal(*member).is_service_linked());
        let documents = || class.policies().iter().chain(class.boundary()).map(|attached| attached.document);
        let guarding = |guardrails: &Guardrails| guardrails.levels().iter().flatten().all(|g| portable.has(g.document));
        let alike =
            documents().all(|document| portable.has(document)) && guarding(account.scps()) && guarding(account.rcps());
        alike.then(|| Self {
            kind: class.kind(),
            is_linked,
            partition: account.partition().into(),
            scps: Arc::as_ptr(account.scps()).addr(),
            rcps: Arc::as_ptr(account.rcps()).addr(),
            bounded: class.boundary().is_some(),
            documents: documents().collect(),
        })
    }
}

/// Of each policy, whether it says the same in every account and of every principal.
#[derive(Debug)]
pub(super) struct Portable(IdVec<PolicyIx, bool>);

impl Portable {
    pub(super) fn new(estate: &Estate) -> Self {
        let mut table = IdVec::with_capacity(estate.policy_count());
        (0..estate.policy_count()).for_each(|at| _ = table.push(is_portable(estate.policy(PolicyIx::new(at)))));
        Self(table)
    }

    fn has(&self, document: Document) -> bool {
        match document {
            Document::Parsed(ix) => self.0[ix],
            // its reason may name the account
            Document::Missing(_) => false,
        }
    }
}

fn is_portable(policy: &Policy) -> bool {
    policy.statements.iter().all(|statement| names_nobody(statement) && tests_nobody(statement))
}

/// Whether no resource of a statement is of a certain account, or depends on who calls.
fn names_nobody(statement: &Statement) -> bool {
    let has_id = |text: &str| {
        let mut digits = 0;
        text.bytes().any(|byte| {
            digits = if byte.is_ascii_digit() { digits + 1 } else { 0 };
            digits == ID
        })
    };
    let mut texts = statement.resources.iter().flat_map(|clause| clause.patterns.iter());
    texts.all(|text| !text.has_variables() && !has_id(text.as_str()))
}

/// Whether the conditions of a statement read nothing of the caller, nor of the account of the resource.
fn tests_nobody(statement: &Statement) -> bool {
    let is_open = |key: &ContextKey| match key.kind() {
        KeyKind::MfaPresent
        | KeyKind::MfaAge
        | KeyKind::RequestedRegion
        | KeyKind::Environment
        | KeyKind::CurrentTime
        | KeyKind::EpochTime
        | KeyKind::SecureTransport
        | KeyKind::ResourceTag => true,
        KeyKind::OtherService => !key.lower().ends_with(":resourceaccount"),
        _ => false,
    };
    statement.conditions.iter().all(|c| c.keys().all(is_open))
}
