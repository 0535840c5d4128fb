//! How many calls may be in flight with the files that this process may have open.
//!
//! Owns: the limit of open files. It is raised as far as it goes, and where that is too little, fewer calls must do.

/// Files that are open beside connections: terminal, snapshot, lock, runtime.
const OTHERS: u64 = 24;
/// Connections for each call in flight: some stay open for a while at each of the services' hosts.
const OF_A_CALL: u64 = 4;
/// More than a run ever needs.
const ENOUGH: u64 = 8192;

/// The calls that may be in flight; `None` where nothing limits them.
#[cfg(unix)]
pub(super) fn calls() -> Option<usize> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let most = limit.maximum.unwrap_or(ENOUGH).min(ENOUGH);
    let now = limit.current?;
    // a refusal leaves what there is
    let raised = now < most && setrlimit(Resource::Nofile, Rlimit { current: Some(most), ..limit }).is_ok();
    calls_with(if raised { most } else { now })
}

#[cfg(not(unix))]
pub(super) fn calls() -> Option<usize> {
    None
}

#[cfg(unix)]
fn calls_with(files: u64) -> Option<usize> {
    usize::try_from(files.saturating_sub(OTHERS) / OF_A_CALL).ok().map(|calls| calls.max(1))
}
