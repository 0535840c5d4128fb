//! Which edges can be used without MFA.
//!
//! Owns: how each call of the graph can be made without MFA, and who can make it so. Does not know where the calls lead (`walk`).

use std::sync::Arc;

use rayon::prelude::*;

use crate::answer::Verdict;
use crate::eval::{Caller, Credential};
use crate::graph::{Edge, EdgeKind, is_for_unread};
use crate::ids::PrincipalIx;
use crate::model::{Estate, PrincipalType, Ways};
use crate::policy::key::{ContextKey, KeyKind};
use crate::posture::entry::{self, Can};
use crate::posture::formula;
use crate::posture::outgoing::{Callers, Made, Outgoing};

/// Position in the list of open edges, which stands in the order of the roles that they lead to.
pub(super) type EdgeNumber = u32;

/// Edges that some caller can use without MFA, or may.
pub(super) struct OpenEdges<'g> {
    edges: Vec<(&'g Edge, Open)>,
    outgoing: Outgoing<'g, EdgeNumber>,
}

/// Whether an edge can be used without MFA, by how the call is signed.
#[derive(Clone, Copy)]
pub(super) struct Open {
    by_key: Can,
    by_session: Can,
}

impl Open {
    fn however(can: Can) -> Self {
        Self { by_key: can, by_session: can }
    }

    pub(super) fn at_best(self) -> Can {
        self.by_key.max(self.by_session)
    }

    /// For one caller: of a user, only those ways to sign in count that it has (`model::Ways`).
    pub(super) fn to(self, estate: &Estate, from: PrincipalIx) -> Can {
        let user = estate.principal(from);
        if user.kind() != PrincipalType::User || self.by_key == self.by_session {
            return self.at_best();
        }
        let (key, session) = match user.sign_in().ways {
            Ways::All => (true, true),
            Ways::Console => (false, true),
            // the console asks for the MFA device
            Ways::ConsoleWithMfa => (false, false),
        };
        let of = |there: bool, can: Can| if there { can } else { Can::No };
        of(key, self.by_key).max(of(session, self.by_session))
    }
}

impl<'g> OpenEdges<'g> {
    /// Of the edges of a graph.
    pub(super) fn new(callers: &Arc<Callers<'g>>) -> Self {
        let graph = callers.graph();
        // each edge asks the evaluator again: on all cores, in the order of the edges
        let of_role = |edges: &'g Vec<Edge>| edges.iter().map(|edge| openness(graph.estate(), edge));
        let decided: Vec<Open> = graph.all().par_iter().flat_map_iter(of_role).collect();
        let all = callers.edges().zip(decided).filter(|(_, open)| open.at_best() > Can::No);
        let (from, edges): (Vec<_>, Vec<_>) = all.map(|((from, edge), open)| (from, (edge, open))).unzip();
        let outgoing = Outgoing::new(callers, from.into_iter().zip(0..));
        Self { edges, outgoing }
    }

    /// An edge of the list.
    pub(super) fn get(&self, number: EdgeNumber) -> (&'g Edge, Open) {
        let found = self.edges.get(number as usize).copied();
        found.unwrap_or_else(|| unreachable!("a number of the list"))
    }

    /// Those by which roles are entered at all, as far as they can be used at least so certainly: calls of all but roles, and of all whom
    /// a SAML provider or Identity Center, which ask for MFA or do not, vouches for, whether they were read or not.
    pub(super) fn entries(&self, estate: &Estate, least: Can) -> impl Iterator<Item = EdgeNumber> {
        let enters = move |(edge, open): &(&Edge, Open)| {
            let mut callers = edge.callers(estate).peekable();
            match callers.peek() {
                _ if matches!(edge.kind, EdgeKind::Saml | EdgeKind::Assignment | EdgeKind::Entitlement) => false,
                _ if is_for_unread(&edge.from) => false,
                None => open.at_best() >= least,
                Some(first) if estate.principal(*first).kind() == PrincipalType::Role => false,
                Some(_) => callers.any(|user| open.to(estate, user) >= least),
            }
        };
        (0..).zip(&self.edges).filter(move |(_, edge)| enters(edge)).map(|(number, _)| number)
    }

    /// Edges by where they start.
    pub(super) fn outgoing(&self) -> &Outgoing<'g, EdgeNumber> {
        &self.outgoing
    }

    /// The calls of a role that no other made before it.
    pub(super) fn left(&self, estate: &Estate, role: PrincipalIx, made: &mut Made) -> Vec<EdgeNumber> {
        self.outgoing.left(estate, role, made, |edge| self.get(edge).0.to)
    }

    /// True where it is not known of some edge whether it can be used so.
    pub(super) fn has_unknown(&self) -> bool {
        self.edges.iter().any(|(_, open)| open.by_key == Can::Perhaps || open.by_session == Can::Perhaps)
    }
}

/// Whether an edge can be used by its source without MFA. A user signs with an access key or a session without MFA, each decided
/// separately. AWS does not document what role sessions look like, so for them a test that asks for MFA counts as requiring it.
fn openness(estate: &Estate, edge: &Edge) -> Open {
    let decision = edge.free();
    let known = match decision.verdict() {
        Verdict::Denied => return Open::however(Can::No),
        Verdict::Unknown => Can::Perhaps,
        Verdict::Allowed | Verdict::Conditional => Can::Yes,
    };
    if !decision.asks_for_mfa() {
        return Open::however(known);
    }
    match edge.callers(estate).next() {
        Some(user) if estate.principal(user).kind() == PrincipalType::User => {
            let caller = Caller::Principal(user);
            let by = |way: Credential| entry::can(&entry::decided(estate, edge.to, caller, way.alone()));
            Open { by_key: by(Credential::AccessKey), by_session: by(Credential::UserSession) }
        }
        Some(_) => {
            let asks = |key: &ContextKey| matches!(key.kind(), KeyKind::MfaPresent | KeyKind::MfaAge);
            let open = formula::can_hold(&decision.truth(), &|test, _| !test.undecided.iter().any(asks));
            Open::however(if open { known } else { Can::No })
        }
        None => {
            let by = |way| entry::can(&entry::with(&decision.truth(), way));
            Open { by_key: by(entry::WITH_KEY), by_session: by(entry::WITH_SESSION) }
        }
    }
}
