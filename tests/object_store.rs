//! Snapshots in an object store, against moto's S3: written by a scan, read by questions, merged from parts.
#![cfg(all(feature = "aws", feature = "emulator", feature = "object-store"))]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![allow(dead_code, reason = "the server of the moto tests has more than these need")]

#[path = "moto/server.rs"]
mod server;

use std::process::{Command, Output};

use rolehop::emulator::{Emulator, EmulatorData, EmulatorOptions};
use rolehop::generate::{Spec, write};
use server::{Server, Venv};

struct Bench {
    home: tempfile::TempDir,
    emulator: Emulator,
    server: Server,
}

impl Bench {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let made = home.path().join("made");
        write(&Spec::new(8, 4), &made).unwrap();
        let emulator =
            Emulator::start(EmulatorData::from_directory(&made).unwrap(), EmulatorOptions::default()).unwrap();
        let venv = Venv::provision("python3").unwrap();
        let server = Server::start(&venv, &home.path().join("server.log")).unwrap();
        let created = Command::new(venv.command("aws"))
            .args(["--endpoint-url", &server.endpoint(), "s3", "mb", "s3://snapshots"])
            .envs([("AWS_ACCESS_KEY_ID", "x"), ("AWS_SECRET_ACCESS_KEY", "y"), ("AWS_REGION", "us-east-1")])
            .output()
            .unwrap();
        assert!(created.status.success(), "{}", String::from_utf8_lossy(&created.stderr));
        Self { home, emulator, server }
    }

    fn rolehop(&self, arguments: &[&str]) -> Output {
        let (id, secret) = self.emulator.access_key();
        let mut command = Command::new(env!("CARGO_BIN_EXE_rolehop"));
        command.env_clear().current_dir(self.home.path()).env("HOME", self.home.path()).env("AWS_REGION", "us-east-1");
        command.env("AWS_ACCESS_KEY_ID", id).env("AWS_SECRET_ACCESS_KEY", secret);
        command.env("AWS_ENDPOINT_URL", self.emulator.endpoint()).env("AWS_ENDPOINT_URL_S3", self.server.endpoint());
        command.args(arguments).arg("--no-config").output().unwrap()
    }

    #[track_caller]
    fn ends(&self, code: i32, arguments: &[&str]) -> Output {
        let output = self.rolehop(arguments);
        assert_eq!(output.status.code(), Some(code), "{arguments:?} {}", String::from_utf8_lossy(&output.stderr));
        output
    }
}

#[test]
fn a_scan_goes_to_the_store_and_every_question_reads_it_from_there() {
    let bench = Bench::new();
    let (url, role) = ("s3://snapshots/whole", ["--role-name", "audit-readonly"]);
    bench.ends(0, &["collect", role[0], role[1], "--snapshot", url]);
    bench.ends(0, &["collect", role[0], role[1], "--snapshot", "local"]);
    let there = bench.ends(0, &["export", "edges", "--snapshot", url]);
    let here = bench.ends(0, &["export", "edges", "--snapshot", "local"]);
    assert!(!here.stdout.is_empty());
    assert_eq!(there.stdout, here.stdout);
    // resuming from the store reads no account again
    let resumed = bench.ends(0, &["collect", role[0], role[1], "--snapshot", url, "--resume"]);
    assert!(String::from_utf8_lossy(&resumed.stderr).contains("8 accounts are complete already"));
    // an empty prefix, and one that cannot be written
    let absent = bench.rolehop(&["check", "--snapshot", "s3://snapshots/nothing"]);
    assert_eq!(absent.status.code(), Some(8), "{}", String::from_utf8_lossy(&absent.stderr));
    let bucket = bench.rolehop(&["collect", role[0], role[1], "--snapshot", "s3://no-such-bucket/x"]);
    let text = String::from_utf8_lossy(&bucket.stderr).into_owned();
    assert_eq!(bucket.status.code(), Some(7), "{text}");
    assert!(text.contains("error[E621]"), "{text}");
}

#[test]
fn parts_in_the_store_are_merged_in_the_store() {
    let bench = Bench::new();
    bench.ends(0, &["accounts", "--list", "-f", "csv", "--output", "accounts.csv"]);
    let fixed = ["collect", "--role-name", "audit-readonly", "--accounts-file", "accounts.csv"];
    for shard in ["1/3", "2/3", "3/3"] {
        bench.ends(0, &[&fixed[..], &["--shard", shard, "--snapshot-under", "s3://snapshots/run"]].concat());
    }
    let into = ["--into", "s3://snapshots/run/whole", "--accounts-file", "accounts.csv"];
    bench.ends(0, &[&["merge", "--parts-under", "s3://snapshots/run"][..], &into].concat());
    // a second merge does not take the merged snapshot for a part
    bench.ends(0, &[&["merge", "--parts-under", "s3://snapshots/run"][..], &into].concat());
    bench.ends(0, &["collect", "--role-name", "audit-readonly", "--snapshot", "local"]);
    let there = bench.ends(0, &["export", "edges", "--snapshot", "s3://snapshots/run/whole"]);
    assert_eq!(there.stdout, bench.ends(0, &["export", "edges", "--snapshot", "local"]).stdout);
}
