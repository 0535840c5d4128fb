//! Random numbers that are the same everywhere: SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number
//! generators", 2014).
//!
//! Owns: the sequence. A crate may change its sequence in a new version, and with it the data of every bench.

/// A sequence of random numbers, fixed by its seed.
pub(super) struct Random(u64);

impl Random {
    /// The sequence of one account, independent of every other account's.
    pub(super) fn new(seed: u64, account: usize) -> Self {
        let mut mixer = Self(seed);
        let start = mixer.next() ^ (account as u64).wrapping_mul(0xD134_2543_DE82_EF95);
        Self(start)
    }

    /// The next 64 random bits.
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `limit`, or 0 if the limit is 0.
    pub(super) fn below(&mut self, limit: usize) -> usize {
        // the high half times the limit: no division, and the bias is far too small to be visible in a bench
        (((self.next() >> 32) * limit as u64) >> 32) as usize
    }

    /// True in `chance` of a hundred cases.
    pub(super) fn percent(&mut self, chance: usize) -> bool {
        self.below(100) < chance
    }

    /// One of the choices; the empty string if there are none.
    pub(super) fn pick<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        choices.get(self.below(choices.len())).copied().unwrap_or_default()
    }

    /// What IAM appends to `AROA` and the like: capital letters and digits.
    pub(super) fn unique_id(&mut self, prefix: &str) -> String {
        let mut id = String::with_capacity(21);
        id.push_str(prefix);
        let mut low = self.next();
        let mut high = self.next();
        for _ in 0..17 {
            let digit = (low & 31) as u8;
            id.push(char::from(if digit < 26 { b'A' + digit } else { b'2' + digit - 26 }));
            low = (low >> 5) | (high << 59);
            high >>= 5;
        }
        id
    }

    /// A time in one of the given years, as the AWS CLI prints it.
    pub(super) fn date(&mut self, first_year: usize, years: usize) -> String {
        let year = first_year + self.below(years);
        let month = 1 + self.below(10);
        let day = 1 + self.below(28);
        let hour = self.below(24);
        let minute = self.below(60);
        let second = self.below(60);
        format!("{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}+00:00")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sequence_is_the_published_one() {
        // reference values of SplitMix64 for seed 0
        let mut random = Random(0);
        assert_eq!((random.next(), random.next()), (0xE220_A839_7B1D_CDAF, 0x6E78_9E6A_A1B9_65F4));
    }

    #[test]
    fn a_number_is_below_its_limit() {
        let mut random = Random::new(7, 3);
        assert!((0..10_000).all(|_| random.below(7) < 7));
        assert_eq!(random.below(0), 0);
    }
}
