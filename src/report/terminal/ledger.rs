//! How every listed account ended, for people: one line for each cause, however many accounts it affects.
//!
//! Owns: which missing data has the same cause. Each account's own reason is in the JSON formats and in the snapshot.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use super::names::{Names, number, some};
use super::style::Style;
use super::wrap::line;
use crate::facet::Facet;
use crate::report::escape::escape;
use crate::snapshot::ledger::{FacetGap, IncompleteView, LedgerView};

/// In place of an account's own id, where a reason stands for several accounts.
const ANY_ACCOUNT: &str = "ACCOUNT";

/// How every listed account ended, in lines.
pub(in crate::report) struct Told {
    /// `12 listed = 10 complete + 1 incomplete + 1 skipped`.
    pub(in crate::report) totals: String,
    /// Of incomplete accounts: how many, what is missing, why and in which; the cause that affects most accounts first.
    pub(in crate::report) incomplete: Vec<String>,
    /// Missing data of the organization.
    pub(in crate::report) organization: Vec<String>,
    /// Of skipped accounts: how many, why and which.
    pub(in crate::report) skipped: Vec<String>,
}

impl Told {
    /// Every text is escaped.
    pub(in crate::report) fn new(view: &LedgerView, names: &Names) -> Self {
        let (incomplete, skipped) = (view.incomplete.len(), view.skipped.len());
        let of_cause = |cause: &Cause| {
            let accounts: Vec<String> = cause.accounts.iter().map(|account| shown(account, names)).collect();
            let text = format!("{}: {}: {}", cause.lost(&view.selected), escape(&cause.reason()), some(&accounts));
            format!("{}  {text}", number(accounts.len()))
        };
        let mut reasons = BTreeMap::<&str, Vec<String>>::new();
        for entry in &view.skipped {
            reasons.entry(&entry.reason).or_default().push(shown(&entry.account.to_string(), names));
        }
        let of_reason = |(reason, accounts): (&str, Vec<String>)| {
            format!("{}  {}: {}", number(accounts.len()), escape(reason), some(&accounts))
        };
        Self {
            totals: format!(
                "{} listed = {} complete + {} incomplete + {} skipped",
                number(view.listed),
                number(view.complete),
                number(incomplete),
                number(skipped)
            ),
            incomplete: causes(view).iter().map(of_cause).collect(),
            organization: view
                .organization
                .iter()
                .map(|gap| match gap.scope.account() {
                    Some(id) => format!("{}: {}: {}", shown(&id.to_string(), names), gap.facet, escape(&gap.reason)),
                    None => format!("{}: {}", gap.facet, escape(&gap.reason)),
                })
                .collect(),
            skipped: reasons.into_iter().map(of_reason).collect(),
        }
    }
}

/// How every listed account ended.
///
/// # Errors
/// If the output cannot be written.
pub fn ledger(view: &LedgerView, names: &Names, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let told = Told::new(view, names);
    line(&told.totals, "Accounts  ", "          ", style, out)?;
    let mut list = |head: String, lines: &[String]| {
        if !lines.is_empty() {
            writeln!(out, "\n{head}")?;
        }
        lines.iter().try_for_each(|text| line(text, "  ", "     ", style, out))
    };
    let incomplete = view.incomplete.len();
    list(
        format!("incomplete ({}): results about these accounts are unknown, not clean", number(incomplete)),
        &told.incomplete,
    )?;
    let organization = "missing data of the organization: results that need it are unknown, not clean";
    list(organization.to_owned(), &told.organization)?;
    list(format!("skipped ({}):", number(view.skipped.len())), &told.skipped)
}

fn shown(id: &str, names: &Names) -> String {
    match names.get(id).filter(|name| !name.is_empty()) {
        Some(name) => format!("{} ({id})", escape(name)),
        None => id.to_owned(),
    }
}

/// Missing data of one call and error code.
#[derive(Default)]
struct Cause {
    accounts: Vec<String>,
    facets: BTreeSet<Facet>,
    /// Data sets that were lost in each account.
    common: Option<BTreeSet<Facet>>,
    /// The reasons without the account's own id, with the number of accounts.
    reasons: BTreeMap<String, usize>,
    /// The reason of the first account, as it stands.
    first: String,
}

impl Cause {
    fn add(&mut self, account: &str, gaps: &[&FacetGap]) {
        let facets: BTreeSet<Facet> = gaps.iter().map(|gap| gap.facet).collect();
        self.common = Some(match self.common.take() {
            None => facets.clone(),
            Some(common) => common.intersection(&facets).copied().collect(),
        });
        self.facets.extend(facets);
        let mut reasons: Vec<&str> = gaps.iter().map(|gap| gap.reason.as_str()).collect();
        reasons.dedup();
        if let Some(reason) = reasons.first() {
            *self.reasons.entry(reason.replace(account, ANY_ACCOUNT)).or_default() += 1;
        }
        if self.accounts.is_empty() {
            self.first = reasons.join("; ");
        }
        self.accounts.push(account.to_owned());
    }

    /// Which data sets; the union, if accounts differ.
    fn lost(&self, selected: &[Facet]) -> String {
        let all = !selected.is_empty() && selected.iter().all(|facet| self.common.iter().any(|c| c.contains(facet)));
        match all {
            true => "all data sets".to_owned(),
            false => self.facets.iter().map(|facet| facet.as_str()).collect::<Vec<_>>().join(", "),
        }
    }

    /// What AWS said, once for all accounts: the text that most of them have.
    fn reason(&self) -> String {
        if self.accounts.len() == 1 {
            return self.first.clone();
        }
        // of equals the first
        let Some((text, count)) = self.reasons.iter().rev().max_by_key(|(_, count)| **count) else {
            return self.first.clone();
        };
        let (operation, code) = key(text);
        let head = format!("{operation}: {code}");
        match text.strip_prefix(&head).and_then(|rest| rest.strip_prefix(": ")) {
            Some(rest) if count * 2 < self.accounts.len() => format!("{head}, for example: {rest}"),
            _ => text.clone(),
        }
    }
}

/// The causes, the one that affects most accounts first.
fn causes(view: &LedgerView) -> Vec<Cause> {
    let mut causes = BTreeMap::<(String, String), Cause>::new();
    for IncompleteView { account, gaps, .. } in &view.incomplete {
        let account = account.to_string();
        let mut own = BTreeMap::<(String, String), Vec<&FacetGap>>::new();
        for gap in gaps {
            let reason = gap.reason.replace(&account, ANY_ACCOUNT);
            let (operation, code) = key(&reason);
            own.entry((operation.to_owned(), code.to_owned())).or_default().push(gap);
        }
        for (cause, gaps) in own {
            causes.entry(cause).or_default().add(&account, &gaps);
        }
    }
    let mut causes: Vec<Cause> = causes.into_values().collect();
    causes.sort_by_key(|cause| std::cmp::Reverse(cause.accounts.len()));
    causes
}

/// Operation and AWS's error code of a reason, `ListRoles: AccessDenied: …`; where there is no code, the whole reason.
fn key(reason: &str) -> (&str, &str) {
    let is_word = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '.');
    let Some((operation, rest)) = reason.split_once(": ").filter(|(operation, _)| is_word(operation)) else {
        return ("", reason);
    };
    match rest.split_once(": ").map_or(rest, |(code, _)| code) {
        code if is_word(code) => (operation, code),
        _ => (operation, reason),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::AccountId;
    use crate::snapshot::ledger::{AccountState, Ledger};

    fn printed(ledger: &Ledger, selected: Vec<Facet>) -> String {
        let mut out = Vec::new();
        let view = LedgerView { selected, ..ledger.view() };
        super::ledger(&view, &Names::new(), &Style::plain(), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    fn id(n: u64) -> AccountId {
        AccountId::parse(&format!("{n:012}")).unwrap()
    }

    #[test]
    fn accounts_that_refuse_alike_are_one_line_and_all_are_counted() {
        let mut ledger = Ledger::default();
        let sets = [Facet::AuthorizationDetails, Facet::CredentialReport];
        for n in 1..=200 {
            let arn = format!("arn:aws:iam::{}:role/wrong", id(n));
            let reason = format!("AssumeRole: AccessDenied: User: arn:aws:iam::999999999999:user/me may not on {arn}");
            sets.iter().for_each(|facet| ledger.add_gap(id(n), *facet, reason.clone()));
        }
        ledger.add_gap(id(7), Facet::CredentialReport, "GetCredentialReport: ReportNotPresent: none");
        ledger.set(id(300), AccountState::Skipped { reason: "suspended".into() });
        let text = printed(&ledger, sets.to_vec());
        insta::assert_snapshot!(text, @r"
        Accounts  201 listed = 0 complete + 200 incomplete + 1 skipped

        incomplete (200): results about these accounts are unknown, not clean
          200  all data sets: AssumeRole: AccessDenied: User: arn:aws:iam::999999999999:user/me may not on arn:aws:iam::ACCOUNT:role/wrong: 000000000001, 000000000002, 000000000003, 000000000004, 000000000005, 000000000006, 000000000007, 000000000008 and 192 more
          1  credential-report: GetCredentialReport: ReportNotPresent: none: 000000000007

        skipped (1):
          1  suspended: 000000000300
        ");
    }

    #[test]
    fn texts_that_differ_are_told_by_their_code_and_an_example() {
        let mut ledger = Ledger::default();
        for (n, user) in [(1, "ann"), (2, "bob"), (3, "eve")] {
            ledger.add_gap(id(n), Facet::MfaDevices, format!("ListMFADevices: AccessDenied: not for {user}"));
        }
        ledger.add_gap(id(4), Facet::MfaDevices, "collect: internal error while reading this account");
        let text = printed(&ledger, Vec::new());
        insta::assert_snapshot!(text, @r"
        Accounts  4 listed = 0 complete + 4 incomplete + 0 skipped

        incomplete (4): results about these accounts are unknown, not clean
          3  mfa-devices: ListMFADevices: AccessDenied, for example: not for ann: 000000000001, 000000000002, 000000000003
          1  mfa-devices: collect: internal error while reading this account: 000000000004
        ");
    }
}
