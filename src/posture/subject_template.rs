//! Subjects of GitHub Actions that an organization makes of claims of its choice.
//!
//! Owns: which of them name a repository, and a branch, environment or workflow; what tokens of strangers say. Does not know GitHub's own
//! subjects (`github`).
//! Source: GitHub Docs, "OpenID Connect reference", "Customizing the subject claims for an organization or repository".

use super::entry::Can;
use super::federation::{can_like, with};
use crate::eval::Truth;

/// The claim that subjects stand in.
pub(super) const SUBJECT: &str = "sub";

/// Names that no policy was written for: a pattern that admits both is specific to no one.
pub(super) const STRANGERS: [&str; 2] = ["q7x2m4k9zt", "b5v8n3r6yw"];

/// Ids of a repository that got a name after somebody else gave it up.
pub(super) const RECYCLED: [(&str, Option<&str>); 2] =
    [("repository_id", Some("739205816")), ("repository_owner_id", Some("284617093"))];

/// A subject of claims that an organization chose: `repository_owner:acme:ref:refs/heads/main`.
pub(super) struct Template<'p> {
    pattern: &'p str,
    names_repository: bool,
    names_branch: bool,
}

/// What subjects can be made of, by what it names: a repository; a branch, environment or workflow; neither.
const OF_REPOSITORY: [&str; 3] = ["repo", "repository", "repository_id"];
const OF_BRANCH: [&str; 6] = ["ref", "environment", "context", "job_workflow_ref", "workflow_ref", "head_ref"];
const OF_OTHERS: [&str; 5] =
    ["repository_owner", "repository_owner_id", "repository_visibility", "actor", "event_name"];

impl<'p> Template<'p> {
    /// Of a subject that does not begin as GitHub's own do.
    pub(super) fn of(pattern: &'p str) -> Option<Self> {
        let keys = || OF_REPOSITORY.iter().chain(&OF_BRANCH).chain(&OF_OTHERS);
        let first = pattern.split(':').next()?;
        if first == "repo" || !keys().any(|key| *key == first) {
            return None;
        }
        let parts: Vec<&str> = pattern.split(':').collect();
        let is_named = |keys: &[&str]| {
            parts.windows(2).any(|pair| matches!(pair, [key, value] if keys.contains(key) && !is_any(value)))
        };
        Some(Self { pattern, names_repository: is_named(&OF_REPOSITORY), names_branch: is_named(&OF_BRANCH) })
    }

    /// Whether workflows get in that it names neither by repository nor by branch.
    pub(super) fn admits_strangers(&self, truth: &Truth) -> Can {
        if self.names_repository && self.names_branch {
            return Can::No;
        }
        let admits = |name: &&str| {
            let (repository, branch) = (format!("{name}/{name}"), format!("refs/heads/{name}"));
            let workflow = format!("{repository}/.github/workflows/ci.yml@{branch}");
            let [id, _] = RECYCLED;
            let mut claims = Vec::new();
            if !self.names_repository {
                claims.extend([("repository", Some(repository.as_str())), id]);
            }
            if !self.names_branch {
                claims.extend([("ref", Some(branch.as_str())), ("environment", None)]);
                claims.push(("job_workflow_ref", Some(workflow.as_str())));
            }
            can_like(&with(truth, &claims), &[(SUBJECT, self.pattern)])
        };
        STRANGERS.iter().map(admits).min().unwrap_or(Can::No)
    }

    pub(super) fn words(&self) -> String {
        let what = match (self.names_repository, self.names_branch) {
            (false, false) => "any repository and branch",
            (false, true) => "any repository",
            _ => "any branch",
        };
        format!("GitHub workflows of {what} with subject {}", self.pattern)
    }
}

/// Nothing but wildcards.
fn is_any(value: &str) -> bool {
    value.chars().all(|c| matches!(c, '*' | '?'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_of_other_claims_names_a_repository_and_a_branch_or_is_wide() {
        let named = |pattern| Template::of(pattern).map(|own| (own.names_repository, own.names_branch));
        assert_eq!(named("repo:acme/etl:*"), None);
        assert_eq!(named("anything"), None);
        assert_eq!(named("repository_owner:acme:repository_visibility:private"), Some((false, false)));
        assert_eq!(named("repository_owner_id:12:*"), Some((false, false)));
        assert_eq!(named("repository:acme/etl:*"), Some((true, false)));
        assert_eq!(named("repository_id:34:environment:prod"), Some((true, true)));
        assert_eq!(named("repository_owner:acme:ref:refs/heads/main"), Some((false, true)));
        assert_eq!(named("job_workflow_ref:acme/ci/.github/workflows/x.yml@refs/heads/main"), Some((false, true)));
    }
}
