//! The data sets of an account, one file each: `read` and `probe`.
//!
//! Owns: which file reads which data set into which field, and when. The match covers all data sets of accounts: one
//! that is not carried over does not compile.

mod access_keys;
mod account_aliases;
mod account_summary;
mod assume_role_events;
mod authorization_details;
mod credential_report;
mod identity_providers;
mod last_accessed;
mod mfa_devices;
mod password_policy;
mod role_settings;
mod server_certificates;
mod service_credentials;
mod trails;
mod virtual_mfa_devices;

pub(crate) use account_summary::read as account_summary;
pub(crate) use authorization_details::read as authorization_details;
pub(crate) use credential_report::start as start_credential_report;

use std::sync::atomic::Ordering;

use super::reading::Reading;
use crate::arn::Arn;
use crate::collect::aws::probe::Permitted;
use crate::collect::credentials::session::Session;
use crate::facet::AccountFacet;

/// When a data set is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// First, by itself: which principals exist.
    Principals,
    /// Right after the principals: its values go into the records of the roles.
    Roles,
    /// User by user, once the users are known.
    Users,
    /// Last of what is asked per principal: jobs.
    Jobs,
    /// Concurrently with the steps above, one data set after another.
    Beside,
    /// Started first and fetched last, so that AWS generates it in the meantime.
    Report,
    /// By itself: the quota of its call is low.
    Alone,
    /// Not read in this module.
    Elsewhere,
}

impl Step {
    /// Whether the principals must be known first.
    pub(crate) fn needs_principals(self) -> bool {
        matches!(self, Self::Principals | Self::Roles | Self::Users | Self::Jobs)
    }
}

/// When a data set is read.
pub(crate) fn step(facet: AccountFacet) -> Step {
    match facet {
        AccountFacet::AuthorizationDetails => Step::Principals,
        AccountFacet::RoleSettings => Step::Roles,
        AccountFacet::AccessKeys | AccountFacet::MfaDevices | AccountFacet::ServiceCredentials => Step::Users,
        AccountFacet::LastAccessed => Step::Jobs,
        AccountFacet::AccountSummary
        | AccountFacet::VirtualMfaDevices
        | AccountFacet::IdentityProviders
        | AccountFacet::PasswordPolicy
        | AccountFacet::AccountAliases
        | AccountFacet::ServerCertificates
        | AccountFacet::Trails => Step::Beside,
        AccountFacet::CredentialReport => Step::Report,
        AccountFacet::AssumeRoleEvents => Step::Alone,
        AccountFacet::PolicyDocument => Step::Elsewhere,
    }
}

/// Reads a data set into its field of the account's file. Authorization details have a step of their own
/// (`account::read`).
pub(crate) async fn read(facet: AccountFacet, cx: &Reading<'_>) {
    let session = cx.session;
    let pages = cx.page_limit();
    let tuning = &cx.shared.tuning;
    match facet {
        AccountFacet::RoleSettings => {
            if let Some(settings) = cx.read(facet, role_settings::read(session, pages)).await {
                cx.role_settings.get_or_init(|| settings);
            }
        }
        AccountFacet::AccountSummary => {
            cx.fill(facet, account_summary::read(session), |f| &mut f.account_summary).await
        }
        AccountFacet::CredentialReport => {
            cx.fill(facet, credential_report::read(session, tuning), |f| &mut f.credential_report).await;
        }
        AccountFacet::AccessKeys => {
            let users = cx.users();
            cx.fill(facet, access_keys::read(session, &users, pages), |f| &mut f.access_keys).await;
        }
        AccountFacet::MfaDevices => {
            let users = cx.users();
            let devices = async {
                let (devices, are_all_there) = mfa_devices::read(session, &users, pages).await?;
                cx.users_left.store(!are_all_there, Ordering::Relaxed);
                Ok(devices)
            };
            cx.fill(facet, devices, |f| &mut f.mfa_devices).await;
        }
        AccountFacet::VirtualMfaDevices => {
            cx.fill(facet, virtual_mfa_devices::read(session, pages), |f| &mut f.virtual_mfa_devices).await;
        }
        AccountFacet::IdentityProviders => {
            let open_id_connect = identity_providers::open_id_connect(session);
            cx.fill(facet, open_id_connect, |f| &mut f.open_id_connect_providers).await;
            cx.fill(facet, identity_providers::saml(session), |f| &mut f.saml_providers).await;
        }
        AccountFacet::PasswordPolicy => {
            cx.fill(facet, password_policy::read(session), |f| &mut f.password_policy).await
        }
        AccountFacet::AccountAliases => {
            cx.fill(facet, account_aliases::read(session, pages), |f| &mut f.account_aliases).await;
        }
        AccountFacet::LastAccessed => {
            let entities = cx.entities();
            cx.fill(facet, last_accessed::read(session, &entities, tuning), |f| &mut f.last_accessed).await;
        }
        AccountFacet::ServerCertificates => {
            cx.fill(facet, server_certificates::read(session, pages), |f| &mut f.server_certificates).await;
        }
        AccountFacet::ServiceCredentials => {
            let users = cx.users();
            cx.fill(facet, service_credentials::read(session, &users, pages), |f| &mut f.service_credentials).await;
        }
        AccountFacet::Trails => {
            cx.fill(facet, trails::read(session, &cx.shared.trail_regions), |f| &mut f.trails).await;
        }
        AccountFacet::AssumeRoleEvents => {
            let Some(search) = &cx.shared.events else { return };
            let events = assume_role_events::read(session, search, roles_here(cx), cx.shared.started, pages);
            cx.fill(facet, events, |f| &mut f.assume_role_events).await;
        }
        AccountFacet::AuthorizationDetails | AccountFacet::PolicyDocument => {}
    }
}

/// The roles of the search that belong to this account, as ARNs.
fn roles_here(cx: &Reading<'_>) -> Vec<String> {
    let here = |role: &String| match Arn::parse(role) {
        Some(arn) => (arn.account_id() == Some(cx.account)).then(|| role.clone()),
        None => Some(format!("arn:{}:iam::{}:role/{role}", cx.session.partition(), cx.account)),
    };
    cx.shared.events.iter().flat_map(|search| &search.roles).filter_map(here).collect()
}

/// Tries a data set of an account once.
pub(crate) async fn probe(facet: AccountFacet, session: &Session) -> Permitted {
    match facet {
        AccountFacet::AuthorizationDetails => authorization_details::probe(session).await,
        AccountFacet::RoleSettings => role_settings::probe(session).await,
        AccountFacet::AccountSummary => account_summary::probe(session).await,
        AccountFacet::CredentialReport => credential_report::probe(session).await,
        AccountFacet::AccessKeys => access_keys::probe(session).await,
        AccountFacet::MfaDevices => mfa_devices::probe(session).await,
        AccountFacet::VirtualMfaDevices => virtual_mfa_devices::probe(session).await,
        AccountFacet::IdentityProviders => identity_providers::probe(session).await,
        AccountFacet::PasswordPolicy => password_policy::probe(session).await,
        AccountFacet::AccountAliases => account_aliases::probe(session).await,
        AccountFacet::LastAccessed => last_accessed::probe(session).await,
        AccountFacet::ServerCertificates => server_certificates::probe(session).await,
        AccountFacet::ServiceCredentials => service_credentials::probe(session).await,
        AccountFacet::Trails => trails::probe(session).await,
        AccountFacet::AssumeRoleEvents => assume_role_events::probe(session).await,
        AccountFacet::PolicyDocument => Ok(()),
    }
}
