//! What a caller may choose: a Region, the policy that it attaches, the names of what it makes.
//!
//! Owns: which choices are worth a try for a class of principals: what its policies, its boundary and the policies of the organization
//! name. Does not know what a name stands for (`made`).

use super::actions::UPDATE_TRUST;
use super::made::{Named, Names, filled};
use super::names::policy_arn;
use super::signing::of_kind;
use super::table::Way;
use crate::eval::{self, Caller, Question, Resource};
use crate::ids::{ClassIx, PrincipalIx};
use crate::model::{Account, Estate};
use crate::policy::key::{ContextKey, KeyKind};
use crate::policy::{Effect, Policy, Statement, TagOf};
use crate::regions;

/// One choice, the same for all actions of a way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Choice {
    pub(super) region: Box<str>,
    pub(super) named: Named,
    /// The policy that is attached or detached; AdministratorAccess where this is left out.
    pub(super) policy: Option<Box<str>>,
}

impl Choice {
    /// Of which no action reads anything.
    pub(super) fn plain() -> Self {
        Self { region: "us-east-1".into(), named: Named::new(), policy: None }
    }

    /// A template with this choice.
    pub(super) fn filled(&self, template: &str, account: &Account) -> String {
        let of_account = template
            .replace("{partition}", account.partition())
            .replace("{region}", &self.region)
            .replace("{account}", &account.id().to_string());
        filled(&of_account, &self.named)
    }
}

/// The choices that are worth a try for a way, the plainest first, and the names of what it makes. `policies` are those that give what
/// they are attached for; what runs already is in one Region.
pub(super) fn choices(
    estate: &Estate,
    by: PrincipalIx,
    way: &'static Way,
    policies: &[Option<Box<str>>],
    region: Option<&str>,
) -> (Vec<Choice>, Names) {
    let principal = estate.principal(by);
    let account = estate.account(principal.account());
    let speaking = speaking(estate, principal.class(), way);
    let texts = texts(estate, by, &speaking);
    let regions: Vec<Box<str>> = if let Some(region) = region {
        vec![region.into()]
    } else if is_regional(way) {
        regions_of(account.partition(), &speaking)
    } else {
        vec![regions::home(account.partition()).into()]
    };
    let of = |region: &str, policy: &Option<Box<str>>| Choice {
        region: region.into(),
        named: Named::new(),
        policy: policy.clone(),
    };
    let all = regions.iter().flat_map(|region| policies.iter().map(move |policy| of(region, policy))).collect();
    (all, Names::of(way, &texts))
}

/// The statements of a class, its boundary and the SCPs that are about an action of a way.
pub(super) fn speaking<'e>(estate: &'e Estate, class: ClassIx, way: &Way) -> Vec<&'e Statement> {
    let statements = layers(estate, class).into_iter().flat_map(|policy| &policy.statements);
    statements.filter(|statement| way.steps.iter().any(|step| statement.actions.matches(&step.action))).collect()
}

/// What they say of resources, with what is known of the caller in place of variables.
pub(super) fn texts(estate: &Estate, by: PrincipalIx, speaking: &[&Statement]) -> Vec<String> {
    let clauses = speaking.iter().filter_map(|statement| statement.resources.as_ref());
    let of_caller = |key: &ContextKey| value_of(estate, by, key);
    clauses.flat_map(|clause| clause.patterns.iter()).filter_map(|text| text.filled(of_caller)).collect()
}

/// What a variable of the caller stands for in a name: what the evaluator takes it for. A tag that a session may replace is worth a try.
pub(super) fn value_of(estate: &Estate, by: PrincipalIx, key: &ContextKey) -> Option<String> {
    let principal = estate.principal(by);
    let of_own = Resource::Other { arn: "*".into(), account: Some(principal.account()), unread_policy: None };
    let question = Question::new(estate, &UPDATE_TRUST, Caller::Principal(by), of_kind(principal.kind()), of_own);
    let known = eval::value_of(&question, key);
    known.or_else(|| match (key.kind(), principal.tag(key.tag())) {
        (KeyKind::PrincipalTag, TagOf::Value(value)) => Some(value.to_owned()),
        _ => None,
    })
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
    let scps = estate.account(of.account()).scps().documents();
    attached.chain(scps).filter_map(|document| Some(estate.policy(document.parsed()?))).collect()
}

fn is_regional(way: &Way) -> bool {
    way.steps.iter().any(|step| !matches!(step.action.service(), "iam" | "organizations"))
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
