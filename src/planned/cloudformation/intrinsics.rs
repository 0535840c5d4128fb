//! Intrinsic functions, computed where facts allow.
//!
//! Owns: what each function makes of its arguments. What cannot be known here is unknown with its reason, and so is whatever uses it.
//! Source: AWS CloudFormation User Guide, "Intrinsic function reference" and "Pseudo parameters".

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::node::{Node, Value};
use super::term::{Computed, Term};

/// What functions are computed from.
pub(super) struct Scope<'n> {
    /// Values of parameters and pseudo parameters, or why one has none.
    pub(super) parameters: BTreeMap<String, Result<Json, String>>,
    pub(super) mappings: Option<&'n Node>,
    pub(super) conditions: Option<&'n Node>,
    /// What `Ref` and `Fn::GetAtt` give of resources, by logical id and attribute; `Ref` has the empty one.
    pub(super) resources: BTreeMap<(String, String), String>,
}

/// Conditions that refer to each other, at most.
const DEPTH: usize = 64;

impl Scope<'_> {
    pub(super) fn compute(&self, node: &Node) -> Term {
        self.at(node, DEPTH)
    }

    fn at(&self, node: &Node, left: usize) -> Term {
        let line = node.line;
        let Some(left) = left.checked_sub(1) else { return Term::unknown(line, "functions are nested too deep") };
        match &node.value {
            Value::Scalar(value) => Term::new(line, Computed::Scalar(value.clone())),
            Value::List(items) => {
                let items = items.iter().map(|item| self.at(item, left));
                Term::new(line, Computed::List(items.filter(|item| item.value != Computed::Nothing).collect()))
            }
            Value::Map(members) => {
                if let [(name, argument)] = members.as_slice()
                    && let Some(made) = self.function(name, argument, line, left)
                {
                    return made;
                }
                let members = members.iter().map(|(name, value)| (name.clone(), self.at(value, left)));
                Term::new(line, Computed::Map(members.filter(|(_, value)| value.value != Computed::Nothing).collect()))
            }
        }
    }

    /// `None` where the name is none of a function: it is a plain object.
    fn function(&self, name: &str, argument: &Node, line: usize, left: usize) -> Option<Term> {
        let made = match name {
            "Ref" => self.reference(argument.text()?, "", line),
            "Fn::GetAtt" => self.attribute(argument, line),
            "Fn::Sub" => self.substituted(argument, line, left),
            "Fn::Join" => self.joined(argument, line, left),
            "Fn::Select" => self.selected(argument, line, left),
            "Fn::Split" => self.split(argument, line, left),
            "Fn::If" => self.either(argument, line, left),
            "Fn::FindInMap" => self.found(argument, line, left),
            "Fn::Base64" => Term::unknown(line, "Fn::Base64 is not computed"),
            "Fn::Equals" | "Fn::And" | "Fn::Or" | "Fn::Not" | "Condition" if argument_is_condition(name, argument) => {
                match self.truth_of(name, argument, left) {
                    Ok(truth) => Term::new(line, Computed::Scalar(truth.into())),
                    Err(why) => Term::unknown(line, why),
                }
            }
            "Fn::ImportValue" => Term::unknown(line, "Fn::ImportValue: other stacks are not read"),
            other if other.starts_with("Fn::") => Term::unknown(line, format!("{other} is not computed")),
            _ => return None,
        };
        Some(made)
    }

    /// A parameter, or something of a resource.
    fn reference(&self, name: &str, attribute: &str, line: usize) -> Term {
        if attribute.is_empty() {
            if name == "AWS::NoValue" {
                return Term::new(line, Computed::Nothing);
            }
            match self.parameters.get(name) {
                Some(Ok(Json::Array(items))) => {
                    let items = items.iter().map(|item| Term::new(line, Computed::Scalar(item.clone())));
                    return Term::new(line, Computed::List(items.collect()));
                }
                Some(Ok(value)) => return Term::new(line, Computed::Scalar(value.clone())),
                Some(Err(why)) => return Term::unknown(line, why.clone()),
                None => {}
            }
        }
        match self.resources.get(&(name.to_owned(), attribute.to_owned())) {
            Some(text) => Term::of_text(line, text.as_str()),
            None if attribute.is_empty() => Term::unknown(line, format!("Ref {name} is known once the stack is made")),
            None => Term::unknown(line, format!("{name}.{attribute} is known once the stack is made")),
        }
    }

    fn attribute(&self, argument: &Node, line: usize) -> Term {
        let pair = match &argument.value {
            Value::Scalar(Json::String(path)) => {
                path.split_once('.').map(|(name, rest)| (name.to_owned(), rest.to_owned()))
            }
            _ => match argument.items() {
                [name, attribute] => {
                    name.text().zip(attribute.text()).map(|(name, of)| (name.to_owned(), of.to_owned()))
                }
                _ => None,
            },
        };
        match pair {
            Some((name, attribute)) => self.reference(&name, &attribute, line),
            None => Term::unknown(line, "Fn::GetAtt has other arguments than documented"),
        }
    }

    fn substituted(&self, argument: &Node, line: usize, left: usize) -> Term {
        let (text, own) = match argument.items() {
            [text, own] => (text.text(), Some(own)),
            _ => (argument.text(), None),
        };
        let Some(text) = text else { return Term::unknown(line, "Fn::Sub has other arguments than documented") };
        let (mut made, mut rest) = (String::new(), text);
        while let Some((before, after)) = rest.split_once("${") {
            made.push_str(before);
            let Some((name, after)) = after.split_once('}') else {
                made.push_str("${");
                rest = after;
                continue;
            };
            rest = after;
            if let Some(literal) = name.strip_prefix('!') {
                made.push_str(&format!("${{{literal}}}"));
                continue;
            }
            let name = name.trim();
            let found = match own.and_then(|own| own.get(name)) {
                Some(own) => self.at(own, left),
                None => match name.split_once('.') {
                    Some((name, attribute)) => self.reference(name, attribute, line),
                    None => self.reference(name, "", line),
                },
            };
            match found.text() {
                Ok(text) => made.push_str(&text),
                Err(why) => return Term::unknown(line, why),
            }
        }
        made.push_str(rest);
        Term::of_text(line, made)
    }

    fn joined(&self, argument: &Node, line: usize, left: usize) -> Term {
        let [by, list] = argument.items() else { return Term::unknown(line, "Fn::Join takes two arguments") };
        let (by, list) = (self.at(by, left).text(), self.at(list, left));
        let texts = match &list.value {
            Computed::List(items) => items.iter().map(Term::text).collect::<Result<Vec<_>, _>>(),
            Computed::Unknown(why) => Err(why.clone()),
            _ => Err("Fn::Join joins no list".to_owned()),
        };
        match (by, texts) {
            (Ok(by), Ok(texts)) => Term::of_text(line, texts.join(&by)),
            (Err(why), _) | (_, Err(why)) => Term::unknown(line, why),
        }
    }

    fn selected(&self, argument: &Node, line: usize, left: usize) -> Term {
        let [at, list] = argument.items() else { return Term::unknown(line, "Fn::Select takes two arguments") };
        let (at, list) = (self.at(at, left).text(), self.at(list, left));
        let at = at.and_then(|at| at.parse::<usize>().map_err(|_| format!("Fn::Select: {at} is no number")));
        match (at, &list.value) {
            (Ok(at), Computed::List(items)) => {
                items.get(at).cloned().unwrap_or_else(|| Term::unknown(line, "Fn::Select: the list is shorter"))
            }
            (Err(why), _) => Term::unknown(line, why),
            (_, Computed::Unknown(why)) => Term::unknown(line, why.clone()),
            _ => Term::unknown(line, "Fn::Select selects of no list"),
        }
    }

    fn split(&self, argument: &Node, line: usize, left: usize) -> Term {
        let [by, text] = argument.items() else { return Term::unknown(line, "Fn::Split takes two arguments") };
        match (self.at(by, left).text(), self.at(text, left).text()) {
            (Ok(by), Ok(text)) if !by.is_empty() => {
                Term::new(line, Computed::List(text.split(&by).map(|part| Term::of_text(line, part)).collect()))
            }
            (Err(why), _) | (_, Err(why)) => Term::unknown(line, why),
            _ => Term::unknown(line, "Fn::Split splits by nothing"),
        }
    }

    fn either(&self, argument: &Node, line: usize, left: usize) -> Term {
        let [condition, then, other] = argument.items() else {
            return Term::unknown(line, "Fn::If takes three arguments");
        };
        match condition.text().map(|name| self.condition(name, left)) {
            Some(Ok(truth)) => self.at(if truth { then } else { other }, left),
            Some(Err(why)) => Term::unknown(line, why),
            None => Term::unknown(line, "Fn::If has no name of a condition"),
        }
    }

    fn found(&self, argument: &Node, line: usize, left: usize) -> Term {
        let [map, first, second, ..] = argument.items() else {
            return Term::unknown(line, "Fn::FindInMap takes three arguments");
        };
        let keys = [map, first, second].map(|key| self.at(key, left).text());
        match keys {
            [Ok(map), Ok(first), Ok(second)] => {
                let found = self.mappings.and_then(|all| all.get(&map)?.get(&first)?.get(&second));
                found
                    .map(|node| Term { line, ..self.at(node, left) })
                    .unwrap_or_else(|| Term::unknown(line, format!("the mapping {map} has no {first}, {second}")))
            }
            [Err(why), ..] | [_, Err(why), _] | [.., Err(why)] => Term::unknown(line, why),
        }
    }

    /// Whether a condition of the template holds.
    pub(super) fn condition(&self, name: &str, left: usize) -> Result<bool, String> {
        let left = left.checked_sub(1).ok_or("conditions refer to each other without end")?;
        let node =
            self.conditions.and_then(|all| all.get(name)).ok_or_else(|| format!("no condition is called {name}"))?;
        self.truth(node, left)
    }

    /// Whether a condition of the template holds, from outside of functions.
    pub(super) fn holds(&self, name: &str) -> Result<bool, String> {
        self.condition(name, DEPTH)
    }

    fn truth(&self, node: &Node, left: usize) -> Result<bool, String> {
        let [(name, argument)] = node.members() else { return Err("a condition is no function".to_owned()) };
        self.truth_of(name, argument, left)
    }

    fn truth_of(&self, name: &str, argument: &Node, left: usize) -> Result<bool, String> {
        let left = left.checked_sub(1).ok_or("conditions are nested too deep")?;
        let all = || argument.items().iter().map(|item| self.truth(item, left));
        // one that decides does so whatever is unknown of the others
        let decided = |by: bool| match all().find(|one| *one == Ok(by)) {
            Some(_) => Ok(by),
            None => all().collect::<Result<Vec<bool>, String>>().map(|_| !by),
        };
        match name {
            "Condition" => self.condition(argument.text().unwrap_or_default(), left),
            "Fn::And" => decided(false),
            "Fn::Or" => decided(true),
            "Fn::Not" => all().next().unwrap_or_else(|| Err("Fn::Not has no argument".to_owned())).map(|truth| !truth),
            "Fn::Equals" => match argument.items() {
                [one, other] => {
                    let (one, other) = (self.at(one, left), self.at(other, left));
                    match (one.text(), other.text()) {
                        (Ok(one), Ok(other)) => Ok(one == other),
                        _ => Ok(one.json()? == other.json()?),
                    }
                }
                _ => Err("Fn::Equals takes two arguments".to_owned()),
            },
            other => Err(format!("{other} is no condition")),
        }
    }
}

/// `Condition` is also an element of a policy statement.
fn argument_is_condition(name: &str, argument: &Node) -> bool {
    name != "Condition" || argument.text().is_some()
}
