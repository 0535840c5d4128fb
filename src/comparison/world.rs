//! Both sides, and what is the same on both.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use super::directory::Directory;
use super::documents::Documents;
use super::pairing::{Pair, Pairing, Which};
use crate::facet::Facet;
use crate::graph::{Source, TrustGraph};
use crate::ids::{AccountId, PrincipalIx, Scope};
use crate::model::{Account, Estate, Presence, Principal};
use crate::snapshot::ledger::Gap;

/// Two snapshots as graphs, to be compared.
#[derive(Debug)]
pub struct World<'g, 'e> {
    old: Side<'g, 'e>,
    new: Side<'g, 'e>,
    pub(super) pairing: Pairing,
    pub(super) documents: Documents,
    /// By side, once they are asked for.
    pub(super) directories: OnceLock<[Option<Directory<'e>>; 2]>,
}

/// The graph of a side. Where the other side names an outsider, and this one lets it in with everybody or with its account, the outsider
/// has edges of its own on both: what was widened takes nothing from it, and what was narrowed gives it nothing.
#[derive(Debug)]
enum Side<'g, 'e> {
    Plain(&'g TrustGraph<'e>),
    Asking(Box<TrustGraph<'e>>),
}

/// Whether an account is on both sides, and its principals are known there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Known {
    Both,
    OnlyOld,
    OnlyNew,
    /// It is on both sides, and one of them does not know its principals.
    Partly,
}

impl<'g, 'e> World<'g, 'e> {
    /// Finds out who and what is the same on both sides; ways are compared when they are asked for.
    #[must_use]
    pub fn new(old: &'g TrustGraph<'e>, new: &'g TrustGraph<'e>) -> Self {
        let (pairing, documents) =
            rayon::join(|| Pairing::new(old.estate(), new.estate()), || Documents::new(old.estate(), new.estate()));
        let [of_old, of_new] = asked(old, new, &pairing, &documents);
        let side = |graph: &'g TrustGraph<'e>, asked| match graph.asking_of_roles(asked) {
            Some(asking) => Side::Asking(Box::new(asking)),
            None => Side::Plain(graph),
        };
        Self { old: side(old, of_old), new: side(new, of_new), pairing, documents, directories: OnceLock::new() }
    }

    pub(super) fn graph(&self, which: Which) -> &TrustGraph<'e> {
        let side = match which {
            Which::Old => &self.old,
            Which::New => &self.new,
        };
        match side {
            Side::Plain(graph) => graph,
            Side::Asking(graph) => graph,
        }
    }

    pub(super) fn estate(&self, which: Which) -> &'e Estate {
        self.graph(which).estate()
    }

    /// The people of a side; `None` where Identity Center was not read.
    pub(super) fn directory(&self, which: Which) -> Option<&Directory<'e>> {
        let made = self
            .directories
            .get_or_init(|| [Which::Old, Which::New].map(|which| self.estate(which).people().map(Directory::new)));
        let [old, new] = made;
        match which {
            Which::Old => old.as_ref(),
            Which::New => new.as_ref(),
        }
    }

    /// The ARN of a user or role, by number.
    pub(super) fn arn(&self, number: u32) -> String {
        match self.pairing.pair(number) {
            Pair { new: Some(ix), .. } => self.estate(Which::New).arn(ix),
            Pair { old: Some(ix), .. } => self.estate(Which::Old).arn(ix),
            Pair { .. } => String::new(),
        }
    }

    /// A user or role on one side.
    pub(super) fn principal(&self, which: Which, number: u32) -> Option<&'e Principal> {
        self.pairing.pair(number).on(which).map(|ix| self.estate(which).principal(ix))
    }

    /// The account of a user or role, by number.
    pub(super) fn account_of(&self, number: u32) -> Option<AccountId> {
        let on = |which| Some(self.estate(which).account(self.principal(which, number)?.account()).id());
        on(Which::New).or_else(|| on(Which::Old))
    }

    /// An account on one side.
    pub(super) fn account(&self, which: Which, id: AccountId) -> Option<&'e Account> {
        let estate = self.estate(which);
        estate.account_by_id(id).map(|ix| estate.account(ix))
    }

    /// True for an account that a side has not, and may have among those that it does not list.
    pub(super) fn may_list(&self, which: Which, id: AccountId) -> bool {
        let may = self.estate(which).unlisted().is_some() || self.lost_organization(which).is_some();
        self.account(which, id).is_none() && may
    }

    /// The organization where the other side alone has one: whether it was not read, or its accounts are in none, nobody says.
    pub(super) fn lost_organization(&self, which: Which) -> Option<Gap> {
        let has = |which| self.estate(which).organization().is_some();
        (!has(which) && has(which.other())).then(|| Gap {
            scope: Scope::Organization,
            facet: Facet::Organization,
            reason: "this snapshot has no organization, and the other has one: it may not have been read".to_owned(),
        })
    }

    /// True where one side alone has an organization.
    pub(super) fn is_without_organization(&self) -> bool {
        [Which::Old, Which::New].into_iter().any(|which| self.lost_organization(which).is_some())
    }

    /// True for an account, or a principal of it, that cannot be used on this side and can on the other: who starts ways there are its
    /// principals.
    pub(super) fn is_dormant(&self, which: Which, source: &Source) -> bool {
        let id = match source {
            Source::Account(id) | Source::Outsider(_, id) => *id,
            _ => return false,
        };
        let is_out = |which| self.account(which, id).map(|account| account.out_of_use().is_some());
        is_out(which) == Some(true) && is_out(which.other()) == Some(false)
    }

    /// Whether the principals of an account can be compared.
    pub(super) fn known(&self, id: AccountId) -> Known {
        let there = |which| self.account(which, id).filter(|account| is_there(account));
        match (there(Which::Old), there(Which::New)) {
            (Some(old), Some(new)) => {
                let read = |account: &Account| account.presence().gap().is_none();
                if read(old) && read(new) { Known::Both } else { Known::Partly }
            }
            (None, Some(_)) => Known::OnlyNew,
            _ => Known::OnlyOld,
        }
    }
}

/// The outsiders to ask about on each side, by role: those that the trust policy names on the other.
fn asked(
    old: &TrustGraph<'_>,
    new: &TrustGraph<'_>,
    pairing: &Pairing,
    documents: &Documents,
) -> [BTreeMap<PrincipalIx, BTreeSet<Source>>; 2] {
    let (mut of_old, mut of_new) = (BTreeMap::new(), BTreeMap::new());
    for (before, after) in (0..pairing.len()).filter_map(|number| pairing.pair(number).ends()) {
        let trust = |graph: &TrustGraph<'_>, ix| graph.estate().principal(ix).role().map(|facts| facts.trust);
        let (Some(was), Some(is)) = (trust(old, before), trust(new, after)) else { continue };
        if documents.same(was, is) != Some(false) {
            continue;
        }
        let (named_before, named_after) = (old.outsiders_named(before), new.outsiders_named(after));
        let ask = |of: &mut BTreeMap<PrincipalIx, BTreeSet<Source>>, role, named: &BTreeSet<Source>, own| {
            let more: BTreeSet<Source> = named.difference(own).cloned().collect();
            if !more.is_empty() {
                of.insert(role, more);
            }
        };
        ask(&mut of_old, before, &named_after, &named_before);
        ask(&mut of_new, after, &named_before, &named_after);
    }
    [of_old, of_new]
}

/// False for an account that cannot be used and of which nothing is known: closed or suspended.
fn is_there(account: &Account) -> bool {
    account.is_member() || matches!(account.presence(), Presence::Collected)
}
