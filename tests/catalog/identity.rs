//! Section C: the caller's identity, and the accounts that accept it. `tests/credentials.rs` covers the sources of the
//! base credentials.

use std::time::Duration;

use rolehop::collect::ExternalId;
use rolehop::emulator::{EmulatorOptions, Fault, Rule, Schedule, When};
use rolehop::facet::{Facet, Facets};
use rolehop::snapshot::ledger::AccountState;

use crate::bench::{Run, accounts, hit, other};

fn everything() -> Vec<Facet> {
    Facets::default().of_accounts().collect()
}

fn denied() -> Rule {
    Rule::always("AssumeRole", Fault::Refuse(403, "AccessDenied"))
}

#[test]
fn f35_a_role_that_is_refused_in_one_account_in_some_and_in_all() {
    Run::of([denied().of(hit())]).lost(hit(), &everything(), "AccessDenied", "E210");

    let run = Run::of([denied().of(hit()), denied().of(other())]);
    assert_eq!((run.exit(), run.manifest().ledger.view().complete), (4, 4));
    run.warnings_are(&["E210"]);
    let tries = run.emulator.requests().into_iter().filter(|request| request.action == "sts:AssumeRole").count();
    assert_eq!(tries, 6, "a denial is not tried again");

    // the caller's own account is read with the base credentials; without those nothing is left
    let run = Run::of([
        denied(),
        Rule::always("iam:", Fault::Refuse(403, "AccessDenied")),
        Rule::always("cloudtrail:", Fault::Refuse(400, "AccessDeniedException")),
    ]);
    run.failed(6, "E211");
}

#[test]
fn f35_nobody_is_asked_ten_thousand_times_when_a_sample_says_no() {
    // the caller's own account, which needs no role, may or may not be one of the first
    let own = ["iam:", "cloudtrail:"].map(|service| Rule::always(service, Fault::Refuse(403, "AccessDenied")));
    let faults = Schedule::of(own.into_iter().chain([denied()]));
    let latency = Duration::from_millis(30);
    let emulate = EmulatorOptions { faults, latency, ..EmulatorOptions::default() };
    let run = Run::with(emulate, |options| {
        options.tuning.refused_sample = 2;
        options.concurrency = 1;
    });
    let diagnostic = run.failed(6, "E211");
    assert!(diagnostic.next.contains("rolehop doctor"), "{diagnostic:?}");
    let tries = run.emulator.requests().into_iter().filter(|request| request.action == "sts:AssumeRole").count();
    assert!(tries < 6, "{tries}");
}

#[test]
fn f36_a_wrong_external_id_and_marks_that_are_not_allowed() {
    let emulate = || EmulatorOptions { external_id: Some("right".to_owned()), ..EmulatorOptions::default() };
    Run::with(emulate(), |options| options.external_id = Some(ExternalId::new("right"))).is_whole();
    let run = Run::with(emulate(), |options| options.external_id = Some(ExternalId::new("canary-wrong")));
    let text = format!("{:?} {:?}", run.told.warnings.lock().unwrap(), run.result);
    assert!(text.contains("another external id") && !text.contains("canary"), "{text}");

    let refuses = || EmulatorOptions { refuses_session_attributes: true, ..EmulatorOptions::default() };
    let mark = |options: &mut rolehop::collect::CollectOptions| {
        options.session.marks.source_identity = Some("audit".to_owned());
        options.session.marks.tags = [("team".to_owned(), "security".to_owned())].into();
    };
    let run = Run::with(refuses(), mark);
    assert_eq!(run.exit(), 4);
    assert!(run.told.warnings.lock().unwrap()[0].next.contains("sts:SetSourceIdentity"));
    Run::with(refuses(), |options| {
        mark(options);
        options.session.marks_optional = true;
    })
    .is_whole();
    Run::with(EmulatorOptions::default(), mark).is_whole();
}

#[test]
fn f36_a_session_that_is_to_live_longer_than_the_role_allows() {
    let emulate = EmulatorOptions::default();
    let run = Run::with(emulate, |options| options.session.duration = Duration::from_secs(2 * 3600));
    let diagnostic = match &run.result {
        // the caller's own account is read with the base credentials only if the role is denied
        Err(error) => error.diagnostic(),
        Ok(manifest) => unreachable!("{:?}", manifest.ledger.gaps()),
    };
    assert_eq!(diagnostic.code.as_str(), "E211", "{diagnostic:?}");
    assert!(diagnostic.why.contains("MaxSessionDuration") && diagnostic.next.contains("--session-duration"));
}

#[test]
fn f37_credentials_of_another_account_are_thrown_away() {
    let run = Run::of([Rule::always("GetCallerIdentity", Fault::WrongAccount).of(hit())]);
    run.lost(hit(), &everything(), "discarded", "E231");
    assert_eq!(run.count("iam:GetAccountAuthorizationDetails", hit()), 0);
    assert!(!run.dir.path().join(format!("accounts/{}.json", hit())).exists());
}

#[test]
fn f38_a_session_that_expires_mid_page_is_renewed_and_the_page_repeated() {
    for operation in ["GetAccountAuthorizationDetails", "ListRoles", "GetCredentialReport"] {
        Run::of([Rule::always(operation, Fault::Refuse(403, "ExpiredToken")).when(When::First(1))]).is_whole();
    }
    Run::of([Rule::always("DescribeTrails", Fault::Refuse(400, "ExpiredTokenException")).when(When::First(1))])
        .is_whole();
    // sessions that really expire: each is renewed whenever it has expired
    let emulate = EmulatorOptions {
        session_life: Some(Duration::from_millis(1500)),
        latency: Duration::from_millis(60),
        ..EmulatorOptions::default()
    };
    Run::with(emulate, |_| {}).is_whole();
}

#[test]
fn f39_base_credentials_that_expire_leave_a_snapshot_to_go_on_with() {
    let expired = Rule::always("AssumeRole", Fault::Refuse(403, "ExpiredToken"));
    let mut ids = accounts();
    ids.sort();
    // accounts are read in the order of their ids
    let late = ids[3..].iter().fold(expired, |rule, account| rule.of(*account));
    let emulate = EmulatorOptions { faults: Schedule::of([late]), ..EmulatorOptions::default() };
    let run = Run::with(emulate, |options| options.concurrency = 1);
    let diagnostic = run.failed(6, "E105");
    assert!(diagnostic.next.contains("--resume"), "{diagnostic:?}");
    let snapshot = rolehop::snapshot::Snapshot::open(run.dir.path()).unwrap();
    let complete = snapshot.ledger().iter().filter(|(_, state)| **state == AccountState::Complete).count();
    assert!(complete >= 1 && snapshot.manifest().unwrap().finished.is_none());
    assert!(diagnostic.why.contains(&format!("{complete} of 6")), "{diagnostic:?}");
}

#[test]
fn f44_a_clock_that_is_off_is_corrected() {
    for ahead in [600, 86_400, 240, -600] {
        let run = Run::with(EmulatorOptions { clock_ahead: ahead, ..EmulatorOptions::default() }, |_| {});
        match run.exit() {
            0 => run.is_whole(),
            code => {
                let diagnostic = run.failed(6, "E105");
                assert!(diagnostic.next.contains("clock"), "{ahead} {code} {diagnostic:?}");
            }
        }
    }
}
