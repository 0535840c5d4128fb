//! Changes to SCPs and RCPs.

use std::collections::BTreeSet;

use serde_json::value::RawValue;

use super::account::has_statements;
use super::kinds::{DocumentAt, EditError, listed};
use crate::policy::without_statements;
use crate::snapshot::organization::{OrganizationFile, OrganizationPolicy};

/// The policy of this ARN, or of this id if it has no ARN.
fn policy<'a>(file: Option<&'a mut OrganizationFile>, id: &str) -> Result<&'a mut OrganizationPolicy, EditError> {
    let what = format!("the organization has no policy {id}");
    let policies = file.and_then(|file| file.policies.as_mut());
    let policies = policies.ok_or_else(|| EditError::new(&*what, "its policies are not in the snapshot"))?;
    let is_it = |policy: &OrganizationPolicy| policy.arn.as_deref().unwrap_or(&policy.id) == id;
    if policies.iter().filter(|policy| is_it(policy)).count() != 1 {
        return Err(EditError::new(what, listed(policies.iter().map(|policy| &*policy.name))));
    }
    policies.iter_mut().find(|policy| is_it(policy)).ok_or_else(|| EditError::new(what, ""))
}

pub(in crate::snapshot) fn replace(
    file: Option<&mut OrganizationFile>,
    id: &str,
    document: &RawValue,
) -> Result<(), EditError> {
    policy(file, id)?.content = Some(document.to_owned());
    Ok(())
}

/// Several statements of one policy are removed from the last to the first, so that positions stay what they were.
pub(in crate::snapshot) fn without_statement(
    file: Option<&mut OrganizationFile>,
    id: &str,
    statement: u32,
) -> Result<(), EditError> {
    let policy = policy(file, id)?;
    let at = DocumentAt::Organization(id.into());
    let lacks = || EditError::new(format!("the content of {at} is not in the snapshot"), "it was not collected");
    let written = policy.content.as_deref().ok_or_else(lacks)?;
    let removed = BTreeSet::from([statement]);
    has_statements(&at, written, &removed)?;
    let without = without_statements(written.get(), &removed).map_err(|why| EditError::document(&at, &why))?;
    policy.content = Some(without);
    Ok(())
}
