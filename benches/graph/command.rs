//! The command as people run it: start of the process, snapshot from disk, answer written.
//!
//! Owns: its time, its peak memory, and that a hopeless run is stopped and a failed one said.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::goal::seconds;
use crate::work;

/// Exit codes of a run that answered: clean, findings, incomplete, both.
const ANSWERED: [i32; 4] = [0, 3, 4, 5];

/// A command line on a snapshot.
pub(crate) struct Ask<'a> {
    pub(crate) arguments: &'a [&'a str],
    pub(crate) snapshot: &'a Path,
    /// As many as there are cores, if it says nothing.
    pub(crate) threads: Option<usize>,
    pub(crate) limit: Duration,
}

/// What one run cost.
#[derive(Clone)]
pub(crate) struct Run {
    pub(crate) wall: Duration,
    /// Peak memory in bytes, if the system reports it (Linux).
    pub(crate) peak: Option<u64>,
    /// Bytes of the answer.
    pub(crate) written: u64,
    pub(crate) output: PathBuf,
}

/// What a run cost, or why there is no figure.
pub(crate) type Cost = Result<Run, String>;

impl Ask<'_> {
    /// One run.
    pub(crate) fn once(&self, output: &str) -> Cost {
        let output = work(output);
        let errors = output.with_extension("err");
        let mut command = Command::new(env!("CARGO_BIN_EXE_rolehop"));
        command.args(self.arguments).current_dir(work(""));
        if self.arguments != ["--help"] {
            // ages are judged as of a fixed day, so that the same snapshot gives the same bytes
            command.args(["--no-config", "--at", "2026-11-20T00:00:00Z", "--snapshot"]).arg(self.snapshot);
        }
        if let Some(threads) = self.threads {
            command.env("RAYON_NUM_THREADS", threads.to_string());
        }
        command.stdin(Stdio::null()).stdout(File::create(&output).unwrap()).stderr(File::create(&errors).unwrap());
        let start = Instant::now();
        let mut child = command.spawn().unwrap();
        let (mut peak, mut pause) = (None, Duration::from_micros(200));
        let status = loop {
            if let Some(status) = child.try_wait().unwrap() {
                break status;
            }
            if start.elapsed() > self.limit {
                child.kill().unwrap();
                child.wait().unwrap();
                return Err(format!("stopped after {}", seconds(self.limit)));
            }
            peak = peak_memory(child.id()).or(peak);
            // a short pause times short runs precisely; a longer one does not disturb long runs
            sleep(pause);
            pause = (pause + pause / 16).min(Duration::from_millis(10));
        };
        let wall = start.elapsed();
        if !status.code().is_some_and(|code| ANSWERED.contains(&code)) {
            let said = fs::read_to_string(&errors).unwrap_or_default();
            return Err(format!("failed with {status}: {}", said.lines().next().unwrap_or_default()));
        }
        let written = fs::metadata(&output).unwrap().len();
        Ok(Run { wall, peak, written, output })
    }

    /// The quickest of five short runs, of three longer ones, or one long run: what else the machine does only adds to it.
    pub(crate) fn run(&self, output: &str) -> Cost {
        let mut best = self.once(output)?;
        let more = match best.wall.as_millis() {
            0..200 => 4,
            200..1000 => 2,
            _ => 0,
        };
        for _ in 0..more {
            let run = self.once(output)?;
            if run.wall < best.wall {
                best = run;
            }
        }
        Ok(best)
    }
}

/// The high-water mark of a running process. It only grows, so the last value is the peak except for the final moments.
fn peak_memory(process: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}
