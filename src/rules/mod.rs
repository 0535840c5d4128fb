//! Rules: a card for people, and a function that judges one subject.
//!
//! Owns: which rules exist, which run, with which parameters, and what missing data means. Does not know how the facts that rules
//! ask for are derived (`posture`), nor how findings are printed. INVARIANT: missing data that a rule needs makes its result
//! unknown, never a pass.
//!
//! Rules of users stand in `own`. A new rule is a card, and a function with its row in the file of its family.

mod breach;
mod common;
mod comparable;
mod context;
mod error;
mod expectations;
mod expected_principals;
mod expected_vouchers;
mod expected_workflows;
mod families;
mod frameworks;
mod judge;
mod of_policies;
mod outcome;
mod own;
mod pages;
mod parameters;
mod registry;
mod rule;
mod runner;
mod running;
mod selection;
mod settings;

pub use comparable::{follows_ways, lacks, lacks_membership, looks_across, rests_on_organization};
pub use error::RuleError;
pub use expectations::{ID as EXPECTATION, idle_selectors};
pub use frameworks::{framework, frameworks};
pub use own::{FIELDS, Field, Kind, OwnRules, TestResult, VIEW, run_tests};
pub use registry::{card, card_with, cards, cards_with, families, of_family, unknown, verify};
pub use runner::check;
pub use selection::{RuleSelection, RuleSettings};
pub use settings::{SettingProblem, setting_problems, setting_words};
