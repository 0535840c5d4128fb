//! Every framework with its controls.
//!
//! Owns: which files there are. A new framework is a file and a row. INVARIANT: a file that does not parse or contradicts itself
//! fails every check.

use std::sync::LazyLock;

use super::error::RuleError;
use super::rule::{CardFile, card_file};
use crate::finding::Framework;

const FILES: &[CardFile] = &[
    card_file!("frameworks/cis-v3"),
    card_file!("frameworks/cis-v4"),
    card_file!("frameworks/cis-v5"),
    card_file!("frameworks/cis-v6"),
    card_file!("frameworks/cis-v7"),
    card_file!("frameworks/iso-27001-2022"),
    card_file!("frameworks/nist-800-53r5"),
    card_file!("frameworks/pci-dss-4.0"),
    card_file!("frameworks/security-hub"),
    card_file!("frameworks/soc2"),
];

static FRAMEWORKS: LazyLock<Result<Vec<Framework>, RuleError>> =
    LazyLock::new(|| FILES.iter().map(|file| read(*file)).collect());

fn read(file: CardFile) -> Result<Framework, RuleError> {
    let refused = |why: String| RuleError::Card { file: file.path, why };
    let framework: Framework = toml::from_str(file.text).map_err(|error| refused(error.message().to_owned()))?;
    match framework.defect() {
        Some(defect) => Err(refused(defect)),
        None => Ok(framework),
    }
}

/// All frameworks, by id.
#[must_use]
pub fn frameworks() -> &'static [Framework] {
    FRAMEWORKS.as_ref().map_or(&[], Vec::as_slice)
}

/// The frameworks, each with its file.
///
/// # Errors
/// If a file cannot be used.
pub(super) fn read_all() -> Result<impl Iterator<Item = (&'static str, &'static Framework)>, RuleError> {
    match &*FRAMEWORKS {
        Ok(frameworks) => Ok(FILES.iter().map(|file| file.path).zip(frameworks)),
        Err(error) => Err(error.clone()),
    }
}

/// One framework.
#[must_use]
pub fn framework(id: &str) -> Option<&'static Framework> {
    frameworks().iter().find(|framework| framework.id == id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_a_framework_under_its_own_name() {
        let dir = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("rules/frameworks");
        let mut files: Vec<String> = std::fs::read_dir(dir)
            .unwrap()
            .map(|file| file.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
            .collect();
        files.sort();
        let known: Vec<String> = read_all().unwrap().map(|(_, framework)| framework.id.clone()).collect();
        assert_eq!(files, known);
    }
}
