//! What several facts have to do with each other.

use super::test::Test;
use super::truth::Truth;
use super::{equal, request, tags};

/// What holds of the facts that these tests read, whatever their outcome; true where nothing links them.
pub(super) fn linked<'t>(tests: impl Iterator<Item = &'t Test> + Clone) -> Truth {
    tags::linked(tests.clone()).and(request::linked(tests.clone())).and(equal::linked(tests))
}
