//! A picture of who can assume what: nodes that stand for principals, and edges between them.
//!
//! Owns: what a picture has. Does not know how one is found (`graph::query`), nor how any format writes it (`report::drawing`).

mod of_paths;

use serde::Serialize;

use super::verdict::Verdict;
use super::who_can::PrincipalKind;
use crate::snapshot::ledger::Gap;

/// `rolehop/graph/v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Drawing {
    /// Always [`Drawing::SCHEMA`].
    pub schema: &'static str,
    /// What it shows, in a sentence.
    pub title: String,
    /// Of paths: the verdict of the best one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
    /// How principals were put together.
    pub grouped: Grouped,
    /// In a stable order; edges speak of them by `id`.
    pub nodes: Vec<Node>,
    /// In order of their nodes.
    pub edges: Vec<DrawnEdge>,
    /// Missing data that matters here.
    pub gaps: Vec<Gap>,
}

/// How principals are put together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, clap::ValueEnum, strum::IntoStaticStr)]
#[strum(serialize_all = "lowercase")]
#[serde(rename_all = "lowercase")]
pub enum Grouped {
    /// Each principal is a node
    None,
    /// Users of one account are a node, and roles of one name in all accounts
    Name,
    /// Users of one account are a node, and roles of one account
    Account,
    /// Users of one OU are a node, and roles of one OU
    Ou,
}

impl Grouped {
    /// The lower-case word that every format prints.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// A principal, or several that are drawn as one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Node {
    /// `n1`, `n2`, …
    pub id: String,
    /// What they are.
    pub kind: PrincipalKind,
    /// What they have in common: the name of roles, the id of an account, the path of an OU; of one principal its ARN or whatever it has.
    pub name: String,
    /// What `name` is: of one principal, of several of one name, of one account, or of one OU.
    pub by: Grouped,
    /// Id of the account that all of them are in; empty where there is none.
    pub account: String,
    /// Its name, where it is known.
    pub account_name: String,
    /// How many accounts they are in.
    pub accounts: usize,
    /// How many there are.
    pub principals: usize,
    /// The first few of them.
    pub examples: Vec<String>,
    /// True for what the picture is about: roles of the target, the end of a path.
    pub target: bool,
    /// Of the surroundings of a target: how many of them reach it, as `who-can` says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reaching: Option<usize>,
}

/// Direct edges between the principals of two nodes that are known alike.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DrawnEdge {
    /// A node's `id`.
    pub from: String,
    /// A node's `id`.
    pub to: String,
    /// As in [`Hop::kind`](super::Hop::kind).
    pub kind: String,
    /// As in [`Hop::action`](super::Hop::action).
    pub action: String,
    /// What is known of each of them.
    pub verdict: Verdict,
    /// Deciding context keys, sorted.
    pub conditions: Vec<String>,
    /// The same in words.
    pub needs: Vec<String>,
    /// How many there are.
    pub edges: usize,
}

impl Drawing {
    /// Name and version of the JSON form.
    pub const SCHEMA: &'static str = "rolehop/graph/v1";
}

impl Node {
    /// Principals that are named at most.
    pub const EXAMPLES: usize = 3;

    /// The id of the node at a place, from 0.
    #[must_use]
    pub fn id_at(place: usize) -> String {
        format!("n{}", place + 1)
    }
}
