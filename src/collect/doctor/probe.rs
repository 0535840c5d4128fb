//! Whether a facet may be read: one call for each, a page of one entry where there are pages.
//!
//! Owns: which call stands for a facet, and which refusals only somebody is told who is allowed to ask. Does not know what
//! follows from it (`doctor`).

use crate::collect::aws::error::{CallError, Kind};
use crate::collect::credentials::session::Session;
use crate::collect::organization::reader::NO_FEATURES;
use crate::facet::Facet;

/// Nothing where the call is allowed.
pub(crate) type Probed = Result<(), CallError>;

/// A call whose answer does not matter, only whether it is allowed.
macro_rules! probe {
    ($name:literal, $request:expr) => {
        $crate::collect::doctor::probe::judge(
            $request.send().await.map(drop).map_err(|error| CallError::of($name, &error)),
        )
    };
}

/// What AWS can only say to somebody who is allowed to ask.
pub(crate) fn judge(result: Probed) -> Probed {
    const ALLOWED: &[&str] = &["NoSuchEntity", "ReportNotPresent", "ReportExpired", "ReportInProgress", "InvalidInput"];
    match result {
        Err(error) if error.is_any(ALLOWED) || error.is_any(NO_FEATURES) => Ok(()),
        Err(error) if error.kind == Kind::NotFound => Ok(()),
        result => result,
    }
}

pub(crate) use probe;

/// Tries a facet of an account once.
pub(crate) async fn facet_of(session: &Session, facet: Facet) -> Probed {
    // nobody has this name: whoever is allowed to ask is told so
    const NOBODY: &str = "rolehop-doctor-asks";
    let iam = &session.iam;
    match facet {
        Facet::AuthorizationDetails => {
            probe!("GetAccountAuthorizationDetails", iam.get_account_authorization_details().max_items(1))
        }
        Facet::RoleSettings => probe!("ListRoles", iam.list_roles().max_items(1)),
        Facet::AccountSummary => probe!("GetAccountSummary", iam.get_account_summary()),
        Facet::CredentialReport => probe!("GetCredentialReport", iam.get_credential_report()),
        Facet::VirtualMfaDevices => probe!("ListVirtualMFADevices", iam.list_virtual_mfa_devices().max_items(1)),
        Facet::IdentityProviders => {
            probe!("ListOpenIDConnectProviders", iam.list_open_id_connect_providers())?;
            probe!("ListSAMLProviders", iam.list_saml_providers())
        }
        Facet::PasswordPolicy => probe!("GetAccountPasswordPolicy", iam.get_account_password_policy()),
        Facet::AccountAliases => probe!("ListAccountAliases", iam.list_account_aliases().max_items(1)),
        Facet::AccessKeys => probe!("ListAccessKeys", iam.list_access_keys().user_name(NOBODY)),
        Facet::MfaDevices => probe!("ListMFADevices", iam.list_mfa_devices().user_name(NOBODY)),
        Facet::Trails => probe!("DescribeTrails", session.cloudtrail(session.region()).describe_trails()),
        Facet::LastAccessed => {
            let job = "00000000-0000-4000-8000-000000000000";
            probe!("GetServiceLastAccessedDetails", iam.get_service_last_accessed_details().job_id(job))
        }
        Facet::AssumeRoleEvents => {
            probe!("LookupEvents", session.cloudtrail(session.region()).lookup_events().max_results(1))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_a_permitted_caller_is_told_is_permission() {
        let says = |code: &str| {
            let mut error = CallError::own("ListAccessKeys", Kind::Other, "x");
            error.code = Some(code.to_owned());
            judge(Err(error))
        };
        assert!(says("NoSuchEntity").is_ok() && says("ReportNotPresent").is_ok());
        assert!(says("AccessDenied").is_err() && says("Throttling").is_err());
    }
}
