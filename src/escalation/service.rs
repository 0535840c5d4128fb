//! Whether a service runs code with a role.

use crate::eval::{Caller, Credential, Question, Resource, Sent, Test, Trace, Truth, decide, project};
use crate::ids::PrincipalIx;
use crate::model::Estate;
use crate::policy::key::KeyKind;
use crate::policy::sts;

/// Whether a service may make sessions of a role on behalf of the role's own account; what was met is recorded.
pub(super) fn lets_in(estate: &Estate, role: PrincipalIx, service: &str, trace: &mut Trace) -> Truth {
    let account = estate.principal(role).account();
    let (account, organization) = (estate.account(account), estate.organization());
    let id = account.id().to_string();
    let (organization, path) = match organization.filter(|_| account.is_member()) {
        Some(organization) => (Some(organization.id.as_str()), estate.organization_path(account)),
        None => (None, None),
    };
    let mut keys: Vec<(&str, Vec<&str>)> = vec![("aws:SourceAccount", vec![&id])];
    keys.extend(organization.map(|id| ("aws:SourceOrgID", vec![id])));
    keys.extend(path.iter().map(|path| ("aws:SourceOrgPaths", vec![path.as_str()])));
    let keys: Vec<(&str, &[&str])> = keys.iter().map(|(key, values)| (*key, values.as_slice())).collect();
    let sent = Sent::new(&keys);
    let caller = Caller::Service(service);
    let question = Question::new(estate, &sts::ASSUME_ROLE, caller, Credential::OF_ROLE, Resource::Principal(role));
    let truth = decide(&question.sending(sent), trace);
    // of what it made itself in the account the caller chooses the name
    project(&truth, &|test: &Test| test.key.kind() == KeyKind::SourceArn).unwrap_or(truth)
}
