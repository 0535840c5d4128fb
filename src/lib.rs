//! rolehop reads every account of an AWS organization with a read-only role, builds the graph of who can assume what,
//! answers "who can reach prod?" with proof, checks rules, and reports.
//!
//! Two halves joined by a snapshot: `collect` talks to AWS and writes it; everything else is a pure function of snapshot and
//! configuration. Modules form layers: a module imports only from lower ones, and no two files or folders import each other in a
//! circle.
//!
//! <!-- map of modules: made by tests/layering.rs -->
//!
//! | layer | module | what it is |
//! | --- | --- | --- |
//! | 11 | `cli` | The command line: one file per subcommand, shared arguments, exit codes, progress. |
//! | 10 | `report` | How findings and answers look: the formats of findings, and what people see on a terminal. |
//! | 10 | `cut` | The fewest removals that close the way to a target for those who are chosen. |
//! | 10 | `groups` | Groups that fit: from who needs which roles to the fewest groups that let users into these and no others. |
//! | 9 | `rules` | Rules: a card for people, and a function that judges one subject. |
//! | 9 | `proposal` | What a configuration could say of an organization, as far as its snapshot shows. |
//! | 9 | `comparison` | Two snapshots compared: ways to targets with what caused each change, findings, principals, people, trusts, guardrails, accounts. |
//! | 9 | `roster` | Who is on an access review: the people and IAM users who reach the targets, with what they can do there. |
//! | 8 | `posture` | Effective facts about roles, users and accounts: what their policies amount to, for rules and reports. |
//! | 8 | `change` | Changes to an organization that nobody has made: from what people write, or from the proof of a hop, to edits of a snapshot. |
//! | 7 | `graph` | Who can assume what: edges from indexes, reachability both ways, shortest paths with proof. |
//! | 6 | `escalation` | Who can give itself more than its policies say: by changing a policy, a trust or a key, or by starting something that runs with a stronger role. |
//! | 5 | `eval` | One question against all layers of policy, three-valued, with its proof. |
//! | 4 | `model` | The estate: immutable tables of accounts, principals, classes, policies, SCPs and RCPs. |
//! | 4 | `planned` | Changes that Terraform or CloudFormation has planned: from a plan or a template to edits of a snapshot. |
//! | 3 | `collect` | Reads an organization through the AWS SDK and writes a snapshot. |
//! | 3 | `emulator` | Serves a snapshot as AWS endpoints on loopback, for `demo`, tests and load benches. |
//! | 3 | `config` | `rolehop.toml`: settings, targets, rule parameters, waivers, expectations. |
//! | 3 | `generate` | A seedable generator of organizations of any size, for benches, load tests and demonstrations. |
//! | 3 | `difference` | Differences: what `diff` found between two snapshots, as JSON, table, CSV and Markdown print it. |
//! | 3 | `review` | Access reviews: the sheet that a reviewer fills in and an auditor reads. |
//! | 3 | `profile` | AWS config profiles: what a principal writes into its own configuration to use the roles that it reaches. |
//! | 2 | `snapshot` | The snapshot: a directory of plain JSON files that one half of rolehop writes and the other reads. |
//! | 2 | `answer` | Answers: what `path`, `who-can`, `can`, `explain`, `simulate` and `export edges` print, as JSON or as a table. |
//! | 2 | `finding` | Findings: what the rules found, with proof, as every format prints it, and the card of each rule. |
//! | 1 | `policy` | The IAM policy language: what a document says, read once and typed. |
//! | 1 | `selection` | Which accounts of an organization are selected: by id, name, OU or tag. |
//! | 1 | `iac` | Infrastructure as code: which file and line defines a role, a user, a group or a policy. |
//! | 0 | `id_vec` | Tables with an index type of their own. |
//! | 0 | `ids` | Typed integer indexes of accounts, principals, classes and policies, and account ids. |
//! | 0 | `arn` | Amazon Resource Names: six parts joined by colons; only the last part may itself contain colons. |
//! | 0 | `wildcard` | IAM's wildcards, `*` and `?`. |
//! | 0 | `json` | JSON that is read where it stands, without copies: the extents of values, and texts without escapes. |
//! | 0 | `recent` | Texts that were seen lately, with what was made of them. |
//! | 0 | `regions` | The Regions of each partition. |
//! | 0 | `text_hash` | Hashes of texts under a key that is new in every run. |
//! | 0 | `reserved` | Names of the roles that Identity Center makes of permission sets. |
//! | 0 | `shared_text` | Text that many records share: cloned, it is the same text. |
//! | 0 | `nearest` | The nearest of known words to one that is unknown. |
//! | 0 | `shell` | Words of a command line, as a shell reads them. |
//! | 0 | `severity` | How bad a finding is, and how sure rolehop is of it. |
//! | 0 | `facet` | Data sets (facets): the parts of an account or organization that can be read, or not, on their own. |
//! | 0 | `diagnostic` | Errors and warnings: what failed, where, why, and what to do next; and the exit codes of commands. |
//!
//! <!-- end of map of modules -->

pub mod answer;
pub mod arn;
pub mod change;
pub mod cli;
#[cfg(feature = "aws")]
pub mod collect;
pub mod comparison;
pub mod config;
pub mod cut;
pub mod diagnostic;
pub mod difference;
#[cfg(feature = "emulator")]
pub mod emulator;
pub mod escalation;
pub mod eval;
pub mod facet;
pub mod finding;
pub mod generate;
pub mod graph;
pub mod groups;
pub mod iac;
pub mod id_vec;
pub mod ids;
mod json;
pub mod model;
mod nearest;
pub mod planned;
pub mod policy;
mod posture;
pub mod profile;
pub mod proposal;
mod recent;
pub mod regions;
pub mod report;
pub mod reserved;
pub mod review;
pub mod roster;
pub mod rules;
pub mod selection;
pub mod severity;
pub mod shared_text;
mod shell;
pub mod snapshot;
mod text_hash;
pub mod wildcard;
