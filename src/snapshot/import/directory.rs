//! Which files of a directory belong to which account.
//!
//! Owns: folders, file names, and what a file that is not named after an account is about. Does not know file contents.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use super::{account, document, encoding, join, names, organization, people, recognize, whose};
use crate::diagnostic::Code;
use crate::ids::AccountId;
use crate::snapshot::account::AccountFile;
use crate::snapshot::account_access::AccountAccessFile;
use crate::snapshot::error::{Refusal, SnapshotError};
use crate::snapshot::identity_center::IdentityCenterFile;
use crate::snapshot::organization::OrganizationFile;

/// Levels of folders below an account's folder that are searched.
pub(super) const DEPTH: usize = 3;

/// The contents of a directory, by account.
#[derive(Debug, Default)]
pub(in crate::snapshot) struct Import {
    accounts: BTreeMap<AccountId, Vec<PathBuf>>,
    pub(in crate::snapshot) organization: Option<OrganizationFile>,
    pub(in crate::snapshot) identity_center: Option<IdentityCenterFile>,
    pub(in crate::snapshot) account_access: Option<AccountAccessFile>,
}

/// Files attributed to one account.
struct Source {
    /// File or folder, for messages.
    path: PathBuf,
    /// The account id in its name.
    id: Option<AccountId>,
    files: Vec<PathBuf>,
}

impl Import {
    /// Lists a directory; reads the files about the organization, and files whose name does not identify an account.
    pub(in crate::snapshot) fn open(dir: &Path) -> Result<Self, SnapshotError> {
        recognize::refuse_directory(dir)?;
        let mut sources = below_accounts(&dir.join("accounts"))?;
        let mut of_organization = Vec::new();
        let mut of_people = Vec::new();
        for path in entries(dir)? {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let lower = name.to_ascii_lowercase();
            if names::is_litter(&path) || lower == "accounts" {
                continue;
            }
            if path.is_dir() {
                if matches!(lower.as_str(), "organization" | "organizations") {
                    of_organization.extend(files_below(&path, DEPTH)?.into_iter().map(|file| (path.clone(), file)));
                } else if people::FOLDERS.contains(&lower.as_str()) {
                    of_people.extend(files_below(&path, DEPTH)?);
                } else if let Some(id) = names::account(&name) {
                    sources.push(folder(path, Some(id))?);
                }
            } else if names::is_json(&name) {
                match kind(&path, &lower)? {
                    Kind::Organization => of_organization.push((dir.to_owned(), path)),
                    Kind::People => of_people.push(path),
                    Kind::Account => {
                        let id = names::account(&names::stem(&name));
                        sources.push(Source { files: vec![path.clone()], path, id });
                    }
                    Kind::Other => {}
                }
            }
        }
        let organization = organization::read(&of_organization)?;
        let management = organization.as_ref().and_then(|file| file.organization.as_ref()?.master_account_id);
        let people = people::read(&of_people, open_accounts(organization.as_ref()), management)?;
        let mut import = Self {
            organization,
            identity_center: people.identity_center,
            account_access: people.account_access,
            ..Self::default()
        };
        for source in sources {
            let id = match source.id {
                Some(id) => id,
                None => told(&source)?,
            };
            import.accounts.entry(id).or_default().extend(source.files);
        }
        Ok(import)
    }

    /// One file of each account: the first if it has several.
    pub(in crate::snapshot) fn files(&self) -> BTreeMap<AccountId, PathBuf> {
        let first = |(id, files): (&AccountId, &Vec<PathBuf>)| Some((*id, files.first()?.clone()));
        self.accounts.iter().filter_map(first).collect()
    }

    /// True if an account has only one file.
    pub(in crate::snapshot) fn is_single(&self, id: AccountId) -> bool {
        self.accounts.get(&id).is_some_and(|files| files.len() == 1)
    }

    /// All data of an account, joined.
    pub(in crate::snapshot) fn with_account<T>(
        &self,
        id: AccountId,
        use_file: impl FnOnce(AccountFile<'_>) -> T,
    ) -> Result<T, SnapshotError> {
        let texts = read(self.accounts.get(&id).map(Vec::as_slice).unwrap_or_default())?;
        let file = join::account(&texts)?;
        let path = texts.first().map(|(path, _)| path.as_path()).unwrap_or(Path::new(""));
        whose::check(path, id, &file)?;
        Ok(use_file(file))
    }
}

/// The accounts of the organization that are not closed; `None` if their list was not saved, or only in part.
fn open_accounts(organization: Option<&OrganizationFile>) -> Option<BTreeSet<AccountId>> {
    let organization = organization.filter(|file| !file.cut.accounts)?;
    let open = organization.accounts.as_ref()?.iter().filter(|listed| listed.is_open());
    Some(open.map(|listed| listed.id).collect())
}

/// The account of a source whose name does not identify one.
fn told(source: &Source) -> Result<AccountId, SnapshotError> {
    read(&source.files).and_then(|texts| whose::told(&source.path, &texts)).map_err(|error| match error {
        SnapshotError::Refused(refusal) => {
            SnapshotError::Refused(Box::new(Refusal { code: Code::WhoseFile, ..*refusal }))
        }
        other => other,
    })
}

/// What a file beside `accounts/` is about.
enum Kind {
    Organization,
    /// Of IAM Identity Center or the account access manager.
    People,
    Account,
    /// Not snapshot data: reports, configuration, notes.
    Other,
}

/// A file beside `accounts/` is snapshot data if its keys say so. One that cannot be read is refused only if its name
/// is that of a saved answer: other files may be there.
fn kind(path: &Path, name: &str) -> Result<Kind, SnapshotError> {
    const SAVED: [&str; 11] = [
        "organization",
        "account",
        "root",
        "polic",
        "target",
        "parent",
        "list-",
        "describe-",
        "get-",
        "identity-center",
        "identitystore",
    ];
    let is_account = AccountId::parse(&names::stem(name)).is_some();
    let named = is_account || SAVED.iter().any(|start| name.starts_with(start));
    if name.starts_with("organization.json") {
        return Ok(Kind::Organization);
    }
    let text = match encoding::text(path) {
        Ok(text) => text,
        Err(error) if named => return Err(error),
        Err(_) => return Ok(Kind::Other),
    };
    let documents = match document::split(path, &text) {
        Ok(documents) => documents,
        Err(error) if named => return Err(error),
        Err(_) => return Ok(Kind::Other),
    };
    if documents.iter().any(people::is_about) {
        return Ok(Kind::People);
    }
    if documents.iter().any(|document| organization::is_about(path, document)) {
        return Ok(Kind::Organization);
    }
    let of_account = documents.iter().any(account::is_about);
    Ok(if of_account { Kind::Account } else { Kind::Other })
}

/// Files and folders of accounts, ordered by name.
fn below_accounts(folder_of_all: &Path) -> Result<Vec<Source>, SnapshotError> {
    let mut sources = Vec::new();
    if !folder_of_all.is_dir() {
        return Ok(sources);
    }
    for path in entries(folder_of_all)?.into_iter().filter(|path| !names::is_litter(path)) {
        let id = names::account(&names::stem(&path.file_name().unwrap_or_default().to_string_lossy()));
        if path.is_dir() && !path.is_symlink() {
            sources.push(folder(path, id)?);
        } else {
            sources.push(Source { files: vec![path.clone()], path, id });
        }
    }
    Ok(sources)
}

fn folder(path: PathBuf, id: Option<AccountId>) -> Result<Source, SnapshotError> {
    recognize::refuse_directory(&path)?;
    let files = files_below(&path, DEPTH)?;
    if files.is_empty() {
        let next = "save the account's files there, or move the folder away";
        return Err(Refusal::of(&path, "is a folder without files", "it stands where an account's data stands", next));
    }
    Ok(Source { path, id, files })
}

pub(super) fn files_below(folder: &Path, depth: usize) -> Result<Vec<PathBuf>, SnapshotError> {
    let mut files = Vec::new();
    for path in entries(folder)?.into_iter().filter(|path| !names::is_litter(path)) {
        if !path.is_dir() || path.is_symlink() {
            files.push(path);
        } else if depth == 0 {
            let next = "put the files into fewer folders";
            return Err(Refusal::of(&path, "lies too deep", "folders are looked into to a depth of four", next));
        } else {
            files.extend(files_below(&path, depth - 1)?);
        }
    }
    Ok(files)
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, SnapshotError> {
    let io = |source| SnapshotError::Io { path: folder.to_owned(), source };
    let mut paths =
        fs::read_dir(folder).map_err(io)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>();
    if let Ok(paths) = &mut paths {
        paths.sort();
    }
    paths.map_err(io)
}

fn read(files: &[PathBuf]) -> Result<Vec<(PathBuf, String)>, SnapshotError> {
    files.iter().map(|path| Ok((path.clone(), encoding::text(path)?))).collect()
}
