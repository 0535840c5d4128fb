//! Classes in groups that a role cannot tell apart.
//!
//! Owns: which classes of users of one account, or of roles of all accounts, fare alike with a role. INVARIANT: two classes
//! of a group have the same boundary, and all that policies can tell of their members is equal (users: `model::build::split`;
//! roles: what counts of their accounts); so are all of their policies that speak of the role: every other document says
//! nothing in the decision. Source: IAM User Guide, "Policy evaluation logic".

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use roaring::RoaringBitmap;

use super::grants::Grants;
use super::policy::PolicyGrants;
use crate::graph::group::Group;
use crate::ids::{AccountIx, ClassIx, GapIx, PolicyIx};
use crate::model::{Document, Estate, PrincipalType, Ways};

/// Classes that no policy compares with themselves, in order.
#[derive(Debug, Default)]
pub(super) struct AlikeTable {
    classes: Vec<ClassIx>,
    /// By place of the class, what counts for every role: equal numbers, equal facts.
    bases: Vec<u32>,
    /// Places of those that may be allowed to assume anything.
    always: RoaringBitmap,
    /// Documents by the roles that they allow to assume.
    assume: Grants<PolicyIx>,
    /// Documents by the roles on which they allow companions of AssumeRole alone.
    companions: Grants<PolicyIx>,
    /// By document, the places of those who have it.
    holders: HashMap<PolicyIx, RoaringBitmap>,
    known: Mutex<HashMap<Asked, Arc<[Group]>>>,
}

/// Which classes of a table are asked for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::graph) enum Whom {
    /// Those that hold an Allow.
    Holders,
    Everybody,
    /// Those that hold an Allow, of other accounts than these.
    HoldersBut(BTreeSet<AccountIx>),
}

/// What the groups for a role depend on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Asked {
    assume: BTreeSet<PolicyIx>,
    companions: BTreeSet<PolicyIx>,
    whom: Whom,
}

/// What of a class counts for every role.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Base {
    boundary: Option<Document>,
    user: Option<UserBase>,
    /// What counts of its account and, of a role, of its ARN, by number.
    standing: u32,
    /// Documents that may speak of any role.
    documents: BTreeSet<Document>,
}

/// What counts of users alone.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct UserBase {
    ways: Ways,
    told: u32,
    tags: Option<GapIx>,
}

impl AlikeTable {
    /// Of these classes, in order, each with the number of what counts of its account and ARN.
    pub(super) fn new(estate: &Estate, classes: Vec<(ClassIx, u32)>, policies: &[PolicyGrants]) -> Self {
        let of_document = |document: Document| match document {
            Document::Parsed(ix) => policies.get(ix.get()).map(|grants| (ix, grants)),
            Document::Missing(_) => None,
        };
        let mut table = Self {
            classes: classes.iter().map(|(class, _)| *class).collect(),
            bases: Vec::with_capacity(classes.len()),
            always: RoaringBitmap::new(),
            assume: Grants::default(),
            companions: Grants::default(),
            holders: HashMap::new(),
            known: Mutex::default(),
        };
        let mut numbers = BTreeMap::<Base, u32>::new();
        for (place, (ix, standing)) in (0..).zip(&classes) {
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
                    let holders = table.holders.entry(ix).or_insert_with(|| {
                        table.assume.add(ix, &grants.assume);
                        table.companions.add(ix, &grants.companions);
                        RoaringBitmap::new()
                    });
                    holders.insert(place);
                }
            }
            let base = Base {
                boundary: class.boundary().map(|attached| attached.document),
                user: (class.kind() == PrincipalType::User).then(|| UserBase::new(estate, *ix)),
                standing: *standing,
                documents,
            };
            let next = numbers.len() as u32;
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
        !self.always.is_empty()
    }

    /// Those who are asked for, as far as they may assume a role of this account, in groups in order of their first class.
    /// With [`Whom::HoldersBut`] the account's own classes are in groups as they come: they are not meant.
    pub(super) fn groups(&self, estate: &Estate, (arn, account): (&str, AccountIx), whom: Whom) -> Arc<[Group]> {
        let mut asked = Asked { assume: BTreeSet::new(), companions: BTreeSet::new(), whom };
        self.assume.holders(arn, &mut asked.assume);
        self.companions.holders(arn, &mut asked.companions);
        if let Whom::HoldersBut(_) = asked.whom {
            // what nobody else holds tells nobody else apart
            let is_held = |document: &PolicyIx| !self.is_held_in(estate, *document, account);
            asked.assume.retain(is_held);
            asked.companions.retain(is_held);
        }
        if let Some(known) = self.lock().get(&asked) {
            return Arc::clone(known);
        }
        let groups: Arc<[Group]> = self.grouped(estate, &asked).into();
        Arc::clone(self.lock().entry(asked).or_insert(groups))
    }

    /// True where a document has holders in this account alone.
    fn is_held_in(&self, estate: &Estate, document: PolicyIx, account: AccountIx) -> bool {
        let Some(holders) = self.holders.get(&document) else { return true };
        // classes stand in order of account
        let mut ends = holders.min().into_iter().chain(holders.max()).filter_map(|place| self.class(place));
        ends.all(|class| estate.class(class).account() == account)
    }

    fn class(&self, place: u32) -> Option<ClassIx> {
        self.classes.get(place as usize).copied()
    }

    fn grouped(&self, estate: &Estate, asked: &Asked) -> Vec<Group> {
        let holders = |documents: &BTreeSet<PolicyIx>| -> Vec<&RoaringBitmap> {
            documents.iter().filter_map(|document| self.holders.get(document)).collect()
        };
        let (assume, companions) = (holders(&asked.assume), holders(&asked.companions));
        let places = match asked.whom {
            Whom::Everybody => RoaringBitmap::from_iter(0..self.classes.len() as u32),
            Whom::Holders | Whom::HoldersBut(_) => assume.iter().fold(self.always.clone(), |all, holders| all | *holders),
        };
        let is_asked = |class: ClassIx| match &asked.whom {
            Whom::HoldersBut(apart) => !apart.contains(&estate.class(class).account()),
            Whom::Holders | Whom::Everybody => true,
        };
        let mut groups = HashMap::<(u32, Vec<u32>), Vec<ClassIx>>::new();
        for place in places {
            let Some((class, base)) = self.class(place).zip(self.bases.get(place as usize)) else { continue };
            if is_asked(class) {
                let of_place = (0..).zip(assume.iter().chain(&companions)).filter(|(_, holders)| holders.contains(place));
                let documents = of_place.map(|(document, _)| document).collect();
                groups.entry((*base, documents)).or_default().push(class);
            }
        }
        let mut groups: Vec<Vec<ClassIx>> = groups.into_values().collect();
        groups.sort_unstable();
        groups.into_iter().map(|classes| Group::new(estate, classes)).collect()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<Asked, Arc<[Group]>>> {
        // groups are kept whole or not at all
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl UserBase {
    fn new(estate: &Estate, class: ClassIx) -> Self {
        let user = estate.class(class).members().first().map(|user| estate.principal(*user));
        Self {
            ways: user.map(|user| user.sign_in().ways).unwrap_or_default(),
            told: estate.told_of_users(class),
            tags: user.and_then(|user| user.tags_gap()),
        }
    }
}
