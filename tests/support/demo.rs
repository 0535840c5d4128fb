//! The demo's organization behind the emulator, and rolehop in an otherwise empty environment.

#![allow(unreachable_pub, missing_docs, reason = "shared by test binaries, not a library")]
#![allow(clippy::unwrap_used, reason = "a test that cannot build its world has failed")]
#![allow(dead_code, reason = "each test binary uses its own part")]

use std::path::Path;
use std::process::Command;

use rolehop::emulator::{Emulator, EmulatorData, EmulatorOptions};

pub struct Demo {
    pub emulator: Emulator,
    pub dir: tempfile::TempDir,
}

impl Demo {
    pub fn new(options: EmulatorOptions) -> Self {
        let world = EmulatorData::from_directory(Path::new("examples/demo")).unwrap();
        Self { emulator: Emulator::start(world, options).unwrap(), dir: tempfile::tempdir().unwrap() }
    }

    /// The program in a directory of its own, with the emulator's credentials and the demo's role.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let (id, secret) = self.emulator.access_key();
        let mut command = Command::new(assert_cmd::cargo::cargo_bin("rolehop"));
        command.env_clear().env("AWS_ACCESS_KEY_ID", id).env("AWS_SECRET_ACCESS_KEY", secret);
        command.env("AWS_REGION", "eu-west-1").env("AWS_ENDPOINT_URL", self.emulator.endpoint());
        command.env("ROLEHOP_ROLE_NAME", "audit-readonly").current_dir(self.dir.path()).args(arguments);
        command
    }

    /// How often a role has been assumed.
    pub fn entered(&self) -> usize {
        self.emulator.requests().into_iter().filter(|request| request.action == "sts:AssumeRole").count()
    }
}
