//! Mermaid flowcharts, which GitHub and GitLab draw in Markdown.
//!
//! Owns: how text is quoted there. INVARIANT: of what a name has, only letters, digits and a few marks without meaning stand in
//! the output as they are; the rest is Mermaid's numeric entities.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Write};

use super::boxes::by_account;
use super::{labels, palette};
use crate::answer::{Drawing, DrawnEdge, Node, PrincipalKind, Verdict};
use crate::report::escape::escape;

/// Edges that Mermaid draws unless its settings say otherwise.
pub const LIMIT_OF_EDGES: usize = 500;

/// Characters of a text that it draws unless its settings say otherwise.
pub const LIMIT_OF_TEXT: usize = 50_000;

/// Writes a picture.
///
/// # Errors
/// If the output cannot be written.
pub fn write(drawing: &Drawing, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "flowchart LR")?;
    writeln!(out, "  %% {}", palette::LEGEND)?;
    for (place, (account, nodes)) in by_account(drawing).into_iter().enumerate() {
        let Some(first) = account else {
            nodes.iter().try_for_each(|node| write_node(node, "  ", out))?;
            continue;
        };
        writeln!(out, "  subgraph a{}[\"{}\"]", place + 1, inside(&labels::account(first)))?;
        nodes.iter().try_for_each(|node| write_node(node, "    ", out))?;
        writeln!(out, "  end")?;
    }
    drawing.edges.iter().try_for_each(|edge| write_edge(edge, out))?;
    write_styles(drawing, out)
}

fn write_node(node: &Node, indent: &str, out: &mut dyn Write) -> io::Result<()> {
    let (open, close) = match node.kind {
        PrincipalKind::User | PrincipalKind::Person | PrincipalKind::Group => ("([", "])"),
        PrincipalKind::Role => ("[", "]"),
        PrincipalKind::Service => ("{{", "}}"),
        PrincipalKind::Federated => ("[/", "\\]"),
        PrincipalKind::Account => ("[[", "]]"),
        PrincipalKind::Public => ("((", "))"),
    };
    writeln!(out, "{indent}{}{open}\"{}\"{close}", node.id, lines(&labels::node(node)))
}

fn write_edge(edge: &DrawnEdge, out: &mut dyn Write) -> io::Result<()> {
    let label = lines(&labels::edge(edge));
    match label.is_empty() {
        true => writeln!(out, "  {} --> {}", edge.from, edge.to),
        false => writeln!(out, "  {} -->|\"{label}\"| {}", edge.from, edge.to),
    }
}

/// Styles of edges, which go by number, and of nodes.
fn write_styles(drawing: &Drawing, out: &mut dyn Write) -> io::Result<()> {
    let mut by_verdict = BTreeMap::<Verdict, Vec<String>>::new();
    for (number, edge) in drawing.edges.iter().enumerate() {
        by_verdict.entry(edge.verdict).or_default().push(number.to_string());
    }
    for (verdict, numbers) in by_verdict {
        let dashes = match verdict {
            Verdict::Allowed => "",
            Verdict::Conditional => ",stroke-dasharray:6 4",
            Verdict::Unknown | Verdict::Denied => ",stroke-dasharray:1 4",
        };
        writeln!(out, "  linkStyle {} stroke:{}{dashes}", numbers.join(","), palette::line(verdict))?;
    }
    let mut by_kind = BTreeMap::<PrincipalKind, Vec<&str>>::new();
    drawing.nodes.iter().for_each(|node| by_kind.entry(node.kind).or_default().push(&node.id));
    for (kind, ids) in by_kind {
        let name = kind.as_str();
        writeln!(out, "  classDef {name} fill:{},stroke:#333333,color:#000000", palette::fill(kind))?;
        writeln!(out, "  class {} {name}", ids.join(","))?;
    }
    let targets: Vec<&str> = drawing.nodes.iter().filter(|node| node.target).map(|node| node.id.as_str()).collect();
    if !targets.is_empty() {
        writeln!(out, "  classDef target stroke-width:4px")?;
        writeln!(out, "  class {} target", targets.join(","))?;
    }
    Ok(())
}

fn lines(texts: &[String]) -> String {
    texts.iter().map(|text| inside(text)).collect::<Vec<_>>().join("<br/>")
}

/// Text inside quotes.
fn inside(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in escape(text).chars() {
        match c {
            ' ' | '.' | ',' | '/' | '-' | '_' | '(' | ')' => safe.push(c),
            c if c.is_alphanumeric() => safe.push(c),
            // writing to a string cannot fail
            c => _ = write!(safe, "#{};", u32::from(c)),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_name_ends_a_string_or_is_markup() {
        assert_eq!(inside("a\"] --> b<b>`#;:é"), "a#34;#93; --#62; b#60;b#62;#96;#35;#59;#58;é");
    }
}
