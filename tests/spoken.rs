//! Output for those who listen, and for terminals that are too narrow for columns.

#![allow(clippy::unwrap_used, reason = "output that cannot be read has failed its test")]

/// What a question about the bundled organization prints.
fn asked(environment: &[(&str, &str)], arguments: &[&str]) -> String {
    let mut command = assert_cmd::Command::cargo_bin("rolehop").unwrap();
    command.env_clear().env("LANG", "C.UTF-8").envs(environment.iter().copied()).args(arguments);
    let output =
        command.args(["--snapshot", "examples/demo", "--config", "examples/demo/rolehop.toml"]).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

const QUESTIONS: &[&[&str]] = &[
    &["accounts"],
    &["who-can", "prod"],
    &["who-can", "prod", "--expand"],
    &["can", "carla.ops"],
    &["path", "dev-sandbox/ci-runner", "prod-core/deploy-admin"],
    &["explain", "dev-sandbox/ci-runner", "prod-core/deploy-admin"],
    &["check"],
    &["quotas"],
    &["quotas", "--all"],
    &["check", "--expand"],
    &["rules", "list"],
    &["targets", "show", "prod"],
    &["review", "prod"],
    &["can", "ada@acme.example"],
];

#[test]
fn spoken_output_has_no_columns_and_no_marks() {
    for question in QUESTIONS {
        for environment in [&[][..], &[("COLUMNS", "50"), ("FORCE_COLOR", "1"), ("ROLEHOP_PLAIN", "1")]] {
            let option = if environment.is_empty() { &["--plain"][..] } else { &[] };
            let text = asked(environment, &[question, option].concat());
            assert!(!text.is_empty(), "{question:?}");
            let mark = text.chars().find(|c| !c.is_ascii() || c.is_ascii_control() && *c != '\n');
            assert_eq!(mark, None, "{question:?}: {text}");
            let headers = ["VERDICT ", "ACCOUNT ", "SEVERITY ", "ID "];
            let header = text.lines().find(|line| headers.iter().any(|header| line.starts_with(header)));
            assert_eq!(header, None, "{question:?}: {text}");
        }
    }
    let accounts = asked(&[], &["accounts", "--plain"]);
    let line = "101010101010: name prod-core, OU /Workloads/Prod, state complete, roles 9, users 0";
    assert!(accounts.lines().any(|shown| shown == line), "{accounts}");
    let can = asked(&[], &["can", "carla.ops", "--plain"]);
    assert!(can.contains("conditional: role prod-data/role/operate, hops 1, needs MFA"), "{can}");
}
