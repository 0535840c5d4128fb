//! Names of the files that a snapshot has once.
//!
//! Owns: which files are of the organization as a whole. Accounts have files of their own, below `accounts/`.

pub(super) const ORGANIZATION: &str = "organization.json";
pub(super) const IDENTITY_CENTER: &str = "identity-center.json";
pub(super) const ACCOUNT_ACCESS: &str = "account-access.json";

/// What such a name has in addition if the file is compressed.
const COMPRESSED: &str = ".zst";

const OF_ORGANIZATION: [&str; 3] = [ORGANIZATION, IDENTITY_CENTER, ACCOUNT_ACCESS];

/// A name, as it is plain and as it is compressed.
pub(super) fn either(name: &str) -> [String; 2] {
    [name.to_owned(), format!("{name}{COMPRESSED}")]
}

/// All of them, plain and compressed.
pub(super) fn of_organization() -> impl Iterator<Item = String> {
    OF_ORGANIZATION.into_iter().flat_map(either)
}

/// Whether a name is one of them.
pub(crate) fn is_of_organization(name: &str) -> bool {
    OF_ORGANIZATION.contains(&name.strip_suffix(COMPRESSED).unwrap_or(name))
}

/// Whether a name is of a file about people.
#[cfg(feature = "aws")]
pub(crate) fn is_of_people(name: &str) -> bool {
    [IDENTITY_CENTER, ACCOUNT_ACCESS].contains(&name.strip_suffix(COMPRESSED).unwrap_or(name))
}
