//! What can be wrong with a sheet that was filled in: with one of its lines, or with the whole of it.

use std::collections::BTreeSet;

use serde::Serialize;

use super::line::Line;
use super::seal::{day_made, fits_lines, fits_population};
use super::sheet::Sheet;

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
    /// It has lines of targets that it does not cover: rows of its population were lost.
    StrayTarget {
        /// Which targets.
        targets: Vec<String>,
    },
    /// What it covers was changed: the seal does not fit.
    PopulationAltered,
    /// It does not say when it was made.
    NoTime,
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
            Self::Count { .. }
            | Self::Altered
            | Self::StrayTarget { .. }
            | Self::PopulationAltered
            | Self::NoTime
            | Self::NoPopulation
            | Self::MadeOfPart { .. } => None,
        }
    }
}

/// What is wrong with a sheet as a whole.
pub(super) fn of_sheet(sheet: &Sheet) -> Vec<Remark> {
    let mut remarks: Vec<Remark> = lost(sheet).into_iter().collect();
    // without its population it has no time either
    if day_made(&sheet.frozen).is_none() && !remarks.contains(&Remark::NoPopulation) {
        remarks.push(Remark::NoTime);
    }
    let missing = &sheet.frozen.missing;
    if !missing.is_empty() {
        remarks.push(Remark::MadeOfPart { missing: missing.clone() });
    }
    remarks
}

/// Why a sheet does not have the lines, or cover what it was made with, or may not.
pub(super) fn lost(sheet: &Sheet) -> Option<Remark> {
    let frozen = &sheet.frozen;
    let stray: BTreeSet<&String> =
        sheet.lines.iter().map(|line| &line.target).filter(|target| !frozen.targets.contains(target)).collect();
    match () {
        () if frozen.seal.is_empty() || frozen.targets.is_empty() => Some(Remark::NoPopulation),
        () if frozen.lines != sheet.lines.len() => {
            Some(Remark::Count { made_with: frozen.lines, has: sheet.lines.len() })
        }
        () if !fits_lines(frozen, &sheet.lines) => Some(Remark::Altered),
        () if !stray.is_empty() => Some(Remark::StrayTarget { targets: stray.into_iter().cloned().collect() }),
        () => (fits_population(frozen) == Some(false)).then_some(Remark::PopulationAltered),
    }
}
