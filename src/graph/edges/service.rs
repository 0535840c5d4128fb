//! AssumeRole by AWS services that the trust policy names.

use std::sync::Arc;

use super::candidates::Candidates;
use super::people;
use crate::graph::source::Source;
use crate::policy::principal::PrincipalEntry;
use crate::policy::sts;

pub(super) fn is_made_by(source: &Source) -> bool {
    matches!(source, Source::Service(_))
}

pub(super) fn candidates(found: &mut Candidates<'_>) {
    for (statement, entry) in found.allowed() {
        if let PrincipalEntry::Service(name) = entry
            && statement.actions.matches(&sts::ASSUME_ROLE)
            && !people::replaces_service(found.estate, name)
        {
            found.others.insert(Source::Service(Arc::from(&**name)));
        }
    }
}
