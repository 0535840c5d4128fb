//! Names that are made when a plan is applied, against patterns that may or may not fit them.
//!
//! Owns: which pattern leaves open whether it fits one. Where a pattern of resources does, who reaches
//! the role is unknown; where a pattern of callers does, what the role or user reaches is. A text without wildcards fits none: nobody
//! can have written down a name that is not made yet.

use std::collections::BTreeMap;

use super::plan::{Phase, Plan};
use super::suffix::Suffix;
use crate::ids::AccountId;
use crate::policy::key::KeyKind;
use crate::policy::text::Text;
use crate::policy::{self, Policy};
use crate::selection::TargetSpec;
use crate::snapshot::edit::{Edit, Holder, OrganizationSetting, Setting, Value};
use crate::wildcard;

/// A user or role whose name is made: in which plan by which step, and its ARN and name as far as they are known.
struct Made {
    plan: usize,
    step: usize,
    account: AccountId,
    is_role: bool,
    arn: String,
    name: String,
    suffix: Suffix,
}

/// What policies say of resources, and of those who call.
#[derive(Default)]
struct Patterns<'p> {
    resources: Vec<&'p Text>,
    callers: Vec<&'p Text>,
    usernames: Vec<&'p Text>,
}

/// What is known of accounts.
pub trait Accounts {
    /// The partition of one.
    fn partition(&self, account: AccountId) -> String;
    /// What targets call it: its id and its name.
    fn names(&self, account: AccountId) -> Vec<String>;
}

/// Leaves unknown what a pattern leaves open: one of `policies`, of the plans themselves, or of what targets are made of.
pub fn settle<'p>(
    plans: &mut [&mut Plan],
    policies: impl Iterator<Item = &'p Policy>,
    targets: &BTreeMap<String, TargetSpec>,
    accounts: &impl Accounts,
) {
    let all = made(plans, accounts);
    if all.is_empty() {
        return;
    }
    let planned: Vec<Policy> = plans.iter().flat_map(|plan| documents(plan)).collect();
    let mut patterns = Patterns::default();
    policies.for_each(|policy| patterns.add(policy));
    planned.iter().for_each(|policy| patterns.add(policy));
    for one in all {
        let open = |texts: &[&Text], start: &str| {
            texts.iter().find(|text| leaves_open(text, start, &one.suffix)).map(|text| text.as_str().to_owned())
        };
        let of_resources = open(&patterns.resources, &one.arn);
        let of_callers = open(&patterns.callers, &one.arn).or_else(|| open(&patterns.usernames, &one.name));
        if let Some(plan) = plans.get_mut(one.plan) {
            leave(plan, one.step, of_resources, of_callers);
            if one.is_role {
                leave_targets(plan, &one, targets, &accounts.names(one.account));
            }
        }
    }
}

fn made(plans: &[&mut Plan], accounts: &impl Accounts) -> Vec<Made> {
    let mut found = Vec::new();
    for (plan, of) in plans.iter().enumerate() {
        for (step, planned) in of.steps.iter().enumerate() {
            let Edit::Set(account, Setting::Created(one, path) | Setting::Ensured(one, path)) = &planned.edit else {
                continue;
            };
            let (kind, name) = match one {
                Holder::Role(name) => ("role", name),
                Holder::User(name) => ("user", name),
                Holder::Group(_) => continue,
            };
            // no name of IAM has parentheses or an ellipsis: what follows is not known
            if let Some((name, rest)) = name.find(['(', '\u{2026}']).and_then(|at| name.split_at_checked(at)) {
                let arn = format!("arn:{}:iam::{account}:{kind}{path}{name}", accounts.partition(*account));
                let is_known = !name.is_empty() && rest.starts_with('(');
                let suffix = if is_known { of.suffix.clone() } else { Suffix::NAME };
                let (account, is_role, name) = (*account, kind == "role", name.to_owned());
                found.push(Made { plan, step, account, is_role, arn, name, suffix });
            }
        }
    }
    found
}

/// Whether a role is one of a target's is not known where a glob of the target leaves its name open.
fn leave_targets(plan: &mut Plan, role: &Made, targets: &BTreeMap<String, TargetSpec>, names: &[String]) {
    let Some(source) = plan.steps.get(role.step).map(|step| step.source.clone()) else { return };
    let is_open = |glob: &&String| {
        let text = Text::new(glob, false);
        names.iter().any(|account| leaves_open(&text, &format!("{account}/{}", role.name), &role.suffix))
    };
    for (target, spec) in targets {
        if let Some(glob) = spec.roles.iter().find(is_open) {
            let resource = &source.resource;
            plan.leave(
                &source,
                format!("unknown until apply: name of {resource}, which `{glob}` of target `{target}` may fit"),
            );
        }
    }
}

/// Documents that a plan writes, as far as they are known.
fn documents(plan: &Plan) -> impl Iterator<Item = Policy> {
    plan.steps.iter().filter_map(|step| {
        let written = match &step.edit {
            Edit::Set(_, Setting::Trust(_, Value::Known(written)))
            | Edit::Set(_, Setting::Inline(_, _, Value::Known(written)))
            | Edit::Set(_, Setting::Managed(_, Value::Known(written)))
            | Edit::SetOrganization(OrganizationSetting::Policy { content: Value::Known(written), .. }) => written,
            _ => return None,
        };
        policy::parse(written.get()).ok()
    })
}

impl<'p> Patterns<'p> {
    fn add(&mut self, policy: &'p Policy) {
        let is_open = |text: &&Text| wildcard::has_wildcard(text.as_str());
        for statement in &policy.statements {
            let resources = statement.resources.iter().flat_map(|clause| clause.open());
            self.resources.extend(resources.filter(is_open));
            for condition in &statement.conditions {
                let values = condition.values.iter().filter(is_open);
                match condition.key.kind() {
                    KeyKind::PrincipalArn => self.callers.extend(values),
                    KeyKind::Username => self.usernames.extend(values),
                    _ => {}
                }
            }
        }
    }
}

/// True where the pattern fits some of the texts that start so, and not every one.
fn leaves_open(text: &Text, start: &str, suffix: &Suffix) -> bool {
    // a variable stands for a text that somebody has written down
    let name = last_part(text.as_str()).map_or(text.as_str(), |(_, name)| name);
    if !wildcard::has_wildcard(name) {
        return false;
    }
    let pattern = text.widest();
    // a letter that no pattern has stands for any
    let fits_every = |length: &usize| wildcard::matches(&pattern, &format!("{start}{}", "\u{1}".repeat(*length)));
    if !text.has_variables() && [suffix.lengths.start(), suffix.lengths.end()].into_iter().all(fits_every) {
        return false;
    }
    // part by part, as ARNs are compared: what stands for the account does not reach into the name
    match (last_part(&pattern), last_part(start)) {
        (Some((head, name)), Some((start, start_name))) => {
            wildcard::meet(head, start) && fits_some(name, start_name, suffix)
        }
        _ => fits_some(&pattern, start, suffix),
    }
}

/// True if the pattern fits one of the texts.
fn fits_some(pattern: &str, start: &str, suffix: &Suffix) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    // in every place of the pattern that a text can have led to, a star may stand for nothing
    let past_stars = |mut places: Vec<bool>| {
        for (at, letter) in pattern.iter().enumerate() {
            let is_here = places.get(at).copied().unwrap_or_default();
            if let Some(next) = places.get_mut(at + 1).filter(|_| *letter == '*' && is_here) {
                *next = true;
            }
        }
        places
    };
    let step = |places: &[bool], fits: &dyn Fn(char) -> bool| {
        let mut next = vec![false; pattern.len() + 1];
        for (at, letter) in pattern.iter().enumerate().filter(|(at, _)| places.get(*at).copied().unwrap_or_default()) {
            let to = if *letter == '*' { at } else { at + 1 };
            if let Some(place) = next.get_mut(to).filter(|_| matches!(letter, '*' | '?') || fits(*letter)) {
                *place = true;
            }
        }
        past_stars(next)
    };
    let mut places = vec![false; pattern.len() + 1];
    places.iter_mut().take(1).for_each(|first| *first = true);
    places = past_stars(places);
    for letter in start.chars() {
        places = step(&places, &|own| own == letter);
    }
    for length in 0..=*suffix.lengths.end() {
        if length >= *suffix.lengths.start() && places.last() == Some(&true) {
            return true;
        }
        places = step(&places, &suffix.has);
    }
    false
}

/// An ARN at its fifth colon.
fn last_part(arn: &str) -> Option<(&str, &str)> {
    let (at, _) = arn.match_indices(':').nth(4)?;
    Some((arn.get(..at)?, arn.get(at + 1..)?))
}

/// Who gets in rests on a pattern of resources, and what it may do on one of callers.
fn leave(plan: &mut Plan, step: usize, of_resources: Option<String>, of_callers: Option<String>) {
    let Some(step) = plan.steps.get(step).cloned() else { return };
    let Edit::Set(account, Setting::Created(one, _) | Setting::Ensured(one, _)) = step.edit else { return };
    let resource = &step.source.resource;
    let why = |pattern: &str| format!("unknown until apply: name of {resource}, which `{pattern}` may fit");
    match (of_resources, &one) {
        (Some(pattern), Holder::Role(name)) => {
            let setting = Setting::Trust(name.clone(), Value::Unknown(why(&pattern).into()));
            plan.add(Phase::Limits, Edit::Set(account, setting), &step.source);
        }
        (Some(pattern), _) => plan.leave(&step.source, why(&pattern)),
        (None, _) => {}
    }
    if let Some(pattern) = of_callers {
        let setting = Setting::Inline(one, format!("name of {resource}").into(), Value::Unknown(why(&pattern).into()));
        plan.add(Phase::Limits, Edit::Set(account, setting), &step.source);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const START: &str = "arn:aws:iam::111122223333:role/job-";

    fn of(end: &str) -> Text {
        Text::of_resource(&format!("arn:aws:iam::111122223333:role/{end}"), true)
    }

    #[test]
    fn a_pattern_leaves_a_made_name_open_where_it_fits_some_of_the_names_that_may_be_made() {
        let (terraform, stack) = (&Suffix::TERRAFORM, &Suffix::CLOUDFORMATION);
        for open in ["job-2*", "job-*1", "j*1", "*7", "job-*2026*", "${aws:username}*", "*b-?0*"] {
            assert!(leaves_open(&of(open), START, terraform), "{open}");
            assert!(leaves_open(&of(open), START, stack), "{open}");
        }
        for decided in
            ["*", "job-*", "jo?-*", "job*", "job-?*", "app-*", "job-", "*-admin", "ob-*", "team/*", "job-*-x"]
        {
            assert!(!leaves_open(&of(decided), START, terraform), "{decided}");
            assert!(!leaves_open(&of(decided), START, stack), "{decided}");
        }
        // each tool has its letters and lengths
        for (text, of_terraform, of_stack) in [
            ("*admin*", false, true),
            ("*-x*", false, true),
            ("job-??????????", false, true),
            ("job-??????????????????????????", false, false),
        ] {
            assert_eq!(leaves_open(&of(text), START, terraform), of_terraform, "{text}");
            assert_eq!(leaves_open(&of(text), START, stack), of_stack, "{text}");
        }
        for decided in ["*", "arn:aws:iam::*:role/audit", "arn:aws:iam::222233334444:role/job-2*", "arn:aws:iam::*"] {
            assert!(!leaves_open(&Text::of_resource(decided, true), START, terraform), "{decided}");
        }
        assert!(leaves_open(&Text::of_resource("arn:aws:iam::*:role/job-2*", true), START, terraform));
        assert!(!leaves_open(&Text::of_resource("arn:aws:s3:::*1", true), START, terraform));
        // of a name of which nothing is known, every pattern that pins something
        for (text, is_open) in [("*", false), ("deploy-*", true), ("a/*", false)] {
            assert_eq!(leaves_open(&of(text), "arn:aws:iam::111122223333:role/", &Suffix::NAME), is_open, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_left_open_is_what_differs_from_name_to_name(pattern in "(job-|jo|\\*|)[-ab*?]{0,5}") {
            let suffix = Suffix { lengths: 1..=3, has: |letter| matches!(letter, 'a' | 'b') };
            let mut made = vec![String::new()];
            for _ in 0..3 {
                let longer: Vec<String> =
                    made.iter().flat_map(|text| ["", "a", "b"].map(|letter| format!("{text}{letter}"))).collect();
                made = longer;
            }
            let is_text = !wildcard::has_wildcard(&pattern);
            let pattern = format!("arn:aws:iam::111122223333:role/{pattern}");
            let fits = |text: &String| wildcard::matches(&pattern, &format!("{START}{text}"));
            let fitting = made.iter().filter(|text| !text.is_empty()).map(fits).collect::<std::collections::BTreeSet<_>>();
            prop_assert_eq!(leaves_open(&Text::of_resource(&pattern, true), START, &suffix), fitting.len() == 2 && !is_text);
        }
    }
}
