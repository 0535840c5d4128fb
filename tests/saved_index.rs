//! The saved index: whatever is asked of the accounts that a question can touch has the answer of all of them.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "an organization that cannot be read has failed its test"
)]

#[path = "support/program.rs"]
mod program;
mod reference;
mod support;

use std::fs;
use std::path::Path;

use jiff::Timestamp;
use program::run_in;
use rayon::prelude::*;
use reference::arbitrary::organization;
use reference::directory::peopled;
use reference::organization::NOW;
use rolehop::answer::PathAnswer;
use rolehop::graph::query::{self, Targets};
use rolehop::graph::saved::{Asked, Opened, Saved, part_of};
use rolehop::graph::{SelectError, TrustGraph};
use rolehop::model::Estate;
use rolehop::snapshot::Snapshot;
use serde_json::json;
use support::*;

/// A snapshot with its index, and what was compared.
struct Bench<'a> {
    snapshot: &'a Snapshot,
    whole: &'a TrustGraph<'a>,
    saved: Saved,
    targets: Targets,
    parts: usize,
    smaller: usize,
}

impl Bench<'_> {
    /// The part for a question; `None` where everything is opened.
    fn part(&mut self, asked: Asked<'_>) -> Option<Estate> {
        let part = part_of(&self.saved, self.snapshot, at(), asked, &self.targets, 1).unwrap()?;
        self.parts += 1;
        self.smaller += usize::from(part.principals().len() < self.whole.estate().principals().len());
        let outside =
            |estate: &Estate| estate.accounts().iter().map(|a| (a.id(), a.name().to_owned())).collect::<Vec<_>>();
        assert_eq!(outside(&part), outside(self.whole.estate()), "{asked:?}");
        Some(part)
    }

    /// As `rolehop path` asks.
    fn path(&mut self, from: &str, to: &str) -> Option<Result<PathAnswer, String>> {
        let mut answer = None;
        for asked in [Asked::Between(from, to), Asked::Around(from, to)] {
            let part = self.part(asked)?;
            let found = said(query::path(&TrustGraph::new(&part), from, to, &self.targets));
            let is_found = found.as_ref().is_ok_and(|found| !found.hops.is_empty());
            answer = Some(found);
            if is_found {
                break;
            }
        }
        answer
    }
}

/// An answer, or what the error says.
fn said<T>(answer: Result<T, SelectError>) -> Result<T, String> {
    answer.map_err(|error| error.to_string())
}

fn at() -> Timestamp {
    NOW.parse().unwrap()
}

/// Asks everything of an organization, whole and in part.
fn compare(dir: &Path, label: &str) -> (usize, usize) {
    let snapshot = Snapshot::open(dir).unwrap();
    let estate = Estate::build(&snapshot, at()).unwrap();
    let whole = TrustGraph::new(&estate);
    let Some(made) = Saved::make(&whole) else { return (0, 0) };
    assert!(made.write(&snapshot).unwrap().is_some(), "{label}");
    let Opened::Fresh(saved) = Saved::open(&snapshot, at()) else { panic!("{label}: the index is not used") };
    assert_eq!(saved, made, "{label}");
    let mut bench = Bench { snapshot: &snapshot, whole: &whole, saved, targets: Targets::new(), parts: 0, smaller: 0 };
    let principals: Vec<String> =
        (estate.roles().chain(estate.users())).map(|principal| estate.arn(principal)).collect();
    for (number, to) in principals.iter().enumerate() {
        if let Some(part) = bench.part(Asked::Behind(to)) {
            let wanted = said(query::who_can(&whole, to, &bench.targets));
            assert_eq!(
                said(query::who_can(&TrustGraph::new(&part), to, &bench.targets)),
                wanted,
                "{label}: who-can {to}"
            );
        }
        if let Some(part) = bench.part(Asked::Ahead(to)) {
            assert_eq!(
                said(query::can(&TrustGraph::new(&part), to)),
                said(query::can(&whole, to)),
                "{label}: can {to}"
            );
        }
        for from in principals.iter().skip(number % 3).step_by(3) {
            let Some(found) = bench.path(from, to) else { continue };
            assert_eq!(found, said(query::path(&whole, from, to, &bench.targets)), "{label}: path {from} {to}");
            if found.is_ok_and(|answer| answer.hops.is_empty()) {
                let part = bench.part(Asked::Around(from, to)).unwrap();
                let why = query::why_not(&TrustGraph::new(&part), from, to);
                assert_eq!(why, query::why_not(&whole, from, to), "{label}: why not {from} {to}");
            }
        }
    }
    for account in estate.accounts() {
        let id = account.id().to_string();
        if let Some(part) = bench.part(Asked::Behind(&id)) {
            let wanted = said(query::who_can(&whole, &id, &bench.targets));
            assert_eq!(
                said(query::who_can(&TrustGraph::new(&part), &id, &bench.targets)),
                wanted,
                "{label}: who-can {id}"
            );
        }
    }
    (bench.parts, bench.smaller)
}

/// `ROLEHOP_INDEXED=N` compares so many organizations; every other of them has people, every third lacks an account's file.
#[test]
fn parts_answer_as_the_whole_does() {
    let count: u64 = std::env::var("ROLEHOP_INDEXED").ok().map_or(16, |text| text.parse().unwrap());
    let compared = (0..count).into_par_iter().map(|seed| {
        let dir = tempfile::tempdir().unwrap();
        let peopled = peopled(seed);
        let organization = if seed % 2 == 1 { &peopled.organization } else { &organization(seed) };
        if seed % 2 == 1 {
            peopled.write(dir.path())
        } else {
            organization.write(dir.path())
        }
        if seed % 3 == 2 {
            let gone = organization.accounts.keys().nth(seed as usize / 3 % organization.accounts.len()).unwrap();
            fs::remove_file(dir.path().join(format!("accounts/{gone}.json"))).unwrap();
        }
        compare(dir.path(), &format!("organization {seed}"))
    });
    let (parts, smaller) = compared.reduce(|| (0, 0), |(a, b), (c, d)| (a + c, b + d));
    assert!(smaller * 4 > parts && smaller > 300, "{smaller} of {parts} parts are smaller than the whole");
}

/// A generated organization in a directory of its own.
fn generated() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let arguments = ["generate", "org", "--accounts", "24", "--roles", "12", "--any-principal", "0"];
    run_in(dir.path(), &[], &arguments).succeeded();
    dir
}

fn ask(dir: &Path, question: &[&str]) -> (i32, String, String) {
    let snapshot = ["--snapshot", "org", "--at", NOW];
    let ended = run_in(dir, &[], &[question, &snapshot].concat());
    (ended.code.unwrap(), ended.out, ended.err)
}

#[test]
fn an_index_that_cannot_be_used_is_made_anew_and_never_changes_an_answer() {
    let dir = generated();
    let index = dir.path().join("org/index.rolehop");
    let edges = ask(dir.path(), &["export", "edges"]).1;
    assert!(!index.exists(), "a small snapshot needs none");
    let edge: Vec<&str> = edges.lines().nth(40).unwrap().split(',').collect();
    let questions: [&[&str]; 5] = [
        &["path", edge[0], edge[1], "--json"],
        &["path", edge[1], edge[0]],
        &["who-can", edge[1]],
        &["can", edge[0]],
        &["who-can", "no-such/role"],
    ];
    let wanted: Vec<_> = questions.iter().map(|question| ask(dir.path(), question)).collect();
    let same = |state: &str| {
        for (question, wanted) in questions.iter().zip(&wanted) {
            assert_eq!(&ask(dir.path(), question), wanted, "{state}: {question:?}");
        }
    };
    let (code, told, _) = ask(dir.path(), &["index"]);
    assert!(code == 0 && told.contains("24 accounts"), "{told}");
    same("fresh");
    let fresh = fs::read(&index).unwrap();
    // damage of every kind: each time the answer is the same, and the index is made anew
    let mut flipped = fresh.clone();
    *flipped.last_mut().unwrap() ^= 1;
    let mut of_version = fresh.clone();
    of_version[8] ^= 1;
    for (state, bytes) in
        [("cut", &fresh[..fresh.len() / 2]), ("empty", &[][..]), ("flipped", &flipped), ("version", &of_version)]
    {
        fs::write(&index, bytes).unwrap();
        let (code, out, err) = ask(dir.path(), questions[0]);
        assert_eq!((code, &out), (wanted[0].0, &wanted[0].1), "{state}");
        assert!(err.contains("is made anew"), "{state}: {err}");
        assert_eq!(fs::read(&index).unwrap(), fresh, "{state}");
    }
    fs::remove_file(&index).unwrap();
    same("deleted");
    assert!(!index.exists());
}

#[test]
fn an_index_of_another_state_or_time_is_stale() {
    let mut world = World::of_organization();
    world.role(PROD, "ops", trusts(root(HUB)), &[]).user(HUB, "ann", &[may_assume(&["*"])]);
    let dir = world.write();
    let open = |at: Timestamp| Saved::open(&Snapshot::open(dir.path()).unwrap(), at);
    let make = || {
        let snapshot = Snapshot::open(dir.path()).unwrap();
        let estate = Estate::build(&snapshot, at()).unwrap();
        Saved::make(&TrustGraph::new(&estate)).unwrap().write(&snapshot).unwrap().unwrap()
    };
    assert!(matches!(open(at()), Opened::Absent));
    make();
    assert!(matches!(open(at()), Opened::Fresh(_)));
    // no policy reads the time
    let later = "2026-11-20T00:00:01Z".parse().unwrap();
    assert!(matches!(open(later), Opened::Fresh(_)));
    // a file is larger, is gone, is new
    let file = dir.path().join(format!("accounts/{DEV}.json"));
    let text = fs::read_to_string(&file).unwrap();
    let changes: [&dyn Fn(); 3] =
        [&|| fs::write(&file, format!("{text} ")).unwrap(), &|| fs::remove_file(&file).unwrap(), &|| {
            fs::write(&file, &text).unwrap()
        }];
    for (number, change) in changes.iter().enumerate() {
        change();
        assert!(matches!(open(at()), Opened::Stale), "change {number}");
        make();
        assert!(matches!(open(at()), Opened::Fresh(_)), "change {number}");
    }
}

#[test]
fn an_index_of_policies_that_read_the_time_holds_at_its_time() {
    let condition = json!({"DateLessThan": {"aws:CurrentTime": "2026-11-20T00:00:01Z"}});
    let mut world = World::of_organization();
    world.role(PROD, "ops", trusts_if(root(HUB), condition), &[]).user(HUB, "ann", &[may_assume(&["*"])]);
    let dir = world.write();
    let snapshot = Snapshot::open(dir.path()).unwrap();
    let estate = Estate::build(&snapshot, at()).unwrap();
    Saved::make(&TrustGraph::new(&estate)).unwrap().write(&snapshot).unwrap().unwrap();
    assert!(matches!(Saved::open(&snapshot, at()), Opened::Fresh(_)));
    assert!(matches!(Saved::open(&snapshot, "2026-11-20T00:00:01Z".parse().unwrap()), Opened::Stale));
}

/// Names without an organization are aliases, and a policy of AWS's may be in the file of another account.
#[test]
fn what_other_files_hold_is_known() {
    let mut world = World::default();
    for (id, name) in [(HUB, "hub"), (PROD, "prod"), (DEV, "dev"), (VENDOR, "other")] {
        world.role(id, "reader", trusts(json!({"Service": "ec2.amazonaws.com"})), &[]);
        world.account(id)["AccountAliases"] = json!([name]);
    }
    let arn = "arn:aws:iam::aws:policy/AdministratorAccess";
    let attached = json!([{"PolicyName": "AdministratorAccess", "PolicyArn": arn}]);
    world.user(HUB, "ann", &[]).with(HUB, "UserDetailList", "AttachedManagedPolicies", attached);
    let document = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]});
    world.account(DEV)["Policies"] = json!([{"PolicyName": "AdministratorAccess", "Arn": arn, "DefaultVersionId": "v1",
        "PolicyVersionList": [{"VersionId": "v1", "IsDefaultVersion": true, "Document": document}]}]);
    world.role(PROD, "ops", trusts(root(HUB)), &[]);
    let dir = world.write();
    let (parts, smaller) = compare(dir.path(), "aliases");
    assert!(smaller > 0 && smaller < parts, "{smaller} of {parts}");
}
