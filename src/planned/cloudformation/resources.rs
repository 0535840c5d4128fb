//! Resources of IAM and Organizations: which edits they are.
//!
//! Source: AWS CloudFormation User Guide, "Resource and property types": `AWS::IAM`, `AWS::Organizations`.

use serde_json::Value as Json;
use serde_json::value::{RawValue, to_raw_value};

use super::identity::{Place, Where, holder, holder_type, is_of_access, name_of, references};
use super::term::{Computed, Term};
use crate::difference::Source;
use crate::ids::AccountId;
use crate::planned::Plan;
use crate::planned::plan::Phase;
use crate::snapshot::account::Tag;
use crate::snapshot::edit::{Edit, Holder, HolderKind, Setting, Value};

/// A resource with its properties.
pub(super) struct Resource {
    pub(super) source: Source,
    pub(super) kind: String,
    /// `None` where it is new, or where nobody says.
    pub(super) before: Option<Term>,
    /// `None` where it goes.
    pub(super) after: Option<Term>,
    /// The name or ARN that it has.
    pub(super) physical: Option<String>,
    /// It is made, alone or in place of an old one, and has no name yet.
    pub(super) is_new: bool,
}

pub(super) struct Reader<'p> {
    pub(super) plan: Plan,
    pub(super) account: AccountId,
    pub(super) place: &'p dyn Place,
    pub(super) stack: Option<String>,
}

impl Reader<'_> {
    /// Adds what a resource is.
    pub(super) fn add(&mut self, resource: &Resource) {
        if !is_of_access(&resource.kind) {
            *self.plan.others.entry(resource.kind.clone()).or_default() += 1;
            return;
        }
        let made = match resource.kind.as_str() {
            "AWS::IAM::Role" | "AWS::IAM::User" | "AWS::IAM::Group" => self.holder(resource),
            "AWS::IAM::ManagedPolicy" => self.managed(resource),
            "AWS::IAM::Policy" => self.policy(resource),
            "AWS::IAM::RolePolicy" => self.policy_of(resource, HolderKind::Role, "RoleName"),
            "AWS::IAM::UserPolicy" => self.policy_of(resource, HolderKind::User, "UserName"),
            "AWS::IAM::GroupPolicy" => self.policy_of(resource, HolderKind::Group, "GroupName"),
            "AWS::IAM::UserToGroupAddition" => self.members(resource),
            "AWS::IAM::OIDCProvider" | "AWS::IAM::SAMLProvider" => self.provider(resource),
            "AWS::Organizations::Policy" => self.organization_policy(resource),
            other => Err(format!("{other} is not understood")),
        };
        if let Err(why) = made {
            self.plan.leave(&resource.source, why);
        }
    }

    pub(super) fn set(&mut self, phase: Phase, resource: &Resource, at: Option<&Term>, setting: Setting) {
        let source = Source { line: line(at).or(resource.source.line), ..resource.source.clone() };
        self.plan.add(phase, Edit::Set(self.account, setting), &source);
        if let Some(step) = self.plan.steps.last_mut() {
            step.statements = at.map(statements).unwrap_or_default();
        }
    }

    pub(super) fn name(&self, resource: &Resource, key: &str, kind: Option<HolderKind>) -> Result<String, String> {
        let properties = resource.after.as_ref().or(resource.before.as_ref());
        let given = properties.and_then(|all| all.get(key));
        if let (None, Some(physical), false) = (given, &resource.physical, resource.is_new) {
            return Ok(physical.rsplit('/').next().unwrap_or(physical).to_owned());
        }
        let at: Where<'_> = (self.account, self.place, self.stack.as_deref());
        // what is there already is not what is made
        name_of(&resource.source.resource, given, kind.filter(|_| !resource.is_new), at)
            .map_err(|why| format!("its {key} is not known: {why}"))
    }

    fn holder(&mut self, resource: &Resource) -> Result<(), String> {
        let Some((kind, key, word)) = holder_type(&resource.kind) else { return Ok(()) };
        let old = resource.physical.as_deref().map(|name| holder(kind, name));
        if let Some(old) = old.filter(|_| resource.after.is_none() || resource.is_new) {
            self.set(Phase::Goes, resource, None, Setting::Deleted(old));
        }
        let Some(after) = &resource.after else { return Ok(()) };
        let name = self.name(resource, key, Some(kind))?;
        let one = holder(kind, &name);
        let path = after
            .get("Path")
            .map_or_else(|| Ok("/".to_owned()), Term::text)
            .map_err(|why| format!("its path is not known: {why}"))?;
        self.set(Phase::Comes, resource, None, Setting::Ensured(one.clone(), path.into()));
        if let Some(trust) =
            after.get("AssumeRolePolicyDocument").filter(|trust| resource.differs("AssumeRolePolicyDocument", trust))
        {
            let setting = Setting::Trust(name.as_str().into(), document(trust, resource, "AssumeRolePolicyDocument"));
            self.set(Phase::Comes, resource, Some(trust), setting);
        }
        if let Some(boundary) =
            after.get("PermissionsBoundary").filter(|new| resource.differs("PermissionsBoundary", new))
        {
            let value = match boundary.text() {
                Ok(arn) => Value::Known(Some(arn.into())),
                Err(why) => Value::Unknown(reason(resource, "PermissionsBoundary", &why)),
            };
            self.set(Phase::Comes, resource, Some(boundary), Setting::Boundary(one.clone(), value));
        } else if after.get("PermissionsBoundary").is_none() && resource.was("PermissionsBoundary").is_some() {
            self.set(Phase::Comes, resource, None, Setting::Boundary(one.clone(), Value::Known(None)));
        }
        if let Some(tags) = after.get("Tags").filter(|new| resource.differs("Tags", new)) {
            let value =
                self::tags(tags).map_or_else(|why| Value::Unknown(reason(resource, "Tags", &why)), Value::Known);
            self.set(Phase::Comes, resource, Some(tags), Setting::Tags(one.clone(), value));
        }
        if word == "role"
            && let Some(Ok(seconds)) = after
                .get("MaxSessionDuration")
                .map(|term| term.text().and_then(|text| text.parse().map_err(|_| String::new())))
        {
            self.set(
                Phase::Comes,
                resource,
                after.get("MaxSessionDuration"),
                Setting::MaxSession(name.as_str().into(), seconds),
            );
        }
        self.own_policies(resource, after, &one);
        self.attached(resource, after, &one);
        if kind == HolderKind::User {
            self.groups_of(resource, after, &name);
            if after.get("LoginProfile").is_some_and(|new| resource.differs("LoginProfile", new)) {
                self.plan.leave(&resource.source, "its password is not understood: how it signs in may change");
            }
        }
        Ok(())
    }

    /// `Policies` of a user, role or group.
    fn own_policies(&mut self, resource: &Resource, after: &Term, one: &Holder) {
        let mut names = Vec::new();
        match after.get("Policies").map(|term| (&term.value, term)) {
            Some((Computed::List(items), _)) => {
                for (at, item) in items.iter().enumerate() {
                    let (Some(name), Some(policy)) = (item.get("PolicyName"), item.get("PolicyDocument")) else {
                        let why = if let Computed::Unknown(why) = &item.value {
                            why
                        } else {
                            "a policy has no name or no document"
                        };
                        self.unknown(resource, (one, &format!("Policies[{at}]")), "Policies", why, item);
                        continue;
                    };
                    let name = name.text().unwrap_or_else(|_| format!("{} Policies[{at}]", resource.source.resource));
                    let setting =
                        Setting::Inline(one.clone(), name.as_str().into(), document(policy, resource, "Policies"));
                    names.push(name);
                    if resource.differs("Policies", after.get("Policies").unwrap_or(item)) {
                        self.set(Phase::Attaches, resource, Some(policy), setting);
                    }
                }
            }
            Some((Computed::Unknown(why), term)) => {
                let (why, term) = (why.clone(), term.clone());
                self.unknown(resource, (one, "Policies"), "Policies", &why, &term);
            }
            _ => {}
        }
        let was = resource.was("Policies").map(items).unwrap_or_default();
        let gone =
            was.iter().filter_map(|item| item.get("PolicyName")?.text().ok()).filter(|name| !names.contains(name));
        for name in gone.collect::<Vec<_>>() {
            self.set(Phase::AttachmentGoes, resource, None, Setting::NoInline(one.clone(), name.into()));
        }
    }

    /// `ManagedPolicyArns` of a user, role or group.
    fn attached(&mut self, resource: &Resource, after: &Term, one: &Holder) {
        let texts = |all: &[Term]| all.iter().filter_map(|item| item.text().ok()).collect::<Vec<String>>();
        let was = texts(&resource.was("ManagedPolicyArns").map(items).unwrap_or_default());
        let mut now = Vec::new();
        if let Some(list) = after.get("ManagedPolicyArns").cloned() {
            if let Computed::Unknown(why) = &list.value {
                self.unknown(resource, (one, "ManagedPolicyArns"), "ManagedPolicyArns", why, &list);
            }
            for (at, item) in items(&list).iter().enumerate() {
                match item.text() {
                    Ok(arn) => {
                        if !was.contains(&arn) {
                            self.set(
                                Phase::Attaches,
                                resource,
                                Some(item),
                                Setting::Attached(one.clone(), arn.as_str().into()),
                            );
                        }
                        now.push(arn);
                    }
                    Err(why) => self.unknown(
                        resource,
                        (one, &format!("ManagedPolicyArns[{at}]")),
                        "ManagedPolicyArns",
                        &why,
                        item,
                    ),
                }
            }
        }
        for arn in was.into_iter().filter(|arn| !now.contains(arn)) {
            self.set(Phase::AttachmentGoes, resource, None, Setting::Detached(one.clone(), arn.into()));
        }
    }

    /// Something that a holder gets and that is not known.
    fn unknown(&mut self, resource: &Resource, (one, name): (&Holder, &str), key: &str, why: &str, at: &Term) {
        let name = format!("{} {name}", resource.source.resource);
        let setting = Setting::Inline(one.clone(), name.into(), Value::Unknown(reason(resource, key, why)));
        self.set(Phase::Attaches, resource, Some(at), setting);
    }

    fn groups_of(&mut self, resource: &Resource, after: &Term, user: &str) {
        let was = resource.was("Groups").map(items).unwrap_or_default();
        for group in after.get("Groups").map(items).unwrap_or_default() {
            match group.text() {
                Ok(name) => {
                    self.set(Phase::Attaches, resource, Some(&group), Setting::Member(user.into(), name.into()))
                }
                Err(why) => self.unknown(resource, (&Holder::User(user.into()), "Groups"), "Groups", &why, &group),
            }
        }
        let now: Vec<String> =
            after.get("Groups").map(items).unwrap_or_default().iter().filter_map(|one| one.text().ok()).collect();
        for group in was.iter().filter_map(|one| one.text().ok()).filter(|name| !now.contains(name)) {
            self.set(Phase::AttachmentGoes, resource, None, Setting::NoMember(user.into(), group.into()));
        }
    }

    fn provider(&mut self, resource: &Resource) -> Result<(), String> {
        if let Some(old) = resource.physical.clone().filter(|_| resource.after.is_none() || resource.is_new) {
            self.set(Phase::Goes, resource, None, Setting::NoProvider(old.into()));
        }
        let Some(after) = &resource.after else { return Ok(()) };
        let at: Where<'_> = (self.account, self.place, self.stack.as_deref());
        let arns = references(&resource.source.resource, &resource.kind, after, at);
        match arns.into_iter().next() {
            Some((_, arn)) => self.set(Phase::Comes, resource, None, Setting::Provider(arn.into())),
            None => return Err("its name or URL is not known".to_owned()),
        }
        Ok(())
    }
}

impl Resource {
    /// A property as it was; one that is made anew has nothing of the old one.
    pub(super) fn was(&self, key: &str) -> Option<&Term> {
        self.before.as_ref().filter(|_| !self.is_new)?.get(key)
    }

    /// True where the property is another than it was.
    pub(super) fn differs(&self, key: &str, now: &Term) -> bool {
        self.was(key).is_none_or(|was| was.json() != now.json() || now.json().is_err())
    }
}

pub(super) fn items(list: &Term) -> Vec<Term> {
    if let Computed::List(items) = &list.value { items.clone() } else { Vec::new() }
}

fn line(at: Option<&Term>) -> Option<usize> {
    at.map(|term| term.line).filter(|line| *line > 0)
}

/// The lines of a document's statements.
pub(super) fn statements(document: &Term) -> Vec<usize> {
    match document.get("Statement").map(|term| (&term.value, term.line)) {
        Some((Computed::List(items), _)) => items.iter().map(|item| item.line).filter(|line| *line > 0).collect(),
        Some((_, line)) if line > 0 => vec![line],
        _ => Vec::new(),
    }
}

/// A document: an object, or its text.
pub(super) fn document(term: &Term, resource: &Resource, key: &str) -> Value<Box<RawValue>> {
    let raw = term.json().and_then(|json| match json {
        Json::String(text) => serde_json::from_str(&text).map_err(|error| format!("it is not JSON: {error}")),
        other => to_raw_value(&other).map_err(|error| error.to_string()),
    });
    match raw {
        Ok(document) => Value::Known(document),
        Err(why) => Value::Unknown(reason(resource, key, &why)),
    }
}

pub(super) fn reason(resource: &Resource, key: &str, why: &str) -> Box<str> {
    format!("unknown: {key} of {}: {why}", resource.source.resource).into()
}

fn tags(list: &Term) -> Result<Vec<Tag>, String> {
    if let Computed::Unknown(why) = &list.value {
        return Err(why.clone());
    }
    let text = |item: &Term, key: &str| item.get(key).map_or_else(|| Ok(String::new()), Term::text);
    items(list).iter().map(|item| Ok(Tag { key: text(item, "Key")?, value: text(item, "Value")? })).collect()
}
