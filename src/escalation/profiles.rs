//! Whether a role can be used by an instance profile.
//!
//! Owns: that it is in one, or that the caller may put it in one: which profiles there are nobody reads.
//! Source: AWS IAM User Guide, "Use instance profiles"; AWS Service Authorization Reference (`iam:AddRoleToInstanceProfile`).

use std::sync::{Arc, LazyLock};

use super::attempt::Attempt;
use super::choice::{layers, texts};
use super::made;
use super::open::by_choice;
use crate::eval::{Caller, Credentials, Question, Resource, Sent, ServiceKeys, Trace, Truth, decide};
use crate::model::Estate;
use crate::policy::action::Action;
use crate::regions;

static FILL: LazyLock<Action> = LazyLock::new(|| Action::named("iam", "AddRoleToInstanceProfile"));

/// Whether an instance profile holds the role that an attempt passes, or its maker may fill one; true for ways that take none, and where
/// nobody read whether one holds it.
pub(super) fn holds(estate: &Estate, attempt: &Attempt<'_>, credentials: Credentials) -> Truth {
    let role = attempt.target.principal.and_then(|role| estate.principal(role).role());
    if !attempt.way.way().takes_instance_profile() || role.and_then(|role| role.in_instance_profile) != Some(false) {
        return Truth::True;
    }
    let principal = estate.principal(attempt.by);
    let account = estate.account(principal.account());
    let statements = layers(estate, principal.class()).into_iter().flat_map(|policy| &policy.statements);
    let speaking: Vec<_> = statements.filter(|statement| statement.actions.matches(&FILL)).collect();
    let region = regions::home(account.partition());
    let may_fill = |name: Box<str>| {
        let arn: Arc<str> = format!("arn:{}:iam::{}:instance-profile/{name}", account.partition(), account.id()).into();
        let of = Resource::Other { arn: Arc::clone(&arn), account: Some(principal.account()), unread_policy: None };
        let question = Question::of(estate, &FILL, Caller::Principal(attempt.by), of, &arn)
            .signed(credentials)
            .with_service_keys(ServiceKeys::Chosen)
            .sending(Sent::new(&[("aws:RequestedRegion", &[region])]));
        by_choice(decide(&question, &mut Trace::off()))
    };
    made::profiles(&texts(account, principal, &speaking)).into_iter().map(may_fill).fold(Truth::False, Truth::or)
}
