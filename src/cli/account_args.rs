//! Options that narrow an answer to some accounts.

use std::collections::BTreeSet;

use clap::Args;

use super::error::CliError;
use super::output::Console;
use crate::facet::Facet;
use crate::graph::Members;
use crate::graph::query;
use crate::ids::AccountIx;
use crate::model::{Estate, Presence};
use crate::selection::{Selector, TargetSpec};
use crate::snapshot::ledger::Gap;

/// Which accounts an answer is about; all where none is given.
#[derive(Debug, Default, Args)]
pub(super) struct AccountArgs {
    /// Only in these accounts: id, name glob, ou:PATH-or-id, tag:KEY=VALUE
    #[arg(long, value_name = "SELECTOR", value_delimiter = ',')]
    account: Vec<Selector>,
    /// Only in accounts of these OUs: path or id
    #[arg(long, value_name = "OU", value_delimiter = ',', value_parser = unit)]
    ou: Vec<String>,
}

/// The path of nothing is that of the root: what is empty by a slip must not stand for the whole organization.
fn unit(text: &str) -> Result<String, String> {
    match text.trim() {
        "" => Err("it is empty; an OU is named by its path (`/Workloads/Prod`) or its id (`ou-…`)".to_owned()),
        _ => Ok(text.to_owned()),
    }
}

/// Why nothing is said of accounts of which none was read. Where one was, an account that is closed or was left out changes nothing, as
/// in an answer about all.
fn unread(estate: &Estate, accounts: &BTreeSet<AccountIx>) -> Vec<Gap> {
    let gap = |ix: &AccountIx| {
        let account = estate.account(*ix);
        let reason = match account.presence() {
            Presence::Skipped(why) => why.clone(),
            Presence::LeftOut(gap) => estate.gap(*gap).reason.clone(),
            Presence::Collected | Presence::Missing(_) => return None,
        };
        let reason = format!("it was not read: {reason}");
        Some(Gap { scope: account.id().into(), facet: Facet::AuthorizationDetails, reason })
    };
    let gaps: Vec<Option<Gap>> = accounts.iter().map(gap).collect();
    gaps.into_iter().collect::<Option<_>>().unwrap_or_default()
}

impl AccountArgs {
    /// The accounts that are asked for; `None` for all.
    pub(super) fn members(&self, estate: &Estate) -> Result<Option<Members>, CliError> {
        let members = self.spec().map(|(name, spec)| query::selected_accounts(estate, &name, &spec)).transpose()?;
        Ok(members.map(|mut members| {
            members.gaps.extend(unread(estate, &members.accounts));
            members
        }))
    }

    /// The options that are given, as they are written.
    pub(super) fn asked(&self) -> Vec<String> {
        let accounts = self.account.iter().map(|selector| format!("--account {selector}"));
        accounts.chain(self.ou.iter().map(|unit| format!("--ou {unit}"))).collect()
    }

    /// As [`AccountArgs::members`]; says why other accounts may be among them.
    pub(super) fn told(&self, estate: &Estate, console: &Console) -> Result<Option<Members>, CliError> {
        let members = self.members(estate)?;
        for gap in members.iter().flat_map(|members| &members.gaps) {
            console.say(&if gap.facet == Facet::AuthorizationDetails {
                format!("note: nothing is known of what is asked for: {}", gap.sentence())
            } else {
                let note = "note: other accounts may be among those that are asked for";
                format!("{note}: {}: {}", gap.facet, gap.reason)
            });
        }
        Ok(members)
    }

    /// The accounts, as written and as a definition.
    fn spec(&self) -> Option<(String, TargetSpec)> {
        let mut spec: TargetSpec = self.account.iter().collect();
        spec.ou.extend(self.ou.iter().cloned());
        let written = self.account.iter().map(ToString::to_string).chain(self.ou.iter().cloned());
        let written: Vec<String> = written.collect();
        (!written.is_empty()).then(|| (written.join(","), spec))
    }
}
