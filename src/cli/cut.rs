//! `rolehop cut TARGET`: the fewest removals that close a target.

use std::collections::BTreeSet;
use std::mem::ManuallyDrop;

use clap::ValueEnum;

use super::arguments::{EdgeKinds, Global};
use super::error::CliError;
use super::next;
use super::output::Console;
use super::workspace::Workspace;
use crate::cut::{self, Asked};
use crate::diagnostic::Exit;
use crate::graph::query::account_named;
use crate::ids::AccountId;
use crate::report::terminal::cut as shown;
use crate::report::{json, markdown};
use crate::snapshot::edit::Edit;

/// Find the fewest removals that close a target, and what else they take away.
#[derive(Debug, clap::Args)]
#[command(before_help = "Examples:\n  rolehop cut prod --keep security/group/admins --keep \"group Platform\"\n  \
    rolehop cut prod --without-mfa\n  rolehop cut prod-core/role/deploy-admin --principal ci-runner --json")]
pub(super) struct Args {
    /// Target's name, role ARN, account/role, account, ou:PATH-or-id, tag:KEY=VALUE
    target: String,
    /// Whose ways stay: a principal, account/group/NAME or `group NAME` of Identity Center
    #[arg(long, value_name = "PRINCIPAL")]
    keep: Vec<String>,
    /// Close only the ways of this principal, or of such a group
    #[arg(long, value_name = "NAME")]
    principal: Vec<String>,
    /// Close only the ways of this account's principals
    #[arg(long, value_name = "ID-or-name")]
    account: Vec<String>,
    /// Close only ways that are open without MFA
    #[arg(long)]
    without_mfa: bool,
    /// Close only ways of roles, CI jobs and pods, not of people and IAM users
    #[arg(long)]
    machines: bool,
    /// Format of the answer
    #[arg(short, long, value_name = "FORMAT", default_value = "table", env = "ROLEHOP_FORMAT")]
    format: Format,
    /// Short for --format json
    #[arg(long, conflicts_with = "format")]
    json: bool,
    /// Removals in table and Markdown
    #[arg(long, value_name = "N", default_value_t = REMOVALS)]
    limit: usize,
    /// Every removal in table and Markdown
    #[arg(long, conflicts_with = "limit")]
    all: bool,
}

/// Removals that a reader is shown: whatever closes most stands first.
const REMOVALS: usize = 20;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Table,
    Json,
    Markdown,
}

pub(super) fn run(args: &Args, global: &Global, console: &Console) -> Result<Exit, CliError> {
    let workspace = Workspace::open(global, console)?;
    let graph = workspace.graph();
    let accounts = args.accounts(&workspace)?;
    let asked = Asked {
        target: &args.target,
        targets: workspace.targets(),
        keep: &args.keep,
        principals: &args.principal,
        accounts: &accounts,
        without_mfa: args.without_mfa,
        machines: args.machines,
    };
    let open = |edits: &[Edit]| -> Result<_, CliError> {
        let changed = workspace.edited(edits, global)?;
        Ok(ManuallyDrop::into_inner(changed.estate))
    };
    let mut found = cut::cut(&graph, &asked, &open)?;
    found.not_followed = EdgeKinds::left_out(&workspace.config);
    let names = workspace.names();
    let file = global.output.as_deref();
    let most = if args.all { usize::MAX } else { args.limit };
    match if args.json { Format::Json } else { args.format } {
        Format::Json => console.write(file, |_, out| json::write(&found, out))?,
        Format::Markdown => console.write(file, |_, out| markdown::cut(&found, most, &names, out))?,
        Format::Table => {
            // what is configured is compared anyway
            let target = ["--target".to_owned(), found.target.clone()];
            let target = target.into_iter().filter(|_| !workspace.targets().contains_key(&args.target));
            let given: Vec<String> = target.chain(next::given(global)).collect();
            console.write(file, |style, out| shown::table(&found, most, &names, &given, style, out))?;
        }
    }
    Ok(Exit::of(found.proven && found.verified, false))
}

impl Args {
    fn accounts(&self, workspace: &Workspace) -> Result<BTreeSet<AccountId>, CliError> {
        let mut all = BTreeSet::new();
        for text in &self.account {
            let known = account_named(&workspace.estate, text)?.map(|ix| workspace.estate.account(ix).id());
            // an account that nobody listed may be trusted as well
            all.insert(known.or_else(|| AccountId::parse(text)).ok_or_else(|| unknown(workspace, text))?);
        }
        Ok(all)
    }
}

fn unknown(workspace: &Workspace, text: &str) -> CliError {
    let names = workspace.estate.accounts().iter().map(|account| account.shown_name());
    let near = crate::nearest::near(text, names, 1);
    let next = near
        .first()
        .map_or_else(|| "`rolehop accounts` lists the accounts".to_owned(), |near| format!("did you mean `{near}`?"));
    let why = "no account of the snapshot has this id or name";
    CliError::usage(format!("`{text}` is no account"), "--account", why, &next)
}
