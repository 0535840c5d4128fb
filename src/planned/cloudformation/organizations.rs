//! SCPs and RCPs of a stack.

use super::resources::{Reader, Resource, document, items, reason};
use super::term::{Computed, Term};
use crate::planned::plan::Phase;
use crate::snapshot::edit::{Edit, OrganizationSetting, Value};

impl Reader<'_> {
    pub(super) fn organization_policy(&mut self, resource: &Resource) -> Result<(), String> {
        let text = |properties: Option<&Term>, key: &str| {
            properties.and_then(|all| all.get(key)).map_or_else(|| Err(format!("it has no {key}")), Term::text)
        };
        let properties = resource.after.as_ref().or(resource.before.as_ref());
        let kind = text(properties, "Type")?;
        let is_of_access = |kind: &str| ["SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"].contains(&kind);
        let old = resource.physical.clone().filter(|_| resource.after.is_none() || resource.is_new);
        let was_of_access = text(resource.before.as_ref(), "Type").is_ok_and(|kind| is_of_access(&kind));
        let mut organize = |phase, setting| self.plan.add(phase, Edit::SetOrganization(setting), &resource.source);
        if let Some(old) = old.filter(|_| was_of_access) {
            organize(Phase::Goes, OrganizationSetting::NoPolicy(old.into()));
        }
        if !is_of_access(&kind) {
            *self.plan.others.entry(format!("{} of type {kind}", resource.kind)).or_default() += 1;
            return Ok(());
        }
        let Some(after) = &resource.after else { return Ok(()) };
        let id = resource.physical.clone().filter(|_| !resource.is_new);
        let id = id.unwrap_or_else(|| resource.source.resource.clone());
        let content = match after.get("Content") {
            Some(content) => document(content, resource, "Content"),
            None => Value::Unknown(reason(resource, "Content", "it has none")),
        };
        let name = text(properties, "Name").unwrap_or_else(|_| resource.source.resource.clone());
        let setting = OrganizationSetting::Policy {
            id: id.as_str().into(),
            name: name.as_str().into(),
            kind: kind.as_str().into(),
            content,
        };
        organize(Phase::Comes, setting);
        let now = after.get("TargetIds").map(items).unwrap_or_default();
        let mut unknown = Vec::new();
        for target in &now {
            match target.text() {
                Ok(target) => {
                    organize(Phase::Attaches, OrganizationSetting::Attached(id.as_str().into(), target.into()))
                }
                Err(why) => unknown.push(why),
            }
        }
        if let Some(Computed::Unknown(why)) = after.get("TargetIds").map(|term| &term.value) {
            unknown.push(why.clone());
        }
        let now: Vec<String> = now.iter().filter_map(|one| one.text().ok()).collect();
        let was = resource.was("TargetIds").map(items).unwrap_or_default();
        for target in was.iter().filter_map(|one| one.text().ok()).filter(|target| !now.contains(target)) {
            organize(Phase::AttachmentGoes, OrganizationSetting::Detached(id.as_str().into(), target.into()));
        }
        if let Some(why) = unknown.first() {
            let why = reason(resource, "TargetIds", why);
            self.plan.attach_somewhere((&id, &name, &kind), &why, &resource.source);
        }
        Ok(())
    }
}
