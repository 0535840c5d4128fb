//! What resources say of each other: names, ARNs and documents.
//!
//! Owns: an argument that is the name or the ARN of one thing, and that refers to one resource alone, is that resource; the plan does not
//! show what stands around a reference. A document that is not known is never put together.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use serde_json::Value as Json;
use serde_json::value::RawValue;

use super::accounts::Accounts;
use super::configuration::Configuration;
use super::lines::Lines;
use super::resource::{Attribute, Resource};
use crate::arn::Arn;
use crate::difference::Source;
use crate::ids::AccountId;
use crate::planned::PlanError;
use crate::planned::plan::{Phase, Plan};
use crate::snapshot::edit::{Edit, Setting, Value};

/// All that a resource is read with.
pub(super) struct Reader<'p, 'a> {
    pub(super) configuration: &'p Configuration<'p>,
    pub(super) accounts: Accounts<'p>,
    pub(super) lines: Lines<'a>,
    /// Resources and data sources by address.
    pub(super) all: BTreeMap<&'p str, &'p Resource<'a>>,
    /// By address, the number of a name that is made among those of its prefix.
    pub(super) numbers: OnceCell<BTreeMap<&'p str, usize>>,
    pub(super) partition: String,
    pub(super) plan: Plan,
}

impl<'p, 'a> Reader<'p, 'a> {
    pub(super) fn account(&self, resource: &Resource<'_>) -> Result<AccountId, PlanError> {
        self.accounts.of(resource, self.configuration)
    }

    /// A change of an account, at the line of the attribute that makes it.
    pub(super) fn set(
        &mut self,
        phase: Phase,
        resource: &Resource<'_>,
        account: AccountId,
        key: &str,
        setting: Setting,
    ) {
        let source = self.source(resource, key);
        self.plan.add(phase, Edit::Set(account, setting), &source);
    }

    pub(super) fn source(&self, resource: &Resource<'_>, key: &str) -> Source {
        let line = resource.place(key).and_then(|part| self.lines.of(part));
        Source { line: line.or(resource.source.line), ..resource.source.clone() }
    }

    /// A text, by value or by reference to one of these attributes. `None` where it is not known.
    pub(super) fn text(&self, resource: &Resource<'_>, key: &str) -> Option<String> {
        match resource.after::<String>(key) {
            Attribute::Known(text) => Some(text),
            Attribute::Absent => None,
            Attribute::Unknown => {
                let expression = self.configuration.expression(&resource.address, key)?;
                self.referred(&resource.address, expression)
            }
        }
    }

    /// The name or ARN that an expression refers to.
    pub(super) fn referred(&self, address: &str, expression: &Json) -> Option<String> {
        let reference = self.configuration.follow(address, expression)?;
        let found = self.all.get(reference.address.as_str())?;
        match (reference.attribute.as_str(), found.kind.as_str()) {
            ("arn", _) => self.arn(found),
            // the provider's ids: of what has a name the name, else the ARN
            ("id" | "name", "aws_iam_role" | "aws_iam_user" | "aws_iam_group") => {
                Some(name(found).unwrap_or_else(|| self.made_name(found)))
            }
            ("id", "aws_iam_policy" | "aws_iam_openid_connect_provider" | "aws_iam_saml_provider") => self.arn(found),
            ("id", "aws_organizations_policy") => Some(policy_id(found)),
            (attribute, _) => match found.after::<String>(attribute) {
                Attribute::Known(text) => Some(text),
                _ => None,
            },
        }
    }

    /// The ARN that a resource has, or will have.
    pub(super) fn arn(&self, resource: &Resource<'_>) -> Option<String> {
        if let Attribute::Known(arn) = resource.after::<String>("arn") {
            return Some(arn);
        }
        let account = self.account(resource).ok()?;
        let start = format!("arn:{}:iam::{account}:", self.partition);
        let path = path(resource);
        let name = name(resource).unwrap_or_else(|| self.made_name(resource));
        Some(match resource.kind.as_str() {
            "aws_iam_role" => format!("{start}role{path}{name}"),
            "aws_iam_user" => format!("{start}user{path}{name}"),
            "aws_iam_group" => format!("{start}group{path}{name}"),
            "aws_iam_policy" => format!("{start}policy{path}{name}"),
            "aws_iam_saml_provider" => format!("{start}saml-provider/{name}"),
            "aws_iam_openid_connect_provider" => {
                let url = resource.either::<String>("url")?;
                format!("{start}oidc-provider/{}", url.strip_prefix("https://").unwrap_or(&url))
            }
            _ => return None,
        })
    }

    /// A name that is made when the plan is applied, as it is shown: no name of IAM has parentheses.
    pub(super) fn made_name(&self, resource: &Resource<'_>) -> String {
        let Some(prefix) = self.prefix(resource) else { return format!("({})", resource.address) };
        match self.numbers.get_or_init(|| self.numbered()).get(resource.address.as_str()) {
            None | Some(1) => format!("{prefix}(generated)"),
            Some(number) => format!("{prefix}(generated {number})"),
        }
    }

    /// Of several names of one kind and prefix each has its own number, by address.
    fn numbered(&self) -> BTreeMap<&'p str, usize> {
        let mut known = BTreeMap::<(&str, String), usize>::new();
        let mut numbers = BTreeMap::new();
        for (address, resource) in self.all.iter().filter(|(_, resource)| self.has_made_name(resource)) {
            let number = known.entry((&resource.kind, self.prefix(resource).unwrap_or_default())).or_default();
            *number += 1;
            numbers.insert(*address, *number);
        }
        numbers
    }

    /// True where the provider makes the name, of a prefix or of nothing.
    pub(super) fn has_made_name(&self, resource: &Resource<'_>) -> bool {
        resource.after::<String>("name") == Attribute::Unknown && self.prefix(resource).is_some()
    }

    /// What a name that is made starts with: the provider has a prefix of its own where neither name nor prefix is set.
    fn prefix(&self, resource: &Resource<'_>) -> Option<String> {
        let sets_none = |key| self.configuration.sets(&resource.address, key) == Some(false);
        match resource.after::<String>("name_prefix") {
            Attribute::Known(prefix) if !prefix.is_empty() => Some(prefix),
            _ if sets_none("name") && sets_none("name_prefix") => Some("terraform-".to_owned()),
            _ => None,
        }
    }

    /// A policy document as it would be.
    pub(super) fn document(resource: &Resource<'_>, key: &str) -> Value<Box<RawValue>> {
        match resource.after::<String>(key) {
            Attribute::Known(text) => known(&text, resource, key),
            Attribute::Absent => Value::Unknown(format!("{} has no {key}", resource.address).into()),
            Attribute::Unknown => unknown(resource, key),
        }
    }
}

/// A document that is written out.
pub(super) fn known(text: &str, resource: &Resource<'_>, key: &str) -> Value<Box<RawValue>> {
    match serde_json::from_str::<Box<RawValue>>(text) {
        Ok(document) => Value::Known(document),
        Err(error) => Value::Unknown(format!("{}, {key}: it is not JSON: {error}", resource.address).into()),
    }
}

/// A value that nobody knows before the plan is applied.
pub(super) fn unknown<T>(resource: &Resource<'_>, key: &str) -> Value<T> {
    Value::Unknown(why(resource, key))
}

/// Why it is not known.
pub(super) fn why(resource: &Resource<'_>, key: &str) -> Box<str> {
    format!("unknown until apply: {key} of {}", resource.address).into()
}

/// The name of something, as far as it is known.
pub(super) fn name(resource: &Resource<'_>) -> Option<String> {
    match resource.after::<String>("name") {
        Attribute::Known(name) => Some(name),
        Attribute::Absent if resource.action == super::resource::Action::Delete => resource.before("name"),
        _ => None,
    }
}

/// The path of a user, role, group or policy.
pub(super) fn path(resource: &Resource<'_>) -> String {
    resource.either::<String>("path").unwrap_or_else(|| "/".to_owned())
}

/// The id of a policy of the organization; its address stands for one that is not made yet.
pub(super) fn policy_id(resource: &Resource<'_>) -> String {
    let known = match resource.after::<String>("id") {
        Attribute::Known(id) => Some(id),
        Attribute::Absent => resource.before("id"),
        Attribute::Unknown => None,
    };
    known.unwrap_or_else(|| resource.address.clone())
}

/// The partition of any ARN of the plan; `aws` where it has none.
pub(super) fn partition(resources: &[Resource<'_>]) -> String {
    let arns = resources.iter().filter_map(|one| one.either::<String>("arn"));
    let found = arns.filter_map(|arn| Arn::parse(&arn).map(|arn| arn.partition.to_owned())).next();
    found.unwrap_or_else(|| "aws".to_owned())
}
