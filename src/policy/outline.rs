//! Where the parts of a document stand in its text.
//!
//! Owns: the quick way through documents of usual shape. Whatever is unusual or wrong is `None`; `parse` reads it, and says what is
//! wrong. Does not know what a part says.

use super::document::Version;
use crate::json::Cursor;

/// The statements of many documents, one after the other.
#[derive(Debug, Default)]
pub(crate) struct Outlines<'a> {
    parts: Vec<Parts<'a>>,
}

/// A document among [`Outlines`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Outline {
    pub(super) version: Version,
    start: usize,
    end: usize,
}

/// A list that may be negated, as it is written.
#[derive(Clone, Copy, Debug)]
pub(super) struct List<'a> {
    pub(super) negated: bool,
    pub(super) text: &'a str,
}

/// A statement, its parts not yet read.
#[derive(Debug, Default)]
pub(super) struct Parts<'a> {
    pub(super) sid: Option<&'a str>,
    pub(super) effect: Option<&'a str>,
    pub(super) principal: Option<List<'a>>,
    pub(super) action: Option<List<'a>>,
    pub(super) resource: Option<List<'a>>,
    pub(super) condition: Option<&'a str>,
}

impl<'a> Outlines<'a> {
    /// Passes a document.
    pub(crate) fn read(&mut self, cursor: &mut Cursor<'a>) -> Option<Outline> {
        let start = self.parts.len();
        let mut version = None;
        let mut id = None;
        let mut has_statements = false;
        cursor.object(|cursor, key| match key {
            "Version" => {
                let read = match cursor.string()? {
                    "2012-10-17" => Version::V2012,
                    "2008-10-17" => Version::V2008,
                    _ => return None,
                };
                put(&mut version, read)
            }
            "Id" => put(&mut id, cursor.string()?),
            "Statement" if !has_statements => {
                has_statements = true;
                if cursor.peek()? == b'[' {
                    return cursor.list(|cursor| self.add(cursor));
                }
                self.add(cursor)
            }
            _ => None,
        })?;
        has_statements.then(|| Outline { version: version.unwrap_or(Version::V2008), start, end: self.parts.len() })
    }

    fn add(&mut self, cursor: &mut Cursor<'a>) -> Option<()> {
        self.parts.push(Parts::read(cursor)?);
        Some(())
    }

    /// The statements of a document.
    pub(super) fn statements(&self, of: Outline) -> &[Parts<'a>] {
        self.parts.get(of.start..of.end).unwrap_or_default()
    }
}

/// A key that comes twice is left to `parse`.
fn put<T>(place: &mut Option<T>, value: T) -> Option<()> {
    place.replace(value).is_none().then_some(())
}

impl<'a> Parts<'a> {
    /// A key beside its negation is left to `parse` as well, and so is `null`.
    fn read(cursor: &mut Cursor<'a>) -> Option<Self> {
        fn list<'a>(cursor: &mut Cursor<'a>, negated: bool) -> Option<List<'a>> {
            matches!(cursor.peek()?, b'"' | b'[' | b'{').then_some(())?;
            Some(List { negated, text: cursor.value()? })
        }
        let mut parts = Self::default();
        cursor.object(|cursor, key| match key {
            "Sid" => put(&mut parts.sid, cursor.string()?),
            "Effect" => put(&mut parts.effect, cursor.string()?),
            "Principal" => put(&mut parts.principal, list(cursor, false)?),
            "NotPrincipal" => put(&mut parts.principal, list(cursor, true)?),
            "Action" => put(&mut parts.action, list(cursor, false)?),
            "NotAction" => put(&mut parts.action, list(cursor, true)?),
            "Resource" => put(&mut parts.resource, list(cursor, false)?),
            "NotResource" => put(&mut parts.resource, list(cursor, true)?),
            "Condition" => put(&mut parts.condition, list(cursor, false)?.text),
            _ => None,
        })?;
        Some(parts)
    }
}
