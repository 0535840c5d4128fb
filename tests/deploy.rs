//! The reference deployments, checked by real linters: cfn-lint for CloudFormation, kubernetes-validate for Kubernetes.
//!
//! The linters are in a Python environment under `target/`, created on the first run. `ROLEHOP_SKIP_MOTO=1` skips them,
//! like the other tests that need Python.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "support/tools.rs"]
mod tools;

use std::path::{Path, PathBuf};
use std::process::Command;

use tools::{are_off, python};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Files below `deploy/` with this extension.
fn files(directory: &Path, ending: &str, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, ending, found);
        } else if path.to_string_lossy().ends_with(ending) {
            found.push(path);
        }
    }
}

#[test]
fn linters_find_nothing_in_the_reference_deployments() {
    if are_off("the linters of deploy/ were not run") {
        return;
    }
    let bin = python("lint-venv", "deploy");
    let mut all = Vec::new();
    files(&root().join("deploy"), ".yaml", &mut all);
    let (kubernetes, templates): (Vec<_>, Vec<_>) =
        all.into_iter().partition(|path| path.components().any(|part| part.as_os_str() == "kubernetes"));
    assert!(templates.len() >= 4 && kubernetes.len() >= 2, "{templates:?} {kubernetes:?}");
    let lint = Command::new(bin.join("cfn-lint")).args(&templates).output().unwrap();
    assert!(
        lint.status.success(),
        "{}{}",
        String::from_utf8_lossy(&lint.stdout),
        String::from_utf8_lossy(&lint.stderr)
    );
    for file in &kubernetes {
        let lint = Command::new(bin.join("kubernetes-validate")).arg("--strict").arg(file).output().unwrap();
        assert!(lint.status.success(), "{}", String::from_utf8_lossy(&lint.stderr));
    }
}

/// The options that a deployment uses exist in the program.
#[test]
fn deployments_use_no_option_that_does_not_exist() {
    let mut all = Vec::new();
    files(&root().join("deploy"), ".yaml", &mut all);
    let commands = std::fs::read_to_string(root().join("docs/cli.md")).unwrap();
    for file in all {
        let text = std::fs::read_to_string(&file).unwrap();
        let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-').filter(|word| word.starts_with("--"));
        // A line of hyphens separates the documents of a YAML file.
        let options = words.filter(|word| !word.trim_matches('-').is_empty());
        for word in options.filter(|word| !["--help", "--array-properties", "--depends-on"].contains(word)) {
            assert!(commands.contains(word), "{} uses `{word}`", file.display());
        }
    }
}

/// Each ends in the ledger check: a merge, or the exit code of a scan.
#[test]
fn every_deployment_ends_in_the_ledger_check() {
    for (file, check) in [
        ("fargate/template.yaml", "exitCode"),
        ("step-functions/template.yaml", "'merge'"),
        ("batch/template.yaml", "- merge"),
        ("kubernetes/merge.yaml", "- merge"),
    ] {
        let text = std::fs::read_to_string(root().join("deploy").join(file)).unwrap();
        assert!(text.contains(check) && text.contains("ledger check"), "{file}");
    }
}
