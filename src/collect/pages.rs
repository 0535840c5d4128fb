//! The page loop. The SDK's own ends without an error where a page says that more follows but not where.
//!
//! Owns: when a list is whole. INVARIANT: an `Ok` is the whole list: truncated and marker always agreed, and no marker
//! came twice.

use std::collections::HashSet;
use std::future::Future;

use super::call::{CallError, Kind};

/// What a page says about what follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// `IsTruncated` and `Marker` of the query protocol.
    Marked { truncated: bool, marker: Option<String> },
    /// `NextToken` of the JSON protocol; absence is the end.
    Token(Option<String>),
}

impl Next {
    /// The marker of the next page, or `None` at the end.
    fn marker(self, operation: &'static str) -> Result<Option<String>, CallError> {
        let inconsistent = |what: &str| Err(CallError::own(operation, Kind::Pagination, what));
        match self {
            Self::Token(token) => Ok(token.filter(|token| !token.is_empty())),
            Self::Marked { truncated, marker } => match (truncated, marker.filter(|marker| !marker.is_empty())) {
                (true, Some(marker)) => Ok(Some(marker)),
                (false, None) => Ok(None),
                (true, None) => inconsistent("a page says that more follows but has no marker"),
                (false, Some(_)) => inconsistent("a page has a marker but says that nothing follows"),
            },
        }
    }
}

/// Fetches every page. `fetch` is given the marker of the page, `None` for the first. An empty page with a marker is
/// not the end: Organizations sends them.
pub(super) async fn all<T, F, Fut>(operation: &'static str, limit: usize, fetch: F) -> Result<Vec<T>, CallError>
where
    F: Fn(Option<String>) -> Fut,
    Fut: Future<Output = Result<(Vec<T>, Next), CallError>>,
{
    let mut items = Vec::new();
    let mut seen = HashSet::new();
    let mut marker = None;
    for _ in 0..limit {
        let (page, next) = fetch(marker).await?;
        items.extend(page);
        let Some(following) = next.marker(operation)? else { return Ok(items) };
        if !seen.insert(following.clone()) {
            return Err(CallError::own(operation, Kind::Pagination, "the same marker came twice"));
        }
        marker = Some(following);
    }
    Err(CallError::own(operation, Kind::Pagination, format!("more than {limit} pages")))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Serves `pages` by marker: page n is asked for with the marker that page n-1 named.
    async fn run(pages: Vec<(Vec<u32>, Next)>) -> Result<Vec<u32>, CallError> {
        let at = std::sync::atomic::AtomicUsize::new(0);
        all("ListThings", 50, |_| {
            let n = at.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            let page = pages[n % pages.len()].clone();
            async move { Ok(page) }
        })
        .await
    }

    fn marked(truncated: bool, marker: Option<&str>) -> Next {
        Next::Marked { truncated, marker: marker.map(str::to_owned) }
    }

    #[tokio::test]
    async fn pages_are_joined_and_an_empty_page_is_not_the_end() {
        let pages = vec![
            (vec![1], Next::Token(Some("a".into()))),
            (vec![], Next::Token(Some("b".into()))),
            (vec![2], Next::Token(None)),
        ];
        assert_eq!(run(pages).await.unwrap(), [1, 2]);
    }

    #[tokio::test]
    async fn truncated_without_a_marker_is_an_error() {
        for next in [marked(true, None), marked(true, Some("")), marked(false, Some("m"))] {
            let error = run(vec![(vec![1], next)]).await.unwrap_err();
            assert_eq!(error.kind, Kind::Pagination);
        }
    }

    #[tokio::test]
    async fn a_marker_that_comes_back_is_an_error_even_in_a_cycle() {
        let one = run(vec![(vec![1], marked(true, Some("a")))]).await.unwrap_err();
        assert!(one.message.contains("twice"), "{one}");
        let two = vec![(vec![1], marked(true, Some("a"))), (vec![2], marked(true, Some("b")))];
        assert!(run(two).await.unwrap_err().message.contains("twice"));
    }

    #[tokio::test]
    async fn endless_pages_are_an_error() {
        let counter = std::sync::atomic::AtomicUsize::new(0);
        let result = all("ListThings", 50, |_| {
            let n = counter.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            async move { Ok((vec![n], marked(true, Some(&n.to_string())))) }
        })
        .await;
        assert!(result.unwrap_err().message.contains("more than 50 pages"));
    }
}
