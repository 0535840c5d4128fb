//! DOT, the language of Graphviz.
//!
//! Owns: how text is quoted there. INVARIANT: every name stands in a quoted string in which nothing is a record, an entity or an
//! escape of Graphviz's.

use std::io::{self, Write};

use super::boxes::by_account;
use super::{labels, palette};
use crate::answer::{Drawing, DrawnEdge, Node, PrincipalKind, Verdict};
use crate::report::escape::escape;

/// Writes a picture.
///
/// # Errors
/// If the output cannot be written.
pub fn write(drawing: &Drawing, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "digraph rolehop {{")?;
    let title = lines(&[drawing.title.clone(), palette::LEGEND.to_owned()]);
    writeln!(out, "  graph [rankdir=LR, labelloc=t, fontname=\"Helvetica,Arial,sans-serif\", label={title}];")?;
    writeln!(
        out,
        "  node [style=filled, color=\"#333333\", fontcolor=black, fontname=\"Helvetica,Arial,sans-serif\"];"
    )?;
    writeln!(out, "  edge [fontsize=10, fontname=\"Helvetica,Arial,sans-serif\"];")?;
    for (place, (account, nodes)) in by_account(drawing).into_iter().enumerate() {
        let Some(first) = account else {
            nodes.iter().try_for_each(|node| write_node(node, "  ", out))?;
            continue;
        };
        writeln!(out, "  subgraph cluster_{} {{", place + 1)?;
        writeln!(out, "    label={}; style=rounded; color=\"#888888\";", quoted(&labels::account(first)))?;
        nodes.iter().try_for_each(|node| write_node(node, "    ", out))?;
        writeln!(out, "  }}")?;
    }
    drawing.edges.iter().try_for_each(|edge| write_edge(edge, out))?;
    writeln!(out, "}}")
}

fn write_node(node: &Node, indent: &str, out: &mut dyn Write) -> io::Result<()> {
    let shape = match node.kind {
        PrincipalKind::User => "ellipse",
        PrincipalKind::Person | PrincipalKind::Group => "egg",
        PrincipalKind::Role => "box",
        PrincipalKind::Service => "hexagon",
        PrincipalKind::Federated => "component",
        PrincipalKind::Account => "folder",
        PrincipalKind::Public => "octagon",
    };
    let border = if node.target { ", penwidth=3" } else { "" };
    let (label, tooltip) = (lines(&labels::node(node)), quoted(&labels::whole(node)));
    let (kind, fill) = (node.kind.as_str(), palette::fill(node.kind));
    writeln!(
        out,
        "{indent}{} [label={label}, shape={shape}, fillcolor=\"{fill}\"{border}, class={kind}, tooltip={tooltip}];",
        node.id
    )
}

fn write_edge(edge: &DrawnEdge, out: &mut dyn Write) -> io::Result<()> {
    let style = match edge.verdict {
        Verdict::Allowed => "solid",
        Verdict::Conditional => "dashed",
        Verdict::Unknown | Verdict::Denied => "dotted",
    };
    let (label, tooltip) = (lines(&labels::edge(edge)), quoted(&labels::all_of(edge)));
    let (color, verdict) = (palette::line(edge.verdict), edge.verdict.as_str());
    writeln!(
        out,
        "  {} -> {} [label={label}, style={style}, color=\"{color}\", class={verdict}, tooltip={tooltip}];",
        edge.from, edge.to
    )
}

/// Lines of a label, each centered.
fn lines(texts: &[String]) -> String {
    format!("\"{}\"", texts.iter().map(|text| inside(text)).collect::<Vec<_>>().join("\\n"))
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", inside(text))
}

/// Text inside quotes. Labels know entities of HTML as well.
fn inside(text: &str) -> String {
    escape(text).replace('\\', "\\\\").replace('"', "\\\"").replace('&', "&amp;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_name_ends_a_string_or_means_something_in_it() {
        assert_eq!(quoted("a\"]; b \\N &lt; \n"), "\"a\\\"]; b \\\\N &amp;lt; \\\\u{a}\"");
        assert_eq!(lines(&["a".to_owned(), "b\\".to_owned()]), "\"a\\nb\\\\\"");
    }
}
