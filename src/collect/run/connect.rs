//! From settings to clients: credentials, who they belong to, and the readers of the organization and the accounts.
//!
//! Owns: creating them, with every setting checked first. Does not know which accounts are read or in which order.

use std::sync::Arc;

use aws_smithy_runtime_api::client::http::SharedHttpClient;
use tokio::sync::Semaphore;
use tokio::time::Instant;

use crate::arn::Arn;
use crate::collect::aws::clients::{Budget, Clients};
use crate::collect::aws::error::{CallError, Kind};
use crate::collect::aws::flow::{Flow, Limits};
use crate::collect::aws::proxy::{self, Proxies};
use crate::collect::aws::{http, operations, text};
use crate::collect::credentials::environment;
use crate::collect::credentials::load::{self, Base, Identity};
use crate::collect::credentials::session::{ENTERED_AT_ONCE, Entry, Role, Session};
use crate::collect::deadline;
use crate::collect::error::Cause;
use crate::collect::options::{CollectOptions, Environment};
use crate::collect::organization::client::OrganizationClient;
use crate::collect::people::client::{Access, PeopleClient};

/// Everything up to knowing the caller's identity, and the deadline, which also applies to that.
pub(crate) async fn identified(options: &CollectOptions) -> Result<(Option<Instant>, Base, Clients, Identity), Cause> {
    let limit = options.deadline;
    let deadline = limit.map(|limit| Instant::now() + limit);
    let connected = Box::pin(connect(options));
    let (base, clients) = deadline::before(deadline, limit, "the AWS credentials", connected).await?;
    let identity = deadline::before(deadline, limit, "STS GetCallerIdentity", load::identity(&clients)).await?;
    Ok((deadline, base, clients, identity))
}

/// Credentials and clients, with every setting checked first.
pub(crate) async fn connect(options: &CollectOptions) -> Result<(Base, Clients), Cause> {
    let settings = environment::check(&|name| options.environment.get(name))?;
    environment::check_role(&options.role_name, options.role_arn_template.as_deref())?;
    if let Some(endpoint) = &options.endpoint {
        environment::check_endpoint("endpoint", endpoint)?;
    }
    let flow = Flow::new(limits(options));
    let http = https_client(&options.environment)?;
    let attempts = settings.max_attempts.unwrap_or(options.tuning.max_attempts);
    let base = Box::pin(load::load(options, &http, attempts, flow.clone())).await?;
    let clients = Clients::new(base.config.clone(), http, &options.tuning, attempts, flow);
    Ok((base, clients))
}

/// With the proxies of the environment and the certificates of `AWS_CA_BUNDLE`, which the SDK for Rust does not read.
fn https_client(environment: &Environment) -> Result<SharedHttpClient, Cause> {
    const NAME: &str = "AWS_CA_BUNDLE";
    const ALLOWED: &str = "a file with certificates in PEM form";
    let path = environment.get(NAME).filter(|path| !path.is_empty());
    let bad = |value: String| Cause::Setting { name: NAME.to_owned(), value, allowed: ALLOWED };
    let pem = match &path {
        Some(path) => Some(std::fs::read(path).map_err(|error| bad(format!("{path}: {error}")))?),
        None => None,
    };
    let proxies = Proxies::read(&|name| environment.get(name)).map_err(|bad| Cause::Setting {
        name: bad.variable.to_owned(),
        value: bad.shown,
        allowed: proxy::ALLOWED,
    })?;
    http::default_client(pem.as_deref(), proxies).map_err(|why| bad(format!("{}: {why}", path.unwrap_or_default())))
}

pub(crate) fn limits(options: &CollectOptions) -> Limits {
    let quota_scale = options.tuning.quota_scale;
    let attempt = options.tuning.attempt_timeout;
    let calls = options.concurrency.max(1);
    if options.polite {
        let calls = calls.min(8);
        Limits { calls, calls_of_account: 1, rate_of_account: 5.0, assume_rate: 5.0, quota_scale, attempt }
    } else {
        // STS allows an account about a hundred calls a second, and its own workloads need some of them
        let rate_of_account = f64::INFINITY;
        let assume_rate = 100.0 * quota_scale;
        Limits { calls, calls_of_account: 2, rate_of_account, assume_rate, quota_scale, attempt }
    }
}

/// The reader of the organization.
pub(crate) fn organization(options: &CollectOptions, base: &Base, clients: &Clients) -> OrganizationClient {
    let budget = Budget::of_organization();
    let pace = clients.flow().of_organization();
    OrganizationClient {
        client: clients.organizations(&budget, &pace),
        base: base.credentials.clone(),
        iam: clients.iam(&budget, &pace),
        page_limit: options.tuning.page_limit,
        facets: options.facets.clone(),
        known: Arc::default(),
    }
}

/// The reader of people: with the base credentials, or in a session of the role that is named for it.
pub(crate) async fn people(
    options: &CollectOptions,
    clients: &Clients,
    base: &Base,
    identity: &Identity,
) -> Result<PeopleClient, CallError> {
    let rate = if options.polite { options.people.rate / 2.0 } else { options.people.rate };
    let client = |access: Access, account| PeopleClient {
        clients: clients.clone(),
        access,
        account,
        budget: Budget::of_account("people"),
        pace: clients.flow().of_people(rate),
        page_limit: options.tuning.page_limit,
    };
    let Some(role) = &options.people.role else {
        return Ok(client(Access::Base(base.credentials.clone()), identity.account));
    };
    let account = Arn::parse(role).and_then(|arn| arn.account_id()).ok_or_else(|| {
        CallError::own("AssumeRole", Kind::BadCredentials, format!("`{}` is no ARN of a role", text::one_line(role)))
    })?;
    let entry = Entry {
        role: Role { name: role.clone(), template: Some(role.clone()) },
        policy: options.session.policy.then(|| operations::people_policy(&options.facets)),
        ..entry(options, clients.clone(), base, identity)
    };
    let session = Box::pin(Session::open(&Arc::new(entry), account)).await?;
    Ok(client(Access::Role(Box::new(session)), account))
}

/// What assumes the role in each account.
pub(crate) fn entry(options: &CollectOptions, clients: Clients, base: &Base, identity: &Identity) -> Entry {
    let policy = options.session.policy.then(|| operations::session_policy(&options.facets));
    Entry {
        pace: clients.flow().of_assume_role(),
        clients,
        base: base.credentials.clone(),
        door: Semaphore::new(ENTERED_AT_ONCE),
        partition: identity.partition.clone(),
        role: Role { name: options.role_name.clone(), template: options.role_arn_template.clone() },
        external_id: options.external_id.clone(),
        session: options.session.clone(),
        policy,
    }
}
