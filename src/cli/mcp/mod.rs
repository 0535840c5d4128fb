//! `rolehop mcp`: a Model Context Protocol server over standard input and output.
//!
//! Owns: one snapshot, opened once, and the loop over messages. INVARIANT: standard output carries messages alone, one a line; nothing
//! is written elsewhere, and no message ends the server but the end of its input.

mod bounded;
mod input;
mod line;
mod protocol;
mod tools;

use std::io::{self, IsTerminal, Write};

use super::arguments::{EdgeKinds, Global};
use super::environment;
use super::error::CliError;
use super::output::Console;
use super::workspace::Workspace;
use crate::diagnostic::Exit;
use crate::report::json;
use crate::report::terminal::names::plural;

/// Answer questions about a snapshot for a program that speaks the Model Context Protocol. Standard input and output are its wire.
#[derive(Debug, clap::Args)]
#[command(before_help = "Examples:\n  rolehop mcp --snapshot snapshots/2026-11-20T0600Z\n  rolehop mcp --redact")]
pub(super) struct Args {}

pub(super) fn run(_: &Args, command: clap::Command, global: &Global, console: &Console) -> Result<Exit, CliError> {
    if global.output.is_some() {
        return Err(CliError::usage(
            "`rolehop mcp` writes no file",
            "--output",
            "its messages go to the program that started it",
            "leave out --output, and unset ROLEHOP_OUTPUT",
        ));
    }
    let mut workspace = Workspace::open(global, console)?;
    workspace.is_read_only = true;
    let graph = workspace.graph_of(&EdgeKinds::default());
    let accounts = plural(workspace.estate.accounts().len(), "account");
    console.say(&format!("note: answers about {accounts} until standard input ends"));
    if io::stdin().is_terminal() {
        console.say("note: this waits for messages of a program; docs/how-to/mcp.md says how to set one up");
    }
    // variables were set for commands that people run
    let command = environment::without_any(command);
    let asked = tools::Asked { workspace: &workspace, graph: &graph, command: &command, global, console };
    console.listen();
    let mut input = io::stdin().lock();
    let mut out = io::stdout().lock();
    while let Some(line) = line::next(&mut input).map_err(|error| CliError::write("standard input", &error))? {
        let Some(reply) = protocol::reply(&line, &asked) else { continue };
        let written = console.rendered(&mut out, &mut |out| json::line(&reply, out)).and_then(|()| out.flush());
        match written {
            // whoever asked is gone
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => break,
            written => written.map_err(|error| CliError::write("standard output", &error))?,
        }
    }
    Ok(Exit::Clean)
}
