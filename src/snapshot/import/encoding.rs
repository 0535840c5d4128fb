//! From the bytes of a file to its text: decompressed and decoded, whatever encoding the shell wrote.
//!
//! Owns: gzip and zstd, byte order marks, UTF-16. Compression and encoding are detected by the bytes and never by the
//! file name.
//! INVARIANT: text that cannot be decoded completely is refused; no character is replaced.

use std::fs;
use std::io::Read;
use std::path::Path;

use crate::snapshot::error::{Refusal, SnapshotError};
use crate::snapshot::limits::MAX_BYTES;

/// Reads a file as text.
pub(super) fn text(path: &Path) -> Result<String, SnapshotError> {
    text_of(path, bytes(path)?)
}

/// Reads a file as it is.
pub(super) fn bytes(path: &Path) -> Result<Vec<u8>, SnapshotError> {
    let io = |source| SnapshotError::Io { path: path.to_owned(), source };
    if !fs::symlink_metadata(path).map_err(io)?.is_file() {
        return Err(SnapshotError::NoFile(path.to_owned()));
    }
    let mut bytes = Vec::new();
    fs::File::open(path).map_err(io)?.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(io)?;
    Ok(bytes)
}

/// The text of a file's bytes.
pub(super) fn text_of(path: &Path, bytes: Vec<u8>) -> Result<String, SnapshotError> {
    let bytes = unpacked(path, bytes)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(SnapshotError::TooLarge(path.to_owned()));
    }
    decoded(path, bytes)
}

fn unpacked(path: &Path, bytes: Vec<u8>) -> Result<Vec<u8>, SnapshotError> {
    let read = |decoder: &mut dyn Read, with: &str| {
        let mut plain = Vec::new();
        let done = decoder.take(MAX_BYTES + 1).read_to_end(&mut plain);
        let refused = |source: std::io::Error| {
            let why = format!("it is compressed with {with} and ends in the middle, or is damaged: {source}");
            Refusal::of(path, "cannot be unpacked", why, "save or copy the file again")
        };
        done.map(|_| plain).map_err(refused)
    };
    let other = [
        (&b"PK\x03\x04"[..], "a zip archive"),
        (b"BZh", "compressed with bzip2"),
        (b"\xfd7zXZ\0", "compressed with xz"),
        (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    ];
    match bytes.as_slice() {
        [0x1f, 0x8b, ..] => read(&mut flate2::read::MultiGzDecoder::new(bytes.as_slice()), "gzip"),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => match zstd::Decoder::new(bytes.as_slice()) {
            Ok(mut decoder) => read(&mut decoder, "zstd"),
            Err(source) => Err(SnapshotError::Io { path: path.to_owned(), source }),
        },
        packed => match other.iter().find(|(mark, _)| packed.starts_with(mark)) {
            Some((_, what)) => Err(Refusal::of(
                path,
                "is packed in a way that rolehop does not read",
                format!("it is {what}"),
                "unpack it; plain JSON, gzip and zstd are read",
            )),
            None => Ok(bytes),
        },
    }
}

fn decoded(path: &Path, bytes: Vec<u8>) -> Result<String, SnapshotError> {
    let next = "save it as UTF-8, in PowerShell with `| Out-File -Encoding utf8`";
    let refused = |why: &str| Refusal::of(path, "is text that cannot be decoded", why.to_owned(), next);
    match bytes.as_slice() {
        [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => Err(refused("it is UTF-32")),
        [0xff, 0xfe, rest @ ..] => wide(rest, u16::from_le_bytes).map_err(refused),
        [0xfe, 0xff, rest @ ..] => wide(rest, u16::from_be_bytes).map_err(refused),
        [first, 0, ..] if *first != 0 => wide(&bytes, u16::from_le_bytes).map_err(refused),
        [0, second, ..] if *second != 0 => wide(&bytes, u16::from_be_bytes).map_err(refused),
        _ => {
            let mut text = String::from_utf8(bytes).map_err(|error| {
                let at = error.utf8_error().valid_up_to();
                let all = error.as_bytes().len();
                let why = match error.utf8_error().error_len() {
                    None => "it is UTF-8 cut in the middle of a character".to_owned(),
                    Some(_) => format!("it is neither UTF-8 nor UTF-16: byte {at} of {all} belongs to neither"),
                };
                refused(&why)
            })?;
            if text.starts_with('\u{feff}') {
                text.remove(0);
            }
            Ok(text)
        }
    }
}

fn wide(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, &'static str> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    if !rest.is_empty() {
        return Err("it is UTF-16 cut in the middle of a character");
    }
    let text: Result<String, _> = char::decode_utf16(pairs.iter().map(|pair| unit(*pair))).collect();
    text.map_err(|_| "it is UTF-16 with half a character in it")
}
