//! What a path knows of MFA: it comes only from a user at the start, and every hop keeps it.
//!
//! Source: AWS IAM User Guide, "Configuring MFA-protected API access".

/// What a path knows of MFA.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mode {
    /// It carries none: the start is no user, or a user without, or with an MFA code in the first call alone.
    Plain,
    /// The start is a user's session with MFA.
    Mfa,
    /// Either way: only edges that hold in both are followed.
    Free,
}
