//! What goes wrong, and when: faults, their schedule, latency and throttling.

pub(crate) mod corrupt;
pub(crate) mod fault;
pub(crate) mod latency;
pub(crate) mod quota;
mod random;
mod random_faults;
pub(crate) mod schedule;
