//! Tags, stored once for all roles that have the same.
//!
//! Roles of one team carry the same tags, in the same bytes: the text before is nearly always the text again.

use std::sync::Arc;

use super::super::account::Tag;
use super::super::tags;
use crate::json::Cursor;

/// The tags that were read last.
#[derive(Default)]
pub(super) struct SharedTags<'f> {
    text: &'f str,
    tags: Option<Arc<[Tag]>>,
}

impl<'f> SharedTags<'f> {
    /// Tags in the text of a file.
    pub(super) fn read(&mut self, cursor: &mut Cursor<'f>) -> Option<Arc<[Tag]>> {
        if !cursor.pass_known(self.text) {
            (cursor.peek()? == b'[').then_some(())?;
            let text = cursor.value()?;
            let read = tags::any(&mut serde_json::Deserializer::from_str(text)).ok()??;
            *self = Self { text, tags: Some(self.shared(read)) };
        }
        self.tags.clone()
    }

    /// Tags that are equal to those before are those before.
    pub(super) fn shared(&mut self, read: Vec<Tag>) -> Arc<[Tag]> {
        match &self.tags {
            Some(known) if **known == *read => Arc::clone(known),
            _ => {
                let new: Arc<[Tag]> = read.into();
                self.tags = Some(Arc::clone(&new));
                new
            }
        }
    }
}
