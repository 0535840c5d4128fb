//! Whether a class of principals can change anything at all.
//!
//! Owns: the search for one request that changes something and that no Deny, boundary or SCP takes away. Which requests to try
//! follows from the policies: what they allow, and what their Denies leave out; the evaluator decides each.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::probes::{self, Writes};
use crate::escalation::power::{Asked, Found, Shown};
use crate::eval::{ServiceKeys, Truth, Unclear};
use crate::model::Document;
use crate::policy::action::Action;
use crate::policy::text::Text;
use crate::policy::{Effect, Policy};
use crate::posture::entry::{self, Can};

/// Requests that are tried before the search gives up and says so.
const TRIED: usize = 10_000;

/// Whether some request that changes something is allowed.
pub(super) fn writes(asked: &Asked<'_>, listed: &Writes) -> Found {
    let mut search = Search { asked, listed, truth: Truth::False, shown: None, left: TRIED };
    search.as_written();
    search.combined();
    Found { truth: search.truth, shown: search.shown }
}

struct Search<'a, 'e> {
    asked: &'a Asked<'e>,
    listed: &'a Writes,
    truth: Truth,
    shown: Option<Shown>,
    left: usize,
}

impl Search<'_, '_> {
    /// Each Allow of an identity-based policy on its own: nearly always the first is enough.
    fn as_written(&mut self) {
        let asked = self.asked;
        let documents = asked.policies().iter().filter_map(|attached| parsed(asked, attached.document));
        for statement in documents.flat_map(|policy| &policy.statements).filter(|s| s.effect == Effect::Allow) {
            let action = match statement.actions.negated {
                true => Some(probes::some_write()),
                false => self.listed.of(statement).first().cloned(),
            };
            let resource = match &statement.resources {
                Some(clause) if !clause.negated => clause.patterns.first().map(|text| self.covered_by(text)),
                _ => Some("*".into()),
            };
            if action.zip(resource).is_some_and(|(action, resource)| self.is_found(&action, &resource)) {
                return;
            }
        }
    }

    /// The actions and resources that some layer names, those of one statement first: what one layer allows another may cut down to a
    /// few.
    fn combined(&mut self) {
        if self.truth != Truth::False {
            return;
        }
        let mut actions: Vec<Action> = std::iter::once(probes::some_write()).chain(probes::known()).collect();
        let mut resources: BTreeSet<Arc<str>> = BTreeSet::from(["*".into()]);
        for statement in layers(self.asked).into_iter().flat_map(|policy| &policy.statements) {
            actions.extend(statement.actions.patterns.iter().filter_map(probes::some_write_like));
            // what an Allow lists, and what a Deny leaves out
            let lists = |negated: bool| negated == (statement.effect == Effect::Deny);
            let own = if lists(statement.actions.negated) { self.listed.of(statement) } else { Arc::default() };
            let clauses = statement.resources.iter().filter(|clause| lists(clause.negated));
            let texts = clauses.flat_map(|clause| clause.patterns.iter());
            let of_own: Vec<Arc<str>> = texts.map(|text| self.covered_by(text)).collect();
            if self.any_is_found(&own, &of_own, |_, _| true) {
                return;
            }
            actions.extend(own.iter().cloned());
            resources.extend(of_own);
        }
        actions.extend(resources.iter().filter_map(|arn| service_of(arn)).map(probes::some_write_of));
        actions.sort_by(|a, b| a.name().cmp(b.name()));
        actions.dedup();
        let resources: Vec<Arc<str>> = resources.into_iter().collect();
        self.any_is_found(&actions, &resources, fits);
    }

    /// Asks for each action on each resource that is one of it; true if the search is over.
    fn any_is_found(&mut self, actions: &[Action], resources: &[Arc<str>], fits: fn(&Action, &str) -> bool) -> bool {
        let mut tried = actions.iter().flat_map(|action| resources.iter().map(move |resource| (action, resource)));
        let mut is_over = |action, resource: &Arc<str>| self.is_found(action, resource) || self.truth != Truth::False;
        // what depends on missing data depends on it for every request
        tried.any(|(action, resource)| fits(action, resource) && is_over(action, resource))
    }

    /// Asks for one request; true if the search is over.
    fn is_found(&mut self, action: &Action, resource: &Arc<str>) -> bool {
        if self.left == 0 {
            let why: Arc<str> = format!("its policies combine in more than {TRIED} ways").into();
            self.truth =
                std::mem::replace(&mut self.truth, Truth::False).or(Truth::unclear(Unclear::Undocumented(why)));
            return true;
        }
        self.left -= 1;
        if !self.asked.speaks_of(action) {
            return false;
        }
        let truth = self.asked.may_somehow(action, resource);
        if truth == Truth::False {
            return false;
        }
        if self.shown.is_none() || truth == Truth::True {
            let resource = Arc::clone(resource);
            self.shown = Some(Shown { action: action.name().into(), resource, keys: ServiceKeys::Chosen });
        }
        self.truth = std::mem::replace(&mut self.truth, Truth::False).or(truth);
        entry::can(&self.truth) == Can::Yes
    }

    /// A resource that the pattern covers; `*` if it covers all.
    fn covered_by(&self, text: &Text) -> Arc<str> {
        let filled = text.filled(|key| Some(self.asked.value_of(key))).unwrap_or_default();
        if filled.chars().all(|c| c == '*') { "*".into() } else { filled.replace(['*', '?'], "x").into() }
    }
}

/// Whether an action of one statement may be done to a resource of another: they are of one service, as far as the ARN tells.
fn fits(action: &Action, resource: &str) -> bool {
    service_of(resource).is_none_or(|service| service == action.service())
}

fn service_of(arn: &str) -> Option<&str> {
    arn.split(':').nth(2).filter(|service| !service.is_empty())
}

/// Identity-based policies, boundary and SCPs.
fn layers<'e>(asked: &Asked<'e>) -> Vec<&'e Policy> {
    let attached = asked.policies().iter().chain(asked.boundary()).map(|attached| attached.document);
    let scps = asked.account().scps().documents();
    attached.chain(scps).filter_map(|document| parsed(asked, document)).collect()
}

fn parsed<'e>(asked: &Asked<'e>, document: Document) -> Option<&'e Policy> {
    match document {
        Document::Parsed(ix) => Some(asked.estate.policy(ix)),
        Document::Missing(_) => None,
    }
}
