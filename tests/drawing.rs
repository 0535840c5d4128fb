//! Pictures: they show what `who-can` and `export edges` say, and the programs that draw them read them.
//!
//! Graphviz, Mermaid and networkx come from npm and PyPI into `target/` on the first run. `ROLEHOP_SKIP_MOTO=1` skips them, like the
//! other tests that need Python.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "an organization or a picture that cannot be read has failed its test"
)]

#[path = "support/program.rs"]
mod program;
mod reference;
mod support;
#[path = "support/tools.rs"]
mod tools;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use program::{Ended, run};
use rolehop::answer::{Drawing, EdgeRow, Grouped, PrincipalKind, Verdict};
use rolehop::generate::{Spec, write};
use rolehop::graph::TrustGraph;
use rolehop::graph::query::{self, DrawOptions, Limits, Targets, WhoCan};
use rolehop::model::Estate;
use rolehop::snapshot::Snapshot;
use serde_json::{Value, json};
use support::{HUB, PROD, VENDOR, World, may_assume, role, root, trusts, user};
use tools::{are_off, node, python, tool};

const ALL: [Grouped; 4] = [Grouped::None, Grouped::Name, Grouped::Account, Grouped::Ou];

fn estate(dir: &Path) -> Estate {
    Estate::build(&Snapshot::open(dir).unwrap(), "2026-11-20T00:00:00Z".parse().unwrap()).unwrap()
}

/// Random organizations of the referee, and invented ones.
fn organizations() -> impl Iterator<Item = (String, tempfile::TempDir)> {
    let random = (0..60).map(|seed| {
        let dir = tempfile::tempdir().unwrap();
        reference::arbitrary::organization(seed).write(dir.path());
        (format!("random {seed}"), dir)
    });
    let invented = (1..4).map(|seed| {
        let dir = tempfile::tempdir().unwrap();
        write(&Spec { seed, ..Spec::new(12, 12) }, &dir.path().join("o")).unwrap();
        (format!("invented {seed}"), dir)
    });
    random.chain(invented)
}

fn path_of(dir: &tempfile::TempDir) -> PathBuf {
    let inner = dir.path().join("o");
    if inner.exists() { inner } else { dir.path().to_owned() }
}

fn options(grouped: Grouped) -> DrawOptions {
    DrawOptions { grouped: Some(grouped), max_nodes: usize::MAX }
}

/// Edges by what is said of them.
fn tally<'a>(said: impl Iterator<Item = (&'a str, Verdict, &'a [String], usize)>) -> BTreeMap<String, usize> {
    said.fold(BTreeMap::new(), |mut all, (action, verdict, conditions, count)| {
        *all.entry(format!("{action} {} {conditions:?}", verdict.as_str())).or_default() += count;
        all
    })
}

fn tally_of(drawing: &Drawing) -> BTreeMap<String, usize> {
    tally(drawing.edges.iter().map(|e| (e.action.as_str(), e.verdict, e.conditions.as_slice(), e.edges)))
}

#[test]
fn a_picture_of_everything_counts_every_exported_edge_however_it_is_grouped() {
    let mut counted = 0;
    for (name, dir) in organizations() {
        let estate = estate(&path_of(&dir));
        let graph = TrustGraph::new(&estate);
        let rows = query::edges(&graph, true);
        let ends: BTreeSet<&String> = rows.iter().flat_map(|row| [&row.from, &row.to]).collect();
        let exported = tally(rows.iter().map(|r| (r.action.as_str(), r.verdict, r.conditions.as_slice(), 1)));
        for grouped in ALL {
            let drawing = query::everything(&graph, &options(grouped)).unwrap();
            assert_eq!(tally_of(&drawing), exported, "{name}, {grouped:?}");
            let principals: usize = drawing.nodes.iter().map(|node| node.principals).sum();
            assert_eq!(principals, ends.len(), "{name}, {grouped:?}");
        }
        let each = query::everything(&graph, &options(Grouped::None)).unwrap();
        assert_eq!(each.nodes.iter().map(|node| &node.name).collect::<BTreeSet<_>>(), ends, "{name}");
        counted += rows.len();
    }
    assert!(counted > 2_000, "only {counted} edges");
}

/// Ends of the drawn edges by name.
fn drawn(drawing: &Drawing) -> Vec<(&str, &str, &str, Verdict, &[String])> {
    let name = |id: &str| drawing.nodes.iter().find(|node| node.id == id).map(|node| node.name.as_str()).unwrap();
    drawing
        .edges
        .iter()
        .map(|e| (name(&e.from), name(&e.to), e.action.as_str(), e.verdict, e.conditions.as_slice()))
        .collect()
}

#[test]
fn the_surroundings_of_a_target_have_everybody_who_reaches_it_and_their_ways_there() {
    let (mut reaching, mut inherited) = (0, 0);
    for (name, dir) in organizations() {
        let estate = estate(&path_of(&dir));
        let graph = TrustGraph::new(&estate);
        let rows = query::edges(&graph, true);
        for account in estate.accounts() {
            let id = account.id().to_string();
            let found = WhoCan::new(&graph, &id, &Targets::new(), &Limits::default()).unwrap();
            let answer = found.answer();
            for grouped in ALL {
                let drawing = found.drawing(&options(grouped)).unwrap();
                let sum: usize = drawing.nodes.iter().filter_map(|node| node.reaching).sum();
                assert_eq!(sum, answer.answers.len(), "{name}, {id}, {grouped:?}");
            }
            let each = found.drawing(&options(Grouped::None)).unwrap();
            let names: BTreeSet<&str> = each.nodes.iter().map(|node| node.name.as_str()).collect();
            let lines = drawn(&each);
            let exported: BTreeSet<_> = rows
                .iter()
                .filter(|row| names.contains(row.from.as_str()) && names.contains(row.to.as_str()))
                .map(|r: &EdgeRow| {
                    (r.from.as_str(), r.to.as_str(), r.action.as_str(), r.verdict, r.conditions.as_slice())
                })
                .collect();
            let all: BTreeSet<_> = lines.iter().copied().collect();
            assert!(exported.is_subset(&all), "{name}, {id}: {:?}", exported.difference(&all).next());
            for (from, to, _, verdict, conditions) in all.difference(&exported) {
                assert!(*verdict != Verdict::Allowed, "{name}: {from} to {to}");
                assert!(conditions.iter().any(|key| key == "aws:MultiFactorAuthPresent"), "{name}: {from} to {to}");
                inherited += 1;
            }
            let targets: BTreeSet<&str> = answer.resolved.iter().map(String::as_str).collect();
            for one in &answer.answers {
                assert!(walks(&lines, &one.principal, &targets), "{name}: {} has no way to {id}", one.principal);
            }
            reaching += answer.answers.len();
        }
    }
    assert!(reaching > 1_000 && inherited > 0, "{reaching} reach, {inherited} edges inherit MFA");
}

/// Whether a walk over the edges leads from a principal to some target.
fn walks(lines: &[(&str, &str, &str, Verdict, &[String])], start: &str, targets: &BTreeSet<&str>) -> bool {
    let (mut met, mut next) = (BTreeSet::from([start]), vec![start]);
    while let Some(at) = next.pop() {
        for (_, to, ..) in lines.iter().filter(|line| line.0 == at) {
            if targets.contains(to) {
                return true;
            }
            if met.insert(to) {
                next.push(to);
            }
        }
    }
    false
}

#[test]
fn the_finest_grouping_that_has_room_is_drawn_and_none_is_cut() {
    let dir = tempfile::tempdir().unwrap();
    write(&Spec::new(12, 12), &dir.path().join("o")).unwrap();
    let estate = estate(&dir.path().join("o"));
    let graph = TrustGraph::new(&estate);
    let sizes = ALL.map(|grouped| query::everything(&graph, &options(grouped)).unwrap().nodes.len());
    for (grouped, max_nodes) in ALL.into_iter().zip(sizes) {
        let drawing = query::everything(&graph, &DrawOptions { grouped: None, max_nodes }).unwrap();
        assert!(drawing.nodes.len() <= max_nodes && drawing.grouped <= grouped);
    }
    let least = sizes.into_iter().min().unwrap();
    let refused = query::everything(&graph, &DrawOptions { grouped: None, max_nodes: least - 1 }).unwrap_err();
    assert_eq!(refused.nodes, least);
}

fn ask(snapshot: &Path, arguments: &[&str]) -> Ended {
    let place = ["--no-config", "--snapshot", snapshot.to_str().unwrap()];
    run(&[], &[&["export", "graph"], arguments, &place[..]].concat())
}

/// Names that tenants chose to break out of a string, an element or a line.
fn hostile() -> tempfile::TempDir {
    let names = [
        "a\"]; evil -> more; //",
        "b\\\" [label=\"x\"]",
        "c</data><node id=\"x\"/>&lt;]]>",
        "d`#quot;#35; end subgraph x",
        "e\u{1b}[2J\u{202e}\r\n%% {init: {}}",
        "f{}|--|>{{style:#fff;}}",
        "g\\N\\G<TABLE><b>\u{1}\u{fffe}",
        "é 日本 end",
    ];
    let mut world = World::of_organization();
    for name in names {
        world.role(PROD, name, trusts(json!({"AWS": [format!("arn:aws:iam::{HUB}:root"), role(VENDOR, name)]})), &[]);
        world.user(HUB, name, &[may_assume(&["*"])]);
    }
    world.organization()["Accounts"][1]["Name"] = json!(names.join("\""));
    world.organization()["OrganizationalUnits"][0]["Name"] = json!(names[2]);
    world.write()
}

fn counts(printed: &str) -> Vec<(u64, u64)> {
    let lines = printed.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.map(|line| (line["nodes"].as_u64().unwrap(), line["edges"].as_u64().unwrap())).collect()
}

#[test]
fn graphviz_mermaid_and_networkx_read_every_node_and_edge_of_hostile_organizations() {
    if are_off("Graphviz, Mermaid and networkx read no picture") {
        return;
    }
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/drawing");
    let (node, python) = (node("drawing-npm", "drawing"), python("drawing-venv", "drawing").join("python"));
    let snapshot = hostile();
    let pictures = tempfile::tempdir().unwrap();
    let questions: [&[&str]; 5] = [
        &["--target", PROD],
        &["--group-by", "none"],
        &["--group-by", "name"],
        &["--group-by", "ou"],
        &["--path", &user(HUB, "é 日本 end"), &role(PROD, "b\\\" [label=\"x\"]")],
    ];
    let mut expected = Vec::new();
    let mut files = BTreeMap::<&str, Vec<PathBuf>>::new();
    for (at, question) in questions.iter().enumerate() {
        let pictured = ask(snapshot.path(), &[question, &["-f", "json"][..]].concat());
        let picture: Value = serde_json::from_str(&pictured.out).unwrap_or_else(|_| unreachable!("{pictured:?}"));
        let count = |key: &str| picture[key].as_array().unwrap().len() as u64;
        assert!(count("nodes") > 1 && count("edges") > 0, "{question:?}");
        expected.push((count("nodes"), count("edges")));
        for format in ["dot", "mermaid", "graphml"] {
            let printed = ask(snapshot.path(), &[question, &["-f", format][..]].concat());
            assert!(printed.out.chars().all(|c| c == '\n' || !c.is_control()), "{format}");
            assert!(!printed.out.contains('\u{202e}'), "{format}");
            let file = pictures.path().join(format!("{at}.{format}"));
            std::fs::write(&file, printed.out).unwrap();
            files.entry(format).or_default().push(file);
        }
    }
    for language in ["dot", "mermaid"] {
        let mut read = Command::new("node");
        let read = read.arg(tests.join("read.mjs")).arg(&node).arg(language).args(&files[language]);
        assert_eq!(counts(&tool(read)), expected, "{language}");
    }
    let printed = tool(Command::new(python).arg(tests.join("read.py")).args(&files["graphml"]));
    assert_eq!(counts(&printed), expected, "graphml");
}

#[test]
fn what_cannot_be_drawn_is_an_error_with_what_next_and_nothing_is_left_out_in_silence() {
    let mut world = World::of_organization();
    world.role(PROD, "lonely", trusts(root(PROD)), &[]);
    world.role(PROD, "Deploy", trusts(root(HUB)), &[]);
    world.user(HUB, "ann", &[may_assume(&["*"])]);
    world.user(HUB, "bob", &[may_assume(&["*"])]);
    let snapshot = world.write();
    let at = snapshot.path();
    let many = ask(at, &["--group-by", "none", "--max-nodes", "2"]).failed(2, "E300");
    assert!(many.contains("would have 3 nodes") && many.contains("--max-nodes 3"), "{many}");
    ask(at, &["--target", "nosuch"]).failed(2, "E401");
    ask(at, &["--path", "nosuch", PROD]).failed(2, "E401");
    assert!(ask(at, &["--path", "a", "b", "--target", "c"]).failed(2, "E300").contains("--target"));
    let lonely = ask(at, &["--target", &role(PROD, "lonely"), "-f", "json"]).succeeded();
    let picture: Value = serde_json::from_str(&lonely.out).unwrap();
    assert_eq!((picture["nodes"].as_array().unwrap().len(), &picture["edges"]), (1, &json!([])));
    assert!(lonely.err.contains("nobody reaches"), "{}", lonely.err);
    let grouped = ask(at, &["--max-nodes", "2", "-f", "json"]).succeeded();
    assert!(grouped.err.contains("users of one account"), "{}", grouped.err);
    let picture: Value = serde_json::from_str(&grouped.out).unwrap();
    assert_eq!((&picture["grouped"], &picture["edges"][0]["edges"]), (&json!("name"), &json!(2)));
    let none = ask(at, &["--path", "*", &role(PROD, "lonely")]).succeeded();
    assert!(none.err.contains("there is no path") && !none.out.contains("->"), "{none:?}");
}

#[test]
fn several_paths_are_one_picture_in_which_what_they_share_stands_once() {
    let mut world = World::of_organization();
    world.user(HUB, "ann", &[may_assume(&["*"])]);
    for hop in ["A", "B"] {
        world.role(HUB, hop, trusts(json!({"AWS": user(HUB, "ann")})), &[may_assume(&["*"])]);
    }
    world.role(PROD, "Deploy", trusts(json!({"AWS": [role(HUB, "A"), role(HUB, "B")]})), &[]);
    let dir = world.write();
    let estate = estate(dir.path());
    let graph = TrustGraph::new(&estate);
    let paths = query::paths(&graph, &user(HUB, "ann"), &role(PROD, "Deploy"), &Targets::new(), 2).unwrap();
    let drawing = Drawing::of_paths(&paths, &BTreeMap::new()).unwrap();
    assert_eq!((drawing.nodes.len(), drawing.edges.len(), drawing.verdict), (4, 4, Some(Verdict::Allowed)));
    let targets: Vec<_> =
        drawing.nodes.iter().filter(|node| node.target).map(|node| (&*node.name, node.kind)).collect();
    assert_eq!(targets, [(role(PROD, "Deploy").as_str(), PrincipalKind::Role)]);
}

/// Every command of the page, on the bundled organization; what it pipes into another program is left to that.
#[test]
fn every_command_of_the_page_draws_something() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(root.join("docs/how-to/draw-the-graph.md")).unwrap();
    let demo = root.join("examples/demo");
    let config = demo.join("rolehop.toml");
    let mut drawn = 0;
    for line in page.lines().filter_map(|line| line.strip_prefix("$ rolehop ")) {
        let words = shlex::split(line.split(" | ").next().unwrap()).unwrap();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let place = ["--snapshot", demo.to_str().unwrap(), "--config", config.to_str().unwrap()];
        let home = tempfile::tempdir().unwrap();
        let ended = program::run_in(home.path(), &[], &[&words[..], &place[..]].concat());
        assert_eq!(ended.code, Some(0), "{line}: {ended:?}");
        let written = words.iter().position(|word| *word == "-o").map(|at| home.path().join(words[at + 1]));
        let picture = written.map_or(ended.out, |file| std::fs::read_to_string(file).unwrap());
        assert!(picture.contains("n1") && picture.lines().count() > 5, "{line}");
        drawn += 1;
    }
    assert_eq!(drawn, 6);
}
