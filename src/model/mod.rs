//! The estate: immutable tables of accounts, principals, classes, policies, SCPs and RCPs.
//!
//! Owns: what exists and what is attached to what, as small integers. Modules above it never see JSON or raw documents.
//! Does not know what a policy allows (`eval`).
//! INVARIANT: tables are sorted by account id, then kind, then name, so that an index orders like an ARN and every
//! iteration over a table is deterministic.

mod account;
mod account_facts;
mod build;
mod estate;
mod guardrail;
mod organization_policies;
pub mod people;
mod principal;
mod providers;
mod record;
mod running;
mod selected;
mod tree;
mod typed;
mod unread;
mod ways;

pub use account::{Account, Presence};
pub use account_facts::{AccountFacts, CustomerPolicy, Group, ServiceCredential, ServiceUse, ServicesOf};
pub use build::{BuildError, Part, ReadAccount};
pub use estate::Estate;
pub use guardrail::{DelegatedAdministrator, Guardrail, Guardrails, Organization};
pub use organization_policies::{OrganizationPolicies, OwnPolicy, PolicyTarget};
pub use people::People;
pub use principal::{Attached, Class, Document, Label, LastUsed, Origin, Principal, PrincipalType, RoleFacts};
pub use providers::{PUBLIC_PROVIDERS, is_unread_provider};
pub use ways::{SignIn, Ways};
