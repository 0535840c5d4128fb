//! Which workflows of GitHub Actions a trust policy admits.
//!
//! Owns: what a subject of GitHub is made of, and tokens that were not meant. Judges the trust policy by whether such tokens get in.
//! Source: GitHub Docs, "OpenID Connect reference" and "Immutable subject claims"; AWS IAM User Guide, "Available keys for AWS OIDC
//! federation".

use std::sync::{Arc, Mutex, PoisonError};

use foldhash::HashMap;

use super::entry::{self, Can};
use super::federation::{Claims, Federated, can_like, patterns_of, with};
use super::subject_template::{RECYCLED, STRANGERS, SUBJECT, Template};
use crate::eval::{Truth, claim_words};
use crate::wildcard;

/// The issuer of all repositories; an enterprise may have one of its own below it.
const ISSUER: &str = "token.actions.githubusercontent.com";

/// Whom a trust policy admits beyond those that it was written for; the worst of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Admits {
    /// Workflows of any repository of GitHub.
    Anyone,
    /// Workflows beyond named branches or environments of named repositories, each in words.
    Wide(Vec<String>),
    /// Named repositories, in words, and whoever gets their names later.
    ByName(Vec<String>),
    /// Nobody.
    NoOther,
    /// It depends on data that was not read.
    Unclear,
}

/// Whom each trust policy admits, computed once for all roles of which the same is left to decide: organizations roll the same roles out
/// to all their accounts, and several rules ask. May be shared among threads.
#[derive(Default)]
pub(crate) struct Workflows(Mutex<HashMap<Asked, Arc<Admits>>>);

/// An issuer, and what is left to decide for those whom it vouches for.
type Asked = (Box<str>, Truth);

impl Workflows {
    /// Whom a provider that is GitHub Actions admits.
    pub(crate) fn admitted(&self, federated: &Federated<'_>) -> Arc<Admits> {
        let known = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (Box::from(federated.issuer()), federated.truth.clone());
        if let Some(found) = known().get(&key) {
            return Arc::clone(found);
        }
        // two threads that compute it find the same
        let computed = Arc::new(admits(federated));
        Arc::clone(known().entry(key).or_insert(computed))
    }
}

/// Whether a provider is GitHub Actions.
pub(crate) fn is_github(federated: &Federated<'_>) -> bool {
    below(federated.issuer()).is_some()
}

/// What follows the issuer: the name of an enterprise, or nothing.
fn below(issuer: &str) -> Option<&str> {
    let rest =
        issuer.get(..ISSUER.len()).filter(|host| host.eq_ignore_ascii_case(ISSUER)).and(issuer.get(ISSUER.len()..))?;
    match rest.strip_prefix('/') {
        Some(enterprise) => Some(enterprise),
        None => rest.is_empty().then_some(rest),
    }
}

fn admits(federated: &Federated<'_>) -> Admits {
    let truth = &federated.truth;
    let enterprise = below(federated.issuer()).unwrap_or_default();
    let mut best = Found::default();
    let anyone = STRANGERS.iter().map(|name| of_stranger(truth, name)).min().unwrap_or(Can::No);
    match (anyone, enterprise) {
        (Can::Yes, "") => return Admits::Anyone,
        (can, "") => best.note(can, || "any repository".to_owned()),
        (can, _) => best.note(can, || format!("workflows of any repository of enterprise {enterprise}")),
    }
    best.note(without_subject(truth), || "tokens without the claim `sub`".to_owned());
    if best.words.is_empty() {
        best.note(beside_subject(truth), || {
            "workflows on any branch: `sub` is not pinned, only other claims are".to_owned()
        });
    }
    for pattern in patterns_of(truth, SUBJECT) {
        let can = strange_subjects(pattern).iter().map(|pair| both(truth, pair)).max().unwrap_or(Can::No);
        best.note(can, || words(federated, pattern));
        if let Some(template) = Template::of(pattern) {
            best.note(template.admits_strangers(truth), || template.words());
        }
    }
    if !best.words.is_empty() {
        return Admits::Wide(best.words);
    }
    let mut by_name = Found { perhaps: best.perhaps, words: Vec::new() };
    for pattern in patterns_of(truth, SUBJECT).into_iter().filter(|pattern| is_name(pattern)) {
        let [repository, owner] = RECYCLED;
        by_name.note(can_like(&with(truth, &[repository, owner]), &[(SUBJECT, pattern)]), || words(federated, pattern));
    }
    match (by_name.words.is_empty(), by_name.perhaps) {
        (false, _) => Admits::ByName(by_name.words),
        (true, true) => Admits::Unclear,
        (true, false) => Admits::NoOther,
    }
}

/// What is found, and whether something more may be.
#[derive(Default)]
struct Found {
    words: Vec<String>,
    perhaps: bool,
}

impl Found {
    fn note(&mut self, can: Can, words: impl Fn() -> String) {
        match can {
            Can::No => {}
            Can::Perhaps => self.perhaps = true,
            Can::Yes => self.words.push(words()),
        }
    }
}

/// Whether workflows of a repository that the policy was not written for get in. Audience, branch, environment and the name of the
/// workflow are theirs to choose.
fn of_stranger(truth: &Truth, name: &str) -> Can {
    let repository = format!("{name}/{name}");
    let workflow = format!("{repository}/.github/workflows/ci.yml@refs/heads/main");
    let [repository_id, owner_id] = RECYCLED;
    let own: Claims<'_> = &[
        ("repository", Some(&repository)),
        repository_id,
        ("repository_owner", Some(name)),
        owner_id,
        ("actor", Some(name)),
        ("actor_id", Some("739205816")),
        ("job_workflow_ref", Some(&workflow)),
        ("enterprise", None),
        ("enterprise_id", None),
    ];
    // names of repositories and branches are theirs to choose, so long as the repository is theirs
    can_like(&with(truth, own), &[(SUBJECT, &format!("repo:{name}/?*:?*"))])
}

/// Whether a token that lacks the subject gets in, where one with any subject does not. GitHub sends none today.
fn without_subject(truth: &Truth) -> Can {
    let [stranger, _] = STRANGERS;
    match entry::can(&with(truth, &[(SUBJECT, Some(stranger))])) {
        Can::No => entry::can(&with(truth, &[(SUBJECT, None)])),
        _ => Can::No,
    }
}

/// Whether workflows on any branch get in with any subject, because other claims alone are pinned.
fn beside_subject(truth: &Truth) -> Can {
    let on_branch = |name: &str| {
        let branch = format!("refs/heads/{name}");
        let workflow = format!("{name}/{name}/.github/workflows/ci.yml@{branch}");
        let claims: Claims<'_> = &[
            (SUBJECT, Some(name)),
            ("ref", Some(&branch)),
            ("environment", None),
            ("job_workflow_ref", Some(&workflow)),
        ];
        entry::can(&with(truth, claims))
    };
    STRANGERS.iter().map(|name| on_branch(name)).min().unwrap_or(Can::No)
}

/// A subject that the policy was not written for, and what its token says besides.
struct Strange {
    subject: String,
    branch: Option<String>,
    environment: Option<String>,
    repository: Option<String>,
}

/// Whether both of two strange subjects get in.
fn both(truth: &Truth, pair: &[Strange; 2]) -> Can {
    let one = |strange: &Strange| {
        let mut claims = vec![(SUBJECT, Some(strange.subject.as_str()))];
        claims.extend(strange.branch.as_deref().map(|branch| ("ref", Some(branch))));
        // whose subject names no environment runs in none
        claims.push(("environment", strange.environment.as_deref()));
        if let Some(repository) = &strange.repository {
            let [id, _] = RECYCLED;
            claims.extend([("repository", Some(repository.as_str())), id]);
        }
        entry::can(&with(truth, &claims))
    };
    pair.iter().map(one).min().unwrap_or(Can::No)
}

/// What a strange subject says of the workflow.
#[derive(Clone, Copy)]
enum Kind {
    AsWritten,
    Branch,
    Tag,
    PullRequest,
    Environment,
}

/// Subjects that a pattern matches although it does not name their owner, their repository, or their branch or environment; in pairs.
fn strange_subjects(pattern: &str) -> Vec<[Strange; 2]> {
    let Some(rest) = pattern.strip_prefix("repo:") else { return Vec::new() };
    let (owner, rest) = rest.split_once('/').unwrap_or((rest, "*"));
    let (repository, context) = rest.split_once(':').unwrap_or((rest, "ref:refs/heads/main"));
    let is_open = is_open(owner) || is_open(repository);
    let make = |kind: Kind, name: &str| {
        let (owner, repository) = (filled(owner, "-", name), filled(repository, "", name));
        let branch = format!("refs/heads/{name}");
        let (context, branch) = match kind {
            Kind::AsWritten => (context.replace(['*', '?'], name), context.strip_prefix("ref:").map(str::to_owned)),
            Kind::Branch => (format!("ref:{branch}"), Some(branch)),
            Kind::Tag => (format!("ref:refs/tags/{name}"), Some(format!("refs/tags/{name}"))),
            Kind::PullRequest => ("pull_request".to_owned(), Some("refs/pull/7/merge".to_owned())),
            Kind::Environment => (format!("environment:{name}"), Some(branch)),
        };
        Strange {
            branch,
            environment: context.strip_prefix("environment:").map(str::to_owned),
            repository: is_open.then(|| format!("{owner}/{repository}")),
            subject: format!("repo:{owner}/{repository}:{context}"),
        }
    };
    let kinds: &[Kind] = match is_open {
        true => &[Kind::AsWritten, Kind::Branch],
        false => &[Kind::Branch, Kind::Tag, Kind::PullRequest, Kind::Environment],
    };
    let pairs = kinds.iter().map(|kind| STRANGERS.map(|name| make(*kind, name)));
    pairs.filter(|pair| pair.iter().all(|strange| wildcard::matches(pattern, &strange.subject))).collect()
}

/// Whether a part of a subject leaves the name open; what follows `@` is an id.
fn is_open(part: &str) -> bool {
    part.split('@').next().is_some_and(wildcard::has_wildcard)
}

/// A part of a subject with a strange name, or a strange id, in place of what is open.
fn filled(part: &str, joint: &str, name: &str) -> String {
    let (own, id) = part.split_once('@').map_or((part, None), |(own, id)| (own, Some(id)));
    let letter = name.get(..1).unwrap_or_default();
    // one wildcard is the name, the others nothing
    let own = own.replace('?', letter).replacen('*', &format!("{joint}{name}"), 1).replace('*', "");
    match id {
        Some(id) => format!("{own}@{}", id.replace(['*', '?'], "739205816")),
        None => own,
    }
}

/// Whether a pattern names a repository without the ids of owner and repository.
fn is_name(pattern: &str) -> bool {
    let Some((owner, rest)) = pattern.strip_prefix("repo:").and_then(|rest| rest.split_once('/')) else { return false };
    let has_id = |part: &str| {
        let id = part.rsplit_once('@').map_or("", |(_, id)| id);
        !id.is_empty() && id.bytes().all(|b| b.is_ascii_digit())
    };
    !has_id(owner) || !has_id(rest.split(':').next().unwrap_or_default())
}

/// `GitHub repo acme/etl, any branch`
fn words(federated: &Federated<'_>, pattern: &str) -> String {
    let owner =
        pattern.strip_prefix("repo:").filter(|rest| !rest.contains('/')).and_then(|rest| rest.split('*').next());
    match owner {
        Some(owner) => format!("any GitHub owner whose name starts with {owner}"),
        None => claim_words(&format!("{}:{SUBJECT}", federated.issuer()), pattern),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subjects(pattern: &str) -> Vec<String> {
        strange_subjects(pattern).into_iter().map(|[first, _]| first.subject).collect()
    }

    #[test]
    fn strange_subjects_are_those_that_a_pattern_does_not_name() {
        assert_eq!(subjects("repo:acme/etl:ref:refs/heads/main"), [""; 0]);
        assert_eq!(subjects("repo:acme/etl:ref:refs/tags/v*"), [""; 0]);
        assert_eq!(subjects("repo:acme/etl:ref:refs/heads/release/*"), [""; 0]);
        assert_eq!(subjects("repo:acme/etl:ref:refs/heads/*"), ["repo:acme/etl:ref:refs/heads/q7x2m4k9zt"]);
        assert_eq!(subjects("repo:acme/etl:pull_request"), ["repo:acme/etl:pull_request"]);
        assert_eq!(subjects("repo:acme/etl:environment:*"), ["repo:acme/etl:environment:q7x2m4k9zt"]);
        assert_eq!(subjects("repo:acme/etl:ref:refs/tags/*"), ["repo:acme/etl:ref:refs/tags/q7x2m4k9zt"]);
        assert_eq!(subjects("repo:acme/etl:*").len(), 4);
        assert_eq!(subjects("repo:acme/*:ref:refs/heads/main"), ["repo:acme/q7x2m4k9zt:ref:refs/heads/main"]);
        assert_eq!(
            subjects("repo:acme*"),
            [
                "repo:acme-q7x2m4k9zt/q7x2m4k9zt:ref:refs/heads/main",
                "repo:acme-q7x2m4k9zt/q7x2m4k9zt:ref:refs/heads/q7x2m4k9zt"
            ]
        );
        assert_eq!(
            subjects("repo:acme/*-deploy:ref:refs/heads/main"),
            ["repo:acme/q7x2m4k9zt-deploy:ref:refs/heads/main"]
        );
        assert_eq!(subjects("repo:a*e/etl:ref:refs/heads/main"), ["repo:a-q7x2m4k9zte/etl:ref:refs/heads/main"]);
        assert_eq!(subjects("repo:acme?/etl:ref:refs/heads/main"), ["repo:acmeq/etl:ref:refs/heads/main"]);
        assert_eq!(
            subjects("repo:acme@12/*-deploy@*:ref:refs/heads/main"),
            ["repo:acme@12/q7x2m4k9zt-deploy@739205816:ref:refs/heads/main"]
        );
        assert_eq!(
            subjects("repo:acme@12/*"),
            ["repo:acme@12/q7x2m4k9zt:ref:refs/heads/main", "repo:acme@12/q7x2m4k9zt:ref:refs/heads/q7x2m4k9zt"]
        );
    }

    #[test]
    fn ids_of_both_owner_and_repository_outlive_names() {
        assert!(is_name("repo:acme/etl:ref:refs/heads/main") && is_name("repo:acme@*/etl@*:*"));
        assert!(is_name("repo:acme@12/etl:*") && !is_name("repo:acme@12/etl@34:ref:refs/heads/main"));
        assert!(!is_name("repository_id:34:ref:refs/heads/main"));
    }

    #[test]
    fn an_enterprise_may_have_an_issuer_of_its_own() {
        assert_eq!(below("token.actions.githubusercontent.com"), Some(""));
        assert_eq!(below("token.actions.githubusercontent.com/acme"), Some("acme"));
        assert_eq!(below("token.actions.githubusercontent.com.evil.example"), None);
        assert_eq!(below("gitlab.com"), None);
    }
}
