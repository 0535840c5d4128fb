//! `rolehop collect`, and the options of reading that `scan` shares.

use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;

use super::arguments::Global;
use super::error::CliError;
use super::exit::Exit;
use super::output::Console;
use super::progress::ConsoleProgress;
use super::session::{config, names, snapshots_dir};
use crate::collect::{self, CollectOptions, ExternalId, Scope};
use crate::config::Config;
use crate::ids::AccountId;
use crate::model::Estate;
use crate::report::findings;
use crate::snapshot::Snapshot;
use crate::snapshot::ledger::LedgerView;
use crate::snapshot::manifest::Manifest;

/// Read an organisation into a snapshot, and stop there.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  rolehop collect --role-name audit-readonly\n  \
    rolehop collect --role-name audit-readonly --accounts 111122223333,444455556666 --snapshot today")]
pub(super) struct Args {
    #[command(flatten)]
    pub(super) reading: Reading,
}

/// What to read and how.
#[derive(Debug, clap::Args)]
pub(super) struct Reading {
    /// Read-only role to assume in every account: name or path/name
    #[arg(long, value_name = "NAME", env = "ROLEHOP_ROLE_NAME")]
    role_name: Option<String>,
    /// Sent with every AssumeRole (better given in the environment)
    #[arg(long, value_name = "ID", env = "ROLEHOP_EXTERNAL_ID", hide_env_values = true)]
    external_id: Option<String>,
    /// AWS profile of the base credentials
    #[arg(long, value_name = "NAME", env = "ROLEHOP_PROFILE")]
    profile: Option<String>,
    /// Region of STS
    #[arg(long, value_name = "REGION", env = "ROLEHOP_REGION")]
    region: Option<String>,
    /// Accounts read at the same time
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1000), env = "ROLEHOP_CONCURRENCY")]
    concurrency: Option<u16>,
    /// Only these accounts, not all that the organisation lists
    #[arg(long, value_name = "ID", value_delimiter = ',', conflicts_with = "this_account")]
    accounts: Vec<AccountId>,
    /// Only the account of the credentials
    #[arg(long)]
    this_account: bool,
    /// Session name, as it shows in CloudTrail
    #[arg(long, value_name = "NAME", default_value = "rolehop", env = "ROLEHOP_SESSION_NAME")]
    session_name: String,
    /// Length of a session in minutes
    #[arg(long, value_name = "MINUTES", default_value_t = 60, value_parser = clap::value_parser!(u16).range(15..=720))]
    session_duration: u16,
    /// Do not read the tags of accounts
    #[arg(long)]
    no_account_tags: bool,
    /// Do not have credential reports made
    #[arg(long)]
    no_credential_report: bool,
}

pub(super) fn run(args: &Args, global: &Global, console: &Console) -> Result<Exit, CliError> {
    let config = config(global)?;
    let options = args.reading.options(&config, global.snapshot.as_deref())?;
    let manifest = collect_into(&options, console)?;
    let snapshot = Snapshot::open(&options.snapshot_dir)?;
    let estate = Estate::build(&snapshot, manifest.started)?;
    let view = LedgerView { organization: manifest.gaps, ..estate.ledger().view() };
    console.write(global.output.as_deref(), |style, out| {
        writeln!(out, "Snapshot  {}", options.snapshot_dir.display())?;
        findings::ledger(&view, &names(&estate), style, out)
    })?;
    Ok(Exit::of(view.is_complete(), false))
}

impl Reading {
    /// Options from flags, configuration and defaults, in this order.
    pub(super) fn options(&self, config: &Config, snapshot: Option<&Path>) -> Result<CollectOptions, CliError> {
        let role = self.role_name.clone().or_else(|| config.scan.role_name.clone());
        let Some(role) = role else {
            return Err(CliError::usage(
                "no role to assume was given",
                "--role-name",
                "each account is read through a read-only role of the same name",
                "`rolehop scan --role-name audit-readonly`, or `role_name` under `[scan]` in rolehop.toml",
            ));
        };
        let started = Timestamp::now();
        let dir = snapshot.map_or_else(|| snapshots_dir(config).join(stamp(started)), PathBuf::from);
        let mut options = CollectOptions::new(role, dir, started);
        options.external_id = self.external_id(config)?.map(ExternalId::new);
        options.profile.clone_from(&self.profile);
        options.region = self.region.clone().or_else(|| config.scan.region.clone());
        let configured = config.scan.concurrency.unwrap_or(options.concurrency).max(1);
        options.concurrency = self.concurrency.map_or(configured, usize::from);
        options.session_name.clone_from(&self.session_name);
        options.session_duration = Duration::from_secs(60 * u64::from(self.session_duration));
        options.account_tags = !self.no_account_tags;
        options.credential_report = !self.no_credential_report;
        if self.this_account {
            options.scope = Scope::ThisAccount;
        } else if !self.accounts.is_empty() {
            options.scope = Scope::Accounts(self.accounts.clone());
        }
        Ok(options)
    }

    fn external_id(&self, config: &Config) -> Result<Option<String>, CliError> {
        if self.external_id.is_some() {
            return Ok(self.external_id.clone());
        }
        let Some(reference) = &config.scan.external_id else { return Ok(None) };
        std::env::var(&reference.env).map(Some).map_err(|_| {
            CliError::usage(
                format!("the external id is not in the environment variable `{}`", reference.env),
                "[scan] external_id",
                "the configuration says that it is there",
                "set the variable, or remove the key",
            )
        })
    }
}

/// A snapshot's directory name: its time, so that names sort by age.
fn stamp(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H%M%SZ").to_string()
}

/// Runs the collector on a runtime of its own.
pub(super) fn collect_into(options: &CollectOptions, console: &Console) -> Result<Manifest, CliError> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(|e| {
        CliError::new(Exit::Internal, super::error::internal(&format!("the asynchronous runtime: {e}")))
    })?;
    let progress = ConsoleProgress::new(console);
    let result = runtime.block_on(async {
        tokio::select! {
            done = collect::collect(options, &progress) => Some(done),
            _ = tokio::signal::ctrl_c() => None,
        }
    });
    progress.finish();
    match result {
        Some(done) => Ok(done?),
        None => Err(CliError::new(
            Exit::Interrupted,
            crate::diagnostic::Diagnostic::new(
                "E290",
                "the scan was interrupted",
                options.snapshot_dir.display().to_string(),
                "it was asked to stop before all accounts were read, so there is no complete snapshot",
                "run the same command again",
            ),
        )),
    }
}
