//! Texts as they were before they were written into a sheet.
//!
//! Owns: how characters come back that a sheet shows, because a terminal or a spreadsheet would obey them.

/// A text with the characters that a sheet shows as `\u{…}`.
pub(super) fn as_written(shown: &str) -> String {
    let mut parts = shown.split("\\u{");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let shown = part.split_once('}').and_then(|(code, rest)| Some((char_of(code)?, rest)));
        match shown {
            Some((of_code, rest)) => {
                text.push(of_code);
                text.push_str(rest);
            }
            None => {
                text.push_str("\\u{");
                text.push_str(part);
            }
        }
    }
    text
}

fn char_of(code: &str) -> Option<char> {
    u32::from_str_radix(code, 16).ok().and_then(char::from_u32)
}
