//! Whole runs: which accounts are read, what stops a run, and what is left of it.
#![cfg(test)]

use super::*;

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
async fn without_an_organization_only_this_account_is_read() {
    let run = Run::with(|request| {
        (request.operation == "DescribeOrganization").then(|| json_error("AWSOrganizationsNotInUseException"))
    })
    .await;
    assert_eq!(run.manifest().ledger.iter().map(|(id, _)| id).collect::<Vec<_>>(), [id(MANAGEMENT)]);
    assert!(run.manifest().ledger.is_complete() && run.manifest().gaps.is_empty());
    assert!(!run.directory.path().join("organization.json").exists());
    assert!(run.told.all().contains("no organization"));
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
    let all = [
        Facet::AccountTags,
        Facet::Organization,
        Facet::Guardrails,
        Facet::Delegations,
        Facet::OrganizationFeatures,
        Facet::IdentityCenter,
    ];
    assert_eq!(facets, all, "each part that is missing is named");
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
    assert_eq!((error.diagnostic().code.exit().code(), error.diagnostic().code.as_str()), (6, "E211"));
    assert_eq!(std::fs::read(directory.path().join("manifest.json")).unwrap(), before);
}

#[tokio::test]
async fn an_interrupted_scan_keeps_what_it_has_and_is_never_taken_for_a_whole_one() {
    let fake =
        Fake::start(|request: &Request| request.is("GetAccountSummary", OTHER).then_some(Response(200, None))).await;
    let directory = tempfile::tempdir().unwrap();
    let mut options = options(&fake, directory.path());
    let told = Told::default();
    // one account never answers; the scan is dropped as soon as the other two have been recorded
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
