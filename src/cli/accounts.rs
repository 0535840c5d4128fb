//! `rolehop accounts`.

use serde::Serialize;

use super::arguments::{Answer, AnswerFormat, Global};
use super::error::CliError;
use super::exit::Exit;
use super::output::Console;
use super::session::Session;
use crate::report::{findings, json};
use crate::snapshot::ledger::AccountState;

/// The accounts of a snapshot and how completely each was read.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  rolehop accounts\n  rolehop accounts --incomplete --json")]
pub(super) struct Args {
    /// Only those that were not wholly read
    #[arg(long)]
    incomplete: bool,
    #[command(flatten)]
    format: AnswerFormat,
}

/// One account of the list.
#[derive(Debug, Serialize)]
struct Row<'a> {
    account: String,
    name: &'a str,
    unit: String,
    state: &'static str,
    reason: String,
    roles: usize,
    users: usize,
}

pub(super) fn run(args: &Args, global: &Global, console: &Console) -> Result<Exit, CliError> {
    let session = Session::open(global, console)?;
    let estate = &session.estate;
    let mut rows = Vec::new();
    for (at, account) in estate.accounts().iter().enumerate() {
        let (state, reason) = match estate.ledger().get(account.id()) {
            Some(AccountState::Complete) => ("complete", String::new()),
            Some(AccountState::Incomplete { gaps }) => {
                ("incomplete", gaps.iter().map(|g| format!("{}: {}", g.facet, g.reason)).collect::<Vec<_>>().join("; "))
            }
            Some(AccountState::Skipped { reason }) => ("skipped", reason.clone()),
            None => ("unlisted", String::new()),
        };
        if args.incomplete && state != "incomplete" {
            continue;
        }
        let principals = || estate.principals_of(crate::ids::AccountIx::new(at)).map(|ix| estate.principal(ix));
        let unit = if account.is_member() { format!("/{}", account.unit_names().join("/")) } else { String::new() };
        rows.push(Row {
            account: account.id().to_string(),
            name: account.name(),
            unit,
            state,
            reason,
            roles: principals().filter(|p| p.role().is_some()).count(),
            users: principals().filter(|p| p.role().is_none()).count(),
        });
    }
    let (view, names) = (session.ledger(), session.names());
    console.write(global.output.as_deref(), |style, out| match args.format.chosen() {
        Answer::Json => json::write(&rows, out),
        Answer::Table => {
            let cells = rows.iter().map(|r| {
                [
                    r.account.clone(),
                    r.name.to_owned(),
                    r.unit.clone(),
                    r.state.to_owned(),
                    r.roles.to_string(),
                    r.users.to_string(),
                ]
            });
            findings::plain_table(
                &["ACCOUNT", "NAME", "UNIT", "STATE", "ROLES", "USERS"],
                cells.map(Vec::from),
                style,
                out,
            )?;
            writeln!(out)?;
            findings::ledger(&view, &names, style, out)
        }
    })?;
    Ok(Exit::of(session.is_complete(), false))
}
