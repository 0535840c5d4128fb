//! A directory of AWS CLI output, saved in the usual ways, is read or refused by name; what is not in it counts as not
//! read.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot build its world has failed"
)]

mod support;

#[path = "import/accounts.rs"]
mod accounts;
#[path = "import/credentials.rs"]
mod credentials;
#[path = "import/guardrails.rs"]
mod guardrails;
#[path = "import/organization.rs"]
mod organization;
#[path = "import/people.rs"]
mod people;
#[path = "import/refused.rs"]
mod refused;
#[path = "import/script.rs"]
mod script;

use std::fs;
use std::io::Write;
use std::path::Path;

use rolehop::answer::{PathAnswer, Verdict, WhoCanAnswer};
use rolehop::diagnostic::Diagnostic;
use rolehop::graph::TrustGraph;
use rolehop::graph::query::{self, Targets};
use rolehop::model::{BuildError, Estate};
use rolehop::snapshot::Snapshot;
use serde_json::{Value, json};
use support::{DEV, HUB, PROD, may_assume, role, root, trusts, user};

/// A directory under construction.
struct Dir(tempfile::TempDir);

impl Dir {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn bytes(&self, name: &str, bytes: impl AsRef<[u8]>) -> &Self {
        let path = self.0.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
        self
    }

    fn json(&self, name: &str, value: &Value) -> &Self {
        self.bytes(name, serde_json::to_string_pretty(value).unwrap())
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn read(&self) -> Result<Estate, Box<Diagnostic>> {
        let at = "2026-11-20T00:00:00Z".parse().unwrap();
        let snapshot = Snapshot::open(self.path()).map_err(|error| Box::new(error.diagnostic()))?;
        Estate::build(&snapshot, at).map_err(|BuildError::Snapshot(error)| Box::new(error.diagnostic()))
    }

    fn estate(&self) -> Estate {
        self.read().unwrap_or_else(|why| panic!("{why:?}"))
    }

    /// The error, with all four parts in one text.
    fn refused(&self) -> String {
        match self.read() {
            Ok(estate) => panic!("read: {:?}", estate.ledger().view()),
            Err(why) => format!("{} | {} | {} | {}", why.what, why.place, why.why, why.next),
        }
    }

    fn ids(&self) -> Vec<String> {
        self.estate().accounts().iter().map(|account| account.id().to_string()).collect()
    }
}

fn path(estate: &Estate, from: &str, to: &str) -> PathAnswer {
    query::path(&TrustGraph::new(estate), from, to, &Targets::new()).unwrap()
}

fn who_can(estate: &Estate, target: &str) -> WhoCanAnswer {
    query::who_can(&TrustGraph::new(estate), target, &Targets::new()).unwrap()
}

/// GetAccountAuthorizationDetails of an account with one user and one role.
fn details(account: &str, name: &str, trust: &Value) -> Value {
    json!({
        "UserDetailList": [{"Path": "/", "UserName": name, "UserId": format!("AIDA{account}"), "Arn": user(account, name),
            "CreateDate": "2025-01-01T00:00:00+00:00", "GroupList": [], "AttachedManagedPolicies": [], "Tags": [],
            "UserPolicyList": [{"PolicyName": "enter", "PolicyDocument": may_assume(&["*"])}]}],
        "GroupDetailList": [],
        "RoleDetailList": [{"Path": "/", "RoleName": "deploy", "RoleId": format!("AROA{account}"), "Arn": role(account, "deploy"),
            "CreateDate": "2025-01-01T00:00:00+00:00", "AssumeRolePolicyDocument": trust, "InstanceProfileList": [],
            "RolePolicyList": [], "AttachedManagedPolicies": [], "Tags": [], "RoleLastUsed": {}}],
        "Policies": [],
    })
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

fn utf16(text: &str, unit: fn(u16) -> [u8; 2], mark: bool) -> Vec<u8> {
    let mark = mark.then_some(0xfeff);
    mark.into_iter().chain(text.encode_utf16()).flat_map(unit).collect()
}
