//! What the rules of each family say of what is missing, odd or exempt, beyond their fixtures.

mod credentials;
mod passwords;
mod quotas;
mod roles;
mod root;
mod trust;
mod users;
