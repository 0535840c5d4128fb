//! The tutorials: every command of docs/how-to/ is run in the order of the page, and prints what the page shows.
//!
//! In a `console` block `$` begins a command; the lines below are its output in order, `…` for any number of others; `# exit N` is its
//! exit code where that is not 0. A `toml` block that begins with a name, `# rolehop.toml` or `# rules/owner.toml`, is that file; so is a
//! block `csv NAME`.

#![cfg(all(feature = "aws", feature = "emulator"))]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a tutorial that cannot be followed has failed its test")]

use std::path::{Path, PathBuf};

struct Reader {
    home: tempfile::TempDir,
    /// Where the reader is.
    at: PathBuf,
    page: &'static str,
}

impl Reader {
    fn run(&mut self, command: &str, shown: &[&str]) {
        let words = shlex::split(command).unwrap();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        match words.as_slice() {
            ["rolehop", arguments @ ..] => self.rolehop(command, arguments, shown),
            ["mkdir", dir] => std::fs::create_dir(self.at.join(dir)).unwrap(),
            ["cd", dir] => self.at.push(dir),
            ["cp", from, "."] => {
                let ours = from.strip_prefix("~/rolehop/").unwrap();
                let from = Path::new(env!("CARGO_MANIFEST_DIR")).join(ours);
                std::fs::copy(&from, self.at.join(from.file_name().unwrap())).map(drop).unwrap();
            }
            ["cat", file] => self.compare(command, &std::fs::read_to_string(self.at.join(file)).unwrap(), shown),
            other => panic!("{}: `{other:?}` is not run", self.page),
        }
    }

    fn rolehop(&self, command: &str, arguments: &[&str], shown: &[&str]) {
        let (codes, shown): (Vec<&str>, Vec<&str>) = shown.iter().partition(|line| line.starts_with("# exit "));
        let code = codes.first().map_or(0, |line| line.trim_start_matches("# exit ").parse().unwrap());
        let mut run = assert_cmd::Command::cargo_bin("rolehop").unwrap();
        run.env_clear()
            .env("HOME", self.home.path())
            .env("LANG", "C.UTF-8")
            .env("COLUMNS", "100")
            .current_dir(&self.at);
        let output = run.args(arguments).output().unwrap();
        let text = format!("{}\n{}", String::from_utf8_lossy(&output.stderr), String::from_utf8_lossy(&output.stdout));
        assert_eq!(output.status.code(), Some(code), "{}: {command}\n{text}", self.page);
        self.compare(command, &text, &shown);
    }

    /// Every line that the page shows is printed, in this order, what an `…` stands for between them.
    fn compare(&self, command: &str, text: &str, shown: &[&str]) {
        let mut printed = text.lines().map(str::trim_end).filter(|line| !line.is_empty());
        for wanted in shown.iter().filter(|line| **line != "…" && !line.is_empty()) {
            let fits = |line: &str| match wanted.strip_suffix('…') {
                Some(start) => line.starts_with(start),
                None => line == *wanted,
            };
            assert!(printed.any(fits), "{}: {command} does not print\n{wanted}\n--- it prints\n{text}", self.page);
        }
    }
}

/// Follows a page; how many commands of rolehop it has.
fn follow(page: &'static str) -> usize {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/how-to").join(page)).unwrap();
    let home = tempfile::tempdir().unwrap();
    let mut reader = Reader { at: home.path().to_owned(), home, page };
    let mut commands = 0;
    for block in text.split("```").skip(1).step_by(2) {
        let (kind, body) = block.split_once('\n').unwrap();
        match kind {
            kind if kind.starts_with("csv ") => {
                std::fs::write(reader.at.join(kind.trim_start_matches("csv ")), body).unwrap();
            }
            "toml" => {
                let name = body.lines().next().and_then(|line| line.strip_prefix("# "));
                if let Some(name) = name.filter(|name| name.ends_with(".toml") && !name.contains(' ')) {
                    std::fs::write(reader.at.join(name), body).unwrap();
                }
            }
            "console" => {
                let mut lines = body.lines().peekable();
                while let Some(line) = lines.next() {
                    let command =
                        line.strip_prefix("$ ").unwrap_or_else(|| panic!("{page}: {line} belongs to no command"));
                    let mut shown = Vec::new();
                    while let Some(line) = lines.next_if(|line| !line.starts_with("$ ")) {
                        shown.push(line);
                    }
                    commands += usize::from(command.starts_with("rolehop "));
                    reader.run(command, &shown);
                }
            }
            _ => {}
        }
    }
    commands
}

#[test]
fn prod_can_be_defined_as_the_page_says() {
    assert_eq!(follow("define-prod.md"), 9);
}

#[test]
fn a_quarterly_review_can_be_done_as_the_page_says() {
    assert_eq!(follow("quarterly-review.md"), 14);
}

#[test]
fn headroom_can_be_found_as_the_page_says() {
    assert_eq!(follow("find-headroom.md"), 6);
}

#[test]
fn profiles_can_be_made_as_the_page_says() {
    assert_eq!(follow("aws-profiles.md"), 6);
}

#[test]
fn an_assistant_can_be_set_up_as_the_page_says() {
    assert_eq!(follow("mcp.md"), 1);
}

#[test]
fn a_gate_in_ci_can_be_set_up_as_the_page_says() {
    assert_eq!(follow("gate-in-ci.md"), 6);
}

#[test]
fn an_access_policy_can_be_written_as_the_page_says() {
    assert_eq!(follow("access-policy.md"), 6);
}

#[test]
fn rules_of_your_own_can_be_written_as_the_page_says() {
    assert_eq!(follow("own-rules.md"), 6);
}

#[test]
fn a_finding_becomes_a_change_as_the_page_says() {
    assert_eq!(follow("from-finding-to-change.md"), 6);
}

#[test]
fn groups_can_be_planned_as_the_page_says() {
    assert_eq!(follow("plan-groups.md"), 5);
}

#[test]
fn a_plan_can_be_gated_as_the_page_says() {
    assert_eq!(follow("gate-a-plan.md"), 2);
}
