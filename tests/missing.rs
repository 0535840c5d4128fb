//! Missing data never causes a wrong answer: an organization with a part removed is asked the same questions as the
//! whole one.
//!
//! Data that was not read could say anything, and the whole organization is one of the possibilities: every certain
//! answer about the rest must be true of it. `ROLEHOP_ORGANIZATIONS` sets how many organizations, `ROLEHOP_SEED` which.

#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    reason = "a test that cannot build its world has failed"
)]

mod reference;

use std::collections::BTreeMap;

use rayon::prelude::*;
use reference::arbitrary::{Draw, organization};
use reference::organization::{NOW, Organization};
use rolehop::answer::Verdict;
use rolehop::graph::TrustGraph;
use rolehop::graph::query::{self, Targets};
use rolehop::model::Estate;
use rolehop::snapshot::Snapshot;
use serde_json::{Value, json};

/// Removes something and returns its name; `None` if it was absent.
type Damage = fn(&mut Organization, &mut Draw) -> Option<String>;

const DAMAGES: &[(&str, Damage)] = &[
    ("the file of an account", |world, draw| {
        let id = account(world, draw);
        world.accounts.remove(&id).map(|_| id)
    }),
    ("a policy or trust that can be read", |world, draw| {
        let mut documents = Vec::new();
        world.accounts.values_mut().for_each(|account| documents_of(account, &mut documents));
        garble(documents, draw)
    }),
    ("a guardrail that can be read", |world, draw| {
        let mut documents = Vec::new();
        documents_of(&mut world.organization, &mut documents);
        garble(documents, draw)
    }),
    ("the content of a guardrail", |world, draw| {
        let policy = one(world.organization["Policies"].as_array_mut()?, draw)?;
        policy.as_object_mut()?.shift_remove("Content").map(|content| content.to_string())
    }),
    ("the targets of a guardrail", |world, draw| {
        let policy = one(world.organization["Policies"].as_array_mut()?, draw)?;
        policy.as_object_mut()?.shift_remove("TargetIds").map(|targets| targets.to_string())
    }),
    ("all guardrails", |world, _| {
        world.organization.as_object_mut()?.shift_remove("Policies").map(|_| "Policies".to_owned())
    }),
    ("a managed policy", |world, draw| take(world, draw, "Policies")),
    ("a group", |world, draw| take(world, draw, "GroupDetailList")),
    ("a page with a role", |world, draw| cut(world, draw, "RoleDetailList")),
    ("a page with a user", |world, draw| cut(world, draw, "UserDetailList")),
    ("where an account is in the tree", |world, draw| {
        let listed = one(world.organization["Accounts"].as_array_mut()?, draw)?;
        listed.as_object_mut()?.shift_remove("ParentId").map(|_| listed["Id"].to_string())
    }),
    ("a page of the list of accounts", |world, draw| {
        world.organization["NextToken"] = json!("more");
        let listed = world.organization["Accounts"].as_array_mut()?;
        let at = place(listed, draw)?;
        Some(listed.remove(at)["Id"].to_string())
    }),
    ("the units", |world, _| {
        world
            .organization
            .as_object_mut()?
            .shift_remove("OrganizationalUnits")
            .map(|_| "OrganizationalUnits".to_owned())
    }),
];

fn account(world: &Organization, draw: &mut Draw) -> String {
    let ids: Vec<&String> = world.accounts.keys().collect();
    (*draw.pick(&ids)).clone()
}

fn place(list: &[Value], draw: &mut Draw) -> Option<usize> {
    (!list.is_empty()).then(|| draw.below(u32::try_from(list.len()).unwrap()) as usize)
}

fn one<'v>(list: &'v mut [Value], draw: &mut Draw) -> Option<&'v mut Value> {
    let at = place(list, draw)?;
    list.get_mut(at)
}

fn documents_of<'v>(value: &'v mut Value, found: &mut Vec<&'v mut Value>) {
    match value {
        Value::Object(map) if map.contains_key("Statement") => found.push(value),
        Value::Object(map) => map.values_mut().for_each(|inner| documents_of(inner, found)),
        Value::Array(all) => all.iter_mut().for_each(|inner| documents_of(inner, found)),
        _ => {}
    }
}

fn garble(mut documents: Vec<&mut Value>, draw: &mut Draw) -> Option<String> {
    if documents.is_empty() {
        return None;
    }
    let at = draw.below(u32::try_from(documents.len()).unwrap()) as usize;
    let old = std::mem::replace(&mut *documents[at], json!({"Version": "2012-10-17", "Statement": "nonsense"}));
    Some(old.to_string())
}

fn take(world: &mut Organization, draw: &mut Draw, key: &str) -> Option<String> {
    let id = account(world, draw);
    let list = world.accounts.get_mut(&id)?[key].as_array_mut()?;
    let at = place(list, draw)?;
    Some(list.remove(at)["Arn"].to_string())
}

fn cut(world: &mut Organization, draw: &mut Draw, key: &str) -> Option<String> {
    let id = account(world, draw);
    world.accounts.get_mut(&id)?["IsTruncated"] = json!(true);
    let list = world.accounts.get_mut(&id)?[key].as_array_mut()?;
    let at = place(list, draw)?;
    Some(list.remove(at)["Arn"].to_string())
}

fn ask<T>(world: &Organization, question: impl FnOnce(&TrustGraph<'_>) -> T) -> T {
    let dir = tempfile::tempdir().unwrap();
    world.write(dir.path());
    let estate = Estate::build(&Snapshot::open(dir.path()).unwrap(), NOW.parse().unwrap()).unwrap();
    question(&TrustGraph::new(&estate))
}

/// What was asked, and how often the answer was certain nevertheless.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    pairs: usize,
    unknown: usize,
    proven: usize,
}

struct Whole {
    everybody: Vec<String>,
    roles: Vec<String>,
    verdicts: BTreeMap<(String, String), Verdict>,
}

impl Whole {
    fn new(world: &Organization) -> Self {
        let of = |list: &str| -> Vec<String> {
            let all = world.accounts.values().flat_map(|account| account[list].as_array().unwrap());
            all.map(|principal| principal["Arn"].as_str().unwrap().to_owned()).collect()
        };
        let roles = of("RoleDetailList");
        let everybody = [of("UserDetailList"), roles.clone()].concat();
        let verdicts = ask(world, |graph| {
            let reached = |from: &String| query::can(graph, from).unwrap().answers.into_iter();
            let rows = everybody.iter().flat_map(|from| reached(from).map(|a| ((from.clone(), a.role), a.verdict)));
            rows.collect()
        });
        Self { everybody, roles, verdicts }
    }

    /// Why an answer about the rest is wrong. It may be worse than that of the whole, which has more paths, but never
    /// better; `None` is an answer that omits the pair.
    fn contradicts(&self, from: &str, to: &str, said: Option<Verdict>, is_proven: bool) -> Option<String> {
        let whole = self.verdicts.get(&(from.to_owned(), to.to_owned())).copied().unwrap_or(Verdict::Denied);
        let wrong = match said {
            Some(Verdict::Unknown) => false,
            Some(said) => whole > said,
            None => is_proven && whole != Verdict::Denied,
        };
        wrong.then(|| format!("{from} -> {to}: said {said:?}, is {whole:?}"))
    }
}

/// Service-linked roles of an account that was not read are not considered (docs/semantics.md).
fn is_gone_and_linked(graph: &TrustGraph<'_>, arn: &str) -> bool {
    arn.contains(":role/aws-service-role/") && graph.estate().principal_by_arn(arn).is_none()
}

fn judge(seed: u64) -> (Tally, Vec<String>) {
    let (world, draw) = (organization(seed), &mut Draw::new(seed));
    let (name, damage) = draw.pick(DAMAGES);
    let mut rest = world.clone();
    let mut tally = Tally::default();
    let Some(what) = damage(&mut rest, draw) else { return (tally, Vec::new()) };
    let whole = Whole::new(&world);
    let mut wrong = Vec::new();
    ask(&rest, |graph| {
        let targets = Targets::new();
        for from in &whole.everybody {
            // a principal that was removed may no longer have a name
            if is_gone_and_linked(graph, from) {
                continue;
            }
            let Ok(can) = query::can(graph, from) else { continue };
            tally.proven += usize::from(can.proven);
            for to in whole.roles.iter().filter(|to| *to != from) {
                tally.pairs += 1;
                let reached = can.answers.iter().find(|a| a.role == *to).map(|a| a.verdict);
                tally.unknown += usize::from(reached == Some(Verdict::Unknown));
                wrong.extend(whole.contradicts(from, to, reached, can.proven).map(|why| format!("can {why}")));
                let Ok(path) = query::path(graph, from, to, &targets) else { continue };
                let said = (path.verdict != Verdict::Denied).then_some(path.verdict);
                wrong.extend(whole.contradicts(from, to, said, true).map(|why| format!("path {why}")));
            }
        }
        for to in &whole.roles {
            let Ok(who) = query::who_can(graph, to, &targets) else { continue };
            for from in whole.everybody.iter().filter(|from| *from != to && !is_gone_and_linked(graph, from)) {
                let said = who.answers.iter().find(|a| a.principal == *from).map(|a| a.verdict);
                wrong.extend(whole.contradicts(from, to, said, who.proven).map(|why| format!("who-can {why}")));
            }
        }
    });
    (tally, wrong.into_iter().map(|why| format!("seed {seed}, without {name}: {what}\n  {why}")).collect())
}

/// How many organizations to try.
fn organizations(otherwise: u64) -> u64 {
    setting("ROLEHOP_ORGANIZATIONS", otherwise)
}

fn setting(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().map_or(otherwise, |text| text.parse().unwrap())
}

#[test]
fn what_is_missing_makes_answers_unknown_and_never_wrong() {
    let (count, run) = (organizations(400), setting("ROLEHOP_SEED", 1));
    let seeds = (0..count).map(|at| (run << 32 ^ at).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let judged: Vec<(Tally, Vec<String>)> = seeds.collect::<Vec<_>>().into_par_iter().map(judge).collect();
    let wrong: Vec<&String> = judged.iter().flat_map(|(_, wrong)| wrong).collect();
    let sum = |of: fn(&Tally) -> usize| judged.iter().map(|(tally, _)| of(tally)).sum::<usize>();
    let (pairs, unknown, proven) = (sum(|t| t.pairs), sum(|t| t.unknown), sum(|t| t.proven));
    eprintln!("{count} organizations, {pairs} pairs, {unknown} unknown, {proven} principals with proof");
    let shown: Vec<&str> = wrong.iter().take(5).map(|why| why.as_str()).collect();
    assert!(wrong.is_empty(), "{} wrong answers\n{}", wrong.len(), shown.join("\n"));
    // an engine that always says unknown is never wrong
    assert!(unknown * 5 < pairs && unknown * 100 > pairs && proven > count as usize, "{unknown} of {pairs}, {proven}");
}
