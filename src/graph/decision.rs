//! A decided request, as small as an edge can carry it.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::answer::Verdict;
use crate::eval::{Test, Truth, Unclear, settle};
use crate::policy::key::KeyKind;

/// The verdict, and for anything but a plain yes or no the formula behind it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Decision {
    verdict: Verdict,
    truth: Option<Arc<Truth>>,
}

impl Decision {
    /// Weighs what is unclear both ways: a request that holds even if everything unclear went against it is no unknown.
    #[must_use]
    pub fn new(truth: Truth) -> Self {
        let truth = settle(truth);
        let verdict = match (&truth, truth.assuming(false), truth.assuming(true)) {
            (Truth::True, ..) | (_, Truth::True, _) => Verdict::Allowed,
            (Truth::False, ..) | (.., Truth::False) => Verdict::Denied,
            (_, Truth::Depends(_), _) => Verdict::Conditional,
            (_, Truth::False, _) => Verdict::Unknown,
        };
        let truth = matches!(verdict, Verdict::Conditional | Verdict::Unknown).then(|| Arc::new(truth));
        Self { verdict, truth }
    }

    /// What is known.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        self.verdict
    }

    /// True where a test of this kind is left to decide.
    #[must_use]
    pub fn has_test(&self, wanted: &impl Fn(&Test) -> bool) -> bool {
        self.truth.as_ref().is_some_and(|t| t.has_test(wanted))
    }

    /// What is left to decide; a constant where nothing is.
    #[must_use]
    pub fn truth(&self) -> Truth {
        match (&self.truth, self.verdict) {
            (Some(truth), Verdict::Conditional) => truth.assuming(false),
            (Some(truth), _) => (**truth).clone(),
            (None, Verdict::Denied) => Truth::False,
            (None, _) => Truth::True,
        }
    }

    /// The deciding context keys in AWS's spelling.
    #[must_use]
    pub fn conditions(&self) -> BTreeSet<String> {
        self.truth().keys().into_iter().map(|k| k.as_str().to_owned()).collect()
    }

    /// True where MFA is among what decides.
    #[must_use]
    pub fn asks_for_mfa(&self) -> bool {
        self.truth().keys().iter().any(|k| matches!(k.kind(), KeyKind::MfaPresent | KeyKind::MfaAge))
    }

    /// What is unclear, where the verdict is unknown.
    #[must_use]
    pub fn unclear(&self) -> Vec<Unclear> {
        if self.verdict != Verdict::Unknown {
            return Vec::new();
        }
        self.truth().unclear_parts().into_iter().cloned().collect()
    }
}
