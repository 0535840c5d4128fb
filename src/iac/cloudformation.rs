//! IAM resources of CloudFormation templates, in YAML or JSON.

use super::definition::{Definitions, Kind, Place};
use super::yaml::{documents, entries, get, string, text};

/// Types, and the property that names a resource.
const TYPES: [(&str, Kind, &str); 4] = [
    ("AWS::IAM::Role", Kind::Role, "RoleName"),
    ("AWS::IAM::User", Kind::User, "UserName"),
    ("AWS::IAM::Group", Kind::Group, "GroupName"),
    ("AWS::IAM::ManagedPolicy", Kind::Policy, "ManagedPolicyName"),
];

/// Adds what a template defines; fails with what is wrong with it.
pub(super) fn read(content: &str, file: &str, definitions: &mut Definitions) -> Result<(), String> {
    for document in &documents(content)? {
        for (_, line, resource) in get(document, "Resources").map(entries).unwrap_or_default() {
            let kind = get(resource, "Type").and_then(string);
            let Some((_, kind, key)) = TYPES.iter().find(|(name, ..)| kind == Some(name)) else { continue };
            let property = |key: &str| text(get(resource, "Properties").and_then(|properties| get(properties, key)));
            definitions.add(*kind, property(key), property("Path"), Place { file: file.to_owned(), line });
        }
    }
    Ok(())
}
