//! Addresses of resources: `module.network["a"].aws_iam_role.app[0]`.

/// The parts of an address, each with its index.
pub(super) fn parts(address: &str) -> Vec<&str> {
    let (mut parts, mut start, mut depth, mut quoted, mut escaped) = (Vec::new(), 0, 0_u32, false, false);
    for (at, letter) in address.char_indices() {
        match letter {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            _ if quoted => {}
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            '.' if depth == 0 => {
                parts.extend(address.get(start..at));
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.extend(address.get(start..));
    parts
}

/// A part without its index.
pub(super) fn name(part: &str) -> &str {
    part.split('[').next().unwrap_or(part)
}

/// The address in the configuration, which has no indexes.
pub(super) fn without_indexes(address: &str) -> String {
    parts(address).into_iter().map(name).collect::<Vec<_>>().join(".")
}

/// The module of a resource, with its indexes: empty for the root.
pub(super) fn module(address: &str) -> String {
    let parts = parts(address);
    let modules = parts.chunks(2).take_while(|pair| pair.first() == Some(&"module") && pair.len() == 2).count();
    parts.get(..2 * modules).unwrap_or_default().join(".")
}

/// An address within a module.
pub(super) fn within(module: &str, rest: &str) -> String {
    if module.is_empty() { rest.to_owned() } else { format!("{module}.{rest}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_may_hold_dots_brackets_and_quotes() {
        let address = r#"module.a["x.y"].module.b.aws_iam_role.r["q\"].z"]"#;
        assert_eq!(without_indexes(address), "module.a.module.b.aws_iam_role.r");
        assert_eq!(module(address), r#"module.a["x.y"].module.b"#);
        assert_eq!(parts(address).last(), Some(&r#"r["q\"].z"]"#));
        assert_eq!((module("aws_iam_role.r"), module("data.x.y")), (String::new(), String::new()));
    }
}
