//! `*` and `?` as IAM globs them.
//!
//! Owns: one matcher, iterative, linear memory, O(pattern × text) at worst. Does not know what the text means.
//! Source: AWS IAM User Guide, "IAM JSON policy elements: Resource", wildcards.

/// True where the whole of `text` matches `pattern`: `*` stands for any run of characters, `?` for exactly one.
#[must_use]
pub fn matches(pattern: &str, text: &str) -> bool {
    if pattern == "*" {
        return true;
    }
    if !has_wildcard(pattern) {
        return pattern == text;
    }
    matches_by(pattern, text, |p, t| p == t)
}

/// As [`matches`], letters of either case alike.
#[must_use]
pub fn matches_ignoring_case(pattern: &str, text: &str) -> bool {
    if pattern == "*" {
        return true;
    }
    matches_by(pattern, text, |p, t| p == t || p.to_lowercase().eq(t.to_lowercase()))
}

/// True where the pattern has a `*` or a `?`.
#[must_use]
pub fn has_wildcard(pattern: &str) -> bool {
    pattern.bytes().any(|b| matches!(b, b'*' | b'?'))
}

/// Which of the texts that start with `prefix` a pattern matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AfterPrefix {
    /// None of them.
    None,
    /// Some, by what follows.
    Some,
    /// All of them.
    All,
}

/// What is left to decide of a pattern once the first characters of the text are known.
#[must_use]
pub fn after_prefix(pattern: &str, prefix: &str) -> AfterPrefix {
    let pattern: Vec<char> = pattern.chars().collect();
    // positions in the pattern that the prefix can have led to
    let mut reached = vec![false; pattern.len() + 1];
    reach(&pattern, &mut reached, 0);
    for c in prefix.chars() {
        let mut next = vec![false; pattern.len() + 1];
        for (at, _) in reached.iter().enumerate().filter(|(_, live)| **live) {
            match pattern.get(at) {
                Some('*') => reach(&pattern, &mut next, at),
                Some('?') => reach(&pattern, &mut next, at + 1),
                Some(p) if *p == c => reach(&pattern, &mut next, at + 1),
                _ => {}
            }
        }
        reached = next;
    }
    let stars_only =
        |at: usize| pattern.get(at..).is_some_and(|rest| !rest.is_empty() && rest.iter().all(|c| *c == '*'));
    if reached.iter().enumerate().any(|(at, live)| *live && stars_only(at)) {
        AfterPrefix::All
    } else if reached.iter().take(pattern.len()).any(|live| *live) {
        AfterPrefix::Some
    } else {
        AfterPrefix::None
    }
}

/// Marks a position, and those after the stars that stand there, which may match nothing.
fn reach(pattern: &[char], reached: &mut [bool], mut at: usize) {
    loop {
        if let Some(mark) = reached.get_mut(at) {
            *mark = true;
        }
        if pattern.get(at) != Some(&'*') {
            return;
        }
        at += 1;
    }
}

/// Two cursors; on a mismatch the last `*` takes one character more. No recursion, so no stack to exhaust.
fn matches_by(pattern: &str, text: &str, same: impl Fn(char, char) -> bool) -> bool {
    let (mut p, mut t) = (pattern.chars(), text.chars());
    let mut retry: Option<(std::str::Chars<'_>, std::str::Chars<'_>)> = None;
    loop {
        let (before_p, before_t) = (p.clone(), t.clone());
        match (p.next(), t.next()) {
            (Some('*'), _) => {
                retry = Some((p.clone(), before_t.clone()));
                t = before_t;
            }
            (None, None) => return true,
            (Some('?'), Some(_)) => {}
            (Some(a), Some(b)) if same(a, b) => {}
            _ => {
                drop(before_p);
                let Some((after_star, mut from)) = retry.take() else { return false };
                if from.next().is_none() {
                    return false;
                }
                p = after_star.clone();
                t = from.clone();
                retry = Some((after_star, from));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_crosses_slashes_and_colons() {
        assert!(matches("arn:aws:iam::*:role/*", "arn:aws:iam::111122223333:role/team/a/b"));
        assert!(matches("*", ""));
        assert!(matches("a*b*c", "axxbyybzzc"));
        assert!(!matches("a*b*c", "axxbyybzz"));
        assert!(matches("dep?oy", "deploy"));
        assert!(!matches("dep?oy", "depoy"));
        assert!(!matches("deploy", "deploy-2"));
        assert!(matches("**", "x"));
    }

    #[test]
    fn a_prefix_settles_what_it_can() {
        assert_eq!(after_prefix("AROAX:*", "AROAX:"), AfterPrefix::All);
        assert_eq!(after_prefix("*", "AROAX:"), AfterPrefix::All);
        assert_eq!(after_prefix("AROAX:ann", "AROAX:"), AfterPrefix::Some);
        assert_eq!(after_prefix("AROA?:*x", "AROAX:"), AfterPrefix::Some);
        assert_eq!(after_prefix("AROAY:*", "AROAX:"), AfterPrefix::None);
        assert_eq!(after_prefix("AROAX:", "AROAX:"), AfterPrefix::None);
    }

    #[test]
    fn case_matters_only_where_asked() {
        assert!(!matches("Admin*", "admin-1"));
        assert!(matches_ignoring_case("STS:assume*", "sts:AssumeRole"));
    }
}
