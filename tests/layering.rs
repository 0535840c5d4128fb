//! The layout shows the architecture, and this test keeps it: modules form layers, and nothing imports in a circle.
//!
//! The maps in `src/lib.rs`, CONTRIBUTING.md and docs/architecture.md are made from the same data;
//! `ROLEHOP_BLESS=1 cargo test --test layering` rewrites them.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a source file that cannot be read has failed its test")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::PathBuf;

use petgraph::algo::tarjan_scc;
use petgraph::graphmap::DiGraphMap;

#[path = "layering/imports.rs"]
mod imports;

use imports::{Imports, Sources};

/// Modules by layer, lowest first. A module imports only from lower layers.
const LAYERS: &[&[&str]] = &[
    &[
        "id_vec",
        "ids",
        "arn",
        "wildcard",
        "json",
        "recent",
        "regions",
        "text_hash",
        "reserved",
        "shared_text",
        "nearest",
        "shell",
        "severity",
        "facet",
        "diagnostic",
    ],
    &["policy", "selection", "iac"],
    &["snapshot", "answer", "finding"],
    &["collect", "emulator", "config", "generate", "difference", "review", "profile"],
    &["model", "planned"],
    &["eval"],
    &["escalation"],
    &["graph"],
    &["posture", "change"],
    &["rules", "proposal", "comparison", "roster"],
    &["report", "cut", "groups"],
    &["cli"],
];

/// Imports inside one layer.
const SAME_LAYER: &[(&str, &str)] =
    &[("arn", "ids"), ("ids", "id_vec"), ("answer", "snapshot"), ("finding", "answer"), ("finding", "snapshot")];

/// Imports that the layers alone would allow but the design forbids.
const FORBIDDEN: &[(&str, &str)] = &[
    ("report", "rules"),
    ("report", "comparison"),
    ("report", "roster"),
    ("report", "posture"),
    ("report", "graph"),
    ("report", "eval"),
    ("report", "model"),
    ("emulator", "snapshot"),
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn sources() -> Sources {
    let sources = Sources::read(&root().join("src"));
    assert!(sources.files().count() > 200, "only {} source files found", sources.files().count());
    sources
}

/// The module of the crate that a file belongs to.
fn module(file: &str) -> &str {
    file.split('/').next().unwrap().trim_end_matches(".rs")
}

fn layer(module: &str) -> usize {
    LAYERS.iter().position(|l| l.contains(&module)).unwrap_or_else(|| panic!("module `{module}` has no layer"))
}

#[test]
fn a_module_imports_only_from_lower_layers() {
    let mut wrong = Vec::new();
    for (importer, imported) in sources().imports() {
        let (from, to) = (module(&importer), module(&imported));
        let allowed = from == to || layer(to) < layer(from) || SAME_LAYER.contains(&(from, to));
        if !allowed || FORBIDDEN.contains(&(from, to)) {
            wrong.push(format!("{importer} imports {imported}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_file_belongs_to_a_module() {
    let sources = sources();
    assert!(sources.undeclared().is_empty(), "no module declares {:?}", sources.undeclared());
}

/// Imports between siblings in a folder (files and folders), by folder.
fn neighbors(imports: &Imports) -> BTreeMap<&str, BTreeSet<(&str, &str)>> {
    let mut found: BTreeMap<&str, BTreeSet<(&str, &str)>> = BTreeMap::new();
    for (importer, imported) in imports {
        let shared = importer.bytes().zip(imported.bytes()).take_while(|(a, b)| a == b).count();
        let folder = importer.get(..shared).unwrap().rfind('/').map_or(0, |slash| slash + 1);
        let entry =
            |file: &'_ str| -> usize { file.get(folder..).unwrap().find('/').map_or(file.len(), |end| folder + end) };
        let pair = (importer.get(folder..entry(importer)).unwrap(), imported.get(folder..entry(imported)).unwrap());
        found.entry(importer.get(..folder).unwrap()).or_default().insert(pair);
    }
    found
}

/// A cycle among siblings is a cycle among files, or a room that both uses another and is used by it.
#[test]
fn no_two_files_or_folders_import_in_a_circle() {
    let imports = sources().imports();
    let mut circles = String::new();
    for (folder, pairs) in neighbors(&imports) {
        let graph: DiGraphMap<&str, ()> = pairs.iter().copied().collect();
        for circle in tarjan_scc(&graph).into_iter().filter(|circle| circle.len() > 1) {
            let _ = writeln!(circles, "{folder}: {}", circle.join(", "));
            for (importer, imported) in &imports {
                let inside = |file: &str| {
                    let rest = file.strip_prefix(folder)?;
                    circle.iter().position(|name| {
                        rest.strip_prefix(name).is_some_and(|end| end.is_empty() || end.starts_with('/'))
                    })
                };
                if let (Some(from), Some(to)) = (inside(importer), inside(imported))
                    && from != to
                {
                    let _ = writeln!(circles, "    {importer} -> {imported}");
                }
            }
        }
    }
    assert!(circles.is_empty(), "import circles:\n{circles}");
}

#[test]
fn printing_is_left_to_cli_and_the_sdk_to_collect() {
    let sources = sources();
    for file in sources.files().filter(|file| *file != "lib.rs") {
        let text = std::fs::read_to_string(root().join("src").join(file)).unwrap();
        let prints = ["println!(", "eprintln!(", "print!(", "stdout()", "stderr()"].iter().any(|p| text.contains(p));
        assert!(!prints || module(file) == "cli", "{file} prints");
        let sdk = ["aws_sdk_", "aws_config"].iter().any(|p| text.contains(p));
        assert!(!sdk || module(file) == "collect", "{file} names the SDK");
    }
}

/// First sentence of a module's description of itself.
fn about(file: &str) -> String {
    let text = std::fs::read_to_string(root().join("src").join(file)).unwrap();
    let head =
        text.lines().map_while(|line| line.strip_prefix("//!")).map(str::trim).take_while(|line| !line.is_empty());
    let head = head.collect::<Vec<_>>().join(" ");
    let end = head.find(". ").map_or(head.len(), |at| at + 1);
    head.get(..end).unwrap().to_owned()
}

/// The head file of a module or room.
fn head_of(sources: &Sources, path: &str) -> String {
    let folder = format!("{path}/mod.rs");
    if sources.files().any(|file| file == folder) { folder } else { format!("{path}.rs") }
}

/// Names by floor, lowest first: each imports only from lower floors.
fn floors<'a>(names: &BTreeSet<&'a str>, pairs: &BTreeSet<(&'a str, &'a str)>) -> Vec<Vec<&'a str>> {
    let mut rest = names.clone();
    let mut floors: Vec<Vec<&str>> = Vec::new();
    while !rest.is_empty() {
        let stands = |name: &&&str| !pairs.iter().any(|(from, to)| from == *name && to != from && rest.contains(to));
        let floor: Vec<&str> = rest.iter().filter(stands).copied().collect();
        assert!(!floor.is_empty(), "a circle among {rest:?}");
        rest.retain(|name| !floor.contains(name));
        floors.push(floor);
    }
    floors
}

/// The map of CONTRIBUTING.md: what each module owns, and the floors of its rooms.
fn map_of_modules(sources: &Sources) -> String {
    let mut map = String::from("| layer | module | what it is |\n| --- | --- | --- |\n");
    for (number, modules) in LAYERS.iter().enumerate().rev() {
        for name in *modules {
            let _ = writeln!(map, "| {number} | `{name}` | {} |", about(&head_of(sources, name)));
        }
    }
    map
}

/// The rooms of each module that has more than one, highest floor first.
fn map_of_rooms(sources: &Sources, imports: &Imports) -> String {
    let mut map = String::from("| module | rooms, from the highest floor to the lowest |\n| --- | --- |\n");
    let between = neighbors(imports);
    for name in LAYERS.iter().rev().flat_map(|modules| modules.iter()) {
        let folder = format!("{name}/");
        let inside = sources.files().filter_map(|file| file.strip_prefix(folder.as_str()));
        let rooms: BTreeSet<&str> = inside.filter_map(|rest| Some(rest.split_once('/')?.0)).collect();
        if rooms.len() > 1 {
            let none = BTreeSet::new();
            let floors = floors(&rooms, between.get(folder.as_str()).unwrap_or(&none));
            let floors =
                floors.iter().rev().map(|floor| floor.iter().map(|r| format!("`{r}`")).collect::<Vec<_>>().join(" "));
            let _ = writeln!(map, "| `{name}` | {} |", floors.collect::<Vec<_>>().join(" → "));
        }
    }
    map
}

/// The picture of docs/architecture.md: an arrow for each import between modules that no longer path covers.
fn picture(imports: &Imports) -> String {
    let pairs: BTreeSet<(&str, &str)> = imports
        .iter()
        .map(|(from, to)| (module(from), module(to)))
        .filter(|(from, to)| from != to && *from != "lib")
        .collect();
    let graph: DiGraphMap<&str, ()> = pairs.iter().copied().collect();
    let mut text = String::from("```mermaid\nflowchart TD\n");
    for modules in LAYERS.iter().rev() {
        let _ = writeln!(
            text,
            "    subgraph L{0} [layer {0}]\n        {1}\n    end",
            layer(modules.first().unwrap()),
            modules.join("\n        ")
        );
    }
    for (from, to) in &pairs {
        let longer = graph
            .neighbors(from)
            .filter(|next| next != to)
            .any(|next| petgraph::algo::has_path_connecting(&graph, next, *to, None));
        if !longer {
            let _ = writeln!(text, "    {from} --> {to}");
        }
    }
    text + "```\n"
}

/// Compares the text between two marks of a file with what it should be; writes it in bless mode.
fn is_current(file: &str, mark: &str, prefix: &str, text: &str) {
    let path = root().join(file);
    let whole = std::fs::read_to_string(&path).unwrap();
    let (begin, end) =
        (format!("{prefix}<!-- {mark}: made by tests/layering.rs -->\n"), format!("{prefix}<!-- end of {mark} -->\n"));
    let (before, rest) = whole.split_once(&begin).unwrap_or_else(|| panic!("{file} has no place for {mark}"));
    let (found, after) = rest.split_once(&end).unwrap_or_else(|| panic!("{file}: {mark} does not end"));
    let wanted: String = text.lines().map(|line| format!("{prefix}{line}").trim_end().to_owned() + "\n").collect();
    let wanted = format!("{}\n{wanted}{}\n", prefix.trim_end(), prefix.trim_end());
    if std::env::var_os("ROLEHOP_BLESS").is_some() {
        std::fs::write(&path, format!("{before}{begin}{wanted}{end}{after}")).unwrap();
    } else {
        assert!(
            found == wanted,
            "{file}: {mark} is not what the code says: ROLEHOP_BLESS=1 cargo test --test layering"
        );
    }
}

#[test]
fn the_maps_are_what_the_code_says() {
    let sources = sources();
    let imports = sources.imports();
    let modules = map_of_modules(&sources);
    is_current("CONTRIBUTING.md", "map of modules", "", &modules);
    is_current("CONTRIBUTING.md", "map of rooms", "", &map_of_rooms(&sources, &imports));
    is_current("src/lib.rs", "map of modules", "//! ", &modules);
    is_current("docs/architecture.md", "picture", "", &picture(&imports));
}
