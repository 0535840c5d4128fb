//! Rules about how full quotas are. What is counted, and which limit holds, is `posture::quotas`'.

use serde::Deserialize;

use crate::posture::quotas::{OF_ACCOUNT, Quota, Quotas};
use crate::rules::judge::Judge;
use crate::rules::rule::{Row, Rule, card_file};

pub(in crate::rules) const RULES: &[&dyn Rule] = &[
    &Row::new(card_file!("quotas/account-near-quota"), Judge::Quotas(OF_ACCOUNTS, Threshold::percent)),
    &Row::new(card_file!("quotas/policy-at-version-limit"), Judge::Quotas(OF_VERSIONS, Threshold::percent)),
    &Row::new(card_file!("quotas/policy-near-size-limit"), Judge::Quotas(OF_SIZES, Threshold::percent)),
    &Row::new(card_file!("quotas/principal-near-policy-limit"), Judge::Quotas(OF_PRINCIPALS, Threshold::percent)),
    &Row::new(card_file!("quotas/scp-near-limit"), Judge::Quotas(OF_ORGANIZATION, Threshold::percent)),
];

const OF_ACCOUNTS: Quotas = Quotas::of(&OF_ACCOUNT);
const OF_PRINCIPALS: Quotas =
    Quotas::of(&[Quota::ManagedPoliciesPerUser, Quota::ManagedPoliciesPerRole, Quota::ManagedPoliciesPerGroup]);
const OF_VERSIONS: Quotas = Quotas::of(&[Quota::VersionsPerPolicy]);
const OF_SIZES: Quotas = Quotas::of(&[
    Quota::InlineSizeOfUser,
    Quota::InlineSizeOfRole,
    Quota::InlineSizeOfGroup,
    Quota::TrustPolicySize,
    Quota::ManagedPolicySize,
]);
const OF_ORGANIZATION: Quotas =
    Quotas::of(&[Quota::ScpsPerTarget, Quota::RcpsPerTarget, Quota::ScpSize, Quota::RcpSize]);

/// From how many percent of a quota on something is near it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Threshold {
    percent: u8,
}

impl Threshold {
    fn percent(&self) -> u8 {
        self.percent
    }
}
