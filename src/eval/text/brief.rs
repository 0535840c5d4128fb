//! What an undecided answer still needs, in as few words as a cell of a table has room for.
//!
//! Owns: from tests to needs, and the words of a need.

use std::collections::BTreeSet;

use super::claim::claim;
use super::test;
use crate::answer::Needs;
use crate::eval::residual::{Residual, Test, Truth};
use crate::policy::key::KeyKind;
use crate::policy::operator::{Base, Comparison, Quantifier};

/// Adds what a call needs.
pub fn brief(needs: &mut Needs, truth: &Truth) {
    match truth {
        Truth::True | Truth::False => {}
        Truth::Depends(Residual::All(parts)) => parts.iter().for_each(|part| add_part(needs, part)),
        Truth::Depends(one) => add_part(needs, one),
    }
}

fn add_part(needs: &mut Needs, part: &Residual) {
    match part {
        Residual::Test { test, negated } => add_test(needs, test, *negated),
        Residual::Any(parts) => match alike(parts) {
            Some(all) => {
                parts.iter().for_each(|part| {
                    if let Residual::Test { test, .. } = part {
                        claim_of(test).into_iter().for_each(|(issuer, _)| needs.tell(issuer));
                    }
                });
                all.into_iter().for_each(|(words, value)| needs.add(words, value));
            }
            None => needs.add(phrases(parts).join(" or "), None),
        },
        other => needs.add(phrase(other), None),
    }
}

fn add_test(needs: &mut Needs, test: &Test, negated: bool) {
    match claim_of(test) {
        Some((issuer, "aud")) if is_positive(test, negated) => {
            test.values.iter().for_each(|audience| needs.add_audience(issuer, audience));
            return;
        }
        Some((issuer, _)) => needs.tell(issuer),
        None => {}
    }
    needs_of(test, negated).into_iter().for_each(|(words, value)| needs.add(words, value));
}

/// What is needed, and a value of it that passes.
type Need = (String, Option<String>);

/// Issuer and name of the claim that is tested, but for those that are a name of a place.
fn claim_of(test: &Test) -> Option<(&str, &str)> {
    let claim = test.key.as_str().rsplit_once(':').filter(|_| test.key.kind() == KeyKind::ProviderClaim);
    claim.filter(|(issuer, _)| !issuer.eq_ignore_ascii_case("cognito-identity.amazonaws.com"))
}

/// Alternatives that are one need with several values.
fn alike(parts: &[Residual]) -> Option<Vec<Need>> {
    let mut all = Vec::new();
    for part in parts {
        let Residual::Test { test, negated } = part else { return None };
        all.extend(needs_of(test, *negated));
    }
    let words: BTreeSet<&String> = all.iter().map(|(words, _)| words).collect();
    (words.len() == 1).then_some(all)
}

/// A need a value, or one that has none.
fn needs_of(test: &Test, negated: bool) -> Vec<Need> {
    let plain = |words: &str| vec![(words.to_owned(), None)];
    let valued = |words: &str| test.values.iter().map(|value| (words.to_owned(), Some(value.clone()))).collect();
    let tag = test.key.tag();
    match test.key.kind() {
        _ if test.open_pattern().is_some() => plain(test.key.as_str()),
        KeyKind::MfaPresent if test::needs_mfa(test, negated) => plain("MFA"),
        KeyKind::MfaAge if is_upper_bound(test, negated) => plain("recent MFA"),
        _ if !is_positive(test, negated) => plain(&without_asides(&test::test(test, negated))),
        KeyKind::ExternalId => valued("external id"),
        KeyKind::RoleSessionName if test.variable.kind() != KeyKind::CallerSession => valued("session name"),
        KeyKind::RequestedSourceIdentity | KeyKind::SourceIdentity => valued("source identity"),
        KeyKind::RequestTag => valued(&format!("session tag {tag} =")),
        KeyKind::PrincipalTag if !tag.starts_with("x509") => valued(&format!("tag {tag} =")),
        KeyKind::SourceAccount => valued("on behalf of account"),
        KeyKind::SourceArn => valued("on behalf of"),
        KeyKind::Environment if test.key.lower() == "aws:sourceip" => valued("source IP"),
        KeyKind::Environment if test.key.lower().starts_with("aws:sourcevp") => valued("through"),
        KeyKind::ProviderClaim => {
            let one = |value: &String| claim(test.key.as_str(), value);
            test.values.iter().map(one).map(|(words, value)| (words, Some(value))).collect()
        }
        _ => plain(&without_asides(&test::test(test, negated))),
    }
}

/// True where one of the values must be there.
fn is_positive(test: &Test, negated: bool) -> bool {
    let quantifier = test.operator.quantifier != Some(Quantifier::ForAllValues);
    let Base::Compare { how, negated: operator } = test.operator.base else { return false };
    let equals = matches!(
        how,
        Comparison::StringEquals
            | Comparison::StringEqualsIgnoreCase
            | Comparison::StringLike
            | Comparison::ArnLike
            | Comparison::IpAddress
            | Comparison::NumericEquals
    );
    equals && quantifier && operator == negated && (negated || !test.operator.if_exists)
}

fn is_upper_bound(test: &Test, negated: bool) -> bool {
    let Base::Compare { how, negated: operator } = test.operator.base else { return false };
    let upper = matches!(how, Comparison::NumericLessThan | Comparison::NumericLessThanEquals);
    upper && operator == negated
}

/// What each of several alternatives needs, the same once.
fn phrases(parts: &[Residual]) -> Vec<String> {
    let mut said = Vec::new();
    for part in parts.iter().map(phrase) {
        if !said.contains(&part) {
            said.push(part);
        }
    }
    said
}

fn phrase(residual: &Residual) -> String {
    let mut needs = Needs::default();
    match residual {
        Residual::All(parts) => parts.iter().for_each(|part| add_part(&mut needs, part)),
        Residual::Test { test, negated } => add_test(&mut needs, test, *negated),
        Residual::Any(parts) => {
            let said = phrases(parts);
            return if let [only] = said.as_slice() { only.clone() } else { format!("({})", said.join(" or ")) };
        }
        Residual::Unclear(_) => return "unknown data".to_owned(),
    }
    needs.phrases().join(" and ")
}

/// Without what a phrase says in brackets, and of protection: `path` says it.
fn without_asides(words: &str) -> String {
    let words = words.split_once(": the caller chooses it").map_or(words, |(words, _)| words);
    match words.strip_suffix(')').and_then(|words| words.rsplit_once(" (")) {
        Some((words, _)) => words.to_owned(),
        None => words.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::key::ContextKey;

    fn test(operator: &str, key: &str, value: &str) -> Truth {
        Truth::test(Test::of(&ContextKey::new(key), operator, value))
    }

    fn say(truths: &[Truth]) -> String {
        let mut needs = Needs::default();
        truths.iter().for_each(|truth| brief(&mut needs, truth));
        needs.phrases().join(", ")
    }

    #[test]
    fn a_need_names_its_values() {
        let aud = test("StringEquals", "token.actions.githubusercontent.com:aud", "sts.amazonaws.com");
        let sub = |value| test("StringLike", "token.actions.githubusercontent.com:sub", value);
        assert_eq!(say(&[aud.clone().and(sub("repo:acme/etl:*"))]), "GitHub repo acme/etl, any branch");
        let either = sub("repo:acme/etl:*").or(sub("repo:acme/web:ref:refs/heads/main"));
        assert_eq!(say(&[aud.clone().and(either)]), "GitHub repo acme/etl, any branch or acme/web, branch main");
        assert_eq!(say(&[aud]), "any token of token.actions.githubusercontent.com for sts.amazonaws.com");
        let saml = test("StringEquals", "SAML:aud", "https://signin.aws.amazon.com/saml");
        assert_eq!(say(&[saml]), "SAML sign-in");
    }

    #[test]
    fn an_external_id_is_counted_and_not_printed() {
        let id = |value| test("StringEquals", "sts:ExternalId", value);
        assert_eq!(say(&[id("a")]), "external id");
        assert_eq!(say(&[id("a"), id("b"), id("c")]), "external id (any of 3)");
    }

    #[test]
    fn what_is_unknown_is_said_once() {
        use crate::eval::Unclear;
        let mfa = test("Bool", "aws:MultiFactorAuthPresent", "true");
        let unknown = |why: &str| Truth::unclear(Unclear::Undocumented(why.into()));
        assert_eq!(say(&[unknown("a").or(unknown("b").and(unknown("c")))]), "unknown data");
        assert_eq!(say(&[unknown("a").or(unknown("b")).or(mfa)]).matches("unknown data").count(), 1);
    }

    #[test]
    fn what_has_no_short_form_is_said_in_full() {
        let mfa = test("Bool", "aws:MultiFactorAuthPresent", "true");
        let ip = test("IpAddress", "aws:SourceIp", "10.0.0.0/8");
        assert_eq!(say(&[mfa.clone().and(ip.clone())]), "MFA, source IP 10.0.0.0/8");
        assert_eq!(say(&[mfa.or(ip)]), "MFA or source IP 10.0.0.0/8");
        let not = test("StringNotEquals", "aws:PrincipalTag/team", "temp");
        assert_eq!(say(&[not]), "the session carries tag team is not temp, or absent");
        assert_eq!(say(&[test("StringEquals", "aws:RequestTag/env", "prod")]), "session tag env = prod");
    }
}
