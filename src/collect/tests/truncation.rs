//! Every possible answer, cut off after every byte: none of the pieces is accepted as an answer.
//!
//! The answers are those of the emulator for an organization that has one of everything, recorded on the wire.
#![cfg(test)]

#[allow(dead_code, reason = "the emulator's own tests change its files")]
#[path = "../../../tests/emulator/world.rs"]
mod world;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use serde_json::json;

use super::*;
use crate::collect::account::read;
use crate::collect::account::reading::Shared;
use crate::collect::aws::json_client::Input;
use crate::collect::aws::whole;
use crate::collect::credentials::load;
use crate::collect::credentials::session::Session;
use crate::collect::organization::client::OrganizationClient;
use crate::emulator::{Emulator, EmulatorData, EmulatorOptions};
use crate::facet::{Protocol, Service};
use crate::snapshot::write::Writer;

type Answers = BTreeMap<String, Vec<u8>>;

/// Keeps the longest successful answer of each operation.
#[derive(Clone, Debug)]
struct Recorder {
    inner: SharedHttpClient,
    answers: Arc<Mutex<Answers>>,
}

impl HttpClient for Recorder {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        let inner = self.inner.http_connector(settings, components);
        SharedHttpConnector::new(Recording { inner, answers: Arc::clone(&self.answers) })
    }
}

#[derive(Debug)]
struct Recording {
    inner: SharedHttpConnector,
    answers: Arc<Mutex<Answers>>,
}

impl HttpConnector for Recording {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let operation = aws::operations::identify(&request).map(|operation| operation.action()).unwrap_or_default();
        let answer = self.inner.call(request);
        let answers = Arc::clone(&self.answers);
        HttpConnectorFuture::new(async move {
            let mut response = answer.await?;
            let body = std::mem::replace(response.body_mut(), SdkBody::taken());
            let bytes = aws::http::read(body, 64 << 20).await?;
            if response.status().is_success() {
                let mut answers = answers.lock().unwrap();
                let kept = answers.entry(operation).or_default();
                if bytes.len() > kept.len() {
                    kept.clone_from(&bytes);
                }
            }
            *response.body_mut() = SdkBody::from(bytes);
            Ok(response)
        })
    }
}

/// One answer of every call that rolehop makes.
async fn recorded() -> Answers {
    let directory = tempfile::tempdir().unwrap();
    let emulator =
        Emulator::start(EmulatorData::from_files(world::files()).unwrap(), EmulatorOptions::default()).unwrap();
    let mut options =
        CollectOptions::new(world::ROLE, directory.path().join("out"), "2026-11-20T12:00:00Z".parse().unwrap());
    let (access_key_id, secret_access_key) = emulator.access_key();
    options.credentials = Some(StaticCredentials {
        access_key_id: access_key_id.to_owned(),
        secret_access_key: secret_access_key.to_owned(),
        session_token: None,
    });
    options.endpoint = Some(emulator.endpoint());
    options.region = Some("eu-west-1".to_owned());
    options.facets = Facets::named(["all"]).unwrap();
    options.tuning.quota_scale = 1000.0;
    options.tuning.report_poll = Duration::from_millis(1);
    let answers = Arc::new(Mutex::new(Answers::new()));
    let http = SharedHttpClient::new(Recorder {
        inner: aws::http::default_client(None, aws::proxy::Proxies::default()).unwrap(),
        answers: Arc::clone(&answers),
    });
    let flow = Flow::new(run::connect::limits(&options));
    let base = load::load(&options, &http, 3, flow.clone()).await.unwrap();
    let clients = Clients::new(base.config.clone(), http, &options.tuning, 3, flow);
    let identity = load::identity(&clients).await.unwrap();
    let budget = Budget::of_organization();
    let pace = clients.flow().of_organization();
    let _ = clients.sts(&budget, &pace).get_session_token().send().await.unwrap();
    let reader = OrganizationClient { page_limit: 100, ..run::connect::organization(&options, &base, &clients) };
    let over = deadline::Over::new(&options, None);
    let plan = run::plan::make(&options, &Told::default(), &reader, &identity, &base, None).await.unwrap();
    let _ = reader.read(plan.organization.clone().unwrap(), &plan.listing, &over).await;
    for unit in reader.client.list_roots().send().await.unwrap().roots() {
        let _ = reader.client.list_accounts_for_parent().parent_id(unit.id().unwrap()).send().await.unwrap();
    }
    let people = run::connect::people(&options, &clients, &base, &identity).await.unwrap();
    for (service, name, input) in about_people() {
        let _ = people.calls(service, "eu-west-1").get(name, input).await.unwrap();
    }
    let entry = Arc::new(run::connect::entry(&options, clients, &base, &identity));
    let member = id(world::MEMBER);
    let session = Session::open(&entry, member).await.unwrap();
    let shared = Arc::new(Shared {
        entry,
        tuning: options.tuning.clone(),
        facets: options.facets.clone(),
        trail_regions: Vec::new(),
        events: Some(EventSearch { roles: vec![world::ROLE.into()], days: 90, regions: Vec::new() }),
        started: options.started,
        base_account: identity.account,
        aws_policies: Default::default(),
        writer: Arc::new(Writer::create(&options.snapshot_dir, "test").unwrap()),
        over,
    });
    let outcome = Box::pin(read::read(Arc::clone(&shared), member)).await.unwrap();
    assert_eq!(outcome.failures, []);
    // calls that are only made if a policy's text was not in the authorization details
    let policies = session.iam.get_account_authorization_details().send().await.unwrap().policies.unwrap_or_default();
    let arn = policies.iter().find_map(|policy| policy.arn()).unwrap();
    shared.aws_policies.get(&session, arn).await.unwrap();
    answers.lock().unwrap().clone()
}

/// Each call about people once, with what it has to be asked with.
fn about_people() -> Vec<(Service, &'static str, Input)> {
    use world::{APPLICATION, INSTANCE, MEMBER, PEOPLE, PERSON, SET, STORE};
    let sso = |name, fields: serde_json::Value| {
        let mut fields = fields;
        fields["InstanceArn"] = INSTANCE.into();
        (Service::SsoAdmin, name, Input::from(fields))
    };
    let store = |name, fields: serde_json::Value| {
        let mut fields = fields;
        fields["IdentityStoreId"] = STORE.into();
        (Service::IdentityStore, name, Input::from(fields))
    };
    let application = Input { segments: vec![APPLICATION.to_owned()], fields: json!({}) };
    vec![
        sso("ListInstances", json!({})),
        sso("DescribeInstance", json!({})),
        sso("ListPermissionSets", json!({})),
        sso("DescribePermissionSet", json!({"PermissionSetArn": SET})),
        sso("ListAccountsForProvisionedPermissionSet", json!({"PermissionSetArn": SET})),
        sso("ListPermissionSetsProvisionedToAccount", json!({"AccountId": MEMBER})),
        sso("ListAccountAssignments", json!({"AccountId": MEMBER, "PermissionSetArn": SET})),
        sso("ListAccountAssignmentsForPrincipal", json!({"PrincipalId": PERSON, "PrincipalType": "USER"})),
        sso("DescribeInstanceAccessControlAttributeConfiguration", json!({})),
        store("ListUsers", json!({})),
        store("ListGroups", json!({})),
        store("ListGroupMemberships", json!({"GroupId": PEOPLE})),
        (Service::AccountAccess, "ListApplications", Input::from(json!({}))),
        (Service::AccountAccess, "GetApplication", application),
        (Service::AccountAccess, "ListEntitlements", Input::from(json!({"applicationArn": APPLICATION}))),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_cut_after_any_byte_is_never_accepted() {
    let answers = recorded().await;
    let mut pieces = 0;
    let mut of_xml = 0;
    for (_, operation) in crate::facet::operations() {
        let whole =
            answers.get(&operation.action()).unwrap_or_else(|| unreachable!("{} was not asked", operation.name));
        assert_eq!(whole::check(operation, whole), Ok(()), "{}", operation.name);
        let end = whole.trim_ascii_end().len();
        for cut in 0..end {
            assert!(whole::check(operation, &whole[..cut]).is_err(), "{} cut after byte {cut}", operation.name);
        }
        pieces += end;
        of_xml += usize::from(operation.protocol == Protocol::Query);
    }
    println!(
        "{} operations, {of_xml} of them XML: {pieces} cut answers, all detected",
        crate::facet::operations().count()
    );
}
