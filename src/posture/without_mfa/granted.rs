//! Which first calls the documents of groups speak of.
//!
//! Owns: putting the calls of one source down to documents. Whether they are allowed is decided already: this tells who has to change
//! what. Each document is held against each call once, however many users have it.

use std::cell::OnceCell;

use foldhash::{HashMap, HashMapExt};
use roaring::RoaringBitmap;

use super::open::{EdgeNumber, OpenEdges};
use crate::ids::PolicyIx;
use crate::model::Estate;
use crate::policy::{Statement, sts};
use crate::posture::mention;

/// What documents say of assuming roles, which most do not speak of at all.
pub(super) struct Allowing<'e> {
    estate: &'e Estate,
    of: HashMap<PolicyIx, Vec<&'e Statement>>,
}

/// The calls of one source by the documents that speak of them.
pub(super) struct Spoken<'r, 'g> {
    open: &'r OpenEdges<'g>,
    calls: &'r [EdgeNumber],
    /// Of each call, the role that it assumes.
    arns: OnceCell<Vec<String>>,
    of: HashMap<PolicyIx, RoaringBitmap>,
}

impl<'e> Allowing<'e> {
    pub(super) fn new(estate: &'e Estate) -> Self {
        Self { estate, of: HashMap::new() }
    }

    fn statements(&mut self, document: PolicyIx) -> &[&'e Statement] {
        let estate = self.estate;
        let statements = || mention::allowing(estate.policy(document), &sts::ASSUME_ROLE).collect();
        self.of.entry(document).or_insert_with(statements)
    }
}

impl<'r, 'g> Spoken<'r, 'g> {
    pub(super) fn new(open: &'r OpenEdges<'g>, calls: &'r [EdgeNumber]) -> Self {
        Self { open, calls, arns: OnceCell::new(), of: HashMap::new() }
    }

    /// The calls that an Allow of the document speaks of.
    pub(super) fn by(&mut self, document: PolicyIx, allowing: &mut Allowing<'_>) -> &RoaringBitmap {
        let Self { open, calls, arns, of } = self;
        of.entry(document).or_insert_with(|| {
            let estate = allowing.estate;
            let statements = allowing.statements(document);
            if statements.is_empty() {
                return RoaringBitmap::new();
            }
            let arns = arns.get_or_init(|| calls.iter().map(|call| estate.arn(open.get(*call).0.to)).collect());
            let speaks = |arn: &str| statements.iter().any(|statement| mention::speaks_of(statement, arn));
            calls.iter().zip(arns).filter(|(_, arn)| speaks(arn)).map(|(call, _)| *call).collect()
        })
    }
}
