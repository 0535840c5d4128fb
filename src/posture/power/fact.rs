//! One effective fact about a class of principals: whether it holds, under which conditions, and what is not known of it.

use std::collections::BTreeSet;

use crate::eval::Truth;
use crate::graph::Decision;
use crate::model::Estate;
use crate::posture::entry::{self, Can};
use crate::posture::unknown;

/// Whether a class of principals has a power.
///
/// A power that conditions on the circumstances of a request leave open (MFA, a network, a Region, a time) is there: whoever
/// meets them has it, and [`Fact::conditions`] names them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Fact {
    pub(super) which: Which,
    decision: Decision,
}

/// Which of the powers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Which {
    Administrator,
    Writes,
    BroadRead,
    StopsLogging,
}

impl Fact {
    pub(super) fn new(which: Which, truth: Truth) -> Self {
        Self { which, decision: Decision::new(truth) }
    }

    /// Whether some request makes use of it; `Perhaps` where that depends on data that was not read.
    pub(crate) fn can(&self) -> Can {
        entry::of(&self.decision)
    }

    /// Whether it certainly holds, under conditions or without.
    pub(crate) fn is_certain(&self) -> bool {
        self.can() == Can::Yes
    }

    /// Whether requests without MFA make use of it: those of a session, or also those that an access key signs.
    pub(crate) fn without_mfa(&self, has_key: bool) -> Can {
        let truth = self.decision.truth();
        let by = |way| entry::can(&entry::with(&truth, way));
        let by_session = by(entry::WITH_SESSION);
        if has_key { by_session.max(by(entry::WITH_KEY)) } else { by_session }
    }

    /// The context keys that its conditions leave open, in AWS's spelling; empty if it holds whatever they are.
    pub(crate) fn conditions(&self) -> BTreeSet<String> {
        self.decision.conditions()
    }

    /// Why it is not known.
    pub(crate) fn why_unknown(&self, estate: &Estate) -> BTreeSet<String> {
        unknown::unclear(estate, &self.decision.truth())
    }
}
