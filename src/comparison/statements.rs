//! Which statements of a document changed.
//!
//! Owns: which statement of the old document became which of the new one. Their order and their `Sid` decide nothing, so that a
//! statement that only moved is the same.

use crate::answer::Layer;
use crate::difference::{ChangeKind, Clause, What};
use crate::eval::{delta, whole_statement};
use crate::policy::action::ActionPattern;
use crate::policy::condition::Condition;
use crate::policy::principal::PrincipalEntry;
use crate::policy::text::Text;
use crate::policy::{Policy, Statement, Version};

/// A statement of each side, as far as it has one.
type Changed<'a> = (Option<&'a Statement>, Option<&'a Statement>);

/// The changes from one document to another that is not equal; none where only order and ids changed.
pub(super) fn changes(layer: Layer, policy: &str, old: &Policy, new: &Policy) -> Vec<What> {
    let what = |kind, old, new| What { layer: Some(layer), policy: policy.to_owned(), old, new, ..What::of(kind) };
    let of_statement = |(before, after): Changed<'_>| {
        let kind = match (before, after) {
            (None, _) => ChangeKind::StatementAdded,
            (_, None) => ChangeKind::StatementRemoved,
            _ => ChangeKind::StatementChanged,
        };
        let detail = before.zip(after).map(|(before, after)| delta(before, after)).unwrap_or_default();
        What { detail, ..what(kind, before.map(clause), after.map(clause)) }
    };
    let mut found: Vec<What> = changed(old, new).into_iter().map(of_statement).collect();
    if old.version != new.version {
        let text = |policy: &Policy| Some(Clause::text(version(policy.version)));
        found.push(what(ChangeKind::VersionChanged, text(old), text(new)));
    }
    found
}

fn version(version: Version) -> &'static str {
    match version {
        Version::V2008 => "2008-10-17",
        Version::V2012 => "2012-10-17",
    }
}

/// A statement as it is told.
fn clause(statement: &Statement) -> Clause {
    Clause { statement: Some(statement.index), sid: statement.sid.to_string(), text: whole_statement(statement) }
}

fn changed<'a>(old: &'a Policy, new: &'a Policy) -> Vec<Changed<'a>> {
    let mut after: Vec<&Statement> = new.statements.iter().collect();
    let mut before: Vec<&Statement> = Vec::new();
    for statement in &old.statements {
        if take(&mut after, |other| says_the_same(statement, other)).is_none() {
            before.push(statement);
        }
    }
    let mut found = Vec::new();
    // the same id, or else the same place and effect, is the same statement
    let same_sid = |one: &Statement, other: &Statement| !one.sid.is_empty() && one.sid == other.sid;
    let same_place = |one: &Statement, other: &Statement| one.index == other.index && one.effect == other.effect;
    for same in [&same_sid as &dyn Fn(&Statement, &Statement) -> bool, &same_place] {
        before.retain(|statement| match take(&mut after, |other| same(statement, other)) {
            Some(other) => {
                found.push((Some(*statement), Some(other)));
                false
            }
            None => true,
        });
    }
    found.extend(before.into_iter().map(|statement| (Some(statement), None)));
    found.extend(after.into_iter().map(|statement| (None, Some(statement))));
    found
}

fn take<'a>(list: &mut Vec<&'a Statement>, fits: impl Fn(&Statement) -> bool) -> Option<&'a Statement> {
    let at = list.iter().position(|statement| fits(statement))?;
    Some(list.remove(at))
}

/// Whether two statements say the same: lists have no order, and AWS reads the names of actions in any case of letters.
fn says_the_same(one: &Statement, other: &Statement) -> bool {
    let is_action = |one: &ActionPattern, other: &ActionPattern| one.as_str().eq_ignore_ascii_case(other.as_str());
    let is_test = |one: &Condition, other: &Condition| {
        one.key == other.key && one.operator == other.operator && are_the_same(&one.values, &other.values, Text::eq)
    };
    let principals = match (&one.principal, &other.principal) {
        (Some(one), Some(other)) => {
            one.negated == other.negated && are_the_same(&one.entries, &other.entries, PrincipalEntry::eq)
        }
        (one, other) => one.is_none() && other.is_none(),
    };
    let resources = match (&one.resources, &other.resources) {
        (Some(one), Some(other)) => {
            one.negated == other.negated && are_the_same(&one.patterns, &other.patterns, Text::eq)
        }
        (one, other) => one.is_none() && other.is_none(),
    };
    (one.effect, one.actions.negated) == (other.effect, other.actions.negated)
        && are_the_same(&one.actions.patterns, &other.actions.patterns, is_action)
        && are_the_same(&one.conditions, &other.conditions, is_test)
        && principals
        && resources
}

/// Whether each of one list is in the other.
fn are_the_same<T>(one: &[T], other: &[T], is: impl Fn(&T, &T) -> bool) -> bool {
    let has_all = |list: &[T], of: &[T]| of.iter().all(|item| list.iter().any(|own| is(own, item)));
    has_all(one, other) && has_all(other, one)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::parse;

    fn policy(statements: &[(&str, &str)]) -> Policy {
        let statement = |(sid, action): &(&str, &str)| {
            format!(r#"{{"Sid": "{sid}", "Effect": "Allow", "Action": "{action}", "Resource": "*"}}"#)
        };
        let statements: Vec<String> = statements.iter().map(statement).collect();
        parse(&format!(r#"{{"Version": "2012-10-17", "Statement": [{}]}}"#, statements.join(","))).unwrap()
    }

    fn told(old: &[(&str, &str)], new: &[(&str, &str)]) -> Vec<(&'static str, String, String)> {
        let text = |clause: &Option<Clause>| clause.as_ref().map_or_else(String::new, |clause| clause.text.clone());
        let found = changes(Layer::Identity, "p", &policy(old), &policy(new));
        found.iter().map(|what| (what.kind.as_str(), text(&what.old), text(&what.new))).collect()
    }

    #[test]
    fn order_and_ids_of_statements_change_nothing() {
        assert_eq!(told(&[("A", "s3:Get*"), ("B", "sts:*")], &[("C", "sts:*"), ("A", "s3:Get*")]), []);
    }

    #[test]
    fn order_in_a_list_and_letters_of_an_action_change_nothing() {
        let trust = |principals: &str, actions: &str, values: &str| {
            parse(&format!(
                r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", "Principal": {{"AWS": {principals}}}, "Action": {actions},
                "Condition": {{"IpAddress": {{"aws:SourceIp": {values}}}}}}}]}}"#
            ))
            .unwrap()
        };
        let old = trust(
            r#"["111111111111", "222222222222"]"#,
            r#"["sts:AssumeRole", "sts:TagSession"]"#,
            r#"["10.0.0.0/8", "192.0.2.0/24"]"#,
        );
        let told = |new: &Policy| changes(Layer::Trust, "", &old, new).len();
        let same = trust(
            r#"["222222222222", "111111111111"]"#,
            r#"["sts:tagsession", "STS:AssumeRole"]"#,
            r#"["192.0.2.0/24", "10.0.0.0/8"]"#,
        );
        assert_eq!(told(&same), 0);
        let fewer = trust(
            r#"["222222222222"]"#,
            r#"["sts:AssumeRole", "sts:TagSession"]"#,
            r#"["10.0.0.0/8", "192.0.2.0/24"]"#,
        );
        assert_eq!(told(&fewer), 1);
        let other = trust(
            r#"["222222222222", "111111111111"]"#,
            r#"["sts:AssumeRole", "sts:TagSession"]"#,
            r#"["10.0.0.0/8"]"#,
        );
        assert_eq!(told(&other), 1);
    }

    #[test]
    fn a_statement_is_followed_by_its_id_and_then_by_its_place() {
        let [one, two] = ["Allow s3:Get* on *", "Allow s3:* on *"].map(str::to_owned);
        let changed = ("statement-changed", one.clone(), two.clone());
        assert_eq!(
            told(&[("A", "s3:Get*"), ("", "sts:*")], &[("", "sts:*"), ("A", "s3:*")]),
            std::slice::from_ref(&changed)
        );
        assert_eq!(told(&[("", "s3:Get*")], &[("", "s3:*")]), [changed]);
        assert_eq!(told(&[], &[("", "s3:*")]), [("statement-added", String::new(), two)]);
        assert_eq!(told(&[("", "s3:Get*")], &[]), [("statement-removed", one, String::new())]);
    }
}
