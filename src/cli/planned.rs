//! Plans of Terraform and CloudFormation, as `what-if` takes them.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::str::FromStr;

use super::error::CliError;
use crate::diagnostic::{Code, Diagnostic};
use crate::difference::{ChangeKind, Difference, Source};
use crate::eval::describe;
use crate::graph::query::{Targets, account_named};
use crate::ids::AccountId;
use crate::model::{Estate, PrincipalType};
use crate::planned::cloudformation::{self, Parameters, Place};
use crate::planned::{Accounts, Plan, PlanError, Step, name_sources, settle, terraform};
use crate::policy;
use crate::snapshot::edit::{Edit, HolderKind, Setting, Value};
use crate::snapshot::{Snapshot, SnapshotError};

/// What is planned, and in which account.
#[derive(Debug, clap::Args)]
pub(super) struct PlannedArgs {
    /// With what `terraform show -json PLAN` plans
    #[arg(long, value_name = "FILE", help_heading = PLANNED)]
    terraform: Vec<PathBuf>,
    /// With this template or change set made
    #[arg(long, value_name = "FILE", help_heading = PLANNED)]
    cloudformation: Vec<PathBuf>,
    /// Of the template: Env=prod, AWS::StackName=app
    #[arg(long, value_name = "NAME=VALUE", help_heading = PLANNED)]
    parameter: Vec<OfParameter>,
    /// Of the template, as AWS's tools take them
    #[arg(long, value_name = "FILE", help_heading = PLANNED)]
    parameters_file: Option<PathBuf>,
    /// The account, where a plan does not show it
    #[arg(long, value_name = "ACCOUNT", help_heading = PLANNED)]
    account: Option<String>,
    /// The same of one provider: aws.prod=prod-core
    #[arg(long, value_name = "PROVIDER=ACCOUNT", help_heading = PLANNED)]
    provider: Vec<OfProvider>,
}

const PLANNED: &str = "Planned changes";

/// A provider and its account.
#[derive(Clone, Debug)]
struct OfProvider {
    key: String,
    account: String,
}

impl FromStr for OfProvider {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once('=') {
            Some((key, account)) if !key.is_empty() && !account.is_empty() => {
                Ok(Self { key: key.to_owned(), account: account.to_owned() })
            }
            _ => Err("both are needed: write PROVIDER=ACCOUNT, such as aws.prod=444455556666".to_owned()),
        }
    }
}

/// A parameter and its value.
#[derive(Clone, Debug)]
struct OfParameter {
    name: String,
    value: String,
}

impl FromStr for OfParameter {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once('=') {
            Some((name, value)) if !name.is_empty() => Ok(Self { name: name.to_owned(), value: value.to_owned() }),
            _ => Err("a value is missing: write NAME=VALUE".to_owned()),
        }
    }
}

/// Plans that were read, in order.
pub(super) struct Plans(Vec<(String, Plan)>);

impl From<PlanError> for CliError {
    fn from(error: PlanError) -> Self {
        Self::new(error.diagnostic())
    }
}

impl PlannedArgs {
    /// Reads every file.
    pub(super) fn read(&self, estate: &Estate, targets: &Targets) -> Result<Plans, CliError> {
        let told = terraform::Told {
            account: self.account.as_deref().map(|name| account(estate, name)).transpose()?,
            providers: self
                .provider
                .iter()
                .map(|of| Ok((of.key.clone(), account(estate, &of.account)?)))
                .collect::<Result<BTreeMap<_, _>, CliError>>()?,
        };
        let has_none = self.terraform.is_empty() && self.cloudformation.is_empty();
        if has_none && (told.account.is_some() || !told.providers.is_empty()) {
            return Err(CliError::usage(
                "an account is named, and no plan",
                "--account",
                "accounts are of plans: `--terraform FILE`, `--cloudformation FILE`",
                "name the plan too, or leave the account out",
            ));
        }
        if self.cloudformation.is_empty() && (self.parameters_file.is_some() || !self.parameter.is_empty()) {
            return Err(CliError::usage(
                "a parameter has a value, and no template is named",
                "--parameter",
                "parameters are of templates: `--cloudformation FILE`",
                "name the template too, or leave the parameter out; a plan of Terraform has its variables in it",
            ));
        }
        // by whatever path it is named
        let all = self.terraform.iter().chain(&self.cloudformation);
        let mut files: Vec<(PathBuf, &PathBuf)> =
            all.map(|file| (std::fs::canonicalize(file).unwrap_or_else(|_| file.clone()), file)).collect();
        files.sort();
        if let Some([_, (_, twice)]) = files.array_windows().find(|[(one, _), (other, _)]| one == other) {
            return Err(CliError::usage(
                format!("`{}` is named twice", twice.display()),
                twice.display().to_string(),
                "a plan is applied once",
                "name each plan once",
            ));
        }
        let mut plans = Vec::new();
        for file in &self.terraform {
            let place = file.display().to_string();
            let plan = terraform::read(bytes(file, &place)?, &place, &told)?;
            plans.push((place, plan));
        }
        let parameters = self.parameters()?;
        let of_snapshot = OfSnapshot { estate, account: told.account };
        for file in &self.cloudformation {
            let place = file.display().to_string();
            let plan = cloudformation::read(bytes(file, &place)?, &place, &parameters, &of_snapshot)?;
            plans.push((place, plan));
        }
        let mut all: Vec<&mut Plan> = plans.iter_mut().map(|(_, plan)| plan).collect();
        settle(&mut all, estate.policies(), targets, &of_snapshot);
        Ok(Plans(plans))
    }

    /// Values of parameters: those of the command line over those of the file.
    fn parameters(&self) -> Result<Parameters, CliError> {
        let mut all = match &self.parameters_file {
            Some(file) => {
                let place = file.display().to_string();
                let text = String::from_utf8_lossy(&bytes(file, &place)?).into_owned();
                cloudformation::of_file(&text, &place)?
            }
            None => Parameters::new(),
        };
        all.extend(self.parameter.iter().map(|own| (own.name.clone(), Some(own.value.clone()))));
        Ok(all)
    }
}

/// What the snapshot says of accounts, and of the one where stacks are.
struct OfSnapshot<'e> {
    estate: &'e Estate,
    account: Option<AccountId>,
}

impl Accounts for OfSnapshot<'_> {
    fn partition(&self, account: AccountId) -> String {
        let known = self.estate.account_by_id(account);
        known.map_or("aws", |ix| self.estate.account(ix).partition()).to_owned()
    }

    fn names(&self, account: AccountId) -> Vec<String> {
        let name = self.estate.account_by_id(account).map(|ix| self.estate.account(ix).name().to_owned());
        std::iter::once(account.to_string()).chain(name.filter(|name| !name.is_empty())).collect()
    }
}

impl Place for OfSnapshot<'_> {
    fn account(&self) -> Option<AccountId> {
        self.account
    }

    fn named_like(&self, account: AccountId, kind: HolderKind, prefix: &str) -> Vec<String> {
        let Some(ix) = self.estate.account_by_id(account) else { return Vec::new() };
        let wanted = match kind {
            HolderKind::Role => PrincipalType::Role,
            HolderKind::User => PrincipalType::User,
            HolderKind::Group => {
                let groups = self.estate.account(ix).facts().groups.iter().map(|group| group.name.clone());
                return groups.filter(|name| name.starts_with(prefix)).collect();
            }
        };
        let all = self.estate.principals_of(ix).map(|one| self.estate.principal(one));
        let named = all.filter(|one| one.kind() == wanted && one.name().starts_with(prefix));
        named.map(|one| one.name().to_owned()).collect()
    }
}

/// A file, or standard input for `-`.
fn bytes(file: &PathBuf, place: &str) -> Result<Vec<u8>, CliError> {
    let read = if place == "-" {
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut std::io::stdin(), &mut bytes).map(|_| bytes)
    } else {
        std::fs::read(file)
    };
    read.map_err(|error| {
        let next = "name the file that `terraform show -json` wrote, or a template";
        CliError::new(Diagnostic::new(Code::Usage, "cannot read the plan", place, error.to_string(), next))
    })
}

fn account(estate: &Estate, name: &str) -> Result<AccountId, CliError> {
    if let Some(ix) = account_named(estate, name)? {
        return Ok(estate.account(ix).id());
    }
    let place = format!("--account {name}");
    Err(CliError::usage(
        format!("no account is called `{name}`"),
        place,
        "the snapshot has no such account",
        "`rolehop accounts` lists them",
    ))
}

impl Plans {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn files(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(file, _)| file.as_str())
    }

    pub(super) fn edits(&self) -> impl Iterator<Item = Edit> {
        self.0.iter().flat_map(|(_, plan)| plan.steps.iter().map(|step| step.edit.clone()))
    }

    /// Which step of a plan does not fit the snapshot: the first without which those before it do.
    pub(super) fn unfit(&self, snapshot: &Snapshot) -> Option<CliError> {
        let edits: Vec<Edit> = self.edits().collect();
        let fails = |count: usize| snapshot.edited(edits.get(..count).unwrap_or_default()).err();
        let (mut fits, mut not) = (0, edits.len());
        fails(not)?;
        while fits + 1 < not {
            let middle = usize::midpoint(fits, not);
            if fails(middle).is_some() {
                not = middle;
            } else {
                fits = middle;
            }
        }
        let step = self.0.iter().flat_map(|(_, plan)| &plan.steps).nth(fits)?;
        let error = fails(not)?;
        let SnapshotError::Edit(why) = &error else { return Some(error.into()) };
        let next = "scan again and plan again: the plan is of another state than the snapshot";
        let what = format!("the plan does not fit the snapshot: {}", why.what);
        Some(CliError::new(Diagnostic::new(Code::NameUnknown, what, step.source.shown(), why.there.as_str(), next)))
    }

    /// Adds to a difference what plans each change, and what of the plans was not understood.
    pub(super) fn explain(&self, difference: &mut Difference) {
        if self.is_empty() {
            return;
        }
        let steps: Vec<Step> = self.0.iter().flat_map(|(_, plan)| plan.steps.iter().cloned()).collect();
        name_sources(difference, &steps);
        let created = difference.changes_mut().filter(|change| change.what.kind == ChangeKind::PrincipalCreated);
        for source in created.flat_map(|change| &mut change.sources) {
            source.trust = steps.iter().find_map(|step| trust(step, source)).unwrap_or_default();
        }
        difference.planned = self.0.iter().map(|(file, plan)| plan.view(file)).collect();
        difference.comparable &= difference.planned.iter().all(|plan| plan.not_understood.is_empty());
    }
}

/// What the trust policy says that a resource gives a role.
fn trust(step: &Step, source: &Source) -> Option<String> {
    let Edit::Set(_, Setting::Trust(_, Value::Known(document))) = &step.edit else { return None };
    let policy = policy::parse(document.get()).ok().filter(|_| step.source.resource == source.resource)?;
    Some(policy.statements.iter().map(describe).collect::<Vec<_>>().join("; "))
}
