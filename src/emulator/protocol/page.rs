//! Pages: which entries a request gets, and the token for the next ones.
//!
//! INVARIANT: a token is accepted only by the operation that issued it, so that a collector that mixes up tokens is
//! detected.

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};

/// The part of a list that one answer holds.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Page {
    pub(crate) start: usize,
    pub(crate) size: usize,
    /// Set if there is more.
    pub(crate) next: Option<String>,
}

impl Page {
    /// The page of a list of `total` entries that `token` points to; `None` if the token does not belong to this
    /// operation.
    pub(crate) fn of(operation: &str, token: Option<&str>, size: usize, total: usize) -> Option<Self> {
        let start = match token {
            None => 0,
            Some(token) => offset(operation, token).filter(|start| *start < total.max(1))?,
        };
        let size = size.max(1);
        let end = start.saturating_add(size);
        let next = (end < total).then(|| BASE64_URL_SAFE_NO_PAD.encode(format!("{operation}/{end}")));
        Some(Self { start, size, next })
    }

    /// Another token for the page that `token` points to.
    pub(crate) fn again(operation: &str, token: Option<&str>, nth: u64) -> String {
        let start = token.and_then(|token| offset(operation, token)).unwrap_or(0);
        BASE64_URL_SAFE_NO_PAD.encode(format!("{operation}/{start}/{nth}"))
    }

    /// A token that points one entry before `token`, so that the next page repeats an entry.
    pub(crate) fn before(operation: &str, token: &str, nth: u64) -> Option<String> {
        let start = offset(operation, token)?.checked_sub(1)?;
        Some(BASE64_URL_SAFE_NO_PAD.encode(format!("{operation}/{start}/{nth}")))
    }

    /// The entries of the page.
    pub(crate) fn cut<T>(&self, entries: impl IntoIterator<Item = T>) -> impl Iterator<Item = T> {
        entries.into_iter().skip(self.start).take(self.size)
    }
}

fn offset(operation: &str, token: &str) -> Option<usize> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(token).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    // the part after the number only makes tokens differ
    text.strip_prefix(operation)?.strip_prefix('/')?.split('/').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_cover_a_list_exactly_once() {
        let list: Vec<u32> = (0..7).collect();
        let mut seen = Vec::new();
        let mut token = None;
        loop {
            let page = Page::of("List", token.as_deref(), 3, list.len()).unwrap();
            seen.extend(page.cut(list.iter().copied()));
            token = page.next;
            if token.is_none() {
                break;
            }
        }
        assert_eq!(seen, list);
    }

    #[test]
    fn a_full_last_page_has_no_token() {
        assert_eq!(Page::of("List", None, 3, 3).unwrap().next, None);
    }

    #[test]
    fn a_token_of_another_operation_is_refused() {
        let page = Page::of("List", None, 1, 5).unwrap();
        assert_eq!(Page::of("Other", page.next.as_deref(), 1, 5), None);
        assert_eq!(Page::of("List", Some("made up"), 1, 5), None);
    }
}
