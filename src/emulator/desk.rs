//! Answers one request: identity, refusals that were asked for, the service, and the frame of the reply.
//!
//! Owns: what all services share. Does not know HTTP (`server`) nor any operation (`sts`, `iam`, `organizations`).
//! INVARIANT: every reply is in its service's protocol and carries a request id.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use hyper::HeaderMap;
use jiff::Timestamp;
use serde_json::json;

use super::credential_report::Reports;
use super::fault::Delivery;
use super::page::Page;
use super::quota::Quotas;
use super::refusal::Refusal;
use super::request::{Call, Protocol};
use super::sessions::{Caller, Sessions};
use super::world::World;
use super::xml::Xml;
use super::{EmulatorError, EmulatorOptions, Request, cloudtrail, iam, organizations, sts, tree};
use crate::ids::AccountId;

const IAM_NAMESPACE: &str = "https://iam.amazonaws.com/doc/2010-05-08/";
const STS_NAMESPACE: &str = "https://sts.amazonaws.com/doc/2011-06-15/";

/// A finished reply.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) content_type: &'static str,
    pub(super) request_id: String,
    /// `x-amzn-errortype` of AWS JSON.
    pub(super) error_type: Option<&'static str>,
    pub(super) retry_after: Option<&'static str>,
    /// `Server`, where somebody else answers.
    pub(super) server: Option<&'static str>,
    pub(super) body: String,
    pub(super) delivery: Delivery,
}

/// Everything a request is answered from.
#[derive(Debug)]
pub(super) struct Desk {
    pub(super) world: World,
    pub(super) options: EmulatorOptions,
    pub(super) sessions: Sessions,
    pub(super) reports: Reports,
    /// Looked up at every AssumeRole, so worked out once.
    pub(super) out_of_service: BTreeSet<AccountId>,
    calls: Mutex<BTreeMap<String, u64>>,
    /// How often each operation was called in each account.
    counts: Mutex<HashMap<(String, Option<AccountId>), u64>>,
    log: Mutex<Vec<Request>>,
    quotas: Quotas,
    since: Instant,
    /// Jobs that have been looked at.
    looked_at: Mutex<BTreeSet<String>>,
    replies: AtomicU64,
}

impl Desk {
    pub(super) fn new(world: World, options: EmulatorOptions) -> Result<Self, EmulatorError> {
        let account = options.caller_account.or_else(|| tree::management_account(&world));
        let account = account.or_else(|| world.first_account()).ok_or(EmulatorError::NoAccount)?;
        let sessions = Sessions::new(world.partition(), account);
        let out_of_service = tree::out_of_service(&world);
        let (calls, looked_at, replies) = (Mutex::default(), Mutex::default(), AtomicU64::new(1));
        let (counts, log, quotas, since) = (Mutex::default(), Mutex::default(), Quotas::default(), Instant::now());
        Ok(Self {
            world,
            options,
            sessions,
            reports: Reports::default(),
            out_of_service,
            calls,
            counts,
            log,
            quotas,
            since,
            looked_at,
            replies,
        })
    }

    pub(super) fn calls(&self) -> BTreeMap<String, u64> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// True the first time that a job is looked at.
    pub(super) fn first_look(&self, job: &str) -> bool {
        self.looked_at.lock().unwrap_or_else(PoisonError::into_inner).insert(job.to_owned())
    }

    /// How long the next answer takes.
    pub(super) fn latency(&self) -> Duration {
        self.options.spread.draw(self.options.latency, self.replies.load(Ordering::Relaxed))
    }

    pub(super) fn requests(&self) -> Vec<Request> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Answers a request that came in at `now`.
    pub(super) fn answer(&self, headers: &HeaderMap, body: &[u8], now: Timestamp) -> Reply {
        let request_id = self.request_id();
        let Some(call) = Call::read(headers, body) else {
            let refused = Refusal::new(400, "SerializationException", "The request body is not JSON.");
            return refusal(Protocol::Json, IAM_NAMESPACE, request_id, refused);
        };
        if call.operation == "AssumeRoleWithWebIdentity" && call.protocol == Protocol::Query {
            // the one call that is not signed
            return match sts::web_identity(self, &call, now).map(|xml| framed(&call, STS_NAMESPACE, &request_id, xml)) {
                Ok(body) => Reply { body, ..Reply::new(Protocol::Query, request_id) },
                Err(refused) => refusal(Protocol::Query, STS_NAMESPACE, request_id, refused),
            };
        }
        *self.calls.lock().unwrap_or_else(PoisonError::into_inner).entry(call.action()).or_default() += 1;
        let caller = self.clock_agrees(headers, &call, now).and_then(|()| self.admit(&call, now));
        let account = caller.as_ref().ok().map(|caller| caller.account);
        // entering an account is that account's affair, whoever enters it
        let entered = call.parameter("RoleArn").and_then(|arn| AccountId::parse(arn.split(':').nth(4)?));
        let nth = self.count(&call, account);
        let fault = entered.or(account).and_then(|of| self.options.faults.fault(&call.action(), of, &call.region, nth));
        let refused = fault.and_then(|(fault, _)| fault.refusal(&call));
        let namespace = if call.service == "sts" { STS_NAMESPACE } else { IAM_NAMESPACE };
        let answer = match (caller, refused) {
            (Err(refused), _) | (Ok(_), Some(refused)) => Err(refused),
            (Ok(caller), None) => self.answer_of_service(&call, &caller, &request_id, now),
        };
        let mut reply = match answer {
            Ok(body) => Reply { status: 200, body, ..Reply::new(call.protocol, request_id) },
            Err(refused) => refusal(call.protocol, namespace, request_id, refused),
        };
        if let Some((fault, draw)) = fault {
            fault.spoil(&mut reply, &call, draw, nth);
        }
        self.note(&call, account, reply.status);
        reply
    }

    fn answer_of_service(
        &self,
        call: &Call,
        caller: &Caller,
        request_id: &str,
        now: Timestamp,
    ) -> Result<String, Refusal> {
        if let Some(scale) = self.options.quotas {
            self.quotas.admit(call, caller, scale)?;
        }
        let framed = |namespace, xml| framed(call, namespace, request_id, xml);
        match (call.service.as_str(), call.protocol) {
            ("organizations", Protocol::Json) => {
                organizations::answer(self, caller, call).map(|value| value.to_string())
            }
            ("cloudtrail", Protocol::Json) => cloudtrail::answer(self, caller, call).map(|value| value.to_string()),
            ("iam", Protocol::Query) => iam::answer(self, caller, call, now).map(|xml| framed(IAM_NAMESPACE, xml)),
            ("sts", Protocol::Query) => sts::answer(self, caller, call, now).map(|xml| framed(STS_NAMESPACE, xml)),
            _ => Err(denied(caller, call, "*")),
        }
    }

    /// A signature is valid for five minutes, by AWS's clock.
    fn clock_agrees(&self, headers: &HeaderMap, call: &Call, now: Timestamp) -> Result<(), Refusal> {
        if self.options.clock_ahead == 0 {
            return Ok(());
        }
        let signed = headers.get("x-amz-date").and_then(|date| date.to_str().ok());
        let signed = signed.and_then(|date| jiff::civil::DateTime::strptime("%Y%m%dT%H%M%SZ", date).ok());
        let signed = signed.and_then(|date| date.to_zoned(jiff::tz::TimeZone::UTC).ok()).map(|date| date.timestamp());
        let off = signed.map_or(0, |signed| now.as_second() + self.options.clock_ahead - signed.as_second());
        match off.abs() > 300 {
            true if call.protocol == Protocol::Json => {
                Err(Refusal::new(400, "InvalidSignatureException", "Signature expired: it is not within five minutes."))
            }
            true => {
                Err(Refusal::new(403, "SignatureDoesNotMatch", "Signature expired: it is not within five minutes."))
            }
            false => Ok(()),
        }
    }

    /// How often this was asked before.
    fn count(&self, call: &Call, account: Option<AccountId>) -> u64 {
        // a role is entered with the base credentials: each role counts for itself
        let target = call.parameter("RoleArn").unwrap_or_default();
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry((format!("{}/{target}", call.action()), account)).or_default();
        *count += 1;
        *count - 1
    }

    fn note(&self, call: &Call, account: Option<AccountId>, status: u16) {
        let mut log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        if log.len() < self.options.remembered {
            let (action, region, at) = (call.action(), call.region.clone(), self.since.elapsed());
            let role = call.parameter("RoleArn").map(str::to_owned);
            log.push(Request { action, account, region, at, status, role });
        }
    }

    /// The refusal of a request that was not read because of its size.
    pub(super) fn too_large(&self) -> Reply {
        let fault = Refusal::new(413, "RequestEntityTooLarge", "The request is larger than 1 MiB.");
        refusal(Protocol::Query, IAM_NAMESPACE, self.request_id(), fault)
    }

    /// Numbers where AWS draws at random, so that a run can be repeated.
    fn request_id(&self) -> String {
        format!("00000000-0000-4000-8000-{:012x}", self.replies.fetch_add(1, Ordering::Relaxed))
    }

    /// The caller, unless there is none or the options refuse the operation.
    fn admit(&self, call: &Call, now: Timestamp) -> Result<Caller, Refusal> {
        let mut caller = self.sessions.caller(call, now)?;
        caller.data = self.world.account(caller.account);
        if !["iam", "sts", "organizations", "cloudtrail"].contains(&call.service.as_str()) {
            return Err(denied(&caller, call, "*"));
        }
        if call.operation.is_empty() {
            return Err(match call.protocol {
                Protocol::Query => Refusal::new(400, "MissingAction", "Could not find an operation in the request."),
                Protocol::Json => Refusal::new(400, "UnknownOperationException", "The request names no operation."),
            });
        }
        let refused = &self.options.denied_operations;
        if refused.contains(&call.operation) || refused.contains(&call.action()) {
            return Err(denied(&caller, call, "*"));
        }
        Ok(caller)
    }

    /// The page of a query list that a call asks for with `Marker` and `MaxItems`.
    pub(super) fn query_page(&self, call: &Call, total: usize) -> Result<Page, Refusal> {
        let size = match call.number("MaxItems") {
            None => self.options.page_size,
            Some(Some(asked @ 1..=1000)) => usize::try_from(asked).unwrap_or(1000).min(self.options.page_size),
            Some(_) => return Err(Refusal::validation("Value at 'maxItems' must be between 1 and 1000")),
        };
        Page::of(&call.operation, call.parameter("Marker"), size, total)
            .ok_or_else(|| Refusal::validation("Invalid Marker"))
    }
}

impl Reply {
    fn new(protocol: Protocol, request_id: String) -> Self {
        Self {
            status: 200,
            content_type: content_type(protocol),
            request_id,
            error_type: None,
            retry_after: None,
            server: None,
            body: String::new(),
            delivery: Delivery::Whole,
        }
    }
}

/// The refusal of a caller whom no policy allows the call.
pub(super) fn denied(caller: &Caller, call: &Call, resource: &str) -> Refusal {
    let action = call.action();
    let code = match call.protocol {
        Protocol::Query => (403, "AccessDenied"),
        Protocol::Json => (400, "AccessDeniedException"),
    };
    let message = format!(
        "User: {} is not authorized to perform: {action} on resource: {resource} because no identity-based policy allows \
         the {action} action",
        caller.arn
    );
    Refusal::new(code.0, code.1, message)
}

fn content_type(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Query => "text/xml",
        Protocol::Json => "application/x-amz-json-1.1",
    }
}

/// The frame of a query answer around its result.
fn framed(call: &Call, namespace: &str, request_id: &str, result: Xml) -> String {
    let (operation, result) = (&call.operation, result.into_string());
    let mut xml = Xml::default();
    xml.root(&format!("{operation}Response"), namespace, |xml| {
        xml.element(&format!("{operation}Result"), |xml| xml.raw(&result));
        xml.element("ResponseMetadata", |xml| xml.leaf("RequestId", request_id));
    });
    xml.into_string()
}

fn refusal(protocol: Protocol, namespace: &str, request_id: String, fault: Refusal) -> Reply {
    let (error_type, body) = match protocol {
        Protocol::Json => (
            Some(fault.code),
            json!({"__type": fault.code, "Message": fault.message, "message": fault.message}).to_string(),
        ),
        Protocol::Query => {
            let mut xml = Xml::default();
            xml.root("ErrorResponse", namespace, |xml| {
                xml.element("Error", |xml| {
                    xml.leaf("Type", "Sender");
                    xml.leaf("Code", fault.code);
                    xml.leaf("Message", &fault.message);
                });
                xml.leaf("RequestId", &request_id);
            });
            (None, xml.into_string())
        }
    };
    Reply { status: fault.status, error_type, body, ..Reply::new(protocol, request_id) }
}
