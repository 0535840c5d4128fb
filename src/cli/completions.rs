//! `rolehop completions SHELL`.

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
    console.publish(global.output.as_deref(), &String::from_utf8_lossy(&script))?;
    Ok(Exit::Clean)
}
