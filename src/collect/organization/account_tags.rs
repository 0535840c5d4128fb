//! Tags of accounts.
//!
//! Owns: the data set `account-tags`, and the tags that select accounts.

use std::collections::BTreeMap;

use futures::{FutureExt, StreamExt, TryStreamExt};

use super::accounts::Listing;
use super::client::OrganizationClient;
use crate::collect::aws::error::{CallError, Kind};
use crate::collect::aws::pages::{self, Next};
use crate::collect::aws::probe::{Permitted, permitted};
use crate::collect::deadline::Over;
use crate::facet::Service;
use crate::ids::AccountId;
use crate::snapshot::account::Tag;

/// Tag requests in flight: the quota is 10 a second for the organization.
const TAG_REQUESTS: usize = 4;

/// Accounts in a row whose tags cannot be read, after which no other is tried.
const TAG_FAILURES: usize = 5;

impl OrganizationClient {
    /// Tags of every account, as far as they can be read, and why some are missing. If every request is refused, it
    /// stops early: ten thousand denials would say no more than a few.
    pub(crate) async fn tags(
        &self,
        listing: &Listing,
        over: &Over,
    ) -> (BTreeMap<AccountId, Vec<Tag>>, Option<CallError>) {
        let mut tags = self.known.tags.get().cloned().unwrap_or_default();
        let unread: Vec<AccountId> = listing.accounts.keys().filter(|id| !tags.contains_key(id)).copied().collect();
        let mut answers = futures::stream::iter(unread).map(|id| self.tags_of(id)).buffer_unordered(TAG_REQUESTS);
        let mut failure = None;
        let mut in_a_row = 0_usize;
        while in_a_row < TAG_FAILURES {
            match over.or(answers.next().map(Option::transpose)).await {
                Ok(None) => break,
                Ok(Some((id, found))) => {
                    in_a_row = 0;
                    tags.insert(id, found);
                }
                Err(error) => {
                    let is_over = matches!(error.kind, Kind::Deadline | Kind::NotTried);
                    in_a_row = if is_over { TAG_FAILURES } else { in_a_row + 1 };
                    failure.get_or_insert(error);
                }
            }
        }
        let failure = failure.map(|mut error: CallError| {
            let all = listing.accounts.len();
            let missing = listing.accounts.len() - tags.len();
            error.message = format!("{}; the tags of {missing} of {all} accounts are missing", error.message);
            error
        });
        (tags, failure)
    }

    /// Tags of the open accounts, used to select them: if one account's tags are unknown, none is selected.
    pub(crate) async fn tags_of_open(&self, listing: &Listing) -> Result<BTreeMap<AccountId, Vec<Tag>>, CallError> {
        let ask = async || {
            let open = listing.accounts.iter().filter(|(_, listed)| listed.skipped.is_none());
            let open: Vec<AccountId> = open.map(|(id, _)| *id).collect();
            let answers = futures::stream::iter(open).map(|id| self.tags_of(id)).buffer_unordered(TAG_REQUESTS);
            answers.try_collect().await
        };
        self.known.tags.get_or_try_init(ask).await.cloned()
    }

    async fn tags_of(&self, id: AccountId) -> Result<(AccountId, Vec<Tag>), CallError> {
        const OPERATION: &str = "ListTagsForResource";
        let own = id.to_string();
        let resource = &own;
        let tags = pages::all(Service::Organizations, OPERATION, self.page_limit, |token| async move {
            let request =
                || self.client.list_tags_for_resource().resource_id(resource).set_next_token(token.clone()).send();
            let answer = self.base.send(OPERATION, request).await?;
            Ok((answer.tags.unwrap_or_default(), Next::Token(answer.next_token)))
        })
        .await?;
        let mut tags: Vec<Tag> = tags.into_iter().map(|tag| Tag { key: tag.key, value: tag.value }).collect();
        tags.sort();
        tags.dedup();
        Ok((id, tags))
    }
}

/// Whether the data set may be read.
pub(super) async fn probe(organization: &OrganizationClient, own: AccountId) -> Permitted {
    let request = organization.client.list_tags_for_resource().resource_id(own.to_string());
    permitted("ListTagsForResource", request.send().await)
}
