//! A formula without some of its facts: true where they can be chosen so that it holds.
//!
//! Owns: existential quantification over facts that somebody is free to choose, by trying what tells their tests apart.
//! Does not know who chooses (`graph::session`).

use std::collections::BTreeSet;

use super::linked::linked;
use super::outcomes;
use super::parts::{self, Shared};
use super::test::Test;
use super::truth::{Residual, Truth};
use crate::policy::key::ContextKey;

/// Formulas that are tried at most.
const MAX_TRIED: usize = 1 << 16;

/// The formula over the facts that are not chosen; `None` where there are too many choices to try. Atoms that stand for
/// themselves count as chosen where `is_chosen` says so of their test.
#[must_use]
pub fn project(truth: &Truth, is_chosen: &impl Fn(&Test) -> bool) -> Option<Truth> {
    let tests = truth.tests();
    let linked = linked(tests.iter().map(|test| &***test));
    Projection { is_chosen, left: MAX_TRIED }.of(&truth.clone().and(linked))
}

struct Projection<'f, F> {
    is_chosen: &'f F,
    left: usize,
}

impl<F: Fn(&Test) -> bool> Projection<'_, F> {
    fn of(&mut self, truth: &Truth) -> Option<Truth> {
        self.left = self.left.checked_sub(1)?;
        let Truth::Depends(residual) = truth else { return Some(truth.clone()) };
        if !residual.has_test(self.is_chosen) {
            return Some(truth.clone());
        }
        match residual {
            Residual::Unclear(_) => Some(truth.clone()),
            Residual::Test { test, negated } => {
                let Some(rows) = parts::fact(test).and_then(|_| outcomes::of(&[test])) else {
                    return Some(Truth::True);
                };
                Some(Truth::from(rows.iter().flatten().any(|outcome| *outcome != *negated)))
            }
            // some choice makes one of them hold
            Residual::Any(parts) => {
                let mut any = Truth::False;
                for part in parts {
                    any = any.or(self.of(&Truth::Depends(part.clone()))?);
                    if any == Truth::True {
                        break;
                    }
                }
                Some(any)
            }
            Residual::All(parts) => {
                let is_chosen = self.is_chosen;
                let counts = |shared: &Shared<'_>| match shared {
                    Shared::Fact(scope, key) => {
                        residual.has_test(&|t| parts::fact(t) == Some((*scope, *key)) && is_chosen(t))
                    }
                    Shared::Tags(_) | Shared::Network(_) | Shared::Kind(_) => true,
                    Shared::Atom(atom) => atom.has_test(is_chosen),
                };
                let mut all = Truth::True;
                for group in parts::groups(parts, &counts) {
                    all = all.and(match group.as_slice() {
                        [only] => self.of(&Truth::Depends((*only).clone()))?,
                        several => self.tried(&parts::all_of(several))?,
                    });
                    if all == Truth::False {
                        break;
                    }
                }
                Some(all)
            }
        }
    }

    /// Every choice of one fact that several parts share.
    fn tried(&mut self, truth: &Truth) -> Option<Truth> {
        let Some(first) = truth.tests().into_iter().find(|test| (self.is_chosen)(test)).cloned() else {
            return Some(truth.clone());
        };
        let together = parts::fact(&first).and_then(|fact| self.outcomes(truth, fact));
        // what cannot be tried together counts as independent
        let (tests, rows) = together.unwrap_or_else(|| (vec![(*first).clone()], vec![vec![false], vec![true]]));
        let given = |row: &Vec<bool>| {
            truth.replace(&mut |test| match tests.iter().position(|own| *own == **test).and_then(|at| row.get(at)) {
                Some(outcome) => Truth::from(*outcome),
                None => Truth::Depends(Residual::Test { test: test.clone(), negated: false }),
            })
        };
        let tried: BTreeSet<Truth> = rows.iter().map(given).collect();
        if tried.contains(&Truth::True) {
            return Some(Truth::True);
        }
        let mut any = Truth::False;
        for one in &tried {
            any = any.or(self.of(one)?);
            if any == Truth::True {
                break;
            }
        }
        Some(any)
    }

    /// The tests of a fact, each once, and what they can give together.
    fn outcomes(&self, truth: &Truth, fact: (u32, &ContextKey)) -> Option<(Vec<Test>, Vec<Vec<bool>>)> {
        let own = |test: &&Test| parts::fact(test) == Some(fact);
        let all = truth.tests();
        let mut tests: Vec<&Test> = all.iter().map(|test| &***test).filter(own).collect();
        tests.sort();
        tests.dedup();
        let rows = outcomes::of(&tests)?;
        Some((tests.into_iter().cloned().collect(), rows))
    }
}
