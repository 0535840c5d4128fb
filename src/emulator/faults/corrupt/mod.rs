//! The effect of a fault on a finished reply: on its delivery, its status, its text.

mod json;
mod xml;

use super::fault::Fault;
use crate::emulator::protocol::reply::{Delivery, End, Reply};
use crate::emulator::protocol::request::{Call, Protocol};

/// Applies the fault to a finished reply. `draw` is the schedule's random number for this call, `nth` its number.
pub(crate) fn corrupt(fault: &Fault, reply: &mut Reply, call: &Call, draw: u64, nth: u64) {
    let length = reply.body.len();
    match fault {
        Fault::Reset => reply.delivery = Delivery::Reset,
        Fault::ResetAfter(share) => {
            let bytes = (length as f64 * share.clamp(0.0, 1.0)) as usize;
            reply.delivery = Delivery::Part { bytes, end: End::Reset };
        }
        Fault::BlackHole => reply.delivery = Delivery::Never,
        Fault::Drip(every) => reply.delivery = Delivery::Drip(*every),
        Fault::ShortBody => reply.delivery = Delivery::Part { bytes: length, end: End::Short },
        Fault::ChunkWithoutEnd => reply.delivery = Delivery::Part { bytes: length, end: End::Unchunked },
        Fault::CutAt(at) => cut(&mut reply.body, *at),
        Fault::Cut | Fault::RefuseCut(..) => cut(&mut reply.body, usize::try_from(draw).unwrap_or(0) % length.max(1)),
        Fault::Garbage => reply.body.push_str("garbage"),
        Fault::WebPage(status) => {
            reply.status = *status;
            reply.content_type = "text/html";
            reply.body = "<!DOCTYPE html><html><body>Sign in to the network</body></html>".to_owned();
            reply.server = Some("portal/1.0");
        }
        Fault::Oversize(bytes) => reply.delivery = Delivery::Filler(*bytes),
        Fault::Gzip => reply.delivery = Delivery::Gzip,
        Fault::GzipBomb(bytes) => reply.delivery = Delivery::Bomb(*bytes),
        Fault::Status(status) => {
            reply.status = *status;
            reply.error_type = None;
            reply.body.clear();
        }
        Fault::RetryAfter(_, wait) => reply.retry_after = Some(wait),
        Fault::Refuse(..) | Fault::RefuseSaying(..) => {}
        // the other faults affect answers, and an error is not one
        _ if reply.status != 200 => {}
        _ if call.protocol == Protocol::Query => xml::corrupt(fault, &mut reply.body, call, nth),
        _ => json::corrupt(fault, &mut reply.body, call, nth),
    }
}

fn cut(body: &mut String, at: usize) {
    let at = (0..=at.min(body.len())).rev().find(|at| body.is_char_boundary(*at)).unwrap_or(0);
    body.truncate(at);
}
