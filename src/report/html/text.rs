//! Text that tenants chose, once for the whole page.
//!
//! Owns: the tables of texts and accounts that the data refers to by number. INVARIANT: every text in them passed `escape`.

use std::borrow::Cow;
use std::collections::HashMap;

use serde::Serialize;

use crate::arn::Arn;
use crate::report::escape::escape;
use crate::report::terminal::names::{Names, within};

/// Texts and accounts by number.
#[derive(Debug, Default, Serialize)]
pub(super) struct Texts {
    texts: Vec<String>,
    /// Id and name, as numbers of texts.
    accounts: Vec<[u32; 2]>,
    #[serde(skip)]
    numbers: HashMap<String, u32>,
    #[serde(skip)]
    account_numbers: HashMap<String, u32>,
}

/// An account and a name in it; an account of -1 for what is in none.
pub(super) type Place = [i64; 2];

impl Texts {
    /// The number of a text.
    pub(super) fn number(&mut self, text: &str) -> u32 {
        if let Some(known) = self.numbers.get(text) {
            return *known;
        }
        let number = u32::try_from(self.texts.len()).unwrap_or(u32::MAX);
        self.texts.push(clean(text));
        self.numbers.insert(text.to_owned(), number);
        number
    }

    /// The place of a principal, or of anything else that has an ARN.
    pub(super) fn place(&mut self, subject: &str, names: &Names) -> Place {
        let (account, name): (&str, Cow<'_, str>) = match Arn::parse(subject) {
            Some(arn) if !arn.account.is_empty() => {
                (arn.account, if arn.resource == "root" { "".into() } else { within(arn.resource) })
            }
            None if is_account(subject) => (subject, "".into()),
            None if subject == "*" => ("", "* (anybody)".into()),
            Some(_) | None => ("", subject.into()),
        };
        [self.account(account, names), i64::from(self.number(&name))]
    }

    fn account(&mut self, id: &str, names: &Names) -> i64 {
        if id.is_empty() {
            return -1;
        }
        if let Some(known) = self.account_numbers.get(id) {
            return i64::from(*known);
        }
        let name = names.get(id).map_or("", String::as_str);
        let entry = [self.number(id), self.number(name)];
        let number = u32::try_from(self.accounts.len()).unwrap_or(u32::MAX);
        self.accounts.push(entry);
        self.account_numbers.insert(id.to_owned(), number);
        i64::from(number)
    }
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The text as people read it: what would hide or reorder text is made visible.
pub(in crate::report) fn clean(text: &str) -> String {
    escape(text).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_text_is_there_once_and_none_hides_anything() {
        let names = Names::from([("111122223333".to_owned(), "prod\u{202e}".to_owned())]);
        let mut texts = Texts::default();
        let first = texts.place("arn:aws:iam::111122223333:role/team/app", &names);
        assert_eq!(texts.place("arn:aws:iam::111122223333:role/team/app", &names), first);
        assert_eq!(texts.place("ec2.amazonaws.com", &names)[0], -1);
        assert_eq!(texts.place("111122223333", &names)[0], 0);
        assert!(texts.texts.contains(&"prod\\u{202e}".to_owned()));
        assert_eq!(texts.texts.iter().filter(|text| *text == "role/team/app").count(), 1);
    }
}
