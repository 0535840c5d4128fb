use super::*;
use crate::policy::parse;
use crate::policy::text::Pattern;

const TAGS: [TagOf<'_>; 6] = [
    TagOf::Value("app"),
    TagOf::Value("apps"),
    TagOf::Value("data"),
    TagOf::Value("other"),
    TagOf::Absent,
    TagOf::Unread,
];

fn policies() -> Vec<Policy> {
    let tests = [
        r#"{"StringEquals": {"aws:PrincipalTag/team": ["app", "data"]}}"#,
        r#"{"StringLike": {"aws:PrincipalTag/Team": "app*"}}"#,
        r#"{"Null": {"aws:PrincipalTag/team": "true"}}"#,
        r#"{"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:user/a*"}}"#,
        r#"{"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/*/b"}}"#,
    ];
    let text = |condition| {
        format!(
            r#"{{"Statement": {{"Effect": "Allow", "Action": "sts:*", "Resource": "*", "Condition": {condition}}}}}"#
        )
    };
    tests.iter().map(|condition| parse(&text(condition)).unwrap()).collect()
}

fn patterns(condition: &Condition) -> Vec<Pattern<'_>> {
    condition.values.iter().map(|text| text.expand(|_| None)).collect()
}

#[test]
fn users_are_alike_who_fare_alike_in_every_test_of_a_tag() {
    let tests = CallerTests::of_users(&policies());
    let prepared = tests.prepared();
    let facts = UserFacts { arn: "arn:aws:iam::444455556666:user/ada", name: "ada", unique_id: "" };
    let outcomes = |tag| prepared.outcomes(facts, |_| tag);
    let direct = |tag: TagOf<'_>| -> Option<Vec<Option<bool>>> {
        let value = match tag {
            TagOf::Value(value) => Some(value),
            TagOf::Absent => None,
            TagOf::Unread => return None,
        };
        let of_tags = tests.tests.iter().filter(|test| is_tag(&test.key));
        Some(of_tags.map(|test| test.operator.holds(&patterns(test), value.as_slice())).collect())
    };
    for (one, other) in TAGS.iter().flat_map(|one| TAGS.iter().map(move |other| (*one, *other))) {
        assert_eq!(outcomes(one) == outcomes(other), direct(one) == direct(other), "{one:?} {other:?}");
    }
}

#[test]
fn a_test_of_named_accounts_is_asked_of_their_callers_alone() {
    let tests = CallerTests::of_users(&policies());
    let arns = |account: &str| {
        let concerning = tests.concerning(account.parse().unwrap());
        concerning.map(|(_, test)| test.values.iter().map(Text::as_str).collect::<String>()).collect::<Vec<_>>()
    };
    assert_eq!(arns("111122223333"), ["arn:aws:iam::*:user/*/b", "arn:aws:iam::111122223333:user/a*"]);
    assert_eq!(arns("444455556666"), ["arn:aws:iam::*:user/*/b"]);
}
