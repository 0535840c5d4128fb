//! `rolehop plan groups`: the fewest groups that let users into what they need.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::mem::ManuallyDrop;
use std::path::{Path, PathBuf};

use clap::{Subcommand, ValueEnum};

use super::arguments::Global;
use super::error::CliError;
use super::output::Console;
use super::output_dir;
use super::result_file::replace_own;
use super::table_args::TableArgs;
use super::workspace::Workspace;
use crate::answer::PlanAnswer;
use crate::diagnostic::{Code, Diagnostic, Exit};
use crate::graph::TrustGraph;
use crate::graph::query::account_named;
use crate::groups::{self, Asked, Pairs};
use crate::ids::{AccountId, AccountIx};
use crate::model::Estate;
use crate::report::csv::Formulas;
use crate::report::groups::{cloudformation, memberships, terraform};
use crate::report::json;
use crate::report::terminal::names::plural;
use crate::report::terminal::plan_groups as shown;
use crate::snapshot::activity::AssumeRoleEvents;
use crate::snapshot::edit::Edit;

/// Comparisons that the search of each independent part may take: about a tenth of a second.
const EFFORT: usize = 20_000_000;
/// A template and its resources may not be larger.
const RESOURCES: usize = 500;

/// Plan what is to be changed. Nothing is changed
#[derive(Debug, clap::Args)]
#[command(
    before_help = "Examples:\n  rolehop plan groups needs.csv\n  rolehop plan groups --from reach --output-dir plan"
)]
pub(super) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Find the fewest groups that let IAM users into the roles that they need
    #[command(
        before_help = "Examples:\n  rolehop plan groups needs.csv\n  rolehop plan groups needs.csv --output-dir plan\n  \
        rolehop plan groups --from reach --account security\n  rolehop plan groups --from last-use --days 180 --json"
    )]
    Groups(GroupArgs),
}

#[derive(Debug, clap::Args)]
struct GroupArgs {
    /// CSV with the columns user and role (an ARN or account/role, wildcards too); - reads standard input
    #[arg(value_name = "FILE", required_unless_present = "from", conflicts_with = "from")]
    file: Option<PathBuf>,
    /// In place of a file: what users reach today, or what of it was used
    #[arg(long, value_name = "SOURCE")]
    from: Option<From>,
    /// With `--from last-use`: how long ago a role was used at most
    #[arg(long, value_name = "N", default_value_t = 90, value_parser = clap::value_parser!(i64).range(1..=400))]
    days: i64,
    /// With `--from`: only users of this account
    #[arg(long, value_name = "ID-or-name", requires = "from")]
    account: Vec<String>,
    /// Give every policy the condition that asks for MFA
    #[arg(long)]
    mfa: bool,
    /// Name every role, where all roles of one name could be one resource
    #[arg(long)]
    no_wildcards: bool,
    /// What names of new groups begin with
    #[arg(long, value_name = "TEXT", value_parser = prefix)]
    prefix: Option<String>,
    /// Write the plan, memberships, Terraform and CloudFormation into DIR
    #[arg(long, value_name = "DIR")]
    output_dir: Option<PathBuf>,
    /// Format of the answer; csv lists memberships
    #[arg(short, long, value_name = "FORMAT", default_value = "table", env = "ROLEHOP_FORMAT")]
    format: Format,
    /// Short for --format json
    #[arg(long, conflicts_with = "format")]
    json: bool,
    #[command(flatten)]
    table: TableArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum From {
    Reach,
    LastUse,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Table,
    Json,
    Csv,
}

pub(super) fn run(args: &Args, global: &Global, console: &Console) -> Result<Exit, CliError> {
    match &args.what {
        What::Groups(args) => args.run(global, console),
    }
}

impl GroupArgs {
    fn run(&self, global: &Global, console: &Console) -> Result<Exit, CliError> {
        if let Some(dir) = &self.output_dir {
            if global.redacts_accounts() {
                let why = "what AWS is to read must have the ids of accounts";
                let next = "leave out `--output-dir`, or `--redact=accounts` (ROLEHOP_REDACT)";
                return Err(CliError::usage("files of a plan cannot be redacted", "--output-dir", why, next));
            }
            output_dir::check(dir)?;
        }
        let bytes = self.file.as_deref().map(read).transpose()?;
        let workspace = Workspace::open(global, console)?;
        let graph = workspace.graph();
        let (need, from) = self.need(&workspace, &graph, bytes.as_deref(), console)?;
        let asked = Asked {
            need: &need,
            from: &from,
            mfa: self.mfa,
            wildcards: !self.no_wildcards,
            prefix: self.prefix.as_deref().unwrap_or_default(),
            effort: EFFORT,
        };
        let open = |edits: &[Edit]| -> Result<_, CliError> {
            let changed = workspace.edited(edits, global)?;
            Ok(ManuallyDrop::into_inner(changed.estate))
        };
        let answer = groups::plan(&graph, &asked, &open)?;
        self.write(&answer, &workspace, global, console)?;
        if answer.unnamed > 0 {
            console.say(&format!("note: {} not named, and planned to keep what they have", of_unnamed(answer.unnamed)));
        }
        Ok(Exit::of(answer.proven, !answer.exact))
    }

    /// Who needs what, and where that is from.
    fn need(
        &self,
        workspace: &Workspace,
        graph: &TrustGraph<'_>,
        bytes: Option<&[u8]>,
        console: &Console,
    ) -> Result<(Pairs, String), CliError> {
        let estate = graph.estate();
        if let (Some(bytes), Some(file)) = (bytes, &self.file) {
            let place = file.display().to_string();
            let need = groups::read(estate, bytes, &place).map_err(|bad| CliError::new(*bad))?;
            return Ok((need.pairs, place));
        }
        let mut pairs = groups::today(graph);
        let accounts = self.accounts(workspace)?;
        pairs.retain(|user, _| accounts.is_empty() || accounts.contains(&estate.principal(*user).account()));
        let hubs: BTreeSet<AccountIx> = pairs.keys().map(|user| estate.principal(*user).account()).collect();
        for user in estate.users().filter(|user| hubs.contains(&estate.principal(*user).account())) {
            pairs.entry(user).or_default();
        }
        if pairs.is_empty() {
            if let Some(why) = unread(estate, &accounts) {
                let what = "whether there is anything to plan is not known";
                let next = "collect what is missing, or write who needs which roles into a file: rolehop plan groups needs.csv";
                return Err(CliError::new(Diagnostic::new(Code::PlanNotWhole, what, "--from", why, next)));
            }
            let why = "no IAM user of the snapshot assumes a role directly";
            let next = "write who needs which roles into a file: rolehop plan groups needs.csv";
            return Err(CliError::usage("there is nothing to plan", "--from", why, next));
        }
        if self.from != Some(From::LastUse) {
            return Ok((pairs, "reach".to_owned()));
        }
        let used = groups::used(estate, &pairs, self.days, &events(workspace)?);
        let count = |count: u64| plural(usize::try_from(count).unwrap_or(usize::MAX), "pair");
        console.say(&format!("note: {} of user and role unused for {} days are left out", count(used.idle), self.days));
        if used.unknown > 0 {
            console.say(&format!(
                "note: {} stay, since the snapshot does not say when the role was used",
                count(used.unknown)
            ));
        }
        Ok((used.pairs, "last-use".to_owned()))
    }

    fn accounts(&self, workspace: &Workspace) -> Result<BTreeSet<AccountIx>, CliError> {
        let estate = &workspace.estate;
        let mut all = BTreeSet::new();
        for text in &self.account {
            let found = account_named(estate, text)?;
            let unknown = || {
                let why = "no account of the snapshot has this id or name";
                CliError::usage(
                    format!("`{text}` is no account"),
                    "--account",
                    why,
                    "`rolehop accounts` lists the accounts",
                )
            };
            all.insert(found.ok_or_else(unknown)?);
        }
        Ok(all)
    }

    fn write(
        &self,
        answer: &PlanAnswer,
        workspace: &Workspace,
        global: &Global,
        console: &Console,
    ) -> Result<(), CliError> {
        if let Some(dir) = &self.output_dir {
            files(dir, answer, console)?;
        }
        let (file, names, most) = (global.output.as_deref(), workspace.names(), self.table.most());
        match if self.json { Format::Json } else { self.format } {
            Format::Json => console.write(file, |_, out| json::write(answer, out)),
            Format::Csv => console.write(file, |_, out| memberships(answer, self.table.formulas(), out)),
            Format::Table => console.write(file, |style, out| shown::table(answer, most, &names, style, out)),
        }
    }
}

/// What was not read, so that users of these accounts, or of all, may assume a role.
fn unread(estate: &Estate, hubs: &BTreeSet<AccountIx>) -> Option<String> {
    let is_hub = |ix: &AccountIx| hubs.is_empty() || hubs.contains(ix);
    let mut accounts = estate.unread_accounts().map(|(_, gap)| gap).chain(estate.unlisted());
    let of_users = || estate.users().filter(|user| is_hub(&estate.principal(*user).account()));
    let mut policies = of_users().flat_map(|user| estate.unread_of_class(estate.principal(user).class()));
    let mut trusts = estate.roles().filter_map(|role| estate.unread_trust(role));
    let gap = accounts.next().or_else(|| policies.next()).or_else(|| trusts.next())?;
    let gap = estate.gap(gap);
    Some(format!("{} of {} was not read: {}", gap.facet, gap.scope, gap.reason))
}

fn of_unnamed(count: usize) -> String {
    if count == 1 {
        "1 user of these accounts is".to_owned()
    } else {
        format!("{} of these accounts are", plural(count, "user"))
    }
}

fn read(file: &Path) -> Result<Vec<u8>, CliError> {
    let mut bytes = Vec::new();
    let read = if file.as_os_str() == "-" {
        std::io::stdin().lock().read_to_end(&mut bytes)
    } else {
        std::fs::File::open(file).and_then(|mut file| file.read_to_end(&mut bytes))
    };
    read.map_err(|error| {
        let next = "name a CSV file with the columns user and role, or use `--from reach`";
        let place = file.display().to_string();
        CliError::new(Diagnostic::new(
            Code::BadNeeds,
            "cannot read who needs which roles",
            place,
            error.to_string(),
            next,
        ))
    })?;
    Ok(bytes)
}

/// The calls of roles that were searched for.
fn events(workspace: &Workspace) -> Result<Vec<AssumeRoleEvents>, CliError> {
    let mut all = Vec::new();
    let ids: Vec<AccountId> = workspace.snapshot.accounts().collect();
    for id in ids {
        all.extend(workspace.snapshot.with_account(id, |file| file.assume_role_events)?);
    }
    Ok(all)
}

/// The plan as files: what is of one account in a directory of its own.
fn files(dir: &Path, answer: &PlanAnswer, console: &Console) -> Result<(), CliError> {
    let failed = |path: &Path, error: &std::io::Error| CliError::write(&path.display().to_string(), error);
    let put = |dir: &Path, name: &str, render: &dyn Fn(&mut dyn Write) -> std::io::Result<()>| {
        let path = dir.join(name);
        output_dir::make(dir).and_then(|()| replace_own(&path, &mut |out| render(out))).map_err(|e| failed(&path, &e))
    };
    put(dir, "plan.json", &|out| json::write(answer, out))?;
    put(dir, "memberships.csv", &|out| memberships(answer, Formulas::Defused, out))?;
    for account in &answer.accounts {
        let own = dir.join(&account.account);
        let template = cloudformation(account);
        put(&own, "groups.tf.json", &|out| json::write(&terraform(account), out))?;
        put(&own, "groups.template.json", &|out| json::write(&template, out))?;
        let count = template.get("Resources").and_then(|all| all.as_object()).map_or(0, serde_json::Map::len);
        if count > RESOURCES {
            console.say(&format!(
                "note: the template of {} has {count} resources, and a stack {RESOURCES} at most: divide it",
                account.account
            ));
        }
    }
    let accounts: Vec<String> = answer.accounts.iter().map(|account| format!("{}/", account.account)).collect();
    let base = dir.join("");
    console.say(&format!("written   {}: plan.json, memberships.csv, {}", base.display(), accounts.join(", ")));
    Ok(())
}

fn prefix(text: &str) -> Result<String, String> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "+=,.@_-".contains(c);
    if text.chars().all(allowed) && text.len() <= 40 {
        Ok(text.to_owned())
    } else {
        Err("names of groups have letters, digits and + = , . @ _ - only, here at most 40".to_owned())
    }
}
