//! SCPs and RCPs in force, level by level.

use std::collections::{BTreeMap, BTreeSet};

use super::collector::Collector;
use super::hop::Told;
use super::pairing::Which;
use super::world::World;
use crate::answer::Layer;
use crate::difference::{ChangeKind, Section, What};
use crate::model::{Document, Guardrails};

/// What is attached: target and name of the policy, with its document.
type InForce<'a> = BTreeMap<(&'a str, &'a str), Document>;

impl World<'_, '_> {
    /// Changes of the SCPs and RCPs that accounts of both sides are under. An account that moved is under others, and that it moved
    /// is told of it.
    #[must_use]
    pub fn guardrails(&self) -> Section {
        let mut found = Collector::default();
        let mut seen = BTreeSet::new();
        for (_, new) in self.estate(Which::New).indexed_accounts() {
            let Some(old) = self.account(Which::Old, new.id()).filter(|old| old.units() == new.units()) else {
                continue;
            };
            for (layer, before, after) in [(Layer::Scp, old.scps(), new.scps()), (Layer::Rcp, old.rcps(), new.rcps())] {
                // accounts share their sets
                if seen.insert((std::sync::Arc::as_ptr(before), std::sync::Arc::as_ptr(after))) {
                    found.extend(self.changes_of_guardrails(before, after, layer));
                }
            }
        }
        let unread = |which| {
            let estate = self.estate(which);
            let mut gaps = BTreeSet::new();
            for (_, account) in estate.indexed_accounts() {
                gaps.extend(account.scps().gaps().chain(account.rcps().gaps()));
            }
            gaps.into_iter().map(|gap| estate.gap(gap).clone()).collect()
        };
        found.section(self.gaps(unread))
    }

    /// What is attached, detached, or says something else, each with the root, OU or account that it is at.
    pub(super) fn changes_of_guardrails(&self, old: &Guardrails, new: &Guardrails, layer: Layer) -> Told {
        // where one side does not know what is in force, nothing can be said
        if old.unknown().is_some() || new.unknown().is_some() {
            return Told::new();
        }
        let (before, after) = (in_force(old), in_force(new));
        let what = |kind, name: &str| What { layer: Some(layer), policy: name.to_owned(), ..What::of(kind) };
        let mut told = Told::new();
        for ((target, name), document) in &after {
            match before.get(&(*target, *name)) {
                None => told.push((what(ChangeKind::PolicyAttached, name), (*target).to_owned())),
                Some(known) => {
                    let changes = self.changes_of_document(layer, name, *known, *document);
                    told.extend(changes.into_iter().map(|what| (what, (*target).to_owned())));
                }
            }
        }
        for (target, name) in before.keys().filter(|key| !after.contains_key(*key)) {
            told.push((what(ChangeKind::PolicyDetached, name), (*target).to_owned()));
        }
        told
    }
}

fn in_force(guardrails: &Guardrails) -> InForce<'_> {
    let all = guardrails.levels().iter().flatten();
    all.map(|guardrail| ((&*guardrail.target, &*guardrail.name), guardrail.document)).collect()
}
