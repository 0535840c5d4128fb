//! Whether one principal may do something that another may not.
//!
//! Owns: the definition. One is stronger than the other where a role lets it in by its name; where a trust policy, SCP or RCP tells the
//! two apart by ARN, tag or id; where some Allow of its own policies, or what its boundary, SCPs and Denies leave of it, is allowed to it
//! and to the other not, or under other conditions: each piece (`pieces`) is one request; or where the other has a Deny of its own that
//! may take some of it away. What it may do to itself alone (a pattern with its name) is no strength. What was not read may be one, and so
//! may what is left of an Allow in more pieces than are asked about. INVARIANT: where one is not stronger, whatever its policies allow is
//! allowed to the other.

use std::collections::{BTreeSet, HashSet};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use foldhash::{HashMap, HashMapExt};

use super::abroad::{Abroad, named, trusts};
use super::ask::{ALL, Asked};
use super::pieces::{Piece, SOME, exceptions, left, limits, pieces};
use super::told::{Fare, Told, telling, tells_apart};
use crate::eval::Truth;
use crate::ids::{AccountIx, ClassIx, PolicyIx, PrincipalIx};
use crate::model::{Attached, Class, Document, Estate, PrincipalType};
use crate::policy::action::Action;
use crate::policy::resource::ResourceClause;
use crate::policy::shadow::{allows, may_meet};
use crate::policy::{Effect, Policy, Statement, sts};
use crate::wildcard;

/// What is known of who is stronger.
#[derive(Debug)]
pub(crate) struct Strengths<'e> {
    estate: &'e Estate,
    /// By class and class.
    known: Mutex<HashMap<(ClassIx, ClassIx), bool>>,
    left: Mutex<HashMap<(ClassIx, PolicyIx), Arc<Left>>>,
    told: OnceLock<Told>,
    /// By class: its members fare alike.
    fares: Mutex<HashMap<ClassIx, Arc<[Fare]>>>,
    /// Principals whom some role lets in by name.
    named: OnceLock<HashSet<PrincipalIx>>,
    abroad: OnceLock<Abroad>,
    /// What tells callers of AssumeRole apart.
    telling: OnceLock<HashSet<PolicyIx>>,
}

/// Of each Allow of a policy what is left of it; `None` where that is too much to be told, which may be more than anybody has.
type Left = Option<Vec<Vec<Piece>>>;

impl<'e> Strengths<'e> {
    pub(crate) fn new(estate: &'e Estate) -> Self {
        Self {
            estate,
            known: Mutex::new(HashMap::new()),
            left: Mutex::new(HashMap::new()),
            told: OnceLock::new(),
            fares: Mutex::new(HashMap::new()),
            named: OnceLock::new(),
            abroad: OnceLock::new(),
            telling: OnceLock::new(),
        }
    }

    /// Whether `one` may do something that `other` may not.
    pub(crate) fn is_stronger(&self, one: PrincipalIx, other: PrincipalIx) -> bool {
        if one == other {
            return false;
        }
        if self.named().contains(&one) {
            return true;
        }
        let key = (self.estate.principal(one).class(), self.estate.principal(other).class());
        let known = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known().get(&key) {
            return *known;
        }
        let found = self.has_more(key.0, key.1) || self.are_told_apart(one, other);
        known().insert(key, found);
        found
    }

    fn are_told_apart(&self, one: PrincipalIx, other: PrincipalIx) -> bool {
        let [one, other] = [one, other].map(|ix| self.fares(ix));
        one != other || one.contains(&Fare::Unread)
    }

    fn fares(&self, ix: PrincipalIx) -> Arc<[Fare]> {
        let class = self.estate.principal(ix).class();
        let known = || self.fares.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(fares) = known().get(&class) {
            return Arc::clone(fares);
        }
        let fares: Arc<[Fare]> = self.told.get_or_init(|| Told::new(self.estate)).fares(self.estate, ix).into();
        Arc::clone(known().entry(class).or_insert(fares))
    }

    fn has_more(&self, one: ClassIx, other: ClassIx) -> bool {
        let (Some(of_one), Some(of_other)) = (Asked::new(self.estate, one, ALL), Asked::new(self.estate, other, ALL))
        else {
            return true;
        };
        let [own, others] = [one, other].map(|ix| self.estate.class(ix));
        let denies = self.denies_alone(others, own);
        let is_bounded_alike = others
            .boundary()
            .is_none_or(|boundary| own.boundary().is_some_and(|own| own.document == boundary.document));
        let mut asked = Vec::new();
        for attached in own.policies() {
            let Document::Parsed(ix) = attached.document else { return true };
            let policy = self.estate.policy(ix);
            if allows(policy).any(|allow| denies.iter().any(|deny| may_meet(deny, allow))) {
                return true;
            }
            // what both have neither has alone
            let has_too = others.policies().iter().any(|own| own.document == attached.document);
            if has_too && is_bounded_alike && !reads_caller(policy) {
                continue;
            }
            asked.push(ix);
        }
        asked.iter().any(|ix| self.whole_is_more(*ix, &of_one, &of_other))
            || asked.iter().any(|ix| self.left_is_more(*ix, one, &of_one, &of_other))
    }

    /// The Denies of a class, and of its boundary, that another class has not.
    fn denies_alone(&self, of: &Class, but: &Class) -> Vec<&'e Statement> {
        let shared: HashSet<Document> = limiting(but).collect();
        let denies = |document: Document| {
            let policy = document.parsed().map(|ix| self.estate.policy(ix));
            policy.into_iter().flat_map(|policy| &policy.statements).filter(|s| s.effect == Effect::Deny)
        };
        let mut alone: Vec<&Statement> =
            limiting(of).filter(|document| !shared.contains(document)).flat_map(denies).collect();
        // the same Deny may stand in another document
        alone.retain(|deny| !limiting(but).flat_map(denies).any(|own| says_the_same(own, deny)));
        alone
    }

    /// Whether what the Allows of a policy speak of is, piece by piece, allowed to one and not to the other.
    fn whole_is_more(&self, ix: PolicyIx, one: &Asked<'_>, other: &Asked<'_>) -> bool {
        allows(self.estate.policy(ix))
            .any(|allow| pieces(allow, one).iter().any(|piece| self.lacks(other, allow, piece, one)))
    }

    /// The same of what limits leave of them, and of that of which the other has all but something.
    fn left_is_more(&self, ix: PolicyIx, class: ClassIx, one: &Asked<'_>, other: &Asked<'_>) -> bool {
        let Some(left) = &*self.left_of(ix, class, one) else { return true };
        let all = || allows(self.estate.policy(ix)).zip(left);
        if all().any(|(allow, left)| left.iter().any(|piece| self.lacks(other, allow, piece, one))) {
            return true;
        }
        let of_other = other.policies().iter().chain(other.boundary()).filter_map(|own| own.document.parsed());
        let holes = exceptions(of_other.flat_map(|ix| allows(self.estate.policy(ix))), other);
        !holes.is_empty()
            && all().any(|(allow, left)| {
                let whole = pieces(allow, one);
                let all = whole.iter().chain(left);
                let mut cut = all.flat_map(|piece| holes.iter().filter_map(|hole| piece.and(hole)));
                cut.any(|piece| self.lacks(other, allow, &piece, one))
            })
    }

    /// Of each Allow of a policy what limits leave of the pieces that they do not leave whole; `None` where that is too much to be told.
    fn left_of(&self, ix: PolicyIx, class: ClassIx, one: &Asked<'_>) -> Arc<Left> {
        let known = || self.left.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(left) = known().get(&(class, ix)) {
            return Arc::clone(left);
        }
        let limits = limits(one);
        let of = |allow: &Statement| {
            let mut of = pieces(allow, one);
            if limits.is_empty() {
                return Some(Vec::new());
            }
            of.retain(|piece| !is_allowed(one, piece));
            let left = if of.is_empty() { BTreeSet::new() } else { left(of, &limits)? };
            Some(left.into_iter().filter(|piece| is_allowed(one, piece)).collect())
        };
        let found: Arc<Left> = Arc::new(allows(self.estate.policy(ix)).map(of).collect());
        Arc::clone(known().entry((class, ix)).or_insert(found))
    }

    /// Whether a piece of an Allow of one is allowed to it, and to the other not, or under other conditions.
    fn lacks(&self, other: &Asked<'_>, allow: &Statement, piece: &Piece, one: &Asked<'_>) -> bool {
        let (action, resource) = piece.request();
        // whether the role lets it in is for the role to say: what counts is who may ask
        if action.service() == "sts" {
            let counts = |s: &Statement| s.conditions.iter().all(|test| allow.conditions.contains(test));
            return !self.says(other.policies(), other.boundary(), &action, &resource, counts);
        }
        let own = one.may_somehow(&action, &resource);
        let others = if own == Truth::False { Truth::True } else { other.may_somehow(&action, &resource) };
        others != Truth::True && others != own
    }

    /// Whether a class may surely ask for any role, as far as its own policies and its boundary go.
    pub(crate) fn asks_for_any_role(&self, class: ClassIx) -> bool {
        self.does_to_any(PrincipalType::Role, class, &sts::ASSUME_ROLE)
    }

    /// The same of some action on roles, or on users.
    pub(crate) fn does_to_any(&self, kind: PrincipalType, class: ClassIx, action: &Action) -> bool {
        let word = if kind == PrincipalType::User { "user" } else { "role" };
        let any = format!("arn:aws:iam::123456789012:{word}/{SOME}");
        let class = self.estate.class(class);
        let is_sure = |s: &Statement| s.conditions.is_empty() && s.resources.as_ref().is_some_and(|own| !own.negated);
        let denies = limiting(class).filter_map(Document::parsed).flat_map(|ix| &self.estate.policy(ix).statements);
        let mut denies = denies.filter(|s| s.effect == Effect::Deny);
        self.says(class.policies(), class.boundary(), action, &any, is_sure)
            && !denies.any(|deny| deny.actions.matches(action))
    }

    /// Whether what lets callers into a role, or keeps those of an account from it, tells them apart.
    pub(crate) fn tells_callers_apart(&self, role: PrincipalIx, home: AccountIx) -> bool {
        let telling = self.telling.get_or_init(|| telling(self.estate));
        let own = self.estate.principal(role);
        let trust = own.role().map(|facts| facts.trust);
        let guardrails = [self.estate.account(own.account()).rcps(), self.estate.account(home).scps()];
        let mut documents = guardrails.into_iter().flat_map(|all| all.documents()).chain(trust);
        documents.any(|document| document.parsed().is_some_and(|ix| telling.contains(&ix)))
    }

    /// Whether Allows of these policies, and of a boundary, speak of this; of those that count.
    fn says(
        &self,
        policies: &[Attached],
        boundary: Option<&Attached>,
        action: &Action,
        resource: &str,
        counts: impl Fn(&Statement) -> bool,
    ) -> bool {
        let speaks = |document: Document| {
            let Some(policy) = document.parsed().map(|ix| self.estate.policy(ix)) else { return false };
            allows(policy).any(|s| {
                let covers = |clause: &ResourceClause| {
                    clause.negated || clause.patterns.iter().any(|text| wildcard::matches(&text.widest(), resource))
                };
                counts(s) && s.actions.matches(action) && s.resources.as_ref().is_some_and(covers)
            })
        };
        policies.iter().any(|own| speaks(own.document)) && boundary.is_none_or(|own| speaks(own.document))
    }

    fn named(&self) -> &HashSet<PrincipalIx> {
        self.named.get_or_init(|| {
            let distinct: HashSet<_> = trusts(self.estate).map(|(_, trust)| trust).collect();
            let allows = distinct.into_iter().flat_map(|trust| allows(self.estate.policy(trust)));
            allows.flat_map(named).filter_map(|arn| self.estate.principal_by_arn(arn)).collect()
        })
    }

    /// Those of an account whom roles of other accounts let in, in order.
    pub(crate) fn abroad_of(&self, account: AccountIx) -> impl Iterator<Item = PrincipalIx> + '_ {
        self.abroad().of(account)
    }

    /// Whether roles of other accounts let it in.
    pub(crate) fn is_abroad(&self, ix: PrincipalIx) -> bool {
        self.abroad().has(self.estate, ix)
    }

    fn abroad(&self) -> &Abroad {
        self.abroad.get_or_init(|| Abroad::new(self.estate))
    }
}

/// The documents that may limit a class: its policies and its boundary.
fn limiting(class: &Class) -> impl Iterator<Item = Document> {
    class.policies().iter().chain(class.boundary()).map(|own| own.document)
}

/// Whether two statements of one effect are about the same.
fn says_the_same(one: &Statement, other: &Statement) -> bool {
    one.actions == other.actions && one.conditions == other.conditions && one.resources == other.resources
}

/// Whether what a policy allows may differ with who holds it.
fn reads_caller(policy: &Policy) -> bool {
    policy.statements.iter().any(|statement| {
        let texts = statement.resources.iter().flat_map(|clause| &clause.patterns);
        statement.conditions.iter().any(|condition| condition.keys().any(tells_apart))
            || texts.flat_map(|text| text.variables()).any(tells_apart)
    })
}

/// Of calls to STS a role has a say, so that nobody is asked here.
fn is_allowed(one: &Asked<'_>, piece: &Piece) -> bool {
    let (action, resource) = piece.request();
    action.service() == "sts" || one.may_somehow(&action, &resource) != Truth::False
}
