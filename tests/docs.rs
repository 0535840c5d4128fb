//! Generated pages under `docs/` and the policies under `deploy/` match the code. `ROLEHOP_BLESS=1 cargo test --test
//! docs` rewrites them.

#![cfg(all(feature = "aws", feature = "emulator"))]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a page that cannot be read has failed its test")]

use std::fmt::Write as _;
use std::path::Path;

fn is_current(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    if std::env::var_os("ROLEHOP_BLESS").is_some() {
        std::fs::write(&path, text).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(found == text, "{name} is not what the code says: ROLEHOP_BLESS=1 cargo test --test docs");
}

#[test]
fn the_page_of_commands_is_the_help_of_the_program() {
    let mut page = String::from("# Commands\n\nGenerated from the program's own help; do not edit.\n");
    for (title, text) in rolehop::cli::help_pages(100) {
        let _ = write!(page, "\n## {title}\n\n```\n{text}```\n");
    }
    is_current("docs/cli.md", &page);
}

/// One table of the reference of the configuration.
fn keys_of(table: &str) -> String {
    use rolehop::config::Key;
    let mut text = String::from(
        "| key | type | default | option, variable | meaning | example |\n| --- | --- | --- | --- | --- | --- |\n",
    );
    let default = |key: &Key| match (key.required, key.default) {
        (true, _) => "required".to_owned(),
        (_, "") => "none".to_owned(),
        (_, default) => default.to_owned(),
    };
    for key in rolehop::config::keys_of(table) {
        let same =
            key.option.iter().chain(&key.variable).map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ");
        let (about, kind) = (key.about, key.holds.words());
        let _ = writeln!(text, "| `{}` | {kind} | {} | {same} | {about} | `{}` |", key.name, default(key), key.example);
    }
    if table == "rules.ID" {
        for card in rolehop::rules::cards() {
            for (name, value) in &card.parameters {
                let words = rolehop::rules::setting_words(card, name);
                let kind = match value {
                    toml::Value::Array(_) => "list of text".to_owned(),
                    toml::Value::Integer(_) => "number".to_owned(),
                    _ => words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(" or "),
                };
                let about = format!("[{0}](rules.md#{0})", card.id);
                let _ = writeln!(text, "| `{name}` | {kind} | `{value}` |  | {about} | `{name} = {value}` |");
            }
        }
    }
    text
}

#[test]
fn the_page_of_the_configuration_has_every_key() {
    let name = "docs/configuration.md";
    let mut page = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap();
    for table in ["", "scan", "targets.NAME", "check", "quotas", "people", "rules.ID", "waivers", "expect"] {
        let of = if table.is_empty() { String::new() } else { format!(" of {table}") };
        let start = format!("<!-- keys{of}: made by tests/docs.rs -->\n");
        let (before, rest) = page.split_once(&start).unwrap_or_else(|| panic!("no {start}"));
        let (_, after) = rest.split_once("<!-- end of keys -->").unwrap();
        page = format!("{before}{start}\n{}\n<!-- end of keys -->{after}", keys_of(table));
    }
    is_current(name, &page);
    let shown = |key: &&rolehop::config::Key| page.contains(&format!("| `{}` |", key.example));
    assert!(rolehop::config::KEYS.iter().all(|key| shown(&key)));
}

#[test]
fn the_options_and_variables_of_keys_are_those_of_the_program() {
    let mut command = rolehop::cli::command();
    command.build();
    let options: Vec<(String, Option<String>)> = command
        .get_subcommands()
        .flat_map(|sub| sub.get_arguments())
        .filter_map(|arg| {
            let variable = arg.get_env().map(|name| name.to_string_lossy().into_owned());
            Some((format!("--{}", arg.get_long()?), variable))
        })
        .collect();
    for key in rolehop::config::KEYS.iter().filter(|key| key.option.is_some()) {
        let said = (key.option.unwrap().to_owned(), key.variable.map(str::to_owned));
        assert!(options.contains(&said), "{}: {said:?}", key.name);
    }
}

#[test]
fn the_page_of_rules_is_their_cards() {
    let name = "docs/rules.md";
    let mut page = String::from(
        "# Rules\n\nGenerated from the cards under `rules/`; do not edit, except for what is [planned](#planned).\n\n",
    );
    page.push_str("| rule | severity | needs | title |\n| --- | --- | --- | --- |\n");
    for card in rolehop::rules::cards() {
        let facets = card.facets.iter().map(|f| f.as_str()).collect::<Vec<_>>().join(", ");
        let _ = writeln!(page, "| [{0}](#{0}) | {1} | {facets} | {2} |", card.id, card.severity.as_str(), card.title);
    }
    for card in rolehop::rules::cards() {
        let _ = write!(
            page,
            "\n## {}\n\n{}\n\n**Risk.** {}\n\n**Fix.** {}\n\n**Careful.** {}\n",
            card.id, card.summary, card.risk, card.fix, card.careful
        );
        for (maker, fix) in &card.fix_for {
            let _ = write!(page, "\n- fix, where made by {maker}: {fix}");
        }
        for (key, value) in &card.parameters {
            let _ = write!(page, "\n- setting `{key} = {value}`");
        }
        let maps = card.maps.iter().map(|(f, c)| format!("{f} {}", c.join(", "))).collect::<Vec<_>>();
        if !maps.is_empty() {
            let _ = write!(page, "\n- maps to {}", maps.join("; "));
        }
        for reference in &card.references {
            let _ = match &reference.url {
                Some(url) => write!(page, "\n- source: [{}]({url})", reference.title),
                None => write!(page, "\n- source: {}", reference.title),
            };
        }
        page.push('\n');
    }
    // the end of the page is written by hand
    let before = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap();
    let (_, planned) = before.split_once("\n## Planned\n").unwrap();
    let _ = write!(page, "\n## Planned\n{planned}");
    is_current(name, &page);
}

#[test]
fn the_page_of_own_rules_has_every_fact() {
    let name = "docs/own-rules.md";
    let page = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap();
    let start = "<!-- facts: made by tests/docs.rs -->\n";
    let (before, rest) = page.split_once(start).unwrap();
    let (_, after) = rest.split_once("<!-- end of facts -->").unwrap();
    let mut text = String::from("| fact | type | meaning |\n| --- | --- | --- |\n");
    for field in rolehop::rules::FIELDS {
        let _ = writeln!(text, "| `{}` | {} | {} |", field.name, field.kind.words(), field.about);
    }
    is_current(name, &format!("{before}{start}\n{text}\n<!-- end of facts -->{after}"));
}

#[test]
fn the_page_of_frameworks_is_their_files() {
    use rolehop::finding::{Basis, Covers};
    let mut page = String::from(
        "# Frameworks\n\nGenerated from the files under `rules/frameworks/`; do not edit.\n\n`rolehop check --framework ID` shows how every \
         control came out ([formats](formats.md#controls-in-json) says what each status means). The words about a control are ours: \
         the publisher of the framework has its text. A rule *decides* the technical part of a control, or it is *evidence*: a piece of \
         it. Links with a * are our own judgment; the others come from the sources that are named.\n\n\
         | framework | title | version | controls listed | with evidence |\n| --- | --- | --- | --- | --- |\n",
    );
    let rules_of = |control: &rolehop::finding::Control, wanted: Covers| {
        let rules = control.links().filter(|(_, covers, _)| *covers == wanted);
        let linked = rules.map(|(rule, _, basis)| {
            format!("[{rule}](rules.md#{rule}){}", if basis == Basis::Judgment { " *" } else { "" })
        });
        linked.collect::<Vec<_>>().join(", ")
    };
    for framework in rolehop::rules::frameworks() {
        let covered = framework.controls.iter().filter(|control| control.links().next().is_some()).count();
        let (id, title, version, all) = (&framework.id, &framework.title, &framework.version, framework.controls.len());
        let anchor = id.replace('.', "");
        let _ = writeln!(page, "| [{id}](#{anchor}) | {title} | {version} | {all} | {covered} |");
    }
    for framework in rolehop::rules::frameworks() {
        let _ = write!(
            page,
            "\n## {}\n\n{} {}. Listed: {}. Sources: {}.\n\n| control | about | kind | decided by | evidence from |\n\
             | --- | --- | --- | --- | --- |\n",
            framework.id, framework.title, framework.version, framework.scope, framework.source
        );
        for control in &framework.controls {
            let level = control.level.map(|level| format!("level {level}"));
            let kind = control.kind.map(|kind| <&str>::from(kind).to_owned());
            let severity = control.severity.map(|severity| severity.as_str().to_owned());
            let kind = kind.into_iter().chain(level).chain(severity).collect::<Vec<_>>().join(", ");
            let (full, partial) = (rules_of(control, Covers::Full), rules_of(control, Covers::Partial));
            let limits: Vec<String> = control
                .limits()
                .map(|(_, setting, limit, most)| format!("{setting} {} {limit}", if most { "≤" } else { "≥" }))
                .collect();
            let limits = if limits.is_empty() { String::new() } else { format!(" ({})", limits.join(", ")) };
            let _ = writeln!(page, "| {} | {} | {kind} | {full}{limits} | {partial} |", control.id, control.label);
        }
    }
    is_current("docs/frameworks.md", &page);
}

/// A file of `deploy/` with its action lines regenerated: those from the first to the last line that names an action of
/// `services`, each formatted by `line`.
fn with_actions(name: &str, services: &[&str], actions: &[String], line: impl Fn(&str, bool) -> String) -> String {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap();
    let names_action = |line: &&str| {
        let word = line.trim().trim_start_matches("- ").trim_matches(['"', ',']);
        word.split_once(':').is_some_and(|(service, action)| {
            services.contains(&service) && action.chars().all(|c| c.is_ascii_alphanumeric()) && !action.is_empty()
        })
    };
    let before = text.lines().take_while(|line| !names_action(line));
    let after: Vec<&str> = text.lines().rev().take_while(|line| !names_action(line)).collect();
    let last = actions.len() - 1;
    let actions = actions.iter().enumerate().map(|(at, action)| line(action, at == last));
    let all = before.map(str::to_owned).chain(actions).chain(after.into_iter().rev().map(str::to_owned));
    all.collect::<Vec<_>>().join("\n") + "\n"
}

#[test]
fn the_policies_under_deploy_allow_what_the_facets_need() {
    use rolehop::collect::doctor::permissions;
    let all = rolehop::facet::Facets::named(["all"]).unwrap();
    let role = permissions::role_actions(&all);
    let of_role: &[&str] = &["iam", "cloudtrail"];
    let yaml = |action: &str, _| format!("                  - {action}");
    is_current("deploy/scanner-role.yaml", &with_actions("deploy/scanner-role.yaml", of_role, &role, yaml));
    let terraform = |action: &str, _| format!("      \"{action}\",");
    is_current("deploy/scanner-role.tf", &with_actions("deploy/scanner-role.tf", of_role, &role, terraform));
    let caller = permissions::caller_actions(&all);
    let json = |action: &str, is_last| format!("        \"{action}\"{}", if is_last { "" } else { "," });
    let of_caller: &[&str] = &["iam", "organizations", "sso", "identitystore", "account-access"];
    is_current("deploy/scanner-caller.json", &with_actions("deploy/scanner-caller.json", of_caller, &caller, json));
}

#[test]
fn the_page_of_facets_is_their_descriptors() {
    use rolehop::facet::{By, Facet, When};
    let mut page = String::from("# Facets\n\nGenerated from the table of facets; do not edit.\n\n");
    page.push_str("| facet | read | owner | calls |\n| --- | --- | --- | --- |\n");
    for facet in Facet::ALL.iter().filter(|facet| !facet.descriptor().operations.is_empty()) {
        let descriptor = facet.descriptor();
        let when = match descriptor.when {
            When::Always | When::Inherent => "always",
            When::ByDefault => "unless it is left out",
            When::OnRequest => "where it is named or needed",
        };
        let owner = if facet.is_of_organization() { "organization" } else { "account" };
        let by_base = |by: By| if by == By::Base && !facet.is_of_organization() { " (base credentials)" } else { "" };
        let calls = descriptor.operations.iter().map(|call| format!("`{}`{}", call.action(), by_base(call.by)));
        let _ = writeln!(page, "| {facet} | {when} | {owner} | {} |", calls.collect::<Vec<_>>().join(", "));
    }
    is_current("docs/facets.md", &page);
}

#[test]
fn the_page_of_errors_is_their_codes() {
    let mut page = String::from(
        "# Errors\n\nGenerated from the codes of the program; do not edit.\n\nEvery error and warning has a code that stays. E1xx is \
         about credentials, E2xx about the collection, E3xx about configuration and usage, E4xx about questions, E5xx about \
         snapshots, E6xx about output, E9xx about defects of rolehop.\n\nExit is the exit code of a command that fails with the \
         error. A message about some accounts does not end a command: 4 says that they are incomplete. A warning with 0 changes \
         nothing.\n\n| code | meaning | exit |\n| --- | --- | --- |\n",
    );
    for code in rolehop::diagnostic::Code::ALL {
        let _ = writeln!(page, "| {} | {} | {} |", code.as_str(), code.description(), code.exit().code());
    }
    is_current("docs/errors.md", &page);
}

/// What a command prints about an organization of `examples/`.
fn of_example(name: &str, arguments: &[&str]) -> String {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name);
    let mut command = assert_cmd::Command::cargo_bin("rolehop").unwrap();
    command.env_clear().args(arguments).args(["-q", "--snapshot"]).arg(&example);
    let output = command.arg("--config").arg(example.join("rolehop.toml")).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn counts_of_rules_and_findings_are_those_of_the_program() {
    let read = |name: &str| std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap();
    let count = rolehop::rules::cards().len();
    let readme = read("README.md");
    let (before, after) = readme.split_once(" rules](docs/rules.md)").unwrap();
    let before = before.trim_end_matches(|c: char| c.is_ascii_digit());
    is_current("README.md", &format!("{before}{count} rules](docs/rules.md){after}"));
    let page = read("docs/rule-rates.md");
    let rows: Vec<Vec<&str>> =
        page.lines().map(|line| line.trim_matches('|').split('|').map(str::trim).collect()).collect();
    let header = rows.iter().find(|row| row.contains(&"demo")).unwrap();
    for (column, example) in header.iter().enumerate().skip(4).take(7) {
        let found = of_example(example, &["check", "--json", "--no-fail"]);
        let found: serde_json::Value = serde_json::from_str(&found).unwrap();
        let mut counts = std::collections::BTreeMap::<&str, usize>::new();
        let findings = found.get("findings").and_then(|all| all.as_array()).unwrap();
        for finding in findings.iter().filter(|finding| finding.get("status").unwrap() != "unknown") {
            *counts.entry(finding.get("rule").and_then(|rule| rule.as_str()).unwrap()).or_default() += 1;
        }
        let said: std::collections::BTreeMap<&str, usize> = rows
            .iter()
            .filter_map(|row| {
                let (_, rule) = row.get(1)?.split_once("](rules.md#")?;
                Some((rule.trim_end_matches(')'), row.get(column)?.parse().ok()?))
            })
            .collect();
        assert_eq!(said, counts, "docs/rule-rates.md, {example}");
    }
}

#[test]
fn ways_to_escalate_in_the_examples_are_as_many_as_the_page_says() {
    let edges = |name: &str, kinds: &str| of_example(name, &["export", "edges", "--edges", kinds]).lines().count();
    let more = |name: &str| edges(name, "assume,escalation") - edges(name, "assume");
    for quiet in ["appliance", "security-hub", "reseller", "role-switch", "topic-groups", "topic-groups-drifted"] {
        assert_eq!(more(quiet), 0, "{quiet}");
    }
    assert_eq!(more("demo"), 4 + 14);
}
