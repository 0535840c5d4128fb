//! The effect of a fault on an AWS JSON answer: on its entries and its token.
//!
//! Owns: the members that a fault changes. An answer without the member is unchanged.

use serde_json::{Map, Value, json};

use crate::emulator::faults::fault::Fault;
use crate::emulator::protocol::page::Page;
use crate::emulator::protocol::request::Call;
use crate::facet::Service;

/// Changes an answer of AWS JSON.
pub(super) fn corrupt(fault: &Fault, body: &mut String, call: &Call, nth: u64) {
    let Ok(Value::Object(mut answer)) = serde_json::from_str::<Value>(body) else { return };
    // an answer that is not a list has no empty pages and no duplicates
    let of_people = Service::signed(&call.service).is_some_and(Service::is_of_people);
    let is_list = call.service == "organizations"
        || call.operation == "LookupEvents"
        || (of_people && call.operation.starts_with("List"));
    match fault {
        Fault::EmptyJson => answer.clear(),
        _ if !is_list => return,
        _ => {
            let Some(list) = answer.values_mut().find_map(Value::as_array_mut) else { return };
            entries(fault, list);
            token(fault, &mut answer, call, nth);
        }
    }
    *body = Value::Object(answer).to_string();
}

fn entries(fault: &Fault, list: &mut Vec<Value>) {
    let set = |entry: Option<&mut Value>, key: &str, value: Value| {
        if let Some(entry) = entry.and_then(Value::as_object_mut) {
            entry.insert(key.to_owned(), value);
        }
    };
    match fault {
        Fault::EmptyList | Fault::EmptyPage => list.clear(),
        Fault::Without(id) => list.retain(|entry| {
            let mut fields = entry.as_object().into_iter().flat_map(Map::values);
            !fields.any(|field| field.as_str() == Some(id))
        }),
        Fault::Twice => list.extend(list.first().cloned()),
        Fault::ShortId => set(list.first_mut(), "Id", json!("12345678901")),
        Fault::UnknownState => set(list.last_mut(), "State", json!("FROZEN")),
        Fault::NoState => list.iter_mut().filter_map(Value::as_object_mut).for_each(|entry| {
            entry.remove("State");
            entry.remove("Status");
        }),
        _ => {}
    }
}

fn token(fault: &Fault, answer: &mut Map<String, Value>, call: &Call, nth: u64) {
    let name = if call.service == "account-access" { "nextToken" } else { "NextToken" };
    let next = match fault {
        Fault::EmptyPage | Fault::EndlessList => Some(Page::again(&call.operation, call.parameter(name), nth)),
        Fault::RepeatLast => {
            let next = answer.get(name).and_then(Value::as_str);
            next.and_then(|next| Page::before(&call.operation, next, nth))
        }
        _ => fault.marker(nth),
    };
    match next {
        Some(next) => drop(answer.insert(name.to_owned(), next.into())),
        None if *fault == Fault::EmptyList => drop(answer.remove(name)),
        None => {}
    }
}
