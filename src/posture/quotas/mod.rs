//! Headroom: how much of each quota is used, and how many more fit.
//!
//! Owns: which quotas there are, what counts against each, and which limit holds. The table of `rolehop quotas` and the rules read the
//! same rows. Does not know what is near enough to a limit to be told.
//! INVARIANT: what was not read is a row without a number, never a row with room.

mod account;
mod answer;
mod organization;
mod quota;
mod row;
mod survey;

pub(crate) use account::{groups_of_user, limit_of};
pub(crate) use answer::answer;
pub(crate) use quota::{OF_ACCOUNT, Quota, Quotas};
pub(crate) use row::{Row, subject_of};
pub(crate) use survey::{Keep, survey};
