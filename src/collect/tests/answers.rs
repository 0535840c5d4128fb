//! What becomes of the answers of a healthy organization, and of answers that are wrong.
#![cfg(test)]

use super::*;

#[tokio::test]
async fn a_healthy_organization_is_complete_and_every_permitted_call_is_used() {
    let used = "<AttachedManagedPolicies><member><PolicyName>R</PolicyName>\
                <PolicyArn>arn:aws:iam::aws:policy/R</PolicyArn></member></AttachedManagedPolicies>";
    let answers = move |request: &Request| {
        let user = format!(
            "<UserDetailList><member><UserName>ann</UserName><UserId>AIDAANN</UserId><GroupList/><AttachedManagedPolicies/><Arn>arn:aws:iam::{}:user/ann</Arn></member></UserDetailList>",
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
    assert_eq!(file.credential_report.unwrap()[1]["user"], "ann");
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
    assert_eq!(file.server_certificates.unwrap()[0].server_certificate_name, "shop");
    assert_eq!(file.service_credentials.unwrap().ssh_public_keys[0].ssh_public_key_id, "APKAEXAMPLE");
    let events = file.assume_role_events.unwrap();
    assert_eq!(events.roles, [format!("arn:aws:iam::{MEMBER}:role/app")]);
    assert_eq!(events.events[0].principal.as_deref(), Some("arn:x"));
    let organization = run.text("organization.json");
    assert!(organization.contains(r#""EnabledFeatures":["RootSessions"]"#), "{organization}");
    assert!(organization.contains("guardduty.amazonaws.com"));

    let counts = operations(&run.fake.requests());
    assert_eq!(counts["GetPolicy"], 1, "AWS's own policy is fetched once for the organization");
    let seen: BTreeSet<&str> = counts.keys().map(String::as_str).collect();
    let mut allowed: BTreeSet<&str> = crate::facet::operations().map(|(_, operation)| operation.name).collect();
    // every account has its path, so no OU is asked for its accounts
    allowed.remove("ListAccountsForParent");
    // no user has an MFA device
    allowed.remove("GetSessionToken");
    // there is no instance of Identity Center and no application: `tests/identity_center.rs` has both
    let of_people = crate::facet::operations().filter(|(_, operation)| operation.service.is_of_people());
    for (_, operation) in
        of_people.filter(|(_, operation)| !["ListInstances", "ListApplications"].contains(&operation.name))
    {
        allowed.remove(operation.name);
    }
    assert_eq!(seen, allowed);
}

#[tokio::test]
async fn the_organization_file_holds_tree_tags_and_guardrails() {
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
    assert_eq!(policies[0].target_ids.as_deref().unwrap(), [MANAGEMENT, MEMBER, OTHER, "ou-1", "r-1"]);
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
async fn equal_organizations_give_equal_files() {
    let a = Run::with(nothing).await;
    let b = Run::with(nothing).await;
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
    let gaps: Vec<_> = run.manifest().gaps.iter().map(|gap| (gap.scope, gap.facet)).collect();
    assert_eq!(gaps, [(crate::ids::Scope::Organization, Facet::Guardrails)]);
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
async fn features_that_there_are_none_of_are_no_gap_and_those_of_another_administrator_are() {
    let refused = |code: &'static str| {
        Run::changed(
            move |request| (request.operation == "ListOrganizationsFeatures").then(|| xml_error(400, code)),
            |options| options.facets = Facets::named(["core", "organization-features"]).unwrap(),
        )
    };
    for code in
        ["OrganizationNotInAllFeaturesModeException", "ServiceAccessNotEnabledException", "ServiceAccessNotEnabled"]
    {
        let run = refused(code).await;
        assert!(run.manifest().gaps.is_empty(), "{code}: {:?}", run.manifest().gaps);
        assert!(run.text("organization.json").contains(r#""EnabledFeatures":[]"#), "{code}");
    }
    let run = refused("AccountNotManagementOrDelegatedAdministratorException").await;
    assert_eq!(run.manifest().gaps[0].facet, Facet::OrganizationFeatures);
    assert!(!run.text("organization.json").contains("EnabledFeatures"));
    let told = run.told.all();
    assert!(told.contains("E220") && told.contains("a delegated administrator for `iam.amazonaws.com`"), "{told}");
}
