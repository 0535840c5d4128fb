//! From the decided graph to its saved index.

use std::collections::HashMap;

use super::rows::Rows;
use super::{Entry, Saved};
use crate::graph::source::Source;
use crate::graph::trust_graph::TrustGraph;
use crate::ids::{AccountIx, PolicyIx, PrincipalIx};
use crate::model::{Account, Estate, Presence};
use crate::policy::condition::Condition;
use crate::policy::key::KeyKind;
use crate::policy::speaks_of_roles;

impl Saved {
    /// The index of a graph; decides every edge. `None` where a question may need every account: it is not known whether a session can
    /// have a source identity, or accounts are of several partitions.
    #[must_use]
    pub fn make(graph: &TrustGraph<'_>) -> Option<Self> {
        let estate = graph.estate();
        let sets_source_identity = estate.sets_source_identity().ok()?;
        let partition = estate.accounts().first()?.partition();
        if estate.accounts().iter().any(|account| account.partition() != partition) {
            return None;
        }
        let mut numbers = HashMap::<&Source, u32>::new();
        let (mut sources, mut into) = (Rows::new(), Rows::new());
        for (_, edges) in graph.by_role() {
            let mut row = Vec::new();
            for edge in edges {
                let members = edge.from.members(estate);
                if members.is_empty() {
                    // somebody who is no principal of the snapshot: their account has no file to open
                    continue;
                }
                let next = u32::try_from(numbers.len()).ok()?;
                let number = *numbers.entry(&edge.from).or_insert(next);
                if number == next {
                    sources.push(members.iter().filter_map(|member| number_of(*member)))?;
                }
                row.push(number);
            }
            row.dedup();
            into.push(row)?;
        }
        let accounts = estate.indexed_accounts().map(|(ix, account)| entry(estate, ix, account));
        let mut accounts: Vec<Entry> = accounts.collect();
        // an account without principals starts where the next one does
        let mut next = number_of(PrincipalIx::new(estate.principals().len()))?;
        for entry in accounts.iter_mut().rev() {
            if entry.first == NONE {
                entry.first = next;
            }
            next = entry.first;
        }
        let at = reads_time(estate).then(|| estate.at());
        Some(Self { accounts, partition: partition.to_owned(), at, sets_source_identity, sources, into })
    }
}

/// True if a statement about assuming roles reads the time.
fn reads_time(estate: &Estate) -> bool {
    let policies = (0..estate.policy_count()).map(|at| estate.policy(PolicyIx::new(at)));
    let mut statements = policies.flat_map(|policy| &policy.statements).filter(|statement| speaks_of_roles(statement));
    statements.any(|statement| {
        let tested = statement.conditions.iter().flat_map(Condition::keys);
        let filled_in = statement.resources.iter().flat_map(|clause| clause.variables());
        tested.chain(filled_in).any(|key| matches!(key.kind(), KeyKind::CurrentTime | KeyKind::EpochTime))
    })
}

/// No principal has this number.
const NONE: u32 = u32::MAX;

fn number_of(principal: PrincipalIx) -> Option<u32> {
    u32::try_from(principal.get()).ok().filter(|number| *number != NONE)
}

fn entry(estate: &Estate, ix: AccountIx, account: &Account) -> Entry {
    let whole = *account.presence() == Presence::Collected;
    Entry {
        id: account.id(),
        name: account.name().to_owned(),
        first: estate.principals_of(ix).next().and_then(number_of).unwrap_or(NONE),
        // without a name, selectors look at its roles
        always: !whole || account.name().is_empty() || estate.lenders().contains(&account.id()),
    }
}
