//! What to read and how: the options that `collect`, `scan` and `doctor` share.
//!
//! Owns: these options, and their values together with configuration and defaults. Does not read anything.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::ArgAction;
use clap::builder::BoolishValueParser;
use jiff::{SignedDuration, Timestamp};

use super::error::CliError;
use super::facet_args::FacetArgs;
use super::headings::SESSIONS;
use super::location::{self, Location};
use super::output;
use super::places::{newest, snapshots_dir, stamp};
use crate::collect::{CollectOptions, Environment, ExternalId, Resume, Scope, SessionMarks, SessionOptions};
use crate::config::Config;
use crate::facet::Facets;
use crate::ids::AccountId;
use crate::selection::{Selection, Selector};
use crate::snapshot::Snapshot;
use crate::snapshot::share::Shard;

/// How long a person at the terminal has to sign in again.
const SIGN_IN_WAIT: Duration = Duration::from_secs(300);

/// What to read and how.
#[derive(Debug, clap::Args)]
pub(super) struct CollectArgs {
    #[command(flatten)]
    access: Access,
    #[command(flatten)]
    scope: ScopeArgs,
    #[command(flatten)]
    facets: FacetArgs,
    /// Continue the newest snapshot, or --snapshot
    #[arg(long, help_heading = "Collection")]
    resume: bool,
    /// Write to `part-I` below it; I: number of shard
    ///
    /// A directory, or a place `s3://BUCKET/PREFIX`.
    #[arg(long, value_name = "DIR", requires = "accounts_file", help_heading = "Collection")]
    snapshot_under: Option<String>,
    /// Resume: read what is older again
    #[arg(long, value_name = "TIME", default_value = "24h", value_parser = duration, help_heading = "Collection")]
    max_age: Duration,
    /// Calls in flight
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1000), env = "ROLEHOP_CONCURRENCY", help_heading = "Collection")]
    concurrency: Option<u16>,
    /// Few calls, low rate: spares AWS's quotas
    #[arg(long, env = "ROLEHOP_POLITE", action = ArgAction::SetTrue, value_parser = BoolishValueParser::new(), help_heading = "Collection")]
    polite: bool,
    /// Stop after this time and keep what was read
    #[arg(long, value_name = "TIME", value_parser = duration, env = "ROLEHOP_DEADLINE", help_heading = "Collection")]
    deadline: Option<Duration>,
    /// Metrics as a line of JSON; `-`: standard output
    ///
    /// The line is in CloudWatch's embedded metric format.
    #[arg(long, value_name = "FILE", env = "ROLEHOP_METRICS", help_heading = "Collection")]
    metrics: Option<PathBuf>,
}

/// How accounts are entered.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Access")]
pub(super) struct Access {
    /// Read-only role in each account: [path/]name
    #[arg(long, value_name = "NAME", env = "ROLEHOP_ROLE_NAME")]
    role_name: Option<String>,
    /// Its ARN, with {account} and {role} in it
    #[arg(long, value_name = "ARN", env = "ROLEHOP_ROLE_ARN_TEMPLATE")]
    role_arn_template: Option<String>,
    /// External id (better in ROLEHOP_EXTERNAL_ID)
    #[arg(long, value_name = "ID", env = "ROLEHOP_EXTERNAL_ID", hide_env_values = true)]
    external_id: Option<String>,
    /// AWS profile of the credentials to start with
    #[arg(long, value_name = "NAME", env = "ROLEHOP_PROFILE")]
    profile: Option<String>,
    /// Code of the MFA device, if there is no terminal to ask on
    #[arg(long, value_name = "CODE", env = "ROLEHOP_MFA_CODE", hide_env_values = true, help_heading = SESSIONS)]
    mfa_code: Option<String>,
    /// MFA device, if the profile names none: serial number or ARN
    #[arg(long, value_name = "SERIAL", env = "ROLEHOP_MFA_SERIAL", help_heading = SESSIONS)]
    mfa_serial: Option<String>,
    /// How long to wait for a new sign-in if credentials expire; 5m at a terminal, else not at all
    #[arg(long, value_name = "TIME", value_parser = duration, env = "ROLEHOP_SIGN_IN_WAIT", help_heading = SESSIONS)]
    sign_in_wait: Option<Duration>,
    /// Region of STS and CloudTrail
    #[arg(long, value_name = "REGION", value_parser = region, env = "ROLEHOP_REGION")]
    region: Option<String>,
    /// Session name, as it shows in CloudTrail
    #[arg(long, value_name = "NAME", default_value = "rolehop", env = "ROLEHOP_SESSION_NAME", help_heading = SESSIONS)]
    session_name: String,
    /// Length of a session in minutes
    #[arg(long, value_name = "MINUTES", default_value_t = 60, value_parser = clap::value_parser!(u16).range(15..=720), help_heading = SESSIONS)]
    session_duration: u16,
    /// Source identity of the sessions; the role must allow sts:SetSourceIdentity
    #[arg(long, value_name = "NAME", env = "ROLEHOP_SOURCE_IDENTITY", help_heading = SESSIONS)]
    source_identity: Option<String>,
    /// Tag of the sessions; the role must allow sts:TagSession
    #[arg(long, value_name = "KEY=VALUE", value_parser = pair, help_heading = SESSIONS)]
    session_tag: Vec<(String, String)>,
    /// Assume a role without session tags and source identity if it does not allow them
    #[arg(long, help_heading = SESSIONS)]
    marks_optional: bool,
    /// Do not limit the sessions to read calls by a session policy
    #[arg(long, help_heading = SESSIONS)]
    no_session_policy: bool,
}

/// Whose accounts.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Scope")]
pub(super) struct ScopeArgs {
    /// Only these accounts, not all of the organization
    #[arg(long, value_name = "ID", value_delimiter = ',', conflicts_with_all = ["this_account", "include", "exclude"])]
    accounts: Vec<AccountId>,
    #[command(flatten)]
    selection: SelectionArgs,
    /// Only the account of the credentials
    #[arg(long, conflicts_with_all = ["include", "exclude"])]
    this_account: bool,
    /// Only those of a list: ids, or `accounts --list`
    ///
    /// One id per line, or CSV as `rolehop accounts --list` prints it.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["accounts", "this_account", "include", "exclude"], env = "ROLEHOP_ACCOUNTS_FILE")]
    accounts_file: Option<PathBuf>,
    /// One part of that list, for `rolehop merge`
    ///
    /// By default the part that AWS Batch or a Kubernetes Indexed Job sets.
    #[arg(long, value_name = "I/N", requires = "accounts_file", env = "ROLEHOP_SHARD")]
    shard: Option<Shard>,
}

/// Which of the accounts that the organization lists.
#[derive(Debug, clap::Args)]
pub(super) struct SelectionArgs {
    /// Only these: id, name glob, ou:OU, tag:KEY=VALUE
    ///
    /// An OU is named by its id or path, and everything below it is included. A tag's value is a glob.
    #[arg(long, value_name = "SELECTOR", value_delimiter = ',')]
    include: Vec<Selector>,
    /// Leave out these
    #[arg(long, value_name = "SELECTOR", value_delimiter = ',')]
    exclude: Vec<Selector>,
}

impl SelectionArgs {
    pub(super) fn is_empty(&self) -> bool {
        self.include.is_empty() && self.exclude.is_empty()
    }

    /// The selection; what the command line does not give comes from the configuration.
    pub(super) fn or(&self, config: &Config) -> Selection {
        let or = |given: &[Selector], configured: &[Selector]| match given {
            [] => configured.to_vec(),
            given => given.to_vec(),
        };
        let scan = &config.scan;
        Selection { include: or(&self.include, &scan.include), exclude: or(&self.exclude, &scan.exclude) }
    }
}

impl CollectArgs {
    /// Options, and the location that their snapshot is written to.
    pub(super) fn placed(
        &self,
        config: &Config,
        snapshot: Option<&Path>,
    ) -> Result<(CollectOptions, Location), CliError> {
        let mut options = self.options(config, snapshot)?;
        self.metrics().map_or(Ok(()), output::check_place)?;
        if let Some(under) = &self.snapshot_under {
            let index = options.share.as_ref().and_then(|share| share.shard).map_or(1, |shard| shard.index);
            // a URL is not a path: joining would work for both, except for a trailing slash
            options.snapshot_dir = PathBuf::from(format!("{}/part-{index}", under.trim_end_matches('/')));
        }
        let location = Location::write(&options.snapshot_dir, self.resume)?;
        options.snapshot_dir.clone_from(&location.dir);
        options.sizes = sizes_before(&options.snapshot_dir, &snapshots_dir(config));
        Ok((options, location))
    }

    /// Options from flags, configuration and defaults, in this order.
    pub(super) fn options(&self, config: &Config, snapshot: Option<&Path>) -> Result<CollectOptions, CliError> {
        let started = Timestamp::now();
        let fresh = || snapshots_dir(config).join(stamp(started));
        let dir = match snapshot {
            Some(dir) => dir.to_owned(),
            None if self.resume => newest(&snapshots_dir(config)).unwrap_or_else(|_| fresh()),
            None => fresh(),
        };
        let mut options = CollectOptions::new(self.access.role(config)?, dir, started);
        options.environment = environment();
        self.access.apply(config, &mut options)?;
        self.facets.apply(config, &mut options)?;
        options.selection = self.scope.selection.or(config);
        self.facets.needed(config, &options.selection, &mut options.facets)?;
        let configured = config.scan.concurrency.unwrap_or(options.concurrency).max(1);
        options.concurrency = self.concurrency.map_or(configured, usize::from);
        options.polite = self.polite;
        options.deadline = self.deadline;
        options.resume = self.resume.then_some(Resume { max_age: self.max_age });
        if self.scope.this_account {
            options.scope = Scope::ThisAccount;
        } else if !self.scope.accounts.is_empty() {
            options.scope = Scope::Accounts(self.scope.accounts.clone());
        } else if let Some(file) = &self.scope.accounts_file {
            let list = location::account_list(file)?;
            let (accounts, share) = list.share(self.scope.shard()?);
            options.scope = Scope::Accounts(accounts);
            options.share = Some(share);
        }
        Ok(options)
    }
}

impl CollectArgs {
    /// Where the metrics of the run go.
    pub(super) fn metrics(&self) -> Option<&Path> {
        self.metrics.as_deref()
    }

    /// The chosen data sets, and those that the configuration needs.
    pub(super) fn facets(&self, config: &Config) -> Result<Facets, CliError> {
        let mut facets = self.facets.facets()?;
        self.facets.needed(config, &self.scope.selection.or(config), &mut facets)?;
        Ok(facets)
    }

    /// The role that reads people, if one is named.
    pub(super) fn people_role(&self, config: &Config) -> Option<String> {
        self.facets.people(config).role
    }

    /// The role's name, or the default if none is given.
    pub(super) fn role_or(&self, config: &Config, default: &str) -> String {
        self.access.role(config).unwrap_or_else(|_| default.to_owned())
    }
}

impl Access {
    fn role(&self, config: &Config) -> Result<String, CliError> {
        let role = self.role_name.clone().or_else(|| config.scan.role_name.clone());
        let named = self.role_arn_template.as_ref().filter(|template| !template.contains("{role}"));
        let role = role.or_else(|| named.and_then(|arn| arn.rsplit('/').next()).map(str::to_owned));
        role.ok_or_else(|| {
            CliError::usage(
                "no role to assume was given",
                "--role-name",
                "each account is read through a read-only role of the same name",
                "`rolehop scan --role-name audit-readonly`, or `role_name` under `[scan]` in rolehop.toml",
            )
        })
    }

    fn apply(&self, config: &Config, options: &mut CollectOptions) -> Result<(), CliError> {
        options.role_arn_template.clone_from(&self.role_arn_template);
        options.external_id = self.external_id(config)?.map(ExternalId::new);
        if options.external_id.as_ref().is_some_and(|id| !id.is_valid()) {
            return Err(CliError::usage(
                "the external id is none that AWS takes",
                "--external-id, ROLEHOP_EXTERNAL_ID or [scan] external_id",
                "it has 2 to 1224 letters, digits and characters of `_+=,.@:/-`; a blank, a quote or a line break may have come along",
                "give it as it stands in the trust policy",
            ));
        }
        options.profile.clone_from(&self.profile);
        options.mfa = super::mfa::source(self.mfa_serial.clone(), self.mfa_code.clone());
        let somebody = if super::mfa::has_terminal() { SIGN_IN_WAIT } else { Duration::ZERO };
        options.tuning.sign_in_wait = self.sign_in_wait.unwrap_or(somebody);
        options.region = self.region.clone().or_else(|| config.scan.region.clone());
        options.session = SessionOptions {
            name: self.session_name.clone(),
            duration: Duration::from_secs(60 * u64::from(self.session_duration)),
            marks: SessionMarks {
                source_identity: self.source_identity.clone(),
                tags: self.session_tag.iter().cloned().collect(),
            },
            marks_optional: self.marks_optional,
            policy: !self.no_session_policy,
        };
        Ok(())
    }

    fn external_id(&self, config: &Config) -> Result<Option<String>, CliError> {
        if self.external_id.is_some() {
            return Ok(self.external_id.clone());
        }
        let Some(reference) = &config.scan.external_id else { return Ok(None) };
        std::env::var(&reference.env).map(Some).map_err(|_| {
            CliError::usage(
                format!("the external id is not in the environment variable `{}`", reference.env),
                "[scan] external_id",
                "the configuration says that it is there",
                "set the variable, or remove the key",
            )
        })
    }
}

impl ScopeArgs {
    fn shard(&self) -> Result<Option<Shard>, CliError> {
        let variable = |name: &str| std::env::var(name).ok();
        match self.shard {
            Some(shard) => Ok(Some(shard)),
            None => Shard::from_environment(&variable).map_err(|error| {
                let next = "set both variables as the job's documentation says, or name the part with `--shard I/N`";
                CliError::usage(error.to_string(), "the environment", "it says which part of a job this is", next)
            }),
        }
    }
}

/// `eu-west-1`. Regions are added, so that only their form is known.
fn region(text: &str) -> Result<String, String> {
    let mut parts = text.split('-');
    let number = parts.next_back().unwrap_or_default();
    let is_number = (1..=2).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit());
    let mut words = 0_usize;
    let are_words = parts.all(|word| {
        words += 1;
        !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase())
    });
    let named = is_number && are_words && words >= 2;
    named.then(|| text.to_owned()).ok_or_else(|| "a Region is given like `eu-west-1`".to_owned())
}

/// `30m`, `1h 30m`, `90s`.
fn duration(text: &str) -> Result<Duration, String> {
    let parsed: Option<SignedDuration> = text.parse().ok();
    let positive = parsed.and_then(|duration| Duration::try_from(duration).ok()).filter(|duration| !duration.is_zero());
    positive.ok_or_else(|| "a time is given like `30m`, `24h` or `90s`".to_owned())
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("a tag is given as KEY=VALUE")?;
    Ok((key.to_owned(), value.to_owned()))
}

/// The environment variables of this process.
pub(super) fn environment() -> Environment {
    Environment::new(|name| std::env::var_os(name).map(|value| value.to_string_lossy().into_owned()))
}

/// How large the accounts were in the snapshot that is replaced, or else in the newest. It only decides which accounts are read
/// first: if no such snapshot can be read, nothing is lost.
fn sizes_before(replaced: &Path, snapshots: &Path) -> BTreeMap<AccountId, u64> {
    let sizes = |dir: &Path| Snapshot::open(dir).map(|snapshot| snapshot.sizes()).ok();
    sizes(replaced).or_else(|| sizes(&newest(snapshots).ok()?)).unwrap_or_default()
}
