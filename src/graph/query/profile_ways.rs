//! The ways of a principal, as calls that a command line can make.
//!
//! Owns: from the conditions of each hop to what its call passes – MFA, external id, session name – and what no call passes.
//! INVARIANT: what a hop asks for is passed, or it is among the limits.

use std::collections::BTreeSet;

use super::conditions::path_conditions;
use super::gaps::gaps_of;
use super::needs::needs_of;
use super::shown::{self, Shown};
use super::{beyond, people, via, words};
use crate::answer::{Blocked, Entry, MfaStep, Portal, PrincipalKind, ProfileWay, ProfileWays, SignIn, Step, Verdict};
use crate::eval::{Credential, Test, Truth};
use crate::graph::decision::Decision;
use crate::graph::edge::{EdgeKind, Hop};
use crate::graph::mode::Mode;
use crate::graph::search::forward;
use crate::graph::search::path::Path;
use crate::graph::selector::{self, SelectError};
use crate::graph::session;
use crate::graph::signing;
use crate::graph::source::Source;
use crate::graph::trust_graph::TrustGraph;
use crate::model::{Estate, PrincipalType, Ways};
use crate::policy::key::KeyKind;
use crate::snapshot::ledger::Gap;

/// External ids, and names of sessions, that are tried.
const TRIED: usize = 16;

/// How the calls of a path are signed.
#[derive(Clone, Copy)]
struct Signing {
    shown: Shown,
    /// The user's session must have MFA for a later call.
    hands_on: bool,
}

/// What is passed to enter a role, and what is left to decide.
struct Passed {
    external_id: Option<String>,
    session_name: Option<String>,
    rest: Truth,
}

/// The ways into every role that one user, role or person reaches; `None` for a name that stands for anything else.
///
/// # Errors
/// Where the name is unknown or ambiguous.
pub fn profile_ways(graph: &TrustGraph<'_>, principal: &str) -> Result<Option<ProfileWays>, SelectError> {
    let estate = graph.estate();
    let (sources, shown) = selector::sources(graph, principal)?;
    let [source @ (Source::Principal(_) | Source::Person(_))] = sources.as_slice() else { return Ok(None) };
    let mut gaps: BTreeSet<Gap> = beyond::gaps(graph, &sources).into_iter().collect();
    gaps.extend(people::gaps(estate, &sources));
    gaps.extend(estate.unlisted().map(|gap| estate.gap(gap).clone()));
    let mut ways = Vec::new();
    for found in forward::reached(graph, &sources) {
        let joint = session::is_linked(&found.hops).then(|| session::joint(estate, &found.hops, found.lens.mode));
        let path = Path { verdict: found.verdict, hops: found.hops, joint: joint.flatten() };
        if path.verdict == Verdict::Unknown {
            gaps.extend(gaps_of(estate, &path.hops, source));
        }
        ways.push(way(estate, &path, source));
    }
    let order = |way: &ProfileWay| {
        let role = way.steps.last().map(|step| step.hop.to.clone());
        (way.verdict, way.steps.len(), role)
    };
    ways.sort_by_cached_key(order);
    let note = words::of_account(&shown).or_else(|| people::note(estate, &sources));
    let gaps = gaps.into_iter().collect();
    Ok(Some(ProfileWays {
        principal: shown,
        kind: source.kind(estate),
        sign_in: sign_in(estate, source),
        portal: portal(estate, source),
        ways,
        note,
        gaps,
    }))
}

/// What a user can sign in with today.
fn sign_in(estate: &Estate, source: &Source) -> Option<SignIn> {
    let Source::Principal(ix) = source else { return None };
    let user = Some(estate.principal(*ix)).filter(|principal| principal.kind() == PrincipalType::User)?;
    let today = user.sign_in();
    Some(SignIn { no_access_key: today.ways != Ways::All || today.nothing, no_mfa_device: today.device == Some(false) })
}

/// Where a person signs in.
fn portal(estate: &Estate, source: &Source) -> Option<Portal> {
    let (Source::Person(person), Some(people)) = (source, estate.people()) else { return None };
    let instance = people.instance(people.person(*person).instance());
    let partition = instance.arn().split(':').nth(1).unwrap_or("aws");
    Some(Portal {
        identity_store: Some(instance.identity_store().to_owned()).filter(|id| id.starts_with("d-")),
        region: instance.region().map(str::to_owned),
        partition: partition.to_owned(),
    })
}

fn way(estate: &Estate, path: &Path, source: &Source) -> ProfileWay {
    let shown = Shown::of(&path.hops, source, estate);
    let signing = Signing { shown, hands_on: shown.mode == Mode::Mfa && hands_mfa_on(&path.hops) };
    let mut joint = path.joint.clone();
    let steps = path.hops.iter().enumerate().map(|(at, hop)| {
        // the facts of a path's calls are numbered from 1; those of a call by itself are all 0
        let scope = if path.joint.is_some() { u32::try_from(at + 1).unwrap_or(u32::MAX) } else { 0 };
        let of_hop = joint.take().map(|whole| {
            let [own, others] = whole.parted(&|test| test.scope == scope || (at == 0 && test.scope == 0));
            joint = Some(others);
            own
        });
        step(estate, hop, source, signing, of_hop, scope)
    });
    let steps = steps.collect();
    let conditions = path_conditions(path, source, estate);
    ProfileWay { verdict: path.verdict, conditions, needs: needs_of(path, source, estate), steps }
}

/// True where a later call asks for MFA, which only a session with MFA hands on.
fn hands_mfa_on(hops: &[Hop]) -> bool {
    hops.iter().skip(1).any(|hop| hop.edge.plain().verdict() > hop.edge.with_mfa().verdict())
}

/// How a user's first call is signed, where its answer depends on that. Users without an access key count as if they had one: they
/// can make one, or a session, and profiles work with both.
fn credential(estate: &Estate, hop: &Hop, signing: Signing) -> Option<Credential> {
    let mode = if signing.hands_on { Mode::Mfa } else { Mode::Free };
    let is_open = hop.edge.is_mfa_sensitive() || signing.hands_on;
    let asked = |credentials| shown::asked(estate, &hop.edge, &hop.from, credentials);
    // where the user as it is needs MFA, the profile asks for it too, whatever a key that is not there could do without
    if !signing.hands_on && is_open && signing.shown.decision(&hop.edge, true).asks_for_mfa() {
        let with_code = Decision::new(asked(Credential::AccessKeyWithCode.alone()));
        if with_code.verdict() != Verdict::Denied {
            return Some(Credential::AccessKeyWithCode);
        }
    }
    is_open.then(|| signing::way(Ways::All, mode, asked)).flatten()
}

/// `of_hop` is the part of the path's one formula that is about this call, where there is one.
fn step(estate: &Estate, hop: &Hop, source: &Source, signing: Signing, of_hop: Option<Truth>, scope: u32) -> Step {
    let first = hop.from == *source;
    let is_user = source.kind(estate) == PrincipalKind::User;
    let credential = if first && is_user { credential(estate, hop, signing) } else { None };
    let open = match (of_hop, credential) {
        (Some(truth), credential) => signed(&truth, credential),
        (None, Some(credential)) => shown::asked(estate, &hop.edge, &hop.from, credential.alone()),
        // a session that has MFA hands it on
        (None, None) if !first && signing.hands_on => hop.edge.with_mfa().truth(),
        (None, None) if !first => hop.edge.plain().truth(),
        (None, None) => signing.shown.decision(&hop.edge, first).truth(),
    };
    let passed = passed(&open, scope);
    let role = estate.principal(hop.edge.to);
    let account = estate.account(role.account());
    Step {
        hop: Blocked { from: hop.from.name(estate), to: estate.arn(hop.edge.to) },
        role_name: role.name().to_owned(),
        role_path: role.path().to_owned(),
        account: account.id().to_string(),
        account_name: account.shown_name().to_owned(),
        partition: account.partition().to_owned(),
        entry: entry(estate, hop),
        mfa: mfa(credential),
        external_id: passed.external_id,
        session_name: passed.session_name,
        limits: crate::eval::needs(&passed.rest, estate),
    }
}

fn entry(estate: &Estate, hop: &Hop) -> Entry {
    let set = || via::via(estate, hop).and_then(|via| via.permission_set);
    match hop.edge.kind {
        EdgeKind::AssumeRole => Entry::AssumeRole,
        EdgeKind::Assignment => set().map_or(Entry::Other, Entry::PermissionSet),
        EdgeKind::Entitlement => Entry::Entitlement,
        EdgeKind::Service | EdgeKind::Saml | EdgeKind::WebIdentity | EdgeKind::Escalation(_) => Entry::Other,
    }
}

fn mfa(credential: Option<Credential>) -> MfaStep {
    match credential {
        Some(Credential::AccessKeyWithCode) => MfaStep::Code,
        Some(Credential::UserSessionWithMfa) => MfaStep::Session,
        Some(Credential::UserSession) => MfaStep::SessionWithout,
        _ => MfaStep::Unneeded,
    }
}

/// A formula where the call is signed so, as far as it asks for MFA.
fn signed(truth: &Truth, credential: Option<Credential>) -> Truth {
    let Some(credential) = credential else { return truth.clone() };
    let values: &[&str] = match credential {
        Credential::AccessKey => &[],
        Credential::UserSession => &["false"],
        _ => &["true"],
    };
    truth.replace(&mut |test| match test.key.kind() {
        KeyKind::MfaPresent => outcome(test, values),
        _ => Truth::test((**test).clone()),
    })
}

/// Chooses what to pass: what leaves the least to decide, and of that the least.
fn passed(open: &Truth, scope: u32) -> Passed {
    let is_of = |test: &Test, kind| test.scope == scope && test.variable.kind() == kind;
    let asked = |kind, fits: fn(char) -> bool, longest| {
        let tests = open.tests();
        let values = tests.iter().filter(|test| is_of(test, kind)).flat_map(|test| &test.values);
        let literal = |value: &&String| (2..=longest).contains(&value.len()) && value.chars().all(fits);
        let mut tried: Vec<Option<String>> = vec![None];
        for value in values.filter(literal).take(TRIED) {
            if !tried.iter().flatten().any(|known| known == value) {
                tried.push(Some(value.clone()));
            }
        }
        tried
    };
    // STS takes these characters alone, so that none of them is a wildcard or a variable
    let names = asked(KeyKind::RoleSessionName, |c| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c), 64);
    let ids = asked(KeyKind::ExternalId, |c| c.is_ascii_alphanumeric() || "_+=,.@:/-".contains(c), 1224);
    let mut best: Option<(usize, Passed)> = None;
    for external_id in &ids {
        for session_name in &names {
            let rest = open.replace(&mut |test| match (external_id, session_name) {
                (Some(id), _) if is_of(test, KeyKind::ExternalId) => outcome(test, &[id]),
                (None, _) if is_of(test, KeyKind::ExternalId) => outcome(test, &[]),
                (_, Some(name)) if is_of(test, KeyKind::RoleSessionName) => outcome(test, &[name]),
                _ => Truth::test((**test).clone()),
            });
            let left = rest.tests().len() + rest.unclear_parts().len();
            if rest != Truth::False && best.as_ref().is_none_or(|(least, _)| left < *least) {
                let passed =
                    Passed { external_id: external_id.clone(), session_name: session_name.clone(), rest: rest.clone() };
                best = Some((left, passed));
            }
        }
    }
    best.map_or_else(|| Passed { external_id: None, session_name: None, rest: open.clone() }, |(_, passed)| passed)
}

/// A test of a fact that is known; itself where AWS does not say how it ends.
fn outcome(test: &Test, values: &[&str]) -> Truth {
    test.holds(values).map_or_else(|| Truth::test(test.clone()), Truth::from)
}
