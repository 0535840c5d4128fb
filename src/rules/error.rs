//! Why rules cannot run as asked.

use std::path::Path;

use crate::diagnostic::{Code, Diagnostic};
use crate::nearest::nearest;

/// Why rules cannot run as asked.
#[derive(Clone, Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum RuleError {
    #[error("no rule `{id}`")]
    Unknown { id: String, known: Vec<String> },
    #[error("`{key}` of rule `{rule}` is not understood")]
    Setting { rule: String, key: &'static str, wanted: &'static str },
    #[error("rule `{rule}` has no setting `{key}`")]
    UnknownSetting { rule: String, key: String, known: Vec<String> },
    #[error("setting `{key}` of rule `{rule}` is {found}, not {wanted}")]
    WrongType { rule: String, key: String, found: &'static str, wanted: &'static str },
    #[error("setting `{key}` of rule `{rule}` is not understood")]
    Value { rule: String, key: String, why: String },
    #[error("the expectation `{name}` cannot be judged")]
    Expectation { at: usize, name: String, why: Box<Diagnostic> },
    #[error("{what}")]
    Own { place: String, what: String, why: String, next: String },
    /// A defect of this build.
    #[error("the card `{file}` cannot be used")]
    Card { file: &'static str, why: String },
}

impl RuleError {
    /// The rule and the setting that are wrong, where it is a matter of `[rules]`; no setting where the rule is wrong.
    #[must_use]
    pub fn setting(&self) -> Option<(&str, Option<&str>)> {
        match self {
            Self::Unknown { id, .. } => Some((id, None)),
            Self::Setting { rule, key, .. } => Some((rule, Some(key))),
            Self::UnknownSetting { rule, key, .. }
            | Self::WrongType { rule, key, .. }
            | Self::Value { rule, key, .. } => Some((rule, Some(key))),
            Self::Expectation { .. } | Self::Own { .. } | Self::Card { .. } => None,
        }
    }

    /// The error as a diagnostic; `file` is the configuration file with the settings.
    #[must_use]
    pub fn diagnostic(&self, file: Option<&Path>) -> Diagnostic {
        let place = |rule: &str| match file {
            Some(file) => format!("{} [rules.{rule}]", file.display()),
            None => format!("[rules.{rule}]"),
        };
        let what = self.to_string();
        match self {
            Self::Unknown { id, known } => {
                let next = suggestion(id, known, "`rolehop rules list` shows them");
                Diagnostic::new(
                    Code::NotFound,
                    what,
                    id.clone(),
                    "no rule has this id, so nothing would be checked",
                    next,
                )
            }
            Self::Setting { rule, wanted, .. } => {
                Diagnostic::new(Code::Usage, what, place(rule), *wanted, "correct the configuration")
            }
            Self::UnknownSetting { rule, key, known } => {
                let next = suggestion(key, known, &format!("`rolehop rules explain {rule}` lists the settings"));
                Diagnostic::new(Code::UnknownKey, what, place(rule), "it would be ignored in silence", next)
            }
            Self::WrongType { rule, .. } => Diagnostic::new(
                Code::WrongType,
                what,
                place(rule),
                "a setting has the type of its default",
                format!("`rolehop rules explain {rule}` shows the default"),
            ),
            Self::Value { rule, why, .. } => {
                // for an unknown word, the parser names those that are known
                let quoted: Vec<String> = why.split('`').skip(1).step_by(2).map(str::to_owned).collect();
                let otherwise = format!("`rolehop rules explain {rule}` shows the default");
                let next = match quoted.split_first() {
                    Some((word, known)) => suggestion(word, known, &otherwise),
                    None => otherwise,
                };
                Diagnostic::new(Code::BadValue, what, place(rule), why.clone(), next)
            }
            Self::Expectation { why, .. } => Diagnostic::new(
                Code::BadExpectation,
                format!("{what}: {}", why.what),
                "[[expect]]",
                why.why.clone(),
                why.next.clone(),
            ),
            Self::Own { place, why, next, .. } => {
                Diagnostic::new(Code::BadRule, what, place.clone(), why.clone(), next.clone())
            }
            Self::Card { file, why } => Diagnostic::new(
                Code::BadCard,
                what,
                *file,
                why.clone(),
                "this is a defect of rolehop: please report it with the version",
            ),
        }
    }
}

fn suggestion(word: &str, known: &[String], otherwise: &str) -> String {
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    nearest(word, &known).map_or_else(|| otherwise.to_owned(), |near| format!("did you mean `{near}`?"))
}
