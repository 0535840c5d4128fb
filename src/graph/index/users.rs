//! Users of one account, in groups that a role cannot tell apart.
//!
//! Owns: which classes of users fare alike with a role. INVARIANT: two classes of a group have the same boundary and ways to
//! sign, all that policies can tell of their members is equal (`model::build::split`), and so are all of their policies that
//! speak of the role: every other document says nothing in the decision. Source: IAM User Guide, "Policy evaluation logic".

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use fixedbitset::FixedBitSet;

use super::grants::Grants;
use super::policy::PolicyGrants;
use crate::graph::users::Users;
use crate::ids::{ClassIx, GapIx, PolicyIx};
use crate::model::{Document, Estate, Ways};

/// The classes of users of one account that no policy compares with themselves.
#[derive(Debug)]
pub(super) struct UserTable {
    classes: Vec<ClassIx>,
    /// By place of the class, what counts for every role: equal numbers, equal facts.
    bases: Vec<usize>,
    /// By place, whether it may be allowed to assume anything.
    always: FixedBitSet,
    /// Documents by the roles that they allow to assume.
    assume: Grants<PolicyIx>,
    /// Documents by the roles on which they allow companions of AssumeRole alone.
    companions: Grants<PolicyIx>,
    /// By document, the places of those who have it.
    holders: HashMap<PolicyIx, FixedBitSet>,
    known: Mutex<HashMap<Asked, Arc<[Users]>>>,
}

/// What the groups for a role depend on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Asked {
    assume: BTreeSet<PolicyIx>,
    companions: BTreeSet<PolicyIx>,
    everybody: bool,
}

/// What of a class counts for every role.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Base {
    boundary: Option<Document>,
    ways: Ways,
    told: u32,
    tags: Option<GapIx>,
    /// Documents that may speak of any role.
    documents: BTreeSet<Document>,
}

impl UserTable {
    /// Of these classes, in order; all of one account.
    pub(super) fn new(estate: &Estate, classes: Vec<ClassIx>, policies: &[PolicyGrants]) -> Self {
        let of_document = |document: Document| match document {
            Document::Parsed(ix) => policies.get(ix.get()).map(|grants| (ix, grants)),
            Document::Missing(_) => None,
        };
        let mut table = Self {
            bases: Vec::new(),
            always: FixedBitSet::with_capacity(classes.len()),
            assume: Grants::default(),
            companions: Grants::default(),
            holders: HashMap::new(),
            known: Mutex::default(),
            classes,
        };
        let mut numbers = BTreeMap::<Base, usize>::new();
        for (place, ix) in table.classes.iter().enumerate() {
            let class = estate.class(*ix);
            let mut documents = BTreeSet::new();
            for attached in class.policies() {
                let Some((ix, grants)) = of_document(attached.document) else {
                    table.always.insert(place);
                    documents.insert(attached.document);
                    continue;
                };
                if grants.assume.always {
                    table.always.insert(place);
                }
                if grants.denies || grants.assume.always || grants.companions.always {
                    documents.insert(attached.document);
                }
                if !grants.assume.is_empty() || !grants.companions.is_empty() {
                    let count = table.classes.len();
                    let holders = table.holders.entry(ix).or_insert_with(|| {
                        table.assume.add(ix, &grants.assume);
                        table.companions.add(ix, &grants.companions);
                        FixedBitSet::with_capacity(count)
                    });
                    holders.insert(place);
                }
            }
            let user = class.members().first().map(|user| estate.principal(*user));
            let base = Base {
                boundary: class.boundary().map(|attached| attached.document),
                ways: user.map(|user| user.sign_in().ways).unwrap_or_default(),
                told: estate.told_of_users(*ix),
                tags: user.and_then(|user| user.tags_gap()),
                documents,
            };
            let next = numbers.len();
            table.bases.push(*numbers.entry(base).or_insert(next));
        }
        table.assume.seal();
        table.companions.seal();
        table
    }

    /// The documents by which some of them may be allowed to assume roles.
    pub(super) fn documents(&self) -> impl Iterator<Item = PolicyIx> {
        let mut all: Vec<PolicyIx> = self.holders.keys().copied().collect();
        all.sort_unstable();
        all.into_iter()
    }

    /// True for its classes.
    pub(super) fn has(&self, class: ClassIx) -> bool {
        self.classes.binary_search(&class).is_ok()
    }

    /// Whether some of them may be allowed to assume anything.
    pub(super) fn has_always(&self) -> bool {
        !self.always.is_clear()
    }

    /// Those who may be allowed to assume a role, or everybody, in groups in order of their first class.
    pub(super) fn groups(&self, estate: &Estate, arn: &str, everybody: bool) -> Arc<[Users]> {
        let mut asked = Asked { assume: BTreeSet::new(), companions: BTreeSet::new(), everybody };
        self.assume.holders(arn, &mut asked.assume);
        self.companions.holders(arn, &mut asked.companions);
        if let Some(known) = self.lock().get(&asked) {
            return Arc::clone(known);
        }
        let groups: Arc<[Users]> = self.grouped(estate, &asked).into();
        Arc::clone(self.lock().entry(asked).or_insert(groups))
    }

    fn grouped(&self, estate: &Estate, asked: &Asked) -> Vec<Users> {
        let holders = |documents: &BTreeSet<PolicyIx>| -> Vec<&FixedBitSet> {
            documents.iter().filter_map(|document| self.holders.get(document)).collect()
        };
        let (assume, companions) = (holders(&asked.assume), holders(&asked.companions));
        let mut groups = BTreeMap::<(usize, Vec<bool>), Vec<ClassIx>>::new();
        for (place, (class, base)) in self.classes.iter().zip(&self.bases).enumerate() {
            let has = |holders: &&FixedBitSet| holders.contains(place);
            if !asked.everybody && !self.always.contains(place) && !assume.iter().any(has) {
                continue;
            }
            let documents = assume.iter().chain(&companions).map(has).collect();
            groups.entry((*base, documents)).or_default().push(*class);
        }
        let mut groups: Vec<Vec<ClassIx>> = groups.into_values().collect();
        groups.sort_unstable();
        groups.into_iter().map(|classes| Users::new(estate, classes)).collect()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<Asked, Arc<[Users]>>> {
        // groups are kept whole or not at all
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
