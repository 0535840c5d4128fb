//! Delegated administrators and what is delegated to them.
//!
//! Owns: the data set `delegations`, in the shape that the AWS CLI prints.

use serde_json::value::{RawValue, to_raw_value};

use super::client::OrganizationClient;
use crate::collect::aws::error::{CallError, Kind};
use crate::collect::aws::pages::{self, Next};
use crate::collect::aws::probe::{Permitted, permitted};
use crate::collect::aws::text::time;
use crate::facet::Service;

impl OrganizationClient {
    pub(crate) async fn delegated_administrators(&self) -> Result<Vec<Box<RawValue>>, CallError> {
        const OPERATION: &str = "ListDelegatedAdministrators";
        let mut found = pages::all(Service::Organizations, OPERATION, self.page_limit, |token| async move {
            let answer = self
                .base
                .send(OPERATION, || self.client.list_delegated_administrators().set_next_token(token.clone()).send())
                .await?;
            Ok((answer.delegated_administrators.unwrap_or_default(), Next::Token(answer.next_token)))
        })
        .await?;
        found.sort_by(|a, b| a.id.cmp(&b.id));
        found.dedup_by(|a, b| a.id == b.id);
        let mut raw = Vec::new();
        for administrator in &found {
            let entry = DelegatedAdministrator {
                id: administrator.id(),
                arn: administrator.arn(),
                name: administrator.name(),
                delegation_enabled_date: administrator.delegation_enabled_date().and_then(time),
                services: self.delegated_services(administrator.id().unwrap_or_default()).await?,
            };
            let entry = to_raw_value(&entry);
            raw.push(entry.map_err(|error| CallError::own(OPERATION, Kind::BadAnswer, error.to_string()))?);
        }
        Ok(raw)
    }

    async fn delegated_services(&self, account: &str) -> Result<Vec<DelegatedService>, CallError> {
        const OPERATION: &str = "ListDelegatedServicesForAccount";
        let services = pages::all(Service::Organizations, OPERATION, self.page_limit, |token| async move {
            let request = || {
                self.client
                    .list_delegated_services_for_account()
                    .account_id(account)
                    .set_next_token(token.clone())
                    .send()
            };
            let answer = self.base.send(OPERATION, request).await?;
            Ok((answer.delegated_services.unwrap_or_default(), Next::Token(answer.next_token)))
        })
        .await?;
        let mut services: Vec<DelegatedService> = (services.into_iter())
            .map(|service| DelegatedService {
                delegation_enabled_date: service.delegation_enabled_date().and_then(time),
                service_principal: service.service_principal.unwrap_or_default(),
            })
            .collect();
        services.sort_by(|a, b| a.service_principal.cmp(&b.service_principal));
        services.dedup_by(|a, b| a.service_principal == b.service_principal);
        Ok(services)
    }
}

/// Whether the data set may be read: asks for a page of one entry.
pub(super) async fn probe(organization: &OrganizationClient) -> Permitted {
    let request = organization.client.list_delegated_administrators().max_results(1);
    permitted("ListDelegatedAdministrators", request.send().await)
}

/// Without the e-mail address: it is personal data that no answer needs.
#[derive(serde::Serialize)]
#[serde(rename_all = "PascalCase")]
struct DelegatedAdministrator<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    arn: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    delegation_enabled_date: Option<String>,
    services: Vec<DelegatedService>,
}

/// A service that a delegated administrator runs for the organization.
#[derive(serde::Serialize)]
#[serde(rename_all = "PascalCase")]
struct DelegatedService {
    service_principal: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    delegation_enabled_date: Option<String>,
}
