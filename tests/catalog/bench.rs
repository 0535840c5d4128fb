//! A small organization behind the emulator, scanned by the real collector with a fault in between.

use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::{Mutex, OnceLock};
use std::time::Duration;

use rolehop::collect::{CollectError, CollectOptions, Progress, StaticCredentials, collect};
use rolehop::diagnostic::Diagnostic;
use rolehop::emulator::{Emulator, EmulatorData, EmulatorOptions, Rule, Schedule};
use rolehop::facet::Facet;
use rolehop::generate::{Spec, write};
use rolehop::ids::AccountId;
use rolehop::snapshot::ledger::AccountState;
use rolehop::snapshot::manifest::Manifest;

pub(crate) const ROLE: &str = "audit-readonly";
const ACCOUNTS: usize = 6;

/// The organization on disk, created once.
pub(crate) fn made() -> &'static Path {
    static MADE: OnceLock<PathBuf> = OnceLock::new();
    MADE.get_or_init(|| {
        let dir = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("catalog-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&dir);
        write(&Spec::new(ACCOUNTS, 4), &dir).unwrap();
        std::fs::read_dir(dir.join("accounts")).unwrap().for_each(|file| add_last_use(&file.unwrap().path()));
        dir
    })
}

/// The generator has no last use of services: each user and role has used one.
fn add_last_use(file: &Path) {
    let mut account: serde_json::Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    let of = |list: &str| account[list].as_array().cloned().unwrap_or_default();
    let used = |entity: &serde_json::Value| serde_json::json!({"Arn": entity["Arn"], "ServicesLastAccessed": [{"ServiceName": "AWS STS", "ServiceNamespace": "sts"}]});
    let used: Vec<_> = [of("UserDetailList"), of("RoleDetailList")].concat().iter().map(used).collect();
    account["LastAccessed"] = used.into();
    std::fs::write(file, account.to_string()).unwrap();
}

/// Its accounts; the first is the management account, which makes the calls.
pub(crate) fn accounts() -> Vec<AccountId> {
    let file: serde_json::Value =
        serde_json::from_slice(&std::fs::read(made().join("organization.json")).unwrap()).unwrap();
    let management = file["Organization"]["MasterAccountId"].as_str().unwrap();
    let mut ids: Vec<AccountId> =
        file["Accounts"].as_array().unwrap().iter().map(|a| a["Id"].as_str().unwrap().parse().unwrap()).collect();
    ids.sort_by_key(|id| (id.to_string() != management, *id));
    ids
}

/// A member account that faults hit, and one that they must not.
pub(crate) fn hit() -> AccountId {
    accounts()[2]
}

pub(crate) fn other() -> AccountId {
    accounts()[3]
}

/// All progress reports.
#[derive(Default)]
pub(crate) struct Told {
    pub(crate) warnings: Mutex<Vec<Diagnostic>>,
    pub(crate) notes: Mutex<Vec<String>>,
}

impl Progress for Told {
    fn identity(&self, _: &str, _: &str, _: &str) {}
    fn listed(&self, _: usize, _: usize) {}
    fn account_done(&self, _: AccountId, _: &str, _: &AccountState) {}
    fn note(&self, text: &str) {
        self.notes.lock().unwrap().push(text.to_owned());
    }
    fn warning(&self, diagnostic: &Diagnostic) {
        self.warnings.lock().unwrap().push(diagnostic.clone());
    }
}

/// How a scan ended.
pub(crate) struct Run {
    pub(crate) result: Result<Manifest, CollectError>,
    pub(crate) told: Told,
    pub(crate) emulator: Emulator,
    pub(crate) dir: tempfile::TempDir,
}

pub(crate) fn options(emulator: &Emulator, dir: &Path) -> CollectOptions {
    let (id, secret) = emulator.access_key();
    let mut options = CollectOptions::new(ROLE, dir, "2026-11-20T12:00:00Z".parse().unwrap());
    options.endpoint = Some(emulator.endpoint());
    options.region = Some("eu-west-1".to_owned());
    options.credentials = Some(StaticCredentials {
        access_key_id: id.to_owned(),
        secret_access_key: secret.to_owned(),
        session_token: None,
    });
    let tuning = &mut options.tuning;
    tuning.initial_backoff = Duration::from_millis(1);
    tuning.max_backoff = Duration::from_millis(20);
    tuning.attempt_timeout = Duration::from_millis(700);
    tuning.report_wait = Duration::from_millis(300);
    tuning.report_poll = Duration::from_millis(2);
    tuning.grace = Duration::from_millis(300);
    tuning.quota_scale = 1000.0;
    options
}

/// A runtime whose threads have enough stack for the SDK's futures in a debug build.
pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(future)
}

impl Run {
    pub(crate) fn with(emulate: EmulatorOptions, change: impl FnOnce(&mut CollectOptions)) -> Self {
        let emulator = Emulator::start(EmulatorData::from_directory(made()).unwrap(), emulate).unwrap();
        let (dir, told) = (tempfile::tempdir().unwrap(), Told::default());
        let mut options = options(&emulator, dir.path());
        change(&mut options);
        let result = block_on(collect(&options, &told));
        Self { result, told, emulator, dir }
    }

    pub(crate) fn of(rules: impl IntoIterator<Item = Rule>) -> Self {
        Self::with(EmulatorOptions { faults: Schedule::of(rules), ..EmulatorOptions::default() }, |_| {})
    }

    #[track_caller]
    pub(crate) fn manifest(&self) -> &Manifest {
        match &self.result {
            Ok(manifest) => manifest,
            Err(error) => unreachable!("{:?}", error.diagnostic()),
        }
    }

    /// The exit code of the command.
    pub(crate) fn exit(&self) -> u8 {
        match &self.result {
            Err(error) => error.diagnostic().code.exit().code(),
            Ok(manifest) if manifest.ledger.is_complete() && manifest.gaps.is_empty() => 0,
            Ok(_) => 4,
        }
    }

    /// Asserts that all is complete, with the same files as without a fault.
    #[track_caller]
    pub(crate) fn is_whole(&self) {
        assert_eq!(self.exit(), 0, "{:?} {:?}", self.manifest().ledger.gaps(), self.manifest().gaps);
        assert_eq!(self.manifest().files, fault_free().files);
        self.warnings_are(&[]);
    }

    /// Asserts that exactly this account lost exactly these data sets, with the reason; everything else is as without a
    /// fault. The message has that id, and the command that reads the snapshot says so too.
    #[track_caller]
    pub(crate) fn lost(&self, account: AccountId, facets: &[Facet], reason: &str, id: &str) {
        assert_eq!(self.exit(), 4);
        let manifest = self.manifest();
        assert!(manifest.gaps.is_empty(), "{:?}", manifest.gaps);
        for (at, state) in manifest.ledger.iter() {
            let AccountState::Incomplete { gaps } = state else { continue };
            assert_eq!(at, account, "{gaps:?}");
            let mut lost: Vec<Facet> = gaps.iter().map(|gap| gap.facet).collect();
            lost.dedup();
            assert_eq!(lost, facets, "{gaps:?}");
            assert!(gaps.iter().any(|gap| gap.reason.contains(reason)), "{gaps:?}");
        }
        assert!(matches!(manifest.ledger.get(account), Some(AccountState::Incomplete { .. })), "{account} is complete");
        self.complete_accounts_are_whole();
        self.ledger_adds_up();
        let warnings = self.told.warnings.lock().unwrap();
        let warning = warnings.iter().find(|warning| warning.code.as_str() == id);
        let warning = warning.unwrap_or_else(|| unreachable!("no {id} in {warnings:?}"));
        has_four_parts(warning);
        drop(warnings);
        let output = self.rolehop(&["accounts", "--incomplete"]);
        assert_eq!(output.status.code(), Some(4), "{}", String::from_utf8_lossy(&output.stderr));
        assert!(String::from_utf8_lossy(&output.stdout).contains(&account.to_string()));
    }

    /// Asserts that the scan did not start, or could not continue.
    #[track_caller]
    pub(crate) fn failed(&self, exit: u8, id: &str) -> Diagnostic {
        let Err(error) = &self.result else { unreachable!("{:?}", self.result) };
        let diagnostic = error.diagnostic();
        assert_eq!((diagnostic.code.exit().code(), diagnostic.code.as_str()), (exit, id), "{diagnostic:?}");
        has_four_parts(&diagnostic);
        diagnostic
    }

    #[track_caller]
    pub(crate) fn warnings_are(&self, ids: &[&str]) {
        let warnings = self.told.warnings.lock().unwrap();
        assert_eq!(warnings.iter().map(|warning| warning.code.as_str()).collect::<Vec<_>>(), ids, "{warnings:?}");
    }

    /// The promise: what is reported as complete equals, byte for byte, what a run without faults reads.
    #[track_caller]
    pub(crate) fn complete_accounts_are_whole(&self) {
        let (manifest, whole) = (self.manifest(), fault_free());
        for (id, state) in manifest.ledger.iter() {
            if *state == AccountState::Complete {
                let name = format!("accounts/{id}.json");
                assert_eq!(manifest.files.get(&name), whole.files.get(&name), "{id}");
            }
        }
    }

    #[track_caller]
    pub(crate) fn ledger_adds_up(&self) {
        let view = self.manifest().ledger.view();
        assert_eq!(view.listed, view.complete + view.incomplete.len() + view.skipped.len());
        assert_eq!(view.listed, ACCOUNTS);
    }

    /// How often the emulator received an operation with the credentials of an account.
    pub(crate) fn count(&self, action: &str, account: AccountId) -> usize {
        let requests = self.emulator.requests();
        requests.iter().filter(|request| request.action == action && request.account == Some(account)).count()
    }

    pub(crate) fn rolehop(&self, arguments: &[&str]) -> Output {
        rolehop(self.dir.path(), arguments)
    }
}

/// Runs the program on a snapshot.
pub(crate) fn rolehop(snapshot: &Path, arguments: &[&str]) -> Output {
    let mut command = assert_cmd::Command::cargo_bin("rolehop").unwrap();
    command.env_clear().args(arguments).args(["--no-config", "--snapshot"]).arg(snapshot);
    command.output().unwrap()
}

#[track_caller]
pub(crate) fn has_four_parts(diagnostic: &Diagnostic) {
    let Diagnostic { code, what, place, why, next, lines: _ } = diagnostic;
    for part in [code.as_str(), what.as_str(), place.as_str(), why.as_str(), next.as_str()] {
        assert!(!part.trim().is_empty(), "{diagnostic:?}");
        assert!(!part.contains('\n') && !part.contains("SdkError"), "{diagnostic:?}");
    }
}

/// The result of the same scan without faults.
pub(crate) fn fault_free() -> &'static Manifest {
    static MANIFEST: OnceLock<Manifest> = OnceLock::new();
    MANIFEST.get_or_init(|| {
        let run = Run::with(EmulatorOptions::default(), |_| {});
        assert_eq!(run.exit(), 0, "{:?}", run.manifest().ledger.gaps());
        run.result.unwrap()
    })
}
