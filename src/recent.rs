//! Texts that were seen lately, with what was made of them.
//!
//! Owns: finding a text again by comparing it whole. A miss is never wrong, only slower, so the places need no secret: who fills
//! them on purpose gains nothing.

/// Pieces of a text that choose its place.
const PIECES: usize = 32;

/// A text and what was made of it, if there is one.
type Place<T> = Option<(Box<str>, T)>;

/// A table of so many places; a text takes the place of the one before it.
pub(crate) struct Recent<T> {
    places: Box<[Place<T>]>,
}

impl<T: Clone> Recent<T> {
    /// A table with this number of places, a power of two.
    pub(crate) fn new(places: usize) -> Self {
        Self { places: (0..places).map(|_| None).collect() }
    }

    /// What was made of this text.
    pub(crate) fn get(&self, text: &str) -> Option<&T> {
        let place = self.places.get(place(text) & (self.places.len() - 1))?;
        place.as_ref().filter(|(known, _)| **known == *text).map(|(_, value)| value)
    }

    /// Keeps a text and what was made of it.
    pub(crate) fn put(&mut self, text: &str, value: T) {
        let mask = self.places.len() - 1;
        if let Some(place) = self.places.get_mut(place(text) & mask) {
            *place = Some((text.into(), value));
        }
    }
}

/// A number that differs for texts which differ: all bytes of a short text count, and of a long one some.
fn place(text: &str) -> usize {
    const MIX: u64 = 0x9e37_79b9_7f4a_7c15;
    let bytes = text.as_bytes();
    let mut sum = bytes.len() as u64;
    let mut add = |word: u64| sum = (sum ^ word).wrapping_mul(MIX).rotate_left(29);
    let step = (bytes.len() / PIECES).max(8);
    let mut at = 0;
    while let Some(eight) = bytes.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
        add(u64::from_le_bytes(*eight));
        at += step;
    }
    match bytes.last_chunk::<8>() {
        Some(eight) => add(u64::from_le_bytes(*eight)),
        None => bytes.iter().for_each(|byte| add(u64::from(*byte))),
    }
    (sum ^ (sum >> 32)) as usize
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_text_is_found_again_until_another_takes_its_place() {
        let mut recent = Recent::new(1);
        for text in ["", "a", "abcdefgh", &"x".repeat(1000)] {
            recent.put(text, text.len());
            assert_eq!(recent.get(text), Some(&text.len()));
            assert_eq!(recent.get("other"), None);
        }
        assert_eq!(recent.get("a"), None);
    }

    #[test]
    fn texts_that_differ_in_one_byte_have_places_of_their_own() {
        let text =
            "arn:aws:iam::111122223333:role/app, and more, so that it is long enough to be cut into pieces".repeat(2);
        let changed = |at: usize| text.char_indices().map(|(n, c)| if n == at { '#' } else { c }).collect::<String>();
        let places: BTreeSet<usize> = (0..text.len()).map(|at| place(&changed(at))).collect();
        assert!(places.len() > text.len() * 8 / 10, "{} of {}", places.len(), text.len());
    }
}
