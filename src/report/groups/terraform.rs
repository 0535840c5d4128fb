//! Terraform's JSON syntax: groups, their policies and members.
//!
//! Owns: labels. INVARIANT: text of the organization is text for Terraform too: `${` and `%{` are escaped.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::answer::{GroupFate, PlanAccount, PlannedGroup};

/// The groups of an account. A group that stays gets its members alone.
#[must_use]
pub fn terraform(account: &PlanAccount) -> Value {
    let mut resources = Map::new();
    let mut taken = BTreeSet::new();
    for group in &account.groups {
        let label = label(&group.name, &mut taken);
        let name = match group.fate {
            GroupFate::New => format!("${{aws_iam_group.{label}.name}}"),
            GroupFate::Stays => text(&group.name),
        };
        if group.fate == GroupFate::New {
            put(&mut resources, "aws_iam_group", &label, json!({"name": text(&group.name)}));
        }
        policies(group, &label, &name, &mut resources, &mut taken);
        if !group.members.is_empty() {
            let users: Vec<String> = group.members.iter().map(|user| text(user)).collect();
            let members = json!({"name": text(&group.name), "group": name, "users": users});
            put(&mut resources, "aws_iam_group_membership", &label, members);
        }
    }
    json!({"resource": resources})
}

fn policies(
    group: &PlannedGroup,
    label_of_group: &str,
    name: &str,
    resources: &mut Map<String, Value>,
    taken: &mut BTreeSet<String>,
) {
    for policy in &group.policies {
        let document = text(&policy.document.to_string());
        if policy.kind == "inline" {
            let inline = json!({"name": text(&policy.name), "group": name, "policy": document});
            put(resources, "aws_iam_group_policy", label_of_group, inline);
            continue;
        }
        let label = label(&policy.name, taken);
        put(resources, "aws_iam_policy", &label, json!({"name": text(&policy.name), "policy": document}));
        let attached = json!({"group": name, "policy_arn": format!("${{aws_iam_policy.{label}.arn}}")});
        put(resources, "aws_iam_group_policy_attachment", &label, attached);
    }
}

fn put(resources: &mut Map<String, Value>, kind: &str, label: &str, body: Value) {
    let of_kind = resources.entry(kind).or_insert_with(|| Value::Object(Map::new()));
    if let Some(of_kind) = of_kind.as_object_mut() {
        of_kind.insert(label.to_owned(), body);
    }
}

/// A label that no other resource has: letters, digits, `_` and `-`.
fn label(name: &str, taken: &mut BTreeSet<String>) -> String {
    let plain: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' || c == '_' { c } else { '_' }).collect();
    let mut label = if plain.starts_with(|c: char| c.is_ascii_alphabetic()) { plain } else { format!("g_{plain}") };
    while !taken.insert(label.to_lowercase()) {
        label.push('_');
    }
    label
}

fn text(of: &str) -> String {
    of.replace("${", "$${").replace("%{", "%%{")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_valid_and_differ_where_names_do() {
        let mut taken = BTreeSet::new();
        let labels = ["a+b", "a=b", "1st", "A+B"].map(|name| label(name, &mut taken));
        assert_eq!(labels, ["a_b", "a_b_", "g_1st", "A_B__"]);
        assert_eq!(text("role/${*}%{x}"), "role/$${*}%%{x}");
    }
}
