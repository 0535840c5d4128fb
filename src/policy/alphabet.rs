//! Texts that STS takes for what a caller chooses.

/// Texts of certain characters and lengths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Alphabet {
    /// Characters beside ASCII letters, digits and the underscore.
    pub(super) beside_word: &'static str,
    pub(super) lengths: (usize, usize),
}

impl Alphabet {
    /// True for a character that may stand in it.
    #[must_use]
    pub fn has(&self, c: char) -> bool {
        c.is_ascii_alphanumeric() || c == '_' || self.beside_word.contains(c)
    }

    /// Fewest and most characters.
    #[must_use]
    pub fn lengths(&self) -> (usize, usize) {
        self.lengths
    }

    /// True for a whole text.
    #[must_use]
    pub fn admits(&self, text: &str) -> bool {
        let (least, most) = self.lengths;
        (least..=most).contains(&text.chars().count()) && text.chars().all(|c| self.has(c))
    }
}
