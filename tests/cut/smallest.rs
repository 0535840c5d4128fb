//! A cut leaves no way, and no smaller one does: small organizations against every choice of removals.

use std::collections::BTreeSet;
use std::convert::Infallible;

use proptest::prelude::*;
use rolehop::answer::{PrincipalKind, Verdict};
use rolehop::change::ChangeError;
use rolehop::cut::{Asked, cut};
use rolehop::graph::query::{Targets, who_can};
use rolehop::graph::{SelectError, TrustGraph};
use rolehop::model::{BuildError, Estate};
use rolehop::snapshot::Snapshot;
use rolehop::snapshot::edit::{Edit, Removal};

use super::world::{ACCOUNTS, ROLES, World, at, role};

/// Whatever goes wrong.
#[derive(Debug)]
struct Failed(#[expect(dead_code, reason = "shown by a test that fails")] String);

impl From<SelectError> for Failed {
    fn from(error: SelectError) -> Self {
        Self(error.to_string())
    }
}

impl From<ChangeError> for Failed {
    fn from(error: ChangeError) -> Self {
        Self(format!("{error:?}"))
    }
}

impl From<BuildError> for Failed {
    fn from(error: BuildError) -> Self {
        Self(error.to_string())
    }
}

impl From<Infallible> for Failed {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

/// Who reaches which role of the target, services left out.
fn ways(snapshot: &Snapshot, removed: &[Removal]) -> BTreeSet<(String, String)> {
    ways_to(snapshot, removed, ACCOUNTS[1])
}

/// Who reaches a role of the other account.
fn ways_beside(snapshot: &Snapshot, removed: &[Removal]) -> BTreeSet<(String, String)> {
    (0..2).flat_map(|number| ways_to(snapshot, removed, &role(number))).collect()
}

fn ways_to(snapshot: &Snapshot, removed: &[Removal], target: &str) -> BTreeSet<(String, String)> {
    let edits: Vec<Edit> = removed.iter().cloned().map(Edit::Remove).collect();
    let estate = Estate::build(&snapshot.edited(&edits).unwrap(), at()).unwrap();
    let found = who_can(&TrustGraph::new(&estate), target, &Targets::new()).unwrap();
    let mut all = BTreeSet::new();
    for group in found.groups.iter().filter(|group| group.kind != PrincipalKind::Service) {
        for part in group.targets.iter().filter(|part| part.verdict != Verdict::Unknown) {
            let roles: Vec<&str> = part.roles.iter().collect();
            all.extend(
                group.principals.iter().flat_map(|who| roles.iter().map(|role| (who.clone(), (*role).to_owned()))),
            );
        }
    }
    all
}

fn combinations(count: usize, of: usize, then: &mut dyn FnMut(&[usize]) -> bool) -> bool {
    fn go(
        from: usize,
        count: usize,
        of: usize,
        chosen: &mut Vec<usize>,
        then: &mut dyn FnMut(&[usize]) -> bool,
    ) -> bool {
        if chosen.len() == of {
            return then(chosen);
        }
        (from..count).any(|next| {
            chosen.push(next);
            let found = go(next + 1, count, of, chosen, then);
            chosen.pop();
            found
        })
    }
    go(0, count, of, &mut Vec::new(), then)
}

fn statements(of: std::ops::Range<usize>, most: usize) -> impl Strategy<Value = Vec<Vec<usize>>> {
    prop::collection::vec(prop::collection::btree_set(of, 1..3).prop_map(|set| set.into_iter().collect()), 0..most)
}

prop_compose! {
    fn worlds()(
        trusts in prop::collection::vec(statements(0..6, 3), ROLES),
        inline in prop::collection::vec(statements(0..4, 2), ROLES),
        users in prop::collection::vec(any::<(bool, bool)>(), 2),
        group in statements(0..4, 3),
        managed in statements(0..4, 3),
    ) -> World {
        World { trusts, inline, users, group, managed }
    }
}

/// That the cut of the second account leaves no way, and that no smaller one does.
fn is_smallest(world: &World) -> Result<(), TestCaseError> {
    let dir = tempfile::tempdir().unwrap();
    world.write(dir.path());
    let snapshot = Snapshot::open(dir.path()).unwrap();
    let estate = Estate::build(&snapshot, at()).unwrap();
    let graph = TrustGraph::new(&estate);
    let targets = Targets::new();
    let none = BTreeSet::new();
    let asked = Asked {
        target: ACCOUNTS[1],
        targets: &targets,
        keep: &[],
        principals: &[],
        accounts: &none,
        without_mfa: false,
        machines: false,
    };
    let open = |edits: &[Edit]| -> Result<Estate, Failed> {
        Ok(Estate::build(&snapshot.edited(edits).map_err(|error| Failed(error.to_string()))?, at())?)
    };
    let found = cut(&graph, &asked, &open).unwrap();
    let before = ways(&snapshot, &[]);
    prop_assert_eq!(found.ways as usize, before.len());
    prop_assert!(found.verified && found.is_smallest);
    prop_assert_eq!(found.closed, found.ways);
    let all = world.removals();
    // the removals that it names leave no way, by the options that make them
    let removed: Vec<Removal> = found
        .removals
        .iter()
        .map(|removal| {
            let resolve = match removal.option {
                "--remove-statement" => rolehop::change::statement,
                "--detach" => rolehop::change::attachment,
                _ => rolehop::change::membership,
            };
            resolve(&graph, &removal.value).unwrap()
        })
        .collect();
    prop_assert!(removed.iter().all(|removal| all.contains(removal)));
    prop_assert_eq!(ways(&snapshot, &removed), BTreeSet::new());
    // what each takes away alone, and all of them together
    let beside = ways_beside(&snapshot, &[]);
    for (named, removal) in found.removals.iter().zip(&removed) {
        let alone = std::slice::from_ref(removal);
        prop_assert_eq!(named.closes, Some((before.len() - ways(&snapshot, alone).len()) as u64));
        prop_assert_eq!(named.others, Some((beside.len() - ways_beside(&snapshot, alone).len()) as u64));
    }
    prop_assert_eq!(found.others as usize, beside.len() - ways_beside(&snapshot, &removed).len());
    // and no fewer do
    for size in 0..found.removals.len().min(3) {
        let closes = |chosen: &[usize]| {
            let removed: Vec<Removal> = chosen.iter().map(|at| all[*at].clone()).collect();
            ways(&snapshot, &removed).is_empty()
        };
        let smaller = combinations(all.len(), size, &mut |chosen| closes(chosen));
        prop_assert!(
            !smaller,
            "{size} removals are enough, and {} were found: {:?}",
            found.removals.len(),
            found.removals
        );
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn a_cut_is_as_small_as_the_smallest_set_of_removals_that_leaves_no_way(world in worlds()) {
        is_smallest(&world)?;
    }
}

#[test]
fn what_a_role_of_the_target_reaches_is_closed_where_nobody_enters_that_role() {
    // the user's way into one role is the only way into the other
    let world = World {
        trusts: vec![vec![], vec![], vec![vec![4]], vec![vec![2]]],
        inline: vec![vec![]; ROLES],
        users: vec![(true, false), (false, false)],
        group: vec![vec![2]],
        managed: vec![],
    };
    is_smallest(&world).unwrap();
}

#[test]
fn of_one_document_several_statements_are_removed_by_where_they_stand_today() {
    // both statements of the trust policy let both users in: the second one moves up when the first is gone
    let world = World {
        trusts: vec![vec![], vec![], vec![vec![4, 5], vec![4, 5]], vec![]],
        inline: vec![vec![]; ROLES],
        users: vec![(true, true), (true, true)],
        group: vec![vec![2], vec![2], vec![2]],
        managed: vec![vec![2], vec![2], vec![2]],
    };
    is_smallest(&world).unwrap();
}
