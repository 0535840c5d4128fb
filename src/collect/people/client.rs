//! The client of the services of people: with whose credentials, how fast, and how an answer becomes records.
//!
//! Owns: access and rate. Does not know what is asked.

use aws_credential_types::provider::SharedCredentialsProvider;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::collect::aws::clients::{Budget, Clients};
use crate::collect::aws::error::{CallError, Kind};
use crate::collect::aws::json_client::{Input, JsonClient};
use crate::collect::aws::pace::Pace;
use crate::collect::aws::pages::{self, Next};
use crate::collect::credentials::base::BaseCredentials;
use crate::collect::credentials::session::Session;
use crate::facet::Service;
use crate::ids::AccountId;

/// Entries of a page: the most that any of the calls allows.
const PAGE: u64 = 100;

/// Whose credentials sign the calls.
#[derive(Clone, Debug)]
pub(crate) enum Access {
    Base(BaseCredentials),
    /// Of the role that `--identity-center-role` names.
    Role(Box<Session>),
}

/// Makes the calls about people.
#[derive(Clone, Debug)]
pub(crate) struct PeopleClient {
    pub(crate) clients: Clients,
    pub(crate) access: Access,
    /// The account of these credentials.
    pub(crate) account: AccountId,
    pub(crate) budget: Budget,
    /// One for the three services, whichever region.
    pub(crate) pace: Pace,
    pub(crate) page_limit: usize,
}

/// The calls of one service in one region.
#[derive(Clone, Debug)]
pub(crate) struct Calls {
    client: JsonClient,
    access: Access,
    page_limit: usize,
}

impl PeopleClient {
    /// A service in a region.
    pub(crate) fn calls(&self, service: Service, region: &str) -> Calls {
        self.paced(service, region, &self.pace)
    }

    /// The same for a single call: AWS's rate is that of a region, and the instance is in one of them.
    pub(crate) fn probing(&self, service: Service, region: &str) -> Calls {
        self.paced(service, region, &self.clients.flow().of_organization())
    }

    fn paced(&self, service: Service, region: &str, pace: &Pace) -> Calls {
        let client = self.clients.json(service, region, self.credentials(), &self.budget, pace);
        Calls { client, access: self.access.clone(), page_limit: self.page_limit }
    }

    fn credentials(&self) -> Option<SharedCredentialsProvider> {
        match &self.access {
            Access::Base(_) => None,
            Access::Role(session) => Some(session.provider()),
        }
    }
}

impl Calls {
    /// The answer to a call.
    pub(crate) async fn get(&self, name: &'static str, input: impl Into<Input>) -> Result<Value, CallError> {
        let input = input.into();
        let call = || self.client.call(name, input.clone());
        match &self.access {
            Access::Base(base) => base.send(name, call).await,
            Access::Role(session) => session.send(name, call).await,
        }
    }

    /// The record under `key` of an answer.
    pub(crate) async fn record<T: DeserializeOwned>(
        &self,
        name: &'static str,
        key: &str,
        input: impl Into<Input>,
    ) -> Result<T, CallError> {
        let mut answer = self.get(name, input).await?;
        typed(name, answer.get_mut(key).map(Value::take).unwrap_or_default())
    }

    /// All pages of a list, whose entries are under `key`.
    pub(crate) async fn list<T: DeserializeOwned>(
        &self,
        name: &'static str,
        key: &str,
        fields: &Value,
    ) -> Result<Vec<T>, CallError> {
        let service = self.client.service();
        let (size, next) = match service {
            Service::AccountAccess => ("maxResults", "nextToken"),
            _ => ("MaxResults", "NextToken"),
        };
        pages::all(service, name, self.page_limit, |token| async move {
            let mut fields = fields.clone();
            if let Some(fields) = fields.as_object_mut() {
                fields.insert(size.to_owned(), PAGE.into());
                fields.extend(token.map(|token| (next.to_owned(), token.into())));
            }
            let mut answer = self.get(name, fields).await?;
            let following = answer.get(next).and_then(Value::as_str).map(str::to_owned);
            let entries = typed(name, answer.get_mut(key).map(Value::take).unwrap_or_default())?;
            Ok((entries, Next::Token(following)))
        })
        .await
    }
}

/// A value in the shape that AWS documents.
pub(super) fn typed<T: DeserializeOwned>(name: &'static str, value: Value) -> Result<T, CallError> {
    serde_json::from_value(value).map_err(|error| {
        let why = format!("the answer is not of the shape that AWS documents: {error}");
        CallError::own(name, Kind::BadAnswer, why)
    })
}
