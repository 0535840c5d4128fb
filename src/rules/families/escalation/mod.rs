//! Rules about principals who can give themselves more than their policies say (`posture::escalation`).

mod causes;
mod climbing;
mod pass_role;
mod roles;

use crate::rules::rule::Rule;

pub(in crate::rules) const RULES: &[&dyn Rule] = &[
    climbing::MAKES_ITSELF_ADMINISTRATOR,
    climbing::TAKES_OVER_STRONGER_PRINCIPAL,
    climbing::PASSES_STRONGER_ROLE,
    climbing::REMOVES_ITS_OWN_LIMIT,
    climbing::CHANGES_STRONGER_COMPUTE,
    climbing::GIVES_ITSELF_ACCESS,
    pass_role::PASS_ROLE_UNRESTRICTED,
    roles::SERVICE_ROLE_CAN_ESCALATE,
];
