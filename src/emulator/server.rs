//! HTTP on one listening socket.
//!
//! Owns: connections, the limit on a request's size, and the latency. Does not know what a request means (`desk`).

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::HeaderValue;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use jiff::Timestamp;
use tokio::net::{TcpListener, TcpStream};

use super::desk::{Desk, Reply};

/// Largest request taken; a scan sends some kilobytes.
const MAX_REQUEST: usize = 1 << 20;

/// Serves connections until the runtime ends.
pub(super) async fn accept(listener: TcpListener, desk: Arc<Desk>) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                tokio::spawn(serve(stream, Arc::clone(&desk)));
            }
            // Out of descriptors, for instance: others will be given back.
            Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    }
}

async fn serve(stream: TcpStream, desk: Arc<Desk>) {
    // Small replies must not wait for the client's acknowledgement. Without it they are merely slow.
    let _ = stream.set_nodelay(true);
    let service = service_fn(|request| respond(request, Arc::clone(&desk)));
    let connection = http1::Builder::new().timer(TokioTimer::new()).serve_connection(TokioIo::new(stream), service);
    // a connection that ends early is the client's affair: it retries, or is gone
    let _ = connection.await;
}

async fn respond(request: Request<Incoming>, desk: Arc<Desk>) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    let Ok(body) = Limited::new(body, MAX_REQUEST).collect().await else {
        return Ok(response(desk.too_large()));
    };
    let latency = desk.options.latency;
    if !latency.is_zero() {
        tokio::time::sleep(latency).await;
    }
    Ok(response(desk.answer(&head.headers, &body.to_bytes(), Timestamp::now())))
}

fn response(reply: Reply) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(reply.body)));
    *response.status_mut() = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::BAD_REQUEST);
    let headers = response.headers_mut();
    headers.insert("content-type", HeaderValue::from_static(reply.content_type));
    if let Ok(id) = HeaderValue::from_str(&reply.request_id) {
        headers.insert("x-amzn-requestid", id);
    }
    if let Some(error) = reply.error_type {
        headers.insert("x-amzn-errortype", HeaderValue::from_static(error));
    }
    response
}
