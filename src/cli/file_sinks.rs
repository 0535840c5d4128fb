//! `FORMAT[=FILE]`, several times: the formats of one answer, and where each goes.
//!
//! Owns: that no two share standard output, and that files can be written before any work is done.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::ValueEnum;

use super::error::CliError;
use super::output;

/// A format, and the file it goes to if that is not standard output.
#[derive(Clone, Debug)]
pub(super) struct FileSink<F> {
    pub(super) format: F,
    pub(super) file: Option<PathBuf>,
}

/// Formats that the command line names.
pub(super) trait Formats: Copy {
    /// Each with its name, in the order in which they are offered; the first is the default.
    fn all() -> Vec<(String, Self)>;
}

impl<F: ValueEnum + Copy> Formats for F {
    fn all() -> Vec<(String, Self)> {
        let named = |format: &F| Some((format.to_possible_value()?.get_name().to_owned(), *format));
        F::value_variants().iter().filter_map(named).collect()
    }
}

impl<F: Formats> FromStr for FileSink<F> {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, file) = text.split_once('=').map_or((text, None), |(name, file)| (name, Some(file)));
        let all = F::all();
        let Some((_, format)) = all.iter().find(|(known, _)| known == name) else {
            let names: Vec<&str> = all.iter().map(|(name, _)| name.as_str()).collect();
            return Err(format!("`{name}` is not one of {}", names.join(", ")));
        };
        match file {
            Some("") => Err("a file name is missing after `=`".to_owned()),
            file => Ok(Self { format: *format, file: file.map(PathBuf::from) }),
        }
    }
}

/// The sinks that are named and those of short options, or else the default; `output` is for what names no file.
pub(super) fn sinks<F: Formats>(
    named: &[FileSink<F>],
    short: impl IntoIterator<Item = F>,
    output: Option<&Path>,
) -> Result<Vec<FileSink<F>>, CliError> {
    let mut sinks = named.to_vec();
    sinks.extend(short.into_iter().map(|format| FileSink { format, file: None }));
    if sinks.is_empty() {
        sinks.extend(F::all().first().map(|(_, format)| FileSink { format: *format, file: None }));
    }
    match (sinks.iter_mut().find(|sink| sink.file.is_none()), output) {
        (Some(bare), _) => bare.file = output.map(Path::to_owned),
        (None, None) => {}
        (None, Some(output)) => {
            return Err(CliError::usage(
                format!("no format is left for `{}`", output.display()),
                "--output",
                "each of the formats has a file of its own",
                "leave out --output (ROLEHOP_OUTPUT), or name a format without a file: `-f table`",
            ));
        }
    }
    if sinks.iter().filter(|sink| sink.file.is_none()).count() > 1 {
        return Err(CliError::usage(
            "two formats would share standard output",
            "--format",
            "only one format can be printed",
            "give the others a file: `-f table -f json=answer.json`",
        ));
    }
    output::check_places(sinks.iter().filter_map(|sink| sink.file.as_deref()))?;
    Ok(sinks)
}
