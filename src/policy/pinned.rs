//! Accounts that conditions pin callers to: `aws:PrincipalAccount` and `aws:PrincipalArn`.

use std::collections::BTreeSet;

use super::condition::Condition;
use super::document::Statement;
use super::key::KeyKind;
use super::operator::{Base, Comparison};
use crate::arn::Arn;
use crate::ids::AccountId;

/// How strictly to read the conditions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pinned {
    /// Callers of any other account are certainly refused: one plain test whose values all name an account. A test that an absent
    /// key passes, or that has a quantifier, admits others.
    Surely,
    /// Every account that a positive test names: those that the statement may be meant for.
    Mentioned,
}

/// The accounts; `None` if the statement pins callers to none, or not for certain.
#[must_use]
pub fn pinned_accounts(statement: &Statement, how: Pinned) -> Option<BTreeSet<AccountId>> {
    let mut tests = statement.conditions.iter().filter_map(|c| Some((c, accounts(c)?)));
    match how {
        Pinned::Surely => tests.find_map(|(c, accounts)| {
            let plain = c.operator.quantifier.is_none() && !c.operator.if_exists;
            if plain { accounts.into_iter().collect() } else { None }
        }),
        Pinned::Mentioned => {
            let all: BTreeSet<AccountId> = tests.flat_map(|(_, accounts)| accounts).flatten().collect();
            (!all.is_empty()).then_some(all)
        }
    }
}

/// The account that each value of a positive test names; `None` for other tests.
fn accounts(condition: &Condition) -> Option<Vec<Option<AccountId>>> {
    let account: fn(&str) -> Option<AccountId> = match condition.key.kind() {
        KeyKind::PrincipalAccount => AccountId::parse,
        KeyKind::PrincipalArn => |text| Arn::parse(text)?.account_id(),
        _ => return None,
    };
    // a bound between numbers is no account, however many digits it has
    let names = |how| {
        use Comparison::{ArnLike, NumericEquals, StringEquals, StringEqualsIgnoreCase, StringLike};
        matches!(how, StringEquals | StringEqualsIgnoreCase | StringLike | NumericEquals | ArnLike)
    };
    let positive = matches!(condition.operator.base, Base::Compare { how, negated: false, .. } if names(how));
    positive.then(|| condition.values.iter().map(|v| account(v.as_str())).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::parse;

    fn pinned(condition: &str, how: Pinned) -> Option<usize> {
        let text = format!(
            r#"{{"Version": "2012-10-17", "Statement": {{"Effect": "Allow", "Principal": "*", "Action": "*", "Condition": {condition}}}}}"#
        );
        pinned_accounts(parse(&text).unwrap().statements.first().unwrap(), how).map(|found| found.len())
    }

    #[test]
    fn what_an_absent_key_passes_pins_nobody_for_sure() {
        let plain = r#"{"StringEquals": {"aws:PrincipalAccount": ["111111111111", "222222222222"]}}"#;
        let if_exists = r#"{"StringEqualsIfExists": {"aws:PrincipalAccount": "111111111111"}}"#;
        let part = r#"{"StringLike": {"aws:PrincipalAccount": ["111111111111", "2*"]}}"#;
        let negated = r#"{"StringNotEquals": {"aws:PrincipalAccount": "111111111111"}}"#;
        assert_eq!((pinned(plain, Pinned::Surely), pinned(plain, Pinned::Mentioned)), (Some(2), Some(2)));
        assert_eq!((pinned(if_exists, Pinned::Surely), pinned(if_exists, Pinned::Mentioned)), (None, Some(1)));
        assert_eq!((pinned(part, Pinned::Surely), pinned(part, Pinned::Mentioned)), (None, Some(1)));
        assert_eq!((pinned(negated, Pinned::Surely), pinned(negated, Pinned::Mentioned)), (None, None));
    }

    #[test]
    fn a_bound_of_twelve_digits_is_no_account() {
        for (operator, accounts) in [
            ("NumericEquals", Some(1)),
            ("NumericLessThan", None),
            ("NumericLessThanEquals", None),
            ("NumericGreaterThan", None),
            ("NumericGreaterThanEquals", None),
            ("DateLessThan", None),
        ] {
            let condition = format!(r#"{{"{operator}": {{"aws:PrincipalAccount": "400000000000"}}}}"#);
            let found = (pinned(&condition, Pinned::Surely), pinned(&condition, Pinned::Mentioned));
            assert_eq!(found, (accounts, accounts), "{operator}");
        }
    }
}
