//! Tags of a user or role that is there already, changed so that conditions are met.
//!
//! Owns: what one request changes of them (`iam:TagUser`, `iam:UntagRole`), and what conditions see then: values that the caller chooses,
//! in place of those of the same keys; others stay as they are. A tag that a session brings takes the place of the role's own.
//! Source: AWS IAM User Guide, "Tags for AWS Identity and Access Management resources", "Pass session tags in AWS STS"; AWS Service
//! Authorization Reference.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::attempt::Attempt;
use super::choice::{Choice, choices};
use super::making::{TAGS, of_chosen, of_tags, tags_of_best};
use super::open::of_given;
use super::signing::best;
use super::table::Retags;
use crate::eval::{Credentials, Possible, Test, Trace, Truth, Unclear, decide, may_be_tagged};
use crate::ids::PrincipalIx;
use crate::model::Estate;
use crate::policy::TagOf;
use crate::policy::key::{ContextKey, KeyKind};

/// Tags that are changed, by key: their values, none where they are taken away.
pub type TagsChanged = BTreeMap<String, Option<String>>;

impl<'e> Attempt<'e> {
    /// Whether the tags of the target are changed so that all that follows is allowed, and the choice under which it is.
    pub(super) fn retags(&self, estate: &'e Estate, credentials: Credentials) -> (Truth, Option<Choice>) {
        let mut any = (Truth::False, None);
        for choice in choices(estate, self.by, self.way.way(), &[None], None).0 {
            let truth = of_chosen(&self.retagging(estate, &choice, credentials));
            if truth == Truth::True {
                return (truth, Some(choice));
            }
            if truth != Truth::False {
                any = (any.0.or(truth), any.1.or(Some(choice)));
            }
        }
        any
    }

    /// Whether the tags of the target are changed, and this is so then: what its sessions do with tags that are open.
    #[must_use]
    pub fn retags_and(&self, estate: &'e Estate, credentials: Credentials, then: &Truth) -> Truth {
        let with_others = of_chosen(&self.retagged_and(estate, credentials, then));
        if with_others == Truth::True || self.way.way().binding.is_own() {
            return with_others;
        }
        // whoever is taken over may get back what it had
        let before = self.replaced(then, KeyKind::PrincipalTag, |of, test| as_it_is(estate, of, test));
        let taken_over = best(credentials, |credentials| self.retags(estate, credentials).0);
        with_others.or(taken_over.and(before).and(Truth::unclear(Unclear::Undocumented(CHANGED_BACK.into()))))
    }

    /// Whether what follows is not allowed anyway, as the tags are.
    #[must_use]
    pub fn needs_other_tags(&self, estate: &'e Estate, credentials: Credentials) -> bool {
        let plain = |credentials| {
            let choice = self.retags(estate, credentials).1.unwrap_or_else(Choice::plain);
            self.following(estate, &choice, credentials, false)
        };
        best(credentials, plain) != Truth::True
    }

    /// The tags that are changed so that all is allowed, and this is so then; as few as will do.
    #[must_use]
    pub fn tags_changed(&self, estate: &'e Estate, credentials: Credentials, then: Option<&Truth>) -> TagsChanged {
        let (Some(retags), Some(of)) = (self.way.way().retags(), self.target.principal) else {
            return TagsChanged::new();
        };
        let open = match then {
            Some(then) => self.retagged_and(estate, credentials, then),
            None => best(credentials, |credentials| {
                let choice = self.retags(estate, credentials).1.unwrap_or_else(Choice::plain);
                self.retagging(estate, &choice, credentials)
            }),
        };
        let best = of_chosen(&open);
        match retags {
            _ if best == Truth::False => TagsChanged::new(),
            Retags::Gives => tags_of_best(open, &best).into_iter().map(|(key, value)| (key, Some(value))).collect(),
            Retags::Takes => taken(estate, of, &open, &best).into_iter().map(|key| (key, None)).collect(),
        }
    }

    fn retagged_and(&self, estate: &'e Estate, credentials: Credentials, then: &Truth) -> Truth {
        let open = best(credentials, |credentials| self.retagging(estate, &Choice::plain(), credentials));
        open.and(self.with_other_tags(estate, then, KeyKind::PrincipalTag))
    }

    /// All actions under one choice; which tags are changed, and how, is open.
    fn retagging(&self, estate: &'e Estate, choice: &Choice, credentials: Credentials) -> Truth {
        let way = self.way.way();
        let (Some(step), Some(retags)) = (way.steps.first(), way.retags()) else { return Truth::False };
        let mut all = match retags {
            Retags::Gives => Truth::True,
            // a request names what it takes away
            Retags::Takes => about(&ContextKey::new(KEYS), "Null", "true").not(),
        };
        for question in self.questions(estate, step, choice, credentials, None) {
            all = all.and(of_tags(&decide(&question, &mut Trace::off()), is_of_request));
        }
        if all == Truth::False { all } else { all.and(self.following(estate, choice, credentials, true)) }
    }

    /// The actions after the first, with tags that are changed or as they are.
    fn following(&self, estate: &'e Estate, choice: &Choice, credentials: Credentials, is_retagged: bool) -> Truth {
        let mut all = Truth::True;
        for step in self.way.way().steps.iter().skip(1) {
            for question in self.questions(estate, step, choice, credentials, None) {
                let question = question.with_retagged_resource(is_retagged);
                // what the call itself passes is chosen first: its tags are none of the target's
                let truth = of_given(decide(&question, &mut Trace::off()));
                all = all.and(self.with_other_tags(estate, &truth, KeyKind::ResourceTag));
                if all == Truth::False {
                    return all;
                }
            }
            all = all.and(self.enters_by(estate, step, credentials, None, &mut Trace::off()));
        }
        all
    }

    /// The truth where tests of this kind are about the tags that the target has then.
    fn with_other_tags(&self, estate: &Estate, truth: &Truth, kind: KeyKind) -> Truth {
        let Some(retags) = self.way.way().retags() else { return truth.clone() };
        self.replaced(truth, kind, |of, test| changed(estate, of, retags, test))
    }

    /// The truth with something else in place of tests of this kind, which are about tags of the target.
    fn replaced(&self, truth: &Truth, kind: KeyKind, by: impl Fn(PrincipalIx, &Arc<Test>) -> Truth) -> Truth {
        let Some(of) = self.target.principal else { return truth.clone() };
        truth.replace(&mut |test| {
            let is_of_target = test.variable.kind() == kind && test.scope != TAGS && test.possible != Possible::Opaque;
            if is_of_target { by(of, test) } else { Truth::test((**test).clone()) }
        })
    }
}

/// What is open where what a way asks for and what is done then ask for different tags.
const CHANGED_BACK: &str = "whether tags that are changed first are changed back then";

/// What a request lists that gives tags, or takes them away.
const KEYS: &str = "aws:TagKeys";

/// True for tests of the tags that a request passes.
fn is_of_request(test: &Test) -> bool {
    matches!(test.variable.kind(), KeyKind::RequestTag | KeyKind::TagKeys)
}

/// A test of the request that changes the tags.
fn about(key: &ContextKey, operator: &str, value: &str) -> Truth {
    Truth::test(Test { scope: TAGS, ..Test::of(key, operator, value) })
}

/// A test of a tag that is not changed.
fn as_it_is(estate: &Estate, of: PrincipalIx, test: &Arc<Test>) -> Truth {
    let principal = estate.principal(of);
    let own = match principal.tag(test.variable.tag()) {
        TagOf::Value(value) => vec![value],
        TagOf::Absent => Vec::new(),
        TagOf::Unread => return principal.tags_gap().map_or_else(|| Truth::test((**test).clone()), Truth::gap),
    };
    // what a session brings is there, whatever the role has
    if is_of_session(estate, of, test) { of_session(test, own.is_empty()) } else { with(test, &own) }
}

/// A test of a tag where it may be changed.
fn changed(estate: &Estate, of: PrincipalIx, retags: Retags, test: &Arc<Test>) -> Truth {
    let tag = test.variable.tag();
    let as_it_is = as_it_is(estate, of, test);
    let is_of_session = is_of_session(estate, of, test);
    let (is_changed, then) = match retags {
        Retags::Gives if is_of_session => return as_it_is,
        Retags::Gives => {
            let passed = ContextKey::new(&format!("aws:RequestTag/{tag}"));
            (about(&passed, "Null", "true").not(), of_tags(&Truth::test((**test).clone()), |_| true))
        }
        Retags::Takes => {
            let then = if is_of_session { of_session(test, true) } else { with(test, &[]) };
            (about(&ContextKey::new(KEYS), "ForAnyValue:StringEqualsIgnoreCase", tag), then)
        }
    };
    is_changed.clone().and(then).or(is_changed.not().and(as_it_is))
}

/// True for tests of a tag of the caller that a session may bring.
fn is_of_session(estate: &Estate, of: PrincipalIx, test: &Test) -> bool {
    test.variable.kind() == KeyKind::PrincipalTag && may_be_tagged(estate, of, test.variable.tag())
}

/// A test of a tag that a session may bring, and that is absent at times.
fn of_session(test: &Test, absent: bool) -> Truth {
    Truth::test(Test { possible: Possible::Any { absent }, ..test.clone() })
}

/// A test of a tag that has these values.
fn with(test: &Arc<Test>, values: &[&str]) -> Truth {
    test.holds(values).map_or_else(|| Truth::test((**test).clone()), Truth::from)
}

/// The tags that must be taken away: one that will do alone, or all that something reads.
fn taken(estate: &Estate, of: PrincipalIx, open: &Truth, best: &Truth) -> Vec<String> {
    let is_list = |test: &Test| test.scope == TAGS && test.variable.kind() == KeyKind::TagKeys;
    let tests = open.tests();
    let read = |key: &str| tests.iter().any(|t| is_list(t) && t.values.iter().any(|v| v.eq_ignore_ascii_case(key)));
    let own = estate.principal(of).tags().iter().map(|tag| tag.key.clone());
    let own: Vec<String> = own.filter(|key| read(key)).collect();
    let will_do = |keys: &[String]| {
        let values: Vec<&str> = keys.iter().map(String::as_str).collect();
        let then =
            open.replace(&mut |test| if is_list(test) { with(test, &values) } else { Truth::test((**test).clone()) });
        of_chosen(&then) == *best
    };
    let alone = own.iter().find(|key| will_do(std::slice::from_ref(key)));
    alone.map_or_else(|| own.clone(), |key| vec![key.clone()])
}
