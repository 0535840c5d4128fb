//! `--redact`: what may be shown to others.

#![allow(clippy::unwrap_used, reason = "output that cannot be read has failed its test")]

#[test]
fn redacted_answers_and_reports_hold_no_external_id() {
    let run = |arguments: &[&str]| {
        let mut command = assert_cmd::Command::cargo_bin("rolehop").unwrap();
        command.env_clear().args(arguments).args(["--snapshot", "examples/demo", "--no-config"]);
        let output = command.output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let questions: &[&[&str]] = &[
        &["path", "management/rolehop-scanner", "prod-core/audit-readonly"],
        &["path", "management/rolehop-scanner", "prod-core/audit-readonly", "--json"],
        &["path", "999988887777", "prod-core/audit-readonly", "--why-not", "--json"],
        &["explain", "management/rolehop-scanner", "prod-core/audit-readonly"],
        &["who-can", "prod-core/audit-readonly", "--json"],
        &["can", "management/rolehop-scanner"],
        &["check", "-f", "json"],
        &["export", "edges", "-f", "json"],
    ];
    let quoted = questions.iter().filter(|question| run(question).contains("rolehop-demo")).count();
    assert!(quoted >= 3, "the proofs quote it: {quoted}");
    for question in questions {
        let text = run(&[question, &["--redact"][..]].concat());
        assert!(!text.is_empty() && !text.contains("rolehop-demo"), "{question:?}: {text}");
    }
    assert!(run(&[questions[0], &["--redact"]].concat()).contains("redacted-1"));
}

#[test]
fn an_option_that_could_do_nothing_is_refused() {
    let refused = |arguments: &[&str]| {
        let mut command = assert_cmd::Command::cargo_bin("rolehop").unwrap();
        let output = command.env_clear().args(arguments).output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let (code, text) = refused(&["simulate", "requests.json", "--redact"]);
    assert!(code == Some(2) && text.contains("does not take `--redact`"), "{text}");
    let (code, text) = refused(&["check", "--expand", "--group-by", "account"]);
    assert!(code == Some(2) && text.contains("--group-by"), "{text}");
}
