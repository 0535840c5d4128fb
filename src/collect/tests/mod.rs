//! The whole collector against a server that answers as AWS does, unless a test says otherwise.
#![cfg(test)]

mod accounts;
mod answers;
mod fake;
mod guards;
mod runs;
mod told;
#[cfg(feature = "emulator")]
mod truncation;

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use aws_config::BehaviorVersion;

use self::fake::*;
use self::told::Told;
use super::*;
use crate::collect::aws::clients::{Budget, Clients};
use crate::collect::aws::error::Kind;
use crate::collect::aws::flow::{Flow, Limits};
use crate::facet::{Facet, Facets};
use crate::ids::AccountId;
use crate::snapshot::account::AccountFile;
use crate::snapshot::credential::MfaKind;
use crate::snapshot::ledger::AccountState;

fn options(fake: &Fake, directory: &Path) -> CollectOptions {
    let mut options = CollectOptions::new("audit", directory, "2026-01-02T03:04:05Z".parse().unwrap());
    options.endpoint = Some(fake.url.clone());
    options.credentials = Some(StaticCredentials {
        access_key_id: format!("AKIA{MANAGEMENT}"),
        secret_access_key: "canary-base-secret".into(),
        session_token: None,
    });
    options.external_id = Some(ExternalId::new("canary-external-id"));
    options.region = Some("eu-west-1".into());
    options.tuning.initial_backoff = Duration::from_millis(1);
    // these are only read on request
    options.facets.add(Facet::AccountTags);
    options.tuning.quota_scale = 1000.0;
    options.tuning.report_poll = Duration::from_millis(1);
    options.tuning.report_wait = Duration::from_millis(100);
    options
}

struct Run {
    directory: tempfile::TempDir,
    fake: Fake,
    told: Told,
    result: Result<Manifest, CollectError>,
}

impl Run {
    async fn with(special: impl Fn(&Request) -> Option<Response> + Send + Sync + 'static) -> Self {
        Self::changed(special, |_| {}).await
    }

    async fn changed(
        special: impl Fn(&Request) -> Option<Response> + Send + Sync + 'static,
        change: impl FnOnce(&mut CollectOptions),
    ) -> Self {
        let fake = Fake::start(special).await;
        let directory = tempfile::tempdir().unwrap();
        let told = Told::default();
        let mut options = options(&fake, directory.path());
        change(&mut options);
        let result = run::whole::run(&options, &told).await.map_err(CollectError::from);
        Self { directory, fake, told, result }
    }

    fn manifest(&self) -> &Manifest {
        self.result.as_ref().unwrap()
    }

    fn error(&self) -> (u8, &'static str) {
        let error = self.result.as_ref().unwrap_err();
        (error.diagnostic().code.exit().code(), error.diagnostic().code.as_str())
    }

    fn state(&self, account: &str) -> AccountState {
        self.manifest().ledger.get(id(account)).unwrap().clone()
    }

    /// The missing data sets of an account, and the first reason.
    fn gaps(&self, account: &str) -> (Vec<Facet>, String) {
        let AccountState::Incomplete { gaps } = self.state(account) else { return (Vec::new(), String::new()) };
        (gaps.iter().map(|gap| gap.facet).collect(), gaps[0].reason.clone())
    }

    fn text(&self, file: &str) -> String {
        std::fs::read_to_string(self.directory.path().join(file)).unwrap()
    }

    fn account(&self, account: &str) -> String {
        self.text(&format!("accounts/{account}.json"))
    }
}

fn id(text: &str) -> AccountId {
    AccountId::parse(text).unwrap()
}

fn nothing(_: &Request) -> Option<Response> {
    None
}
