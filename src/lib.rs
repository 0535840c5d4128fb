//! rolehop reads every account of an AWS organization with a read-only role, builds the graph of who can assume what,
//! answers "who can reach prod?" with proof, checks rules, and reports.
//!
//! Two halves joined by a file: `collect` talks to AWS and writes a snapshot; everything else is a pure function of
//! snapshot and configuration. Modules form layers: a module imports only from lower ones, and no two files or folders
//! import each other in a circle.
//!
//! <!-- map of modules: made by tests/layering.rs -->
//!
//! | layer | module | what it is |
//! | --- | --- | --- |
//! | 10 | `cli` | The command line: one file per subcommand, shared arguments, exit codes, progress. |
//! | 9 | `report` | How findings and answers look: a format each for findings, and what people see on a terminal. |
//! | 8 | `rules` | Rules: a card for people, and a function that judges one subject. |
//! | 7 | `posture` | Effective facts about roles, users and accounts: what the policies come to, as rules and reports ask for it. |
//! | 6 | `graph` | Who can assume what: edges from indexes, reachability both ways, shortest paths with proof. |
//! | 5 | `eval` | One question against all layers of policy, three-valued, with its proof. |
//! | 4 | `model` | The estate: immutable tables of accounts, principals, classes, policies and guardrails. |
//! | 3 | `collect` | Reads an organization through the AWS SDK and writes a snapshot. |
//! | 3 | `emulator` | Serves a snapshot as AWS endpoints on loopback, for `demo`, tests and load benches. |
//! | 3 | `config` | `rolehop.toml`: settings, targets, rule parameters, waivers. |
//! | 3 | `generate` | A seedable generator of organizations of any size, for benches, load tests and demonstrations. |
//! | 2 | `snapshot` | The snapshot: a directory of plain JSON files that one half of rolehop writes and the other reads. |
//! | 2 | `answer` | Answers: the JSON that `path`, `who-can`, `can`, `explain`, `simulate` and `export edges` print, and what their tables are drawn from. |
//! | 2 | `finding` | Findings: what the rules found, with proof, as every format prints it, and the card of each rule. |
//! | 1 | `policy` | The IAM policy language: what a document says, read once and typed. |
//! | 1 | `selection` | Which accounts of an organization are meant: by id, by name, by unit. |
//! | 0 | `id_vec` | Tables whose entries are found by an index type of their own. |
//! | 0 | `ids` | Small integers that stand for things: accounts, principals, classes, policies. |
//! | 0 | `arn` | Amazon Resource Names: six parts joined by colons, of which the last may hold colons itself. |
//! | 0 | `wildcard` | `*` and `?` as IAM globs them. |
//! | 0 | `severity` | How bad a finding is, and how sure rolehop is of it. |
//! | 0 | `facet` | Facets: the parts of an account or organization that can be read, or not, on their own. |
//! | 0 | `diagnostic` | What every error tells a person: what failed, where, why, and what to do next; and how the command ends. |
//!
//! <!-- end of map of modules -->

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
