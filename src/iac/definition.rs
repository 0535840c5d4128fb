//! Definitions, and which of them an ARN can be of.

use std::collections::BTreeMap;

use crate::arn::Arn;

/// Where something is defined.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Path of the file with `/` between its parts, relative to where the reader of the report stands.
    pub file: String,
    /// From 1.
    pub line: usize,
}

/// What can be defined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Role,
    User,
    Group,
    Policy,
}

/// A text of a definition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Text {
    /// It is not given: a default.
    Absent,
    /// As written.
    Literal(String),
    /// Put together from variables.
    Computed,
}

/// Definitions by kind and name.
#[derive(Clone, Debug, Default)]
pub struct Definitions {
    by_name: BTreeMap<(Kind, String), Vec<(Text, Place)>>,
    /// Definitions of which the name is computed, or made by AWS.
    unnamed: usize,
}

impl Definitions {
    pub(super) fn add(&mut self, kind: Kind, name: Text, path: Text, place: Place) {
        match name {
            Text::Literal(name) => self.by_name.entry((kind, name)).or_default().push((path, place)),
            Text::Absent | Text::Computed => self.unnamed += 1,
        }
    }

    pub(super) fn append(&mut self, other: Self) {
        for (name, places) in other.by_name {
            self.by_name.entry(name).or_default().extend(places);
        }
        self.unnamed += other.unnamed;
    }

    /// How many have a name.
    #[must_use]
    pub fn named(&self) -> usize {
        self.by_name.values().map(Vec::len).sum()
    }

    /// How many have none that could be compared.
    #[must_use]
    pub fn unnamed(&self) -> usize {
        self.unnamed
    }

    /// Every place that can define what has this ARN: none, one, or several of which nothing tells the right one.
    #[must_use]
    pub fn find(&self, arn: &str) -> Vec<&Place> {
        let Some((kind, path, name)) = Arn::parse(arn).and_then(|arn| identity(&arn)) else { return Vec::new() };
        let fits = |text: &Text| match text {
            Text::Computed => true,
            Text::Absent => path == "/",
            Text::Literal(literal) => *literal == path,
        };
        let found = self.by_name.get(&(kind, name)).into_iter().flatten();
        found.filter(|(path, _)| fits(path)).map(|(_, place)| place).collect()
    }
}

/// Kind, path and name of what IAM calls a friendly name.
fn identity(arn: &Arn<'_>) -> Option<(Kind, String, String)> {
    if arn.service != "iam" {
        return None;
    }
    let (kind, rest) = arn.resource.split_once('/')?;
    let kind = match kind {
        "role" => Kind::Role,
        "user" => Kind::User,
        "group" => Kind::Group,
        "policy" => Kind::Policy,
        _ => return None,
    };
    let (path, name) = rest.rsplit_once('/').map_or(("/".to_owned(), rest), |(path, name)| (format!("/{path}/"), name));
    Some((kind, path, name.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_definition_fits_by_kind_name_and_path() {
        let mut definitions = Definitions::default();
        let place = |line| Place { file: "a.tf".into(), line };
        let literal = |text: &str| Text::Literal(text.into());
        definitions.add(Kind::Role, literal("app"), Text::Absent, place(1));
        definitions.add(Kind::Role, literal("app"), literal("/team/"), place(2));
        definitions.add(Kind::User, literal("app"), Text::Absent, place(3));
        definitions.add(Kind::Role, literal("any"), Text::Computed, place(4));
        definitions.add(Kind::Role, Text::Computed, Text::Absent, place(5));
        let lines = |arn: &str| definitions.find(arn).iter().map(|place| place.line).collect::<Vec<_>>();
        assert_eq!(lines("arn:aws:iam::111122223333:role/app"), [1]);
        assert_eq!(lines("arn:aws:iam::111122223333:role/team/app"), [2]);
        assert_eq!(lines("arn:aws:iam::111122223333:user/app"), [3]);
        assert_eq!(lines("arn:aws:iam::111122223333:role/a/b/any"), [4]);
        assert!(lines("arn:aws:iam::111122223333:role/other/app").is_empty());
        assert!(lines("arn:aws:iam::111122223333:root").is_empty() && lines("*").is_empty());
        assert_eq!((definitions.named(), definitions.unnamed()), (4, 1));
    }
}
