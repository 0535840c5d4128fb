//! Accounts that a policy treats otherwise than others.
//!
//! Owns: from a statement to the accounts whose callers it can tell from those of any other account, by whom it names and
//! by the tests on the caller's account.

use std::collections::BTreeSet;

use super::condition::Condition;
use super::document::Statement;
use super::key::{ContextKey, KeyKind};
use super::operator::{Base, Comparison};
use super::principal::PrincipalEntry;
use super::text::Text;
use crate::arn::Arn;
use crate::ids::AccountId;

/// The accounts whose callers some statements can tell apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ToldAccounts {
    /// Each of these from all others.
    pub named: BTreeSet<AccountId>,
    /// Perhaps every account from every other: a test is not about whole account ids, or compares with the caller's own.
    pub all: bool,
}

impl ToldAccounts {
    /// What both tell apart.
    #[must_use]
    pub fn and(mut self, mut other: Self) -> Self {
        self.named.append(&mut other.named);
        Self { all: self.all || other.all, ..self }
    }

    /// Adds what a statement tells apart.
    pub fn add(&mut self, statement: &Statement) {
        for entry in statement.principal.iter().flat_map(|clause| &clause.entries) {
            self.named.extend(account_of(entry));
        }
        let of_resources = statement.resources.iter().flat_map(|clause| clause.variables());
        let of_values = statement.conditions.iter().flat_map(|c| c.values.iter().flat_map(Text::variables));
        self.all |= of_resources.chain(of_values).any(is_account);
        for condition in statement.conditions.iter().filter(|condition| is_account(&condition.key)) {
            match whole_ids(condition) {
                Some(ids) => self.named.extend(ids),
                None => self.all = true,
            }
        }
    }
}

/// The account whose principals an entry is about.
fn account_of(entry: &PrincipalEntry) -> Option<AccountId> {
    match entry {
        PrincipalEntry::Account { id, .. } => Some(*id),
        PrincipalEntry::Identity(arn) => Arn::parse(arn)?.account_id(),
        PrincipalEntry::Session { account, .. } => Some(*account),
        _ => None,
    }
}

fn is_account(key: &ContextKey) -> bool {
    key.kind() == KeyKind::PrincipalAccount
}

/// The account ids that a test compares with as whole texts; `None` for other tests.
fn whole_ids(condition: &Condition) -> Option<Vec<AccountId>> {
    let equals = matches!(
        condition.operator.base,
        Base::Compare {
            how: Comparison::StringEquals | Comparison::StringEqualsIgnoreCase | Comparison::StringLike,
            ..
        }
    );
    let ids = condition.values.iter().map(|value| AccountId::parse(value.as_str()));
    if equals { ids.collect() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::parse;

    fn told(statement: &str) -> (usize, bool) {
        let text =
            format!(r#"{{"Version": "2012-10-17", "Statement": {{"Effect": "Allow", "Action": "*", {statement}}}}}"#);
        let mut told = ToldAccounts::default();
        parse(&text).unwrap().statements.iter().for_each(|statement| told.add(statement));
        (told.named.len(), told.all)
    }

    #[test]
    fn whom_a_statement_names_and_which_accounts_it_compares_with_are_told_apart() {
        assert_eq!(told(r#""Principal": {"AWS": ["111111111111", "arn:aws:iam::222222222222:role/r"]}"#), (2, false));
        assert_eq!(
            told(r#""Principal": "*", "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}"#),
            (0, false)
        );
        let not =
            r#""Principal": "*", "Condition": {"StringNotEqualsIfExists": {"aws:PrincipalAccount": "111111111111"}}"#;
        assert_eq!(told(not), (1, false));
    }

    #[test]
    fn a_test_that_is_not_about_whole_ids_may_tell_every_account_apart() {
        let like = r#""Principal": "*", "Condition": {"StringLike": {"aws:PrincipalAccount": "1111*"}}"#;
        let own =
            r#""Resource": "*", "Condition": {"StringEquals": {"aws:ResourceAccount": "${aws:PrincipalAccount}"}}"#;
        let resource = r#""Resource": "arn:aws:iam::*:role/${aws:PrincipalAccount}""#;
        assert_eq!([told(like), told(own), told(resource)], [(0, true); 3]);
    }
}
