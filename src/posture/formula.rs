//! Whether a decision can still hold once some of its tests are settled.
//!
//! Owns: evaluating what is left to decide. Does not know which tests are settled, or why.

use crate::eval::{Residual, Test, Truth};

/// Whether the formula can come out true. `can` says of each test, as it is or negated, whether it can hold. What is unclear can.
pub(super) fn can_hold(truth: &Truth, can: &impl Fn(&Test, bool) -> bool) -> bool {
    match truth {
        Truth::True => true,
        Truth::False => false,
        Truth::Depends(residual) => residual_can_hold(residual, can),
    }
}

fn residual_can_hold(residual: &Residual, can: &impl Fn(&Test, bool) -> bool) -> bool {
    match residual {
        Residual::Test { test, negated } => can(test, *negated),
        Residual::Unclear(_) => true,
        Residual::All(parts) => parts.iter().all(|part| residual_can_hold(part, can)),
        Residual::Any(parts) => parts.iter().any(|part| residual_can_hold(part, can)),
    }
}
