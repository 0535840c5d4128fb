//! What a read of the resource comes to for another question.

use super::context::EstateContext;
use super::question::Question;
use super::reads::{ReadOutcome, ResourceRead};
use super::residual::Truth;
use super::statement;

/// What the read comes to for this question.
#[must_use]
pub fn replay(read: &ResourceRead, question: &Question<'_>) -> ReadOutcome {
    // the keys of a resource and the variables of a clause depend on no other question
    let context = EstateContext::new(question, |_| Truth::False);
    match read {
        ResourceRead::Clause(clause) => ReadOutcome::Clause(statement::resource_truth(clause, &context)),
        ResourceRead::Key(key) => ReadOutcome::Key(context.of_resource_as_text(key)),
    }
}
