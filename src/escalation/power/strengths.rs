//! Whether one principal may do something that another may not.
//!
//! Owns: the definition. One is stronger than the other where a role lets it in by its name; where a trust policy, SCP or RCP tells the
//! two apart by ARN, tag or id; where some Allow of its own policies, asked as one request that it covers, is allowed to it and to the
//! other not, or under other conditions; or where the other has a Deny of its own that may take some of it away. What it may do to
//! itself alone (a pattern with its name) is no strength. What was not read may be one. INVARIANT: where one is not stronger, whatever
//! its policies allow is allowed to the other.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use foldhash::{HashMap, HashMapExt};

use super::abroad::{Abroad, named, trusts};
use super::ask::{ALL, Asked};
use super::told::{Fare, Told, telling, tells_apart};
use crate::eval::Truth;
use crate::ids::{AccountIx, ClassIx, PolicyIx, PrincipalIx};
use crate::model::{Attached, Class, Document, Estate};
use crate::policy::action::{Action, ActionPattern};
use crate::policy::key::{ContextKey, KeyKind};
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
    told: OnceLock<Told>,
    /// By class: its members fare alike.
    fares: Mutex<HashMap<ClassIx, Arc<[Fare]>>>,
    /// Principals whom some role lets in by name.
    named: OnceLock<HashSet<PrincipalIx>>,
    abroad: OnceLock<Abroad>,
    /// What tells callers of AssumeRole apart.
    telling: OnceLock<HashSet<PolicyIx>>,
}

/// A text that no policy has.
const SOME: &str = "q7x2m4k9zt";

impl<'e> Strengths<'e> {
    pub(crate) fn new(estate: &'e Estate) -> Self {
        Self {
            estate,
            known: Mutex::new(HashMap::new()),
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
            if self.is_more(policy, &of_one, &of_other) {
                return true;
            }
        }
        false
    }

    /// The Denies of a class, and of its boundary, that another class has not.
    fn denies_alone(&self, of: &Class, but: &Class) -> Vec<&'e Statement> {
        let shared: HashSet<Document> = limits(but).collect();
        let alone = limits(of).filter(|document| !shared.contains(document));
        let policies = alone.filter_map(|document| Some(self.estate.policy(document.parsed()?)));
        policies.flat_map(|policy| &policy.statements).filter(|s| s.effect == Effect::Deny).collect()
    }

    fn is_more(&self, policy: &Policy, one: &Asked<'_>, other: &Asked<'_>) -> bool {
        allows(policy).any(|allow| {
            requests(allow, one).into_iter().any(|(action, resource)| {
                // whether the role lets it in is for the role to say: what counts is who may ask
                if action.service() == "sts" {
                    let counts = |s: &Statement| s.conditions.iter().all(|test| allow.conditions.contains(test));
                    return !self.says(other.policies(), other.boundary(), &action, &resource, counts);
                }
                let own = one.may_somehow(&action, &resource);
                let others = if own == Truth::False { Truth::True } else { other.may_somehow(&action, &resource) };
                others != Truth::True && others != own
            })
        })
    }

    /// Whether a class may surely ask for any role, as far as its own policies and its boundary go.
    pub(crate) fn asks_for_any_role(&self, class: ClassIx) -> bool {
        let any = format!("arn:aws:iam::123456789012:role/{SOME}");
        let class = self.estate.class(class);
        let is_sure = |s: &Statement| s.conditions.is_empty() && s.resources.as_ref().is_some_and(|own| !own.negated);
        let denies = limits(class).filter_map(Document::parsed).flat_map(|ix| &self.estate.policy(ix).statements);
        let mut denies = denies.filter(|s| s.effect == Effect::Deny);
        self.says(class.policies(), class.boundary(), &sts::ASSUME_ROLE, &any, is_sure)
            && !denies.any(|deny| deny.actions.matches(&sts::ASSUME_ROLE))
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
fn limits(class: &Class) -> impl Iterator<Item = Document> {
    class.policies().iter().chain(class.boundary()).map(|own| own.document)
}

/// Whether what a policy allows may differ with who holds it.
fn reads_caller(policy: &Policy) -> bool {
    policy.statements.iter().any(|statement| {
        let texts = statement.resources.iter().flat_map(|clause| &clause.patterns);
        statement.conditions.iter().any(|condition| condition.keys().any(tells_apart))
            || texts.flat_map(|text| text.variables()).any(tells_apart)
    })
}

/// One request for each action and each resource that an Allow has; what one may do to what has its name is left out.
fn requests(statement: &Statement, one: &Asked<'_>) -> Vec<(Action, Arc<str>)> {
    let actions: Vec<Action> = match statement.actions.negated {
        true => vec![Action::named(SOME, SOME)],
        false => statement.actions.patterns.iter().filter_map(covered).collect(),
    };
    let is_own = |key: &ContextKey| matches!(key.kind(), KeyKind::Username | KeyKind::UserId | KeyKind::PrincipalArn);
    let resources: Vec<Arc<str>> = match &statement.resources {
        Some(clause) if !clause.negated => clause
            .patterns
            .iter()
            .filter(|text| !text.variables().any(is_own))
            .map(|text| {
                let text = text.filled(|key| Some(one.value_of(key))).unwrap_or_default();
                if text.chars().all(|c| c == '*') { "*".into() } else { text.replace(['*', '?'], "x").into() }
            })
            .collect(),
        _ => vec!["*".into()],
    };
    resources
        .iter()
        .flat_map(|resource| actions.iter().map(move |action| (action.clone(), Arc::clone(resource))))
        .collect()
}

fn covered(pattern: &ActionPattern) -> Option<Action> {
    match pattern {
        ActionPattern::All => Some(Action::named(SOME, SOME)),
        ActionPattern::Nothing(_) => None,
        ActionPattern::Named { service, operation, .. } => Some(Action::named(&filled(service), &filled(operation))),
    }
}

/// A text that the pattern covers, and that a narrower one does not.
fn filled(pattern: &str) -> String {
    if !wildcard::has_wildcard(pattern) {
        return pattern.to_owned();
    }
    pattern.replacen('*', SOME, 1).replace('*', "").replace('?', "x")
}
