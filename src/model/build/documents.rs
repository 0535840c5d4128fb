//! The distinct documents of the whole organization, each parsed once.
//!
//! Owns: which texts are one document. Workers share the table; each parses what it finds first. Two that find a document in the
//! same moment both parse it, and one result is dropped.

use std::collections::HashMap;
use std::hash::BuildHasherDefault;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::attachments::SharedLabels;
use super::local::{Known, ParsedIx, RefusedIx};
use crate::id_vec::IdVec;
use crate::policy::{Outline, Outlines, Parser, Place, Policy};
use crate::recent::Recent;
use crate::text_hash::{Itself, TextHash, TextHasher};

/// AWS managed policies, and trust policies of one account after the other.
const RECENT: usize = 2048;

/// More parts than there are threads, so that workers rarely wait for each other.
const PARTS: usize = 64;

type Part = HashMap<TextHash, Known, BuildHasherDefault<Itself>>;

/// One for trust policies, one for all others: a text that is the one is not the other.
struct PerPlace<T> {
    identity: T,
    trust: T,
}

impl<T> PerPlace<T> {
    fn at(&self, place: Place) -> &T {
        if place == Place::Trust { &self.trust } else { &self.identity }
    }

    fn of(&mut self, place: Place) -> &mut T {
        if place == Place::Trust { &mut self.trust } else { &mut self.identity }
    }
}

/// Distinct documents by the hash of their text.
pub(super) struct DocumentTable {
    hasher: TextHasher,
    parts: PerPlace<Vec<Mutex<Part>>>,
    /// How many were parsed.
    parsed: AtomicUsize,
    /// Why the others were not.
    refused: Mutex<IdVec<RefusedIx, Arc<str>>>,
}

/// What one worker keeps from file to file.
pub(super) struct DocumentReader {
    parser: Parser,
    /// Documents that came more than once.
    recent: PerPlace<Recent<Known>>,
    pub(super) labels: SharedLabels,
    /// Documents that no other worker had parsed.
    pub(super) fresh: Vec<(ParsedIx, Policy)>,
}

impl Default for DocumentReader {
    fn default() -> Self {
        Self {
            parser: Parser::default(),
            recent: PerPlace { identity: Recent::new(RECENT), trust: Recent::new(RECENT) },
            labels: SharedLabels::default(),
            fresh: Vec::new(),
        }
    }
}

impl DocumentTable {
    pub(super) fn new() -> Self {
        let parts = || (0..PARTS).map(|_| Mutex::default()).collect();
        Self {
            hasher: TextHasher::new(),
            parts: PerPlace { identity: parts(), trust: parts() },
            parsed: AtomicUsize::new(0),
            refused: Mutex::default(),
        }
    }

    /// The document of a text that stands here, parsed if it is new.
    pub(super) fn find(
        &self,
        place: Place,
        text: &str,
        outline: Option<(&Outlines<'_>, Outline)>,
        reader: &mut DocumentReader,
    ) -> Known {
        // inline policies are read with their outline, and rarely come again
        let repeats = outline.is_none();
        if repeats && let Some(known) = reader.recent.of(place).get(text) {
            return *known;
        }
        let hash = self.hasher.hash(text);
        let Some(part) = self.parts.at(place).get(hash.part(PARTS)) else { return self.refuse("there is no table") };
        let lock = || part.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = lock().get(&hash) {
            if repeats {
                reader.recent.of(place).put(text, *known);
            }
            return *known;
        }
        let parsed = match outline {
            Some((outlines, outline)) => reader.parser.parse_outlined(text, outlines, outline),
            None => reader.parser.parse(text),
        };
        let parsed = parsed.and_then(|policy| place.accept(policy));
        let mut part = lock();
        if let Some(known) = part.get(&hash) {
            return *known;
        }
        let known = match parsed {
            Ok(policy) => {
                let ix = ParsedIx::new(self.parsed.fetch_add(1, Ordering::Relaxed));
                reader.fresh.push((ix, policy));
                Known::Parsed(ix)
            }
            Err(error) => self.refuse(&error.to_string()),
        };
        part.insert(hash, known);
        known
    }

    fn refuse(&self, why: &str) -> Known {
        Known::Refused(self.refused.lock().unwrap_or_else(PoisonError::into_inner).push(why.into()))
    }

    /// Why a document could not be parsed.
    pub(super) fn why(&self, refused: RefusedIx) -> Arc<str> {
        Arc::clone(&self.refused.lock().unwrap_or_else(PoisonError::into_inner)[refused])
    }
}
