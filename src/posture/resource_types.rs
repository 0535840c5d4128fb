//! Actions that are about one type of resource alone.
//!
//! Owns: the table of types (`rules/data/resource-types.toml`). Of actions that it does not have nothing is said.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde::Deserialize;

use crate::policy::catalog::CatalogAction;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    r#type: Vec<Type>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Type {
    service: String,
    name: String,
    actions: BTreeSet<String>,
}

/// Names of actions, by service and type.
static TYPES: LazyLock<BTreeMap<(String, String), BTreeSet<String>>> = LazyLock::new(|| {
    let table: Result<Table, _> = toml::from_str(include_str!("../../rules/data/resource-types.toml"));
    let table = table.unwrap_or_else(|error| unreachable!("rules/data/resource-types.toml: {error}"));
    table.r#type.into_iter().map(|of| ((of.service, of.name), of.actions)).collect()
});

/// A type of resource.
pub(crate) struct ResourceType {
    service: &'static str,
    actions: Option<&'static BTreeSet<String>>,
}

impl ResourceType {
    pub(crate) fn new(service: &'static str, name: &str) -> Self {
        Self { service, actions: TYPES.get(&(service.to_owned(), name.to_owned())) }
    }

    /// Whether each of the actions is about resources of this type alone.
    pub(crate) fn is_all_that(&self, mut actions: impl Iterator<Item = CatalogAction>) -> bool {
        actions.all(|of| of.service == self.service && self.actions.is_some_and(|known| known.contains(of.name)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::catalog;

    #[test]
    fn every_action_of_the_table_is_one_of_the_catalog() {
        assert_eq!(TYPES.len(), 4);
        for ((service, kind), actions) in &*TYPES {
            assert!(!actions.is_empty(), "{kind}");
            for action in actions {
                assert!(catalog::access_level(service, action).is_some(), "{service}:{action}");
            }
        }
    }
}
