//! Simplifies an undecided formula by trying every combination of facts that its tests can tell apart.
//!
//! Two tests of one key are not independent: an external id cannot be two things, an address outside one range may lie
//! in another. Owns: for each unknown fact the values that tell its tests apart, the truth of a formula in every
//! combination of them, and the smallest formula with the same truth. INVARIANT: a formula is called constant only
//! where every world was tried; where there are too many, tests count as independent, which leaves an answer
//! conditional.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::linked::linked;
use super::outcomes;
use super::parts;
use super::possible::Possible;
use super::test::Test;
use super::truth::{Residual, Truth, Unclear};
use crate::policy::key::ContextKey;

/// Worlds that are tried at most.
const MAX_WORLDS: usize = 1 << 14;

/// The formula over numbered atoms.
#[derive(Clone, Debug)]
enum Formula {
    Constant(bool),
    Atom(usize, bool),
    All(Vec<Formula>),
    Any(Vec<Formula>),
}

/// What a formula says something about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Atom {
    Test(Arc<Test>),
    Unclear(Unclear),
}

/// Atoms that depend on one unknown fact, and the outcomes that they can have together.
struct Fact {
    atoms: Vec<usize>,
    outcomes: Vec<Vec<bool>>,
}

/// The same truth by the smallest formula: constant where every world agrees, without tests that change nothing.
#[must_use]
pub fn settle(truth: Truth) -> Truth {
    settled(&truth).unwrap_or(truth)
}

/// As [`settle`]; `None` where there are too many worlds to try.
#[must_use]
pub fn settled(truth: &Truth) -> Option<Truth> {
    let Truth::Depends(residual) = truth else { return Some(truth.clone()) };
    let mut atoms = Vec::new();
    let mut uses = 0;
    collect(residual, &mut atoms, &mut uses);
    atoms.sort();
    atoms.dedup();
    let mut facts: Vec<&ContextKey> = atoms.iter().filter_map(|a| a.variable().map(|(_, key)| key)).collect();
    facts.sort();
    facts.dedup();
    let opaque = atoms.iter().filter(|a| a.variable().is_none()).count();
    let tests = truth.tests();
    let linked = linked(tests.iter().map(|test| &***test));
    // one atom for each fact, and each used once: nothing to simplify
    if linked == Truth::True && uses == atoms.len() && facts.len() + opaque == atoms.len() {
        return Some(truth.clone());
    }
    if let Residual::All(parts) = residual {
        let groups = parts::groups(parts, &|_| true);
        if groups.len() > 1 {
            return groups.iter().try_fold(Truth::True, |all, group| Some(all.and(settled(&parts::all_of(group))?)));
        }
    }
    if let Truth::Depends(linked) = &linked {
        collect(linked, &mut atoms, &mut uses);
        atoms.sort();
        atoms.dedup();
    }
    let formula = compiled(residual, &atoms);
    let possible = match &linked {
        Truth::Depends(linked) => compiled(linked, &atoms),
        _ => Formula::Constant(true),
    };
    Some(Worlds::new(&atoms)?.settle(formula, &possible, &atoms))
}

/// As [`settle`], of one test that was not weighed yet.
#[must_use]
pub(crate) fn settle_one(truth: Truth) -> Truth {
    let Truth::Depends(Residual::Test { test, .. }) = &truth else { return truth };
    if test.possible == Possible::Opaque {
        return truth;
    }
    match outcomes::of(&[test]).as_deref() {
        Some([only]) => only.iter().all(|t| *t).into(),
        _ => truth,
    }
}

/// One test, constant where all it can be gives the same.
#[must_use]
pub fn settle_test(test: Test) -> Truth {
    settle_one(Truth::test(test))
}

fn collect(residual: &Residual, atoms: &mut Vec<Atom>, uses: &mut usize) {
    match residual {
        Residual::Test { test, .. } => {
            *uses += 1;
            atoms.push(Atom::Test(Arc::clone(test)));
        }
        Residual::Unclear(why) => {
            *uses += 1;
            atoms.push(Atom::Unclear(why.clone()));
        }
        Residual::All(parts) | Residual::Any(parts) => parts.iter().for_each(|p| collect(p, atoms, uses)),
    }
}

fn compiled(residual: &Residual, atoms: &[Atom]) -> Formula {
    let number = |atom: Atom| {
        atoms.binary_search(&atom).unwrap_or_else(|_| unreachable!("every atom of the formula was collected"))
    };
    match residual {
        Residual::Test { test, negated } => Formula::Atom(number(Atom::Test(Arc::clone(test))), *negated),
        Residual::Unclear(why) => Formula::Atom(number(Atom::Unclear(why.clone())), false),
        Residual::All(parts) => Formula::All(parts.iter().map(|p| compiled(p, atoms)).collect()),
        Residual::Any(parts) => Formula::Any(parts.iter().map(|p| compiled(p, atoms)).collect()),
    }
}

impl Atom {
    /// The unknown fact behind it; `None` where it stands for itself.
    fn variable(&self) -> Option<(u32, &ContextKey)> {
        match self {
            Self::Test(test) => parts::fact(test),
            Self::Unclear(_) => None,
        }
    }
}

impl Formula {
    fn truth(&self, outcome: &impl Fn(usize) -> bool) -> bool {
        match self {
            Self::Constant(truth) => *truth,
            Self::Atom(at, negated) => outcome(*at) != *negated,
            Self::All(parts) => parts.iter().all(|p| p.truth(outcome)),
            Self::Any(parts) => parts.iter().any(|p| p.truth(outcome)),
        }
    }

    /// The formula with a constant in place of an atom.
    fn with(&self, atom: usize, truth: bool) -> Self {
        match self {
            Self::Atom(at, negated) if *at == atom => Self::Constant(truth != *negated),
            Self::Constant(_) | Self::Atom(..) => self.clone(),
            Self::All(parts) => Self::All(parts.iter().map(|p| p.with(atom, truth)).collect()),
            Self::Any(parts) => Self::Any(parts.iter().map(|p| p.with(atom, truth)).collect()),
        }
    }

    fn into_truth(self, atoms: &[Atom]) -> Truth {
        match self {
            Self::Constant(truth) => truth.into(),
            Self::Atom(at, negated) => match atoms.get(at) {
                Some(Atom::Test(test)) => Truth::Depends(Residual::Test { test: Arc::clone(test), negated }),
                Some(Atom::Unclear(why)) => Truth::unclear(why.clone()),
                None => unreachable!("atoms are numbered by their place"),
            },
            Self::All(parts) => parts.into_iter().fold(Truth::True, |all, p| all.and(p.into_truth(atoms))),
            Self::Any(parts) => parts.into_iter().fold(Truth::False, |any, p| any.or(p.into_truth(atoms))),
        }
    }
}

/// Every combination of outcomes.
struct Worlds {
    facts: Vec<Fact>,
    count: usize,
    /// By atom: its fact, and its place there.
    places: Vec<(usize, usize)>,
}

impl Worlds {
    /// `None` where there are too many to try.
    fn new(atoms: &[Atom]) -> Option<Self> {
        let mut by_fact = BTreeMap::<(u32, &ContextKey), Vec<usize>>::new();
        let mut facts = Vec::new();
        for (at, atom) in atoms.iter().enumerate() {
            match atom.variable() {
                Some(variable) => by_fact.entry(variable).or_default().push(at),
                None => facts.push(Fact { atoms: vec![at], outcomes: vec![vec![false], vec![true]] }),
            }
        }
        for members in by_fact.into_values() {
            let tests: Vec<&Test> = members
                .iter()
                .filter_map(|at| match atoms.get(*at) {
                    Some(Atom::Test(test)) => Some(&**test),
                    _ => None,
                })
                .collect();
            match outcomes::of(&tests) {
                Some(outcomes) => facts.push(Fact { atoms: members, outcomes }),
                None => facts.extend(
                    members.into_iter().map(|at| Fact { atoms: vec![at], outcomes: vec![vec![false], vec![true]] }),
                ),
            }
        }
        let count = facts.iter().try_fold(1_usize, |all, f| all.checked_mul(f.outcomes.len()))?;
        let mut places = vec![(0, 0); atoms.len()];
        for (fact, entry) in facts.iter().enumerate() {
            for (place, atom) in entry.atoms.iter().enumerate() {
                if let Some(slot) = places.get_mut(*atom) {
                    *slot = (fact, place);
                }
            }
        }
        (count <= MAX_WORLDS).then_some(Self { facts, count, places })
    }

    /// The truth of a formula in every world that is possible, in order.
    fn truths(&self, formula: &Formula, possible: &Formula) -> Vec<bool> {
        let mut chosen = vec![0_usize; self.facts.len()];
        let mut truths = Vec::with_capacity(self.count);
        for _ in 0..self.count {
            let outcome = |atom: usize| {
                let Some((fact, place)) = self.places.get(atom) else { unreachable!("every atom has a place") };
                let row = self.facts.get(*fact).zip(chosen.get(*fact)).and_then(|(f, at)| f.outcomes.get(*at));
                let Some(outcome) = row.and_then(|row| row.get(*place)) else { unreachable!("a row has all atoms") };
                *outcome
            };
            if possible.truth(&outcome) {
                truths.push(formula.truth(&outcome));
            }
            for (slot, fact) in chosen.iter_mut().zip(&self.facts) {
                *slot += 1;
                if *slot < fact.outcomes.len() {
                    break;
                }
                *slot = 0;
            }
        }
        truths
    }

    fn settle(&self, mut formula: Formula, possible: &Formula, atoms: &[Atom]) -> Truth {
        let truths = self.truths(&formula, possible);
        if truths.iter().all(|t| *t) {
            return Truth::True;
        }
        if truths.iter().all(|t| !*t) {
            return Truth::False;
        }
        // a fact that changes nothing goes first, with all its tests; then tests that others make superfluous
        for fact in &self.facts {
            let Some(row) = fact.outcomes.first() else { continue };
            let without = fact.atoms.iter().zip(row).fold(formula.clone(), |f, (atom, truth)| f.with(*atom, *truth));
            if self.truths(&without, possible) == truths {
                formula = without;
            }
        }
        for atom in 0..atoms.len() {
            for truth in [true, false] {
                let without = formula.with(atom, truth);
                if self.truths(&without, possible) == truths {
                    formula = without;
                    break;
                }
            }
        }
        formula.into_truth(atoms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::operator::Operator;

    fn test(operator: &str, key: &str, values: &[&str]) -> Truth {
        possibly(operator, key, values, Possible::Any { absent: true })
    }

    fn possibly(operator: &str, key: &str, values: &[&str], possible: Possible) -> Truth {
        let key = ContextKey::new(key);
        Truth::test(Test {
            key: key.clone(),
            operator: Operator::parse(operator),
            values: values.iter().map(|v| (*v).to_owned()).collect(),
            undecided: vec![key.clone()],
            variable: key,
            scope: 0,
            possible,
            exact: None,
        })
    }

    fn id(value: &str) -> Truth {
        test("StringEquals", "sts:ExternalId", &[value])
    }

    #[test]
    fn one_fact_cannot_be_two_things() {
        assert_eq!(settle(id("a").and(id("b"))), Truth::False);
        assert_eq!(settle(id("a").and(id("a").not())), Truth::False);
        assert_eq!(settle(id("a").or(test("StringNotEquals", "sts:ExternalId", &["a"]))), Truth::True);
        assert!(matches!(settle(id("a").or(id("b"))), Truth::Depends(_)));
    }

    #[test]
    fn patterns_are_weighed_against_each_other() {
        let like = |p: &str| test("StringLike", "sts:RoleSessionName", &[p]);
        assert_eq!(settle(like("a*").and(like("b*"))), Truth::False);
        assert!(matches!(settle(like("a*").and(like("*b"))), Truth::Depends(_)));
        assert_eq!(
            settle(like("ab*").and(like("ab?*").not()).and(test("StringNotEquals", "sts:RoleSessionName", &["ab"]))),
            Truth::False
        );
        let arn = |p: &str| test("ArnLike", "aws:SourceArn", &[p]);
        assert_eq!(settle(arn("arn:aws:sns:*:1:a*").and(arn("arn:aws:sns:eu:*:b*"))), Truth::False);
        assert!(matches!(settle(arn("arn:aws:sns:*:1:a*").and(arn("arn:aws:sns:eu:*:*b"))), Truth::Depends(_)));
    }

    #[test]
    fn numbers_times_and_addresses_are_cut_at_their_bounds() {
        let age = |op: &str, v: &str| test(op, "aws:MultiFactorAuthAge", &[v]);
        assert_eq!(settle(age("NumericLessThan", "5").and(age("NumericGreaterThan", "9"))), Truth::False);
        assert!(matches!(settle(age("NumericLessThan", "9").and(age("NumericGreaterThan", "5"))), Truth::Depends(_)));
        let ip = |op: &str, v: &str| test(op, "aws:SourceIp", &[v]);
        assert_eq!(settle(ip("IpAddress", "10.1.0.0/16").and(ip("NotIpAddress", "10.0.0.0/8"))), Truth::False);
        assert!(matches!(
            settle(ip("IpAddress", "10.0.0.0/8").and(ip("NotIpAddress", "10.1.0.0/16"))),
            Truth::Depends(_)
        ));
    }

    #[test]
    fn what_changes_nothing_is_no_condition() {
        let both = id("a").or(id("a").and(test("IpAddress", "aws:SourceIp", &["10.0.0.0/8"])));
        assert_eq!(settle(both), id("a"));
        let narrower = id("a").and(test("StringLike", "sts:ExternalId", &["*"]));
        assert_eq!(settle(narrower), id("a"));
    }

    #[test]
    fn lists_can_hold_several_values_together() {
        let tags = |op: &str, v: &str| test(op, "aws:TagKeys", &[v]);
        let both = tags("ForAnyValue:StringEquals", "a").and(tags("ForAnyValue:StringEquals", "b"));
        assert!(matches!(settle(both), Truth::Depends(_)));
        let only = tags("ForAllValues:StringEquals", "a").and(tags("ForAnyValue:StringEquals", "b"));
        assert_eq!(settle(only), Truth::False);
    }

    #[test]
    fn what_is_unclear_is_tried_both_ways() {
        let why = Truth::unclear(Unclear::Undocumented("x".into()));
        assert_eq!(settle(why.clone().and(id("a")).and(id("b"))), Truth::False);
        assert_eq!(settle(id("a").or(why.clone().and(id("a")))), id("a"));
    }
}
