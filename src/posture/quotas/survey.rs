//! All rows of an estate in one pass.

use std::collections::BTreeSet;

use rayon::prelude::*;

use super::quota::{COUNT, Quota, Quotas};
use super::row::{Row, State, Subject, subject_of};
use super::{account, organization};
use crate::ids::AccountIx;
use crate::model::Estate;

/// Which rows are kept; all are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keep {
    /// Those that are near a limit, at it or above it, and those that are not known.
    Near,
    Every,
}

/// How many rows of a quota there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) rows: usize,
    /// Near a limit, at it or above it.
    pub(crate) near: usize,
    /// At a limit or above it.
    pub(crate) full: usize,
    /// Of which it is not known; the parts of an account that were not read are one.
    pub(crate) unknown: usize,
}

/// What was found in one pass.
#[derive(Clone, Debug, Default)]
pub(crate) struct Survey {
    counts: [Counts; COUNT],
    /// How many subjects have a row.
    pub(crate) subjects: usize,
    /// Fullest first.
    pub(crate) rows: Vec<Row>,
    last: Option<Subject>,
}

impl Survey {
    pub(crate) fn counts(&self, quota: Quota) -> Counts {
        self.counts.get(quota.place()).copied().unwrap_or_default()
    }

    fn take(&mut self, row: Row, near: u8, keep: Keep) {
        if self.last != Some(row.subject) {
            self.subjects += 1;
            self.last = Some(row.subject);
        }
        let state = row.state(near);
        if let Some(counts) = self.counts.get_mut(row.quota.place()) {
            counts.rows += 1;
            counts.near += usize::from(!matches!(state, State::Room | State::Unknown));
            counts.full += usize::from(matches!(state, State::Full | State::Over));
            counts.unknown += usize::from(state == State::Unknown);
        }
        if keep == Keep::Every || state != State::Room {
            self.rows.push(row);
        }
    }

    fn join(mut self, other: Self) -> Self {
        for (own, more) in self.counts.iter_mut().zip(other.counts) {
            own.rows += more.rows;
            own.near += more.near;
            own.full += more.full;
            own.unknown += more.unknown;
        }
        self.subjects += other.subjects;
        self.rows.extend(other.rows);
        self
    }
}

/// One pass over the estate, of these accounts alone if some are given.
pub(crate) fn survey(
    estate: &Estate,
    wanted: Quotas,
    near: u8,
    keep: Keep,
    only: Option<&BTreeSet<AccountIx>>,
) -> Survey {
    let accounts: Vec<AccountIx> =
        estate.indexed_accounts().map(|(ix, _)| ix).filter(|ix| only.is_none_or(|only| only.contains(ix))).collect();
    let of_account = |mut survey: Survey, ix: &AccountIx| {
        account::rows(estate, *ix, wanted, &mut |row| survey.take(row, near, keep));
        survey
    };
    let mut survey = accounts.par_iter().fold(Survey::default, of_account).reduce(Survey::default, Survey::join);
    organization::rows(estate, wanted, &mut |row| {
        let owner = || subject_of(estate, row.subject).0;
        if only.is_none_or(|only| owner().is_some_and(|owner| only.contains(&owner))) {
            survey.take(row, near, keep);
        }
    });
    survey.rows.sort_by(Row::fullest_first);
    survey
}
