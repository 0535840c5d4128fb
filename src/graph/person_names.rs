//! From a name to the person or the group of Identity Center that has it.
//!
//! Owns: which texts name a person: user name, address, the name as it is spoken, the id in the identity store.
//! INVARIANT: a name that fits more than one is an error; none is picked in silence.

use super::name_error::{SHOWN, SelectError, the_one};
use super::names;
use super::source::group_name;
use crate::ids::{PeopleGroupIx, PersonIx};
use crate::model::{Estate, People};

/// The one person of this name, ignoring case; `None` where there is none.
pub(super) fn person(estate: &Estate, text: &str) -> Result<Option<PersonIx>, SelectError> {
    // people may have empty names; nobody means them
    let Some(people) = estate.people().filter(|_| !text.trim().is_empty()) else { return Ok(None) };
    let is = |name: &str| name.to_lowercase() == text.to_lowercase();
    let all = || people.persons().map(|(ix, _)| ix);
    if let Some(found) = as_printed(text, all, |ix| people.name_of(ix))? {
        return alone(estate, people, text, found);
    }
    let fits = |ix: &PersonIx| {
        let person = people.person(*ix);
        let names = [person.user_name(), person.display_name(), person.email(), Some(person.id())];
        names.into_iter().flatten().any(is)
    };
    let found: Vec<PersonIx> = all().filter(fits).collect();
    match the_one(text, &found, |ix| people.name_of(ix))? {
        Some(only) => alone(estate, people, text, only),
        None => Ok(None),
    }
}

/// The one that is printed so. Names may differ in case alone: the very name wins.
fn as_printed<Ix: Copy, I: Iterator<Item = Ix>>(
    text: &str,
    all: impl Fn() -> I,
    name: impl Fn(Ix) -> String,
) -> Result<Option<Ix>, SelectError> {
    let lower = text.to_lowercase();
    let found: Vec<Ix> = all().filter(|ix| name(*ix).to_lowercase() == lower).collect();
    let mut exact = found.iter().filter(|ix| name(**ix) == text);
    match (exact.next(), exact.next()) {
        (Some(only), None) => Ok(Some(*only)),
        _ => the_one(text, &found, &name),
    }
}

/// An IAM user or role may have the name of a person.
fn alone(estate: &Estate, people: &People, text: &str, found: PersonIx) -> Result<Option<PersonIx>, SelectError> {
    let namesakes = names::called_exactly(estate, text);
    let of_person = people.person(found);
    // the id of a person is nobody's name
    if namesakes.is_empty() || text == of_person.id() {
        return Ok(Some(found));
    }
    let others = namesakes.iter().take(SHOWN - 1).map(|ix| names::short(estate, *ix));
    Err(SelectError::Ambiguous {
        name: text.to_owned(),
        count: namesakes.len() + 1,
        candidates: std::iter::once(format!("{} (a person of Identity Center)", of_person.id()))
            .chain(others)
            .collect(),
    })
}

/// Fails where a person or a group is called like the id of an account.
pub(super) fn no_namesake(estate: &Estate, id: &str) -> Result<(), SelectError> {
    let Some(people) = estate.people() else { return Ok(()) };
    let person = person(estate, id)?.map(|ix| format!("{} (a person of Identity Center)", people.person(ix).id()));
    let group = people_group(estate, id)?.map(|ix| group_name(people, ix));
    let found: Vec<String> = person.into_iter().chain(group).collect();
    if found.is_empty() {
        return Ok(());
    }
    let candidates: Vec<String> = found.into_iter().chain([format!("account {id}")]).collect();
    Err(SelectError::Ambiguous { name: id.to_owned(), count: candidates.len(), candidates })
}

/// The one group of this name or id, ignoring case, with `group ` before it or not; `None` where there is none.
pub(super) fn people_group(estate: &Estate, text: &str) -> Result<Option<PeopleGroupIx>, SelectError> {
    let name = text.strip_prefix("group ").unwrap_or(text);
    let Some(people) = estate.people().filter(|_| !name.trim().is_empty()) else { return Ok(None) };
    let all = || people.groups().map(|(ix, _)| ix);
    if let Some(found) = as_printed(name, all, |ix| people.name_of_group(ix))? {
        return Ok(Some(found));
    }
    let name = name.to_lowercase();
    let fits = |ix: &PeopleGroupIx| people.group(*ix).name().to_lowercase() == name || people.group(*ix).id() == text;
    let found: Vec<PeopleGroupIx> = all().filter(fits).collect();
    // names that differ in case alone tell nothing apart
    the_one(text, &found, |ix| format!("{} ({})", people.group(ix).id(), group_name(people, ix)))
}
