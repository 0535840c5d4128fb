//! Paths as a picture: what several of them share is drawn once.

use std::collections::BTreeMap;

use super::{Drawing, DrawnEdge, Grouped, Node};
use crate::answer::{Hop, PathAnswer, PrincipalKind, Verdict};
use crate::arn::Arn;

impl Drawing {
    /// The paths of one question, best first, with the names of accounts by id. Where there is none, both ends without an edge.
    #[must_use]
    pub fn of_paths(paths: &[PathAnswer], names: &BTreeMap<String, String>) -> Option<Self> {
        let best = paths.first()?;
        let mut drawing = Self {
            schema: Self::SCHEMA,
            title: title(best, paths.len()),
            verdict: Some(best.verdict),
            grouped: Grouped::None,
            nodes: Vec::new(),
            edges: Vec::new(),
            gaps: best.gaps.clone(),
        };
        if best.hops.is_empty() {
            drawing.node(&best.from, kind_of(&best.from, ""), names);
            drawing.node(&best.to, PrincipalKind::Role, names);
        }
        for hop in paths.iter().flat_map(|path| &path.hops) {
            let from = drawing.node(&hop.from, kind_of(&hop.from, &hop.kind), names);
            let to = drawing.node(&hop.to, PrincipalKind::Role, names);
            let edge = DrawnEdge {
                from,
                to,
                kind: hop.kind.clone(),
                action: hop.action.clone(),
                verdict: hop.verdict,
                conditions: hop.conditions.clone(),
                needs: needs(hop),
                edges: 1,
            };
            if !drawing.edges.contains(&edge) {
                drawing.edges.push(edge);
            }
        }
        for path in paths {
            let end = path.hops.last().map_or(path.to.as_str(), |hop| hop.to.as_str());
            if let Some(node) = drawing.nodes.iter_mut().find(|node| node.name == end) {
                node.target = true;
            }
        }
        Some(drawing)
    }

    /// The id of a principal's node, which is made where it is met first.
    fn node(&mut self, name: &str, kind: PrincipalKind, names: &BTreeMap<String, String>) -> String {
        if let Some(known) = self.nodes.iter().find(|node| node.name == name) {
            return known.id.clone();
        }
        let account = match kind {
            PrincipalKind::Account => name,
            _ => Arn::parse(name).map_or("", |arn| arn.account),
        };
        let id = Node::id_at(self.nodes.len());
        self.nodes.push(Node {
            id: id.clone(),
            kind,
            name: name.to_owned(),
            by: Grouped::None,
            account: account.to_owned(),
            account_name: names.get(account).cloned().unwrap_or_default(),
            accounts: usize::from(!account.is_empty()),
            principals: 1,
            examples: vec![name.to_owned()],
            target: false,
            reaching: None,
        });
        id
    }
}

/// A hop's needs in words; where they say nothing, its context keys do.
fn needs(hop: &Hop) -> Vec<String> {
    if hop.needs.is_empty() && hop.verdict == Verdict::Conditional { hop.conditions.clone() } else { hop.needs.clone() }
}

fn title(best: &PathAnswer, count: usize) -> String {
    let (from, to, verdict) = (&best.from, &best.to, best.verdict.as_str());
    match (best.hop_count, count) {
        (None, _) => format!("{from} to {to}: {verdict}, no path"),
        (Some(1), 1) => format!("{from} to {to}: {verdict} in 1 hop"),
        (Some(hops), 1) => format!("{from} to {to}: {verdict} in {hops} hops"),
        (Some(_), count) => format!("{from} to {to}: {verdict}, the {count} best paths"),
    }
}

/// What a name stands for where a hop of this kind starts.
fn kind_of(name: &str, hop: &str) -> PrincipalKind {
    match hop {
        "service" => PrincipalKind::Service,
        "federation" => PrincipalKind::Federated,
        _ if name == "*" => PrincipalKind::Public,
        _ if name.len() == 12 && name.bytes().all(|b| b.is_ascii_digit()) => PrincipalKind::Account,
        _ => match Arn::parse(name).map(|arn| arn.resource) {
            Some(resource) if resource.starts_with("user/") => PrincipalKind::User,
            Some(resource) if resource.starts_with("role/") => PrincipalKind::Role,
            Some("root") => PrincipalKind::Account,
            Some(_) => PrincipalKind::Federated,
            None => PrincipalKind::Service,
        },
    }
}
