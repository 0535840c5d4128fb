//! `what-if` on the bundled organization, and where plans stand.

use std::path::PathBuf;

use serde_json::Value;

use super::program::{Ended, run_in};

pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

pub(crate) fn here(name: &str) -> String {
    root().join("tests/planned").join(name).to_str().unwrap().to_owned()
}

pub(crate) fn run(arguments: &[&str]) -> Ended {
    run_in(tempfile::tempdir().unwrap().path(), &[], arguments)
}

/// `what-if` on the demo.
pub(crate) fn demo(arguments: &[&str]) -> Ended {
    let demo = root().join("examples/demo");
    let config = demo.join("rolehop.toml");
    let start = ["what-if", "--snapshot", demo.to_str().unwrap(), "--config", config.to_str().unwrap()];
    run(&[&start[..], arguments].concat())
}

pub(crate) fn json_of(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// What the demo says of a plan: who reaches production, and what limits accounts.
pub(crate) fn with_demo(tool: &str, plan: &Value) -> Ended {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("plan.json");
    std::fs::write(&file, plan.to_string()).unwrap();
    demo(&[tool, file.to_str().unwrap(), "--only", "paths,guardrails", "--json"])
}
