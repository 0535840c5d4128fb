//! The page loop. The SDK's own ends without an error where a page says that more follows but not where.
//!
//! Owns: when a list is whole, and how much of one is read at all: what never ends must fill neither memory nor time.
//! INVARIANT: an `Ok` is the whole list: truncated and marker always agreed, no marker came twice, and no bound was reached.

use std::cell::Cell;
use std::collections::HashSet;
use std::future::Future;

use super::defect::Defect;
use super::error::{CallError, Kind};

/// Most pages and most bytes of one list, by operation; [`OF_OTHERS`] for those that are not named. No account has as much: it is
/// more than AWS's largest documented quotas allow together ("IAM and AWS STS quotas", "Quotas for AWS Organizations"). A page may hold
/// fewer entries than were asked for, so that there may be far more pages than AWS ever makes of as many entries.
const BOUNDS: &[(&str, usize, u64)] = &[
    // 5,000 users with 2,048 characters of policies, 5,000 roles with 10,240 and a trust of 4,096, 500 groups with 5,120, and 5,000
    // managed policies in five versions of 6,144: 239 MB, half as much again percent-encoded, and 192 MB for fifty tags on every user
    // and role: 550 MB. Twice that, because larger maxima are reported of late and white space is not counted
    ("GetAccountAuthorizationDetails", 10_000, 1 << 30),
    // 10,000 roles with a trust of 8,192 characters, encoded, and a kilobyte of other fields: 133 MB
    ("ListRoles", 10_000, 256 << 20),
    // an hour, which is an account's whole time, at two pages of fifty events a second
    ("LookupEvents", 8_000, 1 << 30),
    // a policy on every one of 50,000 accounts, in pages of twenty that may be empty
    ("ListTargetsForPolicy", 20_000, OF_OTHERS.1),
    ("ListAccounts", 20_000, OF_OTHERS.1),
    ("ListAccountsForParent", 20_000, OF_OTHERS.1),
    // the texts of 12,000 SCPs and RCPs of 10,240 characters, escaped
    ("DescribePolicy", 0, 512 << 20),
];

/// Ten thousand SCPs, 50,000 accounts with a kilobyte each, 5,000 devices: nothing else has more entries.
const OF_OTHERS: (usize, u64) = (10_000, 64 << 20);

/// Most pages in a row with nothing in them. AWS sends some; only a search (LookupEvents) goes through as much as finds nothing.
const MOST_EMPTY: usize = 500;
const SEARCHES: &[&str] = &["LookupEvents"];

/// Most units of an organization, of which AWS allows 2,000, and most policies of one type, of which it allows 10,000.
pub(crate) const MOST_UNITS: usize = 20_000;
pub(crate) const MOST_POLICIES: usize = 50_000;

/// How much of a list has been read.
#[derive(Debug)]
struct Meter {
    operation: &'static str,
    limit: u64,
    read: Cell<u64>,
}

tokio::task_local! {
    /// The list that is being read. The answers are counted where they are read, below the SDK (`wire`).
    static READING: Meter;
}

/// Counts the answer to a call of the list that is being read. `limit` is the run's own bound, where it is narrower.
///
/// # Errors
/// Where that list is larger than any may be.
pub(crate) fn count(operation: &str, bytes: usize, limit: u64) -> Result<(), Defect> {
    let counted = READING.try_with(|meter| {
        // a session that is renewed in the midst of a list makes other calls
        if meter.operation != operation {
            return Ok(());
        }
        let read = meter.read.get().saturating_add(u64::try_from(bytes).unwrap_or(u64::MAX));
        meter.read.set(read);
        let limit = limit.min(meter.limit);
        if read > limit { Err(Defect::ListTooLarge(limit)) } else { Ok(()) }
    });
    counted.unwrap_or(Ok(()))
}

fn bounds(operation: &str) -> (usize, u64) {
    let own = BOUNDS.iter().find(|(name, _, _)| *name == operation);
    own.map_or(OF_OTHERS, |(_, pages, bytes)| (*pages, *bytes))
}

/// What a page says about what follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Next {
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

/// Counts all answers to `operation` that `work` reads as those of one list.
pub(crate) async fn counted<T>(operation: &'static str, work: impl Future<Output = T>) -> T {
    let meter = Meter { operation, limit: bounds(operation).1, read: Cell::new(0) };
    READING.scope(meter, work).await
}

/// Fetches every page. `fetch` is given the marker of the page, `None` for the first. An empty page with a marker is
/// not the end: Organizations sends them.
pub(crate) async fn all<T, F, Fut>(operation: &'static str, limit: usize, fetch: F) -> Result<Vec<T>, CallError>
where
    F: Fn(Option<String>) -> Fut,
    Fut: Future<Output = Result<(Vec<T>, Next), CallError>>,
{
    counted(operation, to_the_end(operation, limit.min(bounds(operation).0), fetch)).await
}

async fn to_the_end<T, F, Fut>(operation: &'static str, limit: usize, fetch: F) -> Result<Vec<T>, CallError>
where
    F: Fn(Option<String>) -> Fut,
    Fut: Future<Output = Result<(Vec<T>, Next), CallError>>,
{
    let mut items = Vec::new();
    let mut seen = HashSet::new();
    let mut marker = None;
    let mut empty = 0;
    for _ in 0..limit {
        let (page, next) = fetch(marker).await?;
        empty = if page.is_empty() { empty + 1 } else { 0 };
        if empty > MOST_EMPTY && !SEARCHES.contains(&operation) {
            let why = format!("more than {MOST_EMPTY} pages in a row with nothing in them");
            return Err(CallError::own(operation, Kind::Pagination, why));
        }
        items.extend(page);
        let Some(following) = next.marker(operation)? else { return Ok(items) };
        if !seen.insert(following.clone()) {
            return Err(CallError::own(operation, Kind::Pagination, "the same marker came twice"));
        }
        marker = Some(following);
    }
    Err(CallError::own(operation, Kind::Pagination, format!("more than {limit} pages, which no account's list has")))
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

    #[tokio::test]
    async fn nothing_page_after_page_is_an_error_but_in_a_search() {
        let ask = async |operation: &'static str| {
            let counter = std::sync::atomic::AtomicUsize::new(0);
            let fetch = |_| {
                let n = counter.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                async move { Ok((Vec::<u32>::new(), Next::Token((n < 2 * MOST_EMPTY).then(|| n.to_string())))) }
            };
            all(operation, usize::MAX, fetch).await
        };
        assert!(ask("ListThings").await.unwrap_err().message.contains("nothing in them"));
        assert!(ask("LookupEvents").await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn what_a_list_has_is_counted_and_nothing_else() {
        let page = |bytes| count("ListThings", bytes, 100);
        assert_eq!(page(1000), Ok(()), "no list is being read");
        counted("ListThings", async {
            assert_eq!(page(60), Ok(()));
            assert_eq!(count("AssumeRole", 1000, 100), Ok(()), "a renewal in the midst of it is another call");
            counted("ListOthers", async { assert_eq!(page(1000), Ok(())) }).await;
            assert_eq!(page(40), Ok(()));
            assert_eq!(page(1), Err(Defect::ListTooLarge(100)));
        })
        .await;
        let most = usize::try_from(OF_OTHERS.1).unwrap();
        counted("ListThings", async {
            assert_eq!(count("ListThings", most, u64::MAX), Ok(()));
            assert_eq!(
                count("ListThings", 1, u64::MAX),
                Err(Defect::ListTooLarge(OF_OTHERS.1)),
                "the list's own bound"
            );
        })
        .await;
    }
}
