//! Section G: answers that are well-formed and whole, but lack what AWS documents as always present.

use rolehop::emulator::{Fault, Rule};
use rolehop::facet::Facet;

use crate::bench::{Run, hit};

const DETAILS: &str = "GetAccountAuthorizationDetails";
const PRINCIPALS: &[Facet] = &[Facet::AuthorizationDetails, Facet::RoleSettings, Facet::AccessKeys, Facet::MfaDevices];

fn without(operation: &'static str, element: &'static str) -> Run {
    Run::of([Rule::always(operation, Fault::WithoutElement(element)).of(hit())])
}

#[test]
fn f76_a_list_that_is_absent_is_not_an_empty_one() {
    for list in ["UserDetailList", "GroupDetailList", "RoleDetailList", "Policies"] {
        without(DETAILS, list).lost(hit(), PRINCIPALS, &format!("lacks `{list}`"), "E231");
    }
    for (operation, list, facet) in [
        ("ListRoles", "Roles", Facet::RoleSettings),
        ("GetAccountSummary", "SummaryMap", Facet::AccountSummary),
        ("ListVirtualMFADevices", "VirtualMFADevices", Facet::VirtualMfaDevices),
        ("ListOpenIDConnectProviders", "OpenIDConnectProviderList", Facet::IdentityProviders),
        ("ListSAMLProviders", "SAMLProviderList", Facet::IdentityProviders),
        ("ListAccountAliases", "AccountAliases", Facet::AccountAliases),
    ] {
        without(operation, list).lost(hit(), &[facet], &format!("lacks `{list}`"), "E231");
    }
}

#[test]
fn f77_an_entry_without_what_every_entry_has_spoils_its_list() {
    for field in ["RoleId", "AssumeRolePolicyDocument", "RolePolicyList"] {
        without(DETAILS, field).lost(hit(), PRINCIPALS, &format!("lacks `{field}`"), "E231");
    }
}
