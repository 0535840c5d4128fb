//! A whole collection, in order: settings, identity, list, then accounts and structure concurrently, then manifest.
//!
//! Owns: the order. `plan` decides which accounts are read, `accounts` reads them. Does not know single calls.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::time::Instant;

use super::accounts::{self, End};
use super::connect;
use super::manifest::{Clock, Journal};
use super::messages;
use super::people;
use super::plan::{self, Plan};
use super::resume::{self, Earlier};
use crate::collect::account::outcome::Outcome;
use crate::collect::account::read;
use crate::collect::account::reading::Shared;
use crate::collect::account::regions;
use crate::collect::aws::clients::Clients;
use crate::collect::aws::record;
use crate::collect::credentials::load::{Base, Identity};
use crate::collect::deadline::{self, Over};
use crate::collect::error::{Cause, CredentialError};
use crate::collect::options::{CollectOptions, EventSearch, Progress};
use crate::collect::organization::client::OrganizationClient;
use crate::collect::organization::missing::Missing;
use crate::collect::organization::reader;
use crate::diagnostic::Diagnostic;
use crate::facet::Facet;
use crate::ids::AccountId;
use crate::snapshot::ledger::{AccountState, Gap};
use crate::snapshot::manifest::{FORMAT, Manifest, Settings};
use crate::snapshot::organization::OrganizationFile;
use crate::snapshot::share::Share;
use crate::snapshot::write::Writer;

/// See [`super::collect`].
pub(crate) async fn run(options: &CollectOptions, progress: &dyn Progress) -> Result<Manifest, Cause> {
    let begun = tokio::select! {
        // boxed: together with the SDK's own futures these outgrow a thread's stack in a debug build
        begun = Box::pin(begin(options, progress)) => begun?,
        _ = options.stop.asked() => return Err(Cause::Interrupted { saved: 0, listed: 0, dir: None }),
    };
    Box::pin(read(progress, begun)).await
}

/// Everything that must be known before the first account is read.
struct Begun {
    /// The given options, with the data sets of the run that is continued.
    options: CollectOptions,
    clock: Clock,
    /// When the run has to end, complete or not.
    deadline: Option<Instant>,
    base: Base,
    clients: Clients,
    identity: Identity,
    writer: Arc<Writer>,
    organization: OrganizationClient,
    plan: Plan,
    earlier: Option<Earlier>,
}

async fn begin(options: &CollectOptions, progress: &dyn Progress) -> Result<Begun, Cause> {
    let clock = Clock::new(options.started);
    let identified = Box::pin(record::phase("credentials", connect::identified(options)));
    let (deadline, base, clients, identity) = identified.await?;
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
        options.trail_regions.clone_from(&earlier.trail_regions);
    }
    let options = &options;
    let organization = connect::organization(options, &base, &clients);
    let half_way = deadline.map(|deadline| deadline - deadline.saturating_duration_since(Instant::now()) / 2);
    let plan = plan::make(options, progress, &organization, &identity, &base, half_way);
    let plan = Box::pin(record::phase("list of accounts", plan));
    let mut plan = deadline::before(deadline, options.deadline, "Organizations: the list of accounts", plan).await?;
    if let Some(earlier) = &earlier {
        take_over(options, progress, &mut plan, &writer, earlier)?;
    } else if options.resume.is_some() {
        progress.note("there is no snapshot to go on with: everything is read");
    }
    progress.listed(plan.ledger.iter().count(), plan.ledger.iter().count() - plan.targets.len());
    Ok(Begun {
        options: options.clone(),
        clock,
        deadline,
        base,
        clients,
        identity,
        writer,
        organization,
        plan,
        earlier,
    })
}

/// Accounts that an earlier run has read completely are not read again.
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
        let why = format!("it is of the organization `{then}` and not of `{now}`");
        return Err(Cause::CannotResume { dir: options.snapshot_dir.clone(), why });
    }
    for (name, digest) in &earlier.organization_files {
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
    let Begun { options, clock, deadline, base, clients, identity, writer, organization, mut plan, earlier } = begun;
    let traffic = clients.flow().traffic();
    let flow = clients.flow().clone();
    let of_people = clients.clone();
    let options = &options;
    let region = clients.region().to_owned();
    let over = Over::new(options, deadline);
    let shared = Arc::new(Shared {
        entry: Arc::new(connect::entry(options, clients, &base, &identity)),
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
        Journal::begin(writer, unread(&plan, options, &identity, &base, &region, earlier.as_ref()), outline, clock);
    let run = people::Run {
        options,
        base: &base,
        clients: &of_people,
        identity: &identity,
        plan: &plan,
        earlier: earlier.as_ref(),
        writer: Arc::clone(&shared.writer),
        over: &over,
        progress,
    };
    let people = Box::pin(record::phase("people", people::read(run)));
    let bounds = accounts::Bounds { options, flow: &flow, base: &base.credentials, deadline };
    let structure = Box::pin(record::phase("organization", structure(&organization, &plan, &over)));
    let (read, structure, people) = futures::join!(
        Box::pin(record::phase(
            "accounts",
            accounts::read(&plan, &bounds, progress, &traffic, &mut journal, |id| {
                let reading = read::read(Arc::clone(&shared), id);
                record::account(id, reading, |read| read.as_ref().map_or(("not written", 0), of_outcome))
            })
        )),
        structure,
        people,
    );
    let (calls, throttled) = traffic.counts();
    progress.traffic(calls, throttled);
    let read = read?;
    let outcomes = &read.outcomes;
    let stopped =
        |listed| Cause::Interrupted { saved: journal.complete(), listed, dir: Some(options.snapshot_dir.clone()) };
    if matches!(read.end, End::Asked | End::Expired) {
        journal.keep(people).await?;
        if matches!(read.end, End::Expired) {
            let saved = journal.complete();
            let listed = plan.ledger.iter().count();
            return Err(CredentialError::BaseExpired { from: base.source, saved, listed }.into());
        }
        return Err(stopped(plan.ledger.iter().count()));
    }
    let (file, missing) = structure;
    plan.missing.extend(missing);
    plan.missing.extend(people.missing.iter().map(|(facet, error)| reader::missing(*facet, error.clone())));
    let messages = messages(outcomes, &plan, options, &identity);
    let taken = earlier.is_some_and(|earlier| !earlier.accounts.is_empty());
    if let Some(first) = messages.first()
        && !taken
        && is_any_due(&plan, options)
        && !outcomes.values().any(|outcome| outcome.readable)
    {
        return Err(Cause::NothingRead { first: Box::new(first.clone()) });
    }
    messages.iter().for_each(|message| progress.warning(message));
    Ok(journal.finish(file, people, plan.missing.iter().map(Missing::gap).collect()).await?)
}

/// Whether there was anything to read: a shard may own none of the accounts, and of the organization nothing.
fn is_any_due(plan: &Plan, options: &CollectOptions) -> bool {
    let organization_is_lost = |share: &Share| share.reads_organization() && plan.unknown_organization;
    !plan.targets.is_empty() || options.share.as_ref().is_none_or(organization_is_lost)
}

/// How an account ended, and how much of it is missing, for the log.
fn of_outcome(outcome: &Outcome) -> (&'static str, usize) {
    let missing = outcome.failures.len();
    (if missing == 0 { "complete" } else { "incomplete" }, missing)
}

fn events(options: &CollectOptions, identity: &Identity) -> Option<EventSearch> {
    let regions = |search: &EventSearch| regions::expand(&search.regions, &identity.partition);
    options.events.as_ref().map(|search| EventSearch { regions: regions(search), ..search.clone() })
}

/// The organization's file: `None` if there is no organization, an almost empty one if it could not be read.
async fn structure(client: &OrganizationClient, plan: &Plan, over: &Over) -> (Option<OrganizationFile>, Vec<Missing>) {
    match &plan.organization {
        Some(organization) if !plan.unknown_organization => {
            let (file, missing) = client.read(organization.clone(), &plan.listing, over).await;
            (Some(file), missing)
        }
        _ if plan.unknown_organization => {
            // why the organization itself is missing is in the plan already
            let mut missing = reader::all_missing(&client.facets, "the organization could not be read");
            missing.retain(|part| !plan.missing.iter().any(|known| known.facet == part.facet));
            (plan.outline(), missing)
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
    messages.extend(messages::of_organization(&plan.missing));
    messages
}

/// The manifest of a run that has read nothing yet, except what it carries over.
fn unread(
    plan: &Plan,
    options: &CollectOptions,
    identity: &Identity,
    base: &Base,
    region: &str,
    earlier: Option<&Earlier>,
) -> Manifest {
    let mut gaps: Vec<Gap> = plan.missing.iter().map(Missing::gap).collect();
    if plan.organization.is_some() || plan.unknown_organization {
        // until its structure has been read
        gaps.extend(reader::all_missing(&options.facets, "not read").iter().map(Missing::gap));
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
            trail_regions: match earlier {
                Some(earlier) => earlier.trail_regions.clone(),
                None if options.facets.has(Facet::Trails) => regions::read(&options.trail_regions, region),
                None => Vec::new(),
            },
        }),
        share: options.share.clone(),
        ledger: plan.ledger.clone(),
        gaps,
        read_at: taken.filter_map(|(id, taken)| Some((*id, taken.read_at?))).collect(),
        files: BTreeMap::new(),
    }
}
