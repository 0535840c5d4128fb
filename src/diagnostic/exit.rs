//! Exit codes: the same for every command and every format.

use std::process::ExitCode;

/// Why the process ends. Of several reasons, the one that comes first in the order of [`Exit::worst`] wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Complete; nothing at or above the threshold.
    Clean,
    /// No usable result.
    Internal,
    /// Arguments, configuration or waivers.
    Usage,
    /// Findings, or another answer than expected.
    Findings,
    /// Something was not read; nothing was found in what was.
    Incomplete,
    /// Both.
    IncompleteWithFindings,
    /// Credentials, discovery, no account readable.
    CouldNotStart,
    /// Output or snapshot could not be written.
    CouldNotWrite,
    /// Snapshot unreadable, damaged or too new.
    BadSnapshot,
    /// SIGINT.
    Interrupted,
    /// SIGTERM, or the terminal went away.
    Terminated,
}

impl Exit {
    /// The exit code of the process.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Clean => 0,
            Self::Internal => 1,
            Self::Usage => 2,
            Self::Findings => 3,
            Self::Incomplete => 4,
            Self::IncompleteWithFindings => 5,
            Self::CouldNotStart => 6,
            Self::CouldNotWrite => 7,
            Self::BadSnapshot => 8,
            Self::Interrupted => 130,
            Self::Terminated => 143,
        }
    }

    /// The exit of a run that was complete or not, and found something or not.
    #[must_use]
    pub fn of(complete: bool, findings: bool) -> Self {
        match (complete, findings) {
            (true, false) => Self::Clean,
            (true, true) => Self::Findings,
            (false, false) => Self::Incomplete,
            (false, true) => Self::IncompleteWithFindings,
        }
    }

    /// The more serious of two reasons: 2, 6, 8, 7, 1, 5, 4, 3, 0.
    #[must_use]
    pub fn worst(self, other: Self) -> Self {
        let rank = |exit: Self| match exit {
            Self::Interrupted | Self::Terminated => 0,
            Self::Usage => 1,
            Self::CouldNotStart => 2,
            Self::BadSnapshot => 3,
            Self::CouldNotWrite => 4,
            Self::Internal => 5,
            Self::IncompleteWithFindings => 6,
            Self::Incomplete => 7,
            Self::Findings => 8,
            Self::Clean => 9,
        };
        if rank(self) <= rank(other) { self } else { other }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_graver_reason_wins_in_the_documented_order() {
        use Exit as E;
        let order = [
            E::Usage,
            E::CouldNotStart,
            E::BadSnapshot,
            E::CouldNotWrite,
            E::Internal,
            E::IncompleteWithFindings,
            E::Incomplete,
            E::Findings,
            E::Clean,
        ];
        assert_eq!(order.map(Exit::code), [2, 6, 8, 7, 1, 5, 4, 3, 0]);
        for (at, graver) in order.iter().enumerate() {
            for lesser in &order[at..] {
                assert_eq!(graver.worst(*lesser), *graver);
                assert_eq!(lesser.worst(*graver), *graver);
            }
        }
    }
}
