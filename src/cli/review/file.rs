//! The file of a sheet, and the names in it.

use std::path::Path;

use crate::cli::error::CliError;
use crate::diagnostic::{Code, Diagnostic};
use crate::report::terminal::names::Names;
use crate::review::{self, ReadError, Sheet};

/// Reads a sheet.
pub(super) fn read(path: &Path) -> Result<Sheet, CliError> {
    let bad = |why: String, next: &str| {
        let place = path.display().to_string();
        CliError::new(Diagnostic::new(Code::BadSheet, "this sheet of a review cannot be read", place, why, next))
    };
    let bytes = std::fs::read(path)
        .map_err(|error| bad(error.to_string(), "name a file that `rolehop review TARGET --csv -o FILE` wrote"))?;
    review::read(&bytes).map_err(|error| {
        let next = match error {
            ReadError::Workbook => "save it as CSV: the spreadsheet's menu has \"Save as\", format \"CSV UTF-8\"",
            ReadError::NotUtf8 => "save it as \"CSV UTF-8\"",
            ReadError::NoHeader(_) => "keep the first row of the sheet as it was made; columns may move",
            ReadError::TwoColumns(_) => "take one of the two columns out, or give it another name",
            ReadError::Line { .. } => {
                "put the cell back to what it was; only decision, reviewer and date are to be filled in"
            }
        };
        bad(error.to_string(), next)
    })
}

/// Names of the accounts on a sheet.
pub(super) fn named(sheet: &Sheet) -> Names {
    sheet.lines.iter().map(|line| (line.account.clone(), line.account_name.clone())).collect()
}
