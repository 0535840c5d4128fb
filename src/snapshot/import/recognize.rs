//! What a file is that is not AWS output in JSON, and what to run instead.
//!
//! Owns: error texts of the AWS CLI, its other output formats, and other tools' files, each with its distinguishing
//! mark. Only called if a file is refused anyway. Prints nothing of the file but names of calls, codes and keys.

use std::path::Path;

use crate::diagnostic::Code;
use crate::snapshot::error::{Refusal, SnapshotError};

const AGAIN: &str = "run the command again, and look at its exit code before keeping what it printed";
const JSON: &str = "save it again with `--output json`";
const DETAILS: &str = "save `aws iam get-account-authorization-details --output json` for each account (docs/import.md), or run `rolehop collect`";

/// Prefixes of the AWS CLI's messages on standard error.
const CLI_ERRORS: [&str; 14] = [
    "An error occurred (",
    "Unable to locate credentials",
    "Unable to parse config file",
    "The config profile (",
    "Error when retrieving",
    "Error loading SSO Token",
    "The SSO session",
    "Token has expired",
    "Could not connect to the endpoint",
    "Connect timeout",
    "You must specify a region",
    "Partial credentials found",
    "usage: aws",
    "aws: error",
];

/// The code and call of an error text of the AWS CLI: `NoSuchEntity`, `GetAccountPasswordPolicy`. The text begins with it: policies and
/// descriptions may quote one.
pub(super) fn cli_error(text: &str) -> Option<(&str, &str)> {
    let text = text.trim_start();
    let rest = text.strip_prefix("aws: [ERROR]: ").unwrap_or(text).strip_prefix("An error occurred (")?;
    let (code, rest) = rest.split_once(')')?;
    let (_, rest) = rest.split_once("when calling the ")?;
    let call = rest.split_once(" operation").map_or("", |(call, _)| call);
    let is_word = |word: &str| {
        !word.is_empty() && word.len() < 80 && word.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.')
    };
    (is_word(code) && is_word(call)).then_some((code, call))
}

/// A text that does not parse.
pub(super) fn not_json(path: &Path, text: &str, error: &serde_json::Error) -> SnapshotError {
    if text.trim_start().starts_with(['{', '[']) {
        let (what, next) = if error.is_eof() {
            ("is cut: its JSON ends in the middle", AGAIN)
        } else {
            ("is JSON with a mistake in it", AGAIN)
        };
        return Refusal::with_code(Code::BadFile, path, what, error.to_string(), next);
    }
    other(path, text)
}

/// A text of another kind.
pub(super) fn other(path: &Path, text: &str) -> SnapshotError {
    let (why, next) = described(text);
    Refusal::of(path, "is not what the AWS CLI prints as JSON", why, next)
}

/// A document with these keys, none of which are known.
pub(super) fn unknown(path: &Path, keys: &[&str]) -> SnapshotError {
    let has = |wanted: &[&str]| wanted.iter().all(|key| keys.contains(key));
    let others = [
        (has(&["groups", "roles", "users", "inline_policies"]), "it is a report of Cloudsplaining"),
        (has(&["rows", "columns"]), "it is the answer to a Steampipe query"),
        (
            has(&["trust_policy", "is_admin"]) || has(&["source", "destination", "reason"]),
            "it is part of PMapper's graph",
        ),
        (has(&["metadata", "finding_info"]) || has(&["StatusExtended"]), "it is output of Prowler"),
        (has(&["SchemaVersion", "ProductArn"]), "it holds findings in the format of Security Hub"),
        (has(&["terraform_version"]), "it is a state or plan of Terraform"),
        (has(&["Records"]), "it is a log file of CloudTrail"),
        (has(&["schema"]), "it is an answer of rolehop, and no snapshot"),
    ];
    if let Some((_, why)) = others.iter().find(|(fits, _)| *fits) {
        return Refusal::of(path, "is another tool's file", *why, DETAILS);
    }
    let said = |key: &&str| key.chars().take(40).filter(|c| c.is_ascii_graphic()).collect::<String>();
    let shown: Vec<String> = keys.iter().take(4).map(said).collect();
    let why = match shown.as_slice() {
        [] => "it is an empty object: the command printed nothing".to_owned(),
        shown => format!("it has none of the keys that rolehop reads, but {}", shown.join(", ")),
    };
    Refusal::of(
        path,
        "is not an answer that rolehop reads",
        why,
        "docs/import.md lists what is read; move other files away",
    )
}

fn described(text: &str) -> (String, &'static str) {
    let text = text.trim_start();
    let mut lines = text.lines().map(str::trim_end);
    let first = lines.next().unwrap_or_default();
    let second = lines.next().unwrap_or_default();
    let lower = first.to_ascii_lowercase();
    let is_key = |line: &str| {
        let word =
            line.split_once(':').filter(|(_, rest)| rest.is_empty() || rest.starts_with(' ')).map(|(word, _)| word);
        word.is_some_and(|word| !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'))
    };
    let capitals = |word: &str| word.len() > 3 && word.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    if text.is_empty() {
        ("it is empty: the command that was to write it failed".to_owned(), AGAIN)
    } else if let Some((code, call)) = text.lines().find_map(cli_error) {
        (format!("this is the AWS CLI's error text: {code}, from {call}"), AGAIN)
    } else if let Some(start) = CLI_ERRORS.iter().find(|start| text.contains(**start)) {
        (format!("this is the AWS CLI's error text: {} …", start.trim_end_matches(['(', ' '])), AGAIN)
    } else if lower.starts_with("<!doctype html") || lower.starts_with("<html") {
        ("it is an HTML page: a proxy or a sign-in page answered in place of AWS".to_owned(), AGAIN)
    } else if first.starts_with('<') {
        ("it is XML".to_owned(), JSON)
    } else if first.starts_with("AUTH_METHOD;") || text.contains("\"Prowler\"") {
        ("it is output of Prowler".to_owned(), DETAILS)
    } else if first.starts_with("---") && (second.starts_with('|') || second.starts_with('+')) {
        ("it is a table".to_owned(), JSON)
    } else if is_key(first) || first == "---" || first.starts_with("- ") {
        ("it is YAML".to_owned(), JSON)
    } else if first.contains('\t') && first.split('\t').next().is_some_and(capitals) {
        ("it is text output".to_owned(), JSON)
    } else if first.matches(',').count() > 2 {
        ("it is CSV, and no credential report".to_owned(), JSON)
    } else if text.starts_with(['{', '[', '"'])
        || first.parse::<f64>().is_ok()
        || matches!(first, "null" | "true" | "false")
    {
        ("it is JSON, but no object, as AWS's answers are".to_owned(), AGAIN)
    } else {
        ("it is plain text".to_owned(), JSON)
    }
}

/// Other tools' directories.
pub(super) fn refuse_directory(dir: &Path) -> Result<(), SnapshotError> {
    let collected = || {
        let partitions = std::fs::read_dir(dir.join("aws")).into_iter().flatten().flatten();
        partitions.map(|entry| entry.path().join("accounts")).any(|accounts| accounts.is_dir())
    };
    let named = |ending: &str| {
        let entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
        entries.map(|entry| entry.file_name()).any(|name| name.to_string_lossy().ends_with(ending))
    };
    let graph = |dir: &Path| dir.join("nodes.json").is_file() && dir.join("edges.json").is_file();
    let nested = || {
        let entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
        entries.map(|entry| entry.path()).any(|path| graph(&path.join("graph")))
    };
    let is_iam_collect = collected() || dir.join("iam").join("role").is_dir() || dir.join("iam").join("user").is_dir();
    let why = if is_iam_collect {
        "it is the store of iam-collect"
    } else if graph(dir) || graph(&dir.join("graph")) || nested() {
        "it is a graph of PMapper"
    } else if named(".ocsf.json") || named(".asff.json") {
        "it is a folder of Prowler's output"
    } else {
        return Ok(());
    };
    Err(Refusal::of(dir, "is another tool's directory", why, DETAILS))
}
