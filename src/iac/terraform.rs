//! IAM resources of Terraform, in HCL or JSON.

use hcl_edit::Span;
use hcl_edit::parser::parse_body;
use hcl_edit::structure::{Block, Structure};

use super::definition::{Definitions, Kind, Place, Text};
use super::yaml::{documents, entries, get, items, text};

fn kind(resource: &str) -> Option<Kind> {
    match resource {
        "aws_iam_role" => Some(Kind::Role),
        "aws_iam_user" => Some(Kind::User),
        "aws_iam_group" => Some(Kind::Group),
        "aws_iam_policy" => Some(Kind::Policy),
        _ => None,
    }
}

/// Adds what a `.tf` file defines; fails with what is wrong with it.
pub(super) fn read_hcl(content: &str, file: &str, definitions: &mut Definitions) -> Result<(), String> {
    let body = parse_body(content).map_err(|error| error.to_string())?;
    for structure in &body {
        let Structure::Block(block) = structure else { continue };
        let label = block.labels.first().map(|label| label.as_str());
        let Some(kind) = label.filter(|_| block.ident.as_str() == "resource").and_then(kind) else { continue };
        let start = block.span().map_or(0, |span| span.start);
        let line = content.bytes().take(start).filter(|byte| *byte == b'\n').count() + 1;
        definitions.add(
            kind,
            attribute(block, "name"),
            attribute(block, "path"),
            Place { file: file.to_owned(), line },
        );
    }
    Ok(())
}

/// An attribute, if it is a text without interpolation.
fn attribute(block: &Block, key: &str) -> Text {
    match block.body.get_attribute(key) {
        None => Text::Absent,
        Some(attribute) => attribute.value.as_str().map_or(Text::Computed, |text| Text::Literal(text.to_owned())),
    }
}

/// Adds what a `.tf.json` file defines; fails with what is wrong with it.
pub(super) fn read_json(content: &str, file: &str, definitions: &mut Definitions) -> Result<(), String> {
    for document in &documents(content)? {
        for resources in get(document, "resource").map(items).unwrap_or_default() {
            for (name, _, labels) in entries(resources) {
                let Some(kind) = kind(name) else { continue };
                for (_, line, body) in items(labels).into_iter().flat_map(entries) {
                    for body in items(body) {
                        let place = Place { file: file.to_owned(), line };
                        definitions.add(kind, text(get(body, "name")), text(get(body, "path")), place);
                    }
                }
            }
        }
    }
    Ok(())
}
