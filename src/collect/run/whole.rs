//! A whole collection, in order: settings, identity, list, then accounts and structure at the same time, then manifest.
//!
//! Owns: the order. `plan` says who is read, `accounts` reads them. Does not know single calls.

use std::collections::BTreeMap;
use std::sync::Arc;

use aws_smithy_runtime_api::client::http::SharedHttpClient;
use tokio::sync::Semaphore;
use tokio::time::Instant;

use super::accounts::{self, End};
use super::manifest::{Clock, Journal};
use super::messages;
use super::plan::{self, Plan};
use super::resume::{self, Earlier};
use crate::collect::account::read::{Outcome, Shared};
use crate::collect::account::regions;
use crate::collect::aws::clients::{Budget, Clients};
use crate::collect::aws::http;
use crate::collect::aws::operations;
use crate::collect::aws::pace::{Flow, Limits};
use crate::collect::aws::proxy::Proxies;
use crate::collect::credentials::environment;
use crate::collect::credentials::load::{self, Base, Identity};
use crate::collect::credentials::session::{ENTERED_AT_ONCE, Entry, Role};
use crate::collect::deadline::{self, Over};
use crate::collect::error::Cause;
use crate::collect::options::{CollectOptions, EventSearch, Progress};
use crate::collect::organization::reader::{self, Reader};
use crate::diagnostic::Diagnostic;
use crate::ids::AccountId;
use crate::snapshot::ledger::{AccountState, Gap};
use crate::snapshot::manifest::{FORMAT, Manifest, Settings};
use crate::snapshot::organization::OrganizationFile;
use crate::snapshot::write::Writer;

/// See [`super::collect`].
pub(crate) async fn run(
    options: &CollectOptions,
    progress: &dyn Progress,
    variable: &(dyn Fn(&str) -> Option<String> + Sync),
) -> Result<Manifest, Cause> {
    let begun = tokio::select! {
        // boxed: together with the SDK's own futures these outgrow a thread's stack in a debug build
        begun = Box::pin(begin(options, progress, variable)) => begun?,
        _ = options.stop.asked() => return Err(Cause::Interrupted { saved: 0, listed: 0, dir: None }),
    };
    Box::pin(read(progress, begun)).await
}

/// Everything that must be known before the first account is read.
struct Begun {
    /// As they were asked for, and the facets of the run that is gone on with.
    options: CollectOptions,
    clock: Clock,
    /// When the run ends, complete or not.
    deadline: Option<Instant>,
    base: Base,
    clients: Clients,
    identity: Identity,
    writer: Arc<Writer>,
    reader: Reader,
    plan: Plan,
    earlier: Option<Earlier>,
}

async fn begin(
    options: &CollectOptions,
    progress: &dyn Progress,
    variable: &(dyn Fn(&str) -> Option<String> + Sync),
) -> Result<Begun, Cause> {
    let clock = Clock::new(options.started);
    let (deadline, base, clients, identity) = identified(options, variable).await?;
    progress.identity(&identity.arn, &identity.account.to_string(), &base.source);
    // before the long part: a scan that cannot be written is not worth starting
    let holder = format!("process {} since {}", std::process::id(), options.started);
    let writer = Arc::new(Writer::create(&options.snapshot_dir, &holder)?);
    if let Some(earlier) = writer.left_by() {
        progress.note(&format!("the lock of {earlier} was left behind and is taken over"));
    }
    let earlier = resume::earlier(options)?;
    let mut options = options.clone();
    if let Some(earlier) = &earlier {
        options.facets = earlier.facets(&options.facets);
    }
    let options = &options;
    let reader = reader(options, &base, &clients);
    let half_way = deadline.map(|deadline| deadline - deadline.saturating_duration_since(Instant::now()) / 2);
    let plan = Box::pin(plan::make(options, progress, &reader, &identity, &base, half_way));
    let mut plan = deadline::before(deadline, options.deadline, "Organizations: the list of accounts", plan).await?;
    if let Some(earlier) = &earlier {
        take_over(options, progress, &mut plan, &writer, earlier)?;
    } else if options.resume.is_some() {
        progress.note("there is no snapshot to go on with: everything is read");
    }
    progress.listed(plan.ledger.iter().count(), plan.ledger.iter().count() - plan.targets.len());
    Ok(Begun { options: options.clone(), clock, deadline, base, clients, identity, writer, reader, plan, earlier })
}

/// Everything up to knowing who we are, and the deadline, which also binds that.
pub(crate) async fn identified(
    options: &CollectOptions,
    variable: &(dyn Fn(&str) -> Option<String> + Sync),
) -> Result<(Option<Instant>, Base, Clients, Identity), Cause> {
    let limit = options.deadline;
    let deadline = limit.map(|limit| Instant::now() + limit);
    let connected = Box::pin(connect(options, variable));
    let (base, clients) = deadline::before(deadline, limit, "the AWS credentials", connected).await?;
    let identity = deadline::before(deadline, limit, "STS GetCallerIdentity", load::identity(&clients)).await?;
    Ok((deadline, base, clients, identity))
}

/// Credentials and clients, with every setting checked first.
pub(crate) async fn connect(
    options: &CollectOptions,
    variable: &(dyn Fn(&str) -> Option<String> + Sync),
) -> Result<(Base, Clients), Cause> {
    let settings = environment::check(variable)?;
    environment::check_role(&options.role_name, options.role_arn_template.as_deref())?;
    if let Some(endpoint) = &options.endpoint {
        environment::check_endpoint("endpoint", endpoint)?;
    }
    let flow = Flow::new(limits(options));
    let http = https_client(variable)?;
    let attempts = settings.max_attempts.unwrap_or(options.tuning.max_attempts);
    let base = Box::pin(load::load(options, variable, &http, attempts, flow.clone())).await?;
    let clients = Clients::new(base.config.clone(), http, &options.tuning, attempts, flow);
    Ok((base, clients))
}

/// With the proxies of the environment and the certificates of `AWS_CA_BUNDLE`, which the SDK for Rust does not read.
fn https_client(variable: &(dyn Fn(&str) -> Option<String> + Sync)) -> Result<SharedHttpClient, Cause> {
    const NAME: &str = "AWS_CA_BUNDLE";
    const ALLOWED: &str = "a file with certificates in PEM form";
    let path = variable(NAME).filter(|path| !path.is_empty());
    let bad = |value: String| Cause::Setting { name: NAME.to_owned(), value, allowed: ALLOWED };
    let pem = match &path {
        Some(path) => Some(std::fs::read(path).map_err(|error| bad(format!("{path}: {error}")))?),
        None => None,
    };
    let proxies = Proxies::read(variable)?;
    http::default_client(pem.as_deref(), proxies).map_err(|why| bad(format!("{}: {why}", path.unwrap_or_default())))
}

pub(crate) fn limits(options: &CollectOptions) -> Limits {
    let (quota_scale, attempt) = (options.tuning.quota_scale, options.tuning.attempt_timeout);
    let calls = options.concurrency.max(1);
    if options.polite {
        let calls = calls.min(8);
        Limits { calls, calls_of_account: 1, rate_of_account: 5.0, assume_rate: 5.0, quota_scale, attempt }
    } else {
        // STS allows an account some hundred calls a second, which its own workloads need as well
        let (rate_of_account, assume_rate) = (f64::INFINITY, 100.0 * quota_scale);
        Limits { calls, calls_of_account: 2, rate_of_account, assume_rate, quota_scale, attempt }
    }
}

/// What an earlier run has read completely is not read again.
fn take_over(
    options: &CollectOptions,
    progress: &dyn Progress,
    plan: &mut Plan,
    writer: &Writer,
    earlier: &Earlier,
) -> Result<(), Cause> {
    let now = plan.organization.as_ref().map(|organization| organization.id.as_str());
    if let (Some(then), Some(now)) = (earlier.organization.as_deref(), now)
        && then != now
    {
        let why = format!("it is of the organisation `{then}` and not of `{now}`");
        return Err(Cause::CannotResume { dir: options.snapshot_dir.clone(), why });
    }
    if let Some((name, digest)) = &earlier.organization_file {
        writer.adopt(name, digest);
    }
    let mut taken = 0_usize;
    plan.targets.retain(|id| {
        let Some(account) = earlier.accounts.get(id) else { return true };
        writer.adopt(&account.name, &account.digest);
        plan.ledger.set(*id, AccountState::Complete);
        taken += 1;
        false
    });
    progress.note(&format!("{taken} accounts are complete already and are not read again"));
    Ok(())
}

async fn read(progress: &dyn Progress, begun: Begun) -> Result<Manifest, Cause> {
    let Begun { options, clock, deadline, base, clients, identity, writer, reader, mut plan, earlier } = begun;
    let traffic = clients.flow().traffic();
    let flow = clients.flow().clone();
    let options = &options;
    let over = Over::new(options, deadline);
    let shared = Arc::new(Shared {
        entry: Arc::new(entry(options, clients, &base, &identity)),
        tuning: options.tuning.clone(),
        facets: options.facets.clone(),
        trail_regions: regions::expand(&options.trail_regions, &identity.partition),
        events: events(options, &identity),
        started: options.started,
        base_account: identity.account,
        aws_policies: Default::default(),
        writer: Arc::clone(&writer),
        over: over.clone(),
    });
    let outline = if earlier.is_some() { None } else { plan.outline() };
    let mut journal =
        Journal::begin(writer, unread(&plan, options, &identity, &base, earlier.as_ref()), outline, clock);
    let bounds = accounts::Bounds { options, flow: &flow, base: &base.credentials, deadline };
    let structure = Box::pin(structure(&reader, &plan, &over));
    let (read, structure) = futures::join!(
        Box::pin(accounts::read(&plan, &bounds, progress, &traffic, &mut journal, |id| {
            crate::collect::account::read::read(Arc::clone(&shared), id)
        })),
        structure,
    );
    let (calls, throttled) = traffic.counts();
    progress.traffic(calls, throttled);
    let read = read?;
    let outcomes = &read.outcomes;
    let stopped =
        |listed| Cause::Interrupted { saved: journal.complete(), listed, dir: Some(options.snapshot_dir.clone()) };
    match read.end {
        End::Asked => return Err(stopped(plan.ledger.iter().count())),
        End::Expired => {
            let (saved, listed) = (journal.complete(), plan.ledger.iter().count());
            return Err(Cause::BaseExpired { from: base.source, saved, listed });
        }
        End::AllDone | End::Deadline | End::AllRefuse => {}
    }
    let (file, gaps) = structure;
    plan.gaps.extend(gaps);
    let messages = messages(outcomes, &plan, options, &identity);
    let taken = earlier.is_some_and(|earlier| !earlier.accounts.is_empty());
    if let Some(first) = messages.first()
        && !taken
        && !outcomes.values().any(|outcome| outcome.readable)
    {
        return Err(Cause::NothingRead { first: Box::new(first.clone()) });
    }
    messages.iter().for_each(|message| progress.warning(message));
    Ok(journal.finish(file, plan.gaps).await?)
}

/// What reads the organisation.
pub(crate) fn reader(options: &CollectOptions, base: &Base, clients: &Clients) -> Reader {
    let (budget, pace) = (Budget::of_organization(), clients.flow().of_organization());
    Reader {
        client: clients.organizations(&budget, &pace),
        base: base.credentials.clone(),
        iam: clients.iam(&budget, &pace),
        page_limit: options.tuning.page_limit,
        facets: options.facets.clone(),
        tree: Arc::default(),
    }
}

fn events(options: &CollectOptions, identity: &Identity) -> Option<EventSearch> {
    let regions = |search: &EventSearch| regions::expand(&search.regions, &identity.partition);
    options.events.as_ref().map(|search| EventSearch { regions: regions(search), ..search.clone() })
}

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

/// The organisation's file: none where there is no organisation, an almost empty one where it could not be read.
async fn structure(reader: &Reader, plan: &Plan, over: &Over) -> (Option<OrganizationFile>, Vec<Gap>) {
    match &plan.organization {
        Some(organization) if !plan.unknown_organization => {
            let (file, gaps) = reader.read(organization.clone(), &plan.listing, over).await;
            (Some(file), gaps)
        }
        _ if plan.unknown_organization => {
            // why the organization itself is one is in the plan already
            let mut gaps = reader::gaps(&reader.facets, "the organisation could not be read");
            gaps.retain(|gap| !plan.gaps.iter().any(|known| known.facet == gap.facet));
            (plan.outline(), gaps)
        }
        _ => (None, Vec::new()),
    }
}

fn messages(
    outcomes: &BTreeMap<AccountId, Outcome>,
    plan: &Plan,
    options: &CollectOptions,
    identity: &Identity,
) -> Vec<Diagnostic> {
    let name =
        |id: AccountId| plan.listing.accounts.get(&id).map(|listed| listed.account.name.clone()).unwrap_or_default();
    let setting = messages::Setting { role_name: &options.role_name, identity: &identity.arn };
    let mut messages = messages::diagnostics(outcomes, &name, &setting);
    messages.extend(messages::of_organization(&plan.gaps));
    messages
}

/// The manifest of a run that has read nothing yet, or only what it takes over.
fn unread(
    plan: &Plan,
    options: &CollectOptions,
    identity: &Identity,
    base: &Base,
    earlier: Option<&Earlier>,
) -> Manifest {
    let mut gaps = plan.gaps.clone();
    if plan.organization.is_some() || plan.unknown_organization {
        // until its structure has been read
        gaps.extend(reader::gaps(&options.facets, "not read"));
    }
    let taken = earlier.into_iter().flat_map(|earlier| &earlier.accounts);
    let taken = taken.filter(|(id, _)| plan.ledger.get(**id) == Some(&AccountState::Complete));
    Manifest {
        format: FORMAT,
        tool: concat!("rolehop ", env!("CARGO_PKG_VERSION")).to_owned(),
        started: earlier.map_or(options.started, |earlier| earlier.started),
        finished: None,
        identity: Some(identity.arn.clone()),
        endpoint: base.endpoint.clone(),
        settings: Some(Settings {
            role_name: options.role_name.clone(),
            facets: options.facets.clone(),
            session_policy: options.session.policy,
        }),
        share: options.share.clone(),
        ledger: plan.ledger.clone(),
        gaps,
        read_at: taken.filter_map(|(id, taken)| Some((*id, taken.read_at?))).collect(),
        files: BTreeMap::new(),
    }
}
