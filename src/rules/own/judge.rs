//! One expression on every subject of its kind, in parallel.

use std::sync::OnceLock;

use super::account::OfAccount;
use super::card::OwnRule;
use super::group::OfGroup;
use super::memo::Memo;
use super::principal::OfPrincipal;
use super::view::{Answer, Facts, answer};
use super::{edge, policy};
use crate::finding::Subject;
use crate::ids::{AccountIx, PrincipalIx};
use crate::rules::context::Context;
use crate::rules::error::RuleError;
use crate::rules::judge::{Judge, Members};
use crate::rules::outcome::{Found, Outcome};
use crate::rules::rule::Prepared;
use crate::rules::running::{Judged, Needs, Running};

/// A rule as it runs.
pub(in crate::rules) struct OwnRun<'r> {
    pub(super) rule: &'r OwnRule,
    pub(super) memo: Memo,
    /// The first subject that shows that the rule itself is wrong.
    wrong: OnceLock<RuleError>,
}

impl<'r> OwnRun<'r> {
    /// Does the work that is done once.
    pub(in crate::rules) fn prepare(rule: &'r OwnRule, cx: &Context<'_>) -> Self {
        if rule.card.subject == Subject::Edge || rule.names(|fact| fact.starts_with("role.caller_")) {
            cx.graph.all();
        }
        Self { rule, memo: Memo::new(cx.estate), wrong: OnceLock::new() }
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

    fn judge<'a>(&self, facts: &dyn Facts<'a>, outcome: &mut Outcome) {
        match self.answer(facts) {
            Answer::Yes => outcome.found(Found::saying(self.rule.message.clone())),
            Answer::Unknown(why) => outcome.unknown_because(&why),
            Answer::No | Answer::Wrong(_) => {}
        }
    }
}

fn account(cx: &Context<'_>, run: &OwnRun<'_>, ix: AccountIx, outcome: &mut Outcome) {
    run.judge(&OfAccount { cx, memo: &run.memo, ix }, outcome);
}

fn principal(cx: &Context<'_>, run: &OwnRun<'_>, ix: PrincipalIx, outcome: &mut Outcome) {
    run.judge(&OfPrincipal { cx, memo: &run.memo, ix }, outcome);
}

fn group(cx: &Context<'_>, run: &OwnRun<'_>, of: &Members<'_>, outcome: &mut Outcome) {
    run.judge(&OfGroup { cx, memo: &run.memo, of }, outcome);
}

impl Prepared for OwnRun<'_> {
    fn run(&self, cx: &Context<'_>, rule: &Running<'_>) -> Judged {
        let needs = Needs { data: None, whole_accounts: false };
        match self.rule.card.subject {
            Subject::User => Judge::User(principal).run(cx, rule, &needs, self),
            Subject::Group => Judge::Group(group).run(cx, rule, &needs, self),
            Subject::Account => Judge::Account(account).run(cx, rule, &needs, self),
            Subject::Policy => policy::run(cx, rule, &needs, self),
            Subject::Edge => edge::run(cx, rule, &needs, self),
            _ => Judge::Role(principal).run(cx, rule, &needs, self),
        }
    }
}
