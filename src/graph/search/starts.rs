//! Paths that start with a session of unknown making.
//!
//! Some keys travel with the session that a service made (`eval::context::session`). A role that starts a path may have
//! such a session; one that an earlier call of the path assumed has none; one that a service just assumed has that
//! service's. Edges are decided for sessions that a call made, which is what paths pass through. Owns: the sources
//! whose first calls differ from that, and the decisions that count for them. Those calls
//! are steps of their own (`walk`); the sweeps do not speak of such a source.

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::eval::{Possible, Test, Truth, settle_test};
use crate::graph::decision::Decision;
use crate::graph::edge::{Edge, Hop};
use crate::graph::edges::EdgeCall;
use crate::graph::passed::{Passed, made};
use crate::graph::source::Source;
use crate::ids::PrincipalIx;
use crate::model::Estate;

/// Sources whose paths start otherwise than others pass: roles, and services and providers that assume one.
pub(crate) fn of<'a>(estate: &Estate, edges: impl Iterator<Item = &'a Edge> + Clone) -> BTreeSet<Source> {
    let readers = edges.clone().filter(|edge| edge.issued().is_some());
    let roles: BTreeSet<PrincipalIx> = readers.flat_map(|edge| edge.callers(estate)).collect();
    if roles.is_empty() {
        return BTreeSet::new();
    }
    let makers = edges.filter(|edge| roles.contains(&edge.to) && makes_sessions(&edge.from));
    // people are asked about alone, and by what lets them in
    let named = |edge: &Edge| {
        let persons = edge.from.persons(estate).iter().copied().map(Source::Person);
        std::iter::once(edge.from.clone()).chain(persons).collect::<Vec<_>>()
    };
    let makers: Vec<Source> = makers.flat_map(named).collect();
    roles.iter().map(|role| Source::Principal(*role)).chain(makers).collect()
}

/// True for those whose sessions a service or a provider makes.
pub(crate) fn makes_sessions(source: &Source) -> bool {
    matches!(source, Source::Service(_) | Source::Provider(_)) || source.is_of_people()
}

/// An edge as the next hop of a path has it.
pub(crate) fn next<'e>(estate: &Estate, edge: &'e Edge, from: &Source, hops: &[Hop]) -> Cow<'e, Edge> {
    let Some(issued) = edge.issued() else { return Cow::Borrowed(edge) };
    let decision = match hops {
        [] if matches!(from, Source::Principal(_)) => issued.clone(),
        [first] if makes_sessions(&first.from) => made_by(estate, issued, first),
        _ => return Cow::Borrowed(edge),
    };
    Cow::Owned(Edge::of(edge.from.clone(), edge.to, edge.kind, decision))
}

/// The decision where the first call of a path made the session.
fn made_by(estate: &Estate, issued: &Decision, first: &Hop) -> Decision {
    let maker = EdgeCall::of(first).maker(estate).unwrap_or_default();
    let passed = Passed::of(estate, &first.from, first.edge.kind);
    let truth = issued.truth().replace(&mut |test| {
        let Possible::Issued(issues) = &test.possible else { return Truth::test((**test).clone()) };
        let own = made(passed, maker, issues).into();
        settle_test(Test { possible: Possible::Issued(own), ..(**test).clone() })
    });
    Decision::new(truth)
}
