//! Names of profiles: from a template to names that every SDK reads, each once.

use std::collections::{BTreeMap, BTreeSet};

use crate::answer::{Entry, Step};

/// Tools read this name as the profile that is used where none is named.
const DEFAULT: &str = "default";

/// What names are made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    AccountName,
    AccountId,
    Role,
}

/// The placeholders, as they are written.
const PLACEHOLDERS: [(&str, Part); 3] =
    [("account_name", Part::AccountName), ("account_id", Part::AccountId), ("role", Part::Role)];

/// What a section's name may hold for every SDK: those for Rust and C++ take the fewest.
fn is_valid(c: char) -> bool {
    c.is_ascii_alphanumeric() || "_-.@+/".contains(c)
}

/// True for what can be the name of a section as it is.
#[must_use]
pub fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(is_valid)
}

impl Template {
    /// Reads a template such as `{account_name}-{role}`.
    ///
    /// # Errors
    /// In words, where it has an unknown placeholder or a character that no name can have.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, from)) = rest.split_once('{') {
            let Some((word, after)) = from.split_once('}') else {
                return Err("a `{` has no `}`".to_owned());
            };
            let found = PLACEHOLDERS.into_iter().find(|(name, _)| *name == word);
            let Some((_, part)) = found else {
                return Err(format!(
                    "`{{{word}}}` is unknown; there are {{account_name}}, {{account_id}} and {{role}}"
                ));
            };
            parts.extend([Part::Text(before.to_owned()), part]);
            rest = after;
        }
        parts.push(Part::Text(rest.to_owned()));
        parts.retain(|part| *part != Part::Text(String::new()));
        let texts = parts.iter().filter_map(|part| if let Part::Text(text) = part { Some(text) } else { None });
        if let Some(bad) = texts.flat_map(|text| text.chars()).find(|c| !is_valid(*c)) {
            return Err(format!("{bad:?} cannot stand in a name; letters, digits and _ - . @ + / can"));
        }
        if parts.is_empty() {
            return Err("it is empty".to_owned());
        }
        Ok(Self(parts))
    }

    /// The name that the template gives a role; not yet unique.
    fn name(&self, step: &Step) -> String {
        let parts = self.0.iter().map(|part| match part {
            Part::Text(text) => text.clone(),
            Part::AccountId => step.account.clone(),
            Part::AccountName => {
                Some(valid(&step.account_name)).filter(|name| !name.is_empty()).unwrap_or_else(|| step.account.clone())
            }
            Part::Role => valid(role(step)),
        });
        parts.collect()
    }
}

/// A role of Identity Center is known by its permission set.
fn role(step: &Step) -> &str {
    if let Entry::PermissionSet(set) = &step.entry { set } else { &step.role_name }
}

/// The text with a hyphen for each run of what no name can have, none at its ends.
fn valid(text: &str) -> String {
    let words = text.split(|c| !is_valid(c)).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("-").trim_matches('-').to_owned()
}

/// A name for each step, in order. Where accounts would share a name, each has its id at the end; what is then still the same is
/// numbered. A name that is taken otherwise counts as one of another account.
pub(super) fn names(template: &Template, steps: &[&Step], taken: &[&str]) -> Vec<String> {
    let mut accounts = BTreeMap::<String, BTreeSet<&str>>::new();
    for name in taken.iter().chain(&[DEFAULT]) {
        accounts.entry((*name).to_owned()).or_default().insert("");
    }
    let plain: Vec<String> = steps.iter().map(|step| template.name(step)).collect();
    for (name, step) in plain.iter().zip(steps) {
        accounts.entry(name.clone()).or_default().insert(&step.account);
    }
    let mut used: BTreeSet<String> = taken.iter().chain(&[DEFAULT]).map(|name| (*name).to_owned()).collect();
    let unique = |(name, step): (String, &&Step)| {
        let is_shared = accounts.get(&name).is_some_and(|accounts| accounts.len() > 1);
        let name = if is_shared { format!("{name}-{}", step.account) } else { name };
        let numbered = (2_usize..).map(|number| format!("{name}-{number}"));
        let mut free = std::iter::once(name.clone()).chain(numbered).filter(|name| !used.contains(name));
        let name = free.next().unwrap_or_default();
        used.insert(name.clone());
        name
    };
    plain.into_iter().zip(steps).map(unique).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::{Blocked, MfaStep};

    fn step(account: &str, account_name: &str, role: &str) -> Step {
        Step {
            hop: Blocked { from: String::new(), to: format!("arn:aws:iam::{account}:role/{role}") },
            role_name: role.to_owned(),
            role_path: "/".to_owned(),
            account: account.to_owned(),
            account_name: account_name.to_owned(),
            partition: "aws".to_owned(),
            entry: Entry::AssumeRole,
            mfa: MfaStep::Unneeded,
            external_id: None,
            session_name: None,
            limits: Vec::new(),
        }
    }

    fn named(template: &str, steps: &[Step]) -> Vec<String> {
        let steps: Vec<&Step> = steps.iter().collect();
        names(&Template::parse(template).unwrap(), &steps, &["base"])
    }

    #[test]
    fn what_no_name_can_have_becomes_a_hyphen() {
        let odd = step("111122223333", " \"Pröd\" ]\n[profile x] ", "ops+1@x");
        assert_eq!(named("{account_name}-{role}", &[odd]), ["Pr-d-profile-x-ops+1@x"]);
        assert_eq!(named("{account_name}", &[step("111122223333", "生産", "ops")]), ["111122223333"]);
    }

    #[test]
    fn names_are_unique_and_none_is_taken_already() {
        let steps = [
            step("111122223333", "a b", "x"),
            step("444455556666", "a-b", "x"),
            step("444455556666", "a-b", "x"),
            step("444455556666", "c", "x"),
        ];
        let expected = ["a-b-x-111122223333", "a-b-x-444455556666", "a-b-x-444455556666-2", "c-x"];
        assert_eq!(named("{account_name}-{role}", &steps), expected);
        assert_eq!(named("{role}", &[step("111122223333", "a", "default")]), ["default-111122223333"]);
        assert_eq!(named("base", &[step("111122223333", "a", "b")]), ["base-111122223333"]);
    }

    #[test]
    fn a_template_that_cannot_be_followed_is_refused() {
        for (template, why) in [("{who}", "`{who}` is unknown"), ("{role", "no `}`"), ("a b", "' '"), ("", "empty")] {
            let said = Template::parse(template).unwrap_err();
            assert!(said.contains(why), "{template}: {said}");
        }
    }
}
