//! What no policy says and that opens a way to escalate, or closes it: what credentials a user has, whether an identity provider is
//! there, what runs with a role.
//!
//! Owns: which of these differ between the sides, for one way. Each decides by itself whether there is an attempt at all.

use super::collector::Told;
use super::pairing::Which;
use super::world::World;
use crate::difference::{ChangeKind, Clause, What};
use crate::escalation::{Binding, OfUser};
use crate::graph::query::object_of_escalation;
use crate::graph::{Edge, EdgeKind};
use crate::model::SignIn;

const SIDES: [Which; 2] = [Which::Old, Which::New];

impl World<'_, '_> {
    /// What of them opened a way that one side has, or closed it.
    pub(super) fn circumstances(&self, edge: &Edge, which: Which) -> Told {
        let EdgeKind::Escalation(escalation) = edge.kind else { return Told::new() };
        let way = escalation.way.way();
        let found = match (way.binding, escalation.through) {
            (binding, Some(user)) if binding.is_of_user() => {
                self.credentials(self.pairing.number(which, user), &way.user)
            }
            (Binding::SamlProvider, _) => self.of_provider(edge, which),
            (Binding::Compute, _) => self.of_running(edge, which),
            _ => None,
        };
        found.into_iter().collect()
    }

    /// Credentials that a way asks for, and that a user has on one side alone.
    fn credentials(&self, user: u32, asked: &[OfUser]) -> Option<(What, String)> {
        let [old, new] = SIDES.map(|side| Some(self.principal(side, user)?.sign_in()));
        let (old, new) = (old?, new?);
        let differing: Vec<OfUser> =
            asked.iter().copied().filter(|fact| fact.may_hold(old) != fact.may_hold(new)).collect();
        let text = |of: SignIn| {
            Some(Clause::text(differing.iter().map(|fact| words(*fact, of)).collect::<Vec<_>>().join(", ")))
        };
        (!differing.is_empty()).then(|| (told(ChangeKind::CredentialsChanged, text(old), text(new)), self.arn(user)))
    }

    /// A provider that is there on one side alone.
    fn of_provider(&self, edge: &Edge, which: Which) -> Option<(What, String)> {
        let provider = object_of_escalation(self.estate(which), edge)?;
        let account = self.account_of(self.pairing.number(which, edge.to))?;
        let [old, new] = SIDES.map(|side| {
            let listed = self.account(side, account)?.facts().saml_providers.as_ref()?;
            Some(listed.contains(&provider))
        });
        self.presence(ChangeKind::ProviderChanged, old, new).map(|what| (what, provider))
    }

    /// Something that runs with the role on one side alone.
    fn of_running(&self, edge: &Edge, which: Which) -> Option<(What, String)> {
        let thing = object_of_escalation(self.estate(which), edge)?;
        let role = self.pairing.pair(self.pairing.number(which, edge.to));
        let [old, new] = SIDES.map(|side| {
            let (estate, role) = (self.estate(side), role.on(side)?);
            let is_known = estate.knows_things(estate.principal(role).account());
            is_known.then(|| estate.things_of(role).iter().any(|known| **known == *thing))
        });
        self.presence(ChangeKind::RunningChanged, old, new).map(|what| (what, thing))
    }

    /// That something is there on one side and not, or not known to be, on the other.
    fn presence(&self, kind: ChangeKind, old: Option<bool>, new: Option<bool>) -> Option<What> {
        let text = |of: Option<bool>| {
            Some(Clause::text(match of {
                Some(true) => "there",
                Some(false) => "not there",
                None => "not read",
            }))
        };
        (old != new).then(|| told(kind, text(old), text(new)))
    }
}

fn told(kind: ChangeKind, old: Option<Clause>, new: Option<Clause>) -> What {
    What { old, new, ..What::of(kind) }
}

/// What a user has of that which a way asks for.
fn words(fact: OfUser, of: SignIn) -> &'static str {
    match (fact, of.password, of.device) {
        (OfUser::WithFewerThanTwoKeys, ..) if of.two_keys => "two access keys",
        (OfUser::WithFewerThanTwoKeys, ..) => "fewer than two access keys",
        (OfUser::WithPassword | OfUser::WithoutPassword, Some(true), _) => "a password",
        (OfUser::WithPassword | OfUser::WithoutPassword, Some(false), _) => "no password",
        (OfUser::WithPassword | OfUser::WithoutPassword, None, _) => "a password or not, which was not read",
        (OfUser::WithMfa | OfUser::WithoutMfa, _, Some(true)) => "an MFA device",
        (OfUser::WithMfa | OfUser::WithoutMfa, _, Some(false)) => "no MFA device",
        (OfUser::WithMfa | OfUser::WithoutMfa, _, None) => "an MFA device or not, which was not read",
    }
}
