//! `rolehop config`.

mod check;
mod file;
mod init;
mod show;

use std::path::PathBuf;

use clap::Subcommand;

use super::arguments::Global;
use super::error::CliError;
use super::output::Console;
use crate::config;
use crate::diagnostic::Exit;
use crate::report::json;
use crate::rules::{self, OwnRules};

/// The configuration.
#[derive(Debug, clap::Args)]
#[command(before_help = "Examples:\n  rolehop config init      propose a rolehop.toml from the newest snapshot\n  \
    rolehop config check     what is wrong with it, and what it matches\n  \
    rolehop config schema -o rolehop.schema.json")]
pub(super) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Write rolehop.toml, proposed from a snapshot; -o names another file, -o - prints it
    #[command(
        before_help = "Examples:\n  rolehop config init\n  rolehop config init --snapshot snapshots/2026-11-20 -o -"
    )]
    Init {
        /// Replace an existing file
        #[arg(long)]
        force: bool,
    },
    /// Check a configuration, and what it matches in a snapshot
    #[command(before_help = "Examples:\n  rolehop config check\n  rolehop config check proposed.toml")]
    Check {
        /// File; by default the one that rolehop uses
        file: Option<PathBuf>,
    },
    /// Print a JSON Schema of the configuration, for editors
    #[command(before_help = "Examples:\n  rolehop config schema -o rolehop.schema.json")]
    Schema,
    /// Show the settings that apply
    #[command(before_help = "Examples:\n  rolehop config show\n  rolehop config show --origin")]
    Show {
        /// Say where each comes from
        #[arg(long)]
        origin: bool,
    },
}

pub(super) fn run(args: &Args, global: &Global, console: &Console) -> Result<Exit, CliError> {
    match &args.what {
        What::Init { force } => init::run(*force, global, console),
        What::Check { file } => check::run(file.as_deref(), global, console),
        What::Schema => {
            rules::verify().map_err(|error| CliError::new(error.diagnostic(None)))?;
            let schema = config::schema(&rules::cards_with(&OwnRules::default()), rules::setting_words);
            console.write(global.output.as_deref(), |_, out| json::write(&schema, out)).map(|()| Exit::Clean)
        }
        What::Show { origin } => show::run(*origin, global, console),
    }
}
