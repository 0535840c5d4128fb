//! From a name or an address to the permitted call.
//!
//! Owns: the list of all calls in the order of services, and how the path of a REST call is matched.

use std::sync::LazyLock;

use super::operation::{Operation, Protocol, Service};
use super::table::{Facet, SESSIONS};

/// A call, with the data set that needs it.
type Entry = (Option<Facet>, &'static Operation);

static OPERATIONS: LazyLock<Vec<Entry>> = LazyLock::new(|| {
    let of_sessions = SESSIONS.iter().map(|operation| (None, operation));
    let of = |facet: Facet| facet.descriptor().operations.iter().map(move |operation| (Some(facet), operation));
    let mut all: Vec<Entry> = of_sessions.chain(Facet::ALL.iter().copied().flat_map(of)).collect();
    all.sort_by_key(|(_, operation)| operation.service);
    all
});

/// Every call that rolehop makes, with the data set that needs it; `None` if every collection does.
pub fn operations() -> impl Iterator<Item = (Option<Facet>, &'static Operation)> {
    OPERATIONS.iter().copied()
}

fn of_service(service: Service) -> impl Iterator<Item = &'static Operation> {
    operations().map(|(_, operation)| operation).filter(move |operation| operation.service == service)
}

/// The call with this service and name, if it is permitted.
#[must_use]
pub fn operation(service: Service, name: &str) -> Option<&'static Operation> {
    of_service(service).find(|operation| operation.name == name)
}

/// The REST call with this service, method and path, if it is permitted, and the segments of the path in place of each `{}`.
#[must_use]
pub fn addressed<'p>(service: Service, method: &str, path: &'p str) -> Option<(&'static Operation, Vec<&'p str>)> {
    of_service(service).find_map(|operation| match operation.protocol {
        Protocol::Rest { method: its, path: pattern } if its == method => Some((operation, segments(pattern, path)?)),
        _ => None,
    })
}

/// The segments of a path in place of each `{}` of a pattern; `None` if it does not match.
fn segments<'p>(pattern: &str, path: &'p str) -> Option<Vec<&'p str>> {
    let mut found = Vec::new();
    let mut parts = path.split('/');
    for wanted in pattern.split('/') {
        let part = parts.next()?;
        match wanted {
            "{}" if !part.is_empty() => found.push(part),
            _ if wanted == part => {}
            _ => return None,
        }
    }
    parts.next().is_none().then_some(found)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_path_fits_a_pattern_as_a_whole() {
        assert_eq!(segments("/analyzer/{}", "/analyzer/a"), Some(vec!["a"]));
        assert_eq!(segments("/analyzer", "/analyzer"), Some(vec![]));
        for path in ["/analyzer/", "/analyzer/a/b", "/analyzer", "/other/a", "analyzer/a", ""] {
            assert_eq!(segments("/analyzer/{}", path), None, "{path}");
        }
    }

    #[test]
    fn a_call_stands_in_the_table_once() {
        let calls: BTreeSet<_> = operations().map(|(_, operation)| operation.action()).collect();
        assert_eq!(calls.len(), operations().count());
    }

    #[test]
    fn every_call_that_lists_says_what_it_lists() {
        let lists = |name: &str| name.starts_with("List") && name != "ListOrganizationsFeatures";
        for (_, operation) in operations().filter(|(_, o)| lists(o.name) || o.name.starts_with("Describe")) {
            assert!(!operation.required.is_empty(), "{}", operation.name);
        }
    }
}
