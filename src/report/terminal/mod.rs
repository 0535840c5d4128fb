//! What people read: tables, trees and errors that fit the terminal.

pub mod can;
pub mod causes;
pub mod compute;
pub mod controls;
pub mod cut;
pub mod diagnostic;
pub mod explain;
pub mod findings;
pub(super) mod grid;
pub mod ledger;
pub mod names;
pub mod notes;
pub mod path;
pub mod plan_groups;
pub mod quotas;
pub(super) mod reach;
pub mod simulation;
pub mod style;
mod waived;
pub mod who_can;
pub mod wrap;
