//! Names of what a caller makes or finds: a template has a place for each.
//!
//! Owns: which names are worth a try in a place, and which actions speak of the same thing: one place has one name, whatever the action;
//! two places have names of their own. A text that no policy names fares as any other that none names, so one stands for all.

use std::collections::{BTreeMap, BTreeSet};

use super::table::{On, Step, Way};
use crate::model::PrincipalType;
use crate::wildcard;

/// What stands between braces.
pub(super) type Place = &'static str;

/// A name for each place.
pub(super) type Named = BTreeMap<Place, Box<str>>;

/// A name that no policy was written for.
const NAME: &str = "q7x2m4k9zt";

/// Another, for patterns that cover the first by chance.
const OTHER: &str = "w3v8n1c6hb";

/// What AWS itself names: the caller has no say in it.
const BY_AWS: Place = "id";

/// A name that may stand below a path: it takes all that is left of a resource.
const PATH: Place = "path";

/// Where parts of a resource end.
const ENDS: [char; 2] = ['/', ':'];

/// Names that are tried for one place at most.
const MAX_NAMES: usize = 1024;

/// Choices of names that are tried together at most.
const MAX_TRIED: usize = 4096;

/// Actions that speak of the same things.
#[derive(Debug, Default)]
pub(super) struct Group {
    /// Each with one of its resources.
    pub(super) done: Vec<(&'static Step, &'static On)>,
    places: BTreeSet<Place>,
}

/// The names that are worth a try, by their place.
#[derive(Debug)]
pub(super) struct Names(BTreeMap<Place, Vec<Box<str>>>);

/// Every action on every resource, those together that share a place.
pub(super) fn groups(steps: &[&'static Step]) -> Vec<Group> {
    let mut all: Vec<Group> = Vec::new();
    for (step, on) in steps.iter().flat_map(|step| step.on.iter().map(move |on| (*step, on))) {
        let mut group = Group { done: vec![(step, on)], places: places_of(on).filter(|p| *p != BY_AWS).collect() };
        let (same, others): (Vec<Group>, _) =
            all.into_iter().partition(|other| !other.places.is_disjoint(&group.places));
        all = others;
        for other in same.into_iter().rev() {
            group.done.splice(0..0, other.done);
            group.places.extend(other.places);
        }
        all.push(group);
    }
    all
}

impl Names {
    /// Those that the texts of resources name; `texts` have no variables.
    pub(super) fn of(way: &'static Way, texts: &[String]) -> Self {
        let mut patterns = BTreeMap::<Place, Vec<&str>>::new();
        for on in way.steps.iter().flat_map(|step| &step.on) {
            places_of(on).for_each(|place| _ = patterns.entry(place).or_default());
            let On::Made(template) = on else { continue };
            let Some(template) = template.splitn(6, ':').nth(5) else { continue };
            for text in texts {
                let said = text.splitn(6, ':').nth(5).map(|resource| fitted(template, resource)).unwrap_or_default();
                // a `*` may stand for what is before the name as well
                let spans = said.is_empty() && wildcard::meet(text, &glob_of(on));
                let last = places_of(on).filter(|_| spans).map(|place| (place, last_part(text, template)));
                for (place, pattern) in said.iter().copied().chain(last) {
                    patterns.entry(place).or_default().push(pattern);
                }
            }
        }
        Self(patterns.into_iter().map(|(place, patterns)| (place, names(place, &patterns))).collect())
    }

    /// Leaves out names of what is there already.
    pub(super) fn leave_out(&mut self, is_there: impl Fn(Place, &str) -> bool) {
        for (place, names) in &mut self.0 {
            names.retain(|name| !is_there(place, name));
        }
    }

    /// Keeps what is named already.
    pub(super) fn keep(&mut self, known: &Named) {
        for (place, names) in &mut self.0 {
            if let Some(name) = known.get(place) {
                *names = vec![name.clone()];
            }
        }
    }

    /// Whether every choice for a group is among its [`Names::choices`].
    pub(super) fn are_all_tried(&self, group: &Group) -> bool {
        let counts = group.places.iter().map(|place| self.0.get(place).map_or(0, Vec::len));
        let product = counts.clone().fold(1_usize, usize::saturating_mul);
        product <= MAX_TRIED && counts.max().unwrap_or(0) < MAX_NAMES
    }

    /// Every choice of names for the places of a group, the plainest first.
    pub(super) fn choices(&self, group: &Group) -> Vec<Named> {
        let mut all = vec![Named::new()];
        for place in &group.places {
            let names = self.0.get(place).map(Vec::as_slice).unwrap_or_default();
            let with = |named: &Named, name: &str| {
                let mut named = named.clone();
                named.insert(*place, name.into());
                named
            };
            all = all.iter().flat_map(|named| names.iter().map(move |name| with(named, name))).collect();
            all.truncate(MAX_TRIED);
        }
        all
    }
}

/// What a pattern of an ARN says of the name, below its path, of a user or role of an account.
pub(super) fn name_in<'t>(pattern: &'t str, kind: PrincipalType, account: &str) -> Option<&'t str> {
    let template = match kind {
        PrincipalType::User => "user/{path}",
        PrincipalType::Role => "role/{path}",
    };
    let parts: Vec<&str> = pattern.splitn(6, ':').collect();
    // a `*` may stand for what is before the name as well
    let any = template.replace("{path}", "*");
    let spans =
        || wildcard::meet(pattern, &format!("arn:*:iam::{account}:{any}")).then(|| last_part(pattern, template));
    let [_, _, _, _, of, resource] = parts.as_slice() else { return spans() };
    let found = || fitted(template, resource).into_iter().next().map(|(_, name)| name).or_else(spans);
    wildcard::matches(of, account).then(found).flatten()
}

/// What a step is done to, with `*` in every place.
fn glob_of(on: &On) -> String {
    let mut rest = if let On::Made(template) = on { &**template } else { "" };
    let mut glob = String::new();
    while let Some((before, _, after)) = place_in(rest) {
        glob.push_str(before);
        glob.push('*');
        rest = after;
    }
    glob + rest
}

/// What a pattern says of the end of a resource: of all that may stand below a path, as far as it says where that begins.
fn last_part<'t>(pattern: &'t str, template: &str) -> &'t str {
    let below = template.strip_suffix("{path}").and_then(|before| pattern.rsplit_once(before));
    below.map_or_else(|| pattern.rsplit(ENDS).next().unwrap_or(pattern), |(_, rest)| rest)
}

/// Names of users or roles that these patterns speak of, below their paths.
pub(super) fn principals(patterns: &[&str]) -> Vec<Box<str>> {
    names(PATH, patterns)
}

/// Names that a pattern covers, and that it covers together with one of the others.
pub(super) fn together(pattern: &str, others: &[&str]) -> Vec<Box<str>> {
    let with = |pattern: &str, any: &str| pattern.replace('*', any).replace('?', "x");
    let ends = |start: Option<&str>, end: Option<&str>| Some(with(&format!("{}{}", start?, end?), NAME));
    let joined = others.iter().flat_map(|other| {
        let [own, other] = [pattern, *other].map(|text| (text.strip_suffix('*'), text.strip_prefix('*')));
        [ends(own.0, other.1), ends(other.0, own.1)]
    });
    let alone = [with(pattern, NAME), with(pattern, "")].map(Some);
    alone.into_iter().chain(joined).flatten().map(Into::into).collect()
}

/// A text with `*` in place of names that stand for any.
pub(super) fn told(text: &str) -> String {
    text.replace(NAME, "*").replace(OTHER, "*")
}

/// Names of policies that these texts, of resources and of conditions, speak of; below their paths.
pub(super) fn policies(texts: &[String]) -> Vec<Box<str>> {
    below_paths("policy/{path}", "policy/*", texts)
}

/// The same of instance profiles.
pub(super) fn profiles(texts: &[String]) -> Vec<Box<str>> {
    below_paths("instance-profile/{path}", "instance-profile/*", texts)
}

/// Names in the one place of a template; `any` is what `*` says of it.
fn below_paths(template: &'static str, any: &str, texts: &[String]) -> Vec<Box<str>> {
    let resources = texts.iter().filter_map(|text| if text == "*" { Some(any) } else { text.splitn(6, ':').nth(5) });
    let patterns: Vec<&str> =
        resources.flat_map(|resource| fitted(template, resource)).map(|(_, pattern)| pattern).collect();
    names(PATH, &patterns)
}

/// A template with names in its places.
pub(super) fn filled(template: &str, named: &Named) -> String {
    let mut out = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, place, after)) = place_in(rest) {
        out.push_str(before);
        out.push_str(named.get(place).map_or(NAME, |name| name));
        rest = after;
    }
    out.push_str(rest);
    out
}

fn place_in(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once('{')?;
    let (place, after) = rest.split_once('}')?;
    Some((before, place, after))
}

/// The places of what a step is done to.
fn places_of(on: &'static On) -> impl Iterator<Item = Place> {
    let template = if let On::Made(template) = on { &**template } else { "" };
    let mut rest = template;
    let next = move || {
        let (_, place, after) = place_in(rest)?;
        rest = after;
        Some(place)
    };
    std::iter::from_fn(next).filter(|place| !matches!(*place, "partition" | "region" | "account"))
}

/// What a pattern of a policy says of each place of a template, part by part.
fn fitted<'t>(template: &'static str, resource: &'t str) -> Vec<(Place, &'t str)> {
    let mut found = Vec::new();
    let mut rest = resource;
    for (written, pattern) in template.split(ENDS).zip(resource.split(ENDS)) {
        let whole = rest;
        rest = rest.get(pattern.len() + 1..).unwrap_or_default();
        match place_in(written) {
            Some((_, PATH, _)) => found.push((PATH, whole)),
            Some((before, place, after)) => {
                found
                    .extend(pattern.strip_prefix(before).and_then(|p| p.strip_suffix(after)).map(|name| (place, name)));
            }
            None if wildcard::matches(pattern, written) => {}
            None => break,
        }
    }
    found
}

/// Names that patterns cover, and that two of them cover together.
fn names(place: Place, patterns: &[&str]) -> Vec<Box<str>> {
    let mut found: Vec<Box<str>> = vec![NAME.into(), OTHER.into()];
    if place == BY_AWS {
        return found;
    }
    // another letter, for what denies the first
    let with = |pattern: &str, any: &str| pattern.replace('*', any).replace('?', if any == OTHER { "w" } else { "x" });
    let starts = patterns.iter().filter_map(|pattern| pattern.strip_suffix('*'));
    let ends = || patterns.iter().filter_map(|pattern| pattern.strip_prefix('*'));
    let both = starts.flat_map(|start| ends().map(move |end| with(&format!("{start}{end}"), NAME)));
    let each = [NAME, OTHER, ""].into_iter().flat_map(|any| patterns.iter().map(move |pattern| with(pattern, any)));
    for name in each.chain(both) {
        if found.len() < MAX_NAMES && !name.is_empty() && !found.iter().any(|own| **own == *name) {
            found.push(name.into());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_names_what_stands_in_the_place() {
        assert_eq!(fitted("service/{cluster}/{name}", "service/dev/app-*"), [("cluster", "dev"), ("name", "app-*")]);
        assert_eq!(fitted("group/{path}", "group/team/*"), [("path", "team/*")]);
        assert_eq!(fitted("group/{path}", "group/*"), [("path", "*")]);
        assert_eq!(fitted("task-definition/{name}:1", "task-definition/app:*"), [("name", "app")]);
        for (template, pattern) in [("instance/i-{id}", "instance/*"), ("job/{name}", "trigger/x"), ("job/{name}", "*")]
        {
            assert!(fitted(template, pattern).is_empty(), "{template} {pattern}");
        }
    }

    #[test]
    fn a_wildcard_may_stand_for_what_is_before_the_name() {
        for (pattern, wanted) in [
            ("arn:aws:iam::123456789012:*app-*", "*app-*"),
            ("arn:aws:iam::*app*", "*app*"),
            ("arn:*:role/team/app-*", "team/app-*"),
            ("*app-?", "*app-?"),
        ] {
            let name = name_in(pattern, PrincipalType::Role, "123456789012").unwrap();
            assert_eq!(name, wanted);
            let fits = |name: &str| wildcard::matches(pattern, &format!("arn:aws:iam::123456789012:role/{name}"));
            assert!(principals(&[name]).iter().any(|name| fits(name)), "{pattern}");
        }
        assert_eq!(name_in("arn:aws:iam::123456789012:user/x", PrincipalType::Role, "123456789012"), None);
        let found = names("name", &["app-?"]);
        assert!(
            found.iter().any(|name| **name == *"app-w") && found.iter().any(|name| **name == *"app-x"),
            "{found:?}"
        );
    }

    #[test]
    fn two_patterns_have_a_name_together() {
        let found = names("name", &["*-dev", "team-*"]);
        assert!(found.iter().any(|name| **name == *"team--dev"), "{found:?}");
        assert_eq!(names(BY_AWS, &["x"]), names(BY_AWS, &[]));
    }

    #[test]
    fn a_template_is_filled_place_by_place() {
        let named = Named::from([("cluster", "dev".into())]);
        assert_eq!(filled("service/{cluster}/{name}", &named), format!("service/dev/{NAME}"));
    }
}
