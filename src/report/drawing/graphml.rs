//! GraphML, which Gephi, yEd, Neo4j and networkx read.
//!
//! Owns: the attributes, and how text is escaped. Nothing of the picture is left out, and labels are not shortened.

use std::io::{self, Write};

use super::labels;
use crate::answer::{Drawing, DrawnEdge, Node};
use crate::report::escape::escape;

/// Attributes: of what, name and type.
const KEYS: [(&str, &str, &str); 19] = [
    ("graph", "title", "string"),
    ("graph", "grouped", "string"),
    ("node", "label", "string"),
    ("node", "kind", "string"),
    ("node", "name", "string"),
    ("node", "by", "string"),
    ("node", "account", "string"),
    ("node", "account_name", "string"),
    ("node", "accounts", "int"),
    ("node", "principals", "int"),
    ("node", "examples", "string"),
    ("node", "target", "boolean"),
    ("node", "reaching", "int"),
    ("edge", "kind", "string"),
    ("edge", "action", "string"),
    ("edge", "verdict", "string"),
    ("edge", "conditions", "string"),
    ("edge", "needs", "string"),
    ("edge", "edges", "int"),
];

/// Writes a picture.
///
/// # Errors
/// If the output cannot be written.
pub fn write(drawing: &Drawing, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
    writeln!(out, "<graphml xmlns=\"http://graphml.graphdrawing.org/xmlns\">")?;
    for (of, name, kind) in KEYS {
        writeln!(out, "  <key id=\"{of}_{name}\" for=\"{of}\" attr.name=\"{name}\" attr.type=\"{kind}\"/>")?;
    }
    writeln!(out, "  <graph id=\"rolehop\" edgedefault=\"directed\">")?;
    data("graph", "title", &drawing.title, out)?;
    data("graph", "grouped", drawing.grouped.as_str(), out)?;
    drawing.nodes.iter().try_for_each(|node| write_node(node, out))?;
    drawing.edges.iter().enumerate().try_for_each(|(place, edge)| write_edge(place, edge, out))?;
    writeln!(out, "  </graph>")?;
    writeln!(out, "</graphml>")
}

fn write_node(node: &Node, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "    <node id=\"{}\">", node.id)?;
    data("node", "label", &labels::node(node).join(", "), out)?;
    data("node", "kind", node.kind.as_str(), out)?;
    data("node", "name", &node.name, out)?;
    data("node", "by", node.by.as_str(), out)?;
    data("node", "account", &node.account, out)?;
    data("node", "account_name", &node.account_name, out)?;
    data("node", "accounts", &node.accounts.to_string(), out)?;
    data("node", "principals", &node.principals.to_string(), out)?;
    data("node", "examples", &node.examples.join(" "), out)?;
    data("node", "target", if node.target { "true" } else { "false" }, out)?;
    if let Some(reaching) = node.reaching {
        data("node", "reaching", &reaching.to_string(), out)?;
    }
    writeln!(out, "    </node>")
}

fn write_edge(place: usize, edge: &DrawnEdge, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "    <edge id=\"e{}\" source=\"{}\" target=\"{}\">", place + 1, edge.from, edge.to)?;
    data("edge", "kind", &edge.kind, out)?;
    data("edge", "action", &edge.action, out)?;
    data("edge", "verdict", edge.verdict.as_str(), out)?;
    data("edge", "conditions", &labels::conditions(edge), out)?;
    data("edge", "needs", &edge.needs.join("; "), out)?;
    data("edge", "edges", &edge.edges.to_string(), out)?;
    writeln!(out, "    </edge>")
}

fn data(of: &str, name: &str, text: &str, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "      <data key=\"{of}_{name}\">{}</data>", inside(text))
}

/// Text of an element. XML has no way to write most control characters and two others, so they are made visible.
fn inside(text: &str) -> String {
    let text = escape(text).replace('\u{fffe}', "\\u{fffe}").replace('\u{ffff}', "\\u{ffff}");
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_name_is_markup_or_forbidden_in_xml() {
        assert_eq!(inside("a</data>&\u{1}]]>\u{fffe}"), "a&lt;/data&gt;&amp;\\u{1}]]&gt;\\u{fffe}");
    }
}
