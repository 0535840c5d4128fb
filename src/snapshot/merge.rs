//! Merges several parts into one snapshot, with the proof that nothing was left out.
//!
//! Owns: whether parts belong together, which of two readings of an account counts, and the ledger of the whole. Copies
//! files unchanged, and only those with the right digest.
//! INVARIANT: every account of the list is in the merged ledger; one that no part has is incomplete, never absent.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};

use super::files;
use super::ledger::{AccountState, Gap, Ledger};
use super::manifest::{FORMAT, Manifest};
use super::share::{Shard, Share};
use super::write::Writer;
use super::{Snapshot, SnapshotError, WriteError};
use crate::diagnostic::{Code, Diagnostic};
use crate::facet::Facet;
use crate::ids::{AccountId, Scope};

/// Why parts cannot be merged.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum MergeError {
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    #[error(transparent)]
    Write(#[from] WriteError),
    #[error("`{}` is no part of a collection", .0.display())]
    NoPart(PathBuf),
    #[error("`{}` and `{}` do not belong together: {why}", a.display(), b.display())]
    Mixed { a: PathBuf, b: PathBuf, why: String },
    #[error("the parts were read over {span}, which is longer than {limit}")]
    Skew { span: String, limit: String },
}

impl MergeError {
    /// The error in four parts.
    #[must_use]
    pub fn diagnostic(&self) -> Diagnostic {
        match self {
            Self::Snapshot(error) => error.diagnostic(),
            Self::Write(error) => error.diagnostic(),
            Self::NoPart(dir) => Diagnostic::new(
                Code::NoPart,
                "this snapshot is no part of a collection",
                format!("`{}`", dir.display()),
                "its manifest does not say of which list of accounts it is a part",
                "make parts with `rolehop collect --accounts-file LIST --shard I/N`",
            ),
            Self::Mixed { a, b, why } => Diagnostic::new(
                Code::MixedParts,
                "these parts do not belong together",
                format!("`{}` and `{}`", a.display(), b.display()),
                why.clone(),
                "merge the parts of one collection: one list, one number of shards, one role and one choice of data sets",
            ),
            Self::Skew { span, limit } => Diagnostic::new(
                Code::PartsFarApart,
                "the parts are too far apart in time",
                format!("{span} between the first start and the last end"),
                format!("a path may go through two accounts as they never were at the same time; the limit is {limit}"),
                "collect the older parts again, or allow it with `--max-skew`",
            ),
        }
    }
}

/// A snapshot that is one part of the whole.
struct Part {
    dir: PathBuf,
    snapshot: Snapshot,
    manifest: Manifest,
    share: Share,
}

/// The result of a merge.
#[derive(Debug)]
pub struct Merged {
    /// The manifest of the whole.
    pub manifest: Manifest,
    /// Shards without a part.
    pub missing: Vec<Shard>,
    /// Accounts that two parts read differently; the later reading counts.
    pub doubled: Vec<AccountId>,
}

/// An account's file in the part that counts.
struct Reading<'a> {
    part: &'a Part,
    state: AccountState,
    read_at: Option<Timestamp>,
    digest: Option<String>,
}

/// Merges `parts` into `into`. Every part names the account list that it belongs to; `accounts` are the ids of that
/// list, if they are known from elsewhere than the parts.
///
/// # Errors
/// If parts do not belong together, cannot be read, or the result cannot be written.
pub fn merge(
    parts: &[PathBuf],
    accounts: Option<&[AccountId]>,
    into: &Path,
    max_skew: SignedDuration,
) -> Result<Merged, MergeError> {
    let parts: Vec<Part> = parts.iter().map(|dir| open(dir)).collect::<Result<_, _>>()?;
    let Some(first) = parts.first() else { return Err(MergeError::NoPart(into.to_owned())) };
    for part in &parts {
        belongs(first, part)?;
    }
    let window = window(&parts, max_skew)?;
    let mut doubled = BTreeSet::new();
    let mut readings: BTreeMap<AccountId, Reading<'_>> = BTreeMap::new();
    for part in &parts {
        for (id, state) in part.manifest.ledger.iter() {
            let digest = part.snapshot.verified(id)?.map(|(_, digest)| digest);
            let read_at = part.manifest.read_at.get(&id).copied();
            let reading = Reading { part, state: state.clone(), read_at, digest };
            match readings.get(&id) {
                Some(known) if !counts_more(&reading, known) => {
                    differs(known, &reading).then(|| doubled.insert(id));
                }
                Some(known) => {
                    differs(known, &reading).then(|| doubled.insert(id));
                    readings.insert(id, reading);
                }
                None => drop(readings.insert(id, reading)),
            }
        }
    }
    let missing = missing_shards(first, &parts);
    let writer = Writer::create(into, &format!("merge by process {}", std::process::id()))?;
    let mut ledger = Ledger::default();
    for (id, reading) in &readings {
        ledger.set(*id, reading.state.clone());
        if let Some(digest) = &reading.digest {
            let name = format!("accounts/{id}.json");
            copy(&writer, reading.part, &name, digest)?;
        }
    }
    for id in accounts.unwrap_or_default().iter().filter(|id| !readings.contains_key(id)) {
        ledger.add_gap(*id, Facet::AuthorizationDetails, "not in any part");
    }
    compute(&parts, &writer)?;
    let mut gaps = organization(&parts, &writer)?;
    let unnamed = first.share.listed.saturating_sub(in_list(&parts, &readings, accounts));
    if accounts.is_none() && unnamed > 0 {
        let shards: Vec<String> = missing.iter().map(ToString::to_string).collect();
        let why = format!("{unnamed} accounts of the list are in no part; missing shards: {}", shards.join(", "));
        gaps.push(Gap { scope: Scope::Organization, facet: Facet::Organization, reason: why });
    }
    let manifest = Manifest {
        format: FORMAT,
        tool: first.manifest.tool.clone(),
        started: window.0,
        finished: Some(window.1),
        identity: first.manifest.identity.clone(),
        endpoint: parts.iter().find_map(|part| part.manifest.endpoint.clone()),
        settings: first.manifest.settings.clone(),
        share: Some(Share { shard: None, ..first.share.clone() }),
        ledger,
        gaps,
        read_at: readings.iter().filter_map(|(id, reading)| Some((*id, reading.read_at?))).collect(),
        files: BTreeMap::new(),
    };
    let manifest = writer.finish(manifest)?;
    Ok(Merged { manifest, missing, doubled: doubled.into_iter().collect() })
}

fn open(dir: &Path) -> Result<Part, MergeError> {
    let snapshot = Snapshot::open(dir)?;
    let manifest = snapshot.manifest().cloned();
    let share = manifest.as_ref().and_then(|manifest| manifest.share.clone());
    match (manifest, share) {
        (Some(manifest), Some(share)) => Ok(Part { dir: dir.to_owned(), snapshot, manifest, share }),
        _ => Err(MergeError::NoPart(dir.to_owned())),
    }
}

fn belongs(first: &Part, part: &Part) -> Result<(), MergeError> {
    let total = |part: &Part| part.share.shard.map_or(1, |shard| shard.total);
    let differences = [
        (first.share.list != part.share.list, "they are of different lists of accounts"),
        (total(first) != total(part), "they are of different numbers of shards"),
        (
            first.manifest.settings != part.manifest.settings,
            "they were read with different roles, data sets or Regions of trails",
        ),
        (first.manifest.tool != part.manifest.tool, "different versions of rolehop wrote them"),
    ];
    match differences.into_iter().find(|(differ, _)| *differ) {
        Some((_, why)) => Err(MergeError::Mixed { a: first.dir.clone(), b: part.dir.clone(), why: why.to_owned() }),
        None => Ok(()),
    }
}

/// From the first start to the last end; a part that did not finish worked until its last account.
fn window(parts: &[Part], max_skew: SignedDuration) -> Result<(Timestamp, Timestamp), MergeError> {
    let end = |part: &Part| {
        let last = part.manifest.read_at.values().max().copied();
        part.manifest.finished.or(last).unwrap_or(part.manifest.started)
    };
    let start = parts.iter().map(|part| part.manifest.started).min().unwrap_or_default();
    let end = parts.iter().map(end).max().unwrap_or(start);
    let span = end.duration_since(start);
    if span > max_skew {
        return Err(MergeError::Skew { span: format!("{span:#}"), limit: format!("{max_skew:#}") });
    }
    Ok((start, end))
}

/// A complete reading takes precedence over an incomplete one, a reason to skip over a failure, and a later reading
/// over an earlier one.
fn counts_more(new: &Reading<'_>, known: &Reading<'_>) -> bool {
    let rank = |reading: &Reading<'_>| match &reading.state {
        AccountState::Complete => 2,
        AccountState::Skipped { .. } => 1,
        AccountState::Incomplete { .. } => 0,
    };
    (rank(new), new.read_at) > (rank(known), known.read_at)
}

fn differs(a: &Reading<'_>, b: &Reading<'_>) -> bool {
    a.state == AccountState::Complete && b.state == AccountState::Complete && a.digest != b.digest
}

fn missing_shards(first: &Part, parts: &[Part]) -> Vec<Shard> {
    let total = first.share.shard.map_or(1, |shard| shard.total);
    let there: BTreeSet<u32> = parts.iter().map(|part| part.share.shard.map_or(1, |shard| shard.index)).collect();
    (1..=total).filter(|index| !there.contains(index)).map(|index| Shard { index, total }).collect()
}

/// Accounts of the list for which some part has an entry. An entry that no shard owns comes from the organization's own
/// list.
fn in_list(parts: &[Part], readings: &BTreeMap<AccountId, Reading<'_>>, accounts: Option<&[AccountId]>) -> usize {
    if let Some(accounts) = accounts {
        return accounts.iter().filter(|id| readings.contains_key(id)).count();
    }
    let owned = |id: &&AccountId| {
        parts.iter().any(|part| {
            let has = !matches!(part.manifest.ledger.get(**id), None | Some(AccountState::Skipped { .. }));
            has && part.share.shard.is_none_or(|shard| shard.owns(**id))
        })
    };
    let skipped = |id: &&AccountId| matches!(readings.get(*id).map(|reading| &reading.state), Some(AccountState::Skipped { reason }) if reason != OUTSIDE);
    readings.keys().filter(|id| owned(id) || skipped(id)).count()
}

/// How the part that reads the organization labels accounts that are in no part.
pub const OUTSIDE: &str = "outside the list of accounts";

/// The organization's files of the part that read it, or the missing data if none did.
fn organization(parts: &[Part], writer: &Writer) -> Result<Vec<Gap>, MergeError> {
    let mut reads: Vec<&Part> = parts.iter().filter(|part| part.share.reads_organization()).collect();
    reads.sort_by_key(|part| (part.manifest.gaps.len(), std::cmp::Reverse(part.manifest.started)));
    let Some(part) = reads.first() else {
        // every organization data set that a part was to read
        let settings = parts.iter().filter_map(|part| part.manifest.settings.as_ref());
        let chosen = settings.flat_map(|settings| settings.facets.iter()).filter(|facet| facet.is_of_organization());
        let facets: BTreeSet<Facet> = chosen.chain([Facet::Organization, Facet::Guardrails]).collect();
        let gap = |facet| Gap {
            scope: Scope::Organization,
            facet,
            reason: "the part that reads it, shard 1, is missing".into(),
        };
        return Ok(facets.into_iter().map(gap).collect());
    };
    for (name, digest) in part.manifest.files.iter().filter(|(name, _)| files::is_of_organization(name)) {
        copy(writer, part, name, digest)?;
    }
    Ok(part.manifest.gaps.clone())
}

/// What runs with roles, of every part that has it. Two files of one name that differ are both kept, beside each other: one folder more
/// could be too deep to be read.
fn compute(parts: &[Part], writer: &Writer) -> Result<(), MergeError> {
    let mut copied = BTreeMap::<&str, BTreeSet<&str>>::new();
    let all = parts.iter().filter_map(|part| part.snapshot.compute());
    let names: BTreeSet<&String> = all.flat_map(|compute| compute.files.keys()).collect();
    for (number, part) in (1..).zip(parts) {
        for (name, digest) in part.snapshot.compute().iter().flat_map(|compute| &compute.files) {
            let known = copied.entry(name).or_default();
            if !known.insert(digest) {
                continue;
            }
            let mut into = name.clone();
            if let Some((folder, file)) = name.rsplit_once('/').filter(|_| known.len() > 1) {
                let other = |times: usize| format!("{folder}/{}{file}", format!("part-{number}-").repeat(times));
                into = (1..).map(other).find(|other| !names.contains(other)).unwrap_or(into);
            }
            writer.copy(&into, &read(part, name, digest)?)?;
        }
    }
    Ok(())
}

fn copy(writer: &Writer, part: &Part, name: &str, digest: &str) -> Result<(), MergeError> {
    Ok(writer.copy(name, &read(part, name, digest)?)?)
}

/// A file of a part, which must be what was read before.
fn read(part: &Part, name: &str, digest: &str) -> Result<Vec<u8>, MergeError> {
    let path = part.dir.join(name);
    let bytes = std::fs::read(&path).map_err(|source| SnapshotError::Io { path: path.clone(), source })?;
    if super::digest::hex_digest(&bytes) != digest {
        return Err(MergeError::Snapshot(SnapshotError::Digest(path)));
    }
    Ok(bytes)
}
