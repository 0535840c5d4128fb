//! Whether a class of principals is an administrator of its account.

use super::ask::Asked;
use super::decisive::{self, Decisive, Route, Whose};
use super::found::Found;
use crate::eval::Truth;

/// The first route that is open without conditions, or all that are open under some.
pub(crate) fn administrator(asked: &Asked<'_>) -> Found {
    let mut truth = Truth::False;
    let mut shown = None;
    for route in decisive::ROUTES.iter() {
        let may_go = match route.of {
            Whose::Unbounded(kind) => asked.kind() == kind && !asked.is_bounded() && !asked.is_of_aws(),
            Whose::Anyone => true,
        };
        if !may_go {
            continue;
        }
        let (open, request) = along(asked, route);
        if open != Truth::False && (shown.is_none() || open == Truth::True) {
            shown = request.map(|request| asked.shown(request));
        }
        truth = truth.or(open);
        if truth == Truth::True {
            break;
        }
    }
    Found { truth, shown }
}

/// Whether a request of every step is allowed, and the one of the first step that shows it.
fn along(asked: &Asked<'_>, route: &Route) -> (Truth, Option<&'static Decisive>) {
    let mut all = Truth::True;
    let mut shown = None;
    for step in &route.steps {
        let mut any = Truth::False;
        for &request in step {
            let one = if route.is_on_itself(request) { asked.may_to_itself(request) } else { asked.may(request) };
            if one != Truth::False && shown.is_none() {
                shown = Some(request);
            }
            any = any.or(one);
            if any == Truth::True {
                break;
            }
        }
        all = all.and(any);
        if all == Truth::False {
            break;
        }
    }
    (all, shown)
}
