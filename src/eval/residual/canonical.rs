//! One form for formulas that say the same.
//!
//! Owns: a formula as a tree of decisions, one fact after the other in order, each told apart by no more tests than it takes.
//! Sets of sessions that are equal become equal in form by it, so that a search over them ends.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::outcomes;
use super::parts;
use super::test::Test;
use super::truth::{Residual, Truth};

/// Decisions that are made at most.
const MAX_DECISIONS: usize = 1 << 14;

/// The formula in its one form; `None` where it takes too many decisions.
#[must_use]
pub fn canonical(truth: &Truth) -> Option<Truth> {
    let Truth::Depends(residual) = truth else { return Some(truth.clone()) };
    if let Residual::All(parts) = residual {
        let groups = parts::groups(parts, &|_| true);
        if groups.len() > 1 {
            return groups.iter().try_fold(Truth::True, |all, group| Some(all.and(canonical(&parts::all_of(group))?)));
        }
    }
    let facts = facts(truth);
    Decisions { facts: &facts, left: MAX_DECISIONS }.decide(truth, 0)
}

/// The tests of one fact, and the outcomes that they can have together.
struct Fact {
    tests: Vec<Residual>,
    rows: Vec<Vec<bool>>,
}

fn facts(truth: &Truth) -> Vec<Fact> {
    let mut by_fact = BTreeMap::new();
    let mut alone = Vec::new();
    for test in truth.tests() {
        match parts::fact(test) {
            Some(fact) => by_fact.entry(fact).or_insert_with(Vec::new).push(test),
            None => alone.push(atom(test)),
        }
    }
    alone.extend(truth.unclear_parts().into_iter().map(|why| Residual::Unclear(why.clone())));
    let mut facts = Vec::new();
    for mut tests in by_fact.into_values() {
        tests.sort();
        tests.dedup();
        let plain: Vec<&Test> = tests.iter().map(|test| &***test).collect();
        match outcomes::of(&plain) {
            Some(rows) => facts.push(Fact { tests: tests.into_iter().map(atom).collect(), rows }),
            None => alone.extend(tests.into_iter().map(atom)),
        }
    }
    alone.sort();
    alone.dedup();
    facts.extend(alone.into_iter().map(|atom| Fact { tests: vec![atom], rows: vec![vec![false], vec![true]] }));
    facts
}

fn atom(test: &Arc<Test>) -> Residual {
    Residual::Test { test: Arc::clone(test), negated: false }
}

struct Decisions<'f> {
    facts: &'f [Fact],
    left: usize,
}

impl Decisions<'_> {
    fn decide(&mut self, truth: &Truth, next: usize) -> Option<Truth> {
        let (Truth::Depends(_), Some(fact)) = (truth, self.facts.get(next)) else { return Some(truth.clone()) };
        let mut given = BTreeMap::<Truth, Truth>::new();
        let mut ends = Vec::new();
        for row in &fact.rows {
            self.left = self.left.checked_sub(1)?;
            let with = truth.given(&fact.tests, row);
            let end = match given.get(&with) {
                Some(known) => known.clone(),
                None => {
                    let end = self.decide(&with, next + 1)?;
                    given.insert(with, end.clone());
                    end
                }
            };
            ends.push(end);
        }
        Some(fact.told(&ends))
    }
}

impl Fact {
    /// Each end under what leads to it. `ends` are those of the rows.
    fn told(&self, ends: &[Truth]) -> Truth {
        let mut groups = BTreeMap::<&Truth, Vec<usize>>::new();
        ends.iter().enumerate().for_each(|(row, end)| groups.entry(end).or_default().push(row));
        if let [only] = groups.keys().collect::<Vec<_>>().as_slice() {
            return (**only).clone();
        }
        let needed = self.needed(ends);
        let each = groups.into_iter().filter(|(end, _)| **end != Truth::False);
        each.fold(Truth::False, |any, (end, rows)| any.or(self.leads_to(&rows, &needed).and(end.clone())))
    }

    /// The fewest tests that tell the ends apart, the first ones left out first.
    fn needed(&self, ends: &[Truth]) -> Vec<usize> {
        let mut needed: Vec<usize> = (0..self.tests.len()).collect();
        for test in 0..self.tests.len() {
            let rest: Vec<usize> = needed.iter().copied().filter(|at| *at != test).collect();
            let mut seen = BTreeMap::new();
            let tells = self.rows.iter().zip(ends).all(|(row, end)| {
                let outcomes: Vec<Option<&bool>> = rest.iter().map(|at| row.get(*at)).collect();
                *seen.entry(outcomes).or_insert(end) == end
            });
            if tells {
                needed = rest;
            }
        }
        needed
    }

    /// What holds in these rows alone.
    fn leads_to(&self, rows: &[usize], needed: &[usize]) -> Truth {
        let literal = |test: usize, outcome: bool| {
            let atom = self.tests.get(test).map_or(Truth::False, |atom| Truth::Depends(atom.clone()));
            if outcome { atom } else { atom.not() }
        };
        let outcome = |row: usize, test: usize| self.rows.get(row).and_then(|row| row.get(test)).copied();
        let holds_in = |test: usize, wanted: bool| {
            (0..self.rows.len()).all(|row| (outcome(row, test) == Some(wanted)) == rows.contains(&row))
        };
        for test in needed {
            if let Some(wanted) = [true, false].into_iter().find(|wanted| holds_in(*test, *wanted)) {
                return literal(*test, wanted);
            }
        }
        rows.iter().fold(Truth::False, |any, row| {
            let all = needed.iter().filter_map(|test| Some(literal(*test, outcome(*row, *test)?)));
            any.or(all.fold(Truth::True, Truth::and))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::residual::project;
    use crate::policy::key::ContextKey;

    fn test(operator: &str, key: &str, value: &str) -> Truth {
        Truth::test(Test::of(&ContextKey::new(key), operator, value))
    }

    fn team(value: &str) -> Truth {
        test("StringEquals", "aws:PrincipalTag/team", value)
    }

    fn env(value: &str) -> Truth {
        test("StringEquals", "aws:PrincipalTag/env", value)
    }

    #[test]
    fn formulas_that_say_the_same_become_the_same() {
        let distributed = team("red").and(env("a")).or(team("red").and(env("b")));
        let factored = team("red").and(env("a").or(env("b")));
        assert_eq!(canonical(&distributed), canonical(&factored));
        let covered = team("red").or(team("red").and(env("a")));
        assert_eq!(canonical(&covered), Some(team("red")));
        assert_eq!(canonical(&team("red").and(team("blue"))), Some(Truth::False));
        assert_eq!(canonical(&team("red").or(team("red").not())), Some(Truth::True));
        let there = test("Null", "aws:PrincipalTag/team", "true").not();
        assert_eq!(canonical(&there.and(team("red"))), Some(team("red")));
    }

    #[test]
    fn a_fact_that_somebody_chooses_goes() {
        let chosen = |test: &Test| test.variable == ContextKey::new("aws:PrincipalTag/team");
        assert_eq!(project(&team("red").and(env("a")), &chosen), Some(env("a")));
        assert_eq!(project(&team("red").and(team("blue")).or(env("a")), &chosen), Some(env("a")));
        let either = team("red").and(env("a")).or(team("blue").and(env("b")));
        assert_eq!(project(&either, &chosen), Some(env("a").or(env("b"))));
        let both = team("red").or(env("a")).and(team("red").not().or(env("b")));
        assert_eq!(project(&both, &chosen).and_then(|t| canonical(&t)), canonical(&env("a").or(env("b"))));
    }
}
