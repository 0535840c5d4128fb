//! How the program shows ways to escalate, and who says that it follows them: the flag, the environment, the configuration.

use std::fs;

use serde_json::{Value, json};

use crate::paths::{allow, everything};
use crate::program::{Ended, run_in};
use crate::support::{DEV, World, role, trusts};

/// A user who may change the trust policy of a role that a service uses.
fn world() -> tempfile::TempDir {
    let mut world = World::of_organization();
    world.role(DEV, "admin", trusts(json!({"Service": "lambda.amazonaws.com"})), &[everything()]);
    world.user(DEV, "ann", &[allow(&["iam:UpdateAssumeRolePolicy"], &role(DEV, "admin"))]);
    world.write()
}

const BOTH: [&str; 2] = ["--edges", "assume,escalation"];

fn ask(dir: &tempfile::TempDir, variables: &[(&str, &str)], words: &[&str]) -> Ended {
    let snapshot = dir.path().display().to_string();
    run_in(dir.path(), variables, &[words, &["--snapshot", &snapshot]].concat())
}

#[test]
fn flag_environment_and_configuration_say_which_edges_are_followed_in_this_order() {
    let dir = world();
    let comes_in = |variables: &[(&str, &str)], words: &[&str]| {
        let ended = ask(&dir, variables, &[&["who-can", "dev/admin", "--json"], words].concat());
        let answer: Value = serde_json::from_str(&ended.out).unwrap_or_else(|error| panic!("{error}: {ended:?}"));
        answer["answers"].as_array().unwrap().iter().any(|one| one["principal"].as_str().unwrap().ends_with("user/ann"))
    };
    assert!(!comes_in(&[], &[]), "assume alone by default");
    assert!(comes_in(&[], &BOTH));
    let variable = [("ROLEHOP_EDGES", "assume,escalation")];
    assert!(comes_in(&variable, &[]));
    assert!(!comes_in(&variable, &["--edges", "assume"]));
    fs::write(dir.path().join("rolehop.toml"), "version = 1\n[check]\nedges = [\"assume\", \"escalation\"]\n").unwrap();
    assert!(comes_in(&[], &[]));
    assert!(!comes_in(&[], &["--edges", "assume"]));
    assert!(!comes_in(&[("ROLEHOP_EDGES", "assume")], &[]));
}

#[test]
fn what_is_suggested_next_follows_the_same_edges() {
    let dir = world();
    for question in [["who-can", "dev/admin"], ["can", "dev/ann"]] {
        let said = ask(&dir, &[], &[&question[..], &BOTH].concat()).err;
        let next = said.split_once("Next: rolehop path dev/user/ann dev/role/admin --edges assume,escalation ");
        assert!(next.is_some(), "{said}");
    }
    let found = ask(&dir, &[], &[&["path", "dev/user/ann", "dev/role/admin"][..], &BOTH].concat());
    assert!(found.out.contains("update-trust (iam:UpdateAssumeRolePolicy)  allowed"), "{found:?}");
}

#[test]
fn pictures_say_what_happens_at_a_way_to_escalate() {
    let dir = world();
    let drawn = |format: &str| {
        let words = ["export", "graph", "--path", "dev/ann", "dev/admin", "-f", format];
        ask(&dir, &[], &[&words[..], &BOTH].concat()).out
    };
    let dot = drawn("dot");
    assert!(dot.contains("[label=\"update-trust\""), "{dot}");
    assert!(dot.contains("tooltip=\"update-trust (iam:UpdateAssumeRolePolicy) allowed\""), "{dot}");
    assert!(drawn("mermaid").contains("|\"update-trust\"|"), "{}", drawn("mermaid"));
}

#[test]
fn what_follows_assumption_alone_says_so_where_the_configuration_asks_for_more() {
    let dir = world();
    let asked = [&["cut", "dev/admin"][..], &["cut", "dev/admin", "-f", "markdown"], &["review", "dev/admin"]];
    let says = |words: &[&str]| ask(&dir, &[], words).succeeded().out.contains("not followed, though");
    assert!(!asked.iter().any(|words| says(words)), "nothing else was asked for");
    fs::write(dir.path().join("rolehop.toml"), "version = 1\n[check]\nedges = [\"assume\", \"escalation\"]\n").unwrap();
    assert!(asked.iter().all(|words| says(words)));
    let json = |words: &[&str]| serde_json::from_str::<Value>(&ask(&dir, &[], words).succeeded().out).unwrap();
    assert_eq!(json(&["cut", "dev/admin", "--json"])["not_followed"], json!(["escalation"]));
    assert_eq!(json(&["review", "dev/admin", "--json"])["frozen"]["not_followed"], json!(["escalation"]));
    let sheet = ask(&dir, &[], &["review", "dev/admin", "--csv"]).succeeded().out;
    assert!(
        sheet.lines().any(|row| row.starts_with("population,,not-followed,") && row.contains("escalation")),
        "{sheet}"
    );
}

#[test]
fn a_baseline_follows_the_edges_that_check_follows() {
    let dir = world();
    fs::write(
        dir.path().join("rolehop.toml"),
        "version = 1\n[[expect]]\nname = \"nobody\"\ntarget = \"dev\"\nnever = [\"user:*/*\"]\n",
    )
    .unwrap();
    let known = |variables: &[(&str, &str)], words: &[&str]| {
        let words = [&["baseline", "create", "--rule", "expectation"], words].concat();
        let text = ask(&dir, variables, &words).out;
        serde_json::from_str::<Value>(&text).unwrap()["findings"].as_array().unwrap().len()
    };
    assert_eq!(known(&[], &[]), 0);
    assert_eq!(known(&[("ROLEHOP_EDGES", "assume,escalation")], &[]), 1);
    assert_eq!(known(&[], &BOTH), 1);
    // on standard output, as `-o -` says
    assert_eq!(known(&[], &[&BOTH[..], &["-o", "-"]].concat()), 1);
}
