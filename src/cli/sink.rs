//! `FORMAT[=FILE]`: a format of findings, and where it goes.

use std::path::PathBuf;
use std::str::FromStr;

use crate::report::formats::FORMATS;
use crate::report::view::Format;

/// A format, and the file it goes to if that is not standard output.
#[derive(Clone, Debug)]
pub(super) struct Sink {
    pub(super) format: &'static Format,
    pub(super) file: Option<PathBuf>,
}

impl Sink {
    pub(super) fn printed(format: &'static Format) -> Self {
        Self { format, file: None }
    }
}

pub(super) fn named(name: &str) -> Option<&'static Format> {
    FORMATS.iter().find(|format| format.name == name)
}

fn names() -> Vec<&'static str> {
    FORMATS.iter().map(|format| format.name).collect()
}

pub(super) fn format_help() -> String {
    let names = names();
    let listed = match names.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => names.concat(),
    };
    format!("{listed}; =FILE writes a file")
}

impl FromStr for Sink {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, file) = text.split_once('=').map_or((text, None), |(name, file)| (name, Some(file)));
        let format = named(name).ok_or_else(|| format!("`{name}` is not one of {}", names().join(", ")))?;
        match file {
            Some("") => Err("a file name is missing after `=`".to_owned()),
            file => Ok(Self { format, file: file.map(PathBuf::from) }),
        }
    }
}
