//! Whether somebody can make a principal, and what comes of it together with what the new one needs.
//!
//! Owns: the tags of the new one. Its maker gives it none, or any that its policies let it pass (`iam:TagRole`, `iam:TagUser`): what
//! conditions ask of the request, of the principal that it is about and of the caller that it is then are the same tags. Other than
//! that what the new one may do does not depend on who made it.
//! Source: AWS IAM User Guide, "Tags for IAM users", "Tags for IAM roles"; AWS Service Authorization Reference.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock, OnceLock};

use super::attempt::Attempt;
use super::choice::Choice;
use super::open::of_given;
use super::rewritten;
use super::signing::best;
use super::table::Step;
use crate::eval::{
    Bound, Caller, Credentials, Possible, Question, Resource, Sent, ServiceKeys, Test, Trace, Truth, decide, project,
    witnesses,
};
use crate::model::{Estate, PrincipalType};
use crate::policy::action::Action;
use crate::policy::key::{ContextKey, KeyKind};
use crate::policy::sts;
use crate::regions;
use crate::wildcard;

static TAG_ROLE: LazyLock<Action> = LazyLock::new(|| Action::named("iam", "TagRole"));
static TAG_USER: LazyLock<Action> = LazyLock::new(|| Action::named("iam", "TagUser"));

/// Facts of the tags of the new one, or of those that are changed: calls have lower numbers, or the highest one.
pub(super) const TAGS: u32 = u32::MAX - 1;

/// Tags that a new principal is given, by key.
pub type TagsGiven = BTreeMap<String, String>;

/// Which tags a new principal is given.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tags {
    None,
    Chosen,
}

/// Whether somebody can make a principal.
#[derive(Debug)]
pub(super) struct Makes {
    /// One without tags.
    pub(super) plain: Truth,
    /// One with tags: what is asked of them is open. Found out when somebody asks for it.
    tagged: OnceLock<Truth>,
}

/// Whether a principal does something once it is made.
#[derive(Clone, Debug)]
pub struct MadeDoes {
    /// Without tags.
    pub(super) plain: Truth,
    /// With tags that are open; `None` where they do not matter.
    pub(super) tagged: Option<Truth>,
}

impl MadeDoes {
    /// From what is decided of one with tags, or without.
    pub(super) fn of(decided: impl Fn(bool) -> Truth) -> Self {
        let own = |test: &Test| test.variable.kind() == KeyKind::PrincipalTag;
        let open = decided(true);
        if !open.has_test(&own) {
            return Self { plain: open, tagged: None };
        }
        Self { plain: decided(false), tagged: Some(of_tags(&open, own)) }
    }

    /// Whether it is denied whatever tags it has.
    #[must_use]
    pub fn is_denied(&self) -> bool {
        self.plain.assuming(true) == Truth::False && self.tagged.as_ref().is_none_or(|truth| *truth == Truth::False)
    }
}

impl Makes {
    /// One with tags: what is asked of them is open.
    fn with_tags<'e>(&self, attempt: &Attempt<'e>, estate: &'e Estate, credentials: Credentials) -> &Truth {
        let find = || best(credentials, |credentials| attempt.any_choice(estate, credentials, Tags::Chosen).0);
        self.tagged.get_or_init(find)
    }

    /// Whether none can be made, with tags or without.
    pub(super) fn is_denied<'e>(&self, attempt: &Attempt<'e>, estate: &'e Estate) -> bool {
        self.plain.assuming(true) == Truth::False
            && *self.with_tags(attempt, estate, attempt.credentials(estate)) == Truth::False
    }
}

impl<'e> Attempt<'e> {
    /// Whether the principal can be made, whatever it does then, with the choice under which it is.
    pub(super) fn makes(&self, estate: &'e Estate, credentials: Credentials) -> (Truth, Option<Choice>) {
        let (plain, choice) = self.any_choice(estate, credentials, Tags::None);
        if plain == Truth::True {
            return (plain, choice);
        }
        let (tagged, other) = self.any_choice(estate, credentials, Tags::Chosen);
        (plain.or(of_chosen(&tagged)), choice.or(other))
    }

    /// The same, with what is open of its tags.
    pub(super) fn making(&self, estate: &'e Estate, credentials: Credentials) -> Makes {
        let plain = best(credentials, |credentials| self.any_choice(estate, credentials, Tags::None).0);
        Makes { plain, tagged: OnceLock::new() }
    }

    /// Whether it is made and does this then.
    pub(super) fn makes_one_that(
        &self,
        estate: &'e Estate,
        credentials: Credentials,
        makes: &Makes,
        does: &MadeDoes,
    ) -> Truth {
        let made_with_tags = || makes.with_tags(self, estate, credentials).clone();
        match &does.tagged {
            None if does.plain == Truth::False => Truth::False,
            None if makes.plain == Truth::True => does.plain.clone(),
            None => makes.plain.clone().or(of_chosen(&made_with_tags())).and(does.plain.clone()),
            Some(tagged) => {
                let plain = makes.plain.clone().and(does.plain.clone());
                if plain == Truth::True { plain } else { plain.or(of_chosen(&made_with_tags().and(tagged.clone()))) }
            }
        }
    }

    /// The tags that its maker must give it so that it is made and does this: those that keep open what they would keep open together.
    pub(super) fn tags_so_that(
        &self,
        estate: &'e Estate,
        credentials: Credentials,
        makes: &Makes,
        does: &MadeDoes,
    ) -> TagsGiven {
        let plain = makes.plain.clone().and(does.plain.clone());
        if plain == Truth::True || self.made(true).is_none() {
            return TagsGiven::new();
        }
        let tagged = does.tagged.as_ref().unwrap_or(&does.plain).clone();
        let open = makes.with_tags(self, estate, credentials).clone().and(tagged);
        let best = of_chosen(&open);
        if best == Truth::False || plain != Truth::False && best != Truth::True {
            return TagsGiven::new();
        }
        tags_of_best(open, &best)
    }

    /// The first choice of a policy under which all is allowed; else what any leaves.
    fn any_choice(&self, estate: &'e Estate, credentials: Credentials, tags: Tags) -> (Truth, Option<Choice>) {
        let mut any = (Truth::False, None);
        let way = self.way.way();
        let is_bounded = self.made(false).is_some_and(|(made, _)| made.boundary != Bound::Everything);
        for is_own in [false, true] {
            let mut policies = if is_own { self.own_making(estate, way) } else { self.policies(estate, way) };
            if is_bounded {
                // what lets change IAM alone does not let do the rest where a boundary keeps it from IAM
                policies.retain(|policy| policy.as_deref().is_none_or(|arn| !arn.contains("::aws:")));
            }
            for policy in policies {
                let choice = Choice { policy, ..Choice::plain() };
                let all = self.all_steps(estate, &choice, credentials, tags);
                if all == Truth::True {
                    return (all, Some(choice));
                }
                if all != Truth::False {
                    any = (any.0.or(all), any.1.or(Some(choice)));
                }
            }
        }
        any
    }

    /// All steps under one choice, and that somebody has sessions of the new one then. Who gives it tags does so at once, or in a request
    /// of its own, before or after any other.
    fn all_steps(&self, estate: &'e Estate, choice: &Choice, credentials: Credentials, tags: Tags) -> Truth {
        let mut plain = Truth::True;
        let (mut at_once, mut later) = match tags {
            Tags::None => (Truth::False, Truth::False),
            Tags::Chosen => {
                let may_tag = self.may_tag(estate, credentials);
                if may_tag == Truth::False {
                    return Truth::False;
                }
                (may_tag.clone(), may_tag)
            }
        };
        for step in &self.way.way().steps {
            let mut and = |without: Truth, with: Truth| {
                at_once = at_once.clone().and(with.clone());
                // what it is made with comes first
                let then = if step.passes_tags { without.clone() } else { without.clone().or(with) };
                later = later.clone().and(then);
                plain = plain.clone().and(without);
            };
            for question in self.questions(estate, step, choice, credentials, None) {
                // what is made has no tags before
                let question =
                    if step.passes_tags { question.with_service_keys(ServiceKeys::Listed(&[])) } else { question };
                let truth = decide(&question, &mut Trace::off());
                if truth == Truth::False {
                    return truth;
                }
                and(without_tags(&truth), of_tags(&truth, is_of_new));
            }
            let writes = self.writes_trust(estate, step, credentials, &mut Trace::off());
            and(writes.clone(), writes);
        }
        let all = match tags {
            Tags::None => plain,
            Tags::Chosen => at_once.or(later),
        };
        let is_open = |test: &Test| test.scope != TAGS && test.key.kind() == KeyKind::OtherService;
        if all.has_test(&is_open) { of_given(all) } else { all }
    }

    /// Whether the trust policy that a step writes for the new role can let somebody in; true for other steps.
    pub(super) fn writes_trust(
        &self,
        estate: &'e Estate,
        step: &Step,
        credentials: Credentials,
        trace: &mut Trace,
    ) -> Truth {
        let Some((made, _)) = self.made(false).filter(|_| step.action.operation() == "createrole") else {
            return Truth::True;
        };
        let arn: Arc<str> = made.arn.into();
        let role = Resource::Made { arn: Arc::clone(&arn), account: made.account };
        let own = Question::of(estate, &sts::ASSUME_ROLE, Caller::Principal(self.by), role, &arn);
        rewritten::lets_in(own.signed(credentials), None, trace)
    }

    /// Whether the new one can be given tags: what is asked of them is open.
    pub(super) fn may_tag(&self, estate: &'e Estate, credentials: Credentials) -> Truth {
        let question = self.tagging(estate, credentials);
        question.map_or(Truth::False, |question| of_tags(&decide(&question, &mut Trace::off()), is_of_new))
    }

    /// The question whether the new one can be given tags.
    pub(super) fn tagging(&self, estate: &'e Estate, credentials: Credentials) -> Option<Question<'e>> {
        let (made, _) = self.made(false)?;
        let action = tags_of(made.kind);
        let arn: Arc<str> = made.arn.into();
        let resource = Resource::Other { arn: Arc::clone(&arn), account: Some(made.account), unread_policy: None };
        let region = regions::home(estate.account(made.account).partition());
        let question = Question::of(estate, action, Caller::Principal(self.by), resource, &arn)
            .signed(credentials)
            .with_service_keys(ServiceKeys::Listed(&[]))
            .sending(Sent::new(&[("aws:RequestedRegion", &[region])]));
        Some(question)
    }
}

/// What gives a new principal tags.
pub(super) fn tags_of(kind: PrincipalType) -> &'static Action {
    match kind {
        PrincipalType::User => &TAG_USER,
        PrincipalType::Role => &TAG_ROLE,
    }
}

/// True for tests of the tags that a request passes, or that the principal has that it is about.
fn is_of_new(test: &Test) -> bool {
    matches!(test.variable.kind(), KeyKind::RequestTag | KeyKind::TagKeys | KeyKind::ResourceTag)
}

/// The truth where the new one has no tags.
fn without_tags(truth: &Truth) -> Truth {
    truth.replace(&mut |test| {
        let known = is_of_new(test).then(|| test.holds(&[])).flatten();
        known.map_or_else(|| Truth::test((**test).clone()), Truth::from)
    })
}

/// The truth where these tests are about the tags that the new one is given.
pub(super) fn of_tags(truth: &Truth, wanted: impl Fn(&Test) -> bool) -> Truth {
    truth.replace(&mut |test| {
        if test.possible == Possible::Opaque || !wanted(test) {
            return Truth::test((**test).clone());
        }
        let key = match test.variable.kind() {
            KeyKind::TagKeys => test.variable.clone(),
            _ => ContextKey::new(&format!("aws:RequestTag/{}", test.variable.tag())),
        };
        let own =
            Test { key: key.clone(), undecided: vec![key.clone()], variable: key, scope: TAGS, ..(**test).clone() };
        Truth::test(own)
    })
}

/// True for tests of single tags that the new one is given.
fn is_given(test: &Test) -> bool {
    test.scope == TAGS && test.variable.kind() == KeyKind::RequestTag
}

/// The tags that must be given so that no less is open than with the best of them.
pub(super) fn tags_of_best(mut open: Truth, best: &Truth) -> TagsGiven {
    let mut given = TagsGiven::new();
    let keys: BTreeSet<ContextKey> =
        open.tests().iter().filter(|test| is_given(test)).map(|t| t.variable.clone()).collect();
    for key in keys {
        if let Some((then, value)) = settled(&open, &key, best) {
            given.extend(value.map(|value| (key.tag().to_owned(), value)));
            open = then;
        }
    }
    given
}

/// What is left where the new one has a tag, or has it not, so that no less is open than before; with its value.
fn settled(open: &Truth, key: &ContextKey, best: &Truth) -> Option<(Truth, Option<String>)> {
    let of_key = |test: &Test| is_given(test) && test.variable == *key;
    let with = |values: &[&str]| {
        open.replace(&mut |test| {
            let held = if of_key(test) { test.holds(values) } else { None };
            held.map_or_else(|| Truth::test((**test).clone()), Truth::from)
        })
    };
    let tests = open.tests();
    let tests: Vec<&Test> = tests.iter().map(|test| &***test).filter(|test| of_key(test)).collect();
    let named = tests.iter().flat_map(|test| &test.values).filter(|text| !wildcard::has_wildcard(text)).cloned();
    let values = named.chain(witnesses(&tests).into_iter().flatten());
    let mut each = std::iter::once(None).chain(values.map(Some));
    each.find_map(|value| {
        let then = with(&value.as_deref().into_iter().collect::<Vec<_>>());
        (of_chosen(&then) == *best).then_some((then, value))
    })
}

/// What is left where the maker chooses the tags.
pub(super) fn of_chosen(truth: &Truth) -> Truth {
    project(truth, &|test: &Test| test.scope == TAGS).unwrap_or_else(|| truth.clone())
}
