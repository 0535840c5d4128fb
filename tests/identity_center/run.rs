//! A run of the collector against the emulator, and what it has to bring back.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;

use rolehop::collect::{CollectOptions, Progress, Scope, StaticCredentials, collect};
use rolehop::emulator::{Emulator, EmulatorData, EmulatorOptions};
use rolehop::facet::{Facet, Facets};
use rolehop::ids::AccountId;
use rolehop::snapshot::Snapshot;
use rolehop::snapshot::identity_center::{IdentityCenterFile, Instance};
use rolehop::snapshot::ledger::AccountState;
use rolehop::snapshot::manifest::Manifest;
use serde_json::Value;

use crate::world::*;

pub(crate) fn start(files: &BTreeMap<String, Value>, options: EmulatorOptions) -> Emulator {
    let bytes = files.iter().map(|(name, value)| (name.clone(), value.to_string().into_bytes())).collect();
    Emulator::start(EmulatorData::from_files(bytes).unwrap(), options).unwrap()
}

/// Keeps what a run says.
#[derive(Default)]
pub(crate) struct Heard(pub(crate) Mutex<Vec<String>>);

impl Progress for Heard {
    fn identity(&self, _: &str, _: &str, _: &str) {}
    fn listed(&self, _: usize, _: usize) {}
    fn account_done(&self, _: AccountId, _: &str, _: &AccountState) {}
    fn note(&self, text: &str) {
        self.0.lock().unwrap().push(text.to_owned());
    }
    fn warning(&self, diagnostic: &rolehop::diagnostic::Diagnostic) {
        self.note(&format!("{} | {} | {}", diagnostic.what, diagnostic.why, diagnostic.next));
    }
}

impl Heard {
    pub(crate) fn has(&self, text: &str) -> bool {
        self.0.lock().unwrap().iter().any(|line| line.contains(text))
    }
}

/// Rates are this much faster than AWS's, so that a test takes no minute.
pub(crate) const SCALE: f64 = 40.0;

pub(crate) fn options(emulator: &Emulator, directory: &Path) -> CollectOptions {
    let (key, secret) = emulator.access_key();
    let mut options = CollectOptions::new(ROLE, directory, "2026-11-20T12:00:00Z".parse().unwrap());
    options.endpoint = Some(emulator.endpoint());
    options.credentials = Some(StaticCredentials {
        access_key_id: key.to_owned(),
        secret_access_key: secret.to_owned(),
        session_token: None,
    });
    options.region = Some("us-east-1".to_owned());
    options.scope = Scope::Accounts(vec![id(MANAGEMENT)]);
    options.facets = Facets::named(["core", "identity-center", "account-access"]).unwrap();
    options.tuning.quota_scale = SCALE;
    options.tuning.initial_backoff = std::time::Duration::from_millis(5);
    options.tuning.max_backoff = std::time::Duration::from_millis(50);
    options
}

pub(crate) struct Ran {
    pub(crate) directory: tempfile::TempDir,
    pub(crate) manifest: Manifest,
    pub(crate) heard: Heard,
}

impl Ran {
    pub(crate) fn file(&self) -> IdentityCenterFile {
        Snapshot::open(self.directory.path()).unwrap().identity_center().cloned().unwrap()
    }

    pub(crate) fn instance(&self) -> Instance {
        self.file().instances.into_iter().find(|instance| instance.instance_arn == INSTANCE).unwrap()
    }

    pub(crate) fn reason(&self) -> Option<String> {
        let gap = self.manifest.gaps.iter().find(|gap| gap.facet == Facet::IdentityCenter);
        gap.map(|gap| gap.reason.clone())
    }
}

pub(crate) async fn scan(emulator: &Emulator, change: impl FnOnce(&mut CollectOptions)) -> Ran {
    let directory = tempfile::tempdir().unwrap();
    let mut options = options(emulator, directory.path());
    change(&mut options);
    let heard = Heard::default();
    let manifest = collect(&options, &heard).await.unwrap();
    Ran { directory, manifest, heard }
}

/// The served instance, in the order in which rolehop writes its lists.
pub(crate) fn expected(size: Size) -> Instance {
    let file: IdentityCenterFile = serde_json::from_value(identity_center(size)).unwrap();
    let mut instance = file.instances.into_iter().next().unwrap();
    instance.permission_sets_enabled = Some(true);
    instance.account_assignments.iter_mut().for_each(|list| list.sort());
    instance.group_memberships.iter_mut().for_each(|list| list.sort());
    instance.provisioned.iter_mut().for_each(|list| list.sort_by_key(|entry| entry.account_id));
    instance
}

pub(crate) fn same(found: &Instance, wanted: &Instance) {
    let plain = |instance: &Instance| {
        let mut value = serde_json::to_value(instance).unwrap();
        // times come back as AWS's JSON has them
        for set in value["PermissionSets"].as_array_mut().unwrap() {
            set["CreatedDate"] =
                set["CreatedDate"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap().to_string().into();
        }
        value
    };
    let (mut found, wanted) = (plain(found), plain(wanted));
    found.as_object_mut().unwrap().remove("AssignmentsBy");
    for (key, value) in wanted.as_object().unwrap() {
        assert_eq!(found.get(key), Some(value), "{key}");
    }
    assert_eq!(found.as_object().unwrap().len(), wanted.as_object().unwrap().len(), "{found:#}");
}
