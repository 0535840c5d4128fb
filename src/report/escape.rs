//! Names that tenants chose are shown, never obeyed.
//!
//! Owns: which characters are dangerous, and how they are shown.

use std::borrow::Cow;
use std::fmt::Write as _;

/// The text with every character that could move a cursor, hide or reorder other text made visible as `\u{…}`.
#[must_use]
pub fn escape(text: &str) -> Cow<'_, str> {
    if is_safe(text) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if is_dangerous(c) {
            // writing to a string cannot fail
            let _ = write!(safe, "\\u{{{:x}}}", u32::from(c));
        } else {
            safe.push(c);
        }
    }
    Cow::Owned(safe)
}

/// True for text without a dangerous character. Most names are ASCII, of which whole words are looked at together.
pub(super) fn is_safe(text: &str) -> bool {
    text.bytes().fold(true, |safe, byte| safe & (b' '..=b'~').contains(&byte)) || !text.chars().any(is_dangerous)
}

/// Controls (C0, DEL, C1), marks that reorder or hide text, and line separators.
pub(super) fn is_dangerous(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{00ad}' | '\u{061c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_text_is_shown_and_not_obeyed() {
        assert_eq!(escape("a\u{1b}[2Jb"), "a\\u{1b}[2Jb");
        assert_eq!(escape("x\u{202e}y\u{200b}\r\n"), "x\\u{202e}y\\u{200b}\\u{d}\\u{a}");
        assert_eq!(escape("Zoë-prod"), "Zoë-prod");
    }
}
