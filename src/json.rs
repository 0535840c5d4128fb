//! JSON that is read where it stands, without copies: the extents of values, and texts without escapes.
//!
//! Owns: the quick way through text as AWS and rolehop write it. Whatever is unusual or wrong is `None`; the caller then reads the
//! text again with serde_json, which also says what is wrong and where.
//! INVARIANT: what is accepted here is JSON that serde_json accepts, with the same extents.

/// Lists and objects inside each other, at most; serde_json reads what is deeper.
const DEPTH: u32 = 60;

const ONES: u64 = u64::from_ne_bytes([1; 8]);
const HIGH_BITS: u64 = ONES << 7;

/// A place in a JSON text.
#[derive(Clone)]
pub(crate) struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Cursor<'a> {
    /// The start of a text.
    #[must_use]
    pub(crate) fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// The next byte that is not blank; it is not passed.
    pub(crate) fn peek(&mut self) -> Option<u8> {
        self.at = after_blanks(self.text.as_bytes(), self.at);
        self.text.as_bytes().get(self.at).copied()
    }

    /// Passes this byte, and blanks before it.
    pub(crate) fn pass(&mut self, byte: u8) -> Option<()> {
        (self.peek()? == byte).then(|| self.at += 1)
    }

    /// Only blanks are left.
    pub(crate) fn end(&mut self) -> Option<()> {
        self.peek().is_none().then_some(())
    }

    /// A string without escapes.
    pub(crate) fn string(&mut self) -> Option<&'a str> {
        self.pass(b'"')?;
        let start = self.at;
        let end = start + plain_length(self.text.as_bytes().get(start..)?);
        (*self.text.as_bytes().get(end)? == b'"').then_some(())?;
        self.at = end + 1;
        self.text.get(start..end)
    }

    /// Any value, as it is written.
    pub(crate) fn value(&mut self) -> Option<&'a str> {
        self.peek()?;
        let start = self.at;
        self.at = extent(self.text.as_bytes(), start)?;
        self.text.get(start..self.at)
    }

    /// What was passed since an earlier place.
    pub(crate) fn since(&self, earlier: &Self) -> Option<&'a str> {
        self.text.get(earlier.at..self.at)
    }

    /// Passes the text of a list or object that was seen before. Lists and objects end with their last bracket, so that
    /// what starts with this text is this value.
    pub(crate) fn pass_known(&mut self, known: &str) -> bool {
        let is_next = !known.is_empty()
            && self.peek().is_some()
            && self.text.as_bytes().get(self.at..).is_some_and(|rest| rest.starts_with(known.as_bytes()));
        if is_next {
            self.at += known.len();
        }
        is_next
    }

    /// An object: `each` is called after every key and reads its value.
    pub(crate) fn object(&mut self, mut each: impl FnMut(&mut Self, &'a str) -> Option<()>) -> Option<()> {
        self.pass(b'{')?;
        if self.peek()? == b'}' {
            return self.pass(b'}');
        }
        loop {
            let key = self.string()?;
            self.pass(b':')?;
            each(self, key)?;
            match self.peek()? {
                b',' => self.at += 1,
                _ => return self.pass(b'}'),
            }
        }
    }

    /// A list: `each` reads every element.
    pub(crate) fn list(&mut self, mut each: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        self.pass(b'[')?;
        if self.peek()? == b']' {
            return self.pass(b']');
        }
        loop {
            each(self)?;
            match self.peek()? {
                b',' => self.at += 1,
                _ => return self.pass(b']'),
            }
        }
    }
}

fn after_blanks(bytes: &[u8], mut at: usize) -> usize {
    while let Some(b' ' | b'\n' | b'\r' | b'\t') = bytes.get(at) {
        at += 1;
    }
    at
}

/// How many bytes follow that are neither a quote, a backslash nor a control character. Eight at a time: most of a snapshot is
/// inside strings.
fn plain_length(bytes: &[u8]) -> usize {
    // the lowest marked byte of each is exact, and only that one is used
    let zeros = |word: u64| word.wrapping_sub(ONES) & !word & HIGH_BITS;
    let mut at = 0;
    while let Some(eight) = bytes.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
        let word = u64::from_le_bytes(*eight);
        let quote = zeros(word ^ (ONES * b'"' as u64));
        let backslash = zeros(word ^ (ONES * b'\\' as u64));
        let control = word.wrapping_sub(ONES * 0x20) & !word & HIGH_BITS;
        let found = quote | backslash | control;
        if found != 0 {
            return at + found.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    let rest = bytes.get(at..).unwrap_or_default();
    at + rest.iter().position(|b| matches!(b, b'"' | b'\\' | 0..0x20)).unwrap_or(rest.len())
}

/// The end of a string whose first quote was passed.
fn string_end(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        at += plain_length(bytes.get(at..)?);
        match bytes.get(at)? {
            b'"' => return Some(at + 1),
            b'\\' => match bytes.get(at + 1)? {
                b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => at += 2,
                b'u' => {
                    let digits = bytes.get(at + 2..at + 6)?;
                    digits.iter().all(u8::is_ascii_hexdigit).then_some(())?;
                    at += 6;
                }
                _ => return None,
            },
            _ => return None,
        }
    }
}

fn number_end(bytes: &[u8], mut at: usize) -> Option<usize> {
    let digits = |mut at: usize| {
        let start = at;
        while bytes.get(at).is_some_and(u8::is_ascii_digit) {
            at += 1;
        }
        (at > start).then_some(at)
    };
    if bytes.get(at) == Some(&b'-') {
        at += 1;
    }
    at = if bytes.get(at) == Some(&b'0') { at + 1 } else { digits(at)? };
    if bytes.get(at) == Some(&b'.') {
        at = digits(at + 1)?;
    }
    if let Some(b'e' | b'E') = bytes.get(at) {
        at += 1;
        if let Some(b'+' | b'-') = bytes.get(at) {
            at += 1;
        }
        at = digits(at)?;
    }
    // `01` and `1x` are no numbers; what follows a number is the caller's to judge, but not a digit
    (!bytes.get(at).is_some_and(u8::is_ascii_digit)).then_some(at)
}

/// The end of the value that starts here.
fn extent(bytes: &[u8], mut at: usize) -> Option<usize> {
    /// A key and its colon; the value is next.
    fn key(bytes: &[u8], at: usize) -> Option<usize> {
        let at = after_blanks(bytes, at);
        (*bytes.get(at)? == b'"').then_some(())?;
        let at = after_blanks(bytes, string_end(bytes, at + 1)?);
        (*bytes.get(at)? == b':').then_some(at + 1)
    }
    let literal = |at: usize, word: &[u8]| bytes.get(at..)?.starts_with(word).then_some(at + word.len());
    // one bit for each open bracket, the innermost lowest: set for an object
    let mut open = 0_u64;
    let mut depth = 0;
    loop {
        at = after_blanks(bytes, at);
        match *bytes.get(at)? {
            b'"' => at = string_end(bytes, at + 1)?,
            bracket @ (b'{' | b'[') => {
                depth += 1;
                if depth > DEPTH {
                    return None;
                }
                let is_object = bracket == b'{';
                open = (open << 1) | u64::from(is_object);
                at = after_blanks(bytes, at + 1);
                let closing = if is_object { b'}' } else { b']' };
                if *bytes.get(at)? != closing {
                    at = if is_object { key(bytes, at)? } else { at };
                    continue;
                }
                at += 1;
                (open, depth) = (open >> 1, depth - 1);
            }
            b't' => at = literal(at, b"true")?,
            b'f' => at = literal(at, b"false")?,
            b'n' => at = literal(at, b"null")?,
            _ => at = number_end(bytes, at)?,
        }
        // after a value: the next one, or the ends of what it stands in
        loop {
            if depth == 0 {
                return Some(at);
            }
            at = after_blanks(bytes, at);
            let is_object = open & 1 == 1;
            match (*bytes.get(at)?, is_object) {
                (b',', true) => {
                    at = key(bytes, at + 1)?;
                    break;
                }
                (b',', false) => {
                    at += 1;
                    break;
                }
                (b'}', true) | (b']', false) => {
                    at += 1;
                    (open, depth) = (open >> 1, depth - 1);
                }
                _ => return None,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::value::RawValue;

    use super::*;

    fn whole(text: &str) -> Option<&str> {
        let mut cursor = Cursor::new(text);
        let value = cursor.value()?;
        cursor.end().map(|()| value)
    }

    #[test]
    fn values_end_where_serde_json_says() {
        for text in [
            r#"{"a":[1,-0.5e+3,true,false,null,"x\"\\\u00e9 é"],"b":{},"c":[]}"#,
            " [ { \"a\" : [ ] } , 0 ] ",
            "\"\"",
            "-12",
            "0",
        ] {
            let raw: &RawValue = serde_json::from_str(text).unwrap();
            assert_eq!(whole(text), Some(raw.get()), "{text}");
        }
    }

    #[test]
    fn what_is_no_json_is_none() {
        for text in [
            "",
            "{",
            "[1,]",
            "{\"a\":1,}",
            "{\"a\"}",
            "{a:1}",
            "[1 2]",
            "01",
            "1.",
            "1e",
            "-",
            "+1",
            "nul",
            "truex",
            "\"\n\"",
            "\"\\x\"",
            "\"\\u12g4\"",
            "\"abc",
            "[}",
            "{]",
            "1 2",
            "[,1]",
            ".5",
        ] {
            assert!(serde_json::from_str::<&RawValue>(text).is_err(), "{text}");
            assert_eq!(whole(text), None, "{text}");
        }
    }

    #[test]
    fn strings_with_escapes_and_depths_are_left_to_serde_json() {
        assert_eq!(Cursor::new("\"a\\u0062\"").string(), None);
        assert_eq!(Cursor::new("\"abcdefgh\u{e9}\"").string(), Some("abcdefghé"));
        assert_eq!(whole(&format!("{}{}", "[".repeat(61), "]".repeat(61))), None);
        assert!(whole(&format!("{}{}", "[".repeat(60), "]".repeat(60))).is_some());
    }

    #[test]
    fn a_known_text_is_passed_only_if_it_is_there() {
        let mut cursor = Cursor::new(" {\"a\":1} ,");
        assert!(!cursor.pass_known("{\"a\":2}"));
        assert!(cursor.pass_known("{\"a\":1}"));
        assert_eq!(cursor.peek(), Some(b','));
    }

    proptest! {
        /// Texts that are nearly JSON: pieces in any order.
        #[test]
        fn nothing_is_accepted_that_serde_json_refuses(
            pieces in prop::collection::vec(
                prop::sample::select(vec![
                    "{", "}", "[", "]", ",", ":", "\"a\"", "\"\\n\"", "\"\\u0g\"", "1", "-", "0", ".5", "e3", " ", "\n", "true",
                    "null", "\"", "\\", "\u{1}", "é", "[]", "{}", "{\"k\":", "[1,",
                ]),
                0..12,
            ),
        ) {
            let text = pieces.concat();
            if let Some(value) = whole(&text) {
                let raw: &RawValue = serde_json::from_str(&text).map_err(|e| TestCaseError::fail(format!("{text:?}: {e}")))?;
                prop_assert_eq!(raw.get(), value);
            }
        }
    }
}
