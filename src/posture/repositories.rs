//! Which repositories of GitHub a trust policy admits, held against repositories that somebody names.
//!
//! Owns: what the token of a workflow says of its repository. INVARIANT: ids of repositories, and subjects of a form that an organization
//! chose itself, name no repository here: what rests on them is not known.
//! Source: GitHub Docs, "OpenID Connect reference" and "Immutable subject claims".

use super::entry::{self, Can};
use super::federation::{Claims, Federated, can_like, with};
use crate::eval::{Test, Truth};
use crate::policy::key::ContextKey;

const SUBJECT: &str = "sub";

/// Subjects as GitHub makes them, if nobody changed their form.
const ANY_SUBJECT: &str = "repo:?*/?*:?*";

/// Ids that no policy was written for.
const STRANGE_IDS: Claims<'static> =
    &[("repository_id", Some("739205816")), ("repository_owner_id", Some("284617093"))];

/// Repositories: globs on owner and name.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Named<'a> {
    pub(crate) owner: &'a str,
    pub(crate) name: &'a str,
}

impl Named<'_> {
    fn repository(self) -> String {
        format!("{}/{}", self.owner, self.name)
    }

    /// What the subject of their tokens is like: without the ids of owner and repository, or with them.
    fn subjects(self) -> [String; 2] {
        let Self { owner, name } = self;
        [format!("repo:{owner}/{name}:*"), format!("repo:{owner}@*/{name}@*:*")]
    }

    /// What a pattern of a policy may say of them: no token has the id of one of both, and a pattern may leave the other open.
    fn patterns(self) -> impl Iterator<Item = String> {
        let Self { owner, name } = self;
        let half = [format!("repo:{owner}@*/{name}:*"), format!("repo:{owner}/{name}@*:*")];
        self.subjects().into_iter().chain(half)
    }
}

/// Whether some workflow of the repositories gets in.
pub(crate) fn admits(federated: &Federated<'_>, named: Named<'_>) -> Can {
    let repository = named.repository();
    let claims = [("repository", repository.as_str()), ("repository_owner", named.owner)];
    let can = |truth: &Truth| {
        let of = |subject: &String| can_like(truth, &[&[(SUBJECT, subject.as_str())], &claims[..]].concat());
        named.subjects().iter().map(of).max().unwrap_or(Can::No)
    };
    let truth = &federated.truth;
    match (can(&with(truth, STRANGE_IDS)), can(truth)) {
        (Can::Yes, _) => Can::Yes,
        // the name decides as well: nobody else with that id gets in
        (_, Can::Yes) if others(federated, &[named]) == Can::No => Can::Yes,
        (_, Can::Yes) => Can::Perhaps,
        // subjects of a form that the organization chose itself
        (_, Can::No) => {
            let own = has_subject(federated).and(subject(federated, "StringNotLike", "repo:*"));
            can_like(&truth.clone().and(own), &claims).min(Can::Perhaps)
        }
        (_, Can::Perhaps) => Can::Perhaps,
    }
}

/// Whether all who get in are workflows of these repositories; `None` where that is not known.
pub(crate) fn admits_only(federated: &Federated<'_>, named: &[Named<'_>]) -> Option<bool> {
    if others(federated, named) == Can::No {
        return Some(true);
    }
    let others = unlike(federated, named).and(subject(federated, "StringLike", ANY_SUBJECT));
    (entry::can(&with(&others, STRANGE_IDS)) == Can::Yes).then_some(false)
}

/// Whether somebody gets in whose token names none of these repositories.
fn others(federated: &Federated<'_>, named: &[Named<'_>]) -> Can {
    entry::can(&unlike(federated, named))
}

/// What is left to decide for tokens that name none of these repositories.
fn unlike(federated: &Federated<'_>, named: &[Named<'_>]) -> Truth {
    let own_form = subject(federated, "StringNotLike", "repo:*");
    let form = subject(federated, "StringLike", ANY_SUBJECT).or(own_form);
    let mut truth = federated.truth.clone().and(has_subject(federated)).and(form);
    for one in named {
        for pattern in one.patterns() {
            truth = truth.and(subject(federated, "StringNotLike", &pattern));
        }
        truth = truth.and(is_unlike(federated, "repository", &one.repository()));
        if one.name == "*" {
            truth = truth.and(is_unlike(federated, "repository_owner", one.owner));
        }
    }
    truth
}

fn subject(federated: &Federated<'_>, operator: &str, pattern: &str) -> Truth {
    Truth::test(Test::of(&key(federated, SUBJECT), operator, pattern))
}

fn is_unlike(federated: &Federated<'_>, claim: &str, pattern: &str) -> Truth {
    Truth::test(Test::of(&key(federated, claim), "StringNotLike", pattern))
}

/// Tokens of GitHub have a subject.
fn has_subject(federated: &Federated<'_>) -> Truth {
    Truth::test(Test::of(&key(federated, SUBJECT), "Null", "false"))
}

fn key(federated: &Federated<'_>, claim: &str) -> ContextKey {
    ContextKey::new(&format!("{}:{claim}", federated.issuer()))
}
