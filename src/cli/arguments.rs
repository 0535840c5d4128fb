//! Options that several commands share.

use std::path::PathBuf;

use clap::builder::BoolishValueParser;
use clap::{ArgAction, Args, ValueEnum};
use jiff::Timestamp;

use super::headings::GLOBAL;
use crate::graph::query::Limits;

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
    /// Judge conditions and ages as of this time, not the snapshot's
    #[arg(long, global = true, value_name = "RFC3339", value_parser = instant, env = "ROLEHOP_AT")]
    pub(super) at: Option<Timestamp>,
    /// Write the result to a file
    #[arg(short, long, global = true, value_name = "FILE", env = "ROLEHOP_OUTPUT")]
    pub(super) output: Option<PathBuf>,
    /// Leave external ids of trust policies out of the output
    #[arg(long, global = true, env = "ROLEHOP_REDACT", action = ArgAction::SetTrue, value_parser = BoolishValueParser::new())]
    pub(super) redact: bool,
    /// When to use color
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", env = "ROLEHOP_COLOR")]
    pub(super) color: Color,
    /// For screen readers: sentences in place of tables, no color, bar or pager
    #[arg(long, global = true, env = "ROLEHOP_PLAIN", action = ArgAction::SetTrue, value_parser = BoolishValueParser::new())]
    pub(super) plain: bool,
    /// Show no progress
    #[arg(long, global = true, env = "ROLEHOP_NO_PROGRESS", action = ArgAction::SetTrue, value_parser = BoolishValueParser::new())]
    pub(super) no_progress: bool,
    /// Print results and errors only
    #[arg(short, long, global = true, env = "ROLEHOP_QUIET", action = ArgAction::SetTrue, value_parser = BoolishValueParser::new())]
    pub(super) quiet: bool,
    /// Log to standard error: -v phases and accounts, -vv each AWS call, -vvv more
    #[arg(short, long, global = true, action = ArgAction::Count, value_parser = verbosity, conflicts_with = "quiet", env = "ROLEHOP_VERBOSE")]
    pub(super) verbose: u8,
    /// Write a new log file with each AWS call, one JSON object a line
    #[arg(long, global = true, value_name = "FILE", env = "ROLEHOP_LOG_FILE")]
    pub(super) log_file: Option<PathBuf>,
    /// Show long results without a pager
    #[arg(long, global = true, env = "ROLEHOP_NO_PAGER", action = ArgAction::SetTrue, value_parser = BoolishValueParser::new())]
    pub(super) no_pager: bool,
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
    #[arg(long)]
    json: bool,
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
}

/// `--edges`: which kinds of edge a question follows.
#[derive(Debug, Args)]
pub(super) struct EdgeKinds {
    /// Which kinds of edge to follow
    #[arg(long, value_name = "KINDS", value_delimiter = ',', default_value = "assume")]
    edges: Vec<EdgeSet>,
}

/// Kinds of edge, by how power is gained.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum EdgeSet {
    /// Role assumption: AssumeRole, AssumeRoleWithSAML, AssumeRoleWithWebIdentity, and services
    Assume,
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
