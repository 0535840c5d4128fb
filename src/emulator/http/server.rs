//! HTTP on one listening socket.
//!
//! Owns: connections and how they end, the limit on a request's size, and the latency. `body` delivers a corrupted
//! reply; `router` interprets a request.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use http_body_util::{BodyExt as _, Limited};
use hyper::body::Incoming;
use hyper::header::HeaderValue;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use jiff::{SignedDuration, Timestamp};
use tokio::net::{TcpListener, TcpStream};

use super::body::{self, Body};
use crate::emulator::protocol::reply::{Delivery, End, Reply};
use crate::emulator::router;
use crate::emulator::state::State;

/// Largest accepted request; a scan sends some kilobytes.
const MAX_REQUEST: usize = 1 << 20;

/// Serves connections until the runtime ends.
pub(crate) async fn accept(listener: TcpListener, state: Arc<State>) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                tokio::spawn(serve(stream, Arc::clone(&state)));
            }
            // Out of descriptors, for instance: others will be released.
            Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    }
}

async fn serve(stream: TcpStream, state: Arc<State>) {
    // Small replies must not wait for the client's acknowledgement. If this fails they are merely slow.
    let _ = stream.set_nodelay(true);
    let resets = Arc::new(AtomicBool::new(false));
    let service = service_fn(|request| Box::pin(respond(request, Arc::clone(&state), Arc::clone(&resets))));
    let mut connection = http1::Builder::new().timer(TokioTimer::new()).serve_connection(TokioIo::new(stream), service);
    // a connection that ends early needs no answer: the client retries, or is gone
    let _ = std::future::poll_fn(|cx| connection.poll_without_shutdown(cx)).await;
    let stream = connection.into_parts().io.into_inner();
    if resets.load(Ordering::Relaxed) {
        // with a linger time of zero, dropping the connection resets it instead of closing it cleanly
        let _ = stream.set_zero_linger();
    }
}

/// An answer. `resets` is set if the connection has to be reset after it.
async fn respond(
    request: Request<Incoming>,
    state: Arc<State>,
    resets: Arc<AtomicBool>,
) -> Result<Response<Body>, io::Error> {
    let (head, body) = request.into_parts();
    let Ok(body) = Limited::new(body, MAX_REQUEST).collect().await else {
        return response(router::too_large(&state));
    };
    let latency = state.latency();
    if !latency.is_zero() {
        tokio::time::sleep(latency).await;
    }
    let reply = router::answer(&state, &head, &body.to_bytes(), Timestamp::now());
    match reply.delivery {
        Delivery::Reset | Delivery::Part { end: End::Reset, .. } => resets.store(true, Ordering::Relaxed),
        Delivery::Never => tokio::time::sleep(NEVER).await,
        _ => {}
    }
    let mut response = response(reply)?;
    let ahead = SignedDuration::from_secs(state.options.clock_ahead);
    if !ahead.is_zero()
        && let Ok(date) = HeaderValue::from_str(&http_date(Timestamp::now() + ahead))
    {
        response.headers_mut().insert("date", date);
    }
    Ok(response)
}

fn http_date(at: Timestamp) -> String {
    at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

fn response(reply: Reply) -> Result<Response<Body>, io::Error> {
    let mut response = Response::new(body::of(&reply.delivery, reply.body)?);
    *response.status_mut() = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::BAD_REQUEST);
    let headers = response.headers_mut();
    headers.insert("content-type", HeaderValue::from_static(reply.content_type));
    if let Ok(id) = HeaderValue::from_str(&reply.request_id) {
        headers.insert("x-amzn-requestid", id);
    }
    if let Some(error) = reply.error_type {
        headers.insert("x-amzn-errortype", HeaderValue::from_static(error));
    }
    if let Some(wait) = reply.retry_after {
        headers.insert("retry-after", HeaderValue::from_static(wait));
    }
    if let Some(server) = reply.server {
        headers.insert("server", HeaderValue::from_static(server));
    }
    match reply.status {
        300..=399 => drop(headers.insert("location", HeaderValue::from_static(PORTAL))),
        407 => drop(headers.insert("proxy-authenticate", HeaderValue::from_static("Basic realm=\"proxy\""))),
        _ => {}
    }
    match reply.delivery {
        Delivery::Gzip | Delivery::Bomb(_) => {
            headers.insert("content-encoding", HeaderValue::from_static("gzip"));
        }
        // the promised length is larger than what is sent
        Delivery::Part { bytes, end: End::Reset | End::Short } => {
            headers.insert("content-length", (bytes + 1000).into());
        }
        _ => {}
    }
    Ok(response)
}

/// Longer than any client waits.
const NEVER: Duration = Duration::from_secs(3600);

/// Where a portal redirects to; nothing listens there.
const PORTAL: &str = "http://127.0.0.1:9/sign-in";
