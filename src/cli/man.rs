//! `rolehop man [DIR]`.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Command;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, roman};

use super::arguments::Global;
use super::error::CliError;
use super::help::{called, examples, listed};
use super::output::Console;
use crate::diagnostic::Exit;

/// Print the manual page, or write the pages of all commands.
#[derive(Debug, clap::Args)]
#[command(before_help = "Examples:\n  rolehop man > rolehop.1\n  rolehop man ~/.local/share/man/man1")]
pub(super) struct Args {
    /// Write a page for each command to this directory, which is created
    dir: Option<PathBuf>,
}

pub(super) fn run(args: &Args, mut command: Command, global: &Global, console: &Console) -> Result<Exit, CliError> {
    command.build();
    if let Some(dir) = &args.dir {
        std::fs::create_dir_all(dir).map_err(|e| CliError::write(&dir.display().to_string(), &e))?;
        write_all(&command, dir)?;
        return Ok(Exit::Clean);
    }
    let mut text = Vec::new();
    page(&command, &mut text).map_err(|e| CliError::write("the page", &e))?;
    console.publish(global.output.as_deref(), &String::from_utf8_lossy(&text))?;
    Ok(Exit::Clean)
}

/// The page of a command and of those below it, named as `man` looks for them: `rolehop-rules-explain.1`.
fn write_all(command: &Command, dir: &Path) -> Result<(), CliError> {
    let file = dir.join(format!("{}.1", name(command)));
    let mut text = Vec::new();
    let written = page(command, &mut text).and_then(|()| std::fs::write(&file, text));
    written.map_err(|e| CliError::write(&file.display().to_string(), &e))?;
    listed(command).try_for_each(|sub| write_all(sub, dir))
}

fn name(command: &Command) -> String {
    called(command).replace(' ', "-")
}

fn page(command: &Command, out: &mut dyn Write) -> io::Result<()> {
    // the usage names fifty options of `scan` as one word, as the help does
    let usage = command.clone().render_usage().to_string();
    let told: Vec<&str> = listed(command).map(Command::get_name).collect();
    let short = command.clone().override_usage(usage.trim_start_matches("Usage: ").to_owned());
    let short = short.mut_subcommands(|sub| {
        let hidden = !told.contains(&sub.get_name());
        sub.hide(hidden)
    });
    let name = name(command);
    let man = Man::new(short)
        .title(name.as_str())
        .source(format!("rolehop {}", env!("CARGO_PKG_VERSION")))
        .manual("rolehop manual");
    man.render_title(out)?;
    man.render_name_section(out)?;
    man.render_synopsis_section(out)?;
    man.render_description_section(out)?;
    let examples = examples(command);
    verbatim("EXAMPLES", examples.iter().map(String::as_str), out)?;
    man.render_options_section(out)?;
    if command.get_subcommands().next().is_some() {
        man.render_subcommands_section(out)?;
    }
    let notes = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    verbatim("NOTES", notes.lines(), out)
}

/// A section whose lines stay as they are.
fn verbatim<'a>(title: &str, lines: impl Iterator<Item = &'a str>, out: &mut dyn Write) -> io::Result<()> {
    let mut roff = Roff::default();
    roff.control("SH", [title]).control("nf", []);
    let mut any = false;
    for line in lines {
        any = true;
        roff.text([roman(line.trim_start())]);
    }
    roff.control("fi", []);
    if any { roff.to_writer(out) } else { Ok(()) }
}
