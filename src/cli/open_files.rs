//! How many calls may be in flight, given the files that this process may have open.
//!
//! Owns: the limit of open files. It is raised as far as possible; if that is too low, fewer calls are in flight.

/// Files that are open besides connections: terminal, snapshot, lock, runtime.
const OTHERS: u64 = 24;
/// Connections per call in flight: some stay open for a while at the hosts of each service.
const OF_A_CALL: u64 = 4;
/// More than a run ever needs.
const ENOUGH: u64 = 8192;

/// Maximum number of calls in flight; `None` if nothing limits them.
#[cfg(unix)]
pub(super) fn calls() -> Option<usize> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let most = limit.maximum.unwrap_or(ENOUGH).min(ENOUGH);
    let now = limit.current?;
    // if refused, the present limit stays
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
