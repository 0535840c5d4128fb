//! Words of a command line, as a shell reads them.

/// The word as it can be pasted: quoted unless it is plain.
pub(crate) fn word(text: &str) -> String {
    // signs that only matter to a shell at the start of a command are left as they are: names and selectors stay legible
    let plain = !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_./:=,@%+".contains(c));
    if plain { text.to_owned() } else { shlex::try_quote(text).map_or_else(|_| text.to_owned(), Into::into) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_shell_would_expand_is_quoted() {
        assert_eq!(word("arn:aws:iam::111122223333:role/ops"), "arn:aws:iam::111122223333:role/ops");
        assert_eq!(word("*"), "'*'");
        assert_eq!(word("ou:/Work loads"), "'ou:/Work loads'");
        let odd = "it's $(x)";
        assert_eq!(shlex::split(&word(odd)), Some(vec![odd.to_owned()]));
        assert_eq!(word(""), "''");
    }
}
