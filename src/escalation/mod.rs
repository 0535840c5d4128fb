//! Who can give itself more than its policies say: by changing a policy, a trust or a key, or by starting something that runs with a
//! stronger role.
//!
//! Owns: the table of ways, and whether a principal can go one of them. Every action of a way is a question to the evaluator, for the
//! same caller and the same binding: one target, one Region, one name for each thing. What the caller may choose (names, Regions, tags of its own
//! request, the policy that it attaches) is chosen so that all of them are allowed, if there is such a choice; what it cannot choose
//! stays a condition. Does not know paths (`graph`), nor what a rule makes of it.
//! INVARIANT: most principals hold none of the actions, which their documents tell once: they cost nothing.
//! Source: AWS Service Authorization Reference; AWS IAM User Guide, "Granting a user permissions to pass a role to an AWS service",
//! "Permissions boundaries for IAM entities", "Policy evaluation logic".

mod access;
mod actions;
mod addressed;
mod after;
mod attempt;
mod attempts;
mod bounds;
mod choice;
mod decide;
mod direct;
mod facts;
mod left;
mod made;
mod made_by;
mod makers;
mod making;
mod names;
mod naming;
mod new_principal;
mod open;
mod openers;
mod own_trusts;
mod policies;
pub(crate) mod power;
mod profiles;
mod provider;
mod raised;
mod raising;
mod retagged;
mod rewritten;
mod service;
mod signing;
mod table;
mod tag_readers;
mod target;
mod unread;
mod versions;
mod ways_abroad;

pub(crate) use access::{ACCOUNT_ACCESS, administers_for, may_be_entitled};
pub use after::{Entry, Then, enters};
pub use attempt::Attempt;
pub(crate) use attempt::SaidOfTarget;
pub use attempts::{attempts_on, known_things, saml_providers};
pub use facts::Escalations;
pub(crate) use left::denying;
pub use made_by::{Alike, Gains, MadeBy};
pub use making::{MadeDoes, TagsGiven};
pub use raised::{Climber, Opener, Raised, RaisedIn};
pub use retagged::TagsChanged;
pub use signing::{best as best_signed, for_ways, needs_mfa, without_mfa};
pub use table::{Binding, Given, OfUser, On, Opens, Retags, Status, Step, Way, WayIx, taking_over, ways};
pub use target::{Gain, Target};
