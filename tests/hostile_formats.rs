//! Two hundred hostile strings, in every field that comes from AWS, through every format of every command, each re-read by a reader
//! that did not write it.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "output that cannot be read has failed its test"
)]

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Output;

use assert_cmd::Command;
use rayon::prelude::*;
use rolehop::report::formats::FORMATS;
use serde_json::{Value, json};

/// Names that did harm somewhere: to terminals, spreadsheets, browsers, forges, shells, templates and parsers.
const SEEDS: [&str; 50] = [
    "\u{1b}[2J",
    "\u{1b}]0;title\u{7}",
    "\u{1b}]8;;http://evil.example\u{1b}\\link\u{1b}]8;;\u{1b}\\",
    "\u{9b}31m",
    "\u{0}",
    "\u{8}\u{8}\u{8}",
    "\r\nX-Header: 1",
    "a\nb",
    "\t=1+1",
    "\u{7f}",
    "\u{202e}gpj.exe",
    "\u{200b}\u{200d}\u{feff}",
    "\u{2028}\u{2029}\u{85}",
    "\u{e0041}\u{e0042}",
    "\u{fffe}\u{ffff}",
    "\u{61c}\u{2066}\u{2069}",
    "=HYPERLINK(\"http://evil.example\",\"x\")",
    "+1+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(1)",
    "＝1",
    " =1",
    "'=1",
    "\"",
    "\"\"",
    "a,b;c|d",
    "'; DROP TABLE x;--",
    "<img src=x onerror=alert(1)>",
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "]]>",
    "<!--",
    "<![CDATA[",
    "&lt;&amp;&#x1b;&bogus;",
    "[x](http://evil.example)",
    "![x](http://evil.example/a.png)",
    "`code` ``` | --- |",
    "# heading",
    "- [ ] - x",
    "1. one",
    "@everyone and @octocat",
    "acme/repo#1 GH-1 #1",
    "https://evil.example/?a=b www.evil.example a@evil.example",
    "$(rm -rf /) `id` ${HOME}",
    "{{7*7}} {% raw %} <%= 1 %> ${{ secrets.X }}",
    "%0a%00%s%n",
    "../../etc/passwd",
    "\\\\u{1b}\\x1b\\",
    "👩‍👩‍👧 e\u{301} 家 ﷽",
    "🏴󠁧󠁢󠁥󠁮󠁧󠁿 :smile: ~x~ **b** __i__",
];

/// Each seed alone, within a name, doubled, and very long.
fn strings() -> Vec<String> {
    let forms: [fn(&str) -> String; 4] = [
        str::to_owned,
        |seed| format!("app-{seed}-role"),
        |seed| format!("{seed} {seed}"),
        |seed| format!("{}{seed}", "x".repeat(500)),
    ];
    SEEDS.iter().flat_map(|seed| forms.map(|form| form(seed))).collect()
}

/// An account for each string, which stands in every text that its administrator or a partner chooses.
fn world() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("accounts")).unwrap();
    let hub = "100000000000";
    let full = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]});
    let mut accounts = vec![json!({"Id": hub, "Name": "hub", "ParentId": "r-1", "State": "ACTIVE"})];
    let mut units = Vec::new();
    let write = |id: &str, text: &str, is_open: bool, is_broken: bool| {
        let arn = |kind: &str| format!("arn:aws:iam::{id}:{kind}/{text}");
        let admin = json!([{"PolicyName": text, "PolicyDocument": {"Version": "2012-10-17", "Statement": [
            {"Sid": text, "Effect": "Allow", "Action": "*", "Resource": "*"}]}}]);
        let trust = json!({"Version": "2012-10-17", "Statement": [
            {"Sid": text, "Effect": "Allow", "Principal": {"AWS": [format!("arn:aws:iam::{hub}:root"), "999988887777"]},
                "Action": "sts:AssumeRole", "Condition": {"StringLike": {"sts:ExternalId": text, "aws:PrincipalTag/t": text}}},
            {"Effect": "Allow", "Principal": {"Federated": arn("saml-provider")}, "Action": "sts:AssumeRoleWithSAML",
                "Condition": {"StringEquals": {"SAML:aud": text, format!("SAML:{text}"): text}}}]});
        let open = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]});
        let tags = json!([{"Key": text, "Value": text}]);
        let role = |name: &str, trust: &Value, description: &str| {
            json!({"Path": "/", "RoleName": name, "RoleId": "AROA1", "Arn": format!("arn:aws:iam::{id}:role/{name}"), "Description": description,
                "AssumeRolePolicyDocument": trust, "RolePolicyList": admin, "Tags": tags, "AttachedManagedPolicies":
                [{"PolicyName": text, "PolicyArn": arn("policy")}], "InstanceProfileList": [], "CreateDate": "2020-01-01T00:00:00Z"})
        };
        let file = json!({
            "UserDetailList": [{"Path": "/", "UserName": text, "UserId": "AIDA1", "Arn": arn("user"), "UserPolicyList": admin,
                "GroupList": [text], "AttachedManagedPolicies": [], "Tags": tags, "CreateDate": "2020-01-01T00:00:00Z"}],
            "GroupDetailList": [{"Path": "/", "GroupName": text, "GroupId": "AGPA1", "Arn": arn("group"), "GroupPolicyList": admin,
                "AttachedManagedPolicies": []}],
            // a document that cannot be parsed is quoted in the reason
            "RoleDetailList": if is_broken {
                json!([role(text, &trust, text), role(&format!("{text}2"), &json!(format!("{{{text}")), text)])
            } else {
                json!([role(text, if is_open { &open } else { &trust }, text)])
            },
            "Policies": [{"PolicyName": text, "PolicyId": "ANPA1", "Arn": arn("policy"), "Path": "/", "DefaultVersionId": "v1",
                "AttachmentCount": 1, "PolicyVersionList": [{"VersionId": "v1", "IsDefaultVersion": true, "Document": full}]}],
            "SAMLProviders": [{"Arn": arn("saml-provider"), "CreateDate": "2020-01-01T00:00:00Z"}],
            "AccountAliases": [text],
            "CredentialReport": [{"user": text, "arn": arn("user"), "user_creation_time": "2020-01-01T00:00:00+00:00",
                "password_enabled": "true", "mfa_active": "false", "access_key_1_active": "true",
                "access_key_1_last_rotated": "2020-01-01T00:00:00+00:00", "access_key_1_last_used_service": text}],
        });
        std::fs::write(dir.path().join(format!("accounts/{id}.json")), file.to_string()).unwrap();
    };
    write(hub, "hub", false, false);
    for (at, text) in strings().iter().enumerate() {
        let (id, unit) = (format!("2{at:011}"), format!("ou-1-{at:08}"));
        units.push(json!({"Id": unit, "Name": text, "ParentId": "r-1", "Arn": format!("arn:aws:organizations::{hub}:ou/o-1/{unit}")}));
        // every tenth is not read, or suspended
        let state = if at % 10 == 9 { "SUSPENDED" } else { "ACTIVE" };
        accounts.push(
            json!({"Id": id, "Name": text, "ParentId": unit, "State": state, "Tags": [{"Key": text, "Value": text}]}),
        );
        if at % 10 < 8 {
            // everybody reaches an open role, and a broken one makes much unknown: a few are enough
            write(&id, text, at % 40 == 0, at % 8 == 5);
        }
    }
    let organization = json!({
        "Organization": {"Id": "o-1", "FeatureSet": "ALL", "MasterAccountId": hub, "Arn": format!("arn:aws:organizations::{hub}:organization/o-1")},
        "Roots": [{"Id": "r-1", "Name": "=Root", "PolicyTypes": [{"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}]}],
        "OrganizationalUnits": units, "Accounts": accounts,
        "Policies": [{"Id": "p-1", "Name": "<b>@all</b>", "Type": "SERVICE_CONTROL_POLICY", "Content": full, "TargetIds": ["r-1"]}]});
    std::fs::write(dir.path().join("organization.json"), organization.to_string()).unwrap();
    dir
}

fn rolehop(snapshot: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::cargo_bin("rolehop").unwrap();
    command.env_clear().current_dir(snapshot).args(arguments).args(["--no-config", "--snapshot"]).arg(snapshot);
    command.output().unwrap()
}

/// How a format is re-read. A format that is not here fails the test: say what reads it.
fn read(format: &str, what: &str, text: &str) {
    match format {
        "table" => {}
        "graphml" => drop(roxmltree::Document::parse(text).unwrap_or_else(|e| panic!("{what}: {e}"))),
        // `drawing.rs` has readers of its own for these
        "dot" | "mermaid" => {}
        "json" | "sarif" => drop(serde_json::from_str::<Value>(text).unwrap_or_else(|e| panic!("{what}: {e}"))),
        "ocsf" | "asff" => text.lines().for_each(|line| drop(serde_json::from_str::<Value>(line).unwrap())),
        "csv" => spreadsheet(what, text),
        "junit" => drop(roxmltree::Document::parse(text).unwrap_or_else(|e| panic!("{what}: {e}"))),
        "markdown" => page(what, text),
        "html" => assert!(!text.contains("<img src=x") && !text.contains("<script>alert"), "{what}: markup of a name"),
        _ => panic!("{what}: nothing re-reads the format `{format}`; add a reader"),
    }
}

/// RFC 4180, as written there: every row has as many cells as the header, and no cell is a formula.
fn spreadsheet(what: &str, text: &str) {
    let (mut rows, mut row, mut cell) = (Vec::new(), Vec::new(), String::new());
    let mut chars = text.chars().peekable();
    let mut quoted = false;
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => cell.extend(chars.next()),
            '"' if quoted || cell.is_empty() => quoted = !quoted,
            ',' if !quoted => row.push(std::mem::take(&mut cell)),
            '\n' if !quoted => {
                row.push(std::mem::take(&mut cell));
                rows.push(std::mem::take(&mut row));
            }
            c => cell.push(c),
        }
    }
    assert!(!quoted && cell.is_empty() && row.is_empty(), "{what}: the last row does not end");
    assert!(!rows.is_empty(), "{what}: no header");
    for row in &rows {
        assert_eq!(row.len(), rows[0].len(), "{what}: {row:?}");
        for cell in row {
            assert!(
                !cell.trim_start().starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']),
                "{what}: formula {cell:?}"
            );
        }
    }
}

/// As GitHub reads it: no markup, link, picture or heading but our own, and nothing that it makes a link or a mention of afterwards.
fn page(what: &str, text: &str) {
    use comrak::nodes::NodeValue;
    let mut options = comrak::Options::default();
    options.extension.table = true;
    options.extension.autolink = true;
    options.extension.strikethrough = true;
    options.extension.tasklist = true;
    options.extension.footnotes = true;
    let arena = comrak::Arena::new();
    let root = comrak::parse_document(&arena, text, &options);
    for node in root.descendants() {
        let value = &node.data.borrow().value;
        match value {
            // the page that explains a rule
            NodeValue::Link(link) if is_page_of_a_rule(&link.url) => {}
            NodeValue::HtmlBlock(_)
            | NodeValue::HtmlInline(_)
            | NodeValue::Link(_)
            | NodeValue::Image(_)
            | NodeValue::Strikethrough
            | NodeValue::Emph
            | NodeValue::TaskItem(_)
            | NodeValue::CodeBlock(_)
            | NodeValue::FootnoteReference(_)
            | NodeValue::BlockQuote => {
                panic!("{what}: a name makes {value:?} at line {}", node.data.borrow().sourcepos.start.line)
            }
            NodeValue::Text(text) => {
                let linked = ["@", "://", "www."].iter().any(|sign| text.contains(sign));
                let number = text.split('#').skip(1).any(|after| after.starts_with(|c: char| c.is_ascii_digit()));
                assert!(!linked && !number, "{what}: a forge would link {text:?}");
            }
            NodeValue::Table(table) => {
                let columns = table.num_columns;
                for row in node.children() {
                    assert_eq!(row.children().count(), columns, "{what}");
                }
            }
            _ => {}
        }
    }
    // comrak cuts rows that are too long, so count what stands in the text
    let mut columns = None;
    for line in text.lines() {
        let bars = line.starts_with('|').then(|| line.replace("\\\\", "").replace("\\|", "").matches('|').count());
        assert!(bars.is_none() || columns.is_none() || bars == columns, "{what}: {line}");
        columns = bars;
    }
}

fn is_page_of_a_rule(url: &str) -> bool {
    rolehop::rules::cards()
        .iter()
        .flat_map(|card| &card.references)
        .any(|page| page.url.as_ref().is_some_and(|address| address.as_str() == url))
}

fn is_dangerous(c: char) -> bool {
    (c.is_control() && c != '\n')
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// The formats that a command has, as its help tells.
fn formats(command: &[&str]) -> BTreeSet<String> {
    let help = Command::cargo_bin("rolehop").unwrap().env_clear().args(command).arg("--help").output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let at = help.find("--format <FORMAT>").unwrap_or_else(|| panic!("{command:?} has no --format"));
    let (_, listed) = help[at..].split_once('[').unwrap();
    let (listed, _) = listed.split_once(']').unwrap();
    listed.replace("(default)", "").split(',').map(|name| name.trim().to_owned()).collect()
}

#[test]
fn no_format_of_any_command_obeys_or_breaks_on_a_name() {
    let dir = world();
    let texts = strings();
    assert_eq!(texts.len(), 200);
    let user = "arn:aws:iam::100000000000:user/hub";
    let role = format!("arn:aws:iam::200000000027:role/{}", texts[27]);
    let questions: [(&[&str], &[&str]); 10] = [
        (&["who-can"], &["200000000000"]),
        (&["who-can"], &[&role, "--all"]),
        (&["can"], &[user, "--all"]),
        (&["path"], &[user, &role]),
        (&["explain"], &[user, &role]),
        (&["export", "edges"], &["--include-unknown"]),
        (&["export", "graph"], &["--path", user, &role]),
        (&["accounts"], &[]),
        (&["quotas"], &["--all"]),
        (&["plan", "groups"], &["--from", "reach", "--all"]),
    ];
    obey_no_name(dir.path(), &questions, &[&[], &["--framework", "cis-v7"]]);
}

/// An organization of one account, with a person, a group, a permission set and an entitlement of each name.
fn people() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("accounts")).unwrap();
    let hub = "100000000000";
    let arn = |role: &str| format!("arn:aws:iam::{hub}:role/{role}");
    let full = json!([{"PolicyName": "all", "PolicyDocument": {"Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}}]);
    let role = |path: &str, name: &str, trust: Value| {
        json!({"Path": path, "RoleName": name, "RoleId": "AROA1", "Arn": arn(&format!("{}{name}", &path[1..])),
            "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]}, "RolePolicyList": full,
            "AttachedManagedPolicies": [], "InstanceProfileList": [], "CreateDate": "2020-01-01T00:00:00Z"})
    };
    let provider = format!("arn:aws:iam::{hub}:saml-provider/AWSSSO_0123456789abcdef_DO_NOT_DELETE");
    let mut roles = vec![role(
        "/",
        "entered",
        json!({"Effect": "Allow", "Principal": {"Service": "account-access.amazonaws.com"},
        "Action": ["sts:AssumeRole", "sts:SetContext", "sts:TagSession"]}),
    )];
    let [mut users, mut groups, mut sets, mut members, mut assigned, mut entitled] =
        std::array::from_fn(|_| Vec::new());
    for (at, text) in strings().iter().enumerate() {
        let (user, group, set) =
            (format!("u-{at}"), format!("g-{at}"), format!("arn:aws:sso:::permissionSet/ssoins-1/ps-{at}"));
        let status = if at % 10 == 9 { "DISABLED" } else { "ENABLED" };
        users.push(json!({"UserId": user, "UserName": text, "DisplayName": text, "Title": text, "UserStatus": status,
            "Emails": [{"Value": text, "Primary": true}], "ExternalIds": [{"Issuer": text, "Id": text}]}));
        groups.push(json!({"GroupId": group, "DisplayName": text, "Description": text}));
        sets.push(json!({"PermissionSetArn": set, "Name": text, "Description": text, "SessionDuration": "PT12H"}));
        members.push(json!({"GroupId": group, "MemberId": {"UserId": user}}));
        // every third directly; of some sets the role is missing, of some roles the assignment
        let (of, principal) = if at % 3 == 0 { ("USER", user.clone()) } else { ("GROUP", group.clone()) };
        if at % 7 != 6 {
            assigned.push(
                json!({"AccountId": hub, "PermissionSetArn": set, "PrincipalType": of, "PrincipalId": principal}),
            );
        }
        if at % 5 != 4 {
            let trust = json!({"Effect": "Allow", "Principal": {"Federated": provider}, "Action": ["sts:AssumeRoleWithSAML", "sts:TagSession"]});
            roles.push(role("/aws-reserved/sso.amazonaws.com/", &format!("AWSReservedSSO_{text}_{at:016x}"), trust));
        }
        let to = if at % 11 == 0 { arn(text) } else { arn("entered") };
        let whom = if at % 2 == 0 { "UserId" } else { "GroupId" };
        entitled.push(json!({"EntitlementId": text, "PrincipalRole": {"RoleArn": to, "Account": hub, whom: if at % 2 == 0 { user } else { group }}}));
    }
    let instance = "arn:aws:sso:::instance/ssoins-1";
    let files = [
        (
            "organization.json",
            json!({
            "Organization": {"Id": "o-1", "FeatureSet": "ALL", "MasterAccountId": hub, "Arn": format!("arn:aws:organizations::{hub}:organization/o-1")},
            "Roots": [{"Id": "r-1", "Name": "Root", "PolicyTypes": []}], "OrganizationalUnits": [], "Policies": [],
            "Accounts": [{"Id": hub, "Name": "hub", "ParentId": "r-1", "State": "ACTIVE"}]}),
        ),
        (
            "identity-center.json",
            json!({"RegionsAsked": ["eu-west-1"], "Instances": [{"InstanceArn": instance, "IdentityStoreId": "d-1",
            "OwnerAccountId": hub, "Status": "ACTIVE", "Region": "eu-west-1", "PermissionSetsEnabled": true, "PermissionSets": sets,
            "AccountAssignments": assigned, "AssignmentsBy": "account", "Users": users, "Groups": groups, "GroupMemberships": members,
            "AccessControlAttributes": [{"Key": "title", "Value": {"Source": ["${path:title}"]}}]}]}),
        ),
        (
            "account-access.json",
            json!({"Applications": [{"ApplicationArn": format!("arn:aws:account-access:eu-west-1:{hub}:application/a/b"),
            "InstanceArn": instance, "Status": "ACTIVE", "Region": "eu-west-1", "Entitlements": entitled}]}),
        ),
        (
            "accounts/100000000000.json",
            json!({"UserDetailList": [], "GroupDetailList": [], "Policies": [], "RoleDetailList": roles,
            "SAMLProviders": [{"Arn": provider}], "OpenIDConnectProviders": []}),
        ),
    ];
    for (name, content) in files {
        std::fs::write(dir.path().join(name), content.to_string()).unwrap();
    }
    dir
}

#[test]
fn no_format_of_any_command_obeys_or_breaks_on_a_name_of_people() {
    let dir = people();
    let text = &strings()[108];
    let role =
        format!("arn:aws:iam::100000000000:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_{text}_{:016x}", 108);
    let entered = "arn:aws:iam::100000000000:role/entered";
    let questions: [(&[&str], &[&str]); 7] = [
        (&["who-can"], &["hub", "--all"]),
        (&["who-can"], &[entered, "--people", "--all"]),
        (&["can"], &["u-108", "--all"]),
        (&["can"], &["g-110", "--all"]),
        (&["path"], &["u-108", &role]),
        (&["explain"], &["u-108", &role]),
        (&["export", "graph"], &["--path", "u-108", &role]),
    ];
    obey_no_name(dir.path(), &questions, &[&[]]);
    for format in ["table", "json", "csv", "html"] {
        let arguments = ["review", "hub", "--allow-partial", "--all", "-f", format];
        let output = rolehop(dir.path(), &arguments);
        let [text, said] = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
        obeys_no_name("review", &said);
        obeys_no_name(format, &text);
        read(format, &format!("{format} of review: {said}"), &text);
        assert!(text.contains("onerror"), "{format}: {said}");
    }
}

/// Runs `check` with each of these options, and every question, in every format, and re-reads what is written.
fn obey_no_name(dir: &Path, questions: &[(&[&str], &[&str])], checks: &[&[&str]]) {
    let mut runs: Vec<Run> = Vec::new();
    // the rules are judged once for all formats of findings
    for extra in checks {
        let out = tempfile::tempdir().unwrap();
        let file = |name: &str| out.path().join(name).to_str().unwrap().to_owned();
        let each =
            FORMATS.iter().flat_map(|format| ["-f".to_owned(), format!("{}={}", format.name, file(format.name))]);
        let arguments = ["check".to_owned()].into_iter().chain(each).chain(extra.iter().map(|word| (*word).to_owned()));
        let files = FORMATS.iter().map(|format| format.name.to_owned()).collect();
        runs.push(Run { arguments: arguments.collect(), format: String::new(), files: Some((out, files)) });
    }
    let printed = |arguments: &[&str], format: &str| {
        let arguments = arguments.iter().map(|word| (*word).to_owned()).collect();
        Run { arguments, format: format.to_owned(), files: None }
    };
    runs.push(printed(&["check", "--expand"], "table"));
    for (command, arguments) in questions {
        for format in formats(command) {
            runs.push(printed(&[*command, *arguments, &["-f", &format]].concat(), &format));
        }
    }
    let check = |run: &Run| {
        let output = rolehop(dir, &run.arguments.iter().map(String::as_str).collect::<Vec<_>>());
        let said = String::from_utf8(output.stderr).unwrap();
        obeys_no_name(&format!("{:?}", run.arguments), &said);
        let texts: Vec<(String, String)> = match &run.files {
            None => vec![(run.format.clone(), String::from_utf8(output.stdout).unwrap())],
            Some((place, formats)) => {
                let read = |format: &String| {
                    let text = std::fs::read_to_string(place.path().join(format));
                    (format.clone(), text.unwrap_or_else(|e| panic!("{format}: {e}: {said}")))
                };
                formats.iter().map(read).collect()
            }
        };
        let shown = texts.iter().map(|(format, text)| {
            let what = format!("{format} of {:?}", run.arguments);
            assert!(!text.is_empty(), "{what}: {said}");
            obeys_no_name(&what, text);
            read(format, &what, text);
            text.contains("onerror") || text.contains("202e")
        });
        shown.collect::<Vec<bool>>()
    };
    let shown: Vec<bool> = runs.par_iter().flat_map(check).collect();
    let count = shown.iter().filter(|shown| **shown).count();
    assert!(count * 2 > shown.len(), "names are shown, not left out: {count} of {} texts", shown.len());
}

/// A command line, and what it writes: one format to standard output, or several to files of their names.
struct Run {
    arguments: Vec<String>,
    format: String,
    files: Option<(tempfile::TempDir, Vec<String>)>,
}

fn obeys_no_name(what: &str, text: &str) {
    let raw: BTreeSet<char> = text.chars().filter(|c| is_dangerous(*c)).collect();
    assert!(raw.is_empty(), "{what} writes {raw:?} raw");
}

#[test]
fn json_gives_back_every_name_as_it_is() {
    let dir = world();
    let answer: Value = serde_json::from_slice(&rolehop(dir.path(), &["accounts", "--json"]).stdout).unwrap();
    let names: BTreeSet<&str> = answer.as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap()).collect();
    for text in &strings() {
        assert!(names.contains(text.as_str()), "{text:?}");
    }
}
