//! Changes to SCPs and RCPs.

use std::collections::BTreeSet;

use serde_json::value::RawValue;

use super::account::has_statements;
use super::kinds::{DocumentAt, EditError, listed, take_one};
use super::settings::{OrganizationSetting, Value};
use crate::policy::without_statements;
use crate::snapshot::organization::{OrganizationFile, OrganizationPolicy};

/// The policy of this ARN, or of this id if it has no ARN.
fn policy<'a>(file: Option<&'a mut OrganizationFile>, id: &str) -> Result<&'a mut OrganizationPolicy, EditError> {
    let what = format!("the organization has no policy {id}");
    let policies = file.and_then(|file| file.policies.as_mut());
    let policies = policies.ok_or_else(|| EditError::new(&*what, "its policies are not in the snapshot"))?;
    // an ARN ends with the id of what it names
    let is_it = |policy: &OrganizationPolicy| match policy.arn.as_deref() {
        Some(arn) => arn == id,
        None => id.rsplit('/').next() == Some(&*policy.id),
    };
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

/// Makes one planned change.
pub(in crate::snapshot) fn set_organization(
    file: Option<&mut OrganizationFile>,
    setting: &OrganizationSetting,
) -> Result<(), EditError> {
    let roots: Vec<String> =
        file.as_ref().map(|file| file.roots.iter().flatten().map(|root| root.id.clone()).collect()).unwrap_or_default();
    let policies = file.and_then(|file| file.policies.as_mut());
    let unread = || EditError::new("the snapshot lacks the policies of the organization", "they were not collected");
    let policies = policies.ok_or_else(unread)?;
    let lacks = |id: &str, there: &[OrganizationPolicy]| {
        let what = format!("the organization has no policy {id}");
        EditError::new(what, listed(there.iter().map(|policy| &*policy.id)))
    };
    match setting {
        OrganizationSetting::Policy { id, name, kind, content } => {
            let (known, unknown) = match content {
                Value::Known(content) => (Some(content.clone()), None),
                Value::Unknown(why) => (None, Some(why.to_string())),
            };
            match policies.iter_mut().find(|policy| *policy.id == **id) {
                Some(policy) => {
                    (policy.content, policy.unknown) = (known, unknown);
                    policy.name = name.to_string();
                }
                None => policies.push(OrganizationPolicy {
                    id: id.to_string(),
                    name: name.to_string(),
                    kind: kind.to_string(),
                    content: known,
                    target_ids: Some(Vec::new()),
                    unknown,
                    ..OrganizationPolicy::default()
                }),
            }
            Ok(())
        }
        OrganizationSetting::NoPolicy(id) => take_one(policies, |policy| *policy.id == **id, |all| lacks(id, all)),
        OrganizationSetting::Attached(id, target) | OrganizationSetting::Detached(id, target) => {
            let Some(at) = policies.iter().position(|policy| *policy.id == **id) else {
                return Err(lacks(id, policies));
            };
            let targets = policies.get_mut(at).and_then(|policy| policy.target_ids.as_mut());
            let targets = targets.ok_or_else(|| {
                let what = format!("what policy {id} of the organization is attached to is not in the snapshot");
                EditError::new(what, "it was not collected")
            })?;
            if matches!(setting, OrganizationSetting::Detached(..)) {
                let what = format!("policy {id} of the organization is not attached to {target}");
                return take_one(
                    targets,
                    |own| **own == **target,
                    |all| EditError::new(what, listed(all.iter().map(String::as_str))),
                );
            }
            // somewhere, nobody knows where: it may be above any account
            let new = if target.is_empty() { roots } else { vec![target.to_string()] };
            new.into_iter().for_each(|target| {
                if !targets.contains(&target) {
                    targets.push(target);
                }
            });
            Ok(())
        }
    }
}
