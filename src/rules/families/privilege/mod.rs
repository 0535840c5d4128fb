//! Rules about what principals have the power to do, all policies weighed (`posture::power`).

mod accounts;
mod people;
mod power;
mod roles;
mod trusts;

use crate::rules::rule::Rule;

pub(in crate::rules) const RULES: &[&dyn Rule] = &[
    people::ADMINISTRATOR_WITHOUT_MFA,
    people::ADMINISTRATOR_MFA_VIRTUAL,
    people::USER_IS_ADMINISTRATOR,
    roles::ROLE_IS_ADMINISTRATOR,
    roles::ADMINISTRATOR_SESSION_LONG,
    trusts::ADMINISTRATOR_ROLE_TRUSTS_WHOLE_ACCOUNT,
    trusts::ADMINISTRATOR_ROLE_TRUSTS_ORGANIZATION,
    trusts::EXTERNAL_ACCOUNT_WITH_POWER,
    accounts::WORKLOAD_IN_MANAGEMENT_ACCOUNT,
    accounts::LOGGING_CAN_BE_STOPPED,
];
