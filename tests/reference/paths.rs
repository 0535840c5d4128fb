//! Paths by plain search over sessions: a principal, the name of its session, its tags, its source identity.
//!
//! Owns: what a session has from the call that created it. A tag is what the call passed, else what was inherited as
//! transitive, else the role's own; a source identity stays as soon as it is set. Inheriting needs no permission. Only
//! a role whose trust policy opens `sts:TagSession` sees session tags, even inherited ones (docs/semantics.md, "What AWS
//! does not say").
//! Source: AWS IAM User Guide, "Pass session tags in AWS STS", "Monitor and control actions taken with assumed roles".

use std::collections::{BTreeMap, BTreeSet};

use super::calls::{PASSES_TAGS, SESSION, SESSION_NAME, SETS_IDENTITY, World};
use super::organization::Principal;
use super::passing::{IDENTITY, NEW_IDENTITY, OTHER_TAG, TAGS, carried, requested, transitive};
use super::samples::Samples;

/// What somebody who calls has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Session<'a> {
    pub of: usize,
    /// False as soon as a hop of the path created it.
    pub is_start: bool,
    name: Option<&'a str>,
    /// For each of [`TAGS`], a session tag, and whether it is transitive.
    tags: [Option<(&'a str, bool)>; 2],
    identity: Option<&'a str>,
}

impl<'a> Session<'a> {
    /// Every session with which a path may start. A user has no name of a session, no session tags and no source
    /// identity; who created a role's session is not known.
    pub fn starts(of: usize, who: &Principal<'_>, samples: &'a Samples) -> BTreeSet<Self> {
        let bare = Self { of, is_start: true, name: None, tags: [None; 2], identity: None };
        let mut all: BTreeSet<Self> = [bare].into();
        if who.is_user {
            return all;
        }
        all = all.iter().flat_map(|s| samples.names.iter().map(|name| Self { name: Some(name), ..*s })).collect();
        for (at, tag) in TAGS.iter().enumerate() {
            if who.may_be_tagged && samples.reads(&carried(tag)) {
                let with = |s: &Self, value| {
                    let mut tagged = *s;
                    tagged.tags[at] = value;
                    tagged
                };
                let values: Vec<_> = tag_values(samples, tag);
                all = all.iter().flat_map(|s| values.iter().map(move |value| with(s, *value))).collect();
            }
        }
        if who.may_have_identity && samples.reads(IDENTITY) {
            let more = |s: &Self| {
                let s = *s;
                samples.identities.iter().map(move |name| Self { identity: Some(name), ..s })
            };
            let set: Vec<Self> = all.iter().flat_map(more).collect();
            all.extend(set);
        }
        all
    }

    /// A session that AWS made for a person: of these tags each is transitive or not.
    pub fn made(of: usize, name: &'a str, tags: [Option<(&'a str, bool)>; 2]) -> Self {
        Self { of, is_start: false, name: Some(name), tags, identity: None }
    }

    /// The facts that a call with it has.
    pub fn facts(&self, who: &Principal<'_>) -> World {
        let tag = |at: usize| {
            let own = who.tags.get(TAGS[at]).cloned();
            (carried(TAGS[at]), self.tags[at].map(|(value, _)| value.to_owned()).or(own))
        };
        let name = (SESSION.to_owned(), self.name.map(str::to_owned));
        let identity = (IDENTITY.to_owned(), self.identity.map(str::to_owned));
        [name, identity, tag(0), tag(1)].into()
    }

    pub fn of(&self) -> usize {
        self.of
    }

    /// A session without anything that somebody passed.
    pub fn is_bare(&self) -> bool {
        self.tags == [None; 2] && self.identity.is_none()
    }

    /// Every session that this call can create.
    pub fn after(&self, who: &Principal<'_>, call: &Passage<'a>, to: usize, samples: &'a Samples) -> Vec<Self> {
        if !call.fits(self, who) {
            return Vec::new();
        }
        let mut next = vec![Self { of: to, is_start: false, name: None, tags: [None; 2], identity: self.identity }];
        let names: Vec<&str> = match call.new_name {
            Some(name) => vec![name],
            None => samples.names.iter().map(String::as_str).collect(),
        };
        next = next.iter().flat_map(|s| names.iter().map(move |name| Self { name: Some(name), ..*s })).collect();
        for (at, tag) in TAGS.iter().enumerate() {
            let values = call.new_tags(at, tag, self.tags[at], samples);
            let with = |s: &Self, value| {
                let mut tagged = *s;
                tagged.tags[at] = value;
                tagged
            };
            next = next.iter().flat_map(|s| values.iter().map(move |value| with(s, *value))).collect();
        }
        if call.sets_identity && self.identity.is_none() {
            let names: Vec<&str> = match call.new_identity {
                Some(name) => vec![name],
                None if samples.reads(IDENTITY) => samples.identities.iter().map(String::as_str).collect(),
                None => Vec::new(),
            };
            next =
                next.iter().flat_map(|s| names.iter().map(move |name| Self { identity: Some(name), ..*s })).collect();
        }
        next
    }
}

/// Absent, or any value, transitive or not.
fn tag_values<'a>(samples: &'a Samples, tag: &str) -> Vec<Option<(&'a str, bool)>> {
    let values = samples.tags(tag).iter();
    values.flat_map(|value| [Some((value.as_str(), true)), Some((value.as_str(), false))]).chain([None]).collect()
}

/// What an allowed call requires of the calling session and what it passes on; `None` is anything.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Passage<'a> {
    name: Option<&'a str>,
    tags: [Option<Option<&'a str>>; 2],
    identity: Option<Option<&'a str>>,
    new_name: Option<&'a str>,
    pub passes_tags: bool,
    passed: [Option<Option<&'a str>>; 2],
    transitive: [Option<bool>; 2],
    pub sets_identity: bool,
    new_identity: Option<&'a str>,
}

impl<'a> Passage<'a> {
    /// `None` if the call would pass nothing after all.
    pub fn of(world: &'a World) -> Option<Self> {
        let fact = |name: &str| world.get(name).map(|value| value.as_deref());
        let passes_tags = fact(PASSES_TAGS).flatten().is_some();
        let passed = TAGS.map(|tag| if passes_tags { fact(&requested(tag)) } else { Some(None) });
        // it says that it passes tags, and then none
        if passes_tags && passed == [Some(None); 2] && fact(OTHER_TAG) == Some(None) {
            return None;
        }
        let sets_identity = fact(SETS_IDENTITY).flatten().is_some();
        if sets_identity && fact(NEW_IDENTITY) == Some(None) {
            return None;
        }
        Some(Self {
            name: fact(SESSION).flatten(),
            tags: TAGS.map(|tag| fact(&carried(tag))),
            identity: fact(IDENTITY),
            new_name: fact(SESSION_NAME).flatten(),
            passes_tags,
            passed,
            transitive: TAGS.map(|tag| fact(&transitive(tag)).map(|value| value.is_some())),
            sets_identity,
            new_identity: fact(NEW_IDENTITY).flatten(),
        })
    }

    fn fits(&self, session: &Session<'_>, who: &Principal<'_>) -> bool {
        let own = |tag: &str| who.tags.get(tag).map(String::as_str);
        let seen = |at: usize| session.tags[at].map(|(value, _)| value).or_else(|| own(TAGS[at]));
        let inherits = |at: usize| session.tags[at].is_some_and(|(_, transitive)| transitive);
        self.name.is_none_or(|name| session.name == Some(name))
            && self.tags.iter().enumerate().all(|(at, tag)| tag.is_none_or(|value| value == seen(at)))
            && self.identity.is_none_or(|identity| identity == session.identity)
            // a tag that was inherited cannot be passed again
            && self.passed.iter().enumerate().all(|(at, tag)| !(inherits(at) && tag.flatten().is_some()))
            // a source identity cannot be changed
            && (session.identity.is_none() || self.new_identity.is_none_or(|new| session.identity == Some(new)))
    }

    /// What becomes of a tag.
    fn new_tags(
        &self,
        at: usize,
        tag: &str,
        before: Option<(&'a str, bool)>,
        samples: &'a Samples,
    ) -> Vec<Option<(&'a str, bool)>> {
        if let Some((_, true)) = before {
            return vec![before];
        }
        let is_transitive = |(_, flag): &(&'a str, bool)| self.transitive[at].is_none_or(|wanted| wanted == *flag);
        match self.passed[at] {
            Some(None) => vec![None],
            Some(Some(value)) => [(value, true), (value, false)].into_iter().filter(is_transitive).map(Some).collect(),
            // nobody reads it: passing it only forbids to pass it again
            None if !samples.reads(&carried(tag)) => vec![None],
            None => tag_values(samples, tag).into_iter().filter(|v| v.is_none_or(|v| is_transitive(&v))).collect(),
        }
    }
}

/// How many hops it takes to everything that can be reached, at least one.
pub fn lengths<S: Ord + Clone>(starts: BTreeSet<S>, next: impl Fn(&S) -> Vec<S>) -> BTreeMap<S, usize> {
    let mut lengths = BTreeMap::new();
    let mut level: Vec<S> = starts.into_iter().collect();
    let mut steps = 0;
    while !level.is_empty() {
        steps += 1;
        let mut reached = Vec::new();
        for state in level.iter().flat_map(&next) {
            if !lengths.contains_key(&state) {
                lengths.insert(state.clone(), steps);
                reached.push(state);
            }
        }
        level = reached;
    }
    lengths
}
