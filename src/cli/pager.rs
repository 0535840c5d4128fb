//! Long results on a terminal go through a pager.
//!
//! Owns: which pager, and when one is needed. INVARIANT: a pager changes nothing but how a result is shown: it may be left early, and one
//! that cannot be started is replaced by plain output.

use std::io::{self, Write};
use std::process::{Command, Stdio};

/// Where nobody chose a pager. Without it the result is printed as it is.
const DEFAULT: &str = "less";

/// For a `less` without options of the user: leaves short text alone, keeps color, and leaves the text on the screen.
const LESS: &str = "FRX";

/// A program that shows text in pages.
#[derive(Debug)]
pub(super) struct Pager {
    words: Vec<String>,
    /// The variable that names it.
    variable: Option<&'static str>,
}

impl Pager {
    /// The pager of the environment; none where that says so, or the terminal cannot show one.
    pub(super) fn of_environment() -> Option<Self> {
        let variable = |name: &str| std::env::var(name).ok();
        let is_dumb = variable("TERM").is_none_or(|term| term.is_empty() || term == "dumb");
        if is_dumb || variable("NO_PAGER").is_some_and(|value| !value.is_empty()) {
            return None;
        }
        let named = ["ROLEHOP_PAGER", "PAGER"].into_iter().find_map(|name| Some((name, variable(name)?)));
        let Some((name, command)) = named else {
            return Some(Self { words: vec![DEFAULT.to_owned()], variable: None });
        };
        // what is not the language of a shell is one word
        let words = shlex::split(&command).unwrap_or_else(|| vec![command.clone()]);
        let is_none = words.first().is_none_or(|word| word.is_empty() || word == "cat");
        (!is_none).then_some(Self { words, variable: Some(name) })
    }

    /// Shows a result, in pages if it is longer than the screen. Says what kept the pager from being used.
    ///
    /// # Errors
    /// If standard output cannot be written.
    pub(super) fn show(&self, text: &[u8], width: u16) -> io::Result<Option<String>> {
        if rows(text, width) < screen() {
            return print(text).map(|()| None);
        }
        let _stays = stay_on_interrupt();
        match self.start() {
            Ok(mut child) => {
                if let Some(mut pipe) = child.stdin.take() {
                    // whoever has seen enough leaves early
                    let _ = pipe.write_all(text);
                }
                child.wait().map(|_| None)
            }
            Err(error) => {
                print(text)?;
                let name = self.words.join(" ");
                Ok(self
                    .variable
                    .map(|variable| format!("note: no pager: `{name}` ({variable}) cannot be run: {error}")))
            }
        }
    }

    fn start(&self) -> io::Result<std::process::Child> {
        let (program, options) = self.words.split_first().ok_or_else(|| io::Error::other("it has no name"))?;
        let mut command = Command::new(program);
        command.args(options).stdin(Stdio::piped());
        if std::path::Path::new(program).file_stem().is_some_and(|name| name == "less") {
            command.arg("-R");
        }
        if std::env::var_os("LESS").is_none() {
            command.env("LESS", LESS);
        }
        command.spawn()
    }
}

fn print(text: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text).and_then(|()| out.flush())
}

/// The rows of the terminal.
fn screen() -> usize {
    let lines = std::env::var("LINES").ok().and_then(|lines| lines.parse().ok());
    let measured = || terminal_size::terminal_size().map(|(_, height)| usize::from(height.0));
    lines.or_else(measured).unwrap_or(24)
}

/// The rows that a text takes on a terminal of this width; colors take no room.
fn rows(text: &[u8], width: u16) -> usize {
    let text = String::from_utf8_lossy(text);
    let width = usize::from(width).max(1);
    text.lines().map(|line| columns(line).div_ceil(width).max(1)).sum()
}

fn columns(line: &str) -> usize {
    let mut parts = line.split("\u{1b}[");
    let first = parts.next().map_or(0, unicode_width::UnicodeWidthStr::width);
    let after = |part: &str| part.split_once('m').map_or(0, |(_, text)| unicode_width::UnicodeWidthStr::width(text));
    first + parts.map(after).sum::<usize>()
}

/// Ctrl-C is for the pager, which stops a search with it: it must not end rolehop before the pager has restored the terminal.
#[cfg(all(unix, feature = "aws"))]
fn stay_on_interrupt() -> Option<tokio::runtime::Runtime> {
    use tokio::signal::unix::{SignalKind, signal};
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().ok()?;
    {
        let _inside = runtime.enter();
        // handled from here on, by nobody
        drop(signal(SignalKind::interrupt()).ok()?);
    }
    Some(runtime)
}

#[cfg(not(all(unix, feature = "aws")))]
fn stay_on_interrupt() -> Option<()> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_those_of_the_terminal() {
        assert_eq!(rows(b"", 10), 0);
        assert_eq!(rows(b"one\n\nthree\n", 10), 3);
        assert_eq!(rows("0123456789\n0123456789a\n".as_bytes(), 10), 3);
        assert_eq!(rows("\u{1b}[1;31m0123456789\u{1b}[0m\n".as_bytes(), 10), 1);
    }
}
