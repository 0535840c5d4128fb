//! The engine against the referee: random organizations, every pair, every verdict, every condition, every path.
//!
//! `cargo test --test differential` compares 500 organizations. The long run, its seed printed and settable:
//! `ROLEHOP_ORGANIZATIONS=100000 ROLEHOP_SEED=7 cargo test --release --test differential -- --nocapture`.
//! `ROLEHOP_FIRST=N` starts at another organization. A difference is printed when it is met, and at the end reduced to the
//! smallest organization that shows it, which is saved in `target/differential/<seed>/`.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test that reports to people"
)]

#[path = "reference/facts.rs"]
mod facts;
mod reference;
#[path = "reference/session_facts.rs"]
mod session_facts;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::Path;
use std::sync::Mutex;

use rayon::prelude::*;
use reference::arbitrary::organization;
use reference::calls::SESSION;
use reference::credential::{CREDENTIAL, Carrying};
use reference::decide::Outcome;
use reference::graph::{Graph, Passed, Way};
use reference::organization::{NOW, Organization, is_consistent};
use reference::passing::{IDENTITY, NEW_IDENTITY, TAGS, carried, is_of_tags};
use reference::requests::{outcome, request};
use reference::sessions::{ISSUER, is_brought};
use reference::shrink::smallest;
use reference::worlds::Verdict;
use rolehop::answer::simulation::Decision;
use rolehop::answer::{self, PathAnswer};
use rolehop::eval::simulate;
use rolehop::graph::TrustGraph;
use rolehop::graph::query::{self, Limits, Targets};
use rolehop::model::Estate;
use rolehop::snapshot::Snapshot;

/// The two answers to one question.
#[derive(Clone, Debug, PartialEq)]
struct Difference {
    about: &'static str,
    from: String,
    to: String,
    engine: String,
    referee: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { about, from, to, engine, referee } = self;
        write!(f, "{about} {from} -> {to}\n  engine:  {engine}\n  referee: {referee}")
    }
}

/// Counts of what was compared, to show that the organizations are worth comparing.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    organizations: usize,
    pairs: usize,
    allowed: usize,
    conditional: usize,
    paths: usize,
    chains: usize,
    worlds: usize,
    /// Of which something depends on session tags or a source identity: a pair, on those of its call or its caller; a
    /// path, on what a call of it passes.
    passing_pairs: usize,
    passing_paths: usize,
    passing_hops: usize,
    passing_organizations: usize,
}

impl Tally {
    fn and(self, other: Self) -> Self {
        Self {
            organizations: self.organizations + other.organizations,
            pairs: self.pairs + other.pairs,
            allowed: self.allowed + other.allowed,
            conditional: self.conditional + other.conditional,
            paths: self.paths + other.paths,
            chains: self.chains + other.chains,
            worlds: self.worlds + other.worlds,
            passing_pairs: self.passing_pairs + other.passing_pairs,
            passing_paths: self.passing_paths + other.passing_paths,
            passing_hops: self.passing_hops + other.passing_hops,
            passing_organizations: self.passing_organizations + other.passing_organizations,
        }
    }
}

/// Keys in lower case; the tags that a call passes count as one, since passing any is one choice; the three that one credential sets together count as one, and so do the names of the calling and
/// of the new session, because answers call both `sts:RoleSessionName`.
fn conditions(keys: impl IntoIterator<Item = String>) -> BTreeSet<String> {
    let name = |key: String| match key.to_lowercase().as_str() {
        "aws:multifactorauthpresent" | "aws:multifactorauthage" | "aws:tokenissuetime" => CREDENTIAL.to_owned(),
        "aws:userid" | "sts:rolesessionname" => SESSION.to_owned(),
        key if is_brought(key) => ISSUER.to_owned(),
        // a call sets none but the one that its session has
        IDENTITY | NEW_IDENTITY => "source identity".to_owned(),
        key if is_of_tags(key) => "passed tags".to_owned(),
        other => other.to_owned(),
    };
    keys.into_iter().map(name).collect()
}

fn verdict(of_engine: answer::Verdict) -> Option<Verdict> {
    match of_engine {
        answer::Verdict::Allowed => Some(Verdict::Allowed),
        answer::Verdict::Conditional => Some(Verdict::Conditional),
        answer::Verdict::Denied => Some(Verdict::Denied),
        answer::Verdict::Unknown => None,
    }
}

/// Asks both every question.
fn compare(organization: &Organization) -> (Tally, Vec<Difference>) {
    let dir = tempfile::tempdir().unwrap();
    organization.write(dir.path());
    let snapshot = Snapshot::open(dir.path()).unwrap();
    let estate = Estate::build(&snapshot, NOW.parse().unwrap()).unwrap();
    let engine = TrustGraph::new(&estate);
    let referee = Graph::new(organization);
    let ways: Vec<Ways> =
        (0..referee.facts.principals.len()).map(|from| referee.ways(from, Passed::Anything)).collect();
    let mut tally = Tally { organizations: 1, ..Tally::default() };
    let mut found = compare_edges(&engine, &referee, &mut tally);
    // wrong edges cause wrong paths: one cause, one report
    if found.is_empty() {
        found = compare_paths(&engine, &referee, &ways, &mut tally);
        count_passing(&referee, &ways, &mut tally);
    }
    if found.is_empty() {
        found = compare_targets(&engine, &referee, &ways);
    }
    if found.is_empty() {
        found = compare_reached(&engine, &referee, &ways);
    }
    if found.is_empty() {
        found = compare_direct(&engine, &referee);
    }
    (tally, found)
}

/// The best path to each role.
type Ways = BTreeMap<usize, Way>;

/// The engine's edges: from, to, verdict, conditions.
type Rows = BTreeMap<(String, String), (Option<Verdict>, BTreeSet<String>)>;

fn compare_edges(engine: &TrustGraph<'_>, referee: &Graph<'_>, tally: &mut Tally) -> Vec<Difference> {
    let mut rows = Rows::new();
    for row in query::edges(engine, true).into_iter().filter(|r| r.action == "sts:AssumeRole") {
        let twice = rows.insert((row.from, row.to), (verdict(row.verdict), conditions(row.conditions)));
        assert!(twice.is_none(), "one edge, one row");
    }
    let mut found = Vec::new();
    for (at, to, pair) in referee.pairs() {
        let (from, to) = (&referee.facts.principals[at], &referee.facts.principals[to]);
        let (best, of) = referee.alone(at, pair);
        let ours = (Some(best), conditions(of));
        let theirs = rows
            .get(&(from.arn.to_owned(), to.arn.to_owned()))
            .cloned()
            .unwrap_or((Some(Verdict::Denied), BTreeSet::new()));
        tally.pairs += 1;
        tally.worlds += pair.worlds().len();
        tally.passing_pairs += usize::from(ours.1.iter().any(|fact| is_passed(fact)));
        tally.allowed += usize::from(ours.0 == Some(Verdict::Allowed));
        tally.conditional += usize::from(ours.0 == Some(Verdict::Conditional));
        if ours != theirs {
            let about = if ours.0 == theirs.0 { "conditions of" } else { "verdict of" };
            let (from, to) = (from.arn.to_owned(), to.arn.to_owned());
            found.push(Difference { about, from, to, engine: format!("{theirs:?}"), referee: format!("{ours:?}") });
        }
    }
    found.extend(compare_services(&rows, referee));
    found
}

/// For services only trust policies and RCPs apply.
fn compare_services(rows: &Rows, referee: &Graph<'_>) -> Vec<Difference> {
    let mut found = Vec::new();
    for (name, role, pair) in referee.services() {
        let to = referee.facts.principals[role].arn.to_owned();
        let ours = (Some(pair.verdict(Carrying::Anything)), conditions(pair.conditions(Carrying::Anything)));
        let denied = (Some(Verdict::Denied), BTreeSet::new());
        let theirs = rows.get(&(name.to_owned(), to.clone())).cloned().unwrap_or(denied);
        if ours != theirs {
            let (engine, referee) = (format!("{theirs:?}"), format!("{ours:?}"));
            found.push(Difference { about: "service", from: name.to_owned(), to, engine, referee });
        }
    }
    found
}

fn compare_paths(engine: &TrustGraph<'_>, referee: &Graph<'_>, ways: &[Ways], tally: &mut Tally) -> Vec<Difference> {
    let facts = &referee.facts;
    let place: BTreeMap<&str, usize> = facts.principals.iter().enumerate().map(|(at, p)| (p.arn, at)).collect();
    let mut found = Vec::new();
    for (from, principal) in facts.principals.iter().enumerate() {
        let ways = &ways[from];
        for role in facts.roles() {
            let answer = query::path(engine, principal.arn, role.arn, &Targets::new()).unwrap();
            let way = ways.get(&place[role.arn]);
            let ours = (Some(way.map_or(Verdict::Denied, |w| w.verdict)), way.map(|w| w.hops));
            let theirs = (verdict(answer.verdict), answer.hop_count);
            tally.paths += 1;
            tally.chains += usize::from(way.is_some_and(|w| w.hops > 1));
            let mut differs = |engine: String, referee: String| {
                let (from, to) = (principal.arn.to_owned(), role.arn.to_owned());
                found.push(Difference { about: "path", from, to, engine, referee });
            };
            if ours != theirs {
                differs(format!("{theirs:?} {}", hops(&answer)), format!("{ours:?}"));
            } else if let Err(wrong) = check_hops(referee, &place, from, &answer) {
                differs(hops(&answer), wrong);
            }
        }
    }
    found
}

/// True for facts about session tags and source identities, as [`conditions`] names them.
fn is_passed(fact: &str) -> bool {
    fact == "passed tags" || fact == "source identity" || TAGS.iter().any(|tag| fact == carried(tag))
}

/// How many paths would be others, or none, if no call passed anything; the hops are those of the paths that there are.
fn count_passing(referee: &Graph<'_>, ways: &[Ways], tally: &mut Tally) {
    let before = tally.passing_paths;
    for (from, ways) in ways.iter().enumerate() {
        let bare = referee.ways(from, Passed::Nothing);
        for (_, way) in ways.iter().filter(|(to, way)| bare.get(to) != Some(way)) {
            tally.passing_paths += 1;
            tally.passing_hops += way.hops;
        }
    }
    tally.passing_organizations += usize::from(tally.passing_paths > before);
}

/// Verdict and hops are per role if a target has several.
fn compare_targets(engine: &TrustGraph<'_>, referee: &Graph<'_>, ways: &[Ways]) -> Vec<Difference> {
    let facts = &referee.facts;
    let place: BTreeMap<&str, usize> = facts.principals.iter().enumerate().map(|(at, p)| (p.arn, at)).collect();
    let accounts: BTreeSet<&str> = facts.roles().filter_map(|r| r.arn.split(':').nth(4)).collect();
    let mut found = Vec::new();
    for account in accounts {
        let who = query::who_can(engine, account, &Targets::new()).unwrap();
        let mut theirs = BTreeMap::new();
        for answer in who.answers.iter().filter(|a| place.contains_key(a.principal.as_str())) {
            let targets = who.targets_of(answer);
            let best = targets.first().map(|t| (t.verdict, t.hop_count));
            assert_eq!(
                best,
                Some((answer.verdict, answer.hop_count)),
                "the best comes first: {} {:?}",
                answer.principal,
                targets
            );
            let end = answer.path.last();
            let own = targets.iter().find(|t| end.is_some_and(|end| t.roles.contains(end)));
            assert_eq!(own.map(|t| &t.conditions), Some(&answer.conditions), "the path is one of its target");
            for (alike, role) in targets.iter().flat_map(|t| t.roles.iter().map(move |role| (t, role))) {
                let known = (verdict(alike.verdict), Some(alike.hop_count));
                let twice = theirs.insert((answer.principal.as_str(), role), known);
                assert!(twice.is_none(), "one target, one verdict");
            }
        }
        let answered: BTreeSet<&str> = who.answers.iter().map(|a| a.principal.as_str()).collect();
        for (from, principal) in facts.principals.iter().enumerate() {
            let inside = who.resolved.iter().any(|r| r == principal.arn);
            if inside && !answered.contains(principal.arn) {
                continue;
            }
            for to in who.resolved.iter().filter(|r| *r != principal.arn) {
                let way = place.get(to.as_str()).and_then(|at| ways[from].get(at));
                let ours = (Some(way.map_or(Verdict::Denied, |w| w.verdict)), way.map(|w| w.hops));
                let denied = (Some(Verdict::Denied), None);
                let theirs = theirs.get(&(principal.arn, to.as_str())).copied().unwrap_or(denied);
                if ours != theirs {
                    let (from, to) = (principal.arn.to_owned(), to.clone());
                    let (engine, referee) = (format!("{theirs:?}"), format!("{ours:?}"));
                    found.push(Difference { about: "target", from, to, engine, referee });
                }
            }
        }
    }
    found
}

/// Within one hop, the principals that reach a role, and the roles that they reach, are the edges.
fn compare_direct(engine: &TrustGraph<'_>, referee: &Graph<'_>) -> Vec<Difference> {
    let facts = &referee.facts;
    let one = Limits { max_hops: Some(1), via: None };
    let place: BTreeMap<&str, usize> = facts.principals.iter().enumerate().map(|(at, p)| (p.arn, at)).collect();
    let mut direct: BTreeMap<(&str, &str), Verdict> = BTreeMap::new();
    for (at, to, pair) in referee.pairs().filter(|(at, to, _)| at != to) {
        let (from, to) = (facts.principals[at].arn, facts.principals[to].arn);
        direct.insert((from, to), referee.alone(at, pair).0);
    }
    direct.retain(|_, verdict| *verdict != Verdict::Denied);
    let mut found = Vec::new();
    let mut compare = |from: &str, to: &str, said: Option<Verdict>, about: &'static str| {
        let known = direct.get(&(from, to)).copied();
        if known != said {
            let (engine, referee) = (format!("{about}: {said:?}"), format!("{known:?}"));
            found.push(Difference { about, from: from.to_owned(), to: to.to_owned(), engine, referee });
        }
    };
    for principal in &facts.principals {
        let answers = query::can_within(engine, principal.arn, &one).unwrap().answers;
        for role in facts.roles().filter(|role| role.arn != principal.arn) {
            let said = answers.iter().find(|a| a.role == role.arn).and_then(|a| verdict(a.verdict));
            compare(principal.arn, role.arn, said, "can in one hop");
        }
    }
    for role in facts.roles() {
        let answers = query::who_can_within(engine, role.arn, &Targets::new(), &one).unwrap().answers;
        let said: BTreeMap<&str, _> = answers
            .iter()
            .filter(|a| place.contains_key(a.principal.as_str()))
            .map(|a| (a.principal.as_str(), verdict(a.verdict)))
            .collect();
        for principal in facts.principals.iter().filter(|p| p.arn != role.arn) {
            compare(principal.arn, role.arn, said.get(principal.arn).copied().flatten(), "who-can in one hop");
        }
    }
    found
}

/// A verdict, and the number of hops.
type Reached = (Option<Verdict>, Option<usize>);

/// What a principal can reach is what the referee finds, and what a service can reach is what `path` answers role by
/// role.
fn compare_reached(engine: &TrustGraph<'_>, referee: &Graph<'_>, ways: &[Ways]) -> Vec<Difference> {
    let facts = &referee.facts;
    let mut found = Vec::new();
    let mut compare = |from: &str, theirs: Vec<(String, Reached)>, who: &'static str| {
        let answers = query::can(engine, from).unwrap().answers;
        let known: BTreeMap<&str, _> =
            answers.iter().map(|a| (a.role.as_str(), (verdict(a.verdict), Some(a.hop_count)))).collect();
        for (to, theirs) in theirs {
            let ours = known.get(to.as_str()).copied().unwrap_or((Some(Verdict::Denied), None));
            if ours != theirs {
                let (engine, referee) = (format!("can: {ours:?}"), format!("{who}: {theirs:?}"));
                found.push(Difference { about: "reached", from: from.to_owned(), to, engine, referee });
            }
        }
    };
    for (from, principal) in facts.principals.iter().enumerate() {
        let ways = &ways[from];
        let place = |arn: &str| facts.principals.iter().position(|p| p.arn == arn);
        let others = facts.roles().filter(|role| role.arn != principal.arn);
        let theirs = others.map(|role| {
            let way = place(role.arn).and_then(|at| ways.get(&at));
            let known = (Some(way.map_or(Verdict::Denied, |w| w.verdict)), way.map(|w| w.hops));
            (role.arn.to_owned(), known)
        });
        compare(principal.arn, theirs.collect(), "referee");
    }
    for service in reference::sessions::SERVICES {
        let theirs = facts.roles().map(|role| {
            let path = query::path(engine, service, role.arn, &Targets::new()).unwrap();
            (role.arn.to_owned(), (verdict(path.verdict), path.hop_count))
        });
        compare(service, theirs.collect(), "path");
    }
    found
}

fn hops(answer: &PathAnswer) -> String {
    let shown = answer.hops.iter().map(|h| format!("{} -> {} {}", h.from, h.to, h.verdict.as_str()));
    shown.collect::<Vec<_>>().join(", ")
}

/// A path must be consistent: consecutive hops, each with its own verdict, the worst of which is the path's.
fn check_hops(
    referee: &Graph<'_>,
    place: &BTreeMap<&str, usize>,
    from: usize,
    answer: &PathAnswer,
) -> Result<(), String> {
    let way: Vec<usize> =
        std::iter::once(from).chain(answer.hops.iter().filter_map(|h| place.get(h.to.as_str()).copied())).collect();
    let shown = referee.hops(&way);
    let mut at = from;
    let mut worst = Verdict::Allowed;
    for (place_of_hop, hop) in answer.hops.iter().enumerate() {
        if place.get(hop.from.as_str()) != Some(&at) {
            return Err(format!("the hop should start at {}", referee.facts.principals[at].arn));
        }
        let next = place[hop.to.as_str()];
        let (ours, depends) = &shown[place_of_hop];
        if verdict(hop.verdict) != Some(*ours) {
            return Err(format!("{} -> {} is {ours:?}", hop.from, hop.to));
        }
        if conditions(hop.conditions.clone()) != conditions(depends.clone()) {
            return Err(format!("{} -> {} depends on {depends:?}", hop.from, hop.to));
        }
        worst = worst.max(*ours);
        at = next;
    }
    if verdict(answer.verdict) == Some(Verdict::Conditional) && !referee.is_possible(&way) {
        return Err("no session comes through these hops".to_owned());
    }
    if !answer.hops.is_empty() && verdict(answer.verdict) != Some(worst) {
        return Err(format!("the worst of its hops is {worst:?}"));
    }
    Ok(())
}

/// Reduces an organization to what one difference needs, and saves it for inspection.
fn report(seed: u64, difference: &Difference) -> String {
    // both verdicts stay: what is not known for want of data is another difference
    let verdict = |text: &str| text.split(',').next().map(str::to_owned);
    let verdicts = |of: &Difference| (verdict(&of.engine), verdict(&of.referee));
    let same = |other: &Difference| {
        other.about == difference.about
            && (&other.from, &other.to) == (&difference.from, &difference.to)
            && verdicts(other) == verdicts(difference)
    };
    let shows = |smaller: &Organization| is_consistent(smaller) && compare(smaller).1.iter().any(same);
    let small = smallest(&organization(seed), shows);
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/differential").join(seed.to_string());
    let _ = std::fs::remove_dir_all(&dir);
    small.write(&dir);
    let remaining = compare(&small).1;
    let shown = remaining.iter().find(|d| same(d)).unwrap_or(difference);
    format!("organization {seed}, reduced in target/differential/{seed}\n{shown}\n")
}

/// How many organizations to try.
fn organizations(otherwise: u64) -> u64 {
    setting("ROLEHOP_ORGANIZATIONS", otherwise)
}

fn setting(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().map_or(otherwise, |text| text.parse().unwrap())
}

/// Consecutive numbers give unrelated organizations.
fn seed_of(run: u64, at: u64) -> u64 {
    let mixed = (run << 32 ^ at).wrapping_add(0x9e37_79b9_7f4a_7c15).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed ^ (mixed >> 29)
}

#[test]
fn the_engine_and_the_referee_agree_on_every_pair_and_every_path() {
    let count = organizations(500);
    let run = setting("ROLEHOP_SEED", 1);
    let shown = setting("ROLEHOP_DIFFERENCES", 3) as usize;
    let start = setting("ROLEHOP_FIRST", 0);
    eprintln!("differential: {count} organizations, ROLEHOP_SEED={run}");
    let mut tally = Tally::default();
    let found = Mutex::new(Vec::new());
    for first in (0..count).step_by(1000) {
        let chunk = start + first..start + count.min(first + 1000);
        let compared: Vec<Tally> = chunk
            .into_par_iter()
            .map(|at| {
                let seed = seed_of(run, at);
                let (tally, differences) = compare(&organization(seed));
                if let Some(difference) = differences.first() {
                    eprintln!("organization {at}: {difference}");
                    found.lock().unwrap().push((seed, difference.clone()));
                }
                tally
            })
            .collect();
        tally = compared.into_iter().fold(tally, Tally::and);
        eprintln!("{tally:?}, {} with differences", found.lock().unwrap().len());
    }
    let mut found = found.into_inner().unwrap();
    found.sort_by_key(|(seed, _)| *seed);
    let reports: Vec<String> = found.iter().take(shown).map(|(seed, d)| report(*seed, d)).collect();
    assert!(found.is_empty(), "{} of {count} organizations show a difference\n\n{}", found.len(), reports.join("\n"));
    // organizations in which nothing is allowed would agree too
    assert!(tally.allowed * 50 > tally.pairs && tally.conditional * 80 > tally.pairs, "{tally:?}");
    assert!(tally.chains * 100 > tally.paths, "{tally:?}");
    assert!(tally.passing_organizations * 10 > tally.organizations, "{tally:?}");
}

#[test]
fn the_engine_and_the_referee_agree_on_single_requests() {
    let count = 20 * organizations(500);
    let run = setting("ROLEHOP_SEED", 1);
    let shown = setting("ROLEHOP_DIFFERENCES", 3) as usize;
    let compared: Vec<(Outcome, Option<String>)> = (0..count)
        .into_par_iter()
        .map(|at| {
            let request = request(seed_of(run, at));
            let ours = outcome(&request);
            let answer = simulate(&serde_json::from_str(&request.to_string()).unwrap()).unwrap();
            let theirs = match answer.decision {
                Decision::Allowed => Outcome::Allow,
                Decision::ExplicitDeny => Outcome::ExplicitDeny,
                Decision::ImplicitDeny => Outcome::ImplicitDeny,
            };
            let told = || format!("{request:#}\n  engine:  {theirs:?} {:?}\n  referee: {ours:?}\n", answer.unclear);
            (ours, (ours != theirs).then(told))
        })
        .collect();
    let wrong: Vec<&String> = compared.iter().filter_map(|(_, wrong)| wrong.as_ref()).collect();
    let reports: Vec<&str> = wrong.iter().take(shown).map(|w| w.as_str()).collect();
    assert!(wrong.is_empty(), "{} of {count} requests show a difference\n\n{}", wrong.len(), reports.join("\n"));
    for outcome in [Outcome::Allow, Outcome::ExplicitDeny, Outcome::ImplicitDeny] {
        let times = compared.iter().filter(|(ours, _)| *ours == outcome).count() as u64;
        assert!(times * 20 > count, "{outcome:?} only {times} times");
    }
}
