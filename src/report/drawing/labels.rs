//! The words on nodes and edges. They are not escaped: each format does that in its own way.

use crate::answer::{DrawnEdge, Grouped, Node, PrincipalKind, Verdict};
use crate::arn::Arn;
use crate::report::terminal::names::{number, plural, within};

/// Needs that an edge names.
const NEEDS: usize = 3;

/// Letters of a need on an edge.
const LETTERS: usize = 60;

/// The lines of a node inside the box of its account.
pub(super) fn node(node: &Node) -> Vec<String> {
    let mut lines = vec![match (node.by, node.kind) {
        (Grouped::None, PrincipalKind::Public) => "* (anybody)".to_owned(),
        (Grouped::None, PrincipalKind::Account) => format!("account {}", node.name),
        (Grouped::None, _) => {
            Arn::parse(&node.name).map_or_else(|| node.name.clone(), |arn| within(arn.resource).into_owned())
        }
        (Grouped::Name, _) => format!("{}/{}", node.kind.as_str(), node.name),
        (Grouped::Account | Grouped::Ou, _) => plural(node.principals, noun(node.kind)),
    }];
    if node.by == Grouped::Ou {
        lines.push(format!("of OU {}", node.name));
    }
    if node.by == Grouped::Name {
        let in_accounts = format!("in {}", plural(node.accounts, "account"));
        lines.push(match node.principals == node.accounts {
            true => in_accounts,
            false => format!("{} {in_accounts}", plural(node.principals, noun(node.kind))),
        });
    }
    if let Some(reaching) = node.reaching.filter(|reaching| !node.target && *reaching < node.principals) {
        lines.push(match reaching {
            0 => "on the way".to_owned(),
            some => format!("{} reach the target", number(some)),
        });
    }
    if node.target {
        lines.push("target".to_owned());
    }
    lines
}

fn noun(kind: PrincipalKind) -> &'static str {
    match kind {
        PrincipalKind::User => "user",
        PrincipalKind::Person => "person",
        PrincipalKind::Group => "group of people",
        PrincipalKind::Role => "role",
        PrincipalKind::Service => "service",
        PrincipalKind::Federated => "identity provider",
        PrincipalKind::Account => "outside principal",
        PrincipalKind::Public => "anybody",
    }
}

/// The name of a node's account.
pub(super) fn account(node: &Node) -> String {
    match node.account_name.as_str() {
        "" => format!("account {}", node.account),
        name => format!("{name} ({})", node.account),
    }
}

/// One line that says which principals a node stands for.
pub(super) fn whole(node: &Node) -> String {
    let named = node.examples.join(", ");
    match node.principals.saturating_sub(node.examples.len()) {
        0 => named,
        more => format!("{named} and {} more", number(more)),
    }
}

/// The lines of an edge; none where there is nothing to say.
pub(super) fn edge(edge: &DrawnEdge) -> Vec<String> {
    let mut lines: Vec<String> = happens(edge).into_iter().map(str::to_owned).collect();
    lines.extend(needs(edge).into_iter().take(NEEDS));
    let more = needs(edge).len().saturating_sub(NEEDS);
    if more > 0 {
        lines.push(format!("and {more} more"));
    }
    if edge.edges > 1 {
        lines.push(plural(edge.edges, "edge"));
    }
    lines
}

/// What happens, where it is not that a role is assumed: the kind of a way to escalate.
fn happens(edge: &DrawnEdge) -> Option<&str> {
    (!edge.action.starts_with("sts:AssumeRole")).then_some(&*edge.kind)
}

fn needs(edge: &DrawnEdge) -> Vec<String> {
    let words = match (edge.verdict, edge.needs.as_slice()) {
        (Verdict::Unknown, _) => return vec!["unknown".to_owned()],
        (_, []) => &edge.conditions,
        (_, needs) => needs,
    };
    words.iter().map(|need| shortened(need)).collect()
}

/// At most as many letters as an edge has room for: the whole stands in the tooltip, and in the formats for programs.
fn shortened(text: &str) -> String {
    match text.char_indices().nth(LETTERS) {
        Some((end, _)) => format!("{}...", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// One line that says all of an edge.
pub(super) fn all_of(edge: &DrawnEdge) -> String {
    let needs = if edge.needs.is_empty() { &edge.conditions } else { &edge.needs };
    let needs = if needs.is_empty() { String::new() } else { format!(", needs {}", needs.join(", ")) };
    let what = happens(edge).map_or_else(|| edge.action.clone(), |kind| format!("{kind} ({})", edge.action));
    format!("{what} {}{needs}", edge.verdict.as_str())
}

/// Context keys in one cell.
pub(super) fn conditions(edge: &DrawnEdge) -> String {
    edge.conditions.join(";")
}
