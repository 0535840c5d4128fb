//! Runs the examples in the files of rules.

use super::card::{OwnRule, OwnRules};
use super::example::Example;
use super::view::{Answer, answer};

/// How an example came out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestResult {
    /// Id of the rule.
    pub rule: String,
    /// Name of the example, or its number.
    pub example: String,
    /// What it expects: `finding`, `pass` or `unknown`.
    pub expected: &'static str,
    /// What the rule says, with the reason where that is not known.
    pub said: String,
    /// Whether both are the same.
    pub passed: bool,
}

/// Runs the examples of every rule.
#[must_use]
pub fn run_tests(rules: &OwnRules) -> Vec<TestResult> {
    let of_rule = |rule: &'_ OwnRule| -> Vec<TestResult> {
        let run = |(at, (_, example)): (usize, &(usize, Example))| {
            let (said, why) = match answer(&rule.expression, example) {
                Answer::Yes => ("finding", String::new()),
                Answer::No => ("pass", String::new()),
                Answer::Unknown(why) => ("unknown", why.into_iter().collect::<Vec<_>>().join("; ")),
                Answer::Wrong(why) => ("error", why),
            };
            let expected: &'static str = example.expect.into();
            TestResult {
                rule: rule.card.id.clone(),
                example: example.name.clone().unwrap_or_else(|| format!("test {}", at + 1)),
                expected,
                passed: said == expected,
                said: if why.is_empty() { said.to_owned() } else { format!("{said}: {why}") },
            }
        };
        rule.examples.iter().enumerate().map(run).collect()
    };
    rules.rules.iter().flat_map(of_rule).collect()
}
