//! Resource patterns against the ARN of a request.
//!
//! A pattern of six parts is compared part by part, so that a `*` does not match a colon, except in the last part; a pattern of
//! fewer parts that ends in `*` matches everything that follows.
//! Source: AWS IAM User Guide, "IAM JSON policy elements: Resource".

use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::sync::Arc;

use super::key::ContextKey;
use super::text::{Pattern, Text};
use crate::wildcard;

/// `Resource` or `NotResource` of a statement.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ResourceClause {
    /// True for `NotResource`.
    pub negated: bool,
    /// Any of them, in the order of the document.
    pub patterns: Patterns,
}

/// The patterns of a clause; most have one. How they are stored makes no difference.
#[derive(Clone)]
pub enum Patterns {
    /// A single one.
    One(Text),
    /// Any other number, in one document or in several.
    Many(Arc<List>),
}

impl PartialEq for Patterns {
    fn eq(&self, other: &Self) -> bool {
        matches!((self, other), (Self::Many(own), Self::Many(other)) if Arc::ptr_eq(own, other)) || **self == **other
    }
}

impl Eq for Patterns {}

impl fmt::Debug for Patterns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&**self).finish()
    }
}

/// A list of patterns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct List {
    patterns: Box<[Text]>,
    /// Positions in a long list: first the patterns without wildcard or variable, sorted by text, then the others.
    order: Box<[u32]>,
    exact: u32,
}

/// Up to this length, scanning a list is faster than searching it.
const SHORT: usize = 4;

impl ResourceClause {
    /// A clause of these patterns.
    #[must_use]
    pub fn new(negated: bool, patterns: Patterns) -> Self {
        Self { negated, patterns }
    }

    /// True if a pattern of a long list is exactly this resource.
    #[must_use]
    pub fn lists(&self, resource: &str) -> bool {
        let Some(list) = self.patterns.list() else { return false };
        let exact = list.order.get(..list.exact as usize).unwrap_or_default();
        let text = |at: &u32| self.patterns.get(*at as usize).map_or("", Text::as_str);
        exact.binary_search_by(|at| text(at).cmp(resource)).is_ok()
    }

    /// The patterns that [`ResourceClause::lists`] does not cover.
    pub fn open(&self) -> impl Iterator<Item = &Text> {
        let (order, exact) = self.patterns.list().map_or((&[][..], 0), |list| (&*list.order, list.exact as usize));
        let all = if order.is_empty() { &*self.patterns } else { &[] };
        let rest = order.get(exact..).unwrap_or_default().iter();
        all.iter().chain(rest.filter_map(|at| self.patterns.get(*at as usize)))
    }

    /// The keys of the variables in the patterns.
    pub fn variables(&self) -> impl Iterator<Item = &ContextKey> {
        self.patterns.iter().flat_map(Text::variables)
    }
}

impl Hash for Patterns {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.iter().for_each(|text| text.as_str().hash(state));
    }
}

impl Deref for Patterns {
    type Target = [Text];

    fn deref(&self) -> &[Text] {
        match self {
            Self::One(pattern) => std::slice::from_ref(pattern),
            Self::Many(list) => &list.patterns,
        }
    }
}

impl Patterns {
    fn list(&self) -> Option<&List> {
        match self {
            Self::One(_) => None,
            Self::Many(list) => Some(list),
        }
    }

    /// The same, for several documents.
    pub(super) fn shared(self) -> Arc<List> {
        match self {
            Self::One(pattern) => Arc::new(List::new(Box::new([pattern]))),
            Self::Many(list) => list,
        }
    }
}

impl List {
    fn new(patterns: Box<[Text]>) -> Self {
        if patterns.len() <= SHORT {
            return Self { patterns, order: Box::default(), exact: 0 };
        }
        let is_open = |text: &Text| wildcard::has_wildcard(text.as_str()) || text.as_str().contains("${");
        let mut keyed: Vec<(bool, &str, u32)> =
            patterns.iter().zip(0..).map(|(text, at)| (is_open(text), text.as_str(), at)).collect();
        keyed.sort_unstable();
        let exact = u32::try_from(keyed.iter().filter(|(open, ..)| !open).count()).unwrap_or(u32::MAX);
        let order = keyed.into_iter().map(|(.., at)| at).collect();
        Self { patterns, order, exact }
    }
}

impl<'a> IntoIterator for &'a Patterns {
    type Item = &'a Text;
    type IntoIter = std::slice::Iter<'a, Text>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl FromIterator<Text> for Patterns {
    fn from_iter<I: IntoIterator<Item = Text>>(patterns: I) -> Self {
        let mut patterns = patterns.into_iter();
        match (patterns.next(), patterns.next()) {
            (Some(one), None) => Self::One(one),
            (first, second) => {
                Self::Many(Arc::new(List::new(first.into_iter().chain(second).chain(patterns).collect())))
            }
        }
    }
}

/// True if the pattern matches the resource. A requested `*` is literal text.
#[must_use]
pub fn matches(pattern: &Pattern<'_>, resource: &str) -> bool {
    if let Pattern::Plain(text) = pattern {
        return plain_matches(text, resource);
    }
    let Some(parts) = pattern.split(6) else { return false };
    if parts.len() < 6 {
        return ends_in_star(pattern) && pattern.globs(resource);
    }
    let mut wanted = resource.splitn(6, ':');
    parts.iter().all(|part| wanted.next().is_some_and(|text| part.globs(text)))
}

/// As [`matches`], without variables: the case of millions of comparisons.
fn plain_matches(pattern: &str, resource: &str) -> bool {
    if pattern == "*" || pattern == resource {
        return true;
    }
    // most patterns and resources of a kind differ at their ends
    if let Some(last) = pattern.bytes().last()
        && !wildcard::is_wildcard(last)
        && resource.bytes().last() != Some(last)
    {
        return false;
    }
    let mut rest = pattern;
    let mut text = resource;
    for _ in 0..5 {
        let Some((part, after)) = rest.split_once(':') else {
            return matches_as_a_whole(pattern, resource);
        };
        let Some((wanted, remaining)) = text.split_once(':') else { return matches_as_a_whole(pattern, resource) };
        if part != wanted && !wildcard::matches(part, wanted) {
            return matches_as_a_whole(pattern, resource);
        }
        (rest, text) = (after, remaining);
    }
    wildcard::matches(rest, text)
}

/// A part that does not match settles it, unless the pattern has too few parts to be compared part by part.
fn matches_as_a_whole(pattern: &str, resource: &str) -> bool {
    let has_six_parts = || pattern.bytes().filter(|b| *b == b':').count() >= 5;
    pattern.ends_with('*') && !has_six_parts() && wildcard::matches(pattern, resource)
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
    fn a_long_list_is_searched_and_not_read() {
        let texts = ["a", "b", "c*", "d", "e", "f", "arn:aws:s3:::x"].map(|t| Text::new(t, true));
        let clause = ResourceClause::new(false, texts.into_iter().collect());
        assert!(clause.lists("arn:aws:s3:::x") && clause.lists("a") && !clause.lists("c*") && !clause.lists("g"));
        assert_eq!(clause.open().map(Text::as_str).collect::<Vec<_>>(), ["c*"]);
        let short = ResourceClause::new(false, Patterns::One(Text::new("a", true)));
        assert!(!short.lists("a"));
        assert_eq!(short.open().count(), 1);
    }

    #[test]
    fn the_quick_way_is_the_long_way() {
        let patterns = [
            "*",
            "arn:*",
            "arn:aws:iam::*",
            "arn:aws:iam::111122223333:role/team/app",
            "arn:aws:iam::*:role/*",
            "arn:*:iam::*",
            "arn:aws:s3:::x",
            "arn:aws:iam:*:*:*",
            "nonsense",
            "arn:aws:iam::1*:role/t?am/*",
            ":::::*",
            "arn:aws:iam::111122223333:role/team/app:x",
        ];
        for pattern in patterns {
            let text = Text::new(pattern, true);
            let glyphs = crate::policy::text::Text::new(&pattern.replace('*', "*${aws:x, ''}"), true);
            for resource in [ROLE, "*", "arn:aws:s3:::bucket/key:with:colons", "arn:aws:iam::111122223333:root", ""] {
                let long = matches(&glyphs.expand(|_| None), resource);
                assert_eq!(matches(&text.expand(|_| None), resource), long, "{pattern} {resource}");
            }
        }
    }

    #[test]
    fn a_short_pattern_that_ends_in_a_star_runs_on() {
        assert!(hits("arn:aws:iam::*", ROLE));
        assert!(hits("arn:aws:*", ROLE));
        assert!(!hits("arn:aws:iam", ROLE));
    }
}
