//! Section B: AWS itself behaves oddly, is slow, or denies calls.

use std::time::Duration;

use rolehop::emulator::{EmulatorOptions, Fault, Rule, Schedule, When};
use rolehop::facet::Facet;
use rolehop::snapshot::ledger::AccountState;

use crate::bench::{Run, accounts, fault_free, hit, other};

fn with(faults: Schedule) -> EmulatorOptions {
    EmulatorOptions { faults, ..EmulatorOptions::default() }
}

#[test]
fn f14_throttling_of_a_share_of_all_calls_loses_nothing() {
    for (seed, share) in [(1, 0.05), (2, 0.2), (3, 0.5)] {
        Run::with(with(Schedule::throttling(seed, share)), |_| {}).is_whole();
    }
}

#[test]
fn f15_one_account_throttled_without_end_is_given_up_and_costs_no_other() {
    let run = Run::of([Rule::always("iam:", Fault::Refuse(400, "Throttling")).of(hit())]);
    let all: Vec<Facet> = rolehop::facet::Facets::default().of_accounts().filter(|f| *f != Facet::Trails).collect();
    run.lost(hit(), &all, "throttled", "E232");
    let requests = run.emulator.requests();
    let tried = requests.iter().filter(|r| r.account == Some(hit()) && r.action.starts_with("iam:")).count();
    assert!(tried < 250, "{tried} requests to an account that does not answer");
}

#[test]
fn f16_every_way_of_saying_too_many_requests_is_understood() {
    let codes = [
        Fault::Status(429),
        Fault::Refuse(400, "RequestLimitExceeded"),
        Fault::Refuse(400, "TooManyRequestsException"),
        Fault::Refuse(400, "PriorRequestNotComplete"),
        Fault::Refuse(503, "SlowDown"),
        Fault::Refuse(400, "ThrottledException"),
    ];
    for fault in codes {
        Run::of([
            Rule::always("GetAccountSummary", fault.clone()).when(When::First(3)),
            Rule::always("ListRoots", fault).when(When::First(3)),
        ])
        .is_whole();
    }
}

#[test]
fn f17_a_burst_of_server_errors_is_outlived() {
    for status in [500, 502, 503, 504] {
        Run::of([Rule::always("iam:", Fault::Status(status)).when(When::First(6))]).is_whole();
    }
    Run::of([Rule::always("iam:", Fault::WebPage(503)).when(When::First(6))]).is_whole();
}

#[test]
fn f18_a_wish_to_be_left_alone_is_honored_within_reason() {
    for wait in ["0", "3600000", "-5", "Fri, 20 Nov 2026 12:00:00 GMT", "soon"] {
        Run::of([Rule::always("GetAccountSummary", Fault::RetryAfter(503, wait)).when(When::First(1))]).is_whole();
    }
    let start = std::time::Instant::now();
    let wish = Rule::always("GetAccountSummary", Fault::RetryAfter(429, "1")).of(hit()).when(When::First(1));
    Run::with(with(Schedule::of([wish])), |options| options.tuning.max_backoff = Duration::from_secs(5)).is_whole();
    assert!(start.elapsed() >= Duration::from_secs(1), "one second was asked for");
}

#[test]
fn f19_a_page_that_says_that_more_follows_but_not_where_is_an_error() {
    let run = Run::of([Rule::always("ListRoles", Fault::NoMarker).of(hit())]);
    run.lost(hit(), &[Facet::RoleSettings], "no marker", "E231");
}

#[test]
fn f20_pages_that_never_end_are_an_error() {
    for fault in [Fault::SameMarker, Fault::MarkerCycle] {
        // the emulator accepts only markers that it issued, so only the page loop itself matters here
        let run = Run::of([Rule::always("ListAccountsForParent", fault.clone()), Rule::always("ListRoots", fault)]);
        assert_eq!(run.exit(), 4);
        assert!(run.manifest().gaps.iter().all(|gap| gap.facet.is_of_organization()), "{:?}", run.manifest().gaps);
        assert!(!run.manifest().gaps.is_empty());
    }
}

#[test]
fn f21_an_empty_page_with_a_token_is_not_the_end() {
    let run = Run::of([
        Rule::always("ListAccounts", Fault::EmptyPage).when(When::Nth(0)),
        Rule::always("ListPolicies", Fault::EmptyPage).when(When::Nth(1)),
        Rule::always("ListTargetsForPolicy", Fault::EmptyPage).when(When::Nth(2)),
    ]);
    run.is_whole();
}

#[test]
fn f22_a_list_that_cannot_be_right_stops_the_scan() {
    for fault in [Fault::EmptyList, Fault::Without(accounts()[0].to_string())] {
        let run = Run::of([Rule::always("ListAccounts", fault)]);
        let diagnostic = run.failed(6, "E214");
        assert!(diagnostic.place.contains("endpoint override"), "{diagnostic:?}");
    }
    Run::of([Rule::always("ListAccounts", Fault::EmptyJson)]).failed(6, "E201");
}

#[test]
fn f23_a_denial_on_a_later_page_of_the_list_stops_the_scan_unless_accounts_are_named() {
    let emulate = || EmulatorOptions {
        page_size: 2,
        ..with(Schedule::of([
            Rule::always("ListAccounts", Fault::Refuse(400, "AccessDeniedException")).when(When::After(1))
        ]))
    };
    Run::with(emulate(), |_| {}).failed(6, "E201");
    let run = Run::with(emulate(), |options| {
        options.scope = rolehop::collect::Scope::Accounts(vec![hit()]);
    });
    assert_eq!(run.exit(), 4, "the organization is not known");
    assert_eq!(run.manifest().ledger.get(hit()), Some(&AccountState::Complete));
}

#[test]
fn f24_an_account_that_is_listed_twice_counts_once_and_a_short_id_is_no_account() {
    Run::of([Rule::always("ListAccounts", Fault::Twice)]).is_whole();
    let run = Run::of([Rule::always("ListAccounts", Fault::ShortId)]);
    // the first of the list is the management account, which must be in it
    assert!(run.exit() == 4 || run.exit() == 6);
    if let Ok(manifest) = &run.result {
        assert!(manifest.gaps.iter().any(|gap| gap.reason.contains("12345678901")), "{:?}", manifest.gaps);
    }
}

#[test]
fn f25_states_that_nobody_knows_and_none_at_all_are_read_all_the_same() {
    let run = Run::of([Rule::always("ListAccounts", Fault::UnknownState)]);
    assert_eq!(run.exit(), 0);
    assert!(run.told.notes.lock().unwrap().iter().any(|note| note.contains("FROZEN")));
    let run = Run::of([Rule::always("ListAccounts", Fault::NoState)]);
    assert_eq!((run.exit(), run.manifest().ledger.view().complete), (0, 6));
}

#[test]
fn f26_accounts_that_are_closed_or_closing_are_skipped_with_the_reason() {
    // the demo's organization has a suspended account; `collect::organization::accounts` tests each state
    let world = rolehop::emulator::EmulatorData::from_directory(std::path::Path::new("examples/demo")).unwrap();
    let emulator = rolehop::emulator::Emulator::start(world, EmulatorOptions::default()).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let options = crate::bench::options(&emulator, dir.path());
    let manifest = crate::bench::block_on(rolehop::collect::collect(&options, &crate::bench::Told::default())).unwrap();
    let skipped: Vec<_> = manifest.ledger.view().skipped.into_iter().map(|skipped| skipped.reason).collect();
    assert_eq!(skipped, ["suspended"]);
    assert!(manifest.ledger.is_complete() && manifest.gaps.is_empty());
}

#[test]
fn f27_an_account_that_leaves_meanwhile_is_incomplete_with_a_hint() {
    let denied = Rule::always("AssumeRole", Fault::Refuse(403, "AccessDenied")).of(hit());
    let run = Run::of([denied]);
    let all: Vec<Facet> = rolehop::facet::Facets::default().of_accounts().collect();
    run.lost(hit(), &all, "AccessDenied", "E210");
}

#[test]
fn f28_what_is_deleted_between_two_calls_is_gone_and_no_error() {
    let gone = |operation| Rule::always(operation, Fault::Refuse(404, "NoSuchEntity"));
    let rules =
        ["ListAccessKeys", "GetAccessKeyLastUsed", "ListMFADevices", "GetOpenIDConnectProvider", "GetSAMLProvider"];
    let run = Run::of(rules.map(gone));
    assert_eq!(run.exit(), 0, "{:?}", run.manifest().ledger.gaps());
    run.warnings_are(&[]);
}

#[test]
fn f29_an_entry_that_two_pages_name_is_kept_once() {
    let faults = Schedule::of([
        Rule::always("GetAccountAuthorizationDetails", Fault::RepeatLast),
        Rule::always("ListRoles", Fault::RepeatLast),
        Rule::always("ListVirtualMFADevices", Fault::RepeatLast),
        Rule::always("ListAccounts", Fault::RepeatLast),
        Rule::always("ListPolicies", Fault::RepeatLast),
        Rule::always("ListTargetsForPolicy", Fault::RepeatLast),
    ]);
    let run = Run::with(EmulatorOptions { page_size: 2, ..with(faults) }, |_| {});
    run.is_whole();
    let pages = |action| run.count(action, hit());
    assert!(pages("iam:ListRoles") > 2, "there were pages");
}

#[test]
fn f30_a_credential_report_in_every_state_of_being_made() {
    let on = |operation, code, when| Rule::always(operation, Fault::Refuse(404, code)).when(when);
    Run::of([on("GetCredentialReport", "ReportInProgress", When::First(4))]).is_whole();
    Run::of([on("GetCredentialReport", "ReportNotPresent", When::First(2))]).is_whole();
    Run::of([on("GetCredentialReport", "ReportExpired", When::First(2))]).is_whole();
    Run::of([on("GetCredentialReport", "Throttling", When::First(4))]).is_whole();
    let run = Run::of([on("GetCredentialReport", "ReportInProgress", When::Always).of(hit())]);
    run.lost(hit(), &[Facet::CredentialReport], "not ready", "E232");
    let denied = Rule::always("GetCredentialReport", Fault::Refuse(403, "AccessDenied")).of(hit());
    Run::of([denied]).lost(hit(), &[Facet::CredentialReport], "AccessDenied", "E212");
    // a report of the last hours can be read without permission to generate one
    let denied =
        Rule::always("GenerateCredentialReport", Fault::Refuse(403, "AccessDenied")).of(hit()).when(When::After(1));
    Run::of([denied, on("GetCredentialReport", "ReportInProgress", When::First(1))]).is_whole();
}

#[test]
fn f31_a_credential_report_with_odd_columns_says_the_same() {
    let run = Run::of([Rule::always("GetCredentialReport", Fault::OddReport).of(hit())]);
    assert_eq!(run.exit(), 0, "{:?}", run.manifest().ledger.gaps());
    run.warnings_are(&[]);
    let report = |dir: &std::path::Path| {
        let text = std::fs::read(dir.join(format!("accounts/{}.json", hit()))).unwrap();
        let file: serde_json::Value = serde_json::from_slice(&text).unwrap();
        file["CredentialReport"].as_array().unwrap().clone()
    };
    let (mut odd, usual) = (report(run.dir.path()), report(Run::of([]).dir.path()));
    for row in &mut odd {
        let added = row.as_object_mut().unwrap().remove("one_more_column").unwrap();
        assert_eq!(added, "a \"quoted\", cell\nof two lines", "what nobody knows is kept");
    }
    assert!(!odd.is_empty());
    assert_eq!(odd, usual);
}

#[test]
fn f32_a_job_that_fails_or_never_ends_costs_its_facet() {
    for (fault, reason) in [(Fault::JobFailed, "the job failed"), (Fault::JobStuck, "not done within")] {
        let faults = Schedule::of([Rule::always("GetServiceLastAccessedDetails", fault).of(hit())]);
        let run = Run::with(with(faults), |options| {
            options.facets = rolehop::facet::Facets::named(["core", "last-accessed"]).unwrap();
        });
        assert_eq!(run.exit(), 4);
        let gaps = run.manifest().ledger.gaps();
        assert!(!gaps.is_empty() && run.manifest().gaps.is_empty());
        for gap in gaps {
            assert_eq!((gap.scope, gap.facet), (hit().into(), Facet::LastAccessed));
            assert!(gap.reason.contains(reason), "{}", gap.reason);
        }
        run.ledger_adds_up();
    }
}

#[test]
fn f33_a_region_that_is_off_is_left_out() {
    // the home region is asked once, then each other region once: only the second call meets a region that is off
    let off = Rule::always("DescribeTrails", Fault::Refuse(400, "OptInRequired")).when(When::After(1));
    let run = Run::with(with(Schedule::of([off])), |options| {
        options.trail_regions = vec!["ap-east-1".to_owned()];
    });
    assert_eq!(run.exit(), 0, "{:?}", run.manifest().ledger.gaps());
    assert_eq!(run.count("cloudtrail:DescribeTrails", hit()), 2, "it is not tried again");
}

#[test]
fn f34_an_scp_that_denies_the_scanner_is_called_one() {
    let emulate =
        EmulatorOptions { denied_operations: ["GetAccountSummary".to_owned()].into(), ..EmulatorOptions::default() };
    let run = Run::with(emulate, |_| {});
    assert_eq!(run.exit(), 4);
    run.warnings_are(&["E212"]);
    let warnings = run.told.warnings.lock().unwrap();
    assert!(warnings[0].what.contains("in 6 accounts"), "one message for all: {warnings:?}");
    assert!(warnings[0].next.contains("iam:GetAccountSummary"), "{warnings:?}");
}

#[test]
fn throttled_for_ever_in_one_account_leaves_the_others_their_files() {
    let run = Run::of([
        Rule::always("iam:", Fault::Refuse(400, "Throttling")).of(hit()),
        Rule::always("cloudtrail:", Fault::Refuse(400, "ThrottlingException")).of(hit()),
    ]);
    run.complete_accounts_are_whole();
    let name = format!("accounts/{}.json", other());
    assert_eq!(run.manifest().files.get(&name), fault_free().files.get(&name));
}
