//! The columns of a sheet as CSV: the same in every row, so that a spreadsheet can sort and filter.
//!
//! Owns: names and order of columns, what a row of each section has in them. INVARIANT: nothing that is compared later stands in a cell
//! that a spreadsheet rewrites: account ids lose zeros and dates change their form, ARNs and words do not.

use std::str::FromStr;

use super::line::Line;
use super::population::Frozen;
use super::sheet::{LooseEnd, Sheet};

/// A column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, strum::IntoStaticStr, strum::EnumString)]
#[strum(serialize_all = "snake_case", ascii_case_insensitive)]
#[expect(missing_docs, reason = "the fields of `Line`")]
pub enum Column {
    Section,
    Person,
    Kind,
    Email,
    Target,
    AccountName,
    Account,
    Role,
    Power,
    Via,
    Hops,
    Verdict,
    Conditions,
    Mfa,
    LastUsed,
    Decision,
    Reviewer,
    Date,
    Note,
    Id,
}

/// Every column, in order.
pub const COLUMNS: [Column; 20] = {
    use Column as C;
    [
        C::Section,
        C::Person,
        C::Kind,
        C::Email,
        C::Target,
        C::AccountName,
        C::Account,
        C::Role,
        C::Power,
        C::Via,
        C::Hops,
        C::Verdict,
        C::Conditions,
        C::Mfa,
        C::LastUsed,
        C::Decision,
        C::Reviewer,
        C::Date,
        C::Note,
        C::Id,
    ]
};

/// A row, a cell for each of [`COLUMNS`].
pub type Row = [String; 20];

/// What a row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, strum::IntoStaticStr, strum::EnumString)]
#[strum(serialize_all = "kebab-case", ascii_case_insensitive)]
pub enum Section {
    /// A line to decide.
    Access,
    /// Something that belongs to nobody.
    LooseEnd,
    /// What the sheet covers: `kind` says which number or text, `note` has it.
    Population,
}

/// What a row of the section `population` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, strum::IntoStaticStr, strum::EnumString)]
#[strum(serialize_all = "kebab-case", ascii_case_insensitive)]
pub(super) enum Fact {
    Target,
    Snapshot,
    Organization,
    At,
    Roles,
    People,
    Lines,
    Machines,
    Missing,
    NotFollowed,
    Seal,
}

impl Column {
    /// Its name in the header.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// The column with this name, in any case and with blanks around.
    pub(super) fn named(name: &str) -> Option<Self> {
        Self::from_str(name.trim()).ok()
    }
}

impl Section {
    /// Its word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// A row with these cells and no other.
fn row<const N: usize>(section: Section, cells: [(Column, &str); N]) -> Row {
    COLUMNS.map(|column| match cells.iter().find(|(of, _)| *of == column) {
        Some((_, text)) => (*text).to_owned(),
        None if column == Column::Section => section.as_str().to_owned(),
        None => String::new(),
    })
}

impl Sheet {
    /// Every row below the header: lines first, then loose ends, then the population.
    pub fn rows(&self) -> impl Iterator<Item = Row> + '_ {
        let lines = self.lines.iter().map(of_line);
        lines.chain(self.loose_ends.iter().map(of_loose_end)).chain(of_population(&self.frozen))
    }
}

fn of_line(line: &Line) -> Row {
    use Column as C;
    let (via, conditions) = (line.via.join("; "), line.conditions.join("; "));
    let hops = line.hops.to_string();
    row(
        Section::Access,
        [
            (C::Person, &line.person),
            (C::Kind, line.kind.as_str()),
            (C::Email, &line.email),
            (C::Target, &line.target),
            (C::AccountName, &line.account_name),
            (C::Account, &line.account),
            (C::Role, &line.role),
            (C::Power, line.power.as_str()),
            (C::Via, &via),
            (C::Hops, &hops),
            (C::Verdict, line.verdict.as_str()),
            (C::Conditions, &conditions),
            (C::Mfa, &line.mfa),
            (C::LastUsed, &line.last_used),
            (C::Decision, &line.mark.decision),
            (C::Reviewer, &line.mark.reviewer),
            (C::Date, &line.mark.date),
            (C::Id, &line.id),
        ],
    )
}

fn of_loose_end(end: &LooseEnd) -> Row {
    row(
        Section::LooseEnd,
        [(Column::Person, &end.subject), (Column::Kind, end.kind.as_str()), (Column::Note, &end.note)],
    )
}

fn of_population(frozen: &Frozen) -> Vec<Row> {
    let fact = |fact: Fact, text: &str| row(Section::Population, [(Column::Kind, fact.into()), (Column::Note, text)]);
    let mut rows: Vec<Row> = frozen.targets.iter().map(|target| fact(Fact::Target, target)).collect();
    rows.push(fact(Fact::Snapshot, &frozen.snapshot));
    rows.extend((!frozen.organization.is_empty()).then(|| fact(Fact::Organization, &frozen.organization)));
    rows.push(fact(Fact::At, &frozen.at));
    let counts = [
        (Fact::Roles, frozen.roles),
        (Fact::People, frozen.people),
        (Fact::Lines, frozen.lines),
        (Fact::Machines, frozen.machines),
    ];
    rows.extend(counts.map(|(what, count)| fact(what, &count.to_string())));
    rows.extend(frozen.missing.iter().map(|missing| fact(Fact::Missing, missing)));
    rows.extend(frozen.not_followed.iter().map(|kind| fact(Fact::NotFollowed, kind)));
    rows.push(fact(Fact::Seal, &frozen.seal));
    rows
}
