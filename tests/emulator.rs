//! The emulator as the AWS SDK sees it: every operation through the real clients, on a small organization.
//!
//! The tests assert the original data, so that an element that is named, nested or encoded wrongly shows as a loss.
#![cfg(all(feature = "aws", feature = "emulator"))]
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test: what is missing is a failure")]

#[path = "emulator/faults.rs"]
mod faults;
#[path = "emulator/operations.rs"]
mod operations;
#[path = "emulator/scan.rs"]
mod scan;
#[path = "emulator/wire.rs"]
mod wire;
#[path = "emulator/world.rs"]
mod world;

use std::collections::BTreeSet;
use std::time::{Duration, Instant, SystemTime};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_iam::error::ProvideErrorMetadata;
use aws_sdk_iam::operation::RequestId;
use aws_sdk_iam::types::{AssignmentStatusType, EntityType};
use aws_sdk_organizations::types::{AccountState, AccountStatus, PolicyType, TargetType};
use aws_smithy_types::date_time::Format;
use aws_smithy_types::retry::RetryConfig;
use percent_encoding::percent_decode_str;
use rolehop::emulator::{Emulator, EmulatorData, EmulatorOptions};
use serde_json::{Value, json};
use world::{MANAGEMENT, MEMBER, ROLE, SUSPENDED};

fn start(options: EmulatorOptions) -> Emulator {
    Emulator::start(EmulatorData::from_files(world::files()).unwrap(), options).unwrap()
}

fn paged(page_size: usize) -> Emulator {
    start(EmulatorOptions { page_size, ..EmulatorOptions::default() })
}

fn denying(operation: &str) -> Emulator {
    start(EmulatorOptions { denied_operations: BTreeSet::from([operation.to_owned()]), ..EmulatorOptions::default() })
}

fn config(emulator: &Emulator, credentials: Credentials) -> SdkConfig {
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .endpoint_url(emulator.endpoint())
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .retry_config(RetryConfig::disabled())
        .build()
}

fn base(emulator: &Emulator) -> SdkConfig {
    let (id, secret) = emulator.access_key();
    config(emulator, Credentials::new(id, secret, None, None, "test"))
}

fn arn_of(account: &str, role: &str) -> String {
    format!("arn:aws:iam::{account}:role/{role}")
}

/// The configuration of a session in `account`.
async fn session(emulator: &Emulator, account: &str) -> SdkConfig {
    let sts = aws_sdk_sts::Client::new(&base(emulator));
    let call = sts.assume_role().role_arn(arn_of(account, ROLE)).role_session_name("rolehop");
    let answer = call.send().await.unwrap();
    let keys = answer.credentials().unwrap();
    let token = Some(keys.session_token().to_owned());
    config(emulator, Credentials::new(keys.access_key_id(), keys.secret_access_key(), token, None, "test"))
}

async fn iam(emulator: &Emulator, account: &str) -> aws_sdk_iam::Client {
    aws_sdk_iam::Client::new(&session(emulator, account).await)
}

fn organizations(emulator: &Emulator) -> aws_sdk_organizations::Client {
    aws_sdk_organizations::Client::new(&base(emulator))
}

fn decoded(document: &str) -> Value {
    serde_json::from_str(&percent_decode_str(document).decode_utf8().unwrap()).unwrap()
}

fn iso(time: &aws_smithy_types::DateTime) -> String {
    time.fmt(Format::DateTime).unwrap()
}

/// Error code of a refusal, which must carry a request id.
fn code<E, R>(error: &aws_sdk_iam::error::SdkError<E, R>) -> String
where
    E: ProvideErrorMetadata,
    aws_sdk_iam::error::SdkError<E, R>: RequestId,
{
    assert!(error.request_id().is_some());
    error.code().unwrap().to_owned()
}

#[tokio::test]
async fn a_session_is_routed_to_the_account_of_its_role() {
    let emulator = paged(100);
    for account in [MANAGEMENT, MEMBER] {
        let identity = aws_sdk_sts::Client::new(&session(&emulator, account).await).get_caller_identity().send().await;
        let identity = identity.unwrap();
        assert_eq!(identity.account(), Some(account));
        assert_eq!(identity.arn().unwrap(), format!("arn:aws:sts::{account}:assumed-role/{ROLE}/rolehop"));
    }
    let identity = aws_sdk_sts::Client::new(&base(&emulator)).get_caller_identity().send().await.unwrap();
    assert_eq!(identity.account(), Some(MANAGEMENT));
    assert!(identity.arn().unwrap().starts_with(&format!("arn:aws:iam::{MANAGEMENT}:user/")));
}

#[tokio::test]
async fn a_session_lasts_an_hour_and_has_the_form_of_awss() {
    let emulator = paged(100);
    let sts = aws_sdk_sts::Client::new(&base(&emulator));
    let answer = sts.assume_role().role_arn(arn_of(MEMBER, ROLE)).role_session_name("me").send().await.unwrap();
    let keys = answer.credentials().unwrap();
    assert!(keys.access_key_id().starts_with("ASIA") && keys.access_key_id().len() == 20);
    assert_eq!(keys.secret_access_key().len(), 40);
    assert!(keys.session_token().len() > 100);
    let left = SystemTime::try_from(*keys.expiration()).unwrap().duration_since(SystemTime::now()).unwrap();
    assert!(left > Duration::from_secs(3500) && left <= Duration::from_secs(3600), "{left:?}");
    assert_eq!(answer.assumed_role_user().unwrap().assumed_role_id(), "AROASCANNERMEMBER000:me");
}

#[tokio::test]
async fn a_role_that_cannot_be_had_reads_like_awss_refusal() {
    let denied = BTreeSet::from([MANAGEMENT.parse().unwrap()]);
    let emulator = start(EmulatorOptions { denied_accounts: denied, ..EmulatorOptions::default() });
    let sts = aws_sdk_sts::Client::new(&base(&emulator));
    for arn in [
        arn_of(MEMBER, "missing"),
        arn_of(MEMBER, "OnAPath"),
        arn_of(SUSPENDED, ROLE),
        arn_of(MANAGEMENT, ROLE),
        arn_of("999999999999", ROLE),
        "nonsense".to_owned(),
    ] {
        let error = sts.assume_role().role_arn(&arn).role_session_name("rolehop").send().await.unwrap_err();
        assert_eq!(code(&error), "AccessDenied");
        let message = error.message().unwrap();
        assert!(
            message.ends_with(&format!("is not authorized to perform: sts:AssumeRole on resource: {arn}")),
            "{message}"
        );
    }
    let path = sts.assume_role().role_arn(arn_of(MEMBER, "team/OnAPath")).role_session_name("rolehop").send().await;
    assert!(path.is_ok());
}

#[tokio::test]
async fn a_chained_session_is_limited_to_an_hour() {
    let emulator = paged(100);
    let of_base = aws_sdk_sts::Client::new(&base(&emulator));
    let of_session = aws_sdk_sts::Client::new(&session(&emulator, MANAGEMENT).await);
    let ask = |sts: aws_sdk_sts::Client, seconds| async move {
        let call = sts.assume_role().role_arn(arn_of(MEMBER, ROLE)).role_session_name("rolehop");
        call.duration_seconds(seconds).send().await
    };
    assert!(ask(of_base.clone(), 7200).await.is_ok());
    assert!(ask(of_session.clone(), 3600).await.is_ok());
    assert_eq!(code(&ask(of_session, 7200).await.unwrap_err()), "ValidationError");
    assert_eq!(code(&ask(of_base, 60).await.unwrap_err()), "ValidationError");
}

#[tokio::test]
async fn keys_that_were_never_issued_are_refused() {
    let emulator = paged(100);
    session(&emulator, MEMBER).await;
    for (id, token) in
        [("AKIASOMEBODYELSE0000", None), ("ASIA0000000000000001", None), ("ASIA0000000000000001", Some("x"))]
    {
        let keys = Credentials::new(id, "secret", token.map(str::to_owned), None, "test");
        let config = config(&emulator, keys);
        let error = aws_sdk_iam::Client::new(&config).get_account_summary().send().await.unwrap_err();
        assert_eq!(code(&error), "InvalidClientTokenId");
        let error = aws_sdk_organizations::Client::new(&config).list_roots().send().await.unwrap_err();
        assert_eq!(code(&error), "UnrecognizedClientException");
    }
}

#[tokio::test]
async fn users_and_groups_come_back_as_they_went_in() {
    let emulator = paged(100);
    let answer = iam(&emulator, MEMBER).await.get_account_authorization_details().send().await.unwrap();
    assert!(!answer.is_truncated() && answer.marker().is_none());
    let ann = &answer.user_detail_list()[0];
    assert_eq!((ann.user_name(), ann.path(), ann.user_id()), (Some("ann"), Some("/people/"), Some("AIDAANN")));
    assert_eq!(iso(ann.create_date().unwrap()), "2024-03-01T12:00:00Z");
    let inline = &ann.user_policy_list()[0];
    assert_eq!(inline.policy_name(), Some("inline"));
    assert_eq!(decoded(inline.policy_document().unwrap()), world::allow("s3:*"));
    assert_eq!(ann.group_list(), ["ops"]);
    assert_eq!(ann.attached_managed_policies()[0].policy_arn(), Some("arn:aws:iam::aws:policy/ReadOnlyAccess"));
    let boundary = ann.permissions_boundary().unwrap();
    assert_eq!(boundary.permissions_boundary_arn(), Some("arn:aws:iam::111122223333:policy/Edge"));
    assert_eq!(boundary.permissions_boundary_type().unwrap().as_str(), "Policy");
    assert_eq!((ann.tags()[0].key(), ann.tags()[0].value()), ("team", "a<b>&\"c\" ü"));
    let ops = &answer.group_detail_list()[0];
    assert_eq!((ops.group_name(), ops.arn()), (Some("ops"), Some("arn:aws:iam::111122223333:group/ops")));
    assert_eq!(decoded(ops.group_policy_list()[0].policy_document().unwrap()), world::allow("ec2:*"));
    assert_eq!(ops.attached_managed_policies()[0].policy_name(), Some("Edge"));
}

#[tokio::test]
async fn roles_come_back_with_tags_boundary_and_last_use() {
    let emulator = paged(100);
    let answer = iam(&emulator, MEMBER).await.get_account_authorization_details().send().await.unwrap();
    let role = answer.role_detail_list().iter().find(|role| role.role_name() == Some("OnAPath")).unwrap();
    assert_eq!(role.arn(), Some("arn:aws:iam::111122223333:role/team/OnAPath"));
    assert_eq!(decoded(role.assume_role_policy_document().unwrap()), world::trust());
    assert_eq!(role.tags()[0].value(), "prod");
    let boundary = role.permissions_boundary().unwrap().permissions_boundary_arn();
    assert_eq!(boundary, Some("arn:aws:iam::111122223333:policy/Edge"));
    let last_used = role.role_last_used().unwrap();
    assert_eq!(
        (iso(last_used.last_used_date().unwrap()).as_str(), last_used.region()),
        ("2026-10-01T08:30:00Z", Some("eu-west-1"))
    );
    let profile = &role.instance_profile_list()[0];
    assert_eq!(profile.instance_profile_name(), "web");
    assert_eq!(profile.roles()[0].role_name(), "OnAPath");
    assert_eq!(decoded(profile.roles()[0].assume_role_policy_document().unwrap()), world::trust());
    let unused = answer.role_detail_list().iter().find(|role| role.role_name() == Some(ROLE)).unwrap();
    assert!(unused.role_last_used().unwrap().last_used_date().is_none());
    assert!(unused.permissions_boundary().is_none() && unused.tags().is_empty());
}

#[tokio::test]
async fn every_document_is_percent_encoded_and_only_the_unreserved_stay() {
    let emulator = paged(100);
    let answer = iam(&emulator, MEMBER).await.get_account_authorization_details().send().await.unwrap();
    let roles = answer.role_detail_list().iter();
    let mut documents: Vec<&str> = roles.filter_map(|role| role.assume_role_policy_document()).collect();
    let versions = answer.policies().iter().flat_map(|policy| policy.policy_version_list());
    documents.extend(versions.filter_map(|version| version.document()));
    assert_eq!(documents.len(), 7);
    for document in documents {
        let bytes = document.bytes();
        assert!(bytes.clone().all(|b| b.is_ascii_alphanumeric() || b"-._~%".contains(&b)), "{document}");
        assert!(document.starts_with("%7B%22"), "{document}");
        decoded(document);
    }
}

#[tokio::test]
async fn managed_policies_come_back_with_all_versions() {
    let emulator = paged(100);
    let answer = iam(&emulator, MEMBER).await.get_account_authorization_details().send().await.unwrap();
    let edge = answer.policies().iter().find(|policy| policy.policy_name() == Some("Edge")).unwrap();
    assert_eq!((edge.attachment_count(), edge.permissions_boundary_usage_count()), (Some(1), Some(2)));
    assert!(edge.is_attachable());
    assert_eq!((edge.default_version_id(), edge.policy_version_list().len()), (Some("v2"), 2));
    let current = &edge.policy_version_list()[0];
    assert!(current.is_default_version() && !edge.policy_version_list()[1].is_default_version());
    assert_eq!(decoded(current.document().unwrap()), world::allow("sts:AssumeRole"));
}

#[tokio::test]
async fn pages_spread_over_the_four_lists_and_lose_nothing() {
    let emulator = paged(100);
    let whole = iam(&emulator, MEMBER).await.get_account_authorization_details().send().await.unwrap();
    for page_size in 1..=4 {
        let emulator = paged(page_size);
        let iam = iam(&emulator, MEMBER).await;
        let (mut users, mut groups, mut roles, mut policies, mut marker, mut pages) =
            (vec![], vec![], vec![], vec![], None, 0);
        loop {
            let page = iam.get_account_authorization_details().set_marker(marker.take()).send().await.unwrap();
            let on_page = page.user_detail_list().len()
                + page.group_detail_list().len()
                + page.role_detail_list().len()
                + page.policies().len();
            assert!(on_page <= page_size);
            assert_eq!(page.is_truncated(), page.marker().is_some());
            users.extend(page.user_detail_list().to_vec());
            groups.extend(page.group_detail_list().to_vec());
            roles.extend(page.role_detail_list().to_vec());
            policies.extend(page.policies().to_vec());
            pages += 1;
            marker = page.marker().map(str::to_owned);
            if marker.is_none() {
                break;
            }
        }
        assert_eq!(users, whole.user_detail_list());
        assert_eq!(groups, whole.group_detail_list());
        assert_eq!(roles, whole.role_detail_list());
        assert_eq!(policies, whole.policies());
        assert_eq!(pages, (users.len() + groups.len() + roles.len() + policies.len()).div_ceil(page_size));
        assert_eq!(emulator.calls()["iam:GetAccountAuthorizationDetails"], pages as u64);
    }
}

#[tokio::test]
async fn the_smaller_of_page_size_and_max_items_holds() {
    let emulator = paged(3);
    let iam = iam(&emulator, MEMBER).await;
    let count = |items| {
        let call = iam.get_account_authorization_details().max_items(items).filter(EntityType::Role);
        async move { call.send().await.unwrap().role_detail_list().len() }
    };
    assert_eq!((count(1).await, count(2).await, count(1000).await), (1, 2, 3));
    let call = iam.get_account_authorization_details();
    assert_eq!(code(&call.clone().max_items(0).send().await.unwrap_err()), "ValidationError");
    assert_eq!(code(&call.marker("made up").send().await.unwrap_err()), "ValidationError");
}

#[tokio::test]
async fn the_filter_chooses_lists_and_tells_managed_policies_apart() {
    let emulator = paged(100);
    let iam = iam(&emulator, MEMBER).await;
    let ask = |filters: Vec<EntityType>| {
        let call = iam.get_account_authorization_details().set_filter(Some(filters));
        async move { call.send().await.unwrap() }
    };
    let answer = ask(vec![EntityType::User, EntityType::AwsManagedPolicy]).await;
    assert_eq!((answer.user_detail_list().len(), answer.group_detail_list().len()), (2, 0));
    assert_eq!(answer.role_detail_list().len(), 0);
    assert_eq!(answer.policies().iter().map(|p| p.policy_name().unwrap()).collect::<Vec<_>>(), ["ReadOnlyAccess"]);
    let answer = ask(vec![EntityType::LocalManagedPolicy, EntityType::Role, EntityType::Group]).await;
    assert_eq!(answer.policies().iter().map(|p| p.policy_name().unwrap()).collect::<Vec<_>>(), ["Edge"]);
    assert_eq!((answer.user_detail_list().len(), answer.group_detail_list().len()), (0, 1));
    assert_eq!(answer.role_detail_list().len(), 4);
}

#[tokio::test]
async fn single_policies_are_found_wherever_aws_has_them() {
    let emulator = paged(100);
    let member = iam(&emulator, MEMBER).await;
    let edge = "arn:aws:iam::111122223333:policy/Edge";
    let policy = member.get_policy().policy_arn(edge).send().await.unwrap();
    assert_eq!(policy.policy().unwrap().default_version_id(), Some("v2"));
    let version = member.get_policy_version().policy_arn(edge).version_id("v1").send().await.unwrap();
    assert_eq!(decoded(version.policy_version().unwrap().document().unwrap()), world::allow("iam:GetUser"));
    let error = member.get_policy_version().policy_arn(edge).version_id("v9").send().await.unwrap_err();
    assert_eq!(code(&error), "NoSuchEntity");
    let management = iam(&emulator, MANAGEMENT).await;
    assert!(management.get_policy().policy_arn("arn:aws:iam::aws:policy/ReadOnlyAccess").send().await.is_ok());
    assert_eq!(code(&management.get_policy().policy_arn(edge).send().await.unwrap_err()), "NoSuchEntity");
}

#[tokio::test]
async fn the_smaller_facets_come_back_as_they_went_in() {
    let emulator = paged(1);
    let iam = iam(&emulator, MEMBER).await;
    let summary = iam.get_account_summary().send().await.unwrap();
    let users = aws_sdk_iam::types::SummaryKeyType::Users;
    assert_eq!(summary.summary_map().unwrap()[&users], 2);
    let policy = iam.get_account_password_policy().send().await.unwrap();
    let policy = policy.password_policy().unwrap();
    assert_eq!((policy.minimum_password_length(), policy.max_password_age()), (Some(14), Some(90)));
    assert!(policy.require_symbols() && !policy.require_numbers() && policy.expire_passwords());
    let aliases = iam.list_account_aliases().send().await.unwrap();
    assert_eq!(aliases.account_aliases(), ["the-member"]);
    assert!(!aliases.is_truncated());
}

#[tokio::test]
async fn identity_providers_come_back_as_they_went_in() {
    let emulator = paged(100);
    let iam = iam(&emulator, MEMBER).await;
    let list = iam.list_open_id_connect_providers().send().await.unwrap();
    let arn = list.open_id_connect_provider_list()[0].arn().unwrap().to_owned();
    let oidc = iam.get_open_id_connect_provider().open_id_connect_provider_arn(&arn).send().await.unwrap();
    assert_eq!(oidc.url(), Some("token.actions.githubusercontent.com"));
    assert_eq!((oidc.client_id_list(), oidc.thumbprint_list().len()), (&["sts.amazonaws.com".to_owned()][..], 1));
    assert_eq!(oidc.tags()[0].key(), "owner");
    let list = iam.list_saml_providers().send().await.unwrap();
    let entry = &list.saml_provider_list()[0];
    assert_eq!(iso(entry.valid_until().unwrap()), "2100-01-01T00:00:00Z");
    let saml = iam.get_saml_provider().saml_provider_arn(entry.arn().unwrap()).send().await.unwrap();
    assert_eq!(saml.saml_metadata_document(), Some("<EntityDescriptor entityID=\"x&y\"/>"));
    let missing =
        iam.get_saml_provider().saml_provider_arn("arn:aws:iam::111122223333:saml-provider/none").send().await;
    assert_eq!(code(&missing.unwrap_err()), "NoSuchEntity");
}

#[tokio::test]
async fn mfa_devices_are_filtered_and_paged() {
    let emulator = paged(1);
    let iam = iam(&emulator, MEMBER).await;
    let all = iam.list_virtual_mfa_devices().into_paginator().send().try_collect().await.unwrap();
    let serials: Vec<_> = all.iter().flat_map(|page| page.virtual_mfa_devices()).map(|d| d.serial_number()).collect();
    assert_eq!(serials, ["arn:aws:iam::111122223333:mfa/ann", "arn:aws:iam::111122223333:mfa/spare"]);
    let assigned =
        iam.list_virtual_mfa_devices().assignment_status(AssignmentStatusType::Assigned).send().await.unwrap();
    assert_eq!(assigned.virtual_mfa_devices().len(), 1);
    let device = &assigned.virtual_mfa_devices()[0];
    assert_eq!(device.user().unwrap().user_name(), "ann");
    assert_eq!(iso(device.enable_date().unwrap()), "2024-03-02T00:00:00Z");
    assert!(!assigned.is_truncated());
}

#[tokio::test]
async fn the_credential_report_is_made_before_it_is_given() {
    let emulator = paged(100);
    let iam = iam(&emulator, MEMBER).await;
    assert_eq!(code(&iam.get_credential_report().send().await.unwrap_err()), "ReportNotPresent");
    let states = [
        iam.generate_credential_report().send().await.unwrap(),
        iam.generate_credential_report().send().await.unwrap(),
    ];
    assert_eq!(states.map(|answer| answer.state().unwrap().as_str().to_owned()), ["STARTED", "COMPLETE"]);
    let report = iam.get_credential_report().send().await.unwrap();
    assert_eq!(report.report_format().unwrap().as_str(), "text/csv");
    assert!(report.generated_time().is_some());
    let csv = String::from_utf8(report.content().unwrap().as_ref().to_vec()).unwrap();
    let lines: Vec<&str> = csv.lines().collect();
    assert!(lines[0].starts_with("user,arn,user_creation_time,password_enabled,password_last_used,"));
    assert!(lines[0].ends_with(",cert_2_active,cert_2_last_rotated,a_new_column"), "{}", lines[0]);
    assert!(
        lines[1].starts_with("<root_account>,arn:aws:iam::111122223333:root,2020-01-01T00:00:00+00:00,not_supported,")
    );
    assert!(lines[2].starts_with("ann,") && lines[2].contains(",N/A,"));
    assert_eq!(lines.len(), 3);
}

#[tokio::test]
async fn a_report_in_the_making_is_not_given() {
    let emulator = start(EmulatorOptions { latency: Duration::from_millis(200), ..EmulatorOptions::default() });
    let iam = iam(&emulator, MEMBER).await;
    iam.generate_credential_report().send().await.unwrap();
    assert_eq!(code(&iam.get_credential_report().send().await.unwrap_err()), "ReportInProgress");
    tokio::time::sleep(Duration::from_millis(600)).await;
    assert!(iam.get_credential_report().send().await.is_ok());
}

#[tokio::test]
async fn facets_that_the_snapshot_lacks_are_refused_and_null_is_not_absent() {
    let emulator = paged(100);
    let iam = iam(&emulator, MANAGEMENT).await;
    assert_eq!(code(&iam.get_account_summary().send().await.unwrap_err()), "AccessDenied");
    assert_eq!(code(&iam.list_account_aliases().send().await.unwrap_err()), "AccessDenied");
    assert_eq!(code(&iam.list_virtual_mfa_devices().send().await.unwrap_err()), "AccessDenied");
    assert_eq!(code(&iam.list_open_id_connect_providers().send().await.unwrap_err()), "AccessDenied");
    assert_eq!(code(&iam.list_saml_providers().send().await.unwrap_err()), "AccessDenied");
    assert_eq!(code(&iam.generate_credential_report().send().await.unwrap_err()), "AccessDenied");
    assert_eq!(code(&iam.get_credential_report().send().await.unwrap_err()), "AccessDenied");
    assert_eq!(code(&iam.get_account_password_policy().send().await.unwrap_err()), "NoSuchEntity");
}

#[tokio::test]
async fn writes_and_unknown_operations_are_refused_in_the_services_protocol() {
    let emulator = paged(100);
    let error = iam(&emulator, MEMBER).await.create_user().user_name("eve").send().await.unwrap_err();
    assert_eq!(code(&error), "AccessDenied");
    assert!(error.message().unwrap().contains("is not authorized to perform: iam:CreateUser"));
    let error = organizations(&emulator).leave_organization().send().await.unwrap_err();
    assert_eq!(code(&error), "AccessDeniedException");
    assert_eq!(emulator.calls()["iam:CreateUser"], 1);
    assert_eq!(emulator.calls()["organizations:LeaveOrganization"], 1);
}

#[tokio::test]
async fn operations_can_be_denied_with_and_without_their_service() {
    for name in ["GetAccountSummary", "iam:GetAccountSummary"] {
        let emulator = denying(name);
        let iam = iam(&emulator, MEMBER).await;
        assert_eq!(code(&iam.get_account_summary().send().await.unwrap_err()), "AccessDenied");
        assert!(iam.list_account_aliases().send().await.is_ok());
    }
    let emulator = denying("ListRoots");
    let error = organizations(&emulator).list_roots().send().await.unwrap_err();
    assert_eq!(code(&error), "AccessDeniedException");
}

#[tokio::test]
async fn the_tree_comes_back_with_states_and_paths() {
    let emulator = paged(100);
    let client = organizations(&emulator);
    let organization = client.describe_organization().send().await.unwrap();
    let organization = organization.organization().unwrap();
    assert_eq!((organization.id(), organization.master_account_id()), (Some("o-example"), Some(MANAGEMENT)));
    let roots = client.list_roots().send().await.unwrap();
    assert_eq!(roots.roots()[0].policy_types()[0].r#type(), Some(&PolicyType::ServiceControlPolicy));
    let units = client.list_organizational_units_for_parent().parent_id("r-root").send().await.unwrap();
    assert_eq!(units.organizational_units()[0].name(), Some("Prod"));
    let accounts = client.list_accounts_for_parent().parent_id("ou-root-prod").send().await.unwrap();
    let member = &accounts.accounts()[0];
    assert_eq!((member.id(), accounts.accounts().len()), (Some(MEMBER), 1));
    assert_eq!(member.paths(), ["o-example/r-root/ou-root-prod/111122223333/"]);
    assert_eq!((member.state(), member.status()), (Some(&AccountState::Active), Some(&AccountStatus::Active)));
    // AWS JSON sends times as seconds in a double
    assert!((member.joined_timestamp().unwrap().as_secs_f64() - 1_620_284_889.123).abs() < 0.001);
    let missing = client.list_accounts_for_parent().parent_id("ou-root-none").send().await.unwrap_err();
    assert_eq!(code(&missing), "ParentNotFoundException");
    let all = client.list_accounts().send().await.unwrap();
    let closed = all.accounts().iter().find(|account| account.id() == Some(SUSPENDED)).unwrap();
    assert_eq!((closed.state(), closed.status()), (Some(&AccountState::Closed), Some(&AccountStatus::Suspended)));
}

#[tokio::test]
async fn policies_come_back_with_content_and_targets() {
    let emulator = paged(100);
    let client = organizations(&emulator);
    let list = client.list_policies().filter(PolicyType::ServiceControlPolicy).send().await.unwrap();
    let names: Vec<_> = list.policies().iter().map(|policy| policy.name().unwrap()).collect();
    assert_eq!(names, ["FullAWSAccess", "NoLeave"]);
    assert!(list.policies()[0].aws_managed() && !list.policies()[1].aws_managed());
    assert_eq!(
        list.policies()[0].arn(),
        Some("arn:aws:organizations::aws:policy/service_control_policy/p-FullAWSAccess")
    );
    let policy = client.describe_policy().policy_id("p-noleave").send().await.unwrap();
    let content: Value = serde_json::from_str(policy.policy().unwrap().content().unwrap()).unwrap();
    assert_eq!(content, json!({"Version": "2012-10-17", "Statement": []}));
    let targets = client.list_targets_for_policy().policy_id("p-FullAWSAccess").send().await.unwrap();
    let kinds: Vec<_> = targets.targets().iter().map(|target| target.r#type().unwrap().clone()).collect();
    assert_eq!(kinds, [TargetType::Root, TargetType::OrganizationalUnit, TargetType::Account, TargetType::Account]);
    let kind = PolicyType::ServiceControlPolicy;
    let attached = client.list_policies_for_target().target_id(MEMBER).filter(kind.clone()).send().await.unwrap();
    assert_eq!(attached.policies().len(), 2);
    let error = client.list_policies_for_target().target_id("ou-none").filter(kind).send().await.unwrap_err();
    assert_eq!(code(&error), "TargetNotFoundException");
    assert_eq!(
        code(&client.describe_policy().policy_id("p-none").send().await.unwrap_err()),
        "PolicyNotFoundException"
    );
}

#[tokio::test]
async fn organization_lists_are_paged() {
    let emulator = paged(1);
    let client = organizations(&emulator);
    let pages = client.list_accounts().into_paginator().send().try_collect().await.unwrap();
    let ids: Vec<_> = pages.iter().flat_map(|page| page.accounts()).map(|account| account.id().unwrap()).collect();
    assert_eq!(ids, [MANAGEMENT, MEMBER, SUSPENDED]);
    assert_eq!(emulator.calls()["organizations:ListAccounts"], 3);
    let targets =
        client.list_targets_for_policy().policy_id("p-FullAWSAccess").into_paginator().send().try_collect().await;
    assert_eq!(targets.unwrap().iter().map(|page| page.targets().len()).collect::<Vec<_>>(), [1, 1, 1, 1]);
    assert_eq!(code(&client.list_accounts().max_results(21).send().await.unwrap_err()), "InvalidInputException");
    assert_eq!(code(&client.list_accounts().next_token("x").send().await.unwrap_err()), "InvalidInputException");
}

#[tokio::test]
async fn tags_and_administrators_come_back_and_what_is_absent_is_refused() {
    let emulator = paged(100);
    let client = organizations(&emulator);
    let tags = client.list_tags_for_resource().resource_id(MEMBER).send().await.unwrap();
    assert_eq!((tags.tags()[0].key(), tags.tags()[0].value()), ("env", "prod"));
    let error = client.list_tags_for_resource().resource_id(SUSPENDED).send().await.unwrap_err();
    assert_eq!(code(&error), "AccessDeniedException");
    let administrators = client.list_delegated_administrators().send().await.unwrap();
    assert_eq!(administrators.delegated_administrators()[0].id(), Some(MEMBER));
}

#[tokio::test]
async fn only_management_and_delegated_accounts_may_look_around() {
    let mut files = world::files();
    world::edit(&mut files, "organization.json", |organization| organization["DelegatedAdministrators"] = json!([]));
    let emulator = Emulator::start(EmulatorData::from_files(files).unwrap(), EmulatorOptions::default()).unwrap();
    let member = aws_sdk_organizations::Client::new(&session(&emulator, MEMBER).await);
    assert_eq!(code(&member.list_accounts().send().await.unwrap_err()), "AccessDeniedException");
    assert!(member.describe_organization().send().await.is_ok());
    let emulator = paged(100);
    let delegated = aws_sdk_organizations::Client::new(&session(&emulator, MEMBER).await);
    assert!(delegated.list_accounts().send().await.is_ok());
}

#[tokio::test]
async fn without_an_organization_there_is_none_in_use() {
    let mut files = world::files();
    files.remove("organization.json");
    let emulator = Emulator::start(EmulatorData::from_files(files).unwrap(), EmulatorOptions::default()).unwrap();
    let error = organizations(&emulator).describe_organization().send().await.unwrap_err();
    assert_eq!(code(&error), "AWSOrganizationsNotInUseException");
    let identity = aws_sdk_sts::Client::new(&base(&emulator)).get_caller_identity().send().await.unwrap();
    assert_eq!(identity.account(), Some(MANAGEMENT));
}

#[tokio::test]
async fn every_call_waits_for_the_latency() {
    let options = EmulatorOptions { latency: Duration::from_millis(120), ..EmulatorOptions::default() };
    let emulator = start(options);
    let sts = aws_sdk_sts::Client::new(&base(&emulator));
    let started = Instant::now();
    sts.get_caller_identity().send().await.unwrap();
    sts.get_caller_identity().send().await.unwrap();
    assert!(started.elapsed() >= Duration::from_millis(240));
}

#[tokio::test]
async fn a_directory_is_served_like_files_in_memory_compressed_or_not() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::create_dir(directory.path().join("accounts")).unwrap();
    for (name, bytes) in world::files() {
        let packed = name.contains(MEMBER);
        let bytes = if packed { zstd::encode_all(&bytes[..], 3).unwrap() } else { bytes };
        std::fs::write(directory.path().join(if packed { format!("{name}.zst") } else { name }), bytes).unwrap();
    }
    std::fs::write(directory.path().join("manifest.json"), "not read").unwrap();
    let world = EmulatorData::from_directory(directory.path()).unwrap();
    let emulator = Emulator::start(world, EmulatorOptions::default()).unwrap();
    assert!(emulator.endpoint().starts_with("http://127.0.0.1:"));
    let roles = iam(&emulator, MEMBER).await.get_account_authorization_details().send().await.unwrap();
    assert_eq!(roles.role_detail_list().len(), 4);
}

#[test]
fn damaged_snapshots_are_named_and_not_served() {
    let failure = |name: &str, bytes: &[u8]| {
        let mut files = world::files();
        files.insert(name.to_owned(), bytes.to_vec());
        let error = EmulatorData::from_files(files).unwrap_err();
        rolehop::diagnostic::Diagnostic::from(&error)
    };
    assert_eq!(failure("accounts/123.json", b"{}").code.as_str(), "E583");
    assert_eq!(failure("accounts/111122223333.json", b"[").code.as_str(), "E582");
    assert_eq!(failure("accounts/111122223333.json.zst", b"junk").code.as_str(), "E581");
    assert_eq!(failure("organization.json.zst", &zstd::encode_all(&b"{}"[..], 3).unwrap()).code.as_str(), "E584");
    let nothing = Emulator::start(EmulatorData::default(), EmulatorOptions::default()).unwrap_err();
    assert_eq!(rolehop::diagnostic::Diagnostic::from(&nothing).code.as_str(), "E585");
}
