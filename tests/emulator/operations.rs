//! Keys, devices, role settings, last use, organization features and CloudTrail through the real clients.

use aws_sdk_cloudtrail::types::{LookupAttribute, LookupAttributeKey};
use aws_sdk_iam::error::ProvideErrorMetadata as _;
use aws_smithy_types::DateTime;
use rolehop::emulator::{Emulator, EmulatorData, EmulatorOptions};
use rolehop::ids::AccountId;
use serde_json::{Value, json};

use crate::world::{self, MANAGEMENT, MEMBER};
use crate::{base, code, config, decoded, denying, iam, iso, organizations, paged, session, start};

const ROLE_TEXT: &str = "arn:aws:iam::111122223333:role/Text";

/// The emulator of a world whose file was changed.
fn changed(file: &str, change: impl FnOnce(&mut Value)) -> Emulator {
    let mut files = world::files();
    world::edit(&mut files, file, change);
    let options = EmulatorOptions { page_size: 1, ..EmulatorOptions::default() };
    Emulator::start(EmulatorData::from_files(files).unwrap(), options).unwrap()
}

async fn cloudtrail(emulator: &Emulator, account: &str, region: &'static str) -> aws_sdk_cloudtrail::Client {
    let region = aws_config::Region::new(region);
    let config = session(emulator, account).await.into_builder().region(region).build();
    aws_sdk_cloudtrail::Client::new(&config)
}

#[tokio::test]
async fn keys_of_one_user_come_in_pages_and_with_their_last_use() {
    let member = format!("accounts/{MEMBER}.json");
    let emulator = changed(&member, |account| {
        let keys = account["AccessKeys"].as_array_mut().unwrap();
        keys.push(json!({"UserName": "ann", "AccessKeyId": "AKIAANN2", "Status": "Expired"}));
    });
    let iam = iam(&emulator, MEMBER).await;
    let first = iam.list_access_keys().user_name("ann").send().await.unwrap();
    let key = &first.access_key_metadata()[0];
    assert_eq!((first.access_key_metadata().len(), first.is_truncated()), (1, true));
    assert_eq!((key.user_name(), key.access_key_id()), (Some("ann"), Some("AKIAANN")));
    assert_eq!(key.status().unwrap().as_str(), "Active");
    assert_eq!(iso(key.create_date().unwrap()), "2024-03-01T12:00:00Z");
    let second = iam.list_access_keys().user_name("ann").marker(first.marker().unwrap()).send().await.unwrap();
    assert_eq!(second.access_key_metadata()[0].access_key_id(), Some("AKIAANN2"));
    assert!(!second.is_truncated() && second.marker().is_none());

    let used = iam.get_access_key_last_used().access_key_id("AKIAANN").send().await.unwrap();
    let last = used.access_key_last_used().unwrap();
    assert_eq!((used.user_name(), last.service_name(), last.region()), (Some("ann"), "s3", "eu-west-1"));
    assert_eq!(iso(last.last_used_date().unwrap()), "2026-10-01T08:30:00Z");
    // AWS says N/A of a key that was never used
    let never = iam.get_access_key_last_used().access_key_id("AKIABOB").send().await.unwrap();
    let last = never.access_key_last_used().unwrap();
    assert_eq!((last.last_used_date(), last.service_name(), last.region()), (None, "N/A", "N/A"));
    assert_eq!(code(&iam.list_access_keys().user_name("eve").send().await.unwrap_err()), "NoSuchEntity");
}

#[tokio::test]
async fn devices_of_one_user_are_listed_without_a_kind() {
    let emulator = paged(100);
    let iam = iam(&emulator, MEMBER).await;
    let devices = iam.list_mfa_devices().user_name("ann").send().await.unwrap();
    let device = &devices.mfa_devices()[0];
    assert_eq!(device.serial_number(), "arn:aws:iam::111122223333:u2f/user/ann/key");
    assert_eq!((device.user_name(), iso(device.enable_date())), ("ann", "2024-03-02T00:00:00Z".to_owned()));
    assert!(iam.list_mfa_devices().user_name("bob").send().await.unwrap().mfa_devices().is_empty());
    assert_eq!(code(&iam.list_mfa_devices().user_name("eve").send().await.unwrap_err()), "NoSuchEntity");
}

#[tokio::test]
async fn roles_are_listed_with_the_longest_session() {
    let emulator = paged(3);
    let iam = iam(&emulator, MEMBER).await;
    let pages = iam.list_roles().into_paginator().send().try_collect().await.unwrap();
    assert_eq!(pages.iter().map(|page| page.roles().len()).collect::<Vec<_>>(), [3, 1]);
    let role = pages[0].roles().iter().find(|role| role.role_name() == world::ROLE).unwrap();
    assert_eq!(role.max_session_duration(), Some(7200));
    let role = pages[0].roles().iter().find(|role| role.role_name() == "OnAPath").unwrap();
    assert_eq!((role.path(), role.role_id()), ("/team/", "AROAONAPATH"));
    assert_eq!(role.arn(), "arn:aws:iam::111122223333:role/team/OnAPath");
    assert_eq!(decoded(role.assume_role_policy_document().unwrap()), world::trust());
    assert_eq!(role.max_session_duration(), None);
    assert!(role.tags().is_empty() && role.role_last_used().is_none(), "ListRoles leaves these out");
}

#[tokio::test]
async fn services_last_accessed_are_a_job_with_pages() {
    let emulator = changed(&format!("accounts/{MEMBER}.json"), |account| {
        let services = account["LastAccessed"][0]["ServicesLastAccessed"].as_array_mut().unwrap();
        services.push(json!({"ServiceName": "AWS STS", "ServiceNamespace": "sts"}));
    });
    let iam = iam(&emulator, MEMBER).await;
    let bob = "arn:aws:iam::111122223333:user/bob";
    let started = iam.generate_service_last_accessed_details().arn(bob).send().await.unwrap();
    let job = started.job_id().unwrap();
    assert_eq!(job.len(), 36);
    let ask = || iam.get_service_last_accessed_details().job_id(job);
    let early = ask().send().await.unwrap();
    assert_eq!(early.job_status().as_str(), "IN_PROGRESS");
    let first = ask().send().await.unwrap();
    assert_eq!((first.job_status().as_str(), first.is_truncated()), ("COMPLETED", true));
    assert_eq!(iso(first.job_completion_date()), "2026-11-01T00:00:00Z");
    let service = &first.services_last_accessed()[0];
    assert_eq!((service.service_name(), service.service_namespace()), ("Amazon S3", "s3"));
    assert_eq!(iso(service.last_authenticated().unwrap()), "2026-10-31T00:00:00Z");
    assert_eq!(service.total_authenticated_entities(), Some(1));
    let second = ask().marker(first.marker().unwrap()).send().await.unwrap();
    assert_eq!(second.services_last_accessed()[0].service_namespace(), "sts");
    assert!(second.services_last_accessed()[0].last_authenticated().is_none() && !second.is_truncated());
    let unknown = iam.generate_service_last_accessed_details().arn("arn:aws:iam::111122223333:role/none");
    assert_eq!(code(&unknown.send().await.unwrap_err()), "NoSuchEntity");
    let unknown = iam.get_service_last_accessed_details().job_id("00000000-0000-4000-8000-000000000000");
    assert_eq!(code(&unknown.send().await.unwrap_err()), "NoSuchEntity");
}

#[tokio::test]
async fn features_and_delegated_services_are_the_organizations() {
    let emulator = paged(1);
    let management = aws_sdk_iam::Client::new(&base(&emulator));
    let features = management.list_organizations_features().send().await.unwrap();
    assert_eq!(features.organization_id(), Some("o-example"));
    let names: Vec<_> = features.enabled_features().iter().map(|feature| feature.as_str()).collect();
    assert_eq!(names, ["RootCredentialsManagement", "RootSessions"]);
    let client = organizations(&emulator);
    let services = client.list_delegated_services_for_account().account_id(MEMBER).send().await.unwrap();
    let service = &services.delegated_services()[0];
    assert_eq!(service.service_principal(), Some("guardduty.amazonaws.com"));
    assert_eq!(service.delegation_enabled_date().unwrap().secs(), 1_704_067_200);
    let error = client.list_delegated_services_for_account().account_id(MANAGEMENT).send().await.unwrap_err();
    assert_eq!(code(&error), "AccountNotRegisteredException");
    // a delegated administrator of another service, and an organization without all features
    let refused = async |options: EmulatorOptions, change: fn(&mut Value)| {
        let mut files = world::files();
        world::edit(&mut files, "organization.json", change);
        let emulator = Emulator::start(EmulatorData::from_files(files).unwrap(), options).unwrap();
        code(&aws_sdk_iam::Client::new(&base(&emulator)).list_organizations_features().send().await.unwrap_err())
    };
    let member = EmulatorOptions { caller_account: AccountId::parse(MEMBER), ..EmulatorOptions::default() };
    assert_eq!(refused(member, |_| ()).await, "AccountNotManagementOrDelegatedAdministratorException");
    let billing = |organization: &mut Value| organization["Organization"]["FeatureSet"] = "CONSOLIDATED_BILLING".into();
    assert_eq!(refused(EmulatorOptions::default(), billing).await, "OrganizationNotInAllFeaturesModeException");

    let emulator = changed("organization.json", |organization| {
        organization["DelegatedAdministrators"][0].as_object_mut().unwrap().remove("Services");
        organization.as_object_mut().unwrap().remove("EnabledFeatures");
    });
    let client = organizations(&emulator);
    let error = client.list_delegated_services_for_account().account_id(MEMBER).send().await.unwrap_err();
    assert_eq!(code(&error), "AccessDeniedException");
    let management = aws_sdk_iam::Client::new(&base(&emulator));
    assert_eq!(code(&management.list_organizations_features().send().await.unwrap_err()), "AccessDenied");

    let emulator = changed("organization.json", |organization| organization["DelegatedAdministrators"] = json!([]));
    let member = iam(&emulator, MEMBER).await;
    assert!(member.list_organizations_features().send().await.is_err(), "a member that nobody delegated to");
}

#[tokio::test]
async fn a_trail_is_seen_at_home_and_as_a_shadow() {
    let emulator = paged(100);
    let seen = |region, shadows: Option<bool>| {
        let emulator = &emulator;
        async move {
            let client = cloudtrail(emulator, MEMBER, region).await;
            let answer = client.describe_trails().set_include_shadow_trails(shadows).send().await.unwrap();
            answer.trail_list().iter().map(|trail| trail.name().unwrap().to_owned()).collect::<Vec<_>>()
        }
    };
    assert_eq!(seen("us-east-1", None).await, ["all"]);
    assert_eq!(seen("eu-west-1", None).await, ["all", "local"]);
    assert_eq!(seen("eu-west-1", Some(false)).await, ["local"]);
    assert_eq!(seen("eu-north-1", Some(true)).await, ["all"]);
    assert!(seen("eu-north-1", Some(false)).await.is_empty());

    let client = cloudtrail(&emulator, MEMBER, "eu-west-1").await;
    let answer = client.describe_trails().send().await.unwrap();
    let all = &answer.trail_list()[0];
    assert_eq!((all.home_region(), all.s3_bucket_name()), (Some("us-east-1"), Some("logs")));
    assert_eq!((all.is_multi_region_trail(), all.is_organization_trail()), (Some(true), None));
    let arn = all.trail_arn().unwrap();
    let status = client.get_trail_status().name(arn).send().await.unwrap();
    assert_eq!(status.is_logging(), Some(true));
    assert_eq!(iso(status.start_logging_time().unwrap()), "2024-01-01T00:00:00Z");
    let selectors = client.get_event_selectors().trail_name(arn).send().await.unwrap();
    let field = &selectors.advanced_event_selectors()[0].field_selectors()[0];
    assert_eq!((field.field(), field.equals()), ("eventCategory", &["Management".to_owned()][..]));
    let selectors = client.get_event_selectors().trail_name("local").send().await.unwrap();
    assert_eq!(selectors.event_selectors()[0].include_management_events(), Some(true));
    // the name of a shadow is not known away from home
    assert_eq!(code(&client.get_trail_status().name("all").send().await.unwrap_err()), "TrailNotFoundException");
}

#[tokio::test]
async fn events_are_found_by_role_name_region_and_time_in_pages() {
    let emulator = changed(&format!("accounts/{MEMBER}.json"), |account| {
        let events = account["AssumeRoleEvents"]["Events"].as_array_mut().unwrap();
        let mut other = events[0].clone();
        (other["EventId"], other["RoleArn"]) = (json!("e-3"), json!("arn:aws:iam::111122223333:role/Encoded"));
        (other["EventName"], other["EventTime"]) = (json!("AssumeRoleWithSAML"), json!("2026-11-03T10:00:00Z"));
        events.push(other);
    });
    let client = cloudtrail(&emulator, MEMBER, "us-east-1").await;
    let by = |key: LookupAttributeKey, value: &str| {
        let attribute = LookupAttribute::builder().attribute_key(key).attribute_value(value).build().unwrap();
        let pages = client.lookup_events().lookup_attributes(attribute).into_paginator();
        async move {
            let pages = pages.send().try_collect().await.unwrap();
            let events = pages.iter().flat_map(|page| page.events()).map(|event| event.event_id().unwrap().to_owned());
            (events.collect::<Vec<_>>(), pages.len())
        }
    };
    let newest_first = (vec!["e-2".to_owned(), "e-1".to_owned()], 2);
    assert_eq!(by(LookupAttributeKey::ResourceName, ROLE_TEXT).await, newest_first);
    assert_eq!(by(LookupAttributeKey::ResourceName, "Text").await, newest_first);
    assert_eq!(by(LookupAttributeKey::EventName, "AssumeRole").await, newest_first);
    assert_eq!(by(LookupAttributeKey::EventName, "AssumeRoleWithSAML").await.0, ["e-3"]);
    assert_eq!(by(LookupAttributeKey::ResourceName, "nobody").await, (vec![], 1));

    let at = |text: &str| DateTime::from_str(text, aws_smithy_types::date_time::Format::DateTime).unwrap();
    let within = client.lookup_events().start_time(at("2026-11-01T00:00:00Z")).end_time(at("2026-11-01T23:00:00Z"));
    let found = within.send().await.unwrap();
    let event = &found.events()[0];
    assert_eq!((found.events().len(), event.event_id()), (1, Some("e-1")));
    assert_eq!((event.event_name(), event.username()), (Some("AssumeRole"), Some("eve")));
    assert_eq!(iso(event.event_time().unwrap()), "2026-11-01T10:00:00Z");
    assert_eq!(event.resources()[0].resource_name(), Some(ROLE_TEXT));
    let record: Value = serde_json::from_str(event.cloud_trail_event().unwrap()).unwrap();
    let identity = &record["userIdentity"];
    assert_eq!((&identity["type"], &identity["accountId"]), (&json!("IAMUser"), &json!(MANAGEMENT)));
    assert_eq!(identity["arn"], "arn:aws:iam::000011112222:user/eve");
    assert_eq!(identity["sessionContext"]["attributes"]["mfaAuthenticated"], "true");
    assert_eq!(record["requestParameters"], json!({"roleArn": ROLE_TEXT, "roleSessionName": "eve"}));
    assert_eq!((&record["awsRegion"], &record["sourceIPAddress"]), (&json!("us-east-1"), &json!("192.0.2.7")));

    let elsewhere = cloudtrail(&emulator, MEMBER, "eu-west-1").await;
    assert!(elsewhere.lookup_events().send().await.unwrap().events().is_empty());
    let refused = client.lookup_events().max_results(51).send().await.unwrap_err();
    assert_eq!(code(&refused), "InvalidMaxResultsException");
    assert_eq!(code(&client.lookup_events().next_token("x").send().await.unwrap_err()), "InvalidNextTokenException");
}

#[tokio::test]
async fn a_service_that_calls_is_the_invoker_of_a_record() {
    let emulator = paged(100);
    let client = cloudtrail(&emulator, MEMBER, "us-east-1").await;
    let found = client.lookup_events().send().await.unwrap();
    let record: Value = serde_json::from_str(found.events()[0].cloud_trail_event().unwrap()).unwrap();
    assert_eq!(record["errorCode"], "AccessDenied");
    assert_eq!(record["userIdentity"]["invokedBy"], "lambda.amazonaws.com");
    assert!(record["userIdentity"].get("arn").is_none(), "a service has no ARN");
}

#[tokio::test]
async fn what_was_not_collected_is_refused() {
    let emulator = changed(&format!("accounts/{MANAGEMENT}.json"), |account| {
        account["RoleDetailList"][0].as_object_mut().unwrap().remove("MaxSessionDuration");
    });
    let iam = iam(&emulator, MANAGEMENT).await;
    assert_eq!(code(&iam.list_access_keys().user_name("a").send().await.unwrap_err()), "AccessDenied");
    assert_eq!(code(&iam.get_access_key_last_used().access_key_id("A").send().await.unwrap_err()), "AccessDenied");
    assert_eq!(code(&iam.list_mfa_devices().user_name("a").send().await.unwrap_err()), "AccessDenied");
    assert_eq!(code(&iam.list_roles().send().await.unwrap_err()), "AccessDenied");
    let any = "arn:aws:iam::000011112222:role/scanner";
    assert_eq!(code(&iam.generate_service_last_accessed_details().arn(any).send().await.unwrap_err()), "AccessDenied");
    let client = cloudtrail(&emulator, MANAGEMENT, "us-east-1").await;
    assert_eq!(code(&client.describe_trails().send().await.unwrap_err()), "AccessDeniedException");
    assert_eq!(code(&client.lookup_events().send().await.unwrap_err()), "AccessDeniedException");
    let emulator = denying("cloudtrail:DescribeTrails");
    let client = cloudtrail(&emulator, MEMBER, "us-east-1").await;
    assert_eq!(code(&client.describe_trails().send().await.unwrap_err()), "AccessDeniedException");
    assert!(client.lookup_events().send().await.is_ok());
}

#[tokio::test]
async fn a_session_ends_when_the_options_say_whatever_was_answered() {
    let life = std::time::Duration::from_millis(1);
    let emulator = start(EmulatorOptions { session_life: Some(life), ..EmulatorOptions::default() });
    let sts = aws_sdk_sts::Client::new(&base(&emulator));
    let role = crate::arn_of(MEMBER, world::ROLE);
    let answer = sts.assume_role().role_arn(&role).role_session_name("me").send().await.unwrap();
    let keys = answer.credentials().unwrap();
    assert!(keys.expiration().secs() > jiff::Timestamp::now().as_second() + 3500);
    tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    let token = Some(keys.session_token().to_owned());
    let keys =
        aws_credential_types::Credentials::new(keys.access_key_id(), keys.secret_access_key(), token, None, "test");
    let config = config(&emulator, keys);
    let error = aws_sdk_iam::Client::new(&config).get_account_summary().send().await.unwrap_err();
    assert_eq!(code(&error), "ExpiredToken");
    let error = aws_sdk_organizations::Client::new(&config).list_roots().send().await.unwrap_err();
    assert_eq!(code(&error), "ExpiredTokenException");
}

#[tokio::test]
async fn an_external_id_is_asked_for_and_marks_can_be_refused() {
    let options = EmulatorOptions {
        external_id: Some("right".to_owned()),
        refuses_session_attributes: true,
        ..EmulatorOptions::default()
    };
    let emulator = start(options);
    let sts = aws_sdk_sts::Client::new(&base(&emulator));
    let ask = || sts.assume_role().role_arn(crate::arn_of(MEMBER, world::ROLE)).role_session_name("me");
    assert_eq!(code(&ask().send().await.unwrap_err()), "AccessDenied");
    assert_eq!(code(&ask().external_id("wrong").send().await.unwrap_err()), "AccessDenied");
    assert!(ask().external_id("right").send().await.is_ok());
    let refused = ask().external_id("right").source_identity("ann").send().await.unwrap_err();
    assert!(refused.message().unwrap().contains("not authorized to perform: sts:SetSourceIdentity"));
    let tag = aws_sdk_sts::types::Tag::builder().key("team").value("security").build().unwrap();
    let refused = ask().external_id("right").tags(tag.clone()).send().await.unwrap_err();
    assert!(refused.message().unwrap().contains("not authorized to perform: sts:TagSession"));
    let lenient = start(EmulatorOptions::default());
    let sts = aws_sdk_sts::Client::new(&base(&lenient));
    let marked = sts.assume_role().role_arn(crate::arn_of(MEMBER, world::ROLE)).role_session_name("me");
    assert!(marked.source_identity("ann").tags(tag).send().await.is_ok());
}
