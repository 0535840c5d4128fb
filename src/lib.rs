//! rolehop reads every account of an AWS organisation with a read-only role, builds the graph of who can assume what,
//! answers "who can reach prod?" with proof, checks rules, and reports.
//!
//! Two halves joined by a file: `collect` talks to AWS and writes a snapshot; everything else is a pure function of
//! snapshot and configuration. Modules form layers (a module imports only from the ones above it in this list), kept by
//! `tests/layering.rs`:
//!
//! `id_vec` `ids` `arn` `wildcard` `severity` `facet` `diagnostic` → `policy` `selection` → `snapshot` `answer` `finding` →
//! `collect`
//! `emulator` `config` `generate` → `model` → `eval` → `graph` → `posture` → `rules` → `report` → `cli`

pub mod answer;
pub mod arn;
pub mod cli;
#[cfg(feature = "aws")]
pub mod collect;
pub mod config;
pub mod diagnostic;
#[cfg(feature = "emulator")]
pub mod emulator;
pub mod eval;
pub mod facet;
pub mod finding;
pub mod generate;
pub mod graph;
pub mod id_vec;
pub mod ids;
pub mod model;
pub mod policy;
mod posture;
pub mod report;
pub mod rules;
pub mod selection;
pub mod severity;
pub mod snapshot;
pub mod wildcard;
