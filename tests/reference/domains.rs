//! The values worth trying for request facts that a snapshot leaves undecided.
//!
//! Owns: every value that some policy of a pair can distinguish from another, and one that no policy names.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use serde_json::Value;

use super::Context;
use super::calls::{AGE, ISSUED, OPEN, SESSION, SESSION_NAME};
use super::decide::Layers;
use super::organization::Principal;
use super::passing::{IDENTITY, NEW_IDENTITY, OTHER_TAG, OTHER_TAG_TRANSITIVE, TAGS, carried, requested, transitive};
use super::samples::Samples;
use super::sessions::{ROLES_ANYWHERE, belongs_to_service};
use super::text::{Piece, expand, glob_text, literal, pattern};

/// The values of every undecided fact.
pub struct Domains<'a> {
    samples: &'a Samples,
    passing: BTreeMap<String, Vec<Option<String>>>,
    texts: Texts<'a>,
}

pub type Known = BTreeMap<String, Vec<String>>;

pub fn documents<'a>(layers: &Layers<'a>) -> Vec<&'a Value> {
    let of_caller = layers.identity.iter().chain(&layers.boundary).chain(layers.scp.iter().flatten().flatten());
    of_caller.chain(&layers.rcp).chain(&layers.trust).copied().collect()
}

/// Session names and external ids have at least two characters: letters, digits and these.
pub fn sts_takes(text: &str, others: &str) -> bool {
    text.len() > 1 && text.chars().all(|c| c.is_ascii_alphanumeric() || others.contains(c))
}

impl<'a> Domains<'a> {
    /// For the policies of one pair; `caller` is none if a service calls.
    pub fn of(layers: &Layers<'_>, known: &'a Known, samples: &'a Samples, caller: Option<&Principal<'_>>) -> Self {
        let passing = of_passing(samples, caller);
        let open = TAGS.iter().filter_map(|tag| passing.get_key_value(&carried(tag)));
        let open = open.map(|(key, values)| (key.clone(), values.clone())).collect();
        let mut texts = Texts { known, open, by_key: BTreeMap::new(), sessions: BTreeSet::new() };
        documents(layers).into_iter().for_each(|document| texts.read(document));
        Self { samples, passing, texts }
    }

    /// Every value worth trying, if the fact has values in such a request; `None` among them is "the request does not
    /// have it".
    pub fn values(&self, fact: &str) -> Option<Vec<Option<String>>> {
        let some = |values: Vec<String>| values.into_iter().map(Some).collect::<Vec<_>>();
        if let Some(values) = self.passing.get(fact) {
            return Some(values.clone());
        }
        if [SESSION, SESSION_NAME].contains(&fact) {
            return Some(some(self.samples.names.iter().cloned().collect()));
        }
        if let Some((key, may_be_absent)) = OPEN.iter().find(|(key, _)| *key == fact) {
            let values = if *key == "aws:sourceip" { self.texts.addresses() } else { self.texts.values(key) };
            return Some(some(values).into_iter().chain(may_be_absent.then_some(None)).collect());
        }
        match fact {
            AGE => {
                let ages: BTreeSet<i64> = self.texts.of(AGE).iter().flat_map(|t| around(t)).chain([10]).collect();
                Some(ages.iter().map(|a| Some(a.to_string())).collect())
            }
            ISSUED => {
                let issued = self.texts.of(ISSUED).iter().flat_map(|t| around_instant(t)).collect::<BTreeSet<_>>();
                Some(issued.into_iter().chain(["2026-11-19T23:30:00Z".to_owned()]).map(Some).collect())
            }
            key if belongs_to_service(ROLES_ANYWHERE, key) && self.texts.by_key.contains_key(key) => {
                let values = if key == "aws:sourcearn" { topics() } else { self.texts.values(key) };
                Some(some(values).into_iter().chain([None]).collect())
            }
            _ => None,
        }
    }
}

/// What the calling session carries, and what the call passes on.
fn of_passing(samples: &Samples, caller: Option<&Principal<'_>>) -> BTreeMap<String, Vec<Option<String>>> {
    let yes_or_no = || vec![Some("yes".to_owned()), None];
    let mut domains = BTreeMap::new();
    for tag in TAGS {
        let values = || samples.tags(tag).iter().cloned().map(Some);
        domains.insert(requested(tag), values().chain([None]).collect());
        domains.insert(transitive(tag), yes_or_no());
        if let Some(role) = caller.filter(|caller| caller.may_be_tagged) {
            // a session to which nobody passed the tag has the role's own
            let all: BTreeSet<_> = values().chain([role.tags.get(tag).cloned()]).collect();
            domains.insert(carried(tag), all.into_iter().collect());
        }
    }
    for fact in [OTHER_TAG, OTHER_TAG_TRANSITIVE] {
        domains.insert(fact.to_owned(), yes_or_no());
    }
    let identities = || samples.identities.iter().cloned().map(Some);
    domains.insert(NEW_IDENTITY.to_owned(), identities().chain([None]).collect());
    domains.insert(IDENTITY.to_owned(), identities().chain([None]).collect());
    domains
}

/// What a service may act for: patterns of ARNs overlap in too many ways to derive the values from them.
fn topics() -> Vec<String> {
    let names = ["a", "b", "b1", "qq"].iter();
    let all = names.flat_map(|name| ["eu-west-1", "zz"].map(|region| (region, name)));
    all.flat_map(|(region, name)| ["1", "2"].map(|account| format!("arn:aws:sns:{region}:{account}:{name}"))).collect()
}

fn around(threshold: &str) -> [i64; 3] {
    let at: i64 = threshold.parse().unwrap();
    [at - 1, at, at + 1]
}

fn around_instant(threshold: &str) -> [String; 3] {
    let at: jiff::Timestamp = threshold.parse().unwrap();
    [-1, 0, 1].map(|seconds| (at + jiff::SignedDuration::from_secs(seconds)).to_string())
}

/// What the policies of a pair say about each key.
pub struct Texts<'a> {
    pub known: &'a Known,
    /// Variables whose value is not known, and what it can be.
    pub open: Vec<(String, Vec<Option<String>>)>,
    pub by_key: BTreeMap<String, BTreeSet<String>>,
    pub sessions: BTreeSet<String>,
}

impl Context for Known {
    fn values(&self, key: &str) -> super::Asked<Option<Vec<String>>> {
        assert!(OPEN.iter().all(|(open, _)| *open != key), "a variable `{key}` would need values of its own");
        Ok(self.get(key).cloned())
    }

    fn session_name(&self) -> super::Asked<String> {
        Err(super::Undecided(SESSION.to_owned()))
    }
}

impl Texts<'_> {
    pub fn read(&mut self, value: &Value) {
        match value {
            Value::Object(map) => {
                for (key, inner) in map {
                    if let ("Condition", Value::Object(block)) = (key.as_str(), inner) {
                        let tests = block.iter().filter(|(operator, _)| *operator != "Null");
                        for (key, values) in tests.filter_map(|(_, tests)| tests.as_object()).flatten() {
                            self.by_key
                                .entry(key.to_lowercase())
                                .or_default()
                                .extend(super::strings(values).into_iter().map(Cow::into_owned));
                        }
                    }
                    self.read(inner);
                }
            }
            Value::Array(all) => all.iter().for_each(|v| self.read(v)),
            Value::String(text) => {
                let session = text.split_once(":assumed-role/").and_then(|(_, rest)| rest.split_once('/'));
                self.sessions.extend(session.map(|(_, name)| name.to_owned()));
            }
            _ => {}
        }
    }

    pub fn of(&self, key: &str) -> BTreeSet<String> {
        self.by_key.get(key).cloned().unwrap_or_default()
    }

    /// Values in the policies or derived from their patterns.
    pub fn values(&self, key: &str) -> Vec<String> {
        let texts: Vec<Vec<Piece>> = self.of(key).iter().flat_map(|t| self.readings(t)).collect();
        classes(&texts, Told::InEveryWay, |value| key != "sts:externalid" || sts_takes(value, "_+=,.@:/-"))
    }

    /// With and without variables: the document decides which applies.
    fn readings(&self, text: &str) -> Vec<Vec<Piece>> {
        let mut contexts = vec![self.known.clone()];
        for (key, values) in self.open.iter().filter(|(key, _)| text.to_lowercase().contains(key)) {
            let with = |context: &Known, value: &String| {
                let mut context = context.clone();
                context.insert(key.clone(), vec![value.clone()]);
                context
            };
            let more: Vec<Known> =
                contexts.iter().flat_map(|c| values.iter().flatten().map(move |value| with(c, value))).collect();
            contexts.extend(more);
        }
        let with = contexts.iter().filter_map(|context| expand(text, true, context).unwrap());
        let as_text = text.contains("${").then(|| pattern(text));
        with.chain(as_text).collect()
    }

    /// The first and the last address of every network, and others.
    fn addresses(&self) -> Vec<String> {
        let ends = self.of("aws:sourceip");
        let mut found: BTreeSet<String> = ends.iter().flat_map(|t| ends_of_network(t)).collect();
        found.extend(["203.0.113.77", "2620:0:1::1"].map(str::to_owned));
        found.into_iter().collect()
    }
}

/// How policies tell values from another.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Told {
    InEveryWay,
    /// No policy ignores the case, or takes a wildcard for itself.
    ByPattern,
}

/// Values named by the texts or derived from their patterns, one of each kind that the texts distinguish.
pub fn classes(texts: &[Vec<Piece>], told: Told, may_be: impl Fn(&String) -> bool) -> Vec<String> {
    let mut found: BTreeSet<String> = ["something-else".to_owned()].into();
    for text in texts {
        found.extend(instances(&spelled(text)));
        for other in texts {
            found.extend(common(&spelled(text), &spelled(other)).iter().flat_map(|t| instances(t)));
        }
    }
    let told_apart = |value: &String| -> Vec<[bool; 3]> {
        let tests = |text: &Vec<Piece>| {
            let plain = literal(text);
            let [same, same_but_case] = match told {
                Told::InEveryWay => [plain == *value, plain.to_lowercase() == value.to_lowercase()],
                Told::ByPattern => [false; 2],
            };
            [same, same_but_case, glob_text(text, value)]
        };
        texts.iter().map(tests).collect()
    };
    let classes: BTreeMap<_, _> = found.into_iter().filter(may_be).map(|t| (told_apart(&t), t)).collect();
    classes.into_values().collect()
}

/// Back to text; a literal `*` can no longer be told from a wildcard, which only adds values.
fn spelled(pieces: &[Piece]) -> String {
    literal(pieces)
}

/// Texts that match a pattern, in several letter cases.
pub fn instances(pattern: &str) -> BTreeSet<String> {
    // the pattern itself too: operators without wildcards compare it literally
    let (empty, filled) = (pattern.replace('*', ""), pattern.replace('*', "qq"));
    let plain = [pattern.to_owned(), empty.replace('?', "q"), filled.replace('?', "q")];
    plain.iter().flat_map(|t| [t.clone(), t.to_uppercase(), t.to_lowercase(), last_letter_turned(t)]).collect()
}

/// Differs only in the case of one letter, so that the prefix still matches.
fn last_letter_turned(text: &str) -> String {
    let mut characters: Vec<char> = text.chars().collect();
    if let Some(letter) = characters.iter_mut().rev().find(|c| c.is_ascii_alphabetic()) {
        *letter = if letter.is_ascii_uppercase() { letter.to_ascii_lowercase() } else { letter.to_ascii_uppercase() };
    }
    characters.into_iter().collect()
}

/// What two patterns may have in common: for two with a star, the longer prefix and the longer suffix; for one with
/// `?`, what the other has in its place.
fn common(a: &str, b: &str) -> Option<String> {
    if a.contains('?') {
        let filled = a.chars().zip(b.chars().chain(std::iter::repeat('q')));
        return Some(filled.map(|(c, other)| if c == '?' { other } else { c }).collect());
    }
    let ((start_a, end_a), (start_b, end_b)) = (a.split_once('*')?, b.split_once('*')?);
    let longer = |x: &str, y: &str| if x.len() > y.len() { x.to_owned() } else { y.to_owned() };
    Some(format!("{}*{}", longer(start_a, start_b), longer(end_a, end_b)))
}

fn ends_of_network(text: &str) -> Vec<String> {
    let (base, bits) = text.split_once('/').unwrap_or((text, "128"));
    let bits: u32 = bits.parse().unwrap();
    let last: IpAddr = match base.parse().unwrap() {
        IpAddr::V4(a) => Ipv4Addr::from_bits(a.to_bits() | u32::MAX.checked_shr(bits).unwrap_or(0)).into(),
        IpAddr::V6(a) => Ipv6Addr::from_bits(a.to_bits() | u128::MAX.checked_shr(bits).unwrap_or(0)).into(),
    };
    vec![base.to_owned(), last.to_string()]
}
