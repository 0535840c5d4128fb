//! Whether a service runs code with a role.

use crate::eval::{Caller, Credential, Question, Resource, Sent, Test, Trace, Truth, decide, project};
use crate::ids::PrincipalIx;
use crate::model::Estate;
use crate::policy::key::KeyKind;
use crate::policy::sts;

/// Whether a service may make sessions of a role on behalf of the role's own account; what was met is recorded.
pub(super) fn lets_in(estate: &Estate, role: PrincipalIx, service: &str, trace: &mut Trace) -> Truth {
    let account = estate.principal(role).account();
    let id = estate.account(account).id().to_string();
    let sent = Sent::new(&[("aws:SourceAccount", &[&id])]);
    let caller = Caller::Service(service);
    let question = Question::new(estate, &sts::ASSUME_ROLE, caller, Credential::OF_ROLE, Resource::Principal(role));
    let truth = decide(&question.sending(sent), trace);
    // of what it made itself the caller chooses the name
    project(&truth, &|test: &Test| test.key.kind() == KeyKind::SourceArn).unwrap_or(truth)
}
