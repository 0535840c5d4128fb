//! IAM's wildcards, `*` and `?`.
//!
//! Owns: one matcher, without recursion or allocation: the pieces between stars are searched one after the other, leftmost first,
//! which is correct because a star matches any run. Does not know what the text means.
//! Source: AWS IAM User Guide, "IAM JSON policy elements: Resource", wildcards.

/// True if the whole of `text` matches `pattern`: `*` matches any run of characters, `?` exactly one.
///
/// Takes time linear in the length of the text, multiplied by the length of a piece if the piece contains a `?`.
#[must_use]
pub fn matches(pattern: &str, text: &str) -> bool {
    // most patterns and texts differ at once
    if let Some(first) = pattern.bytes().next()
        && !is_wildcard(first)
        && text.bytes().next() != Some(first)
    {
        return false;
    }
    let Some((first, rest)) = pattern.split_once('*') else { return starts(pattern, text) == Some("") };
    let Some(mut left) = starts(first, text) else { return false };
    let (middle, last) = rest.rsplit_once('*').unwrap_or(("", rest));
    for piece in middle.split('*').filter(|piece| !piece.is_empty()) {
        match after_first(piece, left) {
            Some(after) => left = after,
            None => return false,
        }
    }
    ends(last, left)
}

/// True if some text matches both patterns.
///
/// Takes time proportional to the product of their lengths, unless their ends differ.
#[must_use]
pub fn meet(a: &str, b: &str) -> bool {
    if differ(a.bytes(), b.bytes()) || differ(a.bytes().rev(), b.bytes().rev()) {
        return false;
    }
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    // for one position in `a` after the other, from the last: by position in `b`, whether the rests of both match a common text
    let mut below: Vec<bool> = Vec::new();
    for i in (0..=a.len()).rev() {
        below = meeting(&a, &b, i, &below);
    }
    below.first().copied().unwrap_or_default()
}

/// True if the texts differ before either has a wildcard.
fn differ(a: impl Iterator<Item = u8>, b: impl Iterator<Item = u8>) -> bool {
    let mut plain = a.zip(b).take_while(|(x, y)| !is_wildcard(*x) && !is_wildcard(*y));
    plain.any(|(x, y)| x != y)
}

/// A pattern that matches nothing but what both match, the widest where their stars do not stand in each other's text; `None` where they
/// have nothing in common.
///
/// Takes time and space proportional to the product of their lengths.
#[must_use]
pub fn common(a: &str, b: &str) -> Option<String> {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows: Vec<Vec<bool>> = Vec::new();
    for i in (0..=a.len()).rev() {
        let row = meeting(&a, &b, i, rows.last().map_or(&[], Vec::as_slice));
        rows.push(row);
    }
    rows.reverse();
    let meets = |i: usize, j: usize| rows.get(i).and_then(|row| row.get(j)).copied().unwrap_or_default();
    if !meets(0, 0) {
        return None;
    }
    let (mut found, mut i, mut j) = (String::new(), 0, 0);
    loop {
        let (x, y) = (a.get(i).copied(), b.get(j).copied());
        match (x, y) {
            (None, None) => return Some(found),
            (Some('*'), Some('*')) => {
                found.push('*');
                if meets(i, j + 1) {
                    j += 1;
                } else {
                    i += 1;
                }
            }
            // a star takes what the other has as long as it can
            (Some('*'), Some(y)) if meets(i, j + 1) => {
                found.push(y);
                j += 1;
            }
            (Some(x), Some('*')) if meets(i + 1, j) => {
                found.push(x);
                i += 1;
            }
            (Some('*'), _) => i += 1,
            (_, Some('*')) => j += 1,
            (Some(x), Some(y)) => {
                found.push(if x == '?' { y } else { x });
                (i, j) = (i + 1, j + 1);
            }
            _ => return None,
        }
    }
}

/// By position in `b`, whether its rest and that of `a` from this position match a common text; `below` says it of the next position.
fn meeting(a: &[char], b: &[char], i: usize, below: &[bool]) -> Vec<bool> {
    let runs = |c: Option<&char>| c == Some(&'*');
    let mut row = vec![false; b.len() + 1];
    for j in (0..=b.len()).rev() {
        let x = a.get(i);
        let y = b.get(j);
        let right = row.get(j + 1).copied().unwrap_or_default();
        let down = below.get(j).copied().unwrap_or_default();
        let diagonal = below.get(j + 1).copied().unwrap_or_default();
        let meets = match (x, y) {
            (None, None) => true,
            _ if runs(x) || runs(y) => {
                // either star matches nothing, or takes the next character of the other pattern
                (runs(x) && (down || y.is_some() && right)) || (runs(y) && (right || x.is_some() && down))
            }
            (Some(x), Some(y)) => (*x == '?' || *y == '?' || x == y) && diagonal,
            _ => false,
        };
        if let Some(slot) = row.get_mut(j) {
            *slot = meets;
        }
    }
    row
}

/// True if the pattern contains `*` or `?`.
#[must_use]
pub fn has_wildcard(pattern: &str) -> bool {
    pattern.bytes().any(is_wildcard)
}

/// True for `*` and `?`.
pub(crate) fn is_wildcard(byte: u8) -> bool {
    matches!(byte, b'*' | b'?')
}

/// The rest of the text, if it starts with the piece.
fn starts<'t>(piece: &str, text: &'t str) -> Option<&'t str> {
    if !piece.contains('?') {
        return text.strip_prefix(piece);
    }
    let mut rest = text.chars();
    for wanted in piece.chars() {
        let found = rest.next()?;
        if wanted != '?' && wanted != found {
            return None;
        }
    }
    Some(rest.as_str())
}

/// The text after the first occurrence of the piece.
fn after_first<'t>(piece: &str, text: &'t str) -> Option<&'t str> {
    if !piece.contains('?') {
        return text.split_once(piece).map(|(_, after)| after);
    }
    let mut from = text;
    loop {
        if let Some(after) = starts(piece, from) {
            return Some(after);
        }
        let mut rest = from.chars();
        rest.next()?;
        from = rest.as_str();
    }
}

/// True if the text ends with the piece.
fn ends(piece: &str, text: &str) -> bool {
    if !piece.contains('?') {
        return text.ends_with(piece);
    }
    let mut rest = text.chars().rev();
    piece.chars().rev().all(|wanted| rest.next().is_some_and(|found| wanted == '?' || wanted == found))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_patterns_meet_where_a_text_matches_both() {
        for (a, b) in
            [("*", "*"), ("a*c", "ab*"), ("*:role/x", "arn:aws:iam::1:*"), ("?b", "a?"), ("", "*"), ("abc", "a*")]
        {
            assert!(meet(a, b) && meet(b, a), "{a} {b}");
        }
        for (a, b) in [("a*", "b*"), ("abc", "ab"), ("?", ""), ("arn:aws:iam::2:*", "arn:aws:iam::1:*"), ("*x", "*y")] {
            assert!(!meet(a, b) && !meet(b, a), "{a} {b}");
        }
    }

    #[test]
    fn what_two_patterns_have_in_common_is_one() {
        for (a, b, both) in [
            ("*", "*", "*"),
            ("get*", "*object", "get*object"),
            ("a*c", "ab*", "ab*c"),
            ("prod-*", "*-db", "prod-*-db"),
            ("?b*", "a?", "ab"),
            ("a*", "abc*", "abc*"),
            ("*:role/x", "arn:aws:iam::1:*", "arn:aws:iam::1:*:role/x"),
        ] {
            assert_eq!(common(a, b).as_deref(), Some(both), "{a} {b}");
            let other = common(b, a).unwrap();
            assert!(meet(&other, a) && meet(&other, b), "{a} {b}");
        }
        assert_eq!(common("a*", "b*"), None);
    }

    #[test]
    fn a_star_crosses_slashes_and_colons() {
        assert!(matches("arn:aws:iam::*:role/*", "arn:aws:iam::111122223333:role/team/a/b"));
        assert!(matches("*", ""));
        assert!(matches("a*b*c", "axxbyybzzc"));
        assert!(!matches("a*b*c", "axxbyybzz"));
        assert!(matches("**", "x"));
    }

    #[test]
    fn a_question_mark_is_one_character() {
        assert!(matches("dep?oy", "deploy"));
        assert!(matches("?", "é"));
        assert!(!matches("dep?oy", "depoy"));
        assert!(matches("*?b?*c?", "xxabzzcd"));
        assert!(!matches("*?b", "b"));
        assert!(matches("a*?", "ab"));
        assert!(!matches("a*?", "a"));
    }

    #[test]
    fn the_end_of_a_text_is_not_used_twice() {
        assert!(!matches("ab*b", "ab"));
        assert!(matches("ab*b", "abb"));
        assert!(!matches("deploy", "deploy-2"));
        assert!(!matches("a*bc*c", "abc"));
        assert!(!matches("Admin*", "admin-1"));
    }
}
