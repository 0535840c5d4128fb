//! `rolehop baseline`: write down what is open, and take out what is fixed.

use std::path::PathBuf;

use super::accepted::{self, BaselineArgs};
use super::arguments::{EdgeKinds, Global};
use super::check::{self, ReportArgs};
use super::error::CliError;
use super::next;
use super::output::{Console, is_stdout};
use super::workspace::Workspace;
use crate::diagnostic::Exit;
use crate::finding::Baseline;
use crate::report::json;
use crate::report::terminal::names::plural;

/// Write down what is open, so that `check` gates on what is new
#[derive(Debug, clap::Args)]
#[command(
    before_help = "Examples:\n  rolehop baseline create -o baseline.json\n  rolehop baseline prune baseline.json"
)]
pub(super) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Write down what is open now
    #[command(before_help = "Examples:\n  rolehop baseline create -o baseline.json\n  \
        rolehop baseline create --rule role-unused -o baseline.json")]
    Create(Chosen),
    /// Take out what is fixed; what is new is not added
    #[command(before_help = "Examples:\n  rolehop baseline prune baseline.json")]
    Prune {
        /// The baseline, which is written anew unless --output names another file
        file: PathBuf,
        #[command(flatten)]
        edges: EdgeKinds,
    },
}

/// What a baseline is about.
#[derive(Debug, clap::Args)]
struct Chosen {
    #[command(flatten)]
    rules: super::rule_args::RuleArgs,
    #[command(flatten)]
    waivers: accepted::WaiverArgs,
    #[command(flatten)]
    edges: EdgeKinds,
}

pub(super) fn run(args: &Args, global: &Global, console: &Console) -> Result<Exit, CliError> {
    if global.redacts_accounts() {
        return Err(CliError::usage(
            "a baseline cannot be redacted",
            "--redact",
            "its findings would not be known again",
            "leave `--redact=accounts` (ROLEHOP_REDACT) out",
        ));
    }
    match &args.action {
        Action::Create(chosen) => {
            let args = ReportArgs::of(chosen.rules.clone(), chosen.waivers.clone(), BaselineArgs::none());
            create(&args.following(&chosen.edges), global, console)
        }
        Action::Prune { file, edges } => prune(file.clone(), edges, global, console),
    }
}

fn create(args: &ReportArgs, global: &Global, console: &Console) -> Result<Exit, CliError> {
    args.check_sinks(global.output.as_deref())?;
    let workspace = Workspace::open(global, console)?;
    let checked = check::evaluate(&workspace, args, None, console)?;
    let baseline = Baseline::of(
        &checked.set.findings,
        env!("CARGO_PKG_VERSION").to_owned(),
        accepted::organization(&workspace).map(str::to_owned),
        workspace.estate.at(),
        workspace.snapshot.digest(),
        checked.followed,
    );
    console.write(global.output.as_deref(), |_, out| json::write(&baseline, out))?;
    let open = plural(baseline.findings.len(), "open finding");
    console.say(&format!("note: {open} of {} written", plural(baseline.rules.len(), "rule")));
    let unknown = checked.set.summary.unknown;
    if unknown > 0 {
        let are = if unknown == 1 { "result is" } else { "results are" };
        console.say(&format!("note: {unknown} {are} unknown: what is found there, once it is read, will be new"));
    }
    if let Some(file) = global.output.as_ref().filter(|file| !is_stdout(file)) {
        let file = file.display().to_string();
        next::suggest(&[&["check", "--baseline", &file], args.edges().words()].concat(), global, console);
    }
    // what was not read is not clean, and what was found was written down
    Ok(if checked.is_complete() { Exit::Clean } else { Exit::Incomplete })
}

fn prune(file: PathBuf, edges: &EdgeKinds, global: &Global, console: &Console) -> Result<Exit, CliError> {
    let target = global.output.clone().unwrap_or_else(|| file.clone());
    let shown = if is_stdout(&target) { "standard output".to_owned() } else { target.display().to_string() };
    let baseline = accepted::read(&file, "name a file that `rolehop baseline create -o FILE` made")?;
    let workspace = Workspace::open(global, console)?;
    let args = ReportArgs::of(Default::default(), Default::default(), BaselineArgs::at(file)).following(edges);
    let checked = check::evaluate(&workspace, &args, None, console)?;
    let Some(result) = &checked.set.baseline else { return Ok(Exit::Clean) };
    let left = baseline.without(&result.fixed);
    let mut text = Vec::new();
    json::write(&left, &mut text).map_err(|e| CliError::write(&shown, &e))?;
    console.write(Some(&target), |_, out| out.write_all(&text))?;
    let kept = if result.unknown == 0 {
        String::new()
    } else {
        format!("; {} of them cannot be told, and stay", result.unknown)
    };
    let in_part = match result.fixed_in_part {
        0 => String::new(),
        part => format!(", {part} fixed in part"),
    };
    console.say(&format!(
        "{shown}: {} taken out{in_part}, {} left{kept}",
        plural(result.fixed.len() - result.fixed_in_part, "fixed finding"),
        left.findings.len()
    ));
    // what was not read may be fixed as well
    Ok(if checked.is_complete() { Exit::Clean } else { Exit::Incomplete })
}
