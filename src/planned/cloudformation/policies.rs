//! Policies of a stack, and who they are attached to; members of groups.

use super::identity::holder;
use super::resources::{Reader, Resource, document, items, reason, statements};
use super::term::{Computed, Term};
use crate::planned::plan::Phase;
use crate::snapshot::edit::{Holder, HolderKind, Setting, Value};

impl Reader<'_> {
    pub(super) fn managed(&mut self, resource: &Resource) -> Result<(), String> {
        let old = resource.physical.clone().filter(|_| resource.after.is_none() || resource.is_new);
        if let Some(old) = &old {
            self.set(Phase::Goes, resource, None, Setting::NoManaged(old.as_str().into()));
        }
        let Some(after) = &resource.after else {
            if let Some(old) = &old {
                let detached = |one| Setting::Detached(one, old.as_str().into());
                self.each_holder(resource, false, detached, detached);
            }
            return Ok(());
        };
        let arn = match (&resource.physical, resource.is_new) {
            (Some(arn), false) => arn.clone(),
            _ => {
                let name = self.name(resource, "ManagedPolicyName", None)?;
                let path = after.get("Path").map_or_else(|| Ok("/".to_owned()), Term::text)?;
                format!("arn:{}:iam::{}:policy{path}{name}", self.place.partition(self.account), self.account)
            }
        };
        if let Some(policy) = after.get("PolicyDocument").filter(|new| resource.differs("PolicyDocument", new)) {
            let setting = Setting::Managed(arn.as_str().into(), document(policy, resource, "PolicyDocument"));
            self.set(Phase::Comes, resource, Some(policy), setting);
        }
        let old = old.as_deref().unwrap_or(&arn);
        self.each_holder(
            resource,
            !resource.is_new,
            |one| Setting::Attached(one, arn.as_str().into()),
            |one| Setting::Detached(one, old.into()),
        );
        Ok(())
    }

    /// `Roles`, `Users` and `Groups` of a policy; where it is not the same policy as before, all of the old one goes.
    fn each_holder(
        &mut self,
        resource: &Resource,
        is_same: bool,
        comes: impl Fn(Holder) -> Setting,
        goes: impl Fn(Holder) -> Setting,
    ) {
        for (kind, key) in [(HolderKind::Role, "Roles"), (HolderKind::User, "Users"), (HolderKind::Group, "Groups")] {
            let now = resource.after.as_ref().and_then(|all| all.get(key)).map(items).unwrap_or_default();
            let was = resource.before.as_ref().and_then(|all| all.get(key)).map(items).unwrap_or_default();
            for item in &now {
                match item.text() {
                    Ok(name) => self.set(Phase::Attaches, resource, Some(item), comes(holder(kind, &name))),
                    Err(why) => {
                        let name = resource.source.resource.as_str().into();
                        let setting = Setting::SomeOf(kind, name, reason(resource, key, &why));
                        self.set(Phase::Attaches, resource, Some(item), setting);
                    }
                }
            }
            if let Some(Computed::Unknown(why)) =
                resource.after.as_ref().and_then(|all| all.get(key)).map(|term| &term.value)
            {
                let setting =
                    Setting::SomeOf(kind, resource.source.resource.as_str().into(), reason(resource, key, why));
                self.set(Phase::Attaches, resource, None, setting);
            }
            let now: Vec<String> = now.iter().filter_map(|one| one.text().ok()).collect();
            let stays = |name: &String| is_same && now.contains(name);
            for name in was.iter().filter_map(|one| one.text().ok()).filter(|name| !stays(name)) {
                self.set(Phase::AttachmentGoes, resource, None, goes(holder(kind, &name)));
            }
        }
    }

    /// `AWS::IAM::Policy`: an inline policy of several.
    pub(super) fn policy(&mut self, resource: &Resource) -> Result<(), String> {
        let properties = resource.after.as_ref().or(resource.before.as_ref());
        let name = properties
            .and_then(|all| all.get("PolicyName"))
            .map_or_else(|| Err("it has no name".to_owned()), Term::text)?;
        let policy = resource.after.as_ref().and_then(|all| all.get("PolicyDocument"));
        let document = policy.map(|term| document(term, resource, "PolicyDocument"));
        let document = document.unwrap_or_else(|| Value::Unknown(reason(resource, "PolicyDocument", "it has none")));
        let lines = policy.map(statements).unwrap_or_default();
        let first = self.plan.steps.len();
        let old = resource.before.as_ref().and_then(|all| all.get("PolicyName")?.text().ok());
        let old = old.as_deref().unwrap_or(&name);
        self.each_holder(
            resource,
            old == name,
            |one| Setting::Inline(one, name.as_str().into(), document.clone()),
            |one| Setting::NoInline(one, old.into()),
        );
        for step in self.plan.steps.iter_mut().skip(first) {
            step.statements.clone_from(&lines);
        }
        Ok(())
    }

    pub(super) fn policy_of(&mut self, resource: &Resource, kind: HolderKind, key: &str) -> Result<(), String> {
        let properties = resource.after.as_ref().or(resource.before.as_ref());
        let text = |key: &str| {
            properties.and_then(|all| all.get(key)).map_or_else(|| Err(format!("it has no {key}")), Term::text)
        };
        let name = text("PolicyName")?;
        let was = |key: &str| resource.before.as_ref().and_then(|all| all.get(key)?.text().ok());
        if let (Some(old), Some(one)) = (was("PolicyName"), was(key))
            && (resource.after.is_none() || old != name || text(key).as_ref() != Ok(&one))
        {
            self.set(Phase::AttachmentGoes, resource, None, Setting::NoInline(holder(kind, &one), old.into()));
        }
        if resource.after.is_none() {
            return Ok(());
        }
        let Ok(one) = text(key) else {
            let why = text(key).err().unwrap_or_default();
            let setting = Setting::SomeOf(kind, resource.source.resource.as_str().into(), reason(resource, key, &why));
            self.set(Phase::Attaches, resource, None, setting);
            return Ok(());
        };
        let one = holder(kind, &one);
        let policy = resource.after.as_ref().and_then(|all| all.get("PolicyDocument"));
        if let Some(policy) = policy {
            let setting = Setting::Inline(one, name.into(), document(policy, resource, "PolicyDocument"));
            self.set(Phase::Attaches, resource, Some(policy), setting);
        }
        Ok(())
    }

    pub(super) fn members(&mut self, resource: &Resource) -> Result<(), String> {
        let properties = resource.after.as_ref().or(resource.before.as_ref());
        let group = properties
            .and_then(|all| all.get("GroupName"))
            .map_or_else(|| Err("it has no group".to_owned()), Term::text)?;
        let now = resource.after.as_ref().and_then(|all| all.get("Users")).map(items).unwrap_or_default();
        for user in &now {
            match user.text() {
                Ok(name) => {
                    self.set(Phase::Attaches, resource, Some(user), Setting::Member(name.into(), group.as_str().into()))
                }
                Err(why) => {
                    let name = resource.source.resource.as_str().into();
                    self.set(
                        Phase::Attaches,
                        resource,
                        Some(user),
                        Setting::SomeOf(HolderKind::User, name, reason(resource, "Users", &why)),
                    );
                }
            }
        }
        let now: Vec<String> = now.iter().filter_map(|one| one.text().ok()).collect();
        let before = |key: &str| resource.before.as_ref().and_then(|all| all.get(key));
        let old = before("GroupName").and_then(|name| name.text().ok()).unwrap_or_else(|| group.clone());
        let was = before("Users").map(items).unwrap_or_default();
        let stays = |name: &String| old == group && now.contains(name);
        for user in was.iter().filter_map(|one| one.text().ok()).filter(|name| !stays(name)) {
            self.set(Phase::AttachmentGoes, resource, None, Setting::NoMember(user.into(), old.as_str().into()));
        }
        Ok(())
    }
}
