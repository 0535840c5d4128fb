//! What AWS refuses to save, although it can be read.
//!
//! A snapshot has what was saved; a document that somebody is about to save is held against this. Only what the documentation leaves no
//! doubt of is refused.
//! Source: AWS IAM User Guide, "IAM JSON policy elements: Principal", "… Sid", "IAM and AWS STS quotas"; API reference of IAM,
//! UpdateAssumeRolePolicy; AWS Organizations User Guide, "RCP syntax", "Quotas".

use std::collections::BTreeSet;

use super::action::ActionPattern;
use super::document::{Effect, Policy, Statement};
use super::place::Place;
use super::principal::PrincipalEntry;
use crate::arn::{Arn, Named};

/// Characters of all inline policies of a user.
pub const USER_INLINE: u32 = 2_048;
/// Characters of all inline policies of a role.
pub const ROLE_INLINE: u32 = 10_240;
/// Characters of all inline policies of a group.
pub const GROUP_INLINE: u32 = 5_120;
/// Characters of a managed policy.
pub const MANAGED: u32 = 6_144;
/// Characters of an SCP.
pub const SCP: u32 = 10_240;
/// Characters of an RCP.
pub const RCP: u32 = 5_120;

impl Place {
    /// Why AWS would not save this document here, where it has at most so many characters.
    #[must_use]
    pub fn refusal(self, policy: &Policy, longest: Option<u32>) -> Option<String> {
        if let Some(longest) = longest.filter(|longest| policy.size > *longest) {
            return Some(format!("{} characters without white space, of {longest} at most", policy.size));
        }
        if matches!(self, Self::Identity | Self::Trust)
            && let Some(sid) = bad_sid(policy)
        {
            return Some(sid);
        }
        let wrong = policy.statements.iter().find_map(|own| Some((own.index, self.refused(own)?)));
        wrong.map(|(at, why)| format!("statement {at}: {why}"))
    }

    fn refused(self, statement: &Statement) -> Option<String> {
        match self {
            Self::Trust => of_trust(statement),
            Self::ResourceControl => of_rcp(statement).map(str::to_owned),
            Self::Identity | Self::ServiceControl => None,
        }
    }
}

fn bad_sid(policy: &Policy) -> Option<String> {
    let mut seen = BTreeSet::new();
    let mut named = policy.statements.iter().map(|own| &*own.sid).filter(|sid| !sid.is_empty());
    named.find_map(|sid| {
        if !sid.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Some(format!("the `Sid` `{sid}` has other characters than letters and digits"));
        }
        (!seen.insert(sid)).then(|| format!("two statements have the `Sid` `{sid}`"))
    })
}

fn of_trust(statement: &Statement) -> Option<String> {
    if statement.resources.is_some() {
        return Some("a `Resource`, which a trust policy cannot have".to_owned());
    }
    let foreign = statement.actions.patterns.iter().find(|pattern| match pattern {
        ActionPattern::Named { service, .. } => !crate::wildcard::matches(service, "sts"),
        ActionPattern::All | ActionPattern::Nothing(_) => false,
    });
    if let Some(pattern) = foreign {
        return Some(format!("`{}`: the actions of a trust policy are those of STS", pattern.as_str()));
    }
    let entries = statement.principal.iter().flat_map(|clause| &clause.entries);
    let nobody = entries.filter_map(|entry| if let PrincipalEntry::Nobody(text) = entry { Some(text) } else { None });
    let is_group = |text: &str| Arn::parse(text).is_some_and(|arn| matches!(arn.named(), Named::Group { .. }));
    let mut refused = nobody.filter(|text| crate::wildcard::has_wildcard(text) || is_group(text));
    refused.next().map(|text| format!("`{text}` cannot be a principal: it is a group, or a part of a name"))
}

fn of_rcp(statement: &Statement) -> Option<&'static str> {
    let everybody = |clause: &super::principal::PrincipalClause| {
        !clause.negated && clause.entries.iter().all(|entry| *entry == PrincipalEntry::Everyone)
    };
    if statement.effect == Effect::Allow {
        Some("`Allow`: an RCP only denies")
    } else if !statement.principal.as_ref().is_none_or(everybody) {
        Some("the `Principal` of an RCP is `*` alone; a condition says whom it means")
    } else if statement.actions.negated {
        Some("`NotAction`, which an RCP cannot have")
    } else if statement.actions.patterns.contains(&ActionPattern::All) {
        Some("the action `*`: an RCP names services")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::parse;

    #[test]
    fn what_aws_refuses_to_save_is_told() {
        let why = |place: Place, statements: &str| {
            let policy = parse(&format!(r#"{{"Version": "2012-10-17", "Statement": [{statements}]}}"#)).unwrap();
            place.refusal(&policy, Some(MANAGED)).unwrap_or_default()
        };
        let trust = |more: &str| why(Place::Trust, &format!(r#"{{"Effect": "Allow", {more}}}"#));
        let all = r#""Principal": "*", "Action": "sts:AssumeRole""#;
        assert_eq!(trust(all), "");
        assert_eq!(trust(r#""Principal": "*", "Action": ["sts:*", "*"]"#), "");
        assert_eq!(
            trust(&format!(r#"{all}, "Resource": "*""#)),
            "statement 0: a `Resource`, which a trust policy cannot have"
        );
        assert!(trust(r#""Principal": "*", "Action": "s3:GetObject""#).contains("those of STS"));
        for text in ["arn:aws:iam::111122223333:group/g", "arn:aws:iam::111122223333:role/*"] {
            let entry = format!(r#""Principal": {{"AWS": "{text}"}}, "Action": "sts:AssumeRole""#);
            assert!(trust(&entry).contains("cannot be a principal"), "{text}");
        }
        let rcp = |effect: &str, more: &str| {
            why(Place::ResourceControl, &format!(r#"{{"Effect": "{effect}", "Resource": "*", {more}}}"#))
        };
        let whole = r#""Principal": "*", "Action": "s3:*""#;
        assert_eq!(rcp("Deny", whole), "");
        assert_eq!(rcp("Deny", r#""Principal": {"AWS": "*"}, "Action": "s3:*""#), "");
        assert_eq!(rcp("Allow", whole), "statement 0: `Allow`: an RCP only denies");
        for (more, part) in [
            (r#""Principal": {"AWS": "111122223333"}, "Action": "s3:*""#, "`Principal`"),
            (r#""NotPrincipal": "*", "Action": "s3:*""#, "`Principal`"),
            (r#""Principal": "*", "NotAction": "s3:*""#, "`NotAction`"),
            (r#""Principal": "*", "Action": "*""#, "`*`"),
        ] {
            assert!(rcp("Deny", more).contains(part), "{more}: {}", rcp("Deny", more));
        }
        let named = |sid: &str| format!(r#"{{"Sid": "{sid}", "Effect": "Deny", "Action": "s3:*", "Resource": "*"}}"#);
        let two = |a: &str, b: &str| format!("{}, {}", named(a), named(b));
        assert_eq!(why(Place::Identity, &two("a", "b")), "");
        assert_eq!(why(Place::Identity, &two("a", "a")), "two statements have the `Sid` `a`");
        assert!(why(Place::Identity, &named("a b")).contains("letters and digits"));
        assert_eq!(why(Place::ServiceControl, &two("a b", "a b")), "", "its `Sid`s are not documented so");
        let long = format!(r#"{{"Effect": "Deny", "Action": "s3:*", "Resource": "{}"}}"#, "a".repeat(6_200));
        assert!(why(Place::Identity, &long).ends_with("of 6144 at most"), "{}", why(Place::Identity, &long));
    }
}
