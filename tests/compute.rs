//! What runs with roles, as a part of a snapshot: its digest covers the files, `merge` joins them, and `accounts` says how far they go.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a world that cannot be built has failed its test")]

#[path = "support/program.rs"]
mod program;

use std::fs;
use std::path::{Path, PathBuf};

use jiff::SignedDuration;
use program::run_in;
use rolehop::generate::{Spec, write};
use rolehop::snapshot::merge::merge;
use rolehop::snapshot::{Snapshot, SnapshotError};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn put(dir: &Path, path: &str, value: &Value) {
    let file = dir.join("compute").join(path);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(file, value.to_string()).unwrap();
}

/// Everything that a whole account has to list, and its one Region.
fn put_whole(dir: &Path, account: &str, but: &str) {
    put(dir, &format!("{account}/regions.json"), &json!({"Regions": [{"RegionName": "eu-west-1"}]}));
    for key in ["Functions", "Stacks", "Reservations", "projects", "NotebookInstances", "stateMachines", "DevEndpoints"]
    {
        if key != but {
            put(dir, &format!("{account}/eu-west-1/{key}.json"), &json!({ key: [] }));
        }
    }
}

/// A snapshot of three accounts, with the manifest that `collect` would have written.
fn made(dir: &Path, share: &Value) {
    write(&Spec::new(3, 2), dir).unwrap();
    let accounts: Vec<String> = Snapshot::open(dir).unwrap().accounts().map(|id| id.to_string()).collect();
    let names = fs::read_dir(dir.join("accounts")).unwrap().map(|entry| entry.unwrap().file_name());
    let mut files: Vec<String> = names.map(|name| format!("accounts/{}", name.to_str().unwrap())).collect();
    files.extend(
        ["organization.json", "identity-center.json"]
            .map(str::to_owned)
            .into_iter()
            .filter(|name| dir.join(name).exists()),
    );
    let digest = |name: &String| (name.clone(), json!(sha256(&fs::read(dir.join(name)).unwrap())));
    let complete = |id: &String| (id.clone(), json!({"state": "complete"}));
    let (ledger, files): (Map<_, _>, Map<_, _>) =
        (accounts.iter().map(complete).collect(), files.iter().map(digest).collect());
    let mut manifest = json!({"format": 1, "tool": "rolehop test", "started": "2026-11-01T00:00:00Z",
        "finished": "2026-11-01T01:00:00Z", "ledger": ledger, "files": files});
    if !share.is_null() {
        manifest["share"] = share.clone();
    }
    fs::write(dir.join("manifest.json"), manifest.to_string()).unwrap();
}

struct World {
    root: TempDir,
    accounts: Vec<String>,
}

impl World {
    /// A snapshot of three accounts with a manifest, in `one`.
    fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        made(&root.path().join("one"), &Value::Null);
        let accounts = Snapshot::open(&root.path().join("one")).unwrap().accounts().map(|id| id.to_string()).collect();
        Self { root, accounts }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    /// `one` again, as one of two parts of a list.
    fn part(&self, index: u32) -> PathBuf {
        let dir = self.at(&format!("part-{index}"));
        made(&dir, &json!({"list": "x", "listed": 3, "shard": {"index": index, "total": 2}}));
        dir
    }

    fn digest(&self, name: &str) -> String {
        Snapshot::open(&self.at(name)).unwrap().digest().unwrap()
    }

    /// The output of `accounts`.
    fn accounts(&self, name: &str, more: &[&str]) -> String {
        let ended = run_in(self.root.path(), &[], &[&["accounts", "--snapshot", name], more].concat());
        assert_eq!(ended.code, Some(0), "{ended:?}");
        ended.out
    }
}

#[test]
fn the_digest_of_a_snapshot_covers_what_somebody_saved_beside_it() {
    let world = World::new();
    let manifest = sha256(&fs::read(world.at("one/manifest.json")).unwrap());
    assert_eq!(world.digest("one"), manifest);
    let account = &world.accounts[0];
    let list = json!({"Functions": []});
    put(&world.at("one"), &format!("{account}/eu-west-1/functions.json"), &list);
    put(&world.at("one"), &format!("{account}/eu-north-1/functions.json"), &list);
    let of_list = sha256(list.to_string().as_bytes());
    let lines = format!(
        "{manifest}  manifest.json\n{of_list}  compute/{account}/eu-north-1/functions.json\n{of_list}  compute/{account}/eu-west-1/functions.json\n"
    );
    assert_eq!(world.digest("one"), sha256(lines.as_bytes()));
    put(
        &world.at("one"),
        &format!("{account}/eu-west-1/functions.json"),
        &json!({"Functions":  [], "NextMarker": "x"}),
    );
    assert_ne!(world.digest("one"), sha256(lines.as_bytes()));
}

#[test]
fn parts_are_merged_with_what_runs_in_their_accounts() {
    let world = World::new();
    let parts = [world.part(1), world.part(2)];
    let [a, b, c] = [0, 1, 2].map(|at| world.accounts[at].as_str());
    put_whole(&parts[0], a, "");
    put_whole(&parts[1], b, "Reservations");
    // of one name, once the same and once not
    let function = |account: &str| {
        json!({"Functions": [{"FunctionName": "f", "FunctionArn": format!("arn:aws:lambda:eu-west-1:{account}:function:f"),
            "Role": format!("arn:aws:iam::{account}:role/f")}]})
    };
    put(&parts[0], "functions.json", &function(a));
    put(&parts[1], "functions.json", &function(b));
    parts.iter().for_each(|part| put(part, "same.json", &function(c)));
    merge(&parts, None, &world.at("whole"), SignedDuration::from_hours(24)).unwrap();
    let whole = Snapshot::open(&world.at("whole")).unwrap();
    let compute = whole.compute().unwrap();
    let names: Vec<&str> =
        compute.files.keys().map(String::as_str).filter(|name| !name.contains("eu-west-1")).collect();
    let regions = [a, b].map(|account| format!("compute/{account}/regions.json"));
    assert_eq!(
        names,
        [&*regions[0], &*regions[1], "compute/functions.json", "compute/part-2-functions.json", "compute/same.json"]
    );
    assert_eq!(compute.accounts.values().filter(|of| of.things.len() == 1).count(), 3);
    // the manifest has them now, and vouches for them
    assert!(compute.files.keys().all(|name| whole.manifest().unwrap().files.contains_key(name)));
    assert_eq!(whole.digest().unwrap(), sha256(&fs::read(world.at("whole/manifest.json")).unwrap()));
    fs::write(world.at("whole/compute/functions.json"), function(c).to_string()).unwrap();
    assert!(
        matches!(Snapshot::open(&world.at("whole")), Err(SnapshotError::Digest(path)) if path.ends_with("compute/functions.json"))
    );
    fs::remove_file(world.at("whole/compute/functions.json")).unwrap();
    assert!(matches!(Snapshot::open(&world.at("whole")), Err(SnapshotError::Gone(_))));
}

#[test]
fn two_files_of_one_name_are_read_after_a_merge_however_deep_they_lie() {
    let world = World::new();
    let parts = [world.part(1), world.part(2)];
    let account = world.accounts[0].as_str();
    let deep = format!("{account}/eu-west-1/lambda/functions.json");
    let function = json!({"FunctionArn": format!("arn:aws:lambda:eu-west-1:{account}:function:f"), "Role": "f"});
    put(&parts[0], &deep, &json!({"Functions": []}));
    put(&parts[1], &deep, &json!({"Functions": [function]}));
    put(&parts[1], &deep.replace("functions", "part-2-functions"), &json!({"Functions": [], "NextMarker": "x"}));
    merge(&parts, None, &world.at("whole"), SignedDuration::from_hours(24)).unwrap();
    let compute = Snapshot::open(&world.at("whole")).unwrap().compute().cloned().unwrap();
    assert_eq!(compute.files.len(), 3, "{:?}", compute.files);
    assert_eq!(compute.accounts[&account.parse().unwrap()].things.len(), 1);
}

#[test]
fn names_on_every_page_of_a_list_need_their_roles() {
    let world = World::new();
    let account = world.accounts[0].as_str();
    put_whole(&world.at("one"), account, "stateMachines");
    let arn = |name: &str| format!("arn:aws:states:eu-west-1:{account}:stateMachine:{name}");
    let place = |name: &str| format!("{account}/eu-west-1/{name}.json");
    let role = format!("arn:aws:iam::{account}:role/r");
    let page = |name: &str| json!({"stateMachines": [{"stateMachineArn": arn(name), "name": name}]});
    let mut first = page("a");
    first["nextToken"] = json!("x");
    put(&world.at("one"), &place("machines"), &first);
    put(&world.at("one"), &place("machines-2"), &page("b"));
    put(&world.at("one"), &place("b"), &json!({"stateMachineArn": arn("b"), "roleArn": role}));
    assert!(world.accounts("one", &[]).contains("not whole: states:stateMachine"));
    put(&world.at("one"), &place("a"), &json!({"stateMachineArn": arn("a"), "roleArn": role}));
    assert!(!world.accounts("one", &[]).contains("not whole"));
}

#[test]
fn accounts_are_complete_incomplete_or_absent_and_foreign_ones_are_named() {
    let world = World::new();
    let [a, b, c] = [0, 1, 2].map(|at| world.accounts[at].as_str());
    assert!(!world.accounts("one", &[]).contains("Compute"));
    put_whole(&world.at("one"), a, "");
    put_whole(&world.at("one"), b, "Reservations");
    put_whole(&world.at("one"), "999999999999", "");
    let table = world.accounts("one", &[]);
    assert!(table.contains("Compute   1 complete + 1 incomplete + 1 absent"), "{table}");
    assert!(table.contains("  1  not whole: ec2:instance: ") && table.contains(b), "{table}");
    assert!(table.contains("  1  not accounts of this snapshot: 999999999999"), "{table}");
    let rows: Vec<Value> = serde_json::from_str(&world.accounts("one", &["--json"])).unwrap();
    let of = |id: &str| rows.iter().find(|row| row["account"] == id).unwrap();
    assert_eq!([&of(a)["compute"], &of(b)["compute"], &of(c)["compute"]], ["complete", "incomplete", "absent"]);
    assert_eq!([&of(a)["compute_unread"], &of(b)["compute_unread"]], [&json!([]), &json!(["ec2:instance"])]);
    let csv = world.accounts("one", &["-f", "csv"]);
    assert!(csv.starts_with("account,name,unit,state,reason,compute"), "{csv}");
    assert!(csv.lines().any(|line| line.starts_with(b) && line.ends_with(",incomplete")), "{csv}");
}
