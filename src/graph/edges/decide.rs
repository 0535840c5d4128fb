//! The edges into one role: candidates of every kind, decided.
//!
//! Owns: which members of a class may be decided together, and the decisions that an edge keeps. Does not know who is a
//! candidate.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::call::EdgeCall;
use super::candidates::Candidates;
use super::memo::{GroupsAt, Key, Memo, ReadLog, RoleMemo};
use super::people;
use super::table::TABLE;
use crate::eval::{Caller, Credential, Question, ResourceReads, Trace, Truth, decide};
use crate::graph::decision::Decision;
use crate::graph::edge::{Decided, Edge, EdgeKind};
use crate::graph::group::Group;
use crate::graph::index::{Called, Index, RcpsIx, Whom};
use crate::graph::signing;
use crate::graph::source::Source;
use crate::ids::{AccountId, AccountIx, ClassIx, PrincipalIx};
use crate::model::{Document, Estate, PrincipalType};
use crate::policy::key::KeyKind;

/// Every edge into a role that is not denied, in order of source; none for users.
pub(crate) fn into(estate: &Estate, index: &Index, memo: &Memo, role: PrincipalIx) -> Vec<Edge> {
    let arn: Arc<str> = estate.arn(role).into();
    let Some(decider) = Decider::of(estate, index, memo, role, &arn) else { return Vec::new() };
    let mut edges = Vec::new();
    for row in &TABLE {
        let mut found = Candidates::new(estate, index, role, &arn);
        (row.candidates)(&mut found);
        decider.decide(row.kind, &found, &mut edges);
    }
    edges.sort_by(|a, b| (&a.from, a.kind).cmp(&(&b.from, b.kind)));
    edges.shrink_to_fit();
    edges
}

/// The edges of outsiders into a role by what its edges, which are at hand, are for everybody and for their accounts.
pub(crate) fn of_outsiders(
    estate: &Estate,
    index: &Index,
    memo: &Memo,
    role: PrincipalIx,
    edges: &[Edge],
    outsiders: Vec<&Source>,
) -> Vec<Edge> {
    let froms = || edges.iter().filter(|edge| edge.kind == EdgeKind::AssumeRole).map(|edge| &edge.from);
    let known: BTreeSet<&Source> = froms().filter(|from| id_of(from).is_some()).collect();
    let accounts: BTreeSet<AccountId> = known.iter().filter_map(|from| id_of(from)).collect();
    let to_everyone = froms().any(|from| *from == Source::Everyone);
    // who is neither among everybody nor of an account that something is let in of is let in by nothing
    let is_open = |asked: &&Source| {
        !known.contains(asked) && (to_everyone || id_of(asked).is_some_and(|id| accounts.contains(&id)))
    };
    let open: Vec<&Source> = outsiders.into_iter().filter(is_open).collect();
    if open.is_empty() {
        return Vec::new();
    }
    let arn: Arc<str> = estate.arn(role).into();
    let Some(decider) = Decider::of(estate, index, memo, role, &arn) else { return Vec::new() };
    open.into_iter().filter_map(|asked| decider.edge(EdgeKind::AssumeRole, asked.clone())).collect()
}

/// The account of an outsider.
fn id_of(source: &Source) -> Option<AccountId> {
    match source {
        Source::Account(id) | Source::Outsider(_, id) => Some(*id),
        _ => None,
    }
}

/// The outside accounts and principals that the trust policy of a role names.
pub(crate) fn outsiders_named(estate: &Estate, index: &Index, role: PrincipalIx) -> BTreeSet<Source> {
    let arn: Arc<str> = estate.arn(role).into();
    let mut found = Candidates::new(estate, index, role, &arn);
    (EdgeKind::AssumeRole.row().candidates)(&mut found);
    found.others.retain(|source| id_of(source).is_some());
    found.others
}

struct Decider<'i> {
    estate: &'i Estate,
    index: &'i Index,
    memo: RoleMemo<'i>,
    role: PrincipalIx,
    arn: &'i Arc<str>,
    called: Called<'i>,
    trust: Document,
    rcps: RcpsIx,
    is_service_linked: bool,
    /// The role's side can tell users of a class apart, and roles.
    differs: [bool; 2],
}

impl<'i> Decider<'i> {
    /// `None` for users.
    fn of(estate: &'i Estate, index: &'i Index, memo: &'i Memo, role: PrincipalIx, arn: &'i Arc<str>) -> Option<Self> {
        let principal = estate.principal(role);
        let facts = principal.role()?;
        let rcps = estate.account(principal.account()).rcps();
        let differs = |kind| index.differs(facts.trust, kind) || index.differ(rcps, kind);
        let differs = [differs(PrincipalType::User), differs(PrincipalType::Role)];
        Some(Self {
            estate,
            index,
            memo: memo.of_role(),
            role,
            arn,
            trust: facts.trust,
            called: index.called(estate, role, arn),
            rcps: index.rcps(principal.account()),
            is_service_linked: principal.is_service_linked(),
            differs,
        })
    }

    fn decide(&self, kind: EdgeKind, found: &Candidates<'_>, edges: &mut Vec<Edge>) {
        let estate = self.estate;
        let named: BTreeSet<ClassIx> = found.principals.iter().map(|ix| estate.principal(*ix).class()).collect();
        let mut classes = found.classes.clone();
        let mut homes = found.accounts.clone();
        if found.roles_anywhere {
            let apart = self.apart();
            homes.retain(|account, _| *account == self.called.account || apart.contains(account));
            apart.iter().for_each(|account| {
                self.index.holders_in(*account, self.arn, &mut classes);
                homes.entry(*account).or_insert(Whom::Holders);
            });
            self.add_roles_anywhere(kind, apart, &mut classes, edges);
        }
        // what was found elsewhere is in the groups of its account as well
        let is_home = |class: &ClassIx| {
            homes.contains_key(&estate.class(*class).account()) && self.index.is_at_home(estate, *class)
        };
        classes.retain(|class| !is_home(class));
        let of_users = found.accounts.iter().map(|home| (home, PrincipalType::User));
        for ((account, whom), of) in of_users.chain(homes.iter().map(|home| (home, PrincipalType::Role))) {
            let groups = self.index.at_home(estate, *account, of, &self.called, whom.clone());
            if named.is_empty() && !self.differs(of) {
                self.add_groups(kind, &groups, Source::Classes, edges);
                continue;
            }
            for group in groups.iter() {
                if self.differs(of) || group.classes().iter().any(|class| named.contains(class)) {
                    classes.extend(group.classes());
                } else {
                    edges.extend(self.edge_of_group(kind, group, Source::Classes, &mut ReadLog::off()));
                }
            }
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

    /// Other accounts that the role's side tells from all others.
    fn apart(&self) -> BTreeSet<AccountIx> {
        let told = self.index.told_by_role(self.estate, self.role);
        let named = told.named.iter().filter_map(|account| self.estate.account_by_id(*account));
        named.filter(|account| *account != self.called.account).collect()
    }

    /// Roles of other accounts but these, in groups where the role's side cannot tell them apart.
    fn add_roles_anywhere(
        &self,
        kind: EdgeKind,
        apart: BTreeSet<AccountIx>,
        classes: &mut BTreeSet<ClassIx>,
        edges: &mut Vec<Edge>,
    ) {
        let estate = self.estate;
        let own = self.called.account;
        let groups = self.index.roles(estate, &self.called, apart.clone());
        if self.index.told_by_role(estate, self.role).all || self.differs(PrincipalType::Role) {
            let all = groups.iter().flat_map(|group| group.classes()).copied();
            classes.extend(all.filter(|class| estate.class(*class).account() != own));
        } else {
            // a statement that pins the caller's account found them as well
            let is_in_group = |class: &ClassIx| {
                let account = estate.class(*class).account();
                account != own && !apart.contains(&account) && self.index.is_alike_role(*class)
            };
            classes.retain(|class| !is_in_group(class));
            self.add_groups(kind, &groups, Source::Roles, edges);
        }
    }

    /// The edges of groups of which the role's side tells nobody apart: those that were decided for another role, where all that
    /// they read of it comes to the same.
    fn add_groups(&self, kind: EdgeKind, groups: &Arc<[Group]>, together: fn(Group) -> Source, edges: &mut Vec<Edge>) {
        let Some(from) = groups.iter().find_map(|group| self.first(group, together)).map(Source::Class) else { return };
        let key = Key {
            from: GroupsAt::of(groups),
            kind,
            trust: self.trust,
            rcps: self.rcps,
            same_account: self.is_own(&from),
            is_service_linked: self.is_service_linked,
        };
        if self.memo.is_new_list(&key) {
            let edge = |group| self.edge_of_group(kind, group, together, &mut ReadLog::off());
            return edges.extend(groups.iter().filter_map(edge));
        }
        let question = EdgeCall { from: &from, kind, to: self.role }.question_of(self.estate, self.arn);
        if let Some(kept) = self.memo.list(&key, &question) {
            let known = kept.iter().filter_map(|(at, decided)| Some((groups.get(*at)?, decided)));
            edges.extend(known.filter_map(|(group, decided)| {
                let from = self.source(group, together)?;
                Some(Edge { from, to: self.role, kind, decided: Arc::clone(decided) })
            }));
            return;
        }
        let mut log = ReadLog::on();
        let mut kept = Vec::new();
        for (at, group) in groups.iter().enumerate() {
            if let Some(edge) = self.edge_of_group(kind, group, together, &mut log) {
                kept.push((at, Arc::clone(&edge.decided)));
                edges.push(edge);
            }
        }
        // of a group that is all of the role's own account nothing was decided
        if groups.iter().all(|group| self.first(group, together).is_some()) {
            self.memo.keep_list(key, &question, log, kept.into());
        }
    }

    /// One of a group is decided for all; none where nobody of it is meant.
    fn edge_of_group(
        &self,
        kind: EdgeKind,
        group: &Group,
        together: fn(Group) -> Source,
        log: &mut ReadLog,
    ) -> Option<Edge> {
        let edge = self.logged(kind, Source::Class(self.first(group, together)?), log)?;
        Some(Edge { from: self.source(group, together)?, ..edge })
    }

    /// The class of the first caller of a group.
    fn first(&self, group: &Group, together: fn(Group) -> Source) -> Option<ClassIx> {
        let first = together(group.clone()).callers(self.estate, self.role).next()?;
        Some(self.estate.principal(first).class())
    }

    /// A group as the start of an edge; none where nobody of it is meant.
    fn source(&self, group: &Group, together: fn(Group) -> Source) -> Option<Source> {
        let first = self.first(group, together)?;
        Some(if let [_] = group.classes() { Source::Class(first) } else { together(group.clone()) })
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
        self.logged(kind, from, &mut ReadLog::off())
    }

    /// As [`Decider::edge`], with a log of what it reads of the role.
    fn logged(&self, kind: EdgeKind, from: Source, log: &mut ReadLog) -> Option<Edge> {
        if kind.is_for_people() || people::is_for_unread(&from) {
            return self.of_people(kind, from);
        }
        let key = Key {
            from: from.clone(),
            kind,
            trust: self.trust,
            rcps: self.rcps,
            same_account: self.is_own(&from),
            is_service_linked: self.is_service_linked,
        };
        let kept = {
            let question = EdgeCall { from: &from, kind, to: self.role }.question_of(self.estate, self.arn);
            let kept = |question: &Question<'_>| {
                self.memo.shared(self.decided(question, from.caller_of(self.estate, self.role)))
            };
            if self.memo.is_new(&key, log) {
                kept(&question)
            } else {
                self.memo.get(&key, &question, log).unwrap_or_else(|| {
                    let reads = ResourceReads::default();
                    let kept = kept(&question.clone().noting(&reads));
                    self.memo.keep(key, &question, reads.take(), kept.clone(), log);
                    kept
                })
            }
        };
        Some(Edge { decided: kept?, from, to: self.role, kind })
    }

    /// A call for people, or by what stands for them.
    fn of_people(&self, kind: EdgeKind, from: Source) -> Option<Edge> {
        let call = EdgeCall { from: &from, kind, to: self.role };
        let question = call.question_of(self.estate, self.arn);
        let decided = Decided::plainly(Decision::new(call.truth(self.estate, &question, &mut Trace::off())));
        (!decided.is_dead()).then(|| Edge { decided: Arc::new(decided), from, to: self.role, kind })
    }

    /// True where the caller is of the role's own account.
    fn is_own(&self, from: &Source) -> bool {
        let first = from.members(self.estate).first();
        first.is_some_and(|caller| self.estate.principal(*caller).account() == self.called.account)
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
