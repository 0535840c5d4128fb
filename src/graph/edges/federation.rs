//! AssumeRoleWithSAML and AssumeRoleWithWebIdentity: whom the identity providers that the trust policy names vouch for.

use super::candidates::Candidates;
use super::people;
use crate::arn::{Arn, saml_provider};
use crate::graph::source::Source;
use crate::policy::action::Action;
use crate::policy::principal::PrincipalEntry;
use crate::policy::sts;

pub(super) fn is_saml(source: &Source) -> bool {
    matches!(source, Source::Provider(name) if saml_provider(name).is_some())
}

pub(super) fn is_web_identity(source: &Source) -> bool {
    matches!(source, Source::Provider(name) if saml_provider(name).is_none())
}

pub(super) fn saml(found: &mut Candidates<'_>) {
    let listed = found.account_facts().saml_providers.as_deref();
    add(found, &sts::ASSUME_ROLE_WITH_SAML, listed, |name| saml_provider(name).is_some());
}

pub(super) fn web_identity(found: &mut Candidates<'_>) {
    let listed = found.account_facts().oidc_providers.as_deref();
    add(found, &sts::ASSUME_ROLE_WITH_WEB_IDENTITY, listed, |name| saml_provider(name).is_none());
}

/// Providers of one kind, without those that are known not to be there: they vouch for nobody. Well-known issuers have
/// no provider in the account.
fn add(found: &mut Candidates<'_>, action: &Action, listed: Option<&[String]>, is_kind: fn(&str) -> bool) {
    for (statement, entry) in found.allowed() {
        let PrincipalEntry::Federated(name) = entry else { continue };
        let missing = Arn::parse(name).is_some() && listed.is_some_and(|list| !list.iter().any(|arn| **arn == **name));
        let is_replaced = people::is_of_identity_center(name) && !people::stands_for_people(found.estate, found.role);
        if is_kind(name) && statement.actions.matches(action) && !missing && !is_replaced {
            found.others.insert(Source::Provider((&**name).into()));
        }
    }
}
