//! Continues an existing snapshot: which of its parts need not be read again.
//!
//! Owns: which accounts are carried over, and when a snapshot cannot be continued. Does not read the content of
//! accounts.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use crate::collect::account::regions;
use crate::collect::error::Cause;
use crate::collect::options::CollectOptions;
use crate::facet::{Facet, Facets, PeopleFacet};
use crate::ids::AccountId;
use crate::snapshot::account_access::AccountAccessFile;
use crate::snapshot::identity_center::IdentityCenterFile;
use crate::snapshot::ledger::AccountState;
use crate::snapshot::{Snapshot, SnapshotError, is_of_organization, is_of_people};

/// The result of an earlier run.
#[derive(Debug)]
pub(crate) struct Earlier {
    /// When it started; the snapshot keeps this timestamp.
    pub(crate) started: Timestamp,
    /// The organization that it read.
    pub(crate) organization: Option<String>,
    /// Names and digests of the organization's files.
    pub(crate) organization_files: Vec<(String, String)>,
    /// What it read of IAM Identity Center, if that is not too long ago.
    pub(crate) identity_center: Option<IdentityCenterFile>,
    /// Data sets of people that it read completely, not too long ago.
    pub(crate) people: Facets,
    /// The data sets that it read.
    pub(crate) facets: Facets,
    /// The Regions whose trails it read; empty if it does not say.
    pub(crate) trail_regions: Vec<String>,
    /// Accounts that are complete.
    pub(crate) accounts: BTreeMap<AccountId, Taken>,
}

/// An account that is carried over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Taken {
    pub(crate) name: String,
    pub(crate) digest: String,
    pub(crate) read_at: Option<Timestamp>,
}

impl Earlier {
    /// The data sets to read now, which include those of the earlier run. Otherwise the organization's file, which is
    /// rewritten, would lose data sets that this run does not select, and the accounts of one snapshot would hold
    /// different ones.
    pub(crate) fn facets(&self, asked: &Facets) -> Facets {
        let mut facets = asked.clone();
        facets.extend(&self.facets);
        // the roles whose events are looked up are not part of a snapshot: they must be given in every run
        if !asked.has(Facet::AssumeRoleEvents) {
            facets.remove(Facet::AssumeRoleEvents);
        }
        facets
    }
}

/// What can be carried over; `None` if there is nothing to continue.
pub(crate) fn earlier(options: &CollectOptions) -> Result<Option<Earlier>, Cause> {
    let Some(resume) = options.resume else { return Ok(None) };
    let snapshot = match Snapshot::open(&options.snapshot_dir) {
        Ok(snapshot) => snapshot,
        Err(SnapshotError::Missing(_) | SnapshotError::Empty(_)) => return Ok(None),
        Err(error) => return Err(Cause::Snapshot(error)),
    };
    let refused = |why: &str| Cause::CannotResume { dir: options.snapshot_dir.clone(), why: why.to_owned() };
    let Some(manifest) = snapshot.manifest() else {
        return Err(refused("it has no manifest, so it is not known how completely its accounts were read"));
    };
    let facets = match &manifest.settings {
        Some(settings) if settings.facets.covers(&options.facets) => settings.facets.clone(),
        Some(_) => return Err(refused("it was read with fewer data sets")),
        None => return Err(refused("an earlier version wrote it, which did not say what it read")),
    };
    let trail_regions = manifest.settings.as_ref().map(|settings| settings.trail_regions.clone()).unwrap_or_default();
    if !regions::cover(&trail_regions, &options.trail_regions) {
        return Err(refused("trails were read in fewer Regions"));
    }
    let max_age = SignedDuration::try_from(resume.max_age).unwrap_or(SignedDuration::MAX);
    let oldest = options.started.checked_sub(max_age).unwrap_or(Timestamp::MIN);
    let mut accounts = BTreeMap::new();
    for (id, state) in manifest.ledger.iter() {
        let read_at = manifest.read_at.get(&id).copied();
        if *state != AccountState::Complete || read_at.is_some_and(|at| at < oldest) {
            continue;
        }
        if let Some((name, digest)) = snapshot.verified(id).map_err(Cause::Snapshot)? {
            accounts.insert(id, Taken { name, digest, read_at });
        }
    }
    let is_recent = manifest.started >= oldest;
    let is_there = |facet| match facet {
        PeopleFacet::IdentityCenter => snapshot.identity_center().is_some() && is_where_it_is(&snapshot, options),
        PeopleFacet::AccountAccess => {
            let has_any =
                |file: &AccountAccessFile| !file.applications.is_empty() || is_where_it_is(&snapshot, options);
            snapshot.account_access().is_some_and(has_any)
        }
    };
    let is_missing = |facet| manifest.gaps.iter().any(|gap| gap.facet == facet);
    let is_whole = |facet: &PeopleFacet| is_recent && is_there(*facet) && !is_missing(Facet::from(*facet));
    let people = facets.of_people().filter(is_whole).map(Facet::from).collect();
    // the structure of the organization is read again in every run; people are not
    let is_kept = |name: &str| is_of_organization(name) && (is_recent || !is_of_people(name));
    let files = manifest.files.iter().filter(|(name, _)| is_kept(name));
    let organization = snapshot.organization().and_then(|file| file.organization.as_ref());
    Ok(Some(Earlier {
        started: manifest.started,
        organization: organization.map(|organization| organization.id.clone()),
        organization_files: files.map(|(name, digest)| (name.clone(), digest.clone())).collect(),
        identity_center: snapshot.identity_center().filter(|_| is_recent).cloned(),
        people,
        facets,
        trail_regions,
        accounts,
    }))
}

/// Whether the earlier run looked for the organization's instance where this one would: a region that was named by mistake has none,
/// and that is no answer for the others.
fn is_where_it_is(snapshot: &Snapshot, options: &CollectOptions) -> bool {
    let Some(file) = snapshot.identity_center() else { return false };
    let management = snapshot.organization().and_then(|file| file.organization.as_ref()?.master_account_id);
    let asked = &file.regions_asked;
    file.instances.iter().any(|instance| instance.may_be_of(management))
        || match &options.people.region {
            Some(region) => asked.contains(region),
            None => asked.len() > 1,
        }
}
