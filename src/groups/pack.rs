//! Policies that let a group's members into its roles, within the sizes that AWS allows.
//!
//! Owns: what the documents say. INVARIANT: a resource with a wildcard stands for roles of the group alone, as far as the snapshot knows
//! all roles; where it does not, every role is named.

use std::collections::BTreeMap;

use roaring::RoaringBitmap;
use serde_json::{Value, json};

use super::pairs::{number, role_of};
use crate::answer::{PlanLimits, PlanWildcard};
use crate::ids::PrincipalIx;
use crate::model::{Estate, Presence};

/// How policies are written.
pub(super) struct Packer<'e> {
    estate: &'e Estate,
    /// Whether every statement asks for MFA.
    pub(super) mfa: bool,
    /// All roles of one partition, path and name, where wildcards may be written.
    alike: BTreeMap<String, RoaringBitmap>,
}

/// What a group's policies name.
#[derive(Clone, Debug)]
pub(super) struct Resource {
    pub(super) text: String,
    /// Roles that it stands for.
    pub(super) roles: RoaringBitmap,
}

/// Documents of one group, and whether they are managed policies.
#[derive(Clone, Debug)]
pub(super) struct Packed {
    pub(super) managed: bool,
    pub(super) documents: Vec<(u32, Value)>,
    pub(super) wildcards: Vec<PlanWildcard>,
}

impl<'e> Packer<'e> {
    pub(super) fn new(estate: &'e Estate, mfa: bool, wildcards: bool) -> Self {
        let mut alike = BTreeMap::<String, RoaringBitmap>::new();
        // an account that was not read may have a role of any name
        let is_read = |presence: &Presence| presence.gap().is_none();
        let knows_all = estate.unlisted().is_none() && estate.accounts().iter().all(|a| is_read(a.presence()));
        if wildcards && knows_all {
            for role in estate.roles() {
                alike.entry(pattern(estate, role)).or_default().insert(number(role));
            }
        }
        Self { estate, mfa, alike }
    }

    /// The resources that stand for these roles and no others.
    pub(super) fn resources(&self, roles: &RoaringBitmap) -> Vec<Resource> {
        let mut found = BTreeMap::<String, RoaringBitmap>::new();
        for role in roles {
            let ix = role_of(role);
            let all = self.alike.get_key_value(&pattern(self.estate, ix));
            let (text, own) = match all.filter(|(_, all)| all.len() > 1 && all.is_subset(roles)) {
                Some((text, all)) => (text.clone(), all.clone()),
                None => (escaped(&self.estate.arn(ix)), RoaringBitmap::from_iter([role])),
            };
            found.insert(text, own);
        }
        found.into_iter().map(|(text, roles)| Resource { text, roles }).collect()
    }

    /// How much room roles have in a group at least, whatever they are called.
    pub(super) fn room(&self, limits: &PlanLimits, longest: usize) -> u64 {
        let frame = characters(&self.document(&[]));
        let inline = limits.inline_size.saturating_sub(frame);
        // a policy is full when the longest resource no longer fits
        let each = limits.managed_size.saturating_sub(frame + u32::try_from(longest).unwrap_or(u32::MAX));
        u64::from(inline).max(u64::from(each) * u64::from(limits.managed_per_group))
    }

    /// The policies of groups with these roles: of one group where they fit into it.
    pub(super) fn pack(&self, roles: &RoaringBitmap, limits: &PlanLimits) -> Vec<(RoaringBitmap, Packed)> {
        let resources = self.resources(roles);
        let whole = self.document(&resources);
        let size = characters(&whole);
        if size <= limits.inline_size {
            let packed = Packed { managed: false, documents: vec![(size, whole)], wildcards: wildcards(&resources) };
            return vec![(roles.clone(), packed)];
        }
        let frame = characters(&self.document(&[]));
        let (mut policies, mut policy, mut used) = (Vec::new(), Vec::new(), frame);
        for resource in resources {
            let more = length(&resource);
            if used + more > limits.managed_size && !policy.is_empty() {
                policies.push(std::mem::take(&mut policy));
                used = frame;
            }
            used += more;
            policy.push(resource);
        }
        policies.push(policy);
        let per_group = usize::try_from(limits.managed_per_group.max(1)).unwrap_or(1);
        policies.chunks(per_group).map(|policies| self.managed(policies)).collect()
    }

    fn managed(&self, policies: &[Vec<Resource>]) -> (RoaringBitmap, Packed) {
        let all = policies.iter().flatten();
        let roles = all.fold(RoaringBitmap::new(), |roles, resource| roles | &resource.roles);
        let documents = policies.iter().map(|resources| {
            let document = self.document(resources);
            (characters(&document), document)
        });
        let documents = documents.collect();
        (
            roles,
            Packed { managed: true, documents, wildcards: policies.iter().flat_map(|own| wildcards(own)).collect() },
        )
    }

    fn document(&self, resources: &[Resource]) -> Value {
        let resources: Vec<&str> = resources.iter().map(|resource| resource.text.as_str()).collect();
        let mut statement =
            json!({"Sid": "AssumeRoles", "Effect": "Allow", "Action": "sts:AssumeRole", "Resource": resources});
        if self.mfa
            && let Some(statement) = statement.as_object_mut()
        {
            let condition = json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}});
            statement.insert("Condition".to_owned(), condition);
        }
        json!({"Version": "2012-10-17", "Statement": [statement]})
    }
}

/// As AWS counts: without white space.
fn characters(document: &Value) -> u32 {
    crate::policy::size(&document.to_string()).unwrap_or(u32::MAX)
}

/// With quotes and a comma.
fn length(resource: &Resource) -> u32 {
    u32::try_from(resource.text.chars().count() + 3).unwrap_or(u32::MAX)
}

fn wildcards(resources: &[Resource]) -> Vec<PlanWildcard> {
    let with = resources.iter().filter(|resource| resource.roles.len() > 1);
    let stated = |resource: &Resource| PlanWildcard {
        resource: resource.text.clone(),
        roles: usize::try_from(resource.roles.len()).unwrap_or(usize::MAX),
    };
    with.map(stated).collect()
}

/// The ARNs of the roles of this path and name in any account.
fn pattern(estate: &Estate, role: PrincipalIx) -> String {
    let principal = estate.principal(role);
    let partition = estate.account(principal.account()).partition();
    format!("arn:{partition}:iam::*:role{}{}", escaped(principal.path()), principal.name())
}

/// Paths may have characters that policies read as wildcards and variables.
fn escaped(text: &str) -> String {
    if !text.contains(['*', '?', '$']) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '*' | '?' | '$' => out.extend(['$', '{', c, '}']),
            c => out.push(c),
        }
    }
    out
}
