//! Values of parameters, from the command line or a file.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use crate::planned::PlanError;

/// Values by name of the parameter; pseudo parameters such as `AWS::StackName` too. `None` where the stack keeps the value that it has.
pub type Parameters = BTreeMap<String, Option<String>>;

/// Reads a file of parameters in each form that AWS's tools take: a list of `ParameterKey` and `ParameterValue`, an object with
/// `Parameters`, or a plain object.
///
/// # Errors
/// If it has another form.
pub fn of_file(text: &str, file: &str) -> Result<Parameters, PlanError> {
    let refused = |why: &str| {
        let next = "write a list of `ParameterKey` and `ParameterValue`, or an object of names and values";
        PlanError::new(format!("`{file}` has no parameters that can be read"), file, why, next)
    };
    let read: Json = serde_json::from_str(text).map_err(|error| refused(&format!("it is not JSON: {error}")))?;
    let value = |value: &Json| match value {
        Json::String(text) => Some(text.clone()),
        Json::Number(_) | Json::Bool(_) => Some(value.to_string()),
        _ => None,
    };
    let members = match &read {
        Json::Array(list) => {
            let mut found = Parameters::new();
            for entry in list {
                let name = entry.get("ParameterKey").and_then(Json::as_str);
                let name = name.ok_or_else(|| refused("an entry has no `ParameterKey`"))?;
                let keeps = entry.get("UsePreviousValue").and_then(Json::as_bool) == Some(true);
                let value = entry.get("ParameterValue").and_then(value);
                if keeps || value.is_some() {
                    found.insert(name.to_owned(), value);
                }
            }
            return Ok(found);
        }
        Json::Object(all) => all.get("Parameters").and_then(Json::as_object).unwrap_or(all),
        _ => return Err(refused("it is neither a list nor an object")),
    };
    let member = |(name, one): (&String, &Json)| match value(one) {
        Some(value) => Ok((name.clone(), Some(value))),
        None => Err(refused(&format!("the value of `{name}` is no text"))),
    };
    members.iter().map(member).collect()
}
