//! SHA-256 of files, in hexadecimal.

use std::fs;
use std::io::{self, BufRead};
use std::path::Path;

use sha2::{Digest, Sha256};

/// SHA-256 of bytes.
#[must_use]
pub(crate) fn hex_digest(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// SHA-256 of a file; `None` if there is no regular file of that name.
pub(super) fn digest_of(path: &Path) -> io::Result<Option<String>> {
    match fs::symlink_metadata(path) {
        Ok(found) if found.is_file() => {}
        Ok(_) => return Ok(None),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        Err(error) => return Err(error),
    }
    let mut hash = Sha256::new();
    let mut file = io::BufReader::with_capacity(1 << 16, fs::File::open(path)?);
    loop {
        let read = file.fill_buf()?;
        let length = read.len();
        if length == 0 {
            break;
        }
        hash.update(read);
        file.consume(length);
    }
    Ok(Some(hex::encode(hash.finalize())))
}
