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
    fn case_matters_only_where_asked() {
        assert!(!matches("Admin*", "admin-1"));
        assert!(matches_ignoring_case("STS:assume*", "sts:AssumeRole"));
    }
}
