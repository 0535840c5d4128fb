//! What a class of principals has the power to do, all policies weighed: identity-based policies, permissions boundary, SCPs.
//!
//! Owns: the effective facts, one evaluation for all who share their policies. Computed by asking the evaluator for requests, not
//! by reading policies for known names: AdministratorAccess, `iam:*`, what `NotAction` leaves and what a Deny takes away come out
//! of the same questions. Does not know what a rule makes of a fact.
//!
//! - `administrator`: can give itself, or a principal that it then signs in as, any permission that its account has (`decisive`).
//! - `writes`: can change something, assuming other roles aside.
//! - `broad_read`: reads what is stored in any bucket, secret, parameter, table, queue or repository of its account.
//! - `stops_logging`: can stop or change any trail of its account.
//!
//! Facts are of the principal, not of one session: session policies are not known. A Deny, a boundary or an SCP that always applies
//! takes a power away. One that applies under conditions (outside a Region, without MFA) does not: whoever meets them still has the
//! power, and the fact names them. A condition that limits *which* resources it reaches (a tag, a boundary that every role must have)
//! takes away a power over any resource.
//! The management account has no SCPs, and service-linked roles are exempt from them, as AWS says. Resource-based policies are not
//! weighed: what one bucket grants or refuses is not the principal's power.
//! Source: AWS IAM User Guide, "Policy evaluation logic", "Permissions boundaries for IAM entities"; AWS Organizations User Guide,
//! "Service control policies".

mod alike;
mod fact;
mod probes;
#[cfg(test)]
mod tests;
mod writes;

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};

pub(crate) use self::fact::Fact;

use self::alike::{Key, Portable};
use self::fact::Which;
use self::probes::Writes;
use crate::answer::Evidence;
use crate::escalation::power::{ALL, Asked, Covered, Found, Shown, administrator, decisive};
use crate::eval::Added;
use crate::id_vec::{IdVec, TableIndex};
use crate::ids::ClassIx;
use crate::model::{Attached, Document, Estate};
use crate::policy::action::{Action, ActionClause};
use crate::policy::{Effect, Policy};
use crate::posture::mention;

/// The effective facts about a class of principals.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Power {
    pub(crate) administrator: Fact,
    pub(crate) writes: Fact,
    pub(crate) broad_read: Fact,
    pub(crate) stops_logging: Fact,
}

/// The facts about every class of an estate, each computed when it is first asked for. May be shared among threads.
#[derive(Debug)]
pub(crate) struct Powers<'e> {
    estate: &'e Estate,
    of_classes: IdVec<ClassIx, OnceLock<Arc<Power>>>,
    /// Of classes that no policy tells apart.
    of_alike: Mutex<HashMap<Key, Arc<Power>>>,
    /// Each that was met, once: there are few.
    met: Mutex<HashSet<Arc<Power>>>,
    portable: Portable,
    covered: Covered<'e>,
    writes: Writes,
}

impl<'e> Powers<'e> {
    pub(crate) fn new(estate: &'e Estate) -> Self {
        Self {
            estate,
            of_classes: empty(estate.classes().len()),
            of_alike: Mutex::new(HashMap::new()),
            met: Mutex::new(HashSet::new()),
            portable: Portable::new(estate),
            covered: Covered::new(estate),
            writes: Writes::default(),
        }
    }

    /// What the principals of a class can do.
    pub(crate) fn of(&self, class: ClassIx) -> &Power {
        self.of_classes[class].get_or_init(|| match Key::of(self.estate, class, &self.portable) {
            Some(key) => self.shared(class, key),
            None => self.computed(class),
        })
    }

    /// What the principals of a class could do if a limit of theirs were gone.
    pub(crate) fn without(&self, class: ClassIx, limit: Added<'e>) -> Power {
        let asked = Asked::new(self.estate, class, ALL).map(|asked| asked.with(limit));
        asked.map_or_else(|| unreachable!("a class has a member"), |asked| self.power(&asked))
    }

    /// The statements that allow what shows a fact about this class, each layer's.
    pub(crate) fn proof(&self, class: ClassIx, fact: &Fact) -> Vec<Evidence> {
        let asked = Asked::new(self.estate, class, ALL);
        asked.zip(self.shown(class, fact)).map(|(asked, shown)| asked.proof(&shown)).unwrap_or_default()
    }

    /// The identity-based policies of a class with an Allow that speaks of what shows a fact, in order.
    pub(crate) fn granting(&self, class: ClassIx, fact: &Fact) -> Vec<&'e Attached> {
        let Some((action, shown)) =
            self.shown(class, fact).and_then(|shown| Some((Action::parse(&shown.action)?, shown)))
        else {
            return Vec::new();
        };
        let allows = |attached: &&Attached| match attached.document {
            Document::Parsed(ix) => mention::allows(self.estate.policy(ix), &action, &shown.resource),
            Document::Missing(_) => false,
        };
        self.estate.class(class).policies().iter().filter(allows).collect()
    }

    /// What was computed of a class that is alike, or computes it: two threads that do so find the same.
    fn shared(&self, class: ClassIx, key: Key) -> Arc<Power> {
        let known = || self.of_alike.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = known().get(&key).cloned() {
            return found;
        }
        let computed = self.computed(class);
        Arc::clone(known().entry(key).or_insert(computed))
    }

    fn computed(&self, ix: ClassIx) -> Arc<Power> {
        let power = Arc::new(self.power(&self.asked(ix)));
        let mut met = self.met.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = met.get(&power) {
            return Arc::clone(known);
        }
        met.insert(Arc::clone(&power));
        power
    }

    /// The request that shows a fact about a class, unless there is none.
    fn shown(&self, class: ClassIx, fact: &Fact) -> Option<Shown> {
        self.found(&self.asked(class), fact.which).shown
    }

    fn asked(&self, ix: ClassIx) -> Asked<'e> {
        Asked::new(self.estate, ix, self.covered.by(ix)).unwrap_or_else(|| unreachable!("a class has a member"))
    }

    fn power(&self, asked: &Asked<'_>) -> Power {
        let fact = |which| Fact::new(which, self.found(asked, which).truth);
        Power {
            administrator: fact(Which::Administrator),
            writes: fact(Which::Writes),
            broad_read: fact(Which::BroadRead),
            stops_logging: fact(Which::StopsLogging),
        }
    }

    fn found(&self, asked: &Asked<'_>, which: Which) -> Found {
        match which {
            Which::Administrator => administrator(asked),
            Which::Writes => writes::writes(asked, &self.writes),
            Which::BroadRead => asked.one_of(&decisive::READS),
            Which::StopsLogging => asked.one_of(&decisive::STOPS),
        }
    }
}

/// Whether a document alone allows something that changes something: what others take back is not weighed, nor what it denies.
pub(crate) fn writes_by_itself(policy: &Policy) -> bool {
    let changes = |actions: &ActionClause| {
        actions.negated || actions.patterns.iter().any(|pattern| probes::write_of(pattern).is_some())
    };
    policy.statements.iter().any(|statement| statement.effect == Effect::Allow && changes(&statement.actions))
}

/// A table of what is not computed yet.
fn empty<Ix: TableIndex, T>(len: usize) -> IdVec<Ix, OnceLock<T>> {
    let mut table = IdVec::with_capacity(len);
    (0..len).for_each(|_| _ = table.push(OnceLock::new()));
    table
}
