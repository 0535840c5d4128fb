//! Whatever takes a result - a reader that leaves, a full disk, a file that is there already - nobody is left with half of it in silence.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a command that cannot be run has failed its test")]

#[path = "support/program.rs"]
mod program;
mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use program::run_in;
use support::*;

/// A result of each kind of renderer.
const RESULTS: &[&[&str]] = &[
    &["check"],
    &["check", "-f", "json"],
    &["check", "-f", "csv"],
    &["check", "-f", "html"],
    &["check", "-f", "sarif"],
    &["check", "-f", "junit"],
    &["check", "-f", "markdown"],
    &["who-can", "prod", "--expand"],
    &["who-can", "prod", "-f", "csv"],
    &["export", "edges"],
    &["export", "graph", "-f", "graphml"],
    &["profiles", "hub/user-1", "-f", "html"],
    &["review", "prod", "-f", "html"],
    &["review", "prod", "-f", "csv"],
    &["rules", "list", "-f", "csv"],
    &["config", "schema"],
    &["completions", "bash"],
    &["man"],
    &["help", "options"],
    &["check", "--help"],
    &["--version"],
];

/// Enough users for results that no buffer holds.
fn home() -> tempfile::TempDir {
    let mut world = World::of_organization();
    world.role(PROD, "ops", trusts(root(HUB)), &[]).role(PROD, "monitor", trusts(root(VENDOR)), &[]);
    for at in 0..100 {
        world.user(HUB, &format!("user-{at}"), &[may_assume(&["*"])]);
    }
    world.write()
}

/// Runs under a shell, whose script stands before `"$@"`.
fn under(script: &str, home: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new("bash");
    let script = format!("set -o pipefail; {script}");
    command.args(["-c", &script, "bash", env!("CARGO_BIN_EXE_rolehop")]).args(arguments);
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap()).env("HOME", home);
    command.env("ROLEHOP_SNAPSHOT", home).env("ROLEHOP_QUIET", "1").current_dir(home).stdin(Stdio::null());
    command.output().unwrap()
}

#[test]
fn a_reader_that_leaves_ends_the_result_and_nothing_else() {
    let home = home();
    for arguments in RESULTS {
        let read = under("\"$@\" > /dev/null", home.path(), arguments);
        let left = under("\"$@\" | true", home.path(), arguments);
        let text = String::from_utf8(left.stderr).unwrap();
        assert_eq!((left.status.code(), text.as_str()), (read.status.code(), ""), "{arguments:?}");
    }
}

#[test]
fn a_full_disk_is_an_error_that_says_so() {
    let home = home();
    for arguments in RESULTS {
        let output = under("\"$@\" > /dev/full", home.path(), arguments);
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(7), "{arguments:?}: {text}");
        assert!(text.contains("error[E602]") && text.contains("No space left on device"), "{arguments:?}: {text}");
    }
}

#[test]
fn a_file_without_room_keeps_what_it_was() {
    let home = home();
    let place = home.path().join("result");
    let options = ["help", "--help", "--version"];
    for arguments in RESULTS.iter().filter(|all| !all.iter().any(|word| options.contains(word))) {
        let arguments = [*arguments, &["-o", "result"][..]].concat();
        // a limit on file size replaces a full disk, which a test cannot have: the write fails at the same point
        let limited = || under("trap '' XFSZ; ulimit -f 1; \"$@\"", home.path(), &arguments);
        for before in [None, Some("what was there\n")] {
            let _ = fs::remove_file(&place);
            before.iter().for_each(|text| fs::write(&place, text).unwrap());
            let output = limited();
            if output.status.code() != Some(7) {
                // it is short
                assert!(fs::metadata(&place).unwrap().len() <= 1024, "{arguments:?}");
                continue;
            }
            let text = String::from_utf8(output.stderr).unwrap();
            assert!(text.contains("error[E602]"), "{arguments:?}: {text}");
            assert_eq!(fs::read_to_string(&place).ok().as_deref(), before, "{arguments:?}");
        }
        let left: Vec<_> = fs::read_dir(home.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert!(left.iter().all(|name| !name.to_string_lossy().contains("tmp")), "{left:?}");
    }
}

#[test]
fn a_file_that_is_replaced_keeps_its_permissions_and_a_link_what_it_is() {
    let home = home();
    let at = |name: &str| home.path().join(name);
    fs::create_dir(at("reports")).unwrap();
    fs::write(at("reports/real.csv"), "old").unwrap();
    fs::set_permissions(at("reports/real.csv"), fs::Permissions::from_mode(0o640)).unwrap();
    std::os::unix::fs::symlink("reports/real.csv", at("link.csv")).unwrap();
    let ask = |place: &str| {
        let snapshot = home.path().to_str().unwrap();
        run_in(home.path(), &[], &["export", "edges", "--snapshot", snapshot, "-o", place]).succeeded()
    };
    ask("link.csv");
    assert!(fs::symlink_metadata(at("link.csv")).unwrap().is_symlink());
    assert!(fs::read_to_string(at("reports/real.csv")).unwrap().starts_with("from,to,"));
    assert_eq!(fs::metadata(at("reports/real.csv")).unwrap().permissions().mode() & 0o777, 0o640);
    assert!(ask("/dev/stdout").out.starts_with("from,to,"));
    assert!(ask("-").out.starts_with("from,to,"));
    for public in [&["completions", "bash", "-o", "-"], &["man", "-o", "-"][..]] {
        assert!(!run_in(home.path(), &[], public).succeeded().out.is_empty());
    }
    assert!(!at("-").exists());
}
