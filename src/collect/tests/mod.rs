//! The whole collector against a server that answers as AWS does, except where a test says otherwise.

mod fake;
#[cfg(feature = "emulator")]
mod truncation;

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use aws_config::BehaviorVersion;

use self::fake::*;
use super::call::Kind;
use super::clients::{Budget, Clients};
use super::pace::{Flow, Limits};
use super::*;
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
        let (fake, directory, told) = (Fake::start(special).await, tempfile::tempdir().unwrap(), Told::default());
        let mut options = options(&fake, directory.path());
        change(&mut options);
        let result = run::run(&options, &told, &|_| None).await.map_err(CollectError::from);
        Self { directory, fake, told, result }
    }

    fn manifest(&self) -> &Manifest {
        self.result.as_ref().unwrap()
    }

    fn error(&self) -> (u8, &'static str) {
        let error = self.result.as_ref().unwrap_err();
        (error.exit_code(), error.diagnostic().id)
    }

    fn state(&self, account: &str) -> AccountState {
        self.manifest().ledger.get(id(account)).unwrap().clone()
    }

    /// The missing facets of an account, and the first reason.
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

#[tokio::test]
async fn a_healthy_organisation_is_complete_and_every_permitted_call_is_used() {
    let used = "<AttachedManagedPolicies><member><PolicyName>R</PolicyName>\
                <PolicyArn>arn:aws:iam::aws:policy/R</PolicyArn></member></AttachedManagedPolicies>";
    let answers = move |request: &Request| {
        let user = format!(
            "<UserDetailList><member><UserName>ann</UserName><Arn>arn:aws:iam::{}:user/ann</Arn></member></UserDetailList>",
            request.account
        );
        let list = format!("{user}<RoleDetailList>{}</RoleDetailList>", role(&request.account, "app", used));
        (request.operation == "GetAccountAuthorizationDetails").then(|| details(&list, LAST))
    };
    let run = Run::changed(answers, |options| {
        options.facets = Facets::named(["all"]).unwrap();
        options.events = Some(EventSearch { roles: vec!["app".into()], days: 90, regions: Vec::new() });
    })
    .await;
    assert!(run.manifest().ledger.is_complete() && run.manifest().gaps.is_empty(), "{:#?}", run.manifest());
    assert_eq!(run.manifest().ledger.iter().count(), 3);
    assert_eq!(run.manifest().read_at.len(), 3);
    assert_eq!(run.manifest().endpoint.as_deref(), Some(run.fake.url.as_str()));
    let text = run.account(MEMBER);
    let file: AccountFile<'_> = serde_json::from_str(&text).unwrap();
    let role = &file.role_detail_list.unwrap()[0];
    assert_eq!(role.assume_role_policy_document.unwrap().get(), r#"{"Version":"2012-10-17","Statement":[]}"#);
    assert_eq!(role.create_date.as_deref(), Some("2024-01-02T03:04:05Z"));
    assert_eq!(file.policies.unwrap()[0].default_version_id, "v3");
    assert_eq!(file.credential_report.unwrap()[0]["user"], "ann");
    assert!(matches!(file.password_policy, Some(None)));
    assert_eq!(file.saml_providers.unwrap().len(), 1);
    assert_eq!(role.max_session_duration, Some(7200));
    let key = &file.access_keys.unwrap()[0];
    assert_eq!(key.last_used.as_ref().unwrap().service_name.as_deref(), Some("s3"));
    assert_eq!(file.mfa_devices.unwrap()[0].kind, MfaKind::Virtual);
    let trail = &file.trails.unwrap()[0];
    assert_eq!(trail.status.as_ref().unwrap().is_logging, Some(true));
    assert_eq!(trail.event_selectors.as_ref().unwrap().len(), 1);
    assert_eq!(file.last_accessed.unwrap().len(), 2, "the user and the role");
    let events = file.assume_role_events.unwrap();
    assert_eq!(events.roles, [format!("arn:aws:iam::{MEMBER}:role/app")]);
    assert_eq!(events.events[0].principal.as_deref(), Some("arn:x"));
    let organization = run.text("organization.json");
    assert!(organization.contains(r#""EnabledFeatures":["RootSessions"]"#), "{organization}");
    assert!(organization.contains("guardduty.amazonaws.com"));

    let counts = operations(&run.fake.requests());
    assert_eq!(counts["GetPolicy"], 1, "AWS's own policy is fetched once for the organisation");
    let seen: BTreeSet<&str> = counts.keys().map(String::as_str).collect();
    let mut allowed: BTreeSet<&str> = allow::OPERATIONS.iter().map(|operation| operation.name).collect();
    // every account has its path, so that no unit is asked for its accounts
    allowed.remove("ListAccountsForParent");
    // and nobody has an MFA device
    allowed.remove("GetSessionToken");
    assert_eq!(seen, allowed);
}

#[tokio::test]
async fn the_organisation_file_holds_tree_tags_and_guardrails() {
    let run = Run::with(nothing).await;
    let text = run.text("organization.json");
    let file: crate::snapshot::organization::OrganizationFile = serde_json::from_str(&text).unwrap();
    let accounts = file.accounts.unwrap();
    assert_eq!(accounts.iter().map(|a| a.id.to_string()).collect::<Vec<_>>(), [MANAGEMENT, MEMBER, OTHER]);
    assert!(accounts.iter().all(|a| a.parent_id.as_deref() == Some("ou-1") && a.tags.as_ref().unwrap().len() == 1));
    assert_eq!(file.organizational_units.unwrap()[0].parent_id, "r-1");
    let policies = file.policies.unwrap();
    assert_eq!(policies.len(), 1, "no RCP: the type is not enabled");
    assert_eq!(policies[0].content.as_ref().unwrap().get(), r#"{"Version":"2012-10-17"}"#);
    assert_eq!(policies[0].target_ids, ["r-1"]);
}

#[tokio::test]
async fn units_are_asked_where_an_account_has_no_path() {
    let run = Run::with(|request| {
        let account = |id: &str| format!(r#"{{"Id":"{id}","Status":"ACTIVE"}}"#);
        let list = [MANAGEMENT, MEMBER, OTHER].map(account).join(",");
        (request.operation == "ListAccounts").then(|| json(&format!(r#"{{"Accounts":[{list}]}}"#)))
    })
    .await;
    let file: crate::snapshot::organization::OrganizationFile =
        serde_json::from_str(&run.text("organization.json")).unwrap();
    let parents: Vec<_> = file.accounts.unwrap().into_iter().map(|a| a.parent_id.unwrap()).collect();
    assert_eq!(parents, ["r-1", "ou-1", "r-1"]);
}

#[tokio::test]
async fn equal_organisations_give_equal_files() {
    let (a, b) = (Run::with(nothing).await, Run::with(nothing).await);
    assert_eq!(a.manifest().files, b.manifest().files);
}

#[tokio::test]
async fn pages_are_followed_and_merged() {
    let run = Run::with(|request| {
        if !request.is("GetAccountAuthorizationDetails", MEMBER) {
            return None;
        }
        let page = |name| format!("<RoleDetailList>{}</RoleDetailList>", role(MEMBER, name, ""));
        Some(match request.parameter("Marker").as_deref() {
            None => details(&page("b"), "<IsTruncated>true</IsTruncated><Marker>m=1</Marker>"),
            Some("m=1") => details("", "<IsTruncated>true</IsTruncated><Marker>m2</Marker>"),
            _ => details(&page("a"), LAST),
        })
    })
    .await;
    let text = run.account(MEMBER);
    let file: AccountFile<'_> = serde_json::from_str(&text).unwrap();
    let names: Vec<_> = file.role_detail_list.unwrap().iter().map(|role| role.role_name.to_string()).collect();
    assert_eq!(names, ["a", "b"]);
    assert_eq!(run.state(MEMBER), AccountState::Complete);
}

#[tokio::test]
async fn a_cut_page_is_fetched_again_and_never_accepted() {
    let Response(_, Some(whole)) =
        details(&format!("<RoleDetailList>{}</RoleDetailList>", role(MEMBER, "a", "")), LAST)
    else {
        unreachable!()
    };
    // after the last role, so that the SDK alone would see a whole list
    let cut = whole.split_once("<IsTruncated>").unwrap().0.to_owned();
    let cut = move |request: &Request| {
        let once = request.is("GetAccountAuthorizationDetails", MEMBER) && request.nth == 0;
        let always = request.is("GetAccountAuthorizationDetails", OTHER);
        (once || always).then(|| Response(200, Some(cut.clone())))
    };
    let run = Run::changed(cut, |options| options.tuning.max_attempts = 3).await;
    assert_eq!(run.state(MEMBER), AccountState::Complete);
    let (facets, reason) = run.gaps(OTHER);
    let of_principals = [Facet::AuthorizationDetails, Facet::RoleSettings, Facet::AccessKeys, Facet::MfaDevices];
    assert_eq!(facets, of_principals, "without the users nothing of them is known");
    assert!(reason.contains("truncated response"), "{reason}");
    assert_eq!(run.fake.count("GetAccountAuthorizationDetails", OTHER), 3);
    assert!(!run.account(OTHER).contains("RoleDetailList"), "the facet has no key");
    assert!(run.account(OTHER).contains("AccountSummary"), "the other facets are kept");
    assert!(run.told.all().contains("E231"), "{}", run.told.all());
}

#[tokio::test]
async fn pages_that_contradict_each_other_make_the_account_incomplete() {
    let run = Run::with(|request| {
        (request.operation == "GetAccountAuthorizationDetails").then(|| match request.account.as_str() {
            MEMBER => details("", "<IsTruncated>true</IsTruncated>"),
            OTHER => details("", "<IsTruncated>true</IsTruncated><Marker>again</Marker>"),
            _ => details("", LAST),
        })
    })
    .await;
    assert!(run.gaps(MEMBER).1.contains("no marker"), "{:?}", run.gaps(MEMBER));
    assert!(run.gaps(OTHER).1.contains("twice"), "{:?}", run.gaps(OTHER));
    assert_eq!(run.state(MANAGEMENT), AccountState::Complete);
}

#[tokio::test]
async fn a_session_in_the_wrong_account_is_discarded() {
    let run = Run::with(|request| {
        let wrong = format!("<Arn>arn:aws:iam::{OTHER}:user/x</Arn><UserId>u</UserId><Account>{OTHER}</Account>");
        request.is("GetCallerIdentity", MEMBER).then(|| xml("GetCallerIdentity", &wrong))
    })
    .await;
    let (facets, reason) = run.gaps(MEMBER);
    assert_eq!(facets.len(), Facets::default().of_accounts().count(), "nothing of it is known");
    assert!(reason.contains("discarded"), "{reason}");
    assert!(!run.directory.path().join(format!("accounts/{MEMBER}.json")).exists());
    assert_eq!(run.fake.count("GetAccountAuthorizationDetails", MEMBER), 0);
}

#[tokio::test]
async fn a_denied_facet_is_a_gap_and_costs_nothing_else() {
    let run =
        Run::with(|request| request.is("ListVirtualMFADevices", MEMBER).then(|| xml_error(403, "AccessDenied"))).await;
    assert_eq!(run.gaps(MEMBER).0, [Facet::VirtualMfaDevices]);
    assert!(!run.account(MEMBER).contains("VirtualMFADevices"));
    assert!(run.account(MEMBER).contains("RoleDetailList"));
    assert_eq!(run.fake.count("ListVirtualMFADevices", MEMBER), 1, "a denial is not tried again");
    assert_eq!(run.state(OTHER), AccountState::Complete);
}

#[tokio::test]
async fn denied_guardrails_leave_no_key_and_a_gap() {
    let run =
        Run::with(|request| (request.operation == "ListPolicies").then(|| json_error("AccessDeniedException"))).await;
    assert!(!run.text("organization.json").contains("\"Policies\""));
    let gaps: Vec<_> = run.manifest().gaps.iter().map(|gap| (gap.account.as_str(), gap.facet)).collect();
    assert_eq!(gaps, [("", Facet::Guardrails)]);
    assert!(run.text("organization.json").contains("OrganizationalUnits"));
}

#[tokio::test]
async fn denied_tags_are_one_gap_after_few_calls() {
    let run =
        Run::with(|request| (request.operation == "ListTagsForResource").then(|| json_error("AccessDeniedException")))
            .await;
    assert_eq!(run.manifest().gaps.len(), 1);
    assert_eq!(run.manifest().gaps[0].facet, Facet::AccountTags);
    assert!(!run.text("organization.json").contains("\"Tags\""));
}

#[tokio::test]
async fn an_expired_session_is_renewed_and_the_same_page_repeated() {
    let run = Run::with(|request| {
        (request.is("GetAccountAuthorizationDetails", MEMBER) && request.nth == 0)
            .then(|| xml_error(403, "ExpiredToken"))
    })
    .await;
    assert_eq!(run.state(MEMBER), AccountState::Complete);
    let assumed = run.fake.requests().iter().filter(|r| r.operation == "AssumeRole" && r.body.contains(MEMBER)).count();
    assert_eq!(assumed, 2);
}

#[tokio::test]
async fn a_bare_429_is_throttling() {
    let run = Run::with(|request| {
        (request.is("GetAccountSummary", MEMBER) && request.nth == 0).then(|| Response(429, Some("slow down".into())))
    })
    .await;
    assert_eq!(run.state(MEMBER), AccountState::Complete);
}

#[tokio::test]
async fn a_server_that_never_answers_costs_only_its_facet() {
    let never = |request: &Request| request.is("GetAccountSummary", MEMBER).then_some(Response(200, None));
    let run = Run::changed(never, |options| {
        options.tuning.attempt_timeout = Duration::from_millis(1500);
        options.tuning.max_attempts = 2;
    })
    .await;
    assert_eq!(run.gaps(MEMBER).0, [Facet::AccountSummary]);
}

#[tokio::test]
async fn an_answer_above_the_limit_is_refused() {
    let large =
        |request: &Request| request.is("GetAccountSummary", MEMBER).then(|| Response(200, Some("x".repeat(100_000))));
    let run = Run::changed(large, |options| options.tuning.response_limit = 50_000).await;
    let (facets, reason) = run.gaps(MEMBER);
    assert_eq!(facets, [Facet::AccountSummary]);
    assert!(reason.contains("too large"), "{reason}");
    assert_eq!(run.fake.count("GetAccountSummary", MEMBER), 1);
}

#[tokio::test]
async fn a_credential_report_that_is_never_ready_is_a_gap() {
    let run =
        Run::with(|request| request.is("GetCredentialReport", MEMBER).then(|| xml_error(404, "ReportInProgress")))
            .await;
    assert_eq!(run.gaps(MEMBER).0, [Facet::CredentialReport]);
    assert!(run.fake.count("GetCredentialReport", MEMBER) > 2, "it was waited for");
}

#[tokio::test]
async fn a_used_policy_without_text_is_a_gap() {
    let run = Run::with(|request| match request.operation.as_str() {
        "GetAccountAuthorizationDetails" if request.account == MEMBER => {
            let boundary = format!(
                "<PermissionsBoundary><PermissionsBoundaryType>Policy</PermissionsBoundaryType>\
                 <PermissionsBoundaryArn>arn:aws:iam::{MEMBER}:policy/b</PermissionsBoundaryArn></PermissionsBoundary>"
            );
            Some(details(&format!("<RoleDetailList>{}</RoleDetailList>", role(MEMBER, "app", &boundary)), LAST))
        }
        "GetPolicy" => Some(xml_error(403, "AccessDenied")),
        _ => None,
    })
    .await;
    let (facets, reason) = run.gaps(MEMBER);
    assert_eq!(facets, [Facet::PolicyDocument]);
    assert!(reason.contains("policy/b"), "{reason}");
    assert!(run.account(MEMBER).contains("RoleDetailList"));
}

#[tokio::test]
async fn a_list_that_cannot_be_right_stops_the_scan() {
    let run = Run::with(|request| {
        let list = format!(r#"{{"Accounts":[{{"Id":"{MEMBER}"}}]}}"#);
        (request.operation == "ListAccounts").then(|| json(&list))
    })
    .await;
    assert_eq!(run.error(), (6, "E214"));
    let run = Run::changed(
        |request| (request.operation == "ListAccounts").then(|| json("{}")),
        |options| options.tuning.max_attempts = 2,
    )
    .await;
    assert_eq!(run.error(), (6, "E201"));
}

#[tokio::test]
async fn a_denial_on_a_later_page_of_the_list_stops_the_scan() {
    let run = Run::with(|request| {
        (request.operation == "ListAccounts" && request.nth == 1).then(|| json_error("AccessDeniedException"))
    })
    .await;
    assert_eq!(run.error(), (6, "E201"));
    assert_eq!(operations(&run.fake.requests()).get("AssumeRole"), None);
}

#[tokio::test]
async fn without_an_organisation_only_this_account_is_read() {
    let run = Run::with(|request| {
        (request.operation == "DescribeOrganization").then(|| json_error("AWSOrganizationsNotInUseException"))
    })
    .await;
    assert_eq!(run.manifest().ledger.iter().map(|(id, _)| id).collect::<Vec<_>>(), [id(MANAGEMENT)]);
    assert!(run.manifest().ledger.is_complete() && run.manifest().gaps.is_empty());
    assert!(!run.directory.path().join("organization.json").exists());
    assert!(run.told.all().contains("no organisation"));
}

#[tokio::test]
async fn a_scope_leaves_the_other_accounts_skipped() {
    let run = Run::changed(nothing, |options| options.scope = Scope::Accounts(vec![id(OTHER)])).await;
    assert_eq!(run.state(OTHER), AccountState::Complete);
    assert!(matches!(run.state(MEMBER), AccountState::Skipped { .. }));
    assert_eq!(run.manifest().ledger.iter().count(), 3);
}

#[tokio::test]
async fn named_accounts_are_read_without_organizations_but_with_a_gap() {
    let denied =
        |request: &Request| (request.operation == "DescribeOrganization").then(|| json_error("AccessDeniedException"));
    let run = Run::changed(denied, |options| options.scope = Scope::Accounts(vec![id(OTHER)])).await;
    assert_eq!(run.manifest().ledger.iter().count(), 1);
    let facets: Vec<_> = run.manifest().gaps.iter().map(|gap| gap.facet).collect();
    assert_eq!(facets, [Facet::Organization, Facet::Guardrails]);
    assert_eq!(run.text("organization.json"), "{}\n", "there may be one: nothing is known, which is not nothing");
}

#[tokio::test]
async fn closed_accounts_are_skipped_with_a_reason() {
    let run = Run::with(|request| {
        let account = |id: &str, state: &str| format!(r#"{{"Id":"{id}","State":"{state}"}}"#);
        let list = [account(MANAGEMENT, "ACTIVE"), account(MEMBER, "SUSPENDED"), account(OTHER, "FROZEN")].join(",");
        (request.operation == "ListAccounts").then(|| json(&format!(r#"{{"Accounts":[{list}]}}"#)))
    })
    .await;
    assert_eq!(run.state(MEMBER), AccountState::Skipped { reason: "suspended".into() });
    assert_eq!(run.state(OTHER), AccountState::Complete, "an unknown state is tried");
    assert!(run.told.all().contains("listed 3 skipped 1"));
    assert!(run.told.all().contains("FROZEN"));
}

#[tokio::test]
async fn accounts_that_refuse_the_role_are_incomplete_and_the_callers_own_is_read_as_it_stands() {
    let run = Run::with(|request| {
        let into = request.parameter("RoleArn").unwrap_or_default();
        let refused = into.contains(MEMBER) || into.contains(MANAGEMENT);
        (request.operation == "AssumeRole" && refused).then(|| xml_error(403, "AccessDenied"))
    })
    .await;
    assert_eq!(run.gaps(MEMBER).0.len(), Facets::default().of_accounts().count());
    assert_eq!(run.state(MANAGEMENT), AccountState::Complete);
    assert!(run.told.all().contains("base credentials"), "{}", run.told.all());
    assert!(run.told.all().contains("E210"), "{}", run.told.all());
    let attempts =
        run.fake.requests().iter().filter(|r| r.operation == "AssumeRole" && r.body.contains(MEMBER)).count();
    assert_eq!(attempts, 1, "a denial is not tried again");
}

#[tokio::test]
async fn a_scan_that_reads_nothing_leaves_an_earlier_snapshot_alone() {
    let directory = tempfile::tempdir().unwrap();
    let fake = Fake::start(nothing).await;
    collect(&options(&fake, directory.path()), &Told::default()).await.unwrap();
    let before = std::fs::read(directory.path().join("manifest.json")).unwrap();
    let refusing = Fake::start(|request: &Request| {
        let read = !matches!(request.operation.as_str(), "GetCallerIdentity" | "DescribeOrganization" | "ListAccounts");
        read.then(|| xml_error(403, "AccessDenied"))
    })
    .await;
    let error = collect(&options(&refusing, directory.path()), &Told::default()).await.unwrap_err();
    assert_eq!((error.exit_code(), error.diagnostic().id), (6, "E211"));
    assert_eq!(std::fs::read(directory.path().join("manifest.json")).unwrap(), before);
}

#[tokio::test]
async fn an_interrupted_scan_keeps_what_it_has_and_is_never_taken_for_a_whole_one() {
    let fake =
        Fake::start(|request: &Request| request.is("GetAccountSummary", OTHER).then_some(Response(200, None))).await;
    let directory = tempfile::tempdir().unwrap();
    let mut options = options(&fake, directory.path());
    let told = Told::default();
    // one account never answers; the scan is dropped as soon as the other two have been noted
    let both_noted = async {
        let noted = || std::fs::read_to_string(directory.path().join("journal.jsonl")).unwrap_or_default();
        while noted().matches("\"state\":\"complete\"").count() < 2 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::select! {
        _ = collect(&options, &told) => panic!("it ended"),
        () = both_noted => {}
    }

    let snapshot = crate::snapshot::Snapshot::open(directory.path()).unwrap();
    assert_eq!(snapshot.manifest().unwrap().finished, None);
    assert_eq!(snapshot.ledger().get(id(MEMBER)), Some(&AccountState::Complete));
    assert!(matches!(snapshot.ledger().get(id(OTHER)), Some(AccountState::Incomplete { .. })));
    assert!(snapshot.manifest().unwrap().gaps.iter().any(|gap| gap.facet == Facet::Guardrails));
    assert_eq!(snapshot.accounts().collect::<Vec<_>>(), [id(MANAGEMENT), id(MEMBER)]);
    let organization = snapshot.organization().unwrap();
    assert_eq!(organization.accounts.as_ref().unwrap().len(), 3);
    assert!(organization.policies.is_none(), "SCPs are unknown, not absent");
    assert!(snapshot.with_account(id(MEMBER), |file| file.role_detail_list.is_some()).unwrap());

    let healthy = Fake::start(nothing).await;
    options.endpoint = Some(healthy.url.clone());
    let manifest = collect(&options, &told).await.unwrap();
    assert!(manifest.ledger.is_complete() && manifest.gaps.is_empty() && manifest.finished.is_some());
    let snapshot = crate::snapshot::Snapshot::open(directory.path()).unwrap();
    assert!(snapshot.accounts().all(|account| snapshot.with_account(account, |_| ()).is_ok()));
}

#[tokio::test]
async fn an_unwritable_directory_is_told_before_the_accounts_are_read() {
    let run = Run::changed(nothing, |options| {
        let file = options.snapshot_dir.join("file");
        std::fs::write(&file, "").unwrap();
        options.snapshot_dir = file;
    })
    .await;
    assert_eq!(run.error(), (7, "E611"));
    assert_eq!(operations(&run.fake.requests()).get("ListAccounts"), None);
}

#[tokio::test]
async fn no_secret_is_written_or_told() {
    let run =
        Run::with(|request| request.is("GetAccountSummary", MEMBER).then(|| xml_error(403, "AccessDenied"))).await;
    let mut all = run.told.all() + &format!("{:?}{:?}", run.manifest(), options(&run.fake, run.directory.path()));
    for file in run.manifest().files.keys().map(String::as_str).chain(["manifest.json"]) {
        all += &run.text(file);
    }
    assert!(!all.contains("canary"), "{all}");
    let sent = run.fake.requests().into_iter().find(|request| request.operation == "AssumeRole").unwrap();
    assert_eq!(sent.parameter("ExternalId").as_deref(), Some("canary-external-id"));
    assert!(sent.parameter("Policy").unwrap().contains("iam:GetAccountAuthorizationDetails"));
}

async fn clients(fake: &Fake, attempts: u32) -> Clients {
    let config = aws_config::defaults(BehaviorVersion::latest())
        .region("us-east-1")
        .endpoint_url(&fake.url)
        .credentials_provider(aws_credential_types::Credentials::new(format!("AKIA{MEMBER}"), "s", None, None, "t"))
        .retry_config(aws_smithy_types::retry::RetryConfig::standard())
        .load()
        .await;
    let tuning = Tuning { initial_backoff: Duration::from_millis(1), ..Tuning::default() };
    let flow = Flow::new(Limits {
        calls: 8,
        calls_of_account: 2,
        rate_of_account: f64::INFINITY,
        assume_rate: f64::INFINITY,
        quota_scale: 1000.0,
        attempt: Duration::from_secs(30),
    });
    Clients::new(config, wire::default_client(None).unwrap(), &tuning, attempts, flow)
}

#[tokio::test]
async fn a_write_is_refused_before_it_leaves_the_process() {
    let fake = Fake::start(nothing).await;
    let clients = clients(&fake, 1).await;
    let iam =
        clients.iam_as(clients.base_credentials().unwrap(), &Budget::of_account(MEMBER), &clients.flow().of_account());
    let error = iam.create_user().user_name("x").send().await.unwrap_err();
    let error = call::CallError::of("CreateUser", &error);
    assert_eq!(error.kind, Kind::Internal);
    assert!(error.message.contains("not one of the read-only calls"), "{error}");
    assert!(fake.requests().is_empty());
}

#[tokio::test]
async fn the_wire_refuses_a_write_even_without_the_interceptor() {
    let fake = Fake::start(nothing).await;
    let http = wire::WholeAnswers::new(wire::default_client(None).unwrap(), 1 << 20);
    let config = aws_sdk_iam::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(aws_config::Region::new("us-east-1"))
        .endpoint_url(&fake.url)
        .credentials_provider(aws_credential_types::Credentials::new("AKIA", "s", None, None, "t"))
        .http_client(http)
        .build();
    let error = aws_sdk_iam::Client::from_conf(config).create_user().user_name("x").send().await.unwrap_err();
    assert_eq!(call::CallError::of("CreateUser", &error).kind, Kind::Internal);
    assert!(fake.requests().is_empty());
}

#[tokio::test]
async fn one_throttled_account_leaves_every_other_its_retries() {
    let fake = Fake::start(|request: &Request| {
        let first_of_other = request.operation == "ListAccountAliases" && request.nth == 0;
        (request.operation == "GetAccountSummary" || first_of_other).then(|| xml_error(400, "Throttling"))
    })
    .await;
    let clients = clients(&fake, 8).await;
    let credentials = clients.base_credentials().unwrap();
    let throttled = clients.iam_as(credentials.clone(), &Budget::of_account(MEMBER), &clients.flow().of_account());
    for _ in 0..40 {
        let error = throttled.get_account_summary().send().await.unwrap_err();
        assert_eq!(call::CallError::of("GetAccountSummary", &error).kind, Kind::Throttled);
    }
    let attempts = operations(&fake.requests())["GetAccountSummary"];
    assert!(attempts < 40 * 8 / 2, "it was given up after a while, and not after {attempts} attempts");
    let other = clients.iam_as(credentials, &Budget::of_account(OTHER), &clients.flow().of_account());
    assert!(other.list_account_aliases().send().await.is_ok(), "one throttle must not end it");
}
