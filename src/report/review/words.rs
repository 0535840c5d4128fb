//! The words of a review.

use crate::report::terminal::names::{Names, number, plural, short};
use crate::review::{Line, NotCompared, Remark};

/// A line as people name it.
pub(super) fn shown(line: &Line, names: &Names) -> String {
    format!("{} on {}", line.person, short(&line.role, names))
}

pub(super) fn said(remark: &Remark, names: &Names) -> String {
    match remark {
        Remark::Undecided { line } => format!("no decision: {}", shown(line, names)),
        Remark::UnknownDecision { line } => {
            format!("`{}` is neither `keep` nor `revoke`: {}", line.mark.decision, shown(line, names))
        }
        Remark::NoReviewer { line } => format!("decided by nobody: {}", shown(line, names)),
        Remark::NoDate { line } => format!("decided on no day: {}", shown(line, names)),
        Remark::UnknownDate { line } => {
            format!("`{}` is no date, which is written like 2026-11-30: {}", line.mark.date, shown(line, names))
        }
        Remark::ImpossibleDate { line } => {
            format!("`{}` is before the sheet was made, or has not come yet: {}", line.mark.date, shown(line, names))
        }
        Remark::Twice { line } => format!("more than once on the sheet: {}", shown(line, names)),
        Remark::Count { made_with, has } => {
            format!("the sheet was made with {} and has {}", plural(*made_with, "line"), number(*has))
        }
        Remark::Altered => "the seal does not fit: what identifies or describes a person, target, role or way was changed".to_owned(),
        Remark::StrayTarget { targets } => {
            let lines = "it has lines of targets that it does not say it covers, so rows of its population were lost";
            format!("{lines}: {}", targets.join(", "))
        }
        Remark::PopulationAltered => {
            "the seal does not fit: rows of the section `population` were lost or changed (targets, what was missing, the time)"
                .to_owned()
        }
        Remark::NoTime => {
            "the row `at` of the section `population` has no date: that decisions are not older than the sheet cannot be told"
                .to_owned()
        }
        Remark::NoPopulation => {
            "the rows of the section `population` are not there: it cannot be told whether lines were lost".to_owned()
        }
        Remark::MadeOfPart { missing } => {
            format!("the sheet was made although data was missing: {}", missing.join("; "))
        }
    }
}

/// What the seal of an earlier version does not show.
pub(super) const LINES_ALONE: &str = "the sheet is of an earlier version, whose seal is over its lines alone: whether it lost targets, or what was missing, cannot be told";

/// What the seal of the version after it does not show.
pub(super) const WITHOUT_NAMES: &str = "the sheet is of an earlier version, whose seal does not cover names, e-mails, `via` and conditions: whether they are those that it was made with cannot be told";

/// Why nothing is said of a later snapshot.
pub(super) fn not_compared(why: NotCompared) -> &'static str {
    match why {
        NotCompared::SheetOnly => "not compared with a later snapshot",
        NotCompared::SameSnapshot => {
            "not compared: this is the snapshot that the sheet was made from; `--snapshot DIR` names a later one"
        }
        NotCompared::NoTargets => "not compared: the sheet does not say what it is about",
    }
}
