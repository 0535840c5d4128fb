//! Long results on a terminal go through a pager; nothing else does. Needs Python 3 for a terminal; `ROLEHOP_SKIP_MOTO=1` leaves it out.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a command that cannot be run has failed its test")]

#[path = "support/program.rs"]
mod program;

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

/// Runs its arguments on a terminal of 24 rows and 100 columns, prints what they print, and ends as they do.
const TERMINAL: &str = "
import fcntl, os, pty, struct, sys, termios
pid, terminal = pty.fork()
if pid == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack('HHHH', 24, 100, 0, 0))
    os.execv(sys.argv[1], sys.argv[1:])
while True:
    try:
        part = os.read(terminal, 65536)
    except OSError:
        break
    if not part:
        break
    os.write(1, part)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
";

/// Marks what it is given, and reads no more than three lines of it.
const PAGER: &str = "#!/bin/sh\necho \"paged with $*\"\nhead -n 3\n";

struct Bench(tempfile::TempDir);

impl Bench {
    fn new() -> Option<Self> {
        if std::env::var_os("ROLEHOP_SKIP_MOTO").is_some_and(|value| value == "1") {
            return None;
        }
        let dir = tempfile::tempdir().unwrap();
        let pager = dir.path().join("pager");
        std::fs::write(&pager, PAGER).unwrap();
        std::fs::set_permissions(&pager, std::fs::Permissions::from_mode(0o755)).unwrap();
        Some(Self(dir))
    }

    /// Exit code and everything that a person sees.
    fn on_terminal(&self, variables: &[(&str, &str)], arguments: &[&str]) -> (Option<i32>, String) {
        let mut command = Command::new("python3");
        command.env_clear().env("HOME", self.0.path()).env("PATH", std::env::var_os("PATH").unwrap());
        command.env("TERM", "xterm").envs(variables.iter().copied()).current_dir(self.0.path());
        command.args(["-c", TERMINAL]).arg(assert_cmd::cargo::cargo_bin("rolehop")).args(arguments);
        let output = command.output().unwrap();
        assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
        (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
    }

    fn check(&self, variables: &[(&str, &str)], more: &[&str]) -> (Option<i32>, String) {
        self.on_terminal(variables, &[&["check", "--snapshot", &snapshot()], more].concat())
    }
}

fn snapshot() -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/demo").display().to_string()
}

#[test]
fn a_long_result_goes_through_the_pager_and_the_exit_code_stays() {
    let Some(bench) = Bench::new() else { return };
    let (code, shown) = bench.check(&[("PAGER", "./pager --one 'two words'")], &[]);
    assert_eq!(code, Some(3), "the pager is left early, and that is no failure: {shown}");
    assert!(shown.contains("paged with --one two words"), "{shown}");
    assert!(shown.contains("\u{1b}[1;31mcritical"), "color survives: {shown}");
    assert!(!shown.contains("Accounts  "), "what the pager does not show is not printed beside it: {shown}");
    assert!(shown.contains("exit 3:"), "{shown}");
    let (_, shown) = bench.check(&[("PAGER", "nothing"), ("ROLEHOP_PAGER", "./pager")], &[]);
    assert!(shown.contains("paged with"), "{shown}");
}

#[test]
fn there_are_many_ways_to_have_no_pager() {
    let Some(bench) = Bench::new() else { return };
    let pager = ("PAGER", "./pager");
    let plain = |variables: &[(&str, &str)], more: &[&str]| {
        let (code, shown) = bench.check(variables, more);
        assert_eq!(code, Some(3), "{shown}");
        assert!(!shown.contains("paged with") && shown.contains("Accounts  "), "{variables:?} {more:?}: {shown}");
        shown
    };
    plain(&[pager], &["--no-pager"]);
    plain(&[pager, ("ROLEHOP_NO_PAGER", "1")], &[]);
    plain(&[pager, ("NO_PAGER", "1")], &[]);
    plain(&[pager, ("TERM", "dumb")], &[]);
    plain(&[pager, ("LINES", "500")], &[]);
    plain(&[pager, ("ROLEHOP_PAGER", "")], &[]);
    plain(&[("PAGER", "")], &[]);
    let told = plain(&[("PAGER", "no-such-pager -x")], &[]);
    assert_eq!(told.matches("note: no pager: `no-such-pager -x` (PAGER) cannot be run").count(), 1, "{told}");
    let (_, shown) = bench.on_terminal(&[pager, ("LINES", "3")], &["accounts", "--snapshot", &snapshot()]);
    assert!(!shown.contains("paged with"), "only answers and rules are for reading at length: {shown}");
}

#[test]
fn a_pipe_and_a_file_are_never_paged() {
    let Some(bench) = Bench::new() else { return };
    let variables = [("PAGER", "./pager"), ("TERM", "xterm")];
    let piped = program::run_in(bench.0.path(), &variables, &["check", "--snapshot", &snapshot()]);
    assert!(!piped.out.contains("paged with") && piped.out.contains("Accounts  "), "{piped:?}");
    let (_, shown) = bench.check(&variables, &["-o", "report.txt"]);
    assert!(!shown.contains("paged with"), "{shown}");
}
