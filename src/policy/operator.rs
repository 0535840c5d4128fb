//! Condition operators: what each compares, and what an absent key means to it.
//!
//! Owns: the truth of one test for given values. Does not know where values come from (`eval::context`).
//! Source: AWS IAM User Guide, "Condition operators" and "Creating a condition with multiple keys or values".

pub use super::comparison::Comparison;
use super::comparison::{can_match, compare, is_plain, matches_everything, spelling};
use super::text::Pattern;

/// An operator with its prefix and suffix.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Operator {
    /// The comparison.
    pub base: Base,
    /// `…IfExists`.
    pub if_exists: bool,
    /// `ForAllValues:` or `ForAnyValue:`.
    pub quantifier: Option<Quantifier>,
}

/// How a list of request values is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "IAM's own words")]
pub enum Quantifier {
    ForAllValues,
    ForAnyValue,
}

/// A comparison, and whether its result is negated.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Base {
    /// A comparison of one value with one pattern.
    Compare {
        /// Which.
        how: Comparison,
        /// `…Not…`: none of the values may match.
        negated: bool,
    },
    /// `Null`: whether the key is absent.
    Null,
    /// An operator that AWS may know and rolehop does not: neither satisfied nor failed, but unknown.
    Unknown(Box<str>),
}

/// The possible results of a test if the value may be anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// Some value satisfies it.
    pub can_hold: bool,
    /// Some value fails it.
    pub can_fail: bool,
}

const NAMES: &[(&str, Comparison, bool)] = &[
    ("stringequals", Comparison::StringEquals, false),
    ("stringnotequals", Comparison::StringEquals, true),
    ("stringequalsignorecase", Comparison::StringEqualsIgnoreCase, false),
    ("stringnotequalsignorecase", Comparison::StringEqualsIgnoreCase, true),
    ("stringlike", Comparison::StringLike, false),
    ("stringnotlike", Comparison::StringLike, true),
    ("numericequals", Comparison::NumericEquals, false),
    ("numericnotequals", Comparison::NumericEquals, true),
    ("numericlessthan", Comparison::NumericLessThan, false),
    ("numericlessthanequals", Comparison::NumericLessThanEquals, false),
    ("numericgreaterthan", Comparison::NumericGreaterThan, false),
    ("numericgreaterthanequals", Comparison::NumericGreaterThanEquals, false),
    ("dateequals", Comparison::DateEquals, false),
    ("datenotequals", Comparison::DateEquals, true),
    ("datelessthan", Comparison::DateLessThan, false),
    ("datelessthanequals", Comparison::DateLessThanEquals, false),
    ("dategreaterthan", Comparison::DateGreaterThan, false),
    ("dategreaterthanequals", Comparison::DateGreaterThanEquals, false),
    ("bool", Comparison::Bool, false),
    ("binaryequals", Comparison::BinaryEquals, false),
    ("ipaddress", Comparison::IpAddress, false),
    ("notipaddress", Comparison::IpAddress, true),
    ("arnequals", Comparison::ArnLike, false),
    ("arnlike", Comparison::ArnLike, false),
    ("arnnotequals", Comparison::ArnLike, true),
    ("arnnotlike", Comparison::ArnLike, true),
];

impl Base {
    /// True for `…Not…`.
    #[must_use]
    pub fn is_negated(&self) -> bool {
        matches!(self, Self::Compare { negated: true, .. })
    }
}

impl Operator {
    /// Parses an operator's name, ignoring case.
    #[must_use]
    pub fn parse(name: &str) -> Self {
        let (quantifier, rest) = match name.split_once(':') {
            Some((q, rest)) if q.eq_ignore_ascii_case("ForAllValues") => (Some(Quantifier::ForAllValues), rest),
            Some((q, rest)) if q.eq_ignore_ascii_case("ForAnyValue") => (Some(Quantifier::ForAnyValue), rest),
            _ => (None, name),
        };
        let lower = rest.to_ascii_lowercase();
        let (stem, if_exists) = lower.strip_suffix("ifexists").map_or((lower.as_str(), false), |stem| (stem, true));
        let base = if stem == "null" && !if_exists {
            Base::Null
        } else {
            let known = NAMES.iter().find(|(name, ..)| *name == stem);
            known.map_or_else(|| Base::Unknown(name.into()), |&(_, how, negated)| Base::Compare { how, negated })
        };
        Self { base, if_exists, quantifier }
    }

    /// The truth if the key is present with these values (one for single-valued keys); `None` if the operator is unknown, or AWS does
    /// not say how it reads the policy's values. An empty list of values is the same as an absent key.
    #[must_use]
    pub fn holds(&self, patterns: &[Pattern<'_>], values: &[&str]) -> Option<bool> {
        if values.is_empty() {
            return self.holds_when_absent(patterns);
        }
        let (how, negated) = match &self.base {
            Base::Unknown(_) => return None,
            Base::Null => return Some(asks_for_absence(patterns, false)),
            Base::Compare { how, negated } => (*how, *negated),
        };
        let matched = |value: &&str| any(patterns.iter().map(|p| compare(how, p, value)));
        let met = |value: &&str| Some(matched(value)? != negated);
        match self.quantifier {
            Some(Quantifier::ForAllValues) => Some(!any(values.iter().map(|v| Some(!met(v)?)))?),
            Some(Quantifier::ForAnyValue) => any(values.iter().map(met)),
            None => Some(any(values.iter().map(matched))? != negated),
        }
    }

    /// The truth if the key is absent; `None` if AWS does not say: an unknown operator, and `ForAnyValue:…IfExists`, for which
    /// two documented rules contradict each other.
    #[must_use]
    pub fn holds_when_absent(&self, patterns: &[Pattern<'_>]) -> Option<bool> {
        let negated = match &self.base {
            Base::Unknown(_) => return None,
            Base::Null => return Some(asks_for_absence(patterns, true)),
            Base::Compare { negated, .. } => *negated,
        };
        match self.quantifier {
            Some(Quantifier::ForAnyValue) if self.if_exists => None,
            Some(Quantifier::ForAnyValue) => Some(false),
            Some(Quantifier::ForAllValues) => Some(true),
            None => Some(self.if_exists || negated),
        }
    }

    /// True for a comparison of one value: a multivalued key that is present does not satisfy it, negated or not.
    #[must_use]
    pub fn needs_quantifier(&self) -> bool {
        self.quantifier.is_none() && matches!(self.base, Base::Compare { .. })
    }

    /// True if AWS says what this value means, whatever it is compared with.
    #[must_use]
    pub fn reads(&self, text: &str) -> bool {
        let Base::Compare { how, .. } = &self.base else { return true };
        is_plain(*how, &Pattern::Plain(text))
    }

    /// True where AWS fills in variables in the values.
    #[must_use]
    pub fn takes_variables(&self) -> bool {
        match &self.base {
            Base::Compare { how, .. } => how.takes_variables(),
            Base::Null => false,
            Base::Unknown(_) => true,
        }
    }

    /// True if `*` and `?` in the values are wildcards.
    #[must_use]
    pub fn globs(&self) -> bool {
        matches!(self.base, Base::Compare { how: Comparison::StringLike | Comparison::ArnLike, .. })
    }

    /// The possible results if the key is present with any value; of the literal values in the policy, only those that `possible`
    /// accepts count. `None` if the operator is unknown, or AWS does not say how it reads the policy's values.
    #[must_use]
    pub fn range(&self, patterns: &[Pattern<'_>], possible: impl Fn(&str) -> bool) -> Option<Range> {
        let (how, negated) = match &self.base {
            Base::Unknown(_) => return None,
            Base::Null => {
                let holds = asks_for_absence(patterns, false);
                return Some(Range { can_hold: holds, can_fail: !holds });
            }
            Base::Compare { how, negated } => (*how, *negated),
        };
        if !patterns.iter().all(|p| is_plain(how, p)) {
            return None;
        }
        let some_match = patterns.iter().any(|p| can_match(how, p, &possible));
        let all_match = matches_everything(how, patterns);
        let can_hold = some_match;
        let can_fail = !all_match;
        Some(if negated { Range { can_hold: can_fail, can_fail: can_hold } } else { Range { can_hold, can_fail } })
    }
}

impl std::fmt::Display for Operator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.quantifier {
            Some(Quantifier::ForAllValues) => f.write_str("ForAllValues:")?,
            Some(Quantifier::ForAnyValue) => f.write_str("ForAnyValue:")?,
            None => {}
        }
        match &self.base {
            Base::Null => f.write_str("Null")?,
            Base::Unknown(name) => return f.write_str(name),
            Base::Compare { how, negated } => f.write_str(spelling(*how, *negated))?,
        }
        f.write_str(if self.if_exists { "IfExists" } else { "" })
    }
}

/// Whether any is so; `None` if that depends on one of which it is not known.
fn any(mut truths: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let found = truths.try_fold(Some(false), |any, truth| match truth {
        Some(true) => Err(()),
        None => Ok(None),
        Some(false) => Ok(any),
    });
    found.unwrap_or(Some(true))
}

/// `Null` asks for `true` = absent or `false` = present; either value in the list is enough.
fn asks_for_absence(patterns: &[Pattern<'_>], absent: bool) -> bool {
    let wanted = if absent { "true" } else { "false" };
    patterns.iter().filter_map(Pattern::literal).any(|p| p.eq_ignore_ascii_case(wanted))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(operator: &str, patterns: &[&str], values: &[&str]) -> Option<bool> {
        let patterns: Vec<_> = patterns.iter().map(|p| Pattern::Plain(p)).collect();
        Operator::parse(operator).holds(&patterns, values)
    }

    #[test]
    fn negated_lists_are_nor() {
        assert_eq!(holds("StringNotEquals", &["a", "b"], &["c"]), Some(true));
        assert_eq!(holds("StringNotEquals", &["a", "b"], &["b"]), Some(false));
    }

    #[test]
    fn an_absent_key_has_its_own_truth() {
        assert_eq!(holds("StringEquals", &["a"], &[]), Some(false));
        assert_eq!(holds("StringNotEquals", &["a"], &[]), Some(true));
        assert_eq!(holds("BoolIfExists", &["true"], &[]), Some(true));
        assert_eq!(holds("ForAllValues:StringEquals", &["a"], &[]), Some(true));
        assert_eq!(holds("ForAnyValue:StringEquals", &["a"], &[]), Some(false));
        assert_eq!(holds("ForAnyValue:StringEqualsIfExists", &["a"], &[]), None);
        assert_eq!(holds("Null", &["true"], &[]), Some(true));
        assert_eq!(holds("Null", &["false"], &["x"]), Some(true));
        assert_eq!(holds("Null", &["true"], &["x"]), Some(false));
    }

    #[test]
    fn each_comparison_compares_as_documented() {
        assert_eq!(holds("StringEquals", &["a*"], &["ab"]), Some(false));
        assert_eq!(holds("StringLike", &["a*"], &["ab"]), Some(true));
        assert_eq!(holds("StringEqualsIgnoreCase", &["AB"], &["ab"]), Some(true));
        assert_eq!(holds("NumericLessThan", &["3600"], &["300"]), Some(true));
        assert_eq!(holds("DateGreaterThan", &["2026-01-01T00:00:00Z"], &["1798761600"]), Some(true));
        assert_eq!(holds("DateEquals", &["2026-01-01"], &["2026-01-01T00:00:00Z"]), Some(true));
        assert_eq!(holds("DateLessThan", &["2026-02"], &["2026-01-31T23:59:59Z"]), Some(true));
        assert_eq!(holds("DateLessThan", &["2030"], &["2026-01-01T00:00:00Z"]), None, "a year, or seconds");
        assert_eq!(holds("DateGreaterThan", &["2020"], &["2026-01-01T00:00:00Z"]), Some(true), "both are past");
        assert_eq!(holds("DateLessThan", &["soon"], &["2026-01-01T00:00:00Z"]), None);
        assert_eq!(holds("DateLessThan", &["soon", "2026-02"], &["2026-01-01T00:00:00Z"]), Some(true));
        assert_eq!(holds("NumericLessThan", &["${aws:PrincipalTag/max}"], &["5"]), None);
        assert_eq!(holds("IpAddress", &["10.0.0.0/8"], &["10.1.2.3"]), Some(true));
        assert_eq!(holds("NotIpAddress", &["10.0.0.1"], &["10.0.0.2"]), Some(true));
        assert_eq!(holds("ArnLike", &["arn:aws:iam::*:role/x"], &["arn:aws:iam::111122223333:role/x"]), Some(true));
        assert_eq!(holds("ArnLike", &["arn:aws:iam:*"], &["arn:aws:iam::111122223333:role/x"]), Some(false));
        assert_eq!(holds("BinaryEquals", &["aGk="], &["aGk="]), Some(true));
        assert_eq!(holds("StringSounds", &["a"], &["a"]), None);
    }

    #[test]
    fn a_free_value_ranges_over_what_the_patterns_leave() {
        let range = |op: &str, p: &str| Operator::parse(op).range(&[Pattern::Plain(p)], |_| true).unwrap();
        assert_eq!(range("StringLike", "*"), Range { can_hold: true, can_fail: false });
        assert_eq!(range("StringNotLike", "*"), Range { can_hold: false, can_fail: true });
        assert_eq!(range("StringEquals", "x"), Range { can_hold: true, can_fail: true });
        assert_eq!(range("NumericLessThan", "soon"), Range { can_hold: false, can_fail: true });
    }
}
