//! `reports/schemas/` is the contract of every JSON that a command prints: each answer validates, no key is without a description, and no
//! key of a schema is one that nothing writes.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "output that cannot be read has failed its test"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

const WHO: &str = "dev-sandbox/ci-runner";
const TO: &str = "prod-core/deploy-admin";

/// Each schema, with commands whose output it describes.
const CASES: &[(&str, &[&[&str]])] = &[
    (
        "path",
        &[
            &["path", WHO, TO],
            &["path", WHO, TO, "-k", "2"],
            &["path", "*", TO, "--why-not"],
            &["path", "prod-data/etl-deploy", "prod-data/operate", "--edges", "assume,escalation"],
        ],
    ),
    ("who-can", &[&["who-can", "prod"], &["who-can", TO], &["who-can", "prod", "--edges", "assume,escalation"]]),
    ("can", &[&["can", WHO], &["can", "carla.ops"], &["can", "prod-data/etl-deploy", "--edges", "assume,escalation"]]),
    ("profiles", &[&["profiles", "carla.ops"], &["profiles", "alan@acme.example", "--to", TO]]),
    ("explain", &[&["explain", WHO, TO], &["explain", "security/carla.ops", "prod-data/operate"]]),
    ("edges", &[&["export", "edges"], &["export", "edges", "--edges", "assume,escalation"]]),
    ("accounts", &[&["accounts"]]),
    ("quotas", &[&["quotas"], &["quotas", "--all"]]),
    (
        "findings",
        &[
            &["check"],
            &["check", "--account", "prod-core"],
            &["check", "--min-severity", "critical", "--edges", "assume,escalation"],
        ],
    ),
    (
        "controls",
        &[
            &["check", "--framework", "cis-v7,security-hub"],
            &["check", "--framework", "nist-800-53r5", "--min-severity", "critical"],
        ],
    ),
    ("rules", &[&["rules", "list"]]),
    (
        "graph",
        &[
            &["export", "graph", "--path", WHO, TO],
            &["export", "graph", "--target", "prod"],
            &["export", "graph", "--group-by", "account"],
            &["export", "graph", "--target", "prod", "--edges", "assume,escalation"],
        ],
    ),
    ("baseline", &[&["baseline", "create"]]),
    (
        "cut",
        &[
            &["cut", "prod"],
            &["cut", "prod", "--without-mfa", "--keep", "security/group/admins"],
            &["cut", "prod", "--account", "security", "--principal", "carla.ops"],
        ],
    ),
    ("plan-groups", &[&["plan", "groups", "--from", "reach"]]),
    ("simulate", &[]),
    ("diff", &[]),
    ("review", &[&["review", "prod"], &["review", "prod", TO]]),
    ("review-diff", &[]),
    ("review-check", &[]),
];

/// Optional keys that no case has: names that stand for something else, services that bring people in, requests that AWS does not document.
const RARE: &[&str] = &[
    "accepted",
    "accounts",
    "carries",
    "credential",
    "name",
    "not_followed",
    "note",
    "organization",
    "other_accounts",
    "reason",
    "remarks",
    "takes_away",
    "then",
    "through",
    "ticket",
    "unclear",
];

/// Asked of the demo without one of its accounts, under a waiver that fits and one that does not.
const OF_GAPS: &[(&str, &[&str])] = &[
    ("path", &["path", "222222222201", "prod-data/operate"]),
    ("who-can", &["who-can", "prod"]),
    ("can", &["can", WHO]),
    ("profiles", &["profiles", WHO]),
    ("cut", &["cut", "prod"]),
    ("plan-groups", &["plan", "groups", "--from", "reach"]),
    ("explain", &["explain", "222222222201", "prod-data/operate"]),
    ("graph", &["export", "graph", "--target", "prod"]),
    ("accounts", &["accounts"]),
    ("quotas", &["quotas", "--all"]),
    ("findings", &["check"]),
    ("controls", &["check", "--framework", "cis-v7"]),
];

const WAIVERS: &str = r#"
[[waivers]]
rule = "role-unused"
where = "staging/role/old-migration"
reason = "kept for the audit"
owner = "sec@example.com"
ticket = "SEC-1"
expires = 2027-02-28

[[waivers]]
rule = "root-access-key"
where = "nowhere/root"
reason = "none"
owner = "sec@example.com"
expires = 2027-01-01
"#;

/// The demo, as if account 222222222201 had not been collected.
fn demo_with_gaps() -> tempfile::TempDir {
    let (demo, dir) = (root().join("examples/demo"), tempfile::tempdir().unwrap());
    std::fs::create_dir(dir.path().join("accounts")).unwrap();
    for name in ["organization.json", "identity-center.json", "account-access.json"] {
        std::fs::copy(demo.join(name), dir.path().join(name)).unwrap();
    }
    for entry in std::fs::read_dir(demo.join("accounts")).unwrap() {
        let entry = entry.unwrap();
        if entry.file_name() != "222222222201.json" {
            std::fs::copy(entry.path(), dir.path().join("accounts").join(entry.file_name())).unwrap();
        }
    }
    let config = std::fs::read_to_string(demo.join("rolehop.toml")).unwrap();
    std::fs::write(dir.path().join("rolehop.toml"), config + WAIVERS).unwrap();
    dir
}

/// Asked of an organization with people.
const OF_PEOPLE: &[(&str, &[&str])] = &[
    ("path", &["path", "ada@example.com", "prod/deploy"]),
    ("path", &["path", "eve", "prod/entitled"]),
    ("path", &["path", "ada@example.com", "prod/deploy", "-k", "2"]),
    ("who-can", &["who-can", "prod"]),
    ("can", &["can", "ada@example.com"]),
    ("can", &["can", "eve"]),
    ("profiles", &["profiles", "eve"]),
    ("explain", &["explain", "eve", "prod/entitled"]),
    ("explain", &["explain", "ada", "prod/AWSReservedSSO_Admin_0123456789abcdef"]),
    ("edges", &["export", "edges"]),
    ("graph", &["export", "graph", "--target", "prod"]),
];

/// An account with a role of Identity Center, one that it leads to, and one that somebody is entitled to.
fn people() -> tempfile::TempDir {
    let (id, dir) = ("101010101010", tempfile::tempdir().unwrap());
    let role = |path: &str, name: &str, principal: Value, actions: Value, policies: Value| {
        let statement = json!({"Effect": "Allow", "Principal": principal, "Action": actions});
        json!({"RoleName": name, "Path": path, "RoleId": format!("AROA{name}"), "Tags": [],
            "Arn": format!("arn:aws:iam::{id}:role{path}{name}"), "CreateDate": "2026-01-01T00:00:00Z",
            "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [statement]}, "RolePolicyList": policies,
            "AttachedManagedPolicies": [], "InstanceProfileList": []})
    };
    let provider = format!("arn:aws:iam::{id}:saml-provider/AWSSSO_abcdef0123456789_DO_NOT_DELETE");
    let reserved = "AWSReservedSSO_Admin_0123456789abcdef";
    let roles = [
        role(
            "/aws-reserved/sso.amazonaws.com/",
            reserved,
            json!({ "Federated": provider }),
            json!(["sts:AssumeRoleWithSAML", "sts:TagSession"]),
            json!([{"PolicyName": "p", "PolicyDocument":
                {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}]}}]),
        ),
        role("/", "deploy", json!({ "AWS": id }), json!("sts:AssumeRole"), json!([])),
        role(
            "/",
            "entitled",
            json!({"Service": "account-access.amazonaws.com"}),
            json!(["sts:AssumeRole", "sts:SetContext", "sts:TagSession"]),
            json!([]),
        ),
    ];
    let instance = "arn:aws:sso:::instance/ssoins-1";
    let files = [
        (
            "accounts/101010101010.json",
            json!({"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": roles, "Policies": []}),
        ),
        (
            "organization.json",
            json!({"Organization": {"Id": "o-1", "MasterAccountId": "999999999999", "FeatureSet": "ALL"},
            "Roots": [{"Id": "r-1", "PolicyTypes": []}], "OrganizationalUnits": [], "Policies": [],
            "Accounts": [{"Id": id, "Name": "prod", "ParentId": "r-1", "Status": "ACTIVE", "Tags": []}]}),
        ),
        (
            "identity-center.json",
            json!({"Instances": [{"InstanceArn": instance, "IdentityStoreId": "d-1",
            "PermissionSetsEnabled": true, "AccessControlAttributes": [],
            "PermissionSets": [{"PermissionSetArn": "ps-1", "Name": "Admin"}],
            "AccountAssignments": [{"AccountId": id, "PermissionSetArn": "ps-1", "PrincipalType": "GROUP", "PrincipalId": "g-1"}],
            "Users": [
                {"UserId": "u-1", "UserName": "ada", "DisplayName": "Ada Lovelace",
                    "Emails": [{"Value": "ada@example.com", "Primary": true}]},
                {"UserId": "u-2", "UserName": "eve"}],
            "Groups": [{"GroupId": "g-1", "DisplayName": "team"}],
            "GroupMemberships": [{"GroupId": "g-1", "MemberId": {"UserId": "u-1"}}]}]}),
        ),
        (
            "account-access.json",
            json!({"Applications": [{"ApplicationArn": "arn:aws:account-access:eu-central-1:101010101010:application/a",
            "InstanceArn": instance, "Entitlements": [{"EntitlementId": "e-1", "PrincipalRole":
                {"RoleArn": "arn:aws:iam::101010101010:role/entitled", "Account": id, "UserId": "u-2"}}]}]}),
        ),
        ("rolehop.toml", json!(null)),
    ];
    std::fs::create_dir(dir.path().join("accounts")).unwrap();
    for (name, value) in files {
        let config = "[people]\nmfa = \"enforced by okta\"\n[targets.prod]\naccounts = [\"101010101010\"]\n";
        let text = if value.is_null() { config.to_owned() } else { value.to_string() };
        std::fs::write(dir.path().join(name), text).unwrap();
    }
    dir
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn schema(name: &str) -> Value {
    let path = root().join(format!("reports/schemas/{name}.schema.json"));
    serde_json::from_slice(&std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))).unwrap()
}

fn printed(arguments: &[&str], example: &str) -> Value {
    printed_of(arguments, &root().join("examples").join(example))
}

fn printed_of(arguments: &[&str], dir: &Path) -> Value {
    let mut command = assert_cmd::Command::cargo_bin("rolehop").unwrap();
    command.env_clear().current_dir(root()).args(arguments).args(["--at", "2026-11-20T00:00:00Z"]);
    command.args(match arguments[0] {
        "export" => &["-f", "json"][..],
        "baseline" => &[],
        _ => &["--json"],
    });
    command.arg("--snapshot").arg(dir).arg("--config").arg(dir.join("rolehop.toml"));
    let output = command.output().unwrap();
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|e| panic!("{arguments:?}: {e}: {}", String::from_utf8_lossy(&output.stderr)))
}

/// The demo, read half a year later: the waiver has expired.
fn later_demo() -> tempfile::TempDir {
    let (demo, dir) = (root().join("examples/demo"), demo_with_gaps());
    let account = "accounts/222222222201.json";
    std::fs::copy(demo.join(account), dir.path().join(account)).unwrap();
    let manifest = std::fs::read_to_string(demo.join("manifest.json")).unwrap();
    std::fs::write(dir.path().join("manifest.json"), manifest.replace("2026-11-20T", "2027-05-20T")).unwrap();
    dir
}

/// What changed between two snapshots: an organization that drifted, one of which an account was not read, and one in which a waiver expired.
fn differences() -> Vec<Value> {
    let (gaps, later, examples) = (demo_with_gaps(), later_demo(), root().join("examples"));
    let [demo, old, new] = ["demo", "topic-groups", "topic-groups-drifted"].map(|example| examples.join(example));
    let diff = |old: &Path, new: &Path| {
        let mut command = assert_cmd::Command::cargo_bin("rolehop").unwrap();
        command.env_clear().current_dir(root()).args(["diff", "--json"]);
        let output = command.args([old, new]).arg("--config").arg(new.join("rolehop.toml")).output().unwrap();
        serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|e| panic!("diff: {e}: {}", String::from_utf8_lossy(&output.stderr)))
    };
    // the way to escalate that the demo has, closed
    let mut closed = assert_cmd::Command::cargo_bin("rolehop").unwrap();
    closed.env_clear().current_dir(&demo).args([
        "what-if",
        "--json",
        "--edges",
        "assume,escalation",
        "--snapshot",
        ".",
    ]);
    let closed = closed.args(["--remove-statement", "prod-data/role/etl-deploy:deploy#1"]).output().unwrap();
    let closed = serde_json::from_slice(&closed.stdout).unwrap();
    let planned =
        ["what-if", "--terraform", "examples/demo/terraform/plan.json", "--terraform", "tests/planned/left.json"];
    let planned = printed(&planned, "demo");
    vec![diff(&old, &new), diff(&new, &old), diff(&demo, gaps.path()), diff(&demo, later.path()), closed, planned]
}

/// Sheets that were filled in, in part and by hand, held against each other, and against the demo as it is and with an account less.
fn reviews(all: &mut BTreeMap<&'static str, Vec<Value>>) {
    let (home, gaps, demo) = (tempfile::tempdir().unwrap(), demo_with_gaps(), root().join("examples/demo"));
    let run = |arguments: &[&str], snapshot: &Path| {
        let mut command = assert_cmd::Command::cargo_bin("rolehop").unwrap();
        command
            .env_clear()
            .current_dir(home.path())
            .arg("review")
            .args(arguments)
            .arg("--config")
            .arg(demo.join("rolehop.toml"));
        command.arg("--snapshot").arg(snapshot).output().unwrap().stdout
    };
    run(&["prod", "--csv", "-o", "new.csv"], &demo);
    let sheet = std::fs::read_to_string(home.path().join("new.csv")).unwrap();
    let (lines, population): (Vec<&str>, Vec<&str>) = sheet.lines().partition(|line| !line.starts_with("population"));
    let lines: Vec<String> = lines.iter().skip(2).map(|line| line.replace(",admin,", ",read,")).collect();
    let header = sheet.lines().next().unwrap();
    let old = [
        &[header.to_owned()],
        &lines[..],
        &[lines[0].clone(), lines[0].clone()],
        &population.iter().map(ToString::to_string).collect::<Vec<_>>(),
    ];
    std::fs::write(home.path().join("old.csv"), old.concat().join("\n")).unwrap();
    run(&["prod", "--csv", "--allow-partial", "-o", "part.csv", "--at", "2026-11-20T00:00:00Z"], gaps.path());
    run(&["prod-core/deploy-admin", "--csv", "-o", "other.csv"], &demo);
    for (name, arguments) in [
        ("review-diff", &["diff", "old.csv", "new.csv"][..]),
        ("review-diff", &["diff", "part.csv", "other.csv"]),
        ("review-check", &["check", "old.csv", "--sheet-only"]),
        ("review-check", &["check", "old.csv"]),
        ("review-check", &["check", "part.csv"]),
    ] {
        let printed = run(&[arguments, &["--json"]].concat(), &demo);
        all.entry(name).or_default().push(serde_json::from_slice(&printed).unwrap());
    }
}

/// A help desk that makes the key of a user who may change its own policies, as the AWS CLI lists them.
fn taken_over() -> tempfile::TempDir {
    const ID: &str = "111122223333";
    let home = tempfile::tempdir().unwrap();
    let arn = |what: &str| format!("arn:aws:iam::{ID}:{what}");
    let user = |name: &str, action: &str| {
        let allow = json!({"Effect": "Allow", "Action": action, "Resource": arn("user/coder")});
        json!({"Path": "/", "UserName": name, "UserId": format!("AIDA{name}"), "Arn": arn(&format!("user/{name}")),
            "CreateDate": "2024-01-01T00:00:00Z", "GroupList": [], "AttachedManagedPolicies": [],
            "UserPolicyList": [{"PolicyName": "own", "PolicyDocument": {"Version": "2012-10-17", "Statement": [allow]}}]})
    };
    let trust = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]});
    let role = json!({"Path": "/", "RoleName": "app", "RoleId": "AROAapp", "Arn": arn("role/app"),
        "CreateDate": "2024-01-01T00:00:00Z", "AssumeRolePolicyDocument": trust, "InstanceProfileList": [],
        "RolePolicyList": [], "AttachedManagedPolicies": [
            {"PolicyName": "AdministratorAccess", "PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}]});
    let everything =
        json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]});
    let managed = json!({"PolicyName": "AdministratorAccess", "PolicyId": "ANPAadmin", "Path": "/",
        "Arn": "arn:aws:iam::aws:policy/AdministratorAccess", "DefaultVersionId": "v1", "AttachmentCount": 1,
        "PolicyVersionList": [{"Document": everything, "VersionId": "v1", "IsDefaultVersion": true}]});
    let details = json!({
        "UserDetailList": [user("coder", "iam:PutUserPolicy"), user("desk", "iam:CreateAccessKey")],
        "GroupDetailList": [], "RoleDetailList": [role], "Policies": [managed]});
    let account = home.path().join("accounts").join(ID);
    std::fs::create_dir_all(&account).unwrap();
    std::fs::write(account.join("details.json"), details.to_string()).unwrap();
    std::fs::write(home.path().join("rolehop.toml"), "").unwrap();
    home
}

/// Answers by the name of their schema.
fn answers() -> BTreeMap<&'static str, Vec<Value>> {
    let mut all = BTreeMap::<&str, Vec<Value>>::new();
    for (name, commands) in CASES {
        let answers = commands.iter().map(|command| printed(command, "demo"));
        all.entry(name).or_default().extend(answers);
    }
    for example in ["appliance", "reseller", "role-switch", "security-hub", "topic-groups", "topic-groups-drifted"] {
        all.entry("findings").or_default().push(printed(&["check", "-q"], example));
        all.entry("accounts").or_default().push(printed(&["accounts", "-q"], example));
        all.entry("quotas").or_default().push(printed(&["quotas", "--all"], example));
        all.entry("edges").or_default().push(printed(&["export", "edges", "--include-unknown"], example));
    }
    let gaps = demo_with_gaps();
    for (name, question) in OF_GAPS {
        all.entry(name).or_default().push(printed_of(question, gaps.path()));
    }
    let people = people();
    for (name, question) in OF_PEOPLE {
        all.entry(name).or_default().push(printed_of(question, people.path()));
    }
    let question = ["path", "desk", "app", "--edges", "assume,escalation"];
    all.entry("path").or_default().push(printed_of(&question, taken_over().path()));
    all.insert("diff", differences());
    reviews(&mut all);
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("needs.csv");
    std::fs::write(&file, "user,role\nalice,*/vpc\nbob,A/ec2\n").unwrap();
    let groups = printed(&["plan", "groups", file.to_str().unwrap()], "topic-groups");
    all.entry("plan-groups").or_default().push(groups);
    let file = home.path().join("baseline.json");
    std::fs::write(&file, all["baseline"][0].to_string()).unwrap();
    let known = printed(&["check", "--baseline", file.to_str().unwrap()], "demo");
    all.entry("findings").or_default().push(known);
    let expect = "[[expect]]\nname = \"admins\"\ntarget = \"prod-core/deploy-admin\"\nonly = []\n";
    std::fs::write(gaps.path().join("rolehop.toml"), expect).unwrap();
    all.entry("findings").or_default().push(printed_of(&["check", "--rule", "expectation"], gaps.path()));
    let file = home.path().join("requests.json");
    for text in [
        r#"{"principal": "arn:aws:iam::111122223333:user/u", "action": "s3:GetObject", "resource": "*"}"#,
        r#"[{"name": "n", "principal": "arn:aws:iam::111122223333:user/u", "action": "s3:GetObject", "resource": "*",
            "context": {"no:SuchKey": "1"}, "identityPolicies": [{"Version": "2012-10-17", "Statement": [{"Sid": "s",
            "Effect": "Allow", "Action": "*", "Resource": "*"}]}]}]"#,
    ] {
        std::fs::write(&file, text).unwrap();
        all.entry("simulate").or_default().push(printed(&["simulate", file.to_str().unwrap()], "demo"));
    }
    all
}

/// Keys of every object at any depth.
fn keys<'a>(value: &'a Value, found: &mut BTreeSet<&'a str>) {
    match value {
        Value::Object(object) => {
            for (key, inner) in object {
                found.insert(key);
                keys(inner, found);
            }
        }
        Value::Array(list) => list.iter().for_each(|inner| keys(inner, found)),
        _ => {}
    }
}

/// Calls `visit` with each object of properties, and what is required of them.
fn objects<'a>(schema: &'a Value, visit: &mut dyn FnMut(&'a serde_json::Map<String, Value>, &'a Value)) {
    match schema {
        Value::Object(object) => {
            if let Some(Value::Object(properties)) = object.get("properties") {
                visit(properties, schema);
            }
            object.values().for_each(|inner| objects(inner, visit));
        }
        Value::Array(list) => list.iter().for_each(|inner| objects(inner, visit)),
        _ => {}
    }
}

#[test]
fn every_answer_validates_against_its_published_schema() {
    for (name, answers) in answers() {
        let validator = jsonschema::draft202012::options().build(&schema(name)).unwrap();
        assert!(!answers.is_empty());
        for mut answer in answers {
            let errors: Vec<String> =
                validator.iter_errors(&answer).map(|e| format!("{}: {e}", e.instance_path())).collect();
            assert!(errors.is_empty(), "{name}: {errors:#?}");
            let inner = if answer.is_array() { &mut answer[0] } else { &mut answer };
            inner["surprise"] = Value::Null;
            assert!(!validator.is_valid(&answer), "{name} accepts a key that it does not describe");
        }
    }
}

#[test]
fn every_key_of_a_schema_is_described_and_written_by_some_command() {
    let answers = answers();
    let mut written = BTreeSet::new();
    answers.values().flatten().for_each(|answer| keys(answer, &mut written));
    for (name, _) in CASES {
        let schema = schema(name);
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema", "{name}");
        objects(&schema, &mut |properties, object| {
            assert_eq!(object["additionalProperties"], false, "{name}: {object}");
            for (key, property) in properties {
                let described = property["description"].as_str().or_else(|| {
                    let target = property["$ref"].as_str()?.strip_prefix("#/$defs/")?;
                    schema["$defs"][target]["description"].as_str()
                });
                assert!(described.is_some_and(|text| text.len() > 3), "{name}: `{key}` is not described");
                let required = object["required"].as_array().unwrap().iter().any(|required| required == key);
                let known = written.contains(key.as_str()) || (!required && RARE.contains(&key.as_str()));
                assert!(known, "{name}: no command writes `{key}`");
            }
        });
    }
}

#[test]
fn every_schema_is_tested_and_named_in_the_contract() {
    let page = std::fs::read_to_string(root().join("docs/formats.md")).unwrap();
    for entry in std::fs::read_dir(root().join("reports/schemas")).unwrap() {
        let file = entry.unwrap().file_name().into_string().unwrap();
        let Some(name) = file.strip_suffix(".schema.json") else { continue };
        assert!(CASES.iter().any(|(tested, _)| *tested == name), "{file} has no case here");
        assert!(page.contains(&format!("reports/schemas/{file}")), "docs/formats.md does not name {file}");
    }
    // the version that a schema asks for is the one that the program writes, and the page says
    for (name, _) in CASES {
        if let Some(version) = schema(name)["properties"]["schema"]["const"].as_str() {
            assert!(page.contains(version), "docs/formats.md does not name {version}");
        }
    }
}
