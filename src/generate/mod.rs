//! A seedable generator of organisations of any size, for benches, load tests and demonstrations.
//!
//! Owns: the shape of an invented organisation (interfaces 1) and the order of its bytes. Does not know how a snapshot is
//! read back or what its policies decide.
//! INVARIANT: the same `Spec` gives the same bytes on any machine and at any thread count, because each account draws
//! from a random sequence of its own.

mod account;
mod documents;
mod hub;
mod layout;
mod organization;
mod random;
mod roles;
mod template;

use std::io;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use self::layout::Layout;
use crate::diagnostic::Diagnostic;

/// What to invent. Everything else follows from these four numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spec {
    /// Accounts of the organisation; the first three are management, identity (the hub) and delivery (CI).
    pub accounts: usize,
    /// Roles in every account. Below a dozen, only the first of the roles that every account has.
    pub roles_per_account: usize,
    /// IAM users of the hub account.
    pub hub_users: usize,
    /// Another seed gives another organisation of the same size.
    pub seed: u64,
}

impl Spec {
    /// The most accounts that a specification may ask for: what AWS allows one organisation to grow to.
    pub const MAX_ACCOUNTS: usize = 50_000;
    /// The most roles in an account, AWS's own upper limit.
    pub const MAX_ROLES: usize = 10_000;
    /// The most users in an account, AWS's own limit.
    pub const MAX_USERS: usize = 5_000;

    /// An organisation of this size with a customary number of hub users, from 40 for a small one to 400 for the largest.
    #[must_use]
    pub fn new(accounts: usize, roles_per_account: usize) -> Self {
        Self { accounts, roles_per_account, hub_users: (accounts * 3).clamp(40, 400), seed: 1 }
    }

    fn check(&self) -> Result<(), GenerateError> {
        let limits = [
            ("accounts", self.accounts, 1, Self::MAX_ACCOUNTS),
            ("roles per account", self.roles_per_account, 0, Self::MAX_ROLES),
            ("hub users", self.hub_users, 0, Self::MAX_USERS),
        ];
        for (what, value, least, most) in limits {
            if value < least || value > most {
                return Err(GenerateError::OutOfRange { what, value, least, most });
            }
        }
        Ok(())
    }
}

/// What was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Bytes of JSON in all files.
    pub bytes: u64,
    /// Roles in all accounts.
    pub roles: u64,
}

/// Why no organisation was written.
#[derive(Debug, thiserror::Error)]
pub enum GenerateError {
    /// A number of the specification makes no sense.
    #[error("{what}: `{value}` is not between {least} and {most}")]
    OutOfRange {
        /// Which number.
        what: &'static str,
        /// What was asked for.
        value: usize,
        /// The smallest that is allowed.
        least: usize,
        /// The largest that is allowed.
        most: usize,
    },
    /// The directory has something in it; account files of another organisation would become part of this one.
    #[error("directory `{}` is not empty", .0.display())]
    NotEmpty(PathBuf),
    /// The file system refused.
    #[error("cannot write `{}`: {source}", .path.display())]
    Write {
        /// The file or directory.
        path: PathBuf,
        /// What the file system said.
        source: io::Error,
    },
}

impl From<&GenerateError> for Diagnostic {
    fn from(error: &GenerateError) -> Self {
        match error {
            GenerateError::OutOfRange { what, value, least, most } => Self::new(
                "E390",
                "cannot invent an organisation of this size",
                format!("{what} `{value}`"),
                format!("it must be between {least} and {most}"),
                "choose a number in that range",
            ),
            GenerateError::NotEmpty(path) => Self::new(
                "E690",
                "will not write into a directory that is not empty",
                format!("`{}`", path.display()),
                "account files that are already there would count as part of the new organisation",
                "name a new directory, or empty this one first",
            ),
            GenerateError::Write { path, source } => Self::new(
                "E691",
                "cannot write the invented organisation",
                format!("`{}`", path.display()),
                source.to_string(),
                "check the permissions of the directory and the space left on its disk",
            ),
        }
    }
}

/// Writes the organisation into a directory that is new or empty, without a manifest: imported data, as
/// `aws iam get-account-authorization-details` would have left it, and what `scan` reads besides.
///
/// # Errors
///
/// A number out of range, a directory with something in it, or a file system that refuses. What was written until then stays.
pub fn write(spec: &Spec, dir: &Path) -> Result<Written, GenerateError> {
    spec.check()?;
    let accounts = dir.join("accounts");
    std::fs::create_dir_all(dir).map_err(|source| GenerateError::Write { path: dir.to_owned(), source })?;
    let mut entries = std::fs::read_dir(dir).map_err(|source| GenerateError::Write { path: dir.to_owned(), source })?;
    if entries.next().is_some() {
        return Err(GenerateError::NotEmpty(dir.to_owned()));
    }
    std::fs::create_dir(&accounts).map_err(|source| GenerateError::Write { path: accounts.clone(), source })?;

    let layout = Layout::new(*spec);
    let organization = put(dir.join("organization.json"), &organization::file(&layout))?;
    let bytes = (0..spec.accounts)
        .into_par_iter()
        .map(|ix| put(accounts.join(format!("{}.json", layout.id(ix))), &account::file(&layout, ix)))
        .try_reduce(|| 0, |a, b| Ok(a + b))?;
    Ok(Written { bytes: organization + bytes, roles: (spec.accounts * spec.roles_per_account) as u64 })
}

fn put(path: PathBuf, text: &str) -> Result<u64, GenerateError> {
    match std::fs::write(&path, text) {
        Ok(()) => Ok(text.len() as u64),
        Err(source) => Err(GenerateError::Write { path, source }),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;
    use crate::snapshot::account::AccountFile;
    use crate::snapshot::organization::OrganizationFile;

    fn files(spec: &Spec) -> (BTreeMap<String, String>, Written) {
        let dir = tempfile::tempdir().unwrap();
        let written = write(spec, dir.path()).unwrap();
        let mut files = BTreeMap::new();
        files.insert("organization.json".to_owned(), read(&dir.path().join("organization.json")));
        for entry in std::fs::read_dir(dir.path().join("accounts")).unwrap() {
            let entry = entry.unwrap();
            files.insert(entry.file_name().into_string().unwrap(), read(&entry.path()));
        }
        (files, written)
    }

    fn read(path: &Path) -> String {
        std::fs::read_to_string(path).unwrap()
    }

    #[test]
    fn same_seed_same_bytes_at_any_thread_count() {
        let spec = Spec::new(9, 40);
        let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap().install(|| files(&spec));
        let five = rayon::ThreadPoolBuilder::new().num_threads(5).build().unwrap().install(|| files(&spec));
        assert_eq!(one, five);
        assert_eq!(one.1.bytes, one.0.values().map(|text| text.len() as u64).sum::<u64>());
    }

    #[test]
    fn another_seed_gives_another_organisation() {
        let (one, _) = files(&Spec::new(4, 20));
        let (two, _) = files(&Spec { seed: 2, ..Spec::new(4, 20) });
        assert_ne!(one.keys().collect::<Vec<_>>(), two.keys().collect::<Vec<_>>());
    }

    #[test]
    fn every_file_has_the_shape_of_the_snapshot_and_the_roles_asked_for() {
        let (files, written) = files(&Spec::new(12, 50));
        let organization: OrganizationFile = serde_json::from_str(&files["organization.json"]).unwrap();
        let listed: BTreeSet<String> =
            organization.accounts.unwrap().iter().map(|account| format!("{}.json", account.id)).collect();
        let present: BTreeSet<String> = files.keys().filter(|name| *name != "organization.json").cloned().collect();
        assert_eq!(listed, present);
        assert_eq!(written.roles, 12 * 50);
        for (name, text) in files.iter().filter(|(name, _)| *name != "organization.json") {
            let account: AccountFile<'_> = serde_json::from_str(text).unwrap_or_else(|e| panic!("{name}: {e}"));
            let roles = account.role_detail_list.unwrap();
            assert_eq!(roles.len(), 50, "{name}");
            let names: BTreeSet<_> = roles.iter().map(|role| role.role_name.to_lowercase()).collect();
            assert_eq!(names.len(), 50, "{name}: role names are unique");
            assert!(roles.iter().all(|role| role.assume_role_policy_document.is_some()));
        }
    }

    #[test]
    fn no_placeholder_of_a_template_is_left_over() {
        let (files, _) = files(&Spec::new(12, 60));
        for (name, text) in &files {
            let at = text.split_once('@').map(|(_, rest)| rest.chars().take(40).collect::<String>());
            assert_eq!(at, None, "{name}");
        }
    }

    #[test]
    fn every_attached_policy_and_group_exists() {
        let (files, _) = files(&Spec::new(12, 60));
        for (name, text) in files.iter().filter(|(name, _)| *name != "organization.json") {
            let account: AccountFile<'_> = serde_json::from_str(text).unwrap();
            let policies: BTreeSet<_> = account.policies.as_ref().unwrap().iter().map(|p| p.arn.as_ref()).collect();
            let groups: BTreeSet<_> =
                account.group_detail_list.as_ref().unwrap().iter().map(|g| g.group_name.as_ref()).collect();
            let roles = account.role_detail_list.as_ref().unwrap();
            let users = account.user_detail_list.as_ref().unwrap();
            let attached = roles.iter().flat_map(|r| r.attached_managed_policies.iter().flatten());
            for policy in attached.chain(users.iter().flat_map(|u| u.attached_managed_policies.iter().flatten())) {
                assert!(policies.contains(policy.policy_arn.as_ref()), "{name}: {}", policy.policy_arn);
            }
            for boundary in roles.iter().filter_map(|r| r.permissions_boundary.as_ref()) {
                assert!(policies.contains(boundary.permissions_boundary_arn.as_ref()), "{name}");
            }
            for user in users {
                let list = user.group_list.as_ref().unwrap();
                assert!(list.len() <= 10 && list.iter().all(|g| groups.contains(g.as_str())), "{name}: {list:?}");
            }
        }
    }

    #[test]
    fn tiny_organisations_are_whole_too() {
        for (accounts, roles) in [(1, 0), (1, 5), (2, 30), (3, 100)] {
            let (files, written) = files(&Spec::new(accounts, roles));
            assert_eq!((files.len(), written.roles), (accounts + 1, (accounts * roles) as u64));
            for (_, text) in files.iter().filter(|(name, _)| *name != "organization.json") {
                serde_json::from_str::<AccountFile<'_>>(text).unwrap();
            }
        }
    }

    #[test]
    fn a_directory_with_something_in_it_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("mine.txt"), "mine").unwrap();
        assert!(matches!(write(&Spec::new(1, 1), dir.path()), Err(GenerateError::NotEmpty(_))));
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn senseless_numbers_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let error = write(&Spec { accounts: 0, ..Spec::new(1, 1) }, dir.path()).unwrap_err();
        assert_eq!(error.to_string(), "accounts: `0` is not between 1 and 50000");
    }
}
