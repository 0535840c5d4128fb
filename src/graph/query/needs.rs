//! What a path needs, in a few words.

use super::shown::{self, Shown};
use crate::answer::{Needs, PrincipalKind, Verdict};
use crate::eval::{Credential, Test, brief};
use crate::graph::decision::Decision;
use crate::graph::search::path::Path;
use crate::graph::source::Source;
use crate::model::Estate;

/// What a path that is not denied needs: of its one formula where it has one, and MFA, which is a matter of who starts. Of a
/// path that holds, the credential without MFA that it takes.
pub(super) fn needs_of(path: &Path, source: &Source, estate: &Estate) -> Needs {
    let mut needs = Needs::default();
    let shown = Shown::of(&path.hops, source, estate);
    let decisions = path.hops.iter().map(|hop| shown.decision(&hop.edge, hop.from == *source));
    let of_credential = |test: &Test| test.key.kind().depends_on_credential();
    match &path.joint {
        None => decisions.for_each(|decision| brief(&mut needs, &decision.truth())),
        Some(joint) => {
            brief(&mut needs, &Decision::new(joint.clone()).truth());
            decisions.for_each(|decision| {
                let [of_credential, _] = decision.truth().parted(&of_credential);
                brief(&mut needs, &of_credential);
            });
        }
    }
    if let Some(reason) = source.out_of_use(estate) {
        needs.add(format!("the account in use again ({reason})"), None);
    }
    if let Some(words) = signed(path, source, estate, shown) {
        needs.add(words.to_owned(), None);
    }
    needs
}

/// How a user signs, where no condition tells: MFA that sign-in asks for, or the credential without MFA where MFA would be another
/// answer.
fn signed(path: &Path, source: &Source, estate: &Estate, shown: Shown) -> Option<&'static str> {
    let first = path.hops.first().filter(|_| path.verdict == Verdict::Allowed)?;
    if source.kind(estate) != PrincipalKind::User {
        return None;
    }
    if source.signs_in_with_mfa(estate) {
        return Some("MFA at sign-in");
    }
    match shown::credential(estate, &first.edge, &first.from, shown.mode)? {
        Credential::AccessKey => Some("access key, no MFA"),
        Credential::UserSession => Some("session without MFA"),
        _ => None,
    }
}
