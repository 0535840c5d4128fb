//! What tools append to the start of a name that they make.
//!
//! Owns: which letters, and how many. Does not know names.
//! Source: Terraform plugin SDK, `id.PrefixedUniqueId`; AWS CloudFormation User Guide, "Name type".

use std::ops::RangeInclusive;

/// What a tool appends to the start of a name.
#[derive(Clone, Debug)]
pub(super) struct Suffix {
    /// How many characters.
    pub(super) lengths: RangeInclusive<usize>,
    /// Which.
    pub(super) has: fn(char) -> bool,
}

impl Suffix {
    /// The time in digits, then a count in hexadecimal ones.
    pub(super) const TERRAFORM: Self = Self { lengths: 26..=26, has: |letter| matches!(letter, '0'..='9' | 'a'..='f') };
    /// CloudFormation does not say how many: 12 and 13 have been seen.
    pub(super) const CLOUDFORMATION: Self = Self { lengths: 8..=16, has: |letter| letter.is_ascii_alphanumeric() };
    /// A name of which nothing is known: any that IAM takes.
    pub(super) const NAME: Self =
        Self { lengths: 1..=64, has: |letter| letter.is_ascii_alphanumeric() || "+=,.@_-".contains(letter) };

    /// True if a text may have been appended.
    pub(super) fn fits(&self, text: &str) -> bool {
        self.lengths.contains(&text.len()) && text.chars().all(self.has)
    }
}

impl Default for Suffix {
    fn default() -> Self {
        Self::NAME
    }
}
