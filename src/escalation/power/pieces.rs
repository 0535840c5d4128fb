//! What an Allow speaks of, and what narrower policies leave of it.
//!
//! Owns: pieces (one pattern of actions, one of resources), what two have in common, and a request that stands for a whole piece: a text
//! in place of each wildcard that no policy has, so that a policy which covers it covers the piece. INVARIANT: whatever the patterns of an
//! Allow and of all that limits a principal let through is in a piece of what is left, unless there are too many of them.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::ask::Asked;
use crate::model::{Document, Estate};
use crate::policy::action::{Action, ActionClause, ActionPattern};
use crate::policy::key::{ContextKey, KeyKind};
use crate::policy::resource::ResourceClause;
use crate::policy::shadow::{allows, covers_text};
use crate::policy::{Effect, Policy, Statement};
use crate::wildcard;

/// A text that no policy has, nor any part of it.
pub(super) const SOME: &str = "¦~¦";

/// A character that no policy has.
const ONE: &str = "~";

/// Pieces of one Allow at most.
const MAX: usize = 2048;

/// One pattern of actions with one of resources.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Piece {
    service: Box<str>,
    operation: Box<str>,
    resource: Box<str>,
}

/// What limits a principal.
#[derive(Debug)]
pub(super) enum Limit {
    /// Nothing but this.
    Within(Vec<Piece>),
    /// A Deny of all but this, perhaps under conditions.
    ButFor(Vec<Piece>),
}

impl Piece {
    /// A request that a policy covers where it covers the piece, and not where it covers less.
    pub(super) fn request(&self) -> (Action, Arc<str>) {
        let resource = if &*self.resource == "*" { "*".to_owned() } else { filled(&self.resource) };
        (Action::named(&filled(&self.service), &filled(&self.operation)), resource.into())
    }

    /// What it has in common with another one.
    pub(super) fn and(&self, other: &Self) -> Option<Self> {
        Some(Self {
            service: common(&self.service, &other.service)?,
            operation: common(&self.operation, &other.operation)?,
            resource: common_resource(&self.resource, &other.resource)?,
        })
    }
}

/// What a statement speaks of; of a list of exceptions everything. What its principal may do to what has its name is left out.
pub(super) fn pieces(statement: &Statement, one: &Asked<'_>) -> Vec<Piece> {
    let actions = if statement.actions.negated { vec![any_action()] } else { actions(&statement.actions) };
    let resources = match &statement.resources {
        Some(clause) if !clause.negated => resources(clause, one),
        _ => vec![any_resource()],
    };
    paired(&actions, &resources)
}

/// What statements speak of that give or take all but a list: of that list.
pub(super) fn exceptions<'p>(statements: impl Iterator<Item = &'p Statement>, one: &Asked<'_>) -> Vec<Piece> {
    let mut found = Vec::new();
    for statement in statements {
        if statement.actions.negated {
            found.extend(paired(&actions(&statement.actions), &[any_resource()]));
        }
        if let Some(clause) = statement.resources.as_ref().filter(|clause| clause.negated) {
            found.extend(paired(&[any_action()], &resources(clause, one)));
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// What limits a principal beside its Allows: its boundary, the SCPs of each level, and Denies of all but something.
pub(super) fn limits(one: &Asked<'_>) -> Vec<Limit> {
    let estate = one.estate;
    let (scps, rcps) = (one.account().scps(), one.account().rcps());
    let boundary = one.boundary().map(|own| vec![own.document]);
    let levels = scps.levels().iter().map(|level| level.iter().map(|guardrail| guardrail.document).collect());
    let mut found: Vec<Limit> =
        boundary.into_iter().chain(levels).filter_map(|documents| within(estate, &documents, one)).collect();
    let own = one.policies().iter().chain(one.boundary()).map(|attached| attached.document);
    let all: BTreeSet<_> = own.chain(scps.documents()).chain(rcps.documents()).filter_map(Document::parsed).collect();
    for ix in all {
        for deny in estate.policy(ix).statements.iter().filter(|s| s.effect == Effect::Deny) {
            let but_for = exceptions(std::iter::once(deny), one);
            if !but_for.is_empty() {
                found.push(Limit::ButFor(but_for));
            }
        }
    }
    found
}

/// What these documents together give; nothing where one gives everything, or was not read.
fn within(estate: &Estate, documents: &[Document], one: &Asked<'_>) -> Option<Limit> {
    let read: Option<Vec<&Policy>> = documents.iter().map(|own| Some(estate.policy(own.parsed()?))).collect();
    let read = read?;
    let all = || read.iter().flat_map(|policy| allows(policy));
    let is_star = |clause: &ResourceClause| !clause.negated && clause.patterns.iter().any(|text| text.as_str() == "*");
    let gives_all = |s: &Statement| {
        s.conditions.is_empty()
            && !s.actions.negated
            && s.actions.patterns.contains(&ActionPattern::All)
            && s.resources.as_ref().is_some_and(is_star)
    };
    if all().any(gives_all) {
        return None;
    }
    Some(Limit::Within(all().flat_map(|allow| pieces(allow, one)).collect()))
}

/// What limits leave of some pieces; `None` where that is too much to be told.
pub(super) fn left(of: Vec<Piece>, limits: &[Limit]) -> Option<BTreeSet<Piece>> {
    let mut found: BTreeSet<Piece> = of.into_iter().collect();
    for limit in limits {
        let (by, mut next) = match limit {
            Limit::Within(by) => (by, BTreeSet::new()),
            Limit::ButFor(by) => (by, found.clone()),
        };
        for piece in &found {
            next.extend(by.iter().filter_map(|by| piece.and(by)));
            if next.len() > MAX {
                return None;
            }
        }
        found = next;
    }
    Some(found)
}

fn paired(actions: &[(Box<str>, Box<str>)], resources: &[Box<str>]) -> Vec<Piece> {
    let piece = |(service, operation): &(Box<str>, Box<str>), resource: &str| Piece {
        service: service.clone(),
        operation: operation.clone(),
        resource: resource.into(),
    };
    resources.iter().flat_map(|resource| actions.iter().map(move |action| piece(action, resource))).collect()
}

fn actions(clause: &ActionClause) -> Vec<(Box<str>, Box<str>)> {
    let of = |pattern: &ActionPattern| match pattern {
        ActionPattern::All => Some(any_action()),
        ActionPattern::Nothing(_) => None,
        ActionPattern::Named { service, operation, .. } => Some((service.clone(), operation.clone())),
    };
    clause.patterns.iter().filter_map(of).collect()
}

fn resources(clause: &ResourceClause, one: &Asked<'_>) -> Vec<Box<str>> {
    let is_own = |key: &ContextKey| matches!(key.kind(), KeyKind::Username | KeyKind::UserId | KeyKind::PrincipalArn);
    let texts = clause.patterns.iter().filter(|text| !text.variables().any(is_own));
    let texts = texts.filter_map(|text| text.filled(|key| Some(one.value_of(key))));
    texts.map(|text| if text.chars().all(|c| c == '*') { any_resource() } else { text.into() }).collect()
}

fn any_action() -> (Box<str>, Box<str>) {
    ("*".into(), "*".into())
}

fn any_resource() -> Box<str> {
    "*".into()
}

fn filled(pattern: &str) -> String {
    pattern.replace('*', SOME).replace('?', ONE)
}

/// What two patterns have in common, as one.
fn common(a: &str, b: &str) -> Option<Box<str>> {
    if covers_text(a, b) {
        return Some(b.into());
    }
    if covers_text(b, a) {
        return Some(a.into());
    }
    wildcard::common(a, b).map(Into::into)
}

/// The same of resources: a star of an ARN ends at a colon.
fn common_resource(a: &str, b: &str) -> Option<Box<str>> {
    let parts = |text: &'_ str| text.splitn(6, ':').map(str::to_owned).collect::<Vec<_>>();
    let (of_a, of_b) = (parts(a), parts(b));
    if of_a.len() < 6 || of_b.len() < 6 {
        return common(a, b);
    }
    let both: Option<Vec<Box<str>>> = of_a.iter().zip(&of_b).map(|(a, b)| common(a, b)).collect();
    Some(both?.join(":").into())
}
