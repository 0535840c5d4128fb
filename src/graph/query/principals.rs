//! Every user and role of a snapshot, and whoever else stands at an edge.

use std::collections::BTreeSet;

use crate::answer::PrincipalRow;
use crate::graph::source::Source;
use crate::graph::trust_graph::TrustGraph;
use crate::ids::{AccountId, PrincipalIx};
use crate::model::Estate;

/// Users and roles account by account, then the others in order. Made as they are asked for: there may be millions.
pub fn principals<'g>(graph: &'g TrustGraph<'_>) -> impl Iterator<Item = PrincipalRow> + 'g {
    let estate = graph.estate();
    let all = (0..estate.principals().len()).map(|at| Source::Principal(PrincipalIx::new(at)));
    let edges = graph.all().iter().flatten().map(|edge| &edge.from);
    let distinct: BTreeSet<&Source> = edges.filter(|from| !from.is_expanded(estate)).collect();
    let people = estate.people().into_iter().flat_map(|people| people.persons().map(|(ix, _)| Source::Person(ix)));
    let others: BTreeSet<Source> = distinct.into_iter().cloned().chain(people).collect();
    all.chain(others).map(move |source| row(&source, estate))
}

fn row(source: &Source, estate: &Estate) -> PrincipalRow {
    let account = source.account(estate);
    let known = AccountId::parse(&account).and_then(|id| estate.account_by_id(id)).map(|ix| estate.account(ix));
    let name = match source {
        Source::Principal(ix) => estate.principal(*ix).name().to_owned(),
        Source::Person(ix) => {
            let person = estate.people().map(|people| people.person(*ix));
            person.and_then(|person| person.display_name()).unwrap_or_default().to_owned()
        }
        _ => String::new(),
    };
    let ou = known.map_or_else(String::new, |account| match account.units_gap() {
        Some(_) => "not read".to_owned(),
        None => account.unit_names().iter().map(|name| format!("/{name}")).collect(),
    });
    PrincipalRow {
        principal: source.name(estate),
        kind: source.kind(estate),
        name,
        account_name: known.map_or_else(String::new, |account| account.name().to_owned()),
        account,
        ou,
    }
}
