//! Attempts on roles whose trust policy was not read.
//!
//! Owns: that such a role may trust any service, and any SAML provider of its account. Whether it does is for the attempt to say: nobody
//! knows. Providers that were not read, or that are gone, have no name here: one that is made up stands for them.

use super::access::made_up_provider;
use super::addressed::addressed;
use super::attempt::Attempt;
use super::attempts::attempts_on;
use super::facts::{Escalations, UNREAD};
use super::table::{Binding, WayIx};
use super::target::{Gain, Target};
use crate::ids::PrincipalIx;
use crate::model::{Estate, PrincipalType};

impl<'e> Escalations<'e> {
    /// The attempts of a principal on a way that needs a service or provider to be let in, on roles that may let it in, for all that was
    /// read of them; whatever else comes of them.
    pub(crate) fn attempts_on_unread(&self, by: PrincipalIx, way: WayIx) -> Vec<Attempt<'e>> {
        let estate = self.estate();
        let unread = self.trusting(estate.principal(by).account(), UNREAD).iter().filter(|role| **role != by);
        match way.way().binding {
            Binding::PassedRole | Binding::ChangedRole | Binding::Compute => {
                let mut unread = unread.peekable();
                if unread.peek().is_none() {
                    return Vec::new();
                }
                let few = addressed(estate, by, PrincipalType::Role, way.way());
                let named = unread.filter(|role| few.as_ref().is_none_or(|few| few.contains(role)));
                named.flat_map(|role| attempts_on(estate, by, way, *role)).collect()
            }
            Binding::SamlProvider => unread.flat_map(|role| on_providers(estate, by, way, *role)).collect(),
            _ => Vec::new(),
        }
    }
}

fn on_providers(estate: &Estate, by: PrincipalIx, way: WayIx, role: PrincipalIx) -> Vec<Attempt<'_>> {
    let known = estate.account(estate.principal(role).account()).facts().saml_providers.as_ref();
    let arns = match known {
        Some(known) if !way.way().makes_provider() => known.clone(),
        _ => vec![made_up_provider(estate, role)],
    };
    let of = |arn: String| Target { arn: arn.into(), principal: None, gain: Gain::Is(role) };
    arns.into_iter().map(|arn| Attempt::on(by, way, of(arn))).collect()
}
