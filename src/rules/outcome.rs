//! What a rule says about one subject.
//!
//! Owns: findings and reasons before they get subject, severity and fingerprint, how they are counted, and whether there is data to judge
//! by. Does not know which subject they are about.

use std::collections::BTreeSet;

use crate::answer::Evidence;
use crate::finding::Counts;
use crate::ids::AccountIx;

/// Whether the data is there by which an account, and what is in it, is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Data {
    Read,
    Unread,
    /// The rule does not apply to the account.
    NotApplicable,
}

/// A defect of the subject.
#[derive(Default)]
pub(super) struct Found {
    /// One sentence without a period.
    pub(super) message: String,
    /// Distinguishes several findings about one subject; empty if there can be only one.
    pub(super) discriminator: String,
    /// What the finding is identified by in place of its subject, if that is only the first of several.
    pub(super) stands_for: Option<String>,
    /// The accounts of all that it stands for, if these are several.
    pub(super) accounts: BTreeSet<AccountIx>,
    /// Who is told together, each by ARN or id, where the finding is known by what they share.
    pub(super) principals: BTreeSet<String>,
    /// The laxest value of the rule's setting, a number, with which it is still found.
    pub(super) holds_to: Option<i64>,
    pub(super) evidence: Vec<Evidence>,
    /// ARNs from first to last.
    pub(super) path: Vec<String>,
    /// Which of the card's fixes applies; the usual one if this is empty or the card has no other.
    pub(super) fix_for: &'static str,
}

impl Found {
    /// A defect of one of several parts of a subject, shown by its evidence.
    pub(super) fn of(part: impl Into<String>, message: impl Into<String>, evidence: Vec<Evidence>) -> Self {
        Self { message: message.into(), discriminator: part.into(), evidence, ..Self::default() }
    }

    /// The same, accepted by a waiver or a baseline for each of these: with one more it is open for that one.
    pub(super) fn about(self, principals: impl IntoIterator<Item = String>) -> Self {
        Self { principals: principals.into_iter().collect(), ..self }
    }

    /// A defect that its message describes completely.
    pub(super) fn saying(message: impl Into<String>) -> Self {
        Self { message: message.into(), ..Self::default() }
    }
}

/// Why a subject, or a part of it, cannot be judged.
pub(super) struct Unknown {
    /// Which part; empty for the subject as a whole.
    pub(super) part: String,
    pub(super) why: String,
}

/// A reason that several subjects of an account share: one line gives their number, in the middle of the text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Shared {
    pub(super) before: String,
    pub(super) after: String,
}

/// The result for one subject: it passes if nothing is recorded.
#[derive(Default)]
pub(super) struct Outcome {
    pub(super) found: Vec<Found>,
    pub(super) unknown: Vec<Unknown>,
    pub(super) shared: Option<Shared>,
    not_applicable: bool,
}

impl Outcome {
    pub(super) fn found(&mut self, found: Found) {
        self.found.push(found);
    }

    /// The rule does not apply to the subject.
    pub(super) fn not_applicable(&mut self) {
        self.not_applicable = true;
    }

    /// The subject cannot be judged.
    pub(super) fn unknown(&mut self, why: impl Into<String>) {
        self.unknown_part("", why);
    }

    /// One of several parts of the subject cannot be judged.
    pub(super) fn unknown_part(&mut self, part: &str, why: impl Into<String>) {
        self.unknown.push(Unknown { part: part.to_owned(), why: why.into() });
    }

    /// The subject cannot be judged for these reasons; it can if there are none.
    pub(super) fn unknown_because(&mut self, why: &BTreeSet<String>) {
        if !why.is_empty() {
            self.unknown(because(why));
        }
    }

    /// As [`Outcome::unknown`], reported in one line for all subjects of the account: `before`, their number, `after`.
    pub(super) fn unknown_among(&mut self, before: impl Into<String>, after: impl Into<String>) {
        self.shared = Some(Shared { before: before.into(), after: after.into() });
    }

    /// A finding outweighs what is unknown about the same subject.
    pub(super) fn counts(&self) -> Counts {
        let one = usize::from;
        let failed = !self.found.is_empty();
        let unknown = !failed && (!self.unknown.is_empty() || self.shared.is_some());
        let not_applicable = !failed && !unknown && self.not_applicable;
        Counts {
            judged: one(!unknown && !not_applicable),
            failed: one(failed),
            unknown: one(unknown),
            not_applicable: one(not_applicable),
        }
    }
}

/// `a`, `a and b`, `a, b and c`.
pub(super) fn listed(words: &[&str], and: &str) -> String {
    match words {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [rest @ .., last] => format!("{} {and} {last}", rest.join(", ")),
    }
}

/// As [`listed`], of own texts.
pub(super) fn quoted(words: &[String]) -> String {
    listed(&words.iter().map(String::as_str).collect::<Vec<_>>(), "and")
}

/// Number of names or phrases that a message tells.
pub(super) const NAMED: usize = 3;

/// `a, b, c and 2 more`.
pub(super) fn some_of<T: AsRef<str>>(names: &[T]) -> String {
    let mut told: Vec<&str> = names.iter().take(NAMED).map(AsRef::as_ref).collect();
    let more = names.len().saturating_sub(NAMED);
    let rest = format!("{more} more");
    if more > 0 {
        told.push(&rest);
    }
    listed(&told, "and")
}

/// As [`some_of`], of phrases that may have commas: `a; b; c; and 2 more`.
pub(super) fn some_phrases<'a>(phrases: impl ExactSizeIterator<Item = &'a String>) -> String {
    let more = phrases.len().saturating_sub(NAMED);
    let told = phrases.take(NAMED).map(String::as_str).collect::<Vec<_>>().join("; ");
    if more > 0 { format!("{told}; and {more} more") } else { told }
}

/// Why something cannot be judged, in one sentence.
pub(super) fn because(why: &BTreeSet<String>) -> String {
    format!("cannot be judged: {}", some_phrases(why.iter()))
}
