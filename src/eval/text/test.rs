//! Undecided tests in plain words: what somebody who wants in must bring, and whether that is any protection.

use super::list::list;
use crate::eval::credential::Credential;
use crate::eval::residual::{Possible, Test};
use crate::policy::key::KeyKind;
use crate::policy::operator::{Base, Comparison, Operator, Quantifier};
use crate::policy::session_keys::session_key;

/// One test, or its opposite, as what it asks for.
pub(super) fn test(test: &Test, negated: bool) -> String {
    if let Some(pattern) = test.open_pattern() {
        let covers = if negated { "does not cover" } else { "covers" };
        return format!("`{pattern}` {covers} the resource by its variable");
    }
    let values = list(test.shown_values());
    let (how, not) = match &test.operator.base {
        Base::Null => return presence(test, negated),
        Base::Unknown(_) => return verbatim(test, negated),
        Base::Compare { how, negated: operator } => (*how, *operator != negated),
    };
    if test.operator.quantifier.is_some() {
        return verbatim(test, negated);
    }
    let absent = if passes_absent(&test.operator, negated) { ", or absent" } else { "" };
    let key = test.key.as_str();
    let tag = test.key.tag();
    let relation = relation(how, not, &values);
    match test.key.kind() {
        KeyKind::MfaPresent if how == Comparison::Bool => mfa(test, not, negated),
        KeyKind::MfaAge => format!("MFA used {relation} s before{absent}"),
        KeyKind::ExternalId => {
            format!("external id {relation}{absent}: the caller chooses it, no protection by itself")
        }
        KeyKind::RoleSessionName if test.variable.kind() == KeyKind::CallerSession => {
            let is = if not { "is not" } else { "is" };
            format!("the calling session {is} named {values}")
        }
        KeyKind::RoleSessionName => format!("session name {relation} (the caller chooses it)"),
        KeyKind::RequestedRegion => {
            let only = if not { "only not in" } else { "only in" };
            format!("{only} Region {values} (the caller chooses it)")
        }
        KeyKind::Environment if how == Comparison::IpAddress => {
            let only = if not { "not from" } else { "only from" };
            format!("{only} {values}{absent}")
        }
        KeyKind::Environment if test.key.lower().starts_with("aws:sourcevpc") => {
            let only = if not { "not through" } else { "only through" };
            format!("{only} {values}{absent}")
        }
        KeyKind::SessionKey => {
            let maker = session_key(key).map_or("AWS", |key| key.way.service());
            format!("{key} {relation}{absent} (of a session that {maker} made)")
        }
        KeyKind::PrincipalTag if tag.starts_with("x509") => format!("the certificate's {tag} {relation}{absent}"),
        KeyKind::PrincipalTag => format!("the session carries tag {tag} {relation}{absent}"),
        KeyKind::RequestTag => format!("passes session tag {tag} {relation}{absent} (the caller chooses it)"),
        KeyKind::RequestedSourceIdentity => {
            format!("sets source identity {relation}{absent} (the caller chooses it)")
        }
        KeyKind::SourceIdentity => format!("the session has source identity {relation}{absent}"),
        KeyKind::ProviderClaim => format!("{key} {relation}{absent} (the identity provider says it)"),
        KeyKind::SourceAccount | KeyKind::SourceArn | KeyKind::SourceOrgId | KeyKind::SourceOrgPaths => {
            format!("the service acts for {key} {relation}{absent}")
        }
        _ => format!("{key} {relation}{absent}"),
    }
}

/// What a comparison asks of the value.
fn relation(how: Comparison, not: bool, values: &str) -> String {
    use Comparison as C;
    let (positive, negative) = match how {
        C::StringEquals | C::StringEqualsIgnoreCase | C::Bool | C::BinaryEquals | C::NumericEquals | C::DateEquals => {
            ("is", "is not")
        }
        C::StringLike | C::ArnLike => ("is like", "is not like"),
        C::IpAddress => ("in", "not in"),
        C::NumericLessThan => ("less than", "at least"),
        C::NumericLessThanEquals => ("at most", "more than"),
        C::NumericGreaterThan => ("more than", "at most"),
        C::NumericGreaterThanEquals => ("at least", "less than"),
        C::DateLessThan => ("before", "not before"),
        C::DateLessThanEquals => ("not after", "after"),
        C::DateGreaterThan => ("after", "not after"),
        C::DateGreaterThanEquals => ("not before", "before"),
    };
    format!("{} {values}", if not { negative } else { positive })
}

/// MFA is asked for, or passed by: where an absent key passes, so does a request without one.
fn mfa(test: &Test, not: bool, negated: bool) -> String {
    let wants = wants_mfa(test, not);
    match wants {
        true if excludes_others(test, negated) => "needs MFA".to_owned(),
        true => "MFA, or a request that says nothing of MFA (an absent key passes)".to_owned(),
        false => "only without MFA".to_owned(),
    }
}

fn wants_mfa(test: &Test, not: bool) -> bool {
    test.values.iter().any(|v| v.eq_ignore_ascii_case("true")) != not
}

/// True where a request that says nothing of MFA does not pass.
fn excludes_others(test: &Test, negated: bool) -> bool {
    !passes_absent(&test.operator, negated) || says_mfa(&test.possible)
}

/// True where a test of `aws:MultiFactorAuthPresent`, or its opposite, holds with MFA alone.
pub(super) fn needs_mfa(test: &Test, negated: bool) -> bool {
    match test.operator.base {
        Base::Compare { how: Comparison::Bool, negated: operator } if test.operator.quantifier.is_none() => {
            wants_mfa(test, operator != negated) && excludes_others(test, negated)
        }
        _ => false,
    }
}

/// True of callers whose every request says whether there was MFA: sessions of a user do.
fn says_mfa(possible: &Possible) -> bool {
    let says = |way: &Credential| matches!(way, Credential::UserSession | Credential::UserSessionWithMfa);
    matches!(possible, Possible::Credentials(ways) if ways.iter().all(says))
}

fn presence(test: &Test, negated: bool) -> String {
    let absent = test.values.iter().any(|v| v.eq_ignore_ascii_case("true")) != negated;
    let state = if absent { "absent" } else { "present" };
    match test.key.kind() {
        KeyKind::ExternalId if !absent => {
            "passes an external id, any: the caller chooses it, no protection by itself".to_owned()
        }
        KeyKind::RequestedSourceIdentity if !absent => {
            "sets a source identity (sts:SourceIdentity), any: the caller chooses it".to_owned()
        }
        KeyKind::RequestTag if !absent => {
            format!("passes session tag {}, any value: the caller chooses it", test.key.tag())
        }
        KeyKind::TagKeys if !absent => "passes a session tag, any: the caller chooses it".to_owned(),
        KeyKind::MfaPresent if !absent => "temporary credentials, with MFA or without".to_owned(),
        KeyKind::MfaAge if !absent => "needs MFA".to_owned(),
        _ => format!("{} {state}", test.key.as_str()),
    }
}

/// Whether a test, or its opposite, holds where the key is absent.
fn passes_absent(operator: &Operator, negated: bool) -> bool {
    let holds = operator.if_exists || matches!(operator.base, Base::Compare { negated: true, .. });
    holds != negated
}

/// As the policy says it: what has no plainer words.
fn verbatim(test: &Test, negated: bool) -> String {
    let not = if negated { "not " } else { "" };
    let values = list(test.shown_values());
    let every = match test.operator.quantifier {
        Some(Quantifier::ForAllValues) if !negated => " (an absent key passes too)",
        _ => "",
    };
    format!("{not}{} {} {values}{every}", test.key.as_str(), test.operator)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::key::ContextKey;

    fn say(operator: &str, key: &str, value: &str, negated: bool) -> String {
        let key = ContextKey::new(key);
        let asked = Test {
            key: key.clone(),
            operator: Operator::parse(operator),
            values: vec![value.to_owned()],
            undecided: vec![key.clone()],
            variable: key,
            scope: 0,
            possible: Possible::Any { absent: true },
            exact: None,
        };
        test(&asked, negated)
    }

    #[test]
    fn mfa_is_needed_only_where_no_key_slips_through() {
        let mfa = "aws:MultiFactorAuthPresent";
        assert_eq!(say("Bool", mfa, "true", false), "needs MFA");
        assert_eq!(say("BoolIfExists", mfa, "false", true), "needs MFA");
        assert!(say("BoolIfExists", mfa, "true", false).starts_with("MFA, or a request that says nothing"));
        assert!(say("Bool", mfa, "false", true).starts_with("MFA, or a request that says nothing"));
        assert_eq!(say("Null", mfa, "false", false), "temporary credentials, with MFA or without");
    }

    #[test]
    fn addresses_and_choices_of_the_caller_are_plain() {
        assert_eq!(say("IpAddress", "aws:SourceIp", "10.0.0.0/8", false), "only from 10.0.0.0/8");
        assert_eq!(say("NotIpAddress", "aws:SourceIp", "10.0.0.0/8", true), "only from 10.0.0.0/8");
        assert_eq!(say("IpAddress", "aws:SourceIp", "10.0.0.0/8", true), "not from 10.0.0.0/8, or absent");
        let id = say("StringEquals", "sts:ExternalId", "x", false);
        assert_eq!(id, "external id is x: the caller chooses it, no protection by itself");
    }
}
