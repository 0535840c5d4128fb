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

impl<F: ValueEnum> FromStr for FileSink<F> {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, file) = text.split_once('=').map_or((text, None), |(name, file)| (name, Some(file)));
        let format = F::from_str(name, false).map_err(|_| format!("`{name}` is not one of {}", names::<F>()))?;
        match file {
            Some("") => Err("a file name is missing after `=`".to_owned()),
            file => Ok(Self { format, file: file.map(PathBuf::from) }),
        }
    }
}

fn names<F: ValueEnum>() -> String {
    let names = F::value_variants().iter().filter_map(F::to_possible_value);
    names.map(|value| value.get_name().to_owned()).collect::<Vec<_>>().join(", ")
}

/// The sinks that are named, those of short options, or else the default one; `output` is for what names no file.
pub(super) fn sinks<F: Copy>(
    named: &[FileSink<F>],
    short: impl IntoIterator<Item = F>,
    default: F,
    output: Option<&Path>,
) -> Result<Vec<FileSink<F>>, CliError>
where
    FileSink<F>: Clone,
{
    let mut sinks = named.to_vec();
    sinks.extend(short.into_iter().map(|format| FileSink { format, file: None }));
    if sinks.is_empty() {
        sinks.push(FileSink { format: default, file: None });
    }
    if let Some(bare) = sinks.iter_mut().find(|sink| sink.file.is_none()) {
        bare.file = output.map(Path::to_owned);
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
