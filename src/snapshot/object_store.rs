//! Snapshots in an object store: `s3://bucket/prefix` instead of a directory.
//!
//! Owns: downloading and uploading snapshots. Everything else works on directories and does not know about object
//! stores. Behind the feature `object-store`: it is the only code of rolehop that writes anywhere but to disk.
//! INVARIANT: the manifest is uploaded last and read first, so that the files it names exist; nothing in the store is
//! ever deleted.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures::StreamExt;
use futures::TryStreamExt;
use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::path::Path as Key;
use object_store::{ObjectStore, ObjectStoreExt, PutPayload};
use tempfile::TempDir;

use super::compute::FOLDER as COMPUTE;
use super::files;
use super::import;
use crate::diagnostic::{Code, Diagnostic};

/// Concurrent transfers.
const SIDE_BY_SIDE: usize = 32;
const MANIFEST: &str = "manifest.json";
const JOURNAL: &str = "journal.jsonl";

/// Why an object could not be downloaded or uploaded.
#[derive(Debug, thiserror::Error)]
#[error("cannot {action} `{url}`: {why}")]
pub struct StoreError {
    action: &'static str,
    url: String,
    why: String,
    is_write: bool,
}

impl StoreError {
    /// The error in four parts.
    #[must_use]
    pub fn diagnostic(&self) -> Diagnostic {
        let next = "check bucket, prefix, region and the s3:GetObject, s3:PutObject and s3:ListBucket rights of the credentials";
        let code = if self.is_write { Code::ObjectNotWritten } else { Code::ObjectNotRead };
        Diagnostic::new(
            code,
            format!("cannot {} an object", self.action),
            format!("`{}`", self.url),
            self.why.clone(),
            next,
        )
    }
}

/// A bucket and a prefix in it.
struct Place {
    store: Arc<dyn ObjectStore>,
    prefix: Key,
    url: String,
}

impl Place {
    /// Credentials, region and endpoint come from the environment, web identity, the container or the instance.
    fn of(url: &str) -> Result<Self, StoreError> {
        let bad = |why: String| StoreError { action: "use", url: url.to_owned(), why, is_write: false };
        let rest = url.strip_prefix("s3://").ok_or_else(|| bad("only s3:// is known".to_owned()))?;
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let mut builder = AmazonS3Builder::from_env().with_bucket_name(bucket);
        let endpoint = ["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"].iter().find_map(|name| std::env::var(name).ok());
        if let Some(endpoint) = endpoint.filter(|endpoint| !endpoint.is_empty()) {
            let on_loopback =
                ["http://127.0.0.1", "http://localhost", "http://[::1]"].iter().any(|own| endpoint.starts_with(own));
            builder = builder.with_endpoint(endpoint).with_allow_http(on_loopback);
        }
        if std::env::var_os("AWS_SERVER_SIDE_ENCRYPTION").is_none()
            && let Ok(key) = "aws_server_side_encryption".parse::<AmazonS3ConfigKey>()
        {
            builder = builder.with_config(key, "AES256");
        }
        let store = builder.build().map_err(|error| bad(error.to_string()))?;
        Ok(Self { store: Arc::new(store), prefix: Key::from(prefix), url: url.trim_end_matches('/').to_owned() })
    }

    fn key(&self, name: &str) -> Key {
        if name.is_empty() { self.prefix.clone() } else { Key::from(format!("{}/{name}", self.prefix)) }
    }

    fn failed(&self, action: &'static str, name: &str, error: &object_store::Error, is_write: bool) -> StoreError {
        StoreError { action, url: format!("{}/{name}", self.url), why: one_line(&error.to_string()), is_write }
    }

    /// `None` if there is no such object.
    async fn get(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let failed = |error: &object_store::Error| self.failed("read", name, error, false);
        match self.store.get(&self.key(name)).await {
            Ok(found) => Ok(Some(found.bytes().await.map_err(|error| failed(&error))?.to_vec())),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(failed(&error)),
        }
    }

    async fn put(&self, name: &str, bytes: Vec<u8>) -> Result<(), StoreError> {
        let put = self.store.put(&self.key(name), PutPayload::from(bytes)).await;
        put.map(drop).map_err(|error| self.failed("write", name, &error, true))
    }

    /// Names of all objects below the prefix.
    async fn names(&self) -> Result<Vec<String>, StoreError> {
        let below = format!("{}/", self.prefix);
        let found: Vec<_> = (self.store.list(Some(&self.prefix)).try_collect().await)
            .map_err(|error| self.failed("list", "", &error, false))?;
        Ok(found.iter().filter_map(|object| object.location.as_ref().strip_prefix(&below).map(str::to_owned)).collect())
    }
}

fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(400).collect()
}

/// Whether a path is a URL of an object store.
#[must_use]
pub fn is_url(path: &Path) -> bool {
    path.to_str().is_some_and(|text| text.starts_with("s3://"))
}

fn block_on<T>(work: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| local("use", Path::new("the asynchronous runtime"), &error, false))?;
    runtime.block_on(work)
}

fn local(action: &'static str, path: &Path, error: &std::io::Error, is_write: bool) -> StoreError {
    StoreError { action, url: path.display().to_string(), why: error.to_string(), is_write }
}

/// A snapshot on disk, for as long as this lives.
#[derive(Debug)]
pub struct Fetched {
    dir: TempDir,
}

impl Fetched {
    /// An empty directory, for a snapshot that will be published.
    ///
    /// # Errors
    /// If there is no room for temporary files.
    pub fn empty() -> Result<Self, StoreError> {
        let dir = tempfile::Builder::new().prefix("rolehop-").tempdir();
        Ok(Self { dir: dir.map_err(|error| local("make", &std::env::temp_dir(), &error, true))? })
    }

    /// Its directory.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.dir.path()
    }
}

/// Downloads a snapshot, or whatever part of one exists.
///
/// # Errors
/// If an object cannot be read.
pub fn fetch(url: &Path) -> Result<Fetched, StoreError> {
    fetch_from(&Place::of(&url.to_string_lossy())?)
}

fn fetch_from(place: &Place) -> Result<Fetched, StoreError> {
    let fetched = Fetched::empty()?;
    block_on(async {
        let names = place.names().await?;
        // without a manifest it is AWS CLI output: every file may be a part
        let imported = !names.iter().any(|name| name == MANIFEST);
        let wanted = names.iter().filter(|name| {
            (imported && !name.split('/').any(|part| part == ".."))
                || *name == MANIFEST
                || *name == JOURNAL
                || files::is_of_organization(name)
                || (name.starts_with("accounts/") && name.matches('/').count() == 1)
                || (name.strip_prefix(COMPUTE).is_some_and(|rest| rest.starts_with('/'))
                    && !name.split('/').any(|part| part == ".."))
        });
        let got = futures::stream::iter(
            wanted.map(|name| async move { Ok::<_, StoreError>((name.clone(), place.get(name).await?)) }),
        );
        let got: Vec<_> = got.buffer_unordered(SIDE_BY_SIDE).try_collect().await?;
        for (name, bytes) in got {
            let Some(bytes) = bytes else { continue };
            write(fetched.path(), &name, &bytes)?;
        }
        Ok(())
    })?;
    Ok(fetched)
}

/// Downloads one object.
///
/// # Errors
/// If there is none, or it cannot be read.
pub fn fetch_file(url: &Path) -> Result<Vec<u8>, StoreError> {
    let text = url.to_string_lossy();
    let (parent, name) = text.rsplit_once('/').unwrap_or((&text, ""));
    let place = Place::of(parent)?;
    let absent =
        || StoreError { action: "read", url: text.to_string(), why: "there is no such object".into(), is_write: false };
    block_on(async { place.get(name).await?.ok_or_else(absent) })
}

/// The snapshots directly below a prefix: everything with a manifest.
///
/// # Errors
/// If the prefix cannot be listed.
pub fn parts_under(url: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let place = Place::of(&url.to_string_lossy())?;
    let names = block_on(place.names())?;
    let part =
        |name: &String| name.strip_suffix("/manifest.json").filter(|part| !part.contains('/')).map(str::to_owned);
    let mut parts: Vec<String> = names.iter().filter_map(part).collect();
    parts.sort();
    Ok(parts.into_iter().map(|part| PathBuf::from(format!("{}/{part}", place.url))).collect())
}

/// Uploads a snapshot: its files, then its manifest.
///
/// # Errors
/// If a file cannot be read or an object cannot be written.
pub fn publish(dir: &Path, url: &Path) -> Result<(), StoreError> {
    publish_in(&Place::of(&url.to_string_lossy())?, dir)
}

fn publish_in(place: &Place, dir: &Path) -> Result<(), StoreError> {
    let mut names = vec![JOURNAL.to_owned()];
    names.extend(files::of_organization());
    let accounts = std::fs::read_dir(dir.join("accounts")).into_iter().flatten().flatten();
    let accounts = accounts.map(|entry| entry.file_name().to_string_lossy().into_owned());
    names.extend(accounts.filter(|name| !name.starts_with('.')).map(|name| format!("accounts/{name}")));
    let compute = import::compute_files(dir);
    let compute = compute.map_err(|error| local("read", dir, &std::io::Error::other(error), true))?;
    names.extend(compute.into_keys());
    block_on(async {
        let put = futures::stream::iter(names.iter().map(|name| put_file(place, dir, name)));
        put.buffer_unordered(SIDE_BY_SIDE).try_collect::<Vec<()>>().await?;
        put_file(place, dir, MANIFEST).await
    })
}

async fn put_file(place: &Place, dir: &Path, name: &str) -> Result<(), StoreError> {
    let path = dir.join(name);
    match std::fs::read(&path) {
        Ok(bytes) => place.put(name, bytes).await,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(local("read", &path, &error, true)),
    }
}

fn write(root: &Path, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
    let path = root.join(name);
    let failed = |error| local("write", &path, &error, true);
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent).map_err(failed)?;
    }
    std::fs::write(&path, bytes).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_runs_with_roles_goes_to_the_store_and_comes_back() {
        let place = Place {
            store: Arc::new(object_store::memory::InMemory::new()),
            prefix: Key::from("whole"),
            url: "s3://bucket/whole".into(),
        };
        let dir = tempfile::tempdir().unwrap();
        let files = [
            (MANIFEST, "{}"),
            ("accounts/111122223333.json", "{}"),
            ("compute/111122223333/eu-west-1/functions.json", r#"{"Functions": []}"#),
            ("compute/regions.json", "{}"),
        ];
        files.iter().for_each(|(name, text)| write(dir.path(), name, text.as_bytes()).unwrap());
        publish_in(&place, dir.path()).unwrap();
        // what belongs to no snapshot
        block_on(place.put("computed.json", b"{}".to_vec())).unwrap();
        let fetched = fetch_from(&place).unwrap();
        for (name, text) in files {
            assert_eq!(std::fs::read_to_string(fetched.path().join(name)).unwrap(), text, "{name}");
        }
        assert!(!fetched.path().join("computed.json").exists());
    }
}
