//! `rolehop generate`: an invented organization on disk, for trials and benches.

use std::path::PathBuf;

use super::error::CliError;
use crate::diagnostic::{Diagnostic, Exit};
use crate::generate::{Spec, write};

/// Write an invented organization of any size, with the shapes of real ones; a share of 0 leaves a shape out.
#[derive(Debug, clap::Args)]
#[command(before_help = "Examples:\n  rolehop generate big --accounts 100 --roles 200")]
pub(super) struct Args {
    /// Directory to write
    dir: PathBuf,
    /// Accounts
    #[arg(long, value_name = "N", default_value_t = 20)]
    accounts: usize,
    /// Roles in each
    #[arg(long, value_name = "N", default_value_t = 50)]
    roles: usize,
    /// IAM users of the hub account [default: three an account, from 40 to 400]
    #[arg(long, value_name = "N")]
    hub_users: Option<usize>,
    /// Team roles, grants and hub users whose access depends on the tag `team` of the session
    #[arg(long, value_name = "PERCENT", default_value_t = shapes().abac)]
    abac: usize,
    /// Operator roles that pin the session name to the user's
    #[arg(long, value_name = "PERCENT", default_value_t = shapes().session_names)]
    session_names: usize,
    /// Operator and data roles that ask for a source identity
    #[arg(long, value_name = "PERCENT", default_value_t = shapes().source_identity)]
    source_identity: usize,
    /// Permission sets of Identity Center in every account
    #[arg(long, value_name = "N", default_value_t = shapes().sso_sets)]
    sso_sets: usize,
    /// People of Identity Center [default: five an account, from 40 to 5000]
    #[arg(long, value_name = "N")]
    people: Option<usize>,
    /// Accounts with a role that trusts `*` of the organization
    #[arg(long, value_name = "PERCENT", default_value_t = shapes().any_principal)]
    any_principal: usize,
    /// The same seed gives the same bytes
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
}

/// The shares that an organization of any size has by default.
fn shapes() -> Spec {
    Spec::new(1, 0)
}

impl Args {
    fn spec(&self) -> Spec {
        let typical = Spec::new(self.accounts, self.roles);
        Spec {
            hub_users: self.hub_users.unwrap_or(typical.hub_users),
            seed: self.seed,
            abac: self.abac,
            session_names: self.session_names,
            source_identity: self.source_identity,
            sso_sets: self.sso_sets,
            people: self.people.unwrap_or_else(|| (5 * self.accounts).clamp(40, 5000)),
            any_principal: self.any_principal,
            ..typical
        }
    }
}

pub(super) fn run(args: &Args) -> Result<Exit, CliError> {
    write(&args.spec(), &args.dir).map_err(|error| CliError::new(Diagnostic::from(&error)))?;
    Ok(Exit::Clean)
}
