//! Generated pages under `docs/` are what the code says. `ROLEHOP_BLESS=1 cargo test --test docs` rewrites them.

#![cfg(all(feature = "aws", feature = "emulator"))]
#![allow(clippy::unwrap_used, reason = "a page that cannot be read has failed its test")]

use std::fmt::Write as _;
use std::path::Path;

fn is_current(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(name);
    if std::env::var_os("ROLEHOP_BLESS").is_some() {
        std::fs::write(&path, text).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(found == text, "docs/{name} is not what the code says: ROLEHOP_BLESS=1 cargo test --test docs");
}

#[test]
fn the_page_of_commands_is_the_help_of_the_program() {
    let mut page = String::from("# Commands\n\nGenerated from the program's own help; do not edit.\n");
    let mut command = rolehop::cli::command().term_width(100);
    let _ = write!(page, "\n## rolehop\n\n```\n{}```\n", command.render_long_help());
    command.build();
    for sub in command.get_subcommands_mut().filter(|s| !s.is_hide_set()) {
        let name = sub.get_name().to_owned();
        let _ = write!(page, "\n## rolehop {name}\n\n```\n{}```\n", sub.render_long_help());
    }
    let page = page.lines().map(str::trim_end).collect::<Vec<_>>().join("\n") + "\n";
    is_current("cli.md", &page);
}

#[test]
fn the_page_of_rules_is_their_cards() {
    let mut page = String::from("# Rules\n\nGenerated from the cards under `rules/`; do not edit.\n\n");
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
            let _ = write!(page, "\n- source: {}", reference.title);
        }
        page.push('\n');
    }
    is_current("rules.md", &page);
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
    is_current("errors.md", &page);
}
