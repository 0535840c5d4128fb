//! The real collector against the emulator: what a snapshot holds comes back from a scan of it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use jiff::Timestamp;
use rolehop::collect::{CollectOptions, EventSearch, Progress, Scope, StaticCredentials, collect};
use rolehop::emulator::{Emulator, EmulatorData, EmulatorOptions};
use rolehop::facet::{Facet, Facets};
use rolehop::generate::{Spec, write};
use rolehop::ids::AccountId;
use rolehop::snapshot::ledger::AccountState;
use rolehop::snapshot::manifest::Manifest;
use serde_json::{Map, Value};

use crate::world::{MANAGEMENT, MEMBER, ROLE, SUSPENDED, files};

pub(crate) struct Silent;

impl Progress for Silent {
    fn identity(&self, _: &str, _: &str, _: &str) {}
    fn listed(&self, _: usize, _: usize) {}
    fn account_done(&self, _: AccountId, _: &str, _: &AccountState) {}
    fn note(&self, _: &str) {}
}

async fn scan(emulator: &Emulator, role: &str, directory: &Path) -> Manifest {
    scan_with(emulator, role, directory, |_| {}).await
}

async fn scan_with(
    emulator: &Emulator,
    role: &str,
    directory: &Path,
    change: impl FnOnce(&mut CollectOptions),
) -> Manifest {
    let (id, secret) = emulator.access_key();
    let mut options = CollectOptions::new(role, directory, "2026-11-20T12:00:00Z".parse().unwrap());
    options.endpoint = Some(emulator.endpoint());
    options.credentials = Some(StaticCredentials {
        access_key_id: id.to_owned(),
        secret_access_key: secret.to_owned(),
        session_token: None,
    });
    options.region = Some("us-east-1".to_owned());
    options.tuning.report_poll = std::time::Duration::from_millis(5);
    change(&mut options);
    collect(&options, &Silent).await.unwrap()
}

fn read(directory: &Path, account: &str) -> Value {
    let plain = directory.join(format!("accounts/{account}.json"));
    let bytes = std::fs::read(&plain)
        .unwrap_or_else(|_| zstd::decode_all(&std::fs::read(plain.with_extension("json.zst")).unwrap()[..]).unwrap());
    serde_json::from_slice(&bytes).unwrap()
}

/// The same facts in one form: documents as objects, times in UTC, lists of entries by their names, and without what says
/// nothing: nulls, empty lists and `RoleLastUsed` without a date.
fn plain(value: &Value) -> Value {
    match value {
        Value::Object(object) => {
            let fields = object.iter().map(|(key, value)| (key.clone(), plain(value)));
            let empty = |value: &Value| {
                value.is_null()
                    || value.as_array().is_some_and(Vec::is_empty)
                    || value.as_object().is_some_and(Map::is_empty)
            };
            let fields: BTreeMap<String, Value> = fields.filter(|(_, value)| !empty(value)).collect();
            Value::Object(fields.into_iter().collect())
        }
        Value::Array(list) => {
            let mut list: Vec<Value> = list.iter().map(plain).collect();
            list.sort_by_key(Value::to_string);
            Value::Array(list)
        }
        Value::String(text) => {
            let decoded = percent_encoding::percent_decode_str(text).decode_utf8().unwrap();
            if text.starts_with("%7B") || text.starts_with('{') {
                return plain(&serde_json::from_str(&decoded).unwrap());
            }
            text.parse::<Timestamp>().map_or_else(|_| value.clone(), |time| time.to_string().into())
        }
        other => other.clone(),
    }
}

/// True where everything that `part` says is in `whole`.
fn holds(whole: &Value, part: &Value) -> bool {
    match (whole, part) {
        (Value::Object(whole), Value::Object(part)) => {
            part.iter().all(|(key, value)| whole.get(key).is_some_and(|found| holds(found, value)))
        }
        (Value::Array(whole), Value::Array(part)) => {
            whole.len() == part.len() && whole.iter().zip(part).all(|(whole, part)| holds(whole, part))
        }
        (whole, part) => whole == part,
    }
}

fn assert_same_lists(before: &Value, after: &Value) {
    let used = ["UserDetailList", "GroupDetailList", "RoleDetailList"].map(|key| before[key].to_string()).concat();
    for key in ["UserDetailList", "GroupDetailList", "RoleDetailList", "Policies"] {
        let idle = |entry: &Value| {
            let arn = entry["Arn"].as_str().unwrap();
            arn.starts_with("arn:aws:iam::aws:") && !used.contains(&format!("\"{arn}\""))
        };
        let mut before = before[key].clone();
        // AWS lists its own policies only where they are attached
        before.as_array_mut().unwrap().retain(|entry| !idle(entry));
        let (before, after) = (plain(&before), plain(&after[key]));
        // both ways: nothing lost, nothing made up. What the snapshot format does not keep is struck out first.
        let before = without(&before, &["Roles", "UpdateDate", "InstanceProfileId"]);
        let after = without(&after, &["Roles", "UpdateDate", "InstanceProfileId"]);
        assert!(holds(&before, &after), "{key}:\n{before:#}\n{after:#}");
    }
}

fn without(value: &Value, keys: &[&str]) -> Value {
    match value {
        Value::Object(object) => {
            let kept = object.iter().filter(|(key, _)| !keys.contains(&key.as_str()));
            Value::Object(kept.map(|(key, value)| (key.clone(), without(value, keys))).collect())
        }
        Value::Array(list) => Value::Array(list.iter().map(|value| without(value, keys)).collect()),
        other => other.clone(),
    }
}

#[tokio::test]
async fn a_scan_of_a_snapshot_gives_the_snapshot_back() {
    let world = EmulatorData::from_files(files()).unwrap();
    let emulator = Emulator::start(world, EmulatorOptions { page_size: 2, ..EmulatorOptions::default() }).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let manifest = scan(&emulator, ROLE, directory.path()).await;
    let states: BTreeMap<_, _> = manifest.ledger.iter().map(|(id, state)| (id.to_string(), state.clone())).collect();
    assert_eq!(states[MEMBER], AccountState::Complete);
    assert!(matches!(states[SUSPENDED], AccountState::Skipped { .. }));
    let AccountState::Incomplete { gaps } = &states[MANAGEMENT] else { unreachable!("{states:?}") };
    let gaps: BTreeSet<Facet> = gaps.iter().map(|gap| gap.facet).collect();
    let expected = [
        Facet::AccountSummary,
        Facet::CredentialReport,
        Facet::VirtualMfaDevices,
        Facet::IdentityProviders,
        Facet::AccountAliases,
        // there are no users whose keys and devices could not be read
        Facet::Trails,
    ];
    assert_eq!(gaps, BTreeSet::from(expected), "a password policy of null is none, and not a gap");
    let before: Value = serde_json::from_slice(&files()[&format!("accounts/{MEMBER}.json")]).unwrap();
    assert_same_lists(&before, &read(directory.path(), MEMBER));
}

#[tokio::test]
async fn every_facet_comes_back_keys_devices_trails_and_use_included() {
    let emulator = Emulator::start(EmulatorData::from_files(files()).unwrap(), EmulatorOptions::default()).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let manifest = scan_with(&emulator, ROLE, directory.path(), |options| {
        options.facets = Facets::named(["all"]).unwrap();
        let (roles, regions) = (vec!["Text".to_owned()], Vec::new());
        options.events = Some(EventSearch { roles, days: 90, regions });
        options.trail_regions = vec!["eu-west-1".to_owned()];
        options.scope = Scope::Accounts(vec![AccountId::parse(MEMBER).unwrap()]);
    })
    .await;
    // the snapshot has no use of three of the entities: those are gone, as far as AWS is concerned
    assert!(manifest.ledger.is_complete(), "{:?}", manifest.ledger.gaps());
    assert!(manifest.settings.unwrap().trail_regions.contains(&"eu-west-1".to_owned()), "it is noted where it looked");
    // the closed account of this organization has no tags
    assert!(manifest.gaps.iter().all(|gap| gap.facet == Facet::AccountTags), "{:?}", manifest.gaps);
    let before: Value = serde_json::from_slice(&files()[&format!("accounts/{MEMBER}.json")]).unwrap();
    let after = read(directory.path(), MEMBER);
    let sorted = |value: &Value, by: &str| {
        let mut list = plain(value).as_array().cloned().unwrap_or_default();
        list.sort_by_key(|entry| entry[by].as_str().map(str::to_owned));
        list
    };
    let keys = [
        ("AccessKeys", "AccessKeyId"),
        ("MFADevices", "SerialNumber"),
        ("Trails", "TrailARN"),
        ("LastAccessed", "Arn"),
    ];
    for (key, by) in keys {
        assert_eq!(sorted(&before[key], by), sorted(&after[key], by), "{key}");
    }
    for key in ["AssumeRoleEvents", "ServerCertificates", "ServiceCredentials"] {
        assert_eq!(before[key], after[key], "{key}");
    }
    assert_eq!(
        after["RoleDetailList"].as_array().unwrap().iter().filter(|r| r["MaxSessionDuration"] == 7200).count(),
        1
    );
    let organization: Value =
        serde_json::from_slice(&std::fs::read(directory.path().join("organization.json")).unwrap()).unwrap();
    assert_eq!(organization["EnabledFeatures"], serde_json::json!(["RootCredentialsManagement", "RootSessions"]));
    assert_eq!(
        organization["DelegatedAdministrators"][0]["Services"][0]["ServicePrincipal"],
        "guardduty.amazonaws.com"
    );
}

#[tokio::test]
async fn a_lazy_world_serves_what_the_same_files_in_memory_do() {
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name);
    write(&Spec::new(12, 5), &at("made")).unwrap();
    let mut digests = Vec::new();
    for (world, to) in
        [(EmulatorData::from_directory(&at("made")), "memory"), (EmulatorData::lazy(&at("made")), "disk")]
    {
        let emulator = Emulator::start(world.unwrap(), EmulatorOptions::default()).unwrap();
        digests.push(scan(&emulator, "audit-readonly", &at(to)).await.files);
    }
    assert_eq!(digests[0], digests[1]);
}

#[tokio::test]
async fn a_scan_of_a_scan_is_the_same_to_the_byte() {
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name);
    write(&Spec::new(6, 12), &at("made")).unwrap();
    let mut totals = Vec::new();
    for (from, to) in [("made", "first"), ("first", "second")] {
        let world = EmulatorData::from_directory(&at(from)).unwrap();
        let options = EmulatorOptions { page_size: 7, ..EmulatorOptions::default() };
        let emulator = Emulator::start(world, options).unwrap();
        let manifest = scan(&emulator, "audit-readonly", &at(to)).await;
        assert!(manifest.ledger.is_complete(), "{:?}", manifest.ledger.gaps());
        assert_eq!((manifest.ledger.iter().count(), manifest.gaps.len()), (6, 0));
        totals.push((manifest.files, emulator.calls()));
    }
    assert_eq!(totals[0].0, totals[1].0, "digests of all files");
    assert_eq!(totals[0].1["sts:AssumeRole"], 6);
    assert_eq!(totals[0].1, totals[1].1, "calls");
    for entry in std::fs::read_dir(at("made").join("accounts")).unwrap() {
        let name = entry.unwrap().file_name().to_string_lossy().into_owned();
        let account = name.split('.').next().unwrap();
        assert_same_lists(&read(&at("made"), account), &read(&at("first"), account));
    }
}
