//! The alias of an account.
//!
//! Owns: the data set `account-aliases`.

use crate::collect::aws::error::CallError;
use crate::collect::aws::pages::{self, Next};
use crate::collect::aws::probe::{Permitted, permitted};
use crate::collect::credentials::session::Session;
use crate::facet::Service;

/// ListAccountAliases.
pub(crate) async fn read(session: &Session, page_limit: usize) -> Result<Vec<String>, CallError> {
    const OPERATION: &str = "ListAccountAliases";
    let mut aliases = pages::all(Service::Iam, OPERATION, page_limit, |marker| async move {
        let request = || session.iam.list_account_aliases().set_marker(marker.clone()).send();
        let answer = session.send(OPERATION, request).await?;
        let next = Next::Marked { truncated: answer.is_truncated, marker: answer.marker };
        Ok((answer.account_aliases, next))
    })
    .await?;
    aliases.sort();
    aliases.dedup();
    Ok(aliases)
}

/// Whether the data set may be read: asks for a page of one entry.
pub(crate) async fn probe(session: &Session) -> Permitted {
    permitted("ListAccountAliases", session.iam.list_account_aliases().max_items(1).send().await)
}
