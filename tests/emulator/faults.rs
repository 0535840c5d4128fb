//! Each fault does what it says, seen from the other end of the connection.

use std::time::{Duration, Instant};

use base64::prelude::{BASE64_STANDARD, Engine as _};
use rolehop::emulator::{Emulator, EmulatorOptions, Fault, Rule, Schedule, When};
use serde_json::{Value, json};

use crate::start;
use crate::wire::{self, Answer, End};
use crate::world::{MANAGEMENT, MEMBER, SUSPENDED};

const IDENTITY: &str = "GetCallerIdentity";
const DETAILS: &str = "GetAccountAuthorizationDetails";
const REGION: &str = "us-east-1";

fn with(rule: Rule) -> Emulator {
    paged(rule, 100)
}

fn paged(rule: Rule, page_size: usize) -> Emulator {
    start(EmulatorOptions { page_size, faults: Schedule::of([rule]), ..EmulatorOptions::default() })
}

/// GetCallerIdentity under a fault.
fn identity(fault: Fault) -> Answer {
    identity_of(&with(Rule::always(IDENTITY, fault)))
}

fn identity_of(emulator: &Emulator) -> Answer {
    wire::query(emulator, &wire::base(emulator), "sts:GetCallerIdentity", &[])
}

fn clean() -> Answer {
    identity_of(&start(EmulatorOptions::default()))
}

/// A page of the member's roles under a fault, and the page behind the marker that it names.
fn two_pages(fault: Fault, page_size: usize) -> (Answer, Answer) {
    let emulator = paged(Rule::always("ListRoles", fault).when(When::Nth(0)), page_size);
    let keys = wire::session(&emulator, MEMBER);
    let first = wire::query(&emulator, &keys, "iam:ListRoles", &[]);
    let marker = first.element("Marker").unwrap_or_default();
    let second = wire::query(&emulator, &keys, "iam:ListRoles", &[("Marker", &marker)]);
    (first, second)
}

fn accounts(fault: Fault) -> Answer {
    accounts_of(&with(Rule::always("ListAccounts", fault)), &json!({}))
}

fn accounts_of(emulator: &Emulator, input: &Value) -> Answer {
    wire::json(emulator, &wire::base(emulator), "organizations:ListAccounts", REGION, input)
}

fn ids(answer: &Answer) -> Vec<String> {
    let answer = answer.json();
    let entries = answer["Accounts"].as_array().unwrap().iter();
    entries.map(|entry| entry["Id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn without_a_fault_a_connection_ends_politely() {
    let answer = clean();
    assert_eq!((answer.status, answer.end), (200, End::Closed));
    assert_eq!(answer.header("content-length"), Some(answer.raw.len().to_string().as_str()));
}

#[test]
fn a_reset_is_one_and_comes_before_or_amid_the_reply() {
    let answer = identity(Fault::Reset);
    assert_eq!((answer.status, answer.raw.len(), answer.end), (0, 0, End::Reset));
    let (whole, answer) = (clean(), identity(Fault::ResetAfter(0.5)));
    assert_eq!((answer.status, answer.end), (200, End::Reset));
    assert_eq!(answer.raw, whole.raw[..whole.raw.len() / 2]);
}

#[test]
fn a_black_hole_takes_the_request_and_says_nothing() {
    let answer = identity(Fault::BlackHole);
    assert_eq!((answer.status, answer.end), (0, End::Open));
}

#[test]
fn a_drip_is_the_whole_body_byte_by_byte() {
    let started = Instant::now();
    let answer = identity(Fault::Drip(1));
    assert_eq!(answer.text(), clean().text());
    assert!(answer.raw.starts_with(b"1\r\n<\r\n1\r\n"));
    assert!(started.elapsed() >= Duration::from_millis(answer.text().len() as u64));
}

#[test]
fn a_short_body_and_an_endless_chunk_end_politely_and_too_early() {
    let whole = clean();
    let answer = identity(Fault::ShortBody);
    assert_eq!((answer.end, &answer.raw), (End::Closed, &whole.raw));
    assert_eq!(answer.header("content-length"), Some((whole.raw.len() + 1000).to_string().as_str()));
    let answer = identity(Fault::ChunkWithoutEnd);
    assert_eq!((answer.end, answer.header("content-length")), (End::Closed, None));
    assert_eq!(answer.text(), whole.text());
    assert!(!answer.raw.ends_with(b"0\r\n\r\n"), "the last chunk is missing");
}

#[test]
fn a_cut_body_is_well_framed() {
    let whole = clean();
    for at in [0, 1, 77] {
        let answer = identity(Fault::CutAt(at));
        assert_eq!((answer.status, answer.end, &answer.raw), (200, End::Closed, &whole.raw[..at].to_vec()));
        assert_eq!(answer.header("content-length"), Some(at.to_string().as_str()));
    }
    let cut = |seed| {
        let rule = Rule::always(IDENTITY, Fault::Cut);
        let faults = Schedule { seed, rules: vec![rule] };
        let emulator = start(EmulatorOptions { faults, ..EmulatorOptions::default() });
        (0..6).map(|_| identity_of(&emulator).raw.len()).collect::<Vec<_>>()
    };
    assert_eq!(cut(1), cut(1));
    assert_ne!(cut(1), cut(2));
    assert!(cut(1).iter().all(|length| *length < whole.raw.len()));
}

#[test]
fn what_stands_in_the_way_answers_in_its_own_words() {
    let answer = identity(Fault::Garbage);
    assert_eq!(answer.text(), format!("{}garbage", clean().text()));
    for (status, header) in [(200, "server"), (302, "location"), (407, "proxy-authenticate"), (503, "server")] {
        let answer = identity(Fault::WebPage(status));
        assert_eq!((answer.status, answer.header("content-type")), (status, Some("text/html")));
        assert!(answer.header(header).is_some(), "{status} without {header}");
        assert!(answer.text().starts_with("<!DOCTYPE html>"));
    }
    for status in [429, 500, 502, 503, 504] {
        let answer = identity(Fault::Status(status));
        assert_eq!((answer.status, answer.raw.len(), answer.header("x-amzn-errortype")), (status, 0, None));
    }
    let answer = identity(Fault::RetryAfter(503, "86400"));
    assert_eq!((answer.status, answer.header("retry-after")), (503, Some("86400")));
}

#[test]
fn large_bodies_are_as_large_as_they_say() {
    let answer = identity(Fault::Oversize(3_000_000));
    assert_eq!((answer.text().len(), answer.end), (3_000_000, End::Closed));
    assert!(answer.raw.ends_with(b"0\r\n\r\n"), "and end as they should");
    let answer = identity(Fault::Gzip);
    assert_eq!(answer.header("content-encoding"), Some("gzip"));
    // what it unpacks to is tested where it is made
    let answer = identity(Fault::GzipBomb(1 << 28));
    assert_eq!((answer.header("content-encoding"), answer.end), (Some("gzip"), End::Closed));
    assert!(answer.raw.len() < (1 << 28) / 150, "{}", answer.raw.len());
}

#[test]
fn a_refusal_is_in_the_services_own_form() {
    let answer = identity(Fault::Refuse(400, "Throttling"));
    assert_eq!((answer.status, answer.element("Code").as_deref()), (400, Some("Throttling")));
    assert!(answer.element("RequestId").is_some());
    let message = "User: x is not authorized to perform: a with an explicit deny in a service control policy";
    let answer = identity(Fault::RefuseSaying(403, "AccessDenied", message));
    assert_eq!((answer.status, answer.element("Message").as_deref()), (403, Some(message)));
    let answer = accounts(Fault::RefuseSaying(400, "TooManyRequestsException", "slow down"));
    assert_eq!((answer.status, answer.header("x-amzn-errortype")), (400, Some("TooManyRequestsException")));
    assert_eq!(answer.json()["__type"], "TooManyRequestsException");
    assert_eq!(answer.json()["Message"], "slow down");
}

#[test]
fn markers_of_query_pages_lead_astray() {
    let marks = |fault, page_size| {
        let emulator = paged(Rule::always("ListRoles", fault), page_size);
        let keys = wire::session(&emulator, MEMBER);
        [0; 4].map(|_| {
            let answer = wire::query(&emulator, &keys, "iam:ListRoles", &[]);
            assert_eq!(answer.count("IsTruncated"), 1);
            (answer.element("IsTruncated").unwrap() == "true", answer.element("Marker"))
        })
    };
    for page_size in [1, 100] {
        assert!(marks(Fault::NoMarker, page_size).iter().all(|mark| *mark == (true, None)));
        let same = (true, Some("again".to_owned()));
        assert!(marks(Fault::SameMarker, page_size).iter().all(|mark| *mark == same));
        let cycle = marks(Fault::MarkerCycle, page_size);
        assert!(cycle[0] == cycle[2] && cycle[1] == cycle[3] && cycle[0] != cycle[1], "{cycle:?}");
        let mut endless: Vec<_> = marks(Fault::EndlessPages, page_size).into_iter().map(|(_, marker)| marker).collect();
        endless.sort();
        endless.dedup();
        assert_eq!(endless.len(), 4, "each page names another");
    }
}

#[test]
fn entries_of_query_pages_are_lost_doubled_and_repeated() {
    let names = |answer: &Answer| {
        let text = answer.text();
        let names = text.split("<RoleName>").skip(1).map(|rest| rest.split('<').next().unwrap().to_owned());
        names.collect::<Vec<_>>()
    };
    let (empty, page) = two_pages(Fault::EmptyPage, 2);
    assert_eq!(names(&empty), [""; 0]);
    assert_eq!(empty.element("IsTruncated").as_deref(), Some("true"));
    assert_eq!(names(&page), ["scanner", "OnAPath"], "the page itself comes next");
    let (first, second) = two_pages(Fault::RepeatLast, 2);
    assert_eq!(
        (names(&first), names(&second)),
        (vec!["scanner".into(), "OnAPath".into()], vec!["OnAPath".into(), "Text".into()])
    );
    let (last, _) = two_pages(Fault::RepeatLast, 100);
    assert_eq!((names(&last).len(), last.element("Marker")), (4, None), "a last page has no next one");
    let (empty, _) = two_pages(Fault::EmptyList, 2);
    assert_eq!((names(&empty).len(), empty.element("IsTruncated").as_deref()), (0, Some("false")));
    let (twice, _) = two_pages(Fault::Twice, 2);
    assert_eq!(names(&twice), ["scanner", "scanner", "OnAPath"]);
    let (without, _) = two_pages(Fault::Without("OnAPath".to_owned()), 100);
    assert_eq!(names(&without), ["scanner", "Text", "Encoded"]);
    // lists inside an entry are not taken for the answer's own
    let emulator = with(Rule::always(DETAILS, Fault::EmptyList));
    let answer = wire::query(&emulator, &wire::session(&emulator, MEMBER), "iam:GetAccountAuthorizationDetails", &[]);
    assert_eq!((answer.count("member"), answer.count("RoleDetailList"), answer.count("Policies")), (0, 1, 1));
}

#[test]
fn lists_of_json_are_spoilt_and_stay_json() {
    assert_eq!(accounts(Fault::EmptyJson).json(), json!({}));
    assert_eq!(accounts(Fault::EmptyList).json(), json!({"Accounts": []}));
    assert_eq!(ids(&accounts(Fault::Without(MEMBER.to_owned()))), [MANAGEMENT, SUSPENDED]);
    assert_eq!(ids(&accounts(Fault::Twice)), [MANAGEMENT, MEMBER, SUSPENDED, MANAGEMENT]);
    assert_eq!(ids(&accounts(Fault::ShortId)), ["12345678901", MEMBER, SUSPENDED]);
    assert_eq!(accounts(Fault::UnknownState).json()["Accounts"][2]["State"], "FROZEN");
    let stateless = accounts(Fault::NoState).json();
    assert!(
        stateless["Accounts"].as_array().unwrap().iter().all(|a| a.get("State").is_none() && a.get("Status").is_none())
    );
    assert_eq!(accounts(Fault::SameMarker).json()["NextToken"], "again");
    assert_eq!(accounts(Fault::EndlessPages).json()["NextToken"], "page-0");
    assert_eq!(accounts(Fault::MarkerCycle).json()["NextToken"], "a");
    for (fault, pages) in [
        (Fault::EmptyPage, [vec![], vec![MANAGEMENT, MEMBER]]),
        (Fault::RepeatLast, [vec![MANAGEMENT, MEMBER], vec![MEMBER, SUSPENDED]]),
    ] {
        let emulator = paged(Rule::always("ListAccounts", fault).when(When::Nth(0)), 2);
        let first = accounts_of(&emulator, &json!({}));
        let second = accounts_of(&emulator, &json!({"NextToken": first.json()["NextToken"]}));
        assert_eq!([ids(&first), ids(&second)], pages);
    }
}

#[test]
fn credentials_can_turn_out_to_be_of_another_account() {
    let answer = identity(Fault::WrongAccount);
    assert_eq!(answer.element("Account").as_deref(), Some("999999999999"));
    assert_eq!(clean().element("Account").as_deref(), Some(MANAGEMENT));
}

#[test]
fn jobs_and_reports_get_stuck_and_fail() {
    let emulator = with(Rule::always("iam:", Fault::JobStuck));
    let keys = wire::session(&emulator, MEMBER);
    let ask = |action: &str, parameters: &[(&str, &str)]| wire::query(&emulator, &keys, action, parameters);
    for _ in 0..3 {
        assert_eq!(ask("iam:GenerateCredentialReport", &[]).element("State").as_deref(), Some("INPROGRESS"));
        assert_eq!(ask("iam:GetCredentialReport", &[]).element("Code").as_deref(), Some("ReportInProgress"));
    }
    let bob = "arn:aws:iam::111122223333:user/bob";
    let job = ask("iam:GenerateServiceLastAccessedDetails", &[("Arn", bob)]).element("JobId").unwrap();
    for _ in 0..3 {
        let answer = ask("iam:GetServiceLastAccessedDetails", &[("JobId", &job)]);
        assert_eq!((answer.element("JobStatus").as_deref(), answer.count("member")), (Some("IN_PROGRESS"), 0));
    }
    let emulator = with(Rule::always("GetServiceLastAccessedDetails", Fault::JobFailed));
    let keys = wire::session(&emulator, MEMBER);
    let answer = wire::query(&emulator, &keys, "iam:GetServiceLastAccessedDetails", &[("JobId", &job)]);
    assert_eq!((answer.element("JobStatus").as_deref(), answer.count("Error")), (Some("FAILED"), 1));
}

#[test]
fn an_odd_report_says_the_same_in_another_order() {
    let report = |rule: Rule| {
        let emulator = with(rule);
        let keys = wire::session(&emulator, MEMBER);
        wire::query(&emulator, &keys, "iam:GenerateCredentialReport", &[]);
        let content = wire::query(&emulator, &keys, "iam:GetCredentialReport", &[]).element("Content").unwrap();
        let mut rows = Vec::new();
        let bytes = BASE64_STANDARD.decode(content).unwrap();
        let mut reader = csv::Reader::from_reader(bytes.as_slice());
        let names = reader.headers().unwrap().clone();
        for row in reader.records() {
            let row = row.unwrap();
            let cells = names.iter().zip(row.iter()).map(|(name, cell)| (name.to_owned(), cell.to_owned()));
            rows.push(cells.collect::<std::collections::BTreeMap<_, _>>());
        }
        (names.iter().map(str::to_owned).collect::<Vec<_>>(), rows)
    };
    let (names, rows) = report(Rule::always("GetUser", Fault::Reset));
    let (odd_names, mut odd_rows) = report(Rule::always("GetCredentialReport", Fault::OddReport));
    assert_eq!(odd_names[0], "one_more_column");
    assert!(odd_names[1..].iter().eq(names.iter().rev()));
    for row in &mut odd_rows {
        assert!(row.remove("one_more_column").unwrap().contains("\"quoted\", cell\n"));
    }
    assert_eq!(rows, odd_rows);
}

#[test]
fn only_the_calls_of_a_rule_meet_its_fault() {
    let statuses = |rule: Rule| {
        let emulator = with(rule);
        let keys = wire::session(&emulator, MEMBER);
        let ask = |keys, action| wire::query(&emulator, keys, action, &[]).status;
        let own = [0; 4].map(|_| ask(&keys, "iam:GetAccountSummary"));
        (own, ask(&keys, "iam:ListAccountAliases"), ask(&wire::base(&emulator), "sts:GetCallerIdentity"))
    };
    let rule = |operation| Rule::always(operation, Fault::Status(500));
    let member = || MEMBER.parse().unwrap();
    assert_eq!(statuses(rule("GetAccountSummary")), ([500; 4], 200, 200));
    assert_eq!(statuses(rule("iam:")), ([500; 4], 500, 200));
    assert_eq!(statuses(rule("iam:").of(member())), ([500; 4], 500, 200));
    assert_eq!(statuses(rule("iam:").of(MANAGEMENT.parse().unwrap())), ([200; 4], 200, 200));
    assert_eq!(statuses(rule("GetAccountSummary").when(When::First(2))), ([500, 500, 200, 200], 200, 200));
    assert_eq!(statuses(rule("GetAccountSummary").when(When::After(3))), ([200, 200, 200, 500], 200, 200));
    assert_eq!(statuses(rule("GetAccountSummary").when(When::Nth(1))), ([200, 500, 200, 200], 200, 200));
    assert_eq!(statuses(rule("iam:").in_region("eu-west-1")), ([200; 4], 200, 200));
    assert_eq!(statuses(rule("iam:").in_region(REGION)), ([500; 4], 500, 200));
}

#[test]
fn equal_seeds_meet_equal_faults_whatever_happens_meanwhile() {
    let run = |seed, between: usize| {
        let faults = Schedule::random(seed, &[]);
        let emulator = start(EmulatorOptions { faults, session_life: None, ..EmulatorOptions::default() });
        let base = wire::base(&emulator);
        let mut seen = Vec::new();
        for _ in 0..30 {
            let answer = wire::json(&emulator, &base, "organizations:ListRoots", REGION, &json!({}));
            seen.push((answer.status, answer.end, answer.raw));
            for _ in 0..between {
                identity_of(&emulator);
            }
        }
        seen
    };
    // request ids are numbers and differ with what happens between: JSON has none in its body
    let quick = [3, 7, 11, 16, 22, 27];
    assert!(quick.iter().all(|seed| run(*seed, 0) == run(*seed, 2)));
    assert!(quick.iter().any(|seed| run(*seed, 0) != run(seed + 1, 0)));
}

#[test]
fn a_clock_that_is_off_is_told_by_the_date_of_the_refusal() {
    let emulator = start(EmulatorOptions { clock_ahead: 86_400, ..EmulatorOptions::default() });
    let now = jiff::Timestamp::now();
    let ask = |ahead: i64| {
        let signed = (now + jiff::SignedDuration::from_secs(ahead)).strftime("%Y%m%dT%H%M%SZ").to_string();
        let headers = wire::headers(&wire::base(&emulator), "sts", REGION) + &format!("x-amz-date: {signed}\r\n");
        wire::send(&emulator, &headers, "Action=GetCallerIdentity")
    };
    let refused = ask(0);
    assert_eq!((refused.status, refused.element("Code").as_deref()), (403, Some("SignatureDoesNotMatch")));
    let date = jiff::fmt::rfc2822::parse(refused.header("date").unwrap()).unwrap().timestamp();
    let ahead = date.duration_since(now).as_secs();
    assert!((86_390..86_600).contains(&ahead), "{ahead}");
    assert_eq!(ask(ahead).status, 200);
}

#[test]
fn who_is_faster_than_awss_rates_is_throttled_until_time_has_passed() {
    let emulator = start(EmulatorOptions { quotas: Some(1.0), ..EmulatorOptions::default() });
    let base = wire::base(&emulator);
    let roots = || wire::json(&emulator, &base, "organizations:ListRoots", REGION, &json!({}));
    let answers: Vec<Answer> = (0..12).map(|_| roots()).collect();
    assert_eq!((answers[0].status, answers[1].status), (200, 200), "the burst");
    let refused: Vec<_> = answers.iter().filter(|answer| answer.status != 200).collect();
    assert!(!refused.is_empty());
    assert!(refused.iter().all(|answer| answer.json()["__type"] == "TooManyRequestsException"));
    std::thread::sleep(Duration::from_millis(1050));
    assert_eq!(roots().status, 200);
    // by account and region, in CloudTrail
    let member = wire::session(&emulator, MEMBER);
    let lookup = |region| wire::json(&emulator, &member, "cloudtrail:LookupEvents", region, &json!({}));
    let codes = |region| (0..12).map(|_| lookup(region).status).filter(|status| *status == 400).count();
    assert!(codes(REGION) > 0);
    assert_eq!(lookup("eu-west-1").status, 200, "another region has rates of its own");
}

#[test]
fn requests_are_remembered_in_their_order_and_no_more_than_asked_for() {
    let emulator = with(Rule::always("GetAccountSummary", Fault::Status(500)));
    let keys = wire::session(&emulator, MEMBER);
    wire::query(&emulator, &keys, "iam:GetAccountSummary", &[]);
    wire::json(&emulator, &keys, "cloudtrail:DescribeTrails", "eu-west-1", &json!({}));
    let requests = emulator.requests();
    let seen: Vec<_> = requests.iter().map(|r| (r.action.as_str(), r.region.as_str(), r.status)).collect();
    let expected = [
        ("sts:AssumeRole", REGION, 200),
        ("iam:GetAccountSummary", REGION, 500),
        ("cloudtrail:DescribeTrails", "eu-west-1", 200),
    ];
    assert_eq!(seen, expected);
    assert_eq!(requests[0].account.map(|id| id.to_string()).as_deref(), Some(MANAGEMENT));
    assert_eq!(requests[1].account.map(|id| id.to_string()).as_deref(), Some(MEMBER));
    assert!(requests[0].role.as_ref().unwrap().ends_with("role/scanner"));
    assert!(requests.windows(2).all(|two| two[0].at <= two[1].at));
    let emulator = start(EmulatorOptions { remembered: 1, ..EmulatorOptions::default() });
    identity_of(&emulator);
    identity_of(&emulator);
    assert_eq!((emulator.requests().len(), emulator.calls()["sts:GetCallerIdentity"]), (1, 2));
}
