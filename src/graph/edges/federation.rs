//! AssumeRoleWithSAML and AssumeRoleWithWebIdentity: whom the identity providers that the trust policy names vouch for, and where it names
//! everybody, those that the account has or needs not have.
//! Source: AWS IAM User Guide, "AWS JSON policy elements: Principal" (all principals); AWS STS API Reference, AssumeRoleWithSAML,
//! AssumeRoleWithWebIdentity (calls without AWS credentials).

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
    add(found, &sts::ASSUME_ROLE_WITH_SAML, true);
}

pub(super) fn web_identity(found: &mut Candidates<'_>) {
    add(found, &sts::ASSUME_ROLE_WITH_WEB_IDENTITY, false);
}

/// Providers of one kind, without those that are known not to be there: they vouch for nobody. Well-known issuers have
/// no provider in the account.
fn add(found: &mut Candidates<'_>, action: &Action, saml: bool) {
    let (estate, role) = (found.estate, found.role);
    let account = estate.account(found.account());
    let listed = account.listed_providers(saml);
    let is_replaced = |name: &str| people::is_of_identity_center(name) && !people::stands_for_people(estate, role);
    for statement in found.allows().filter(|statement| statement.actions.matches(action)) {
        let Some(clause) = &statement.principal else { continue };
        let is_open = clause.negated || clause.entries.contains(&PrincipalEntry::Everyone);
        if is_open {
            let any = account.providers_of_anybody(saml).filter(|name| !is_replaced(name));
            found.others.extend(any.map(|name| Source::Provider((&*name).into())));
        }
        for entry in clause.entries.iter().filter(|_| !clause.negated) {
            let PrincipalEntry::Federated(name) = entry else { continue };
            let missing =
                Arn::parse(name).is_some() && listed.is_some_and(|list| !list.iter().any(|arn| **arn == **name));
            if saml_provider(name).is_some() == saml && !missing && !is_replaced(name) {
                found.others.insert(Source::Provider((&**name).into()));
            }
        }
    }
}
