//! What the call passes that AWS makes for a person, and what the session has that it makes.
//!
//! Owns: from a person to the facts of the call: the name of the session, its tags, the audience. Where AWS does not document
//! it, or the snapshot lacks it, it is unclear. Does not know what reads these facts (`edges`, `session`).
//! Source: IAM Identity Center User Guide, "Attributes for access control"; AWS IAM User Guide, "Prepare IAM roles" (account
//! access manager), "Pass session tags in AWS STS".

use std::sync::Arc;

use super::edge::EdgeKind;
use super::source::Source;
use crate::escalation::ACCOUNT_ACCESS;
use crate::eval::{Given, Issue, Possible, Test, Texts, Truth, Unclear};
use crate::ids::GapIx;
use crate::model::Estate;
use crate::model::people::{Person, SessionName, TagValue, Tagging};
use crate::policy::key::{ContextKey, KeyKind};
use crate::policy::operator::Base;

/// Where AWS lets its own users sign in; others are alike.
const SIGN_IN: &str = "https://signin.aws.amazon.com/saml";

/// What AWS passes for a person, or for a group of whom nobody is known.
#[derive(Clone, Copy, Debug)]
pub(super) struct Passed<'e> {
    kind: EdgeKind,
    whom: Whom<'e>,
}

#[derive(Clone, Copy, Debug)]
enum Whom<'e> {
    Person(&'e Person),
    /// Why nothing is known of them.
    Unread(Option<GapIx>),
}

impl<'e> Passed<'e> {
    /// For this source, by a call of this kind; `None` where AWS makes no call for people.
    pub(super) fn of(estate: &'e Estate, from: &Source, kind: EdgeKind) -> Option<Self> {
        let people = estate.people().filter(|_| kind.is_for_people())?;
        let whom = match (from.persons(estate).first(), from) {
            (Some(person), _) => Whom::Person(people.person(*person)),
            (None, Source::PeopleGroup(group)) => Whom::Unread(people.group(*group).unread()),
            (None, _) => Whom::Unread(None),
        };
        Some(Self { kind, whom })
    }

    /// True for the call that an assignment makes.
    pub(super) fn is_assigned(self) -> bool {
        self.kind == EdgeKind::Assignment
    }

    /// The person, where one is known.
    pub(super) fn person(self) -> Option<&'e Person> {
        if let Whom::Person(person) = self.whom { Some(person) } else { None }
    }

    /// Whether the call passes session tags.
    pub(super) fn tagging(self) -> Tagging {
        match (self.whom, self.kind) {
            (Whom::Person(person), EdgeKind::Assignment) => person.tagging(),
            // the account access manager passes attributes on, if there are any
            (Whom::Person(person), _) if person.tagging() == Tagging::Never => Tagging::Never,
            _ => Tagging::Perhaps,
        }
    }

    /// That it is not known which tags the call passes.
    pub(super) fn unclear_tags(self) -> Truth {
        self.unclear("which tags the session of a person has is not known")
    }

    /// Something that is not known of the call or its session.
    fn unclear(self, what: &str) -> Truth {
        match self.whom {
            Whom::Unread(Some(gap)) => Truth::gap(gap),
            _ => Truth::unclear(Unclear::Undocumented(what.into())),
        }
    }

    fn tag(self, key: &str) -> TagValue {
        match (self.whom, self.kind) {
            (Whom::Person(person), EdgeKind::Assignment) => person.tag(key).clone(),
            _ if self.tagging() == Tagging::Never => TagValue::Absent,
            _ => TagValue::Unknown,
        }
    }

    fn name(self) -> Option<&'e str> {
        match (self.whom, self.kind) {
            (Whom::Person(person), EdgeKind::Assignment) => match person.session_name() {
                SessionName::Known(name) => Some(name),
                SessionName::Unknown => None,
            },
            _ => None,
        }
    }

    /// A test of the call itself, as far as AWS decides it.
    pub(super) fn of_call(self, test: &Arc<Test>) -> Truth {
        match test.variable.kind() {
            _ if test.possible == Possible::Opaque => Truth::test((**test).clone()),
            KeyKind::RoleSessionName => match self.name() {
                Some(name) => constant(test, &[name]),
                None => self.unclear("what the session of a person is called is not known"),
            },
            KeyKind::RequestTag => match self.tag(test.variable.tag()) {
                TagValue::Value(value) => constant(test, &[&value]),
                TagValue::Absent => absent(test),
                TagValue::Unknown => self.unclear(&unknown_tag(test.variable.tag())),
            },
            KeyKind::TagKeys => self.of_tag_keys(test),
            KeyKind::TransitiveTagKeys if self.tagging() == Tagging::Never => absent(test),
            KeyKind::TransitiveTagKeys => self.unclear(TRANSITIVE),
            KeyKind::RequestedSourceIdentity => absent(test),
            KeyKind::ProviderClaim if test.key.lower() == "saml:aud" => {
                let of_policy = test.values.iter().map(String::as_str);
                let mut audiences = of_policy.filter(|text| is_sign_in(text)).chain([SIGN_IN]);
                Truth::from(audiences.any(|audience| test.holds(&[audience]) == Some(true)))
            }
            _ => Truth::test((**test).clone()),
        }
    }

    fn of_tag_keys(self, test: &Test) -> Truth {
        if self.tagging() == Tagging::Never {
            return absent(test);
        }
        let Some(person) = self.person().filter(|_| self.kind == EdgeKind::Assignment) else {
            return self.unclear_tags();
        };
        let passed: Vec<&str> =
            person.tag_keys().filter(|(_, value)| matches!(value, TagValue::Value(_))).map(|(key, _)| key).collect();
        let is_whole =
            *person.other_tags() == TagValue::Absent && person.tag_keys().all(|(_, value)| *value != TagValue::Unknown);
        let asks_for_any = matches!(test.operator.base, Base::Null) && !passed.is_empty();
        if is_whole || asks_for_any {
            return constant(test, &passed);
        }
        self.unclear_tags()
    }

    /// A tag of the session that the call makes, or why it is not known; `own` is the tag that the role has of its own.
    pub(super) fn session_tag(
        self,
        key: &ContextKey,
        own: impl FnOnce() -> Result<Option<String>, Truth>,
    ) -> Result<Option<String>, Truth> {
        match self.tag(key.tag()) {
            TagValue::Value(value) => Ok(Some(value.into_string())),
            TagValue::Absent => own(),
            TagValue::Unknown => Err(self.unclear(&unknown_tag(key.tag()))),
        }
    }

    /// A test of the session that the call makes; `own` is the test on the tag that the role has of its own.
    pub(super) fn of_session(self, test: &Test, own: impl FnOnce(&Test, &ContextKey) -> Truth) -> Truth {
        match test.variable.kind() {
            KeyKind::CallerSession => match (self.name(), &test.possible) {
                (Some(name), Possible::After(before)) => constant(test, &[&format!("{before}{name}")]),
                (Some(name), _) => constant(test, &[name]),
                (None, _) => self.unclear("what the session of a person is called is not known"),
            },
            KeyKind::SourceIdentity => absent(test),
            KeyKind::PrincipalTag => match self.tag(test.variable.tag()) {
                TagValue::Value(value) => constant(test, &[&value]),
                TagValue::Absent => own(test, &test.variable),
                TagValue::Unknown => self.unclear(&unknown_tag(test.variable.tag())),
            },
            KeyKind::TransitiveTag => match self.tag(test.key.tag()) {
                TagValue::Absent => absent(test),
                _ => self.unclear(TRANSITIVE),
            },
            _ => Truth::test(test.clone()),
        }
    }
}

/// What a session has from its maker, by the name of the maker; of a person's session the id is known.
pub(super) fn made(passed: Option<Passed<'_>>, maker: &str, issues: &[Issue]) -> Vec<Issue> {
    let Some(passed) = passed else { return issues.iter().filter(|issue| issue.is_of(maker)).cloned().collect() };
    let own = issues.iter().filter(|issue| issue.is_of(maker) || issue.is_of(ACCOUNT_ACCESS)).cloned();
    let with_id = |(key, given): (Box<str>, Given)| {
        let id = passed.person().filter(|_| *key == *"identitystore:userid").map(|person| person.id().to_owned());
        let given = id.map_or(given, |id| Given { absent: true, texts: Texts::OneOf(vec![id]) });
        (key, given)
    };
    own.map(|issue| Issue { keys: issue.keys.into_iter().map(with_id).collect(), ..issue }).collect()
}

const TRANSITIVE: &str = "whether AWS passes the tags of people on to further sessions is not documented";

fn unknown_tag(key: &str) -> String {
    format!("the tag `{key}` of a person's session comes from where rolehop does not see it")
}

/// `https://signin.aws.amazon.com/saml` and its like of regions and partitions.
fn is_sign_in(text: &str) -> bool {
    let host = text.strip_prefix("https://").and_then(|rest| rest.strip_suffix("/saml"));
    let is_of_aws = |host: &str| {
        ["signin.aws.amazon.com", "signin.amazonaws.cn", "signin.amazonaws-us-gov.com"]
            .iter()
            .any(|own| host == *own || host.strip_suffix(own).is_some_and(|region| region.ends_with('.')))
    };
    host.is_some_and(is_of_aws)
}

/// The test where the fact is absent.
pub(super) fn absent(test: &Test) -> Truth {
    constant(test, &[])
}

/// The test where the fact has these values.
pub(super) fn constant(test: &Test, values: &[&str]) -> Truth {
    let why = || Truth::unclear(Unclear::Undocumented(format!("`{}` is not known", test.operator).into()));
    test.holds(values).map_or_else(why, Truth::from)
}
