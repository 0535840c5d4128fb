//! Signals that stop a running collection, soon or at once.
//!
//! Owns: signals. The first asks the collection to end and keep everything that was read, the second ends it immediately, which
//! is safe as well: every file of a snapshot is complete or absent.

use crate::collect::Stop;
use crate::diagnostic::Exit;

/// Waits for signals. Returns on the second one; `first` is what the first one means for the exit code, and `say` tells a person of
/// it.
pub(super) async fn watch(stop: &Stop, first: &std::sync::Mutex<Option<Exit>>, say: impl Fn(&str)) -> Exit {
    let exit = next().await;
    if let Ok(mut first) = first.lock() {
        *first = Some(exit);
    }
    say("stopping  calls in flight have a few seconds; once more ends it at once");
    stop.ask();
    next().await;
    exit
}

/// The next signal that asks for an end.
#[cfg(unix)]
pub(super) async fn next() -> Exit {
    use tokio::signal::unix::{SignalKind, signal};
    let of = async |kind: SignalKind| match signal(kind) {
        Ok(mut signals) => {
            signals.recv().await;
        }
        // a signal that cannot be waited for keeps its default effect
        Err(_) => std::future::pending().await,
    };
    tokio::select! {
        () = of(SignalKind::interrupt()) => Exit::Interrupted,
        () = of(SignalKind::terminate()) => Exit::Terminated,
        () = of(SignalKind::hangup()) => Exit::Terminated,
    }
}

/// The next signal that asks for an end.
#[cfg(not(unix))]
pub(super) async fn next() -> Exit {
    match tokio::signal::ctrl_c().await {
        Ok(()) => Exit::Interrupted,
        Err(_) => std::future::pending().await,
    }
}
