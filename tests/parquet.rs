//! Parquet tables, read by DuckDB: they say what `export edges`, `check` and `accounts` say.
//!
//! DuckDB comes from PyPI into `target/` on the first run. `ROLEHOP_SKIP_MOTO=1` skips it, like the other tests that need Python.

#![cfg(feature = "parquet")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a table that cannot be read has failed its test")]

#[path = "support/program.rs"]
mod program;
mod support;
#[path = "support/tools.rs"]
mod tools;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use program::{Ended, run_in};
use serde_json::Value;
use support::{HUB, PROD, World, may_assume, root, trusts};
use tools::{are_off, python};

/// Python with DuckDB; `None` if what needs it is skipped.
fn duckdb() -> Option<PathBuf> {
    (!are_off("DuckDB read no table")).then(|| python("parquet-venv", "parquet").join("python"))
}

/// Rows that DuckDB answers with, each cell as text.
fn ask(python: &Path, tables: &Path, sql: &str) -> BTreeSet<Vec<String>> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/parquet/ask.py");
    let output = Command::new(python).arg(script).arg(sql).current_dir(tables).output().unwrap();
    assert!(output.status.success(), "{sql}\n{}", String::from_utf8_lossy(&output.stderr));
    let rows: Vec<Vec<Value>> = serde_json::from_slice(&output.stdout).unwrap();
    let text = |cell: &Value| cell.as_str().map_or_else(|| cell.to_string(), str::to_owned);
    rows.iter().map(|row| row.iter().map(text).collect()).collect()
}

fn rolehop(home: &Path, arguments: &[&str]) -> Ended {
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/demo");
    let config = demo.join("rolehop.toml");
    let place = ["--snapshot", demo.to_str().unwrap(), "--config", config.to_str().unwrap()];
    run_in(home, &[], &[arguments, &place[..]].concat())
}

/// Rows of a CSV without its header.
fn rows(csv: &str) -> BTreeSet<Vec<String>> {
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
}

#[test]
fn duckdb_reads_the_edges_and_findings_that_csv_has() {
    let Some(python) = duckdb() else { return };
    let home = tempfile::tempdir().unwrap();
    let exported = rolehop(home.path(), &["export", "parquet", "-o", "tables"]).succeeded();
    assert!(exported.out.is_empty() && exported.err.contains("edges.parquet"), "{exported:?}");
    let tables = home.path().join("tables");
    let edges = rows(&rolehop(home.path(), &["export", "edges", "--csv-raw"]).out);
    assert!(edges.len() > 20);
    assert_eq!(ask(&python, &tables, "select * from 'edges.parquet'"), edges);
    let findings = rows(&rolehop(home.path(), &["check", "-f", "csv", "--csv-raw"]).out);
    assert!(findings.len() > 20);
    assert_eq!(ask(&python, &tables, "select * from 'findings.parquet'"), findings);
    let to = "arn:aws:iam::101010101010:role/operate";
    let direct: BTreeSet<Vec<String>> =
        edges.iter().filter(|row| row[1] == to).map(|row| vec![row[0].clone()]).collect();
    assert!(direct.len() > 1);
    assert_eq!(ask(&python, &tables, &format!("select \"from\" from 'edges.parquet' where \"to\" = '{to}'")), direct);
    let ends = "select \"from\" from 'edges.parquet' union select \"to\" from 'edges.parquet'";
    let unnamed = format!("select * from ({ends}) except select principal from 'principals.parquet'");
    assert_eq!(ask(&python, &tables, &unnamed), BTreeSet::new(), "every end of an edge is a principal");
    let all = ask(&python, &tables, "select count(*) = count(distinct principal) from 'principals.parquet'");
    assert_eq!(all, BTreeSet::from([vec!["true".to_owned()]]));
    let users = "select name, account_name, ou from 'principals.parquet' where kind = 'user' and name = 'carla.ops'";
    assert_eq!(
        ask(&python, &tables, users),
        BTreeSet::from([["carla.ops", "security", "/Security"].map(str::to_owned).to_vec()])
    );
}

/// SQL of the page, on the bundled organization: each question has an answer.
#[test]
fn every_question_of_the_page_is_answered() {
    let Some(python) = duckdb() else { return };
    let home = tempfile::tempdir().unwrap();
    rolehop(home.path(), &["export", "parquet", "-o", "tables"]).succeeded();
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/how-to/query-with-sql.md");
    let page = std::fs::read_to_string(page).unwrap();
    let questions: Vec<&str> =
        page.split("```").skip(1).step_by(2).filter_map(|block| block.strip_prefix("sql\n")).collect();
    assert_eq!(questions.len(), 3);
    for sql in questions {
        assert!(!ask(&python, home.path(), sql).is_empty(), "{sql}");
    }
}

#[test]
fn many_rows_are_several_groups_and_all_of_them_are_read() {
    let Some(python) = duckdb() else { return };
    let home = tempfile::tempdir().unwrap();
    let edge = |at: usize| (format!("from {at}"), format!("to {}", at % 1000));
    let names: Vec<(String, String)> = (0..300_000).map(edge).collect();
    let conditions = ["aws:SourceIp".to_owned(), "sts:ExternalId".to_owned()];
    let rows = names.iter().map(|(from, to)| rolehop::answer::EdgeRef {
        from,
        to,
        kind: "assume-role",
        action: "sts:AssumeRole",
        verdict: rolehop::answer::Verdict::Allowed,
        conditions: &conditions,
    });
    let mut file = std::fs::File::create(home.path().join("edges.parquet")).unwrap();
    rolehop::report::parquet::edges(rows, &mut file).unwrap();
    let groups = "select count(distinct row_group_id) from parquet_metadata('edges.parquet')";
    assert_eq!(ask(&python, home.path(), groups), BTreeSet::from([vec!["3".to_owned()]]));
    let counted =
        "select count(*), count(distinct \"from\"), count(distinct \"to\"), min(conditions) from 'edges.parquet'";
    let expected = ["300000", "300000", "1000", "aws:SourceIp;sts:ExternalId"].map(str::to_owned).to_vec();
    assert_eq!(ask(&python, home.path(), counted), BTreeSet::from([expected]));
}

#[test]
fn tables_are_whole_or_not_there_and_only_their_owner_reads_them() {
    let home = tempfile::tempdir().unwrap();
    rolehop(home.path(), &["export", "parquet"]).failed(2, "E300");
    std::fs::write(home.path().join("file"), "").unwrap();
    rolehop(home.path(), &["export", "parquet", "-o", "file"]).failed(7, "E602");
    rolehop(home.path(), &["export", "parquet", "-o", "tables"]).succeeded();
    rolehop(home.path(), &["export", "parquet", "-o", "tables"]).succeeded();
    let names: BTreeSet<String> = std::fs::read_dir(home.path().join("tables"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(names, ["edges.parquet", "findings.parquet", "principals.parquet"].map(str::to_owned).into());
    #[cfg(unix)]
    for name in names {
        let file = std::fs::metadata(home.path().join("tables").join(name)).unwrap();
        assert_eq!(std::os::unix::fs::PermissionsExt::mode(&file.permissions()) & 0o777, 0o600);
    }
}

#[test]
fn missing_data_is_said_and_ends_with_4() {
    let mut world = World::of_organization();
    world.user(HUB, "ann", &[may_assume(&["*"])]);
    world.role(PROD, "Deploy", trusts(root(HUB)), &[]);
    world.without_file(support::DEV);
    let snapshot = world.write();
    let home = tempfile::tempdir().unwrap();
    let place = ["--no-config", "--snapshot", snapshot.path().to_str().unwrap()];
    let ended = run_in(home.path(), &[], &[&["export", "parquet", "-o", "t"], &place[..]].concat());
    assert!(ended.code == Some(4) && ended.err.contains("incomplete: "), "{ended:?}");
    assert!(home.path().join("t/edges.parquet").exists());
}
