//! `rolehop generate`: an invented organization on disk, for trials and benches.

use std::path::PathBuf;

use super::error::CliError;
use crate::diagnostic::{Code, Diagnostic, Exit};
use crate::generate::{Spec, write};

/// Write an invented organization of any size.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Directory to write
    dir: PathBuf,
    /// Accounts
    #[arg(long, default_value_t = 20)]
    accounts: usize,
    /// Roles in each
    #[arg(long, default_value_t = 50)]
    roles: usize,
    /// The same seed gives the same bytes
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

pub(super) fn run(args: &Args) -> Result<Exit, CliError> {
    let spec = Spec { seed: args.seed, ..Spec::new(args.accounts, args.roles) };
    write(&spec, &args.dir).map_err(|error| {
        let place = args.dir.display().to_string();
        let next = "name a directory that does not exist yet";
        CliError::new(Diagnostic::new(
            Code::OrganizationNotWritten,
            "cannot write the organization",
            place,
            error.to_string(),
            next,
        ))
    })?;
    Ok(Exit::Clean)
}
