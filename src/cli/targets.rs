//! `rolehop targets`.

use clap::Subcommand;

use super::accounts::{UNREAD, unit};
use super::arguments::{Global, TableFormat};
use super::error::CliError;
use super::output::Console;
use super::places::config_of_question;
use super::workspace::Workspace;
use crate::diagnostic::Exit;
use crate::graph::query;
use crate::model::Account;
use crate::nearest::nearest;
use crate::report::csv;
use crate::report::escape::escape;
use crate::report::terminal::findings;
use crate::report::terminal::names::plural;
use crate::report::terminal::notes;
use crate::snapshot::ledger::Gap;

/// The targets of the configuration.
#[derive(Debug, clap::Args)]
#[command(before_help = "Examples:\n  rolehop targets list\n  rolehop targets show prod")]
pub(super) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// The names that are defined
    #[command(before_help = "Examples:\n  rolehop targets list")]
    List,
    /// The accounts that a target matches in the snapshot
    #[command(before_help = "Examples:\n  rolehop targets show prod\n  rolehop targets show prod -f csv -o prod.csv")]
    Show {
        /// Name of the target
        name: String,
        #[command(flatten)]
        format: TableFormat,
    },
}

pub(super) fn run(args: &Args, global: &Global, console: &Console) -> Result<Exit, CliError> {
    let What::Show { name, format } = &args.what else {
        let config = config_of_question(global)?;
        if config.targets.is_empty() {
            console.say("no targets are defined; `[targets.prod]` in rolehop.toml defines one");
        }
        return console
            .write(global.output.as_deref(), |_, out| {
                config.targets.keys().try_for_each(|n| writeln!(out, "{}", escape(n)))
            })
            .map(|()| Exit::Clean);
    };
    let workspace = Workspace::open(global, console)?;
    let Some(target) = workspace.config.targets.get(name) else {
        let known: Vec<&str> = workspace.config.targets.keys().map(String::as_str).collect();
        let next = match nearest(name, &known) {
            Some(near) => format!("did you mean `{near}`?"),
            None if known.is_empty() => "define it as `[targets.NAME]` in rolehop.toml".to_owned(),
            None => "`rolehop targets list` shows them".to_owned(),
        };
        return Err(CliError::usage(
            format!("no target `{name}` is defined"),
            if known.is_empty() {
                "the configuration".to_owned()
            } else {
                format!("defined are: {}", known.join(", "))
            },
            "the configuration has no such table",
            &next,
        ));
    };
    let estate = &workspace.estate;
    let members = query::target_accounts(estate, name, target)?;
    query::idle_selectors(estate, target).iter().for_each(|idle| console.say(&format!("note: {idle}")));
    let gaps: Vec<Gap> = members.gaps.into_iter().collect();
    let least = if gaps.is_empty() { "" } else { "at least " };
    let rows: Vec<[String; 3]> = members.accounts.iter().map(|ix| row(estate.account(*ix))).collect();
    let count = format!("{least}{}", plural(rows.len(), "account"));
    console.write(global.output.as_deref(), |style, out| {
        if let Some(formulas) = format.csv() {
            let cells = rows.iter().map(|row| row.each_ref().map(String::as_str));
            return csv::rows(&["account", "name", "unit"], cells, formulas, out);
        }
        writeln!(out, "{}: {count}\n", escape(name))?;
        findings::plain_table(&["ACCOUNT", "NAME", "OU"], rows.iter().cloned().map(Vec::from), style, out)?;
        notes::gaps(&gaps, style, out)
    })?;
    if format.csv().is_some() && !gaps.is_empty() {
        console.say(&format!("note: {count}: data is missing that decides which; without `-f csv` it is listed"));
    }
    Ok(Exit::of(workspace.is_complete() && gaps.is_empty(), false))
}

fn row(account: &Account) -> [String; 3] {
    let unit = unit(account).unwrap_or_else(|| UNREAD.to_owned());
    [account.id().to_string(), account.shown_name().to_owned(), unit]
}
