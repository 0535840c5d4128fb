//! A whole collection, in order: settings, identity, list, then accounts and structure at the same time, then manifest.
//!
//! Owns: order, concurrency and the ledger. Does not know single calls.
//! INVARIANT: each listed account gets one ledger entry, whatever happens to its task.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::sync::Arc;

use tokio::task::{Id, JoinSet};

use super::account::{self, Outcome, Shared};
use super::base::{self, Base, Identity};
use super::causes;
use super::clients::{Budget, Clients};
use super::discover::{self, Listing, Membership};
use super::environment;
use super::error::Cause;
use super::journal::{Clock, Journal};
use super::options::{CollectOptions, Progress, Scope};
use super::session::Entry;
use super::structure::{self, Reader};
use crate::facet::Facet;
use crate::ids::AccountId;
use crate::snapshot::ledger::{AccountState, Gap, Ledger};
use crate::snapshot::manifest::{FORMAT, Manifest};
use crate::snapshot::organization::{Organization, OrganizationFile};
use crate::snapshot::write::{WriteError, Writer};

/// What is to be read, and what is known about the organisation before it is.
struct Plan {
    /// `None` where the account is in no organisation.
    organization: Option<Organization>,
    /// Whether there may be an organisation that could not be read.
    unknown_organization: bool,
    listing: Listing,
    gaps: Vec<Gap>,
    ledger: Ledger,
    targets: Vec<AccountId>,
}

/// See [`super::collect`].
pub(super) async fn run(
    options: &CollectOptions,
    progress: &dyn Progress,
    variable: &(dyn Fn(&str) -> Option<String> + Sync),
) -> Result<Manifest, Cause> {
    let clock = Clock::new(options.started);
    let settings = environment::check(variable)?;
    environment::check_role_name(&options.role_name)?;
    if let Some(endpoint) = &options.endpoint {
        environment::check_endpoint("endpoint", endpoint)?;
    }
    let base = base::load(options, variable).await?;
    let attempts = settings.max_attempts.unwrap_or(options.tuning.max_attempts);
    let clients = Clients::new(base.config.clone(), &options.tuning, attempts).ok_or(Cause::NoHttpClient)?;
    let identity = base::identity(&clients).await?;
    progress.identity(&identity.arn, &identity.account.to_string(), &base.source);
    // before the long part: a scan that cannot be written is not worth starting
    let writer = Arc::new(Writer::create(&options.snapshot_dir)?);

    let reader = Reader {
        client: clients.organizations(&Budget::of_organization()),
        page_limit: options.tuning.page_limit,
        account_tags: options.account_tags,
    };
    let mut plan = plan(options, progress, &reader, &identity, &base).await?;
    progress.listed(plan.ledger.iter().count(), plan.ledger.iter().count() - plan.targets.len());

    let shared = Arc::new(Shared {
        entry: Arc::new(entry(options, clients, &identity)),
        tuning: options.tuning.clone(),
        credential_report: options.credential_report,
        base_account: identity.account,
        aws_policies: Default::default(),
        writer: Arc::clone(&writer),
    });
    let mut journal = Journal::begin(
        writer,
        unread(&plan, options, &identity, &base),
        outline(&plan),
        clock,
        options.tuning.note_every,
    );
    let (outcomes, structure) = futures::join!(
        read_accounts(&plan, options, progress, &mut journal, |id| account::read(Arc::clone(&shared), id)),
        structure(&reader, &plan),
    );
    let outcomes = outcomes?;
    let (file, gaps) = structure;
    plan.gaps.extend(gaps);
    let messages = messages(&outcomes, &plan, options, &identity);
    if let Some(first) = messages.first()
        && !outcomes.values().any(|outcome| outcome.readable)
    {
        return Err(Cause::NothingRead { first: Box::new(first.clone()) });
    }
    messages.iter().for_each(|message| progress.warning(message));
    Ok(journal.finish(file, plan.gaps).await?)
}

fn entry(options: &CollectOptions, clients: Clients, identity: &Identity) -> Entry {
    Entry {
        clients,
        partition: identity.partition.clone(),
        role_name: options.role_name.clone(),
        external_id: options.external_id.clone(),
        session_name: options.session_name.clone(),
        session_duration: options.session_duration,
    }
}

/// Who is read. Only the scope *organisation* needs Organizations; the others go on without it, with a gap.
async fn plan(
    options: &CollectOptions,
    progress: &dyn Progress,
    reader: &Reader,
    identity: &Identity,
    base: &Base,
) -> Result<Plan, Cause> {
    let whole = options.scope == Scope::Organization;
    let discovery = |error| Cause::Discovery { error, identity: identity.arn.clone() };
    let mut plan = Plan {
        organization: None,
        unknown_organization: false,
        listing: Listing::default(),
        gaps: Vec::new(),
        ledger: Ledger::default(),
        targets: Vec::new(),
    };
    match discover::membership(&reader.client).await {
        Ok(Membership::Alone) => {
            progress.note("the account is in no organisation: only it is read, and there are no SCPs or RCPs");
        }
        Ok(Membership::In(organization)) => match discover::list(&reader.client, reader.page_limit).await {
            Ok(listing) => {
                if let Some(why) = discover::implausible(&listing, &organization, identity.account) {
                    if whole {
                        return Err(Cause::AccountList { why, endpoint: base.endpoint.clone() });
                    }
                    plan.gaps.push(structure::gap(Facet::Organization, why));
                }
                listing.notes.iter().for_each(|note| progress.note(note));
                plan.listing = listing;
                plan.organization = Some(organization);
            }
            Err(error) if whole => return Err(discovery(error)),
            Err(error) => {
                plan.gaps.push(structure::gap(Facet::Organization, &error));
                plan.organization = Some(organization);
                plan.unknown_organization = true;
            }
        },
        Err(error) if whole => return Err(discovery(error)),
        Err(error) => {
            plan.gaps.push(structure::gap(Facet::Organization, &error));
            plan.unknown_organization = true;
        }
    }
    for rejected in &plan.listing.rejected {
        let reason = format!("an entry of the account list has the id `{rejected}`, which names no account");
        plan.gaps.push(structure::gap(Facet::Organization, reason));
    }
    choose(&mut plan, options, identity);
    Ok(plan)
}

fn choose(plan: &mut Plan, options: &CollectOptions, identity: &Identity) {
    let wanted: Option<BTreeSet<AccountId>> = match &options.scope {
        Scope::Organization if plan.organization.is_some() => None,
        Scope::Organization | Scope::ThisAccount => Some(BTreeSet::from([identity.account])),
        Scope::Accounts(accounts) => Some(accounts.iter().copied().collect()),
    };
    for (id, listed) in &plan.listing.accounts {
        let outside = wanted.as_ref().is_some_and(|wanted| !wanted.contains(id));
        let skipped = match &listed.skipped {
            _ if outside => Some("outside the scope of this scan".to_owned()),
            reason => reason.clone(),
        };
        match skipped {
            Some(reason) => plan.ledger.set(*id, AccountState::Skipped { reason }),
            None => plan.targets.push(*id),
        }
    }
    let listed = &plan.listing.accounts;
    plan.targets.extend(wanted.iter().flatten().filter(|id| !listed.contains_key(id)));
    for id in &plan.targets {
        // replaced when the account ends; until then it is not complete
        plan.ledger.add_gap(*id, Facet::AuthorizationDetails, "not read");
    }
}

/// A task an account, at most `concurrency` at a time. A task that panics costs its own account.
async fn read_accounts<F>(
    plan: &Plan,
    options: &CollectOptions,
    progress: &dyn Progress,
    journal: &mut Journal,
    read: impl Fn(AccountId) -> F,
) -> Result<BTreeMap<AccountId, Outcome>, WriteError>
where
    F: Future<Output = Result<Outcome, WriteError>> + Send + 'static,
{
    let mut waiting = plan.targets.iter().copied();
    let mut running: JoinSet<Result<Outcome, WriteError>> = JoinSet::new();
    let mut accounts: BTreeMap<Id, AccountId> = BTreeMap::new();
    let mut outcomes = BTreeMap::new();
    loop {
        while running.len() < options.concurrency.max(1)
            && let Some(id) = waiting.next()
        {
            let task = running.spawn(read(id));
            accounts.insert(task.id(), id);
        }
        let ended = match tokio::time::timeout(options.tuning.note_every, running.join_next_with_id()).await {
            Ok(Some(ended)) => ended,
            Ok(None) => break,
            Err(_) => {
                journal.note().await?;
                continue;
            }
        };
        let (task, outcome) = match ended {
            Ok((task, outcome)) => (task, outcome?),
            Err(failed) => (failed.id(), Outcome::lost(&account::internal(), options.credential_report)),
        };
        let Some(id) = accounts.remove(&task) else { continue };
        let name = plan.listing.accounts.get(&id).map_or("", |listed| listed.account.name.as_str());
        if outcome.by_base {
            progress
                .note(&format!("account {id} does not let us assume the role; it was read with the base credentials"));
        }
        progress.account_done(id, name, &outcome.state());
        journal.ended(id, &outcome).await?;
        outcomes.insert(id, outcome);
    }
    Ok(outcomes)
}

/// What is known of the organisation before its structure has been read; `None` where there is none.
fn outline(plan: &Plan) -> Option<OrganizationFile> {
    let listed = plan.listing.accounts.values().map(|listed| listed.account.clone()).collect();
    (plan.organization.is_some() || plan.unknown_organization).then(|| OrganizationFile {
        organization: plan.organization.clone(),
        accounts: (!plan.unknown_organization).then_some(listed),
        ..OrganizationFile::default()
    })
}

/// The organisation's file: none where there is no organisation, an almost empty one where it could not be read.
async fn structure(reader: &Reader, plan: &Plan) -> (Option<OrganizationFile>, Vec<Gap>) {
    match &plan.organization {
        Some(organization) if !plan.unknown_organization => {
            let (file, gaps) = reader.read(organization.clone(), &plan.listing).await;
            (Some(file), gaps)
        }
        _ if plan.unknown_organization => {
            (outline(plan), vec![structure::gap(Facet::Guardrails, "the organisation could not be read")])
        }
        _ => (None, Vec::new()),
    }
}

fn messages(
    outcomes: &BTreeMap<AccountId, Outcome>,
    plan: &Plan,
    options: &CollectOptions,
    identity: &Identity,
) -> Vec<crate::diagnostic::Diagnostic> {
    let name =
        |id: AccountId| plan.listing.accounts.get(&id).map(|listed| listed.account.name.clone()).unwrap_or_default();
    let setting = causes::Setting { role_name: &options.role_name, identity: &identity.arn };
    let mut messages = causes::diagnostics(outcomes, &name, &setting);
    messages.extend(plan.gaps.iter().map(causes::of_organization));
    messages
}

/// The manifest of a run that has read nothing yet.
fn unread(plan: &Plan, options: &CollectOptions, identity: &Identity, base: &Base) -> Manifest {
    let mut gaps = plan.gaps.clone();
    if plan.organization.is_some() || plan.unknown_organization {
        // until its structure has been read
        gaps.push(structure::gap(Facet::Organization, "not read"));
        gaps.push(structure::gap(Facet::Guardrails, "not read"));
    }
    Manifest {
        format: FORMAT,
        tool: concat!("rolehop ", env!("CARGO_PKG_VERSION")).to_owned(),
        started: options.started,
        finished: None,
        identity: Some(identity.arn.clone()),
        endpoint: base.endpoint.clone(),
        ledger: plan.ledger.clone(),
        gaps,
        read_at: BTreeMap::new(),
        files: BTreeMap::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Diagnostic;

    struct Silent;

    impl Progress for Silent {
        fn identity(&self, _: &str, _: &str, _: &str) {}
        fn listed(&self, _: usize, _: usize) {}
        fn account_done(&self, _: AccountId, _: &str, _: &AccountState) {}
        fn note(&self, _: &str) {}
        fn warning(&self, _: &Diagnostic) {}
    }

    #[tokio::test]
    async fn an_account_whose_task_panics_costs_no_other() {
        let ids: Vec<_> = (1..=5).map(|n| AccountId::parse(&format!("{n:012}")).unwrap()).collect();
        let broken = ids[2];
        let plan = Plan {
            organization: None,
            unknown_organization: false,
            listing: Listing::default(),
            gaps: Vec::new(),
            ledger: Ledger::default(),
            targets: ids.clone(),
        };
        let started = "2026-01-02T03:04:05Z".parse().unwrap();
        let mut options = CollectOptions::new("audit", "unused", started);
        options.concurrency = 2;
        let directory = tempfile::tempdir().unwrap();
        let writer = Arc::new(Writer::create(directory.path()).unwrap());
        let manifest = serde_json::from_value(serde_json::json!({
            "format": FORMAT, "tool": "test", "started": started, "ledger": {}, "files": {},
        }));
        let mut journal =
            Journal::begin(writer, manifest.unwrap(), None, Clock::new(started), options.tuning.note_every);
        let read = |id| async move {
            assert!(id != broken, "a defect");
            Ok(Outcome { readable: true, ..Outcome::default() })
        };
        let outcomes = read_accounts(&plan, &options, &Silent, &mut journal, read).await.unwrap();
        assert_eq!(outcomes.keys().copied().collect::<Vec<_>>(), ids);
        assert!(outcomes.iter().all(|(id, outcome)| (*id == broken) != (outcome.state() == AccountState::Complete)));
        let manifest = journal.finish(None, Vec::new()).await.unwrap();
        assert_eq!((manifest.read_at.len(), manifest.ledger.is_complete()), (4, false));
    }
}
