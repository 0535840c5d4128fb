//! Truth under incomplete knowledge, and what is left to decide.
//!
//! Owns: Kleene's three-valued logic and the residual formula behind "it depends". Does not know what a test compares.
//! INVARIANT: a residual is in negation normal form, flat, sorted and without duplicates, so that equal formulas are
//! equal.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::test::Test;
use crate::ids::GapIx;
use crate::policy::key::ContextKey;

/// True, false, or depending on what no snapshot knows.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Truth {
    True,
    False,
    Depends(Residual),
}

/// A formula over what is not known.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Residual {
    /// A test of a request fact, or its opposite.
    Test {
        /// What is compared.
        test: Arc<Test>,
        /// True where the test must fail.
        negated: bool,
    },
    /// Data that is missing: it might turn the answer either way.
    Unclear(Unclear),
    /// All must hold; two or more.
    All(Vec<Residual>),
    /// One must hold; two or more.
    Any(Vec<Residual>),
}

/// Why something is not known although AWS would know it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unclear {
    /// The snapshot lacks it.
    Gap(GapIx),
    /// AWS does not document it, or rolehop does not know it.
    Undocumented(Arc<str>),
}

impl Truth {
    /// Depends on one test.
    #[must_use]
    pub fn test(test: Test) -> Self {
        Self::Depends(Residual::Test { test: Arc::new(test), negated: false })
    }

    /// Depends on something unclear.
    #[must_use]
    pub fn unclear(why: Unclear) -> Self {
        Self::Depends(Residual::Unclear(why))
    }

    /// Depends on a gap.
    #[must_use]
    pub fn gap(gap: GapIx) -> Self {
        Self::unclear(Unclear::Gap(gap))
    }

    /// Conjunction: one false settles it, whatever is unknown.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::False, _) | (_, Self::False) => Self::False,
            (Self::True, t) | (t, Self::True) => t,
            (Self::Depends(a), Self::Depends(b)) => Self::Depends(Residual::all(a, b)),
        }
    }

    /// Conjunction of many, put in order once.
    #[must_use]
    pub fn all(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut found = Vec::new();
        for part in parts {
            match part {
                Self::False => return Self::False,
                Self::True => {}
                Self::Depends(residual) => found.extend(residual.into_parts(true)),
            }
        }
        Self::conjunction(sorted(found))
    }

    /// What together is this: its conjuncts with a test of this kind, and the others.
    #[must_use]
    pub fn parted(self, wanted: &impl Fn(&Test) -> bool) -> [Self; 2] {
        let Self::Depends(residual) = self else { return [self, Self::True] };
        let (with, without) = residual.into_parts(true).into_iter().partition(|part| part.has_test(wanted));
        [with, without].map(Self::conjunction)
    }

    /// INVARIANT: as in [`Residual::joined`].
    fn conjunction(parts: Vec<Residual>) -> Self {
        if parts.is_empty() { Self::True } else { Self::Depends(Residual::joined(parts, true)) }
    }

    /// Disjunction: one true settles it.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::True, _) | (_, Self::True) => Self::True,
            (Self::False, t) | (t, Self::False) => t,
            (Self::Depends(a), Self::Depends(b)) => Self::Depends(Residual::any(a, b)),
        }
    }

    /// Negation; what is unclear stays unclear.
    #[must_use]
    #[expect(clippy::should_implement_trait, reason = "reads as the other two connectives do")]
    pub fn not(self) -> Self {
        match self {
            Self::True => Self::False,
            Self::False => Self::True,
            Self::Depends(r) => Self::Depends(r.negate()),
        }
    }

    /// The truth if everything unclear came out as `outcome`.
    #[must_use]
    pub fn assuming(&self, outcome: bool) -> Self {
        match self {
            Self::True => Self::True,
            Self::False => Self::False,
            Self::Depends(r) => r.assuming(outcome),
        }
    }

    /// The truth with something else in place of each test.
    #[must_use]
    pub fn replace(&self, with: &mut impl FnMut(&Arc<Test>) -> Self) -> Self {
        match self {
            Self::True => Self::True,
            Self::False => Self::False,
            Self::Depends(r) => r.replace(with),
        }
    }

    /// The truth where these atoms, in order of `atoms`, come out so.
    pub(super) fn given(&self, atoms: &[Residual], outcomes: &[bool]) -> Self {
        match self {
            Self::True => Self::True,
            Self::False => Self::False,
            Self::Depends(r) => r.given(atoms, outcomes),
        }
    }

    /// Every test in it, as often as it stands there.
    #[must_use]
    pub fn tests(&self) -> Vec<&Arc<Test>> {
        let mut tests = Vec::new();
        if let Self::Depends(r) = self {
            r.collect_tests(&mut tests);
        }
        tests
    }

    /// True where a test of this kind is in it.
    #[must_use]
    pub fn has_test(&self, wanted: &impl Fn(&Test) -> bool) -> bool {
        matches!(self, Self::Depends(r) if r.has_test(wanted))
    }

    /// Context keys that are left to decide, in order.
    #[must_use]
    pub fn keys(&self) -> BTreeSet<&ContextKey> {
        let mut keys = BTreeSet::new();
        if let Self::Depends(r) = self {
            r.collect_keys(&mut keys);
        }
        keys
    }

    /// What is unclear in it, in order.
    #[must_use]
    pub fn unclear_parts(&self) -> BTreeSet<&Unclear> {
        let mut parts = BTreeSet::new();
        if let Self::Depends(r) = self {
            r.collect_unclear(&mut parts);
        }
        parts
    }
}

impl From<bool> for Truth {
    fn from(value: bool) -> Self {
        if value { Self::True } else { Self::False }
    }
}

impl Residual {
    fn all(a: Self, b: Self) -> Self {
        Self::joined(merged(a.into_parts(true), b.into_parts(true)), true)
    }

    fn any(a: Self, b: Self) -> Self {
        Self::joined(merged(a.into_parts(false), b.into_parts(false)), false)
    }

    /// The members of a conjunction (or disjunction), or itself as the only one.
    fn into_parts(self, conjunction: bool) -> Vec<Self> {
        match (self, conjunction) {
            (Self::All(parts), true) | (Self::Any(parts), false) => parts,
            (other, _) => vec![other],
        }
    }

    /// INVARIANT: the parts are sorted, each stands there once.
    fn joined(mut parts: Vec<Self>, conjunction: bool) -> Self {
        if parts.len() == 1
            && let Some(only) = parts.pop()
        {
            return only;
        }
        if conjunction { Self::All(parts) } else { Self::Any(parts) }
    }

    fn negate(self) -> Self {
        match self {
            Self::Test { test, negated } => Self::Test { test, negated: !negated },
            Self::Unclear(why) => Self::Unclear(why),
            Self::All(parts) => Self::joined(sorted(parts.into_iter().map(Self::negate).collect()), false),
            Self::Any(parts) => Self::joined(sorted(parts.into_iter().map(Self::negate).collect()), true),
        }
    }

    fn assuming(&self, outcome: bool) -> Truth {
        match self {
            Self::Test { .. } => Truth::Depends(self.clone()),
            Self::Unclear(_) => Truth::from(outcome),
            Self::All(parts) => parts.iter().fold(Truth::True, |t, p| t.and(p.assuming(outcome))),
            Self::Any(parts) => parts.iter().fold(Truth::False, |t, p| t.or(p.assuming(outcome))),
        }
    }

    fn replace(&self, with: &mut impl FnMut(&Arc<Test>) -> Truth) -> Truth {
        match self {
            Self::Test { test, negated: false } => with(test),
            Self::Test { test, negated: true } => with(test).not(),
            Self::Unclear(why) => Truth::unclear(why.clone()),
            Self::All(parts) => parts.iter().fold(Truth::True, |all, p| all.and(p.replace(with))),
            Self::Any(parts) => parts.iter().fold(Truth::False, |any, p| any.or(p.replace(with))),
        }
    }

    fn given(&self, atoms: &[Self], outcomes: &[bool]) -> Truth {
        let outcome = |own: &Self| atoms.iter().position(|atom| atom == own).and_then(|at| outcomes.get(at)).copied();
        match self {
            Self::Test { test, negated } => {
                let plain = Self::Test { test: Arc::clone(test), negated: false };
                outcome(&plain).map_or_else(|| Truth::Depends(self.clone()), |truth| Truth::from(truth != *negated))
            }
            Self::Unclear(_) => outcome(self).map_or_else(|| Truth::Depends(self.clone()), Truth::from),
            Self::All(parts) => parts.iter().fold(Truth::True, |all, p| all.and(p.given(atoms, outcomes))),
            Self::Any(parts) => parts.iter().fold(Truth::False, |any, p| any.or(p.given(atoms, outcomes))),
        }
    }

    /// True where a test of this kind is in it.
    pub(super) fn has_test(&self, wanted: &impl Fn(&Test) -> bool) -> bool {
        match self {
            Self::Test { test, .. } => wanted(test),
            Self::Unclear(_) => false,
            Self::All(parts) | Self::Any(parts) => parts.iter().any(|p| p.has_test(wanted)),
        }
    }

    fn collect_tests<'a>(&'a self, tests: &mut Vec<&'a Arc<Test>>) {
        match self {
            Self::Test { test, .. } => tests.push(test),
            Self::Unclear(_) => {}
            Self::All(parts) | Self::Any(parts) => parts.iter().for_each(|p| p.collect_tests(tests)),
        }
    }

    fn collect_keys<'a>(&'a self, keys: &mut BTreeSet<&'a ContextKey>) {
        match self {
            Self::Test { test, .. } => keys.extend(&test.undecided),
            Self::Unclear(_) => {}
            Self::All(parts) | Self::Any(parts) => parts.iter().for_each(|p| p.collect_keys(keys)),
        }
    }

    fn collect_unclear<'a>(&'a self, found: &mut BTreeSet<&'a Unclear>) {
        match self {
            Self::Test { .. } => {}
            Self::Unclear(why) => {
                found.insert(why);
            }
            Self::All(parts) | Self::Any(parts) => parts.iter().for_each(|p| p.collect_unclear(found)),
        }
    }
}

fn sorted(mut parts: Vec<Residual>) -> Vec<Residual> {
    parts.sort();
    parts.dedup();
    parts
}

/// Two sorted lists as one. A long policy grows a list by one part at a time: that one is put in its place.
fn merged(mut parts: Vec<Residual>, mut more: Vec<Residual>) -> Vec<Residual> {
    if more.len() == 1
        && let Some(only) = more.pop()
    {
        if let Err(at) = parts.binary_search(&only) {
            parts.insert(at, only);
        }
        return parts;
    }
    parts.append(&mut more);
    sorted(parts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::residual::Possible;
    use crate::policy::operator::Operator;

    fn gap(n: usize) -> Truth {
        Truth::gap(GapIx::new(n))
    }

    fn mfa() -> Truth {
        let key = ContextKey::new("aws:MultiFactorAuthPresent");
        Truth::test(Test {
            key: key.clone(),
            operator: Operator::parse("Bool"),
            values: vec!["true".into()],
            undecided: vec![key.clone()],
            variable: key,
            scope: 0,
            possible: Possible::Any { absent: true },
            exact: None,
        })
    }

    #[test]
    fn one_false_settles_a_conjunction_whatever_is_unknown() {
        assert_eq!(mfa().and(Truth::False), Truth::False);
        assert_eq!(mfa().or(Truth::True), Truth::True);
        assert_eq!(mfa().and(Truth::True), mfa());
        assert_eq!(mfa().and(mfa()), mfa());
    }

    #[test]
    fn what_is_unclear_is_weighed_both_ways() {
        let t = mfa().and(gap(0).not());
        assert_eq!(t.assuming(false), Truth::False);
        assert_eq!(t.assuming(true), mfa());
        assert_eq!(gap(1).or(mfa()).assuming(false), mfa());
        assert_eq!(t.keys().len(), 1);
        assert_eq!(t.unclear_parts().len(), 1);
    }

    #[test]
    fn the_conjuncts_of_a_formula_are_parted_and_put_together() {
        let whole = Truth::all([gap(1), mfa(), Truth::True, gap(0).and(mfa()), mfa().not().or(gap(2))]);
        assert_eq!(whole, mfa().and(gap(0)).and(gap(1)).and(mfa().not().or(gap(2))));
        let [tests, others] = whole.clone().parted(&|_| true);
        assert_eq!((&tests, &others), (&mfa().and(mfa().not().or(gap(2))), &gap(0).and(gap(1))));
        assert_eq!(Truth::all([others, tests]), whole);
        assert_eq!(Truth::all([mfa(), Truth::False]), Truth::False);
        assert_eq!(Truth::False.parted(&|_| true), [Truth::False, Truth::True]);
        assert_eq!(gap(0).parted(&|_| true), [Truth::True, gap(0)]);
    }

    #[test]
    fn equal_formulas_are_equal_whatever_their_order() {
        assert_eq!(mfa().and(gap(0)).and(gap(1)), gap(1).and(gap(0).and(mfa())));
        assert_eq!(mfa().and(gap(0)).not(), gap(0).or(mfa().not()));
    }
}
