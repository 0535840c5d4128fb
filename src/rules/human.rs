//! The way of people into roles without MFA.
//!
//! Owns: walks over edges that let somebody through without MFA, as far as it is known which do.

use std::collections::{BTreeMap, BTreeSet};

use super::context::{CheckContext, Found};
use super::entry::{self, Can};
use super::formula;
use crate::answer::Verdict;
use crate::eval::{Caller, Credential};
use crate::facet::Facet;
use crate::graph::{Edge, Source, Step, query};
use crate::ids::{ClassIx, PrincipalIx};
use crate::model::{Document, Estate, PrincipalType, Ways};
use crate::policy::action::ActionPattern;
use crate::policy::key::{ContextKey, KeyKind};
use crate::policy::{Effect, Statement};

/// Beginnings of operations that change nothing.
const READS: &[&str] =
    &["get", "list", "describe", "head", "batchget", "lookup", "search", "view", "check", "simulate"];

/// How a walk without MFA came to a role.
struct Entry<'g> {
    from: Source,
    edge: &'g Edge,
}

type Entries<'g> = BTreeMap<PrincipalIx, Entry<'g>>;

/// Edges by where they start, each with how it lets somebody through without MFA.
type Outgoing<'g> = BTreeMap<&'g Source, Vec<(&'g Edge, Open)>>;

/// Whether an edge lets somebody through without MFA, by how the call is signed.
#[derive(Clone, Copy)]
struct Open {
    by_key: Can,
    by_session: Can,
}

impl Open {
    fn however(can: Can) -> Self {
        Self { by_key: can, by_session: can }
    }

    fn at_best(self) -> Can {
        self.by_key.max(self.by_session)
    }

    /// For a caller: of a user only the ways count that it has count (`model::Ways`).
    fn to(self, cx: &CheckContext<'_, '_>, from: &Source) -> Can {
        let Source::Principal(ix) = from else { return self.at_best() };
        let user = cx.estate.principal(*ix);
        if user.kind() != PrincipalType::User || self.by_key == self.by_session {
            return self.at_best();
        }
        let (key, session) = match user.sign_in().ways {
            Ways::All => (true, true),
            Ways::Console => (false, true),
            // the console asks for the device
            Ways::ConsoleWithMfa => (false, false),
        };
        let of = |there: bool, can: Can| if there { can } else { Can::No };
        of(key, self.by_key).max(of(session, self.by_session))
    }
}

/// A role with write access that some IAM user enters although no hop asks for MFA.
pub(super) fn human_path_without_mfa(cx: &mut CheckContext<'_, '_>) {
    cx.accounts_with(Facet::AuthorizationDetails);
    let any_access = cx.text("access") == "any";
    let outgoing = outgoing(cx);
    let sure = walks(cx, &outgoing, Can::Yes);
    let perhaps = walks(cx, &outgoing, Can::Perhaps);
    let mut writes = BTreeMap::<ClassIx, Can>::new();
    for (role, entry) in &perhaps {
        let class = cx.estate.principal(*role).class();
        let writes =
            if any_access { Can::Yes } else { *writes.entry(class).or_insert_with(|| can_write(cx.estate, class)) };
        match (sure.get(role), writes) {
            (_, Can::No) => {}
            (Some(entry), Can::Yes) => report(cx, *role, &steps(&sure, *role, entry, cx.estate)),
            (known, writes) => {
                let mut why = BTreeSet::new();
                if writes == Can::Perhaps {
                    let unread = cx.estate.unread_of_class(class);
                    why.extend(unread.into_iter().map(|gap| cx.reason(gap)));
                }
                if known.is_none() {
                    let steps = steps(&perhaps, *role, entry, cx.estate);
                    why.extend(steps.iter().flat_map(|step| entry::unclear(cx, &step.edge.free().truth())));
                    let start = steps.first().map(|step| &step.from);
                    let account = start.and_then(|s| cx.estate.account_by_id(account_of(s)?));
                    let unread = account.and_then(|ix| cx.estate.account(ix).presence().gap());
                    why.extend(unread.map(|gap| cx.reason(gap)));
                }
                cx.unknown_principal(*role, &why);
            }
        }
    }
}

fn account_of(source: &Source) -> Option<crate::ids::AccountId> {
    match source {
        Source::Account(id) | Source::Outsider(_, id) => Some(*id),
        _ => None,
    }
}

fn report(cx: &mut CheckContext<'_, '_>, role: PrincipalIx, steps: &[Step]) {
    let Some(start) = steps.first().map(|step| step.from.clone()) else { return };
    let Source::Principal(user) = start else { return };
    let direct = direct_users(cx, role);
    let message = match (direct, steps.len()) {
        (0, hops) => format!("{} enters without MFA in {hops} hops", cx.shown(user)),
        (1, _) => format!("1 user enters without MFA: {}", cx.shown(user)),
        (count, _) => format!("{count} users enter without MFA, {} among them", cx.shown(user)),
    };
    let names = std::iter::once(cx.estate.arn(user)).chain(steps.iter().map(|s| cx.estate.arn(s.edge.to)));
    let path = names.collect();
    let evidence = steps.iter().flat_map(|s| query::evidence(cx.estate, s, &start)).collect();
    cx.principal(role, Found { message, evidence, path, ..Found::default() });
}

fn outgoing<'g>(cx: &CheckContext<'g, '_>) -> Outgoing<'g> {
    let mut outgoing = Outgoing::new();
    for edge in cx.graph.all().iter().flatten() {
        let open = openness(cx, edge);
        if open.at_best() > Can::No {
            outgoing.entry(&edge.from).or_default().push((edge, open));
        }
    }
    outgoing
}

/// Every role that some user reaches over edges that let somebody through without MFA, surely or perhaps, by a shortest such
/// walk. An account that was not read may have users, and they may become whomever a trust names of it.
fn walks<'g>(cx: &CheckContext<'g, '_>, outgoing: &Outgoing<'g>, least: Can) -> Entries<'g> {
    let estate = cx.estate;
    let mut entries = Entries::new();
    let mut frontier: Vec<Source> = estate.users().map(Source::Principal).collect();
    if least < Can::Yes {
        let unread: BTreeSet<_> = estate.unread_accounts().map(|(ix, _)| estate.account(ix).id()).collect();
        let is_there = |source: &&&Source| account_of(source).is_some_and(|id| unread.contains(&id));
        frontier.extend(outgoing.keys().filter(is_there).map(|source| (*source).clone()));
    }
    while !frontier.is_empty() {
        let mut next = Vec::new();
        for from in frontier {
            let class = match from {
                Source::Principal(ix) => Some(Source::Class(estate.principal(ix).class())),
                _ => None,
            };
            let edges = [Some(&from), class.as_ref()].into_iter().flatten().filter_map(|s| outgoing.get(s)).flatten();
            for (edge, _) in edges.filter(|(_, open)| open.to(cx, &from) >= least) {
                if let std::collections::btree_map::Entry::Vacant(slot) = entries.entry(edge.to) {
                    slot.insert(Entry { from: from.clone(), edge });
                    next.push(Source::Principal(edge.to));
                }
            }
        }
        next.sort_unstable();
        frontier = next;
    }
    entries
}

/// Whether an edge lets its source through without MFA. A user signs with an access key or a session without MFA, each
/// decided on its own; of role sessions AWS does not say how they look, so that a test which asks for MFA counts as one.
fn openness(cx: &CheckContext<'_, '_>, edge: &Edge) -> Open {
    let decision = edge.free();
    let known = match decision.verdict() {
        Verdict::Denied => return Open::however(Can::No),
        Verdict::Unknown => Can::Perhaps,
        Verdict::Allowed | Verdict::Conditional => Can::Yes,
    };
    if !decision.asks_for_mfa() {
        return Open::however(known);
    }
    match edge.from.members(cx.estate).first().copied() {
        Some(user) if cx.estate.principal(user).kind() == PrincipalType::User => {
            let caller = Caller::Principal(user);
            let by = |way: Credential| entry::can(&entry::decided(cx, edge.to, caller, way.alone()));
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

fn steps(entries: &Entries<'_>, role: PrincipalIx, entry: &Entry<'_>, estate: &Estate) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut seen = BTreeSet::from([role]);
    let mut at = Some(entry);
    while let Some(entry) = at {
        steps.push(Step { from: entry.from.clone(), edge: entry.edge.clone() });
        at = match entry.from {
            Source::Principal(ix) if estate.principal(ix).kind() == PrincipalType::Role && seen.insert(ix) => {
                entries.get(&ix)
            }
            _ => None,
        };
    }
    steps.reverse();
    steps
}

fn direct_users(cx: &CheckContext<'_, '_>, role: PrincipalIx) -> usize {
    let mut users = BTreeSet::new();
    for edge in cx.graph.incoming(role) {
        let open = openness(cx, &edge);
        let members = edge.from.members(cx.estate).iter().copied();
        let people = members.filter(|m| cx.estate.principal(*m).kind() == PrincipalType::User);
        users.extend(people.filter(|m| open.to(cx, &Source::Principal(*m)) == Can::Yes));
    }
    users.len()
}

/// Whether a class may do more than read and step into other roles.
fn can_write(estate: &Estate, class: ClassIx) -> Can {
    let of = |document: Document| match document {
        Document::Missing(_) => Can::Perhaps,
        Document::Parsed(ix) => {
            let mut statements = estate.policy(ix).statements.iter();
            if statements.any(|s| s.effect == Effect::Allow && allows_writing(s)) { Can::Yes } else { Can::No }
        }
    };
    estate.class(class).policies().iter().map(|attached| of(attached.document)).max().unwrap_or(Can::No)
}

fn allows_writing(statement: &Statement) -> bool {
    statement.actions.negated
        || statement.actions.patterns.iter().any(|pattern| match pattern {
            ActionPattern::All => true,
            ActionPattern::Nothing(_) => false,
            ActionPattern::Named { service, operation, .. } => {
                let steps_on = &**service == "sts" && operation.starts_with("assumerole");
                !steps_on && !READS.iter().any(|read| operation.starts_with(read))
            }
        })
}
