//! Which context keys AWS lists for the actions of the table, beside those that all requests have.
//!
//! Owns: `rules/data/escalations/keys.toml`. INVARIANT: names are in lower case; one that ends in a slash stands for all that begin so.

use std::collections::BTreeMap;
use std::sync::LazyLock;

type Keys = Box<[Box<str>]>;

static KEYS: LazyLock<BTreeMap<Box<str>, Keys>> = LazyLock::new(|| {
    let written: Result<BTreeMap<Box<str>, Vec<String>>, _> =
        toml::from_str(include_str!("../../../rules/data/escalations/keys.toml"));
    let written = written.unwrap_or_else(|error| {
        // it is part of the program, and a test reads it
        unreachable!("rules/data/escalations/keys.toml: {error}")
    });
    // what stands for a tag, or a name, is any
    let known = |key: &String| Box::from(key.split("${").next().unwrap_or_default().to_ascii_lowercase());
    written.into_iter().map(|(action, keys)| (action, keys.iter().map(known).collect())).collect()
});

/// The keys of an action, by its name as AWS writes it; `None` where they are not known.
pub(in crate::escalation) fn keys_of(action: &str) -> Option<&'static [Box<str>]> {
    KEYS.get(action).map(|keys| &**keys)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_those_that_the_reference_lists() {
        let of = |action| keys_of(action).unwrap().iter().map(|key| &**key).collect::<Vec<_>>();
        assert_eq!(of("iam:CreateAccessKey"), ["aws:resourcetag/", "iam:resourcetag/"]);
        assert_eq!(of("iam:AttachGroupPolicy"), ["iam:policyarn"]);
        assert_eq!(of("iam:AddUserToGroup"), [""; 0]);
        assert!(of("iam:UpdateAssumeRolePolicy").contains(&"iam:permissionsboundary"));
        assert_eq!(keys_of("iam:NoSuchAction"), None);
    }
}
