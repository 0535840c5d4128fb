//! Options that several commands share.

use std::path::PathBuf;

use clap::builder::BoolishValueParser;
use clap::{ArgAction, Args, ValueEnum};
use jiff::Timestamp;

use super::headings::GLOBAL;
use crate::config::{self, Config};
use crate::graph::query::Limits;
use crate::report::csv::Formulas;

/// Options of every command.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = GLOBAL)]
pub(super) struct Global {
    /// Snapshot to read or write; by default the newest there is
    #[arg(long, global = true, value_name = "DIR", env = "ROLEHOP_SNAPSHOT")]
    pub(super) snapshot: Option<PathBuf>,
    /// Configuration; by default the nearest rolehop.toml
    #[arg(short, long, global = true, value_name = "FILE", env = "ROLEHOP_CONFIG")]
    pub(super) config: Option<PathBuf>,
    /// Do not use a configuration file
    #[arg(long, global = true, conflicts_with = "config")]
    pub(super) no_config: bool,
    /// Judge conditions and ages as of this time
    #[arg(long, global = true, value_name = "RFC3339", value_parser = instant, env = "ROLEHOP_AT")]
    pub(super) at: Option<Timestamp>,
    /// Write the result to a file
    #[arg(short, long, global = true, value_name = "FILE", env = "ROLEHOP_OUTPUT")]
    pub(super) output: Option<PathBuf>,
    /// Leave external ids out; =accounts: account ids, names too
    #[arg(long, global = true, env = "ROLEHOP_REDACT", value_name = "WHAT", num_args = 0..=1, require_equals = true,
        default_missing_value = "external-ids", value_delimiter = ',', value_parser = redacted)]
    pub(super) redact: Vec<Redacted>,
    /// When to use color
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", env = "ROLEHOP_COLOR")]
    pub(super) color: Color,
    /// For screen readers: no tables, color, bar or pager
    #[arg(long, global = true, env = "ROLEHOP_PLAIN", action = ArgAction::SetTrue, value_parser = BoolishValueParser::new())]
    pub(super) plain: bool,
    /// Show no progress
    #[arg(long, global = true, env = "ROLEHOP_NO_PROGRESS", action = ArgAction::SetTrue, value_parser = BoolishValueParser::new())]
    pub(super) no_progress: bool,
    /// Print results and errors only
    #[arg(short, long, global = true, env = "ROLEHOP_QUIET", action = ArgAction::SetTrue, value_parser = BoolishValueParser::new())]
    pub(super) quiet: bool,
    /// Log: -v phases and accounts, -vv AWS calls, -vvv more
    #[arg(short, long, global = true, action = ArgAction::Count, value_parser = verbosity, conflicts_with = "quiet", env = "ROLEHOP_VERBOSE")]
    pub(super) verbose: u8,
    /// Log each AWS call to a new file, one JSON object a line
    #[arg(long, global = true, value_name = "FILE", env = "ROLEHOP_LOG_FILE")]
    pub(super) log_file: Option<PathBuf>,
    /// Show long results without a pager
    #[arg(long, global = true, env = "ROLEHOP_NO_PAGER", action = ArgAction::SetTrue, value_parser = BoolishValueParser::new())]
    pub(super) no_pager: bool,
}

/// What `--redact` leaves out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Redacted {
    Nothing,
    ExternalIds,
    Accounts,
}

/// The variable takes yes and no as well.
fn redacted(text: &str) -> Result<Redacted, String> {
    match text.trim().to_ascii_lowercase().as_str() {
        "external-ids" | "true" | "yes" | "on" | "y" | "t" | "1" => Ok(Redacted::ExternalIds),
        "accounts" => Ok(Redacted::Accounts),
        "false" | "no" | "off" | "n" | "f" | "0" => Ok(Redacted::Nothing),
        _ => Err("it takes external-ids or accounts, or both with a comma between them".to_owned()),
    }
}

impl Global {
    /// Whether external ids are left out: they are, whatever else is.
    pub(super) fn redacts_external_ids(&self) -> bool {
        self.redact.iter().any(|what| *what != Redacted::Nothing)
    }

    /// The same, with nothing left out: for a command that does it itself.
    pub(super) fn unredacted(&self) -> Self {
        Self { redact: Vec::new(), ..self.clone() }
    }

    /// Whether ids and names of accounts are left out.
    pub(super) fn redacts_accounts(&self) -> bool {
        self.redact.contains(&Redacted::Accounts)
    }
}

/// How often `-v` was given; the variable takes the number, or yes and no.
fn verbosity(text: &str) -> Result<u8, String> {
    match text.to_ascii_lowercase().as_str() {
        "false" | "no" | "off" | "n" | "f" => Ok(0),
        "true" | "yes" | "on" | "y" | "t" => Ok(1),
        number => number.parse().map_err(|_| "a level is a number from 0 to 3".to_owned()),
    }
}

fn instant(text: &str) -> Result<Timestamp, String> {
    text.parse().map_err(|_| "a time is given like `2026-11-20T00:00:00Z`".to_owned())
}

/// When to use color.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Color {
    Auto,
    Always,
    Never,
}

/// `--format` of answers.
#[derive(Debug, Args)]
pub(super) struct AnswerFormat {
    /// Format of the answer
    #[arg(short, long, value_name = "FORMAT", default_value = "table", env = "ROLEHOP_FORMAT")]
    format: Answer,
    /// Short for --format json
    #[arg(long, conflicts_with = "format")]
    json: bool,
}

/// `--format` of answers that are lists.
#[derive(Debug, Args)]
pub(super) struct ListFormat {
    /// Format of the answer
    #[arg(short, long, value_name = "FORMAT", default_value = "table", env = "ROLEHOP_FORMAT")]
    format: List,
    /// Short for --format json
    #[arg(long, conflicts_with = "format")]
    json: bool,
    /// Do not defuse CSV cells that look like formulas
    #[arg(long)]
    csv_raw: bool,
}

/// Formats of lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum List {
    Table,
    Json,
    Csv,
}

impl ListFormat {
    pub(super) fn chosen(&self) -> List {
        if self.json { List::Json } else { self.format }
    }

    pub(super) fn formulas(&self) -> Formulas {
        if self.csv_raw { Formulas::Raw } else { Formulas::Defused }
    }
}

/// `--format` of tables that scripts read from elsewhere, if not as CSV.
#[derive(Debug, Args)]
pub(super) struct TableFormat {
    /// Format of the table
    #[arg(short, long, value_name = "FORMAT", default_value = "table", env = "ROLEHOP_FORMAT")]
    format: Tabular,
    /// Do not defuse CSV cells that look like formulas
    #[arg(long)]
    csv_raw: bool,
}

/// Formats of tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Tabular {
    Table,
    Csv,
}

impl TableFormat {
    /// How cells are written, where the format is CSV.
    pub(super) fn csv(&self) -> Option<Formulas> {
        let formulas = if self.csv_raw { Formulas::Raw } else { Formulas::Defused };
        (self.format == Tabular::Csv).then_some(formulas)
    }
}

/// Which paths count for a question.
#[derive(Debug, Args)]
pub(super) struct PathLimits {
    /// Leave out paths of more hops
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    max_hops: Option<u32>,
    /// Only paths through this role: ARN or account/role
    #[arg(long, value_name = "ROLE")]
    via: Option<String>,
}

impl PathLimits {
    pub(super) fn limits(&self) -> Limits {
        Limits { max_hops: self.max_hops.map(|n| n as usize), via: self.via.clone() }
    }

    /// The options that are given, as they are written.
    pub(super) fn asked(&self) -> Vec<String> {
        let hops = self.max_hops.map(|most| format!("--max-hops {most}"));
        hops.into_iter().chain(self.via.as_ref().map(|role| format!("--via {role}"))).collect()
    }
}

/// `--edges`: which kinds of edge a question follows.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct EdgeKinds {
    /// Which kinds of edge to follow; by default assume
    #[arg(long, value_name = "KINDS", value_delimiter = ',', env = "ROLEHOP_EDGES")]
    edges: Vec<EdgeSet>,
}

/// Kinds of edge, by how power is gained.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum EdgeSet {
    /// Role assumption: AssumeRole, AssumeRoleWithSAML, AssumeRoleWithWebIdentity, and services
    Assume,
    /// Ways to escalate privileges: a changed policy, trust or key, a passed role
    Escalation,
}

/// Every kind, in the order of `--edges`.
pub(super) const EDGE_KINDS: [&str; 2] = ["assume", "escalation"];

impl EdgeKinds {
    /// The kinds that are followed where ways to escalate are, or are not.
    pub(super) fn followed(has_escalations: bool) -> &'static [&'static str] {
        EDGE_KINDS.get(..if has_escalations { 2 } else { 1 }).unwrap_or_default()
    }

    /// Kinds that the configuration asks for and a question that follows assumption alone leaves out.
    pub(super) fn left_out(config: &Config) -> Vec<String> {
        if !Self::default().has_escalations(config) {
            return Vec::new();
        }
        let plain = Self::followed(false);
        EDGE_KINDS.iter().filter(|kind| !plain.contains(kind)).map(|kind| (*kind).to_owned()).collect()
    }

    /// True where ways to escalate are followed.
    pub(super) fn has_escalations(&self, config: &Config) -> bool {
        match (self.edges.as_slice(), &config.check.edges) {
            ([], Some(edges)) => edges.contains(&config::EdgeKinds::Escalation),
            (edges, _) => edges.contains(&EdgeSet::Escalation),
        }
    }

    /// The words of a command line that ask for the same kinds; none where the configuration says which.
    pub(super) fn words(&self) -> &'static [&'static str] {
        match self.edges.as_slice() {
            [] => &[],
            edges if edges.contains(&EdgeSet::Escalation) => &["--edges", "assume,escalation"],
            _ => &["--edges", "assume"],
        }
    }
}

/// Formats of answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Answer {
    Table,
    Json,
}

impl AnswerFormat {
    pub(super) fn chosen(&self) -> Answer {
        if self.json { Answer::Json } else { self.format }
    }
}
