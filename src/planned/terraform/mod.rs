//! Plans of Terraform and OpenTofu: `terraform show -json PLAN`.
//!
//! Owns: the order of reading. Changes of resources that others refer to are read first, whether they change or not.

mod accounts;
mod address;
mod attachments;
mod configuration;
mod file;
mod iam;
mod lines;
mod organizations;
mod reader;
mod resource;

use std::cell::OnceCell;
use std::collections::BTreeMap;

pub use accounts::Told;

use accounts::Accounts;
use configuration::Configuration;
use file::{Actions, Changed, ResourceChange};
use lines::Lines;
use reader::Reader;
use resource::{Action, Resource};

use super::suffix::Suffix;
use super::{Plan, PlanError};
use crate::difference::Source;

/// Types that may say who can do what, of both providers of AWS, or make others that do; others are counted.
const OF_ACCESS: [&str; 17] = [
    "aws_iam_",
    "aws_organizations_",
    "aws_ssoadmin_",
    "aws_identitystore_",
    "aws_rolesanywhere_",
    "awscc_iam_",
    "awscc_organizations_",
    "awscc_sso_",
    "awscc_identitystore_",
    "awscc_rolesanywhere_",
    "aws_cloudcontrolapi_resource",
    "aws_cloudformation_stack",
    "aws_controltower_",
    "aws_serverlessapplicationrepository_cloudformation_stack",
    "aws_servicecatalog_provisioned_product",
    "awscc_cloudformation_stack",
    "awscc_controltower_",
];

/// Types of these that give nobody a way to a role.
const WITHOUT_ACCESS: [&str; 13] = [
    "aws_iam_account_alias",
    "aws_iam_account_password_policy",
    "aws_iam_instance_profile",
    "aws_iam_security_token_service_preferences",
    "aws_iam_server_certificate",
    "aws_iam_service_linked_role",
    "aws_iam_signing_certificate",
    "aws_iam_user_ssh_key",
    "aws_iam_organizations_features",
    "aws_organizations_resource_policy",
    "awscc_iam_instance_profile",
    "awscc_iam_server_certificate",
    "awscc_iam_service_linked_role",
];

/// Reads a plan; `place` is what the file is called.
///
/// # Errors
/// If it is no plan that is understood, or does not show in which account something is.
pub fn read(bytes: Vec<u8>, place: &str, told: &Told) -> Result<Plan, PlanError> {
    let text = file::text(bytes, place)?;
    let file = file::read(&text, place)?;
    let lines = Lines::new(&text);
    let mut plan = Plan { suffix: Suffix::TERRAFORM, ..Plan::default() };
    let mut resources = Vec::new();
    let damaged = |part: &str, why: &serde_json::Error| {
        let what = format!("`{place}` has a change that cannot be read");
        let line = lines.of(part).map_or_else(String::new, |line| format!(" at line {line}"));
        PlanError::new(what, place, &format!("the entry{line}: {why}"), "make the plan again, and leave it as it is")
    };
    for raw in file.resource_changes.iter().flatten() {
        let entry: ResourceChange<'_> = serde_json::from_str(raw.get()).map_err(|why| damaged(raw.get(), &why))?;
        let name = match &entry.deposed {
            None => entry.address.clone(),
            Some(key) => format!("{} (deposed {key})", entry.address),
        };
        let source = Source::new(place, lines.of(raw.get()), name);
        let actions: Actions = serde_json::from_str(entry.change.get()).map_err(|why| damaged(raw.get(), &why))?;
        let is_of_access = is_of_access(&entry.kind);
        match Action::of(&actions.actions) {
            Some(Action::Keep) if !is_of_access || entry.mode == "data" => {}
            None if is_of_access => {
                plan.leave(&source, format!("actions {} are not known", actions.actions.join(", ")))
            }
            Some(action) if is_of_access => {
                resources.push(Resource::new(&entry, action, source).map_err(|why| damaged(raw.get(), &why))?);
            }
            _ => *plan.others.entry(entry.kind.clone()).or_default() += 1,
        }
    }
    for raw in &file.deferred_changes {
        let source = Source::new(place, lines.of(raw.get()), deferred(raw.get()));
        plan.leave(&source, "the change is deferred: a later plan shows it");
    }
    if file.complete == Some(false) && file.deferred_changes.is_empty() {
        plan.notes.push("the plan says itself that it is not complete: another one follows it".to_owned());
    }
    plan.notes.extend(drift(&file.resource_drift));
    let configuration = Configuration::new(file.configuration.as_ref());
    let shown = (&file.variables, file.prior_state, place);
    let accounts = Accounts::new(told, &resources, &configuration, shown);
    // nothing refers to an old object that is only deleted
    let current = resources.iter().filter(|one| !one.is_deposed);
    let by_address: BTreeMap<&str, &Resource<'_>> = current.map(|one| (one.address.as_str(), one)).collect();
    let partition = reader::partition(&resources);
    let numbers = OnceCell::new();
    let mut reader =
        Reader { configuration: &configuration, accounts, lines, all: by_address, numbers, partition, plan };
    for resource in resources.iter().filter(|resource| resource.action != Action::Keep) {
        if WITHOUT_ACCESS.contains(&resource.kind.as_str()) {
            *reader.plan.others.entry(resource.kind.clone()).or_default() += 1;
        } else if !iam::add(&mut reader, resource)? && !organizations::add(&mut reader, resource) {
            reader.plan.leave(&resource.source, format!("{} is not understood", resource.kind));
        }
    }
    Ok(reader.plan.ordered())
}

fn is_of_access(kind: &str) -> bool {
    OF_ACCESS.iter().any(|start| kind.starts_with(start))
}

/// What was changed by something else than Terraform since it last wrote its state: a plan rests on what Terraform then read.
fn drift(changed: &[Changed]) -> Option<String> {
    const SHOWN: usize = 5;
    let of_access: Vec<&str> =
        changed.iter().filter(|one| is_of_access(&one.kind)).map(|one| one.address.as_str()).collect();
    let shown = match of_access.as_slice() {
        [] => return None,
        [shown @ .., _] if shown.len() < SHOWN => of_access.join(", "),
        all => format!("{} and {} more", all.get(..SHOWN).unwrap_or_default().join(", "), all.len() - SHOWN),
    };
    Some(format!("changed outside of Terraform: {shown}; a snapshot from before does not have that change"))
}

/// The address of a deferred change, as far as it has one.
fn deferred(text: &str) -> String {
    let value: serde_json::Value = serde_json::from_str(text).unwrap_or_default();
    let address = value.get("resource_change").and_then(|change| change.get("address"));
    address.and_then(serde_json::Value::as_str).unwrap_or("a deferred change").to_owned()
}
