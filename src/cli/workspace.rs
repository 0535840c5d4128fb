//! What most commands start from: configuration, snapshot, estate.

use std::collections::BTreeMap;
use std::io;
use std::mem::ManuallyDrop;
use std::path::Path;

use jiff::Timestamp;

use super::arguments::EdgeKinds;
use super::arguments::Global;
use super::error::CliError;
use super::location::Location;
use super::log;
use super::output::Console;
use super::places::{self, Place};
use crate::config::Config;
use crate::graph::TrustGraph;
use crate::graph::query::Targets;
use crate::graph::saved::{Asked, Opened, Saved, WORTH, part_of};
use crate::model::Estate;
use crate::policy::Redacted;
use crate::report::terminal::names::Names;
use crate::snapshot::Snapshot;
use crate::snapshot::edit::Edit;
use crate::snapshot::ledger::LedgerView;

/// A snapshot that was read, with the configuration that goes with it.
pub(super) struct Workspace {
    pub(super) config: Config,
    pub(super) snapshot: Snapshot,
    /// Freed with the process, as graphs are: to free a million roles one by one would cost a command a tenth of its time.
    pub(super) estate: ManuallyDrop<Estate>,
    /// True where the estate has only the accounts that the question can touch.
    is_part: bool,
    index: Opened,
    /// The external ids that are hidden: a change of the organization hides them alike.
    redacted: Redacted,
    /// True where nothing may be written beside the snapshot.
    pub(super) is_read_only: bool,
    /// Keeps the copy from an object store as long as it is used.
    _place: Option<Location>,
}

/// Principals from which on a command that has decided every edge anyway leaves an index behind: reading fewer takes no time.
const MANY: usize = 20_000;

impl Workspace {
    pub(super) fn open(global: &Global, console: &Console) -> Result<Self, CliError> {
        Self::open_for(None, global, console)
    }

    /// Opens what a question can touch, where the snapshot has an index; everything where it has none.
    pub(super) fn open_for(asked: Option<Asked<'_>>, global: &Global, console: &Console) -> Result<Self, CliError> {
        Self::at_for(asked, places::of_question(global, console)?, global, console)
    }

    /// As [`Workspace::open_for`], of a question that follows these kinds of edge: who climbs there may be anywhere.
    pub(super) fn open_following(
        asked: Option<Asked<'_>>,
        edges: &EdgeKinds,
        global: &Global,
        console: &Console,
    ) -> Result<Self, CliError> {
        let place = places::of_question(global, console)?;
        let asked = asked.filter(|_| !edges.has_escalations(&place.config));
        Self::at_for(asked, place, global, console)
    }

    /// With a configuration and a snapshot that were chosen before.
    pub(super) fn at(place: Place, global: &Global, console: &Console) -> Result<Self, CliError> {
        Self::at_for(None, place, global, console)
    }

    fn at_for(asked: Option<Asked<'_>>, place: Place, global: &Global, console: &Console) -> Result<Self, CliError> {
        let Place { snapshot, config } = place;
        let place = Location::read(&snapshot)?;
        let mut session = Self::read(asked, config, &place.dir, global, console)?;
        session._place = Some(place);
        Ok(session)
    }

    /// With a configuration and a directory; where something is asked, what it can touch.
    pub(super) fn read(
        asked: Option<Asked<'_>>,
        config: Config,
        dir: &Path,
        global: &Global,
        console: &Console,
    ) -> Result<Self, CliError> {
        let snapshot = log::phase("read snapshot", || Snapshot::open(dir), |snapshot| snapshot.accounts().count())?;
        let at = global.at.or_else(|| snapshot.taken_at()).unwrap_or_else(|| {
            console.say("note: the snapshot does not say when it was taken; ages and times are judged as of now (--at changes that)");
            Timestamp::now()
        });
        if let Some(endpoint) = snapshot.manifest().and_then(|m| m.endpoint.as_deref()) {
            console.say(&of_endpoint(endpoint));
        }
        let index = asked.map_or(Opened::Absent, |_| Saved::open(&snapshot, at));
        let mut redacted = Redacted::default();
        let (estate, is_part) = estate_of(asked, &index, &snapshot, &config, at, global, &mut redacted)?;
        if global.redacts_accounts() {
            console.redact(estate.accounts().iter().map(|account| account.id().to_string()));
        }
        Ok(Self {
            config,
            snapshot,
            estate: ManuallyDrop::new(estate),
            is_part,
            index,
            redacted,
            is_read_only: false,
            _place: None,
        })
    }

    /// The same organization with changes that nobody has made, all of it.
    pub(super) fn edited(&self, edits: &[Edit], global: &Global) -> Result<Self, CliError> {
        let snapshot = self.snapshot.edited(edits)?;
        let index = Opened::Absent;
        let (at, mut redacted) = (self.estate.at(), self.redacted.clone());
        let (estate, is_part) = estate_of(None, &index, &snapshot, &self.config, at, global, &mut redacted)?;
        let estate = ManuallyDrop::new(estate);
        Ok(Self {
            config: self.config.clone(),
            snapshot,
            estate,
            is_part,
            index,
            redacted,
            is_read_only: self.is_read_only,
            _place: None,
        })
    }

    /// True where the estate has only what the question can touch: an answer that nothing was found may need more.
    pub(super) fn is_part(&self) -> bool {
        self.is_part
    }

    /// Opens more: what another question can touch, or everything.
    pub(super) fn widen(&mut self, asked: Option<Asked<'_>>, global: &Global) -> Result<(), CliError> {
        let at = self.estate.at();
        let redacted = &mut self.redacted;
        let (estate, is_part) = estate_of(asked, &self.index, &self.snapshot, &self.config, at, global, redacted)?;
        (self.estate, self.is_part) = (ManuallyDrop::new(estate), is_part);
        Ok(())
    }

    /// After a question: makes an index anew that was there and could not be used.
    pub(super) fn renew_index(&self, console: &Console) {
        if matches!(self.index, Opened::Stale) {
            console.say("note: the index beside the snapshot is of another time, version or state; it is made anew");
            // a directory that cannot be written to keeps the old one, which is not used
            let _ = self.write_index(&self.graph());
        }
    }

    /// After a command that decided every edge of a large snapshot: leaves an index behind if there is none that can be used.
    pub(super) fn leave_index(&self, graph: &TrustGraph<'_>) {
        let is_large = self.estate.principals().len() >= MANY;
        let is_usable = || matches!(Saved::open(&self.snapshot, self.estate.at()), Opened::Fresh(_));
        // the index is of the edges that every question follows
        let is_plain = !graph.has_escalations();
        if !self.is_read_only && is_large && is_plain && graph.is_decided() && !is_usable() {
            // a directory that cannot be written to has no index: nothing is lost but time
            let _ = self.write_index(graph);
        }
    }

    /// Makes the index and writes it beside the snapshot; its size in bytes. `None` where the snapshot can have none.
    pub(super) fn write_index(&self, graph: &TrustGraph<'_>) -> io::Result<Option<(Saved, u64)>> {
        let Some(saved) = Saved::make(graph) else { return Ok(None) };
        let written = saved.write(&self.snapshot)?;
        Ok(written.map(|bytes| (saved, bytes)))
    }

    /// The trust graph of the estate.
    pub(super) fn graph(&self) -> ManuallyDrop<TrustGraph<'_>> {
        ManuallyDrop::new(TrustGraph::new(&self.estate))
    }

    /// The trust graph, with the kinds of edge that are asked for.
    pub(super) fn graph_of(&self, edges: &EdgeKinds) -> ManuallyDrop<TrustGraph<'_>> {
        let graph = TrustGraph::new(&self.estate);
        ManuallyDrop::new(if edges.has_escalations(&self.config) { graph.with_escalations() } else { graph })
    }

    /// Target definitions.
    pub(super) fn targets(&self) -> &Targets {
        &self.config.targets
    }

    /// Options as they were written, but for names of accounts that are not to be shown.
    pub(super) fn shown(&self, options: Vec<String>) -> Vec<String> {
        let shown = |option: String| match option.split_once(' ') {
            Some((flag, value)) => format!("{flag} {}", self.estate.as_shown(value)),
            None => option,
        };
        options.into_iter().map(shown).collect()
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

/// The estate, and whether it is only the part that a question can touch.
fn estate_of(
    asked: Option<Asked<'_>>,
    index: &Opened,
    snapshot: &Snapshot,
    config: &Config,
    at: Timestamp,
    global: &Global,
    redacted: &mut Redacted,
) -> Result<(Estate, bool), CliError> {
    let part = match (asked, index) {
        (Some(asked), Opened::Fresh(saved)) => {
            let build = || part_of(saved, snapshot, at, asked, &config.targets, WORTH);
            log::phase("build part", build, |part| part.as_ref().map_or(0, |part| part.principals().len()))?
        }
        _ => None,
    };
    let is_part = part.is_some();
    let mut estate = match part {
        Some(part) => part,
        None => log::phase("build estate", || Estate::build(snapshot, at), |estate| estate.principals().len())?,
    };
    if global.redacts_external_ids() {
        estate.redact_external_ids_alike(redacted);
    }
    if global.redacts_accounts() {
        estate.redact_account_names();
    }
    Ok((estate, is_part))
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
    let named = estate.accounts().iter().map(|a| (a.id().to_string(), a.shown_name().to_owned()));
    named.collect::<BTreeMap<_, _>>()
}
