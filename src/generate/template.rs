//! JSON text with holes: `@name@` in a template becomes a value.
//!
//! Owns: filling in. The templates stay readable as the JSON that they are, which `format!` with its doubled braces would not
//! allow. INVARIANT: values are generated names and never need JSON escaping; no text contains an `@` of its own.

/// Appends the template with every `@name@` replaced by its value. A name without a value stays as it is.
pub(super) fn fill(out: &mut String, template: &str, values: &[(&str, &str)]) {
    let mut inside = false;
    for piece in template.split('@') {
        if inside {
            match values.iter().find(|(name, _)| *name == piece) {
                Some((_, value)) => out.push_str(value),
                // left in place: a test looks for it
                None => out.extend(["@", piece, "@"]),
            }
        } else {
            out.push_str(piece);
        }
        inside = !inside;
    }
}

/// The filled template as a text of its own.
pub(super) fn filled(template: &str, values: &[(&str, &str)]) -> String {
    let mut out = String::with_capacity(template.len() + 64);
    fill(&mut out, template, values);
    out
}

/// A JSON list of the parts.
pub(super) fn list(out: &mut String, parts: impl IntoIterator<Item = impl AsRef<str>>) {
    out.push('[');
    for (n, part) in parts.into_iter().enumerate() {
        if n > 0 {
            out.push(',');
        }
        out.push_str(part.as_ref());
    }
    out.push(']');
}

/// A JSON list of strings.
pub(super) fn strings(parts: impl IntoIterator<Item = impl AsRef<str>>) -> String {
    let mut out = String::new();
    list(&mut out, parts.into_iter().map(|part| format!("\"{}\"", part.as_ref())));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighboring_holes_are_both_filled_and_a_forgotten_one_shows() {
        assert_eq!(filled("{\"a\":\"@x@@y@\"}@z@", &[("x", "/"), ("y", "role")]), "{\"a\":\"/role\"}@z@");
        assert_eq!(strings(["a", "b"]), "[\"a\",\"b\"]");
    }
}
