//! The command line: one file per subcommand, shared arguments, exit codes, progress.
//!
//! Owns: everything from arguments to a result on standard output and an exit code; all else goes to standard error.

mod accepted;
mod account_args;
mod accounts;
mod arguments;
mod baseline;
mod can;
mod check;
#[cfg(feature = "aws")]
mod collect;
#[cfg(feature = "aws")]
mod collect_args;
mod compared;
mod completions;
mod config;
mod cut;
#[cfg(all(feature = "aws", feature = "emulator"))]
mod demo;
mod diff;
#[cfg(feature = "aws")]
mod doctor;
mod dossier;
mod environment;
mod error;
mod exit_meaning;
mod explain;
mod export;
mod export_graph;
#[cfg(feature = "parquet")]
mod export_parquet;
#[cfg(feature = "aws")]
mod facet_args;
mod file_sinks;
mod first_error;
mod frameworks;
mod generate;
mod headings;
mod help;
mod help_layout;
mod iac;
mod index;
mod location;
mod log;
mod man;
mod mcp;
mod merge;
#[cfg(feature = "aws")]
mod metrics;
#[cfg(feature = "aws")]
mod mfa;
mod missing_edges;
mod next;
#[cfg(feature = "aws")]
mod open_files;
mod output;
mod output_dir;
mod pager;
mod path;
mod places;
mod plan;
mod planned;
mod profiles;
#[cfg(feature = "aws")]
mod progress;
mod pseudonyms;
mod quotas;
mod reach_args;
mod replaced;
mod result_file;
mod review;
mod rule_args;
mod rules;
#[cfg(feature = "aws")]
mod scan;
#[cfg(feature = "aws")]
mod signals;
mod simulate;
mod sink;
mod table_args;
mod targets;
mod usage;
mod what_if;
mod who_can;
mod workspace;

use std::ffi::OsString;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use arguments::Global;
use output::Console;

pub use crate::diagnostic::Exit;
use crate::report::terminal::diagnostic::Level;

/// `rolehop` and its options.
#[derive(Debug, Parser)]
#[command(
    name = "rolehop",
    version,
    about = "Who can reach prod? Every path of an AWS organization, with its proof",
    before_help = "Examples:\n  rolehop demo                             try it without an AWS account\n  \
        rolehop scan --role-name audit-readonly  read an organization, check it\n  \
        rolehop who-can prod                     who reaches the target `prod`",
    after_help = "`rolehop help COMMAND` explains a command, `rolehop help options` options that few runs need, \
        `rolehop help environment` the variables that stand for options.",
    disable_help_subcommand = true,
    subcommand_required = true,
    arg_required_else_help = true,
    max_term_width = 100
)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Collect, check and report in one run
    #[cfg(feature = "aws")]
    Scan(Box<scan::Args>),
    /// Read an organization into a snapshot
    #[cfg(feature = "aws")]
    Collect(collect::Args),
    /// Check credentials, discovery, the role and each permission
    #[cfg(feature = "aws")]
    Doctor(doctor::Args),
    /// Run the rules on a snapshot
    Check(check::Args),
    /// Write down what is open, so that check gates on what is new
    Baseline(baseline::Args),
    /// Show who can reach a target, an account or a role
    WhoCan(who_can::Args),
    /// Show what a principal can reach
    Can(can::Args),
    /// Show the shortest path to a role, with the proof of every hop
    Path(path::Args),
    /// Explain one hop: every statement, why it matches or not
    Explain(explain::Args),
    /// Decide requests against given policies: tests for policies
    Simulate(simulate::Args),
    /// Answer questions of AI assistants (Model Context Protocol)
    Mcp(mcp::Args),
    /// Export the graph for other programs
    Export(export::Args),
    /// List accounts and how completely each was read
    Accounts(accounts::Args),
    /// Print AWS config profiles for the roles that a principal reaches
    Profiles(profiles::Args),
    /// Compare two snapshots: new and lost ways, with their causes
    Diff(diff::Args),
    /// Show what a change would do, before it is made
    WhatIf(what_if::Args),
    /// Find the fewest removals that close a target
    Cut(cut::Args),
    /// Plan the fewest groups that let users into what they need
    Plan(plan::Args),
    /// Make, compare and check the sheets of an access review
    Review(review::Args),
    /// Show how full quotas are, and how many more fit
    Quotas(quotas::Args),
    /// Write an index beside a snapshot, for instant answers
    Index(index::Args),
    /// Merge the parts that several processes read
    Merge(merge::Args),
    /// List and explain the rules
    Rules(rules::Args),
    /// List the configured targets and what they match
    Targets(targets::Args),
    /// Write, check and show the configuration
    Config(config::Args),
    /// Scan a bundled organization: no AWS account needed
    #[cfg(all(feature = "aws", feature = "emulator"))]
    Demo(demo::Args),
    /// Print the completions of a shell
    Completions(completions::Args),
    /// Print the manual page, or write those of all commands
    Man(man::Args),
    /// Show the help of a command, or a topic: options, environment
    Help(help::Args),
    /// Print the version
    #[command(hide = true)]
    Version,
    /// Write an invented organization of any size, for trials and benchmarks
    #[command(hide = true)]
    Generate(generate::Args),
}

impl Command {
    /// Whether the result is for reading, and may be longer than a screen.
    fn is_read_at_length(&self) -> bool {
        matches!(
            self,
            Self::Check(_)
                | Self::WhoCan(_)
                | Self::Can(_)
                | Self::Path(_)
                | Self::Profiles(_)
                | Self::Diff(_)
                | Self::WhatIf(_)
                | Self::Cut(_)
                | Self::Plan(_)
                | Self::Review(_)
                | Self::Quotas(_)
                | Self::Rules(_)
        )
    }
}

/// Runs a command line (program name first) and returns the exit code.
#[must_use]
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> Exit {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let (cli, notes) = match parse(&arguments) {
        Ok(parsed) => parsed,
        Err(exit) => return exit,
    };
    let above = match log::start(&cli.global) {
        Ok(above) => above,
        Err(failed) => {
            Console::early().diagnostic(&failed.diagnostic, Level::Error);
            return failed.exit;
        }
    };
    let console = Console::new(&cli.global, above)
        .paged(cli.command.is_read_at_length() && !cli.global.no_pager && !cli.global.plain);
    notes.iter().for_each(|note| console.say(note));
    let exit = match dispatch(&cli, &console) {
        Ok(exit) => exit,
        Err(failed) => {
            console.diagnostic(&failed.diagnostic, Level::Error);
            failed.exit
        }
    };
    tracing::info!(exit = exit.code(), "rolehop ends");
    exit
}

/// The command line with the variables that count for it, and notes about those that do not.
fn parse(arguments: &[OsString]) -> Result<(Cli, Vec<String>), Exit> {
    let prepared = environment::prepare(Cli::command(), arguments).map_err(|bad| usage::variable(&bad))?;
    let report = |refused| usage::report(&refused, &prepared.command, arguments);
    let matches = prepared.command.clone().try_get_matches_from(arguments).map_err(report)?;
    if let Some((command, option)) = environment::without_effect(&prepared.command, arguments) {
        return Err(usage::without_effect(&command, &option));
    }
    Ok((Cli::from_arg_matches(&matches).map_err(report)?, prepared.notes))
}

/// As [`run`], but a defect is an error with its own exit code instead of a stack trace.
#[must_use]
pub fn run_caught(arguments: impl IntoIterator<Item = OsString>) -> Exit {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map_or_else(String::new, ToString::to_string);
        Console::early().diagnostic(&error::internal(&place), Level::Error);
    }));
    std::panic::catch_unwind(|| run(arguments)).unwrap_or(Exit::Internal)
}

/// All commands with their options.
#[must_use]
pub fn command() -> clap::Command {
    Cli::command()
}

/// The page of each command and topic, as the help shows it at this width, for the reference.
#[must_use]
pub fn help_pages(width: u16) -> Vec<(String, String)> {
    help::all(command(), width)
}

fn dispatch(cli: &Cli, console: &Console) -> Result<Exit, error::CliError> {
    let global = &cli.global;
    match &cli.command {
        #[cfg(feature = "aws")]
        Command::Scan(args) => scan::run(args, global, console),
        #[cfg(feature = "aws")]
        Command::Collect(args) => collect::run(args, global, console),
        #[cfg(feature = "aws")]
        Command::Doctor(args) => doctor::run(args, global, console),
        Command::Check(args) => check::run(args, global, console),
        Command::Baseline(args) => baseline::run(args, global, console),
        Command::WhoCan(args) => who_can::run(args, global, console),
        Command::Can(args) => can::run(args, global, console),
        Command::Path(args) => path::run(args, global, console),
        Command::Explain(args) => explain::run(args, global, console),
        Command::Simulate(args) => simulate::run(args, global, console),
        Command::Mcp(args) => mcp::run(args, command(), global, console),
        Command::Export(args) => export::run(args, global, console),
        Command::Accounts(args) => accounts::run(args, global, console),
        Command::Profiles(args) => profiles::run(args, global, console),
        Command::Diff(args) => diff::run(args, global, console),
        Command::Cut(args) => cut::run(args, global, console),
        Command::WhatIf(args) => what_if::run(args, global, console),
        Command::Plan(args) => plan::run(args, global, console),
        Command::Review(args) => review::run(args, global, console),
        Command::Quotas(args) => quotas::run(args, global, console),
        Command::Index(args) => index::run(args, global, console),
        Command::Merge(args) => merge::run(args, global, console),
        Command::Rules(args) => rules::run(args, global, console),
        Command::Targets(args) => targets::run(args, global, console),
        Command::Config(args) => config::run(args, global, console),
        #[cfg(all(feature = "aws", feature = "emulator"))]
        Command::Demo(args) => demo::run(args, global, console),
        Command::Completions(args) => completions::run(args, command(), global, console),
        Command::Man(args) => man::run(args, command(), global, console),
        Command::Help(args) => help::run(args, command(), console),
        Command::Version => console.result(&command().render_version()).map(|()| Exit::Clean),
        Command::Generate(args) => generate::run(args),
    }
}
