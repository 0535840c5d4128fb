//! Section A: faults in transit.

use std::time::{Duration, Instant};

use rolehop::emulator::{EmulatorOptions, Fault, Rule, Schedule, When};
use rolehop::facet::Facet;

use crate::bench::{Run, hit, made, other};

const DETAILS: &str = "GetAccountAuthorizationDetails";
/// The data sets lost with the authorization details: they need the users.
const PRINCIPALS: &[Facet] = &[Facet::AuthorizationDetails, Facet::RoleSettings, Facet::AccessKeys, Facet::MfaDevices];

/// Every data set of an account.
fn everything() -> Vec<Facet> {
    rolehop::facet::Facets::default().of_accounts().collect()
}

fn on_first(operation: &'static str, fault: Fault) -> Rule {
    Rule::always(operation, fault).when(When::First(2))
}

#[test]
fn f01_a_connection_reset_is_tried_again() {
    for fault in [Fault::Reset, Fault::ResetAfter(0.5)] {
        Run::of([on_first(DETAILS, fault.clone()), on_first("ListAccounts", fault)]).is_whole();
    }
}

#[test]
fn f02_resets_without_end_in_one_account_cost_that_account() {
    let run = Run::of(["iam:", "cloudtrail:"].map(|service| Rule::always(service, Fault::Reset).of(hit())));
    run.lost(hit(), &everything(), "no answer", "E232");
}

#[test]
fn f03_an_endpoint_without_a_name_is_told_with_its_host() {
    // only CloudTrail's endpoint does not resolve: its data set is lost, and nothing else
    let emulator = rolehop::emulator::Emulator::start(
        rolehop::emulator::EmulatorData::from_directory(made()).unwrap(),
        EmulatorOptions::default(),
    )
    .unwrap();
    let dir = tempfile::tempdir().unwrap();
    let mut command = scan_command(&emulator, dir.path());
    command.env("AWS_ENDPOINT_URL_CLOUDTRAIL", "http://cloudtrail.invalid");
    let output = command.output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(4), "{text}");
    assert!(text.contains("warning[E232]: DescribeTrails") && text.contains("cloudtrail.invalid"), "{text}");
    assert!(text.contains("VPC endpoint"), "{text}");
}

#[test]
fn f04_sts_or_organizations_without_a_name_end_it_early_with_one_message() {
    let emulator = rolehop::emulator::Emulator::start(
        rolehop::emulator::EmulatorData::from_directory(made()).unwrap(),
        EmulatorOptions::default(),
    )
    .unwrap();
    for (variable, id) in [("AWS_ENDPOINT_URL_STS", "E106"), ("AWS_ENDPOINT_URL_ORGANIZATIONS", "E201")] {
        let dir = tempfile::tempdir().unwrap();
        let output = scan_command(&emulator, dir.path()).env(variable, "http://sts.invalid").output().unwrap();
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(6), "{text}");
        assert_eq!(text.matches("[E").count(), 1, "{text}");
        assert!(text.contains(&format!("error[{id}]")) && text.contains("next"), "{text}");
    }
}

fn scan_command(emulator: &rolehop::emulator::Emulator, dir: &std::path::Path) -> assert_cmd::Command {
    let mut command = assert_cmd::Command::cargo_bin("rolehop").unwrap();
    let (id, secret) = emulator.access_key();
    command
        .env_clear()
        .env("HOME", dir)
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_ACCESS_KEY_ID", id)
        .env("AWS_SECRET_ACCESS_KEY", secret)
        .env("AWS_REGION", "eu-west-1")
        .env("AWS_ENDPOINT_URL", emulator.endpoint())
        .args(["collect", "--no-config", "--role-name", crate::bench::ROLE, "--snapshot"])
        .arg(dir.join("snapshot"));
    command
}

#[test]
fn f05_an_account_that_never_answers_is_cut_off_and_costs_only_what_was_asked() {
    let run = Run::of([Rule::always("GetAccountSummary", Fault::BlackHole).of(hit())]);
    run.lost(hit(), &[Facet::AccountSummary], "no answer", "E232");
}

#[test]
fn f06_a_byte_now_and_then_is_no_answer() {
    let run = Run::of([Rule::always("GetAccountSummary", Fault::Drip(50)).of(hit())]);
    run.lost(hit(), &[Facet::AccountSummary], "no", "E232");
}

#[test]
fn f07_a_body_shorter_than_promised_is_tried_again_and_then_lost() {
    for fault in [Fault::ShortBody, Fault::ChunkWithoutEnd] {
        Run::of([on_first(DETAILS, fault.clone())]).is_whole();
        let run = Run::of([Rule::always(DETAILS, fault).of(hit())]);
        run.lost(hit(), PRINCIPALS, "", "E232");
    }
}

#[test]
fn f08_a_page_that_is_well_framed_and_cut_is_never_accepted() {
    Run::of([on_first(DETAILS, Fault::Cut), on_first("ListRoles", Fault::Cut)]).is_whole();
    let run = Run::of([Rule::always(DETAILS, Fault::Cut).of(hit())]);
    run.lost(hit(), PRINCIPALS, "", "E231");
}

#[test]
fn f09_cut_or_garbled_json_is_never_accepted() {
    for fault in [Fault::Cut, Fault::Garbage] {
        Run::of([on_first("ListAccounts", fault.clone()), on_first("DescribeTrails", fault.clone())]).is_whole();
        let run = Run::of([Rule::always("DescribeTrails", fault.clone()).of(hit())]);
        run.lost(hit(), &[Facet::Trails], "", "E231");
        let run = Run::of([Rule::always("ListAccounts", fault)]);
        run.failed(6, "E201");
    }
}

#[test]
fn f10_a_captive_portal_is_called_by_its_name() {
    for status in [200, 302, 407] {
        let run = Run::of([Rule::always("GetCallerIdentity", Fault::WebPage(status))]);
        let diagnostic = run.failed(6, "E106");
        assert!(diagnostic.why.contains("proxy") || diagnostic.why.contains("web page"), "{status} {diagnostic:?}");
        assert!(diagnostic.why.contains("portal/1.0"), "{status} {diagnostic:?}");
        assert!(diagnostic.next.contains("HTTPS_PROXY"), "{diagnostic:?}");
    }
}

#[test]
fn f13_an_answer_without_end_is_cut_off_at_its_limit() {
    let run = Run::with(
        EmulatorOptions {
            faults: Schedule::of([Rule::always("GetAccountSummary", Fault::Oversize(1 << 30)).of(hit())]),
            ..EmulatorOptions::default()
        },
        |options| {
            options.tuning.response_limit = 4 << 20;
            options.tuning.attempt_timeout = Duration::from_secs(20);
        },
    );
    run.lost(hit(), &[Facet::AccountSummary], "too large", "E231");
    assert_eq!(run.count("iam:GetAccountSummary", hit()), 1, "the next answer would be as large");
    let run = Run::of([Rule::always("GetAccountSummary", Fault::Gzip).of(hit())]);
    run.lost(hit(), &[Facet::AccountSummary], "", "E231");
}

#[test]
fn a_black_hole_in_one_account_is_no_reason_for_the_run_to_outlive_its_deadline() {
    let emulate = EmulatorOptions {
        faults: Schedule::of([Rule::always("iam:", Fault::BlackHole).of(hit())]),
        ..EmulatorOptions::default()
    };
    let start = Instant::now();
    let run = Run::with(emulate, |options| {
        options.deadline = Some(Duration::from_secs(3));
        options.tuning.attempt_timeout = Duration::from_secs(30);
    });
    assert!(start.elapsed() < Duration::from_secs(3 + 5), "{:?}", start.elapsed());
    run.lost(hit(), &everything(), "deadline", "E235");
    assert!(matches!(run.manifest().ledger.get(other()), Some(rolehop::snapshot::ledger::AccountState::Complete)));
}

#[test]
fn every_byte_of_every_xml_answer_is_missed_when_it_is_cut() {
    // `collect::tests::truncation` tries every cut without the SDK, which takes seconds; here a sample of them goes
    // through the SDK, for each operation of the query protocol that a scan uses
    let operations =
        [DETAILS, "ListRoles", "GetAccountSummary", "ListVirtualMFADevices", "AssumeRole", "GetCallerIdentity"];
    for operation in operations {
        let cuts =
            [0, 1, 40, 120, 400].map(|at| Rule::always(operation, Fault::CutAt(at)).when(When::Nth(0)).of(hit()));
        for cut in cuts {
            Run::of([cut]).is_whole();
        }
    }
}
