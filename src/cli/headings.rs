//! Headings of options that the help treats in its own way.

/// The heading of the options that all commands have.
pub(super) const GLOBAL: &str = "Global options";

/// The heading of options of the sessions that accounts are read with, and of the sign-in before them.
pub(super) const SESSIONS: &str = "Sessions";

/// The heading of options that read trails and their events.
pub(super) const CLOUDTRAIL: &str = "CloudTrail";

/// The heading of options that read the organization's people.
pub(super) const PEOPLE: &str = "People";

/// The heading of options of `check` that `scan` only names.
pub(super) const SELECTION: &str = "Findings";
