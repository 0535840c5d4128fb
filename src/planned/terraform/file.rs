//! The JSON form of a Terraform plan, as far as changes of resources go.
//!
//! Owns: key names, and which files are something else. Values stay as they are written.
//! Source: Terraform documentation, "JSON Output Format"; OpenTofu prints the same.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::planned::PlanError;

/// `terraform show -json PLAN`.
#[derive(Deserialize)]
pub(super) struct PlanFile<'a> {
    pub(super) format_version: Option<String>,
    #[serde(borrow)]
    pub(super) resource_changes: Option<Vec<&'a RawValue>>,
    #[serde(default)]
    pub(super) resource_drift: Vec<Changed>,
    #[serde(borrow, default)]
    pub(super) deferred_changes: Vec<&'a RawValue>,
    pub(super) configuration: Option<Value>,
    #[serde(default)]
    pub(super) variables: BTreeMap<String, Variable>,
    #[serde(borrow)]
    pub(super) prior_state: Option<&'a RawValue>,
    pub(super) errored: Option<bool>,
    pub(super) complete: Option<bool>,
    #[serde(borrow)]
    values: Option<&'a RawValue>,
    #[serde(borrow)]
    planned_values: Option<&'a RawValue>,
}

/// A variable of the root module.
#[derive(Deserialize)]
pub(super) struct Variable {
    #[serde(default)]
    pub(super) value: Value,
}

/// An entry of `resource_changes`.
#[derive(Deserialize)]
pub(super) struct ResourceChange<'a> {
    pub(super) address: String,
    #[serde(default)]
    pub(super) mode: String,
    #[serde(rename = "type", default)]
    pub(super) kind: String,
    /// The key of an old object that is to be deleted.
    pub(super) deposed: Option<String>,
    #[serde(borrow)]
    pub(super) change: &'a RawValue,
}

/// An entry of `resource_drift`: something that was changed by others.
#[derive(Deserialize)]
pub(super) struct Changed {
    pub(super) address: String,
    #[serde(rename = "type", default)]
    pub(super) kind: String,
}

/// What happens to it.
#[derive(Deserialize)]
pub(super) struct Actions {
    #[serde(default)]
    pub(super) actions: Vec<String>,
}

type Attributes<'a> = BTreeMap<String, &'a RawValue>;

/// Its attributes, before and after.
#[derive(Deserialize)]
pub(super) struct Change<'a> {
    #[serde(borrow, default)]
    pub(super) before: Option<Attributes<'a>>,
    #[serde(borrow, default)]
    pub(super) after: Option<Attributes<'a>>,
    #[serde(default)]
    pub(super) after_unknown: Value,
}

/// Bytes of a plan that is read.
const MAX_BYTES: usize = 512 * 1024 * 1024;

const HOW: &str = "make one: `terraform plan -out tf.plan`, then `terraform show -json tf.plan > plan.json`";

/// Reads the file as far as its shape goes.
pub(super) fn read<'a>(text: &'a str, place: &str) -> Result<PlanFile<'a>, PlanError> {
    let no_plan = |why: &str| PlanError::new(format!("`{place}` is no plan of Terraform"), place, why, HOW);
    if text.len() > MAX_BYTES {
        return Err(no_plan("it has more than 512 MiB"));
    }
    if text.trim_start().starts_with("{\"@level\"") {
        return Err(no_plan("it is the log that `terraform plan -json` prints"));
    }
    let file: PlanFile<'a> = serde_json::from_str(text).map_err(|error| match text.trim().is_empty() {
        true => no_plan("the file is empty"),
        false => no_plan(&format!("it is not JSON of the documented shape: {error}")),
    })?;
    match file.format_version.as_deref().map(|version| version.split('.').next().unwrap_or_default()) {
        // resource changes have had this form since 0.1
        Some("0" | "1") => {}
        Some(_) => {
            let version = file.format_version.as_deref().unwrap_or_default();
            let why = format!("its format_version is {version}; 0.1 to 1.x are read");
            return Err(PlanError::new(
                format!("`{place}` is too new"),
                place,
                &why,
                "upgrade rolehop, or make the plan with an older Terraform",
            ));
        }
        None => return Err(no_plan("it has no `format_version`")),
    }
    if file.resource_changes.is_none() && file.values.is_some() {
        return Err(no_plan(
            "it is a state: `terraform show -json` without the name of a plan prints what is, not what is planned",
        ));
    }
    if file.resource_changes.is_none() && file.planned_values.is_none() {
        return Err(no_plan("it has no `resource_changes`"));
    }
    if file.errored == Some(true) {
        let why = "planning ended with an error, so that the plan need not have every change";
        return Err(PlanError::new(
            format!("`{place}` is not a whole plan"),
            place,
            why,
            "correct the error, and plan again",
        ));
    }
    Ok(file)
}

/// A file's text: UTF-8, or UTF-16 as PowerShell writes it.
pub(super) fn text(bytes: Vec<u8>, place: &str) -> Result<String, PlanError> {
    let no_plan =
        |why: &str, next: &str| PlanError::new(format!("`{place}` is no plan of Terraform"), place, why, next);
    if bytes.starts_with(b"PK\x03\x04") {
        let next = format!("print it as JSON: `terraform show -json {place} > plan.json`");
        return Err(no_plan("it is a plan as Terraform stores it, which only Terraform reads", &next));
    }
    let wide = match bytes.get(..2) {
        Some([0xff, 0xfe]) => Some(u16::from_le_bytes as fn([u8; 2]) -> u16),
        Some([0xfe, 0xff]) => Some(u16::from_be_bytes as fn([u8; 2]) -> u16),
        _ => None,
    };
    if let Some(unit) = wide {
        if !bytes.len().is_multiple_of(2) {
            return Err(no_plan("it is not text", HOW));
        }
        let units = bytes.chunks_exact(2).skip(1).filter_map(|pair| <[u8; 2]>::try_from(pair).ok()).map(unit);
        return String::from_utf16(&units.collect::<Vec<u16>>()).map_err(|_| no_plan("it is not text", HOW));
    }
    let text = String::from_utf8(bytes).map_err(|_| no_plan("it is not UTF-8", HOW))?;
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}
