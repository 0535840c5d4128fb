//! Rules about policies and edges.

use serde_json::{Value, json};

use crate::{ACCOUNT, World, example, rule};

fn arn(rest: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:{rest}")
}

fn document(statement: Value) -> Value {
    json!({"Version": "2012-10-17", "Statement": [statement]})
}

fn inline(statement: Value) -> Value {
    json!({"PolicyName": "own", "PolicyDocument": document(statement)})
}

fn role(name: &str, trust: Value, policies: Value, attached: Value) -> Value {
    json!({
        "RoleName": name, "Path": "/", "RoleId": format!("AROA{name}"), "Arn": arn(&format!("role/{name}")),
        "CreateDate": "2026-01-01T00:00:00Z", "AssumeRolePolicyDocument": trust, "InstanceProfileList": [],
        "RolePolicyList": policies, "AttachedManagedPolicies": attached, "Tags": [],
    })
}

fn user(name: &str, policies: Value) -> Value {
    json!({
        "UserName": name, "Path": "/", "UserId": format!("AIDA{name}"), "Arn": arn(&format!("user/{name}")),
        "CreateDate": "2026-01-01T00:00:00Z", "GroupList": [], "AttachedManagedPolicies": [], "UserPolicyList": policies,
    })
}

fn trusting(principal: Value, condition: Value) -> Value {
    document(json!({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", "Condition": condition}))
}

impl World {
    fn with(self, users: Value, roles: Value, policies: Value) -> Self {
        let account =
            json!({"UserDetailList": users, "GroupDetailList": [], "RoleDetailList": roles, "Policies": policies});
        std::fs::write(self.path().join(format!("snapshot/accounts/{ACCOUNT}.json")), account.to_string()).unwrap();
        self
    }

    /// What a rule about such subjects finds.
    fn said(&self, subject: &str, when: &str) -> Vec<String> {
        self.rule("a.toml", &rule("own", when).replace("\"role\"", &format!("\"{subject}\"")));
        self.findings("own")
    }
}

fn managed(name: &str, statement: Value) -> Value {
    json!({
        "PolicyName": name, "PolicyId": format!("ANPA{name}"), "Arn": arn(&format!("policy/{name}")), "Path": "/",
        "DefaultVersionId": "v1", "AttachmentCount": 1, "IsAttachable": true, "CreateDate": "2026-01-01T00:00:00Z",
        "UpdateDate": "2026-01-01T00:00:00Z",
        "PolicyVersionList": [{"Document": document(statement), "VersionId": "v1", "IsDefaultVersion": true}],
    })
}

fn world_of_policies() -> World {
    let here = json!({"Service": "ec2.amazonaws.com"});
    let attached = |name: &str| json!([{"PolicyName": name, "PolicyArn": arn(&format!("policy/{name}"))}]);
    let reads = json!({"Effect": "Allow", "Action": ["s3:GetObject", "s3:List*"], "Resource": "arn:aws:s3:::logs/*"});
    let passes = json!({"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*", "Condition": {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}});
    let policies = json!([
        managed("deploy", passes),
        managed("spare", json!({"Effect": "Allow", "Action": "*", "Resource": "*"})),
        managed("fence", json!({"Effect": "Allow", "NotAction": "iam:*", "NotResource": "arn:aws:s3:::audit/*"})),
    ]);
    let mut bounded = role("b", trusting(here.clone(), json!({})), json!([inline(reads.clone())]), json!([]));
    bounded["PermissionsBoundary"] =
        json!({"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn("policy/fence")});
    let roles =
        json!([role("a", trusting(here, json!({})), json!([inline(reads.clone())]), attached("deploy")), bounded]);
    let deny = json!({"Effect": "Deny", "Action": "ec2:*", "Resource": "*"});
    World::new().with(
        json!([user("ann", json!([inline(reads), {"PolicyName": "no", "PolicyDocument": document(deny)}]))]),
        roles,
        policies,
    )
}

#[test]
fn a_rule_about_policies_judges_each_document_once_with_who_has_it() {
    let world = world_of_policies();
    let named = |names: &[&str]| names.iter().map(|name| format!("open {name}: It holds")).collect::<Vec<_>>();
    let inlined = "open a: inline policy `own`: It holds; the same policy of role/b and user/ann";
    let no = "open ann: inline policy `no`: It holds";
    for (when, found) in [
        ("policy.kind == 'managed'", named(&["deploy", "fence", "spare"])),
        ("policy.kind == 'inline' && policy.arn == '' && policy.attached_to == 3", vec![inlined.to_owned()]),
        ("policy.roles == ['a', 'b'] && policy.users == ['ann'] && policy.groups == []", vec![inlined.to_owned()]),
        ("policy.attached_to == 0 && !policy.boundary", named(&["spare"])),
        ("policy.boundary", named(&["fence"])),
        ("policy.roles == ['a'] && 'iam:PassRole' in policy.actions", named(&["deploy"])),
        ("policy.conditions == ['iam:PassedToService']", named(&["deploy"])),
        ("policy.allows_everything", named(&["spare"])),
        ("policy.writes", named(&["deploy", "fence", "spare"])),
        ("policy.all_resources", named(&["deploy", "spare"])),
        ("policy.not_action && policy.not_resource && policy.actions == []", named(&["fence"])),
        ("policy.resources == ['arn:aws:s3:::logs/*']", vec![inlined.to_owned()]),
        ("policy.denied_actions == ['ec2:*']", vec![no.to_owned()]),
        // {"Version":"2012-10-17","Statement":[{"Action":"*","Effect":"Allow","Resource":"*"}]}
        ("policy.name == 'spare' && policy.size == 85", named(&["spare"])),
        ("account.users == 1 && policy.name == 'spare'", named(&["spare"])),
    ] {
        assert_eq!(world.said("policy", when), found, "{when}");
    }
    // three managed policies, one inline policy of three and one of one
    assert_eq!(world.counts("policy", "false"), [5, 0, 0]);
}

#[test]
fn a_policy_whose_document_or_holders_were_not_read_is_unknown() {
    let here = json!({"Service": "ec2.amazonaws.com"});
    let mut listed = role("a", trusting(here, json!({})), json!([]), json!([]));
    // a plain list of roles says nothing of their policies
    listed.as_object_mut().unwrap().remove("AttachedManagedPolicies");
    let broken = managed("broken", json!({"Effect": "Perhaps"}));
    let fine = managed("fine", json!({"Effect": "Allow", "Action": "*", "Resource": "*"}));
    let world = World::new().with(json!([]), json!([listed]), json!([broken, fine]));
    let of = |when: &str, name: &str| {
        world.said("policy", when).into_iter().find(|line| line.contains(&format!(" {name}: ")))
    };
    assert!(of("policy.writes", "broken").unwrap().starts_with("unknown "));
    assert_eq!(of("policy.writes", "fine").unwrap(), "open fine: It holds");
    assert_eq!(of("policy.writes && policy.name == 'x'", "broken"), None);
    for when in ["policy.attached_to == 0", "policy.boundary", "!policy.boundary", "policy.roles == []"] {
        assert!(of(when, "fine").unwrap().starts_with("unknown "), "{when}");
    }
}

/// Somebody who may assume anything, as user and as role, and roles that trust their account.
fn world_of_edges() -> World {
    let may = json!([inline(json!({"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}))]);
    let account = || json!({"AWS": ACCOUNT});
    let mfa = json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}});
    let weak = json!({"BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}});
    let vendor = json!({"StringEquals": {"sts:ExternalId": "Zp4vTq8mWc2n"}});
    let none = json!([]);
    World::new().with(
        json!([user("ann", may.clone())]),
        json!([
            role("caller", trusting(json!({"Service": "ec2.amazonaws.com"}), json!({})), may, none.clone()),
            role("mfa", trusting(account(), mfa), none.clone(), none.clone()),
            role("weak", trusting(account(), weak), none.clone(), none.clone()),
            role("plain", trusting(account(), json!({})), none.clone(), none.clone()),
            role("vendor", trusting(json!({"AWS": "999900001111"}), vendor), none.clone(), none.clone()),
            role("open", trusting(json!({"AWS": "*"}), json!({})), none.clone(), none),
        ]),
        json!([]),
    )
}

#[test]
fn a_rule_about_edges_tells_who_calls_and_what_a_call_needs() {
    let world = world_of_edges();
    let from = |callers: &str, role: &str| format!("open {role}: It holds: from {callers}");
    for (when, found) in [
        ("edge.kind == 'service'", vec![from("ec2.amazonaws.com", "caller")]),
        // one that holds where the key is absent requires nothing: access keys have none
        ("edge.from_kind == 'user' && edge.mfa", vec![from("111122223333/ann", "mfa")]),
        (
            "edge.from_kind == 'user' && edge.conditions == ['aws:MultiFactorAuthPresent'] && edge.verdict == 'conditional'",
            vec![from("111122223333/ann", "mfa")],
        ),
        (
            "edge.from_kind == 'user' && edge.verdict == 'allowed' && role.name == 'weak'",
            vec![from("111122223333/ann", "weak")],
        ),
        ("edge.mfa", vec![from("111122223333/ann", "mfa")]),
        // a role has no MFA to bring, so it has no edge into `mfa`
        ("edge.from_kind == 'role' && edge.to.endsWith('mfa')", vec![]),
        (
            "edge.from_kind == 'role' && role.name == 'plain' && edge.verdict == 'allowed'",
            vec![from("111122223333/caller", "plain")],
        ),
        ("edge.external_id", vec![from("999900001111", "vendor")]),
        ("edge.from_accounts == ['999900001111'] && edge.crosses_accounts", vec![from("999900001111", "vendor")]),
        (
            "edge.from == ['*'] && edge.crosses_accounts && edge.crosses_organization && edge.action == 'sts:AssumeRole'",
            vec![from("*", "open")],
        ),
        (
            "edge.from_kind == 'user' && edge.from.exists(a, a.endsWith(':user/ann')) && !edge.crosses_accounts && role.name == 'plain'",
            vec![from("111122223333/ann", "plain")],
        ),
    ] {
        assert_eq!(world.said("edge", when), found, "{when}");
    }
    // without an organization, accounts that were not read are others', as for `role.external`
    assert_eq!(
        world.said("edge", "edge.crosses_organization && edge.crosses_accounts && role.name == 'vendor'"),
        [from("999900001111", "vendor")]
    );
}

#[test]
fn who_is_outside_is_what_the_rules_about_outsiders_say() {
    let (vendor, other) = ("999900001111", "888800002222");
    let everybody = |condition: Value| trusting(json!({"AWS": "*"}), condition);
    let equals = |key: &str, value: &str| json!({"StringEquals": {key: value}});
    let provider = arn("oidc-provider/token.actions.githubusercontent.com");
    let federated = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Federated": provider},
        "Action": "sts:AssumeRoleWithWebIdentity"}]});
    let trusts = [
        ("account", trusting(json!({"AWS": vendor}), json!({})), Some(vec![vendor])),
        ("anybody", everybody(json!({})), Some(vec!["*"])),
        ("anybody-by-id", everybody(equals("sts:ExternalId", "x")), Some(vec!["*"])),
        (
            "anybody-and-account",
            document(json!({"Effect": "Allow", "Principal": {"AWS": ["*", vendor]}, "Action": "sts:AssumeRole"})),
            Some(vec!["*", vendor]),
        ),
        ("network", everybody(equals("aws:SourceVpc", "vpc-1")), Some(vec!["*"])),
        ("ours", everybody(equals("aws:PrincipalOrgID", "o-example")), None),
        ("theirs", everybody(equals("aws:PrincipalOrgID", "o-another")), Some(vec!["o-another"])),
        ("own", everybody(equals("aws:PrincipalAccount", ACCOUNT)), None),
        ("pinned", everybody(equals("aws:PrincipalAccount", other)), Some(vec![other])),
        ("federated", federated, None),
        ("service", trusting(json!({"Service": "ec2.amazonaws.com"}), json!({})), None),
    ];
    let roles = trusts.iter().map(|(name, trust, _)| role(name, trust.clone(), json!([]), json!([]))).collect();
    let world = World::new().with(json!([]), Value::Array(roles), json!([]));
    let organization = json!({"Organization": {"Id": "o-example", "FeatureSet": "ALL", "MasterAccountId": ACCOUNT}, "Roots": [],
        "OrganizationalUnits": [], "Policies": [],
        "Accounts": [{"Id": ACCOUNT, "Name": "hub", "ParentId": "r-root", "State": "ACTIVE"}]});
    std::fs::write(world.path().join("snapshot/organization.json"), organization.to_string()).unwrap();
    for (name, _, accounts) in trusts {
        let external = accounts.is_some();
        let list = accounts.unwrap_or_default();
        let when = format!(
            "role.name == '{name}' && role.external == {external} && role.external_accounts == {}",
            serde_json::to_string(&list).unwrap()
        );
        assert_eq!(world.said("role", &when), [format!("open {name}: It holds")], "{when}");
    }
}

/// The same edges, whoever tells of them.
#[test]
fn edges_and_callers_are_those_that_export_edges_lists() {
    for world in [world_of_edges(), World::new().with_demo()] {
        let edges = world.run(&[
            "export",
            "edges",
            "--no-config",
            "--snapshot",
            "snapshot",
            "--at",
            "2026-11-20T00:00:00Z",
            "-f",
            "json",
        ]);
        let edges: Vec<Value> = serde_json::from_str(&edges.out).unwrap();
        let named = |edge: &Value| format!("{} {}", edge["to"].as_str().unwrap(), edge["verdict"].as_str().unwrap());
        assert_eq!(world.counts("edge", "true"), [edges.len(), edges.len(), 0]);
        for kind in ["allowed", "conditional"] {
            let listed = edges.iter().filter(|edge| named(edge).ends_with(kind)).count();
            assert_eq!(world.counts("edge", &format!("edge.verdict == '{kind}'"))[1], listed, "{kind}");
        }
        let entered: std::collections::BTreeSet<&str> = edges
            .iter()
            .filter(|edge| edge["kind"] == "assume-role" && edge["from"].as_str().unwrap().starts_with("arn:"))
            .filter_map(|edge| edge["to"].as_str())
            .collect();
        let found = world.checked("role", "role.caller_accounts.exists(a, true)");
        let found: Vec<&str> =
            found["findings"].as_array().unwrap().iter().filter_map(|f| f["subject"].as_str()).collect();
        for role in &entered {
            assert!(found.contains(role), "{role}");
        }
    }
    // a role without MFA to bring is no caller of a role that requires it
    let world = world_of_edges().without_users();
    assert_eq!(world.said("role", "role.name == 'mfa' && role.caller_accounts.exists(a, true)"), Vec::<String>::new());
    assert_eq!(
        world.said("role", "role.name == 'weak' && role.caller_accounts.exists(a, true)"),
        ["open weak: It holds"]
    );
}

#[test]
fn an_edge_that_rests_on_missing_data_is_unknown() {
    let may = json!([{"PolicyName": "own", "PolicyDocument": document(json!({"Effect": "Perhaps"}))}]);
    let trust = trusting(json!({"AWS": ACCOUNT}), json!({}));
    let world =
        World::new().with(json!([user("ann", may)]), json!([role("r", trust, json!([]), json!([]))]), json!([]));
    for when in ["true", "edge.mfa", "!edge.mfa", "edge.verdict == 'allowed'", "edge.from_kind == 'user'"] {
        let said = world.said("edge", when);
        assert!(said.concat().starts_with("unknown r: cannot be judged: "), "{when}: {said:?}");
    }
    assert_eq!(world.said("edge", "edge.mfa && edge.kind == 'service'"), Vec::<String>::new());
}

impl World {
    fn with_demo(self) -> Self {
        let accounts = example("demo");
        std::fs::remove_dir_all(self.path().join("snapshot")).unwrap();
        copy(&accounts, &self.path().join("snapshot"));
        self
    }

    fn without_users(self) -> Self {
        let path = self.path().join(format!("snapshot/accounts/{ACCOUNT}.json"));
        let mut account: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        account["UserDetailList"] = json!([]);
        std::fs::write(path, account.to_string()).unwrap();
        self
    }

    /// How many subjects were judged, found and unknown.
    fn counts(&self, subject: &str, when: &str) -> [usize; 3] {
        self.rule("a.toml", &rule("own", when).replace("\"role\"", &format!("\"{subject}\"")));
        let ended = self.run(&["rules", "test", "rules", "--snapshot", "snapshot"]);
        let row = ended.out.lines().find(|line| line.starts_with("own ")).unwrap();
        let counts: Vec<usize> = row.split_whitespace().skip(1).map(|count| count.parse().unwrap()).collect();
        counts.try_into().unwrap()
    }

    fn checked(&self, subject: &str, when: &str) -> Value {
        self.rule("a.toml", &rule("own", when).replace("\"role\"", &format!("\"{subject}\"")));
        self.check(&["--no-config", "--rule", "own"])
    }
}

fn copy(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            std::fs::copy(&path, target).unwrap();
        }
    }
}
