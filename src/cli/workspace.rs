//! What most commands start from: configuration, snapshot, estate.

use std::collections::BTreeMap;
use std::mem::ManuallyDrop;
use std::path::Path;

use jiff::Timestamp;

use super::arguments::Global;
use super::error::CliError;
use super::location::Location;
use super::log;
use super::output::Console;
use super::places::{self, Place};
use crate::config::Config;
use crate::graph::TrustGraph;
use crate::graph::query::Targets;
use crate::model::Estate;
use crate::report::terminal::names::Names;
use crate::snapshot::Snapshot;
use crate::snapshot::ledger::LedgerView;

/// A snapshot that was read, with the configuration that goes with it.
pub(super) struct Workspace {
    pub(super) config: Config,
    pub(super) snapshot: Snapshot,
    /// Freed with the process, as graphs are: to free a million roles one by one would cost a command a tenth of its time.
    pub(super) estate: ManuallyDrop<Estate>,
    /// Keeps the copy from an object store as long as it is used.
    _place: Option<Location>,
}

impl Workspace {
    pub(super) fn open(global: &Global, console: &Console) -> Result<Self, CliError> {
        let place = places::of_question(global, console)?;
        Self::at(place, global, console)
    }

    /// With a configuration and a snapshot that were chosen before.
    pub(super) fn at(place: Place, global: &Global, console: &Console) -> Result<Self, CliError> {
        let Place { snapshot, config } = place;
        let place = Location::read(&snapshot)?;
        let mut session = Self::read(config, &place.dir, global, console)?;
        session._place = Some(place);
        Ok(session)
    }

    pub(super) fn read(config: Config, dir: &Path, global: &Global, console: &Console) -> Result<Self, CliError> {
        let snapshot = log::phase("read snapshot", || Snapshot::open(dir), |snapshot| snapshot.accounts().count())?;
        let at = global.at.or_else(|| snapshot.taken_at()).unwrap_or_else(|| {
            console.say("note: the snapshot does not say when it was taken; ages and times are judged as of now (--at changes that)");
            Timestamp::now()
        });
        if let Some(endpoint) = snapshot.manifest().and_then(|m| m.endpoint.as_deref()) {
            console.say(&of_endpoint(endpoint));
        }
        let mut estate =
            log::phase("build estate", || Estate::build(&snapshot, at), |estate| estate.principals().len())?;
        if global.redact {
            estate.redact_external_ids();
        }
        Ok(Self { config, snapshot, estate: ManuallyDrop::new(estate), _place: None })
    }

    /// The trust graph of the estate.
    pub(super) fn graph(&self) -> ManuallyDrop<TrustGraph<'_>> {
        ManuallyDrop::new(TrustGraph::new(&self.estate))
    }

    /// Target definitions.
    pub(super) fn targets(&self) -> &Targets {
        &self.config.targets
    }

    /// Account names by id.
    pub(super) fn names(&self) -> Names {
        names(&self.estate)
    }

    /// How reading each listed account ended.
    pub(super) fn ledger(&self) -> LedgerView {
        let said = self.snapshot.manifest().map_or(&[][..], |m| &m.gaps);
        let settings = self.snapshot.manifest().and_then(|m| m.settings.as_ref());
        let selected = settings.map(|settings| settings.facets.of_accounts().collect()).unwrap_or_default();
        LedgerView { organization: self.estate.gaps_of_organization(said), selected, ..self.estate.ledger().view() }
    }

    /// True if everything that was listed was read.
    pub(super) fn is_complete(&self) -> bool {
        self.ledger().is_complete()
    }
}

/// An endpoint of AWS's own in a private network is AWS; any other is taken for a test.
fn of_endpoint(endpoint: &str) -> String {
    let host = endpoint.split("://").last().unwrap_or(endpoint).split(['/', ':']).next().unwrap_or_default();
    let of_aws = [".amazonaws.com", ".amazonaws.com.cn", ".api.aws"].iter().any(|domain| host.ends_with(domain));
    if of_aws {
        format!("note: this snapshot was read through the endpoint {endpoint}")
    } else {
        format!("note: this snapshot comes from a test endpoint, {endpoint}, not from AWS")
    }
}

pub(super) fn names(estate: &Estate) -> Names {
    let named = estate.accounts().iter().map(|a| (a.id().to_string(), a.name().to_owned()));
    named.collect::<BTreeMap<_, _>>()
}
