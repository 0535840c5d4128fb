//! Environment variables beside a command line: which of them count.
//!
//! Owns: an empty variable is unset, an option beats every variable that conflicts with it, and a value that the chosen command does
//! not have. INVARIANT: an error about a variable's value names the variable.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};

use clap::builder::Resettable;
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Command};

/// Options that mean something only beside another one: without it, their variable was set for other commands.
const ONLY_WITH: &[(&str, &str, &str)] = &[("accounts", "profile", "list")];

/// Options of every command that a command does not take: their variables were set for the others.
const NOT_OF: &[(&str, &[&str])] = &[("demo", &["snapshot", "config"]), ("diff", &["snapshot"])];

/// Options that several commands share and one of them cannot follow: a file that is not written, a result that is not redacted, a
/// snapshot that is not continued. What is not read, such as a snapshot by `rules list`, does no harm.
const WITHOUT_EFFECT: &[(&str, &[&str])] = &[
    ("collect", &["at", "redact"]),
    ("doctor", &["at", "redact", "resume", "max_age", "metrics", "snapshot_under"]),
    ("index", &["output"]),
    ("merge", &["at", "output", "redact"]),
];

/// An option that is short for a value of another one.
const SHORT_FOR: (&str, &str) = ("json", "format");

/// The option whose variable one shell sets for all commands, although each command has other values.
const PER_COMMAND: &str = "format";

/// A command line with the variables that count for it.
#[derive(Debug)]
pub(super) struct Prepared {
    /// What to parse with.
    pub(super) command: Command,
    /// Variables that are set and do not count, and why.
    pub(super) notes: Vec<String>,
}

/// The value of a variable that its option does not accept.
#[derive(Debug)]
pub(super) struct BadVariable {
    pub(super) variable: String,
    pub(super) value: String,
    /// `--quiet`
    pub(super) option: String,
    /// The option takes no value: its variable says yes or no.
    pub(super) switch: bool,
    /// What the option says about the value.
    pub(super) refused: clap::Error,
}

/// The command with the variables that count: those that are empty or that an option overrules are no longer read.
pub(super) fn prepare(command: Command, arguments: &[OsString]) -> Result<Prepared, Box<BadVariable>> {
    let mut notes = Vec::new();
    let mut ignored = BTreeSet::new();
    // help and version, which no variable changes
    let Some((names, given)) = given(&command, arguments) else { return Ok(Prepared { command, notes }) };
    if names.first().is_some_and(|name| name == "help") {
        return Ok(Prepared { command: without_any(command), notes });
    }
    let chain = chain(&command, &names);
    for (name, arg, variable, value) in set(&chain) {
        // clap reads the variable of a global option on every level, also where the option stands on another
        let typed = given.contains(arg.get_id().as_str());
        let foreign = NOT_OF
            .iter()
            .any(|(of, options)| names.iter().any(|n| n == of) && options.contains(&arg.get_id().as_str()));
        if value.is_empty() || typed || foreign || overruled(&chain, arg, &given) || lacks_partner(name, arg, &given) {
            ignored.insert(variable.to_owned());
        } else if let Err(refused) = accepts(arg, &value) {
            let other = arg.get_id() == PER_COMMAND && known_elsewhere(&command, &value);
            let told = value.to_string_lossy();
            let variable = variable.to_string_lossy().into_owned();
            if !other {
                // a secret is not shown, even if it is not one that can be used
                let value = if arg.is_hide_env_values_set() { "…".to_owned() } else { told.into_owned() };
                let option = shown(arg);
                let switch = matches!(arg.get_action(), ArgAction::SetTrue);
                return Err(Box::new(BadVariable { variable, value, option, switch, refused }));
            }
            notes.push(format!("note: {variable}={told} is ignored: `rolehop {}` has no such format", names.join(" ")));
            ignored.insert(variable.into());
        }
    }
    Ok(Prepared { command: if ignored.is_empty() { command } else { without(command, &ignored) }, notes })
}

/// A command and an option of it that was typed, and that would change nothing.
pub(super) fn without_effect(command: &Command, arguments: &[OsString]) -> Option<(String, String)> {
    let (names, typed) = given(command, arguments)?;
    let name = names.join(" ");
    let (_, options) = WITHOUT_EFFECT.iter().find(|(of, _)| *of == name)?;
    let option = options.iter().find(|option| typed.contains(**option))?;
    let mut args = chain(command, &names).into_iter().flat_map(Command::get_arguments);
    let arg = args.find(|arg| arg.get_id() == option)?;
    Some((format!("rolehop {name}"), shown(arg)))
}

/// The variable without which the command line would be understood.
pub(super) fn cause(command: &Command, arguments: &[OsString]) -> Option<String> {
    let chain = chain(command, &names(command, arguments));
    let mut variables = set(&chain).into_iter().map(|(_, _, variable, _)| variable);
    let cause = variables.find(|variable| {
        let without = without(command.clone(), &BTreeSet::from([OsString::from(variable)]));
        without.try_get_matches_from(arguments).is_ok()
    });
    cause.map(|variable| variable.to_string_lossy().into_owned())
}

/// The subcommands that a command line names, as far as it can be understood: `["rules", "explain"]`.
pub(super) fn names(command: &Command, arguments: &[OsString]) -> Vec<String> {
    given(command, arguments).map(|(names, _)| names).unwrap_or_default()
}

/// Subcommands and options of a command line, whatever the environment says and even where it is wrong; none where help
/// is asked for.
fn given(command: &Command, arguments: &[OsString]) -> Option<(Vec<String>, BTreeSet<String>)> {
    let bare = without_any(command.clone()).ignore_errors(true);
    let matches = bare.try_get_matches_from(arguments).ok()?;
    let (mut names, mut options) = (Vec::new(), BTreeSet::new());
    let mut level: Option<&ArgMatches> = Some(&matches);
    while let Some(matches) = level {
        let typed = matches.ids().filter(|id| matches.value_source(id.as_str()) == Some(ValueSource::CommandLine));
        options.extend(typed.map(|id| id.as_str().to_owned()));
        names.extend(matches.subcommand_name().map(str::to_owned));
        level = matches.subcommand().map(|(_, matches)| matches);
    }
    Some((names, options))
}

/// The commands from `rolehop` down to the one that was named.
fn chain<'c>(command: &'c Command, names: &[String]) -> Vec<&'c Command> {
    let mut chain = vec![command];
    for name in names {
        chain.extend(chain.last().and_then(|command| command.find_subcommand(name)));
    }
    chain
}

/// Variables that are set, with command and option.
fn set<'c>(chain: &[&'c Command]) -> Vec<(&'c str, &'c Arg, &'c OsStr, OsString)> {
    let all = chain.iter().flat_map(|command| command.get_arguments().map(|arg| (command.get_name(), arg)));
    let set = all.filter_map(|(name, arg)| {
        let variable = arg.get_env()?;
        Some((name, arg, variable, std::env::var_os(variable)?))
    });
    set.collect()
}

fn overruled(chain: &[&Command], arg: &Arg, given: &BTreeSet<String>) -> bool {
    let typed = |arg: &Arg| given.contains(arg.get_id().as_str());
    if arg.get_id() == SHORT_FOR.1 && given.contains(SHORT_FOR.0) {
        return true;
    }
    chain.iter().any(|command| {
        let own = command.get_arguments().any(|own| own.get_id() == arg.get_id());
        (own && command.get_arg_conflicts_with(arg).into_iter().any(typed))
            || command
                .get_arguments()
                .filter(|other| typed(other))
                .any(|other| command.get_arg_conflicts_with(other).iter().any(|c| c.get_id() == arg.get_id()))
    })
}

fn lacks_partner(command: &str, arg: &Arg, given: &BTreeSet<String>) -> bool {
    ONLY_WITH.iter().any(|(of, option, partner)| *of == command && arg.get_id() == option && !given.contains(*partner))
}

/// Whether the option accepts the value: asked of the option alone, so that the answer is about nothing else.
fn accepts(arg: &Arg, value: &OsStr) -> Result<(), clap::Error> {
    let alone = Arg::new("value")
        .long("value")
        .value_parser(arg.get_value_parser().clone())
        .value_delimiter(arg.get_value_delimiter())
        .num_args(1)
        .action(ArgAction::Append);
    let mut word = OsString::from("--value=");
    word.push(value);
    let command = Command::new("rolehop").no_binary_name(true).arg(alone);
    command.try_get_matches_from([word]).map(|_| ())
}

fn shown(arg: &Arg) -> String {
    format!("--{}", arg.get_long().unwrap_or("value"))
}

/// Whether some other command accepts the value for its option of this name.
fn known_elsewhere(command: &Command, value: &OsStr) -> bool {
    let own = command.get_arguments().any(|arg| arg.get_id() == PER_COMMAND && accepts(arg, value).is_ok());
    own || command.get_subcommands().any(|sub| known_elsewhere(sub, value))
}

fn without(command: Command, variables: &BTreeSet<OsString>) -> Command {
    map(command, &|arg| arg.get_env().is_some_and(|name| variables.contains(name)))
}

/// The command where no variable counts.
pub(super) fn without_any(command: Command) -> Command {
    map(command, &|_| true)
}

/// The command without the variables of the options that `unset` chooses.
fn map(command: Command, unset: &dyn Fn(&Arg) -> bool) -> Command {
    command
        .mut_args(|arg| if unset(&arg) { arg.env(Resettable::Reset) } else { arg })
        .mut_subcommands(|sub| map(sub, unset))
}
