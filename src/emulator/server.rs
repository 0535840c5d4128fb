//! HTTP on one listening socket.
//!
//! Owns: connections, the limit on a request's size, the latency, and how a spoilt reply is delivered. Does not know what a request means (`desk`).

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt as _, Full, Limited, StreamBody};
use hyper::body::{Bytes, Frame, Incoming};
use hyper::header::HeaderValue;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use jiff::{SignedDuration, Timestamp};
use tokio::net::{TcpListener, TcpStream};

use super::desk::{Desk, Reply};
use super::fault::Delivery;

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
    if !desk.options.faults.rules.is_empty() {
        // a connection that is dropped is reset, and does not end politely
        let _ = stream.set_zero_linger();
    }
    let service = service_fn(|request| respond(request, Arc::clone(&desk)));
    let connection = http1::Builder::new().timer(TokioTimer::new()).serve_connection(TokioIo::new(stream), service);
    // a connection that ends early is the client's affair: it retries, or is gone
    let _ = connection.await;
}

type Body = BoxBody<Bytes, io::Error>;

async fn respond(request: Request<Incoming>, desk: Arc<Desk>) -> Result<Response<Body>, io::Error> {
    let (head, body) = request.into_parts();
    let Ok(body) = Limited::new(body, MAX_REQUEST).collect().await else {
        return response(desk.too_large()).await;
    };
    let latency = desk.options.latency;
    if !latency.is_zero() {
        tokio::time::sleep(latency).await;
    }
    let ahead = SignedDuration::from_secs(desk.options.clock_ahead);
    response(desk.answer(&head.headers, &body.to_bytes(), Timestamp::now())).await.map(|mut response| {
        if !ahead.is_zero()
            && let Ok(date) = HeaderValue::from_str(&http_date(Timestamp::now() + ahead))
        {
            response.headers_mut().insert("date", date);
        }
        response
    })
}

fn http_date(at: Timestamp) -> String {
    at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

async fn response(reply: Reply) -> Result<Response<Body>, io::Error> {
    let mut response = Response::new(body(&reply.delivery, reply.body)?);
    if reply.delivery == Delivery::Never {
        tokio::time::sleep(NEVER).await;
    }
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
    match reply.delivery {
        Delivery::Gzip => drop(headers.insert("content-encoding", HeaderValue::from_static("gzip"))),
        // more is promised than comes
        Delivery::Part { bytes, chunked: false } => drop(headers.insert("content-length", (bytes + 1000).into())),
        _ => {}
    }
    Ok(response)
}

/// The body as it is delivered. An error ends the connection.
fn body(delivery: &Delivery, whole: String) -> Result<Body, io::Error> {
    let reset = || io::Error::from(io::ErrorKind::ConnectionReset);
    let full = |bytes: Bytes| Full::new(bytes).map_err(|never| match never {}).boxed();
    let frames = |frames: Vec<Result<Frame<Bytes>, io::Error>>| StreamBody::new(futures::stream::iter(frames)).boxed();
    let whole = Bytes::from(whole);
    Ok(match delivery {
        Delivery::Whole | Delivery::Never => full(whole),
        Delivery::Reset => return Err(reset()),
        Delivery::Part { bytes, .. } => {
            let part = whole.slice(..(*bytes).min(whole.len()));
            frames(vec![Ok(Frame::data(part)), Err(reset())])
        }
        Delivery::Drip(every) => Drip { whole, every: Duration::from_millis(*every), next: None }.boxed(),
        Delivery::Filler(bytes) => Filler(*bytes).boxed(),
        // a stored block of a compressed stream: nobody here can read it, and nobody asked for it
        Delivery::Gzip => full(Bytes::from_static(&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 1, 0, 0, 0xff, 0xff])),
    })
}

/// Longer than anybody waits.
const NEVER: Duration = Duration::from_secs(3600);

/// A body, byte by byte.
struct Drip {
    whole: Bytes,
    every: Duration,
    next: Option<Pin<Box<tokio::time::Sleep>>>,
}

impl hyper::body::Body for Drip {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        let this = self.get_mut();
        if this.whole.is_empty() {
            return Poll::Ready(None);
        }
        let every = this.every;
        let sleep = this.next.get_or_insert_with(|| Box::pin(tokio::time::sleep(every)));
        match sleep.as_mut().poll(cx) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(()) => {
                this.next = None;
                Poll::Ready(Some(Ok(Frame::data(this.whole.split_to(1)))))
            }
        }
    }
}

/// So many bytes of nothing, made while they are sent.
struct Filler(u64);

impl hyper::body::Body for Filler {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        static BLOCK: [u8; 1 << 16] = [b' '; 1 << 16];
        let this = self.get_mut();
        let length = usize::try_from(this.0).unwrap_or(usize::MAX).min(BLOCK.len());
        if length == 0 {
            return Poll::Ready(None);
        }
        this.0 -= length as u64;
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(&BLOCK).slice(..length)))))
    }
}
