//! Where results go: standard output or files; everything else goes to standard error.
//!
//! INVARIANT: whether somebody reads a result to its end changes neither another result nor the exit code.

use std::collections::BTreeSet;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::Path;
use std::sync::{Mutex, OnceLock, PoisonError};

use super::arguments::{Color, Global};
use super::error::CliError;
use super::first_error;
use super::log::Above;
use super::pager::Pager;
use super::pseudonyms::Pseudonyms;
use super::result_file::{self, Readers};
use crate::diagnostic::Diagnostic;
use crate::report::escape::escape;
use crate::report::terminal::diagnostic::{self, Level};
use crate::report::terminal::style::Style;
use crate::report::terminal::wrap;

/// The terminal, or what takes its place.
#[derive(Debug)]
pub(super) struct Console {
    pub(super) out: Style,
    pub(super) err: Style,
    quiet: bool,
    pager: Option<Pager>,
    /// Set once the accounts are known, if their ids are not to be shown.
    pseudonyms: OnceLock<Pseudonyms>,
    /// What was said since a program began to listen: it sees no standard error.
    heard: OnceLock<Mutex<Vec<String>>>,
    #[cfg(feature = "aws")]
    pub(super) progress: bool,
    /// The log, which writes above the progress bar.
    #[cfg_attr(not(feature = "aws"), expect(dead_code, reason = "only a collection has a progress bar"))]
    pub(super) log: Above,
}

impl Console {
    pub(super) fn new(global: &Global, log: Above) -> Self {
        let out = io::stdout().is_terminal();
        let err = io::stderr().is_terminal();
        let style = |terminal: bool| match global.plain {
            true => Style::spoken(),
            false => Style {
                color: color(global.color, terminal),
                width: terminal.then(width),
                unicode: unicode(),
                spoken: false,
            },
        };
        Self {
            out: style(out),
            err: style(err),
            quiet: global.quiet,
            pager: None,
            pseudonyms: OnceLock::new(),
            heard: OnceLock::new(),
            #[cfg(feature = "aws")]
            progress: err && std::env::var_os("CI").is_none() && !global.no_progress && !global.quiet && !global.plain,
            log,
        }
    }

    /// Results that are longer than the screen go through a pager, if there is a terminal and somebody to read.
    pub(super) fn paged(self, wanted: bool) -> Self {
        let pager = if wanted && io::stdout().is_terminal() { Pager::of_environment() } else { None };
        Self { pager, ..self }
    }

    /// For use before the options are known.
    pub(super) fn early() -> Self {
        let width = io::stderr().is_terminal().then(width);
        Self {
            out: Style::plain(),
            err: Style { width, ..Style::plain() },
            quiet: false,
            pager: None,
            pseudonyms: OnceLock::new(),
            heard: OnceLock::new(),
            #[cfg(feature = "aws")]
            progress: false,
            log: Above::default(),
        }
    }

    /// From now on these accounts, and all others, are shown by pseudonyms.
    pub(super) fn redact(&self, ids: impl Iterator<Item = String>) {
        // a second snapshot of one run is shown by the pseudonyms of the first
        let _ = self.pseudonyms.set(Pseudonyms::of(ids));
    }

    /// What is written, with pseudonyms in place of account ids if they are not to be shown.
    pub(super) fn rendered(
        &self,
        out: &mut dyn Write,
        render: &mut dyn FnMut(&mut dyn Write) -> io::Result<()>,
    ) -> io::Result<()> {
        let Some(pseudonyms) = self.pseudonyms.get() else { return render(out) };
        let mut text = Vec::new();
        render(&mut text)?;
        out.write_all(&pseudonyms.apply(&text))
    }

    /// What is meant by a text of somebody who was shown pseudonyms.
    pub(super) fn meant(&self, text: String) -> String {
        self.pseudonyms.get().map_or_else(|| text.clone(), |pseudonyms| pseudonyms.undo(&text))
    }

    /// Writes to standard error; if that is gone, there is nowhere to report it.
    fn tell(&self, mut render: impl FnMut(&mut dyn Write) -> io::Result<()>) {
        let _ = self.rendered(&mut io::stderr().lock(), &mut render);
    }

    /// From now on warnings and lines for people are kept for [`Console::heard`].
    pub(super) fn listen(&self) {
        self.heard.get_or_init(Mutex::default);
    }

    /// What was said since the last time.
    pub(super) fn heard(&self) -> Vec<String> {
        // nothing that holds it can fail half way
        self.heard
            .get()
            .map_or_else(Vec::new, |heard| std::mem::take(&mut *heard.lock().unwrap_or_else(PoisonError::into_inner)))
    }

    /// True where somebody listened.
    fn keep(&self, text: &str) -> bool {
        let Some(heard) = self.heard.get() else { return false };
        heard.lock().unwrap_or_else(PoisonError::into_inner).push(text.to_owned());
        true
    }

    /// An error or warning; warnings are left out when quiet.
    pub(super) fn diagnostic(&self, diagnostic: &Diagnostic, level: Level) {
        if level == Level::Warning && self.keep(&format!("warning: {}: {}", diagnostic.what, diagnostic.why)) {
            return;
        }
        if !self.quiet || level == Level::Error {
            self.tell(|out| diagnostic::write(diagnostic, level, &self.err, out));
        }
    }

    /// A line for people, on standard error; on a terminal it is wrapped between words.
    pub(super) fn say(&self, text: &str) {
        if self.keep(text) {
            return;
        }
        if !self.quiet {
            let text = escape(text);
            let (label, rest) = text.split_at_checked(label(&text)).unwrap_or(("", &text));
            self.tell(|out| wrap::line(rest, label, &" ".repeat(label.len()), &self.err, out));
        }
    }

    /// A command that a person can run next. If it takes more than one line, each but the last ends as the shell wants it to.
    pub(super) fn command(&self, label: &str, command: &str) {
        if !self.quiet {
            self.tell(|out| wrap::command(&escape(command), label, &self.err, out));
        }
    }

    /// Prints what everybody may read, or writes it to a file that other users of the machine read too.
    pub(super) fn publish(&self, file: Option<&Path>, text: &str) -> Result<(), CliError> {
        let Some(file) = file.filter(|path| !is_stdout(path)) else { return self.result(text) };
        let written = result_file::write(file, Readers::Usual, &mut |out| out.write_all(text.as_bytes()));
        delivered(&file.display().to_string(), written)
    }

    /// Text on standard output.
    pub(super) fn result(&self, text: &str) -> Result<(), CliError> {
        let mut out = io::stdout().lock();
        delivered("standard output", out.write_all(text.as_bytes()).and_then(|()| out.flush()))
    }

    /// Writes one result to its sink; tables get the terminal's style, files a plain one.
    pub(super) fn write(
        &self,
        file: Option<&Path>,
        render: impl FnOnce(&Style, &mut dyn Write) -> io::Result<()>,
    ) -> Result<(), CliError> {
        let mut render = Some(render);
        self.deliver(file, &mut |style, out| render.take().map_or(Ok(()), |render| render(style, out)))
    }

    /// Writes what renders once.
    fn deliver(
        &self,
        file: Option<&Path>,
        render: &mut dyn FnMut(&Style, &mut dyn Write) -> io::Result<()>,
    ) -> Result<(), CliError> {
        let Some(path) = file.filter(|path| !is_stdout(path)) else {
            if let (Some(pager), Some(width)) = (&self.pager, self.out.width) {
                let mut text = Vec::new();
                let shown =
                    self.rendered(&mut text, &mut |out| render(&self.out, out)).and_then(|()| pager.show(&text, width));
                return delivered(
                    "standard output",
                    shown.map(|note| note.into_iter().for_each(|note| self.say(&note))),
                );
            }
            let mut out = BufWriter::new(io::stdout());
            let written =
                first_error::rendered(&mut out, &mut |out| self.rendered(out, &mut |out| render(&self.out, out)))
                    .and_then(|()| out.flush());
            return delivered("standard output", written);
        };
        let shown = path.display().to_string();
        let written = result_file::write(path, Readers::Owner, &mut |out| {
            self.rendered(out, &mut |out| render(&Style::plain(), out))
        });
        delivered(&shown, written)
    }
}

/// True for `-`, which stands for standard output wherever a file is named.
pub(super) fn is_stdout(path: &Path) -> bool {
    path == Path::new("-")
}

/// What became of a result. A reader that went away (`| head`) has seen enough of it: the other results are still written, and the
/// exit code stays that of the verdict.
fn delivered(place: &str, written: io::Result<()>) -> Result<(), CliError> {
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written.map_err(|error| CliError::write(place, &error)),
    }
}

/// How many bytes of a line come before its text: `note: `, a word that is filled up to the tenth column, or blanks.
fn label(text: &str) -> usize {
    const COLUMN: usize = 10;
    if let Some(rest) = text.strip_prefix("note: ") {
        return text.len() - rest.len();
    }
    match text.split_at_checked(COLUMN) {
        Some((head, rest)) if head.ends_with(' ') && !head.starts_with(' ') && head.trim_end().len() <= COLUMN - 2 => {
            if rest.starts_with(' ') {
                0
            } else {
                COLUMN
            }
        }
        _ => text.len() - text.trim_start_matches(' ').len(),
    }
}

/// Whether a result can be written to this file, as far as that can be checked in advance: an hour of reading comes first.
pub(super) fn check_place(file: &Path) -> Result<(), CliError> {
    let dir = file.parent().filter(|dir| !dir.as_os_str().is_empty());
    let error = match dir {
        Some(dir) if !dir.is_dir() => io::Error::other(format!("there is no directory `{}`", dir.display())),
        _ if file.is_dir() => io::Error::other("it is a directory"),
        _ => return Ok(()),
    };
    Err(CliError::write(&file.display().to_string(), &error))
}

/// As [`check_place`], of the files of one run: no two results may go to one.
pub(super) fn check_places<'a>(files: impl IntoIterator<Item = &'a Path>) -> Result<(), CliError> {
    let files: Vec<&Path> = files.into_iter().collect();
    files.iter().try_for_each(|file| check_place(file))?;
    check_apart(files)
}

/// No two results may go to one file.
pub(super) fn check_apart<'a>(files: impl IntoIterator<Item = &'a Path>) -> Result<(), CliError> {
    let mut seen = BTreeSet::new();
    for file in files {
        let place = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
        // a device takes whatever comes
        let is_device = file.exists() && !file.is_file();
        if !seen.insert(place) && !is_device {
            return Err(CliError::usage(
                format!("two formats would write `{}`", file.display()),
                "--format",
                "the second would take the place of the first",
                "give each a file of its own",
            ));
        }
    }
    Ok(())
}

/// NO_COLOR and related variables, as most tools read them; an explicit option wins.
fn color(choice: Color, terminal: bool) -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|v| !v.is_empty() && v != "0");
    match choice {
        Color::Always => true,
        Color::Never => false,
        Color::Auto if set("NO_COLOR") => false,
        Color::Auto if set("FORCE_COLOR") || set("CLICOLOR_FORCE") => true,
        Color::Auto => terminal && std::env::var("TERM").as_deref() != Ok("dumb"),
    }
}

/// Columns of the terminal, at least 40: what COLUMNS says, else what is measured, else 80.
pub(super) fn width() -> u16 {
    let columns = std::env::var("COLUMNS").ok().and_then(|c| c.parse().ok());
    let measured = || terminal_size::terminal_size().map(|(width, _)| width.0);
    columns.or_else(measured).unwrap_or(80).max(40)
}

fn unicode() -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|n| std::env::var(n).ok().filter(|v| !v.is_empty()));
    locale.is_some_and(|l| l.to_ascii_lowercase().replace('-', "").contains("utf8"))
}

#[cfg(test)]
mod tests {
    use super::label;

    #[test]
    fn what_comes_before_the_text_of_a_line_is_told_from_it() {
        assert_eq!(label("note: a thing"), 6);
        assert_eq!(label("accounts  10 listed"), 10);
        assert_eq!(label("exit 0    the same scan"), 10);
        assert_eq!(label("  rolehop demo"), 2);
        assert_eq!(label("exit 3: complete, with findings"), 0);
        assert_eq!(label("incomplete: one"), 0);
        assert_eq!(label(""), 0);
    }
}
