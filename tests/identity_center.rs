//! People through the real collector: instance, permission sets, assignments, users, groups and entitlements come back as they are,
//! whichever way they are asked for, and what could not be read is named.
//!
//! `ROLEHOP_PEOPLE=1` measures 1,850 accounts with eight permission sets and 3,000 users.
#![cfg(all(feature = "aws", feature = "emulator"))]
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test: what is missing is a failure")]

#[path = "identity_center/answers.rs"]
mod answers;
#[path = "identity_center/doctor.rs"]
mod doctor;
#[path = "identity_center/rate.rs"]
mod rate;
#[path = "identity_center/resume.rs"]
mod resume;
#[path = "identity_center/run.rs"]
mod run;
#[path = "identity_center/unread.rs"]
mod unread;
#[path = "identity_center/ways.rs"]
mod ways;
#[path = "identity_center/world.rs"]
mod world;
