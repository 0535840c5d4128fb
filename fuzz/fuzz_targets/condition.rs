//! Condition operators: what a negated, an IfExists or a set form means follows from the plain one.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rolehop::policy::operator::Operator;
use rolehop::policy::text::{Pattern, Text};

const PAIRS: &[(&str, &str)] = &[
    ("StringEquals", "StringNotEquals"),
    ("StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase"),
    ("StringLike", "StringNotLike"),
    ("NumericEquals", "NumericNotEquals"),
    ("DateEquals", "DateNotEquals"),
    ("IpAddress", "NotIpAddress"),
    ("ArnLike", "ArnNotLike"),
];

const OTHERS: &[&str] = &[
    "NumericLessThan", "NumericLessThanEquals", "NumericGreaterThan", "NumericGreaterThanEquals", "DateLessThan",
    "DateGreaterThan", "Bool", "BinaryEquals",
];

fn holds(operator: &str, patterns: &[Pattern<'_>], values: &[&str]) -> bool {
    Operator::parse(operator).holds(patterns, values).expect("a known operator")
}

fuzz_target!(|input: (u8, Vec<&str>, Vec<&str>, bool, Option<&str>)| {
    let (choice, texts, values, variables, tag) = input;
    if texts.len() > 8 || values.len() > 8 {
        return;
    }
    let texts: Vec<Text> = texts.iter().map(|t| Text::new(t, variables)).collect();
    let patterns: Vec<Pattern<'_>> = texts.iter().map(|t| t.expand(|_| tag.map(str::to_owned))).collect();
    let (positive, negative) = PAIRS[usize::from(choice) % PAIRS.len()];
    for value in &values {
        let yes = holds(positive, &patterns, &[value]);
        assert_eq!(yes, !holds(negative, &patterns, &[value]), "{positive} {negative}");
        assert_eq!(yes, holds(&format!("{positive}IfExists"), &patterns, &[value]));
        let range = Operator::parse(positive).range(&patterns, |_| true).expect("a known operator");
        assert!(!yes || range.can_hold, "a value holds and range says none can");
        assert!(yes || range.can_fail, "a value fails and range says none can");
        for name in [positive, negative] {
            let one = holds(name, &patterns, &[value]);
            assert_eq!(one, holds(&format!("ForAnyValue:{name}"), &patterns, &[value]));
            assert_eq!(one, holds(&format!("ForAllValues:{name}"), &patterns, &[value]));
        }
    }
    if !values.is_empty() {
        let each: Vec<bool> = values.iter().map(|v| holds(positive, &patterns, &[v])).collect();
        assert_eq!(holds(&format!("ForAllValues:{positive}"), &patterns, &values), each.iter().all(|e| *e));
        assert_eq!(holds(&format!("ForAnyValue:{positive}"), &patterns, &values), each.iter().any(|e| *e));
    }
    assert!(!holds(positive, &patterns, &[]) && holds(negative, &patterns, &[]));
    assert!(holds(&format!("{positive}IfExists"), &patterns, &[]));
    let other = OTHERS[usize::from(choice) % OTHERS.len()];
    for value in &values {
        let yes = holds(other, &patterns, &[value]);
        let range = Operator::parse(other).range(&patterns, |_| true).expect("a known operator");
        assert!(!yes || range.can_hold, "{other}: a value holds and range says none can");
    }
});
