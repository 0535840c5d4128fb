//! The SCPs and RCPs of an organization as objects with a size and targets, as quotas count them.
//!
//! Owns: how many are attached to which target. What they decide for an account is `tree`'s. INVARIANT: what was not read is named for
//! each kind, and then no count of that kind is complete.

use std::collections::{BTreeMap, HashMap};

use super::principal::Document;
use super::tree::{Kind, attachments_unread, default_content};
use crate::arn::Arn;
use crate::ids::{AccountId, PolicyIx};
use crate::policy;
use crate::snapshot::organization::{OrganizationFile, OrganizationPolicy};
use crate::snapshot::ou_path::{self, ou_path};

/// SCPs and RCPs, and what they are attached to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OrganizationPolicies {
    /// Those that a customer can change.
    pub own: Vec<OwnPolicy>,
    /// Roots, OUs and accounts that some policy is attached to.
    pub targets: Vec<PolicyTarget>,
    /// Why SCPs, or what they are attached to, are not all known.
    pub scps_unread: Option<String>,
    /// The same of RCPs.
    pub rcps_unread: Option<String>,
}

/// An SCP or RCP that is not AWS's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnPolicy {
    /// Whether it is an RCP.
    pub is_rcp: bool,
    /// Its ARN, or its id if the snapshot has none.
    pub arn: String,
    /// What people call it.
    pub name: String,
    /// Characters, white space between elements left out; `None` if its content was not read, or cannot be.
    pub size: Option<u32>,
    /// What it says; `None` if its content was not read.
    pub document: Option<PolicyIx>,
    /// Ids of the roots, OUs and accounts that it is attached to; `None` if they were not collected.
    pub targets: Option<Vec<String>>,
}

/// A root, an OU or an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyTarget {
    /// The account that it is.
    pub account: Option<AccountId>,
    /// Its ARN, or its id if the snapshot has none.
    pub arn: String,
    /// `root`, or the path of an OU.
    pub name: String,
    /// SCPs attached to it, AWS's own included.
    pub scps: u32,
    /// RCPs attached to it, AWS's own included.
    pub rcps: u32,
}

impl OrganizationPolicies {
    pub(super) fn new(file: &OrganizationFile, documents: &HashMap<String, Document>) -> Self {
        let policies = || file.policies.iter().flatten();
        let own = policies().filter(|policy| default_content(&policy.id).is_none() && policy.aws_managed != Some(true));
        let arns = &Arns::of(file);
        let own = own
            .flat_map(|policy| Kind::of(policy).into_iter().map(move |kind| of_policy(policy, kind, arns, documents)));
        Self {
            own: own.collect(),
            targets: targets(file, arns),
            scps_unread: unread(file, Kind::Scp),
            rcps_unread: unread(file, Kind::Rcp),
        }
    }
}

/// How ARNs of the organization begin and go on. Source: Service Authorization Reference, "Resource types defined by AWS Organizations".
struct Arns(Option<(String, String)>);

impl Arns {
    fn of(file: &OrganizationFile) -> Self {
        let organization = file.described().filter(|organization| !organization.id.is_empty());
        Self(organization.and_then(|organization| {
            let told = organization.arn.as_deref().and_then(Arn::parse);
            let partition = told.map_or("aws", |arn| arn.partition);
            Some((format!("arn:{partition}:organizations::{}:", organization.master_account_id?), organization.id))
        }))
    }

    /// The ARN of a thing that the file gives no ARN, or its id.
    fn make(&self, kind: &str, of_kind: &str, id: &str) -> String {
        let made = self.0.as_ref().map(|(start, organization)| format!("{start}{kind}/{organization}/{of_kind}{id}"));
        made.unwrap_or_else(|| id.to_owned())
    }
}

fn of_policy(policy: &OrganizationPolicy, kind: Kind, arns: &Arns, documents: &HashMap<String, Document>) -> OwnPolicy {
    let of_kind = if kind == Kind::Rcp { "resource_control_policy/" } else { "service_control_policy/" };
    OwnPolicy {
        is_rcp: kind == Kind::Rcp,
        arn: policy.arn.clone().unwrap_or_else(|| arns.make("policy", of_kind, &policy.id)),
        name: if policy.name.is_empty() { policy.id.clone() } else { policy.name.clone() },
        size: policy.content.as_ref().and_then(|content| policy::size(content.get())),
        document: documents.get(&policy.id).and_then(|document| document.parsed()),
        targets: policy.target_ids.clone(),
    }
}

fn targets(file: &OrganizationFile, arns: &Arns) -> Vec<PolicyTarget> {
    let units = || file.organizational_units.iter().flatten();
    let parents: BTreeMap<&str, (&str, &str)> =
        units().map(|unit| (unit.id.as_str(), (unit.parent_id.as_str(), unit.name.as_str()))).collect();
    let of_roots = file.roots.iter().flatten().map(|root| (root.id.as_str(), root.arn.as_deref()));
    let told: BTreeMap<&str, Option<&str>> =
        of_roots.chain(units().map(|unit| (unit.id.as_str(), unit.arn.as_deref()))).collect();
    let mut found = BTreeMap::<&str, PolicyTarget>::new();
    for policy in file.policies.iter().flatten() {
        for id in policy.target_ids.iter().flatten() {
            let target = found.entry(id).or_insert_with(|| PolicyTarget {
                account: AccountId::parse(id),
                arn: told
                    .get(id.as_str())
                    .copied()
                    .flatten()
                    .map(str::to_owned)
                    .unwrap_or_else(|| arns.make(if id.starts_with("r-") { "root" } else { "ou" }, "", id)),
                name: shown(id, &parents),
                scps: 0,
                rcps: 0,
            });
            for kind in Kind::of(policy) {
                *(if kind == Kind::Scp { &mut target.scps } else { &mut target.rcps }) += 1;
            }
        }
    }
    found.into_values().collect()
}

fn shown(id: &str, parents: &BTreeMap<&str, (&str, &str)>) -> String {
    if id.starts_with("r-") {
        return "root".to_owned();
    }
    let names = ou_path(id, |unit| parents.get(unit).copied()).names;
    if names.is_empty() { id.to_owned() } else { ou_path::shown(&names) }
}

/// Why the counts of a kind are not complete.
fn unread(file: &OrganizationFile, kind: Kind) -> Option<String> {
    let Some(policies) = &file.policies else {
        // with consolidated billing alone, there are none
        let features = file.described().and_then(|organization| organization.feature_set);
        let may_have = features.is_none_or(|features| features == "ALL");
        return may_have.then(|| "SCPs and RCPs were not collected".to_owned());
    };
    let words = if kind == Kind::Scp { "SCPs" } else { "RCPs" };
    if policies.iter().any(|policy| policy.kind.is_empty()) {
        return Some("the type of some policies of the organization was not collected".to_owned());
    }
    if attachments_unread(file, kind) {
        return Some(format!("some {words}, or what they are attached to, were not collected"));
    }
    let types = file.roots.iter().flatten().filter_map(|root| root.policy_types.as_ref()).flatten();
    let enabled = types.into_iter().any(|listed| listed.kind == kind.name() && listed.status == "ENABLED");
    let none = !policies.iter().any(|policy| policy.kind == kind.name());
    // AWS's own policy of a kind is there as soon as the kind is enabled
    (enabled && none).then(|| format!("the list of {words} is empty, which it never is where they are enabled"))
}
