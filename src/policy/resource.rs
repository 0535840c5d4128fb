//! Resource patterns against the ARN of a request.
//!
//! A pattern of six parts is compared part by part, so that a `*` does not run over a colon, but in the last; one of
//! fewer parts that ends in `*` runs over all that follows.
//! Source: AWS IAM User Guide, "IAM JSON policy elements: Resource".

use super::key::ContextKey;
use super::text::{Pattern, Text};

/// `Resource` or `NotResource` of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourceClause {
    /// True for `NotResource`.
    pub negated: bool,
    /// Any of them.
    pub patterns: Box<[Text]>,
}

impl ResourceClause {
    /// True where the statement speaks of this resource, variables having these values.
    pub fn matches(&self, resource: &str, value: impl Fn(&ContextKey) -> Option<String> + Copy) -> bool {
        self.patterns.iter().any(|p| matches(&p.expand(value), resource)) != self.negated
    }

    /// The keys whose values the patterns ask for.
    pub fn variables(&self) -> impl Iterator<Item = &ContextKey> {
        self.patterns.iter().flat_map(Text::variables)
    }
}

/// True where the pattern names the resource. A requested `*` is that text.
#[must_use]
pub fn matches(pattern: &Pattern<'_>, resource: &str) -> bool {
    if matches!(pattern, Pattern::Plain("*")) {
        return true;
    }
    let Some(parts) = pattern.split(6) else { return false };
    if parts.len() < 6 {
        return ends_in_star(pattern) && pattern.globs(resource);
    }
    let mut wanted = resource.splitn(6, ':');
    parts.iter().all(|part| wanted.next().is_some_and(|text| part.globs(text)))
}

fn ends_in_star(pattern: &Pattern<'_>) -> bool {
    match pattern {
        Pattern::Plain(text) => text.ends_with('*'),
        Pattern::Expanded(glyphs) => glyphs.last() == Some(&super::text::Glyph::Any),
        Pattern::Nothing => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROLE: &str = "arn:aws:iam::111122223333:role/team/app";

    fn hits(pattern: &str, resource: &str) -> bool {
        matches(&Pattern::Plain(pattern), resource)
    }

    #[test]
    fn stars_cross_slashes_and_not_the_first_five_colons() {
        assert!(hits("arn:aws:iam::*:role/*", ROLE));
        assert!(hits("arn:aws:iam::111122223333:role/team*", ROLE));
        assert!(hits("*", ROLE));
        assert!(!hits("arn:aws:iam:*:role/team/app", ROLE));
        assert!(!hits("arn:aws:iam::111122223333:Role/team/app", ROLE));
    }

    #[test]
    fn a_short_pattern_that_ends_in_a_star_runs_on() {
        assert!(hits("arn:aws:iam::*", ROLE));
        assert!(hits("arn:aws:*", ROLE));
        assert!(!hits("arn:aws:iam", ROLE));
    }
}
