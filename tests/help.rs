//! Help, completions and man pages: each fits its purpose for every command that there is.

#![cfg(all(feature = "aws", feature = "emulator"))]
#![allow(clippy::unwrap_used, reason = "a command that cannot be run has failed its test")]

#[path = "support/program.rs"]
mod program;

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use program::{run, run_in};

/// The words of all commands, groups included: `["rules", "explain"]`. The first is the program itself.
fn commands() -> Vec<Vec<String>> {
    fn add(command: &clap::Command, words: &[String], all: &mut Vec<Vec<String>>) {
        all.push(words.to_vec());
        for sub in command.get_subcommands().filter(|sub| sub.get_name() != "help" || words.is_empty()) {
            add(sub, &[words, &[sub.get_name().to_owned()]].concat(), all);
        }
    }
    let mut all = Vec::new();
    add(&rolehop::cli::command(), &[], &mut all);
    assert!(all.len() > 15, "{all:?}");
    all
}

/// What `--help` prints for a command at so many columns.
fn help(words: &[String], columns: &str) -> String {
    let words: Vec<&str> = words.iter().map(String::as_str).chain(["--help"]).collect();
    run(&[("COLUMNS", columns)], &words).succeeded().out
}

/// The examples on a page: the command lines without what a shell makes of them, and without remarks.
fn examples(page: &str) -> Vec<Vec<String>> {
    let lines = page.lines().skip_while(|line| *line != "Examples:").skip(1).take_while(|line| !line.is_empty());
    let command = |line: &str| {
        let from = line.find("rolehop").unwrap_or(0);
        let line = line.get(from..).unwrap_or_default();
        let line = line.trim().split("  ").next().unwrap_or_default().split(" > ").next().unwrap_or_default();
        shlex::split(line).unwrap()
    };
    lines.map(command).collect()
}

#[test]
fn help_fits_a_screen_at_usual_widths() {
    for words in commands() {
        for columns in ["80", "100"] {
            let page = help(&words, columns);
            let lines = page.lines().count();
            assert!(lines <= 60, "{words:?}: {lines} lines at {columns} columns\n{page}");
            let wide = page.lines().find(|line| line.chars().count() > columns.parse().unwrap());
            assert!(wide.is_none(), "{words:?}: {wide:?}");
            assert!(!page.contains("\n\n\n") && !page.contains(" \n"), "{words:?}:\n{page}");
        }
        let narrow = help(&words, "50");
        assert!(
            narrow.lines().skip_while(|line| !line.starts_with("Usage")).skip(1).all(|line| line.chars().count() <= 50),
            "{words:?}:\n{narrow}"
        );
    }
}

#[test]
fn examples_come_first_and_are_commands_that_rolehop_takes() {
    for words in commands().into_iter().filter(|words| words.first().is_none_or(|word| word != "version")) {
        let page = help(&words, "80");
        let (before, _) = page.split_once("\nUsage: ").unwrap();
        let examples = examples(before);
        assert!(!examples.is_empty(), "{words:?}:\n{page}");
        for example in examples {
            assert!(example.starts_with(&["rolehop".to_owned()]), "{example:?}");
            assert!(words.is_empty() || example.get(1) == words.first(), "{words:?}: {example:?}");
            let parsed = rolehop::cli::command().try_get_matches_from(&example);
            assert!(parsed.is_ok(), "{example:?}: {parsed:?}");
        }
    }
}

#[test]
fn every_option_is_explained_on_a_page() {
    let pages: String = rolehop::cli::help_pages(100).into_iter().map(|(_, page)| page).collect();
    for words in commands() {
        let all = rolehop::cli::command();
        let command = words.iter().fold(&all, |command, word| command.find_subcommand(word).unwrap());
        let hidden = command.is_hide_set();
        for arg in command.get_arguments().filter(|arg| !arg.is_positional() && !hidden) {
            let long = arg.get_long().unwrap();
            // `  --long <VALUE>  text` or `  -l, --long <VALUE>  text`
            let explained = pages.lines().filter(|line| line.starts_with("  -")).any(|line| {
                let left = line.trim_start().split("  ").next().unwrap_or_default();
                left.split(", ").any(|name| name.split([' ', '[', '.']).next() == Some(&format!("--{long}")))
            });
            assert!(explained, "{words:?}: --{long}");
        }
    }
}

#[test]
fn help_is_found_however_it_is_asked_for() {
    for words in commands() {
        let page = help(&words, "80");
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let at = [("COLUMNS", "80")];
        assert_eq!(run(&at, &[&words[..], &["-h"]].concat()).succeeded().out, page);
        assert_eq!(run(&at, &[&["help"], &words[..]].concat()).succeeded().out, page);
    }
    let of_group = run(&[], &["rules", "help", "explain"]).succeeded().out;
    assert_eq!(of_group, run(&[], &["rules", "explain", "--help"]).succeeded().out);
    run(&[], &["rules", "help", "wibble"]).failed(2, "E300");
    let options = run(&[("COLUMNS", "100")], &["help", "options"]).succeeded().out;
    assert!(options.contains("--output <FILE>") && options.contains("[env: ROLEHOP_OUTPUT]"), "{options}");
    let variables = run(&[("ROLEHOP_QUIET", "maybe")], &["help", "environment"]).succeeded().out;
    assert!(variables.contains("ROLEHOP_FORMAT ") && !variables.contains("maybe"), "{variables}");
    let text = run(&[], &["help", "who-cna"]).failed(2, "E300");
    assert!(text.contains("did you mean `who-can`?"), "{text}");
    assert_eq!(run(&[], &["version"]).succeeded().out, run(&[], &["--version"]).succeeded().out);
}

#[test]
fn completions_name_every_command() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = run(&[], &["completions", shell]).succeeded().out;
        for word in commands().iter().flatten() {
            assert!(script.contains(word.as_str()), "{shell}: {word}");
        }
        assert!(script.contains("external-only"), "{shell}");
    }
    run(&[], &["completions", "tcsh"]).failed(2, "E300");
}

/// Whether a shell can read its script; a shell that this machine lacks is not part of the claim, and bash is never lacking.
#[cfg(unix)]
#[test]
fn completions_are_scripts_that_their_shells_can_read() {
    for (shell, flag) in [("bash", "-n"), ("zsh", "-n"), ("fish", "--no-execute")] {
        let dir = tempfile::tempdir().unwrap();
        run_in(dir.path(), &[], &["completions", shell, "-o", "script"]).succeeded();
        let read = Command::new(shell).arg(flag).arg(dir.path().join("script")).output();
        let Ok(read) = read else {
            assert_ne!(shell, "bash");
            continue;
        };
        assert!(read.status.success() && read.stderr.is_empty(), "{shell}: {read:?}");
    }
    let asked = "complete -p rolehop >/dev/null && COMP_WORDS=(rolehop who-can --ex) COMP_CWORD=2 && \
                 _rolehop rolehop --ex who-can && echo \"${COMPREPLY[@]}\"";
    // the script is longer than an argument may be
    let script = run(&[], &["completions", "bash"]).succeeded().out;
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("asked");
    std::fs::write(&file, format!("{script}\n{asked}")).unwrap();
    let answer = Command::new("bash").arg(&file).output().unwrap();
    let answer = String::from_utf8(answer.stdout).unwrap();
    assert_eq!(answer.split_whitespace().collect::<Vec<_>>(), ["--expect-none", "--external-only", "--expand"]);
}

#[test]
fn every_command_has_a_man_page() {
    let dir = tempfile::tempdir().unwrap();
    run_in(dir.path(), &[], &["man", "pages/man1"]).succeeded();
    let read = |name: &str| std::fs::read_to_string(dir.path().join("pages/man1").join(name)).unwrap();
    let all = rolehop::cli::command();
    for words in commands() {
        let command = words.iter().fold(&all, |command, word| command.find_subcommand(word).unwrap());
        if command.is_hide_set() {
            continue;
        }
        let page = read(&format!("{}.1", [&["rolehop".to_owned()], &words[..]].concat().join("-")));
        for section in ["NAME", "SYNOPSIS", "DESCRIPTION", "EXAMPLES"] {
            assert!(page.contains(&format!(".SH {section}\n")), "{words:?} lacks {section}:\n{page}");
        }
    }
    assert_eq!(run(&[], &["man"]).succeeded().out, read("rolehop.1"));
    assert!(read("rolehop-scan.1").contains("ROLEHOP_EXTERNAL_ID"));
    for (reader, arguments) in [("mandoc", ["-T", "utf8"]), ("groff", ["-man", "-Tutf8"])] {
        for name in ["rolehop.1", "rolehop-scan.1", "rolehop-who-can.1"] {
            rendered(reader, &arguments, &dir.path().join("pages/man1").join(name));
        }
    }
}

/// Renders a page, if the machine has the program for it.
fn rendered(reader: &str, arguments: &[&str], page: &Path) {
    let mut command = Command::new(reader);
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let Ok(mut child) = command.spawn() else { return };
    child.stdin.take().unwrap().write_all(&std::fs::read(page).unwrap()).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success() && text.contains("rolehop"), "{reader} {}: {text}", page.display());
    assert!(output.stderr.is_empty(), "{reader}: {}", String::from_utf8_lossy(&output.stderr));
}

/// What every user of a machine reads must not have the permissions of a report.
#[cfg(unix)]
#[test]
fn completions_and_pages_can_be_read_by_all() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    run_in(dir.path(), &[], &["completions", "bash", "-o", "script"]).succeeded();
    run_in(dir.path(), &[], &["man", "-o", "page"]).succeeded();
    for name in ["script", "page"] {
        let mode = std::fs::metadata(dir.path().join(name)).unwrap().permissions().mode();
        assert_ne!(mode & 0o777, 0o600, "{name}");
    }
    run_in(dir.path(), &[], &["man", "script/pages"]).failed(7, "E602");
}
