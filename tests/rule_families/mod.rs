//! What the rules of each family say of what is missing, odd or exempt, beyond their fixtures.

mod audit;
mod cards;
mod credentials;
mod cross_account;
mod escalation;
mod federation;
mod organization;
mod passwords;
mod people;
mod policies;
mod privilege;
mod quotas;
mod roles;
mod root;
mod trust;
mod users;
