//! Laws that hold for every organization, whatever its policies say: a restriction only takes access away, and
//! equivalent spellings get the same answer.
//!
//! Needs no referee: an answer is compared with the answer for a changed organization. `ROLEHOP_SEED` starts another
//! run, `ROLEHOP_CASES` sets how many organizations each law is tried on.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test that cannot build its world has failed"
)]

mod reference;

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use reference::arbitrary::{Draw, Skeleton, organization};
use reference::organization::{NOW, Organization};
use reference::sessions::SERVICES;
use reference::{arbitrary, documents};
use rolehop::answer::Verdict;
use rolehop::graph::TrustGraph;
use rolehop::graph::query::{self, Limits, Targets};
use rolehop::model::Estate;
use rolehop::snapshot::Snapshot;
use serde_json::{Value, json};

/// For every edge and every path: verdict, conditions, length.
type Answers = BTreeMap<(String, String, &'static str), (Verdict, Vec<String>, Option<usize>)>;

fn setting(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().map_or(otherwise, |text| text.parse().unwrap())
}

fn config() -> ProptestConfig {
    ProptestConfig {
        cases: u32::try_from(setting("ROLEHOP_CASES", 40)).unwrap(),
        rng_seed: RngSeed::Fixed(setting("ROLEHOP_SEED", 1)),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

fn ask<T>(organization: &Organization, question: impl FnOnce(&TrustGraph<'_>) -> T) -> T {
    let dir = tempfile::tempdir().unwrap();
    organization.write(dir.path());
    let estate = Estate::build(&Snapshot::open(dir.path()).unwrap(), NOW.parse().unwrap()).unwrap();
    question(&TrustGraph::new(&estate))
}

fn answers(organization: &Organization) -> Answers {
    ask(organization, |graph| {
        let mut found = Answers::new();
        for row in query::edges(graph, true) {
            let before = found.insert((row.from, row.to, "edge"), (row.verdict, row.conditions, None));
            assert!(before.is_none(), "one edge, one row");
        }
        let (everybody, roles) = arns(organization);
        for from in &everybody {
            for to in roles.iter().filter(|to| *to != from) {
                let path = query::path(graph, from, to, &Targets::new()).unwrap();
                found.insert((from.clone(), to.clone(), "path"), (path.verdict, path.conditions, path.hop_count));
            }
            for reached in query::can(graph, from).unwrap().answers {
                let known = (reached.verdict, reached.conditions, Some(reached.hop_count));
                found.insert((from.clone(), reached.role, "can"), known);
            }
        }
        found
    })
}

/// Principals, and which of them are roles.
fn arns(organization: &Organization) -> (Vec<String>, Vec<String>) {
    let of = |list: &str| -> Vec<String> {
        let all = organization.accounts.values().flat_map(|a| a[list].as_array().unwrap());
        all.map(|p| p["Arn"].as_str().unwrap().to_owned()).collect()
    };
    let roles = of("RoleDetailList");
    ([of("UserDetailList"), roles.clone()].concat(), roles)
}

/// Every edge and path of `less` is at least as good in `more`.
fn reaches_no_more(less: &Organization, more: &Organization) -> Result<(), TestCaseError> {
    let (less, more) = (answers(less), answers(more));
    for (about, (verdict, conditions, _)) in &less {
        let best = more.get(about).map_or(Verdict::Denied, |(verdict, ..)| *verdict);
        prop_assert!(best <= *verdict, "{about:?} was {best:?} and became {verdict:?} {conditions:?}");
    }
    Ok(())
}

/// A random organization, and choices for how it is changed.
fn cases() -> impl Strategy<Value = (u64, u64)> {
    (any::<u64>(), any::<u64>()).no_shrink()
}

/// Every policy document with its key; `Condition` and everything below it is not searched.
fn documents_of<'a>(value: &'a mut Value, key: &str, found: &mut Vec<(String, &'a mut Value)>) {
    match value {
        Value::Object(map) if map.contains_key("Statement") => {
            found.push((key.to_owned(), value));
        }
        Value::Object(map) => map.iter_mut().for_each(|(key, inner)| documents_of(inner, key, found)),
        Value::Array(all) => all.iter_mut().for_each(|inner| documents_of(inner, key, found)),
        _ => {}
    }
}

fn documents_in(organization: &mut Organization) -> Vec<(String, &mut Value)> {
    let mut found = Vec::new();
    organization.accounts.values_mut().for_each(|account| documents_of(account, "", &mut found));
    documents_of(&mut organization.organization, "", &mut found);
    found
}

/// The statements of a document as a list that can be changed.
fn list(document: &mut Value) -> &mut Vec<Value> {
    let statement = &mut document["Statement"];
    if statement.is_object() {
        *statement = json!([statement.take()]);
    }
    statement.as_array_mut().unwrap()
}

fn skeleton_of(seed: u64) -> Skeleton {
    arbitrary::skeleton_of(seed)
}

/// Changes some documents of the organization, if they can be changed that way; returns how many.
fn change(
    organization: &mut Organization,
    choice: u64,
    mut with: impl FnMut(&str, &mut Value, &mut Draw) -> bool,
) -> usize {
    let draw = &mut Draw::new(choice);
    let all = documents_in(organization).into_iter();
    all.filter_map(|(key, document)| (draw.chance(20) && with(&key, document, draw)).then_some(())).count()
}

/// True for statements whose only actions assume roles. One that lets a caller tag a session, or set its source identity, is another
/// matter: without it no session has the tag, and a policy that refuses sessions with the tag lets all of them in.
fn is_about_assuming_alone(statement: &Value) -> bool {
    let actions = match &statement["Action"] {
        Value::Array(all) => all.clone(),
        one => vec![one.clone()],
    };
    actions.iter().all(|action| action.as_str().is_some_and(|action| action.to_lowercase().starts_with("sts:assume")))
}

/// Answers with the conditions of direct edges alone: of several shortest paths one is shown, and another may ask for something else.
fn whatever_path_is_shown(mut answers: Answers) -> Answers {
    let longer = answers.values_mut().filter(|(_, _, hops)| hops.is_some_and(|hops| hops > 1));
    longer.for_each(|(_, conditions, _)| conditions.clear());
    answers
}

/// A Deny that is valid in its place.
fn some_deny(draw: &mut Draw, skeleton: &Skeleton, key: &str, is_rcp: bool) -> Value {
    if key == "AssumeRolePolicyDocument" {
        let role = draw.pick(&skeleton.roles).clone();
        let mut document = documents::trust(draw, skeleton, &role);
        let mut statement = list(&mut document).remove(0);
        statement["Effect"] = json!("Deny");
        return statement;
    }
    let mut document = documents::rcp(draw, skeleton);
    let mut statement = list(&mut document).remove(0);
    if !is_rcp {
        statement.as_object_mut().unwrap().shift_remove("Principal");
    }
    statement
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn an_added_deny_never_adds_reach((seed, choice) in cases()) {
        let (before, skeleton) = (organization(seed), skeleton_of(seed));
        let mut after = before.clone();
        let changed = change(&mut after, choice, |key, document, draw| {
            let is_rcp = list(document).iter().any(|s| s["Principal"] == "*" && s.get("Resource").is_some());
            let deny = some_deny(draw, &skeleton, key, is_rcp);
            // `Content` is an SCP or an RCP; an empty one could be either
            if key == "Content" && list(document).is_empty() {
                return false;
            }
            list(document).push(deny);
            true
        });
        prop_assume!(changed > 0);
        reaches_no_more(&after, &before)?;
    }

    #[test]
    fn a_removed_allow_of_assuming_never_adds_reach((seed, choice) in cases()) {
        let before = organization(seed);
        let mut after = before.clone();
        let changed = change(&mut after, choice, |_, document, _| {
            let at = list(document).iter().position(|s| s["Effect"] == "Allow" && is_about_assuming_alone(s));
            at.map(|at| list(document).remove(at)).is_some()
        });
        prop_assume!(changed > 0);
        reaches_no_more(&after, &before)?;
    }

    #[test]
    fn who_can_and_can_agree_on_the_ways_past_a_role((seed, choice) in cases()) {
        let world = organization(seed);
        let (everybody, roles) = arns(&world);
        prop_assume!(roles.len() > 1);
        let past = Draw::new(choice).pick(&roles).clone();
        let limits = Limits { max_hops: None, via: Some(past.clone()) };
        ask(&world, |graph| {
            for to in roles.iter().filter(|to| **to != past) {
                let who = query::who_can_within(graph, to, &Targets::new(), &limits).unwrap().answers;
                for from in everybody.iter().filter(|from| *from != to && **from != past) {
                    let can = query::can_within(graph, from, &limits).unwrap().answers;
                    let can = can.iter().find(|a| a.role == *to).map(|a| (a.verdict, a.hop_count));
                    let who = who.iter().find(|a| a.principal == *from).map(|a| (a.verdict, a.hop_count));
                    prop_assert_eq!(can, who, "{} to {} past {}", from, to, past);
                }
            }
            Ok(())
        })?;
    }

    #[test]
    fn order_and_duplicates_of_statements_do_not_matter((seed, choice) in cases()) {
        let before = organization(seed);
        let mut after = before.clone();
        let draw = &mut Draw::new(choice);
        for (_, document) in documents_in(&mut after) {
            let statements = list(document);
            let again = statements.iter().filter(|_| draw.chance(30)).cloned().collect::<Vec<_>>();
            statements.extend(again);
            statements.reverse();
        }
        prop_assert_ne!(&before, &after);
        prop_assert_eq!(whatever_path_is_shown(answers(&before)), whatever_path_is_shown(answers(&after)));
    }

    #[test]
    fn a_wider_resource_of_an_allow_never_takes_away((seed, choice) in cases()) {
        let before = organization(seed);
        let mut after = before.clone();
        let changed = change(&mut after, choice, |_, document, draw| {
            let allows = list(document).iter_mut().filter(|s| s["Effect"] == "Allow");
            allows.filter_map(|s| s.get_mut("Resource")).any(|resource| widen(resource, draw))
        });
        prop_assume!(changed > 0);
        reaches_no_more(&before, &after)?;
    }

    #[test]
    fn a_boundary_never_adds_reach((seed, choice) in cases()) {
        let before = organization(seed);
        let mut after = before.clone();
        let draw = &mut Draw::new(choice);
        for account in after.accounts.values_mut() {
            let policy = draw.pick(account["Policies"].as_array().unwrap())["Arn"].clone();
            for list in ["UserDetailList", "RoleDetailList"] {
                for record in account[list].as_array_mut().unwrap() {
                    if record.get("PermissionsBoundary").is_none() {
                        record["PermissionsBoundary"] =
                            json!({"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": policy});
                    }
                }
            }
        }
        reaches_no_more(&after, &before)?;
    }

    #[test]
    fn renamed_accounts_rename_the_answers(seed in any::<u64>().no_shrink()) {
        let before = organization(seed);
        let renamed = |value: &Value| -> Value { serde_json::from_str(&rename(&value.to_string())).unwrap() };
        let after = Organization {
            organization: renamed(&before.organization),
            accounts: before.accounts.iter().map(|(id, account)| (rename(id), renamed(account))).collect(),
        };
        prop_assert!(before.accounts.keys().all(|id| !after.accounts.contains_key(id)));
        let expected: Answers = answers(&before)
            .into_iter()
            .map(|((from, to, about), answer)| ((rename(&from), rename(&to), about), answer))
            .collect();
        prop_assert_eq!(expected, answers(&after));
    }

    #[test]
    fn the_four_questions_agree(seed in any::<u64>().no_shrink()) {
        let organization = organization(seed);
        let (mut everybody, roles) = arns(&organization);
        everybody.extend(SERVICES.iter().map(|service| (*service).to_owned()));
        ask(&organization, |graph| {
            let targets = Targets::new();
            let edges: BTreeMap<_, _> =
                query::edges(graph, true).into_iter().map(|row| ((row.from, row.to), (row.verdict, row.conditions))).collect();
            let who: Vec<_> = roles.iter().map(|r| query::who_can(graph, r, &targets).unwrap()).collect();
            for from in &everybody {
                let can = query::can(graph, from).unwrap();
                for role in &roles {
                    let explained = query::explain(graph, from, role).unwrap();
                    let edge = edges.get(&(from.clone(), role.clone())).cloned().unwrap_or((Verdict::Denied, Vec::new()));
                    prop_assert_eq!((explained.verdict, explained.conditions), edge, "explain {} {}", from, role);
                }
                for (role, who) in roles.iter().zip(&who).filter(|(role, _)| *role != from) {
                    let path = query::path(graph, from, role, &targets).unwrap();
                    let forward = can.answers.iter().find(|a| a.role == *role);
                    let backward = who.answers.iter().find(|a| a.principal == *from);
                    let expected = path.hop_count.map(|hops| (path.verdict, hops));
                    prop_assert_eq!(forward.map(|a| (a.verdict, a.hop_count)), expected, "can {} {}", from, role);
                    prop_assert_eq!(backward.map(|a| (a.verdict, a.hop_count)), expected, "who-can {} {}", from, role);
                }
            }
            Ok(())
        })?;
    }
}

/// Cuts one pattern short, before any variable, and appends a star.
fn widen(resource: &mut Value, draw: &mut Draw) -> bool {
    let text = match resource {
        Value::Array(all) => all.first_mut().unwrap(),
        other => other,
    };
    let old = text.as_str().unwrap();
    let Some(start) = old.find(":role/").map(|at| at + ":role/".len()) else { return false };
    let end = old[start..].find("${").map_or(old.len(), |at| start + at);
    let cut = start + draw.below(u32::try_from(end - start + 1).unwrap()) as usize;
    let wider = if draw.chance(30) { "*".to_owned() } else { format!("{}*", &old[..cut]) };
    *text = json!(wider);
    true
}

/// Replaces digits in account ids, and in the prefixes of ids that patterns contain.
fn rename(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        out.push_str(&rest[..start]);
        let length = rest[start..].find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len() - start);
        let digits = &rest[start..start + length];
        rest = &rest[start + length..];
        let names_account = length == 12 || (rest.starts_with('*') && !out.ends_with('-'));
        out.extend(digits.chars().map(|c| if names_account { other_digit(c) } else { c }));
    }
    out + rest
}

fn other_digit(digit: char) -> char {
    char::from_digit((digit.to_digit(10).unwrap() + 4) % 10, 10).unwrap()
}
