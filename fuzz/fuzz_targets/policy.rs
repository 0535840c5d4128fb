//! Policy documents: any bytes are either read whole or refused, never more than once in another way, never with a panic.
#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use rolehop::policy::parse;
use serde_json::{Map, Value, json};

/// A document made of pieces that a policy is made of.
#[derive(Debug, Arbitrary)]
struct Document<'a> {
    version: u8,
    statements: Vec<Statement<'a>>,
    single: bool,
}

#[derive(Debug, Arbitrary)]
struct Statement<'a> {
    sid: Option<&'a str>,
    deny: bool,
    not_action: bool,
    actions: Vec<&'a str>,
    resources: Option<Vec<&'a str>>,
    not_resource: bool,
    principal: Option<(u8, Vec<&'a str>)>,
    conditions: Vec<(u8, &'a str, Vec<Scalar<'a>>)>,
}

#[derive(Debug, Arbitrary)]
enum Scalar<'a> {
    Text(&'a str),
    Number(i64),
    Flag(bool),
}

const OPERATORS: &[&str] = &[
    "StringEquals", "StringNotLikeIfExists", "ForAllValues:StringLike", "ForAnyValue:ArnLike", "Bool", "Null", "IpAddress",
    "NumericLessThan", "DateGreaterThanEquals", "BinaryEquals", "ArnNotEquals", "NoSuchOperator",
];

fn one_or_many(list: &[&str]) -> Value {
    match list {
        [only] => json!(only),
        many => json!(many),
    }
}

impl Statement<'_> {
    fn json(&self) -> Value {
        let mut object = Map::new();
        if let Some(sid) = self.sid {
            object.insert("Sid".into(), json!(sid));
        }
        object.insert("Effect".into(), json!(if self.deny { "Deny" } else { "Allow" }));
        object.insert(if self.not_action { "NotAction" } else { "Action" }.into(), one_or_many(&self.actions));
        if let Some(resources) = &self.resources {
            object.insert(if self.not_resource { "NotResource" } else { "Resource" }.into(), one_or_many(resources));
        }
        if let Some((kind, values)) = &self.principal {
            let kind = ["AWS", "Service", "Federated", "CanonicalUser"][usize::from(*kind) % 4];
            object.insert("Principal".into(), json!({kind: values}));
        }
        let mut block = Map::new();
        for (operator, key, values) in &self.conditions {
            let values: Vec<Value> = values
                .iter()
                .map(|v| match v {
                    Scalar::Text(text) => json!(text),
                    Scalar::Number(number) => json!(number),
                    Scalar::Flag(flag) => json!(flag),
                })
                .collect();
            block.insert(OPERATORS[usize::from(*operator) % OPERATORS.len()].into(), json!({*key: values}));
        }
        object.insert("Condition".into(), Value::Object(block));
        Value::Object(object)
    }
}

fuzz_target!(|input: (&str, Document<'_>)| {
    let (text, document) = input;
    if let Ok(policy) = parse(text) {
        assert_eq!(parse(text).unwrap(), policy);
    }
    let statements: Vec<Value> = document.statements.iter().map(Statement::json).collect();
    let count = statements.len();
    let statement = match (document.single, count) {
        (true, 1) => statements.into_iter().next().unwrap(),
        _ => Value::Array(statements),
    };
    let version = ["2012-10-17", "2008-10-17"][usize::from(document.version) % 2];
    let whole = json!({"Version": version, "Statement": statement});
    let policy = parse(&whole.to_string()).expect("well-formed");
    assert_eq!(policy.statements.len(), count);
    // a document is the same as text and as an object
    assert_eq!(parse(&json!(whole.to_string()).to_string()).expect("as text"), policy);
});
