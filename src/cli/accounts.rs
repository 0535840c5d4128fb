//! `rolehop accounts`.

use serde::Serialize;

use super::arguments::Global;
use super::error::CliError;
use super::output::Console;
use super::workspace::Workspace;
use crate::diagnostic::Exit;
use crate::model::{Account, Estate, Presence};
use crate::report::csv::{self, Formulas};
use crate::report::json;
use crate::report::terminal::{compute, findings, ledger};
use crate::snapshot::Snapshot;
use crate::snapshot::compute::Coverage;
use crate::snapshot::ledger::AccountState;

/// List the accounts of a snapshot and how completely each was read.
#[derive(Debug, clap::Args)]
#[command(before_help = "Examples:\n  rolehop accounts\n  rolehop accounts --incomplete --json\n  \
    rolehop accounts --list -f csv --output accounts.csv")]
pub(super) struct Args {
    /// Only those that were not read completely
    #[arg(long)]
    incomplete: bool,
    /// Ask AWS for the active accounts, as `--accounts-file` reads them
    #[cfg(feature = "aws")]
    #[arg(long, conflicts_with = "incomplete")]
    list: bool,
    /// With --list: AWS profile
    #[cfg(feature = "aws")]
    #[arg(long, value_name = "NAME", requires = "list", env = "ROLEHOP_PROFILE")]
    profile: Option<String>,
    #[cfg(feature = "aws")]
    #[command(flatten)]
    selection: super::collect_args::SelectionArgs,
    /// Format of the list
    #[arg(short, long, value_name = "FORMAT", default_value = "table", env = "ROLEHOP_FORMAT")]
    format: ListFormat,
    /// Short for --format json
    #[arg(long, conflicts_with = "format")]
    json: bool,
}

/// Formats of lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum ListFormat {
    Table,
    Json,
    Csv,
}

impl Args {
    fn chosen(&self) -> ListFormat {
        if self.json { ListFormat::Json } else { self.format }
    }
}

/// One account of the list.
#[derive(Debug, Serialize)]
struct Row<'a> {
    account: String,
    name: &'a str,
    /// Null if the OUs above the account were not read.
    unit: Option<String>,
    state: &'static str,
    reason: String,
    /// Null if the account's roles and users were not read.
    roles: Option<usize>,
    users: Option<usize>,
    /// Whether the data set of what runs with roles has it: `complete`, `incomplete` or `absent`.
    compute: &'static str,
    /// The kinds of thing whose lists are not whole, where it is incomplete.
    compute_unread: Vec<&'static str>,
}

/// Of which accounts the data set `compute` tells; `None` where the snapshot has none.
pub(super) fn coverage(snapshot: &Snapshot, estate: &Estate) -> Option<Coverage> {
    let accounts = estate.accounts().iter().map(|account| (account.id(), account.partition()));
    Some(snapshot.compute()?.coverage(accounts))
}

/// In place of an OU that is not known.
pub(super) const UNREAD: &str = "not read";

/// The path of an account's OU: empty outside the organization, none if it was not read.
pub(super) fn unit(account: &Account) -> Option<String> {
    if !account.is_member() {
        return account.membership_gap().is_none().then(String::new);
    }
    account.units_gap().is_none().then(|| format!("/{}", account.unit_names().join("/")))
}

pub(super) fn run(args: &Args, global: &Global, console: &Console) -> Result<Exit, CliError> {
    #[cfg(feature = "aws")]
    if args.list {
        return list(args, global, console);
    }
    #[cfg(feature = "aws")]
    if !args.selection.is_empty() {
        return Err(CliError::usage(
            "a selection of accounts belongs to a list of them",
            "--include, --exclude",
            "without `--list` the accounts of a snapshot are shown, all of them",
            "add `--list`, or leave them out",
        ));
    }
    let workspace = Workspace::open(global, console)?;
    let estate = &workspace.estate;
    let mut rows = Vec::new();
    for (ix, account) in estate.indexed_accounts() {
        let (state, reason) = match estate.ledger().get(account.id()) {
            Some(AccountState::Complete) => ("complete", String::new()),
            Some(AccountState::Incomplete { gaps }) => {
                ("incomplete", gaps.iter().map(|g| format!("{}: {}", g.facet, g.reason)).collect::<Vec<_>>().join("; "))
            }
            Some(AccountState::Skipped { reason }) => ("skipped", reason.clone()),
            None => ("unlisted", String::new()),
        };
        if args.incomplete && state != "incomplete" {
            continue;
        }
        let of_compute = workspace.snapshot.compute().and_then(|compute| compute.accounts.get(&account.id()));
        let compute_unread = of_compute.map(|of| of.unread(account.partition()));
        let principals = || estate.principals_of(ix).map(|ix| estate.principal(ix));
        // of an account that was read in part some are known
        let is_read = *account.presence() == Presence::Collected || principals().next().is_some();
        let count = |of_role: bool| is_read.then(|| principals().filter(|p| p.role().is_some() == of_role).count());
        rows.push(Row {
            account: account.id().to_string(),
            name: account.shown_name(),
            unit: unit(account),
            state,
            reason,
            roles: count(true),
            users: count(false),
            compute: match compute_unread.as_deref() {
                None => "absent",
                Some([]) => "complete",
                Some(_) => "incomplete",
            },
            compute_unread: compute_unread.unwrap_or_default(),
        });
    }
    let view = workspace.ledger();
    let names = workspace.names();
    console.write(global.output.as_deref(), |style, out| match args.chosen() {
        ListFormat::Json => json::write(&rows, out),
        ListFormat::Csv => {
            let cells = rows.iter().map(|r| {
                [r.account.as_str(), r.name, r.unit.as_deref().unwrap_or(UNREAD), r.state, &r.reason, r.compute]
            });
            csv::rows(&["account", "name", "unit", "state", "reason", "compute"], cells, Formulas::Defused, out)
        }
        ListFormat::Table => {
            let cells = rows.iter().map(|r| {
                [
                    r.account.clone(),
                    r.name.to_owned(),
                    r.unit.clone().unwrap_or_else(|| UNREAD.to_owned()),
                    r.state.to_owned(),
                    counted(r.roles),
                    counted(r.users),
                ]
            });
            findings::plain_table(
                &["ACCOUNT", "NAME", "OU", "STATE", "ROLES", "USERS"],
                cells.map(Vec::from),
                style,
                out,
            )?;
            writeln!(out)?;
            ledger::ledger(&view, &names, style, out)?;
            match coverage(&workspace.snapshot, estate) {
                Some(coverage) => compute::compute(&coverage, &names, style, out),
                None => Ok(()),
            }
        }
    })?;
    Ok(Exit::of(workspace.is_complete(), false))
}

fn counted(read: Option<usize>) -> String {
    read.map_or_else(|| UNREAD.to_owned(), |count| count.to_string())
}

/// The active accounts, directly from Organizations.
#[cfg(feature = "aws")]
fn list(args: &Args, global: &Global, console: &Console) -> Result<Exit, CliError> {
    let mut options = crate::collect::CollectOptions::new("none", "none", jiff::Timestamp::now());
    options.environment = super::collect_args::environment();
    options.profile.clone_from(&args.profile);
    options.selection = args.selection.or(&super::places::config(global)?);
    let runtime = super::collect::runtime()?;
    let accounts = runtime.block_on(crate::collect::list(&options, &super::progress::ConsoleProgress::new(console)))?;
    runtime.shutdown_background();
    let row = |(id, name): &(crate::ids::AccountId, String)| (id.to_string(), name.clone());
    let rows: Vec<(String, String)> = accounts.iter().map(row).collect();
    console.write(global.output.as_deref(), |style, out| match args.chosen() {
        ListFormat::Json => {
            let rows: Vec<_> = rows.iter().map(|(account, name)| Listed { account, name }).collect();
            json::write(&rows, out)
        }
        ListFormat::Csv => {
            let cells = rows.iter().map(|(account, name)| [account.as_str(), name.as_str()]);
            csv::rows(&["account", "name"], cells, Formulas::Defused, out)
        }
        ListFormat::Table => {
            let cells = rows.iter().map(|(account, name)| vec![account.clone(), name.clone()]);
            findings::plain_table(&["ACCOUNT", "NAME"], cells, style, out)
        }
    })?;
    Ok(Exit::Clean)
}

/// An account of the organization.
#[cfg(feature = "aws")]
#[derive(Debug, Serialize)]
struct Listed<'a> {
    account: &'a str,
    name: &'a str,
}
