//! A path as one question: what its calls share, in one formula.
//!
//! Owns: the formula of a whole path, each fact named by the call that decides it. Paths that read nothing of the calling
//! session never come here.

use super::call::{SessionCall, at_start};
use super::facts::{CALL, CALLER, depends_on_session, placed};
use super::link::{link, own};
use crate::answer::PrincipalKind;
use crate::eval::{Truth, settled};
use crate::graph::edge::{Edge, Hop};
use crate::graph::mode::Mode;
use crate::graph::signing;
use crate::graph::source::Source;
use crate::model::{Estate, PrincipalType};

/// True where one formula for the whole path can differ from one a hop.
pub(crate) fn is_linked(hops: &[Hop]) -> bool {
    hops.iter().skip(1).any(|hop| edge_depends_on_session(&hop.edge))
}

/// True where a decision depends on what the calling session brings.
pub(crate) fn edge_depends_on_session(edge: &Edge) -> bool {
    edge.decisions().any(|decision| decision.has_test(&depends_on_session))
}

/// The formula of a whole path, with MFA among what it asks for where a user who carries none would not come through;
/// `None` where it is too large to be settled.
pub(crate) fn joint(estate: &Estate, hops: &[Hop], mode: Mode) -> Option<Truth> {
    let whole = truth(estate, hops, mode)?;
    let of_user = hops.first().is_some_and(|s| s.from.kind(estate) == PrincipalKind::User);
    let needs_mfa = of_user && mode == Mode::Mfa && truth(estate, hops, Mode::Plain) == Some(Truth::False);
    Some(if needs_mfa { whole.and(signing::mfa()) } else { whole })
}

fn truth(estate: &Estate, hops: &[Hop], mode: Mode) -> Option<Truth> {
    let mut whole = Truth::True;
    // what reads nothing of the calling session is the same whatever was called before: a long path would carry it along
    let mut closed = Vec::new();
    for (at, hop) in hops.iter().enumerate().rev() {
        let call = SessionCall::new(estate, &hop.from, &hop.edge, mode);
        let one = own(&hop.edge.in_mode(mode).truth(), call.by_role()).and(link(&whole, &call));
        whole = one.replace(&mut |test| {
            if test.scope == CALL { placed(test, numbered(at)) } else { Truth::test((**test).clone()) }
        });
        if whole == Truth::False {
            return Some(whole);
        }
        let [open, rest] = whole.parted(&|test| test.scope == CALLER);
        whole = open;
        closed.push(rest);
    }
    closed.push(match hops.first().map(|hop| &hop.from) {
        Some(Source::Principal(ix)) if estate.principal(*ix).kind() == PrincipalType::Role => {
            at_start(estate, *ix, &whole)
        }
        _ => whole,
    });
    settled(&Truth::all(closed))
}

/// The scope of the facts of one call, by its place on the path.
fn numbered(at: usize) -> u32 {
    u32::try_from(at + 1).unwrap_or_else(|_| unreachable!("a path of 2^32 calls"))
}
