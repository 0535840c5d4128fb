//! Errors and warnings in their four parts.

use std::io::{self, Write};

use super::style::Style;
use super::wrap::line;
use crate::diagnostic::Diagnostic;
use crate::report::escape::escape;

/// How serious it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// The command did not do what was asked.
    Error,
    /// The command did, but there is something to know.
    Warning,
}

/// Writes a diagnostic: what failed, where, why, what to do next.
///
/// # Errors
/// If the output cannot be written.
pub fn write(diagnostic: &Diagnostic, level: Level, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let (word, code) = match level {
        Level::Error => ("error", "1;31"),
        Level::Warning => ("warning", "1;33"),
    };
    let head = format!("{word}[{}]", diagnostic.code.as_str());
    let (painted, rest) = (style.paint(&head, code), " ".repeat(head.len() + 2));
    line(&escape(&diagnostic.what), &format!("{painted}: "), &rest, style, out)?;
    for (label, text) in [("where", &diagnostic.place), ("why", &diagnostic.why), ("next", &diagnostic.next)] {
        if text.is_empty() {
            continue;
        }
        line(&escape(text), &format!("  {label:<5}  "), "         ", style, out)?;
    }
    // lines of a file are not wrapped: they are there to be copied
    diagnostic.lines.iter().try_for_each(|line| writeln!(out, "           {}", escape(line)))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Code;

    #[test]
    fn an_error_has_four_parts_that_fit_the_terminal() {
        let diagnostic = Diagnostic::new(
            Code::NameUnknown,
            "`nobody` names nothing in the snapshot",
            "nobody",
            "no account, role, user, service or provider of this name was met in any of the files",
            "rolehop accounts",
        );
        let mut out = Vec::new();
        write(&diagnostic, Level::Error, &Style { width: Some(60), ..Style::plain() }, &mut out).unwrap();
        insta::assert_snapshot!(String::from_utf8(out).unwrap(), @r"
        error[E401]: `nobody` names nothing in the snapshot
          where  nobody
          why    no account, role, user, service or provider of this
                 name was met in any of the files
          next   rolehop accounts
        ");
    }
}
