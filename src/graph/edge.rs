//! A direct edge: somebody may assume a role.

use std::sync::Arc;

use super::decision::Decision;
use super::mode::Mode;
use super::source::Source;
use crate::answer::{PrincipalKind, Verdict};
use crate::escalation::WayIx;
use crate::ids::PrincipalIx;
use crate::model::Estate;

/// By which call; what each kind is made of stands in `edges::table`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EdgeKind {
    /// AssumeRole by a principal.
    AssumeRole,
    /// AssumeRole by an AWS service.
    Service,
    /// AssumeRoleWithSAML.
    Saml,
    /// AssumeRoleWithWebIdentity.
    WebIdentity,
    /// AssumeRoleWithSAML that Identity Center makes for people who are assigned a permission set.
    Assignment,
    /// AssumeRole that the account access manager makes for people who are entitled to a role.
    Entitlement,
    /// A way to escalate privileges: the role is reached by changing or starting something.
    Escalation(Escalation),
}

/// A way to escalate privileges that ends in a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Escalation {
    /// Which way.
    pub way: WayIx,
    /// Whose sessions enter the role then, if the way does not give sessions of the role itself.
    pub through: Option<PrincipalIx>,
    /// Which of several attempts between the same two.
    pub(super) nth: u16,
    /// The way that the user goes whom this one takes over, if it takes one to enter the role.
    pub(super) further: Option<Further>,
}

/// The way of a user who was taken over: an [`Escalation`] without a further one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Further {
    way: WayIx,
    through: Option<PrincipalIx>,
    nth: u16,
}

impl Escalation {
    /// The same way; whoever is taken over goes another one then.
    pub(super) fn and_then(self, then: Self) -> Self {
        let Self { way, through, nth, .. } = then;
        Self { further: Some(Further { way, through, nth }), ..self }
    }

    /// Who is taken over and goes a way then, and which.
    pub(super) fn then(self) -> Option<(PrincipalIx, Self)> {
        let Further { way, through, nth } = self.further?;
        Some((self.through?, Self { way, through, nth, further: None }))
    }

    /// Whom it leads through, in order.
    pub(crate) fn whom(self) -> impl Iterator<Item = PrincipalIx> {
        self.through.into_iter().chain(self.further.and_then(|further| further.through))
    }

    /// The same way in another snapshot, which has its own numbers; `None` where somebody of it is not there.
    pub(crate) fn renumbered(self, number: impl Fn(PrincipalIx) -> Option<PrincipalIx>) -> Option<Self> {
        let of = |ix: Option<PrincipalIx>| ix.map_or(Some(None), |ix| number(ix).map(Some));
        let further = match self.further {
            Some(further) => Some(Further { through: of(further.through)?, ..further }),
            None => None,
        };
        Some(Self { through: of(self.through)?, further, ..self })
    }
}

impl EdgeKind {
    /// True where AWS makes the call for people.
    #[must_use]
    pub fn is_for_people(self) -> bool {
        matches!(self, Self::Assignment | Self::Entitlement)
    }

    /// True where something is changed or started.
    #[must_use]
    pub fn is_escalation(self) -> bool {
        matches!(self, Self::Escalation(_))
    }
}

/// One edge into one role. Never denied in every way of calling.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edge {
    /// Where it starts.
    pub from: Source,
    /// The role.
    pub to: PrincipalIx,
    /// By which call.
    pub kind: EdgeKind,
    /// Shared by the edges that were decided alike.
    pub(super) decided: Arc<Decided>,
}

/// What was decided of an edge.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Decided {
    pub(super) free: Decision,
    /// Without and with MFA, where the two differ from `free`.
    pub(super) by_mfa: Option<(Decision, Decision)>,
    /// Where the caller starts a path with a session that a service may have made, if that makes a difference
    /// (`starts`).
    pub(super) issued: Option<Decision>,
}

impl Decided {
    /// The same however the caller signs.
    pub(super) fn plainly(free: Decision) -> Self {
        Self { free, by_mfa: None, issued: None }
    }

    /// Every decision that counts for somebody: for each way to sign, and each maker of the caller's session.
    pub(super) fn all(&self) -> impl Iterator<Item = &Decision> {
        let (plain, with_mfa) = self.by_mfa.as_ref().map_or((&self.free, &self.free), |both| (&both.0, &both.1));
        [&self.free, plain, with_mfa].into_iter().chain(&self.issued)
    }

    /// True where no way of calling is worth following.
    pub(super) fn is_dead(&self) -> bool {
        self.all().all(|decision| decision.verdict() == Verdict::Denied)
    }
}

impl Edge {
    /// An edge whose decision is the same however the caller signs.
    pub(super) fn of(from: Source, to: PrincipalIx, kind: EdgeKind, free: Decision) -> Self {
        Self { from, to, kind, decided: Arc::new(Decided::plainly(free)) }
    }

    /// The principals of the estate who may make the call, in order; none where somebody else does.
    pub fn callers<'a>(&'a self, estate: &'a Estate) -> impl Iterator<Item = PrincipalIx> + Clone + use<'a> {
        self.from.callers(estate, self.to)
    }

    /// Whoever starts may have MFA or not: for a path that starts at a user, and for callers that have none to bring.
    #[must_use]
    pub fn free(&self) -> &Decision {
        &self.decided.free
    }

    /// Without MFA that is carried on: what a role can do by itself, and a user whose session will have none.
    #[must_use]
    pub fn plain(&self) -> &Decision {
        self.decided.by_mfa.as_ref().map_or(&self.decided.free, |both| &both.0)
    }

    /// With MFA, used by a user or inherited from one.
    #[must_use]
    pub fn with_mfa(&self) -> &Decision {
        self.decided.by_mfa.as_ref().map_or(&self.decided.free, |both| &both.1)
    }

    /// The decision that counts for a path of this mode.
    #[must_use]
    pub fn in_mode(&self, mode: Mode) -> &Decision {
        match mode {
            Mode::Plain => self.plain(),
            Mode::Mfa => self.with_mfa(),
            Mode::Free => self.free(),
        }
    }

    /// Every decision that counts for somebody: for each way to sign, and each maker of the caller's session.
    pub(crate) fn decisions(&self) -> impl Iterator<Item = &Decision> {
        self.decided.all()
    }

    /// Where its decisions are stored: the same for edges that share them, as long as these live.
    pub(crate) fn address_of_decisions(&self) -> usize {
        Arc::as_ptr(&self.decided).addr()
    }

    /// True where MFA makes a difference.
    #[must_use]
    pub fn is_mfa_sensitive(&self) -> bool {
        self.decided.by_mfa.is_some()
    }

    /// The decision for the source on its own, first hop of a path: users may bring MFA, nobody else.
    #[must_use]
    pub fn own(&self, source: PrincipalKind) -> &Decision {
        match (self.issued(), source) {
            (Some(issued), _) => issued,
            (None, PrincipalKind::Role) => self.plain(),
            (None, _) => self.free(),
        }
    }

    /// True where some way to sign gives this verdict.
    pub(super) fn is_somehow(&self, verdict: Verdict) -> bool {
        self.decisions().any(|d| d.verdict() == verdict)
    }

    /// Where a session that a service may have made starts the path, if that makes a difference.
    pub(super) fn issued(&self) -> Option<&Decision> {
        self.decided.issued.as_ref()
    }
}

/// One hop of a found path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hop {
    /// Who calls, never a class.
    pub from: Source,
    /// By which edge.
    pub edge: Edge,
}
