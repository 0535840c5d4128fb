//! Which verdicts and modes a search looks through: the one table of them.
//!
//! A path knows one bit of state beside the role that it is at: whether the session carries MFA (`mode`). What a user
//! can have of it depends on how the user can sign (`signing`).

use super::edge::Edge;
use super::mode::Mode;
use super::signing;
use super::source::Source;
use crate::answer::{PrincipalKind, Verdict};
use crate::eval::Test;
use crate::model::{Estate, Ways};
use crate::policy::key::KeyKind;

/// What a search follows: edges that are at least as sure as the verdict, for a path of the mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Lens {
    pub(crate) verdict: Verdict,
    pub(crate) mode: Mode,
}

impl Lens {
    /// True for edges that are followed.
    pub(crate) fn shows(self, edge: &Edge) -> bool {
        edge.in_mode(self.mode).verdict() <= self.verdict
    }
}

/// Verdicts that a path can have, best first.
pub(crate) const VERDICTS: [Verdict; 3] = [Verdict::Allowed, Verdict::Conditional, Verdict::Unknown];

/// The verdicts that searches over these edges look for: one that no edge has adds no path to those of the better ones.
pub(crate) fn verdicts<'a>(edges: impl Iterator<Item = &'a Edge> + Clone) -> impl Iterator<Item = Verdict> {
    // what a service puts into a session can make a verdict of any kind
    let gives = |edge: &Edge, verdict| edge.is_somehow(verdict) || edge.issued().is_some();
    // and so can what AWS passes for people, where it is not known
    let of_people = edges.clone().any(|e| e.kind.is_for_people())
        && edges.clone().any(|e| e.decisions().any(|decision| decision.has_test(&reads_session)));
    VERDICTS.into_iter().filter(move |v| of_people || *v == Verdict::Allowed || edges.clone().any(|e| gives(e, *v)))
}

/// Whether a tag can be passed depends on what the session passes on.
fn reads_session(test: &Test) -> bool {
    let kinds = [
        KeyKind::CallerSession,
        KeyKind::PrincipalTag,
        KeyKind::TransitiveTag,
        KeyKind::SourceIdentity,
        KeyKind::RequestTag,
        KeyKind::TagKeys,
        KeyKind::TransitiveTagKeys,
    ];
    kinds.contains(&test.variable.kind())
}

/// The modes in which paths of users differ from those of others: an allowed one without MFA has nothing to tell apart.
pub(crate) fn modes_of_users(verdict: Verdict) -> &'static [Mode] {
    if verdict == Verdict::Allowed { &[Mode::Free] } else { &[Mode::Plain, Mode::Mfa] }
}

/// The lenses that answers of a verdict need: one for those who bring no MFA, and those that users need beside it.
pub(crate) fn all_of(verdict: Verdict, mfa_matters: bool) -> impl Iterator<Item = Lens> {
    let of_users = if mfa_matters { modes_of_users(verdict) } else { &[] };
    let others = of_users.iter().copied().filter(|mode| *mode != Mode::Plain);
    std::iter::once(Mode::Plain).chain(others).map(move |mode| Lens { verdict, mode })
}

/// What paths from a source can know of MFA: one that is allowed needs none, unless its user cannot come without. Where ways to
/// escalate are followed, the rest of a path may go on without what the user came with.
pub(crate) fn modes_of(estate: &Estate, source: &Source, verdict: Verdict, escalates: bool) -> &'static [Mode] {
    if source.kind(estate) != PrincipalKind::User {
        return &[Mode::Plain];
    }
    match (signing::ways_of(estate, source.caller(estate)), verdict) {
        (Ways::ConsoleWithMfa, Verdict::Allowed) => &[Mode::Free],
        // an escalation carries no MFA on
        (Ways::ConsoleWithMfa, _) if escalates => &[Mode::Plain, Mode::Mfa],
        (Ways::ConsoleWithMfa, _) => &[Mode::Mfa],
        (_, Verdict::Allowed) => &[Mode::Plain],
        _ => &[Mode::Plain, Mode::Mfa],
    }
}

/// The lenses for paths from a source, best verdict first.
pub(crate) fn of_source(estate: &Estate, source: &Source, escalates: bool) -> impl Iterator<Item = Lens> {
    let of = move |verdict| {
        modes_of(estate, source, verdict, escalates).iter().map(move |mode| Lens { verdict, mode: *mode })
    };
    VERDICTS.into_iter().flat_map(of)
}
