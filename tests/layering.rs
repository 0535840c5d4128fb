//! Modules form layers: each imports only from lower ones. The layout shows the architecture, and this test keeps it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a source file that cannot be read has failed its test")]

use std::fs;
use std::path::Path;

/// Modules by layer, lowest first.
const LAYERS: &[&[&str]] = &[
    &["id_vec", "ids", "arn", "wildcard", "severity", "facet", "diagnostic"],
    &["policy", "selection"],
    &["snapshot", "answer", "finding"],
    &["collect", "emulator", "config", "generate"],
    &["model"],
    &["eval"],
    &["graph"],
    &["rules"],
    &["report"],
    &["cli"],
];

/// Imports inside one layer, or jumps that the layers alone would allow and the design does not.
const SAME_LAYER: &[(&str, &str)] =
    &[("arn", "ids"), ("ids", "id_vec"), ("answer", "snapshot"), ("finding", "answer"), ("finding", "snapshot")];
const FORBIDDEN: &[(&str, &str)] =
    &[("report", "rules"), ("report", "graph"), ("report", "eval"), ("report", "model"), ("emulator", "snapshot")];

fn layer(module: &str) -> usize {
    LAYERS.iter().position(|l| l.contains(&module)).unwrap_or_else(|| panic!("module `{module}` has no layer"))
}

/// Source files with the module that each belongs to. A folder of unit tests may use what its module may not.
fn sources(dir: &Path, found: &mut Vec<(String, String, String)>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && path.file_name().is_some_and(|name| name == "tests") {
            continue;
        } else if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
            let relative = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            let module = relative.split('/').next().unwrap().trim_end_matches(".rs").to_owned();
            if module != "lib" && module != "main" {
                found.push((module, relative, fs::read_to_string(&path).unwrap()));
            }
        }
    }
}

/// First segments of every `crate::…` path.
fn imports(text: &str) -> Vec<&str> {
    let after = text.lines().filter(|l| !l.trim_start().starts_with("//")).flat_map(|l| l.split("crate::").skip(1));
    after
        .filter_map(|rest| rest.split(|c: char| !c.is_alphanumeric() && c != '_').next())
        .filter(|m| !m.is_empty())
        .collect()
}

#[test]
fn a_module_imports_only_from_lower_layers() {
    let mut files = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
    assert!(files.len() > 60, "only {} source files found", files.len());
    let mut wrong = Vec::new();
    for (module, file, text) in &files {
        for import in imports(text).into_iter().filter(|i| *i != module) {
            let lower = layer(import) < layer(module) || SAME_LAYER.contains(&(module, import));
            if !lower || FORBIDDEN.contains(&(module, import)) {
                wrong.push(format!("{file} imports `{import}`"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn printing_is_left_to_cli_and_report_and_the_sdk_to_collect() {
    let mut files = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
    for (module, file, text) in &files {
        let prints = ["println!(", "eprintln!(", "print!(", "stdout()", "stderr()"].iter().any(|p| text.contains(p));
        assert!(!prints || module == "cli", "{file} prints");
        let sdk = ["aws_sdk_", "aws_config"].iter().any(|p| text.contains(p));
        assert!(!sdk || module == "collect", "{file} names the SDK");
    }
}
