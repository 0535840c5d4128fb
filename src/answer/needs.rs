//! What an answer still needs, in as few words as a cell of a table has room for.
//!
//! Owns: which needs are one. What several paths ask for in the same words is one need with all their values.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Serialize, Serializer};

/// Values of one need that are named.
const NAMED: usize = 2;

/// What is needed, and which values of it pass. In JSON a list of phrases.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    by_words: BTreeMap<String, Values>,
    /// By issuer, whom its token must be for: said only where no other claim tells of whom it is.
    audiences: BTreeMap<String, BTreeSet<String>>,
    /// Issuers of which another claim is tested.
    told: BTreeSet<String>,
}

/// The values of one need.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Values {
    pass: BTreeSet<String>,
    /// True where paths were put together that ask for different ones.
    differ: bool,
}

impl Needs {
    /// Adds a need, with a value that passes if it has values.
    pub fn add(&mut self, words: String, value: Option<String>) {
        self.by_words.entry(words).or_default().pass.extend(value);
    }

    /// Adds whom a token of this issuer must be for.
    pub fn add_audience(&mut self, issuer: &str, audience: &str) {
        self.audiences.entry(issuer.to_owned()).or_default().insert(audience.to_owned());
    }

    /// Another claim of this issuer is needed, and tells more than the audience.
    pub fn tell(&mut self, issuer: &str) {
        self.told.insert(issuer.to_owned());
    }

    /// Puts together with what another path needs for the same answer.
    pub fn merge(&mut self, other: &Self) {
        for (words, values) in &other.by_words {
            let known = self.by_words.entry(words.clone()).or_insert_with(|| values.clone());
            known.differ |= values.differ || known.pass != values.pass;
            known.pass.extend(values.pass.iter().cloned());
        }
        for (issuer, values) in &other.audiences {
            self.audiences.entry(issuer.clone()).or_default().extend(values.iter().cloned());
        }
        self.told.extend(other.told.iter().cloned());
    }

    /// True where nothing is needed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_words.is_empty() && self.audiences.is_empty()
    }

    /// A phrase each.
    #[must_use]
    pub fn phrases(&self) -> Vec<String> {
        let audiences = self.audiences.iter().filter(|(issuer, _)| !self.told.contains(*issuer));
        let audiences = audiences.map(|(issuer, values)| match issuer.as_str() {
            "SAML" => "SAML sign-in".to_owned(),
            issuer => format!("any token of {issuer} for {}", listed(values)),
        });
        let named = self.by_words.iter().map(|(words, values)| {
            let by_role = if values.differ { " (by role)" } else { "" };
            match (words.as_str(), values.pass.len()) {
                (words, 0) => words.to_owned(),
                // which one it is protects nothing, and may be nobody's business
                ("external id", 2..) if !values.differ => format!("{words} (any of {})", values.pass.len()),
                ("external id", _) => format!("{words}{by_role}"),
                (words, _) => format!("{words} {}{by_role}", listed(&values.pass)),
            }
        });
        named.chain(audiences).collect()
    }
}

impl Serialize for Needs {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.phrases().serialize(serializer)
    }
}

fn listed(values: &BTreeSet<String>) -> String {
    let named: Vec<&str> = values.iter().take(NAMED).map(String::as_str).collect();
    match values.len().saturating_sub(NAMED) {
        0 => named.join(" or "),
        more => format!("{} or {more} more", named.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn needs(values: &[&str]) -> Needs {
        let mut needs = Needs::default();
        values.iter().for_each(|value| needs.add("external id".to_owned(), Some((*value).to_owned())));
        needs
    }

    #[test]
    fn values_of_one_path_are_alternatives_and_those_of_several_are_not() {
        let mut one = needs(&["a", "b"]);
        assert_eq!(one.phrases(), ["external id (any of 2)"]);
        one.merge(&needs(&["a", "b"]));
        assert_eq!(one.phrases(), ["external id (any of 2)"]);
        one.merge(&needs(&["c"]));
        assert_eq!(one.phrases(), ["external id (by role)"]);
        let mut tags = Needs::default();
        tags.add("tag team =".to_owned(), Some("x".to_owned()));
        let mut others = Needs::default();
        others.add("tag team =".to_owned(), Some("y".to_owned()));
        tags.merge(&others);
        assert_eq!(tags.phrases(), ["tag team = x or y (by role)"]);
    }
}
