//! Tools of others that tests read rolehop's output with: Python packages from PyPI and Node packages from npm, each list installed
//! once into `target/`.

#![allow(unreachable_pub, missing_docs, reason = "shared by test binaries, not a library")]
#![allow(clippy::unwrap_used, reason = "a tool that cannot be run has failed its test")]
#![allow(dead_code, reason = "each test binary uses its own part")]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

/// Whether tests that need Python or npm are turned off; then it says what is not checked.
pub fn are_off(what: &str) -> bool {
    let off = std::env::var_os("ROLEHOP_SKIP_MOTO").is_some();
    if off {
        // not through `eprintln!`: the test harness would swallow it, and the skip would look like a pass
        let _ = writeln!(std::io::stderr(), "\nSKIPPED by ROLEHOP_SKIP_MOTO: {what}");
    }
    off
}

/// Runs a command that must succeed; what it printed.
pub fn tool(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| unreachable!("{command:?}: {error}"));
    let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{command:?}\n{}{}", said(&output.stdout), said(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Programs of a Python environment with what `requirements.txt` in this folder of `tests/` lists.
pub fn python(name: &str, folder: &str) -> PathBuf {
    let list = in_tests(folder).join("requirements.txt");
    let venv = provisioned(name, &list, |venv| {
        tool(Command::new("python3").args(["-m", "venv", "--clear"]).arg(venv));
        let mut pip = Command::new(venv.join("bin/python"));
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"]);
        tool(pip.arg(&list));
    });
    venv.join("bin")
}

/// A directory with the modules that `package.json` in this folder of `tests/` lists.
pub fn node(name: &str, folder: &str) -> PathBuf {
    let list = in_tests(folder).join("package.json");
    provisioned(name, &list, |dir| {
        std::fs::copy(&list, dir.join("package.json")).unwrap();
        let mut npm = Command::new("npm");
        tool(npm.args(["install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts"]).current_dir(dir));
    })
}

fn in_tests(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(folder)
}

/// A directory under `target/` that is made anew where its list of packages changed.
fn provisioned(name: &str, list: &Path, make: impl FnOnce(&Path)) -> PathBuf {
    // tests of one binary run at once
    static ONCE: Mutex<()> = Mutex::new(());
    let _one = ONCE.lock().unwrap_or_else(PoisonError::into_inner);
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap().join(name);
    let stamp = dir.join("rolehop-stamp.txt");
    let wanted = std::fs::read_to_string(list).unwrap();
    if std::fs::read_to_string(&stamp).is_ok_and(|present| present == wanted) {
        return dir;
    }
    // left by an earlier run; absent on the first
    let _ = std::fs::remove_dir_all(&dir);
    std::fs::create_dir_all(&dir).unwrap();
    make(&dir);
    std::fs::write(stamp, wanted).unwrap();
    dir
}
