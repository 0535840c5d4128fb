//! `rolehop.toml`: settings, targets, rule parameters, waivers, expectations.
//!
//! Owns: the file's shape, where it is searched for, and errors that point into it. Exactly one file is used; files are never
//! merged. Does not know what a target resolves to (`graph`) or what a rule does (`rules`). Unknown keys are errors.

mod document;
mod error;
mod expectation;
mod keys;
mod position;
mod schema;
mod settings;
mod waiver;

pub use error::ConfigError;
pub use expectation::{BadPrincipals, Expectation, MfaExpectation, PrincipalSelector, Repository, Within};
pub use keys::{Holds, KEYS, Key, keys_of};
pub use position::{Position, Positions};
pub use schema::schema;
pub use settings::{Check, Config, EdgeKinds, FILE_NAME, Scan, SecretReference};
pub use waiver::{Accounts, Waiver, warning};
