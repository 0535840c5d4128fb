//! Section F: one account, or one data set that is slow or endless, never decides the run.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use rolehop::collect::{CollectOptions, Resume, Scope, collect};
use rolehop::emulator::{Emulator, EmulatorData, EmulatorOptions, Fault, Rule, Schedule, When};
use rolehop::facet::{Facet, Facets};
use rolehop::snapshot::ledger::AccountState;
use serde_json::Value;

use crate::bench::{self, Run, Told, accounts, block_on, hit, made, other};

const DETAILS: &str = "GetAccountAuthorizationDetails";
const PRINCIPALS: &[Facet] = &[Facet::AuthorizationDetails, Facet::RoleSettings, Facet::AccessKeys, Facet::MfaDevices];
/// More time than a run takes to end after its deadline, even on a busy machine.
const TO_END: Duration = Duration::from_secs(5);

fn with(rules: impl IntoIterator<Item = Rule>) -> EmulatorOptions {
    EmulatorOptions { faults: Schedule::of(rules), ..EmulatorOptions::default() }
}

fn everything() -> Vec<Facet> {
    Facets::default().of_accounts().collect()
}

/// Attempts that only the deadline ends.
fn patient(options: &mut CollectOptions, deadline: u64) {
    options.deadline = Some(Duration::from_secs(deadline));
    options.tuning.attempt_timeout = Duration::from_secs(60);
    options.tuning.report_wait = Duration::from_secs(60);
}

fn organization(run: &Run) -> Value {
    serde_json::from_slice(&std::fs::read(run.dir.path().join("organization.json")).unwrap()).unwrap()
}

fn gaps(run: &Run) -> BTreeSet<Facet> {
    run.manifest().gaps.iter().map(|gap| gap.facet).collect()
}

fn sessions_expired() -> [Rule; 2] {
    let expired = |service, status, code| Rule::always(service, Fault::Refuse(status, code)).of(hit());
    [expired("iam:", 403, "ExpiredToken"), expired("cloudtrail:", 400, "ExpiredTokenException")]
}

#[test]
fn f67_sessions_that_always_expire_cost_their_account_and_no_other() {
    let run = Run::of(sessions_expired());
    run.lost(hit(), &everything(), "ExpiredToken", "E236");
    let asked = run.emulator.requests().iter().filter(|request| request.account == Some(hit())).count();
    assert!(asked < 60, "{asked} requests with sessions that are refused");

    // a resumed run meets the same fault and ends the same way: not as if the base credentials had expired
    let emulator = Emulator::start(EmulatorData::from_directory(made()).unwrap(), with(sessions_expired())).unwrap();
    let mut again = bench::options(&emulator, run.dir.path());
    again.resume = Some(Resume { max_age: Duration::from_secs(1 << 20) });
    let manifest = block_on(collect(&again, &Told::default())).unwrap();
    assert_eq!(manifest.ledger.view().complete, 5);
    assert!(matches!(manifest.ledger.get(hit()), Some(AccountState::Incomplete { .. })));

    // the session is refused on first use
    let run = Run::of([Rule::always("GetCallerIdentity", Fault::Refuse(403, "ExpiredToken")).of(hit())]);
    run.lost(hit(), &everything(), "ExpiredToken", "E236");
}

#[test]
fn f67_sessions_that_expire_twice_in_a_row_are_renewed_twice() {
    for (operation, status, code) in [
        (DETAILS, 403, "ExpiredToken"),
        ("ListAccessKeys", 403, "ExpiredToken"),
        ("DescribeTrails", 400, "ExpiredTokenException"),
        ("GetCallerIdentity", 403, "ExpiredToken"),
    ] {
        let twice = Rule::always(operation, Fault::Refuse(status, code)).of(hit()).when(When::First(2));
        Run::of([twice]).is_whole();
    }
}

#[test]
fn f68_a_request_that_comes_too_late_is_signed_again_and_says_nothing_of_the_credentials() {
    let late = |operation| Rule::always(operation, Fault::Refuse(400, "RequestExpired"));
    let operations = [DETAILS, "AssumeRole", "ListRoots", "DescribeTrails", "GetCallerIdentity", "ListAccounts"];
    Run::of(operations.map(|operation| late(operation).when(When::First(2)))).is_whole();
    let run = Run::of(["iam:", "cloudtrail:"].map(|service| late(service).of(hit())));
    run.lost(hit(), &everything(), "RequestExpired", "E233");
    let run = Run::of([late("AssumeRole").of(hit())]);
    run.lost(hit(), &everything(), "RequestExpired", "E233");
}

#[test]
fn f69_a_list_without_end_is_a_gap_and_fills_no_memory() {
    for fault in [Fault::EndlessList, Fault::EmptyPage] {
        for (operation, lost) in [
            (DETAILS, PRINCIPALS),
            ("ListRoles", &[Facet::RoleSettings]),
            ("ListVirtualMFADevices", &[Facet::VirtualMfaDevices]),
        ] {
            let run = Run::with(with([Rule::always(operation, fault.clone()).of(hit())]), |options| {
                options.tuning.list_limit = 1 << 20;
                options.tuning.page_limit = 300;
            });
            run.lost(hit(), lost, "which no account's", "E231");
            assert!(run.count(&format!("iam:{operation}"), hit()) < 310);
        }
    }
    // only the limit on bytes
    let run = Run::with(with([Rule::always(DETAILS, Fault::EndlessList).of(hit())]), |options| {
        options.tuning.list_limit = 1 << 20;
    });
    run.lost(hit(), PRINCIPALS, "list too large", "E231");
}

#[test]
fn f69_a_list_of_the_organization_without_end_is_a_gap_of_its_own() {
    let bounded = |options: &mut CollectOptions| {
        options.tuning.page_limit = 200;
        options.facets.add(Facet::AccountTags);
    };
    for (operation, facets) in [
        ("ListRoots", &[Facet::Organization, Facet::Guardrails][..]),
        ("ListOrganizationalUnitsForParent", &[Facet::Organization, Facet::Guardrails]),
        ("ListPolicies", &[Facet::Guardrails]),
        ("ListTargetsForPolicy", &[Facet::Guardrails]),
        ("ListTagsForResource", &[Facet::AccountTags]),
        ("ListDelegatedAdministrators", &[Facet::Delegations]),
    ] {
        let run = Run::with(with([Rule::always(operation, Fault::EndlessList)]), bounded);
        assert_eq!((run.exit(), run.manifest().ledger.view().complete), (4, 6), "{operation}");
        assert_eq!(gaps(&run), facets.iter().copied().collect(), "{operation} {:?}", run.manifest().gaps);
        assert!(run.manifest().gaps.iter().all(|gap| gap.reason.contains("pages")), "{:?}", run.manifest().gaps);
    }
    let run = Run::with(with([Rule::always("ListAccounts", Fault::EndlessList)]), bounded);
    assert!(run.failed(6, "E201").why.contains("more than 200 pages"));
}

#[test]
fn f70_the_deadline_binds_what_comes_before_the_first_account() {
    for (rule, place) in [
        (Rule::always("DescribeOrganization", Fault::BlackHole), "Organizations"),
        (Rule::always("ListAccounts", Fault::EndlessList), "Organizations"),
        (Rule::always("GetCallerIdentity", Fault::BlackHole), "GetCallerIdentity"),
    ] {
        let start = Instant::now();
        let run = Run::with(with([rule]), |options| patient(options, 2));
        assert!(start.elapsed() < Duration::from_secs(2) + TO_END, "{place} {:?}", start.elapsed());
        let diagnostic = run.failed(6, "E202");
        assert!(diagnostic.place.contains(place) && diagnostic.why.contains("2 s"), "{diagnostic:?}");
        assert!(diagnostic.next.contains("--deadline"), "{diagnostic:?}");
    }
}

#[test]
fn f70_accounts_that_are_named_do_not_wait_for_the_list_until_there_is_no_time() {
    let run = Run::with(with([Rule::always("DescribeOrganization", Fault::BlackHole)]), |options| {
        patient(options, 16);
        options.scope = Scope::Accounts(accounts());
    });
    assert_eq!((run.exit(), run.manifest().ledger.view().complete), (4, 6), "{:?}", run.manifest().ledger.gaps());
    let all = [
        Facet::Organization,
        Facet::Guardrails,
        Facet::Delegations,
        Facet::OrganizationFeatures,
        Facet::IdentityCenter,
    ];
    assert_eq!(gaps(&run), all.into());
}

#[test]
fn f71_at_the_deadline_accounts_keep_what_they_have_read() {
    let start = Instant::now();
    let run = Run::with(with([Rule::always("GetCredentialReport", Fault::JobStuck)]), |options| patient(options, 5));
    assert!(start.elapsed() < Duration::from_secs(5) + TO_END, "{:?}", start.elapsed());
    assert_eq!(run.exit(), 4);
    run.warnings_are(&["E235"]);
    run.ledger_adds_up();
    for account in accounts() {
        let Some(AccountState::Incomplete { gaps }) = run.manifest().ledger.get(account) else {
            unreachable!("{account}")
        };
        let lost: Vec<_> = gaps.iter().map(|gap| (gap.facet, gap.reason.contains("deadline of 5 s"))).collect();
        assert_eq!(lost, [(Facet::CredentialReport, true)], "{gaps:?}");
        let text = std::fs::read(run.dir.path().join(format!("accounts/{account}.json"))).unwrap();
        let file: Value = serde_json::from_slice(&text).unwrap();
        assert!(file["RoleDetailList"].as_array().is_some_and(|roles| !roles.is_empty()), "{account}");
        assert!(file.get("CredentialReport").is_none() && file.get("AccessKeys").is_some(), "{account}");
    }
    assert!(run.manifest().gaps.is_empty(), "{:?}", run.manifest().gaps);
    // the run can be resumed, and then everything is there
    let healthy = Emulator::start(EmulatorData::from_directory(made()).unwrap(), EmulatorOptions::default()).unwrap();
    let mut again = bench::options(&healthy, run.dir.path());
    again.resume = Some(Resume { max_age: Duration::from_secs(1 << 20) });
    let manifest = block_on(collect(&again, &Told::default())).unwrap();
    assert!(manifest.ledger.is_complete() && manifest.files == bench::fault_free().files);
}

#[test]
fn f71_an_account_has_its_own_time_and_keeps_what_it_has_read_by_then() {
    let run = Run::with(with([Rule::always("GetCredentialReport", Fault::JobStuck).of(hit())]), |options| {
        options.tuning.account_timeout = Duration::from_secs(8);
        options.tuning.report_wait = Duration::from_secs(60);
    });
    run.lost(hit(), &[Facet::CredentialReport], "within 8 s", "E232");
}

#[test]
fn f71_where_nothing_could_be_read_by_the_deadline_that_is_an_error() {
    let start = Instant::now();
    let rules = ["iam:", "cloudtrail:"].map(|service| Rule::always(service, Fault::BlackHole));
    let run = Run::with(with(rules), |options| patient(options, 3));
    assert!(start.elapsed() < Duration::from_secs(3) + TO_END, "{:?}", start.elapsed());
    run.failed(6, "E211");
}

#[test]
fn f71_each_part_of_the_organization_is_lost_for_itself() {
    let cases: [(&[&'static str], &[Facet]); 3] = [
        (
            &["ListTagsForResource", "DescribePolicy", "ListDelegatedAdministrators", "ListOrganizationsFeatures"],
            &[Facet::AccountTags, Facet::Guardrails, Facet::Delegations, Facet::OrganizationFeatures],
        ),
        (&["ListTagsForResource"], &[Facet::AccountTags]),
        (&["ListOrganizationalUnitsForParent"], &[Facet::Organization, Facet::Guardrails]),
    ];
    for (operations, facets) in cases {
        let rules = operations.iter().map(|operation| Rule::always(operation, Fault::BlackHole));
        let run = Run::with(with(rules), |options| {
            patient(options, 5);
            options.facets.add(Facet::AccountTags);
        });
        assert_eq!((run.exit(), run.manifest().ledger.view().complete), (4, 6), "{operations:?}");
        assert_eq!(gaps(&run), facets.iter().copied().collect(), "{operations:?} {:?}", run.manifest().gaps);
        assert!(run.manifest().gaps.iter().all(|gap| gap.reason.contains("deadline")), "{:?}", run.manifest().gaps);
        let file = organization(&run);
        let has = |facet, key: &str| assert_eq!(file.get(key).is_some(), !facets.contains(&facet), "{key}");
        has(Facet::Organization, "OrganizationalUnits");
        has(Facet::Delegations, "DelegatedAdministrators");
        has(Facet::OrganizationFeatures, "EnabledFeatures");
    }
}

#[test]
fn f72_a_burst_of_errors_at_the_beginning_is_outlived() {
    for fault in [Fault::Status(503), Fault::Refuse(503, "ServiceUnavailable"), Fault::RetryAfter(503, "0")] {
        let services = ["sts:", "organizations:", "iam:"];
        Run::of(services.map(|service| Rule::always(service, fault.clone()).when(When::First(9)))).is_whole();
    }
    let run = Run::of([Rule::always("GetCallerIdentity", Fault::Status(503))]);
    let diagnostic = run.failed(6, "E106");
    assert!(diagnostic.why.contains("503") && !diagnostic.what.contains("credentials"), "{diagnostic:?}");
    // an error that is not transient is reported soon
    for fault in [Fault::Reset, Fault::WebPage(200), Fault::Status(404)] {
        let run = Run::of([Rule::always("GetCallerIdentity", fault.clone())]);
        run.failed(6, "E106");
        assert_eq!(run.emulator.calls()["sts:GetCallerIdentity"], 3, "{fault:?}");
    }
}

#[test]
fn f73_a_refusal_without_its_code_is_no_refusal() {
    let cut = |status, code| Fault::RefuseCut(status, code);
    for fault in [cut(404, "NoSuchEntity"), cut(403, "AccessDenied"), Fault::Status(404), Fault::Status(400)] {
        let operations = [
            "ListAccessKeys",
            "GetAccountPasswordPolicy",
            "AssumeRole",
            "DescribeTrails",
            "DescribeOrganization",
            DETAILS,
        ];
        Run::of(operations.map(|operation| Rule::always(operation, fault.clone()).when(When::First(2)))).is_whole();
    }
    for (operation, facet) in [
        ("GetAccountPasswordPolicy", Facet::PasswordPolicy),
        ("GetAccountSummary", Facet::AccountSummary),
        ("ListAccessKeys", Facet::AccessKeys),
    ] {
        let run = Run::of([Rule::always(operation, Fault::RefuseCut(404, "NoSuchEntity")).of(hit())]);
        let users = made().join(format!("accounts/{}.json", hit()));
        let file: Value = serde_json::from_slice(&std::fs::read(users).unwrap()).unwrap();
        if facet == Facet::AccessKeys && file["UserDetailList"].as_array().is_none_or(Vec::is_empty) {
            continue;
        }
        run.lost(hit(), &[facet], "without an error code", "E231");
    }
}

#[test]
fn f74_tags_of_accounts_are_read_where_they_are_asked_for_and_no_refusal_takes_those_of_others() {
    let run = Run::of([]);
    assert_eq!(run.emulator.calls().get("organizations:ListTagsForResource"), None);
    run.is_whole();
    let asked = |options: &mut CollectOptions| options.facets.add(Facet::AccountTags);
    let tagged = |run: &Run| {
        let accounts = organization(run)["Accounts"].as_array().unwrap().clone();
        accounts.iter().filter(|account| account["Tags"].is_array()).count()
    };
    let run = Run::with(EmulatorOptions::default(), asked);
    assert_eq!((run.exit(), tagged(&run)), (0, 6));
    let denied = Rule::always("ListTagsForResource", Fault::Refuse(400, "AccessDeniedException")).when(When::Nth(1));
    let run = Run::with(with([denied]), asked);
    assert_eq!((run.exit(), tagged(&run), gaps(&run)), (4, 5, [Facet::AccountTags].into()));
    assert!(run.manifest().gaps[0].reason.contains("tags of 1 of 6 accounts"), "{:?}", run.manifest().gaps);
}

#[test]
fn f74_a_target_or_a_selector_by_tags_reads_them() {
    let emulator = Emulator::start(EmulatorData::from_directory(made()).unwrap(), EmulatorOptions::default()).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let mut before = 0;
    let mut read = |config: &str, arguments: &[&str], code: i32| {
        std::fs::write(dir.path().join("rolehop.toml"), config).unwrap();
        let (id, secret) = emulator.access_key();
        let mut command = assert_cmd::Command::cargo_bin("rolehop").unwrap();
        command.env_clear().env("AWS_ACCESS_KEY_ID", id).env("AWS_SECRET_ACCESS_KEY", secret);
        command.env("AWS_REGION", "eu-west-1").env("AWS_ENDPOINT_URL", emulator.endpoint());
        command.args(["collect", "--role-name", bench::ROLE, "--config"]).arg(dir.path().join("rolehop.toml"));
        let output = command.args(arguments).arg("--snapshot").arg(dir.path().join("out")).output().unwrap();
        let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert_eq!(output.status.code(), Some(code), "{text}");
        let calls = emulator.calls().get("organizations:ListTagsForResource").copied().unwrap_or_default();
        let since = calls - before;
        before = calls;
        since
    };
    const BY_UNIT: &str = "version = 1\n[targets.prod]\nou = [\"/Prod\"]\n";
    const BY_TAG: &str = "version = 1\n[targets.prod]\ntags = { env = [\"prod\"] }\n";
    assert_eq!(read(BY_UNIT, &[], 0), 0);
    assert_eq!(read(BY_TAG, &[], 0), 6);
    assert_eq!(read(BY_TAG, &["--facets", "core"], 0), 6, "the target needs them all the same");
    assert_eq!(read(BY_TAG, &["--skip-facets", "account-tags"], 0), 0, "unless they were expressly left out");
    assert_eq!(read(BY_UNIT, &["--facets", "account-tags"], 0), 6);
    assert_eq!(read(BY_UNIT, &["--include", "tag:env=*"], 0), 6, "once, though both need them");
    assert_eq!(read(BY_UNIT, &["--include", "tag:env=nowhere"], 2), 6, "nobody is selected");
    assert_eq!(read(BY_UNIT, &["--include", "tag:env=*", "--skip-facets", "account-tags"], 2), 0);
    let snapshot = rolehop::snapshot::Snapshot::open(&dir.path().join("out")).unwrap();
    assert_eq!(snapshot.ledger().view().complete, 6);
}

#[test]
fn a_denial_of_tags_by_which_accounts_are_chosen_chooses_nobody() {
    let denied = Rule::always("ListTagsForResource", Fault::Refuse(400, "AccessDeniedException")).when(When::Nth(3));
    let run = Run::with(with([denied]), |options| options.selection.include = vec!["tag:env=*".parse().unwrap()]);
    run.failed(6, "E201");
    assert_eq!(run.count("iam:GetAccountAuthorizationDetails", other()), 0);
}
