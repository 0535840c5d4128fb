//! Help that fits a screen: a page for each command, examples first.
//!
//! Owns: the layout of pages, and which options a page only names because another page explains them. The texts are those of the
//! options. INVARIANT: every option is explained on some page, and no page has more than 60 lines (`tests/help.rs`).

use std::collections::BTreeMap;
use std::ffi::OsString;

use clap::builder::StyledStr;
use clap::{Arg, Command};

use super::error::CliError;
use super::headings::{CLOUDTRAIL, GLOBAL, PEOPLE, SELECTION, SESSIONS};
use super::help_layout::{Page, Row};
use super::output::{self, Console};
use crate::diagnostic::Exit;
use crate::nearest::nearest;

/// The widest page: longer lines are hard to read.
const WIDEST: u16 = 100;

/// Headings whose options a page only names, and the topic that explains them.
const RARE: [&str; 4] = [SESSIONS, CLOUDTRAIL, PEOPLE, GLOBAL];

/// The topics beside the commands.
const TOPICS: [(&str, Topic); 2] = [("options", options), ("environment", variables)];

/// Where `scan` sends for the options that it shares with `check`.
const CHECK: &str = "rolehop check --help";

/// Where the commands send for the options that few runs need.
const OPTIONS: &str = "rolehop help options; variables: rolehop help environment";

/// Makes the page of a topic from all commands.
type Topic = fn(&Command, u16) -> String;

/// Show the help of a command, or a topic.
#[derive(Debug, clap::Args)]
#[command(
    before_help = "Examples:\n  rolehop help who-can\n  rolehop help options       options of all commands, and rare ones\n  \
        rolehop help environment   the variables that stand for options"
)]
pub(super) struct Args {
    /// Command, with the words that it consists of, or topic
    #[arg(value_name = "COMMAND")]
    pub(super) words: Vec<String>,
}

pub(super) fn run(args: &Args, all: Command, console: &Console) -> Result<Exit, CliError> {
    let root = built(all);
    let width = width();
    if let [word] = args.words.as_slice()
        && let Some((_, topic)) = TOPICS.iter().find(|(name, _)| name == word)
    {
        return console.result(&topic(&root, width)).map(|()| Exit::Clean);
    }
    let mut command = &root;
    for word in &args.words {
        command = command.find_subcommand(word).ok_or_else(|| unknown(command, word))?;
    }
    console.result(&page(command, width)).map(|()| Exit::Clean)
}

fn unknown(command: &Command, word: &str) -> CliError {
    let known: Vec<&str> = listed(command).map(Command::get_name).chain(TOPICS.map(|(name, _)| name)).collect();
    let near = nearest(word, &known).map_or_else(String::new, |near| format!("did you mean `{near}`? "));
    let name = called(command);
    CliError::usage(
        format!("`{name}` has no command `{word}`"),
        "`rolehop help`",
        "no command and no topic of this name is known",
        &format!("{near}`{name} --help` lists the commands"),
    )
}

/// The page that a command line asks for with `--help`, or by naming a group of commands alone.
pub(super) fn asked(command: &Command, arguments: &[OsString]) -> Option<String> {
    let refused = with_pages(built(command.clone()), width()).try_get_matches_from(arguments).err()?;
    Some(refused.render().to_string())
}

fn with_pages(command: Command, width: u16) -> Command {
    let page = StyledStr::from(page(&command, width));
    command.override_help(page).mut_subcommands(|sub| with_pages(sub, width))
}

/// Titles and pages of all commands and topics.
pub(super) fn all(command: Command, width: u16) -> Vec<(String, String)> {
    fn add(command: &Command, width: u16, pages: &mut Vec<(String, String)>) {
        pages.push((called(command).to_owned(), page(command, width)));
        listed(command).for_each(|sub| add(sub, width, pages));
    }
    let root = built(command);
    let mut pages = Vec::new();
    add(&root, width, &mut pages);
    pages.extend(TOPICS.map(|(name, topic)| (format!("rolehop help {name}"), topic(&root, width))));
    pages
}

fn built(mut root: Command) -> Command {
    root.build();
    root
}

fn width() -> u16 {
    output::width().min(WIDEST)
}

/// `rolehop rules explain`
pub(super) fn called(command: &Command) -> &str {
    command.get_bin_name().unwrap_or(command.get_name())
}

/// The commands that people are told of: not those for work on rolehop, nor clap's own `help` in a group of commands.
pub(super) fn listed(command: &Command) -> impl Iterator<Item = &Command> {
    let is_group = called(command) != "rolehop";
    command.get_subcommands().filter(move |sub| !(sub.is_hide_set() || is_group && sub.get_name() == "help"))
}

/// A command and all below it that people are told of.
fn with_listed(command: &Command) -> Vec<&Command> {
    std::iter::once(command).chain(listed(command).flat_map(with_listed)).collect()
}

/// What a command is for, examples, usage, and its options under their headings, a line each where that is possible.
fn page(command: &Command, width: u16) -> String {
    let mut page = Page::new(width);
    page.paragraph(&styled(command.get_about()));
    page.gap();
    page.verbatim(&styled(command.get_before_help()));
    page.gap();
    page.verbatim(&command.clone().render_usage().to_string());
    let (told, named): (Vec<_>, Vec<_>) =
        sections(command).into_iter().partition(|(heading, _)| elsewhere(command, heading).is_none());
    page.sections(&[("Commands", listed(command).map(Row::command).collect())]);
    let options = told.into_iter().map(|(heading, args)| (heading, args.into_iter().map(Row::option).collect()));
    page.sections(&options.collect::<Vec<_>>());
    if let Some(notes) = command.get_after_help() {
        page.gap();
        notes.to_string().lines().for_each(|line| page.paragraph(line));
    }
    for place in [CHECK, OPTIONS] {
        let of_place = named.iter().filter(|(heading, _)| elsewhere(command, heading) == Some(place));
        let rows: Vec<Row> = of_place.map(|(heading, args)| Row::names(heading, args)).collect();
        page.sections(&[(&format!("More options ({place})"), rows)]);
    }
    page.text()
}

/// Where an option of this heading is explained, if not on the page of the command.
fn elsewhere(command: &Command, heading: &str) -> Option<&'static str> {
    match called(command) {
        "rolehop" => None,
        "rolehop scan" if heading == SELECTION => Some(CHECK),
        _ => RARE.contains(&heading).then_some(OPTIONS),
    }
}

/// Arguments by heading: what has none comes first.
fn sections(command: &Command) -> Vec<(&str, Vec<&Arg>)> {
    let mut sections = vec![("Arguments", Vec::new()), ("Options", Vec::new())];
    for arg in command.get_arguments().filter(|arg| !arg.is_hide_set()) {
        // help is an option of every command like the global ones, and the program itself has no options of its own
        let own = if arg.get_id() == "help" || called(command) == "rolehop" { GLOBAL } else { "Options" };
        let heading = if arg.is_positional() { "Arguments" } else { arg.get_help_heading().unwrap_or(own) };
        match sections.iter_mut().find(|(known, _)| *known == heading) {
            Some((_, args)) => args.push(arg),
            None => sections.push((heading, vec![arg])),
        }
    }
    sections.retain(|(_, args)| !args.is_empty());
    // what all commands have comes last, wherever the command's own options stand
    sections.sort_by_key(|(heading, _)| *heading == GLOBAL);
    sections
}

/// The topic `options`: those that pages only name.
fn options(root: &Command, width: u16) -> String {
    let mut page = Page::new(width);
    page.paragraph("Options that the help of commands only names.");
    let mut all = Vec::new();
    for heading in RARE {
        let (mut args, mut commands) = (Vec::<&Arg>::new(), Vec::new());
        for command in std::iter::once(root).chain(listed(root)) {
            let own: Vec<&Arg> =
                command.get_arguments().filter(|arg| arg.get_help_heading() == Some(heading)).collect();
            if !own.is_empty() {
                commands.push(command.get_name());
            }
            let new: Vec<&Arg> =
                own.into_iter().filter(|arg| args.iter().all(|a| a.get_id() != arg.get_id())).collect();
            args.extend(new);
        }
        let of = if heading == GLOBAL { "all commands".to_owned() } else { commands.join(", ") };
        all.push((format!("{heading}, of {of}"), args.into_iter().map(Row::option_with_variable).collect()));
    }
    page.sections(&all);
    page.text()
}

/// The topic `environment`: variables that stand for options.
fn variables(root: &Command, width: u16) -> String {
    let mut known = BTreeMap::<String, (String, Vec<&str>)>::new();
    for command in with_listed(root) {
        for arg in command.get_arguments() {
            if let (Some(variable), Some(long)) = (arg.get_env(), arg.get_long()) {
                let entry = known.entry(variable.to_string_lossy().into_owned());
                let (_, commands) = entry.or_insert_with(|| (format!("--{long}"), Vec::new()));
                // an option of the program itself is one of every command
                if commands.first() != Some(&"rolehop") {
                    let name = called(command);
                    commands.push(name.strip_prefix("rolehop ").unwrap_or(name));
                }
            }
        }
    }
    let rows = known.into_iter().map(|(variable, (option, commands))| match commands.as_slice() {
        ["rolehop"] => Row::new(variable, option),
        of => Row::new(variable, format!("{option} of {}", of.join(", "))),
    });
    let mut page = Page::new(width);
    page.paragraph("Variables that stand for options. An option on the command line counts before its variable.");
    page.sections(&[("Variables", rows.collect())]);
    page.gap();
    page.paragraph(
        "AWS's own variables (AWS_PROFILE, AWS_CA_BUNDLE, ...) and those of proxies (HTTPS_PROXY, ...) count as well.",
    );
    page.paragraph("NO_COLOR and FORCE_COLOR decide about color, COLUMNS about the width of lines on a terminal.");
    page.text()
}

fn styled(text: Option<&StyledStr>) -> String {
    text.map(ToString::to_string).unwrap_or_default()
}

/// The examples of a command, a line each.
pub(super) fn examples(command: &Command) -> Vec<String> {
    styled(command.get_before_help()).lines().skip(1).map(|line| line.trim().to_owned()).collect()
}
