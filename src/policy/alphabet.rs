//! Which texts STS accepts for values that the caller chooses.

/// The texts with certain characters and lengths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Alphabet {
    /// Allowed characters besides ASCII letters, digits and the underscore.
    pub(super) beside_word: &'static str,
    pub(super) lengths: (usize, usize),
}

impl Alphabet {
    /// True if the character is allowed.
    #[must_use]
    pub fn has(&self, c: char) -> bool {
        c.is_ascii_alphanumeric() || c == '_' || self.beside_word.contains(c)
    }

    /// Minimum and maximum number of characters.
    #[must_use]
    pub fn lengths(&self) -> (usize, usize) {
        self.lengths
    }

    /// True if the whole text is allowed.
    #[must_use]
    pub fn admits(&self, text: &str) -> bool {
        let (least, most) = self.lengths;
        (least..=most).contains(&text.chars().count()) && text.chars().all(|c| self.has(c))
    }
}
