//! The plan looked at from outside: as it is written, and not as it was found.
//!
//! Owns: a second opinion. It reads names and documents of the answer, counts and matches them itself, and shares nothing with the search.

use std::collections::{BTreeMap, BTreeSet};

use crate::answer::{GroupFate, PlanAccount, PlannedGroup};
use crate::policy::document::Effect;
use crate::policy::resource;

/// What is wrong with the plan of an account: `wanted` are the role ARNs that each user must get from groups, by name of the user, `kept`
/// how many groups it is in that stay, and `roles` every role ARN of the snapshot.
pub(super) fn faults(
    account: &PlanAccount,
    wanted: &BTreeMap<&str, BTreeSet<String>>,
    kept: &BTreeMap<&str, usize>,
    roles: &BTreeSet<String>,
) -> Vec<String> {
    let mut faults = Vec::new();
    let mut seen = BTreeSet::new();
    let mut gets = BTreeMap::<&str, (usize, BTreeSet<&str>)>::new();
    for group in &account.groups {
        if !seen.insert(group.name.to_lowercase()) {
            faults.push(format!("two groups are called {}", group.name));
        }
        let named: BTreeSet<&str> = group.roles.iter().map(String::as_str).collect();
        if group.fate == GroupFate::New {
            of_policies(account, group, &named, roles, &mut faults);
        }
        for member in &group.members {
            let (count, all) = gets.entry(member).or_default();
            *count += 1;
            all.extend(&named);
        }
    }
    let most = account.limits.groups_per_user as usize;
    for (user, (count, got)) in &gets {
        let all = count + kept.get(user).copied().unwrap_or_default();
        if all > most {
            faults.push(format!("{user} would be in {all} groups"));
        }
        let wanted: BTreeSet<&str> = wanted.get(user).into_iter().flatten().map(String::as_str).collect();
        if *got != wanted {
            faults.push(format!("{user} would get {} roles and not {}", got.len(), wanted.len()));
        }
    }
    for user in wanted.iter().filter(|(user, roles)| !roles.is_empty() && !gets.contains_key(*user)) {
        faults.push(format!("{} would get nothing", user.0));
    }
    faults
}

/// Sizes, and that the documents let members into the roles of the group and no others.
fn of_policies(
    account: &PlanAccount,
    group: &PlannedGroup,
    named: &BTreeSet<&str>,
    roles: &BTreeSet<String>,
    faults: &mut Vec<String>,
) {
    let (mut inline, mut managed, mut open) = (0, 0, BTreeSet::<&str>::new());
    for policy in &group.policies {
        let text = policy.document.to_string();
        let size = text.chars().filter(|c| !c.is_whitespace()).count();
        if policy.kind == "inline" {
            inline += size;
        } else {
            managed += 1;
            if size > account.limits.managed_size as usize {
                faults.push(format!("policy {} has {size} characters", policy.name));
            }
        }
        let Ok(parsed) = crate::policy::parse(&text) else {
            faults.push(format!("policy {} of {} is none", policy.name, group.name));
            continue;
        };
        for statement in parsed.statements.iter().filter(|statement| statement.effect == Effect::Allow) {
            for text in statement.resources.iter().flat_map(|clause| clause.patterns.iter()) {
                let pattern = text.expand(|_| None);
                if pattern.has_wildcard() || pattern.has_literal_wildcard() {
                    open.extend(roles.iter().filter(|arn| resource::matches(&pattern, arn)).map(String::as_str));
                } else {
                    open.extend(pattern.literal().and_then(|arn| roles.get(&arn)).map(String::as_str));
                }
            }
        }
    }
    if inline > account.limits.inline_size as usize || managed > account.limits.managed_per_group {
        faults.push(format!("{} has {inline} characters inline and {managed} managed policies", group.name));
    }
    if open != *named {
        faults.push(format!("the policies of {} open {} roles and not {}", group.name, open.len(), named.len()));
    }
}
