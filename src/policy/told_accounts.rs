//! Accounts that a policy treats otherwise than others.
//!
//! Owns: from a statement to the accounts whose callers it can tell from those of any other account, by whom it names and
//! by the tests on the caller's account. Only callers of other accounts than the resource's count.

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
    /// Perhaps every account from every other: a test is not about whole account ids, or compares the caller's own with something
    /// else than the account of the resource, which none of them is of.
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
        let others = || statement.conditions.iter().filter(|condition| !is_about_sameness(condition));
        let of_values = others().flat_map(|c| c.values.iter().flat_map(Text::variables));
        self.all |= of_resources.chain(of_values).any(is_account);
        for condition in others().filter(|condition| is_account(&condition.key)) {
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

/// Whether a test is only about whether the caller is of the account of the resource: `aws:ResourceAccount` compared with
/// `${aws:PrincipalAccount}`, or the other way round. It comes to the same for callers of all other accounts.
fn is_about_sameness(condition: &Condition) -> bool {
    let all = |is_key: fn(&ContextKey) -> bool| {
        let mut values = condition.values.iter();
        !condition.values.is_empty() && values.all(|text| text.only_variable().is_some_and(is_key))
    };
    let compares = |key: fn(&ContextKey) -> bool, value| key(&condition.key) && all(value);
    compares_texts(condition) && (compares(is_resource, is_account) || compares(is_account, is_resource))
}

fn is_resource(key: &ContextKey) -> bool {
    key.kind() == KeyKind::ResourceAccount
}

fn compares_texts(condition: &Condition) -> bool {
    matches!(
        condition.operator.base,
        Base::Compare {
            how: Comparison::StringEquals | Comparison::StringEqualsIgnoreCase | Comparison::StringLike,
            ..
        }
    )
}

/// The account ids that a test compares with as whole texts; `None` for other tests.
fn whole_ids(condition: &Condition) -> Option<Vec<AccountId>> {
    let ids = condition.values.iter().map(|value| AccountId::parse(value.as_str()));
    if compares_texts(condition) { ids.collect() } else { None }
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
        let part =
            r#""Resource": "*", "Condition": {"StringLike": {"aws:ResourceAccount": "${aws:PrincipalAccount}*"}}"#;
        let other =
            r#""Resource": "*", "Condition": {"StringEquals": {"aws:ResourceTag/owner": "${aws:PrincipalAccount}"}}"#;
        let or_else = r#""Resource": "*", "Condition": {"StringEquals": {"aws:ResourceAccount":
            ["${aws:PrincipalAccount}", "${aws:PrincipalTag/home}${aws:PrincipalAccount}"]}}"#;
        let resource = r#""Resource": "arn:aws:iam::*:role/${aws:PrincipalAccount}""#;
        assert_eq!([like, part, other, or_else, resource].map(told), [(0, true); 5]);
    }

    #[test]
    fn whether_the_caller_is_of_the_account_of_the_resource_tells_no_others_apart() {
        for condition in [
            r#"{"StringEquals": {"aws:ResourceAccount": "${aws:PrincipalAccount}"}}"#,
            r#"{"StringNotEqualsIfExists": {"aws:ResourceAccount": "${aws:PrincipalAccount}"}}"#,
            r#"{"StringLike": {"aws:PrincipalAccount": "${aws:ResourceAccount}"}}"#,
        ] {
            let told = told(&format!(r#""Resource": "*", "Condition": {condition}"#));
            assert_eq!(told, (0, false), "{condition}");
        }
    }
}
