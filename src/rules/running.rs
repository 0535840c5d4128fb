//! One rule as it runs: which accounts it can judge, and how its results become findings.
//!
//! Owns: what missing data means for an account, and the counts and findings of some subjects. Does not know any rule, nor how subjects of
//! a kind are found (`judge`, `of_policies`).

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::context::Context;
use super::outcome::{Data, Found, Outcome, Shared};
use crate::facet::Facet;
use crate::finding::{Counts, Finding, RuleCard, Status, fingerprint};
use crate::ids::{AccountIx, Scope};
use crate::model::People;
use crate::severity::Severity;
use crate::shared_text::SharedText;

/// Which data a rule needs of an account.
#[derive(Clone, Copy)]
pub(super) struct Needs {
    /// Used instead of requiring every facet of the card that belongs to accounts.
    pub(super) data: Option<fn(&Context<'_>, AccountIx) -> Data>,
    /// Judge no role of an account that was read only in part.
    pub(super) whole_accounts: bool,
    /// Judge the management account by the organization's data even where it was left out.
    pub(super) of_organization: bool,
}

/// One rule as it runs: its card, and the severity that applies.
pub(super) struct Running<'r> {
    pub(super) card: &'r RuleCard,
    pub(super) severity: Severity,
    /// What its findings share.
    id: SharedText,
    fix: SharedText,
}

/// The results of some subjects.
#[derive(Default)]
pub(super) struct Judged {
    pub(super) counts: Counts,
    pub(super) findings: Vec<Finding>,
    /// Lists that come before these: there may be a million, which are moved once.
    before: Vec<Vec<Finding>>,
    shared: BTreeMap<(AccountIx, Shared), usize>,
}

impl<'r> Running<'r> {
    pub(super) fn new(card: &'r RuleCard, severity: Severity) -> Self {
        Self { card, severity, id: card.id.as_str().into(), fix: card.fix.as_str().into() }
    }
}

impl Running<'_> {
    pub(super) fn finding(
        &self,
        cx: &Context<'_>,
        account: AccountIx,
        subject: String,
        status: Status,
        found: Found,
    ) -> Finding {
        self.of_owner(cx, Some(account), subject, status, found)
    }

    /// A finding about what an account owns, or an organization whose management account is not known.
    pub(super) fn of_owner(
        &self,
        cx: &Context<'_>,
        owner: Option<AccountIx>,
        subject: String,
        status: Status,
        found: Found,
    ) -> Finding {
        let account_name = owner.map_or_else(SharedText::default, |ix| cx.shared_name(ix));
        let others = found.accounts.iter().filter(|ix| owner != Some(**ix)).map(|ix| cx.estate.account(*ix).id());
        let other_accounts = others.collect();
        let owner = owner.map(|ix| cx.estate.account(ix));
        let fix = self.card.fix_for.get(found.fix_for);
        Finding {
            rule: self.id.clone(),
            severity: self.severity,
            confidence: self.card.confidence,
            status,
            account: owner.map_or(Scope::Organization, |account| account.id().into()),
            account_name,
            other_accounts,
            fingerprint: fingerprint(
                &self.card.id,
                found.stands_for.as_deref().unwrap_or(&subject),
                &found.discriminator,
            ),
            subject: exact(subject),
            principals: found.principals.into_iter().collect(),
            accepted: Box::default(),
            holds_to: found.holds_to,
            expectation: None,
            message: exact(found.message),
            remediation: fix.map_or_else(|| self.fix.clone(), |fix| fix.as_str().into()),
            evidence: found.evidence,
            path: found.path,
            waiver: None,
        }
    }

    /// A subject, or a part of it, that cannot be judged.
    pub(super) fn unknown(
        &self,
        cx: &Context<'_>,
        account: AccountIx,
        subject: String,
        part: &str,
        why: String,
    ) -> Finding {
        let discriminator = if part.is_empty() { "unknown".to_owned() } else { format!("unknown {part}") };
        let found = Found { message: why, discriminator, ..Found::default() };
        self.finding(cx, account, subject, Status::Unknown, found)
    }

    /// The result of a rule about the organization where that was not read: it does not apply where there is none. Assignments and
    /// entitlements are of an organization whose account list is missing.
    pub(super) fn without_organization(&self, cx: &Context<'_>) -> Judged {
        let is_there = |people: &People| {
            let has_sets = people.instances().any(|(_, instance)| instance.has_permission_sets());
            has_sets && self.card.facets.contains(&Facet::IdentityCenter)
                || people.entitlements().next().is_some() && self.card.facets.contains(&Facet::AccountAccess)
        };
        if !cx.estate.people().is_some_and(is_there) {
            return Judged::counting(Counts { not_applicable: 1, ..Counts::default() });
        }
        let mut judged = Judged::counting(Counts { unknown: 1, ..Counts::default() });
        let message = "cannot be judged: organization not read".to_owned();
        let found = Found { message, discriminator: "unknown".to_owned(), ..Found::default() };
        judged.findings.push(self.of_owner(cx, None, "*".to_owned(), Status::Unknown, found));
        judged
    }

    fn data_of(&self, cx: &Context<'_>, needs: &Needs, account: AccountIx) -> Data {
        let read = || {
            let mut facets = self.card.facets.iter().filter(|facet| **facet != Facet::Organization);
            if facets.all(|facet| cx.estate.account(account).has(*facet)) { Data::Read } else { Data::Unread }
        };
        needs.data.map_or_else(read, |data| data(cx, account))
    }

    /// The data sets of the card that an account lacks; all if it lacks none as a whole, but an entry.
    fn unread(&self, cx: &Context<'_>, account: AccountIx) -> String {
        let account = cx.estate.account(account);
        let lacks = |facet: &&Facet| !account.has(**facet);
        let some = self.card.facets.iter().any(|facet| lacks(&facet));
        let unread = self.card.facets.iter().filter(|facet| !some || lacks(facet));
        unread.map(|facet| facet.as_str()).collect::<Vec<_>>().join(", ")
    }

    /// Accounts that can be judged. One that was to be read and was not is unknown; one that was skipped or left out is
    /// ignored, but for the organization that it stands for.
    pub(super) fn accounts(&self, cx: &Context<'_>, needs: &Needs, judged: &mut Judged) -> Vec<AccountIx> {
        let mut readable = Vec::new();
        for ix in (0..cx.estate.accounts().len()).map(AccountIx::new) {
            let account = cx.estate.account(ix);
            let stands_for_organization =
                needs.of_organization && account.is_management() && account.out_of_use().is_none();
            if !account.presence().is_judged() && !stands_for_organization {
                continue;
            }
            match self.data_of(cx, needs, ix) {
                Data::Read => readable.push(ix),
                Data::NotApplicable => judged.counts.not_applicable += 1,
                Data::Unread => {
                    let why = format!("cannot be judged: {} not read", self.unread(cx, ix));
                    judged.counts.unknown += 1;
                    judged.findings.push(self.unknown(cx, ix, cx.root_arn(ix), "", why));
                }
            }
        }
        readable
    }
}

impl Judged {
    /// No findings yet.
    pub(super) fn counting(counts: Counts) -> Self {
        Self { counts, ..Self::default() }
    }

    /// Adds what was found of a subject, which is named where somebody reads it. Not generic, for the same reason as [`in_parallel`].
    pub(super) fn take(
        &mut self,
        cx: &Context<'_>,
        rule: &Running<'_>,
        of: &dyn Fn() -> (AccountIx, String),
        outcome: Outcome,
    ) {
        self.counts.add(outcome.counts());
        if outcome.found.is_empty() && outcome.unknown.is_empty() && outcome.shared.is_none() {
            return;
        }
        let (account, subject) = of();
        for found in outcome.found {
            self.findings.push(rule.finding(cx, account, subject.clone(), Status::Open, found));
        }
        for unknown in outcome.unknown {
            self.findings.push(rule.unknown(cx, account, subject.clone(), &unknown.part, unknown.why));
        }
        if let Some(shared) = outcome.shared {
            *self.shared.entry((account, shared)).or_default() += 1;
        }
    }

    pub(super) fn join(mut self, other: Self) -> Self {
        self.counts.add(other.counts);
        if !self.findings.is_empty() {
            self.before.push(std::mem::take(&mut self.findings));
        }
        self.before.extend(other.before);
        self.findings = other.findings;
        for (reason, count) in other.shared {
            *self.shared.entry(reason).or_default() += count;
        }
        self
    }

    /// All findings, list by list, in order.
    pub(super) fn lists(self) -> impl Iterator<Item = Vec<Finding>> {
        self.before.into_iter().chain([self.findings])
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.before.iter().map(Vec::len).sum::<usize>() + self.findings.len()
    }

    /// Reports each reason that several subjects share, in one line per account.
    pub(super) fn tell_shared(&mut self, cx: &Context<'_>, rule: &Running<'_>) {
        for ((account, reason), count) in std::mem::take(&mut self.shared) {
            let why = format!("{} {count} {}", reason.before, reason.after);
            let part = format!("{} {}", reason.before, reason.after);
            self.findings.push(rule.unknown(cx, account, cx.root_arn(account), &part, why));
        }
    }
}

/// A text without room for more.
fn exact(mut text: String) -> String {
    text.shrink_to_fit();
    text
}

/// The one parallel loop over subjects: not generic, because a loop of its own for every rule made the program half a megabyte
/// larger.
pub(super) fn in_parallel(count: usize, one: &(dyn Fn(usize, &mut Judged) + Sync)) -> Judged {
    let next = |mut judged: Judged, at: usize| {
        one(at, &mut judged);
        judged
    };
    (0..count).into_par_iter().fold(Judged::default, next).reduce(Judged::default, Judged::join)
}
