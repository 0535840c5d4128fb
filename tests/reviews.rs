//! `review`: who is on the sheet, what a spreadsheet may do to it, what `check` and `diff` find in it.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a sheet that cannot be read has failed its test"
)]

#[path = "support/program.rs"]
mod program;
mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use program::{Ended, run_in};
use rolehop::answer::MfaOfPeople;
use rolehop::graph::TrustGraph;
use rolehop::graph::query::Targets;
use rolehop::model::Estate;
use rolehop::report::csv::Formulas;
use rolehop::report::review as report;
use rolehop::review::{ChangeKind, Changes, Checked, NotCompared, Power, ReadError, Remark, Sheet, check, read};
use rolehop::roster::roster;
use rolehop::snapshot::Snapshot;
use scraper::{Html, Selector};
use serde_json::{Value, json};
use support::*;

/// Ann and Bob may assume every role of prod that trusts the hub, Bob with MFA only; a role of the hub may, too.
fn world() -> World {
    let mut world = World::of_organization();
    let everything =
        json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]});
    let reads =
        json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]});
    let writes =
        json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:Put*", "Resource": "*"}]});
    let with_mfa = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*",
        "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}]});
    world.user(HUB, "=ann+1", &[may_assume(&["arn:aws:iam::222222222222:role/*"])]);
    world.user(HUB, "bob", &[]);
    world.with(HUB, "UserDetailList", "GroupList", json!(["ops", "mail"]));
    let group = |name: &str, policy: Value| {
        json!({"Path": "/", "GroupName": name, "GroupId": format!("AGPA{name}"), "Arn": format!("arn:aws:iam::{HUB}:group/{name}"),
            "GroupPolicyList": [{"PolicyName": "p", "PolicyDocument": policy}], "AttachedManagedPolicies": []})
    };
    world.account(HUB)["GroupDetailList"] = json!([group("ops", with_mfa), group("mail", reads.clone())]);
    world.role(HUB, "runner", trusts(json!({"Service": "ec2.amazonaws.com"})), &[may_assume(&["*"])]);
    world.role(PROD, "admin", trusts(root(HUB)), &[everything]);
    world.role(PROD, "reader", trusts(root(HUB)), &[reads]);
    world.with(
        PROD,
        "RoleDetailList",
        "RoleLastUsed",
        json!({"LastUsedDate": "2026-11-01T10:00:00Z", "Region": "eu-west-1"}),
    );
    world.role(PROD, "writer", trusts(root(HUB)), &[writes]);
    world
}

fn sheet_of(world: &World, target: &str) -> Sheet {
    let estate = world.estate();
    roster(&TrustGraph::new(&estate), &[target.to_owned()], &Targets::new(), None, &MfaOfPeople::default()).unwrap()
}

fn sheet() -> Sheet {
    sheet_of(&world(), PROD)
}

fn csv(sheet: &Sheet) -> Vec<u8> {
    let mut out = Vec::new();
    report::csv(sheet, Formulas::Defused, &mut out).unwrap();
    out
}

fn decided(sheet: &Sheet, decision: &str) -> Sheet {
    let mut sheet = sheet.clone();
    for line in &mut sheet.lines {
        line.mark.decision = decision.to_owned();
        line.mark.reviewer = "carla".to_owned();
        line.mark.date = "2026-12-01".to_owned();
    }
    sheet
}

/// The sheet looked through some days after it was decided.
fn looked_through(sheet: &Sheet) -> Checked {
    check(sheet, Err(NotCompared::SheetOnly), "2026-12-05T12:00:00Z".parse().unwrap())
}

/// The kinds of remarks about a sheet, each once.
fn remarks(sheet: &Sheet) -> BTreeSet<String> {
    looked_through(sheet).remarks.iter().map(|remark| remark.as_ref().to_owned()).collect()
}

fn kinds(of: &[&str]) -> BTreeSet<String> {
    of.iter().map(|kind| (*kind).to_owned()).collect()
}

#[test]
fn every_user_is_on_it_with_every_role_that_it_reaches_and_nobody_else() {
    let world = world();
    let answer = who_can(&world, PROD);
    let users = answer.answers.iter().filter(|found| found.kind.as_str() == "user");
    let expected: BTreeSet<(String, String)> = users
        .flat_map(|found| {
            answer
                .targets_of(found)
                .iter()
                .flat_map(|part| part.roles.iter().map(|r| (found.principal.clone(), r.to_owned())))
        })
        .collect();
    let sheet = sheet_of(&world, PROD);
    let listed: BTreeSet<(String, String)> =
        sheet.lines.iter().map(|line| (line.id.clone(), line.role.clone())).collect();
    assert_eq!((listed.len(), sheet.lines.len()), (6, 6));
    assert_eq!(listed, expected);
    let frozen = &sheet.frozen;
    assert_eq!((frozen.people, frozen.lines, frozen.roles), (2, 6, 3));
    assert_eq!(frozen.machines, answer.answers.len() - 2, "the role and its service");
    assert!(frozen.missing.is_empty());
}

#[test]
fn a_line_says_power_group_mfa_and_last_use() {
    let sheet = sheet();
    let line =
        |who: &str, role: &str| sheet.lines.iter().find(|l| l.id.ends_with(who) && l.role.ends_with(role)).unwrap();
    let powers = ["admin", "reader", "writer"].map(|role| line("bob", role).power);
    assert_eq!(powers, [Power::Admin, Power::Read, Power::Write]);
    assert_eq!(line("bob", "admin").via, ["group ops"], "the group mail lets assume nothing");
    assert_eq!(line("bob", "admin").mfa, "AWS asks for it");
    assert_eq!(line("bob", "admin").conditions, ["aws:MultiFactorAuthPresent"]);
    assert_eq!(line("=ann+1", "admin").mfa, "AWS does not ask for it");
    assert!(line("=ann+1", "admin").via.is_empty(), "what it holds is its own");
    assert_eq!(line("bob", "reader").last_used, "2026-11-01");
    assert_eq!(line("bob", "writer").last_used, "", "not read");
}

#[test]
fn a_role_that_becomes_an_administrator_by_one_way_is_shown_as_one_step_below() {
    let mut world = world();
    let on_admin = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "iam:UpdateAssumeRolePolicy", "Resource": role(PROD, "admin")}]});
    world.role(PROD, "step", trusts(root(HUB)), &[on_admin]);
    let on_reader = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "iam:UpdateAssumeRolePolicy", "Resource": role(PROD, "reader")}]});
    world.role(PROD, "aside", trusts(root(HUB)), &[on_reader]);
    // nothing is known to run with a role that is an administrator
    let on_functions = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "lambda:Update*", "Resource": "*"}]});
    world.role(PROD, "functions", trusts(root(HUB)), &[on_functions]);
    let sheet = sheet_of(&world, PROD);
    let power = |name: &str| sheet.lines.iter().find(|line| line.role.ends_with(name)).unwrap().power;
    let powers = ["/step", "/aside", "/functions", "/admin"].map(power);
    assert_eq!(powers, [Power::AdminInOneStep, Power::Write, Power::Write, Power::Admin]);
    assert_eq!(
        (Power::AdminInOneStep.as_str(), "admin-in-one-step".parse()),
        ("admin-in-one-step", Ok(Power::AdminInOneStep))
    );
    assert!(Power::Write < Power::AdminInOneStep && Power::AdminInOneStep < Power::Admin);
}

#[test]
fn a_role_whose_policies_were_not_read_has_an_unknown_power() {
    let mut world = world();
    world.role(PROD, "dark", trusts(root(HUB)), &[]);
    world.with(
        PROD,
        "RoleDetailList",
        "AttachedManagedPolicies",
        json!([{"PolicyName": "gone", "PolicyArn": format!("arn:aws:iam::{PROD}:policy/gone")}]),
    );
    let sheet = sheet_of(&world, PROD);
    let dark: Vec<Power> =
        sheet.lines.iter().filter(|line| line.role.ends_with("/dark")).map(|line| line.power).collect();
    assert_eq!(dark, [Power::Unknown, Power::Unknown]);
}

#[test]
fn what_is_written_comes_back() {
    for sheet in [sheet(), decided(&sheet(), "keep")] {
        assert_eq!(read(&csv(&sheet)).unwrap(), sheet);
    }
}

/// What spreadsheets do: another separator, a mark, columns that moved, rows that were sorted, numbers and dates in another form.
fn through_a_spreadsheet(text: &[u8]) -> Vec<u8> {
    let mut rows: Vec<Vec<String>> = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(text)
        .records()
        .map(|row| row.unwrap().iter().map(str::to_owned).collect())
        .collect();
    rows[1..].sort_by(|a, b| b.cmp(a));
    let at = |name: &str| rows[0].iter().position(|cell| cell == name).unwrap();
    let (account, date, used) = (at("account"), at("date"), at("last_used"));
    for row in &mut rows[1..] {
        row[account] = row[account].trim_start_matches('0').to_owned();
        row[date] = row[date].replace("2026-12-01", "01.12.26");
        row[used] = row[used].replace("2026-11-01", "01.11.26");
    }
    for row in &mut rows {
        row.reverse();
        row.push("a note of my own".to_owned());
    }
    rows.push(vec![String::new(); rows[0].len()]);
    let mut writer = csv::WriterBuilder::new().delimiter(b';').from_writer(b"\xef\xbb\xbf".to_vec());
    rows.iter().for_each(|row| writer.write_record(row).unwrap());
    writer.into_inner().unwrap()
}

#[test]
fn a_sheet_survives_a_spreadsheet() {
    let sheet = decided(&sheet(), "Keep ");
    let read = read(&through_a_spreadsheet(&csv(&sheet))).unwrap();
    assert_eq!(remarks(&read), kinds(&[]));
    let changes = Changes::between(&sheet, &read);
    assert_eq!((changes.changes.len(), changes.unchanged), (0, 6), "{changes:?}");
}

#[test]
fn a_formula_in_a_name_is_defused_and_comes_back() {
    let text = String::from_utf8(csv(&sheet())).unwrap();
    assert!(text.contains(",'=ann+1 (hub),"), "{text}");
    assert!(read(text.as_bytes()).unwrap().lines.iter().any(|line| line.person == "=ann+1 (hub)"));
}

#[test]
fn what_is_missing_in_a_sheet_is_found() {
    let whole = decided(&sheet(), "revoke");
    assert_eq!(remarks(&whole), kinds(&[]));
    let with = |change: fn(&mut Sheet)| {
        let mut sheet = whole.clone();
        change(&mut sheet);
        remarks(&read(&csv(&sheet)).unwrap())
    };
    assert_eq!(with(|s| s.lines[0].mark.decision.clear()), kinds(&["undecided"]));
    assert_eq!(with(|s| "yes".clone_into(&mut s.lines[0].mark.decision)), kinds(&["unknown-decision"]));
    assert_eq!(with(|s| s.lines[0].mark.reviewer.clear()), kinds(&["no-reviewer"]));
    assert_eq!(with(|s| s.lines[0].mark.date.clear()), kinds(&["no-date"]));
    assert_eq!(with(|s| "banana".clone_into(&mut s.lines[0].mark.date)), kinds(&["unknown-date"]));
    assert_eq!(with(|s| "2099-01-01".clone_into(&mut s.lines[0].mark.date)), kinds(&["impossible-date"]));
    assert_eq!(with(|s| "1/12/1999".clone_into(&mut s.lines[0].mark.date)), kinds(&["impossible-date"]));
    assert_eq!(with(|s| "12/1/2026".clone_into(&mut s.lines[0].mark.date)), kinds(&[]));
    assert_eq!(with(|s| drop(s.lines.pop())), kinds(&["count"]));
    assert_eq!(with(|s| s.lines.push(s.lines[0].clone())), kinds(&["count", "twice"]));
    assert_eq!(with(|s| s.lines[0].power = Power::Read), kinds(&["altered"]));
    assert_eq!(with(|s| s.lines[0].id.push('x')), kinds(&["altered"]));
    // reviewers sign for what they read
    for change in [
        (|s: &mut Sheet| s.lines[0].person.push('x')) as fn(&mut Sheet),
        |s| "x@x.example".clone_into(&mut s.lines[0].email),
        |s| s.lines[0].account_name.push('x'),
        |s| s.lines[0].via.push("group x".to_owned()),
        |s| s.lines[0].conditions.push("aws:SourceIp".to_owned()),
        |s| s.lines[0].mfa.push('x'),
        |s| s.lines[0].hops += 1,
        |s| {
            let last = s.lines.len() - 1;
            let (first, other) = (s.lines[0].person.clone(), s.lines[last].person.clone());
            s.lines[0].person = other;
            s.lines[last].person = first;
        },
    ] {
        assert_eq!(with(change), kinds(&["altered"]));
    }
    assert_eq!(with(|s| s.lines[1] = s.lines[0].clone()), kinds(&["altered", "twice"]));
    assert_eq!(with(|s| s.frozen.targets.clear()), kinds(&["no-population"]));
    assert_eq!(with(|s| s.frozen.missing.push("x".to_owned())), kinds(&["made-of-part", "population-altered"]));
    assert_eq!(with(|s| "other".clone_into(&mut s.frozen.targets[0])), kinds(&["stray-target"]));
    assert_eq!(with(|s| s.frozen.machines += 1), kinds(&["population-altered"]));
}

#[test]
fn what_a_sheet_covers_is_sealed_and_its_time_comes_back_in_any_form() {
    let world = world();
    let estate = world.estate();
    let graph = TrustGraph::new(&estate);
    let of = |targets: &[&str]| {
        let targets: Vec<String> = targets.iter().map(|target| (*target).to_owned()).collect();
        decided(&roster(&graph, &targets, &Targets::new(), None, &MfaOfPeople::default()).unwrap(), "keep")
    };
    // nobody reaches a role of dev: no line would tell that it was lost
    let two = of(&[PROD, DEV]);
    assert_eq!(remarks(&two), kinds(&[]));
    let mut lost = two.clone();
    lost.frozen.targets.retain(|target| target == PROD);
    let is_stray = two.lines.iter().any(|line| line.target == DEV);
    assert_eq!(remarks(&lost), kinds(&[if is_stray { "stray-target" } else { "population-altered" }]));
    let mut part = two.frozen.clone();
    part.missing = vec!["a".to_owned(), "b".to_owned()];
    let part = decided(&Sheet::new(part, two.lines.clone(), Vec::new()), "keep");
    assert_eq!(remarks(&part), kinds(&["made-of-part"]));
    let mut whole = part.clone();
    whole.frozen.missing.pop();
    assert_eq!(remarks(&whole), kinds(&["made-of-part", "population-altered"]));

    let made: jiff::Timestamp = two.frozen.at.parse().unwrap();
    let made = made.to_zoned(jiff::tz::TimeZone::UTC).date();
    let (year, month, day) = (made.year(), made.month(), made.day());
    let forms = [
        format!("{year}-{month:02}-{day:02} 00:00:00"),
        format!("{day:02}.{month:02}.{year} 00:00"),
        format!("{month}/{day}/{year} 0:00"),
    ];
    for form in forms {
        let mut saved = two.clone();
        saved.frozen.at = form.clone();
        assert_eq!(remarks(&read(&csv(&saved)).unwrap()), kinds(&[]), "{form}");
        "2024-01-01".clone_into(&mut saved.lines[0].mark.date);
        assert_eq!(remarks(&saved), kinds(&["impossible-date"]), "{form}");
    }
    for unreadable in ["", "46356"] {
        let mut saved = two.clone();
        unreadable.clone_into(&mut saved.frozen.at);
        assert_eq!(remarks(&saved), kinds(&["no-time", "population-altered"]), "{unreadable}");
    }
}

/// A sheet whose names a spreadsheet takes for something else, or that are shown otherwise, has its seal.
#[test]
fn a_seal_fits_whatever_a_spreadsheet_makes_of_names() {
    let whole = decided(&sheet(), "keep");
    for (written, saved) in [
        ("007", "7"),
        ("1-2", "2026-02-01"),
        ("Dec 1", "01-Dec"),
        ("1E5", "1.00E+05"),
        ("true", "TRUE"),
        (" =x", "=x"),
        ("-1+a", "-1+a"),
        ("Ann\tB", "Ann\tB"),
        ("' quoted'", "' quoted'"),
    ] {
        let mut lines = whole.lines.clone();
        written.clone_into(&mut lines[0].person);
        written.clone_into(&mut lines[0].account_name);
        lines[0].via = vec![written.to_owned(), "group b".to_owned()];
        let sheet = Sheet::new(whole.frozen.clone(), lines, Vec::new());
        let mut back = read(&csv(&sheet)).unwrap();
        assert_eq!(remarks(&back), kinds(&[]), "{written}");
        let line = back.lines.iter_mut().find(|line| line.via.len() == 2).unwrap();
        saved.clone_into(&mut line.person);
        saved.clone_into(&mut line.account_name);
        assert_eq!(remarks(&back), kinds(&[]), "{written} {saved}");
        back.lines[0].email.push_str("x@x.example");
        assert_eq!(remarks(&back), kinds(&["altered"]), "{written}");
    }
}

/// The seal that version 1 made of these lines: over who reaches what, in order.
fn earlier_seal(sheet: &Sheet) -> String {
    use sha2::{Digest, Sha256};
    let of = |line: &rolehop::review::Line| {
        [&*line.id, &*line.target, &*line.role, line.power.as_str(), line.verdict.as_str()].map(str::to_owned)
    };
    let mut parts: Vec<[String; 5]> = sheet.lines.iter().map(of).collect();
    parts.sort();
    let mut hash = Sha256::new();
    for part in parts.iter().flatten() {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn a_seal_of_an_earlier_version_says_what_it_does_not_show() {
    let mut sheet = decided(&sheet(), "keep");
    assert!(looked_through(&sheet).seals_population && looked_through(&sheet).seals_names);
    let population = sheet.frozen.seal.split('-').nth(2).unwrap().to_owned();
    sheet.frozen.seal = format!("v2-{}-{population}", earlier_seal(&sheet));
    let checked = looked_through(&sheet);
    assert_eq!((checked.seals_population, checked.seals_names, checked.remarks.len()), (true, false, 0));
    let place = tempfile::tempdir().unwrap();
    fs::write(place.path().join("sheet.csv"), csv(&sheet)).unwrap();
    let told = review(place.path(), &["check", "sheet.csv", "--sheet-only"]);
    assert!(told.out.contains("does not cover names"), "{told:?}");
    let none = review(place.path(), &["check", "sheet.csv", "--no-config"]).failed(8, "E501");
    assert!(none.contains("--sheet-only"), "{none}");
    sheet.frozen.seal = earlier_seal(&sheet);
    let checked = looked_through(&sheet);
    assert_eq!((checked.seals_population, checked.remarks.len()), (false, 0));
    let (ended, _) = check_against(&sheet, &world());
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let dir = world().write();
    fs::write(dir.path().join("sheet.csv"), csv(&sheet)).unwrap();
    let told = review(dir.path(), &["check", "sheet.csv", "--sheet-only"]);
    assert!(told.out.contains("whose seal is over its lines alone"), "{told:?}");
    sheet.lines[0].power = Power::Unknown;
    assert_eq!(remarks(&sheet), kinds(&["altered"]));
}

#[test]
fn a_target_that_is_named_twice_is_on_the_sheet_once() {
    let world = world();
    let estate = world.estate();
    let twice = [PROD.to_owned(), PROD.to_owned()];
    let twice = roster(&TrustGraph::new(&estate), &twice, &Targets::new(), None, &MfaOfPeople::default()).unwrap();
    assert_eq!((twice.lines.len(), twice.frozen.targets.as_slice()), (6, [PROD.to_owned()].as_slice()));
}

#[test]
fn a_file_that_is_no_sheet_is_refused_with_its_line() {
    let good = String::from_utf8(csv(&sheet())).unwrap();
    assert_eq!(read(b"PK\x03\x04"), Err(ReadError::Workbook));
    assert_eq!(read(b"section\xff"), Err(ReadError::NotUtf8));
    assert!(matches!(read(b""), Err(ReadError::NoHeader(_))));
    assert!(matches!(read(b"a,b\n1,2\n"), Err(ReadError::NoHeader(missing)) if missing.len() > 10));
    let bad = good.replacen(",admin,", ",emperor,", 1);
    assert!(matches!(read(bad.as_bytes()), Err(ReadError::Line { line: 2.., why }) if why.contains("`emperor`")));
    // a second reviewer's column: which of the two decides is not ours to say
    let twice = good.replacen(",reviewer,", ",decision,reviewer,", 1);
    assert_eq!(read(twice.as_bytes()), Err(ReadError::TwoColumns("decision")));
    let number = good.replacen(&format!(",{PROD},"), ",2.22222E+11,", 1);
    assert!(
        matches!(read(number.as_bytes()), Err(ReadError::Line { why, .. }) if why.contains("was the id of an account")),
        "{number}"
    );
    // zeros from the front of an account id come back
    let short = "022222222222";
    let of_account = good.replace(PROD, short).replace(&format!(",{short},"), ",22222222222,");
    let back = read(of_account.as_bytes()).unwrap();
    assert_eq!(back.frozen.targets, [short]);
    assert!(back.lines.iter().all(|line| line.target == short));
    let bad = good.replacen("\naccess,", "\nacces,", 1);
    assert!(matches!(read(bad.as_bytes()), Err(ReadError::Line { line: 2, .. })));
    // rows that end in `\r\n` or `\r`, empty rows before it and the mark at the start
    for (text, line) in [
        (bad.replace('\n', "\r\n"), 2),
        (bad.replace('\n', "\r"), 2),
        (bad.replacen("\nacces,", "\n\n\nacces,", 1), 4),
        (bad.replacen("\nacces,", "\n,,,\n\nacces,", 1).replace('\n', "\r\n"), 4),
        (format!("\u{feff}{bad}"), 2),
    ] {
        let Err(ReadError::Line { line: told, .. }) = read(text.as_bytes()) else { panic!("{text}") };
        assert_eq!(told, line, "{text}");
    }
    // the account beside the role is the one that a reviewer reads
    let other = good.replacen(&format!(",{PROD},arn:"), &format!(",{DEV},arn:"), 1);
    assert!(
        matches!(read(other.as_bytes()), Err(ReadError::Line { line: 2, why }) if why.contains(DEV) && why.contains(PROD)),
        "{other}"
    );
}

/// A permission set that was taken from an account and came back has a role of another suffix.
/// AWS: IAM Identity Center User Guide, "Referencing permission sets in resource policies, Amazon EKS cluster config maps, and AWS KMS key policies".
#[test]
fn a_role_of_identity_center_with_a_new_suffix_is_the_same_role() {
    let dir = with_people();
    let old = decided(&sheet_in(dir.path()), "revoke");
    let path = dir.path().join(format!("accounts/{PROD}.json"));
    let text = fs::read_to_string(&path).unwrap();
    let renew =
        |suffix: &str| fs::write(&path, text.replace("Ops_0123456789abcdef", &format!("Ops_{suffix}"))).unwrap();
    renew("0f0f0f0f0f0f0f0f");
    let changes = Changes::between(&old, &sheet_in(dir.path()));
    assert_eq!(changes.count(ChangeKind::NotRevoked), old.lines.len(), "{changes:#?}");
    let of_ops = changes.changes.iter().filter(|change| change.line.role.ends_with("0f0f0f0f0f0f0f0f"));
    let told: Vec<_> = of_ops.flat_map(|change| change.what.iter().filter(|what| what.starts_with("role: "))).collect();
    assert_eq!(told.len(), 2, "{changes:#?}");
    let kept = Changes::between(&decided(&old, "keep"), &sheet_in(dir.path()));
    assert_eq!((kept.changes.len(), kept.unchanged), (0, old.lines.len()), "{kept:#?}");
    // a target that names the role by its old suffix has it no more: what became of it was not asked
    let target = "prod/AWSReservedSSO_Ops_0123456789abcdef";
    renew("0123456789abcdef");
    let args = [target, "--csv", "-o", "sheet.csv", "--snapshot", ".", "--no-config"];
    review(dir.path(), &args).succeeded();
    let file = dir.path().join("sheet.csv");
    fs::write(&file, csv(&decided(&read(&fs::read(&file).unwrap()).unwrap(), "revoke"))).unwrap();
    renew("0f0f0f0f0f0f0f0f");
    let checked = review(dir.path(), &["check", "sheet.csv", "--snapshot", ".", "--no-config"]);
    assert_eq!(checked.code, Some(4), "{checked:?}");
    assert!(!checked.out.contains("as decided") && checked.out.contains("not compared"), "{checked:?}");
}

#[test]
fn two_sheets_differ_by_who_came_went_and_changed() {
    let old = decided(&sheet(), "keep");
    let mut later = world();
    later.user(HUB, "zoe", &[may_assume(&[&role(PROD, "admin")])]);
    let group = later.account(HUB)["GroupDetailList"][0]["GroupPolicyList"][0]["PolicyDocument"]["Statement"][0]
        .as_object_mut();
    group.unwrap().remove("Condition");
    let users = later.account(HUB)["UserDetailList"].as_array_mut().unwrap();
    users.retain(|user| user["UserName"] != "=ann+1");
    let changes = Changes::between(&old, &sheet_of(&later, PROD));
    let of = |kind| {
        changes
            .changes
            .iter()
            .filter(|c| c.change == kind)
            .map(|c| c.line.id.rsplit('/').next().unwrap())
            .collect::<BTreeSet<_>>()
    };
    assert_eq!(of(ChangeKind::Came), ["zoe"].into());
    assert_eq!(of(ChangeKind::Went), ["=ann+1"].into());
    assert_eq!(of(ChangeKind::Changed), ["bob"].into());
    let what = &changes.changes.iter().find(|c| c.change == ChangeKind::Changed).unwrap().what;
    assert!(what.contains(&"mfa: AWS asks for it, now AWS does not ask for it".to_owned()), "{what:?}");
    assert!(changes.is_whole());
}

#[test]
fn a_sheet_against_itself_has_no_change_and_the_mirror_of_a_change_is_its_opposite() {
    let (old, mut later) = (sheet(), world());
    later.user(HUB, "zoe", &[may_assume(&["*"])]);
    let new = sheet_of(&later, PROD);
    assert_eq!(Changes::between(&new, &new).changes, []);
    let counts = |changes: &Changes| (changes.count(ChangeKind::Came), changes.count(ChangeKind::Went));
    let (came, went) = counts(&Changes::between(&old, &new));
    assert_eq!((came, went), (3, 0));
    assert_eq!(counts(&Changes::between(&new, &old)), (went, came));
}

#[test]
fn what_was_revoked_and_is_still_there_comes_first() {
    let old = decided(&sheet(), "revoke");
    let changes = Changes::between(&old, &sheet());
    assert_eq!((changes.count(ChangeKind::NotRevoked), changes.unchanged), (6, 0));
    assert_eq!(changes.changes[0].change, ChangeKind::NotRevoked);
}

#[test]
fn what_was_revoked_and_went_is_as_it_was_decided() {
    let mut old = decided(&sheet(), "keep");
    old.lines
        .iter_mut()
        .filter(|l| l.person.starts_with("=ann"))
        .for_each(|l| "revoke".clone_into(&mut l.mark.decision));
    let mut later = world();
    let users = later.account(HUB)["UserDetailList"].as_array_mut().unwrap();
    users.retain(|user| user["UserName"] != "=ann+1");
    let changes = Changes::between(&old, &sheet_of(&later, PROD));
    assert_eq!((changes.count(ChangeKind::Revoked), changes.count(ChangeKind::Went), changes.unchanged), (3, 0, 3));
    let done = check(&old, Ok(changes), "2026-12-05T12:00:00Z".parse().unwrap());
    assert!(done.is_done() && done.revoked == 3, "{done:?}");
    users_kept_go(&old);
}

/// Somebody who was to stay and went is left to do.
fn users_kept_go(old: &Sheet) {
    let mut later = world();
    later.account(HUB)["UserDetailList"] = json!([]);
    let changes = Changes::between(old, &sheet_of(&later, PROD));
    assert_eq!((changes.count(ChangeKind::Revoked), changes.count(ChangeKind::Went)), (3, 3));
    assert!(!changes.is_as_decided());
}

#[test]
fn of_targets_that_only_one_sheet_has_nothing_is_said() {
    let both = Changes::between(&sheet(), &sheet_of(&world(), DEV));
    assert_eq!(both.not_compared, [PROD, DEV]);
    assert!(both.changes.is_empty() && !both.is_whole());
}

fn review(dir: &Path, arguments: &[&str]) -> Ended {
    run_in(dir, &[], &[&["review"], arguments].concat())
}

#[test]
fn a_review_of_a_part_is_refused_unless_it_is_allowed_and_then_says_so() {
    let mut world = world();
    world.without_file(HUB);
    let (snapshot, place) = (world.write(), tempfile::tempdir().unwrap());
    let at = snapshot.path().to_str().unwrap();
    let refused = review(place.path(), &[PROD, "--csv", "-o", "sheet.csv", "--snapshot", at]);
    let said = refused.failed(4, "E406");
    assert!(said.contains(HUB) && !place.path().join("sheet.csv").exists(), "{said}");
    let allowed = review(place.path(), &[PROD, "--csv", "-o", "sheet.csv", "--allow-partial", "--snapshot", at]);
    assert_eq!(allowed.code, Some(4), "{allowed:?}");
    let sheet = read(&fs::read(place.path().join("sheet.csv")).unwrap()).unwrap();
    assert!(sheet.frozen.missing.iter().any(|missing| missing.contains(HUB)), "{:?}", sheet.frozen);
    assert!(remarks(&sheet).contains("made-of-part"));
    let table = review(place.path(), &[PROD, "--allow-partial", "--snapshot", at]);
    assert!(table.out.contains("NOT WHOLE"), "{table:?}");
}

#[test]
fn a_filled_in_sheet_is_held_against_a_later_snapshot() {
    let (early, mut late) = (world().write(), world());
    late.user(HUB, "zoe", &[may_assume(&["*"])]);
    let (late, place) = (late.write(), tempfile::tempdir().unwrap());
    let (early, late) = (early.path().to_str().unwrap(), late.path().to_str().unwrap());
    review(place.path(), &[PROD, "--csv", "-o", "sheet.csv", "--snapshot", early]).succeeded();
    let file = place.path().join("sheet.csv");
    fs::write(&file, csv(&decided(&read(&fs::read(&file).unwrap()).unwrap(), "keep"))).unwrap();
    let at = ["--at", "2026-12-05T12:00:00Z"];
    let with = |arguments: &[&str]| review(place.path(), &[&["check", "sheet.csv"], arguments, &at].concat());
    let alone = with(&["--sheet-only"]);
    assert!(alone.out.contains("not compared") && alone.err.contains("nothing was compared"), "{alone:?}");
    assert_eq!(alone.code, Some(0), "{alone:?}");
    let alone: Value = serde_json::from_str(&with(&["--sheet-only", "--json"]).out).unwrap();
    assert_eq!((&alone["not_compared"], &alone["since"]), (&json!("sheet-only"), &Value::Null));
    with(&["--snapshot", early]).succeeded();
    let checked = with(&["--json", "--snapshot", late]);
    assert_eq!(checked.code, Some(3), "{checked:?}");
    let found: Value = serde_json::from_str(&checked.out).unwrap();
    assert_eq!((&found["schema"], &found["decided"]), (&json!(Checked::SCHEMA), &json!(6)));
    let came: Vec<&Value> = found["since"]["changes"].as_array().unwrap().iter().map(|c| &c["line"]["id"]).collect();
    assert_eq!(came, [&json!(user(HUB, "zoe")); 3]);
    let rows = with(&["--csv", "--snapshot", late]);
    assert_eq!(rows.out.lines().filter(|line| line.starts_with("came,")).count(), 3, "{rows:?}");
    assert!(rows.err.contains("exit 3: something is left to do"), "{rows:?}");
}

#[test]
fn errors_name_the_file_and_what_to_do() {
    let place = tempfile::tempdir().unwrap();
    let missing = review(place.path(), &["check", "no.csv", "--sheet-only"]).failed(2, "E315");
    assert!(missing.contains("no.csv"), "{missing}");
    fs::write(place.path().join("book.xlsx"), b"PK\x03\x04").unwrap();
    let workbook = review(place.path(), &["check", "book.xlsx", "--sheet-only"]).failed(2, "E315");
    assert!(workbook.contains("save it as CSV"), "{workbook}");
    let snapshot = world().write();
    let at = snapshot.path().to_str().unwrap();
    review(place.path(), &["nowhere", "--snapshot", at]).failed(2, "E401");
    review(place.path(), &[PROD, "--csv", "--html", "--snapshot", at]).failed(2, "E300");
    review(place.path(), &[PROD, "--redact=accounts", "--snapshot", at]).failed(2, "E300");
    review(place.path(), &[PROD, "-f", "csv=no/such/place.csv", "--snapshot", at]).failed(7, "E602");
}

#[test]
fn the_page_runs_nothing_and_no_name_is_markup() {
    let mut sheet = decided(&sheet(), "keep");
    "<script>alert(1)</script>".clone_into(&mut sheet.lines[0].person);
    "<img src=x>".clone_into(&mut sheet.lines[0].mark.reviewer);
    let mut out = Vec::new();
    report::html(&sheet, &mut out).unwrap();
    let page = Html::parse_document(std::str::from_utf8(&out).unwrap());
    let all = |selector: &str| page.select(&Selector::parse(selector).unwrap()).count();
    assert_eq!((all("script"), all("img"), all("link"), all("style")), (0, 0, 0, 1));
    assert_eq!(all("#people tbody tr"), sheet.lines.len());
    let policy = page.select(&Selector::parse("meta[http-equiv]").unwrap()).next().unwrap().attr("content").unwrap();
    assert!(policy.starts_with("default-src 'none'; script-src 'none'; style-src 'sha256-"), "{policy}");
    let text: String = page.root_element().text().collect();
    for shown in ["<script>alert(1)</script>", "<img src=x>", &sheet.frozen.seal, "AWS does not ask for it"] {
        assert!(text.contains(shown), "{shown}");
    }
}

#[test]
fn remarks_about_the_sheet_have_no_line() {
    let remarks = looked_through(&Sheet { lines: Vec::new(), ..sheet() }).remarks;
    assert!(matches!(remarks.as_slice(), [Remark::Count { made_with: 6, has: 0 }]), "{remarks:?}");
    assert_eq!(remarks[0].line(), None);
}

/// In prod a reserved role `AWSReservedSSO_Ops_…` that may assume `admin` there; Ada is assigned by two groups, Grace directly, Dennis is
/// disabled, and somebody was deleted. A second set has no role, a third role has no set.
fn with_people() -> tempfile::TempDir {
    let mut world = world();
    let provider = format!("arn:aws:iam::{PROD}:saml-provider/AWSSSO_0123456789abcdef_DO_NOT_DELETE");
    let trust = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Federated": provider},
        "Action": ["sts:AssumeRoleWithSAML", "sts:TagSession"], "Condition": {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}}}]});
    for (name, policies) in
        [("Ops_0123456789abcdef", vec![may_assume(&[&role(PROD, "boss")])]), ("Left_fedcba9876543210", Vec::new())]
    {
        let name = format!("AWSReservedSSO_{name}");
        world.role(PROD, &name, trust.clone(), &policies);
        let path = "/aws-reserved/sso.amazonaws.com/";
        world.with(PROD, "RoleDetailList", "Path", json!(path));
        world.with(PROD, "RoleDetailList", "Arn", json!(format!("arn:aws:iam::{PROD}:role{path}{name}")));
    }
    world.role(
        PROD,
        "boss",
        trusts(root(PROD)),
        &[json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})],
    );
    let dir = world.write();
    let (ops, none) = ("arn:aws:sso:::permissionSet/ssoins-1/ps-ops", "arn:aws:sso:::permissionSet/ssoins-1/ps-none");
    let assigned = |set: &str, kind: &str, id: &str| json!({"AccountId": PROD, "PermissionSetArn": set, "PrincipalType": kind, "PrincipalId": id});
    let person = |id: &str, name: &str, status: &str| {
        json!({"UserId": id, "UserName": format!("{id}@x.example"), "DisplayName": name, "UserStatus": status,
            "Emails": [{"Value": format!("{id}@x.example"), "Primary": true}]})
    };
    let member = |group: &str, id: &str| json!({"GroupId": group, "MemberId": {"UserId": id}});
    let file = json!({"Instances": [{
        "InstanceArn": "arn:aws:sso:::instance/ssoins-1", "IdentityStoreId": "d-1", "OwnerAccountId": HUB, "Status": "ACTIVE", "PermissionSetsEnabled": true,
        "PermissionSets": [{"PermissionSetArn": ops, "Name": "Ops"}, {"PermissionSetArn": none, "Name": "None"}],
        "AccountAssignments": [assigned(ops, "GROUP", "g1"), assigned(ops, "GROUP", "g2"), assigned(ops, "USER", "grace"),
            assigned(ops, "USER", "dennis"), assigned(ops, "USER", "gone"), assigned(none, "GROUP", "g1"),
            {"AccountId": DEV, "PermissionSetArn": ops, "PrincipalType": "USER", "PrincipalId": "of dev, which is no target"}],
        "Users": [person("ada", "Ada Lovelace", "ENABLED"), person("grace", "Grace Hopper", "ENABLED"), person("dennis", "Dennis Ritchie", "DISABLED")],
        "Groups": [{"GroupId": "g1", "DisplayName": "Builders"}, {"GroupId": "g2", "DisplayName": "On call"}],
        "GroupMemberships": [member("g1", "ada"), member("g2", "ada"), member("g2", "dennis")],
        "AccessControlAttributes": []}]});
    fs::write(dir.path().join("identity-center.json"), file.to_string()).unwrap();
    fs::write(dir.path().join("account-access.json"), r#"{"Applications": []}"#).unwrap();
    dir
}

fn sheet_with_people(claim: Option<&str>) -> Sheet {
    let dir = with_people();
    let estate = Estate::build(&Snapshot::open(dir.path()).unwrap(), "2026-11-20T00:00:00Z".parse().unwrap()).unwrap();
    let mfa = MfaOfPeople { claim: claim.map(str::to_owned) };
    roster(&TrustGraph::new(&estate), &[PROD.to_owned()], &Targets::new(), None, &mfa).unwrap()
}

#[test]
fn people_are_on_it_by_every_group_and_set_that_leads_to_a_role() {
    let sheet = sheet_with_people(None);
    let people: Vec<_> = sheet.lines.iter().filter(|line| line.kind.as_str() == "person").collect();
    let said: BTreeSet<(&str, &str, usize)> =
        people.iter().map(|line| (line.person.as_str(), line.role.rsplit('/').next().unwrap(), line.hops)).collect();
    let (reserved, boss) = ("AWSReservedSSO_Ops_0123456789abcdef", "boss");
    assert_eq!(
        said,
        [
            ("Ada Lovelace", reserved, 1),
            ("Ada Lovelace", boss, 2),
            ("Grace Hopper", reserved, 1),
            ("Grace Hopper", boss, 2)
        ]
        .into()
    );
    for line in people {
        let by_group = ["group Builders, permission set Ops", "group On call, permission set Ops"];
        let expected = if line.person == "Ada Lovelace" {
            by_group.to_vec()
        } else {
            vec!["assigned directly, permission set Ops"]
        };
        assert_eq!(line.via, expected, "{line:?}");
        assert_eq!(line.power, if line.role.ends_with("/boss") { Power::Admin } else { Power::Read });
        assert_eq!(line.mfa, "outside AWS's view");
    }
    let ada = sheet.lines.iter().find(|line| line.person == "Ada Lovelace").unwrap();
    assert_eq!((ada.id.as_str(), ada.email.as_str()), ("arn:aws:identitystore:::user/ada", "ada@x.example"));
    assert_eq!(sheet.frozen.people, 4, "two people and two IAM users");
}

#[test]
fn what_is_left_over_in_identity_center_is_told() {
    let sheet = sheet_with_people(None);
    let ends: BTreeSet<(&str, &str)> =
        sheet.loose_ends.iter().map(|end| (end.kind.as_str(), end.subject.as_str())).collect();
    let left = format!("arn:aws:iam::{PROD}:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Left_fedcba9876543210");
    assert_eq!(
        ends,
        [
            ("unknown-principal", "gone"),
            ("disabled-user", "dennis@x.example"),
            ("no-role", "group Builders"),
            ("left-over", left.as_str())
        ]
        .into()
    );
    assert_eq!(read(&csv(&sheet)).unwrap(), sheet);
    let of_dennis: Vec<&str> =
        sheet.loose_ends.iter().filter(|end| end.subject == "dennis@x.example").map(|end| end.note.as_str()).collect();
    let ops = format!("is assigned to set Ops in {PROD}");
    // as a member he comes back as well, once he is enabled
    assert_eq!(of_dennis, [format!("{ops} by group On call, and disabled"), format!("{ops}, and disabled")]);
}

/// The sheet of prod of a snapshot.
fn sheet_in(dir: &Path) -> Sheet {
    let estate = Estate::build(&Snapshot::open(dir).unwrap(), "2026-11-20T00:00:00Z".parse().unwrap()).unwrap();
    roster(&TrustGraph::new(&estate), &[PROD.to_owned()], &Targets::new(), None, &MfaOfPeople::default()).unwrap()
}

/// Changes the instance of Identity Center.
fn of_instance(dir: &Path, change: impl FnOnce(&mut Value)) {
    let path = dir.join("identity-center.json");
    let mut file: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    change(&mut file["Instances"][0]);
    fs::write(path, file.to_string()).unwrap();
}

#[test]
fn what_is_left_over_is_told_of_accounts_that_were_not_read_and_of_entitlements_as_well() {
    let told = |dir: &Path| -> BTreeSet<(String, String)> {
        let ends = sheet_in(dir).loose_ends;
        ends.iter().map(|end| (end.kind.as_str().to_owned(), end.subject.clone())).collect()
    };
    let has = |told: &BTreeSet<(String, String)>, kind: &str, subject: &str| {
        assert!(told.contains(&(kind.to_owned(), subject.to_owned())), "{kind} {subject}: {told:?}");
    };
    let unread = with_people();
    fs::remove_file(unread.path().join(format!("accounts/{PROD}.json"))).unwrap();
    let ends = told(unread.path());
    ["group Builders", "group On call", "grace@x.example"].iter().for_each(|who| has(&ends, "unmatched", who));
    let entitled = |id: &str, role: &str, who: Value| {
        let mut principal = json!({"RoleArn": format!("arn:aws:iam::{PROD}:role/{role}"), "Account": PROD});
        principal.as_object_mut().unwrap().extend(who.as_object().unwrap().clone());
        json!({"EntitlementId": id, "PrincipalRole": principal})
    };
    let dir = with_people();
    let entitlements =
        json!([entitled("e1", "boss", json!({"UserId": "dennis"})), entitled("e2", "nix", json!({"GroupId": "g2"}))]);
    let applications = json!({"Applications": [{"ApplicationArn": format!("arn:aws:account-access:us-east-1:{HUB}:application/a"),
        "InstanceArn": "arn:aws:sso:::instance/ssoins-1", "Entitlements": entitlements}]});
    fs::write(dir.path().join("account-access.json"), applications.to_string()).unwrap();
    let notes: Vec<String> = sheet_in(dir.path()).loose_ends.into_iter().map(|end| end.note).collect();
    let boss = format!("is entitled to `arn:aws:iam::{PROD}:role/boss`, and disabled");
    let nix = format!("is entitled to `arn:aws:iam::{PROD}:role/nix`, and the account has no such role");
    assert!(notes.contains(&boss) && notes.contains(&nix), "{notes:?}");
    // asked for by user and group, a deleted one may be assigned
    of_instance(dir.path(), |instance| instance["AssignmentsBy"] = json!("principal"));
    let left = format!("arn:aws:iam::{PROD}:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Left_fedcba9876543210");
    has(&told(dir.path()), "unmatched", &left);
}

#[test]
fn via_has_the_sets_alone_by_whose_session_the_person_comes() {
    let reserved = |set: &str| format!("arn:aws:iam::{PROD}:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_{set}");
    let boss = |title: &str| {
        let dir = with_people();
        of_instance(dir.path(), |instance| {
            let left = "arn:aws:sso:::permissionSet/ssoins-1/ps-left";
            let sets = instance["PermissionSets"].as_array_mut().unwrap();
            sets.push(json!({"PermissionSetArn": left, "Name": "Left"}));
            let assignments = instance["AccountAssignments"].as_array_mut().unwrap();
            assignments.push(
                json!({"AccountId": PROD, "PermissionSetArn": left, "PrincipalType": "GROUP", "PrincipalId": "g2"}),
            );
            instance["AccessControlAttributes"] = json!([{"Key": "dept", "Value": {"Source": ["${path:title}"]}}]);
            instance["Users"][0]["Title"] = json!(title);
        });
        let path = dir.path().join(format!("accounts/{PROD}.json"));
        let mut account: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        let roles = account["RoleDetailList"].as_array_mut().unwrap();
        let role = roles.iter_mut().find(|role| role["RoleName"] == "boss").unwrap();
        let may = |set: &str, condition: Value| json!({"Effect": "Allow", "Principal": {"AWS": reserved(set)}, "Action": "sts:AssumeRole", "Condition": condition});
        let pay = json!({"StringEquals": {"aws:PrincipalTag/dept": "pay"}});
        role["AssumeRolePolicyDocument"] = json!({"Version": "2012-10-17",
            "Statement": [may("Left_fedcba9876543210", json!({})), may("Ops_0123456789abcdef", pay)]});
        fs::write(path, account.to_string()).unwrap();
        let sheet = sheet_in(dir.path());
        let mut lines = sheet.lines.into_iter().filter(|line| line.person == "Ada Lovelace");
        lines.find(|line| line.role.ends_with("/boss")).unwrap().via
    };
    let left = "group On call, permission set Left";
    assert_eq!(boss("hr"), [left]);
    let ops = ["group Builders, permission set Ops", left, "group On call, permission set Ops"];
    assert_eq!(boss("pay"), ops);
}

#[test]
fn a_sheet_without_its_people_names_what_of_the_organization_is_missing() {
    let dir = with_people();
    fs::remove_file(dir.path().join("identity-center.json")).unwrap();
    let estate = Estate::build(&Snapshot::open(dir.path()).unwrap(), "2026-11-20T00:00:00Z".parse().unwrap()).unwrap();
    let graph = TrustGraph::new(&estate);
    let sheet = roster(&graph, &[PROD.to_owned()], &Targets::new(), None, &MfaOfPeople::default()).unwrap();
    let missing = "organization: people unknown: Identity Center was not read (identity-center)";
    assert_eq!(sheet.frozen.missing, [missing]);
}

#[test]
fn a_group_that_no_longer_leads_to_a_role_is_a_change() {
    let old = sheet_with_people(None);
    let mut new = old.clone();
    for line in new.lines.iter_mut().filter(|line| line.person == "Ada Lovelace") {
        line.via.pop();
    }
    let changes = Changes::between(&old, &new);
    assert_eq!((changes.count(ChangeKind::Changed), changes.changes.len()), (2, 2), "{changes:?}");
    let now = "group Builders, permission set Ops";
    assert_eq!(changes.changes[0].what, [format!("via: {now}; group On call, permission set Ops, now {now}")]);
}

#[test]
fn on_the_snapshot_that_it_was_made_from_nothing_is_left_to_revoke() {
    let (demo, place) = (Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/demo"), tempfile::tempdir().unwrap());
    let config = demo.join("rolehop.toml");
    let of_demo = ["--snapshot", demo.to_str().unwrap(), "--config", config.to_str().unwrap()];
    review(place.path(), &[&["prod", "--csv", "-o", "sheet.csv"][..], &of_demo].concat()).succeeded();
    let file = place.path().join("sheet.csv");
    fs::write(&file, csv(&decided(&read(&fs::read(&file).unwrap()).unwrap(), "revoke"))).unwrap();
    let checked = review(place.path(), &[&["check", "sheet.csv"][..], &of_demo].concat()).succeeded();
    assert!(checked.out.contains("the snapshot that the sheet was made from"), "{checked:?}");
    assert!(checked.out.contains("24 to be revoked") && checked.err.contains("nothing was compared"), "{checked:?}");
}

#[test]
fn mfa_of_people_is_a_claim() {
    let sheet = sheet_with_people(Some("enforced by okta"));
    let mfa: BTreeSet<&str> =
        sheet.lines.iter().filter(|l| l.kind.as_str() == "person").map(|l| l.mfa.as_str()).collect();
    assert_eq!(mfa, ["outside AWS's view; the configuration claims: enforced by okta"].into());
}

/// The sheet in a file of its own, checked against a snapshot.
fn check_against(sheet: &Sheet, later: &World) -> (Ended, Value) {
    let dir = later.write();
    fs::write(dir.path().join("sheet.csv"), csv(sheet)).unwrap();
    let words = ["review", "check", "sheet.csv", "--snapshot", ".", "--no-config", "--json"];
    let ended = run_in(dir.path(), &[("ROLEHOP_AT", "2026-12-05T12:00:00Z")], &words);
    let found = serde_json::from_str(&ended.out).unwrap_or_default();
    (ended, found)
}

fn changes_of(found: &Value) -> BTreeSet<String> {
    let all = found["since"]["changes"].as_array().unwrap();
    all.iter().map(|change| change["change"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn what_was_not_read_did_not_go_as_decided() {
    let sheet = decided(&sheet(), "revoke");
    let mut later = world();
    later.without_file(HUB);
    let (ended, found) = check_against(&sheet, &later);
    assert_eq!((ended.code, changes_of(&found)), (Some(4), kinds(&["unread"])), "{found:#}");
    let mut later = world();
    for role in later.account(PROD)["RoleDetailList"].as_array_mut().unwrap() {
        role.as_object_mut().unwrap().remove("AssumeRolePolicyDocument");
    }
    let (ended, found) = check_against(&sheet, &later);
    assert_eq!((ended.code, changes_of(&found)), (Some(4), kinds(&["unread"])), "{found:#}");
}

#[test]
fn a_role_that_was_deleted_went_and_one_that_was_not_read_cannot_be_told() {
    let sheet = decided(&sheet_of(&world(), "prod/admin"), "revoke");
    let mut gone = world();
    gone.account(PROD)["RoleDetailList"].as_array_mut().unwrap().retain(|role| role["RoleName"] != "admin");
    let (ended, found) = check_against(&sheet, &gone);
    assert_eq!((ended.code, changes_of(&found)), (Some(0), kinds(&["revoked"])), "{ended:?}");
    let mut half = world();
    half.without_file(PROD);
    let (ended, found) = check_against(&sheet, &half);
    assert_eq!((ended.code, changes_of(&found)), (Some(4), kinds(&["unread"])), "{ended:?}");
    let mut renamed = world();
    renamed.organization()["Accounts"][1]["Name"] = json!("core");
    let (ended, found) = check_against(&sheet, &renamed);
    assert_eq!((ended.code, &found["since"]["not_compared"]), (Some(4), &json!(["prod/admin"])), "{ended:?}");
    assert!(ended.err.contains("no account `prod`"), "{}", ended.err);
}

#[test]
fn a_sheet_of_another_organization_or_of_a_later_day_is_refused() {
    let sheet = decided(&sheet(), "revoke");
    assert_eq!(sheet.frozen.organization, "o-example");
    let refused = |sheet: &Sheet, later: &World, words: &[&str]| {
        let (ended, _) = check_against(sheet, later);
        let told = ended.failed(2, "E317");
        assert!(words.iter().all(|word| told.contains(word)), "{told}");
    };
    let mut other = world();
    other.organization()["Organization"]["Id"] = json!("o-another");
    refused(&sheet, &other, &["another organization", "o-example", "o-another", "--sheet-only"]);
    // a sheet of an earlier version does not say of which it is, and has no account of this one
    let mut old = sheet.clone();
    old.frozen.organization = String::new();
    let mut other = World::default();
    other.account("444444444444");
    refused(&old, &other, &["another organization", PROD]);

    let (demo, place) = (Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/demo"), tempfile::tempdir().unwrap());
    let config = demo.join("rolehop.toml");
    let of_demo = ["--snapshot", demo.to_str().unwrap(), "--config", config.to_str().unwrap()];
    review(place.path(), &[&["prod", "--csv", "-o", "sheet.csv"][..], &of_demo].concat()).succeeded();
    let file = place.path().join("sheet.csv");
    let mut later = read(&fs::read(&file).unwrap()).unwrap();
    later.frozen.at = "2027-02-20T00:00:00Z".to_owned();
    later.frozen.snapshot = "0".repeat(64);
    fs::write(&file, csv(&later)).unwrap();
    let told = review(place.path(), &[&["check", "sheet.csv"][..], &of_demo].concat()).failed(2, "E317");
    assert!(
        told.contains("older than the sheet") && told.contains("2027-02-20") && told.contains("2026-11-20"),
        "{told}"
    );
}

#[test]
fn roles_that_a_target_has_no_more_did_not_go_as_decided() {
    let dir = world().write();
    let place = dir.path();
    let target = |roles: &str| {
        let text = format!("version = 1\n[targets.core]\naccounts = [\"{PROD}\"]\nroles = {roles}\n");
        fs::write(place.join("rolehop.toml"), text).unwrap();
    };
    let at = ("ROLEHOP_AT", "2026-12-05T12:00:00Z");
    let run =
        |words: &[&str]| run_in(place, &[at], &[words, &["--snapshot", ".", "--config", "rolehop.toml"]].concat());
    target("[\"*\"]");
    run(&["review", "core", "--csv", "-o", "sheet.csv"]).succeeded();
    let sheet = read(&fs::read(place.join("sheet.csv")).unwrap()).unwrap();
    fs::write(place.join("sheet.csv"), csv(&decided(&sheet, "revoke"))).unwrap();
    target("[\"reader\"]");
    let checked = run(&["review", "check", "sheet.csv", "--json"]);
    let found: Value = serde_json::from_str(&checked.out).unwrap();
    assert_eq!(changes_of(&found), kinds(&["not-revoked", "unread"]), "{found:#}");
    assert!(
        checked.err.contains("`core` is narrower than on the sheet") && checked.err.contains("2 roles"),
        "{checked:?}"
    );
}

#[test]
fn lines_that_a_later_sheet_lost_did_not_go() {
    let old = decided(&sheet(), "revoke");
    let mut later = sheet();
    later.lines.truncate(4);
    let changes = Changes::between(&old, &later);
    let counts = (changes.count(ChangeKind::Unread), changes.count(ChangeKind::Revoked), changes.is_whole());
    assert_eq!(counts, (2, 0, false));
    assert_eq!((changes.altered.len(), changes.altered[0].side), (1, "new"));
    assert!(matches!(changes.altered[0].remark, Remark::Count { made_with: 6, has: 4 }));
    let back = Changes::between(&later, &old);
    assert_eq!((back.count(ChangeKind::Came), back.altered[0].side), (2, "old"));
}

#[test]
fn characters_that_a_sheet_shows_are_no_change() {
    let mut sheet = sheet();
    sheet.lines[0].via = vec!["group Platform\tEngineering".to_owned()];
    let read = read(&csv(&sheet)).unwrap();
    assert_ne!(read.lines[0].via, sheet.lines[0].via);
    assert_eq!(Changes::between(&read, &sheet).unchanged, 6);
}
