//! `rolehop rules`.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Subcommand;
use serde::Serialize;

use super::arguments::{Global, List, ListFormat, TableFormat};
use super::error::CliError;
use super::frameworks::{controls, frameworks};
use super::output::Console;
use super::rule_args::{self, OwnRulesArgs, no_framework};
use super::workspace::Workspace;
use crate::diagnostic::Exit;
use crate::finding::{Reference, RuleCard, RuleResult, Subject};
use crate::report::csv::{self, Formulas};
use crate::report::escape::escape;
use crate::report::json;
use crate::report::terminal::findings;
use crate::report::terminal::style::Style;
use crate::report::terminal::wrap::line;
use crate::rules::{self, OwnRules, RuleSelection};

/// The rules.
#[derive(Debug, clap::Args)]
#[command(before_help = "Examples:\n  rolehop rules list\n  rolehop rules explain human-path-without-mfa\n  \
    rolehop rules frameworks cis-v7\n  rolehop rules test rules")]
pub(super) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// All rules, by id
    #[command(before_help = "Examples:\n  rolehop rules list\n  rolehop rules list --rules rules --json")]
    List {
        #[command(flatten)]
        own: OwnRulesArgs,
        #[command(flatten)]
        format: ListFormat,
    },
    /// What a rule finds, why it matters, how to fix it
    #[command(before_help = "Examples:\n  rolehop rules explain human-path-without-mfa")]
    Explain {
        /// Rule id
        id: String,
        #[command(flatten)]
        own: OwnRulesArgs,
    },
    /// The frameworks that rules are evidence for, or the controls of one
    #[command(before_help = "Examples:\n  rolehop rules frameworks\n  rolehop rules frameworks cis-v7\n  \
        rolehop rules frameworks cis-v7 -f csv -o controls.csv")]
    Frameworks {
        /// Framework id
        id: Option<String>,
        #[command(flatten)]
        format: TableFormat,
    },
    /// Run the examples in the files of your own rules; with --snapshot, count what each finds there
    #[command(
        before_help = "Examples:\n  rolehop rules test rules\n  rolehop rules test rules --snapshot examples/demo"
    )]
    Test {
        /// Directory with rules of your own
        dir: PathBuf,
    },
}

pub(super) fn run(args: &Args, global: &Global, console: &Console) -> Result<Exit, CliError> {
    rules::verify().map_err(|error| CliError::new(error.diagnostic(None)))?;
    let output = global.output.as_deref();
    match &args.what {
        What::List { own, format } => {
            let own = own.read()?;
            let cards = rules::cards_with(&own);
            console.write(output, |style, out| match format.chosen() {
                List::Json => json::write(&Listed::of(&cards, &own), out),
                List::Csv => rows(&cards, format.formulas(), out),
                List::Table => {
                    let rows =
                        cards.iter().map(|c| vec![c.id.clone(), c.severity.as_str().to_owned(), c.title.clone()]);
                    findings::plain_table(&["RULE", "SEVERITY", "TITLE"], rows, style, out)
                }
            })?;
        }
        What::Explain { id, own } => {
            let own = own.read()?;
            let card = rules::card_with(id, &own).ok_or_else(|| unknown(id, &own))?;
            console.write(output, |style, out| explain(card, own.source(id), style, out))?;
        }
        What::Frameworks { id: None, format } => console.write(output, |style, out| frameworks(format, style, out))?,
        What::Frameworks { id: Some(id), format } => {
            let framework = rules::framework(id).ok_or_else(|| no_framework(id, id))?;
            console.write(output, |style, out| controls(framework, format, style, out))?;
        }
        What::Test { dir } => return test(dir, global, console),
    }
    Ok(Exit::Clean)
}

/// A row for each rule, its controls as `framework/id`.
fn rows(cards: &[RuleCard], formulas: Formulas, out: &mut dyn Write) -> std::io::Result<()> {
    let controls = |card: &RuleCard| {
        let of = |(framework, ids): (&String, &Vec<String>)| ids.iter().map(|id| format!("{framework}/{id}")).collect();
        card.maps.iter().flat_map(|map| -> Vec<String> { of(map) }).collect::<Vec<_>>().join(";")
    };
    let controls: Vec<String> = cards.iter().map(controls).collect();
    let cells = cards.iter().zip(&controls).map(|(card, controls)| {
        [&card.id, card.severity.as_str(), card.confidence.as_str(), &card.title, &card.fix, controls]
    });
    csv::rows(&["rule", "severity", "confidence", "title", "fix", "controls"], cells, formulas, out)
}

/// Runs the examples; exits as findings do if one is not as expected.
fn test(dir: &Path, global: &Global, console: &Console) -> Result<Exit, CliError> {
    let own = Arc::new(rule_args::read(dir)?);
    let results = rules::run_tests(&own);
    let failed = results.iter().filter(|result| !result.passed).count();
    let counts = match global.snapshot {
        Some(_) => Some(counts(&own, global, console)?),
        None => None,
    };
    console.write(global.output.as_deref(), |style, out| {
        let rows = results.iter().map(|result| {
            let how = if result.passed { "ok" } else { "FAILED" };
            let said = if result.passed { String::new() } else { format!("{}, not {}", result.said, result.expected) };
            vec![how.to_owned(), result.rule.clone(), result.example.clone(), said]
        });
        findings::plain_table(&["TEST", "RULE", "EXAMPLE", "SAYS"], rows, style, out)?;
        if let Some(counts) = &counts {
            writeln!(out)?;
            let number = |count: usize| count.to_string();
            let rows = counts.iter().map(|of| {
                let c = of.counts;
                vec![of.rule.clone(), number(c.judged), number(c.failed), number(c.unknown)]
            });
            findings::plain_table(&["RULE", "JUDGED", "FOUND", "UNKNOWN"], rows, style, out)?;
        }
        Ok(())
    })?;
    let without = own.cards().filter(|card| !results.iter().any(|result| result.rule == card.id));
    let without: Vec<&str> = without.map(|card| card.id.as_str()).collect();
    if !without.is_empty() {
        console.say(&format!("note: no tests: {}", without.join(", ")));
    }
    console.say(&format!("tests     {} of {} as expected", results.len() - failed, results.len()));
    Ok(if failed > 0 { Exit::Findings } else { Exit::Clean })
}

/// What the rules of a user find in the snapshot.
fn counts(own: &Arc<OwnRules>, global: &Global, console: &Console) -> Result<Vec<RuleResult>, CliError> {
    let workspace = Workspace::open(global, console)?;
    let only = own.cards().map(|card| card.id.clone()).collect();
    let selection =
        RuleSelection { only, own: Arc::clone(own), targets: workspace.targets().clone(), ..RuleSelection::default() };
    let assessment = rules::check(&workspace.graph(), &selection);
    Ok(assessment.map_err(|error| rule_args::refused(&error, &workspace))?.rules)
}

/// `rolehop/rules/v1`: what programs read about rules.
#[derive(Serialize)]
struct Listed<'a> {
    schema: &'static str,
    rules: Vec<ListedRule<'a>>,
}

#[derive(Serialize)]
struct ListedRule<'a> {
    id: &'a str,
    title: &'a str,
    severity: &'static str,
    confidence: &'static str,
    subject: Subject,
    own: bool,
    facets: Vec<&'static str>,
    settings: Vec<ListedSetting<'a>>,
    controls: Vec<ListedControls<'a>>,
    references: &'a [Reference],
}

#[derive(Serialize)]
struct ListedSetting<'a> {
    name: &'a str,
    default: &'a toml::Value,
}

#[derive(Serialize)]
struct ListedControls<'a> {
    framework: &'a str,
    ids: &'a [String],
}

impl<'a> Listed<'a> {
    fn of(cards: &'a [RuleCard], own: &OwnRules) -> Self {
        let rule = |card: &'a RuleCard| ListedRule {
            id: &card.id,
            title: &card.title,
            severity: card.severity.as_str(),
            confidence: card.confidence.as_str(),
            subject: card.subject,
            own: own.card(&card.id).is_some(),
            facets: card.facets.iter().map(|facet| facet.as_str()).collect(),
            settings: card.parameters.iter().map(|(name, default)| ListedSetting { name, default }).collect(),
            controls: card.maps.iter().map(|(framework, ids)| ListedControls { framework, ids }).collect(),
            references: &card.references,
        };
        Self { schema: "rolehop/rules/v1", rules: cards.iter().map(rule).collect() }
    }
}

fn unknown(id: &str, own: &OwnRules) -> CliError {
    let known: Vec<&str> = rules::cards().iter().chain(own.cards()).map(|c| c.id.as_str()).collect();
    let next = crate::nearest::nearest(id, &known).map_or_else(
        || "`rolehop rules list` shows them".to_owned(),
        |near| format!("did you mean `{near}`? `rolehop rules list` shows all"),
    );
    CliError::usage(format!("no rule `{id}`"), id, "rule ids are kebab-case and name the bad pattern", &next)
}

/// What stands below a label.
const INDENT: &str = "          ";

fn explain(card: &RuleCard, source: Option<(&Path, &str)>, style: &Style, out: &mut dyn Write) -> std::io::Result<()> {
    writeln!(out, "{}  {}\n", style.bold(&card.id), style.severity(card.severity))?;
    let facets = card.facets.iter().map(|f| f.as_str()).collect::<Vec<_>>().join(", ");
    let needs =
        if facets.is_empty() { String::new() } else { format!("{facets}; if it was not read, the result is unknown") };
    let maps = card.maps.iter().map(|(framework, controls)| format!("{framework} {}", controls.join(", ")));
    let parameters = card.parameters.iter().map(|(key, value)| format!("{key} = {value}"));
    let fixes = card.fix_for.iter().map(|(maker, fix)| format!("made by {maker}: {fix}"));
    let parts = [
        ("Title", card.title.clone()),
        ("What", card.summary.clone()),
        ("Risk", card.risk.clone()),
        ("Fix", card.fix.clone()),
        ("Or", fixes.collect::<Vec<_>>().join(" ")),
        ("Careful", card.careful.clone()),
        ("When", source.map_or_else(String::new, |(_, when)| when.split_whitespace().collect::<Vec<_>>().join(" "))),
        ("File", source.map_or_else(String::new, |(file, _)| file.display().to_string())),
        ("Needs", needs),
        ("Settings", parameters.collect::<Vec<_>>().join(", ")),
        ("Maps to", maps.collect::<Vec<_>>().join("; ")),
    ];
    for (label, text) in parts.iter().filter(|(_, text)| !text.is_empty()) {
        line(&escape(text), &format!("{label:<8}  "), INDENT, style, out)?;
    }
    for (at, page) in card.references.iter().enumerate() {
        line(&escape(&page.title), if at == 0 { "Sources   " } else { INDENT }, INDENT, style, out)?;
        if let Some(url) = &page.url {
            // a line of its own, so that terminals find the whole address
            writeln!(out, "{INDENT}{url}")?;
        }
    }
    Ok(())
}
