//! Identity providers that many share, and whether a trust policy tells them apart.
//!
//! Owns: the table of issuers (`rules/data/issuers.toml`), with the claims that pin a tenant. Judges a trust policy by whether tokens of
//! two tenants get in that it was not written for.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde::Deserialize;

use super::anyone::PARTITIONS;
use super::entry::{self, Can};
use super::federation::{Federated, can_like, patterns_of, with};
use crate::eval::Truth;
use crate::{regions, wildcard};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    issuer: Vec<Issuer>,
    /// For `graph::carriers`.
    #[serde(rename = "workloads")]
    _workloads: Vec<String>,
}

/// An issuer that many share.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Issuer {
    /// Glob.
    issuer: String,
    /// Whom a token is of if no claim pins it.
    who: String,
    pins: Vec<Pin>,
    guests: Option<Guests>,
    /// For those who check the table.
    #[serde(rename = "source")]
    _source: String,
}

/// A claim that tells tenants apart.
#[derive(Deserialize)]
struct Pin {
    claim: String,
    #[serde(flatten)]
    tokens: Tokens,
}

/// How tokens of strangers have a claim; patterns.
#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Tokens {
    /// Those of two.
    Strangers([String; 2]),
    /// Those of whoever took a `{name}`.
    Like(String),
}

/// A claim that tells those who signed in from others.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Guests {
    claim: String,
    guest: String,
    member: String,
    who: String,
}

/// Who can come, and whether they can.
pub(crate) struct Open<'t> {
    pub(crate) who: String,
    /// The claim that would tell them apart.
    pub(crate) claim: &'t str,
    /// What the policy has in place of a value that would: a pattern that anybody can choose a name for.
    pub(crate) pattern: Option<&'t str>,
    pub(crate) can: Can,
}

/// Names that no policy was written for.
const NAMES: [&str; 2] = ["q7x2m4k9zt", "b5v8n3r6yw"];
/// Regions that a policy for one Region does not both admit.
const REGIONS: [&str; 2] = ["eu-west-1", "us-east-1"];

static TABLE: LazyLock<Vec<Issuer>> = LazyLock::new(|| {
    let table: Result<Table, _> = toml::from_str(include_str!("../../rules/data/issuers.toml"));
    table.unwrap_or_else(|error| unreachable!("rules/data/issuers.toml: {error}")).issuer
});

/// The row of a provider's issuer, if many share it.
pub(crate) fn shared(federated: &Federated<'_>) -> Option<&'static Issuer> {
    let issuer = without_slash(federated).to_ascii_lowercase();
    TABLE.iter().find(|row| wildcard::matches(&row.issuer, &issuer))
}

/// Some issuers are written with a slash at the end, as Microsoft documents its own.
fn without_slash<'f>(federated: &'f Federated<'_>) -> &'f str {
    federated.issuer().trim_end_matches('/')
}

impl Issuer {
    /// Whom the trust policy admits besides those that it was written for.
    pub(crate) fn open<'t>(&'t self, federated: &'t Federated<'_>) -> Open<'t> {
        let truth = &federated.truth;
        let claim = self.pins.first().map_or("", |pin| pin.claim.as_str());
        let named = |region| self.admits(federated, NAMES.map(str::to_owned), region);
        let can = REGIONS.into_iter().map(named).min().unwrap_or(Can::No);
        let everywhere = Open { who: self.who.clone(), claim, pattern: None, can };
        let mut all = vec![everywhere];
        all.extend(self.regions(truth).into_iter().map(|region| {
            let can = self.admits(federated, NAMES.map(str::to_owned), region);
            Open { who: format!("{} of {region}", self.who), claim, pattern: None, can }
        }));
        for (claim, pattern, names) in self.names(truth) {
            let can = self.admits(federated, names, REGIONS[0]);
            all.push(Open { who: self.who.clone(), claim, pattern: Some(pattern), can });
        }
        if let Some(guests) = &self.guests
            && all.iter().all(|open| open.can == Can::No)
        {
            // a role for guests alone is meant for them
            let with_claim = |value| entry::can(&with(truth, &[(&guests.claim, Some(value))]));
            let can = with_claim(&guests.guest).min(with_claim(&guests.member));
            return Open { who: guests.who.clone(), claim: &guests.claim, pattern: None, can };
        }
        let worst = all.iter().map(|open| open.can).max();
        let none = Open { who: self.who.clone(), claim, pattern: None, can: Can::No };
        all.into_iter().find(|open| Some(open.can) == worst).unwrap_or(none)
    }

    /// Whether two strangers of these names get in.
    fn admits(&self, federated: &Federated<'_>, names: [String; 2], region: &str) -> Can {
        let tenant = without_slash(federated).rsplit('/').next().unwrap_or_default();
        let stranger = |(which, name): (usize, String)| {
            let of_pin = |pin: &Pin| {
                let text = match &pin.tokens {
                    Tokens::Strangers(two) => two.get(which)?.clone(),
                    Tokens::Like(like) => like.replace("{name}", &name),
                };
                Some(text.replace("{tenant}", tenant).replace("{region}", region))
            };
            let like: Vec<(&str, String)> =
                self.pins.iter().filter_map(|pin| Some((pin.claim.as_str(), of_pin(pin)?))).collect();
            let like: Vec<(&str, &str)> = like.iter().map(|(claim, like)| (*claim, like.as_str())).collect();
            can_like(&federated.truth, &like)
        };
        names.into_iter().enumerate().map(stranger).min().unwrap_or(Can::No)
    }

    /// For each pattern that leaves the Region of a tenant to a wildcard or names it, one such Region.
    fn regions(&self, truth: &Truth) -> BTreeSet<&'static str> {
        let has_region = |pin: &&Pin| matches!(&pin.tokens, Tokens::Strangers(two) if two.iter().any(|one| one.contains("{region}")));
        let patterns = self.pins.iter().filter(has_region).flat_map(|pin| patterns_of(truth, &pin.claim));
        let all = || PARTITIONS.iter().flat_map(|partition| regions::of(partition)).copied();
        patterns
            .filter_map(|pattern| {
                let head = pattern.split(':').next().unwrap_or_default();
                all().find(|region| wildcard::matches(head, region))
            })
            .collect()
    }

    /// For each pattern that leaves the end of a name to a wildcard, its claim and two names that nobody was meant to have.
    fn names<'t>(&'t self, truth: &'t Truth) -> Vec<(&'t str, &'t str, [String; 2])> {
        let mut found = Vec::new();
        for pin in &self.pins {
            let Tokens::Like(like) = &pin.tokens else { continue };
            let Some((head, tail)) = like.split_once("{name}") else { continue };
            for pattern in patterns_of(truth, &pin.claim) {
                let Some(rest) = pattern.strip_prefix(head) else { continue };
                let name = tail.chars().next().map_or(rest, |end| rest.split(end).next().unwrap_or(rest));
                if name.contains('*') && !name.starts_with('*') {
                    let joint = if name.contains("-*") { "" } else { "-" };
                    found.push((
                        pin.claim.as_str(),
                        pattern,
                        NAMES.map(|own| name.replace('*', &format!("{joint}{own}"))),
                    ));
                }
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_can_be_read_and_its_issuers_are_told_apart() {
        let shared = |provider| {
            let federated = Federated { provider, statements: Vec::new(), truth: crate::eval::Truth::True };
            shared(&federated).map(|row| row.who.as_str())
        };
        assert_eq!(shared("arn:aws:iam::111122223333:oidc-provider/gitlab.com"), Some("any project of GitLab.com"));
        assert_eq!(shared("arn:aws:iam::111122223333:oidc-provider/gitlab.acme.example"), None);
        assert_eq!(shared("cognito-identity.amazonaws.com"), Some("any user of any Cognito identity pool"));
        let eks = "arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/0AB1";
        assert_eq!(shared(eks), Some("any pod of the cluster"));
        assert!(TABLE.iter().all(|row| !row.pins.is_empty()));
    }
}
