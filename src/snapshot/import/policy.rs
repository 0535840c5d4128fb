//! SCPs and RCPs as ListPolicies, DescribePolicy and ListTargetsForPolicy print them, or a script that joined these.
//!
//! Owns: the shapes, and whether a list of policies is one of Organizations at all. `organization` decides what belongs
//! where.
//! INVARIANT: the targets of a policy are known or left out, never guessed.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::snapshot::organization::OrganizationPolicy;

pub(super) const SCP: &str = "SERVICE_CONTROL_POLICY";
pub(super) const RCP: &str = "RESOURCE_CONTROL_POLICY";

/// Whether a list of policies comes from Organizations and not from IAM.
pub(super) fn holds_policies(raw: &RawValue) -> bool {
    #[derive(Deserialize)]
    struct Named {
        #[serde(rename = "Id")]
        id: Option<serde::de::IgnoredAny>,
        #[serde(rename = "PolicySummary")]
        summary: Option<serde::de::IgnoredAny>,
        #[serde(rename = "PolicyId")]
        iam: Option<serde::de::IgnoredAny>,
    }
    let list: Vec<Named> = serde_json::from_str(raw.get()).unwrap_or_default();
    list.iter().any(|policy| (policy.id.is_some() || policy.summary.is_some()) && policy.iam.is_none())
}

/// An entry of `Policies`, as ListPolicies, DescribePolicy or a script that joined them prints it.
#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Policy {
    pub(super) id: Option<String>,
    arn: Option<String>,
    name: Option<String>,
    description: Option<String>,
    aws_managed: Option<bool>,
    #[serde(rename = "Type")]
    kind: Option<String>,
    content: Option<Box<RawValue>>,
    target_ids: Option<Targets>,
    targets: Option<Targets>,
    policy_summary: Option<Box<Policy>>,
}

impl Policy {
    pub(super) fn kind(&self) -> Option<String> {
        let summary = self.policy_summary.as_ref().and_then(|summary| summary.kind());
        self.kind.clone().or_else(|| kind_in(self.arn.as_deref()?)).or(summary)
    }

    /// True if it has more than ListPolicies prints.
    pub(super) fn is_whole(&self) -> bool {
        self.target_ids.is_some() || self.targets.is_some() || self.content.is_some()
    }

    /// One record from the policy and its summary; `None` if it has no id.
    pub(super) fn joined(self) -> Option<OrganizationPolicy> {
        let kind = self.kind().unwrap_or_default();
        let summary = self.policy_summary.map(|summary| *summary).unwrap_or_default();
        let targets = self.targets.or(self.target_ids);
        Some(OrganizationPolicy {
            id: self.id.or(summary.id)?,
            name: self.name.or(summary.name).unwrap_or_default(),
            arn: self.arn.or(summary.arn),
            description: self.description.or(summary.description).filter(|text| !text.is_empty()),
            aws_managed: self.aws_managed.or(summary.aws_managed),
            kind,
            content: self.content,
            target_ids: targets.and_then(Targets::ids),
            unknown: None,
        })
    }
}

/// The targets of a policy: ids, ARNs, or entries of ListTargetsForPolicy; anything else is ignored.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Targets {
    Many(Vec<Target>),
    One(String),
    Other(serde::de::IgnoredAny),
}

#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Target {
    Id(String),
    Entry {
        #[serde(rename = "TargetId")]
        id: String,
    },
    Other(serde::de::IgnoredAny),
}

impl Targets {
    pub(super) fn ids(self) -> Option<Vec<String>> {
        // `arn:aws:organizations::111122223333:ou/o-example/ou-ab12-12345678`
        let id = |text: String| text.rsplit('/').next().unwrap_or_default().to_owned();
        match self {
            Self::One(text) => Some(vec![id(text)]),
            Self::Other(_) => None,
            Self::Many(list) => list
                .into_iter()
                .map(|target| match target {
                    Target::Id(text) | Target::Entry { id: text } => Some(id(text)),
                    Target::Other(_) => None,
                })
                .collect(),
        }
    }
}

/// The type in a file's name: `policies-SERVICE_CONTROL_POLICY`, `rcps`.
pub(super) fn kind_in_name(name: &str) -> Option<String> {
    let name = name.to_ascii_lowercase().replace('-', "_");
    let of = |kind: &str, short: &str| {
        name.contains(kind) || name.split('_').any(|word| word.trim_end_matches('s') == short)
    };
    let (scp, rcp) = (of("service_control_polic", "scp"), of("resource_control_polic", "rcp"));
    let kind = if scp { SCP } else { RCP };
    (scp != rcp).then(|| kind.to_owned())
}

/// A policy's text regardless of layout, as a string or as an object.
pub(super) fn plain(content: &RawValue) -> Option<serde_json::Value> {
    match serde_json::from_str(content.get()).ok()? {
        serde_json::Value::String(text) => Some(serde_json::from_str(&text).unwrap_or(serde_json::Value::String(text))),
        value => Some(value),
    }
}

/// The type in the ARN of a policy, `…:policy/o-example/service_control_policy/p-12345678`.
pub(super) fn kind_in(arn: &str) -> Option<String> {
    let kind = arn.split('/').rev().nth(1)?;
    kind.ends_with("_policy").then(|| kind.to_ascii_uppercase())
}
