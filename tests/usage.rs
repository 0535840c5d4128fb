//! Options and environment variables: what counts before what, and errors that name the culprit.

#![allow(clippy::unwrap_used, reason = "a command that cannot be run has failed its test")]

#[path = "support/program.rs"]
mod program;
mod support;

use program::{run, run_in};
use support::*;

fn snapshot() -> tempfile::TempDir {
    let mut world = World::of_organization();
    world.role(PROD, "ops", trusts(root(HUB)), &[]).user(HUB, "ann", &[may_assume(&["*"])]);
    world.role(PROD, "monitor", trusts(root(VENDOR)), &[]);
    world.write()
}

#[test]
fn a_switch_is_set_by_the_words_that_people_use() {
    let dir = snapshot();
    let told = |value: &str| {
        let ended = run(&[("ROLEHOP_QUIET", value)], &["who-can", "prod", "--snapshot", dir.path().to_str().unwrap()]);
        !ended.succeeded().err.is_empty()
    };
    for on in ["1", "true", "TRUE", "yes", "Yes", "on"] {
        assert!(!told(on), "{on}");
    }
    for off in ["0", "false", "no", "NO", "off", ""] {
        assert!(told(off), "{off}");
    }
    for variable in ["ROLEHOP_QUIET", "ROLEHOP_NO_PROGRESS"] {
        let text = run(&[(variable, "maybe")], &["rules", "list"]).failed(2, "E300");
        assert!(text.contains(&format!("variable {variable}")) && text.contains("1, true, yes or on"), "{text}");
    }
}

#[cfg(feature = "aws")]
#[test]
fn the_switch_of_a_collection_is_set_by_the_same_words() {
    let text = run(&[("ROLEHOP_POLITE", "maybe")], &["scan"]).failed(2, "E300");
    assert!(text.contains("ROLEHOP_POLITE"), "{text}");
    let text = run(&[("ROLEHOP_POLITE", "1")], &["scan"]).failed(2, "E300");
    assert!(text.contains("no role to assume"), "{text}");
}

#[cfg(feature = "aws")]
#[test]
fn an_external_id_or_region_that_aws_cannot_take_is_a_usage_error() {
    let text = run(&[("ROLEHOP_EXTERNAL_ID", "canary 77!")], &["collect", "--role-name", "audit"]).failed(2, "E300");
    assert!(text.contains("external id") && !text.contains("canary"), "{text}");
    for region in ["Frankfurt", "eu-west", "eu-west-1a", "eu_west_1", ""] {
        run(&[], &["collect", "--role-name", "audit", "--region", region]).failed(2, "E300");
    }
}

#[test]
fn an_error_about_the_value_of_a_variable_names_the_variable() {
    for (variable, value, why) in [
        ("ROLEHOP_AT", "yesterday", "2026-11-20T00:00:00Z"),
        ("ROLEHOP_COLOR", "pink", "auto, always or never"),
        ("ROLEHOP_FAIL_ON", "terrible", "info, low, medium, high or critical"),
    ] {
        let text = run(&[(variable, value)], &["check"]).failed(2, "E300");
        assert!(text.contains(variable) && text.contains(value) && text.contains(why), "{text}");
    }
    let text = run(&[("ROLEHOP_COLOR", "alwyas")], &["check"]).failed(2, "E300");
    assert!(text.contains("did you mean `always`?"), "{text}");
}

#[test]
fn an_option_counts_before_every_variable() {
    let dir = snapshot();
    let place = dir.path().to_str().unwrap();
    let code = |variables: &[(&str, &str)], arguments: &[&str]| {
        run(variables, &[arguments, &["--snapshot", place]].concat()).code
    };
    assert_eq!(code(&[("ROLEHOP_CONFIG", "nowhere.toml")], &["who-can", "prod"]), Some(2));
    assert_eq!(code(&[("ROLEHOP_CONFIG", "nowhere.toml")], &["who-can", "prod", "--no-config"]), Some(0));
    let check = ["check", "--rule", "external-account-not-allowed"];
    assert_eq!(code(&[("ROLEHOP_FAIL_ON", "info")], &check), Some(3));
    assert_eq!(code(&[("ROLEHOP_FAIL_ON", "info")], &[&check[..], &["--no-fail"]].concat()), Some(0));
    assert_eq!(code(&[("ROLEHOP_AT", "yesterday")], &["who-can", "prod", "--at", "2026-11-20T00:00:00Z"]), Some(0));
    assert_eq!(code(&[("ROLEHOP_SNAPSHOT", "nowhere")], &["who-can", "prod"]), Some(0));
    let both = run(&[("ROLEHOP_FORMAT", "csv")], &["check", "--json", "--no-fail", "--snapshot", place]);
    assert!(both.out.starts_with('{'), "{both:?}");
    // two options that contradict each other are still an error
    run(&[], &["check", "--no-config", "--config", "x.toml"]).failed(2, "E300");
    run(&[], &["check", "--no-fail", "--fail-on", "high"]).failed(2, "E300");
}

#[test]
fn a_format_that_another_command_has_is_ignored_where_a_variable_gives_it() {
    let dir = snapshot();
    let place = dir.path().to_str().unwrap();
    let ended = run(&[("ROLEHOP_FORMAT", "sarif")], &["path", "hub/ann", "prod/ops", "--snapshot", place]).succeeded();
    assert!(
        ended.err.contains("note: ROLEHOP_FORMAT=sarif is ignored: `rolehop path` has no such format"),
        "{ended:?}"
    );
    assert!(ended.out.contains("allowed in 1 hop"), "{ended:?}");
    let quiet = run(&[("ROLEHOP_FORMAT", "sarif")], &["path", "hub/ann", "prod/ops", "-q", "--snapshot", place]);
    assert_eq!(quiet.succeeded().err, "");
    let json = run(&[("ROLEHOP_FORMAT", "json")], &["path", "hub/ann", "prod/ops", "--snapshot", place]).succeeded();
    assert!(json.out.starts_with('{'), "{json:?}");
    let text = run(&[], &["path", "hub/ann", "prod/ops", "--format", "sarif"]).failed(2, "E300");
    assert!(text.contains("`sarif` is no value of `--format <FORMAT>`"), "{text}");
    let text = run(&[("ROLEHOP_FORMAT", "srif")], &["path", "hub/ann", "prod/ops"]).failed(2, "E300");
    assert!(text.contains("`srif` is no value of `ROLEHOP_FORMAT`"), "{text}");
}

#[cfg(feature = "aws")]
#[test]
fn a_variable_of_an_option_for_other_commands_does_not_count() {
    let dir = snapshot();
    let place = dir.path().to_str().unwrap();
    run(&[("ROLEHOP_PROFILE", "audit")], &["accounts", "--snapshot", place]).succeeded();
    run(&[], &["accounts", "--profile", "audit", "--snapshot", place]).failed(2, "E300");
    let text = run(&[("ROLEHOP_SHARD", "1/2")], &["collect", "--role-name", "audit-readonly"]).failed(2, "E300");
    assert!(text.contains("`ROLEHOP_SHARD` is set, and needs `--accounts-file <FILE>`"), "{text}");
}

#[cfg(feature = "aws")]
#[test]
fn accounts_that_are_named_count_before_a_list_in_a_variable() {
    let offline = ("AWS_EC2_METADATA_DISABLED", "true");
    let list = ("ROLEHOP_ACCOUNTS_FILE", "nowhere.txt");
    let arguments = ["collect", "--role-name", "audit-readonly"];
    run(&[offline, list], &arguments).failed(2, "E306");
    // without the list, the next thing that is missing is credentials
    run(&[offline, list], &[&arguments[..], &["--accounts", "111122223333"]].concat()).failed(6, "E101");
    let both = ["--accounts", "111122223333", "--accounts-file", "nowhere.txt"];
    run(&[offline], &[&arguments[..], &both].concat()).failed(2, "E300");
}

#[cfg(all(feature = "aws", unix))]
#[test]
fn a_secret_in_a_variable_is_not_shown() {
    use std::os::unix::ffi::OsStringExt;
    let home = tempfile::tempdir().unwrap();
    let secret = std::ffi::OsString::from_vec(b"hush\xff".to_vec());
    let mut command = assert_cmd::Command::cargo_bin("rolehop").unwrap();
    command.env_clear().env("HOME", home.path()).env("ROLEHOP_EXTERNAL_ID", secret).current_dir(home.path());
    let output = command.args(["collect", "--role-name", "audit-readonly"]).output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{text}");
    assert!(text.contains("ROLEHOP_EXTERNAL_ID") && !text.contains("hush"), "{text}");
}

#[test]
fn an_exit_that_findings_do_not_change_claims_nothing_of_them() {
    let demo = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/demo");
    let ended = run(&[], &["check", "--no-fail", "--no-config", "--snapshot", demo]).succeeded();
    assert!(ended.err.contains("do not change it (--no-fail)"), "{}", ended.err);
    assert!(!ended.err.contains("no open finding"), "{}", ended.err);
}

#[test]
fn a_usage_error_says_what_is_wrong_and_what_is_right() {
    let cases: &[(&[&str], &str, &str)] = &[
        (&["--wibble"], "`rolehop` has no option `--wibble`", "`rolehop --help`"),
        (&["whocan", "prod"], "`rolehop` has no command `whocan`", "did you mean `who-can`?"),
        (&["path", "a", "b", "--jsn"], "`rolehop path` has no option `--jsn`", "did you mean `--json`?"),
        (&["path", "a", "b", "c"], "`rolehop path` does not take `c`", "`rolehop path --help`"),
        (&["path", "a"], "missing: `<TO>`", "`rolehop path --help`"),
        (&["check", "--fail-on", "hihg"], "`hihg` is no value of `--fail-on <SEVERITY>`", "did you mean `high`?"),
        (&["check", "--fail-on"], "`--fail-on <SEVERITY>` was given without its value", "info, low, medium, high"),
        (&["check", "--at", "noon"], "`noon` is no value of `--at <RFC3339>`", "2026-11-20T00:00:00Z"),
        (&["check", "-f", "xml"], "`xml` is no value of", "table, json, csv, markdown, sarif"),
        (&["rules", "explian", "x"], "`rolehop rules` has no command `explian`", "did you mean `explain`?"),
    ];
    for (arguments, what, more) in cases {
        let text = run(&[], arguments).failed(2, "E300");
        assert!(text.contains(what) && text.contains(more), "{arguments:?}: {text}");
        assert!(!text.contains("the command line"), "{arguments:?}: {text}");
    }
}

#[test]
fn a_question_for_help_is_no_error() {
    let help = run(&[], &["--help"]).succeeded().out;
    assert!(help.contains("Usage: rolehop"), "{help}");
    assert_eq!(run(&[], &["help"]).succeeded().out, help);
    let bare = run(&[], &[]).succeeded();
    assert!(bare.out.contains("Usage: rolehop") && bare.err.is_empty(), "{bare:?}");
    run(&[("ROLEHOP_QUIET", "maybe"), ("ROLEHOP_FORMAT", "xml")], &["check", "--help"]).succeeded();
    let of_check = run(&[], &["help", "check"]).succeeded();
    assert!(of_check.out.contains("--fail-on"), "{of_check:?}");
    run(&[], &["help", "wibble"]).failed(2, "E300");
    // the directory of this test has no snapshot: what is shown is help
    let dir = tempfile::tempdir().unwrap();
    let group = run_in(dir.path(), &[], &["targets"]).succeeded();
    assert!(group.out.contains("Usage: rolehop targets"), "{group:?}");
}

#[test]
fn a_size_that_no_organization_has_is_a_usage_error() {
    run(&[], &["generate", "new", "--accounts", "0"]).failed(2, "E390");
}

#[test]
fn two_formats_do_not_share_a_file() {
    let (dir, place) = (snapshot(), tempfile::tempdir().unwrap());
    let dir = dir.path().to_str().unwrap();
    let run = |words: &[&str]| run_in(place.path(), &[], &[words, &["--no-config"]].concat());
    let shared = ["-f", "json=out", "-f", "csv=./out"];
    let check = run(&[&["check", "--snapshot", dir], &shared[..]].concat()).failed(2, "E300");
    assert!(check.contains("two formats would write"), "{check}");
    run(&[&["diff", dir, dir, "--only", "trusts"], &shared[..]].concat()).failed(2, "E300");
    assert!(!place.path().join("out").exists());
    let own = place.path().join("d");
    std::fs::create_dir(&own).unwrap();
    for same in [["-f", "json=d/findings.csv"], ["-o", "./d/findings.csv"]] {
        let ended = run(&[&["check", "--snapshot", dir, "--output-dir", "d"], &same[..]].concat()).failed(2, "E300");
        assert!(ended.contains("two formats would write") && own.read_dir().unwrap().next().is_none(), "{ended}");
    }
    run(&["diff", dir, dir, "--only", "trusts", "-f", "json=/dev/null", "-f", "csv=/dev/null"]).succeeded();
}

#[test]
fn a_file_that_no_format_is_left_for_is_refused() {
    let dir = snapshot();
    let at = dir.path().to_str().unwrap();
    for command in [&["check"][..], &["diff", at, at], &["review", "sheet", "name:prod"]] {
        let home = tempfile::tempdir().unwrap();
        let formats = ["-f", "json=answer.json", "-o", "lost.txt", "--snapshot", at];
        let formats = if command[0] == "diff" { &formats[..4] } else { &formats[..] };
        let text = run_in(home.path(), &[], &[command, formats].concat()).failed(2, "E300");
        assert!(text.contains("no format is left for `lost.txt`"), "{text}");
        assert!(!home.path().join("answer.json").exists(), "{command:?}");
    }
}

#[test]
fn two_formats_of_one_answer_are_refused_and_none_is_left_out_in_silence() {
    let dir = snapshot();
    for command in [
        &["who-can", "prod"][..],
        &["can", "ann"],
        &["path", "ann", "ops"],
        &["accounts"],
        &["quotas"],
        &["profiles", "ann"],
        &["cut", "prod"],
        &["plan", "groups", "--from", "reach"],
        &["rules", "list"],
        &["check"],
    ] {
        let format = if command[0] == "profiles" { "html" } else { "table" };
        let more = ["--json", "-f", format, "--snapshot", dir.path().to_str().unwrap()];
        run(&[], &[command, &more].concat()).failed(2, "E300");
    }
    // an option counts before a variable
    let at = ["who-can", "prod", "--json", "--snapshot", dir.path().to_str().unwrap()];
    assert!(run(&[("ROLEHOP_FORMAT", "csv")], &at).succeeded().out.starts_with('{'));
}

#[test]
fn an_empty_unit_is_not_the_whole_organization() {
    let dir = snapshot();
    let at = ["--snapshot", dir.path().to_str().unwrap()];
    for command in [&["check"][..], &["quotas"], &["who-can", "prod"], &["can", "ann"]] {
        for unit in ["--ou=", "--ou= ", "--ou=/Prod,"] {
            let text = run(&[], &[command, &[unit], &at].concat()).failed(2, "E300");
            assert!(text.contains("`--ou <OU>`"), "{text}");
        }
    }
    for target in ["ou:", "ou: ", "name:", "tag:"] {
        let text = run(&[], &[&["who-can", target], &at[..]].concat()).failed(2, "E401");
        assert!(text.contains("selects nothing"), "{text}");
    }
    let config = dir.path().join("empty.toml");
    std::fs::write(&config, "[targets.prod]\nou = [\"/Prod\", \"\"]\n").unwrap();
    let text = run(&[], &[&["who-can", "prod", "--config", config.to_str().unwrap()], &at[..]].concat());
    assert!(text.failed(2, "E302").contains("line 2"));
}

#[test]
fn a_file_of_waivers_that_is_not_there_is_told_with_its_own_option() {
    let dir = snapshot();
    let words = ["check", "--no-config", "--waivers", "/nowhere.toml", "--snapshot", dir.path().to_str().unwrap()];
    let told = run(&[], &words).failed(2, "E301");
    assert!(told.contains("cannot read the file of waivers") && told.contains("--waivers"), "{told}");
}

#[test]
fn a_selection_that_leaves_no_rule_is_no_clean_result() {
    let dir = World::of_organization().write();
    let check = |more: &[&str]| run(&[], &[&["check", "--snapshot", dir.path().to_str().unwrap()][..], more].concat());
    let text = check(&["--rule", "role-unused", "--skip-rule", "role-unused"]).failed(2, "E300");
    assert!(text.contains("no rule is left") && text.contains("--skip-rule role-unused"), "{text}");
}

/// Whoever types an option expects that it does something: above all that a result is redacted, or in a file.
#[test]
fn an_option_that_would_change_nothing_is_refused() {
    let dir = snapshot();
    let place = dir.path().to_str().unwrap();
    for (arguments, option) in [
        (&["index", "--snapshot", place, "-o", "index"][..], "--output"),
        (&["merge", place, "--into", "whole", "--redact=accounts"], "--redact"),
        (&["-o", "table", "merge", place, "--into", "whole"], "--output"),
        (&["doctor", "--resume"], "--resume"),
        (&["doctor", "--max-age", "1h"], "--max-age"),
        (&["doctor", "--metrics", "-"], "--metrics"),
    ] {
        let text = run(&[], arguments).failed(2, "E300");
        assert!(text.contains(&format!("does not take `{option}`")), "{text}");
    }
    // a variable was set for other commands
    let variables = [("ROLEHOP_SNAPSHOT", place), ("ROLEHOP_REDACT", "accounts"), ("ROLEHOP_OUTPUT", "index")];
    let ended = run(&variables, &["index"]);
    assert!(!ended.err.contains("does not take"), "{ended:?}");
}
