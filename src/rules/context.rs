//! What a rule is given, and how it says what it found.
//!
//! Owns: settings with their defaults, findings with fingerprint and remediation, and the unknown of missing facets.

use std::collections::BTreeSet;

use crate::answer::{Evidence, EvidenceEffect, Layer};
use crate::eval;
use crate::facet::Facet;
use crate::finding::RuleCard;
use crate::finding::{Finding, Status, fingerprint};
use crate::graph::TrustGraph;
use crate::ids::{AccountIx, GapIx, PrincipalIx};
use crate::model::{Document, Estate, Presence};
use crate::policy::{Effect, Policy, Statement};

use super::RuleSettings;

/// One rule at work.
pub(super) struct CheckContext<'g, 'e> {
    pub(super) graph: &'g TrustGraph<'e>,
    pub(super) estate: &'e Estate,
    card: &'static RuleCard,
    settings: RuleSettings,
    found: Vec<Finding>,
}

/// What was found, before it is dressed as a finding.
#[derive(Default)]
pub(super) struct Found {
    /// One sentence without full stop.
    pub(super) message: String,
    /// What tells two findings about one subject apart; empty where there can be one only.
    pub(super) discriminator: String,
    pub(super) evidence: Vec<Evidence>,
    /// ARNs from first to last.
    pub(super) path: Vec<String>,
    /// Which of the card's fixes applies; the usual one where empty, or the card has no other.
    pub(super) fix_for: &'static str,
}

impl<'g, 'e> CheckContext<'g, 'e> {
    pub(super) fn new(graph: &'g TrustGraph<'e>, card: &'static RuleCard, settings: RuleSettings) -> Self {
        Self { graph, estate: graph.estate(), card, settings, found: Vec::new() }
    }

    pub(super) fn into_findings(self) -> Vec<Finding> {
        self.found
    }

    fn parameter(&self, key: &str) -> Option<&toml::Value> {
        self.settings.parameters.get(key).or_else(|| self.card.parameters.get(key))
    }

    /// A number; 0 where the card has none.
    pub(super) fn number(&self, key: &str) -> i64 {
        self.parameter(key).and_then(toml::Value::as_integer).unwrap_or_default()
    }

    /// A text; empty where the card has none.
    pub(super) fn text(&self, key: &str) -> String {
        self.parameter(key).and_then(toml::Value::as_str).unwrap_or_default().to_owned()
    }

    /// A list of texts.
    pub(super) fn list(&self, key: &str) -> Vec<String> {
        let values = self.parameter(key).and_then(toml::Value::as_array);
        values.into_iter().flatten().filter_map(|v| v.as_str().map(str::to_owned)).collect()
    }

    /// Accounts that the rule can judge; for the others that were to be read it says that the result is unknown. To accounts of
    /// the partitions named it does not apply.
    pub(super) fn judged_accounts_of(
        &mut self,
        not_applicable: &[&str],
        readable: impl Fn(&Estate, AccountIx) -> bool,
    ) -> Vec<AccountIx> {
        let mut judged = Vec::new();
        for at in 0..self.estate.accounts().len() {
            let ix = AccountIx::new(at);
            let account = self.estate.account(ix);
            match account.presence() {
                Presence::Skipped(_) | Presence::LeftOut(_) => {}
                _ if not_applicable.contains(&account.partition()) => {}
                _ if readable(self.estate, ix) => judged.push(ix),
                _ => self.unknown(ix),
            }
        }
        judged
    }

    /// Accounts of which a facet was read; for the others that were to be read it says that the result is unknown.
    pub(super) fn accounts_with(&mut self, facet: Facet) -> Vec<AccountIx> {
        self.judged_accounts_of(&[], |estate, ix| estate.account(ix).has(facet))
    }

    fn unknown(&mut self, account: AccountIx) {
        let facets = self.card.facets.iter().map(|f| f.as_str()).collect::<Vec<_>>().join(", ");
        let found = Found {
            message: format!("cannot be judged: {facets} not read"),
            discriminator: "unknown".to_owned(),
            ..Found::default()
        };
        let subject = self.root_arn(account);
        self.push(account, subject, Status::Unknown, found);
    }

    /// One subject that cannot be judged although its account was read.
    pub(super) fn unknown_subject(&mut self, account: AccountIx, subject: String, why: impl Into<String>) {
        let found = Found { message: why.into(), discriminator: "unknown".to_owned(), ..Found::default() };
        self.push(account, subject, Status::Unknown, found);
    }

    /// As [`CheckContext::unknown_subject`], of one of several things of the subject.
    pub(super) fn unknown_slot(&mut self, account: AccountIx, subject: String, slot: &str, why: String) {
        let found = Found { message: why, discriminator: format!("unknown {slot}"), ..Found::default() };
        self.push(account, subject, Status::Unknown, found);
    }

    /// Why something was not read; of an account as a whole, with its id.
    pub(super) fn reason(&self, gap: GapIx) -> String {
        let gap = self.estate.gap(gap);
        match (gap.facet, gap.scope.account()) {
            (Facet::AuthorizationDetails, Some(account)) => {
                format!("{} of {account}: {}", gap.facet, gap.reason)
            }
            _ => gap.reason.clone(),
        }
    }

    /// One principal that cannot be judged, for these reasons; judged where there are none.
    pub(super) fn unknown_principal(&mut self, ix: PrincipalIx, why: &BTreeSet<String>) {
        if !why.is_empty() {
            self.unknown_subject(self.estate.principal(ix).account(), self.estate.arn(ix), because(why));
        }
    }

    /// A finding about a principal.
    pub(super) fn principal(&mut self, ix: PrincipalIx, found: Found) {
        self.push(self.estate.principal(ix).account(), self.estate.arn(ix), Status::Open, found);
    }

    /// A finding about anything in an account.
    pub(super) fn in_account(&mut self, account: AccountIx, subject: String, found: Found) {
        self.push(account, subject, Status::Open, found);
    }

    fn push(&mut self, account: AccountIx, subject: String, status: Status, found: Found) {
        let account = self.estate.account(account);
        self.found.push(Finding {
            rule: self.card.id.clone(),
            severity: self.settings.severity.unwrap_or(self.card.severity),
            confidence: self.card.confidence,
            status,
            account: account.id().into(),
            account_name: account.name().to_owned(),
            fingerprint: fingerprint(&self.card.id, &subject, &found.discriminator),
            subject,
            message: found.message,
            remediation: self.card.fix_for.get(found.fix_for).unwrap_or(&self.card.fix).clone(),
            evidence: found.evidence,
            path: found.path,
        });
    }

    /// ARN of the account's root user.
    pub(super) fn root_arn(&self, account: AccountIx) -> String {
        let account = self.estate.account(account);
        format!("arn:{}:iam::{}:root", account.partition(), account.id())
    }

    /// `account/name` of a principal, for messages.
    pub(super) fn shown(&self, ix: PrincipalIx) -> String {
        let principal = self.estate.principal(ix);
        let account = self.estate.account(principal.account());
        let name = if account.name().is_empty() { account.id().to_string() } else { account.name().to_owned() };
        format!("{name}/{}", principal.name())
    }

    /// Roles whose trust policy was read, with it; one that cannot be read is said to be unknown.
    pub(super) fn trusts(&mut self) -> Vec<(PrincipalIx, &'e Policy)> {
        self.accounts_with(Facet::AuthorizationDetails);
        let estate = self.estate;
        let mut trusts = Vec::new();
        for role in estate.roles() {
            match (estate.principal(role).role().map(|facts| facts.trust), estate.unread_trust(role)) {
                (_, Some(gap)) => self.unknown_principal(role, &BTreeSet::from([self.reason(gap)])),
                (Some(Document::Parsed(ix)), None) => trusts.push((role, estate.policy(ix))),
                (Some(Document::Missing(_)) | None, None) => {}
            }
        }
        trusts
    }
}

/// Reasons that a message tells one by one.
const TOLD: usize = 3;

/// Why something cannot be judged, in one sentence.
pub(super) fn because(why: &BTreeSet<String>) -> String {
    let told = why.iter().take(TOLD).map(String::as_str).collect::<Vec<_>>().join("; ");
    match why.len().saturating_sub(TOLD) {
        0 => format!("cannot be judged: {told}"),
        more => format!("cannot be judged: {told}; and {more} more"),
    }
}

/// A trust statement as evidence.
pub(super) fn trust_evidence(statement: &Statement) -> Evidence {
    Evidence {
        layer: Layer::Trust,
        effect: match statement.effect {
            Effect::Allow => EvidenceEffect::Allow,
            Effect::Deny => EvidenceEffect::Deny,
        },
        policy: "trust policy".to_owned(),
        statement: Some(statement.index),
        sid: statement.sid.to_string(),
        text: eval::describe(statement),
    }
}
