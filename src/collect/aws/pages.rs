//! The page loop. The SDK's own ends without an error if a page says that more follows but not where.
//!
//! Owns: when a list is whole, and how much of a list is read at all: an endless list must exhaust neither memory nor
//! time.
//! INVARIANT: an `Ok` is the whole list: truncation flag and marker always agreed, no marker came twice, and no bound
//! was reached.

use std::cell::Cell;
use std::collections::HashSet;
use std::future::Future;

use super::defect::Defect;
use super::error::{CallError, Kind};
use crate::facet::{Operation, Service, operation};

/// Most pages and most bytes of one list, unless its operation names others. No account has as much: it is more than
/// AWS's largest documented quotas allow together ("IAM and AWS STS quotas", "Quotas for AWS Organizations"). A page
/// may hold fewer entries than requested, so there may be far more pages than AWS ever sends for as many entries. Ten
/// thousand SCPs, 50,000 accounts with a kilobyte each, 5,000 devices: nothing else has more entries.
const MOST_PAGES: usize = 10_000;
const MOST_BYTES: u64 = 64 << 20;

/// Most empty pages in a row. AWS sends some; only a search (LookupEvents) sends as many as it searches without a
/// match.
const MOST_EMPTY: usize = 500;

/// Most OUs of an organization, of which AWS allows 2,000, and most policies of one type, of which it allows 10,000.
pub(crate) const MOST_UNITS: usize = 20_000;
pub(crate) const MOST_POLICIES: usize = 50_000;

/// How much of a list has been read.
#[derive(Debug)]
struct Meter {
    service: Service,
    name: &'static str,
    limit: u64,
    read: Cell<u64>,
}

tokio::task_local! {
    /// The list that is being read. Its answers are counted below the SDK (`http`).
    static READING: Meter;
}

/// Counts the answer to a call of the list that is being read. `limit` is the run's own bound, if it is lower.
///
/// # Errors
/// If the list is larger than any may be.
pub(crate) fn count(operation: &Operation, bytes: usize, limit: u64) -> Result<(), Defect> {
    let counted = READING.try_with(|meter| {
        // a session that is renewed in the middle of a list makes other calls
        if (meter.service, meter.name) != (operation.service, operation.name) {
            return Ok(());
        }
        let read = meter.read.get().saturating_add(u64::try_from(bytes).unwrap_or(u64::MAX));
        meter.read.set(read);
        let limit = limit.min(meter.limit);
        if read > limit { Err(Defect::ListTooLarge(limit)) } else { Ok(()) }
    });
    counted.unwrap_or(Ok(()))
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

/// Counts all answers to a call that `work` reads as one list.
pub(crate) async fn counted<T>(service: Service, name: &'static str, work: impl Future<Output = T>) -> T {
    let own = operation(service, name).and_then(|operation| operation.list_limit);
    let meter = Meter { service, name, limit: own.unwrap_or(MOST_BYTES), read: Cell::new(0) };
    READING.scope(meter, work).await
}

/// Fetches every page. `fetch` gets the marker of the page, `None` for the first. An empty page with a marker is not
/// the end: Organizations sends them.
pub(crate) async fn all<T, F, Fut>(
    service: Service,
    name: &'static str,
    limit: usize,
    fetch: F,
) -> Result<Vec<T>, CallError>
where
    F: Fn(Option<String>) -> Fut,
    Fut: Future<Output = Result<(Vec<T>, Next), CallError>>,
{
    let own = operation(service, name);
    let most = own.and_then(|operation| operation.page_limit).unwrap_or(MOST_PAGES);
    let is_search = own.is_some_and(|operation| operation.is_search);
    counted(service, name, to_the_end(name, limit.min(most), is_search, fetch)).await
}

async fn to_the_end<T, F, Fut>(
    operation: &'static str,
    limit: usize,
    is_search: bool,
    fetch: F,
) -> Result<Vec<T>, CallError>
where
    F: Fn(Option<String>) -> Fut,
    Fut: Future<Output = Result<(Vec<T>, Next), CallError>>,
{
    let mut items = Vec::new();
    let mut seen = HashSet::new();
    let mut marker = None;
    let mut empty = 0;
    for number in 1..=limit {
        let (page, next) = fetch(marker).await?;
        empty = if page.is_empty() { empty + 1 } else { 0 };
        if empty > MOST_EMPTY && !is_search {
            let why = format!("more than {MOST_EMPTY} pages in a row with nothing in them");
            return Err(CallError::own(operation, Kind::Pagination, why));
        }
        items.extend(page);
        let Some(following) = next.marker(operation)? else {
            tracing::debug!(operation, pages = number, entries = items.len(), "list");
            return Ok(items);
        };
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

    /// Serves `pages` by marker: page n is requested with the marker that page n-1 named.
    async fn run(pages: Vec<(Vec<u32>, Next)>) -> Result<Vec<u32>, CallError> {
        let at = std::sync::atomic::AtomicUsize::new(0);
        all(Service::Iam, "ListThings", 50, |_| {
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
        let result = all(Service::Iam, "ListThings", 50, |_| {
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
            all(Service::CloudTrail, operation, usize::MAX, fetch).await
        };
        assert!(ask("ListThings").await.unwrap_err().message.contains("nothing in them"));
        assert!(ask("LookupEvents").await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn what_a_list_has_is_counted_and_nothing_else() {
        let of = |service, name| operation(service, name).unwrap();
        let roles = of(Service::Iam, "ListRoles");
        let devices = of(Service::Iam, "ListMFADevices");
        let page = |bytes| count(devices, bytes, 100);
        assert_eq!(page(1000), Ok(()), "no list is being read");
        counted(Service::Iam, devices.name, async {
            assert_eq!(page(60), Ok(()));
            let renewal = of(Service::Sts, "AssumeRole");
            assert_eq!(count(renewal, 1000, 100), Ok(()), "a renewal in the midst of it is another call");
            counted(Service::Iam, roles.name, async { assert_eq!(page(1000), Ok(())) }).await;
            assert_eq!(page(40), Ok(()));
            assert_eq!(page(1), Err(Defect::ListTooLarge(100)));
        })
        .await;
        let most = usize::try_from(MOST_BYTES).unwrap();
        counted(Service::Iam, devices.name, async {
            assert_eq!(count(devices, most, u64::MAX), Ok(()));
            assert_eq!(count(devices, 1, u64::MAX), Err(Defect::ListTooLarge(MOST_BYTES)), "the list's own bound");
        })
        .await;
    }
}
