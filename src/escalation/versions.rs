//! Whether a managed policy can have one more version.
//!
//! Source: AWS IAM User Guide, "IAM and AWS STS quotas" (versions of a managed policy, which AWS raises for nobody).

use std::sync::{Arc, LazyLock};

use super::attempt::Attempt;
use crate::eval::{Caller, Credentials, Question, Resource, Trace, Truth, decide};
use crate::model::Estate;
use crate::policy::action::Action;

/// Versions that a managed policy can have.
const VERSIONS: u32 = 5;

static DELETE_VERSION: LazyLock<Action> = LazyLock::new(|| Action::named("iam", "DeletePolicyVersion"));

/// Whether the policy that an attempt is about has room for a version, or the caller may make some; true where nobody counted them.
pub(super) fn has_room(estate: &Estate, attempt: &Attempt<'_>, credentials: Credentials) -> Truth {
    let home = estate.principal(attempt.by).account();
    let mut policies = estate.account(home).facts().customer_policies.iter().flatten();
    let policy = policies.find(|policy| *policy.arn == *attempt.target.arn());
    if policy.and_then(|policy| policy.versions).is_none_or(|versions| versions < VERSIONS) {
        return Truth::True;
    }
    let arn: Arc<str> = attempt.target.arn().into();
    let of = Resource::Other { arn: Arc::clone(&arn), account: Some(home), unread_policy: None };
    let question = Question::of(estate, &DELETE_VERSION, Caller::Principal(attempt.by), of, &arn);
    decide(&question.signed(credentials), &mut Trace::off())
}
