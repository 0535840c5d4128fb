//! The accounts in which people are managed, inferred from who can assume roles of other accounts.
//!
//! Owns: the inference. Does not know what is configured, nor what follows for a user elsewhere. No account of one partition is
//! an identity account for roles of another.

use std::collections::{BTreeMap, BTreeSet};

use super::aws_made::is_default_admin_role;
use super::unknown;
use crate::answer::Verdict;
use crate::graph::{Source, TrustGraph};
use crate::ids::AccountIx;
use crate::model::PrincipalType;

/// Accounts whose users can assume roles of other accounts.
#[derive(Default)]
pub(crate) struct IdentityAccounts {
    pub(crate) certain: BTreeSet<AccountIx>,
    /// Accounts that may be among them, depending on data that was not read, each with the reasons.
    pub(crate) possible: BTreeMap<AccountIx, BTreeSet<String>>,
    /// Accounts whose roles were not all read, with the reason: any of them may trust the users of another. A few stand for all.
    unread: Vec<(AccountIx, String)>,
}

/// Accounts of a partition that stand for all whose roles were not read: two are enough for one besides the account itself.
const UNREAD: usize = 3;

impl IdentityAccounts {
    /// Why another account of the partition may have roles that the users of this one can assume.
    pub(crate) fn unread_besides<'a>(
        &'a self,
        account: AccountIx,
        is_of_partition: impl Fn(AccountIx) -> bool + 'a,
    ) -> impl Iterator<Item = &'a String> {
        let besides = move |(ix, _): &&(AccountIx, String)| *ix != account && is_of_partition(*ix);
        self.unread.iter().filter(besides).map(|(_, why)| why)
    }
}

/// Infers them from every edge into a role, except default organization roles, of the partitions that are not `settled`.
pub(crate) fn infer(graph: &TrustGraph<'_>, settled: &BTreeSet<&str>) -> IdentityAccounts {
    let estate = graph.estate();
    let mut inferred = IdentityAccounts::default();
    for edge in graph.all().iter().flatten() {
        let role = estate.principal(edge.to);
        let verdict = edge.free().verdict();
        let partition = estate.account(role.account()).partition();
        if is_default_admin_role(role.name()) || verdict == Verdict::Denied || settled.contains(partition) {
            continue;
        }
        // users of one source are of one account
        let first = edge.callers(estate).next().map(|ix| estate.principal(ix));
        let user = first.filter(|caller| caller.kind() == PrincipalType::User);
        let unread = match &edge.from {
            Source::Account(id) => {
                let account = estate.account_by_id(*id);
                account.filter(|ix| estate.account(*ix).presence().gap().is_some())
            }
            _ => None,
        };
        let others =
            user.map(|user| user.account()).into_iter().chain(unread).filter(|account| *account != role.account());
        for account in others {
            if verdict <= Verdict::Conditional && unread.is_none() {
                inferred.certain.insert(account);
            } else {
                let presence = unread.and_then(|ix| estate.account(ix).presence().gap());
                let why = inferred.possible.entry(account).or_default();
                why.extend(unknown::unclear(estate, &edge.free().truth()));
                why.extend(presence.map(|gap| unknown::reason(estate, gap)));
            }
        }
    }
    let mut counts = BTreeMap::<&str, usize>::new();
    for (ix, account) in estate.indexed_accounts().filter(|(_, account)| account.presence().is_judged()) {
        let Some(gap) = account.presence().gap().filter(|_| !settled.contains(account.partition())) else { continue };
        let count = counts.entry(account.partition()).or_default();
        *count += 1;
        if *count <= UNREAD {
            inferred.unread.push((ix, unknown::reason(estate, gap)));
        }
    }
    inferred
}
