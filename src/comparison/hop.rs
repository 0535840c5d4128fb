//! What made a direct hop possible, or impossible: the inputs of the decision that differ between the sides.
//!
//! Owns: which inputs there are. A decision follows from them alone, so that its cause is among those that differ; of statements, only
//! what the proof of the hop has on the side where it stands is named.

use std::collections::BTreeSet;

use super::collector::Told;
use super::guardrails::of_account;
use super::nodes::Nodes;
use super::pairing::Which;
use super::proofs::Proofs;
use super::world::{Known, World};
use crate::answer::Layer;
use crate::difference::{ChangeKind, Clause, What};
use crate::graph::Source;
use crate::graph::query::statements_between;
use crate::ids::AccountId;
use crate::model::Document;
use crate::policy::key::ContextKey;

impl World<'_, '_> {
    /// Why a caller may assume a role directly on one side, `which`, and not, or not as easily, on the other.
    pub(super) fn causes_of_hop(&self, caller: u32, role: u32, which: Which, nodes: &Nodes) -> Told {
        let ends = [(caller, nodes.other(caller)), (role, None)];
        let appeared = ends.iter().find_map(|(number, other)| match other {
            Some(Source::Account(id) | Source::Outsider(_, id)) => self.joined(*id),
            Some(_) => None,
            None => self.appeared(*number),
        });
        let of_people = self.causes_of_people(caller, role, nodes);
        if let Some(there) = appeared {
            // a role that was made of a permission set stands for the assignment that made it
            let is_of_assignment = matches!(there.0.kind, ChangeKind::PrincipalCreated | ChangeKind::PrincipalDeleted);
            return if is_of_assignment && !of_people.is_empty() { of_people } else { vec![there] };
        }
        if !of_people.is_empty() {
            return of_people;
        }
        if let Some(unread) = self.trust_unread(role).filter(|_| nodes.other(caller).is_some()) {
            return vec![unread];
        }
        let statements = self.changed_statements(caller, role, nodes);
        let proofs = (!statements.is_empty()).then(|| self.proofs_of_hop(caller, role, which, nodes));
        let of_proofs = |of: fn(&Proofs, &Told) -> Told| proofs.as_ref().map(|proofs| of(proofs, &statements));
        let deciding = of_proofs(Proofs::deciding).unwrap_or_default();
        if !deciding.is_empty() {
            return deciding;
        }
        let others = self.other_inputs(caller, role, nodes);
        if !others.is_empty() {
            return others;
        }
        let met = of_proofs(Proofs::met).unwrap_or_default();
        if !met.is_empty() {
            return met;
        }
        if self.is_without_organization() {
            return vec![(What::of(ChangeKind::NotRead), "the organization".to_owned())];
        }
        vec![(What::of(ChangeKind::Untold), self.arn(role))]
    }

    /// A user or role, or its account, that one side alone has.
    pub(super) fn appeared(&self, number: u32) -> Option<(What, String)> {
        let pair = self.pairing.pair(number);
        let side = match (pair.old, pair.new) {
            (None, Some(_)) => Which::New,
            (Some(_), None) => Which::Old,
            _ => return None,
        };
        let id = self.account_of(number)?;
        let is_new = side == Which::New;
        if let Some(of_account) = self.joined(id) {
            return Some(of_account);
        }
        if let Some(other) = self.renamed(number) {
            let (old, new) = if is_new { (other, number) } else { (number, other) };
            let what = What { old: Some(Clause::text(self.arn(old))), ..What::of(ChangeKind::PrincipalRenamed) };
            return Some((what, self.arn(new)));
        }
        let kind = if is_new { ChangeKind::PrincipalCreated } else { ChangeKind::PrincipalDeleted };
        Some((What::of(kind), self.arn(number)))
    }

    /// An account that one side alone has, or alone knows, or that was closed or suspended.
    fn joined(&self, id: AccountId) -> Option<(What, String)> {
        if self.account(Which::Old, id).is_none() && self.account(Which::New, id).is_none() {
            return None;
        }
        let what = match self.known(id) {
            Known::OnlyNew if self.may_list(Which::Old, id) => What::of(ChangeKind::NotRead),
            Known::OnlyOld if self.may_list(Which::New, id) => What::of(ChangeKind::NotRead),
            Known::OnlyNew => What::of(ChangeKind::AccountJoined),
            Known::OnlyOld => What::of(ChangeKind::AccountLeft),
            Known::Partly => What::of(ChangeKind::NotRead),
            Known::Both => self.closed(id)?,
        };
        Some((what, id.to_string()))
    }

    /// A role whose trust policy one side alone read. Who is no user or role is known by what trust policies say alone: of the others, a hop is
    /// not known there.
    fn trust_unread(&self, role: u32) -> Option<(What, String)> {
        let is_unread = |which| self.principal(which, role).and_then(|role| role.role()?.trust.gap()).is_some();
        let one_alone = is_unread(Which::Old) != is_unread(Which::New);
        one_alone.then(|| (What::of(ChangeKind::NotRead), self.arn(role)))
    }

    /// Everything that is said in policies on either end of the hop and differs.
    fn changed_statements(&self, caller: u32, role: u32, nodes: &Nodes) -> Told {
        let mut told = Told::new();
        let both = |number| Some((self.principal(Which::Old, number)?, self.principal(Which::New, number)?));
        if let Some((old, new)) = both(caller).filter(|_| nodes.other(caller).is_none()) {
            let changes = self.changes_of_attached(old.class(), new.class());
            told.extend(changes.into_iter().map(|what| (what, self.arn(caller))));
            let accounts = (self.account_of(caller), Layer::Scp);
            told.extend(self.changed_guardrails(accounts.0, accounts.1));
        }
        if let Some((old, new)) = both(role) {
            let trusts = (old.role().map(|facts| facts.trust), new.role().map(|facts| facts.trust));
            if let (Some(old), Some(new)) = trusts {
                let changes = self.changes_of_document(Layer::Trust, "", old, new);
                told.extend(changes.into_iter().map(|what| (what, self.arn(role))));
            }
            told.extend(self.changed_guardrails(self.account_of(role), Layer::Rcp));
        }
        told
    }

    pub(super) fn changed_guardrails(&self, account: Option<AccountId>, layer: Layer) -> Told {
        let of = |which| account.and_then(|id| self.account(which, id));
        let (Some(old), Some(new)) = (of(Which::Old), of(Which::New)) else { return Told::new() };
        // under other OUs, nearly everything is attached elsewhere: the move is what changed
        if old.units() != new.units() {
            return Told::new();
        }
        let guardrails = |account: &crate::model::Account| match layer {
            Layer::Rcp => account.rcps().clone(),
            _ => account.scps().clone(),
        };
        let told = self.changes_of_guardrails(&guardrails(old), &guardrails(new), layer);
        of_account(told.into_iter(), new.id()).collect()
    }

    /// What decides a hop on both sides.
    fn proofs_of_hop(&self, caller: u32, role: u32, more: Which, nodes: &Nodes) -> Proofs {
        let proof = |side| {
            let from = nodes.source(caller, side, self);
            let to = self.pairing.pair(role).on(side);
            let found = from.zip(to).map(|(from, to)| statements_between(self.estate(side), &from, to));
            found.unwrap_or_default()
        };
        let is_same_account = nodes.other(caller).is_none() && self.account_of(caller) == self.account_of(role);
        Proofs { old: proof(Which::Old), new: proof(Which::New), more, is_same_account }
    }

    /// What is not said in policies: names and ids, tags, OUs, ways to sign in, the time, group memberships.
    fn other_inputs(&self, caller: u32, role: u32, nodes: &Nodes) -> Told {
        let mut told = self.sessions_of_people(caller, nodes);
        let own: Vec<u32> = [caller, role].into_iter().filter(|number| nodes.other(*number).is_none()).collect();
        told.extend(self.inputs_besides(&own));
        let at = |which| self.estate(which).at();
        if told.is_empty() && at(Which::Old) != at(Which::New) && self.reads_time(caller, role, nodes) {
            let text = |which| Some(Clause::text(at(which).to_string()));
            let what = What { old: text(Which::Old), new: text(Which::New), ..What::of(ChangeKind::Time) };
            told.push((what, String::new()));
        }
        told
    }

    /// What no policy of these users and roles says.
    pub(super) fn inputs_besides(&self, own: &[u32]) -> Told {
        let mut told = Told::new();
        for number in own {
            let changes = [self.recreated(*number), self.sign_in(*number), self.retagged(*number)];
            told.extend(changes.into_iter().flatten().map(|what| (what, self.arn(*number))));
        }
        let accounts: BTreeSet<AccountId> = own.iter().filter_map(|number| self.account_of(*number)).collect();
        for id in accounts {
            told.extend(self.moved(id).map(|what| (what, id.to_string())));
        }
        told
    }

    /// True where a policy of either end reads the time.
    fn reads_time(&self, caller: u32, role: u32, nodes: &Nodes) -> bool {
        let which = Which::New;
        let estate = self.estate(which);
        let mut documents = Vec::new();
        if let Some(caller) = self.principal(which, caller).filter(|_| nodes.other(caller).is_none()) {
            let class = estate.class(caller.class());
            documents.extend(class.policies().iter().chain(class.boundary()).map(|attached| attached.document));
            documents.extend(estate.account(caller.account()).scps().documents());
        }
        if let Some(role) = self.principal(which, role) {
            documents.extend(role.role().map(|facts| facts.trust));
            documents.extend(estate.account(role.account()).rcps().documents());
        }
        let policies = documents.into_iter().filter_map(Document::parsed).map(|ix| estate.policy(ix));
        let mut conditions = policies.flat_map(|policy| &policy.statements).flat_map(|s| &s.conditions);
        conditions.any(|condition| is_time(&condition.key))
    }
}

fn is_time(key: &ContextKey) -> bool {
    let name = key.as_str();
    ["aws:CurrentTime", "aws:EpochTime"].iter().any(|time| name.eq_ignore_ascii_case(time))
}
