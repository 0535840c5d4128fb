//! Who a line is about.

use std::collections::BTreeSet;

use crate::answer::{PrincipalKind, Verdict};
use crate::graph::Source;
use crate::ids::PrincipalIx;
use crate::model::{Attached, Document, Estate, Origin, PrincipalType};
use crate::policy::key::{ContextKey, KeyKind};
use crate::policy::{Effect, Policy, sts};

/// Somebody who signs in as themselves.
pub(super) struct Person<'e> {
    estate: &'e Estate,
    user: PrincipalIx,
}

impl<'e> Person<'e> {
    /// The person behind a source; `None` for roles, services and providers.
    pub(super) fn of(estate: &'e Estate, source: &Source) -> Option<Self> {
        match source {
            Source::Principal(ix) if estate.principal(*ix).kind() == PrincipalType::User => {
                Some(Self { estate, user: *ix })
            }
            _ => None,
        }
    }

    pub(super) fn name(&self) -> String {
        let user = self.estate.principal(self.user);
        format!("{} ({})", user.name(), self.estate.account(user.account()).shown())
    }

    pub(super) fn kind(&self) -> PrincipalKind {
        PrincipalKind::User
    }

    pub(super) fn id(&self) -> String {
        self.estate.arn(self.user)
    }

    pub(super) fn email(&self) -> String {
        String::new()
    }

    /// The IAM groups that let a user assume something.
    pub(super) fn via(&self, _role: PrincipalIx) -> Vec<String> {
        let class = self.estate.class(self.estate.principal(self.user).class());
        let granting = class.policies().iter().filter(|attached| match attached.document {
            Document::Parsed(ix) => grants(self.estate.policy(ix)),
            Document::Missing(_) => true,
        });
        let group = |attached: &Attached| match &attached.origin {
            Origin::GroupInline(group) | Origin::GroupManaged(group) => Some(format!("group {group}")),
            Origin::Inline | Origin::Managed => None,
        };
        granting.filter_map(group).collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// Whether a way asks for MFA, as a sentence.
    pub(super) fn mfa(&self, verdict: Verdict, conditions: &[String]) -> String {
        let is_mfa = |key: &String| matches!(ContextKey::new(key).kind(), KeyKind::MfaPresent | KeyKind::MfaAge);
        let sentence = match verdict {
            Verdict::Unknown => "not known",
            _ if conditions.iter().any(is_mfa) => "AWS asks for it",
            _ => "AWS does not ask for it",
        };
        sentence.to_owned()
    }
}

/// Whether a policy lets assume anything.
fn grants(policy: &Policy) -> bool {
    policy.statements.iter().any(|one| one.effect == Effect::Allow && one.actions.matches(&sts::ASSUME_ROLE))
}
