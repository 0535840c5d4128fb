//! `rolehop rules`.

use std::io::Write;

use clap::Subcommand;

use super::arguments::Global;
use super::check;
use super::error::CliError;
use super::output::Console;
use crate::diagnostic::Exit;
use crate::finding::{Basis, Covers, Framework, RuleCard};
use crate::report::terminal::findings;
use crate::report::terminal::style::Style;
use crate::report::terminal::wrap::line;
use crate::rules;

/// The rules.
#[derive(Debug, clap::Args)]
#[command(before_help = "Examples:\n  rolehop rules list\n  rolehop rules explain human-path-without-mfa\n  \
    rolehop rules frameworks cis-v7")]
pub(super) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// All rules, by id
    #[command(before_help = "Examples:\n  rolehop rules list")]
    List,
    /// What a rule finds, why it matters, how to fix it
    #[command(before_help = "Examples:\n  rolehop rules explain human-path-without-mfa")]
    Explain {
        /// Rule id
        id: String,
    },
    /// The frameworks that rules are evidence for, or the controls of one
    #[command(before_help = "Examples:\n  rolehop rules frameworks\n  rolehop rules frameworks cis-v7")]
    Frameworks {
        /// Framework id
        id: Option<String>,
    },
}

pub(super) fn run(args: &Args, global: &Global, console: &Console) -> Result<Exit, CliError> {
    rules::verify().map_err(|error| CliError::new(error.diagnostic(None)))?;
    match &args.what {
        What::List => console.write(global.output.as_deref(), |style, out| {
            let rows =
                rules::cards().iter().map(|c| vec![c.id.clone(), c.severity.as_str().to_owned(), c.title.clone()]);
            findings::plain_table(&["RULE", "SEVERITY", "TITLE"], rows, style, out)
        })?,
        What::Frameworks { id: None } => console.write(global.output.as_deref(), |style, out| {
            let covered = |f: &Framework| f.controls.iter().filter(|c| c.links().next().is_some()).count();
            let rows = rules::frameworks().iter().map(|f| {
                let (of, covered) = (f.controls.len().to_string(), covered(f).to_string());
                vec![f.id.clone(), of, covered, format!("{} {}", f.title, f.version)]
            });
            findings::plain_table(&["FRAMEWORK", "CONTROLS", "COVERED", "TITLE"], rows, style, out)
        })?,
        What::Frameworks { id: Some(id) } => {
            let framework = rules::framework(id).ok_or_else(|| check::no_framework(id))?;
            console.write(global.output.as_deref(), |style, out| controls(framework, style, out))?;
        }
        What::Explain { id } => {
            let card = rules::card(id).ok_or_else(|| unknown(id))?;
            console.write(global.output.as_deref(), |style, out| explain(card, style, out))?;
        }
    }
    Ok(Exit::Clean)
}

/// Every control of a framework with the rules that are evidence for it.
fn controls(framework: &Framework, style: &Style, out: &mut dyn Write) -> std::io::Result<()> {
    writeln!(out, "{}  {} {}", style.bold(&framework.id), framework.title, framework.version)?;
    line(&framework.scope, "Listed    ", "          ", style, out)?;
    line(&framework.source, "Sources   ", "          ", style, out)?;
    line("of a rule, * by our own judgment", "Evidence  ", "          ", style, out)?;
    writeln!(out)?;
    let rows = framework.controls.iter().map(|control| {
        let of = |wanted: Covers| {
            let rules = control.links().filter(move |(_, covers, _)| *covers == wanted);
            let marked =
                rules.map(|(rule, _, basis)| format!("{rule}{}", if basis == Basis::Judgment { "*" } else { "" }));
            marked.collect::<Vec<_>>().join(", ")
        };
        vec![control.id.clone(), control.label.clone(), of(Covers::Full), of(Covers::Partial)]
    });
    findings::plain_table(&["CONTROL", "ABOUT", "DECIDED BY", "EVIDENCE FROM"], rows, style, out)
}

fn unknown(id: &str) -> CliError {
    let known: Vec<&str> = rules::cards().iter().map(|c| c.id.as_str()).collect();
    let next = crate::nearest::nearest(id, &known).map_or_else(
        || "`rolehop rules list` shows them".to_owned(),
        |near| format!("did you mean `{near}`? `rolehop rules list` shows all"),
    );
    CliError::usage(format!("no rule `{id}`"), id, "rule ids are kebab-case and name the bad pattern", &next)
}

fn explain(card: &RuleCard, style: &Style, out: &mut dyn Write) -> std::io::Result<()> {
    writeln!(out, "{}  {}\n", style.bold(&card.id), style.severity(card.severity))?;
    let facets = card.facets.iter().map(|f| f.as_str()).collect::<Vec<_>>().join(", ");
    let maps = card.maps.iter().map(|(framework, controls)| format!("{framework} {}", controls.join(", ")));
    let parameters = card.parameters.iter().map(|(key, value)| format!("{key} = {value}"));
    let references = card.references.iter().map(|r| r.title.clone());
    let fixes = card.fix_for.iter().map(|(maker, fix)| format!("made by {maker}: {fix}"));
    let parts = [
        ("Title", card.title.clone()),
        ("What", card.summary.clone()),
        ("Risk", card.risk.clone()),
        ("Fix", card.fix.clone()),
        ("Or", fixes.collect::<Vec<_>>().join(" ")),
        ("Careful", card.careful.clone()),
        ("Needs", format!("{facets}; if it was not read, the result is unknown")),
        ("Settings", parameters.collect::<Vec<_>>().join(", ")),
        ("Maps to", maps.collect::<Vec<_>>().join("; ")),
        ("Sources", references.collect::<Vec<_>>().join("; ")),
    ];
    for (label, text) in parts.iter().filter(|(_, text)| !text.is_empty()) {
        line(text, &format!("{label:<8}  "), "          ", style, out)?;
    }
    Ok(())
}
