//! A baseline: what was open when it was made is known, and only what is new gates.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a run that cannot be read has failed its test")]

#[path = "support/program.rs"]
mod program;
mod support;

use std::fs;
use std::path::{Path, PathBuf};

use program::{Ended, run_in};
use serde_json::{Value, json};
use support::{DEV, HUB, PROD, World, may_assume, role, root, trusts};

const AT: &str = "2026-11-20T00:00:00Z";

/// A copy of the demo's organization, to be changed, and a baseline of it.
struct Bench(tempfile::TempDir);

impl Bench {
    fn new() -> Self {
        let bench = Self::of("examples/demo");
        fs::remove_file(bench.path("snap/identity-center.json")).unwrap();
        bench
    }

    /// Of another snapshot of the repository.
    fn of(snapshot: &str) -> Self {
        let bench = Self(tempfile::tempdir().unwrap());
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join(snapshot);
        fs::create_dir_all(bench.path("snap/accounts")).unwrap();
        for file in fs::read_dir(from.join("accounts")).unwrap() {
            let file = file.unwrap();
            fs::copy(file.path(), bench.path("snap/accounts").join(file.file_name())).unwrap();
        }
        for name in ["organization.json", "identity-center.json"] {
            if from.join(name).exists() {
                fs::copy(from.join(name), bench.path("snap").join(name)).unwrap();
            }
        }
        bench
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn rolehop(&self, arguments: &[&str]) -> Ended {
        let common = ["--snapshot", "snap", "--at", AT];
        run_in(self.0.path(), &[], &[arguments, &common].concat())
    }

    fn check(&self, arguments: &[&str]) -> Value {
        let output = self.rolehop(&[&["check", "--json", "--baseline", "baseline.json"], arguments].concat());
        serde_json::from_str(&output.out).unwrap()
    }

    fn change(&self, file: &str, how: impl FnOnce(&mut Value)) {
        let path = self.path(file);
        let mut value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        how(&mut value);
        fs::write(path, serde_json::to_string(&value).unwrap()).unwrap();
    }
}

const CORE: &str = "snap/accounts/101010101010.json";

/// A role of prod-core that trusts a stranger.
fn stranger(name: &str) -> Value {
    json!({"Path": "/", "RoleName": name, "RoleId": format!("AROA{name}"), "CreateDate": "2026-01-01T00:00:00Z",
        "Arn": format!("arn:aws:iam::101010101010:role/{name}"), "RolePolicyList": [], "AttachedManagedPolicies": [],
        "InstanceProfileList": [], "Tags": [],
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::987654321098:root"}, "Action": "sts:AssumeRole"}]}})
}

#[test]
fn what_is_in_the_baseline_does_not_gate_and_what_is_new_does() {
    let bench = Bench::new();
    let before: Value = serde_json::from_str(&bench.rolehop(&["check", "--json"]).out).unwrap();
    let open = before["summary"]["open"].as_u64().unwrap();
    bench.rolehop(&["baseline", "create", "-o", "baseline.json"]);
    let known = bench.check(&[]);
    assert_eq!(known["summary"]["open"], 0, "{}", known["summary"]);
    assert_eq!(known["summary"]["baseline"], open);
    assert_eq!(known["baseline"], json!({"at": AT, "findings": open, "known": open, "unknown": 0, "fixed": []}));
    bench.change(CORE, |core| core["RoleDetailList"].as_array_mut().unwrap().push(stranger("newcomer")));
    let output = bench.rolehop(&["check", "--json", "--baseline", "baseline.json"]);
    let with: Value = serde_json::from_str(&output.out).unwrap();
    let open: Vec<&Value> = with["findings"].as_array().unwrap().iter().filter(|f| f["status"] == "open").collect();
    assert!(!open.is_empty());
    for finding in &open {
        assert!(finding["subject"].as_str().unwrap().ends_with("role/newcomer"), "{finding}");
    }
    assert!([Some(3), Some(5)].contains(&output.code), "{:?}", output.code);
    let table = bench.rolehop(&["check", "--baseline", "baseline.json"]).out;
    assert!(table.contains("in the baseline of 2026-11-20"), "{table}");
    let sarif: Value =
        serde_json::from_str(&bench.rolehop(&["check", "-f", "sarif", "--baseline", "baseline.json"]).out).unwrap();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    let suppressed = results.iter().filter(|result| result["suppressions"][0]["kind"] == "external").count();
    assert_eq!(suppressed as u64, known["summary"]["baseline"].as_u64().unwrap());
}

#[test]
fn what_is_gone_is_fixed_and_can_be_taken_out_but_what_cannot_be_told_stays() {
    let bench = Bench::new();
    bench.change(CORE, |core| core["RoleDetailList"].as_array_mut().unwrap().push(stranger("leaver")));
    bench.rolehop(&["baseline", "create", "-o", "baseline.json"]);
    bench.change(CORE, |core| {
        core["RoleDetailList"].as_array_mut().unwrap().pop().unwrap();
    });
    let fixed = bench.check(&[])["baseline"].clone();
    let gone = fixed["fixed"].as_array().unwrap();
    assert!(
        !gone.is_empty() && gone.iter().all(|f| f["subject"].as_str().unwrap().ends_with("role/leaver")),
        "{fixed}"
    );
    assert!(bench.rolehop(&["check", "--baseline", "baseline.json"]).out.contains("fixed"));
    // an account that was not read, and a rule that does not run
    fs::rename(bench.path(CORE), bench.path("core.json")).unwrap();
    let lost = bench.check(&[])["baseline"].clone();
    assert_eq!(lost["fixed"], json!([]), "{lost}");
    assert!(lost["unknown"].as_u64().unwrap() >= gone.len() as u64, "{lost}");
    let told = bench.rolehop(&["baseline", "prune", "baseline.json", "-o", "pruned.json"]);
    assert!(told.code == Some(4) && told.err.contains("cannot be told, and stay"), "{}", told.err);
    fs::rename(bench.path("core.json"), bench.path(CORE)).unwrap();
    let one = bench.check(&["--rule", "root-access-key"])["baseline"].clone();
    assert_eq!(one["fixed"], json!([]), "{one}");
    let told = bench.rolehop(&["baseline", "prune", "baseline.json"]);
    // who the people are was not read
    assert_eq!(told.code, Some(4), "{}", told.err);
    assert_eq!(bench.check(&[])["baseline"]["fixed"], json!([]));
    let (known, all) = (bench.check(&[])["baseline"]["known"].clone(), fixed["known"].clone());
    assert_eq!(known, all, "nothing else was taken out");
}

#[test]
fn a_baseline_is_the_same_bytes_for_the_same_snapshot_and_only_its_owner_reads_it() {
    let bench = Bench::new();
    bench.rolehop(&["baseline", "create", "-o", "one.json"]);
    bench.rolehop(&["baseline", "create", "-o", "other.json"]);
    assert_eq!(fs::read(bench.path("one.json")).unwrap(), fs::read(bench.path("other.json")).unwrap());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(bench.path("one.json")).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let printed = bench.rolehop(&["baseline", "create"]).out;
    assert_eq!(printed, fs::read_to_string(bench.path("one.json")).unwrap());
    let baseline: Value = serde_json::from_str(&printed).unwrap();
    let counted: u64 = baseline["rules"].as_array().unwrap().iter().map(|of| of["count"].as_u64().unwrap()).sum();
    assert_eq!(counted as usize, baseline["findings"].as_array().unwrap().len());
}

#[test]
fn a_waived_finding_of_the_baseline_is_waived_and_counts_as_known() {
    let bench = Bench::new();
    bench.rolehop(&["baseline", "create", "-o", "baseline.json"]);
    fs::write(
        bench.path("waivers.toml"),
        "[[waivers]]\nrule = \"external-account-not-allowed\"\nwhere = \"*/role/monitor\"\nreason = \"vendor\"\n\
         owner = \"sec@example.com\"\nexpires = 2027-02-28\n",
    )
    .unwrap();
    let with = bench.check(&["--waivers", "waivers.toml"]);
    let baseline = &with["baseline"];
    assert_eq!(with["summary"]["waived"], 1, "{}", with["summary"]);
    assert_eq!(baseline["known"], baseline["findings"], "{baseline}");
    assert!(with.get("waivers").is_none(), "it fits a finding, so nobody has to look after it: {}", with["waivers"]);
    let all = bench.check(&["--waivers", "waivers.toml", "--no-waivers"]);
    assert_eq!((&all["summary"]["waived"], &all["summary"]["open"]), (&json!(0), &json!(0)), "{}", all["summary"]);
}

#[test]
fn a_file_that_is_no_usable_baseline_is_an_error_that_says_what_to_do() {
    let bench = Bench::new();
    bench.rolehop(&["baseline", "create", "-o", "baseline.json"]);
    let whole = fs::read_to_string(bench.path("baseline.json")).unwrap();
    let value: Value = serde_json::from_str(&whole).unwrap();
    let edited = |how: fn(&mut Value)| {
        let mut copy = value.clone();
        how(&mut copy);
        copy.to_string()
    };
    let cases = [
        (whole.split_at(whole.len() / 2).0.to_owned(), "it is not JSON"),
        (format!("<<<<<<< ours\n{whole}"), "marks of a merge"),
        (edited(|b| b["schema"] = json!("rolehop/baseline/v9")), "a newer rolehop made it"),
        (edited(|b| b["schema"] = json!("rolehop/findings/v1")), "it is no baseline, but `rolehop/findings/v1`"),
        (edited(|b| b["findings"] = json!([])), "it is damaged"),
        (edited(|b| b["findings"][0]["fingerprint"] = json!("../../etc")), "is no fingerprint"),
        (edited(|b| b["organization"] = json!("o-other")), "it is of organization o-other"),
        ("[]".to_owned(), "it has no `schema`"),
    ];
    for (text, told) in cases {
        fs::write(bench.path("bad.json"), text).unwrap();
        let output = bench.rolehop(&["check", "--baseline", "bad.json"]);
        assert_eq!(output.code, Some(2), "{told}: {}", output.err);
        assert!(output.err.contains("E308") && output.err.contains(told), "{told}: {}", output.err);
        assert!(output.out.is_empty());
    }
    let output = bench.rolehop(&["check", "--baseline", "absent.json"]);
    assert!(output.code == Some(2) && output.err.contains("--no-baseline"), "{}", output.err);
    let output = bench.rolehop(&["baseline", "prune", "absent.json"]);
    assert!(output.code == Some(2) && output.err.contains("rolehop baseline create"), "{}", output.err);
    assert!(!output.err.contains("--no-baseline"), "prune has no such option: {}", output.err);
    // named by the configuration, from its directory
    fs::create_dir(bench.path("etc")).unwrap();
    fs::rename(bench.path("baseline.json"), bench.path("etc/baseline.json")).unwrap();
    fs::write(bench.path("etc/rolehop.toml"), "[check]\nbaseline = \"baseline.json\"\n").unwrap();
    let output = bench.rolehop(&["check", "--json", "-c", "etc/rolehop.toml"]);
    let json: Value = serde_json::from_str(&output.out).unwrap();
    assert_eq!(json["summary"]["open"], 0, "{}", output.err);
    let without = bench.rolehop(&["check", "--json", "-c", "etc/rolehop.toml", "--no-baseline"]);
    let json: Value = serde_json::from_str(&without.out).unwrap();
    assert!(json["summary"]["open"].as_u64().unwrap() > 0);
}

#[test]
fn what_rests_on_data_of_the_organization_that_was_not_read_is_not_fixed() {
    let bench = Bench::new();
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/demo");
    fs::copy(demo.join("identity-center.json"), bench.path("snap/identity-center.json")).unwrap();
    let expect = "[targets.prod]\nou = [\"/Workloads/Prod\"]\n[people]\nmfa = \"x\"\n\
        [[expect]]\nname = \"only platform\"\ntarget = \"prod\"\nonly = [\"people:Platform Engineering\"]\n\
        [[expect]]\nname = \"never sandbox\"\ntarget = \"prod\"\nnever = [\"ou:/Sandbox\"]\n";
    fs::write(bench.path("policy.toml"), expect).unwrap();
    let configured = ["-c", "policy.toml"];
    bench.rolehop(&[&["baseline", "create", "-o", "baseline.json"], &configured[..]].concat());
    let whole = fs::read_to_string(bench.path("snap/organization.json")).unwrap();
    for lacking in ["OrganizationalUnits", "Accounts"] {
        bench.change("snap/organization.json", |organization| {
            organization.as_object_mut().unwrap().remove(lacking);
        });
        let found = bench.check(&configured);
        let fixed = found["baseline"]["fixed"].as_array().unwrap();
        for rule in ["expectation", "member-root-credentials-kept", "regions-not-restricted"] {
            assert!(fixed.iter().all(|finding| finding["rule"] != rule), "{lacking}: {rule}: {fixed:?}");
        }
        fs::write(bench.path("snap/organization.json"), &whole).unwrap();
    }
    assert_eq!(bench.check(&configured)["baseline"]["unknown"], 0);
}

/// What `check` says of a world, held against the baseline that `known` gives with the same arguments, but for those of the check alone.
fn held(known: &World, now: &World, config: &str, both: &[&str], alone: &[&str]) -> (Option<i32>, Value) {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("rolehop.toml"), config).unwrap();
    let run = |world: &World, arguments: &[&str]| {
        let snapshot = world.write();
        let place = ["--snapshot", snapshot.path().to_str().unwrap(), "--at", AT];
        run_in(home.path(), &[], &[arguments, &place].concat())
    };
    run(known, &[&["baseline", "create", "-o", "baseline.json"], both].concat());
    let check = ["check", "--json", "--baseline", "baseline.json", "--fail-on", "info"];
    let ended = run(now, &[&check, both, alone].concat());
    (ended.code, serde_json::from_str(&ended.out).unwrap())
}

/// Status and message of each finding, and who is fixed.
fn told(json: &Value) -> (Vec<String>, Vec<String>) {
    let findings = json["findings"].as_array().unwrap().iter();
    let shown = findings.map(|f| format!("{}: {}", f["status"].as_str().unwrap(), f["message"].as_str().unwrap()));
    let fixed = json["baseline"]["fixed"].as_array().unwrap().iter();
    let who = fixed.flat_map(|f| f["principals"].as_array().cloned().unwrap_or_default());
    (shown.collect(), who.map(|who| who.as_str().unwrap().to_owned()).collect())
}

const EXPECT: &str = "[targets.prod]\naccounts = [\"222222222222\"]\n[[expect]]\nname = \"p\"\ntarget = \"prod\"\n";
const EXPECTATION: [&str; 2] = ["--rule", "expectation"];

/// Users of the hub who reach prod.
fn reached_by(users: &[&str]) -> World {
    let mut world = World::of_organization();
    for name in users {
        world.user(HUB, name, &[may_assume(&["*"])]);
    }
    world.role(PROD, "deploy", trusts(root(HUB)), &[]);
    world
}

/// A user of the hub with the role of prod that it reaches.
fn into(user: &str) -> String {
    format!("{} into {}", support::user(HUB, user), role(PROD, "deploy"))
}

#[test]
fn a_stronger_role_of_somebody_who_breaks_a_known_expectation_is_new() {
    let world = |alice: &[&str]| {
        let mut world = World::of_organization();
        let allowed: Vec<Value> = alice.iter().map(|name| may_assume(&[&role(PROD, name)])).collect();
        world.user(HUB, "alice", &allowed).user(HUB, "bob", &[may_assume(&[&role(PROD, "read")])]);
        world.role(PROD, "read", trusts(root(HUB)), &[]).role(PROD, "admin", trusts(root(HUB)), &[]);
        world
    };
    let config = format!("{EXPECT}never = [\"user:*/*\"]\n");
    let of = |config: &str| held(&world(&["read"]), &world(&["read", "admin"]), config, &EXPECTATION, &[]);
    let (code, more) = of(&config);
    let findings = told(&more).0;
    assert!(code == Some(3) && findings[0].starts_with("open: "), "{findings:?}");
    assert!(
        findings[0].ends_with("; new since it was accepted: user/alice into 222222222222/role/admin"),
        "{findings:?}"
    );
    assert!(findings[0].contains("reach 2 roles of prod between them, "), "{findings:?}");
    let (code, less) = held(&world(&["read", "admin"]), &world(&["admin"]), &config, &EXPECTATION, &[]);
    assert_eq!((code, told(&less).1.len()), (Some(0), 1), "{less}");
    // a waiver names somebody with whatever they reach, or with one role
    let waived = |place: &str| {
        of(&format!(
            "{config}[[waivers]]\nrule = \"expectation\"\nwhere = {place:?}\nreason = \"r\"\nowner = \"o\"\nexpires = 2027-02-28\n"
        ))
    };
    assert_eq!(waived("hub/user/alice").0, Some(0));
    assert_eq!(waived("* into *:role/admin").0, Some(0));
    assert_eq!(waived("hub/user/bob").0, Some(3));
}

#[test]
fn an_expectation_that_is_unknown_hides_no_fix_of_another() {
    let config =
        format!("{EXPECT}only = []\n[[expect]]\nname = \"q\"\ntarget = \"prod\"\nnever = [\"user:*/nobody\"]\n");
    let (code, less) = held(&reached_by(&["alice", "bob"]), &reached_by(&["bob"]), &config, &EXPECTATION, &[]);
    assert_eq!((code, told(&less).1), (Some(4), vec![into("alice")]), "{less}");
}

#[test]
fn somebody_new_who_breaks_a_known_expectation_is_new() {
    let config = format!("{EXPECT}only = []\n");
    let of = |now: &[&str]| held(&reached_by(&["alice", "bob"]), &reached_by(now), &config, &EXPECTATION, &[]);
    let (code, same) = of(&["alice", "bob"]);
    assert_eq!((code, &same["summary"]["baseline"], told(&same).1.len()), (Some(0), &json!(1), 0), "{same}");
    assert_eq!(same["findings"][0]["principals"], json!([into("alice"), into("bob")]));
    let (code, more) = of(&["alice", "bob", "mallory"]);
    let (findings, fixed) = told(&more);
    assert!(code == Some(3) && findings[0].starts_with("open: ") && fixed.is_empty(), "{findings:?}");
    let new = "; new since it was accepted: user/mallory into 222222222222/role/deploy";
    assert!(findings[0].ends_with(new), "{findings:?}");
    assert_eq!(more["findings"][0]["accepted"], json!([into("alice"), into("bob")]));
    let (code, less) = of(&["bob"]);
    assert_eq!((code, told(&less).1), (Some(0), vec![into("alice")]));
    let (code, others) = of(&["mallory"]);
    assert_eq!((code, told(&others).1.len()), (Some(3), 2), "{others}");
}

#[test]
fn a_role_of_the_same_name_in_another_account_is_another_role() {
    let world = |accounts: &[&str]| {
        let mut world = World::of_organization();
        for account in accounts {
            world.role(account, "ci", trusts(root(account)), &[may_assume(&[&role(PROD, "deploy")])]);
        }
        let ours = json!({"StringEquals": {"aws:PrincipalOrgID": "o-example"}});
        world.role(PROD, "deploy", support::trusts_if(json!({"AWS": "*"}), ours), &[]);
        world
    };
    let never = format!("{EXPECT}never = [\"role:*/ci\"]\n");
    let (code, moved) = held(&world(&[DEV]), &world(&[HUB]), &never, &EXPECTATION, &[]);
    assert_eq!(
        (code, told(&moved).1),
        (Some(3), vec![format!("{} into {}", role(DEV, "ci"), role(PROD, "deploy"))]),
        "{moved}"
    );
    let waived = |place: &str| {
        format!(
            "{never}[[waivers]]\nrule = \"expectation\"\nwhere = {place:?}\nreason = \"r\"\nowner = \"o\"\nexpires = 2027-02-28\n"
        )
    };
    let both = world(&[DEV, HUB]);
    let of = |config: &str| held(&World::of_organization(), &both, config, &EXPECTATION, &[]);
    let (code, one) = of(&waived("dev/role/ci"));
    assert!(code == Some(3) && told(&one).0[0].contains("new since it was accepted"), "{one}");
    assert!(one.get("waivers").is_none(), "it fits: {one}");
    // each by its own waiver, or both by one, or one by a waiver and one by the baseline
    let each = waived("dev/role/ci") + waived("hub/role/ci").strip_prefix(&never).unwrap();
    assert_eq!(of(&each).1["summary"]["waived"], 1);
    assert_eq!(of(&waived("*/role/ci")).1["summary"]["waived"], 1);
    let (code, mixed) = held(&world(&[DEV]), &both, &waived("hub/role/ci"), &EXPECTATION, &[]);
    assert_eq!((code, &mixed["summary"]["baseline"]), (Some(0), &json!(1)), "{mixed}");
    // asked about either account, it is there
    let (code, hub) = held(&World::of_organization(), &both, &never, &EXPECTATION, &["--account", "hub"]);
    assert_eq!((code, &hub["summary"]["open"]), (Some(3), &json!(1)), "{hub}");
}

#[test]
fn a_new_holder_of_a_known_policy_is_new() {
    let allow = |action: Value| json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]});
    let passes = json!(["iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction"]);
    let not =
        json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}]});
    let cases = [
        ("policy-allows-everything", allow(json!("*"))),
        ("policy-allows-whole-service", allow(json!("iam:*"))),
        ("sensitive-read-on-all-resources", allow(json!("secretsmanager:GetSecretValue"))),
        ("allow-with-not-action", not),
        ("pass-role-unrestricted", allow(passes.clone())),
        ("stronger-role-can-be-passed", allow(passes)),
        ("principal-takes-over-stronger-one", allow(json!("iam:UpdateAssumeRolePolicy"))),
    ];
    for (rule, policy) in cases {
        let world = |users: &[&str]| {
            let mut world = World::of_organization();
            world.role(
                PROD,
                "adm",
                trusts(json!({"Service": "lambda.amazonaws.com"})),
                &[allow(json!("*")), allow(json!("s3:*"))],
            );
            for name in users {
                world.user(PROD, name, std::slice::from_ref(&policy));
            }
            world
        };
        let (code, more) = held(&world(&["backup"]), &world(&["backup", "mallory"]), "", &["--rule", rule], &[]);
        let findings = told(&more).0;
        assert!([Some(3), Some(5)].contains(&code), "{rule}: {findings:?}");
        let open: Vec<&String> = findings.iter().filter(|told| told.starts_with("open")).collect();
        assert!(!open.is_empty() && open.iter().all(|told| told.contains("mallory")), "{rule}: {findings:?}");
        let (_, less) = held(&world(&["backup", "mallory"]), &world(&["mallory"]), "", &["--rule", rule], &[]);
        assert!(told(&less).0.iter().all(|told| !told.starts_with("open")), "{rule}: {less}");
    }
}

#[test]
fn those_who_are_gone_are_taken_out_of_a_baseline_and_the_others_stay() {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("rolehop.toml"), format!("{EXPECT}only = []\n")).unwrap();
    let (before, after) = (reached_by(&["alice", "bob"]).write(), reached_by(&["bob"]).write());
    let run = |snapshot: &Path, arguments: &[&str]| {
        run_in(home.path(), &[], &[arguments, &["--snapshot", snapshot.to_str().unwrap(), "--at", AT]].concat())
    };
    run(before.path(), &["baseline", "create", "--rule", "expectation", "-o", "baseline.json"]);
    run(after.path(), &["baseline", "prune", "baseline.json"]);
    let left: Value = serde_json::from_str(&fs::read_to_string(home.path().join("baseline.json")).unwrap()).unwrap();
    assert_eq!(left["findings"][0]["principals"], json!([into("bob")]));
    let again = run(before.path(), &["check", "--rule", "expectation", "--baseline", "baseline.json"]);
    assert!(again.code == Some(3) && again.out.contains("user/alice"), "{again:?}");
    // one that says nothing of them knows the subject alone
    let mut old = left;
    old["findings"][0].as_object_mut().unwrap().remove("principals");
    fs::write(home.path().join("baseline.json"), old.to_string()).unwrap();
    let known = run(after.path(), &["check", "--rule", "expectation", "--baseline", "baseline.json"]);
    assert_eq!(known.code, Some(3), "the subject was the account: {known:?}");
}

#[test]
fn a_run_of_other_rules_or_edges_fixes_nothing() {
    // the special case of a rule tells what the rule told
    let mut world = World::of_organization();
    world.role(PROD, "ext", trusts(root("999988887777")), &[may_assume(&["*"])]);
    world.with(PROD, "RoleDetailList", "CreateDate", json!("2020-01-01T00:00:00Z"));
    world.with(PROD, "RoleDetailList", "RoleLastUsed", json!({}));
    let (_, special) = held(&world, &world, "", &[], &[]);
    assert_eq!(special["baseline"]["fixed"], json!([]));
    let home = tempfile::tempdir().unwrap();
    let snapshot = world.write();
    let run = |arguments: &[&str]| {
        let place = ["--snapshot", snapshot.path().to_str().unwrap(), "--at", AT];
        run_in(home.path(), &[], &[arguments, &place].concat())
    };
    let fixed = |file: &str, more: &[&str]| {
        let ended = run(&[&["check", "--json", "--baseline", file], more].concat());
        serde_json::from_str::<Value>(&ended.out).unwrap()
    };
    run(&["baseline", "create", "--rule", "role-unused", "-o", "one.json"]);
    assert_eq!(
        fixed("one.json", &[])["baseline"],
        json!({"at": AT, "findings": 1, "known": 1, "unknown": 0, "fixed": []})
    );
    run(&["baseline", "create", "-o", "all.json"]);
    assert_eq!(fixed("all.json", &["--rule", "role-unused"])["summary"]["open"], 0);
    // a way of escalation that is not followed may be there still
    let mut world = World::of_organization();
    let takes = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Resource": "*",
        "Action": ["iam:UpdateAssumeRolePolicy", "sts:AssumeRole"]}]});
    world.user(PROD, "mallory", &[takes]);
    let everything =
        json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]});
    world.role(PROD, "deploy", trusts(json!({"Service": "ec2.amazonaws.com"})), &[everything]);
    let config = format!("[check]\nedges = [\"assume\", \"escalation\"]\n{EXPECT}only = [\"service:*\"]\n");
    let (_, without) = held(&world, &world, &config, &EXPECTATION, &["--edges", "assume"]);
    assert_eq!((&without["baseline"]["fixed"], &without["baseline"]["unknown"]), (&json!([]), &json!(1)), "{without}");
    let (_, with) = held(&world, &world, &config, &EXPECTATION, &[]);
    assert_eq!(with["baseline"]["known"], 1, "{with}");
}

/// Status and message of what a rule finds in its bad fixture once a file of that was changed, against the baseline of before.
fn since(rule: &str, file: &str, config: &str, how: impl FnOnce(&mut Value)) -> Vec<String> {
    let bench = Bench::of(&format!("tests/rules/{rule}/bad"));
    fs::write(bench.path("rolehop.toml"), config).unwrap();
    let alone = ["--rule", rule];
    bench.rolehop(&[&["baseline", "create", "-o", "baseline.json"], &alone[..]].concat());
    assert_eq!(bench.check(&alone)["summary"]["open"], 0, "{rule}");
    bench.change(file, how);
    let mut open = told(&bench.check(&alone)).0;
    open.retain(|finding| finding.starts_with("open"));
    open
}

fn instance(identity_center: &mut Value) -> &mut Value {
    &mut identity_center["Instances"][0]
}

#[test]
fn access_that_a_known_finding_gains_is_new() {
    let center = "snap/identity-center.json";
    let assign = |set: &'static str, account: &'static str| {
        move |file: &mut Value| {
            let assignment = json!({"AccountId": account, "PermissionSetArn": format!("arn:aws:sso:::permissionSet/ssoins-fixture/{set}"),
                "PrincipalType": "USER", "PrincipalId": "grace"});
            instance(file)["AccountAssignments"].as_array_mut().unwrap().push(assignment);
        }
    };
    let open = since("person-assigned-directly", center, "", assign("ps-admin", "100000000001"));
    let new = "new since it was accepted: person d-fixture/grace into arn:aws:sso:::permissionSet/ssoins-fixture/ps-admin \
        in 100000000001";
    assert!(open.len() == 1 && open[0].contains(new), "{open:?}");
    // one more administrator
    let join = |file: &mut Value| {
        let user = json!({"UserId": "eve", "UserName": "eve@example.com", "UserStatus": "ENABLED"});
        instance(file)["Users"].as_array_mut().unwrap().push(user);
        let member = json!({"GroupId": "g-ops", "MemberId": {"UserId": "eve"}});
        instance(file)["GroupMemberships"].as_array_mut().unwrap().push(member);
    };
    let config = "[rules.administrator-set-held-by-many]\nmost = 1\n";
    let open = since("administrator-set-held-by-many", center, config, join);
    assert!(open.len() == 1 && open[0].contains("new since it was accepted: person d-fixture/eve into "), "{open:?}");
}

#[test]
fn who_else_gets_into_a_known_role_is_new() {
    let trust = |role: &'static str, who: &'static str| {
        move |file: &mut Value| {
            let roles = file["RoleDetailList"].as_array_mut().unwrap();
            let role = roles.iter_mut().find(|one| one["RoleName"] == role).unwrap();
            let statement = json!({"Effect": "Allow", "Principal": {"AWS": who}, "Action": "sts:AssumeRole"});
            let statements = &mut role["AssumeRolePolicyDocument"]["Statement"];
            let known = statements.as_array().cloned().unwrap_or_else(|| vec![statements.clone()]);
            *statements = known.into_iter().chain([statement]).collect();
        }
    };
    let file = "snap/accounts/100000000003.json";
    let of_outsider = trust("OrganizationAccountAccessRole", "arn:aws:iam::555566667777:user/eve");
    let open = since("organization-admin-role-reachable", file, "", of_outsider);
    assert!(open.len() == 1 && open[0].ends_with("new since it was accepted: 555566667777/user/eve"), "{open:?}");
    let (file, name) = ("snap/accounts/100000000002.json", "management-account-reachable");
    let bench = Bench::of(&format!("tests/rules/{name}/bad"));
    bench.rolehop(&["baseline", "create", "-o", "baseline.json", "--rule", name]);
    // a user who may do what dan may
    bench.change(file, |file| {
        let users = file["UserDetailList"].as_array_mut().unwrap();
        let mut one = users.iter().find(|user| user["UserName"] == "dan").unwrap().clone();
        one["UserName"] = json!("deb");
        one["UserId"] = json!("AIDADEB");
        one["Arn"] = json!("arn:aws:iam::100000000002:user/deb");
        users.push(one);
    });
    bench.change("snap/accounts/100000000001.json", trust("billing-ops", "100000000002"));
    let open = told(&bench.check(&["--rule", name])).0;
    assert!(open.iter().any(|one| one.starts_with("open") && one.contains("100000000002/user/deb")), "{open:?}");
}

#[test]
fn a_finding_about_people_is_waived_for_one_of_them() {
    let bench = Bench::of("tests/rules/person-assigned-directly/bad");
    let waived = |place: &str| {
        let waiver = format!(
            "[[waivers]]\nrule = \"person-assigned-directly\"\nwhere = {place:?}\nreason = \"r\"\nowner = \"o\"\nexpires = 2027-02-28\n"
        );
        fs::write(bench.path("waivers.toml"), waiver).unwrap();
        let arguments = ["check", "--json", "--rule", "person-assigned-directly", "--waivers", "waivers.toml"];
        let json: Value = serde_json::from_str(&bench.rolehop(&arguments).out).unwrap();
        json["findings"][0]["status"].clone()
    };
    assert_eq!(waived("person d-fixture/grace *"), "waived");
    assert_eq!(waived("person d-fixture/ada *"), "open");
    assert_eq!(waived("person d-fixture/grace into *ps-read*"), "open");
    assert_eq!(waived("management/root"), "waived");
}
