//! What a plan says of its configuration: which provider a resource has, and what its expressions refer to.
//!
//! Owns: following a reference through variables and outputs of modules. An expression is followed where it refers to one attribute
//! alone. Expressions themselves are not part of a plan.

use std::collections::BTreeMap;

use serde_json::Value;

use super::address;

/// Modules inside each other, and references after one another, at most.
const DEPTH: usize = 32;

/// The configuration by address.
#[derive(Default)]
pub(super) struct Configuration<'c> {
    resources: BTreeMap<String, Configured<'c>>,
    modules: BTreeMap<String, &'c Value>,
    providers: Option<&'c Value>,
}

#[derive(Clone, Copy)]
struct Configured<'c> {
    provider: &'c str,
    expressions: &'c Value,
}

/// An attribute that a reference leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reference {
    /// Of the resource, with indexes.
    pub(super) address: String,
    pub(super) attribute: String,
}

impl<'c> Configuration<'c> {
    pub(super) fn new(configuration: Option<&'c Value>) -> Self {
        let mut read = Self { providers: configuration.and_then(|all| all.get("provider_config")), ..Self::default() };
        if let Some(root) = configuration.and_then(|all| all.get("root_module")) {
            read.add(root, "", 0);
        }
        read
    }

    fn add(&mut self, module: &'c Value, path: &str, depth: usize) {
        self.modules.insert(path.to_owned(), module);
        let resources = module.get("resources").and_then(Value::as_array);
        for resource in resources.into_iter().flatten() {
            let text = |key| resource.get(key).and_then(Value::as_str).unwrap_or_default();
            let data = if text("mode") == "data" { "data." } else { "" };
            let address = address::within(path, &format!("{data}{}.{}", text("type"), text("name")));
            let expressions = resource.get("expressions").unwrap_or(&Value::Null);
            self.resources.insert(address, Configured { provider: text("provider_config_key"), expressions });
        }
        let calls = module.get("module_calls").and_then(Value::as_object).filter(|_| depth < DEPTH);
        for (name, call) in calls.into_iter().flatten() {
            if let Some(inner) = call.get("module") {
                self.add(inner, &address::within(path, &format!("module.{name}")), depth + 1);
            }
        }
    }

    /// The key of a resource's provider; empty where the configuration does not have it.
    pub(super) fn provider(&self, address: &str) -> &'c str {
        self.resources.get(&address::without_indexes(address)).map_or("", |found| found.provider)
    }

    /// An argument of a provider.
    pub(super) fn of_provider(&self, key: &str, argument: &str) -> Option<&'c Value> {
        self.providers?.get(key)?.get("expressions")?.get(argument)
    }

    /// Whether the resource sets the argument; `None` where its configuration is not there.
    pub(super) fn sets(&self, address: &str, argument: &str) -> Option<bool> {
        let found = self.resources.get(&address::without_indexes(address))?;
        Some(found.expressions.get(argument).is_some())
    }

    /// The expression of an argument.
    pub(super) fn expression(&self, address: &str, argument: &str) -> Option<&'c Value> {
        self.resources.get(&address::without_indexes(address))?.expressions.get(argument)
    }

    /// What an expression of a resource leads to.
    pub(super) fn follow(&self, address: &str, expression: &Value) -> Option<Reference> {
        self.lead(&address::module(address), single(expression)?, DEPTH)
    }

    fn lead(&self, module: &str, reference: &str, left: usize) -> Option<Reference> {
        let left = left.checked_sub(1)?;
        let parts = address::parts(reference);
        match parts.as_slice() {
            ["var", name] => {
                let (parent, call) = outside(module)?;
                let calls = self.modules.get(&address::without_indexes(&parent))?.get("module_calls")?;
                let expression = calls.get(address::name(&call))?.get("expressions")?.get(name)?;
                self.lead(&parent, single(expression)?, left)
            }
            ["module", call, output] => {
                let inner = address::within(module, &format!("module.{call}"));
                let outputs = self.modules.get(&address::without_indexes(&inner))?.get("outputs")?;
                self.lead(&inner, single(outputs.get(output)?.get("expression")?)?, left)
            }
            ["var" | "local" | "each" | "count" | "self" | "path" | "terraform" | "module", ..] => None,
            ["data", kind, name, attribute] => Some(Reference {
                address: address::within(module, &format!("data.{kind}.{name}")),
                attribute: (*attribute).to_owned(),
            }),
            [kind, name, attribute] => Some(Reference {
                address: address::within(module, &format!("{kind}.{name}")),
                attribute: (*attribute).to_owned(),
            }),
            _ => None,
        }
    }
}

/// The module around one, and the call with its index.
fn outside(module: &str) -> Option<(String, String)> {
    let parts = address::parts(module);
    let (call, parent) = parts.split_last()?;
    let (_, parent) = parent.split_last()?;
    Some((parent.join("."), (*call).to_owned()))
}

/// The only thing that an expression refers to. The list has each reference, and then what is around it: `a.b.c`, `a.b`.
pub(super) fn single(expression: &Value) -> Option<&str> {
    let references = expression.get("references")?.as_array()?;
    let mut texts = references.iter().filter_map(Value::as_str);
    let first = texts.next()?;
    let is_around = |text: &str| first.strip_prefix(text).is_some_and(|rest| rest.starts_with(['.', '[']));
    texts.all(is_around).then_some(first)
}
