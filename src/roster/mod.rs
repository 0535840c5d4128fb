//! Who is on an access review: the people and IAM users who reach the targets, with what they can do there.
//!
//! Owns: from an answer to lines: one for each person and role. Does not know what a sheet looks like (`review`, `report`).
//! INVARIANT: what was not read and could add a line is named in the sheet. Cost follows lines, which is what is asked for.

mod loose_ends;
mod person;
mod power;
mod ways;

use std::collections::BTreeSet;

use jiff::tz::TimeZone;

use self::person::Signer;
use self::power::RolePowers;
use self::ways::Ways;
use crate::answer::MfaOfPeople;
use crate::graph::query::{Limits, Targets, WhoCan};
use crate::graph::{SelectError, TrustGraph};
use crate::ids::PrincipalIx;
use crate::model::{Estate, LastUsed};
use crate::review::{Frozen, Line, Mark, Sheet};
use crate::snapshot::ledger::Gap;

/// The sheet for these targets. `snapshot` is the digest of the snapshot, if it has one; `mfa` is what is claimed of the MFA of people.
///
/// # Errors
/// Where a target is unknown, ambiguous or matches nothing.
pub fn roster(
    graph: &TrustGraph<'_>,
    targets: &[String],
    known: &Targets,
    snapshot: Option<String>,
    mfa: &MfaOfPeople,
) -> Result<Sheet, SelectError> {
    let estate = graph.estate();
    let powers = RolePowers::new(estate);
    let mut lines = Vec::new();
    let mut roles = BTreeSet::new();
    let mut machines = BTreeSet::new();
    let mut missing = BTreeSet::<Gap>::new();
    let mut accounts = BTreeSet::new();
    let mut known_targets = BTreeSet::new();
    let targets: Vec<&String> = targets.iter().filter(|target| known_targets.insert(*target)).collect();
    for target in &targets {
        let found = WhoCan::new(graph, target, known, &Limits::default())?;
        roles.extend(found.roles());
        accounts.extend(found.accounts().map(|account| estate.account(account).id()));
        missing.extend(found.missing().iter().cloned());
        let ways = Ways::of_target(estate, &found);
        for alike in found.found() {
            for &source in &alike.sources {
                let Some(person) = Signer::of(estate, source) else {
                    machines.insert(source.clone());
                    continue;
                };
                let via = person.via(&ways);
                for part in alike.parts {
                    for role in part.roles.iter().map(|role| PrincipalIx::new(role as usize)) {
                        let account = estate.account(estate.principal(role).account());
                        lines.push(Line {
                            person: person.name(),
                            kind: person.kind(),
                            id: person.id(),
                            email: person.email(),
                            target: (*target).clone(),
                            role: estate.arn(role),
                            account: account.id().to_string(),
                            account_name: account.shown_name().to_owned(),
                            power: powers.of(role),
                            via: via.to(role),
                            hops: part.hops,
                            verdict: part.verdict,
                            conditions: part.conditions.clone(),
                            mfa: person.mfa(part.verdict, &part.conditions, mfa),
                            last_used: last_used(estate, role),
                            mark: Mark::default(),
                        });
                    }
                }
            }
        }
    }
    let frozen = Frozen {
        targets: targets.into_iter().cloned().collect(),
        snapshot: snapshot.unwrap_or_default(),
        organization: estate.organization().map(|own| own.id.to_string()).unwrap_or_default(),
        at: estate.at().to_string(),
        roles: roles.len(),
        machines: machines.len(),
        missing: missing.iter().map(Gap::sentence).collect(),
        ..Frozen::default()
    };
    Ok(Sheet::new(frozen, lines, loose_ends::of(estate, &accounts)))
}

fn last_used(estate: &Estate, role: PrincipalIx) -> String {
    match estate.principal(role).role().map(|facts| facts.last_used) {
        Some(LastUsed::At(at)) => at.to_zoned(TimeZone::UTC).date().to_string(),
        Some(LastUsed::Never) => "never".to_owned(),
        Some(LastUsed::NotCollected) | None => String::new(),
    }
}
