//! A question with the estate behind it: what its context keys are read from.

use crate::eval::question::Question;
use crate::eval::residual::Truth;
use crate::model::Estate;

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
}
