//! Runs a rule over its subjects, in parallel.
//!
//! Owns: which subjects of each kind exist, and the loops. Does not know any rule. INVARIANT: results are in the order of their subjects,
//! whatever the number of threads.

use std::collections::{BTreeMap, BTreeSet};

use super::context::Context;
use super::of_policies::{Said, Says, Which};
pub(super) use super::outcome::Data;
use super::outcome::{Found, Outcome, because};
use super::running::{Judged, Needs, Running, in_parallel};
use crate::finding::{Counts, Status, Subject};
use crate::ids::{AccountIx, PrincipalIx};
use crate::model::{Group, PrincipalType};
use crate::policy::Policy;
use crate::posture::console_users::without_row;
use crate::posture::grants::Home;
use crate::posture::quotas::{Keep, Quotas, Row, subject_of, survey};
use crate::snapshot::credential_report::{CredentialReport, CredentialRow};

/// The function of a rule, by its kind of subject. `S` is what the rule prepared: its parameters, or something derived from them.
pub(super) enum Judge<S> {
    Account(fn(&Context<'_>, &S, AccountIx, &mut Outcome)),
    User(fn(&Context<'_>, &S, PrincipalIx, &mut Outcome)),
    Group(fn(&Context<'_>, &S, &Members<'_>, &mut Outcome)),
    UserCredentials(fn(&Context<'_>, &S, &CredentialRow, &mut Outcome)),
    Role(fn(&Context<'_>, &S, PrincipalIx, &mut Outcome)),
    TrustPolicy(fn(&Context<'_>, &S, &Trust<'_>, &mut Outcome)),
    /// The users of an account, and in place of those who share what is found the group that it comes from: each by its ARN.
    People(fn(&Context<'_>, &S, AccountIx) -> Vec<(String, Outcome)>),
    /// The users and roles of an account, those who share the cause of what is found together: each by the ARN of the first.
    Principals(fn(&Context<'_>, &S, AccountIx) -> Vec<(String, Outcome)>),
    /// Whatever has one of these quotas; the function says from how many percent on that is a defect.
    Quotas(Quotas, fn(&S) -> u8),
    /// Policies that customers write, each distinct document once, whoever holds it.
    Policy(Which, fn(&S, &Policy, Home<'_>) -> Option<Said>),
}

/// A group and its account.
pub(super) struct Members<'a> {
    pub(super) account: AccountIx,
    pub(super) group: &'a Group,
}

/// A role and its trust policy.
pub(super) struct Trust<'a> {
    pub(super) role: PrincipalIx,
    pub(super) policy: &'a Policy,
}

/// ARN of a row's user, built from the name if the report does not have it.
fn user_arn(cx: &Context<'_>, account: AccountIx, row: &CredentialRow) -> String {
    if !row.arn.is_empty() {
        return row.arn.to_string();
    }
    let account = cx.estate.account(account);
    format!("arn:{}:iam::{}:user/{}", account.partition(), account.id(), row.user)
}

impl Running<'_> {
    /// One finding for each subject that is near one of these limits, however many of them. What is not known of an account's subjects is
    /// one line.
    fn of_quotas(&self, cx: &Context<'_>, quotas: Quotas, near: u8) -> Judged {
        let found = survey(cx.estate, quotas, near, Keep::Near, None);
        let (mut failed, mut unknown) =
            (BTreeMap::<_, Vec<Row>>::new(), BTreeMap::<_, (BTreeSet<_>, BTreeSet<_>)>::new());
        for row in found.rows {
            match row.used {
                Ok(0) => {}
                Ok(_) => failed.entry(row.subject).or_default().push(row),
                Err(why) => {
                    let (subjects, reasons) = unknown.entry(subject_of(cx.estate, row.subject).0).or_default();
                    subjects.insert(row.subject);
                    reasons.insert(why);
                }
            }
        }
        let unjudged =
            unknown.values().flat_map(|(subjects, _)| subjects).filter(|subject| !failed.contains_key(subject));
        let unjudged = unjudged.count();
        let judged = found.subjects.saturating_sub(unjudged);
        let counts = Counts { judged, failed: failed.len(), unknown: unjudged, not_applicable: 0 };
        let mut judged = Judged::counting(counts);
        for (subject, rows) in failed {
            let (account, arn, _) = subject_of(cx.estate, subject);
            let said: Vec<String> = rows.iter().map(Row::sentence).collect();
            let found = Found::saying(said.join("; "));
            judged.findings.push(self.of_owner(cx, account, arn, Status::Open, found));
        }
        for (account, (subjects, reasons)) in unknown {
            let facets: BTreeSet<&str> = reasons.iter().map(|why| why.facet(cx.estate).as_str()).collect();
            let facets: Vec<&str> = facets.into_iter().collect();
            let told: BTreeSet<String> = reasons.iter().map(|why| why.text(cx.estate)).collect();
            let of = if subjects.len() > 1 { format!("{} subjects ", subjects.len()) } else { String::new() };
            let told = because(&told);
            let named = facets.iter().all(|facet| told.contains(facet));
            let message = if named { format!("{of}{told}") } else { format!("{of}{told} ({})", facets.join(", ")) };
            let found = Found { message, discriminator: "unknown".to_owned(), ..Found::default() };
            let arn = account.map_or_else(|| "*".to_owned(), |ix| cx.root_arn(ix));
            judged.findings.push(self.of_owner(cx, account, arn, Status::Unknown, found));
        }
        judged
    }
}

impl<S: Sync> Judge<S> {
    /// The card's word for what is judged.
    pub(super) fn subject(&self) -> Subject {
        match self {
            Self::Account(_) => Subject::Account,
            Self::User(_) => Subject::User,
            Self::Group(_) => Subject::Group,
            Self::UserCredentials(_) => Subject::UserCredentials,
            Self::Role(_) => Subject::Role,
            Self::TrustPolicy(_) => Subject::TrustPolicy,
            Self::People(_) => Subject::People,
            Self::Principals(_) => Subject::Principals,
            Self::Quotas(..) => Subject::Quota,
            Self::Policy(..) => Subject::Policy,
        }
    }

    /// Judges every subject.
    pub(super) fn run(&self, cx: &Context<'_>, rule: &Running<'_>, needs: &Needs, state: &S) -> Judged {
        let run = |task: &Task<'_>| task.run(cx, rule, needs);
        match self {
            Self::Account(judge) => run(&Task::Account(&|ix, outcome| judge(cx, state, ix, outcome))),
            Self::User(judge) => run(&Task::User(&|ix, outcome| judge(cx, state, ix, outcome))),
            Self::Group(judge) => run(&Task::Group(&|of, outcome| judge(cx, state, of, outcome))),
            Self::UserCredentials(judge) => run(&Task::UserCredentials(&|row, outcome| judge(cx, state, row, outcome))),
            Self::Role(judge) => run(&Task::Role(&|ix, outcome| judge(cx, state, ix, outcome))),
            Self::TrustPolicy(judge) => run(&Task::TrustPolicy(&|trust, outcome| judge(cx, state, trust, outcome))),
            Self::People(judge) | Self::Principals(judge) => run(&Task::Several(&|account| judge(cx, state, account))),
            Self::Quotas(quotas, near) => run(&Task::Quotas(*quotas, near(state))),
            Self::Policy(which, says) => run(&Task::Policy(*which, &|policy, home| says(state, policy, home))),
        }
    }
}

/// The function of a rule with what the rule prepared. Not generic, as [`in_parallel`]: the loops exist once, not once a rule.
enum Task<'t> {
    Account(&'t (dyn Fn(AccountIx, &mut Outcome) + Sync)),
    User(&'t (dyn Fn(PrincipalIx, &mut Outcome) + Sync)),
    Group(&'t (dyn Fn(&Members<'_>, &mut Outcome) + Sync)),
    UserCredentials(&'t (dyn Fn(&CredentialRow, &mut Outcome) + Sync)),
    Role(&'t (dyn Fn(PrincipalIx, &mut Outcome) + Sync)),
    TrustPolicy(&'t (dyn Fn(&Trust<'_>, &mut Outcome) + Sync)),
    /// What is found in an account, each by its ARN.
    Several(&'t (dyn Fn(AccountIx) -> Vec<(String, Outcome)> + Sync)),
    Quotas(Quotas, u8),
    Policy(Which, Says<'t>),
}

impl Task<'_> {
    fn run(&self, cx: &Context<'_>, rule: &Running<'_>, needs: &Needs) -> Judged {
        let mut judged = Judged::default();
        // without an organization, rules about it do not apply
        let of_organization = rule.card.facets.iter().any(|facet| facet.is_of_organization());
        if of_organization && cx.estate.organization().is_none() {
            return rule.without_organization(cx);
        }
        if let Self::Quotas(quotas, near) = self {
            return rule.of_quotas(cx, *quotas, *near);
        }
        let accounts = rule.accounts(cx, needs, &mut judged);
        let of_principal = |ix: &PrincipalIx| (cx.estate.principal(*ix).account(), cx.estate.arn(*ix));
        let of_kind = |kind| move |ix: &PrincipalIx| cx.estate.principal(*ix).kind() == kind;
        let in_accounts = || accounts.iter().flat_map(|account| cx.estate.principals_of(*account));
        let results = match self {
            Self::Quotas(..) => Judged::default(),
            Self::Policy(which, says) => rule.of_policies(cx, &accounts, *which, *says),
            Self::Account(judge) => {
                let place = |ix: &AccountIx| (*ix, cx.root_arn(*ix));
                each(cx, rule, &accounts, place, |ix, outcome| judge(*ix, outcome))
            }
            Self::Several(judge) => in_parallel(accounts.len(), &|at, judged| {
                let Some(account) = accounts.get(at).copied() else { unreachable!("an account for every number") };
                for (arn, outcome) in judge(account) {
                    judged.take(cx, rule, &|| (account, arn.clone()), outcome);
                }
            }),
            Self::User(judge) => {
                let users: Vec<PrincipalIx> = in_accounts().filter(of_kind(PrincipalType::User)).collect();
                each(cx, rule, &users, of_principal, |ix, outcome| judge(*ix, outcome))
            }
            Self::Group(judge) => {
                let of_account = |account: &AccountIx| {
                    let account = *account;
                    let groups = cx.estate.account(account).facts().groups.iter();
                    groups.map(move |group| Members { account, group })
                };
                let groups: Vec<Members<'_>> = accounts.iter().flat_map(of_account).collect();
                let place = |of: &Members<'_>| (of.account, of.group.arn.clone());
                each(cx, rule, &groups, place, |of, outcome| judge(of, outcome))
            }
            Self::UserCredentials(judge) => {
                let rows = |account: &AccountIx| {
                    let account = *account;
                    let report = cx.estate.account(account).facts().credential_report.as_ref();
                    report.into_iter().flat_map(CredentialReport::users).map(move |row| (account, row))
                };
                let rows: Vec<(AccountIx, &CredentialRow)> = accounts.iter().flat_map(rows).collect();
                let place = |(account, row): &(AccountIx, &CredentialRow)| (*account, user_arn(cx, *account, row));
                let judged = each(cx, rule, &rows, place, |(_, row), outcome| judge(row, outcome));
                let of_account = |account: &AccountIx| without_row(cx.estate, *account);
                let rowless: Vec<PrincipalIx> = accounts.iter().flat_map(of_account).collect();
                let before = "users that are not in the credential report cannot be judged:";
                judged
                    .join(each(cx, rule, &rowless, of_principal, |_, outcome| outcome.unknown_among(before, "of them")))
            }
            Self::Role(judge) => {
                let roles: Vec<PrincipalIx> = if needs.whole_accounts {
                    in_accounts().filter(of_kind(PrincipalType::Role)).collect()
                } else {
                    cx.estate.roles().collect()
                };
                each(cx, rule, &roles, of_principal, |ix, outcome| judge(*ix, outcome))
            }
            Self::TrustPolicy(judge) => {
                let roles: Vec<PrincipalIx> = cx.estate.roles().collect();
                each(cx, rule, &roles, of_principal, |ix, outcome| match (cx.estate.unread_trust(*ix), cx.trust(*ix)) {
                    (Some(gap), _) => outcome.unknown_because(&[cx.reason(gap)].into()),
                    (None, Some(policy)) => judge(&Trust { role: *ix, policy }, outcome),
                    (None, None) => outcome.not_applicable(),
                })
            }
        };
        judged = judged.join(results);
        judged.tell_shared(cx, rule);
        judged
    }
}

fn each<T: Sync>(
    cx: &Context<'_>,
    rule: &Running<'_>,
    subjects: &[T],
    place: impl Fn(&T) -> (AccountIx, String) + Sync,
    judge: impl Fn(&T, &mut Outcome) + Sync,
) -> Judged {
    in_parallel(subjects.len(), &|at, judged| {
        let Some(subject) = subjects.get(at) else { unreachable!("a subject for every number") };
        let mut outcome = Outcome::default();
        judge(subject, &mut outcome);
        judged.take(cx, rule, &|| place(subject), outcome);
    })
}
