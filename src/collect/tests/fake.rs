//! A hand-written stand-in for AWS over TCP that can be as wrong as a test needs: an organization of three accounts
//! whose answers can be replaced one by one.
#![cfg(test)]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

pub(super) const MANAGEMENT: &str = "000000000001";
pub(super) const MEMBER: &str = "000000000002";
pub(super) const OTHER: &str = "000000000003";

/// One request, reduced to what the tests check.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub(super) operation: String,
    /// The account whose credentials signed it.
    pub(super) account: String,
    /// How often this operation was called with these credentials before.
    pub(super) nth: usize,
    pub(super) body: String,
}

impl Request {
    pub(super) fn is(&self, operation: &str, account: &str) -> bool {
        self.operation == operation && self.account == account
    }

    /// A form parameter, percent-decoded.
    pub(super) fn parameter(&self, name: &str) -> Option<String> {
        let found = self.body.split('&').find_map(|pair| pair.strip_prefix(&format!("{name}=")))?;
        Some(percent_encoding::percent_decode_str(found).decode_utf8_lossy().into_owned())
    }
}

/// Status and body; a body of `None` never arrives.
#[derive(Clone, Debug)]
pub(super) struct Response(pub(super) u16, pub(super) Option<String>);

type Handler = dyn Fn(&Request) -> Option<Response> + Send + Sync;

pub(super) struct Fake {
    pub(super) url: String,
    log: Arc<Mutex<Vec<Request>>>,
}

impl Fake {
    /// Starts it. `special` answers the requests that it handles; the rest is answered as AWS would.
    pub(super) async fn start(special: impl Fn(&Request) -> Option<Response> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let log = Arc::new(Mutex::new(Vec::new()));
        let (special, kept): (Arc<Handler>, _) = (Arc::new(special), Arc::clone(&log));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&special), Arc::clone(&kept)));
            }
        });
        Self { url, log }
    }

    pub(super) fn requests(&self) -> Vec<Request> {
        self.log.lock().unwrap().clone()
    }

    pub(super) fn count(&self, operation: &str, account: &str) -> usize {
        self.requests().iter().filter(|request| request.is(operation, account)).count()
    }
}

async fn serve(mut stream: TcpStream, special: Arc<Handler>, log: Arc<Mutex<Vec<Request>>>) {
    let Some((head, body)) = receive(&mut stream).await else { return };
    let header = |name: &str| {
        head.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
        })
    };
    let target = header("x-amz-target").and_then(|target| target.rsplit('.').next().map(str::to_owned));
    let action = body.split('&').find_map(|pair| pair.strip_prefix("Action=")).map(str::to_owned);
    let rest = || {
        let service = crate::facet::Service::signed(header("authorization")?.split('/').nth(3)?)?;
        let mut words = head.split(' ');
        let method = words.next()?;
        let address = words.next()?;
        let path = address.split('?').next()?;
        crate::facet::addressed(service, method, path).map(|(operation, _)| operation.name.to_owned())
    };
    let operation = target.or(action).or_else(rest).unwrap_or_default();
    // access key ids are AKIA or ASIA plus the account
    let key = header("authorization").and_then(|auth| Some(auth.split_once("Credential=")?.1.get(4..16)?.to_owned()));
    let account = key.unwrap_or_default();
    let request = {
        let mut log = log.lock().unwrap();
        let nth = log.iter().filter(|request| request.is(&operation, &account)).count();
        let request = Request { operation, account, nth, body };
        log.push(request.clone());
        request
    };
    let Response(status, body) = special(&request).unwrap_or_else(|| usual(&request));
    let Some(body) = body else {
        tokio::time::sleep(Duration::from_secs(60)).await;
        return;
    };
    let head = format!("HTTP/1.1 {status} x\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
    let _ = stream.write_all(format!("{head}{body}").as_bytes()).await;
}

async fn receive(stream: &mut TcpStream) -> Option<(String, String)> {
    let mut bytes = Vec::new();
    loop {
        let mut chunk = [0; 4096];
        let n = stream.read(&mut chunk).await.ok()?;
        bytes.extend_from_slice(&chunk[..n]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length:")?.trim().parse().ok());
            if body.len() >= length.unwrap_or(0usize) {
                return Some((head.to_owned(), body.to_owned()));
            }
        }
        if n == 0 {
            return None;
        }
    }
}

pub(super) fn xml(operation: &str, result: &str) -> Response {
    Response(
        200,
        Some(format!(
            "<{operation}Response xmlns=\"x\"><{operation}Result>{result}</{operation}Result>\
             <ResponseMetadata><RequestId>r-1</RequestId></ResponseMetadata></{operation}Response>"
        )),
    )
}

pub(super) fn xml_error(status: u16, code: &str) -> Response {
    Response(
        status,
        Some(format!(
            "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>said the test</Message></Error>\
             <RequestId>r-1</RequestId></ErrorResponse>"
        )),
    )
}

pub(super) fn json(body: &str) -> Response {
    Response(200, Some(body.to_owned()))
}

pub(super) fn json_error(code: &str) -> Response {
    Response(400, Some(format!(r#"{{"__type":"{code}","Message":"said the test"}}"#)))
}

pub(super) const TRUST: &str = "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%5D%7D";

pub(super) fn role(account: &str, name: &str, inner: &str) -> String {
    let attached = if inner.contains("<AttachedManagedPolicies>") { "" } else { "<AttachedManagedPolicies/>" };
    format!(
        "<member><Path>/</Path><RoleName>{name}</RoleName><RoleId>AROA{name}</RoleId>\
         <Arn>arn:aws:iam::{account}:role/{name}</Arn><CreateDate>2024-01-02T03:04:05Z</CreateDate>\
         <AssumeRolePolicyDocument>{TRUST}</AssumeRolePolicyDocument><RolePolicyList/>{attached}{inner}</member>"
    )
}

/// A page with these lists, and the others empty: AWS always sends all four.
pub(super) fn details(page: &str, rest: &str) -> Response {
    let lists = ["UserDetailList", "GroupDetailList", "RoleDetailList", "Policies"];
    let absent = lists.iter().filter(|list| !page.contains(&format!("<{list}")));
    let empty: String = absent.map(|list| format!("<{list}/>")).collect();
    xml("GetAccountAuthorizationDetails", &format!("{page}{empty}{rest}"))
}

pub(super) const LAST: &str = "<IsTruncated>false</IsTruncated>";

/// What AWS would answer.
fn usual(request: &Request) -> Response {
    let operation = request.operation.as_str();
    let account = request.account.as_str();
    match operation {
        "AssumeRole" => {
            let arn = request.parameter("RoleArn").unwrap_or_default();
            let into = arn.split(':').nth(4).unwrap_or_default().to_owned();
            let keys = format!(
                "<AccessKeyId>ASIA{into}</AccessKeyId><SecretAccessKey>canary-secret-of-session</SecretAccessKey>"
            );
            xml(
                operation,
                &format!(
                    "<Credentials>{keys}<SessionToken>canary-token</SessionToken>\
                     <Expiration>2099-01-01T00:00:00Z</Expiration></Credentials><AssumedRoleUser><AssumedRoleId>x:y\
                     </AssumedRoleId><Arn>arn:aws:sts::{into}:assumed-role/audit/rolehop</Arn></AssumedRoleUser>"
                ),
            )
        }
        "GetCallerIdentity" => xml(
            operation,
            &format!("<Arn>arn:aws:iam::{account}:user/ann</Arn><UserId>u</UserId><Account>{account}</Account>"),
        ),
        "GetAccountAuthorizationDetails" => {
            details(&format!("<RoleDetailList>{}</RoleDetailList>", role(account, "app", "")), LAST)
        }
        "GetAccountSummary" => {
            xml(operation, "<SummaryMap><entry><key>UsersQuota</key><value>5000</value></entry></SummaryMap>")
        }
        "GenerateCredentialReport" => xml(operation, "<State>COMPLETE</State>"),
        // user,arn, the root user and one other
        "GetCredentialReport" => xml(
            operation,
            "<Content>dXNlcixhcm4KPHJvb3RfYWNjb3VudD4scgphbm4sYQo=</Content><ReportFormat>text/csv</ReportFormat>",
        ),
        "ListVirtualMFADevices" => xml(operation, &format!("<VirtualMFADevices/>{LAST}")),
        "ListOpenIDConnectProviders" => xml(
            operation,
            &format!(
                "<OpenIDConnectProviderList><member><Arn>arn:aws:iam::{account}:oidc-provider/x.example</Arn></member>\
                 </OpenIDConnectProviderList>"
            ),
        ),
        "GetOpenIDConnectProvider" => xml(operation, "<Url>x.example</Url>"),
        "ListSAMLProviders" => xml(
            operation,
            &format!(
                "<SAMLProviderList><member><Arn>arn:aws:iam::{account}:saml-provider/corp</Arn></member></SAMLProviderList>"
            ),
        ),
        "GetSAMLProvider" => xml(operation, "<SAMLMetadataDocument>x</SAMLMetadataDocument>"),
        "GetAccountPasswordPolicy" => xml_error(404, "NoSuchEntity"),
        "ListAccountAliases" => xml(operation, &format!("<AccountAliases><member>al</member></AccountAliases>{LAST}")),
        "ListRoles" => {
            let seconds = "<MaxSessionDuration>7200</MaxSessionDuration>";
            xml(operation, &format!("<Roles>{}</Roles>{LAST}", role(account, "app", seconds)))
        }
        "ListAccessKeys" => xml(
            operation,
            &format!(
                "<AccessKeyMetadata><member><UserName>ann</UserName><AccessKeyId>AKIAEXAMPLE</AccessKeyId>\
                 <Status>Active</Status></member></AccessKeyMetadata>{LAST}"
            ),
        ),
        "GetAccessKeyLastUsed" => xml(
            operation,
            "<UserName>ann</UserName><AccessKeyLastUsed><ServiceName>s3</ServiceName><Region>eu-west-1</Region>\
             <LastUsedDate>2025-12-01T00:00:00Z</LastUsedDate></AccessKeyLastUsed>",
        ),
        "ListMFADevices" => xml(
            operation,
            &format!(
                "<MFADevices><member><UserName>ann</UserName><SerialNumber>arn:aws:iam::{account}:mfa/ann</SerialNumber>\
                 <EnableDate>2024-01-02T03:04:05Z</EnableDate></member></MFADevices>{LAST}"
            ),
        ),
        "ListServerCertificates" => xml(
            operation,
            &format!(
                "<ServerCertificateMetadataList><member><Path>/</Path><ServerCertificateName>shop</ServerCertificateName>\
                 <ServerCertificateId>ASCA</ServerCertificateId>\
                 <Arn>arn:aws:iam::{account}:server-certificate/shop</Arn></member></ServerCertificateMetadataList>{LAST}"
            ),
        ),
        "ListSSHPublicKeys" => xml(
            operation,
            "<SSHPublicKeys><member><UserName>ann</UserName><SSHPublicKeyId>APKAEXAMPLE</SSHPublicKeyId>\
             <Status>Active</Status><UploadDate>2024-01-02T03:04:05Z</UploadDate></member></SSHPublicKeys>",
        ),
        "ListServiceSpecificCredentials" => xml(operation, "<ServiceSpecificCredentials/>"),
        "GenerateServiceLastAccessedDetails" => xml(operation, "<JobId>job-1</JobId>"),
        "GetServiceLastAccessedDetails" => xml(
            operation,
            &format!(
                "<JobStatus>COMPLETED</JobStatus><JobCreationDate>2025-12-01T00:00:00Z</JobCreationDate>\
                 <JobCompletionDate>2025-12-01T00:00:01Z</JobCompletionDate><ServicesLastAccessed><member>\
                 <ServiceName>Amazon S3</ServiceName><ServiceNamespace>s3</ServiceNamespace></member>\
                 </ServicesLastAccessed>{LAST}"
            ),
        ),
        "ListOrganizationsFeatures" => xml(
            operation,
            "<OrganizationId>o-1</OrganizationId><EnabledFeatures><member>RootSessions</member></EnabledFeatures>",
        ),
        "DescribeTrails" => json(&format!(
            r#"{{"trailList":[{{"Name":"org","TrailARN":"arn:aws:cloudtrail:eu-west-1:{account}:trail/org",
                "HomeRegion":"eu-west-1","IsMultiRegionTrail":true}}]}}"#
        )),
        "GetTrailStatus" => json(r#"{"IsLogging":true,"StartLoggingTime":1.7E9}"#),
        "GetEventSelectors" => json(
            r#"{"TrailARN":"x","EventSelectors":[{"ReadWriteType":"All","IncludeManagementEvents":true,"DataResources":[]}]}"#,
        ),
        "LookupEvents" => json(
            r#"{"Events":[{"EventId":"e-1","EventName":"AssumeRole",
                "CloudTrailEvent":"{\"eventTime\":\"2025-12-01T00:00:00Z\",\"userIdentity\":{\"arn\":\"arn:x\"}}"}]}"#,
        ),
        "GetPolicy" => xml(operation, "<Policy><DefaultVersionId>v3</DefaultVersionId></Policy>"),
        "GetPolicyVersion" => xml(
            operation,
            &format!("<PolicyVersion><Document>{TRUST}</Document><VersionId>v3</VersionId></PolicyVersion>"),
        ),
        _ => organizations(request),
    }
}

fn organizations(request: &Request) -> Response {
    let account = |id: &str| {
        let path = r#""Paths":["o-1/r-1/ou-1/"#.to_owned() + id + r#"/"]"#;
        format!(r#"{{"Id":"{id}","Name":"name-{id}","State":"ACTIVE","Email":"canary@mail.example",{path}}}"#)
    };
    json(&match request.operation.as_str() {
        "DescribeOrganization" => {
            format!(r#"{{"Organization":{{"Id":"o-1","FeatureSet":"ALL","MasterAccountId":"{MANAGEMENT}"}}}}"#)
        }
        // an empty page in between, as Organizations sends them
        "ListAccounts" if request.body.contains("t2") => format!(r#"{{"Accounts":[{}]}}"#, account(OTHER)),
        "ListAccounts" if request.body.contains("t1") => r#"{"Accounts":[],"NextToken":"t2"}"#.to_owned(),
        "ListAccounts" => {
            format!(r#"{{"Accounts":[{},{}],"NextToken":"t1"}}"#, account(MANAGEMENT), account(MEMBER))
        }
        "ListRoots" => {
            r#"{"Roots":[{"Id":"r-1","Name":"Root","PolicyTypes":[{"Type":"SERVICE_CONTROL_POLICY","Status":"ENABLED"}]}]}"#
                .to_owned()
        }
        "ListOrganizationalUnitsForParent" if request.body.contains("r-1") => {
            r#"{"OrganizationalUnits":[{"Id":"ou-1","Name":"Prod"}]}"#.to_owned()
        }
        "ListOrganizationalUnitsForParent" => r#"{"OrganizationalUnits":[]}"#.to_owned(),
        "ListAccountsForParent" if request.body.contains("r-1") => {
            format!(r#"{{"Accounts":[{},{}]}}"#, account(MANAGEMENT), account(OTHER))
        }
        "ListAccountsForParent" => format!(r#"{{"Accounts":[{}]}}"#, account(MEMBER)),
        "ListPolicies" => r#"{"Policies":[{"Id":"p-1","Name":"guard"}]}"#.to_owned(),
        "DescribePolicy" => r#"{"Policy":{"Content":"{\"Version\":\"2012-10-17\"}"}}"#.to_owned(),
        "ListTargetsForPolicy" => {
            let targets = ["r-1", "ou-1", MANAGEMENT, MEMBER, OTHER].map(|id| format!(r#"{{"TargetId":"{id}"}}"#));
            format!(r#"{{"Targets":[{}]}}"#, targets.join(","))
        }
        "ListTagsForResource" => r#"{"Tags":[{"Key":"env","Value":"prod"}]}"#.to_owned(),
        "ListDelegatedAdministrators" => format!(r#"{{"DelegatedAdministrators":[{{"Id":"{MEMBER}"}}]}}"#),
        "ListDelegatedServicesForAccount" => {
            r#"{"DelegatedServices":[{"ServicePrincipal":"guardduty.amazonaws.com"}]}"#.to_owned()
        }
        _ => return empty(request),
    })
}

/// An empty answer to a call that has none of its own here, in the shape that the descriptor of its data set requires.
fn empty(request: &Request) -> Response {
    let known = crate::facet::operations().find(|(_, known)| known.name == request.operation);
    let Some((_, operation)) = known else { return Response(500, Some(format!("<html>{}</html>", request.operation))) };
    let fields =
        operation.required.iter().filter(|(path, _)| path.is_empty()).flat_map(|(_, fields)| fields.split(' '));
    let names: Vec<&str> = fields.map(|field| field.trim_end_matches('+')).collect();
    if operation.protocol == crate::facet::Protocol::Query {
        let elements: String = names.iter().map(|name| format!("<{name}/>")).collect();
        return xml(operation.name, &format!("{elements}{LAST}"));
    }
    json(&format!("{{{}}}", names.iter().map(|name| format!(r#""{name}":[]"#)).collect::<Vec<_>>().join(",")))
}

/// Names of operations and how often each was called.
pub(super) fn operations(requests: &[Request]) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for request in requests {
        *counts.entry(request.operation.clone()).or_insert(0) += 1;
    }
    counts
}
