//! What facts about one caller and its way through the network have to do with each other.
//!
//! Owns: that a request through a VPC endpoint has no `aws:SourceIp` and every key of its VPC, that another one has none of them, and
//! that nobody but an IAM user has a name.
//! Source: AWS IAM User Guide, "AWS global condition context keys" (availability of `aws:SourceIp`, `aws:SourceVpc`,
//! `aws:SourceVpce`, `aws:VpcSourceIp`, `aws:username`; values of `aws:PrincipalType`).

use std::collections::BTreeMap;

use super::possible::Possible;
use super::test::Test;
use super::truth::Truth;
use crate::policy::key::{ContextKey, KeyKind};

/// Keys of requests through a VPC endpoint, all of which such a request has.
const OF_VPC: [&str; 3] = ["aws:sourcevpc", "aws:sourcevpce", "aws:vpcsourceip"];

/// What others have.
const DIRECT: &str = "aws:sourceip";

/// True for keys that tell how a request came through the network.
pub(super) fn is_of_network(key: &ContextKey) -> bool {
    key.kind() == KeyKind::Environment && (key.lower() == DIRECT || OF_VPC.contains(&key.lower()))
}

/// True for keys that tell what kind of principal calls.
pub(super) fn is_of_kind(key: &ContextKey) -> bool {
    matches!(key.kind(), KeyKind::Username | KeyKind::PrincipalType)
}

/// What holds of the facts of every request that these tests are about, whatever their outcome; true where nothing links them.
pub(super) fn linked<'t>(tests: impl Iterator<Item = &'t Test>) -> Truth {
    let mut requests: BTreeMap<u32, BTreeMap<&ContextKey, &Possible>> = BTreeMap::new();
    for test in tests {
        if test.possible != Possible::Opaque && (is_of_network(&test.variable) || is_of_kind(&test.variable)) {
            requests.entry(test.scope).or_default().insert(&test.variable, &test.possible);
        }
    }
    requests.into_iter().fold(Truth::True, |all, (scope, keys)| all.and(of_request(scope, &keys)))
}

fn of_request(scope: u32, keys: &BTreeMap<&ContextKey, &Possible>) -> Truth {
    let asked = |key: &ContextKey, possible: &Possible, operator: &str, value: &str| {
        Truth::test(Test { scope, possible: possible.clone(), ..Test::of(key, operator, value) })
    };
    let absent = |(key, possible): (&ContextKey, &Possible)| asked(key, possible, "Null", "true");
    let each = || keys.iter().map(|(key, possible)| (*key, *possible));
    let direct = each().find(|(key, _)| key.lower() == DIRECT).map(absent);
    let mut of_vpc = each().filter(|(key, _)| OF_VPC.contains(&key.lower())).map(absent);
    let mut all = Truth::True;
    if let Some(first) = of_vpc.next() {
        all = direct.map_or(all, |direct| direct.or(first.clone()));
        all = of_vpc.fold(all, |all, other| {
            let both = other.clone().and(first.clone());
            all.and(both.or(other.not().and(first.clone().not())))
        });
    }
    let of = |kind: KeyKind| each().find(|(key, _)| key.kind() == kind);
    match of(KeyKind::Username).zip(of(KeyKind::PrincipalType)) {
        Some((name, (kind, possible))) => all.and(absent(name).or(asked(kind, possible, "StringEquals", "User"))),
        None => all,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::residual::settle;

    fn asks(key: &str, operator: &str, value: &str) -> Truth {
        Truth::test(Test::of(&ContextKey::new(key), operator, value))
    }

    #[test]
    fn a_request_comes_through_an_endpoint_or_from_an_address() {
        let address = || asks("aws:SourceIp", "IpAddress", "203.0.113.0/24");
        let endpoint = || asks("aws:SourceVpce", "StringEquals", "vpce-0123456789abcdef0");
        assert_eq!(settle(address().and(endpoint())), Truth::False);
        assert_eq!(settle(endpoint().and(asks("aws:SourceVpc", "Null", "true"))), Truth::False);
        assert!(matches!(settle(address().or(endpoint())), Truth::Depends(_)));
        assert!(matches!(settle(endpoint().and(asks("aws:SourceVpc", "StringEquals", "vpc-1"))), Truth::Depends(_)));
        // the other one may be another request
        let elsewhere = Test { scope: 1, ..Test::of(&ContextKey::new("aws:SourceIp"), "IpAddress", "10.0.0.0/8") };
        assert!(matches!(settle(endpoint().and(Truth::test(elsewhere))), Truth::Depends(_)));
    }

    #[test]
    fn only_users_have_a_name() {
        let named = || asks("aws:username", "StringEquals", "ann");
        assert_eq!(settle(named().and(asks("aws:PrincipalType", "StringEquals", "AssumedRole"))), Truth::False);
        assert!(matches!(settle(named().and(asks("aws:PrincipalType", "StringEquals", "User"))), Truth::Depends(_)));
    }
}
