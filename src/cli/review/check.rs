//! `rolehop review check FILE`: what is missing in a sheet that was filled in, and what changed since it was made.

use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;

use jiff::Timestamp;

use super::file::{named, read};
use super::sheet::of;
use super::shown::{Format, Shown};
use crate::cli::arguments::Global;
use crate::cli::error::CliError;
use crate::cli::output::Console;
use crate::cli::workspace::Workspace;
use crate::diagnostic::{Code, Diagnostic, Exit};
use crate::graph::TrustGraph;
use crate::graph::query::{check_target, roles_of_target};
use crate::ids::{AccountId, PrincipalIx};
use crate::model::Estate;
use crate::report::terminal::diagnostic::Level;
use crate::report::terminal::names::{Names, plural};
use crate::report::{json, review as report};
use crate::reserved::{reserved, without_suffix};
use crate::review::{Changes, Checked, NotCompared, Sheet, check};
use crate::snapshot::ledger::Gap;

/// Which sheet, and how.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The sheet, filled in
    file: PathBuf,
    /// Look at the sheet alone: do not ask a snapshot what changed since
    #[arg(long)]
    sheet_only: bool,
    #[command(flatten)]
    shown: Shown,
}

pub(super) fn run(args: &Args, global: &Global, console: &Console) -> Result<Exit, CliError> {
    let shown = &args.shown;
    let sinks = shown.sinks(global)?;
    let sheet = read(&args.file)?;
    let mut names = named(&sheet);
    let since = if args.sheet_only { Err(NotCompared::SheetOnly) } else { since(&sheet, &mut names, global, console)? };
    let checked = check(&sheet, since, global.at.unwrap_or_else(Timestamp::now));
    for sink in sinks {
        console.write(sink.file.as_deref(), |style, out| match sink.format {
            Format::Table => report::checked(&checked, shown.table.most(), &names, style, out),
            Format::Json => json::write(&checked, out),
            Format::Csv => report::checked_csv(&checked, &names, shown.table.formulas(), out),
        })?;
    }
    let exit = Exit::of(checked.is_whole(), !checked.is_done());
    console.say(&format!("exit {}: {}", exit.code(), meaning(exit, &checked)));
    Ok(exit)
}

/// What the snapshot shows that is another than on the sheet, or why it cannot be asked.
fn since(
    sheet: &Sheet,
    names: &mut Names,
    global: &Global,
    console: &Console,
) -> Result<Result<Changes, NotCompared>, CliError> {
    let frozen = &sheet.frozen;
    if frozen.targets.is_empty() {
        return Ok(Err(NotCompared::NoTargets));
    }
    let workspace = Workspace::open(global, console).map_err(without_snapshot)?;
    names.extend(workspace.names());
    if !frozen.snapshot.is_empty() && workspace.snapshot.digest().as_ref() == Some(&frozen.snapshot) {
        return Ok(Err(NotCompared::SameSnapshot));
    }
    is_of_later(sheet, &workspace)?;
    let graph = workspace.graph();
    let roles = Roles::new(&workspace.estate);
    let There { asked, gone, unread } = there(sheet, &workspace, &graph, &roles, console)?;
    let narrowed = narrowed(sheet, &asked, &workspace, (&graph, &roles), console)?;
    let mut now = of(&asked, &workspace, &graph)?;
    now.frozen.targets.extend(gone);
    now.frozen.missing.extend(unread.iter().map(Gap::sentence));
    Ok(Ok(Changes::since(sheet, &now, &narrowed)))
}

/// Where there is no snapshot, the sheet can be looked at all the same.
fn without_snapshot(mut error: CliError) -> CliError {
    if error.diagnostic.code == Code::NoSnapshot {
        error.diagnostic.next = format!("look at the sheet alone with --sheet-only; {}", error.diagnostic.next);
    }
    error
}

/// That the snapshot is of the organization of a sheet, and not from before it: else everybody would have gone, or come.
fn is_of_later(sheet: &Sheet, workspace: &Workspace) -> Result<(), CliError> {
    let (frozen, estate) = (&sheet.frozen, &workspace.estate);
    let refused = |what: &str, why: String, next: &str| {
        let place = estate
            .organization()
            .map_or_else(|| "the snapshot".to_owned(), |own| format!("the snapshot of {}", own.id));
        Err(CliError::new(Diagnostic::new(Code::SheetElsewhere, what, place, why, next)))
    };
    let own = estate.organization().map(|own| own.id.as_str()).unwrap_or_default();
    let accounts: BTreeSet<&str> = sheet.lines.iter().map(|line| line.account.as_str()).collect();
    let is_here = |id: &&str| AccountId::parse(id).and_then(|id| estate.account_by_id(id)).is_some();
    let is_elsewhere = if own.is_empty() || frozen.organization.is_empty() {
        // earlier sheets do not say it; of none of these accounts could anything be compared
        !accounts.is_empty() && !accounts.iter().any(is_here)
    } else {
        own != frozen.organization
    };
    if is_elsewhere {
        let of = match frozen.organization.as_str() {
            "" => format!(
                "none of its accounts is in the snapshot: {}",
                accounts.into_iter().take(3).collect::<Vec<_>>().join(", ")
            ),
            id => format!("it is of {id}"),
        };
        return refused(
            "the sheet is of another organization",
            of,
            "give the snapshot of that organization with --snapshot, or look at the sheet alone with --sheet-only",
        );
    }
    let made = frozen.at.parse::<Timestamp>().ok().zip(workspace.snapshot.taken_at());
    match made {
        Some((made, taken)) if taken < made => refused(
            "the snapshot is older than the sheet",
            format!("the sheet is of {made}, the snapshot was taken at {taken}"),
            "give a later snapshot with --snapshot, or look at the sheet alone with --sheet-only",
        ),
        _ => Ok(()),
    }
}

/// The roles of a sheet in a later snapshot.
struct Roles<'e> {
    estate: &'e Estate,
    /// Roles of Identity Center by ARN without suffix: they have another one when a set was taken from an account and came back.
    reserved: HashMap<String, PrincipalIx>,
}

impl<'e> Roles<'e> {
    fn new(estate: &'e Estate) -> Self {
        let roles = estate.roles().filter(|role| {
            let role = estate.principal(*role);
            reserved(role.path(), role.name()).is_some()
        });
        let of_set = roles.filter_map(|role| Some((without_suffix(&estate.arn(role))?.to_owned(), role)));
        Self { estate, reserved: of_set.collect() }
    }

    fn find(&self, arn: &str) -> Option<PrincipalIx> {
        self.estate.principal_by_arn(arn).or_else(|| self.reserved.get(without_suffix(arn)?).copied())
    }
}

/// The roles of a sheet that are still there, and no more among those of their target: its definition, or what it looks at, is another.
fn narrowed<'s>(
    sheet: &'s Sheet,
    asked: &[String],
    workspace: &Workspace,
    (graph, roles): (&TrustGraph<'_>, &Roles<'_>),
    console: &Console,
) -> Result<BTreeSet<(&'s str, &'s str)>, CliError> {
    let mut narrowed = BTreeSet::new();
    for target in asked {
        let own = roles_of_target(graph, target, workspace.targets())?;
        let lines = sheet.lines.iter().filter(|line| line.target == *target);
        let left = lines.filter(|line| roles.find(&line.role).is_some_and(|role| !own.contains(&role)));
        let left: BTreeSet<&str> = left.map(|line| line.role.as_str()).collect();
        if let Some(first) = left.first() {
            let all = plural(left.len(), "role");
            console.diagnostic(
                &Diagnostic::new(
                    Code::SheetElsewhere,
                    format!("`{target}` is narrower than on the sheet"),
                    format!("{all}, {first} first"),
                    "they are still there and no more among its roles, so whether those who were reviewed still reach them was not asked",
                    "review the roles under a target that has them, or restore the target's definition",
                ),
                Level::Warning,
            );
        }
        narrowed.extend(
            sheet
                .lines
                .iter()
                .filter(|line| line.target == *target && left.contains(&*line.role))
                .map(|line| (&*line.target, &*line.role)),
        );
    }
    Ok(narrowed)
}

/// What became of the targets of a sheet.
#[derive(Default)]
struct There {
    asked: Vec<String>,
    /// Nobody reaches what is not there any more, as far as that was read.
    gone: Vec<String>,
    /// Why something of them may be there.
    unread: BTreeSet<Gap>,
}

/// A target that is not there, and whose roles on the sheet are, has another name or other accounts now: it is not compared.
fn there(
    sheet: &Sheet,
    workspace: &Workspace,
    graph: &TrustGraph<'_>,
    roles: &Roles<'_>,
    console: &Console,
) -> Result<There, CliError> {
    let mut found = There::default();
    for target in &sheet.frozen.targets {
        let Err(error) = check_target(graph, target, workspace.targets()) else {
            found.asked.push(target.clone());
            continue;
        };
        let Some(unread) = error.unread() else { return Err(error.into()) };
        let mut lines = sheet.lines.iter().filter(|line| line.target == *target);
        let is_elsewhere = lines.any(|line| roles.find(&line.role).is_some());
        if unread.is_empty() && is_elsewhere {
            console.diagnostic(&error.diagnostic(), Level::Warning);
            continue;
        }
        found.gone.push(target.clone());
        found.unread.extend(unread.iter().cloned());
    }
    Ok(found)
}

fn meaning(exit: Exit, checked: &Checked) -> &'static str {
    match exit {
        Exit::Clean if checked.since.is_none() => "every line is decided; nothing was compared",
        Exit::Clean => "every line is decided, and nothing changed since that was not decided",
        Exit::Findings => "something is left to do",
        Exit::Incomplete => "nothing is left to do as far as can be told: data is missing",
        Exit::IncompleteWithFindings => "something is left to do, and data is missing",
        _ => "",
    }
}
