//! What opened a way to escalate, or closed it: the inputs of its decision that differ between the sides.
//!
//! Owns: what bears on a way beside its two ends: whom it leads through, and who is an administrator already, from whom no way starts.
//! Of statements, only what the proof of the way has on the side where it stands is named. What no policy says is for `circumstances`.

use super::collector::Told;
use super::nodes::Nodes;
use super::pairing::Which;
use super::proofs::Proofs;
use super::world::World;
use crate::answer::Layer;
use crate::difference::{ChangeKind, Clause, What};
use crate::eval::Matched;
use crate::graph::query::statements_of_escalation;
use crate::graph::{Edge, EdgeKind};

/// One way to escalate of a caller.
struct Climb {
    caller: u32,
    /// Whom it leads through.
    whom: Vec<u32>,
    role: u32,
}

impl World<'_, '_> {
    /// Why a caller may go a way that one side has and the other has not, or not as easily.
    pub(super) fn causes_of_escalation(&self, caller: u32, edge: &Edge, which: Which, nodes: &Nodes) -> Told {
        let EdgeKind::Escalation(escalation) = edge.kind else { return Told::new() };
        let whom = escalation.whom().map(|ix| self.pairing.number(which, ix)).collect();
        let climb = Climb { caller, whom, role: self.pairing.number(which, edge.to) };
        let met = || climb.met();
        if let Some(there) = met().find_map(|number| self.appeared(number)) {
            return vec![there];
        }
        if let Some(administrator) = self.became_administrator(caller) {
            let mut told = self.of_attached(caller);
            told.insert(0, (administrator, self.arn(caller)));
            return told;
        }
        let statements: Told =
            met().flat_map(|number| self.of_attached(number)).chain(self.of_others(&climb)).collect();
        let [old, new] = [Which::Old, Which::New].map(|side| self.proof(&climb, edge, (which, side), nodes));
        // whom a way leads through has policies of its own: what a layer says is not what one of them says
        let mut relevant = Proofs { old, new, more: which, is_same_account: true }.met(&statements);
        relevant.extend(self.circumstances(edge, which));
        if !relevant.is_empty() {
            return relevant;
        }
        // a way is worth going for what the role may do and the caller may not
        let strength: Told = statements
            .into_iter()
            .filter(|(what, subject)| what.layer == Some(Layer::Identity) && *subject == self.arn(climb.role))
            .collect();
        if !strength.is_empty() {
            return strength;
        }
        let others = self.inputs_besides(&met().collect::<Vec<_>>());
        if !others.is_empty() {
            return others;
        }
        vec![(What::of(ChangeKind::Untold), self.arn(climb.role))]
    }

    /// What is attached to a user or role and differs.
    fn of_attached(&self, number: u32) -> Told {
        let both = self.principal(Which::Old, number).zip(self.principal(Which::New, number));
        let changes = both.map(|(old, new)| self.changes_of_attached(old.class(), new.class())).unwrap_or_default();
        changes.into_iter().map(|what| (what, self.arn(number))).collect()
    }

    /// What is said elsewhere: in trust policies, and by the organization.
    fn of_others(&self, climb: &Climb) -> Told {
        let mut told = Told::new();
        for number in climb.met() {
            let trust = |which| Some(self.principal(which, number)?.role()?.trust);
            if let Some((old, new)) = trust(Which::Old).zip(trust(Which::New)) {
                let changes = self.changes_of_document(Layer::Trust, "", old, new);
                told.extend(changes.into_iter().map(|what| (what, self.arn(number))));
            }
        }
        told.extend(self.changed_guardrails(self.account_of(climb.caller), Layer::Scp));
        told.extend(self.changed_guardrails(self.account_of(climb.role), Layer::Rcp));
        told
    }

    /// The statements that a way of one side meets on another; none where somebody of it is not there.
    fn proof(&self, climb: &Climb, edge: &Edge, (of, on): (Which, Which), nodes: &Nodes) -> Vec<Matched> {
        let EdgeKind::Escalation(escalation) = edge.kind else { return Vec::new() };
        let there = |ix| self.pairing.pair(self.pairing.number(of, ix)).on(on);
        let (Some(from), Some(to), Some(escalation)) =
            (nodes.source(climb.caller, on, self), self.pairing.pair(climb.role).on(on), escalation.renumbered(there))
        else {
            return Vec::new();
        };
        statements_of_escalation(self.estate(on), &from, escalation, to)
    }

    /// That the caller is an administrator of its account on one side alone.
    fn became_administrator(&self, caller: u32) -> Option<What> {
        let is_one = |which: Which| {
            let class = self.principal(which, caller)?.class();
            self.graph(which).is_administrator(class)
        };
        let (old, new) = (is_one(Which::Old)?, is_one(Which::New)?);
        let text = |is_one: bool| Some(Clause::text(if is_one { "administrator" } else { "no administrator" }));
        (old != new).then(|| What { old: text(old), new: text(new), ..What::of(ChangeKind::AdministratorChanged) })
    }
}

impl Climb {
    /// Everybody on the way.
    fn met(&self) -> impl Iterator<Item = u32> {
        let whom = self.whom.iter().copied().filter(|whom| *whom != self.caller);
        std::iter::once(self.caller).chain(whom).chain([self.role])
    }
}
