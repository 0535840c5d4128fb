//! SCPs and RCPs of a stack.

use super::resources::{Reader, Resource, document, items, reason};
use super::term::{Computed, Term};
use crate::planned::plan::Phase;
use crate::snapshot::edit::{Edit, OrganizationSetting, Value};

impl Reader<'_> {
    pub(super) fn organization_policy(&mut self, resource: &Resource) -> Result<(), String> {
        let properties = resource.after.as_ref().or(resource.before.as_ref());
        let text = |key: &str| {
            properties.and_then(|all| all.get(key)).map_or_else(|| Err(format!("it has no {key}")), Term::text)
        };
        let kind = text("Type")?;
        if !["SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"].contains(&kind.as_str()) {
            *self.plan.others.entry(format!("{} of type {kind}", resource.kind)).or_default() += 1;
            return Ok(());
        }
        let id = resource.physical.clone().unwrap_or_else(|| resource.source.resource.clone());
        let mut organize = |phase, setting| self.plan.add(phase, Edit::SetOrganization(setting), &resource.source);
        let Some(after) = &resource.after else {
            organize(Phase::Goes, OrganizationSetting::NoPolicy(id.into()));
            return Ok(());
        };
        let content = match after.get("Content") {
            Some(content) => document(content, resource, "Content"),
            None => Value::Unknown(reason(resource, "Content", "it has none")),
        };
        let name = text("Name").unwrap_or_else(|_| resource.source.resource.clone());
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
