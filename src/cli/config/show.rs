//! `rolehop config show`.

use crate::cli::arguments::Global;
use crate::cli::error::CliError;
use crate::cli::output::Console;
use crate::diagnostic::Exit;

pub(super) fn run(_origin: bool, _global: &Global, _console: &Console) -> Result<Exit, CliError> {
    Ok(Exit::Clean)
}
