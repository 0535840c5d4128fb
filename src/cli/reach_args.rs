//! Options of `who-can` and `can`: who is shown, in how many groups, in which format.

use std::collections::BTreeSet;

use clap::{Args, ValueEnum};

use super::account_args::AccountArgs;
use super::error::CliError;
use crate::answer::{Grouping, Verdict, Who};
use crate::graph::Members;
use crate::graph::query::ReachFilter;
use crate::model::Estate;
use crate::report::csv::Formulas;

/// Groups that the first screen shows.
const SCREEN: usize = 20;

/// Who is shown.
#[derive(Debug, Args)]
pub(super) struct FilterArgs {
    /// Only principals of these kinds
    #[arg(long, value_name = "KIND", value_delimiter = ',')]
    kind: Vec<Kind>,
    /// Only people, IAM users, outsiders, and whoever may sign in by an identity provider
    #[arg(long, conflicts_with = "kind")]
    people: bool,
    /// Only roles, AWS services, CI jobs, pods, and outsiders who may be programs
    #[arg(long, conflicts_with_all = ["kind", "people"])]
    machines: bool,
    /// Only outside accounts, identity providers and the public
    #[arg(long, conflicts_with_all = ["kind", "people", "machines"])]
    external_only: bool,
    #[command(flatten)]
    scope: ScopeArgs,
}

/// Which accounts and verdicts are shown.
#[derive(Debug, Args)]
pub(super) struct ScopeArgs {
    #[command(flatten)]
    accounts: AccountArgs,
    /// Only roles reached with these verdicts
    #[arg(long, value_name = "VERDICT", value_delimiter = ',')]
    verdict: Vec<Verdict>,
}

/// How it is shown.
#[derive(Debug, Args)]
pub(super) struct ReachFormat {
    /// Format of the answer
    #[arg(short, long, value_name = "FORMAT", default_value = "table", env = "ROLEHOP_FORMAT")]
    format: Format,
    /// Short for --format json
    #[arg(long, conflicts_with = "format")]
    json: bool,
    /// Groups in table and Markdown
    #[arg(long, value_name = "N", default_value_t = SCREEN)]
    limit: usize,
    /// Every group in table and Markdown
    #[arg(long, conflicts_with = "limit")]
    all: bool,
    /// A line for each principal and role in the table
    #[arg(long, conflicts_with_all = ["limit", "all"])]
    pub(super) expand: bool,
    /// Do not defuse CSV cells that look like formulas
    #[arg(long)]
    csv_raw: bool,
}

/// Kinds of principals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// As --people
    Person,
    /// IAM users
    User,
    /// Roles
    Role,
    /// AWS services
    Service,
    /// Identity providers
    Federated,
    /// Outside accounts, their principals, and the public
    External,
}

/// Formats of who reaches what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// Counts and groups, or lines with --expand
    Table,
    /// Every principal and role
    Json,
    /// A line for each principal and role
    Csv,
    /// Counts and groups
    Markdown,
}

impl Kind {
    /// What an unread account holds may be users and roles.
    fn who(self) -> &'static [Who] {
        match self {
            Self::Person => &[Who::People, Who::Users, Who::Outsiders, Who::Federated, Who::Carriers, Who::Unread],
            Self::User => &[Who::Users, Who::Unread],
            Self::Role => &[Who::Roles, Who::PeopleRoles, Who::Unread],
            Self::Service => &[Who::Services, Who::Carriers],
            Self::Federated => &[Who::Federated],
            Self::External => &[Who::Outsiders],
        }
    }
}

impl FilterArgs {
    /// The filter that these options ask for.
    pub(super) fn filter(&self, estate: &Estate) -> Result<ReachFilter, CliError> {
        let outside: &[Who] = if self.external_only { &[Who::Outsiders, Who::Federated] } else { &[] };
        let people = if self.people { Kind::Person.who() } else { &[] };
        let machines: &[Who] =
            if self.machines { &[Who::Roles, Who::PeopleRoles, Who::Services, Who::Unread] } else { &[] };
        let who = self
            .kind
            .iter()
            .flat_map(|kind| kind.who())
            .chain(people)
            .chain(machines)
            .chain(outside)
            .copied()
            .collect();
        let asks = |kind| self.kind.contains(&kind);
        let leaves_out = self.people || asks(Kind::Person) && !asks(Kind::Federated) && !asks(Kind::Service);
        let workloads = if self.machines { Some(true) } else { leaves_out.then_some(false) };
        Ok(ReachFilter { who, workloads, accounts: self.scope.accounts(estate)?, verdicts: self.scope.verdicts() })
    }
}

impl FilterArgs {
    /// The options that are given, as they are written.
    pub(super) fn asked(&self) -> Vec<String> {
        let switches =
            [(self.people, "--people"), (self.machines, "--machines"), (self.external_only, "--external-only")];
        let kinds = self.kind.iter().filter_map(ValueEnum::to_possible_value);
        let mut asked: Vec<String> = kinds.map(|kind| format!("--kind {}", kind.get_name())).collect();
        asked.extend(switches.into_iter().filter(|(is_set, _)| *is_set).map(|(_, option)| option.to_owned()));
        asked.extend(self.scope.asked());
        asked
    }
}

impl ScopeArgs {
    /// The options that are given, as they are written.
    pub(super) fn asked(&self) -> Vec<String> {
        let verdicts = self.verdict.iter().map(|verdict| format!("--verdict {}", verdict.as_str()));
        self.accounts.asked().into_iter().chain(verdicts).collect()
    }

    /// The accounts that are asked for.
    pub(super) fn accounts(&self, estate: &Estate) -> Result<Option<Members>, CliError> {
        self.accounts.members(estate)
    }

    /// The verdicts that are asked for; none for all.
    pub(super) fn verdicts(&self) -> BTreeSet<Verdict> {
        self.verdict.iter().copied().collect()
    }
}

impl ReachFormat {
    pub(super) fn chosen(&self) -> Format {
        if self.json { Format::Json } else { self.format }
    }

    /// How CSV cells that look like formulas are written.
    pub(super) fn formulas(&self) -> Formulas {
        if self.csv_raw { Formulas::Raw } else { Formulas::Defused }
    }

    /// Groups to show at most.
    pub(super) fn most(&self) -> usize {
        if self.all { usize::MAX } else { self.limit }
    }

    /// How far answers are put together: to about a screen.
    pub(super) fn grouping(&self) -> Grouping {
        if self.all { Grouping::Every } else { Grouping::Near(self.limit.max(SCREEN)) }
    }
}
