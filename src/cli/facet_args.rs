//! Which data sets a collection reads: the options, and what the configuration needs beside them.

use super::error::CliError;
use super::headings::{CLOUDTRAIL, PEOPLE};
use crate::arn::Arn;
use crate::collect::{AssignmentsBy, CollectOptions, EventSearch, PeopleOptions};
use crate::config::Config;
use crate::facet::{Facet, Facets, UnknownFacet};
use crate::selection::Selection;

/// What is read of them.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Collection")]
pub(super) struct FacetArgs {
    /// Read core, credentials, trails, all, ...
    ///
    /// Data sets, or groups of them. The facets page of the documentation lists them.
    #[arg(long, value_name = "FACET", value_delimiter = ',', env = "ROLEHOP_FACETS")]
    facets: Vec<String>,
    /// Data sets to leave out
    #[arg(long, value_name = "FACET", value_delimiter = ',', env = "ROLEHOP_SKIP_FACETS")]
    skip_facets: Vec<String>,
    /// More regions whose trails are read; `all`: every enabled one
    #[arg(long, value_name = "REGION", value_delimiter = ',', help_heading = CLOUDTRAIL)]
    trail_regions: Vec<String>,
    /// Look up who assumed these roles: ARNs, or names for every account
    #[arg(long, value_name = "ROLE", value_delimiter = ',', help_heading = CLOUDTRAIL)]
    events_of: Vec<String>,
    /// How far back to look
    #[arg(long, value_name = "DAYS", default_value_t = 90, value_parser = clap::value_parser!(u16).range(1..=90), help_heading = CLOUDTRAIL)]
    events_days: u16,
    /// More regions to look in
    #[arg(long, value_name = "REGION", value_delimiter = ',', help_heading = CLOUDTRAIL)]
    events_regions: Vec<String>,
    /// Region of IAM Identity Center; otherwise it is looked for
    #[arg(long, value_name = "REGION", env = "ROLEHOP_IDENTITY_CENTER_REGION", help_heading = PEOPLE)]
    identity_center_region: Option<String>,
    /// Role to read IAM Identity Center with: the ARN of one in the management account or its delegated administrator
    #[arg(long, value_name = "ARN", value_parser = role_arn, env = "ROLEHOP_IDENTITY_CENTER_ROLE", help_heading = PEOPLE)]
    identity_center_role: Option<String>,
    /// Calls a second about people; AWS allows 20, shared with everybody else
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=20), help_heading = PEOPLE)]
    identity_center_rate: u16,
    /// How assignments are asked for; those of deleted users are found by account alone
    #[arg(long, value_name = "WAY", value_enum, default_value_t, help_heading = PEOPLE)]
    identity_center_assignments: Way,
}

/// How assignments are asked for.
#[derive(Clone, Copy, Debug, Default, clap::ValueEnum)]
enum Way {
    /// Whichever takes fewer calls
    #[default]
    FewerCalls,
    /// By account and permission set
    Account,
    /// By user and group
    Principal,
}

/// The ARN of a role.
fn role_arn(text: &str) -> Result<String, String> {
    let arn = Arn::parse(text).filter(|arn| arn.service == "iam" && arn.resource.starts_with("role/"));
    let is_role = arn.is_some_and(|arn| arn.account_id().is_some());
    let example = "a role is given by its ARN, like `arn:aws:iam::111122223333:role/identity-readonly`";
    is_role.then(|| text.to_owned()).ok_or_else(|| example.to_owned())
}

impl FacetArgs {
    /// Sets what is read.
    pub(super) fn apply(&self, config: &Config, options: &mut CollectOptions) -> Result<(), CliError> {
        options.facets = self.facets()?;
        options.people = self.people(config);
        options.trail_regions.clone_from(&self.trail_regions);
        if !self.events_of.is_empty() {
            options.facets.add(Facet::AssumeRoleEvents);
            options.events = Some(EventSearch {
                roles: self.events_of.clone(),
                days: self.events_days,
                regions: self.events_regions.clone(),
            });
        } else if options.facets.has(Facet::AssumeRoleEvents) {
            return Err(CliError::usage(
                "whose events are to be looked up was not said",
                "--facets assume-role-events",
                "CloudTrail answers two requests a second for an account: looking up every role would take days",
                "name roles with `--events-of ROLE`",
            ));
        }
        Ok(())
    }

    /// How people are read.
    pub(super) fn people(&self, config: &Config) -> PeopleOptions {
        let or = |given: &Option<String>, configured: &Option<String>| given.clone().or_else(|| configured.clone());
        PeopleOptions {
            region: or(&self.identity_center_region, &config.scan.identity_center_region),
            role: or(&self.identity_center_role, &config.scan.identity_center_role),
            rate: f64::from(self.identity_center_rate),
            assignments: match self.identity_center_assignments {
                Way::FewerCalls => AssignmentsBy::FewerCalls,
                Way::Account => AssignmentsBy::Account,
                Way::Principal => AssignmentsBy::Principal,
            },
        }
    }

    /// Adds what the configuration and the selection need, unless it was explicitly left out.
    pub(super) fn needed(&self, config: &Config, selection: &Selection, facets: &mut Facets) -> Result<(), CliError> {
        let by_target = config.targets.values().any(|target| !target.tags.is_empty());
        let left_out = |word: &str| self.skip_facets.iter().any(|skipped| skipped.trim() == word);
        let skipped = [Facet::AccountTags.as_str(), "organization", "all"].into_iter().any(left_out);
        if selection.has_tags() && skipped {
            return Err(CliError::usage(
                "accounts are selected by tags that are not to be read",
                "--skip-facets",
                "who is read at all depends on the tags of the accounts",
                "leave `--skip-facets account-tags` out, or select by `ou:` or by name",
            ));
        }
        if (by_target && !skipped) || selection.has_tags() {
            facets.add(Facet::AccountTags);
        }
        Ok(())
    }

    /// The data sets that are chosen.
    pub(super) fn facets(&self) -> Result<Facets, CliError> {
        let unknown = |option: &'static str| {
            move |error: UnknownFacet| {
                let known = format!("known are {}", Facets::words().join(", "));
                CliError::usage(format!("`{}` is no data set", error.word), option, &known, "name one of these")
            }
        };
        // an environment variable that is set to nothing names none
        let words = |list: &[String]| {
            list.iter().map(|word| word.trim().to_owned()).filter(|word| !word.is_empty()).collect::<Vec<_>>()
        };
        let chosen = words(&self.facets);
        let left_out = words(&self.skip_facets);
        let facets = if chosen.is_empty() {
            Facets::default()
        } else {
            Facets::named(chosen.iter().map(String::as_str)).map_err(unknown("--facets"))?
        };
        facets.without(left_out.iter().map(String::as_str)).map_err(unknown("--skip-facets"))
    }
}
