//! Who needs which roles, from a file of comma-separated values.
//!
//! Owns: how a user and roles are written there. INVARIANT: every line is understood, or the error names it; a selector that fits nothing
//! is an error.

use std::collections::{BTreeMap, HashMap};

use csv::{ReaderBuilder, StringRecord};
use roaring::RoaringBitmap;

use super::pairs::Pairs;
use super::roles::Roles;
use crate::diagnostic::{Code, Diagnostic};
use crate::ids::PrincipalIx;
use crate::model::{Estate, PrincipalType};
use crate::nearest::near;

/// Lines that an error tells.
const TOLD: usize = 5;

/// Who needs what.
#[derive(Clone, Debug, Default)]
pub struct Need {
    /// Roles by user. A user without roles needs none.
    pub pairs: Pairs,
}

/// Reads lines of `user,role` or `user,account,role` under a header, whatever the order of columns and the separator.
///
/// # Errors
/// Where a line cannot be read, or names what the snapshot does not have.
pub fn read(estate: &Estate, bytes: &[u8], place: &str) -> Result<Need, Box<Diagnostic>> {
    let text = std::str::from_utf8(bytes).map_err(|_| bad(place, "it is not UTF-8", "save it as CSV in UTF-8"))?;
    let text = text.trim_start_matches('\u{feff}');
    let mut reader =
        ReaderBuilder::new().delimiter(delimiter(text)).has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut records = reader.records();
    let header = records.next().and_then(Result::ok).unwrap_or_default();
    let columns = Columns::of(&header).ok_or_else(|| {
        let why =
            "its first line is no header: the columns `user` and `role` are needed, `account` may stand beside them";
        bad(place, why, "begin the file with the line `user,role`")
    })?;
    let mut lines = Lines { users: Users::of(estate), roles: Roles::new(estate), need: Need::default() };
    let mut wrong = Vec::new();
    for (at, record) in records.enumerate() {
        let place = record.as_ref().ok().and_then(StringRecord::position);
        let line = place.map_or(at as u64 + 2, |place| place.line() + blank_lines(text, place.byte()));
        let read = record.map_err(|error| error.to_string()).and_then(|record| lines.add(&columns, &record));
        if let Err(why) = read {
            wrong.push(format!("line {line}: {why}"));
        }
    }
    if !wrong.is_empty() {
        let more = wrong.len().saturating_sub(TOLD);
        let more = if more > 0 { format!("; and {more} more") } else { String::new() };
        let told: Vec<String> = wrong.into_iter().take(TOLD).collect();
        return Err(bad(
            place,
            format!("{}{more}", told.join("; ")),
            "correct the lines; `rolehop accounts` lists accounts",
        ));
    }
    if lines.need.pairs.is_empty() {
        return Err(bad(
            place,
            "it names nobody",
            "write a line for each user and role, or a user alone who needs none",
        ));
    }
    Ok(lines.need)
}

fn bad(place: &str, why: impl Into<String>, next: &str) -> Box<Diagnostic> {
    Box::new(Diagnostic::new(Code::BadNeeds, "cannot use the list of who needs which roles", place, why, next))
}

/// Lines without anything at a position, before a record begins.
fn blank_lines(text: &str, position: u64) -> u64 {
    let rest = usize::try_from(position).ok().and_then(|at| text.get(at..)).unwrap_or_default();
    let blank = rest.bytes().take_while(|byte| matches!(byte, b'\r' | b'\n'));
    blank.filter(|byte| *byte == b'\n').count() as u64
}

/// Which of the separators that spreadsheets write stands most often in the header.
fn delimiter(text: &str) -> u8 {
    let header = text.lines().next().unwrap_or_default();
    let count = |separator: &u8| header.bytes().filter(|byte| byte == separator).count();
    [b'\t', b';', b','].into_iter().max_by_key(count).unwrap_or(b',')
}

struct Columns {
    user: usize,
    role: usize,
    account: Option<usize>,
}

impl Columns {
    fn of(header: &StringRecord) -> Option<Self> {
        let place = |name: &str| header.iter().position(|cell| cell.trim().eq_ignore_ascii_case(name));
        Some(Self { user: place("user")?, role: place("role")?, account: place("account") })
    }
}

struct Lines<'e> {
    users: Users<'e>,
    roles: Roles<'e>,
    need: Need,
}

impl Lines<'_> {
    fn add(&mut self, columns: &Columns, record: &StringRecord) -> Result<(), String> {
        let cell = |at: usize| record.get(at).unwrap_or_default().trim();
        let (user, role) = (cell(columns.user), cell(columns.role));
        let account = columns.account.map_or("", cell);
        if user.is_empty() && role.is_empty() && account.is_empty() {
            return Ok(());
        }
        if user.is_empty() {
            return Err("no user is named".to_owned());
        }
        let user = self.users.find(user)?;
        let roles = match (account, role) {
            ("", "") => RoaringBitmap::new(),
            (_, "") => return Err("an account is named without a role; `*` stands for every role".to_owned()),
            _ => self.roles.find(account, role)?,
        };
        *self.need.pairs.entry(user).or_default() |= roles;
        Ok(())
    }
}

/// The IAM users of the snapshot by what they are called.
struct Users<'e> {
    estate: &'e Estate,
    by_name: HashMap<&'e str, Vec<PrincipalIx>>,
    known: BTreeMap<String, PrincipalIx>,
}

impl<'e> Users<'e> {
    fn of(estate: &'e Estate) -> Self {
        let mut by_name = HashMap::<&str, Vec<PrincipalIx>>::new();
        estate.users().for_each(|ix| by_name.entry(estate.principal(ix).name()).or_default().push(ix));
        Self { estate, by_name, known: BTreeMap::new() }
    }

    fn find(&mut self, text: &str) -> Result<PrincipalIx, String> {
        if let Some(known) = self.known.get(text) {
            return Ok(*known);
        }
        let found = self.look(text)?;
        self.known.insert(text.to_owned(), found);
        Ok(found)
    }

    fn look(&self, text: &str) -> Result<PrincipalIx, String> {
        let estate = self.estate;
        let is_user = |ix: &PrincipalIx| estate.principal(*ix).kind() == PrincipalType::User;
        if text.starts_with("arn:") {
            return estate.principal_by_arn(text).filter(is_user).ok_or_else(|| self.unknown(text, text));
        }
        let (account, name) = text.split_once('/').map_or((None, text), |(account, name)| (Some(account), name));
        let name = name.strip_prefix("user/").unwrap_or(name);
        let named = self.by_name.get(name).map_or(&[][..], Vec::as_slice);
        let of_account = |ix: &&PrincipalIx| {
            let own = estate.account(estate.principal(**ix).account());
            account.is_none_or(|text| own.id().to_string() == text || own.name().eq_ignore_ascii_case(text))
        };
        let found: Vec<PrincipalIx> = named.iter().filter(of_account).copied().collect();
        match found.as_slice() {
            [only] => Ok(*only),
            [] => Err(self.unknown(text, name)),
            many => Err(format!("{} users are called `{text}`: name one as account/user", many.len())),
        }
    }

    fn unknown(&self, text: &str, name: &str) -> String {
        let names = self.estate.users().map(|ix| self.estate.principal(ix).name());
        let is_person = self
            .estate
            .people()
            .is_some_and(|people| people.persons().any(|(ix, _)| people.name_of(ix).eq_ignore_ascii_case(text)));
        if is_person {
            return format!("`{text}` is a person of Identity Center, whom no group of IAM can let in");
        }
        match near(name, names, 1).first() {
            Some(close) => format!("no IAM user is called `{text}`: did you mean `{close}`?"),
            None => format!("no IAM user is called `{text}`"),
        }
    }
}

/// How many pairs these are.
pub(super) fn count(pairs: &Pairs) -> u64 {
    pairs.values().map(RoaringBitmap::len).sum()
}
