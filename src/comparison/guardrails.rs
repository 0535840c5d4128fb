//! SCPs and RCPs in force, level by level.

use std::collections::{BTreeMap, BTreeSet};

use super::collector::{Collector, Told};
use super::pairing::Which;
use super::world::World;
use crate::answer::Layer;
use crate::difference::{ChangeKind, Clause, Section, What};
use crate::model::{Guardrail, Guardrails};

/// What is attached: the level, from the root on, and the id of the policy. An OU and a policy may be called otherwise on the other side.
type InForce<'a> = BTreeMap<(usize, &'a str), &'a Guardrail>;

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
        found.extend(self.renamed_policies());
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

    /// SCPs and RCPs with another name, by their ids.
    fn renamed_policies(&self) -> Told {
        let own = |which| self.estate(which).organization_policies().into_iter().flat_map(|all| &all.own);
        let before: BTreeMap<&str, &str> = own(Which::Old).map(|policy| (id_of(&policy.arn), &*policy.name)).collect();
        let mut told = Told::new();
        for policy in own(Which::New) {
            let id = id_of(&policy.arn);
            // one whose name is not known is called after its id
            let old = before.get(id).filter(|old| **old != policy.name && **old != id && policy.name != id);
            if let Some(old) = old {
                let layer = if policy.is_rcp { Layer::Rcp } else { Layer::Scp };
                let what = What {
                    layer: Some(layer),
                    policy: policy.name.clone(),
                    old: Some(Clause::text(*old)),
                    ..What::of(ChangeKind::PolicyRenamed)
                };
                told.push((what, id.to_owned()));
            }
        }
        told
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
        for (key, guardrail) in &after {
            let (name, target) = (&guardrail.name, guardrail.target.to_string());
            match before.get(key) {
                None if is_open(old, key.0) => {}
                None => told.push((what(ChangeKind::PolicyAttached, name), target)),
                Some(known) => {
                    let changes = self.changes_of_document(layer, name, known.document, guardrail.document);
                    told.extend(changes.into_iter().map(|what| (what, target.clone())));
                }
            }
        }
        let gone = before.iter().filter(|(key, _)| !after.contains_key(*key) && !is_open(new, key.0));
        told.extend(gone.map(|(_, gone)| (what(ChangeKind::PolicyDetached, &gone.name), gone.target.to_string())));
        told
    }
}

fn in_force(guardrails: &Guardrails) -> InForce<'_> {
    let levels = guardrails.levels().iter().enumerate();
    let all = levels.flat_map(|(level, all)| all.iter().map(move |guardrail| ((level, id(guardrail)), guardrail)));
    // RCPFullAWSAccess cannot be detached, and need not be listed
    all.filter(|((_, id), guardrail)| *id != "p-RCPFullAWSAccess" && !guardrail.stands_for_unread()).collect()
}

/// `p-12345678` of an ARN, or of the id itself.
fn id_of(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}

/// Whether policies of a level were not read.
fn is_open(guardrails: &Guardrails, level: usize) -> bool {
    guardrails.levels().get(level).is_some_and(|all| all.iter().any(Guardrail::stands_for_unread))
}

/// `p-12345678` of `deny-leaving (p-12345678)`.
fn id(guardrail: &Guardrail) -> &str {
    let name = guardrail.name.strip_suffix(')').and_then(|name| name.rsplit_once('('));
    name.map_or(&guardrail.name, |(_, id)| id)
}
