//! `rolehop config show`: the settings that apply, and where each comes from.
//!
//! Owns: the order in which origins count. Options of single commands are not seen here: they come before all of these.

use std::path::Path;

use crate::cli::arguments::Global;
use crate::cli::error::CliError;
use crate::cli::output::Console;
use crate::cli::places;
use crate::config::{Config, ConfigError, Holds, KEYS, Key};
use crate::diagnostic::Exit;
use crate::report::terminal::findings;
use crate::rules;

/// A setting: key, value, origin.
type Row = [String; 3];

pub(super) fn run(origin: bool, global: &Global, console: &Console) -> Result<Exit, CliError> {
    let config = places::config_of_question(global)?;
    let file = config.path.as_deref().map(text_of).transpose()?.unwrap_or_default();
    let mut rows = named(global, &config);
    rows.extend(
        KEYS.iter()
            .filter(|key| matches!(key.table, "" | "scan" | "check" | "quotas" | "people"))
            .map(|key| setting(key, &file, &config)),
    );
    for (key, value) in file.iter().filter(|(key, _)| matches!(key.as_str(), "targets" | "waivers" | "expect")) {
        flat(key, value, &config, &mut rows);
    }
    rows.extend(of_rules(&file, &config));
    let columns = if origin { 3 } else { 2 };
    let header = ["SETTING", "VALUE", "ORIGIN"];
    console.write(global.output.as_deref(), |style, out| {
        let rows = rows.into_iter().map(|row| row.into_iter().take(columns).collect());
        findings::plain_table(header.get(..columns).unwrap_or(&header), rows, style, out)
    })?;
    Ok(Exit::Clean)
}

/// The file as TOML: it was read before, so that it is right.
fn text_of(path: &Path) -> Result<toml::Table, CliError> {
    let text = std::fs::read_to_string(path).map_err(|source| ConfigError::Io { path: path.to_owned(), source })?;
    Ok(text.parse().unwrap_or_default())
}

/// What is named for all commands: file and snapshot.
fn named(global: &Global, config: &Config) -> Vec<Row> {
    let shown = |path: Option<&Path>| path.map(|path| path.display().to_string());
    let given = |option: &str, variable: &str, path: &Path| {
        let same = std::env::var_os(variable).is_some_and(|value| value == path.as_os_str());
        if same { format!("environment variable {variable}") } else { format!("option {option}") }
    };
    let file = shown(config.path.as_deref()).unwrap_or_else(|| "none".to_owned());
    let how = match &global.config {
        _ if global.no_config => "option --no-config".to_owned(),
        Some(path) => given("--config", "ROLEHOP_CONFIG", path),
        None => "found".to_owned(),
    };
    let mut rows = vec![["configuration".to_owned(), file, how]];
    if let Some(snapshot) = &global.snapshot {
        let how = given("--snapshot", "ROLEHOP_SNAPSHOT", snapshot);
        rows.push(["snapshot".to_owned(), snapshot.display().to_string(), how]);
    }
    rows
}

fn setting(key: &Key, file: &toml::Table, config: &Config) -> Row {
    let path = if key.table.is_empty() { key.name.to_owned() } else { format!("{}.{}", key.table, key.name) };
    let variable = key.variable.and_then(|name| std::env::var(name).ok().filter(|v| !v.is_empty()).map(|v| (name, v)));
    if let Some((name, value)) = variable {
        let value = if key.holds == Holds::Secret { "…".to_owned() } else { value };
        return [path, value, format!("environment variable {name}")];
    }
    let table = if key.table.is_empty() { Some(file) } else { file.get(key.table).and_then(toml::Value::as_table) };
    match table.and_then(|table| table.get(key.name)) {
        Some(value) => from_file(path, value, config),
        None => {
            let default = if key.default.is_empty() { "none" } else { key.default };
            [path, default.to_owned(), "default".to_owned()]
        }
    }
}

fn from_file(path: String, value: &toml::Value, config: &Config) -> Row {
    let origin = config.place_of(&path).unwrap_or_default();
    [path, value.to_string(), origin]
}

/// Every value below a key.
fn flat(path: &str, value: &toml::Value, config: &Config, rows: &mut Vec<Row>) {
    match value {
        toml::Value::Table(table) => {
            table.iter().for_each(|(key, value)| flat(&format!("{path}.{key}"), value, config, rows));
        }
        toml::Value::Array(list) if list.iter().any(toml::Value::is_table) => {
            list.iter().enumerate().for_each(|(at, value)| flat(&format!("{path}[{at}]"), value, config, rows));
        }
        value => rows.push(from_file(path.to_owned(), value, config)),
    }
}

/// Parameters of every rule, and what else is set of it.
fn of_rules(file: &toml::Table, config: &Config) -> Vec<Row> {
    let set = file.get("rules").and_then(toml::Value::as_table);
    let mut rows = Vec::new();
    for card in rules::cards() {
        let of_card = set.and_then(|set| set.get(&card.id)).and_then(toml::Value::as_table);
        for (key, value) in of_card.into_iter().flatten() {
            rows.push(from_file(format!("rules.{}.{key}", card.id), value, config));
        }
        for (key, value) in card.parameters.iter().filter(|(key, _)| of_card.is_none_or(|set| !set.contains_key(*key)))
        {
            rows.push([format!("rules.{}.{key}", card.id), value.to_string(), "default".to_owned()]);
        }
    }
    rows
}
