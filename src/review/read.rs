//! Reading a sheet that went through a spreadsheet.
//!
//! Owns: what spreadsheets do to a file (another separator, a mark at its start, columns moved or added, rows sorted) and what is an error.
//! INVARIANT: a row is read, or the error names its line.

use std::collections::{BTreeSet, HashMap};
use std::str::FromStr;

use csv::{ByteRecord, ReaderBuilder};

use super::columns::{COLUMNS, Column, Fact, Section};
use super::line::{Line, Mark};
use super::population::Frozen;
use super::sheet::{LooseEnd, Sheet};
use crate::answer::PrincipalKind;

/// Why a file is no sheet.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum ReadError {
    #[error("it is a workbook, not CSV")]
    Workbook,
    #[error("it is not UTF-8")]
    NotUtf8,
    #[error("its first line is no header of a review: the columns {} are missing", .0.join(", "))]
    NoHeader(Vec<&'static str>),
    #[error("two of its columns are called `{0}`: which of them counts is not known")]
    TwoColumns(&'static str),
    #[error("line {line}: {why}")]
    Line { line: u64, why: String },
}

/// The sheet in this text.
///
/// # Errors
/// If it is none, or if one of its rows cannot be read.
pub fn read(bytes: &[u8]) -> Result<Sheet, ReadError> {
    if bytes.starts_with(b"PK") {
        return Err(ReadError::Workbook);
    }
    let text = std::str::from_utf8(bytes).map_err(|_| ReadError::NotUtf8)?;
    let text = text.trim_start_matches('\u{feff}');
    let mut reader =
        ReaderBuilder::new().delimiter(delimiter(text)).has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut rows = reader.byte_records().map(|record| {
        record.map_err(|error| {
            let line = line_at(text, error.position().map_or(0, csv::Position::byte));
            ReadError::Line { line, why: error.to_string() }
        })
    });
    let places = match rows.next() {
        Some(header) => places(&header?)?,
        None => return Err(ReadError::NoHeader(COLUMNS.map(Column::as_str).to_vec())),
    };
    let mut sheet =
        Sheet { schema: Sheet::SCHEMA, frozen: Frozen::default(), lines: Vec::new(), loose_ends: Vec::new() };
    for row in rows {
        let record = row?;
        let cells = Cells { places: &places, record: &record };
        if cells.is_blank() {
            continue;
        }
        sheet.add(&cells).map_err(|why| {
            let line = line_at(text, record.position().map_or(0, csv::Position::byte));
            ReadError::Line { line, why }
        })?;
    }
    restore_zeros(&mut sheet);
    Ok(sheet)
}

/// The line of the row that begins at this byte, or after the ends of lines that stand there: a row is said to begin where the last one
/// ended, and a `\r\n` or empty lines lie between.
fn line_at(text: &str, byte: u64) -> u64 {
    let at = usize::try_from(byte).unwrap_or(usize::MAX).min(text.len());
    let rest = text.as_bytes().get(at..).unwrap_or_default();
    let between = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
    let before = text.as_bytes().get(..at + between).unwrap_or_default();
    // an old `\r` alone ends a line, too
    let ends = before.iter().zip(before.iter().skip(1).chain([&0])).filter(|(byte, next)| match byte {
        b'\n' => true,
        b'\r' => **next != b'\n',
        _ => false,
    });
    ends.count() as u64 + 1
}

/// Targets that are ids of accounts, with the zeros that a spreadsheet took from the front.
fn restore_zeros(sheet: &mut Sheet) {
    let accounts: BTreeSet<String> = sheet.lines.iter().map(|line| line.account.clone()).collect();
    let targets = sheet.lines.iter_mut().map(|line| &mut line.target).chain(&mut sheet.frozen.targets);
    for target in targets {
        let whole = format!("{target:0>12}");
        if accounts.contains(&whole) {
            *target = whole;
        }
    }
}

/// Which of the separators that spreadsheets write stands most often in the header.
fn delimiter(text: &str) -> u8 {
    let header = text.lines().next().unwrap_or_default();
    let count = |separator: &u8| header.bytes().filter(|byte| byte == separator).count();
    [b'\t', b';', b','].into_iter().max_by_key(count).unwrap_or(b',')
}

/// Where each column stands. Others may stand beside them.
fn places(header: &ByteRecord) -> Result<HashMap<Column, usize>, ReadError> {
    let mut places = HashMap::new();
    for (at, cell) in header.iter().enumerate() {
        let named = Column::named(&String::from_utf8_lossy(cell));
        if let Some(column) = named.filter(|column| places.insert(*column, at).is_some()) {
            return Err(ReadError::TwoColumns(column.as_str()));
        }
    }
    let missing: Vec<_> =
        COLUMNS.into_iter().filter(|column| !places.contains_key(column)).map(Column::as_str).collect();
    if missing.is_empty() { Ok(places) } else { Err(ReadError::NoHeader(missing)) }
}

struct Cells<'a> {
    places: &'a HashMap<Column, usize>,
    record: &'a ByteRecord,
}

impl Cells<'_> {
    fn is_blank(&self) -> bool {
        self.record.iter().all(|cell| cell.trim_ascii().is_empty())
    }

    /// The text of a cell as it was before it was made harmless for a spreadsheet.
    fn get(&self, column: Column) -> String {
        let cell = self.places.get(&column).and_then(|at| self.record.get(*at)).unwrap_or_default();
        let text = String::from_utf8_lossy(cell);
        let text = text.trim();
        let defused = text.strip_prefix('\'').filter(|rest| rest.starts_with(['=', '+', '-', '@']));
        defused.unwrap_or(text).to_owned()
    }

    /// The target in a cell; it may be the id of an account, which spreadsheets take for a number.
    fn target(&self, column: Column) -> Result<String, String> {
        let text = self.get(column);
        let is_digit = |c: char| c.is_ascii_digit() || c == '.' || c == ',';
        let power = text.split_once(['E', 'e']).filter(|(front, _)| !front.is_empty() && front.chars().all(is_digit));
        match power.and_then(|(_, power)| power.strip_prefix('+')?.parse::<u8>().ok()) {
            Some(_) => Err(format!("`{text}` was the id of an account, and a spreadsheet made a number of it")),
            None => Ok(text),
        }
    }

    fn list(&self, column: Column) -> Vec<String> {
        self.get(column).split("; ").filter(|item| !item.is_empty()).map(str::to_owned).collect()
    }

    fn word<T: FromStr>(&self, column: Column) -> Result<T, String> {
        let text = self.get(column);
        text.to_ascii_lowercase().parse().map_err(|_| self.wrong(column, &text))
    }

    fn wrong(&self, column: Column, text: &str) -> String {
        format!("`{text}` cannot stand in the column `{}`", column.as_str())
    }
}

impl Sheet {
    fn add(&mut self, cells: &Cells<'_>) -> Result<(), String> {
        match cells.word(Column::Section)? {
            Section::Access => self.lines.push(line(cells)?),
            Section::LooseEnd => self.loose_ends.push(LooseEnd {
                kind: cells.word(Column::Kind)?,
                subject: cells.get(Column::Person),
                note: cells.get(Column::Note),
            }),
            Section::Population => self.frozen.add(cells)?,
        }
        Ok(())
    }
}

fn line(cells: &Cells<'_>) -> Result<Line, String> {
    let role = cells.get(Column::Role);
    // a spreadsheet takes the zeros from the front of an account id
    let account = role.split(':').nth(4).unwrap_or_default().to_owned();
    let beside = cells.get(Column::Account);
    let is_id = !beside.is_empty() && beside.bytes().all(|byte| byte.is_ascii_digit());
    if is_id && format!("{beside:0>12}") != account {
        return Err(format!("the column `account` has `{beside}`, and the role is of {account}"));
    }
    let hops = cells.get(Column::Hops);
    let verdict = cells.get(Column::Verdict).to_ascii_lowercase();
    let kind = cells.get(Column::Kind).to_ascii_lowercase();
    let of_word = |text: &str| serde_json::Value::String(text.to_owned());
    Ok(Line {
        person: cells.get(Column::Person),
        kind: serde_json::from_value::<PrincipalKind>(of_word(&kind)).map_err(|_| cells.wrong(Column::Kind, &kind))?,
        id: cells.get(Column::Id),
        email: cells.get(Column::Email),
        target: cells.target(Column::Target)?,
        account_name: cells.get(Column::AccountName),
        power: cells.word(Column::Power)?,
        via: cells.list(Column::Via),
        hops: hops.parse().map_err(|_| cells.wrong(Column::Hops, &hops))?,
        verdict: serde_json::from_value(of_word(&verdict)).map_err(|_| cells.wrong(Column::Verdict, &verdict))?,
        conditions: cells.list(Column::Conditions),
        mfa: cells.get(Column::Mfa),
        last_used: cells.get(Column::LastUsed),
        mark: Mark {
            decision: cells.get(Column::Decision),
            reviewer: cells.get(Column::Reviewer),
            date: cells.get(Column::Date),
        },
        account,
        role,
    })
}

impl Frozen {
    fn add(&mut self, cells: &Cells<'_>) -> Result<(), String> {
        let note = cells.get(Column::Note);
        let count = || note.parse().map_err(|_| cells.wrong(Column::Note, &note));
        match cells.word(Column::Kind)? {
            Fact::Target => self.targets.push(cells.target(Column::Note)?),
            Fact::Snapshot => self.snapshot = note,
            Fact::Organization => self.organization = note,
            Fact::At => self.at = note,
            Fact::Roles => self.roles = count()?,
            Fact::People => self.people = count()?,
            Fact::Lines => self.lines = count()?,
            Fact::Machines => self.machines = count()?,
            Fact::Missing => self.missing.push(note),
            Fact::NotFollowed => self.not_followed.push(note),
            Fact::Seal => self.seal = note,
        }
        Ok(())
    }
}
