//! How much power a class of principals has, as far as it tells an escalation from a detour.

mod abroad;
mod administrator;
mod ask;
mod covered;
pub(crate) mod decisive;
mod found;
mod pieces;
mod strengths;
mod told;

pub(crate) use administrator::administrator;
pub(crate) use ask::{ALL, Asked};
pub(crate) use covered::Covered;
pub(crate) use found::{Found, Shown};
pub(crate) use strengths::Strengths;
