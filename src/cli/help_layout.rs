//! The layout of a page of help: paragraphs, and rows of two columns under headings.

use clap::{Arg, ArgAction, Command};

use crate::report::terminal::wrap::wrap;

/// Columns of what is explained, at most; what takes more moves its explanation to the right.
const LEFT: usize = 34;

/// A page that is being written.
#[derive(Debug)]
pub(super) struct Page {
    text: String,
    width: u16,
}

/// Something, and what it is.
#[derive(Debug)]
pub(super) struct Row {
    left: String,
    right: String,
}

impl Page {
    pub(super) fn new(width: u16) -> Self {
        Self { text: String::new(), width }
    }

    /// An empty line, but not at the top and not two.
    pub(super) fn gap(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
    }

    pub(super) fn paragraph(&mut self, text: &str) {
        for line in wrap(text, Some(self.width), 0) {
            self.line(&line);
        }
    }

    /// Lines that stay as they are.
    pub(super) fn verbatim(&mut self, text: &str) {
        text.lines().for_each(|line| self.line(line));
    }

    /// Rows under their headings; the right column begins at one place in all of them.
    pub(super) fn sections(&mut self, sections: &[(impl AsRef<str>, Vec<Row>)]) {
        let lengths = sections.iter().flat_map(|(_, rows)| rows.iter().map(|row| row.left.chars().count()));
        let column = lengths.map(|length| length + 4).filter(|at| *at <= LEFT).max().unwrap_or(LEFT);
        for (heading, rows) in sections.iter().filter(|(_, rows)| !rows.is_empty()) {
            self.gap();
            self.paragraph(&format!("{}:", heading.as_ref()));
            rows.iter().for_each(|row| self.row(row, column));
        }
    }

    fn row(&mut self, row: &Row, column: usize) {
        let Row { left, right } = row;
        // on a narrow terminal the explanation stands below
        let below = usize::from(self.width) < column + 24;
        let indent = if below { 6 } else { column };
        let start = if below { indent } else { (left.chars().count() + 4).max(column) };
        let blanks = " ".repeat(indent);
        // the first line may begin further right than the others: what it lacks is taken by a word that cannot be divided
        let missing = "\u{a0}".repeat(start - indent);
        let text = if missing.is_empty() { right.clone() } else { format!("{missing}{right}") };
        let lines = wrap(&text, Some(self.width), indent);
        let mut first = format!("  {left:<0$}", start.saturating_sub(2));
        if below {
            self.line(&first);
            first = blanks.clone();
        }
        for (at, line) in lines.iter().enumerate() {
            let line = line.trim_start_matches('\u{a0}');
            let before = if at == 0 { &first } else { &blanks };
            self.line(&format!("{before}{line}"));
        }
    }

    fn line(&mut self, line: &str) {
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }

    pub(super) fn text(self) -> String {
        self.text
    }
}

impl Row {
    pub(super) fn new(left: impl Into<String>, right: impl Into<String>) -> Self {
        Self { left: left.into(), right: right.into() }
    }

    pub(super) fn command(command: &Command) -> Self {
        Self::new(command.get_name(), command.get_about().map(ToString::to_string).unwrap_or_default())
    }

    /// An option with its value, and what it does, by default and at all.
    pub(super) fn option(arg: &Arg) -> Self {
        let short = arg.get_short().filter(|_| arg.get_long().is_some());
        let short = short.map(|short| format!("-{short}, ")).unwrap_or_default();
        let mut long = arg.to_string();
        // a list of values; what has a shape of its own, `<FORMAT[=FILE]>`, is seldom one
        if arg.get_value_delimiter().is_some() && long.ends_with('>') && !long.ends_with("]>") {
            long.truncate(long.len() - 1);
            long.push_str(",...>");
        }
        let text = arg.get_help().map(ToString::to_string).unwrap_or_default();
        Self::new(format!("{short}{long}"), [text, values(arg)].concat())
    }

    pub(super) fn option_with_variable(arg: &Arg) -> Self {
        let Self { left, mut right } = Self::option(arg);
        if let Some(variable) = arg.get_env() {
            right.push_str(&format!(" [env: {}]", variable.to_string_lossy()));
        }
        Self { left, right }
    }

    /// Options that are only named.
    pub(super) fn names(heading: &str, args: &[&Arg]) -> Self {
        let name = |arg: &&Arg| match (arg.get_long(), arg.get_short()) {
            (Some(long), _) => format!("--{long}"),
            (None, short) => short.map(|short| format!("-{short}")).unwrap_or_default(),
        };
        Self::new(heading, args.iter().map(name).collect::<Vec<_>>().join(", "))
    }
}

/// ` [default: table; values: table, json]`
fn values(arg: &Arg) -> String {
    // a switch has the values true and false, which nobody types
    let takes_value = matches!(arg.get_action(), ArgAction::Set | ArgAction::Append);
    let text = |value: &std::ffi::OsStr| value.to_string_lossy().into_owned();
    let defaults: Vec<String> = arg.get_default_values().iter().map(|value| text(value)).collect();
    let possible = arg.get_possible_values().into_iter().filter(|value| !value.is_hide_set());
    let possible: Vec<String> = possible.map(|value| value.get_name().to_owned()).collect();
    let marked = |word: &String| if defaults.contains(word) { format!("{word} (default)") } else { word.clone() };
    match (takes_value, defaults.is_empty(), possible.is_empty()) {
        (false, ..) | (true, true, true) => String::new(),
        (true, false, true) => format!(" [default: {}]", defaults.join(",")),
        (true, _, false) => format!(" [{}]", possible.iter().map(marked).collect::<Vec<_>>().join(", ")),
    }
}
