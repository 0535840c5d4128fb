//! Whether a service can be made to assume a role on behalf of somebody else: the confused deputy.
//!
//! Owns: the table of services that say on whose behalf they call (`rules/data/confused-deputy.toml`). Of others nothing is said: a trust
//! policy cannot require what they do not send.
//! Source: AWS IAM User Guide, "The confused deputy problem".

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde::Deserialize;

use super::entry::{self, Can};
use super::federation::patterns_of;
use super::strangers::STRANGERS;
use crate::arn::Arn;
use crate::eval::{Caller, Credential, Truth};
use crate::ids::{AccountId, PrincipalIx};
use crate::model::Estate;
use crate::policy::key::KeyKind;
use crate::policy::principal::PrincipalEntry;
use crate::policy::{Policy, Statement};
use crate::wildcard;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    service: Vec<Service>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Service {
    name: String,
    /// For those who check the table.
    #[serde(rename = "source")]
    _source: String,
}

static SERVICES: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    let table: Result<Table, _> = toml::from_str(include_str!("../../rules/data/confused-deputy.toml"));
    let table = table.unwrap_or_else(|error| unreachable!("rules/data/confused-deputy.toml: {error}"));
    table.service.into_iter().map(|service| service.name).collect()
});

/// Whether a service says on whose behalf it assumes a role.
fn says_for_whom(service: &str) -> bool {
    let Some(name) = service.strip_suffix(".cn").unwrap_or(service).strip_suffix(".amazonaws.com") else {
        return false;
    };
    // some are named with their Region
    let of_region = name.split_once('.').filter(|(_, region)| region.ends_with(|c: char| c.is_ascii_digit()));
    SERVICES.contains(of_region.map_or(name, |(name, _)| name))
}

/// A service that may call on behalf of others.
pub(crate) struct Deputy<'p> {
    pub(crate) service: &'p str,
    pub(crate) statement: &'p Statement,
    /// What is left to decide for its calls.
    pub(crate) truth: Truth,
    pub(crate) for_others: Can,
}

/// The services that a trust policy allows and that say on whose behalf they call, in order of statement and name.
pub(crate) fn deputies<'p>(estate: &Estate, role: PrincipalIx, trust: &'p Policy) -> Vec<Deputy<'p>> {
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for statement in entry::assume_allows(trust) {
        for entry in statement.entries() {
            let PrincipalEntry::Service(service) = entry else { continue };
            if says_for_whom(service) && seen.insert(service) {
                let truth = entry::decided(estate, role, Caller::Service(service), Credential::OF_ROLE);
                let for_others = STRANGERS
                    .iter()
                    .map(|of| for_owner(&truth, (of.account, of.organization)))
                    .min()
                    .unwrap_or(Can::No);
                found.push(Deputy { service, statement, truth, for_others });
            }
        }
    }
    found
}

/// Whether a call on behalf of an account of an organization gets in.
fn for_owner(truth: &Truth, (account, organization): (&str, &str)) -> Can {
    let paths = format!("{organization}/r-q7x2/ou-q7x2-m4k9zt00/");
    let owner = [
        (KeyKind::SourceAccount, Some(account)),
        (KeyKind::SourceOrgId, Some(organization)),
        (KeyKind::SourceOrgPaths, Some(paths.as_str())),
        // that is agreed on with the service
        (KeyKind::ExternalId, Some(account)),
    ];
    let left = entry::with(truth, &owner);
    sources(&left, account)
        .iter()
        .map(|arn| entry::can(&entry::with(&left, &[(KeyKind::SourceArn, Some(arn))])))
        .max()
        .unwrap_or(Can::No)
}

/// ARNs of things of an account: one that no pattern fits, and one for each pattern.
fn sources(truth: &Truth, account: &str) -> Vec<String> {
    let fill = |part: &str, name: &str| part.replace(['*', '?'], name);
    let of_pattern = |pattern: &str| {
        let arn = Arn::parse(pattern)?;
        let region = fill(arn.region, "eu-west-1");
        let resource = fill(arn.resource, "q7x2m4k9zt");
        // one that names another account does not fit it any more
        let (partition, service) = (fill(arn.partition, "aws"), fill(arn.service, "example"));
        Some(format!("arn:{partition}:{service}:{region}:{account}:{resource}"))
    };
    let patterns = patterns_of(truth, "aws:sourcearn");
    let found = patterns.iter().copied().filter_map(of_pattern);
    let spans = |pattern: &&&str| of_pattern(pattern).is_none_or(|arn| !wildcard::matches(pattern, &arn));
    let others = patterns.iter().filter(spans).flat_map(|pattern| across_parts(pattern, account));
    found.chain(others).chain([format!("arn:aws:example:eu-west-1:{account}:q7x2m4k9zt")]).collect()
}

/// Wildcards of a pattern that are filled in every way; further ones stand for a name.
const MAX_WILDCARDS: usize = 3;

/// ARNs of things of an account that a pattern fits where its wildcards span several parts, as those of `StringLike` do.
fn across_parts(pattern: &str, account: &str) -> Vec<String> {
    const NAME: &str = "q7x2m4k9zt";
    // whoever names an account means that one
    if pattern.split(':').any(|part| AccountId::parse(part).is_some()) {
        return Vec::new();
    }
    let of_account = format!("eu-west-1:{account}");
    let fillings = [
        NAME.to_owned(),
        "eu-west-1".to_owned(),
        account.to_owned(),
        format!("{account}:{NAME}"),
        format!("example:{of_account}"),
        format!("example:{of_account}:{NAME}"),
        format!("arn:aws:example:{of_account}"),
        format!("arn:aws:example:{of_account}:{NAME}"),
        format!("{of_account}:{NAME}"),
        of_account,
    ];
    let mut all = vec![pattern.replace('?', "x")];
    for _ in 0..pattern.matches('*').count().min(MAX_WILDCARDS) {
        all = all.iter().flat_map(|text| fillings.iter().map(|filling| text.replacen('*', filling, 1))).collect();
    }
    let is_of_account = |text: &String| Arn::parse(text).is_some_and(|arn| arn.account == account);
    let mut all: Vec<String> = all.into_iter().map(|text| text.replace('*', NAME)).filter(is_of_account).collect();
    all.sort_unstable();
    all.dedup();
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wildcard_may_span_the_account_of_a_source() {
        let fits = |pattern| !across_parts(pattern, "739205816443").is_empty();
        for pattern in ["arn:aws:states:*", "arn:aws:states:*:stateMachine:*", "*:stateMachine:*", "arn:aws:states:*:*"]
        {
            assert!(fits(pattern), "{pattern}");
        }
        assert!(!fits("arn:aws:states:eu-west-1:222222222222:*") && !fits("arn:aws:states:*:222222222222:*"));
    }

    #[test]
    fn services_that_run_code_are_never_asked_for_whom() {
        assert!(says_for_whom("states.amazonaws.com") && says_for_whom("states.amazonaws.com.cn"));
        assert!(says_for_whom("states.eu-west-1.amazonaws.com") && says_for_whom("states.cn-north-1.amazonaws.com.cn"));
        for service in [
            "ec2.amazonaws.com",
            "states.example.amazonaws.com",
            "lambda.amazonaws.com",
            "ecs-tasks.amazonaws.com",
            "example.com",
        ] {
            assert!(!says_for_whom(service), "{service}");
        }
    }
}
