//! A command line that was not understood, and requested help and version.

use clap::error::ErrorKind;

use super::output::Console;
use crate::diagnostic::{Code, Diagnostic, Exit};
use crate::report::terminal::diagnostic::Level;

/// Help and version are results; anything else is a usage error in four parts.
pub(super) fn report(refused: &clap::Error) -> Exit {
    let console = Console::early();
    let is_result = matches!(
        refused.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
    );
    if is_result {
        let text = refused.render().to_string();
        let written = console.result(&text);
        let asked = refused.kind() != ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand;
        return if written.is_err() {
            Exit::CouldNotWrite
        } else if asked {
            Exit::Clean
        } else {
            Exit::Usage
        };
    }
    let rendered = refused.render().to_string();
    let mut lines = rendered.lines().map(str::trim).filter(|l| !l.is_empty());
    let what = lines.next().unwrap_or_default().trim_start_matches("error: ").replace('\'', "`");
    let rest: Vec<&str> = lines.collect();
    let why: Vec<&str> =
        rest.iter().copied().filter(|l| !l.starts_with("Usage:") && !l.starts_with("For more")).collect();
    let usage = rest.iter().find_map(|l| l.strip_prefix("Usage:")).map(|usage| format!("{}; ", usage.trim()));
    let diagnostic = Diagnostic::new(
        Code::Usage,
        what,
        "the command line",
        if why.is_empty() { "it does not fit the command".to_owned() } else { why.join("; ").replace('\'', "`") },
        format!("{}`--help` lists the options", usage.unwrap_or_default()),
    );
    console.diagnostic(&diagnostic, Level::Error);
    Exit::Usage
}
