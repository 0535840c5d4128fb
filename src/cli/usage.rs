//! A command line that was not understood, and requested help and version.
//!
//! Owns: the four parts of these errors, made of what clap knows about them and not of clap's text.

use std::error::Error;
use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::environment::{self, BadVariable};
use super::help;
use super::output::Console;
use crate::diagnostic::{Code, Diagnostic, Exit};
use crate::report::terminal::diagnostic::Level;

/// Help and version are results, also where nothing was asked for; anything else is a usage error in four parts.
pub(super) fn report(refused: &clap::Error, command: &clap::Command, arguments: &[OsString]) -> Exit {
    let console = Console::early();
    if matches!(
        refused.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
    ) {
        let page = help::asked(command, arguments).unwrap_or_else(|| refused.render().to_string());
        return match console.result(&page) {
            Ok(()) => Exit::Clean,
            Err(failed) => {
                console.diagnostic(&failed.diagnostic, Level::Error);
                failed.exit
            }
        };
    }
    let names = environment::names(command, arguments);
    // `rolehop rules help explain` is `rolehop help rules explain`
    if refused.kind() == ErrorKind::InvalidSubcommand && text(refused, ContextKind::InvalidSubcommand) == "help" {
        let rest = arguments.iter().skip_while(|word| *word != "help").skip(1);
        let words = names.into_iter().chain(rest.map(|word| word.to_string_lossy().into_owned())).collect();
        return help::run(&help::Args { words }, command.clone(), &console).unwrap_or_else(|failed| {
            console.diagnostic(&failed.diagnostic, Level::Error);
            failed.exit
        });
    }
    let mut diagnostic = refusal(refused, &names);
    if refused.kind() == ErrorKind::MissingRequiredArgument
        && let Some(variable) = environment::cause(command, arguments)
    {
        let needed = quoted(&text(refused, ContextKind::InvalidArg));
        diagnostic.what = format!("`{variable}` is set, and needs {needed}");
        diagnostic.why = "the option that the variable stands for means nothing without it".to_owned();
        diagnostic.next = format!("give {needed}, or unset the variable");
    }
    console.diagnostic(&diagnostic, Level::Error);
    Exit::Usage
}

/// A variable with a value that its option does not accept.
pub(super) fn variable(bad: &BadVariable) -> Exit {
    let BadVariable { variable, value, option, switch, refused } = bad;
    let words = "it takes 1, true, yes or on; 0, false, no or off; or nothing, which is as if it were not set";
    let why = if *switch { Some(words.to_owned()) } else { accepted(refused) };
    let diagnostic = Diagnostic::new(
        Code::Usage,
        format!("`{value}` is no value of `{variable}`"),
        format!("the environment variable {variable}, which stands for `{option}`"),
        why.unwrap_or_else(|| "the option does not accept it".to_owned()),
        format!("{}unset the variable, or give `{option}`, which counts before it", suggestion(refused)),
    );
    Console::early().diagnostic(&diagnostic, Level::Error);
    Exit::Usage
}

/// An option that the command has like all others, and that would change nothing.
pub(super) fn without_effect(command: &str, option: &str) -> Exit {
    let diagnostic = Diagnostic::new(
        Code::Usage,
        format!("`{command}` does not take `{option}`"),
        format!("`{command}`"),
        "it would change nothing there",
        format!("leave it out; `{command} --help` lists what it takes"),
    );
    Console::early().diagnostic(&diagnostic, Level::Error);
    Exit::Usage
}

/// A refusal in four parts.
pub(super) fn refusal(refused: &clap::Error, names: &[String]) -> Diagnostic {
    let command = std::iter::once("rolehop").chain(names.iter().map(String::as_str)).collect::<Vec<_>>().join(" ");
    let arg = quoted(&text(refused, ContextKind::InvalidArg));
    let value = text(refused, ContextKind::InvalidValue);
    let help = format!("`{command} --help` lists what it takes");
    let (what, why) = match refused.kind() {
        ErrorKind::InvalidValue if value.is_empty() => (
            format!("{arg} was given without its value"),
            accepted(refused).unwrap_or_else(|| "it takes a value".to_owned()),
        ),
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => (
            if value.is_empty() {
                format!("{arg} was given an empty value")
            } else {
                format!("`{value}` is no value of {arg}")
            },
            accepted(refused).unwrap_or_else(|| "it cannot be understood".to_owned()),
        ),
        ErrorKind::UnknownArgument if text(refused, ContextKind::InvalidArg).starts_with('-') => {
            (format!("`{command}` has no option {arg}"), "no option of this name is known".to_owned())
        }
        ErrorKind::UnknownArgument => {
            (format!("`{command}` does not take {arg}"), "it has all the arguments that it takes".to_owned())
        }
        ErrorKind::InvalidSubcommand => (
            format!("`{command}` has no command `{}`", text(refused, ContextKind::InvalidSubcommand)),
            "no command of this name is known".to_owned(),
        ),
        ErrorKind::ArgumentConflict => {
            let prior = quoted(&text(refused, ContextKind::PriorArg));
            let why = if prior == arg { "it can be given once" } else { "the two contradict each other" };
            let with = if prior == arg { "given twice".to_owned() } else { format!("used with {prior}") };
            (format!("{arg} cannot be {with}"), why.to_owned())
        }
        ErrorKind::MissingRequiredArgument => (format!("missing: {arg}"), "the command needs it".to_owned()),
        // the rest is rare: clap's own sentence says what it is
        _ => {
            let rendered = refused.render().to_string();
            let first = rendered.lines().next().unwrap_or_default().trim_start_matches("error: ").replace('\'', "`");
            (first, "the command line cannot be understood".to_owned())
        }
    };
    Diagnostic::new(Code::Usage, what, format!("`{command}`"), why, format!("{}{help}", suggestion(refused)))
}

/// What an option accepts instead: its words, or what its parser says.
fn accepted(refused: &clap::Error) -> Option<String> {
    let words = texts(refused, ContextKind::ValidValue);
    if let Some((last, rest)) = words.split_last().filter(|(last, _)| !last.is_empty()) {
        let list = if rest.is_empty() { last.clone() } else { format!("{} or {last}", rest.join(", ")) };
        return Some(format!("it takes {list}"));
    }
    refused.source().map(|source| source.to_string().replace('\'', "`"))
}

/// `did you mean …? `, where something is near.
fn suggestion(refused: &clap::Error) -> String {
    let kinds = [ContextKind::SuggestedValue, ContextKind::SuggestedArg, ContextKind::SuggestedSubcommand];
    // the nearest is the last
    let near = kinds.into_iter().flat_map(|kind| texts(refused, kind)).last();
    near.map_or_else(String::new, |near| format!("did you mean `{near}`? "))
}

fn texts(refused: &clap::Error, kind: ContextKind) -> Vec<String> {
    match refused.get(kind) {
        Some(ContextValue::Strings(all)) => all.clone(),
        Some(ContextValue::String(one)) => vec![one.clone()],
        _ => Vec::new(),
    }
}

fn text(refused: &clap::Error, kind: ContextKind) -> String {
    texts(refused, kind).join(", ")
}

/// Each argument in backticks.
fn quoted(arguments: &str) -> String {
    // clap shows with dots what can be given several times
    arguments
        .split(", ")
        .map(|argument| format!("`{}`", argument.trim_end_matches("...")))
        .collect::<Vec<_>>()
        .join(", ")
}
