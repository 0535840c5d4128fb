//! Rules of a user: what they find, what is unknown to them, and how they are refused.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a rule that cannot be run has failed its test"
)]

#[path = "support/program.rs"]
mod program;
#[path = "own_rules/subjects.rs"]
mod subjects;

use std::path::{Path, PathBuf};

use program::{Ended, run, run_in};
use serde_json::{Value, json};

const ACCOUNT: &str = "111122223333";

/// A snapshot of one account without an organization, a configuration and a directory of rules.
struct World {
    dir: tempfile::TempDir,
}

impl World {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(dir.path().join("snapshot/accounts")).unwrap();
        std::fs::create_dir(dir.path().join("rules")).unwrap();
        Self { dir }
    }

    fn path(&self) -> &Path {
        self.dir.path()
    }

    /// With roles of this trust policy and these tags; `None` for tags that were not read.
    fn with_roles(self, roles: &[(&str, Value, Option<Value>)]) -> Self {
        let role = |(name, trust, tags): &(&str, Value, Option<Value>)| {
            let mut role = json!({
                "RoleName": name, "Path": "/", "RoleId": format!("AROA{name}"), "Arn": format!("arn:aws:iam::{ACCOUNT}:role/{name}"),
                "CreateDate": "2026-01-01T00:00:00Z", "AssumeRolePolicyDocument": trust,
                "InstanceProfileList": [], "RolePolicyList": [], "AttachedManagedPolicies": [],
            });
            if let Some(tags) = tags {
                role["Tags"] = tags.clone();
            }
            role
        };
        let roles: Vec<Value> = roles.iter().map(role).collect();
        let account = json!({"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": roles, "Policies": []});
        std::fs::write(self.path().join(format!("snapshot/accounts/{ACCOUNT}.json")), account.to_string()).unwrap();
        self
    }

    fn rule(&self, file: &str, text: &str) -> &Self {
        std::fs::write(self.path().join("rules").join(file), text).unwrap();
        self
    }

    fn run(&self, arguments: &[&str]) -> Ended {
        run_in(self.path(), &[], arguments)
    }

    fn check(&self, arguments: &[&str]) -> Value {
        let all = ["check", "--snapshot", "snapshot", "--at", "2026-11-20T00:00:00Z", "--json", "--rules", "rules"];
        let ended = self.run(&[&all[..], arguments].concat());
        serde_json::from_str(&ended.out).unwrap_or_else(|error| panic!("{error}: {ended:?}"))
    }

    /// `status name: message` of each finding of a rule.
    fn findings(&self, id: &str) -> Vec<String> {
        let found = self.check(&["--no-config", "--rule", id]);
        let line = |f: &Value| {
            let text = |key: &str| f[key].as_str().unwrap().to_owned();
            format!("{} {}: {}", text("status"), text("subject").rsplit(['/', ':']).next().unwrap(), text("message"))
        };
        found["findings"].as_array().unwrap().iter().map(line).collect()
    }
}

fn trust() -> Value {
    json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "999900001111"}, "Action": "sts:AssumeRole"}]})
}

/// A rule about roles.
fn rule(id: &str, when: &str) -> String {
    format!(
        "view = 1\nid = \"{id}\"\ntitle = \"It holds\"\nseverity = \"medium\"\nsubject = \"role\"\nwhen = '''{when}'''\n"
    )
}

/// Where the links of a page of Markdown lead.
fn links(markdown: &str) -> Vec<String> {
    use comrak::nodes::NodeValue;
    let arena = comrak::Arena::new();
    let url = |value: &NodeValue| match value {
        NodeValue::Link(link) => Some(link.url.clone()),
        _ => None,
    };
    let page = comrak::parse_document(&arena, markdown, &comrak::Options::default());
    page.descendants().filter_map(|node| url(&node.data.borrow().value)).collect()
}

fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name)
}

/// What is said of one expression about roles: an error, or nothing.
fn refused(when: &str) -> String {
    let world = World::new();
    world.rule("a.toml", &rule("own", when));
    world.run(&["rules", "test", "rules"]).failed(2, "E314")
}

fn accepted(when: &str) {
    let world = World::new();
    world.rule("a.toml", &rule("own", when));
    world.run(&["rules", "test", "rules"]).succeeded();
}

#[test]
fn a_rule_finds_what_its_expression_says() {
    let tags = |list: Value| Some(list);
    let world = World::new().with_roles(&[
        ("plain", trust(), tags(json!([]))),
        ("owned", trust(), tags(json!([{"Key": "Owner", "Value": "team-a"}]))),
    ]);
    world.rule("a.toml", &rule("no-owner", "!has(role.tags.owner)"));
    assert_eq!(world.findings("no-owner"), ["open plain: It holds"]);
    // tags of roles ignore case, an absent one is empty text
    world.rule("a.toml", &rule("no-owner", "role.tags.owner == 'team-a' || role.tags['cost-center'] != ''"));
    assert_eq!(world.findings("no-owner"), ["open owned: It holds"]);
    world.rule("a.toml", &rule("no-owner", "role.tags.exists(key, key.startsWith('Own'))"));
    assert_eq!(world.findings("no-owner"), ["open owned: It holds"]);
    world.rule("a.toml", &rule("no-owner", "role.name.like('pl*n') && role.age_days > 300 && role.age_days < 330"));
    assert_eq!(world.findings("no-owner"), ["open plain: It holds"]);
    world.rule(
        "a.toml",
        &rule("no-owner", "role.trusted_accounts.map(id, id + '!') == ['999900001111!'] && size(role.policies) == 0"),
    );
    assert_eq!(world.findings("no-owner").len(), 2);
}

#[test]
fn a_trust_policy_names_providers_and_everybody_else() {
    let trust = |statement: Value| json!({"Version": "2012-10-17", "Statement": [statement]});
    let provider = format!("arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com");
    let world = World::new().with_roles(&[
        ("github", trust(json!({"Effect": "Allow", "Principal": {"Federated": provider}, "Action": "sts:AssumeRoleWithWebIdentity"})), None),
        ("others", trust(json!({"Effect": "Allow", "NotPrincipal": {"AWS": "999900001111"}, "Action": "sts:AssumeRole"})), None),
        ("service", trust(json!({"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"})), None),
        ("tagging", trust(json!({"Effect": "Allow", "Principal": {"AWS": "999900001111"}, "Action": "sts:TagSession"})), None),
    ]);
    let said = |when: &str| {
        world.rule("a.toml", &rule("own", when));
        world.findings("own")
    };
    assert_eq!(said("role.trusted_principals.exists(p, p.like('*githubusercontent.com'))"), ["open github: It holds"]);
    assert_eq!(said("'*' in role.trusted_principals"), ["open others: It holds"]);
    assert_eq!(said("role.trusted_services == ['ec2.amazonaws.com']"), ["open service: It holds"]);
    assert_eq!(said("'999900001111' in role.trusted_accounts"), Vec::<String>::new());
}

#[test]
fn what_was_not_read_is_unknown_unless_the_rest_decides() {
    let broken = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Perhaps"}]});
    let world = World::new().with_roles(&[("r", broken, Some(json!([])))]);
    let said = |when: &str| {
        world.rule("a.toml", &rule("own", when));
        world.findings("own").concat()
    };
    // no account summary, no organization, and a trust policy that is not one
    for unknown in [
        "account.root_mfa",
        "!account.root_mfa",
        "account.root_mfa && true",
        "false || !account.root_mfa",
        "account.root_mfa ? true : false",
        "role.trusted_accounts.exists(id, id == '1')",
        "!role.trusted_accounts.exists(id, id == '1')",
        "role.policies.size() == 0 && role.external",
        "['a'].all(x, account.root_mfa)",
        "account.tags.env == ''",
        "role.unused_days > 0",
    ] {
        assert!(said(unknown).starts_with("unknown r: cannot be judged: "), "{unknown}: {}", said(unknown));
    }
    assert!(said("account.root_mfa").contains("account-summary"));
    for decided in
        ["account.root_mfa && role.name == 'x'", "role.name == 'x' && account.root_mfa", "account.root_mfa && false"]
    {
        assert_eq!(said(decided), "", "{decided}");
    }
    for decided in [
        "account.root_mfa || role.name == 'r'",
        "true || account.root_mfa",
        "['a', 'b'].exists(x, x == 'b' || account.root_mfa)",
    ] {
        assert_eq!(said(decided), "open r: It holds", "{decided}");
    }
    let counts = world.check(&["--no-config", "--rule", "own"]);
    assert_eq!(counts["summary"]["open"], 1);
}

#[test]
fn accounts_that_were_not_read_are_unknown_to_rules_about_what_is_in_them() {
    let world = World::new();
    let text = rule("own-user", "user.name == 'x'").replace("\"role\"", "\"user\"");
    world.rule("a.toml", &text);
    std::fs::write(world.path().join(format!("snapshot/accounts/{ACCOUNT}.json")), "{}").unwrap();
    let said = world.findings("own-user").concat();
    assert!(said.starts_with("unknown root: cannot be judged: authorization-details not read"), "{said}");
}

#[test]
fn an_error_has_its_place_and_a_next_step() {
    let world = World::new();
    let text = "view = 1\nid = \"own\"\ntitle = \"t\"\nseverity = \"low\"\nsubject = \"role\"\nwhen = '''\n\
                role.name == \"é\" &&\n  role.tag.owner == \"x\"\n'''\n";
    world.rule("a.toml", text);
    let said = world.run(&["check", "--snapshot", "snapshot", "--rules", "rules"]).failed(2, "E314");
    assert!(said.contains("there is no fact `role.tag.owner`"), "{said}");
    // the place is that of the last part of the name
    assert!(said.contains("rules/a.toml line 8, column "), "{said}");
    assert!(refused("role.nam == 'x'").contains("did you mean `role.name`?"));
    assert!(refused("user.name == 'x'").contains("there is no fact `user.name`"));
    assert!(refused("nothing").contains("there is no fact `nothing`"));
    let said = refused("role.name ==");
    assert!(said.contains("the expression is not CEL") && said.contains("line 6, column "), "{said}");
    for file in [
        "view = 1\nid = \"own\"\n",
        "view = 2\nid = \"own\"\ntitle = \"t\"\nseverity = \"low\"\nsubject = \"role\"\nwhen = \"true\"\n",
        "view = 1\nid = \"Own\"\ntitle = \"t\"\nseverity = \"low\"\nsubject = \"role\"\nwhen = \"true\"\n",
        "view = 1\nid = \"own\"\ntitle = \"t\"\nseverity = \"low\"\nsubject = \"quota\"\nwhen = \"true\"\n",
        "view = 1\nid = \"own\"\ntitle = \"t\"\nseverity = \"hihg\"\nsubject = \"role\"\nwhen = \"true\"\n",
        "view = 1\nid = \"own\"\ntitle = \"t\"\nseverity = \"low\"\nsubject = \"role\"\nwhen = \"true\"\nwhat = 1\n",
    ] {
        world.rule("a.toml", file);
        let said = world.run(&["rules", "list", "--rules", "rules"]).failed(2, "E314");
        assert!(said.contains("rules/a.toml line "), "{said}");
    }
}

/// The address of a page becomes a link in several formats.
#[test]
fn a_page_of_a_rule_is_linked_only_if_its_address_is_safe() {
    let world = World::new();
    let with = |title: &str, url: &str| {
        let reference = format!("[[references]]\ntitle = {}\nurl = {}\n", json!(title), json!(url));
        world.rule("a.toml", &format!("{}fix = \"Do it\"\n{reference}", rule("own", "true")));
    };
    for url in [
        "javascript:alert(1)",
        "http://wiki.example/a",
        "https://wiki.example/a b",
        "https://wiki.example/\u{8}",
        "https://docs.aws.amazon.com@evil.example/",
        "https://wiki.example/\">",
    ] {
        with("Wiki", url);
        let said = world.run(&["rules", "list", "--rules", "rules"]).failed(2, "E314");
        assert!(said.contains("rules/a.toml line ") && said.contains("the address of a page"), "{said}");
        assert!(!said.contains('\u{8}'), "{said}");
    }
    let url = "https://wiki.example/roles?of=team-a&as=(b)#c";
    with("](http://evil.example) <b>Wiki</b>", url);
    let explained = world.run(&["rules", "explain", "own", "--rules", "rules"]).succeeded().out;
    assert!(explained.contains(&format!("\n          {url}\n")), "{explained}");
    let demo = example("demo");
    let written = |format: &str| {
        let check = ["check", "--no-config", "--snapshot", demo.to_str().unwrap(), "--rules", "rules", "--rule", "own"];
        world.run(&[&check[..], &["--format", format]].concat()).out
    };
    assert!(written("sarif").contains(&format!("\"helpUri\": {}", json!(url))), "{}", written("sarif"));
    assert!(written("asff").contains(&format!("\"Url\":{}", json!(url))), "{}", written("asff"));
    assert!(written("ocsf").contains(&format!("\"references\":[{}]", json!(url))), "{}", written("ocsf"));
    assert_eq!(links(&written("markdown")), [url]);
    let html = written("html");
    let (_, link) =
        html.split_once("<a href=\"https:&#x2f;&#x2f;wiki.example").unwrap_or_else(|| panic!("no link: {html}"));
    let link = link.split('\n').next().unwrap();
    assert!(link.contains("rel=\"noreferrer noopener\">](http:") && !link.contains("<b>"), "{link}");
}

/// Files that are none, or would take the memory or the terminal.
#[test]
fn hostile_files_are_refused_or_defused() {
    let world = World::new();
    let refused = |why: &str| {
        let said = world.run(&["rules", "list", "--rules", "rules"]).failed(2, "E314");
        assert!(said.contains("rules/a.toml") && said.contains(why), "{why}: {said}");
    };
    world.rule("a.toml", &"#".repeat(2 << 20));
    refused("at most 1048576 bytes");
    std::fs::write(world.path().join("rules/a.toml"), [0xff, 0xfe, 0]).unwrap();
    refused("UTF-8");
    world.rule("a.toml", &format!("view = {}", "[".repeat(100_000)));
    refused("recursion");
    world.rule("a.toml", &rule("own\\u001b[31m", "true"));
    refused("is no id of a rule");
    world.rule("a.toml", &rule("own", "true").replace("It holds", " "));
    refused("has no title");
    #[cfg(unix)]
    for target in ["a.toml", "/dev/zero"] {
        std::fs::remove_file(world.path().join("rules/a.toml")).unwrap();
        std::os::unix::fs::symlink(target, world.path().join("rules/a.toml")).unwrap();
        refused("the rules cannot be read");
    }
    std::fs::remove_file(world.path().join("rules/a.toml")).unwrap();
    // texts over several lines are one, and nothing in them reaches the terminal
    let text = rule("own", "true").replace("It holds", "It \\u001b[31m\\nholds");
    world.rule("a.toml", &format!("{text}fix = \"\"\"\nDo\n  it.\n\"\"\"\n"));
    let demo = example("demo");
    let check = ["check", "--no-config", "--snapshot", demo.to_str().unwrap(), "--rules", "rules", "--rule", "own"];
    for arguments in
        [&check[..], &["rules", "explain", "own", "--rules", "rules"], &["rules", "list", "--rules", "rules"]]
    {
        let ended = world.run(arguments);
        let all = ended.out + &ended.err;
        assert!(!all.contains('\u{1b}') && all.contains("It \\u{1b}[31m holds"), "{arguments:?}: {all}");
        assert!(arguments.contains(&"list") || all.contains("Do it."), "{arguments:?}: {all}");
    }
}

/// What a list of users, roles and accounts does not have is not known, though its place is not empty.
#[test]
fn what_a_bare_listing_lacks_is_unknown() {
    let world = World::new().with_roles(&[("r", trust(), Some(json!([])))]);
    world.rule("a.toml", &rule("own", "account.name == ''"));
    assert_eq!(world.findings("own"), [format!("unknown r: cannot be judged: name of {ACCOUNT} not read")]);
    world.rule("a.toml", &rule("own", "account.name == '' && role.name == 'x'"));
    assert_eq!(world.findings("own"), Vec::<String>::new());
}

/// Each fact is the one that its name says, and no other.
#[test]
fn facts_are_what_they_are_called() {
    let statement =
        |effect: &str, id: &str| json!({"Effect": effect, "Principal": {"AWS": id}, "Action": "sts:AssumeRole"});
    let trust = json!({"Version": "2012-10-17", "Statement": [statement("Allow", "999900001111"), statement("Deny", "999900002222")]});
    let inline = json!({"PolicyName": "inline", "PolicyDocument": {"Version": "2012-10-17", "Statement": []}});
    let managed = json!({"PolicyName": "ReadOnlyAccess", "PolicyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"});
    let arn = |rest: &str| format!("arn:aws:iam::{ACCOUNT}:{rest}");
    let roles = [0, 1].map(|n| json!({"RoleName": format!("r{n}"), "Path": "/", "RoleId": format!("AROAR{n}"), "Arn": arn(&format!("role/r{n}")),
            "CreateDate": "2026-01-01T00:00:00Z", "AssumeRolePolicyDocument": trust, "InstanceProfileList": [], "RolePolicyList": [],
            "AttachedManagedPolicies": [], "RoleLastUsed": {}}));
    let account = json!({
        "UserDetailList": [{"UserName": "ann", "Path": "/", "UserId": "AIDAANN", "Arn": arn("user/ann"), "CreateDate": "2026-01-01T00:00:00Z",
            "GroupList": ["OPS"], "AttachedManagedPolicies": [], "UserPolicyList": []}],
        "GroupDetailList": [{"GroupName": "ops", "Path": "/", "GroupId": "AGPAOPS", "Arn": arn("group/ops"), "CreateDate": "2026-01-01T00:00:00Z",
            "GroupPolicyList": [inline], "AttachedManagedPolicies": [managed]}],
        "RoleDetailList": roles,
        "Policies": [],
    });
    let world = World::new();
    std::fs::write(world.path().join(format!("snapshot/accounts/{ACCOUNT}.json")), account.to_string()).unwrap();
    for (subject, when) in [
        ("account", "account.users == 1 && account.roles == 2"),
        ("group", "group.members == ['ann']"),
        ("group", "group.inline_policies == ['inline'] && group.policies == ['ReadOnlyAccess']"),
        ("role", "role.trusted_accounts == ['999900001111']"),
        ("role", "role.age_days > 300 && role.unused_days == role.age_days"),
    ] {
        world.rule("a.toml", &rule("own", when).replace("\"role\"", &format!("\"{subject}\"")));
        let found = world.findings("own");
        assert!(!found.is_empty() && found.iter().all(|line| line.starts_with("open ")), "{when}: {found:?}");
    }
    // a list of roles has neither policies nor boundaries
    let mut listed = account;
    for role in listed["RoleDetailList"].as_array_mut().unwrap() {
        role.as_object_mut().unwrap().remove("AttachedManagedPolicies");
    }
    std::fs::write(world.path().join(format!("snapshot/accounts/{ACCOUNT}.json")), listed.to_string()).unwrap();
    for when in ["role.boundary == ''", "role.boundary != ''", "role.policies == []"] {
        world.rule("a.toml", &rule("own", when));
        let found = world.findings("own");
        assert!(!found.is_empty() && found.iter().all(|line| line.starts_with("unknown ")), "{when}: {found:?}");
    }
    // a credential report has a column for each: as the built-in rule counts them
    let demo = example("demo");
    let found = |id: &str| {
        let check =
            ["check", "--no-config", "--json", "--rules", "rules", "--snapshot", demo.to_str().unwrap(), "--rule", id];
        serde_json::from_str::<Value>(&world.run(&check).out).unwrap()["summary"]["open"].clone()
    };
    world.rule("a.toml", &rule("own", "user.password && !user.mfa").replace("\"role\"", "\"user\""));
    assert_eq!(found("own"), found("console-user-without-mfa"));
}

#[test]
fn ids_are_taken_once() {
    let world = World::new();
    world.rule("a.toml", &rule("root-access-key", "true"));
    let said = world.run(&["rules", "test", "rules"]).failed(2, "E314");
    assert!(said.contains("`root-access-key` is taken") && said.contains("a.toml line 2, column 6"), "{said}");
    world.rule("a.toml", &rule("own", "true")).rule("b.toml", &rule("own", "true"));
    let said = world.run(&["rules", "test", "rules"]).failed(2, "E314");
    assert!(said.contains("b.toml line 2") && said.contains("a.toml has it"), "{said}");
    world.run(&["rules", "test", "nowhere"]).failed(2, "E314");
    world.run(&["rules", "test", "snapshot"]).failed(2, "E314");
}

#[test]
fn types_are_checked_before_a_rule_runs() {
    for when in [
        "role.name > 3",
        "role.name == 3",
        "role.name",
        "role.policies",
        "role.service_linked && role.name",
        "!role.age_days",
        "role.name in role.name",
        "3 in role.policies",
        "role.policies.exists(p, p > 3)",
        "role.policies.all(p, p)",
        "role.policies.contains('x')",
        "role.tags.owner > 3",
        "role.name.owner == 'x'",
        "has(role.name)",
        "role.policies[0] == 'x'",
        "role.age_days / 2 == 1",
        "role.name.matches('.*')",
        "size(role.age_days) == 1",
        "role.service_linked ? 'x' : 3",
        "[1, 'x'].exists(x, true)",
        "[1, true] == [2]",
        "1 in [true]",
        "[[1]].exists(x, x == 1)",
        "role.policies.map(p, p == 'x').exists(b, b > 0)",
        "role.policies.map(p, [p]).exists(x, x > 3)",
        "role.policies.map(p, role.tags).exists(x, x > 3)",
        "role.policies == [1]",
        "role.policies + [1] == []",
        "(role.writes ? role.policies : [1]).exists(x, true)",
        "{'a': 1}.a == 1",
        "1.5 > 0.5",
        "timestamp('2026-01-01T00:00:00Z') == role.name",
        "role.name + 1 == 'x'",
        "type(role.name) == string",
        "cel.bind(x, 1, x == 1)",
        "optional.of(role.name).hasValue()",
    ] {
        let said = refused(when);
        assert!(said.contains("rules/a.toml line 6, column "), "{when}: {said}");
    }
    for when in [
        "true",
        "role.name + 'x' == 'yx' && role.age_days - 1 > -3",
        "(role.policies + role.inline_policies).size() == 0",
        "size(role.tags) == 0 && 'owner' in role.tags",
        "role.policies.filter(p, p.endsWith('x')).exists_one(p, true)",
        "role.tags.owner in ['a', 'b'] ? role.writes : role.administrator",
        "role.trusted_services.map(s, size(s)).exists(n, n > 3)",
        "role.policies.map(p, p == 'x').exists(b, b) || role.policies == []",
        "(role.writes ? [] : role.policies).all(p, p in [])",
        "has(role.tags.owner) && has(account.tags.env)",
    ] {
        accepted(when);
    }
}

/// Every one of these would take for ever, or the stack, if nothing bounded it.
#[test]
fn expressions_are_bounded() {
    let nested =
        |open: &str, inner: &str, close: &str, n: usize| format!("{}{inner}{}", open.repeat(n), close.repeat(n));
    for when in [
        nested("(", "true", ")", 2_000),
        nested("!", "true", "", 4_000),
        nested("[", "", "]", 2_000),
        format!("role.tags{}", ".a".repeat(2_000)),
        format!("true{}", " && true".repeat(500)),
        format!("true{}", " ? true : true".repeat(200)),
        format!("'{}' == ''", "x".repeat(5_000)),
        nested("['a','b'].all(x, ", "true", ")", 3),
        "(".repeat(4_000),
        "-".repeat(4_000),
        nested("[1].all(x, ", "true", ")", 300),
        nested("[", "1", "].all(x, true)", 200),
        format!("role.age_days{} > 0", " - 1".repeat(900)),
        format!("role.name{} == ''", " + 'x'".repeat(600)),
    ] {
        let world = World::new();
        world.rule("a.toml", &rule("own", &when));
        let code = world.run(&["rules", "test", "rules"]).code;
        assert!(matches!(code, Some(0 | 2)), "{}", when.chars().take(40).collect::<String>());
    }
    for when in [
        nested("[", "", "]", 2_000),
        format!("role.tags{}", ".a".repeat(2_000)),
        format!("role.age_days{} > 0", " - 1".repeat(900)),
        format!("'{}' == ''", "x".repeat(5_000)),
        nested("['a','b'].all(x, ", "true", ")", 3),
    ] {
        refused(&when);
    }
    accepted(&nested("['a','b'].all(x, ", "true", ")", 2));
    accepted(&nested("(", "true", ")", 20));
    // lists of a hostile snapshot
    let many: Vec<String> = (0..1_500).map(|n| format!("{:012}", 100_000_000_000_u64 + n)).collect();
    let trust = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": many}, "Action": "sts:AssumeRole"}]});
    let world = World::new().with_roles(&[("r", trust, Some(json!([])))]);
    world.rule("a.toml", &rule("own", "role.trusted_accounts.all(a, role.trusted_accounts.exists(b, a == b))"));
    assert!(world.findings("own").concat().contains("has 1500 entries"), "{:?}", world.findings("own"));
    world.rule("a.toml", &rule("own", "role.trusted_accounts.all(a, a.size() == 12)"));
    assert_eq!(world.findings("own"), ["open r: It holds"]);
}

#[test]
fn findings_are_like_those_of_other_rules() {
    let world = World::new().with_roles(&[("r", trust(), Some(json!([])))]);
    world.rule("a.toml", &rule("own", "true"));
    let first = &world.check(&["--no-config", "--rule", "own"])["findings"][0];
    let arn = format!("arn:aws:iam::{ACCOUNT}:role/r");
    assert_eq!((&first["rule"], &first["severity"], &first["subject"]), (&"own".into(), &"medium".into(), &json!(arn)));
    assert_eq!(first["fingerprint"], rolehop::finding::fingerprint("own", &arn, "").as_str());
    // settings, waivers and the directory come from the configuration, which stands elsewhere
    let elsewhere = world.path().join("config");
    std::fs::create_dir(&elsewhere).unwrap();
    let config = "[check]\nrules_dir = \"../rules\"\n[rules.own]\nseverity = \"critical\"\n[[waivers]]\nrule = \"own\"\nwhere = \"*\"\n\
        reason = \"r\"\nowner = \"o\"\nexpires = 2027-01-01\n";
    std::fs::write(elsewhere.join("rolehop.toml"), config).unwrap();
    let checked =
        ["check", "--snapshot", "snapshot", "--config", "config/rolehop.toml", "--at", "2026-11-20T00:00:00Z"];
    let ended = world.run(&[&checked[..], &["--rule", "own", "-f", "sarif"]].concat());
    let sarif: Value = serde_json::from_str(&ended.out).unwrap();
    let run = &sarif["runs"][0];
    let result = &run["results"][0];
    assert_eq!((&result["ruleId"], &result["suppressions"][0]["status"]), (&"own".into(), &"accepted".into()));
    let rule = &run["tool"]["driver"]["rules"][result["ruleIndex"].as_u64().unwrap() as usize];
    assert_eq!((&rule["id"], &rule["shortDescription"]["text"]), (&"own".into(), &"It holds".into()));
    let json: Value =
        serde_json::from_str(&world.run(&[&checked[..], &["--rule", "own", "--json"]].concat()).out).unwrap();
    assert_eq!(json["findings"][0]["severity"], "critical");
    world.run(&["config", "check", "config/rolehop.toml"]).succeeded();
    // without the rules, their settings are those of rules that do not exist
    std::fs::write(elsewhere.join("rolehop.toml"), config.replace("rules_dir", "# rules_dir")).unwrap();
    world.run(&checked).failed(2, "E310");
    std::fs::write(elsewhere.join("rolehop.toml"), config.replace("severity", "days")).unwrap();
    world.run(&checked).failed(2, "E311");
    std::fs::write(elsewhere.join("rolehop.toml"), config.replace("../rules", "nowhere")).unwrap();
    assert_eq!(world.run(&["config", "check", "config/rolehop.toml"]).code, Some(2));
}

#[test]
fn tests_of_a_rule_tell_findings_passes_and_what_is_not_known() {
    let world = World::new();
    let text = rule("own", "role.external && role.tags.owner == ''");
    let tests = "[[tests]]\nname = \"bad\"\nexpect = \"finding\"\nfacts = { role.external = true, role.tags = {} }\n\
        [[tests]]\nexpect = \"pass\"\nfacts = { role.external = false }\n\
        [[tests]]\nexpect = \"unknown\"\nfacts = { role.external = true }\n";
    world.rule("a.toml", &format!("{text}{tests}"));
    let ended = world.run(&["rules", "test", "rules"]).succeeded();
    assert!(ended.err.contains("3 of 3 as expected"), "{ended:?}");
    world.rule("a.toml", &format!("{text}{}", tests.replace("\"pass\"", "\"finding\"")));
    let ended = world.run(&["rules", "test", "rules"]);
    assert_eq!(ended.code, Some(3));
    assert!(ended.out.contains("FAILED") && ended.out.contains("pass, not finding"), "{ended:?}");
    for wrong in ["role.extrenal = true", "role.external = 3", "external = true"] {
        world.rule("a.toml", &format!("{text}[[tests]]\nexpect = \"pass\"\nfacts = {{ {wrong} }}\n"));
        let said = world.run(&["rules", "test", "rules"]).failed(2, "E314");
        assert!(said.contains("rules/a.toml line 7"), "{said}");
    }
    world.rule("a.toml", &format!("{text}[[tests]]\nexpect = \"pass\"\nfacts = {{ \"role.external\" = false }}\n"));
    let said = world.run(&["rules", "test", "rules"]).failed(2, "E314");
    assert!(said.contains("stands in quotes") && said.contains("without the quotes"), "{said}");
    // on a snapshot, what each rule finds is counted
    world.rule("a.toml", &rule("own", "role.name == 'deploy-admin'"));
    let demo = example("demo");
    let ended = world.run(&["rules", "test", "rules", "--snapshot", demo.to_str().unwrap()]).succeeded();
    let row = ended.out.lines().find(|line| line.starts_with("own ")).unwrap();
    assert_eq!(row.split_whitespace().collect::<Vec<_>>(), ["own", "34", "2", "0"]);
}

#[test]
fn rules_are_listed_and_explained() {
    let world = World::new();
    world.rule("a.toml", &rule("own", "role.external"));
    let listed: Value = serde_json::from_str(&world.run(&["rules", "list", "--rules", "rules", "--json"]).out).unwrap();
    let rules = listed["rules"].as_array().unwrap();
    let own: Vec<&Value> = rules.iter().filter(|rule| rule["own"] == true).collect();
    assert_eq!((own.len(), &own[0]["id"], &own[0]["subject"]), (1, &"own".into(), &"role".into()));
    // the rule of the user, and expectations
    assert_eq!(rules.len(), rolehop::rules::cards().len() + 2);
    let explained = world.run(&["rules", "explain", "own", "--rules", "rules"]).succeeded().out;
    assert!(explained.contains("When      role.external\n") && explained.contains("rules/a.toml"), "{explained}");
    run(&[], &["rules", "explain", "own"]).failed(2, "E300");
}

/// Each fact has a value in some example, or a reason why it is not known: no name is without meaning.
#[test]
fn every_fact_can_be_asked_for() {
    for subject in ["role", "user", "group", "account", "policy", "edge"] {
        let world = World::new();
        let mut count = 0;
        for field in rolehop::rules::FIELDS.iter().filter(|field| field.name.starts_with(&format!("{subject}."))) {
            let when = match field.kind.words() {
                "bool" => field.name.to_owned(),
                "int" => format!("{} >= 0", field.name),
                "string" => format!("{}.size() >= 0", field.name),
                _ => format!("size({}) >= 0", field.name),
            };
            let text = rule(&format!("fact-{count}"), &when)
                .replace("subject = \"role\"", &format!("subject = \"{subject}\""));
            world.rule(&format!("{count}.toml"), &text);
            count += 1;
        }
        assert!(count > 0);
        for setup in ["demo", "regulated"] {
            let snapshot = example(setup);
            if !snapshot.is_dir() {
                continue;
            }
            let found = world.run(&[
                "check",
                "--no-config",
                "--rules",
                "rules",
                "--json",
                "--snapshot",
                snapshot.to_str().unwrap(),
            ]);
            assert!(!found.out.contains("is not known"), "{setup}: {}", found.out);
            assert!(found.out.contains("\"fact-0\""), "{setup}: {found:?}");
        }
    }
}

#[test]
fn a_rule_asks_which_targets_somebody_reaches_and_is_unknown_without_targets() {
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/demo");
    let world = World::new();
    let rule = |subject: &str| {
        format!(
            "view = 1\nid = \"reaches-{subject}\"\ntitle = \"T\"\nseverity = \"low\"\nsubject = \"{subject}\"\n\
             when = \"{subject}.reaches_targets.exists(t, t == 'prod')\"\n"
        )
    };
    world.rule("role.toml", &rule("role")).rule("user.toml", &rule("user"));
    let (demo, config) = (demo.to_str().unwrap(), demo.join("rolehop.toml"));
    let config = config.to_str().unwrap();
    let common = ["--json", "--snapshot", demo, "--config", config];
    let out = |arguments: &[&str]| -> Value {
        serde_json::from_str(&world.run(&[arguments, &common[..]].concat()).out).unwrap()
    };
    let mut found = std::collections::BTreeSet::new();
    for id in ["reaches-role", "reaches-user"] {
        let json = out(&["check", "--rules", "rules", "--no-fail", "--rule", id]);
        let subjects = json["findings"].as_array().unwrap().iter().filter(|one| one["status"] == "open");
        found.extend(subjects.map(|one| one["subject"].as_str().unwrap().to_owned()));
    }
    let answer = out(&["who-can", "prod"]);
    let accounts = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/demo/accounts");
    let is_ours = |one: &&Value| {
        ["user", "role"].iter().any(|kind| one["kind"] == *kind)
            && accounts.join(format!("{}.json", one["account"].as_str().unwrap())).exists()
    };
    let reaching = answer["answers"].as_array().unwrap().iter().filter(is_ours);
    let named = reaching.map(|one| one["principal"].as_str().unwrap().to_owned());
    assert_eq!(found, named.collect());
    let without = world.run(&[
        "check",
        "--rules",
        "rules",
        "--rule",
        "reaches-user",
        "--json",
        "--no-config",
        "--snapshot",
        demo,
    ]);
    assert!(without.out.contains("the configuration has no [targets]"), "{without:?}");
}
