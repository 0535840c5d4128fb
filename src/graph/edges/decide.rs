//! The edges into one role: candidates of every kind, decided.
//!
//! Owns: which members of a class may be decided together, and the decisions that an edge keeps. Does not know who is a
//! candidate.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::call::EdgeCall;
use super::candidates::Candidates;
use super::memo::{Key, Memo, RoleMemo};
use super::table::TABLE;
use crate::eval::{Caller, Credential, Question, ResourceReads, Trace, Truth, decide};
use crate::graph::decision::Decision;
use crate::graph::edge::{Decided, Edge, EdgeKind};
use crate::graph::group::Group;
use crate::graph::index::{Called, Index, RcpsIx};
use crate::graph::signing;
use crate::graph::source::Source;
use crate::ids::{AccountIx, ClassIx, PrincipalIx};
use crate::model::{Document, Estate, PrincipalType};
use crate::policy::key::KeyKind;

/// Every edge into a role that is not denied, in order of source; none for users.
pub(crate) fn into(estate: &Estate, index: &Index, memo: &Memo, role: PrincipalIx) -> Vec<Edge> {
    let principal = estate.principal(role);
    let Some(facts) = principal.role() else { return Vec::new() };
    let rcps = estate.account(principal.account()).rcps();
    let arn: Arc<str> = estate.arn(role).into();
    let differs = |kind| index.differs(facts.trust, kind) || index.differ(rcps, kind);
    let differs = [differs(PrincipalType::User), differs(PrincipalType::Role)];
    let decider = Decider {
        estate,
        index,
        memo: memo.of_role(),
        role,
        arn: &arn,
        trust: facts.trust,
        account: principal.account(),
        rcps: index.rcps(principal.account()),
        is_service_linked: principal.is_service_linked(),
        differs,
    };
    let mut edges = Vec::new();
    for row in &TABLE {
        let mut found = Candidates::new(estate, index, role, &arn);
        (row.candidates)(&mut found);
        decider.decide(row.kind, &found, &mut edges);
    }
    edges.sort_by(|a, b| (&a.from, a.kind).cmp(&(&b.from, b.kind)));
    edges
}

struct Decider<'i> {
    estate: &'i Estate,
    index: &'i Index,
    memo: RoleMemo<'i>,
    role: PrincipalIx,
    arn: &'i Arc<str>,
    trust: Document,
    account: AccountIx,
    rcps: RcpsIx,
    is_service_linked: bool,
    /// The role's side can tell users of a class apart, and roles.
    differs: [bool; 2],
}

impl Decider<'_> {
    fn decide(&self, kind: EdgeKind, found: &Candidates<'_>, edges: &mut Vec<Edge>) {
        let estate = self.estate;
        let named: BTreeSet<ClassIx> = found.principals.iter().map(|ix| estate.principal(*ix).class()).collect();
        let mut classes = found.classes.clone();
        let called = self.index.called(estate, self.role, self.arn);
        for (account, whom) in &found.users {
            for users in self.index.users(estate, *account, &called, whom.clone()).iter() {
                if self.differs(PrincipalType::User) || users.classes().iter().any(|class| named.contains(class)) {
                    classes.extend(users.classes());
                } else {
                    edges.extend(self.edge_of_users(kind, users));
                }
            }
        }
        if found.roles_anywhere {
            self.add_roles_anywhere(kind, &called, &mut classes, edges);
        }
        for class in &classes {
            let members = estate.class(*class).members();
            let differs =
                members.len() > 1 && (self.differs(estate.class(*class).kind()) || self.index.class_differs(*class));
            if !named.contains(class) && !differs {
                edges.extend(self.edge(kind, Source::Class(*class)));
                continue;
            }
            let rest: Vec<PrincipalIx> = members.iter().copied().filter(|m| !found.principals.contains(m)).collect();
            if differs {
                edges.extend(rest.iter().filter_map(|m| self.edge(kind, Source::Principal(*m))));
            } else if let Some(edge) = rest.first().and_then(|m| self.edge(kind, Source::Principal(*m))) {
                edges.extend(rest.iter().map(|m| Edge { from: Source::Principal(*m), ..edge.clone() }));
            }
        }
        edges.extend(found.principals.iter().filter_map(|m| self.edge(kind, Source::Principal(*m))));
        edges.extend(found.others.iter().filter_map(|source| self.edge(kind, source.clone())));
    }

    /// Roles of other accounts, in groups where the role's side cannot tell them apart. Those of accounts that it tells from all
    /// others are left to be decided class by class.
    fn add_roles_anywhere(
        &self,
        kind: EdgeKind,
        called: &Called<'_>,
        classes: &mut BTreeSet<ClassIx>,
        edges: &mut Vec<Edge>,
    ) {
        let estate = self.estate;
        let own = called.account;
        let told = self.index.told_by_role(estate, self.role);
        let mut apart: BTreeSet<AccountIx> =
            told.named.iter().filter_map(|account| estate.account_by_id(*account)).collect();
        apart.remove(&own);
        for account in &apart {
            self.index.holders_in(*account, self.arn, classes);
        }
        let is_told_apart = told.all || self.differs(PrincipalType::Role);
        for group in self.index.roles(estate, called, apart).iter() {
            if is_told_apart {
                let others = group.classes().iter().filter(|class| estate.class(**class).account() != own);
                classes.extend(others);
            } else {
                edges.extend(self.edge_of_roles(kind, group));
            }
        }
    }

    /// One of them is decided for all; none where all are of the role's own account.
    fn edge_of_roles(&self, kind: EdgeKind, roles: &Group) -> Option<Edge> {
        let from = Source::Roles(roles.clone());
        let first = from.callers(self.estate, self.role).next()?;
        let edge = self.edge(kind, Source::Class(self.estate.principal(first).class()))?;
        Some(if roles.classes().len() == 1 { edge } else { Edge { from, ..edge } })
    }

    /// One of them is decided for all.
    fn edge_of_users(&self, kind: EdgeKind, users: &Group) -> Option<Edge> {
        let [first, others @ ..] = users.classes() else { return None };
        let edge = self.edge(kind, Source::Class(*first))?;
        Some(if others.is_empty() { edge } else { Edge { from: Source::Users(users.clone()), ..edge } })
    }

    fn differs(&self, kind: PrincipalType) -> bool {
        let [users, roles] = self.differs;
        match kind {
            PrincipalType::User => users,
            PrincipalType::Role => roles,
        }
    }

    /// Decides one candidate; `None` where it is denied however it calls.
    fn edge(&self, kind: EdgeKind, from: Source) -> Option<Edge> {
        let key = self.key(kind, &from);
        let call = EdgeCall { from: &from, kind, to: self.role };
        let kept = {
            let question = call.question_of(self.estate, self.arn);
            self.memo.get(&key, &question).unwrap_or_else(|| {
                let reads = ResourceReads::default();
                let decided = self.decided(&question.clone().noting(&reads), from.caller_of(self.estate, self.role));
                let kept = (!decided.is_dead()).then(|| Arc::new(decided));
                self.memo.keep(key, &question, reads.take(), kept.clone());
                kept
            })
        };
        Some(Edge { decided: kept?, from, to: self.role, kind })
    }

    fn key(&self, kind: EdgeKind, from: &Source) -> Key {
        let caller = from.members(self.estate).first().map(|ix| self.estate.principal(*ix).account());
        Key {
            kind,
            from: from.clone(),
            trust: self.trust,
            rcps: self.rcps,
            same_account: caller == Some(self.account),
            is_service_linked: self.is_service_linked,
        }
    }

    fn decided(&self, question: &Question<'_>, caller: Caller<'_>) -> Decided {
        let estate = self.estate;
        let credentials = match caller {
            Caller::Principal(ix) if estate.principal(ix).kind() == PrincipalType::Role => Credential::OF_ROLE,
            _ => Credential::OF_USER,
        };
        let mut question = question.clone();
        question.call.credentials = credentials;
        let asked = |credentials, made| {
            let mut asked = question.clone().by_made_session(made);
            asked.call.credentials = credentials;
            decide(&asked, &mut Trace::off())
        };
        // a session that a service made counts at the start of a path alone
        let start = decide(&question, &mut Trace::off());
        let issued = is_role(estate, caller) && reads_maker(&start);
        let truth = |credentials| asked(credentials, issued);
        let free = if issued { truth(credentials) } else { start };
        let by_credential = free.keys().iter().any(|k| k.kind().depends_on_credential());
        let decided = match caller {
            Caller::Principal(ix) if by_credential => match estate.principal(ix).kind() {
                PrincipalType::User => signing::of_user(signing::ways_of(estate, caller), truth),
                PrincipalType::Role => signing::of_role(free, truth),
            },
            _ => Decided::plainly(Decision::new(free)),
        };
        let first = || Decision::new(asked(Credential::RoleSession.alone(), false));
        Decided { issued: issued.then(first), ..decided }
    }
}

/// True for roles: users sign with what no service made.
fn is_role(estate: &Estate, caller: Caller<'_>) -> bool {
    matches!(caller, Caller::Principal(ix) if estate.principal(ix).kind() == PrincipalType::Role)
}

/// True where a decision reads what a session has from its maker, or cannot tell who may have made it.
fn reads_maker(truth: &Truth) -> bool {
    let kinds = [KeyKind::SessionKey, KeyKind::ProviderClaim, KeyKind::FederatedProvider];
    truth.keys().iter().any(|key| kinds.contains(&key.kind()))
        || truth.has_test(&|test| test.variable.kind() == KeyKind::Issuer)
        || !truth.unclear_parts().is_empty()
}
