//! The position of each root, OU and account in its list, by id: ten thousand accounts are looked up for ten thousand
//! answers.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::value::text;

/// A kind of node.
#[derive(Debug)]
struct Kind {
    /// The type as a policy target.
    target: &'static str,
    /// The segment in an ARN.
    segment: &'static str,
    /// The list in `organization.json`.
    list: &'static str,
}

static KINDS: [Kind; 3] = [
    Kind { target: "ROOT", segment: "root", list: "Roots" },
    Kind { target: "ORGANIZATIONAL_UNIT", segment: "ou", list: "OrganizationalUnits" },
    Kind { target: "ACCOUNT", segment: "account", list: "Accounts" },
];

/// Where a node is listed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    /// The type as a policy target: `ROOT`, `ORGANIZATIONAL_UNIT` or `ACCOUNT`.
    pub(crate) kind: &'static str,
    /// The segment of its ARN.
    pub(crate) segment: &'static str,
    /// Its list in `organization.json`.
    pub(crate) list: &'static str,
    /// Its position in that list.
    pub(crate) at: usize,
}

/// The places of all nodes.
#[derive(Debug)]
pub(crate) struct Index(HashMap<String, Place>);

impl Index {
    /// If two nodes have the same id, the first is found.
    pub(crate) fn of(organization: Option<&Map<String, Value>>) -> Self {
        let mut places = HashMap::new();
        for kind in &KINDS {
            let nodes = organization.and_then(|file| file.get(kind.list)?.as_array());
            for (at, node) in nodes.into_iter().flatten().enumerate() {
                if let Some(id) = text(node, "Id") {
                    let place = Place { kind: kind.target, segment: kind.segment, list: kind.list, at };
                    places.entry(id.to_owned()).or_insert(place);
                }
            }
        }
        Self(places)
    }

    pub(crate) fn place(&self, id: &str) -> Option<Place> {
        self.0.get(id).copied()
    }
}
