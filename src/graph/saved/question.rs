//! Which accounts a question can touch.
//!
//! Owns: from the words of a question to the part of a snapshot that answers it. What the words mean is found as ever, in the accounts
//! that they name (`selector`); where they name none, or too much, the answer needs everything.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::{Saved, every};
use crate::arn::Arn;
use crate::graph::names;
use crate::graph::query::Targets;
use crate::graph::selector;
use crate::graph::source::Source;
use crate::graph::trust_graph::TrustGraph;
use crate::ids::{AccountId, PrincipalIx};
use crate::model::{BuildError, Estate, Part};
use crate::snapshot::Snapshot;

/// A part is worth opening up to this share of a snapshot's principals: one in so many.
pub const WORTH: usize = 4;

/// One in so many of what is worth opening is opened to see what a question is about, whatever comes of it.
const FEW: usize = 4;

/// A question, by what its answer depends on.
#[derive(Clone, Copy, Debug)]
pub enum Asked<'a> {
    /// The ways from one to another.
    Between(&'a str, &'a str),
    /// Those, and what stands in the way where there are none.
    Around(&'a str, &'a str),
    /// Everybody who reaches this.
    Behind(&'a str),
    /// Everything that this reaches.
    Ahead(&'a str),
}

impl<'a> Asked<'a> {
    fn from(self) -> Option<&'a str> {
        match self {
            Self::Between(from, _) | Self::Around(from, _) | Self::Ahead(from) => Some(from),
            Self::Behind(_) => None,
        }
    }

    fn to(self) -> Option<&'a str> {
        match self {
            Self::Between(_, to) | Self::Around(_, to) | Self::Behind(to) => Some(to),
            Self::Ahead(_) => None,
        }
    }
}

/// The part of a snapshot that has the answer to a question; `None` where that is more than one principal in `worth`.
///
/// # Errors
/// If a file that is opened cannot be read.
pub fn part_of(
    saved: &Saved,
    snapshot: &Snapshot,
    at: Timestamp,
    asked: Asked<'_>,
    targets: &Targets,
    worth: usize,
) -> Result<Option<Estate>, BuildError> {
    let Some(named) = saved.accounts_named(snapshot, at, asked, targets)? else { return Ok(None) };
    let part = saved.part(named.iter().copied());
    if !saved.is_worth_it(&part, worth) || !saved.may_be_worth_it(asked, &part, worth) {
        return Ok(None);
    }
    let estate = Estate::build_part(snapshot, at, &part)?;
    let Some(ends) = Ends::find(saved, &estate, asked, targets) else { return Ok(None) };
    let touched = saved.part(named.into_iter().chain(saved.touched(asked, &ends)));
    if touched.opened == part.opened {
        return Ok(Some(estate));
    }
    let is_worth_it = saved.is_worth_it(&touched, worth);
    is_worth_it.then(|| Estate::build_part(snapshot, at, &touched)).transpose()
}

impl Saved {
    fn is_worth_it(&self, part: &Part, worth: usize) -> bool {
        let opened: usize =
            self.ranges().filter(|(id, _)| part.opened.contains(id)).map(|(_, principals)| principals.len()).sum();
        opened.saturating_mul(worth) <= self.principals()
    }

    /// False where many accounts are named, and what leads to all of their roles is too much: that is known before they are opened.
    fn may_be_worth_it(&self, asked: Asked<'_>, named: &Part, worth: usize) -> bool {
        if !matches!(asked, Asked::Behind(_)) || self.is_worth_it(named, worth.saturating_mul(FEW)) {
            return true;
        }
        let of_named = self.ranges().filter(|(id, _)| named.opened.contains(id));
        let all: Vec<u32> = of_named.flat_map(|(_, range)| range).filter_map(|ix| u32::try_from(ix).ok()).collect();
        self.is_worth_it(&self.part(self.accounts_of(&self.behind(&all).principals)), worth)
    }

    /// The accounts that the words of a question speak of; `None` where that is not known.
    fn accounts_named(
        &self,
        snapshot: &Snapshot,
        at: Timestamp,
        asked: Asked<'_>,
        targets: &Targets,
    ) -> Result<Option<BTreeSet<AccountId>>, BuildError> {
        let mut named = BTreeSet::new();
        if let Some(to) = asked.to() {
            if selector::is_selector(to, targets) {
                let outline = Estate::build_part(snapshot, at, &Part { is_outline: true, ..self.part([]) })?;
                named.extend(selector::accounts_meant(&outline, to, targets));
            } else {
                let Some(account) = self.account_named(to) else { return Ok(None) };
                named.insert(account);
            }
        }
        if let Some(from) = asked.from() {
            let Some(account) = self.account_named(from) else { return Ok(None) };
            named.insert(account);
        }
        Ok(Some(named))
    }

    /// The account of an ARN, of a name in it, or itself, as `names::account` has it.
    fn account_named(&self, text: &str) -> Option<AccountId> {
        let text = names::as_printed(text);
        if let Some(arn) = Arn::parse(text) {
            return arn.account_id();
        }
        self.account_called(text).or_else(|| self.account_called(text.split_once('/')?.0))
    }

    /// The one account with this id or name.
    fn account_called(&self, text: &str) -> Option<AccountId> {
        if let Some(id) = AccountId::parse(text) {
            return self.first_of(id).map(|_| id);
        }
        let all = self.accounts.iter().map(|entry| (entry.id, entry.name.as_str()));
        match names::called(all, text).as_slice() {
            [only] => Some(*only),
            _ => None,
        }
    }
}

/// Where a question starts and ends, by number.
struct Ends {
    from: Vec<u32>,
    to: Vec<u32>,
}

impl Ends {
    /// `None` where a question starts at others than principals of the snapshot, or a name fits nothing: then everything is asked.
    fn find(saved: &Saved, estate: &Estate, asked: Asked<'_>, targets: &Targets) -> Option<Self> {
        let graph = TrustGraph::new(estate);
        let mut ends = Self { from: Vec::new(), to: Vec::new() };
        if let Some(from) = asked.from() {
            for source in selector::sources(&graph, from).ok()?.0 {
                let Source::Principal(ix) = source else { return None };
                ends.from.push(number(saved, estate, ix)?);
            }
        }
        if let Some(to) = asked.to() {
            let roles = selector::resolve(&graph, to, targets).ok()?.roles;
            ends.to = roles.into_iter().map(|ix| number(saved, estate, ix)).collect::<Option<_>>()?;
        }
        Some(ends)
    }
}

/// The number that a principal of a part has in the whole.
fn number(saved: &Saved, part: &Estate, ix: PrincipalIx) -> Option<u32> {
    let account_ix = part.principal(ix).account();
    let first = part.principals_of(account_ix).next()?;
    saved.first_of(part.account(account_ix).id())?.checked_add(u32::try_from(ix.get().checked_sub(first.get())?).ok()?)
}

impl Saved {
    fn touched(&self, asked: Asked<'_>, ends: &Ends) -> BTreeSet<AccountId> {
        let principals = match asked {
            Asked::Between(..) => {
                let behind = self.behind(&ends.to);
                let mut between = self.ahead(&ends.from, &behind.sources).principals;
                between.intersect_with(&behind.principals);
                between
            }
            Asked::Around(..) => {
                let mut around = self.ahead(&ends.from, &every(self.sources.len())).principals;
                around.union_with(&self.behind(&ends.to).principals);
                around
            }
            Asked::Behind(_) => self.behind(&ends.to).principals,
            Asked::Ahead(_) => self.ahead(&ends.from, &every(self.sources.len())).principals,
        };
        self.accounts_of(&principals)
    }
}
