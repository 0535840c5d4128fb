//! A question with the estate behind it: what its context keys are read from.

use crate::eval::question::Question;
use crate::eval::residual::Truth;
use crate::ids::PrincipalIx;
use crate::model::{Document, Estate};
use crate::policy::Policy;

/// Decides a question that a key depends on: whether a service may make a session of the caller's role.
pub(crate) type Decide<'e> = fn(&Question<'e>) -> Truth;

/// The request context of a question about the estate.
#[derive(Clone, Copy, Debug)]
pub(crate) struct EstateContext<'q, 'e> {
    pub(crate) question: &'q Question<'e>,
    /// The evaluator, which this part of it does not know.
    pub(super) decide: Decide<'e>,
}

impl<'q, 'e> EstateContext<'q, 'e> {
    pub(crate) fn new(question: &'q Question<'e>, decide: Decide<'e>) -> Self {
        Self { question, decide }
    }

    pub(crate) fn estate(&self) -> &'e Estate {
        self.question.estate
    }

    /// The trust policy of a role; `None` where it was not read.
    pub(crate) fn trust(&self, role: PrincipalIx) -> Option<&'e Policy> {
        match self.estate().principal(role).role()?.trust {
            Document::Parsed(ix) => Some(self.estate().policy(ix)),
            Document::Missing(_) => None,
        }
    }
}
