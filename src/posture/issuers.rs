//! Identity providers that many share, and whether a trust policy tells them apart.
//!
//! Owns: the table of issuers (`rules/data/issuers.toml`), with the claims that pin a tenant. Judges a trust policy by whether tokens of
//! two tenants get in that it was not written for.

use std::sync::LazyLock;

use serde::Deserialize;

use super::entry::{self, Can};
use super::federation::{Federated, can_like, with};
use crate::wildcard;

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
#[serde(deny_unknown_fields)]
struct Pin {
    claim: String,
    /// As tokens of two strangers have it; patterns.
    strangers: [String; 2],
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
    pub(crate) who: &'t str,
    /// The claim that would tell them apart.
    pub(crate) claim: &'t str,
    pub(crate) can: Can,
}

static TABLE: LazyLock<Vec<Issuer>> = LazyLock::new(|| {
    let table: Result<Table, _> = toml::from_str(include_str!("../../rules/data/issuers.toml"));
    table.unwrap_or_else(|error| unreachable!("rules/data/issuers.toml: {error}")).issuer
});

/// The row of a provider's issuer, if many share it.
pub(crate) fn shared(federated: &Federated<'_>) -> Option<&'static Issuer> {
    let issuer = federated.issuer().to_ascii_lowercase();
    TABLE.iter().find(|row| wildcard::matches(&row.issuer, &issuer))
}

impl Issuer {
    /// Whom the trust policy admits besides those that it was written for.
    pub(crate) fn open(&self, federated: &Federated<'_>) -> Open<'_> {
        let truth = &federated.truth;
        let stranger = |which: usize| {
            let tenant = federated.issuer().rsplit('/').next().unwrap_or_default();
            let of_pin = |pin: &Pin| Some(pin.strangers.get(which)?.replace("{tenant}", tenant));
            let like: Vec<(&str, String)> =
                self.pins.iter().filter_map(|pin| Some((pin.claim.as_str(), of_pin(pin)?))).collect();
            let like: Vec<(&str, &str)> = like.iter().map(|(claim, like)| (*claim, like.as_str())).collect();
            can_like(truth, &like)
        };
        let can = stranger(0).min(stranger(1));
        let claim = self.pins.first().map_or("", |pin| pin.claim.as_str());
        match &self.guests {
            // a role for guests alone is meant for them
            Some(guests) if can == Can::No => {
                let with_claim = |value| entry::can(&with(truth, &[(&guests.claim, Some(value))]));
                let can = with_claim(&guests.guest).min(with_claim(&guests.member));
                Open { who: &guests.who, claim: &guests.claim, can }
            }
            _ => Open { who: &self.who, claim, can },
        }
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
