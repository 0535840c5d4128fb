//! A rule as it runs: its expression, what is worked out once, and whether a subject showed that the rule itself is wrong.

use std::sync::OnceLock;

use super::card::OwnRule;
use super::memo::Memo;
use super::reached::Reached;
use super::view::{Answer, Facts, answer};
use crate::finding::Subject;
use crate::rules::context::Context;
use crate::rules::error::RuleError;

/// A rule as it runs.
pub(in crate::rules) struct OwnRun<'r> {
    pub(super) rule: &'r OwnRule,
    pub(super) memo: Memo,
    pub(super) reached: &'r Reached<'r>,
    /// The first subject that shows that the rule itself is wrong.
    wrong: OnceLock<RuleError>,
}

impl<'r> OwnRun<'r> {
    /// Does the work that is done once.
    pub(in crate::rules) fn prepare(rule: &'r OwnRule, cx: &Context<'_>, reached: &'r Reached<'r>) -> Self {
        if rule.card.subject == Subject::Edge || rule.names(|fact| fact.starts_with("role.caller_")) {
            cx.graph.all();
        }
        if rule.names(|fact| fact.ends_with(".reaches_targets")) {
            reached.search(cx);
        }
        Self { rule, reached, memo: Memo::new(cx.estate), wrong: OnceLock::new() }
    }

    /// What is wrong with the rule, if a subject showed it.
    pub(in crate::rules) fn wrong(&self) -> Option<&RuleError> {
        self.wrong.get()
    }

    /// What the expression says of a subject; a rule that is wrong itself finds nothing, and fails the run.
    pub(super) fn answer<'a>(&self, facts: &dyn Facts<'a>) -> Answer {
        let answer = answer(&self.rule.expression, facts);
        if let Answer::Wrong(why) = &answer {
            self.wrong.get_or_init(|| self.rule.wrong_at_work(why.clone()));
        }
        answer
    }
}
