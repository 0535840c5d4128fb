//! Claims of identity providers, as people who set them up call them.
//!
//! Owns: which text of which issuer names what. A text of another shape is quoted. Sources: GitHub Docs, "OpenID Connect
//! reference"; GitLab Docs, "Configure OpenID Connect in AWS"; HCP Terraform Docs, "Workload identity tokens"; Amazon EKS User
//! Guide, "Assign IAM roles to Kubernetes service accounts"; AWS IAM User Guide, "Available keys for AWS OIDC federation",
//! "Available keys for SAML-based AWS STS federation".

/// What a claim asks for: what it is, and which.
pub(super) fn claim(key: &str, value: &str) -> (String, String) {
    let (issuer, claim) = key.rsplit_once(':').unwrap_or(("", key));
    let host = issuer.split('/').next().unwrap_or(issuer).to_ascii_lowercase();
    let known = match (host.as_str(), claim) {
        ("token.actions.githubusercontent.com", "sub") => github(value),
        ("app.terraform.io", "sub") => terraform(value),
        (host, "sub") if host.contains("gitlab") => gitlab(value),
        (host, "sub") if host.starts_with("oidc.eks.") => service_account(value),
        ("cognito-identity.amazonaws.com", "aud") => Some(("Cognito identity pool", value.to_owned())),
        ("saml", "aud") => Some(("SAML sign-in to", value.to_owned())),
        ("saml", "sub") => Some(("SAML user", value.to_owned())),
        ("saml", "iss") => Some(("SAML issuer", value.to_owned())),
        _ => None,
    };
    match known {
        Some((what, which)) => (what.to_owned(), which),
        None if host == "saml" => (format!("SAML {claim}"), value.to_owned()),
        None => (format!("claim {claim} of {host}"), value.to_owned()),
    }
}

/// `repo:acme/etl:ref:refs/heads/main`
fn github(value: &str) -> Option<(&'static str, String)> {
    let rest = value.strip_prefix("repo:")?;
    let (repo, context) = rest.split_once(':').unwrap_or((rest, ""));
    // without a colon only a pattern matches what follows the name
    if context.is_empty() && !repo.ends_with('*') {
        return None;
    }
    let what = match repo.split_once('/')? {
        (owner, "*") => format!("any of {owner}"),
        _ => repo.to_owned(),
    };
    let when = match context {
        "" | "*" => "any branch".to_owned(),
        "pull_request" => "pull requests".to_owned(),
        other => match other.split_once(':') {
            Some(("ref", "*")) => "any branch".to_owned(),
            Some(("ref", name)) => named_ref(name),
            Some(("environment", name)) => format!("environment {name}"),
            _ => other.to_owned(),
        },
    };
    Some(("GitHub repo", format!("{what}, {when}")))
}

fn named_ref(name: &str) -> String {
    match (name.strip_prefix("refs/heads/"), name.strip_prefix("refs/tags/")) {
        (Some("*"), _) => "any branch".to_owned(),
        (Some(branch), _) => format!("branch {branch}"),
        (_, Some("*")) => "any tag".to_owned(),
        (_, Some(tag)) => format!("tag {tag}"),
        _ => name.to_owned(),
    }
}

/// `project_path:acme/etl:ref_type:branch:ref:main`
fn gitlab(value: &str) -> Option<(&'static str, String)> {
    let rest = value.strip_prefix("project_path:")?;
    let (project, context) = rest.split_once(':').unwrap_or((rest, "*"));
    let when = match context.strip_prefix("ref_type:").and_then(|kind| kind.split_once(":ref:")) {
        Some((kind, "*")) => format!("any {kind}"),
        Some((kind, name)) => format!("{kind} {name}"),
        None if context == "*" => "any branch".to_owned(),
        None => context.to_owned(),
    };
    Some(("GitLab project", format!("{project}, {when}")))
}

/// `organization:acme:project:etl:workspace:prod:run_phase:apply`
fn terraform(value: &str) -> Option<(&'static str, String)> {
    let rest = value.strip_prefix("organization:")?;
    let (organization, rest) = rest.split_once(":project:")?;
    let (project, rest) = rest.split_once(":workspace:")?;
    let (workspace, phase) = rest.split_once(":run_phase:").unwrap_or((rest, "*"));
    let phase = if phase == "*" { "any run".to_owned() } else { format!("run phase {phase}") };
    Some(("Terraform workspace", format!("{organization}/{project}/{workspace}, {phase}")))
}

/// `system:serviceaccount:namespace:name`
fn service_account(value: &str) -> Option<(&'static str, String)> {
    let (namespace, name) = value.strip_prefix("system:serviceaccount:")?.split_once(':')?;
    Some(("Kubernetes service account", format!("{namespace}/{name}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn say(key: &str, value: &str) -> String {
        let (what, which) = claim(key, value);
        format!("{what} {which}")
    }

    #[test]
    fn subjects_name_what_people_set_up() {
        let github = |value: &str| say("token.actions.githubusercontent.com:sub", value);
        assert_eq!(github("repo:acme/etl:*"), "GitHub repo acme/etl, any branch");
        assert_eq!(github("repo:acme/etl:ref:refs/heads/main"), "GitHub repo acme/etl, branch main");
        assert_eq!(github("repo:acme/etl:ref:refs/tags/v*"), "GitHub repo acme/etl, tag v*");
        assert_eq!(github("repo:acme/etl:environment:prod"), "GitHub repo acme/etl, environment prod");
        assert_eq!(github("repo:acme/etl:pull_request"), "GitHub repo acme/etl, pull requests");
        assert_eq!(github("repo:acme/*"), "GitHub repo any of acme, any branch");
        assert_eq!(github("repo:acme/*:*"), "GitHub repo any of acme, any branch");
        assert_eq!(github("repo:acme/etl"), "claim sub of token.actions.githubusercontent.com repo:acme/etl");
        assert_eq!(github("*"), "claim sub of token.actions.githubusercontent.com *");
        assert_eq!(
            say("gitlab.com:sub", "project_path:acme/etl:ref_type:branch:ref:main"),
            "GitLab project acme/etl, branch main"
        );
        assert_eq!(
            say("app.terraform.io:sub", "organization:acme:project:etl:workspace:prod:run_phase:*"),
            "Terraform workspace acme/etl/prod, any run"
        );
        assert_eq!(
            say("oidc.eks.eu-west-1.amazonaws.com/id/ABC:sub", "system:serviceaccount:kube-system:dns"),
            "Kubernetes service account kube-system/dns"
        );
    }

    #[test]
    fn other_claims_are_quoted() {
        assert_eq!(say("accounts.google.com:sub", "1234"), "claim sub of accounts.google.com 1234");
        assert_eq!(say("SAML:edupersonaffiliation", "staff"), "SAML edupersonaffiliation staff");
    }
}
