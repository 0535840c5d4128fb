//! The command that a user may want next, as it can be pasted into a shell.

use super::arguments::{EdgeKinds, Global};
use super::output::Console;
use crate::arn::Arn;
use crate::report::escape::escape;
use crate::report::terminal::names::{Names, short};
use crate::shell;

/// A name as it is shown, where a command takes it as well: with the account's id where its name tells no account by itself.
pub(super) fn name(of: &str, names: &Names) -> String {
    if of == "*" {
        return of.to_owned();
    }
    let account = Arn::parse(of).and_then(|arn| names.get(arn.account));
    let is_own = |name: &String| {
        let alike = names.values().filter(|other| other.eq_ignore_ascii_case(name)).count();
        alike == 1 && !name.contains(['/', ':'])
    };
    if account.is_none_or(is_own) { short(of, names) } else { short(of, &Names::new()) }
}

/// Suggests to look at a path, which follows the same kinds of edge.
pub(super) fn suggest_path(from: &str, to: &str, edges: &EdgeKinds, global: &Global, console: &Console) {
    suggest(&[&["path", from, to], edges.words()].concat(), global, console);
}

/// Says the command on standard error; on the same snapshot, with the same configuration.
pub(super) fn suggest(words: &[&str], global: &Global, console: &Console) {
    let mut command: Vec<String> = std::iter::once("rolehop").chain(words.iter().copied()).map(str::to_owned).collect();
    command.extend(given(global));
    // what no shell can be told, or no terminal should be shown, is not suggested
    let safe = command.iter().all(|word| escape(word) == word.as_str());
    if safe {
        let line = command.iter().map(|word| shell::word(word)).collect::<Vec<_>>().join(" ");
        console.say("");
        console.command("Next: ", &line);
    }
}

/// The options that say which snapshot a question is asked of, and how: the next one needs them as well.
pub(super) fn given(global: &Global) -> Vec<String> {
    let shown = |path: &Option<std::path::PathBuf>| path.as_ref().map(|path| path.display().to_string());
    let at = global.at.map(|at| at.to_string());
    let options = [("--snapshot", shown(&global.snapshot)), ("--config", shown(&global.config)), ("--at", at)];
    let mut words: Vec<String> =
        options.into_iter().flat_map(|(flag, value)| value.map(|value| [flag.to_owned(), value])).flatten().collect();
    words.extend(global.no_config.then(|| "--no-config".to_owned()));
    words
}
