//! What a plan is said to do, held against what `diff` says of the accounts once it is done by hand.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::demo::{here, json_of, run};
use super::program::Ended;

/// The accounts that a Terraform has made: `created/` of the plans.
pub(crate) const PROD: &str = "101010101010";
pub(crate) const DEV: &str = "444455556666";

/// A copy of the organization, changed.
pub(crate) fn world(change: impl Fn(&str, &mut Value)) -> tempfile::TempDir {
    let (dir, before) = (tempfile::tempdir().unwrap(), here("terraform/created"));
    fs::create_dir(dir.path().join("accounts")).unwrap();
    fs::copy(Path::new(&before).join("organization.json"), dir.path().join("organization.json")).unwrap();
    for account in [PROD, DEV] {
        let file = format!("accounts/{account}.json");
        let mut read = json_of(&fs::read_to_string(Path::new(&before).join(&file)).unwrap());
        change(account, &mut read);
        fs::write(dir.path().join(&file), read.to_string()).unwrap();
    }
    dir
}

/// The user, role, group or policy of this name.
pub(crate) fn named<'v>(account: &'v mut Value, list: &str, name: &str) -> &'v mut Value {
    let key = match list {
        "UserDetailList" => "UserName",
        "GroupDetailList" => "GroupName",
        "RoleDetailList" => "RoleName",
        _ => "PolicyName",
    };
    account[list].as_array_mut().unwrap().iter_mut().find(|one| one[key] == name).unwrap()
}

/// Without what only one of the two commands says.
pub(crate) fn stripped(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let kept =
                members.into_iter().filter(|(key, _)| !["sources", "planned", "snapshot"].contains(&key.as_str()));
            Value::Object(kept.map(|(key, value)| (key, stripped(value))).collect())
        }
        Value::Array(items) => items.into_iter().map(stripped).collect(),
        other => other,
    }
}

const COMMON: [&str; 10] = [
    "--target",
    "prod",
    "--target",
    "dev",
    "--at",
    "2026-11-20T00:00:00Z",
    "--no-config",
    "--json",
    "--only",
    "paths,principals,people,trusts,guardrails,accounts",
];

/// What `what-if` says of a plan: of Terraform or CloudFormation, by flag.
pub(crate) fn planned(before: &Path, tool: &[&str], plan: &Path) -> Ended {
    let start = ["what-if", "--snapshot", before.to_str().unwrap()];
    run(&[&start[..], tool, &[plan.to_str().unwrap()], &COMMON].concat())
}

/// The same of a plan that is written out, of the account that programs run in.
pub(crate) fn said(tool: &str, plan: &Value) -> Ended {
    let (dir, before) = (tempfile::tempdir().unwrap(), here("terraform/created"));
    let file = dir.path().join("plan.json");
    fs::write(&file, plan.to_string()).unwrap();
    planned(Path::new(&before), &["--account", DEV, tool], &file)
}

/// What `diff` says of two organizations.
pub(crate) fn applied(before: &Path, after: &Path) -> Ended {
    run(&[&["diff", before.to_str().unwrap(), after.to_str().unwrap()], &COMMON[..]].concat())
}

/// A plan of the organization as Terraform left it does what is done to the accounts by hand; says what that is.
pub(crate) fn does(tool: &str, plan: &Value, change: impl Fn(&str, &mut Value)) -> Value {
    let planned = said(tool, plan);
    let applied = applied(Path::new(&here("terraform/created")), world(change).path());
    assert!(planned.code.is_some_and(|code| [0, 4].contains(&code)), "{planned:?} {plan:#}");
    let [one, other] = [planned, applied].map(|ended| stripped(json_of(&ended.out)));
    assert_eq!(one, other, "{plan:#}");
    one
}
