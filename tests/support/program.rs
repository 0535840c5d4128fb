//! The program, run in a directory of its own with no environment but the given one.

#![allow(unreachable_pub, missing_docs, reason = "shared by test binaries, not a library")]
#![allow(clippy::unwrap_used, reason = "a command that cannot be run has failed its test")]
#![allow(dead_code, reason = "each test binary uses its own part")]

use std::path::Path;

use assert_cmd::Command;

/// How a command ended, and what it printed.
#[derive(Debug)]
pub struct Ended {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

pub fn run_in(dir: &Path, variables: &[(&str, &str)], arguments: &[&str]) -> Ended {
    let mut command = Command::cargo_bin("rolehop").unwrap();
    command.env_clear().env("HOME", dir).envs(variables.iter().copied()).current_dir(dir).args(arguments);
    let output = command.output().unwrap();
    Ended {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

pub fn run(variables: &[(&str, &str)], arguments: &[&str]) -> Ended {
    run_in(tempfile::tempdir().unwrap().path(), variables, arguments)
}

impl Ended {
    /// An error of this code, in four parts, with nothing on standard output.
    #[track_caller]
    pub fn failed(self, code: i32, id: &str) -> String {
        assert_eq!(self.code, Some(code), "{self:?}");
        assert!(self.err.contains(&format!("error[{id}]")), "{self:?}");
        for part in ["  where  ", "  why    ", "  next   "] {
            assert!(self.err.contains(part), "lacks `{part}`: {self:?}");
        }
        assert!(self.out.is_empty(), "{self:?}");
        self.err
    }

    #[track_caller]
    pub fn succeeded(self) -> Self {
        assert_eq!(self.code, Some(0), "{self:?}");
        self
    }
}
