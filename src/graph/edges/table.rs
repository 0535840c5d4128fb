//! The table of edge kinds.

use std::sync::LazyLock;

use super::candidates::Candidates;
use super::{assume_role, federation, people, service};
use crate::eval::Resource;
use crate::graph::edge::EdgeKind;
use crate::graph::source::Source;
use crate::ids::PrincipalIx;
use crate::model::Estate;
use crate::policy::action::Action;
use crate::policy::sts;

/// One kind of edge.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) kind: EdgeKind,
    /// The word that every format prints.
    word: &'static str,
    /// The action of the call.
    action: &'static LazyLock<Action>,
    /// What the call behind an edge into this role asks for.
    pub(super) resource: fn(&Estate, PrincipalIx) -> Resource,
    /// True for those who call this way.
    is_made_by: fn(&Source) -> bool,
    /// Adds those who may make the call for a role. More than do is fine: each is decided.
    pub(super) candidates: fn(&mut Candidates<'_>),
}

/// Every kind, in the order in which `kind_of` looks.
pub(super) static TABLE: [Row; 6] = [
    Row {
        kind: EdgeKind::AssumeRole,
        word: "assume-role",
        action: &sts::ASSUME_ROLE,
        resource: the_role,
        is_made_by: assume_role::is_made_by,
        candidates: assume_role::candidates,
    },
    Row {
        kind: EdgeKind::Service,
        word: "service",
        action: &sts::ASSUME_ROLE,
        resource: the_role,
        is_made_by: service::is_made_by,
        candidates: service::candidates,
    },
    Row {
        kind: EdgeKind::Saml,
        word: "federation",
        action: &sts::ASSUME_ROLE_WITH_SAML,
        resource: the_role,
        is_made_by: federation::is_saml,
        candidates: federation::saml,
    },
    Row {
        kind: EdgeKind::WebIdentity,
        word: "federation",
        action: &sts::ASSUME_ROLE_WITH_WEB_IDENTITY,
        resource: the_role,
        is_made_by: federation::is_web_identity,
        candidates: federation::web_identity,
    },
    Row {
        kind: EdgeKind::Assignment,
        word: "assignment",
        action: &sts::ASSUME_ROLE_WITH_SAML,
        resource: the_role,
        is_made_by: people::is_assigned,
        candidates: people::assigned,
    },
    Row {
        kind: EdgeKind::Entitlement,
        word: "entitlement",
        action: &sts::ASSUME_ROLE,
        resource: the_role,
        is_made_by: people::is_entitled,
        candidates: people::entitled,
    },
];

/// The call asks for the role itself.
fn the_role(_: &Estate, role: PrincipalIx) -> Resource {
    Resource::Principal(role)
}

/// The call by which somebody would assume a role.
pub(crate) fn kind_of(source: &Source) -> EdgeKind {
    let row = TABLE.iter().find(|row| (row.is_made_by)(source));
    row.unwrap_or_else(|| unreachable!("every source calls in some way")).kind
}

impl EdgeKind {
    pub(super) fn row(self) -> &'static Row {
        let row = TABLE.iter().find(|row| row.kind == self);
        row.unwrap_or_else(|| unreachable!("every kind but escalations has a row"))
    }

    /// The word that every format prints.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Escalation(escalation) => &escalation.way.way().kind,
            _ => self.row().word,
        }
    }

    /// The action of the call.
    #[must_use]
    pub fn action(self) -> &'static Action {
        match self {
            Self::Escalation(escalation) => escalation.way.way().first_action(),
            _ => self.row().action,
        }
    }
}
