//! What an undecided answer still needs, in words.

use super::test;
use crate::eval::residual::{Residual, Truth, Unclear};
use crate::model::Estate;

/// What must still be right for an undecided answer, a phrase each, in order.
#[must_use]
pub fn needs(truth: &Truth, estate: &Estate) -> Vec<String> {
    match truth {
        Truth::True | Truth::False => Vec::new(),
        Truth::Depends(Residual::All(parts)) => parts.iter().map(|p| phrase(p, estate)).collect(),
        Truth::Depends(one) => vec![phrase(one, estate)],
    }
}

fn phrase(residual: &Residual, estate: &Estate) -> String {
    match residual {
        Residual::Test { test, negated } => test::test(test, *negated),
        Residual::Unclear(Unclear::Gap(gap)) => format!("unknown: {}", estate.gap(*gap).reason),
        Residual::Unclear(Unclear::Undocumented(why)) => format!("unknown: {why}"),
        Residual::All(parts) => {
            format!("({})", parts.iter().map(|p| phrase(p, estate)).collect::<Vec<_>>().join(" and "))
        }
        Residual::Any(parts) => {
            format!("({})", parts.iter().map(|p| phrase(p, estate)).collect::<Vec<_>>().join(" or "))
        }
    }
}
