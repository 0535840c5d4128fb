//! One expression on every subject of its kind, in parallel.

use super::account::OfAccount;
use super::group::OfGroup;
use super::principal::OfPrincipal;
use super::run::OwnRun;
use super::view::{Answer, Facts};
use super::{edge, policy};
use crate::finding::Subject;
use crate::ids::{AccountIx, PrincipalIx};
use crate::rules::context::Context;
use crate::rules::judge::{Judge, Members};
use crate::rules::outcome::{Found, Outcome};
use crate::rules::rule::Prepared;
use crate::rules::running::{Judged, Needs, Running};

/// What is said of one subject.
fn judge<'a>(run: &OwnRun<'_>, facts: &dyn Facts<'a>, outcome: &mut Outcome) {
    match run.answer(facts) {
        Answer::Yes => outcome.found(Found::saying(run.rule.message.clone())),
        Answer::Unknown(why) => outcome.unknown_because(&why),
        Answer::No | Answer::Wrong(_) => {}
    }
}

fn account(cx: &Context<'_>, run: &OwnRun<'_>, ix: AccountIx, outcome: &mut Outcome) {
    judge(run, &OfAccount { cx, memo: &run.memo, ix }, outcome);
}

fn principal(cx: &Context<'_>, run: &OwnRun<'_>, ix: PrincipalIx, outcome: &mut Outcome) {
    judge(run, &OfPrincipal { cx, memo: &run.memo, reached: run.reached, ix }, outcome);
}

fn group(cx: &Context<'_>, run: &OwnRun<'_>, of: &Members<'_>, outcome: &mut Outcome) {
    judge(run, &OfGroup { cx, memo: &run.memo, of }, outcome);
}

impl Prepared for OwnRun<'_> {
    fn run(&self, cx: &Context<'_>, rule: &Running<'_>) -> Judged {
        let needs = Needs { data: None, whole_accounts: false, of_organization: false };
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
