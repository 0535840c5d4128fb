//! JSON: pretty, in the order of the types, with a final newline.
//!
//! Owns: how text gets into JSON. INVARIANT: no control character and no mark that reorders or hides text is raw in the output:
//! each is written as `\uXXXX`, which every reader turns back into the same text.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter};

use super::escape::{is_dangerous, is_safe};

/// Writes any answer or set of findings.
///
/// # Errors
/// If the output cannot be written.
pub fn write(value: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    value.serialize(&mut Serializer::with_formatter(&mut *out, Plain(PrettyFormatter::new())))?;
    writeln!(out)
}

/// As [`write()`], on one line.
///
/// # Errors
/// If the output cannot be written.
pub fn line(value: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    value.serialize(&mut Serializer::with_formatter(&mut *out, Plain(CompactFormatter)))?;
    writeln!(out)
}

/// A formatter that writes dangerous characters as escapes; layout is the inner one's.
struct Plain<F>(F);

impl<F: Formatter> Formatter for Plain<F> {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, out: &mut W, fragment: &str) -> io::Result<()> {
        // most names are plain: one write each
        if is_safe(fragment) {
            return out.write_all(fragment.as_bytes());
        }
        let mut utf16 = [0; 2];
        let mut utf8 = [0; 4];
        for c in fragment.chars() {
            if is_dangerous(c) {
                c.encode_utf16(&mut utf16).iter().try_for_each(|unit| write!(out, "\\u{unit:04x}"))?;
            } else {
                out.write_all(c.encode_utf8(&mut utf8).as_bytes())?;
            }
        }
        Ok(())
    }

    fn begin_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_array(out)
    }

    fn end_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_array(out)
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_array_value(out, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_array_value(out)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_object(out)
    }

    fn end_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_object(out)
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_object_key(out, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_object_value(out)
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_object_value(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_that_would_move_a_cursor_or_turn_other_text_round_is_escaped_and_comes_back_the_same() {
        let text = "a\u{7f}b\u{9b}2J\u{202e}c\u{e0041}\u{1b}[2J\r\n\u{200b}Zoë \"q\" \\";
        let mut out = Vec::new();
        write(&serde_json::json!({ text: [text, {}] }), &mut out).unwrap();
        line(&serde_json::json!([text]), &mut out).unwrap();
        let written = String::from_utf8(out).unwrap();
        assert!(written.chars().all(|c| c == '\n' || !is_dangerous(c)), "{written:?}");
        assert!(
            written.contains("\\u202e") && written.contains("\\udb40\\udc41") && written.contains("Zoë"),
            "{written}"
        );
        let (first, second) = written.trim_end().rsplit_once('\n').unwrap();
        let first: serde_json::Value = serde_json::from_str(first).unwrap();
        let second: serde_json::Value = serde_json::from_str(second).unwrap();
        assert_eq!((&first[text][0], &second[0]), (&text.into(), &text.into()));
    }

    #[test]
    fn the_layout_is_that_of_pretty_json() {
        let value = serde_json::json!({"a": [1, {"b": []}], "c": {}, "d": null});
        let mut out = Vec::new();
        write(&value, &mut out).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), format!("{value:#}\n"));
    }
}
