//! A baseline: what was open when it was made is known, and only what is new gates.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a run that cannot be read has failed its test")]

#[path = "support/program.rs"]
mod program;

use std::fs;
use std::path::{Path, PathBuf};

use program::{Ended, run_in};
use serde_json::{Value, json};

const AT: &str = "2026-11-20T00:00:00Z";

/// A copy of the demo's organization, to be changed, and a baseline of it.
struct Bench(tempfile::TempDir);

impl Bench {
    fn new() -> Self {
        let bench = Self(tempfile::tempdir().unwrap());
        let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/demo");
        fs::create_dir_all(bench.path("snap/accounts")).unwrap();
        for file in fs::read_dir(demo.join("accounts")).unwrap() {
            let file = file.unwrap();
            fs::copy(file.path(), bench.path("snap/accounts").join(file.file_name())).unwrap();
        }
        fs::copy(demo.join("organization.json"), bench.path("snap/organization.json")).unwrap();
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
    fs::rename(bench.path("core.json"), bench.path(CORE)).unwrap();
    let one = bench.check(&["--rule", "root-access-key"])["baseline"].clone();
    assert_eq!(one["fixed"], json!([]), "{one}");
    let told = bench.rolehop(&["baseline", "prune", "baseline.json"]);
    assert_eq!(told.code, Some(0), "{}", told.err);
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
