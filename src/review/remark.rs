//! What can be wrong with a sheet that was filled in: with one of its lines, or with the whole of it.

use serde::Serialize;

use super::line::Line;
use super::sheet::{Sheet, seal};

/// Something that is wrong with a line or the sheet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, strum::AsRefStr)]
#[strum(serialize_all = "kebab-case")]
#[serde(rename_all = "kebab-case", tag = "remark")]
pub enum Remark {
    /// No decision.
    Undecided {
        /// Which line.
        line: Line,
    },
    /// A decision that is neither `keep` nor `revoke`.
    UnknownDecision {
        /// Which line.
        line: Line,
    },
    /// A decision without the name of who made it.
    NoReviewer {
        /// Which line.
        line: Line,
    },
    /// A decision without a date.
    NoDate {
        /// Which line.
        line: Line,
    },
    /// The date is none.
    UnknownDate {
        /// Which line.
        line: Line,
    },
    /// The date is before the sheet was made, or has not come yet.
    ImpossibleDate {
        /// Which line.
        line: Line,
    },
    /// The line stands there more than once.
    Twice {
        /// Which line.
        line: Line,
    },
    /// Lines were lost or added: the sheet had another number of them when it was made.
    Count {
        /// When it was made.
        made_with: usize,
        /// Now.
        has: usize,
    },
    /// Who reaches what was changed: the seal does not fit.
    Altered,
    /// It has no population: its last rows were lost.
    NoPopulation,
    /// It never was whole: data was missing when it was made.
    MadeOfPart {
        /// What.
        missing: Vec<String>,
    },
}

impl Remark {
    /// The line that it is about; `None` if it is about the sheet.
    #[must_use]
    pub fn line(&self) -> Option<&Line> {
        match self {
            Self::Undecided { line }
            | Self::UnknownDecision { line }
            | Self::NoReviewer { line }
            | Self::NoDate { line }
            | Self::UnknownDate { line }
            | Self::ImpossibleDate { line }
            | Self::Twice { line } => Some(line),
            Self::Count { .. } | Self::Altered | Self::NoPopulation | Self::MadeOfPart { .. } => None,
        }
    }
}

/// What is wrong with a sheet as a whole.
pub(super) fn of_sheet(sheet: &Sheet) -> Vec<Remark> {
    let mut remarks: Vec<Remark> = lost(sheet).into_iter().collect();
    let missing = &sheet.frozen.missing;
    if !missing.is_empty() {
        remarks.push(Remark::MadeOfPart { missing: missing.clone() });
    }
    remarks
}

/// Why a sheet does not have the lines that it was made with, or may not.
pub(super) fn lost(sheet: &Sheet) -> Option<Remark> {
    let frozen = &sheet.frozen;
    if frozen.seal.is_empty() || frozen.targets.is_empty() {
        Some(Remark::NoPopulation)
    } else if frozen.lines != sheet.lines.len() {
        Some(Remark::Count { made_with: frozen.lines, has: sheet.lines.len() })
    } else {
        (frozen.seal != seal(&sheet.lines)).then_some(Remark::Altered)
    }
}
