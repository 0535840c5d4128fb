//! A CloudFormation template: groups, their policies and members.

use serde_json::{Map, Value, json};

use crate::answer::{GroupFate, PlanAccount};

/// The groups of an account. A group that stays gets its members alone. Stacks need CAPABILITY_NAMED_IAM.
#[must_use]
pub fn cloudformation(account: &PlanAccount) -> Value {
    let mut resources = Map::new();
    for (at, group) in account.groups.iter().enumerate() {
        let id = id(at + 1, &group.name);
        let mut managed = Vec::new();
        let mut inline = Vec::new();
        for (number, policy) in group.policies.iter().enumerate() {
            if policy.kind == "inline" {
                inline.push(json!({"PolicyName": policy.name, "PolicyDocument": policy.document}));
                continue;
            }
            let own = format!("{id}Policy{}", number + 1);
            let properties = json!({"ManagedPolicyName": policy.name, "PolicyDocument": policy.document});
            resources.insert(own.clone(), json!({"Type": "AWS::IAM::ManagedPolicy", "Properties": properties}));
            managed.push(json!({"Ref": own}));
        }
        let is_new = group.fate == GroupFate::New;
        if is_new {
            let mut properties = Map::from_iter([("GroupName".to_owned(), json!(group.name))]);
            for (key, list) in [("Policies", inline), ("ManagedPolicyArns", managed)] {
                if !list.is_empty() {
                    properties.insert(key.to_owned(), Value::Array(list));
                }
            }
            resources.insert(id.clone(), json!({"Type": "AWS::IAM::Group", "Properties": properties}));
        }
        if !group.members.is_empty() {
            let name = if is_new { json!({"Ref": id}) } else { json!(group.name) };
            let properties = json!({"GroupName": name, "Users": group.members});
            resources.insert(
                format!("{id}Members"),
                json!({"Type": "AWS::IAM::UserToGroupAddition", "Properties": properties}),
            );
        }
    }
    json!({
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": format!("Groups of account {}, planned by rolehop", account.account),
        "Resources": resources,
    })
}

/// Letters and digits; the number makes it unique.
fn id(number: usize, name: &str) -> String {
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).take(40).collect();
    format!("Group{number}{plain}")
}
