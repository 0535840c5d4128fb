//! Missing data never reads as clean, whichever command is asked, and is unknown only if it could matter.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a world that cannot be built or judged has failed its test"
)]

#[path = "support/program.rs"]
mod program;
mod support;

use std::collections::BTreeMap;
use std::process::{Command, Output};

use program::run;
use rolehop::answer::Verdict;
use rolehop::finding::{Finding, Status};
use rolehop::graph::TrustGraph;
use rolehop::graph::query::{self, Targets};
use rolehop::rules::{self, RuleSelection};
use rolehop::selection::TargetSpec;
use serde_json::{Value, json};
use support::{DEV, HUB, PROD, VENDOR, World, answer, may_assume, path, role, root, trusts, trusts_if, user};

fn findings(world: &World, rule: &str) -> Vec<Finding> {
    let estate = world.estate();
    let selection = RuleSelection { only: vec![rule.to_owned()], ..RuleSelection::default() };
    rules::check(&TrustGraph::new(&estate), &selection).unwrap().findings
}

fn admin() -> Value {
    json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})
}

fn rolehop(world: &World, arguments: &[&str]) -> Output {
    let dir = world.write();
    let mut command = Command::new(assert_cmd::cargo::cargo_bin("rolehop"));
    command.args(arguments).args(["--no-config", "--snapshot"]).arg(dir.path()).output().unwrap()
}

fn texts(output: &Output) -> (i32, String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

/// A user whose group is not in the file, a role that trusts the user's account.
fn group_missing() -> World {
    let mut world = World::of_organization();
    world.user(HUB, "ann", &[]).with(HUB, "UserDetailList", "GroupList", json!(["ops"]));
    world.role(PROD, "deploy", trusts(root(HUB)), &[admin()]);
    world
}

type Damage = fn(&mut World);

/// Everything that can be missing on a user's path to a role.
const DAMAGES: &[(&str, Damage)] = &[
    ("group", |world| {
        world.user(HUB, "ann", &[]).with(HUB, "UserDetailList", "GroupList", json!(["ops"]));
        world.role(PROD, "deploy", trusts(root(HUB)), &[admin()]);
    }),
    ("managed policy", |world| {
        let attached = json!([{"PolicyName": "lost", "PolicyArn": "arn:aws:iam::111111111111:policy/lost"}]);
        world.user(HUB, "ann", &[]).with(HUB, "UserDetailList", "AttachedManagedPolicies", attached);
        world.role(PROD, "deploy", trusts(root(HUB)), &[admin()]);
    }),
    ("boundary", |world| {
        let boundary = json!({"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": "arn:aws:iam::111111111111:policy/lost"});
        world.user(HUB, "ann", &[may_assume(&["*"])]).with(HUB, "UserDetailList", "PermissionsBoundary", boundary);
        world.role(PROD, "deploy", trusts(root(HUB)), &[admin()]);
    }),
    ("trust", |world| {
        world.user(HUB, "ann", &[may_assume(&["*"])]);
        world.role(PROD, "deploy", json!({"Version": "2012-10-17", "Statement": "nonsense"}), &[admin()]);
    }),
    ("SCP", |world| {
        world.user(DEV, "ann", &[may_assume(&["*"])]);
        world.role(PROD, "deploy", trusts(root(DEV)), &[admin()]);
        world.guardrail("SERVICE_CONTROL_POLICY", "ou-dev", json!({"Version": "2012-10-17", "Statement": "nonsense"}));
    }),
    ("RCP", |world| {
        world.user(HUB, "ann", &[may_assume(&["*"])]);
        world.role(PROD, "deploy", trusts(root(HUB)), &[admin()]);
        world.guardrail(
            "RESOURCE_CONTROL_POLICY",
            "ou-prod",
            json!({"Version": "2012-10-17", "Statement": "nonsense"}),
        );
    }),
    ("the role's own policy", |world| {
        world.user(HUB, "ann", &[may_assume(&["*"])]);
        let attached = json!([{"PolicyName": "lost", "PolicyArn": "arn:aws:iam::222222222222:policy/lost"}]);
        world.role(PROD, "deploy", trusts(root(HUB)), &[]);
        world.with(PROD, "RoleDetailList", "AttachedManagedPolicies", attached);
    }),
    ("an account", |world| {
        world.role(PROD, "deploy", trusts(root(HUB)), &[admin()]).without_file(HUB);
    }),
    ("an account with a role that the trust names", |world| {
        world.role(PROD, "deploy", trusts(json!({"AWS": role(HUB, "hop")})), &[admin()]).without_file(HUB);
    }),
];

#[test]
fn of_accounts_of_which_none_was_read_nothing_is_clean() {
    let mut world = World::of_organization();
    world.role(PROD, "ops", trusts(root(DEV)), &[]).without_file(DEV);
    let listed = world.organization()["Accounts"].as_array_mut().unwrap();
    listed.iter_mut().find(|account| account["Id"] == DEV).unwrap()["State"] = json!("SUSPENDED");
    let dir = world.write();
    let ask = |arguments: &[&str]| run(&[], &[arguments, &["--snapshot", dir.path().to_str().unwrap()]].concat());
    for question in [["check", "--account", "dev"], ["quotas", "--account", "dev"], ["check", "--ou", "/Dev"]] {
        let ended = ask(&question);
        assert_eq!(ended.code, Some(4), "{question:?}: {ended:?}");
        assert!(ended.err.contains("nothing is known of what is asked for"), "{ended:?}");
    }
    // beside one that was read it changes nothing
    let both = ask(&["check", "--account", "dev,prod", "--rule", "access-key-old"]);
    assert!(!both.err.contains("nothing is known"), "{both:?}");
}

#[test]
fn an_account_of_the_organization_that_was_not_read_is_no_outsider() {
    let mut world = World::of_organization();
    world.role(PROD, "ops", trusts(root(DEV)), &[]).role(PROD, "vendor", trusts(root(VENDOR)), &[]).without_file(DEV);
    let dir = world.write();
    let ask = |arguments: &[&str]| {
        run(&[], &[&["who-can", "prod", "--snapshot", dir.path().to_str().unwrap()][..], arguments].concat()).out
    };
    assert!(ask(&[]).contains("1 unread account"), "{}", ask(&[]));
    let (outside, people) = (ask(&["--external-only", "-f", "csv"]), ask(&["--people", "-f", "csv"]));
    assert!(outside.contains(VENDOR) && !outside.contains(DEV), "{outside}");
    // of an outside account nobody knows whether people or programs call
    assert!(people.contains(DEV) && people.contains(VENDOR), "{people}");
}

#[test]
fn a_path_that_rests_on_what_is_missing_is_unknown_to_the_rule() {
    for (what, damage) in DAMAGES {
        let mut world = World::of_organization();
        damage(&mut world);
        let found = findings(&world, "human-path-without-mfa");
        // an account that was not read as a whole, else the user who may reach the role, or its group
        let [only] = found.as_slice() else { panic!("{what}: {found:#?}") };
        let people = [user(HUB, "ann"), user(DEV, "ann"), format!("arn:aws:iam::{HUB}:root")];
        assert!(people.contains(&only.subject) || only.subject.contains(":group/"), "{what}: {}", only.subject);
        assert_eq!(only.status, Status::Unknown, "{what}");
        assert!(only.message.len() > "cannot be judged: ".len(), "{what}: {}", only.message);
    }
}

#[test]
fn no_command_calls_it_clean() {
    for (what, damage) in DAMAGES {
        let mut world = World::of_organization();
        damage(&mut world);
        let (code, _, said) = texts(&rolehop(&world, &["check", "--json"]));
        // 5 where what was read has findings of its own
        assert!(matches!(code, 4 | 5), "{what}: {code} {said}");
        let (code, table, said) = texts(&rolehop(&world, &["accounts"]));
        assert_eq!(code, 4, "{what}: {said}");
        assert!(
            table.contains("incomplete (") || table.contains("missing data of the organization"),
            "{what}: {table}"
        );
        let (code, _, said) = texts(&rolehop(&world, &["export", "edges", "-f", "json"]));
        assert_eq!(code, 4, "{what}: {said}");
        assert!(said.contains("incomplete: "), "{what}: {said}");
    }
}

#[test]
fn unknown_edges_that_are_left_out_are_counted() {
    let (code, rows, said) = texts(&rolehop(&group_missing(), &["export", "edges"]));
    assert_eq!((code, rows.lines().count()), (4, 1), "{rows}");
    assert!(said.contains("1 edge is unknown") && said.contains("--include-unknown"), "{said}");
    let (code, rows, said) = texts(&rolehop(&group_missing(), &["export", "edges", "--include-unknown"]));
    assert_eq!((code, rows.lines().count()), (4, 2), "{rows}");
    assert!(!said.contains("--include-unknown"), "{said}");
}

#[test]
fn what_the_facts_at_hand_decide_is_not_unknown() {
    // the trust policy names no principal of the account whose policies are missing; none of ours is a user
    let mut world = World::of_organization();
    world.user(HUB, "ann", &[]).with(HUB, "UserDetailList", "GroupList", json!(["ops"]));
    world.role(PROD, "deploy", trusts(root(DEV)), &[admin()]);
    assert_eq!(findings(&world, "human-path-without-mfa"), []);
    // every caller must have MFA
    let mut world = World::of_organization();
    world.user(HUB, "ann", &[]).with(HUB, "UserDetailList", "GroupList", json!(["ops"]));
    let strict = support::trusts_if(root(HUB), json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}}));
    world.role(PROD, "deploy", strict, &[admin()]);
    assert_eq!(findings(&world, "human-path-without-mfa"), []);
    // the role has read-only access
    let reads =
        json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]});
    let mut world = World::of_organization();
    world.user(HUB, "ann", &[]).with(HUB, "UserDetailList", "GroupList", json!(["ops"]));
    world.role(PROD, "deploy", trusts(root(HUB)), &[reads]);
    assert_eq!(findings(&world, "human-path-without-mfa"), []);
}

#[test]
fn a_user_who_certainly_reaches_a_role_is_told_of_beside_one_who_may() {
    let mut world = group_missing();
    world.user(HUB, "ben", &[may_assume(&["*"])]);
    let found = findings(&world, "human-path-without-mfa");
    let (open, unknown): (Vec<&Finding>, Vec<&Finding>) = found.iter().partition(|f| f.status == Status::Open);
    let ([open], [unknown]) = (open.as_slice(), unknown.as_slice()) else { panic!("{found:#?}") };
    assert_eq!(open.path, [user(HUB, "ben"), role(PROD, "deploy")]);
    assert_eq!((unknown.status, open.subject.as_str()), (Status::Unknown, user(HUB, "ben").as_str()));
}

#[test]
fn a_filter_hides_no_finding_from_the_exit_code() {
    let mut world = World::of_organization();
    world.user(HUB, "ben", &[may_assume(&["*"])]).role(PROD, "deploy", trusts(root(HUB)), &[admin()]);
    let only = ["check", "--rule", "human-path-without-mfa", "--min-severity", "critical"];
    assert_eq!(texts(&rolehop(&world, &only)).0, 3);
    assert_eq!(texts(&rolehop(&group_missing(), &only)).0, 4);
}

#[test]
fn what_a_severity_hides_is_counted_and_said_to_be_hidden() {
    let mut world = World::of_organization();
    world.user(HUB, "ben", &[may_assume(&["*"])]).role(PROD, "deploy", trusts(root(HUB)), &[admin()]);
    let only = ["check", "--rule", "human-path-without-mfa", "--min-severity", "critical"];
    let out = |more: &[&str]| texts(&rolehop(&world, &[&only[..], more].concat())).1;
    let json: Value = serde_json::from_str(&out(&["--json"])).unwrap();
    assert_eq!((&json["summary"]["open"], &json["findings"]), (&json!(1), &json!([])));
    assert_eq!(json["left_out"], json!({"min_severity": "critical", "findings": 1}));
    let whole = texts(&rolehop(&world, &["check", "--rule", "human-path-without-mfa", "--json"])).1;
    assert!(!whole.contains("left_out"), "{whole}");
    for format in [&[][..], &["-f", "markdown"], &["-f", "sarif"], &["-f", "html"]] {
        let text = out(format);
        assert!(text.contains("1 finding less severe than critical"), "{format:?}: {text}");
        assert!(format == ["-f", "html"] || !text.contains("0 open"), "{format:?}: {text}");
    }
    let free = texts(&rolehop(&world, &[&only[..], &["--no-fail"]].concat())).2;
    assert!(free.contains("open findings of severity high or worse do not change it"), "{free}");
}

#[test]
fn a_role_that_may_enter_itself_is_not_reachable_by_that() {
    let mut world = World::of_organization();
    let own = role(PROD, "OrganizationAccountAccessRole");
    world.role(PROD, "OrganizationAccountAccessRole", trusts(json!({"AWS": own})), &[admin()]);
    assert_eq!(findings(&world, "organization-admin-role-reachable"), []);
    world.role(PROD, "other", trusts(json!({"Service": "ec2.amazonaws.com"})), &[admin()]);
    assert_eq!(findings(&world, "organization-admin-role-reachable"), []);
}

fn who(world: &World, spec: TargetSpec) -> (bool, Vec<String>, Vec<String>) {
    let estate = world.estate();
    let targets: Targets = BTreeMap::from([("prod".to_owned(), spec)]);
    let answer = query::who_can(&TrustGraph::new(&estate), "prod", &targets).unwrap();
    let gaps = answer.gaps.iter().map(|gap| format!("{}: {}", gap.facet, gap.reason)).collect();
    (answer.proven, answer.resolved.to_vec(), gaps)
}

fn list(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

/// Prod and dev with one role each; the hub has one too.
fn three() -> World {
    let mut world = World::of_organization();
    for account in [HUB, PROD, DEV] {
        world.role(account, "ops", trusts(json!({"Service": "ec2.amazonaws.com"})), &[]);
    }
    world
}

/// A trust policy for everyone, restricted by a condition to a principal of an account that was not read.
#[test]
fn whom_a_condition_names_may_be_of_an_account_that_was_not_read() {
    let verdict = |named: &str| {
        let mut world = World::of_organization();
        let pinned = json!({"ArnEqualsIfExists": {"aws:PrincipalArn": named}});
        world.role(PROD, "ops", trusts_if(json!({"AWS": "*"}), pinned), &[]).without_file(DEV);
        support::path(&world, &user(DEV, "ann"), &role(PROD, "ops")).verdict
    };
    assert_eq!(verdict(&user(DEV, "ann")), Verdict::Unknown);
    assert_eq!(verdict(&user(HUB, "ann")), Verdict::Denied);
}

/// If the OUs above an account were not read, its organization path is unknown, except that it is one of the
/// organization's.
#[test]
fn organization_paths_are_unknown_where_units_are() {
    let verdict = |path: &str| {
        let mut world = World::of_organization();
        listed(&mut world, DEV).as_object_mut().unwrap().shift_remove("ParentId");
        let ours = json!({"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": path}});
        world.role(PROD, "ops", trusts_if(json!({"AWS": "*"}), ours), &[]);
        // SCPs and RCPs of its own would leave it open too
        world.organization()["Roots"][0]["PolicyTypes"] = json!([]);
        world.user(DEV, "ann", &[may_assume(&["*"])]);
        support::path(&world, &user(DEV, "ann"), &role(PROD, "ops")).verdict
    };
    assert_eq!(verdict("o-example/r-root/ou-dev/*"), Verdict::Unknown);
    assert_eq!(verdict("o-example/*"), Verdict::Allowed);
    assert_eq!(verdict("o-other/*"), Verdict::Denied);
}

fn listed<'w>(world: &'w mut World, account: &str) -> &'w mut Value {
    let accounts = world.organization()["Accounts"].as_array_mut().unwrap();
    accounts.iter_mut().find(|listed| listed["Id"] == account).unwrap()
}

#[test]
fn tags_that_were_not_read_leave_a_target_open() {
    let by_tag = || TargetSpec { tags: BTreeMap::from([("env".to_owned(), list(&["prod"]))]), ..TargetSpec::default() };
    let mut world = three();
    listed(&mut world, PROD)["Tags"] = json!([{"Key": "env", "Value": "prod"}]);
    listed(&mut world, HUB)["Tags"] = json!([]);
    let (proven, resolved, gaps) = who(&world, by_tag());
    assert_eq!((proven, resolved), (false, vec![role(PROD, "ops")]));
    assert_eq!(gaps, ["account-tags: account tags were not read: it may belong to `prod`"]);
    // if none was read: open as well, and no error that nothing matches
    let (proven, resolved, gaps) = who(&three(), by_tag());
    assert_eq!((proven, resolved, gaps.len()), (false, vec![], 1), "{gaps:?}");
    // a selector that does not need them still works
    let by_unit = TargetSpec { ou: list(&["/Prod"]), tags: by_tag().tags, ..TargetSpec::default() };
    for account in [HUB, DEV] {
        listed(&mut world, account)["Tags"] = json!([]);
    }
    listed(&mut world, PROD).as_object_mut().unwrap().remove("Tags");
    assert_eq!(who(&world, by_unit), (true, vec![role(PROD, "ops")], vec![]));
}

#[test]
fn units_names_and_lists_that_were_not_read_leave_a_target_open() {
    let by_unit = || TargetSpec { ou: list(&["/Prod"]), ..TargetSpec::default() };
    let mut world = three();
    listed(&mut world, DEV).as_object_mut().unwrap().remove("ParentId");
    let (_, resolved, gaps) = who(&world, by_unit());
    assert_eq!(resolved, [role(PROD, "ops")]);
    assert!(gaps.iter().any(|gap| gap.contains("OUs above")), "{gaps:?}");
    let mut world = three();
    listed(&mut world, DEV).as_object_mut().unwrap().remove("Name");
    let by_name = TargetSpec { names: list(&["pr*"]), ..TargetSpec::default() };
    assert!(!who(&world, by_name.clone()).0);
    assert!(who(&three(), by_name.clone()).0);
    // an account that may be excluded again is not certainly selected
    let except = TargetSpec { ou: list(&["/Dev"]), except: list(&["dev-sandbox"]), ..TargetSpec::default() };
    let (proven, resolved, _) = who(&world, except);
    assert_eq!((proven, resolved), (false, vec![]));
    let mut world = three();
    world.organization().as_object_mut().unwrap().remove("Accounts");
    for spec in [by_name, by_unit()] {
        let (proven, _, gaps) = who(&world, spec);
        assert!(!proven && gaps.iter().any(|gap| gap.contains("list of accounts")), "{gaps:?}");
    }
    let by_id = TargetSpec { accounts: list(&[PROD, "444444444444"]), ..TargetSpec::default() };
    let (proven, resolved, gaps) = who(&three(), by_id);
    assert_eq!((proven, resolved, gaps.len()), (false, vec![role(PROD, "ops")], 1), "{gaps:?}");
}

#[test]
fn a_preview_says_what_may_belong_to_the_target() {
    let mut world = three();
    listed(&mut world, PROD)["Tags"] = json!([{"Key": "env", "Value": "prod"}]);
    let dir = world.write();
    let config = dir.path().join("rolehop.toml");
    std::fs::write(&config, "version = 1\n[targets.prod]\ntags = { env = ['prod'] }\n").unwrap();
    let ask = |arguments: &[&str]| {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin("rolehop"));
        command.args(arguments).arg("--config").arg(&config).arg("--snapshot").arg(dir.path());
        texts(&command.output().unwrap())
    };
    let (code, shown, said) = ask(&["targets", "show", "prod"]);
    assert_eq!(code, 4, "{said}");
    assert!(shown.contains("at least 1 account") && shown.contains("account-tags"), "{shown}");
    for question in [["who-can", "prod"], ["who-can", "tag:env=dev"]] {
        let (code, shown, said) = ask(&question);
        assert_eq!(code, 4, "{said}");
        assert!(shown.contains("account-tags"), "{shown}");
    }
    // the account that is certainly selected can be asked about
    let (code, _, said) = ask(&["path", "ec2.amazonaws.com", "prod"]);
    assert_eq!(code, 0, "{said}");
}

/// IAM saves neither: what was meant is not known.
#[test]
fn a_statement_that_lacks_what_its_kind_of_policy_must_have_is_damage_and_no_denial() {
    let statement = |more: Value| {
        let mut statement = json!({"Effect": "Allow", "Action": "sts:AssumeRole"});
        statement.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({"Version": "2012-10-17", "Statement": [statement]})
    };
    let sound = || {
        let mut world = World::of_organization();
        world.role(PROD, "ops", trusts(root(DEV)), &[]).user(DEV, "ann", &[may_assume(&["*"])]);
        world
    };
    let verdict = |world: &World| answer(world, &user(DEV, "ann"), &role(PROD, "ops")).0;
    assert_eq!(verdict(&sound()), Verdict::Allowed);
    for trust in [json!({}), json!({"Resource": "*"})] {
        let mut world = sound();
        world.with(PROD, "RoleDetailList", "AssumeRolePolicyDocument", statement(trust));
        assert_eq!(verdict(&world), Verdict::Unknown);
    }
    for own in [json!({}), json!({"Principal": "*", "Resource": "*"})] {
        let mut world = sound();
        let policies = json!([{"PolicyName": "own", "PolicyDocument": statement(own)}]);
        world.with(DEV, "UserDetailList", "UserPolicyList", policies);
        assert_eq!(verdict(&world), Verdict::Unknown);
        let found = path(&world, &user(DEV, "ann"), &role(PROD, "ops"));
        assert!(found.gaps[0].reason.contains("policy `own` does not parse: statement 0: "), "{:?}", found.gaps);
    }
    let mut world = sound();
    world.guardrail("SERVICE_CONTROL_POLICY", "r-root", json!({"Statement": [{"Effect": "Deny", "Action": "*"}]}));
    assert_eq!(verdict(&world), Verdict::Unknown);
}

#[test]
fn a_trust_that_was_not_read_may_let_in_any_service_and_provider_of_its_account() {
    let mut world = World::of_organization();
    world.role(PROD, "open", trusts(json!({"Service": "ec2.amazonaws.com"})), &[]);
    world.role(PROD, "deploy", trusts(root(PROD)), &[]);
    let known = world.estate();
    for role in world.account(PROD)["RoleDetailList"].as_array_mut().unwrap() {
        if role["RoleName"] == "deploy" {
            role.as_object_mut().unwrap().remove("AssumeRolePolicyDocument");
        }
    }
    let unread = world.estate();
    let of_prod = format!("arn:aws:iam::{PROD}:saml-provider/okta");
    let of_dev = format!("arn:aws:iam::{DEV}:saml-provider/okta");
    for (from, verdict) in [
        ("lambda.amazonaws.com", Verdict::Unknown),
        ("accounts.google.com", Verdict::Unknown),
        (of_prod.as_str(), Verdict::Unknown),
        (of_dev.as_str(), Verdict::Denied),
    ] {
        let path = |estate: &_| query::path(&TrustGraph::new(estate), from, "prod/deploy", &Targets::new());
        let Ok(found) = path(&unread) else { panic!("{from} can be asked about") };
        assert_eq!(found.verdict, verdict, "{from}");
        assert_eq!(path(&known).unwrap().verdict, Verdict::Denied, "{from}");
        let can = query::can(&TrustGraph::new(&unread), from).unwrap();
        assert_eq!(can.proven, verdict == Verdict::Denied, "{from}");
    }
}
