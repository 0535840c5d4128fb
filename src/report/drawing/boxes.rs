//! Which nodes stand in one box.

use std::collections::BTreeMap;

use crate::answer::{Drawing, Node, PrincipalKind};

/// Nodes by the account that they are in, those of no one account last; an account that is a node needs no box.
pub(super) fn by_account(drawing: &Drawing) -> Vec<(Option<&Node>, Vec<&Node>)> {
    let mut boxes = BTreeMap::<(bool, &str), Vec<&Node>>::new();
    for node in &drawing.nodes {
        let account = if node.kind == PrincipalKind::Account { "" } else { node.account.as_str() };
        boxes.entry((account.is_empty(), account)).or_default().push(node);
    }
    boxes.into_iter().map(|((apart, _), nodes)| (nodes.first().copied().filter(|_| !apart), nodes)).collect()
}
