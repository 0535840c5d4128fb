//! A template: what there is once the stack is made or updated.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::identity::{self, Place};
use super::intrinsics::Scope;
use super::node::Node;
use super::parameters::Parameters;
use super::resources::{Reader, Resource};
use super::term::Term;
use crate::difference::Source;
use crate::ids::AccountId;
use crate::planned::suffix::Suffix;
use crate::planned::{Plan, PlanError};

/// Reads a template.
pub(super) fn read(root: &Node, file: &str, given: &Parameters, place: &dyn Place) -> Result<Plan, PlanError> {
    let Some(account) = place.account() else {
        return Err(PlanError::new(
            format!("the account of `{file}` is not known"),
            file,
            "a template does not say in which account its stack is",
            "name it: `--account ID`",
        ));
    };
    let mut plan = Plan { suffix: Suffix::CLOUDFORMATION, ..Plan::default() };
    let parameters = parameters(root, given, file, (account, place))?;
    let mut scope = Scope {
        parameters,
        mappings: root.get("Mappings"),
        conditions: root.get("Conditions"),
        resources: BTreeMap::new(),
    };
    if let Some(transform) = root.get("Transform") {
        let named: Vec<&str> =
            transform.text().into_iter().chain(transform.items().iter().filter_map(Node::text)).collect();
        let source = Source::new(file, Some(transform.line), "Transform");
        plan.leave(&source, format!("{} may add resources of which the template does not tell", named.join(", ")));
    }
    let stack = scope.parameters.get("AWS::StackName").and_then(|name| name.clone().ok());
    let stack = stack.as_ref().and_then(Json::as_str).map(str::to_owned);
    let nodes = root.get("Resources").map(Node::members).unwrap_or_default();
    let mut found = Vec::new();
    for (logical, node) in nodes {
        let source = Source::new(file, Some(node.line), logical.as_str());
        let Some(kind) = node.get("Type").and_then(Node::text) else {
            plan.leave(&source, "it has no type");
            continue;
        };
        match node.get("Condition").and_then(Node::text).map(|name| scope.holds(name)) {
            None | Some(Ok(true)) => found.push((source, kind.to_owned(), node.get("Properties"))),
            Some(Ok(false)) => {}
            Some(Err(why)) if identity::is_of_access(kind) => {
                plan.leave(&source, format!("whether it is made is not known: {why}"));
            }
            Some(Err(_)) => *plan.others.entry(kind.to_owned()).or_default() += 1,
        }
    }
    let empty = || Term::new(0, super::term::Computed::Map(Vec::new()));
    // names first: documents refer to them
    let mut names = BTreeMap::new();
    for (source, kind, properties) in &found {
        let properties = properties.map_or_else(empty, |node| scope.compute(node));
        names.extend(identity::references(&source.resource, kind, &properties, (account, place, stack.as_deref())));
    }
    scope.resources = names;
    let mut reader = Reader { plan, account, place, stack };
    for (source, kind, properties) in found {
        let after = properties.map_or_else(empty, |node| scope.compute(node));
        reader.add(&Resource { source, kind, before: None, after: Some(after), physical: None, is_new: false });
    }
    reader.plan.notes.push("a template does not say what its stack had before: nothing is removed".to_owned());
    Ok(reader.plan.ordered())
}

/// The value of each parameter, or why it has none; and pseudo parameters.
fn parameters(
    root: &Node,
    given: &Parameters,
    file: &str,
    (account, place): (AccountId, &dyn Place),
) -> Result<BTreeMap<String, Result<Json, String>>, PlanError> {
    let partition = place.partition(account);
    let suffix = if partition == "aws-cn" { "amazonaws.com.cn" } else { "amazonaws.com" };
    let known = |text: &str| Ok(Json::String(text.to_owned()));
    let mut values = BTreeMap::from([
        ("AWS::AccountId".to_owned(), known(&account.to_string())),
        ("AWS::Partition".to_owned(), known(&partition)),
        ("AWS::URLSuffix".to_owned(), known(suffix)),
    ]);
    for name in ["AWS::Region", "AWS::StackName", "AWS::StackId", "AWS::NotificationARNs"] {
        let why = format!("{name} is not told: --parameter {name}=VALUE");
        values.insert(name.to_owned(), given.get(name).cloned().flatten().map(Json::String).ok_or(why));
    }
    let declared = root.get("Parameters").map(Node::members).unwrap_or_default();
    for (name, node) in declared {
        let kind = node.get("Type").and_then(Node::text).unwrap_or("String");
        let default = node.get("Default").and_then(|node| match &node.value {
            super::node::Value::Scalar(Json::String(text)) => Some(text.clone()),
            super::node::Value::Scalar(Json::Null) => None,
            super::node::Value::Scalar(other) => Some(other.to_string()),
            _ => None,
        });
        let text = given.get(name).cloned().unwrap_or(default);
        let value = match text {
            _ if kind.starts_with("AWS::SSM::Parameter::Value") => {
                Err(format!("parameter {name} is read from Parameter Store when the stack is made"))
            }
            None if given.contains_key(name) => {
                Err(format!("parameter {name} keeps the value that the stack has: --parameter {name}=VALUE"))
            }
            None => Err(format!("parameter {name} has no value: --parameter {name}=VALUE")),
            Some(text) if kind == "CommaDelimitedList" || kind.starts_with("List<") => {
                Ok(text.split(',').map(|part| Json::String(part.trim().to_owned())).collect::<Vec<_>>().into())
            }
            Some(text) => Ok(Json::String(text)),
        };
        values.insert(name.clone(), value);
    }
    let unknown = given.keys().find(|name| !values.contains_key(*name));
    if let Some(name) = unknown {
        let names: Vec<&str> = declared.iter().map(|(name, _)| name.as_str()).collect();
        let why = if names.is_empty() { "it has none".to_owned() } else { format!("it has {}", names.join(", ")) };
        return Err(PlanError::new(
            format!("`{file}` has no parameter `{name}`"),
            &format!("--parameter {name}"),
            &why,
            "name parameters as the template spells them",
        ));
    }
    Ok(values)
}
