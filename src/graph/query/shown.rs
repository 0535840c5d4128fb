//! With which decision each hop of a path is shown, and how its user signs.
//!
//! Owns: from a path's hops to the way of signing that makes it hold. INVARIANT: the worst hop shown is the path's
//! verdict.

use crate::answer::{PrincipalKind, Verdict};
use crate::eval::{Credential, Credentials, Truth};
use crate::graph::decision::Decision;
use crate::graph::edge::{Edge, Hop};
use crate::graph::edges::EdgeCall;
use crate::graph::mode::Mode;
use crate::graph::signing;
use crate::graph::source::Source;
use crate::ids::PrincipalIx;
use crate::model::{Estate, PrincipalType, Ways};
use crate::policy::key::KeyKind;

/// How a path is signed.
#[derive(Clone, Copy)]
pub(super) struct Shown {
    user: bool,
    pub(super) mode: Mode,
}

impl Shown {
    pub(super) fn of(hops: &[Hop], start: &Source, estate: &Estate) -> Self {
        let user = start.kind(estate) == PrincipalKind::User;
        let worst = |mode| hops.iter().map(|s| s.edge.in_mode(mode).verdict()).max().unwrap_or(Verdict::Allowed);
        let mode = match (user, signing::ways_of(estate, start.caller(estate))) {
            (false, _) => Mode::Plain,
            (true, Ways::ConsoleWithMfa) if worst(Mode::Free) == Verdict::Allowed => Mode::Free,
            (true, Ways::ConsoleWithMfa) => Mode::Mfa,
            (true, _) if worst(Mode::Plain) <= worst(Mode::Mfa).max(Verdict::Conditional) => Mode::Plain,
            (true, _) => Mode::Mfa,
        };
        Self { user, mode }
    }

    /// The decision of a hop; `first` for the one that the start itself calls.
    pub(super) fn decision(self, edge: &Edge, first: bool) -> &Decision {
        signing::shown(edge, self.user, first, self.mode)
    }
}

/// How a user's call is signed, where its answer depends on that.
pub(super) fn credential(estate: &Estate, edge: &Edge, from: &Source, mode: Mode) -> Option<Credential> {
    let user = user_of(estate, from)?;
    if !edge.is_mfa_sensitive() && mode == Mode::Plain {
        return None;
    }
    signing::way(estate.principal(user).sign_in().ways, mode, |credentials| asked(estate, edge, from, credentials))
}

/// Decides a hop for these credentials.
pub(super) fn asked(estate: &Estate, edge: &Edge, from: &Source, credentials: Credentials) -> Truth {
    EdgeCall { from, kind: edge.kind, to: edge.to }.decide(estate, credentials, false)
}

/// True where a user's answer depends on how it signs.
pub(super) fn is_signed(estate: &Estate, from: &Source, free: &Decision) -> bool {
    user_of(estate, from).is_some() && free.truth().keys().iter().any(|k| k.kind().depends_on_credential())
}

/// What the user of a hop lacks today, where the hop's answer depends on it.
pub(super) fn lacks(estate: &Estate, edge: &Edge, from: &Source, decision: &Decision) -> Vec<String> {
    let Some(user) = user_of(estate, from).filter(|_| edge.is_mfa_sensitive()) else { return Vec::new() };
    let sign_in = estate.principal(user).sign_in();
    let mut notes = Vec::new();
    if sign_in.nothing {
        notes.push("the user has no active access key and no password today: every way to sign is assumed".to_owned());
    }
    if sign_in.device == Some(false) && decision.asks_for_mfa() {
        notes.push("the user has no MFA device today".to_owned());
    }
    notes
}

/// What is not known of a role session's MFA, where a hop's answer depends on it.
pub(super) fn undocumented(estate: &Estate, from: &Source, decision: &Decision) -> Option<String> {
    let Source::Principal(ix) = from else { return None };
    let role = estate.principal(*ix).kind() == PrincipalType::Role;
    let reads = |t: &crate::eval::Test| matches!(t.key.kind(), KeyKind::MfaPresent | KeyKind::MfaAge);
    let says = "AWS does not document whether the request of a role session says anything of MFA";
    (role && decision.has_test(&reads)).then(|| says.to_owned())
}

fn user_of(estate: &Estate, from: &Source) -> Option<PrincipalIx> {
    match from {
        Source::Principal(ix) if estate.principal(*ix).kind() == PrincipalType::User => Some(*ix),
        _ => None,
    }
}
