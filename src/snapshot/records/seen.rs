//! Which keys of an object were seen.

use super::super::dates;
use crate::json::Cursor;

/// Keys of one object, by number. A key that comes twice is an error, which serde_json words.
#[derive(Default)]
pub(super) struct Seen(u32);

impl Seen {
    /// Marks a key; `None` if it is there already.
    pub(super) fn once(&mut self, key: u32) -> Option<()> {
        let bit = 1 << key;
        let is_new = self.0 & bit == 0;
        self.0 |= bit;
        is_new.then_some(())
    }

    /// The text of a key.
    pub(super) fn text<'f>(&mut self, key: u32, cursor: &mut Cursor<'f>) -> Option<&'f str> {
        self.once(key)?;
        cursor.string()
    }

    /// The date of a key, if it stays as it is written.
    pub(super) fn date<'f>(&mut self, key: u32, cursor: &mut Cursor<'f>) -> Option<&'f str> {
        self.text(key, cursor).filter(|text| dates::stays(text))
    }

    /// Whether a key was marked.
    pub(super) fn has(&self, key: u32) -> bool {
        self.0 & (1 << key) != 0
    }
}
