//! Writes the files of a generated organization.

use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::error::GenerateError;
use super::layout::Layout;
use super::spec::Spec;
use super::{account, organization, people};

/// What was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Bytes of JSON in all files.
    pub bytes: u64,
    /// Roles in all accounts.
    pub roles: u64,
}

/// Writes the organization into a directory that is new or empty, without a manifest: imported data, as `aws iam
/// get-account-authorization-details` would have left it, and what `scan` reads besides.
///
/// # Errors
///
/// If a number is out of range, the directory is not empty, or the file system refuses. What was written until then stays.
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
    let people = match people::file(&layout) {
        Some(file) => {
            let path = dir.join("identity-center.json");
            match serde_json::to_string(&file) {
                Ok(text) => put(path, &format!("{text}\n"))?,
                Err(error) => return Err(GenerateError::Write { path, source: error.into() }),
            }
        }
        None => 0,
    };
    let bytes = (0..spec.accounts)
        .into_par_iter()
        .map(|ix| put(accounts.join(format!("{}.json", layout.id(ix))), &account::file(&layout, ix)))
        .try_reduce(|| 0, |a, b| Ok(a + b))?;
    Ok(Written { bytes: organization + people + bytes, roles: (spec.accounts * spec.roles_per_account) as u64 })
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
        for name in ["organization.json", "identity-center.json"] {
            if dir.path().join(name).exists() {
                files.insert(name.to_owned(), read(&dir.path().join(name)));
            }
        }
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
        let spec = Spec { people: 50, ..Spec::new(9, 40) };
        let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap().install(|| files(&spec));
        let five = rayon::ThreadPoolBuilder::new().num_threads(5).build().unwrap().install(|| files(&spec));
        assert_eq!(one, five);
        assert_eq!(one.1.bytes, one.0.values().map(|text| text.len() as u64).sum::<u64>());
    }

    #[test]
    fn another_seed_gives_another_organization() {
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
    fn each_shape_is_there_by_default_and_gone_at_zero() {
        let shapes = [
            ("a literal tag", r#""aws:PrincipalTag/team":"payments""#),
            ("the role's own tag", "${aws:ResourceTag/team}"),
            ("a tag in an ARN", "role/${aws:PrincipalTag/team}-data-*"),
            ("a pinned name", r#""sts:RoleSessionName":"${aws:username}""#),
            ("a source identity set", r#""sts:SourceIdentity":"${aws:username}""#),
            ("a source identity read", r#""aws:SourceIdentity":"person-*""#),
            ("a permission set", "AWSReservedSSO_DataEngineer_"),
            (
                "everybody by organization",
                r#""Principal":{"AWS":"*"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"aws:PrincipalOrgID""#,
            ),
            ("everybody by path", "o-generated0/r-gen0/ou-gen0-workload/*"),
        ];
        let with = files(&Spec::new(40, 60)).0;
        let none = Spec { sso_sets: 0, any_principal: 0, ..Spec::new(40, 60).without_sessions() };
        let without = files(&none).0;
        let has = |files: &BTreeMap<String, String>, text: &str| files.values().any(|file| file.contains(text));
        for (shape, text) in shapes {
            assert!(has(&with, text), "{shape}");
            assert!(!has(&without, text), "{shape}");
        }
        assert!(!has(&without, "AWSReservedSSO"));
        let plain = files(&Spec::new(40, 60).without_sessions()).0;
        for key in ["aws:PrincipalTag", "RoleSessionName", "SourceIdentity"] {
            assert!(has(&with, key) && !has(&plain, key), "{key}");
        }
    }

    #[test]
    fn a_share_changes_the_roles_it_is_about_and_no_other() {
        let trusts = |spec: &Spec| -> BTreeMap<String, String> {
            let documents = |text: &str| -> Vec<(String, String)> {
                let account: AccountFile<'_> = serde_json::from_str(text).unwrap();
                let roles = account.role_detail_list.unwrap();
                let of = |role: &crate::snapshot::account::RoleDetail<'_>| {
                    (role.arn.to_string(), format!("{:?}", role.assume_role_policy_document))
                };
                roles.iter().map(of).collect()
            };
            let (files, _) = files(spec);
            files
                .iter()
                .filter(|(name, _)| *name != "organization.json")
                .flat_map(|(_, text)| documents(text))
                .collect()
        };
        let spec = Spec::new(20, 60);
        let (with, without) = (trusts(&spec), trusts(&Spec { session_names: 0, ..spec }));
        let changed: Vec<&String> =
            with.iter().filter(|(arn, trust)| without[*arn] != **trust).map(|(arn, _)| arn).collect();
        assert!(!changed.is_empty());
        assert!(changed.iter().all(|arn| arn.contains("-operator-")), "{changed:?}");
    }

    #[test]
    fn tiny_organizations_are_whole_too() {
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
        let error = write(&Spec { abac: 101, ..Spec::new(1, 1) }, dir.path()).unwrap_err();
        assert_eq!(error.to_string(), "percent of attribute-based access: `101` is not between 0 and 100");
    }
}
