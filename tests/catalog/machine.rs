//! Section E: the machine that the scan runs on. `tests/resume.rs` covers writers, locks and signals, `tests/cli.rs`
//! damaged snapshots.
#![cfg(unix)]

use std::path::Path;
use std::process::{Command, Output};

use rolehop::emulator::{Emulator, EmulatorData, EmulatorOptions};

use crate::bench::{ROLE, made, rolehop};

/// Runs a scan in a shell with these limits.
fn limited(limits: &str, arguments: &[&str], snapshot: &Path) -> Output {
    let emulator = Emulator::start(EmulatorData::from_directory(made()).unwrap(), EmulatorOptions::default()).unwrap();
    let (id, secret) = emulator.access_key();
    let mut command = Command::new("sh");
    command.arg("-c").arg(format!("{limits} exec \"$@\"")).arg("sh").arg(assert_cmd::cargo::cargo_bin("rolehop"));
    command.args(["collect", "--no-config", "--role-name", ROLE, "--skip-facets", "account-tags"]);
    command.args(arguments).arg("--snapshot").arg(snapshot);
    command.env_clear().env("AWS_ACCESS_KEY_ID", id).env("AWS_SECRET_ACCESS_KEY", secret);
    command.env("AWS_REGION", "eu-west-1").env("AWS_ENDPOINT_URL", emulator.endpoint());
    command.output().unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn f57_where_there_is_no_room_what_was_written_stays_and_the_run_goes_on_later() {
    let dir = tempfile::tempdir().unwrap();
    let snapshot = dir.path().join("snapshot");
    // accounts differ in size: some limit between the smallest and the largest fits only some of them
    let mut sizes: Vec<u64> =
        std::fs::read_dir(made().join("accounts")).unwrap().map(|e| e.unwrap().metadata().unwrap().len()).collect();
    sizes.sort_unstable();
    let blocks = (sizes[0] + sizes[sizes.len() - 1]) / 2 / 512;
    // a limit on file size replaces a full disk, which a test cannot have: the write fails at the same point
    let limits = format!("trap '' XFSZ; ulimit -f {blocks};");
    let output = limited(&limits, &["--concurrency", "1"], &snapshot);
    let text = stderr(&output);
    assert_eq!(output.status.code(), Some(7), "{text}");
    assert!(text.contains("error[E611]") && text.contains("bytes") && text.contains("--resume"), "{text}");
    let names = |dir: &Path| -> Vec<String> {
        std::fs::read_dir(dir).unwrap().map(|e| e.unwrap().file_name().to_string_lossy().into_owned()).collect()
    };
    let left = names(&snapshot.join("accounts"));
    assert!(left.iter().all(|name| !name.contains("tmp")), "{left:?}");

    let output = limited("", &["--resume"], &snapshot);
    let text = stderr(&output);
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.contains(&format!("{} accounts are complete already", left.len())), "{left:?} {text}");
    assert_eq!(rolehop(&snapshot, &["accounts", "--incomplete"]).status.code(), Some(0));
}

#[test]
#[cfg(target_os = "linux")]
fn f57_a_report_that_finds_no_room_is_an_error() {
    let demo = Path::new("examples/demo");
    let whole = rolehop(demo, &["accounts"]);
    assert!(whole.status.success());
    let full = rolehop(demo, &["accounts", "--output", "/dev/full"]);
    assert_eq!(full.status.code(), Some(7), "{}", stderr(&full));
    assert!(stderr(&full).contains("error[E"), "{}", stderr(&full));
}

#[test]
fn f65_few_open_files_mean_fewer_calls_at_once_and_nothing_less() {
    let dir = tempfile::tempdir().unwrap();
    let output = limited("ulimit -n 48;", &[], dir.path());
    let text = stderr(&output);
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.contains("6 calls at once instead of 64"), "{text}");
    assert_eq!(rolehop(dir.path(), &["accounts", "--incomplete"]).status.code(), Some(0));
}
