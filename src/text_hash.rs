//! Hashes of texts under a key that is new in every run.
//!
//! Owns: the claim that equal hashes mean equal texts. Each half is the text as a polynomial over the field of 2^61 - 1, at a secret
//! point: two different texts of n words agree at no more than n of the 2^61 points, so two chosen texts share both halves with a
//! chance of (n / 2^61)^2, whoever wrote them. A million documents of a thousand words: less than 2^-60.
//! Nothing that leaves the process depends on a hash.
//! Source: J. L. Carter, M. N. Wegman, "Universal Classes of Hash Functions" (1979).

use std::collections::HashMap;
use std::hash::{BuildHasher, Hasher, RandomState};

/// The prime 2^61 - 1.
const PRIME: u64 = (1 << 61) - 1;

/// Seven bytes: a word of them is less than the prime.
const WORD: usize = 7;

/// What stands for a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TextHash(u64, u64);

/// The secret points.
pub(crate) struct TextHasher {
    points: [Point; 2],
}

impl TextHasher {
    /// Points of the system's randomness.
    pub(crate) fn new() -> Self {
        let point = || Point::new(RandomState::new().hash_one(0_u64) % PRIME);
        Self { points: [point(), point()] }
    }

    /// The hash of a text.
    pub(crate) fn hash(&self, text: &str) -> TextHash {
        let [left, right] = &self.points;
        // the length tells texts apart that differ only in zero bytes at the end
        let length = text.len() as u64;
        let (mut one, mut other) = (length, length);
        let mut rest = text.as_bytes();
        let word = |bytes: &[u8; 8]| u64::from_le_bytes(*bytes) & (u64::MAX >> 8);
        // two words at a time, because each step waits for the one before
        while let Some((first, second)) =
            rest.first_chunk::<8>().zip(rest.get(WORD..).and_then(|r| r.first_chunk::<8>()))
        {
            one = left.step(one, word(first), word(second));
            other = right.step(other, word(first), word(second));
            rest = rest.get(2 * WORD..).unwrap_or_default();
        }
        let mut last = [[0; 8]; 2];
        last.iter_mut().zip(rest.chunks(WORD)).for_each(|(word, bytes)| {
            word.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
        });
        let [first, second] = last.map(u64::from_le_bytes);
        TextHash(left.step(one, first, second), right.step(other, first, second))
    }
}

/// A secret point and its square.
struct Point {
    point: u64,
    square: u64,
}

impl Point {
    fn new(point: u64) -> Self {
        Self { point, square: reduced(u128::from(point) * u128::from(point)) % PRIME }
    }

    /// `((sum + first) * point + second) * point`.
    fn step(&self, sum: u64, first: u64, second: u64) -> u64 {
        reduced(u128::from(sum + first) * u128::from(self.square) + u128::from(second) * u128::from(self.point))
    }
}

/// A number below 2^126, reduced to little more than the prime.
fn reduced(number: u128) -> u64 {
    let low = number as u64 & PRIME;
    let high = (number >> 61) as u64;
    let sum = low + (high & PRIME) + (high >> 61);
    (sum & PRIME) + (sum >> 61)
}

impl std::hash::Hash for TextHash {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.0);
    }
}

impl TextHash {
    /// One of so many parts of a table.
    pub(crate) fn part(self, parts: usize) -> usize {
        self.1 as usize % parts
    }
}

/// A hash of a hash is itself.
#[derive(Default)]
pub(crate) struct Itself(u64);

impl Hasher for Itself {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, hash: u64) {
        // tables look at the highest bits too, which a number below the prime does not use
        self.0 = hash << 3 ^ hash >> 29;
    }
}

/// A map by texts and small numbers, quicker than the standard one for such keys; keyed as well, so that nobody chooses what
/// collides.
pub(crate) type KeyedMap<K, V> = HashMap<K, V, Keyed>;

/// Makes the hashers of one map.
#[derive(Clone)]
pub(crate) struct Keyed(u64, u64);

impl Default for Keyed {
    fn default() -> Self {
        let random = RandomState::new();
        Self(random.hash_one(0_u64), random.hash_one(1_u64) | 1)
    }
}

impl BuildHasher for Keyed {
    type Hasher = KeyedHasher;

    fn build_hasher(&self) -> KeyedHasher {
        KeyedHasher { sum: self.0, key: self.1 }
    }
}

/// Both halves of a product of what was read and the key.
pub(crate) struct KeyedHasher {
    sum: u64,
    key: u64,
}

impl Hasher for KeyedHasher {
    fn finish(&self) -> u64 {
        self.sum
    }

    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        words.iter().for_each(|word| self.write_u64(u64::from_le_bytes(*word)));
        let mut last = [0; 8];
        last.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
        self.write_u64(u64::from_le_bytes(last) ^ (bytes.len() as u64) << 56);
    }

    fn write_u8(&mut self, byte: u8) {
        self.write_u64(u64::from(byte));
    }

    fn write_usize(&mut self, number: usize) {
        self.write_u64(number as u64);
    }

    fn write_u64(&mut self, word: u64) {
        let product = u128::from(self.sum ^ word) * u128::from(self.key);
        self.sum = product as u64 ^ (product >> 64) as u64 ^ self.key.rotate_left(32);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_texts_have_equal_hashes_and_others_do_not() {
        let hasher = TextHasher::new();
        let mut seen = Vec::new();
        for length in 0..40 {
            for text in ["a", "b", "\0"].map(|letter| letter.repeat(length)) {
                let hash = hasher.hash(&text);
                assert_eq!(hash, hasher.hash(&text.clone()));
                // the empty text comes three times
                if length > 0 || seen.is_empty() {
                    assert!(!seen.contains(&hash), "{text:?}");
                    seen.push(hash);
                }
            }
        }
    }

    #[test]
    fn a_step_is_arithmetic_modulo_the_prime() {
        let exact = |sum: u64, first: u64, second: u64, point: u64| {
            let once =
                |sum: u64, word: u64| (u128::from(sum) + u128::from(word)) * u128::from(point) % u128::from(PRIME);
            once(once(sum, first) as u64, second) as u64
        };
        let large = u64::MAX >> 8;
        for (sum, word, point) in
            [(0, 0, 5), (7, large, PRIME - 1), (PRIME + 8, large, PRIME - 1), (PRIME, 0, 1), (9, 1, 0)]
        {
            let step = Point::new(point).step(sum, word, large);
            assert_eq!(step % PRIME, exact(sum, word, large, point), "{sum} {word} {point}");
            assert!(step <= PRIME + 8);
        }
    }

    #[test]
    fn every_run_has_its_own_key() {
        let point = || TextHasher::new().points[0].point;
        assert_ne!(point(), point());
    }
}
