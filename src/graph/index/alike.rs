//! Classes in groups that a role cannot tell apart.
//!
//! Owns: which classes of users or of roles of one account, or of roles of all accounts, fare alike with a role. INVARIANT: two classes
//! of a group have the same boundary, and all that policies can tell of their members is equal (users: `model::build::split`;
//! roles: what counts of their accounts); so are all of their policies that speak of the role: every other document says
//! nothing in the decision. Source: IAM User Guide, "Policy evaluation logic".

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use foldhash::{HashMap, HashMapExt};
use roaring::RoaringBitmap;

use super::grants::Grants;
use super::places::Places;
use super::policy::Policies;
use crate::graph::group::Group;
use crate::ids::{AccountIx, ClassIx, PolicyIx};
use crate::model::{Class, Document, Estate, PrincipalType, Ways};
use crate::policy::TagOf;

/// Classes that no policy compares with themselves, in order.
#[derive(Debug, Default)]
pub(super) struct AlikeTable {
    classes: Vec<ClassIx>,
    /// By place of the class, what counts for every role: equal numbers, equal facts.
    bases: Vec<u32>,
    /// As there, with what tests of callers tell, which counts where a policy has such tests.
    told: Vec<u32>,
    /// Places of those that may be allowed to assume anything.
    always: RoaringBitmap,
    /// Documents by the roles that they allow to assume.
    assume: Grants<HeldIx>,
    /// Documents by the roles on which they allow companions of AssumeRole alone.
    companions: Grants<HeldIx>,
    held: Vec<Held>,
    /// Boundaries by the roles that they let assume, and the places of those who have each.
    boundaries: Grants<PolicyIx>,
    bounded: HashMap<PolicyIx, Places>,
    known: Mutex<HashMap<Asked, Arc<[Group]>>>,
}

/// A class of a table.
#[derive(Debug)]
pub(super) struct Alike {
    pub(super) class: ClassIx,
    /// What counts of its account, by number.
    pub(super) standing: u32,
    /// What tests of callers tell of its members, by number.
    pub(super) told: u32,
    /// Whether SCPs have such tests.
    pub(super) told_by_scps: bool,
}

/// A document that some class has, with the tags of its members filled in, by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct HeldIx(usize);

/// Such a document.
#[derive(Debug)]
struct Held {
    policy: PolicyIx,
    /// The places of those who have it.
    places: Places,
    /// It has tests of callers.
    reads_callers: bool,
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

/// The role that would be assumed.
#[derive(Clone, Copy, Debug)]
pub(in crate::graph) struct Called<'a> {
    pub(in crate::graph) arn: &'a str,
    pub(in crate::graph) account: AccountIx,
    /// Its trust policy, or an RCP of its account, has tests of callers.
    pub(in crate::graph) reads_callers: bool,
}

/// What the groups for a role depend on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Asked {
    assume: BTreeSet<HeldIx>,
    companions: BTreeSet<HeldIx>,
    /// Boundaries that let assume the role.
    boundaries: BTreeSet<PolicyIx>,
    whom: Whom,
    /// The role's side has tests of callers.
    told_by_role: bool,
}

/// What of a class counts for every role.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Base {
    boundary: Option<Document>,
    /// How users sign in.
    ways: Option<Ways>,
    standing: u32,
    /// Documents that may speak of any role.
    documents: BTreeSet<Document>,
    told: Option<u32>,
}

impl AlikeTable {
    /// Of these classes, in order.
    pub(super) fn new(estate: &Estate, classes: &[Alike], policies: &Policies) -> Self {
        // documents that say the same are one
        let of_document = |ix| {
            let grants = policies.get(ix);
            (grants.and_then(|grants| grants.same_as).unwrap_or(ix), grants)
        };
        let mut table = Self {
            classes: classes.iter().map(|alike| alike.class).collect(),
            bases: Vec::with_capacity(classes.len()),
            told: Vec::with_capacity(classes.len()),
            always: RoaringBitmap::new(),
            assume: Grants::default(),
            companions: Grants::default(),
            held: Vec::new(),
            boundaries: Grants::default(),
            bounded: HashMap::new(),
            known: Mutex::default(),
        };
        let mut numbers = BTreeMap::<Base, u32>::new();
        let mut held = HashMap::<(PolicyIx, [Vec<Option<String>>; 2]), HeldIx>::new();
        for (place, alike) in (0..).zip(classes) {
            let class = estate.class(alike.class);
            let mut documents = BTreeSet::new();
            let boundary = class.boundary().map(|attached| attached.document);
            let mut is_told = alike.told_by_scps;
            if let Some(Document::Parsed(ix)) = boundary {
                let (ix, grants) = of_document(ix);
                is_told |= grants.is_some_and(|grants| grants.reads_callers);
                let places = table.bounded.entry(ix).or_insert_with(|| {
                    grants.into_iter().for_each(|grants| table.boundaries.add(ix, &grants.assume));
                    Places::default()
                });
                places.insert(place);
            }
            for attached in class.policies() {
                let Document::Parsed(ix) = attached.document else {
                    table.always.insert(place);
                    documents.insert(attached.document);
                    continue;
                };
                let (ix, Some(grants)) = of_document(ix) else { continue };
                if grants.assume.always {
                    table.always.insert(place);
                }
                if grants.denies || grants.assume.always || grants.companions.always {
                    documents.insert(Document::Parsed(ix));
                    is_told |= grants.reads_callers;
                }
                if !grants.assume.is_empty() || !grants.companions.is_empty() {
                    let tag = |key: &str| tag_of_members(estate, class, key);
                    let by_tags = [grants.assume.by_tags(&tag), grants.companions.by_tags(&tag)];
                    let number = *held.entry((ix, by_tags)).or_insert_with_key(|(_, [assume, companions])| {
                        let number = HeldIx(table.held.len());
                        table.assume.add(number, &grants.assume.filled(assume));
                        table.companions.add(number, &grants.companions.filled(companions));
                        let (places, reads_callers) = (Places::default(), grants.reads_callers);
                        table.held.push(Held { policy: ix, places, reads_callers });
                        number
                    });
                    if let Some(held) = table.held.get_mut(number.0) {
                        held.places.insert(place);
                    }
                }
            }
            let mut number = |told| {
                let standing = alike.standing;
                let base = Base { boundary, ways: ways(estate, class), standing, documents: documents.clone(), told };
                let next = numbers.len() as u32;
                *numbers.entry(base).or_insert(next)
            };
            table.bases.push(number(is_told.then_some(alike.told)));
            table.told.push(number(Some(alike.told)));
        }
        table.assume.seal();
        table.companions.seal();
        table.boundaries.seal();
        table
    }

    /// The documents by which some of them may be allowed to assume roles.
    pub(super) fn documents(&self) -> impl Iterator<Item = PolicyIx> {
        let all: BTreeSet<PolicyIx> = self.held.iter().map(|held| held.policy).collect();
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
    pub(super) fn groups(&self, estate: &Estate, role: &Called<'_>, whom: Whom) -> Arc<[Group]> {
        let Called { arn, account, reads_callers } = *role;
        let mut asked = Asked {
            assume: BTreeSet::new(),
            companions: BTreeSet::new(),
            boundaries: BTreeSet::new(),
            whom,
            told_by_role: reads_callers,
        };
        self.assume.holders(arn, &mut asked.assume);
        self.companions.holders(arn, &mut asked.companions);
        if let Whom::HoldersBut(_) = asked.whom {
            // what nobody else holds tells nobody else apart
            let elsewhere = |places: Option<&Places>| places.is_some_and(|all| !self.are_in(estate, all, account));
            let is_held = |held: &HeldIx| elsewhere(self.held.get(held.0).map(|held| &held.places));
            asked.assume.retain(is_held);
            asked.companions.retain(is_held);
            self.boundaries.holders(arn, &mut asked.boundaries);
            asked.boundaries.retain(|boundary| elsewhere(self.bounded.get(boundary)));
        }
        if let Some(known) = self.lock().get(&asked) {
            return Arc::clone(known);
        }
        let groups: Arc<[Group]> = self.grouped(estate, &asked).into();
        Arc::clone(self.lock().entry(asked).or_insert(groups))
    }

    /// True where all places are of this account.
    fn are_in(&self, estate: &Estate, places: &Places, account: AccountIx) -> bool {
        // classes stand in order of account
        let mut ends = places.ends().filter_map(|place| self.class(place));
        ends.all(|class| estate.class(class).account() == account)
    }

    fn class(&self, place: u32) -> Option<ClassIx> {
        self.classes.get(place as usize).copied()
    }

    fn grouped(&self, estate: &Estate, asked: &Asked) -> Vec<Group> {
        let held =
            |all: &BTreeSet<HeldIx>| -> Vec<&Held> { all.iter().filter_map(|held| self.held.get(held.0)).collect() };
        let (assume, companions) = (held(&asked.assume), held(&asked.companions));
        let mut places = match asked.whom {
            Whom::Everybody => RoaringBitmap::from_iter(0..self.classes.len() as u32),
            Whom::Holders | Whom::HoldersBut(_) => {
                let mut places = self.always.clone();
                assume.iter().for_each(|held| held.places.add_to(&mut places));
                places
            }
        };
        if let Whom::HoldersBut(_) = asked.whom {
            // from another account nobody enters whose boundary does not allow it
            let closed = self.bounded.iter().filter(|(boundary, _)| !asked.boundaries.contains(boundary));
            closed.for_each(|(_, bounded)| bounded.remove_from(&mut places));
        }
        let is_asked = |class: ClassIx| match &asked.whom {
            Whom::HoldersBut(apart) => !apart.contains(&estate.class(class).account()),
            Whom::Holders | Whom::Everybody => true,
        };
        let mut groups = HashMap::<(u32, Vec<u32>), Vec<ClassIx>>::new();
        for place in places {
            let Some(class) = self.class(place).filter(|class| is_asked(*class)) else { continue };
            let all = (0..).zip(assume.iter().chain(&companions));
            let own: Vec<(u32, &&Held)> = all.filter(|(_, held)| held.places.contains(place)).collect();
            let is_told = asked.told_by_role || own.iter().any(|(_, held)| held.reads_callers);
            let Some(base) = if is_told { &self.told } else { &self.bases }.get(place as usize) else { continue };
            let documents = own.into_iter().map(|(document, _)| document).collect();
            groups.entry((*base, documents)).or_default().push(class);
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

/// What decides of a tag of all users of a class. Of roles it is not known: their sessions may have tags of their own.
fn tag_of_members<'e>(estate: &'e Estate, class: &Class, key: &str) -> TagOf<'e> {
    match class.members() {
        [user, ..] if class.kind() == PrincipalType::User => estate.principal(*user).tag(key),
        _ => TagOf::Unread,
    }
}

/// How the users of a class sign in.
fn ways(estate: &Estate, class: &Class) -> Option<Ways> {
    let users = class.members().first().filter(|_| class.kind() == PrincipalType::User);
    users.map(|user| estate.principal(*user).sign_in().ways)
}
