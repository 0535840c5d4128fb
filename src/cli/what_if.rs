//! `rolehop what-if`: what a change would do, before anybody makes it.

use std::borrow::Cow;
use std::mem::ManuallyDrop;
use std::path::PathBuf;
use std::str::FromStr;

use super::arguments::Global;
use super::compared::{CompareArgs, Side};
use super::error::CliError;
use super::output::Console;
use super::planned::{PlannedArgs, Plans};
use super::workspace::Workspace;
use crate::change::{self, ChangeError};
use crate::diagnostic::{Code, Diagnostic, Exit};
use crate::difference::Difference;
use crate::graph::TrustGraph;
use crate::snapshot::edit::{Edit, Removal};

/// Show what a change would do: ways and findings that come and go.
#[derive(Debug, clap::Args)]
#[command(before_help = "Examples:\n  rolehop what-if --remove-statement prod-core/role/monitor:trust#0\n  \
    rolehop what-if --policy deploy-policy=new.json --fail-on new-path\n  \
    rolehop what-if --terraform plan.json --fail-on new-path")]
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
    /// With a document as FILE (or the JSON itself) has it: of a managed policy, SCP, RCP, HOLDER:POLICY or HOLDER:trust
    #[arg(long, value_name = "POLICY=FILE", help_heading = "Changes")]
    policy: Vec<Replaced>,
    #[command(flatten)]
    planned: PlannedArgs,
    #[command(flatten)]
    compare: CompareArgs,
}

/// A document as it would be.
#[derive(Clone, Debug)]
struct Replaced {
    policy: String,
    source: Source,
}

/// Where a document is.
#[derive(Clone, Debug)]
enum Source {
    File(PathBuf),
    /// It was given itself.
    Here(String),
}

impl FromStr for Replaced {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // no policy has a brace in its name, and a document begins with one
        let here = text.split_once("={").map(|(policy, rest)| (policy, Source::Here(format!("{{{rest}"))));
        let of_file = || text.split_once('=').map(|(policy, file)| (policy, Source::File(PathBuf::from(file))));
        let (policy, source) = here.or_else(of_file).ok_or("a file is missing: write POLICY=FILE")?;
        if policy.is_empty() || matches!(&source, Source::File(file) if file.as_os_str().is_empty()) {
            return Err("both are needed: write POLICY=FILE".to_owned());
        }
        Ok(Self { policy: policy.to_owned(), source })
    }
}

impl From<ChangeError> for CliError {
    fn from(error: ChangeError) -> Self {
        Self::new(error.diagnostic())
    }
}

pub(super) fn run(args: &Args, global: &Global, console: &Console) -> Result<Exit, CliError> {
    let sinks = args.compare.sinks(global.output.as_deref())?;
    let workspace = Workspace::open(global, console)?;
    let graph = workspace.graph_of(&args.compare.edges);
    let Changed { workspace: changed, shown: [before, after], plans } =
        args.changed(&workspace, &graph, global, console)?;
    let old = Side { workspace: &workspace, graph: &graph, shown: &before };
    let new = Side { workspace: &changed, graph: &changed.graph_of(&args.compare.edges), shown: &after };
    let compared = args.compare.run(old, new, |difference| plans.explain(difference), &sinks, console)?;
    console.say(&format!("exit {}: {}", compared.exit.code(), args.compare.meaning(compared.exit)));
    Ok(compared.exit)
}

/// The answer alone. What is made for it is freed: whoever asks may ask again.
pub(super) fn answer(
    args: &Args,
    workspace: &Workspace,
    graph: &TrustGraph<'_>,
    global: &Global,
    console: &Console,
) -> Result<Difference, CliError> {
    let Changed { workspace: changed, shown: [before, after], plans } =
        args.changed(workspace, graph, global, console)?;
    let graph_after = TrustGraph::new(&changed.estate);
    let graph_after = if graph.has_escalations() { graph_after.with_escalations() } else { graph_after };
    let old = Side { workspace, graph, shown: &before };
    let new = Side { workspace: &changed, graph: &graph_after, shown: &after };
    let found = args.compare.compare(old, new, console).map(|mut found| {
        plans.explain(&mut found);
        found
    });
    drop(graph_after);
    drop(ManuallyDrop::into_inner(changed.estate));
    found
}

/// The organization as it would be, what both are called, and the plans that make it so.
struct Changed {
    workspace: Workspace,
    shown: [String; 2],
    plans: Plans,
}

impl Args {
    fn changed(
        &self,
        workspace: &Workspace,
        graph: &TrustGraph<'_>,
        global: &Global,
        console: &Console,
    ) -> Result<Changed, CliError> {
        let (mut edits, mut told) = self.edits(graph)?;
        let plans = self.planned.read(&workspace.estate, workspace.targets())?;
        edits.extend(plans.edits());
        told.extend(plans.files().map(|file| format!("with {file} applied")));
        if edits.is_empty() && plans.is_empty() {
            console.say("note: no change is named, so that the organization is compared with itself");
        }
        let before = workspace.snapshot.dir().display().to_string();
        let after = if told.is_empty() { before.clone() } else { format!("{before} {}", told.join(", ")) };
        let edited = workspace.edited(&edits, global);
        let edited = edited.map_err(|error| plans.unfit(&workspace.snapshot).unwrap_or(error))?;
        Ok(Changed { workspace: edited, shown: [before, after], plans })
    }

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
            let (place, content) = replaced.source.read()?;
            told.push(format!("with {} as in {place}", graph.estate().as_shown(&replaced.policy)));
            edits.push(change::replaced(graph, &replaced.policy, &content, &place)?);
        }
        Ok((edits, told))
    }
}

impl Source {
    /// What the document is called, and its text.
    fn read(&self) -> Result<(String, Cow<'_, str>), CliError> {
        let file = match self {
            Self::Here(text) => return Ok(("the document given".to_owned(), text.into())),
            Self::File(file) => file,
        };
        let place = file.display().to_string();
        let content = std::fs::read_to_string(file).map_err(|error| {
            let next = "name a file that holds the document as it would be";
            CliError::new(Diagnostic::new(Code::Usage, "cannot read the document", &*place, error.to_string(), next))
        })?;
        Ok((place, content.into()))
    }
}
