//! What every client has, whichever code makes the call: the guard against writes, and retries of its own.
#![cfg(test)]

use super::*;

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
    Clients::new(
        config,
        aws::http::default_client(None, aws::proxy::Proxies::default()).unwrap(),
        &tuning,
        attempts,
        flow,
    )
}

#[tokio::test]
async fn a_write_is_refused_before_it_leaves_the_process() {
    let fake = Fake::start(nothing).await;
    let clients = clients(&fake, 1).await;
    let iam =
        clients.iam_as(clients.base_credentials().unwrap(), &Budget::of_account(MEMBER), &clients.flow().of_account());
    let error = iam.create_user().user_name("x").send().await.unwrap_err();
    let error = aws::error::CallError::of("CreateUser", &error);
    assert_eq!(error.kind, Kind::Internal);
    assert!(error.message.contains("not one of the read-only calls"), "{error}");
    assert!(fake.requests().is_empty());
}

#[tokio::test]
async fn the_external_id_is_not_in_an_error_that_quotes_it() {
    let refused = |request: &Request| {
        let quoted =
            "1 validation error detected: Value 'canary-external-id' at 'externalId' failed to satisfy constraint";
        let Response(status, body) = xml_error(400, "ValidationError");
        let body = body.map(|body| body.replace("said the test", quoted));
        (request.operation == "AssumeRole" && request.body.contains(MEMBER)).then_some(Response(status, body))
    };
    let run = Run::with(refused).await;
    let (_, reason) = run.gaps(MEMBER);
    assert!(reason.contains("ValidationError") && reason.contains("'***' at 'externalId'"), "{reason}");
    assert!(
        !run.told.all().contains("canary-external-id") && !run.text("manifest.json").contains("canary-external-id")
    );
}

#[tokio::test]
async fn the_wire_refuses_a_write_even_without_the_interceptor() {
    let fake = Fake::start(nothing).await;
    let http = aws::layer::layered(
        aws::http::default_client(None, aws::proxy::Proxies::default()).unwrap(),
        aws::http::WholeAnswers { answer_limit: 1 << 20, list_limit: u64::MAX },
    );
    let config = aws_sdk_iam::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(aws_config::Region::new("us-east-1"))
        .endpoint_url(&fake.url)
        .credentials_provider(aws_credential_types::Credentials::new("AKIA", "s", None, None, "t"))
        .http_client(http)
        .build();
    let error = aws_sdk_iam::Client::from_conf(config).create_user().user_name("x").send().await.unwrap_err();
    assert_eq!(aws::error::CallError::of("CreateUser", &error).kind, Kind::Internal);
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
        assert_eq!(aws::error::CallError::of("GetAccountSummary", &error).kind, Kind::Throttled);
    }
    let attempts = operations(&fake.requests())["GetAccountSummary"];
    assert!(attempts < 40 * 8 / 2, "it was given up after a while, and not after {attempts} attempts");
    let other = clients.iam_as(credentials, &Budget::of_account(OTHER), &clients.flow().of_account());
    assert!(other.list_account_aliases().send().await.is_ok(), "one throttle must not end it");
}
