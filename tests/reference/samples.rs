//! The values worth trying for what a session carries from the hop that created it to the next: its name, tags, a
//! source identity. All pairs of an organization have to try the same ones.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::calls::SESSION_NAME;
use super::decide::Layers;
use super::domains::{Known, Texts, Told, classes, documents, instances, sts_takes};
use super::organization::Facts;
use super::passing::{IDENTITY, NEW_IDENTITY, TAGS, carried, requested};
use super::text::{Piece, expand};

/// The values of one organization.
#[derive(Debug, Default)]
pub struct Samples {
    pub names: BTreeSet<String>,
    pub identities: Vec<String>,
    tags: BTreeMap<&'static str, Vec<String>>,
    /// Tags and the source identity of the calling session, if some policy of the organization reads them.
    reads: BTreeSet<String>,
}

impl Samples {
    pub fn of(facts: &Facts<'_>) -> Self {
        let passes = facts.principals.iter().any(|p| p.may_be_tagged || p.may_have_identity);
        let all: String = facts.documents().iter().map(|document| document.to_string().to_lowercase()).collect();
        let readable = TAGS.iter().map(|tag| carried(tag)).chain([IDENTITY.to_owned()]);
        let reads: BTreeSet<String> = readable.filter(|key| passes && all.contains(key)).collect();
        let pairs = || facts.principals.iter().flat_map(|from| facts.roles().map(move |to| (from, to)));
        let mut said = Said::default();
        for (from, to) in pairs() {
            said.read(&facts.layers(from, to), &facts.context(from, to));
        }
        let mut tags = BTreeMap::new();
        for tag in TAGS {
            let mut texts = said.readings(&[carried(tag), requested(tag)]);
            // another text can contain the tag as a variable: then whatever it is compared with counts
            let variable = format!("${{{}", carried(tag));
            let literal = |text: &str| text.chars().map(Piece::Exactly).collect();
            let mut told = Told::ByPattern;
            if all.contains(&variable) {
                texts.extend(facts.principals.iter().flat_map(|p| p.tags.values()).map(|value| literal(value)));
                if ignores_case_of(facts, &variable) {
                    told = Told::InEveryWay;
                }
            }
            tags.insert(tag, classes(&texts.into_iter().collect::<Vec<_>>(), told, |_| true));
        }
        let keys = [IDENTITY.to_owned(), NEW_IDENTITY.to_owned()];
        let texts: Vec<_> = said.readings(&keys).into_iter().collect();
        let identities = classes(&texts, Told::ByPattern, |name| sts_takes(name, "_+=,.@-"));
        let mut names = said.names;
        names.retain(|name| sts_takes(name, "_+=,.@-"));
        names.insert("something-else".to_owned());
        Self { names, identities, tags, reads }
    }

    /// Further names of sessions and values of tags.
    pub fn add(&mut self, names: &BTreeSet<String>, values: &BTreeSet<String>) {
        self.names.extend(names.iter().cloned());
        for known in self.tags.values_mut() {
            let new: Vec<String> = values.iter().filter(|value| !known.contains(value)).cloned().collect();
            known.extend(new);
        }
    }

    pub fn tags(&self, tag: &str) -> &[String] {
        &self.tags[tag]
    }

    pub fn reads(&self, key: &str) -> bool {
        self.reads.contains(key)
    }
}

/// Whether some policy compares a variable with no regard to case.
fn ignores_case_of(facts: &Facts<'_>, variable: &str) -> bool {
    let texts = facts.documents().into_iter().map(|document| document.to_string().to_lowercase());
    let compares = |text: String| {
        let mut operators = text.split("ignorecase").skip(1);
        operators
            .any(|after| after.split('}').next().is_some_and(|block| block.contains(variable.trim_end_matches('}'))))
    };
    texts.into_iter().any(compares)
}

/// What the policies of an organization compare with the facts that sessions carry.
#[derive(Default)]
struct Said {
    names: BTreeSet<String>,
    by_key: BTreeMap<String, BTreeSet<Vec<Piece>>>,
    // most documents mention no session, and every document belongs to many pairs
    asked: BTreeMap<*const Value, bool>,
}

impl Said {
    fn read(&mut self, layers: &Layers<'_>, known: &Known) {
        let mut texts = Texts { known, open: Vec::new(), by_key: BTreeMap::new(), sessions: BTreeSet::new() };
        for document in documents(layers) {
            if *self.asked.entry(std::ptr::from_ref(document)).or_insert_with(|| mentions_sessions(document)) {
                texts.read(document);
            }
        }
        self.names.extend(texts.values(SESSION_NAME));
        for (_, session) in texts.of("aws:userid").iter().filter_map(|t| t.split_once(':')) {
            self.names.extend(instances(session));
        }
        let carried: Vec<String> = TAGS.iter().flat_map(|tag| [carried(tag), requested(tag)]).collect();
        for key in carried.into_iter().chain([IDENTITY.to_owned(), NEW_IDENTITY.to_owned()]) {
            // organizations that read them have only documents of the version with variables
            let readings: Vec<_> =
                texts.of(&key).iter().filter_map(|text| expand(text, true, known).unwrap()).collect();
            self.by_key.entry(key).or_default().extend(readings);
        }
        self.names.extend(texts.sessions);
    }

    fn readings(&self, keys: &[String]) -> BTreeSet<Vec<Piece>> {
        keys.iter().filter_map(|key| self.by_key.get(key)).flatten().cloned().collect()
    }
}

fn mentions_sessions(document: &Value) -> bool {
    let text = document.to_string().to_lowercase();
    ["rolesessionname", "userid", ":assumed-role/", "principaltag/", "requesttag/", "sourceidentity"]
        .iter()
        .any(|word| text.contains(word))
}
