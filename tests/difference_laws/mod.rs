//! What holds of the difference of any two organizations, whatever differs: each of them is made at random, the other one from it.

mod missing;

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use rolehop::answer::{Verdict, WhoCanAnswer};
use rolehop::comparison::World as Compared;
use rolehop::difference::{TargetDifference, WayChange, WayState};
use rolehop::graph::TrustGraph;
use rolehop::graph::query::{self, Targets};
use rolehop::model::Estate;
use rolehop::snapshot::Snapshot;
use serde_json::json;

use crate::reference::arbitrary::organization;
use crate::reference::organization::{NOW, Organization};

/// Every pair with what is known of it.
type Pairs = BTreeMap<(String, String), WayState>;

fn pairs(answer: &WhoCanAnswer) -> Pairs {
    let mut found = Pairs::new();
    for one in &answer.answers {
        for alike in answer.targets_of(one) {
            for role in alike.roles.iter() {
                let state = WayState { verdict: alike.verdict, conditions: alike.conditions.clone() };
                found.insert((one.principal.clone(), role.to_owned()), state);
            }
        }
    }
    found
}

/// What a difference says of each pair: how it changed, and its state on each side.
type Told = BTreeMap<(String, String), (WayChange, Option<WayState>, Option<WayState>)>;

fn expanded(difference: &TargetDifference) -> Told {
    let mut found = Told::new();
    for change in &difference.changes {
        for group in &change.groups {
            for principal in &group.principals {
                for role in &group.roles {
                    let state = (change.change, group.old.clone(), group.new.clone());
                    let before = found.insert((principal.clone(), role.clone()), state);
                    assert!(before.is_none(), "{principal} to {role} is told twice");
                }
            }
        }
    }
    found
}

fn config() -> ProptestConfig {
    let setting = |name: &str, otherwise: u64| std::env::var(name).map_or(otherwise, |text| text.parse().unwrap());
    ProptestConfig {
        cases: u32::try_from(setting("ROLEHOP_CASES", 24)).unwrap(),
        rng_seed: RngSeed::Fixed(setting("ROLEHOP_SEED", 1)),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

fn estate(organization: &Organization) -> Estate {
    let dir = tempfile::tempdir().unwrap();
    organization.write(dir.path());
    Estate::build(&Snapshot::open(dir.path()).unwrap(), NOW.parse().unwrap()).unwrap()
}

/// Values that conditions compare with, as others: wider, narrower, or neither.
const OTHERWISE: [(&str, &str); 4] = [
    ("10.0.0.0/16", "10.0.0.0/12"),
    ("192.0.2.0/24", "192.0.2.0/28"),
    ("\"x-1\"", "\"x-7\""),
    ("\"eu-west-1\"", "\"eu-west-?\""),
];

/// One or more documents of one organization are those of another, or compare with other values; accounts and names stay.
fn changed(seed: u64, choice: u64) -> (Organization, Organization) {
    let before = organization(seed);
    let mut after = before.clone();
    if choice >> 63 == 1 {
        for account in after.accounts.values_mut() {
            let text = OTHERWISE.iter().fold(account.to_string(), |text, (old, new)| text.replace(old, new));
            *account = serde_json::from_str(&text).unwrap();
        }
    }
    let mut at = 0;
    for account in after.accounts.values_mut() {
        for list in ["RoleDetailList", "UserDetailList"] {
            for principal in account[list].as_array_mut().unwrap() {
                at += 1;
                let is_chosen = (choice >> (at % 61)) & 1 == 1 && at % 3 == choice % 3;
                if is_chosen && list == "RoleDetailList" {
                    let statement = json!([{"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}]);
                    principal["AssumeRolePolicyDocument"] = json!({"Version": "2012-10-17", "Statement": statement});
                } else if is_chosen {
                    principal["UserPolicyList"] = json!([]);
                }
            }
        }
    }
    (before, after)
}

fn mirrored(change: WayChange) -> WayChange {
    match change {
        WayChange::New => WayChange::Lost,
        WayChange::Lost => WayChange::New,
        WayChange::Easier => WayChange::Harder,
        WayChange::Harder => WayChange::Easier,
        WayChange::Changed => WayChange::Changed,
    }
}

/// The users and roles some of whose documents have another text, by ARN; everybody of an account whose groups or managed policies have.
fn with_other_documents(before: &Organization, after: &Organization) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (id, old) in &before.accounts {
        let new = &after.accounts[id];
        let all = ["Policies", "GroupDetailList"].iter().any(|list| old[list] != new[list]);
        for list in ["UserDetailList", "RoleDetailList"] {
            for (old, new) in old[list].as_array().unwrap().iter().zip(new[list].as_array().unwrap()) {
                if all || old != new {
                    found.insert(old["Arn"].as_str().unwrap().to_owned());
                }
            }
        }
    }
    found
}

/// Everybody on the best path of one side.
fn on_way(graph: &TrustGraph<'_>, (from, to): &(String, String)) -> BTreeSet<String> {
    let path = query::path(graph, from, to, &Targets::new()).unwrap();
    path.hops.into_iter().flat_map(|hop| [hop.from, hop.to]).collect()
}

/// That ways which ask for the keys that they asked for, and are told, have a document with another text on them; how many are told.
fn rest_on_other_documents(
    told: &Told,
    (before, after): (&Organization, &Organization),
    (old, new): (&TrustGraph<'_>, &TrustGraph<'_>),
) -> usize {
    let other = with_other_documents(before, after);
    let alike: Vec<_> = told.iter().filter(|(_, (_, old, new))| old == new).map(|(pair, _)| pair).collect();
    for pair in &alike {
        let mut way = on_way(old, pair);
        way.extend(on_way(new, pair));
        assert!(!way.is_disjoint(&other), "{pair:?}: nothing differs on {way:?}");
    }
    alike.len()
}

/// Values alone are other ones, in several organizations: they are told, and the way back tells the opposite.
#[test]
fn ways_that_compare_with_other_values_are_told_where_a_document_on_them_differs() {
    let mut count = 0;
    for seed in 0..64 {
        let (before, after) = changed(seed, 1 << 63);
        let (old, new) = (estate(&before), estate(&after));
        let (of_old, of_new) = (TrustGraph::new(&old), TrustGraph::new(&new));
        let (there, back) = (Compared::new(&of_old, &of_new), Compared::new(&of_new, &of_old));
        for account in old.accounts() {
            let target = account.id().to_string();
            let Ok(found) = there.target(&target, &Targets::new()) else { continue };
            let told = expanded(&found);
            count += rest_on_other_documents(&told, (&before, &after), (&of_old, &of_new));
            let opposite = expanded(&back.target(&target, &Targets::new()).unwrap());
            for (pair, (change, old, new)) in &told {
                assert_eq!(opposite.get(pair), Some(&(mirrored(*change), new.clone(), old.clone())), "{pair:?}");
            }
        }
    }
    assert!(count > 20, "only {count} ways compare with other values");
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn the_ways_that_changed_are_the_difference_of_both_answers((seed, choice) in (any::<u64>(), any::<u64>())) {
        let (before, after) = changed(seed, choice);
        let (old, new) = (estate(&before), estate(&after));
        let (of_old, of_new) = (TrustGraph::new(&old), TrustGraph::new(&new));
        let world = Compared::new(&of_old, &of_new);
        let back = Compared::new(&of_new, &of_old);
        for account in old.accounts() {
            let target = account.id().to_string();
            let (Ok(one), Ok(two)) =
                (query::who_can(&of_old, &target, &Targets::new()), query::who_can(&of_new, &target, &Targets::new()))
            else {
                continue;
            };
            let (one, two) = (pairs(&one), pairs(&two));
            let found = world.target(&target, &Targets::new()).unwrap();
            let told = expanded(&found);
            let mut unknown = 0;
            let mut unchanged = 0;
            for pair in one.keys().chain(two.keys()).collect::<BTreeSet<_>>() {
                let (was, is) = (one.get(pair), two.get(pair));
                let unclear = |state: Option<&WayState>| state.is_some_and(|state| state.verdict == Verdict::Unknown);
                if unclear(was) || unclear(is) {
                    unknown += 1;
                    prop_assert!(!told.contains_key(pair), "{pair:?} is not known");
                } else if was == is {
                    // the same keys, with other values
                    let asks = is.is_some_and(|state| state.verdict == Verdict::Conditional);
                    let is_told = told.get(pair).is_some_and(|(_, old, new)| old == new);
                    unchanged += u64::from(!is_told);
                    prop_assert!(!told.contains_key(pair) || (is_told && asks), "{pair:?} did not change");
                } else {
                    let (_, old, new) = told.get(pair).unwrap_or_else(|| panic!("{pair:?} changed: {was:?} {is:?}"));
                    prop_assert_eq!((old.as_ref(), new.as_ref()), (was, is));
                }
            }
            prop_assert_eq!((found.ways.unknown, found.ways.unchanged), (unknown, unchanged));
            rest_on_other_documents(&told, (&before, &after), (&of_old, &of_new));
            prop_assert!(told.keys().all(|pair| one.contains_key(pair) || two.contains_key(pair)));
            let mirror: Told = expanded(&back.target(&target, &Targets::new()).unwrap())
                .into_iter()
                .map(|(pair, (change, old, new))| (pair, (mirrored(change), new, old)))
                .collect();
            prop_assert_eq!(told, mirror);
        }
    }

    #[test]
    fn an_organization_does_not_differ_from_itself(seed in any::<u64>()) {
        let one = organization(seed);
        let (old, new) = (estate(&one), estate(&one));
        let (of_old, of_new) = (TrustGraph::new(&old), TrustGraph::new(&new));
        let world = Compared::new(&of_old, &of_new);
        for account in old.accounts() {
            if let Ok(found) = world.target(&account.id().to_string(), &Targets::new()) {
                prop_assert!(found.changes.is_empty(), "{:?}", found.changes);
            }
        }
        for section in [world.principals(), world.people(), world.trusts(), world.guardrails(), world.accounts()] {
            prop_assert!(section.changes.is_empty(), "{:?}", section.changes);
        }
    }
}
