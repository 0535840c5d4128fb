//! Many like calls, one for each group, permission set, account or person.
//!
//! Owns: how many are made at once, when it is useless to go on, and that each unit ends as read or as unread.
//! INVARIANT: `done` is called once for each unit.

use futures::StreamExt;

use super::draft::Draft;
use crate::collect::aws::error::{CallError, Kind};
use crate::collect::deadline::Over;

/// Calls in flight: at 80 ms a call, three times the rate that AWS allows.
const AT_ONCE: usize = 6;

/// Denied calls in a row after which no other is made: an SCP may deny a few accounts, and a policy denies all.
const DENIED_IN_A_ROW: usize = 50;
/// The same for calls that failed otherwise, each after many attempts.
const FAILED_IN_A_ROW: usize = 3;

/// Asks for each of `units`, and returns the first failure. A unit that is gone by now is no failure: `done` decides.
pub(super) async fn each<U, T, F>(
    units: Vec<U>,
    over: &Over,
    draft: &mut Draft,
    ask: F,
    mut done: impl FnMut(&mut Draft, U, Result<T, CallError>),
) -> Option<CallError>
where
    U: Clone,
    F: AsyncFn(&U) -> Result<T, CallError>,
{
    let mut left = units.clone().into_iter();
    let ask = &ask;
    let answers = futures::stream::iter(units).map(async |unit| over.or(ask(&unit)).await);
    let mut answers = Box::pin(answers.buffered(AT_ONCE));
    let mut first = None;
    let mut in_a_row = 0;
    let mut stopped = false;
    while !stopped && let Some(answer) = answers.next().await {
        let Some(unit) = left.next() else { break };
        match &answer {
            Err(error) if error.kind != Kind::NotFound => {
                in_a_row += 1;
                let most = match error.kind {
                    Kind::Denied => DENIED_IN_A_ROW,
                    Kind::Deadline | Kind::NotTried | Kind::Expired => 1,
                    _ => FAILED_IN_A_ROW,
                };
                stopped = in_a_row >= most;
                first.get_or_insert_with(|| error.clone());
            }
            _ => in_a_row = 0,
        }
        done(draft, unit, answer);
        draft.save_at_times().await;
    }
    for unit in left {
        let why = first.as_ref().map_or_else(String::new, |error| format!(": {error}"));
        done(draft, unit, Err(CallError::own("collect", Kind::NotTried, format!("not asked after that{why}"))));
    }
    first
}
