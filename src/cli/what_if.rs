//! `rolehop what-if`: what a change would do, before anybody makes it.

use std::path::PathBuf;
use std::str::FromStr;

use super::arguments::Global;
use super::compared::{CompareArgs, Side};
use super::error::CliError;
use super::output::Console;
use super::workspace::Workspace;
use crate::change::{self, ChangeError};
use crate::diagnostic::{Code, Diagnostic, Exit};
use crate::graph::TrustGraph;
use crate::snapshot::edit::{Edit, Removal};

/// Show what a change would do: ways and findings that come and go.
#[derive(Debug, clap::Args)]
#[command(before_help = "Examples:\n  rolehop what-if --remove-statement prod-core/role/monitor:trust#0\n  \
    rolehop what-if --policy deploy-policy=new.json --fail-on new-path\n  \
    rolehop what-if --detach ops/group/admins:AdministratorAccess")]
pub(super) struct Args {
    /// Without a statement: HOLDER:POLICY#SID, HOLDER:trust#0 or POLICY#SID, as proofs name them
    #[arg(long, value_name = "SELECTOR", help_heading = "Changes")]
    remove_statement: Vec<String>,
    /// Without a policy, managed or inline, of account/role/NAME, account/user/NAME or account/group/NAME
    #[arg(long, value_name = "HOLDER:POLICY", help_heading = "Changes")]
    detach: Vec<String>,
    /// Without a membership, of IAM or of Identity Center
    #[arg(long, value_name = "USER:GROUP", help_heading = "Changes")]
    leave_group: Vec<String>,
    /// Without an assignment of a user name or `group NAME`, or without an entitlement, by id
    #[arg(long, value_name = "WHO:PERMISSION_SET:ACCOUNT", help_heading = "Changes")]
    unassign: Vec<String>,
    /// With a document as FILE has it: of a managed policy, SCP, RCP, HOLDER:POLICY or HOLDER:trust
    #[arg(long, value_name = "POLICY=FILE", help_heading = "Changes")]
    policy: Vec<Replaced>,
    #[command(flatten)]
    compare: CompareArgs,
}

/// A document, and the file that has it as it would be.
#[derive(Clone, Debug)]
struct Replaced {
    policy: String,
    file: PathBuf,
}

impl FromStr for Replaced {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // names of policies may have `=`, and so may names of files: the first that is no part of the name of a policy counts
        let (policy, file) = text.split_once('=').ok_or("a file is missing: write POLICY=FILE")?;
        if policy.is_empty() || file.is_empty() {
            return Err("both are needed: write POLICY=FILE".to_owned());
        }
        Ok(Self { policy: policy.to_owned(), file: PathBuf::from(file) })
    }
}

impl From<ChangeError> for CliError {
    fn from(error: ChangeError) -> Self {
        Self::new(error.diagnostic())
    }
}

pub(super) fn run(args: &Args, global: &Global, console: &Console) -> Result<Exit, CliError> {
    let sinks = args.compare.sinks(global.output.as_deref())?;
    // external ids are redacted once both sides are read
    let open = if global.redacts_external_ids() { global.unredacted() } else { global.clone() };
    let workspace = Workspace::open(&open, console)?;
    let (edits, told) = args.edits(&workspace.graph())?;
    if edits.is_empty() {
        console.say("note: no change is named, so that the organization is compared with itself");
    }
    let shown = workspace.snapshot.dir().display().to_string();
    let changed = workspace.edited(&edits, &open)?;
    let after = if told.is_empty() { shown.clone() } else { format!("{shown} {}", told.join(", ")) };
    let (mut old, mut new) = (Side { workspace, shown }, Side { workspace: changed, shown: after });
    let compared = args.compare.run(&mut old, &mut new, &sinks, global, console)?;
    console.say(&format!("exit {}: {}", compared.exit.code(), args.compare.meaning(compared.exit)));
    Ok(compared.exit)
}

impl Args {
    /// The changes, in the order of the options, and each in words.
    fn edits(&self, graph: &TrustGraph<'_>) -> Result<(Vec<Edit>, Vec<String>), CliError> {
        let (mut edits, mut told) = (Vec::new(), Vec::new());
        let all = [
            (&self.remove_statement, change::statement as fn(&TrustGraph<'_>, &str) -> Result<Removal, ChangeError>),
            (&self.detach, change::attachment),
            (&self.leave_group, change::membership),
            (&self.unassign, change::unassigned),
        ];
        for (texts, resolve) in all {
            for text in texts {
                let removal = resolve(graph, text)?;
                told.push(format!("without {}", change::named(graph.estate(), &removal).what));
                edits.push(Edit::Remove(removal));
            }
        }
        for replaced in &self.policy {
            let file = replaced.file.display().to_string();
            let content = std::fs::read_to_string(&replaced.file).map_err(|error| {
                let next = "name a file that holds the document as it would be";
                CliError::new(Diagnostic::new(Code::Usage, "cannot read the document", &*file, error.to_string(), next))
            })?;
            told.push(format!("with {} as in {file}", replaced.policy));
            edits.push(change::replaced(graph, &replaced.policy, &content, &file)?);
        }
        Ok((edits, told))
    }
}
