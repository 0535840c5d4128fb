//! Which snapshot and configuration a question is asked of, where the command line names none.
//!
//! Owns: the places that are looked at, and their order. INVARIANT: a place that nobody named is said.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::arguments::Global;
use super::error::CliError;
use super::output::Console;
use crate::config::{Config, FILE_NAME};
use crate::diagnostic::{Code, Diagnostic};
use crate::snapshot::manifest_of;

/// Where snapshots are kept, unless configured.
const SNAPSHOTS: &str = "snapshots";

/// How the names of snapshots say when they were taken.
const STAMP: &str = "%Y-%m-%dT%H%M%SZ";

/// A snapshot under a name of its own.
const SINGLE: &str = "rolehop-snapshot";

/// What `rolehop demo` writes, from above.
pub(super) const DEMO: &str = "rolehop-demo";

/// A snapshot beside its configuration: where one stands inside the demo.
const BESIDE: &str = "snapshot";

/// The snapshot to answer from, and the configuration that goes with it.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) snapshot: PathBuf,
    pub(super) config: Config,
}

/// The snapshot that is named, or else the first that is found: the newest of the configured directory, or if none is configured of
/// `snapshots`, then `rolehop-snapshot`, then the demo's.
pub(super) fn of_question(global: &Global, console: &Console) -> Result<Place, CliError> {
    let (config, of_demo) = chosen(global)?;
    let snapshot = snapshot_with(global, &config, of_demo, console)?;
    Ok(Place { snapshot, config })
}

/// The snapshot that is named or found, with a configuration; that of the demo is said as well.
pub(super) fn snapshot_with(
    global: &Global,
    config: &Config,
    of_demo: bool,
    console: &Console,
) -> Result<PathBuf, CliError> {
    if let Some(named) = &global.snapshot {
        return Ok(named.clone());
    }
    let snapshot = match newest(&snapshots_dir(config)) {
        Ok(newest) => newest,
        Err(none) if config.scan.snapshot_dir.is_some() => return Err(none),
        Err(_) => unnamed().ok_or_else(nowhere)?,
    };
    let with = config.path.as_ref().filter(|_| of_demo);
    let with = with.map_or_else(String::new, |file| format!(" with {}", file.display()));
    console.say(&format!("note: answered from {}{with}; `--snapshot DIR` names another", snapshot.display()));
    Ok(snapshot)
}

/// The configuration that a question is asked with.
pub(super) fn config_of_question(global: &Global) -> Result<Config, CliError> {
    chosen(global).map(|(config, _)| config)
}

/// The configuration that applies: named, found, or none.
pub(super) fn config(global: &Global) -> Result<Config, CliError> {
    config_file(global).map_or_else(|| Ok(Config::default()), |path| Ok(Config::read(&path)?))
}

/// The configuration that is named or found.
fn config_file(global: &Global) -> Option<PathBuf> {
    if global.no_config {
        return None;
    }
    global.config.clone().or_else(|| {
        let here = std::env::current_dir().ok()?;
        let home = std::env::var_os("HOME").map(|h| PathBuf::from(h).join(".config"));
        let user = std::env::var_os("XDG_CONFIG_HOME").map(PathBuf::from).or(home);
        Config::discover(&here, user.as_deref())
    })
}

/// The file of the configuration that a question is asked with.
pub(super) fn file_of_question(global: &Global) -> Option<PathBuf> {
    config_file(global).or_else(|| beside_demo(global))
}

pub(super) fn snapshots_dir(config: &Config) -> PathBuf {
    config.scan.snapshot_dir.clone().unwrap_or_else(|| PathBuf::from(SNAPSHOTS))
}

/// The snapshot of a directory that was taken last. One that does not say when counts as the last: that it cannot be used is said,
/// and no older one answers in its place.
pub(super) fn newest(dir: &Path) -> Result<PathBuf, CliError> {
    let entries = std::fs::read_dir(dir).into_iter().flatten().flatten().map(|e| e.path());
    let snapshots = entries.filter(|path| path.join("manifest.json").is_file());
    snapshots.max_by_key(|path| (started(path).unwrap_or(Timestamp::MAX), path.clone())).ok_or_else(|| {
        none_at(&format!("{}/", dir.display()), "no `--snapshot` was given, and the configured directory holds none")
    })
}

/// When a snapshot was taken: its name is the time, unless somebody named it.
fn started(snapshot: &Path) -> Option<Timestamp> {
    let named = snapshot.file_name()?.to_str().and_then(|name| DateTime::strptime(STAMP, name).ok());
    match named {
        Some(time) => time.to_zoned(TimeZone::UTC).ok().map(|time| time.timestamp()),
        None => Some(manifest_of(snapshot).ok()??.started),
    }
}

/// The name of a snapshot that was taken then.
#[cfg(feature = "aws")]
pub(super) fn stamp(at: Timestamp) -> String {
    at.strftime(STAMP).to_string()
}

/// The configuration, and whether it is the demo's: where none is named or found, the demo's snapshot comes with its own.
fn chosen(global: &Global) -> Result<(Config, bool), CliError> {
    let config = config(global)?;
    match beside_demo(global).filter(|_| config.path.is_none()) {
        Some(beside) => Ok((Config::read(&beside)?, true)),
        None => Ok((config, false)),
    }
}

/// The demo's configuration, if its snapshot is the one that is found.
fn beside_demo(global: &Global) -> Option<PathBuf> {
    let beside = Path::new(DEMO).join(FILE_NAME);
    let demo = Path::new(DEMO).join(BESIDE);
    let is_demo = global.snapshot.is_none()
        && !global.no_config
        && newest(Path::new(SNAPSHOTS)).is_err()
        && unnamed().is_some_and(|found| found == demo)
        && beside.is_file();
    is_demo.then_some(beside)
}

/// The first snapshot of the places that need no name.
fn unnamed() -> Option<PathBuf> {
    let places = [PathBuf::from(SINGLE), Path::new(DEMO).join(BESIDE), PathBuf::from(BESIDE)];
    places.into_iter().find(|place| place.join("manifest.json").is_file() || place.join("accounts").is_dir())
}

fn nowhere() -> CliError {
    let place = format!("{SNAPSHOTS}/, {SINGLE}/, {DEMO}/{BESIDE}/, {BESIDE}/");
    none_at(&place, "no `--snapshot` was given, and none of these directories holds one")
}

fn none_at(place: &str, why: &str) -> CliError {
    let next = "`rolehop scan --role-name NAME` makes one, `rolehop demo` too; or name one with `--snapshot DIR`";
    CliError::new(Diagnostic::new(Code::NoSnapshot, "no snapshot to answer from", place, why, next))
}
