//! The file of the saved index.
//!
//! Owns: its format. A header of 44 bytes: the magic, the format's number and the key, which is made of the snapshot's stamp and rolehop's
//! version. Then one zstd frame with its checksum: tables of little-endian numbers, and the time at which they hold if policies read it.
//! INVARIANT: a file that is damaged, of another snapshot, time or version is never used, and whatever it holds is no error.

use std::fs;
use std::io::{self, Read as _};

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::rows::Rows;
use super::{Entry, Saved};
use crate::ids::AccountId;
use crate::snapshot::Snapshot;
use crate::snapshot::write_beside;

/// Its name, in the snapshot's directory.
pub const FILE: &str = "index.rolehop";

const MAGIC: &[u8; 8] = b"rolehop\x01";
/// Changes whenever the tables, or what counts as an edge, do.
const FORMAT: u32 = 1;
const HEADER: usize = 8 + 4 + 32;
/// A million roles take some 30 MB.
const MOST_BYTES: u64 = 4 << 30;

/// What stands beside a snapshot.
#[derive(Debug)]
pub enum Opened {
    /// Its index.
    Fresh(Saved),
    /// None.
    Absent,
    /// One that cannot be used.
    Stale,
}

impl Saved {
    /// Reads the index of a snapshot, as of a time.
    #[must_use]
    pub fn open(snapshot: &Snapshot, at: Timestamp) -> Opened {
        match fs::File::open(snapshot.dir().join(FILE)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Opened::Absent,
            Err(_) => Opened::Stale,
            Ok(file) => Self::read(file, snapshot).filter(|saved| saved.holds(at)).map_or(Opened::Stale, Opened::Fresh),
        }
    }

    fn read(mut file: fs::File, snapshot: &Snapshot) -> Option<Self> {
        let mut header = [0; HEADER];
        file.read_exact(&mut header).ok()?;
        if header != header_of(key(snapshot)?) {
            return None;
        }
        let mut bytes = Vec::new();
        zstd::Decoder::new(file).ok()?.take(MOST_BYTES).read_to_end(&mut bytes).ok()?;
        Self::decoded(&bytes)
    }

    /// Writes it beside the snapshot; its size in bytes. `Ok(None)` where the snapshot cannot have one: files may change unseen.
    ///
    /// # Errors
    /// If the directory cannot be written to.
    pub fn write(&self, snapshot: &Snapshot) -> io::Result<Option<u64>> {
        let Some(key) = key(snapshot) else { return Ok(None) };
        let mut encoder = zstd::Encoder::new(header_of(key).to_vec(), 1)?;
        encoder.include_checksum(true)?;
        io::Write::write_all(&mut encoder, &self.encoded())?;
        let bytes = encoder.finish()?;
        write_beside(&snapshot.dir().join(FILE), &bytes).map_err(io::Error::other)?;
        Ok(Some(bytes.len() as u64))
    }

    fn encoded(&self) -> Vec<u8> {
        let mut to = Vec::new();
        put_text(&mut to, &self.partition);
        put_text(&mut to, &self.at.map_or_else(String::new, |at| at.to_string()));
        to.push(u8::from(self.sets_source_identity));
        put(&mut to, &[self.accounts.len() as u32]);
        for entry in &self.accounts {
            put_text(&mut to, &entry.id.to_string());
            put_text(&mut to, &entry.name);
            put(&mut to, &[entry.first, u32::from(entry.always)]);
        }
        for rows in [&self.sources, &self.into] {
            for list in [rows.starts(), rows.entries()] {
                put(&mut to, &[list.len() as u32]);
                put(&mut to, list);
            }
        }
        to
    }

    /// `None` if the tables do not fit each other.
    fn decoded(bytes: &[u8]) -> Option<Self> {
        let mut from = Reader(bytes);
        let partition = from.text()?.to_owned();
        let at = match from.text()? {
            "" => None,
            text => Some(text.parse().ok()?),
        };
        let sets_source_identity = from.take(1)?.first() == Some(&1);
        let count = from.number()?;
        let mut accounts = Vec::new();
        for _ in 0..count {
            let id = AccountId::parse(from.text()?)?;
            let name = from.text()?.to_owned();
            accounts.push(Entry { id, name, first: from.number()?, always: from.number()? == 1 });
        }
        let mut lists = || Some((from.list()?, from.list()?));
        let (sources, into) = (lists()?, lists()?);
        let (source_count, principals) = (sources.0.len().checked_sub(1)?, into.0.len().checked_sub(1)?);
        let sources = Rows::checked(sources.0, sources.1, principals)?;
        let into = Rows::checked(into.0, into.1, source_count)?;
        let ordered = accounts.is_sorted_by(|a, b| a.id < b.id && a.first <= b.first);
        let within = accounts.last().is_none_or(|last| last.first as usize <= principals);
        (ordered && within && from.0.is_empty()).then_some(Self {
            accounts,
            partition,
            at,
            sets_source_identity,
            sources,
            into,
        })
    }
}

/// What a usable index is made of; `None` where the snapshot cannot have one.
fn key(snapshot: &Snapshot) -> Option<[u8; 32]> {
    let mut hash = Sha256::new();
    hash.update(snapshot.stamp()?);
    hash.update(env!("CARGO_PKG_VERSION"));
    Some(hash.finalize().into())
}

fn header_of(key: [u8; 32]) -> [u8; HEADER] {
    let mut header = [0; HEADER];
    let parts = MAGIC.iter().chain(&FORMAT.to_le_bytes()).copied().chain(key).collect::<Vec<u8>>();
    header.copy_from_slice(&parts);
    header
}

fn put(to: &mut Vec<u8>, numbers: &[u32]) {
    to.reserve(numbers.len() * 4);
    numbers.iter().for_each(|number| to.extend(number.to_le_bytes()));
}

fn put_text(to: &mut Vec<u8>, text: &str) {
    put(to, &[text.len() as u32]);
    to.extend(text.as_bytes());
}

/// The rest of the tables.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn number(&mut self) -> Option<u32> {
        Some(u32::from_le_bytes(self.take(4)?.try_into().ok()?))
    }

    fn text(&mut self) -> Option<&'a str> {
        let length = self.number()?;
        std::str::from_utf8(self.take(length as usize)?).ok()
    }

    fn list(&mut self) -> Option<Vec<u32>> {
        let length = self.number()?;
        let (numbers, _) = self.take((length as usize).checked_mul(4)?)?.as_chunks::<4>();
        Some(numbers.iter().map(|bytes| u32::from_le_bytes(*bytes)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn saved() -> Saved {
        let (mut sources, mut into) = (Rows::new(), Rows::new());
        sources.push([0, 2]).unwrap();
        into.push([]).unwrap();
        into.push([0]).unwrap();
        into.push([0]).unwrap();
        let entry =
            |id: &str, first| Entry { id: AccountId::parse(id).unwrap(), name: "a".into(), first, always: false };
        let accounts = vec![entry("000000000001", 0), entry("000000000002", 2)];
        Saved {
            accounts,
            partition: "aws".into(),
            at: Some(Timestamp::UNIX_EPOCH),
            sets_source_identity: true,
            sources,
            into,
        }
    }

    #[test]
    fn tables_come_back_and_cut_or_longer_ones_are_refused() {
        let bytes = saved().encoded();
        assert_eq!(Saved::decoded(&bytes), Some(saved()));
        for end in 0..bytes.len() {
            assert_eq!(Saved::decoded(&bytes[..end]), None, "{end}");
        }
        assert_eq!(Saved::decoded(&[&bytes[..], &[0]].concat()), None);
    }

    #[test]
    fn a_changed_byte_never_panics() {
        let bytes = saved().encoded();
        for at in 0..bytes.len() {
            for bit in 0..8 {
                let mut changed = bytes.clone();
                changed[at] ^= 1 << bit;
                let Some(saved) = Saved::decoded(&changed) else { continue };
                let closure = saved.behind(&[0, 1, 2, 7]);
                saved.accounts_of(&closure.principals);
                saved.ahead(&[0, 9], &closure.sources);
            }
        }
    }
}
