//! What a direct edge asks of a request, with the values that it compares with.
//!
//! Owns: whether one formula asks for less than another. Formulas of two snapshots are compared by what they test alone: what a fact
//! can be, such as the credentials that a user has, belongs to its snapshot.

use super::blocks::Compared;
use crate::answer::Verdict;
use crate::difference::WayState;
use crate::eval::{Possible, Test, Truth, settle};
use crate::graph::Decision;

/// A decision, as far as it can be compared with one of another snapshot.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Asked {
    pub(super) state: WayState,
    /// What must hold; a constant where the verdict is not conditional.
    formula: Truth,
}

impl Asked {
    pub(super) fn of(decision: &Decision) -> Self {
        let verdict = decision.verdict();
        let state = WayState { verdict, conditions: decision.conditions().into_iter().collect() };
        let formula = if verdict == Verdict::Conditional { tests_alone(&decision.truth()) } else { Truth::True };
        Self { state, formula }
    }

    /// Another one of the same keys beside this one: what holds whenever this holds asks for less.
    pub(super) fn compared(&self, other: &Self) -> Compared {
        if self.formula == other.formula {
            return Compared::Equal;
        }
        match (implies(&self.formula, &other.formula), implies(&other.formula, &self.formula)) {
            (true, true) => Compared::Equal,
            (true, false) => Compared::Easier,
            (false, true) => Compared::Harder,
            (false, false) => Compared::Other,
        }
    }
}

fn tests_alone(truth: &Truth) -> Truth {
    truth.replace(&mut |test| match test.possible {
        // values that hold variables stay what cannot be reasoned about
        Possible::Opaque => Truth::test((**test).clone()),
        _ => Truth::test(Test { possible: Possible::Any { absent: true }, ..(**test).clone() }),
    })
}

/// True where this is certain: what takes too many combinations to find out is not.
fn implies(one: &Truth, other: &Truth) -> bool {
    settle(one.clone().and(other.clone().not())) == Truth::False
}
