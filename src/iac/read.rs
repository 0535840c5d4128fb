//! Every file below a directory that can define something of IAM.

use std::fs;
use std::io;
use std::path::Path;

use super::definition::Definitions;
use super::{cloudformation, terraform};

/// The size of a file that is read, in bytes.
const MAX_BYTES: u64 = 4 * 1024 * 1024;

/// Directories that tools fill; what is in them is a copy. Hidden ones, `.terraform` among them, are left out too.
const LEFT_OUT: [&str; 2] = ["node_modules", "cdk.out"];

/// A file that could not be read, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// As in [`Place`](super::Place).
    pub file: String,
    /// In one line.
    pub reason: String,
}

/// What a directory defines.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// By name.
    pub definitions: Definitions,
    /// In the order of their paths.
    pub unread: Vec<Unread>,
}

/// Reads a directory and those below it; places begin with `prefix`. Links are not followed.
///
/// # Errors
/// If the directory itself cannot be read.
pub fn read(dir: &Path, prefix: &str) -> io::Result<Sources> {
    let mut sources = Sources::default();
    let mut entries = fs::read_dir(dir)?.collect::<io::Result<Vec<_>>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let name = entry.file_name().to_string_lossy().into_owned();
        let shown = if prefix.is_empty() { name.clone() } else { format!("{prefix}/{name}") };
        let is_dir = match entry.file_type() {
            Ok(kind) if kind.is_symlink() => continue,
            Ok(kind) => kind.is_dir(),
            Err(error) => {
                sources.unread.push(Unread { file: shown, reason: error.to_string() });
                continue;
            }
        };
        if is_dir {
            if name.starts_with('.') || LEFT_OUT.contains(&name.as_str()) {
                continue;
            }
            match read(&entry.path(), &shown) {
                Ok(below) => sources.append(below),
                Err(error) => sources.unread.push(Unread { file: shown, reason: error.to_string() }),
            }
        } else if let Err(reason) = read_file(&entry.path(), &name, &shown, &mut sources.definitions) {
            let reason = reason.split_whitespace().collect::<Vec<_>>().join(" ");
            sources.unread.push(Unread { file: shown, reason });
        }
    }
    Ok(sources)
}

impl Sources {
    fn append(&mut self, other: Self) {
        self.definitions.append(other.definitions);
        self.unread.extend(other.unread);
    }
}

/// Languages by the end of a file's name; `sign` stands in every file that defines something of IAM, so that others are not parsed.
struct Language {
    ends: &'static [&'static str],
    sign: &'static str,
    read: fn(&str, &str, &mut Definitions) -> Result<(), String>,
}

/// The first that fits.
const LANGUAGES: [Language; 3] = [
    Language { ends: &[".tf.json"], sign: "aws_iam_", read: terraform::read_json },
    Language { ends: &[".tf"], sign: "aws_iam_", read: terraform::read_hcl },
    Language { ends: &[".yaml", ".yml", ".json", ".template"], sign: "AWS::IAM::", read: cloudformation::read },
];

fn read_file(path: &Path, name: &str, shown: &str, definitions: &mut Definitions) -> Result<(), String> {
    let fits = |language: &&Language| language.ends.iter().any(|end| name.ends_with(end));
    let Some(language) = LANGUAGES.iter().find(fits) else { return Ok(()) };
    let size = fs::metadata(path).map_err(|error| error.to_string())?.len();
    if size > MAX_BYTES {
        return Err(format!("it has {size} bytes; files of up to {MAX_BYTES} are read"));
    }
    let bytes = fs::read(path).map_err(|error| error.to_string())?;
    let text = String::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned())?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    if text.contains(language.sign) { (language.read)(text, shown, definitions) } else { Ok(()) }
}
