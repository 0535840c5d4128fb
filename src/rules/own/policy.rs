//! Facts about a policy that a customer writes, and one expression on all of them.
//!
//! Owns: a managed policy is one subject in its account; inline policies of one name and text that several principals of an account
//! have are one.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::account::OfAccount;
use super::fields::Field;
use super::principal::sorted;
use super::run::OwnRun;
use super::view::{Answer, Data, Facts, Known};
use crate::finding::Counts;
use crate::ids::{AccountIx, GapIx, PolicyIx};
use crate::model::PrincipalType;
use crate::policy::{Effect, Policy, Statement};
use crate::posture::grants;
use crate::posture::held::{Holder, named};
use crate::posture::power;
use crate::rules::context::Context;
use crate::rules::outcome::{Found, Outcome, because};
use crate::rules::running::{Judged, Needs, Running, in_parallel};

/// A policy.
struct OfPolicy<'c, 'e> {
    cx: &'c Context<'e>,
    run: &'c OwnRun<'c>,
    account: AccountIx,
    name: &'e str,
    /// Of a managed policy.
    arn: Option<&'e str>,
    document: Option<PolicyIx>,
    holders: &'c [Holder<'e>],
    is_boundary: bool,
    /// Why it may have more holders, or be a boundary.
    holders_unread: Option<GapIx>,
    size: Option<u32>,
}

impl<'e> OfPolicy<'_, 'e> {
    fn policy(&self) -> Known<&'e Policy> {
        let read = self.document.map(|ix| self.cx.estate.policy(ix));
        read.ok_or_else(|| "the default version of a managed policy was not read or does not parse".to_owned())
    }

    fn holders(&self) -> Known<&[Holder<'e>]> {
        self.holders_unread.map_or(Ok(self.holders), |gap| Err(self.cx.reason(gap)))
    }

    fn names(&self, of: impl Fn(Holder<'e>) -> Option<&'e str>) -> Known<Data<'e>> {
        let names = self.holders()?.iter().filter_map(|holder| of(*holder)).map(Cow::Borrowed);
        Ok(Data::Texts(names.collect()))
    }

    fn principals(&self, kind: PrincipalType) -> Known<Data<'e>> {
        self.names(|holder| match holder {
            Holder::Principal(ix) => {
                let principal = self.cx.estate.principal(ix);
                (principal.kind() == kind).then(|| principal.name())
            }
            Holder::Group(_) => None,
        })
    }

    /// What statements of an effect list, sorted.
    fn listed(&self, effect: Effect, of: impl Fn(&Statement) -> Vec<String>) -> Known<Data<'e>> {
        let statements = self.policy()?.statements.iter().filter(|statement| statement.effect == effect);
        Ok(sorted(statements.flat_map(of).collect::<BTreeSet<_>>()))
    }

    /// Whether an Allow statement is such.
    fn allows(&self, is: impl Fn(&Statement) -> bool) -> Known<Data<'e>> {
        Ok(Data::Bool(grants::allows(self.policy()?).any(is)))
    }

    fn of_document(&self, name: &str) -> Option<Known<Data<'e>>> {
        Some(match name {
            "actions" => self.listed(Effect::Allow, actions),
            "denied_actions" => self.listed(Effect::Deny, actions),
            "resources" => self.listed(Effect::Allow, resources),
            "conditions" => self.listed(Effect::Allow, |statement| {
                statement.conditions.iter().flat_map(|c| c.keys()).map(|key| key.as_str().to_owned()).collect()
            }),
            "not_action" => self.allows(|statement| statement.actions.negated),
            "not_resource" => {
                self.allows(|statement| statement.resources.as_ref().is_some_and(|clause| clause.negated))
            }
            "all_resources" => self.allows(|statement| resources(statement).iter().any(|text| text == "*")),
            "allows_everything" => self.policy().map(|policy| Data::Bool(!grants::of_everything(policy).is_empty())),
            "writes" => self.policy().map(|policy| Data::Bool(power::writes_by_itself(policy))),
            _ => return None,
        })
    }
}

/// What a statement lists under `Action`.
fn actions(statement: &Statement) -> Vec<String> {
    let patterns = statement.actions.patterns.iter().filter(|_| !statement.actions.negated);
    patterns.map(|pattern| pattern.as_str().to_owned()).collect()
}

/// What a statement lists under `Resource`.
fn resources(statement: &Statement) -> Vec<String> {
    let clauses = statement.resources.iter().filter(|clause| !clause.negated);
    clauses.flat_map(|clause| clause.patterns.iter()).map(|text| text.as_str().to_owned()).collect()
}

impl<'e> Facts<'e> for OfPolicy<'_, 'e> {
    fn fact(&self, field: &Field) -> Known<Data<'e>> {
        let Some(("policy", name)) = field.name.split_once('.') else {
            return OfAccount { cx: self.cx, memo: &self.run.memo, ix: self.account }.fact(field);
        };
        match name {
            "name" => Ok(Data::Text(Cow::Borrowed(self.name))),
            "arn" => Ok(Data::Text(Cow::Borrowed(self.arn.unwrap_or_default()))),
            "kind" => Ok(Data::Text(Cow::Borrowed(if self.arn.is_some() { "managed" } else { "inline" }))),
            "attached_to" => self.holders().map(|holders| Data::Int(i64::try_from(holders.len()).unwrap_or(i64::MAX))),
            "roles" => self.principals(PrincipalType::Role),
            "users" => self.principals(PrincipalType::User),
            "groups" => self.names(|holder| match holder {
                Holder::Group(group) => Some(&group.name),
                Holder::Principal(_) => None,
            }),
            "boundary" if self.is_boundary => Ok(Data::Bool(true)),
            "boundary" => self.holders().map(|_| Data::Bool(false)),
            "size" => match self.size {
                Some(size) => Ok(Data::Int(size.into())),
                None => self.policy().map(|policy| Data::Int(policy.size.into())),
            },
            name => self.of_document(name).unwrap_or_else(|| Err(format!("{} is not known", field.name))),
        }
    }
}

/// Judges every policy of every account.
pub(super) fn run(cx: &Context<'_>, rule: &Running<'_>, needs: &Needs, run: &OwnRun<'_>) -> Judged {
    let mut judged = Judged::default();
    let accounts = rule.accounts(cx, needs, &mut judged);
    judged.join(in_parallel(accounts.len(), &|at, judged| {
        if let Some(account) = accounts.get(at) {
            of_account(cx, rule, run, *account, judged);
        }
    }))
}

fn of_account(cx: &Context<'_>, rule: &Running<'_>, run: &OwnRun<'_>, account: AccountIx, judged: &mut Judged) {
    let found = cx.held(account);
    for managed in &found.managed {
        let policy = OfPolicy {
            cx,
            run,
            account,
            name: managed.policy.name(),
            arn: Some(&managed.policy.arn),
            document: managed.policy.document,
            holders: &managed.holders,
            is_boundary: managed.is_boundary,
            holders_unread: found.holders_unread,
            size: managed.policy.size,
        };
        judged.take(cx, rule, &|| (account, managed.policy.arn.to_string()), outcome(run, &policy, ""));
    }
    for inline in &found.inline {
        let policy = OfPolicy {
            cx,
            run,
            account,
            name: inline.name,
            arn: None,
            document: Some(inline.document),
            holders: &inline.holders,
            is_boundary: false,
            holders_unread: None,
            size: None,
        };
        let subject = || inline.holders.first().map_or_else(|| cx.root_arn(account), |holder| holder.arn(cx.estate));
        judged.take(cx, rule, &|| (account, subject()), outcome(run, &policy, inline.name));
    }
    let (unread, reasons) = &found.unread;
    if *unread > 0 {
        let why: BTreeSet<String> = reasons.iter().map(|gap| cx.reason(*gap)).collect();
        let what = if *unread == 1 { "1 policy".to_owned() } else { format!("{unread} policies") };
        judged.counts.add(Counts { unknown: *unread, ..Counts::default() });
        judged.findings.push(rule.unknown(cx, account, cx.root_arn(account), "", format!("{what} {}", because(&why))));
    }
}

/// What is said of a policy; of an inline policy, with its name and who has it.
fn outcome(run: &OwnRun<'_>, policy: &OfPolicy<'_, '_>, inline: &str) -> Outcome {
    let mut outcome = Outcome::default();
    match run.answer(policy) {
        Answer::Yes if inline.is_empty() => outcome.found(Found::saying(run.rule.message.clone())),
        Answer::Yes => {
            let also = match policy.holders.get(1..).unwrap_or_default() {
                [] => String::new(),
                others => format!("; the same policy of {}", named(policy.cx.estate, others)),
            };
            outcome.found(Found::of(
                inline,
                format!("inline policy `{inline}`: {}{also}", run.rule.message),
                Vec::new(),
            ));
        }
        Answer::Unknown(why) if inline.is_empty() => outcome.unknown_because(&why),
        Answer::Unknown(why) => outcome.unknown_part(inline, format!("inline policy `{inline}` {}", because(&why))),
        Answer::No | Answer::Wrong(_) => {}
    }
    outcome
}
