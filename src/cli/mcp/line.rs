//! Messages as they come in: a line each, of a length that is kept within bounds.

use std::io::{self, BufRead, Read};

/// Bytes of a message at most: questions are short.
const LONGEST: u64 = 1 << 20;

/// A line of the input.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// Without its end.
    Whole(Vec<u8>),
    /// Longer than any message may be; it was skipped.
    TooLong,
}

/// The next line; `None` at the end of the input.
pub(super) fn next(input: &mut impl BufRead) -> io::Result<Option<Line>> {
    let mut line = Vec::new();
    if input.by_ref().take(LONGEST + 1).read_until(b'\n', &mut line)? == 0 {
        return Ok(None);
    }
    if line.last() != Some(&b'\n') && line.len() as u64 > LONGEST {
        while skip(input)? {}
        return Ok(Some(Line::TooLong));
    }
    Ok(Some(Line::Whole(line)))
}

/// Skips a part of a line; true where the line goes on.
fn skip(input: &mut impl BufRead) -> io::Result<bool> {
    let part = input.fill_buf()?;
    let (read, goes_on) = match part.iter().position(|byte| *byte == b'\n') {
        Some(end) => (end + 1, false),
        None => (part.len(), !part.is_empty()),
    };
    input.consume(read);
    Ok(goes_on)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_is_too_long_is_skipped_and_the_next_one_read() {
        let mut text = vec![b'x'; LONGEST as usize + 10];
        text.extend(b"\nnext\nlast");
        let mut input = io::BufReader::new(text.as_slice());
        assert_eq!(next(&mut input).unwrap(), Some(Line::TooLong));
        assert_eq!(next(&mut input).unwrap(), Some(Line::Whole(b"next\n".to_vec())));
        assert_eq!(next(&mut input).unwrap(), Some(Line::Whole(b"last".to_vec())));
        assert_eq!(next(&mut input).unwrap(), None);
    }
}
