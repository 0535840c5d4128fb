//! Companions of AssumeRole: permissions that decide what else a call may pass.
//!
//! A call with session tags is allowed only if AssumeRole and TagSession both are, each with those tags in its context;
//! a source identity goes with SetSourceIdentity in the same way.
//! Source: AWS IAM User Guide, "Passing session tags in AWS STS" and "Monitor and control actions taken with assumed
//! roles".

use super::question::{Call, Passes, Question};
use super::residual::{Test, Truth};
use crate::model::{Document, Principal};
use crate::policy::action::Action;
use crate::policy::key::{ContextKey, KeyKind};
use crate::policy::{Effect, Statement, sts};

/// What lets a request carry more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names of the actions")]
pub enum Companion {
    TagSession,
    SetSourceIdentity,
}

impl Companion {
    /// The action that must be allowed as well.
    #[must_use]
    pub fn action(self) -> &'static Action {
        match self {
            Self::TagSession => &sts::TAG_SESSION,
            Self::SetSourceIdentity => &sts::SET_SOURCE_IDENTITY,
        }
    }

    /// The other of the two.
    pub(super) fn other(self) -> Self {
        match self {
            Self::TagSession => Self::SetSourceIdentity,
            Self::SetSourceIdentity => Self::TagSession,
        }
    }

    pub(super) fn is_read_by(self, truth: &Truth) -> bool {
        let facts = truth.tests().into_iter().map(|test| &test.variable);
        truth.keys().into_iter().chain(facts).any(|key| match self {
            Self::TagSession => {
                matches!(key.kind(), KeyKind::RequestTag | KeyKind::TagKeys | KeyKind::TransitiveTagKeys)
            }
            Self::SetSourceIdentity => key.kind() == KeyKind::RequestedSourceIdentity,
        })
    }

    /// Whether the trust policy of the question's role lets anybody at all call it; so it does where it is not known.
    pub(super) fn is_open(self, question: &Question<'_>) -> bool {
        if question.trust_is_rewritten {
            return true;
        }
        let trust = question.principal().and_then(Principal::role).map(|facts| facts.trust);
        let Some(Document::Parsed(ix)) = trust else { return true };
        let opens = |s: &Statement| s.effect == Effect::Allow && s.actions.matches(self.action());
        question.estate.policy(ix).statements.iter().any(opens)
    }

    /// That the call passes what it lets pass.
    pub(super) fn is_used(self) -> Truth {
        let key = ContextKey::new(match self {
            Self::TagSession => "aws:TagKeys",
            Self::SetSourceIdentity => "sts:SourceIdentity",
        });
        let absent = Truth::test(Test::of(&key, "Null", "true"));
        absent.not()
    }
}

impl Call {
    /// Whether it carries what the companion lets it carry.
    pub(super) fn passes(&self, companion: Companion) -> Passes {
        match companion {
            Companion::TagSession => self.tags,
            Companion::SetSourceIdentity => self.source_identity,
        }
    }

    /// The same call, carrying it or not.
    pub(super) fn passing(mut self, companion: Companion, passes: Passes) -> Self {
        match companion {
            Companion::TagSession => self.tags = passes,
            Companion::SetSourceIdentity => self.source_identity = passes,
        }
        self
    }
}
