//! A name that cannot be used: what is wrong with it, and what to do.

use std::collections::BTreeSet;

use crate::diagnostic::{Code, Diagnostic};
use crate::snapshot::ledger::Gap;

/// Candidates that an error lists at most.
pub(super) const SHOWN: usize = 5;

/// A name that cannot be understood.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum SelectError {
    #[error("{}", .0.what)]
    Unknown(Box<Told>),
    #[error("`{name}` fits {count} names")]
    Ambiguous { name: String, count: usize, candidates: Vec<String> },
    #[error("{}", .0.what)]
    EmptyTarget(Box<Told>),
    #[error("`{0}` is not a role")]
    NotARole(String),
    #[error("`{0}` is a user, not a role")]
    User(String),
    #[error("`{0}` stands for more than one principal")]
    NotOne(String),
}

/// The one of these that a name means; `None` where it fits none. `shown` is how each is named in the error where it fits several.
pub(super) fn the_one<T: Copy>(text: &str, found: &[T], shown: impl Fn(T) -> String) -> Result<Option<T>, SelectError> {
    match found {
        [] => Ok(None),
        [only] => Ok(Some(*only)),
        many => Err(SelectError::Ambiguous {
            name: text.to_owned(),
            count: many.len(),
            candidates: many.iter().take(SHOWN).map(|one| shown(*one)).collect(),
        }),
    }
}

/// What is told of a name that fits nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    pub(super) name: String,
    pub(super) what: String,
    pub(super) why: String,
    pub(super) next: String,
    /// Lines of a configuration.
    pub(super) lines: Vec<String>,
    /// Why something may have the name all the same: what was not read.
    pub(super) unread: BTreeSet<Gap>,
    /// Whether it names something of an account that cannot be used.
    pub(super) is_out_of_use: bool,
}

impl SelectError {
    /// For a name that fits nothing: why it may fit something all the same. `None` for other errors.
    #[must_use]
    pub fn unread(&self) -> Option<&BTreeSet<Gap>> {
        match self {
            Self::Unknown(told) | Self::EmptyTarget(told) => Some(&told.unread),
            Self::Ambiguous { .. } | Self::NotARole(_) | Self::User(_) | Self::NotOne(_) => None,
        }
    }

    /// True for a name of something of an account that cannot be used: whether it is there does not matter.
    #[must_use]
    pub fn is_out_of_use(&self) -> bool {
        matches!(self, Self::Unknown(told) if told.is_out_of_use)
    }

    /// The four parts that people are shown.
    #[must_use]
    pub fn diagnostic(&self) -> Diagnostic {
        let (code, place, why, next) = match self {
            Self::Unknown(told) => return told.diagnostic(Code::NameUnknown),
            Self::EmptyTarget(told) => return told.diagnostic(Code::EmptyTarget),
            Self::Ambiguous { name, count, candidates } => {
                let more = count.saturating_sub(candidates.len());
                let more = if more > 0 { format!(" and {more} more") } else { String::new() };
                let why = format!("{}{more}", candidates.join(", "));
                let next = "use one of these, an ARN or the id of an account";
                return Diagnostic::new(Code::NameAmbiguous, self.to_string(), name, why, next);
            }
            Self::NotOne(name) => (
                Code::NotOne,
                name,
                "an edge starts at one user, role, service or provider",
                "name it by ARN or `account/name`; `rolehop who-can ROLE` lists all that reach a role".to_owned(),
            ),
            Self::NotARole(name) => {
                (Code::NotARole, name, "only roles can be assumed", "name a role by ARN or `account/role`".to_owned())
            }
            Self::User(name) => (
                Code::NotARole,
                name,
                "only roles can be assumed",
                format!("`rolehop can {}` shows what the user reaches", crate::shell::word(name)),
            ),
        };
        Diagnostic::new(code, self.to_string(), place.clone(), why, next)
    }
}

impl Told {
    fn diagnostic(&self, code: Code) -> Diagnostic {
        let Self { name, what, why, next, lines, .. } = self.clone();
        Diagnostic::new(code, what, name, why, next).with_lines(lines)
    }
}
