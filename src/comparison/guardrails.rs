//! SCPs and RCPs in force, level by level.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::collector::{Collector, Told};
use super::pairing::Which;
use super::world::World;
use crate::answer::Layer;
use crate::difference::{ChangeKind, Clause, Section, What};
use crate::ids::AccountId;
use crate::model::{Account, Guardrail, Guardrails};

/// What is attached: the level, from the root on, and the id of the policy. An OU and a policy may be called otherwise on the other side.
type InForce<'a> = BTreeMap<(usize, &'a str), &'a Guardrail>;

/// What a level of one account is called, whichever account has it.
const OF_ACCOUNT: &str = "account";

impl World<'_, '_> {
    /// Changes of the SCPs and RCPs that accounts of both sides are under. An account that moved is under others, and that it moved
    /// is told of it.
    #[must_use]
    pub fn guardrails(&self) -> Section {
        let mut found = Collector::default();
        let mut known = HashMap::new();
        for (_, new) in self.estate(Which::New).indexed_accounts() {
            let Some(old) = self.account(Which::Old, new.id()).filter(|old| old.units() == new.units()) else {
                continue;
            };
            for (layer, before, after) in [(Layer::Scp, old.scps(), new.scps()), (Layer::Rcp, old.rcps(), new.rcps())] {
                // accounts share their sets
                let told = || self.changes_of_guardrails(before, after, layer);
                let told = known.entry((Arc::as_ptr(before), Arc::as_ptr(after))).or_insert_with(told);
                found.extend(of_account(told.iter().cloned(), new.id()));
            }
        }
        found.extend(self.renamed_policies());
        let unread = |which| {
            let estate = self.estate(which);
            let mut gaps = BTreeSet::new();
            for (_, account) in estate.indexed_accounts() {
                gaps.extend(account.scps().gaps().chain(account.rcps().gaps()));
            }
            gaps.into_iter().map(|gap| estate.gap(gap).clone()).chain(self.lost_organization(which)).collect()
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
        // where the type is off, what a policy is attached to says nothing
        let is_on = |guardrails: &Guardrails| !matches!(guardrails, Guardrails::Absent);
        // elsewhere it was attached before, or still is: it is neither new nor gone
        let attached = |guardrail: &Guardrail| What {
            layer: Some(layer),
            policy: guardrail.name.to_string(),
            old: is_on(old).then(|| self.places(Which::Old, guardrail.id())).flatten(),
            ..What::of(ChangeKind::PolicyAttached)
        };
        let detached = |guardrail: &Guardrail| What {
            layer: Some(layer),
            policy: guardrail.name.to_string(),
            new: is_on(new).then(|| self.places(Which::New, guardrail.id())).flatten(),
            ..What::of(ChangeKind::PolicyDetached)
        };
        let mut told = Told::new();
        for (key, guardrail) in &after {
            let (name, target) = (&guardrail.name, guardrail.target.to_string());
            match before.get(key) {
                None if is_open(old, key.0) => {}
                None => told.push((attached(guardrail), target)),
                Some(known) => {
                    let changes = self.changes_of_document(layer, name, known.document, guardrail.document);
                    told.extend(changes.into_iter().map(|what| (what, target.clone())));
                }
            }
        }
        let gone = before.iter().filter(|(key, _)| !after.contains_key(*key) && !is_open(new, key.0));
        told.extend(gone.map(|(_, gone)| (detached(gone), gone.target.to_string())));
        told
    }

    /// Where a policy is attached on a side, in words; `None` if nowhere, or if that was not read.
    fn places(&self, which: Which, id: &str) -> Option<Clause> {
        let estate = self.estate(which);
        let own = estate.organization_policies()?.own.iter().find(|policy| id_of(&policy.arn) == id)?;
        let units = estate.organization().map(|organization| &organization.units);
        let name = |target: &String| {
            let account = AccountId::parse(target).and_then(|id| self.account(which, id)).map(Account::name);
            let unit = || units.and_then(|units| units.get(target)).map(String::as_str);
            let root = || target.starts_with("r-").then_some("the root");
            account.filter(|name| !name.is_empty()).or_else(unit).or_else(root).unwrap_or(target).to_owned()
        };
        let mut names: Vec<String> = own.targets.as_ref()?.iter().map(name).collect();
        names.sort_unstable();
        (!names.is_empty()).then(|| Clause::text(names.join(", ")))
    }
}

/// With the account in place of what its own level is called.
pub(super) fn of_account(
    told: impl Iterator<Item = (What, String)>,
    id: AccountId,
) -> impl Iterator<Item = (What, String)> {
    told.map(move |(what, target)| (what, if target == OF_ACCOUNT { id.to_string() } else { target }))
}

fn in_force(guardrails: &Guardrails) -> InForce<'_> {
    let levels = guardrails.levels().iter().enumerate();
    let all = levels.flat_map(|(level, all)| all.iter().map(move |guardrail| ((level, guardrail.id()), guardrail)));
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
