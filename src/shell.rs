//! Words of a command line, as a shell reads them.

/// The word as it can be pasted: quoted unless it is plain.
pub(crate) fn word(text: &str) -> String {
    let plain = !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_./:=,@%+".contains(c));
    if plain { text.to_owned() } else { format!("'{}'", text.replace('\'', "'\\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_shell_would_expand_is_quoted() {
        assert_eq!(word("arn:aws:iam::111122223333:role/ops"), "arn:aws:iam::111122223333:role/ops");
        assert_eq!(word("*"), "'*'");
        assert_eq!(word("ou:/Work loads"), "'ou:/Work loads'");
        assert_eq!(word("it's $(x)"), "'it'\\''s $(x)'");
        assert_eq!(word(""), "''");
    }
}
