//! CloudFormation: templates with their parameters, and change sets with property values.
//!
//! Owns: which of the two a file is. A template says what is, not what it was before: what it no longer has is not removed. A change set
//! says both.

mod change_set;
mod identity;
mod intrinsics;
mod node;
mod organizations;
mod parameters;
mod policies;
mod resources;
mod template;
mod term;

pub use identity::Place;
pub use parameters::{Parameters, of_file};

use super::{Plan, PlanError};

/// The size of a file that is read, in bytes: CloudFormation takes a megabyte.
const MAX_BYTES: usize = 16 * 1024 * 1024;

const NEXT: &str =
    "name a template, or what `aws cloudformation describe-change-set --include-property-values` printed";

/// Reads a template or a change set; `file` is what it is called.
///
/// # Errors
/// If it is neither, or does not show its account.
pub fn read(bytes: Vec<u8>, file: &str, parameters: &Parameters, place: &dyn Place) -> Result<Plan, PlanError> {
    let refused = |why: &str| PlanError::new(format!("`{file}` is no template of CloudFormation"), file, why, NEXT);
    if bytes.len() > MAX_BYTES {
        return Err(refused("it has more than 16 MiB"));
    }
    let text = String::from_utf8(bytes).map_err(|_| refused("it is not UTF-8"))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let root = node::read(text).map_err(|why| refused(&why))?;
    if root.get("Changes").is_some() && root.get("ChangeSetName").is_some() {
        return change_set::read(&root, file, place);
    }
    if root.get("resource_changes").is_some() {
        return Err(PlanError::new(
            format!("`{file}` is a plan of Terraform"),
            file,
            "it has `resource_changes`",
            "name it with `--terraform`",
        ));
    }
    if root.get("Resources").is_none() {
        return Err(refused("it has no `Resources`, and no `Changes` of a change set"));
    }
    template::read(&root, file, parameters, place)
}
