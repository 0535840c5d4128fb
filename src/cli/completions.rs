//! `rolehop completions SHELL`.

use std::path::Path;

use clap_complete::{Shell, generate};

use super::arguments::Global;
use super::error::CliError;
use super::output::Console;
use crate::diagnostic::Exit;

/// Print the completions of a shell.
#[derive(Debug, clap::Args)]
#[command(
    before_help = "Examples:\n  rolehop completions bash > /etc/bash_completion.d/rolehop\n  \
        rolehop completions zsh > ~/.zfunc/_rolehop\n  \
        rolehop completions fish > ~/.config/fish/completions/rolehop.fish",
    after_help = "zsh reads ~/.zfunc if ~/.zshrc says `fpath+=~/.zfunc; autoload -U compinit; compinit`."
)]
pub(super) struct Args {
    /// Shell that reads them
    shell: Shell,
}

pub(super) fn run(
    args: &Args,
    mut command: clap::Command,
    global: &Global,
    console: &Console,
) -> Result<Exit, CliError> {
    let mut script = Vec::new();
    generate(args.shell, &mut command, "rolehop", &mut script);
    publish(&script, global.output.as_deref(), console)
}

/// Prints what everybody may read, or writes it to a file with the permissions that files of this user have: unlike a report, it
/// says nothing about an organization, and other users of the machine read it.
pub(super) fn publish(text: &[u8], file: Option<&Path>, console: &Console) -> Result<Exit, CliError> {
    match file {
        Some(file) => std::fs::write(file, text).map_err(|e| CliError::write(&file.display().to_string(), &e))?,
        None => console.result(&String::from_utf8_lossy(text))?,
    }
    Ok(Exit::Clean)
}
