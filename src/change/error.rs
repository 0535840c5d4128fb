//! A change that names what is not there.

use crate::diagnostic::{Code, Diagnostic};
use crate::graph::SelectError;
use crate::nearest::near;

/// Names that an error lists at most.
const SHOWN: usize = 5;

/// Why a change cannot be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeError(Box<Diagnostic>);

impl ChangeError {
    /// A name that fits nothing: what was looked for, the argument, and what is there.
    pub(super) fn unknown<'a>(
        what: impl Into<String>,
        place: &str,
        sought: &str,
        there: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        let there: Vec<&str> = there.into_iter().collect();
        let near = near(sought, there.iter().copied(), SHOWN);
        let next = match near.split_last() {
            None => "`rolehop path` and `rolehop explain` show documents and statements as they are named".to_owned(),
            Some((only, [])) => format!("did you mean `{only}`?"),
            Some((last, rest)) => format!("did you mean `{}` or `{last}`?", rest.join("`, `")),
        };
        Self(Box::new(Diagnostic::new(Code::NameUnknown, what, place, listed(&there), next)))
    }

    /// A name that fits nothing that was read, where more may be there.
    pub(super) fn unread(what: impl Into<String>, place: &str, why: String) -> Self {
        let next = "read what is missing: `rolehop doctor` shows what is denied";
        Self(Box::new(Diagnostic::new(Code::NameUnknown, what, place, why, next)))
    }

    pub(super) fn ambiguous(place: &str, count: usize, candidates: &[String]) -> Self {
        let shown: Vec<&str> = candidates.iter().take(SHOWN).map(String::as_str).collect();
        let what = format!("`{place}` fits {count} names");
        let next = "name one of these";
        Self(Box::new(Diagnostic::new(Code::NameAmbiguous, what, place, shown.join(", "), next)))
    }

    /// What rolehop understands and cannot do.
    pub(super) fn refused(what: impl Into<String>, place: &str, why: &str, next: &str) -> Self {
        Self(Box::new(Diagnostic::new(Code::Usage, what, place, why, next)))
    }

    /// The four parts that people are shown.
    #[must_use]
    pub fn diagnostic(self) -> Diagnostic {
        *self.0
    }
}

impl From<SelectError> for ChangeError {
    fn from(error: SelectError) -> Self {
        Self(Box::new(error.diagnostic()))
    }
}

fn listed(there: &[&str]) -> String {
    match there.len() {
        0 => "there is none".to_owned(),
        count if count > SHOWN => {
            let shown = there.get(..SHOWN).unwrap_or_default();
            format!("there are {} and {} more", shown.join(", "), count - SHOWN)
        }
        1 => format!("there is only {}", there.join("")),
        _ => format!("there are {}", there.join(", ")),
    }
}
