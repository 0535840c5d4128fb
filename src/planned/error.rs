//! Why a plan cannot be read.

use crate::diagnostic::{Code, Diagnostic};

/// A file that is no plan, or one that does not say enough.
#[derive(Clone, Debug)]
pub struct PlanError(Box<Diagnostic>);

impl PlanError {
    pub(super) fn new(what: impl Into<String>, place: &str, why: &str, next: &str) -> Self {
        Self(Box::new(Diagnostic::new(Code::Usage, what, place, why, next)))
    }

    /// The four parts that people are shown.
    #[must_use]
    pub fn diagnostic(self) -> Diagnostic {
        *self.0
    }
}
