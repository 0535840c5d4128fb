//! Which verdicts and modes a search looks through.

use super::mode::Mode;
use super::signing;
use super::source::Source;
use crate::answer::{PrincipalKind, Verdict};
use crate::model::{Estate, Ways};

/// What walks from a source can know of MFA: one that is allowed needs none, unless its user cannot come without.
pub(super) fn modes_of(estate: &Estate, source: &Source, verdict: Verdict) -> &'static [Mode] {
    if source.kind(estate) != PrincipalKind::User {
        return &[Mode::Plain];
    }
    match (signing::ways_of(estate, source.caller(estate)), verdict) {
        (Ways::ConsoleWithMfa, Verdict::Allowed) => &[Mode::Free],
        (Ways::ConsoleWithMfa, _) => &[Mode::Mfa],
        (_, Verdict::Allowed) => &[Mode::Plain],
        _ => &[Mode::Plain, Mode::Mfa],
    }
}
