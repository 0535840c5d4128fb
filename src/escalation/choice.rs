//! What a caller may choose: a name, a Region, the policy that it attaches.
//!
//! Owns: which choices are worth a try for a class of principals: what its policies, its boundary and the policies of the organization
//! name. A text that none of them names fares as any other that none names, so one of those stands for all.

use std::collections::BTreeSet;

use super::names::policy_arn;
use super::table::{On, Way};
use crate::ids::ClassIx;
use crate::model::{Account, Estate};
use crate::policy::key::KeyKind;
use crate::policy::{Effect, Policy, Statement};
use crate::regions;
use crate::wildcard;

/// One choice, the same for all actions of a way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Choice {
    pub(super) region: Box<str>,
    pub(super) name: Box<str>,
    /// The policy that is attached or detached; AdministratorAccess where this is left out.
    pub(super) policy: Option<Box<str>>,
}

/// A name that no policy was written for.
const NAME: &str = "q7x2m4k9zt";

/// Names that are tried at most.
const MAX_NAMES: usize = 16;

impl Choice {
    /// Of which no action reads anything.
    pub(super) fn plain() -> Self {
        Self { region: "us-east-1".into(), name: NAME.into(), policy: None }
    }

    /// A template with this choice.
    pub(super) fn filled(&self, template: &str, account: &Account) -> String {
        template
            .replace("{partition}", account.partition())
            .replace("{region}", &self.region)
            .replace("{account}", &account.id().to_string())
            .replace("{name}", &self.name)
    }
}

/// The choices that are worth a try for a way, the plainest first. `policies` are those that give what they are attached for; what
/// runs already is in one Region.
pub(super) fn choices(
    estate: &Estate,
    class: ClassIx,
    way: &Way,
    policies: &[Option<Box<str>>],
    region: Option<&str>,
) -> Vec<Choice> {
    let account = estate.account(estate.class(class).account());
    let layers = layers(estate, class);
    let speaking: Vec<&Statement> = layers
        .iter()
        .flat_map(|policy| &policy.statements)
        .filter(|statement| way.steps.iter().any(|step| statement.actions.matches(&step.action)))
        .collect();
    let makes = way.steps.iter().any(|step| step.on.iter().any(|on| matches!(on, On::Made(_))));
    let names = if makes { names(way, &speaking) } else { vec![NAME.into()] };
    let regions = if let Some(region) = region {
        vec![region.into()]
    } else if is_regional(way) {
        regions_of(account.partition(), &speaking)
    } else {
        vec![regions::home(account.partition()).into()]
    };
    let mut all = Vec::new();
    for region in &regions {
        for name in &names {
            let of = |policy: &Option<Box<str>>| Choice {
                region: region.clone(),
                name: name.clone(),
                policy: policy.clone(),
            };
            all.extend(policies.iter().map(of));
        }
    }
    all
}

/// The managed policies that let whoever has them do anything, first AWS's: an attachment of one of them is worth a try.
pub(super) fn strongest_policies(estate: &Estate, account: &Account) -> Vec<Option<Box<str>>> {
    let mut found = vec![None, Some(policy_arn(account, "IAMFullAccess", true).into())];
    let everything = |policy: &Policy| {
        let mut allows = policy.statements.iter().filter(|statement| statement.effect == Effect::Allow);
        allows.any(|statement| {
            let all = statement
                .resources
                .iter()
                .any(|clause| !clause.negated && clause.patterns.iter().any(|text| text.as_str() == "*"));
            all && statement.conditions.is_empty()
                && ["iam:AttachRolePolicy", "iam:UpdateAssumeRolePolicy"].iter().all(|name| {
                    crate::policy::action::Action::parse(name).is_some_and(|action| statement.actions.matches(&action))
                })
        })
    };
    let own = account.facts().customer_policies.iter().flatten();
    found.extend(
        own.filter(|own| own.document.is_some_and(|ix| everything(estate.policy(ix)))).map(|own| Some(own.arn.clone())),
    );
    found
}

/// Identity-based policies, boundary and SCPs of a class.
pub(super) fn layers(estate: &Estate, class: ClassIx) -> Vec<&Policy> {
    let of = estate.class(class);
    let attached = of.policies().iter().chain(of.boundary()).map(|attached| attached.document);
    let scps = estate.account(of.account()).scps().levels().iter().flatten().map(|guardrail| guardrail.document);
    attached.chain(scps).filter_map(|document| Some(estate.policy(document.parsed()?))).collect()
}

fn is_regional(way: &Way) -> bool {
    way.steps.iter().any(|step| !matches!(step.action.service(), "iam" | "organizations"))
}

/// A name of the statements for each place in a template where the caller's name stands, and one that none of them has.
fn names(way: &Way, speaking: &[&Statement]) -> Vec<Box<str>> {
    let templates = way
        .steps
        .iter()
        .flat_map(|step| &step.on)
        .filter_map(|on| if let On::Made(template) = on { Some(&**template) } else { None });
    let prefixes: BTreeSet<&str> = templates
        .filter_map(|template| template.splitn(6, ':').nth(5))
        .filter_map(|rest| rest.split_once("{name}"))
        .map(|(before, _)| before)
        .collect();
    let mut found: Vec<Box<str>> = vec![NAME.into()];
    for text in
        speaking.iter().filter_map(|statement| statement.resources.as_ref()).flat_map(|clause| clause.patterns.iter())
    {
        let Some(rest) = text.as_str().splitn(6, ':').nth(5) else { continue };
        let named = prefixes.iter().filter(|prefix| !prefix.is_empty()).find_map(|prefix| rest.strip_prefix(prefix));
        let Some(named) = named else { continue };
        let name = named.split(['/', ':']).next().unwrap_or_default().replace(['*', '?'], "x");
        if !name.is_empty() && !name.contains('$') && found.len() < MAX_NAMES && !found.iter().any(|own| **own == *name)
        {
            found.push(name.into());
        }
    }
    found
}

/// The home Region of the partition; where some statement tells Regions apart all of them.
fn regions_of(partition: &str, speaking: &[&Statement]) -> Vec<Box<str>> {
    let by_condition =
        |s: &&&Statement| s.conditions.iter().any(|c| c.keys().any(|key| key.kind() == KeyKind::RequestedRegion));
    let by_resource = |s: &&&Statement| {
        let mut texts = s.resources.iter().flat_map(|clause| clause.patterns.iter());
        texts.any(|text| {
            text.as_str().split(':').nth(3).is_some_and(|region| !region.is_empty() && region.chars().any(|c| c != '*'))
        })
    };
    let home = regions::home(partition);
    let told = speaking.iter().any(|s| by_condition(&s) || by_resource(&s));
    let others = regions::of(partition).iter().filter(|region| told && **region != home);
    std::iter::once(home).chain(others.copied()).map(Into::into).collect()
}

/// A text that a pattern of a condition covers.
pub(super) fn covered(pattern: &str) -> String {
    if wildcard::has_wildcard(pattern) { pattern.replace(['*', '?'], "x") } else { pattern.to_owned() }
}
