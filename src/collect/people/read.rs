//! The order in which people are read.
//!
//! Owns: which part depends on which, and the missing data of a part that could not be read.

use std::sync::Arc;

use serde_json::{Value, json};

use super::assignments::{self, Plan};
use super::client::PeopleClient;
use super::draft::Draft;
use super::instances::{self, Found, Whose};
use super::{directory, entitlements, permission_sets};
use crate::collect::aws::error::{CallError, Kind};
use crate::collect::deadline::Over;
use crate::collect::options::{AssignmentsBy, Progress};
use crate::facet::{Facet, PeopleFacet, Service};
use crate::ids::AccountId;
use crate::snapshot::account_access::AccountAccessFile;
use crate::snapshot::identity_center::{AskedBy, IdentityCenterFile, Instance};
use crate::snapshot::write::Writer;

/// What a run knows before people are read.
pub(crate) struct Setting<'a> {
    pub(crate) facets: &'a [PeopleFacet],
    pub(crate) whose: Whose<'a>,
    pub(crate) assignments: AssignmentsBy,
    /// Every account of the organization.
    pub(crate) accounts: &'a [AccountId],
    /// What an earlier run has of the same snapshot.
    pub(crate) earlier: Option<&'a IdentityCenterFile>,
    pub(crate) writer: Option<Arc<Writer>>,
    pub(crate) over: &'a Over,
    pub(crate) progress: &'a dyn Progress,
}

/// The files of people, and why a part of them is missing.
#[derive(Debug, Default)]
pub(crate) struct People {
    pub(crate) identity_center: Option<IdentityCenterFile>,
    pub(crate) account_access: Option<AccountAccessFile>,
    pub(crate) missing: Vec<(Facet, CallError)>,
}

/// Reads the data sets of people that are selected.
pub(crate) async fn read(client: &PeopleClient, setting: &Setting<'_>) -> People {
    let mut people = People::default();
    if setting.facets.is_empty() {
        return people;
    }
    let found = match setting.over.or(instances::find(client, setting.whose)).await {
        Ok(found) => found,
        Err(error) => {
            people.missing.extend(setting.facets.iter().map(|facet| (Facet::from(*facet), error.clone())));
            return people;
        }
    };
    let wanted = |facet| setting.facets.contains(&facet);
    let region = found.region(setting.whose).to_owned();
    if wanted(PeopleFacet::IdentityCenter) {
        let asked = found.asked.clone();
        let file = identity_center(client, found, setting, &mut people.missing).await;
        people.identity_center = file.map(|file| IdentityCenterFile { regions_asked: asked, ..file });
    }
    if wanted(PeopleFacet::AccountAccess) {
        match setting.over.or(entitlements::read(client, &region)).await {
            Ok(file) => people.account_access = Some(file),
            Err(error) => people.missing.push((Facet::AccountAccess, error)),
        }
    }
    people
}

/// `None` if an earlier run has more: its file stays, and what failed now is missing.
async fn identity_center(
    client: &PeopleClient,
    found: Found,
    setting: &Setting<'_>,
    missing: &mut Vec<(Facet, CallError)>,
) -> Option<IdentityCenterFile> {
    let (own, others): (Vec<Instance>, Vec<Instance>) =
        found.instances.into_iter().partition(|instance| setting.whose.is_of_organization(instance));
    // an instance of an account has users of its own, and no permission sets
    let others = others.into_iter().map(|other| Instance { permission_sets_enabled: Some(false), ..other });
    let mut own = own.into_iter();
    let Some(instance) = own.next() else {
        if let Some(error) = elsewhere(setting) {
            missing.push((Facet::IdentityCenter, error));
            return None;
        }
        let regions = match found.asked.as_slice() {
            [first, rest @ ..] if rest.len() > 3 => format!("{first} and {} other regions", rest.len()),
            all => all.join(", "),
        };
        setting.progress.note(&format!("the organization has no instance of IAM Identity Center in {regions}"));
        return Some(IdentityCenterFile { instances: others.collect(), ..IdentityCenterFile::default() });
    };
    let others = others.chain(own).collect();
    let earlier = setting
        .earlier
        .and_then(|file| file.instances.iter().find(|known| known.instance_arn == instance.instance_arn));
    let mut draft = Draft::new(instance, others, earlier, setting.writer.clone());
    let failures = of_instance(client, &mut draft, earlier, setting).await;
    missing.extend(failures.into_iter().map(|error| (Facet::IdentityCenter, error)));
    (!draft.is_behind()).then(|| draft.file())
}

/// An earlier run found the organization's instance, and the region that is named now has none: the name is wrong.
fn elsewhere(setting: &Setting<'_>) -> Option<CallError> {
    let region = setting.whose.named?;
    let known = setting.earlier?.instances.iter().find(|known| setting.whose.is_of_organization(known))?;
    let there = known.region.as_deref().unwrap_or("another region");
    let why = format!("the organization has no instance in {region}; an earlier run found it in {there}");
    Some(CallError::own("ListInstances", Kind::Other, why))
}

/// Reads everything of the organization's instance; returns what failed.
async fn of_instance(
    client: &PeopleClient,
    draft: &mut Draft,
    earlier: Option<&Instance>,
    setting: &Setting<'_>,
) -> Vec<CallError> {
    let over = setting.over;
    let region = draft.instance.region.clone().unwrap_or_default();
    let sso = client.calls(Service::SsoAdmin, &region);
    let store = client.calls(Service::IdentityStore, &region);
    let arn = draft.instance.instance_arn.clone();
    let store_id = draft.instance.identity_store_id.clone();
    let mut failures = Vec::new();

    match over.or(sso.get("DescribeInstance", json!({"InstanceArn": arn}))).await {
        Ok(answer) => {
            draft.instance.permission_sets_enabled = answer.get("PermissionSetsEnabled").and_then(Value::as_bool);
        }
        // it says nothing that the other calls do not show
        Err(error) => tracing::info!(%error, "DescribeInstance"),
    }
    let name = draft.instance.instance_arn.rsplit('/').next().unwrap_or_default().to_owned();
    setting.progress.note(&format!("IAM Identity Center: {name} in {region}"));
    kept(&mut failures, over.or(directory::users(&store, &store_id)).await, &mut draft.instance.users);
    kept(&mut failures, over.or(directory::groups(&store, &store_id)).await, &mut draft.instance.groups);
    if draft.instance.permission_sets_enabled == Some(false) {
        let why = "the organization's instance has no permission sets: nobody enters an account through it";
        setting.progress.note(why);
        failures.extend(directory::memberships(&store, draft, earlier, over).await);
        return failures;
    }
    failures.extend(permission_sets::sets(&sso, draft, over).await.err());
    failures.extend(permission_sets::provisioned(&sso, draft, setting.accounts, earlier, over).await);
    match over.or(permission_sets::attributes(&sso, &draft.instance)).await {
        Ok(attributes) => {
            draft.instance.access_control_enabled = Some(attributes.is_some());
            draft.instance.access_control_attributes = Some(attributes.unwrap_or_default());
        }
        Err(error) => failures.push(error),
    }
    failures.extend(directory::memberships(&store, draft, earlier, over).await);

    let is_management = setting.whose.management == Some(client.account);
    let Some(plan) = Plan::make(&draft.instance, setting.assignments, is_management, earlier) else {
        return failures;
    };
    setting.progress.note(&format!("IAM Identity Center: {}", plan.told()));
    let mut failure = assignments::read(&sso, draft, plan.by, earlier, over).await;
    let is_refused = failure.as_ref().is_some_and(|error| error.kind == Kind::Denied || error.is_any(&["Validation"]));
    if is_refused && plan.by == AskedBy::Principal && plan.pairs.is_some() && draft.assignments.is_empty() {
        setting.progress.note("IAM Identity Center: the call by user and group is refused; asking by account instead");
        failure = assignments::read(&sso, draft, AskedBy::Account, None, over).await;
    }
    failures.extend(failure);
    failures
}

/// The value of a part that was read; a failure is kept beside.
fn kept<T>(failures: &mut Vec<CallError>, read: Result<T, CallError>, into: &mut Option<T>) {
    match read {
        Ok(value) => *into = Some(value),
        Err(error) => failures.push(error),
    }
}

/// Whether the customer managed key of the instance is what denies a call.
pub(crate) fn is_key_denied(error: &CallError) -> bool {
    error.kind == Kind::Denied && error.code.as_deref() == Some(crate::collect::aws::error::KEY_DENIED)
}
