//! Rules about what policies of customers say, each distinct document once. AWS managed policies, which nobody can change, are left to
//! the rules about those who hold them.

use std::collections::BTreeSet;

use serde::Deserialize;

use crate::facet::Facet;
use crate::ids::{AccountIx, GapIx, PrincipalIx};
use crate::model::{Attached, Origin, PrincipalType};
use crate::nearest::nearest;
use crate::policy::action::Action;
use crate::policy::catalog;
use crate::policy::{Effect, Policy, Statement};
use crate::posture::aws_made;
use crate::posture::grants::{self, Home};
use crate::posture::held::Holder;
use crate::rules::context::Context;
use crate::rules::families::statements;
use crate::rules::judge::{Data, Judge};
use crate::rules::of_policies::{Said, Which};
use crate::rules::outcome::{Found, Outcome, listed, quoted, some_of};
use crate::rules::rule::{NoParameters, Row, Rule, card_file};
use crate::wildcard;

pub(in crate::rules) const RULES: &[&dyn Rule] = &[
    &Row::new(
        card_file!("policies/policy-allows-everything"),
        Judge::Policy(Which::Attached, |_: &NoParameters, policy, _| allows_everything(policy)),
    ),
    &Row::new(
        card_file!("policies/unattached-policy-allows-everything"),
        Judge::Policy(Which::Unattached, |_: &NoParameters, policy, _| allows_everything(policy)),
    ),
    &Row::new(
        card_file!("policies/policy-unattached"),
        Judge::Policy(Which::Unattached, |_: &NoParameters, policy, _| unattached(policy)),
    ),
    &Row::new(
        card_file!("policies/policy-allows-whole-service"),
        Judge::Policy(Which::Attached, policy_allows_whole_service),
    ),
    &Row::new(
        card_file!("policies/allow-with-not-action"),
        Judge::Policy(Which::Attached, |_: &NoParameters, policy, _| allow_with_not_action(policy)),
    ),
    &Row::new(
        card_file!("policies/allow-with-not-resource"),
        Judge::Policy(Which::Attached, |_: &NoParameters, policy, _| allow_with_not_resource(policy)),
    ),
    &Row::new(
        card_file!("policies/sensitive-read-on-all-resources"),
        Judge::Policy(Which::Attached, sensitive_read_on_all_resources),
    ),
    &Row::new(
        card_file!("policies/statement-with-unknown-action"),
        Judge::Policy(Which::Any, |_: &NoParameters, policy, _| statements::with_unknown_action(policy)),
    ),
    &Row::new(
        card_file!("policies/statement-with-impossible-resource"),
        Judge::Policy(Which::Any, |_: &NoParameters, policy, _| statements::with_impossible_resource(policy)),
    ),
    &Row::new(
        card_file!("policies/allow-denied-by-same-policy"),
        Judge::Policy(Which::Any, |_: &NoParameters, policy, _| statements::with_denied_allow(policy)),
    ),
    &Row::new(
        card_file!("policies/deny-on-mcp-actions"),
        Judge::Policy(Which::AnyAndGuardrails, |_: &NoParameters, policy, _| statements::deny_on_mcp_actions(policy)),
    ),
    &Row::new(card_file!("policies/cloudshell-full-access"), Judge::Account(cloudshell_full_access)),
    &Row::new(card_file!("policies/support-role-missing"), Judge::Account(support_role_missing)).reading(about_support),
    &Row::new(card_file!("policies/inline-policy-on-role-or-group"), Judge::Account(inline_policy_on_role_or_group)),
];

/// A policy that makes administrators.
fn allows_everything(policy: &Policy) -> Option<Said> {
    let statements = grants::of_everything(policy);
    let conditional = statements.iter().all(|statement| !statement.conditions.is_empty());
    let keys: BTreeSet<&str> =
        statements.iter().flat_map(|statement| statement.conditions.iter()).map(|test| test.key.as_str()).collect();
    let mut what = "allows every action on every resource".to_owned();
    if conditional && !keys.is_empty() {
        let keys: Vec<&str> = keys.into_iter().collect();
        what.push_str(&format!(", under a condition on {}", listed(&keys, "and")));
    }
    what.push_str(&but_denies(policy));
    Said::of(what, statements)
}

/// A policy that nobody has. One that allows everything is for `unattached-policy-allows-everything` to tell.
fn unattached(policy: &Policy) -> Option<Said> {
    grants::of_everything(policy).is_empty().then(|| Said::without_proof("is not used"))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Services {
    services: Vec<Prefix>,
}

/// The first part of an action, in small letters.
#[derive(Deserialize)]
#[serde(try_from = "String")]
struct Prefix(String);

impl TryFrom<String> for Prefix {
    type Error = String;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        let prefix = name.to_ascii_lowercase();
        if catalog::has_service(&prefix) {
            return Ok(Self(prefix));
        }
        Err(unknown(&name, "prefix of actions", nearest(&prefix, &catalog::alike(&prefix))))
    }
}

/// What a setting names and the catalog does not have: a typo would find nothing, and nobody would know.
fn unknown(name: &str, what: &str, meant: Option<&str>) -> String {
    let meant = meant.map(|meant| format!("; `{meant}` is one")).unwrap_or_default();
    format!("`{name}` is no {what} in the catalog of {}{meant}", catalog::date())
}

/// A policy that gives a whole service by which permissions, identities or traces are changed.
fn policy_allows_whole_service(of: &Services, policy: &Policy, home: Home<'_>) -> Option<Said> {
    if !grants::of_everything(policy).is_empty() {
        return None;
    }
    let mut whole = BTreeSet::new();
    let mut proof = Vec::new();
    for statement in grants::allows(policy) {
        let services = grants::whole_services(statement, home);
        let told = |service: &&str| {
            let is_told =
                |told: &str| wildcard::matches(service, told) && !grants::takes_service_back(policy, told, home);
            of.services.iter().any(|Prefix(told)| is_told(told))
        };
        let found: Vec<&str> = services.filter(told).collect();
        proof.extend((!found.is_empty()).then_some(statement));
        whole.extend(found);
    }
    let whole: Vec<String> = whole.iter().map(|service| format!("`{service}:*`")).collect();
    Said::of(format!("allows {} on all resources{}", quoted(&whole), but_denies(policy)), proof)
}

/// `, except what another statement denies`
fn but_denies(policy: &Policy) -> String {
    match policy.statements.iter().filter(|statement| statement.effect == Effect::Deny).count() {
        0 => String::new(),
        1 => ", except what another statement denies".to_owned(),
        denies => format!(", except what {denies} other statements deny"),
    }
}

/// A policy that allows whatever it does not list.
fn allow_with_not_action(policy: &Policy) -> Option<Said> {
    let open = |statement: &&Statement| {
        statement.actions.negated
            && !grants::is_of_nothing(statement)
            && !grants::is_of_everything(statement)
            && !statement.resources.as_ref().is_some_and(grants::names_services)
    };
    let found: Vec<&Statement> = grants::allows(policy).filter(open).collect();
    let but: Vec<String> = found
        .iter()
        .flat_map(|statement| statement.actions.patterns.iter())
        .map(|pattern| format!("`{}`", pattern.as_str()))
        .collect();
    Said::of(format!("allows every action except {}", some_of(&but)), found)
}

/// A policy that allows something on whatever it does not list.
fn allow_with_not_resource(policy: &Policy) -> Option<Said> {
    let negated = |statement: &&Statement| statement.resources.as_ref().is_some_and(|clause| clause.negated);
    let found: Vec<&Statement> = grants::allows(policy).filter(negated).collect();
    let but: Vec<String> = found
        .iter()
        .filter_map(|statement| statement.resources.as_ref())
        .flat_map(|clause| clause.patterns.iter())
        .map(|text| format!("`{}`", text.as_str()))
        .collect();
    Said::of(format!("allows its actions on every resource except {}", some_of(&but)), found)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sensitive {
    actions: Vec<WholeName>,
}

/// An action without wildcards.
#[derive(Deserialize)]
#[serde(try_from = "String")]
struct WholeName(Action);

impl TryFrom<String> for WholeName {
    type Error = String;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        let action = Action::parse(&name).filter(|_| !wildcard::has_wildcard(&name));
        let Some(action) = action else { return Err(format!("`{name}` is no action like `s3:GetObject`")) };
        let (service, operation) = (action.service(), action.operation());
        if catalog::access_level(service, operation).is_some() {
            return Ok(Self(action));
        }
        let meant = if catalog::has_service(service) { nearest(operation, &catalog::alike(service)) } else { None };
        let meant = meant.map(|meant| format!("{service}:{meant}"));
        Err(unknown(&name, "action", meant.as_deref()))
    }
}

/// A policy that reads secrets or data wherever they are.
fn sensitive_read_on_all_resources(sensitive: &Sensitive, policy: &Policy, home: Home<'_>) -> Option<Said> {
    if !grants::of_everything(policy).is_empty() {
        return None;
    }
    let (mut given, mut proof) = (BTreeSet::new(), Vec::new());
    let actions = sensitive.actions.iter().map(|WholeName(action)| action);
    let kept: Vec<&Action> = actions.filter(|action| !grants::takes_back(policy, action, home)).collect();
    // a list of exceptions is for `allow-with-not-action` to tell
    // `NotAction` on resources of any service is for another rule to tell
    let is_told = |statement: &&Statement| {
        !statement.actions.negated || statement.resources.as_ref().is_some_and(grants::names_services)
    };
    for statement in grants::allows(policy).filter(is_told) {
        let found: Vec<&&Action> = kept.iter().filter(|action| grants::gives_on_all(statement, action, home)).collect();
        given.extend(found.iter().map(|action| format!("`{}`", action.name())));
        proof.extend((!found.is_empty()).then_some(statement));
    }
    let given: Vec<String> = given.into_iter().collect();
    Said::of(format!("allows {} on all resources", some_of(&given)), proof)
}

/// The AWS managed policy for those who open cases.
const SUPPORT: &str = "AWSSupportAccess";

/// Who can take files out through the console.
fn cloudshell_full_access(cx: &Context<'_>, _: &NoParameters, ix: AccountIx, outcome: &mut Outcome) {
    match holders_of(cx, ix, "AWSCloudShellFullAccess") {
        Ok(named) if named.is_empty() => {}
        Ok(named) => {
            outcome.found(Found::saying(format!("`AWSCloudShellFullAccess` is attached to {}", some_of(&named))));
        }
        Err(gap) => outcome.unknown_because(&[cx.reason(gap)].into()),
    }
}

/// Accounts in which nobody may open a case with AWS, as far as the policy that AWS makes for it tells: one finding for an organization.
fn support_role_missing(cx: &Context<'_>, _: &NoParameters, ix: AccountIx, outcome: &mut Outcome) {
    let is_of_organization = cx.estate.account(ix).is_management();
    // a member is no subject of its own
    if let Some(gap) = cx.estate.account(ix).membership_gap() {
        return outcome.unknown_because(&[cx.reason(gap)].into());
    }
    let accounts = cx.estate.indexed_accounts().filter(|(of, account)| {
        *of == ix || is_of_organization && account.is_member() && account.presence().is_judged()
    });
    let unlisted = cx.estate.unlisted().filter(|_| is_of_organization);
    let (mut read, mut lacking) = (0, 0);
    let mut unread: BTreeSet<String> = unlisted.into_iter().map(|gap| cx.reason(gap)).collect();
    for (of, account) in accounts {
        match account.presence().gap().map_or_else(|| holders_of(cx, of, SUPPORT), Err) {
            Ok(named) => {
                read += 1;
                lacking += usize::from(named.is_empty());
            }
            Err(gap) => _ = unread.insert(cx.reason(gap)),
        }
    }
    if lacking == 0 {
        return outcome.unknown_because(&unread);
    }
    let whose = if is_of_organization { format!(" in {lacking} of {read} accounts") } else { String::new() };
    outcome.found(Found::saying(format!("`{SUPPORT}` is attached to nobody{whose}")));
}

/// Members of an organization are judged with their management account.
fn about_support(cx: &Context<'_>, ix: AccountIx) -> Data {
    match cx.estate.account(ix).has(Facet::AuthorizationDetails) {
        _ if cx.is_judged_with_management(ix) => Data::NotApplicable,
        true => Data::Read,
        false => Data::Unread,
    }
}

/// Roles, users and groups that an AWS managed policy is attached to, as `role/app`; if there is none, why there may be some.
fn holders_of(cx: &Context<'_>, ix: AccountIx, policy: &str) -> Result<Vec<String>, GapIx> {
    let is_it = |attached: &Attached| {
        attached.is_aws_managed && attached.origin == Origin::Managed && &*attached.name == policy
    };
    let mut holders = Vec::new();
    for class in cx.estate.classes_of(ix).map(|class| cx.estate.class(class)) {
        if class.policies().iter().any(is_it) {
            holders.extend(class.members().iter().map(|member| Holder::Principal(*member)));
        }
    }
    let groups = cx.estate.account(ix).facts().groups.iter();
    holders.extend(groups.filter(|group| group.policies.iter().any(is_it)).map(Holder::Group));
    let mut named: Vec<String> = holders.into_iter().map(|holder| holder.name(cx.estate)).collect();
    named.sort_unstable();
    let unread = if named.is_empty() { cx.held(ix).holders_unread } else { None };
    unread.map_or(Ok(named), Err)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Few {
    /// From how many roles and groups on they are told.
    count: usize,
}

/// Roles and groups whose permissions no list of policies shows.
fn inline_policy_on_role_or_group(cx: &Context<'_>, few: &Few, ix: AccountIx, outcome: &mut Outcome) {
    let is_inline = |attached: &Attached| attached.origin == Origin::Inline && !attached.stands_for_unread();
    let mut roles = 0;
    for class in cx.estate.classes_of(ix).map(|class| cx.estate.class(class)) {
        if class.kind() == PrincipalType::Role && class.policies().iter().any(is_inline) {
            let own = |role: &&PrincipalIx| {
                let role = cx.estate.principal(**role);
                aws_made::maker(role).is_empty() && !aws_made::is_default_admin_role(role.name())
            };
            roles += class.members().iter().filter(own).count();
        }
    }
    let groups = cx.estate.account(ix).facts().groups.iter();
    let groups = groups.filter(|group| group.policies.iter().any(is_inline)).count();
    let count = |count: usize, what: &str| match count {
        0 => None,
        1 => Some(format!("1 {what}")),
        more => Some(format!("{more} {what}s")),
    };
    let counted: Vec<String> = [count(roles, "role"), count(groups, "group")].into_iter().flatten().collect();
    if roles + groups < few.count {
        let unread = cx.held(ix).holders_unread.map(|gap| cx.reason(gap));
        return outcome.unknown_because(&unread.into_iter().collect());
    }
    if !counted.is_empty() {
        let verb = if roles + groups == 1 { "has" } else { "have" };
        outcome.found(Found::saying(format!("{} {verb} inline policies", quoted(&counted))));
    }
}
