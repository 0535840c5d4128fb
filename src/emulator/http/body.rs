//! Corrupted bodies: cut off, slow, huge, or compressed.
//!
//! Owns: how the bytes of a reply are delivered, and how the delivery ends. Nothing larger than a block is held in
//! memory. Does not know the meaning of the bytes, nor why they are corrupted (`faults`).

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Frame};
use tokio::time::Sleep;

use crate::emulator::protocol::reply::Delivery;

pub(crate) type Body = BoxBody<Bytes, io::Error>;

/// The body as it is delivered. An error, here or while the body is read, ends the connection.
pub(crate) fn of(delivery: &Delivery, whole: String) -> Result<Body, io::Error> {
    let full = |bytes: Bytes| Full::new(bytes).map_err(|never| match never {}).boxed();
    let whole = Bytes::from(whole);
    Ok(match delivery {
        Delivery::Whole | Delivery::Never => full(whole),
        Delivery::Reset => return Err(broken()),
        Delivery::Part { bytes, .. } => {
            let part = whole.slice(..(*bytes).min(whole.len()));
            Broken { part: Some(part), pause: None }.boxed()
        }
        Delivery::Drip(every) => Drip { whole, every: Duration::from_millis(*every), next: None }.boxed(),
        Delivery::Filler(bytes) => {
            Repeat { head: None, block: Bytes::from_static(BLANKS), left: *bytes, tail: None }.boxed()
        }
        // an empty stored block of a compressed stream, and no trailer
        Delivery::Gzip => full(Bytes::from_static(&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 1, 0, 0, 0xff, 0xff])),
        Delivery::Bomb(bytes) => bomb(*bytes).boxed(),
    })
}

fn broken() -> io::Error {
    io::ErrorKind::ConnectionReset.into()
}

type Polled = Poll<Option<Result<Frame<Bytes>, io::Error>>>;

/// The beginning of a body, and then an error.
struct Broken {
    part: Option<Bytes>,
    pause: Option<Pin<Box<Sleep>>>,
}

impl hyper::body::Body for Broken {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Polled {
        let this = self.get_mut();
        if let Some(part) = this.part.take().filter(|part| !part.is_empty()) {
            return Poll::Ready(Some(Ok(Frame::data(part))));
        }
        // without a pause the error would overtake what is not yet written
        let pause = this.pause.get_or_insert_with(|| Box::pin(tokio::time::sleep(Duration::from_millis(2))));
        pause.as_mut().poll(cx).map(|()| Some(Err(broken())))
    }
}

/// A body, byte by byte.
struct Drip {
    whole: Bytes,
    every: Duration,
    next: Option<Pin<Box<Sleep>>>,
}

impl hyper::body::Body for Drip {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Polled {
        let this = self.get_mut();
        if this.whole.is_empty() {
            return Poll::Ready(None);
        }
        let every = this.every;
        let next = this.next.get_or_insert_with(|| Box::pin(tokio::time::sleep(every)));
        next.as_mut().poll(cx).map(|()| {
            this.next = None;
            Some(Ok(Frame::data(this.whole.split_to(1))))
        })
    }
}

static BLANKS: &[u8] = &[b' '; 1 << 16];

/// A block, generated and repeated while it is sent, between a head and a tail.
struct Repeat {
    head: Option<Bytes>,
    block: Bytes,
    left: u64,
    tail: Option<Bytes>,
}

impl hyper::body::Body for Repeat {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Polled {
        let this = self.get_mut();
        if let Some(head) = this.head.take() {
            return Poll::Ready(Some(Ok(Frame::data(head))));
        }
        if this.left == 0 {
            return Poll::Ready(this.tail.take().map(|tail| Ok(Frame::data(tail))));
        }
        let length = usize::try_from(this.left).unwrap_or(usize::MAX).min(this.block.len());
        this.left -= length as u64;
        Poll::Ready(Some(Ok(Frame::data(this.block.slice(..length)))))
    }
}

/// Zeros, compressed as far as deflate's fixed codes allow: thirteen bits for 258 of them. The checksum at the end is
/// wrong, but a reader that gets there has decompressed everything.
fn bomb(bytes: u64) -> Repeat {
    /// The decompressed size of eight repetitions, and the bytes that they take.
    const GROUP: (u64, u64) = (8 * 258, 13);
    // RFC 1951, 3.2.6: the code of a length of 258, then of a distance of 1
    const REPEAT: [u8; 13] = [1, 1, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0];
    // the last block, with fixed codes, and a zero in it: with one repetition these are whole bytes
    const START: [u8; 11] = [1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0];
    let mut head = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3];
    head.extend(packed(START.iter().chain(&REPEAT)));
    let group = packed(std::iter::repeat_n(REPEAT.iter(), 8).flatten());
    Repeat {
        head: Some(head.into()),
        block: group.repeat(4096).into(),
        left: bytes.div_ceil(GROUP.0).saturating_mul(GROUP.1),
        // the end of the block, checksum and length
        tail: Some(Bytes::from_static(&[0; 9])),
    }
}

/// Bits in deflate's order: the first is the lowest of its byte.
fn packed<'a>(bits: impl Iterator<Item = &'a u8>) -> Vec<u8> {
    let bits: Vec<u8> = bits.copied().collect();
    bits.chunks(8).map(|byte| byte.iter().rev().fold(0, |sum, bit| sum << 1 | bit)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_bomb_is_a_compressed_stream_of_zeros() {
        let bytes = bomb(1).collect().await.unwrap().to_bytes();
        // zlib decompresses what is between header and trailer to 259 + 2064 zeros
        let deflated = [0x63, 0x18, 0x05, 0xa3, 0x60, 0x14, 0x8c, 0x82, 0x51, 0x30, 0x0a, 0x46, 0xc1, 0x28, 0x18, 0x05];
        assert_eq!(hex::encode(&bytes[10..26]), hex::encode(deflated));
        assert_eq!(bytes.len(), 10 + 3 + 13 + 9);
        let large = bomb(1 << 20).collect().await.unwrap().to_bytes();
        assert!((1 << 20) / large.len() > 150, "{}", large.len());
    }
}
