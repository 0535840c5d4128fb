//! What is dead or misleading in a statement: words that match nothing.
//!
//! Owns: what is decided by a document alone and the catalog of actions. What the catalog lacks may be newer than it: a message names its
//! date.

use std::collections::BTreeSet;

use crate::arn::Arn;
use crate::nearest::nearest;
use crate::policy::action::ActionPattern;
use crate::policy::catalog::{self, CatalogAction, Known};
use crate::policy::resource::ResourceClause;
use crate::policy::shadow;
use crate::policy::text::Text;
use crate::policy::{Effect, Policy, Statement};
use crate::posture::grants;
use crate::posture::resource_types::ResourceType;
use crate::rules::of_policies::Said;
use crate::rules::outcome::some_of;
use crate::wildcard;

/// The prefix of actions that have no effect any more. Source: Agent Toolkit for AWS User Guide, "Troubleshooting AWS MCP Server identity
/// and access" (My Deny policy using aws-mcp actions no longer blocks access).
const MCP: &str = "aws-mcp";

/// A statement that names actions which do not exist.
pub(in crate::rules) fn with_unknown_action(policy: &Policy) -> Option<Said> {
    let (mut unknown, mut proof) = (Vec::new(), Vec::new());
    for statement in &policy.statements {
        let before = unknown.len();
        unknown.extend(statement.actions.patterns.iter().filter(|pattern| !is_known(pattern)).map(described));
        proof.extend((unknown.len() > before).then_some(statement));
    }
    let mut seen = BTreeSet::new();
    unknown.retain(|text| seen.insert(text.clone()));
    let what = format!("names {}, which no action in the catalog of {} matches", some_of(&unknown), catalog::date());
    Said::of(what, proof)
}

fn is_known(pattern: &ActionPattern) -> bool {
    match pattern {
        ActionPattern::All => true,
        // told by another rule
        ActionPattern::Named { service, .. } if &**service == MCP => true,
        ActionPattern::Named { .. } => catalog::knows(pattern) == Known::Action,
        ActionPattern::Nothing(_) => false,
    }
}

/// The pattern, and what may have been meant.
fn described(pattern: &ActionPattern) -> String {
    let written = pattern.as_str();
    let meant = match pattern {
        ActionPattern::Named { service, .. } => {
            let name = written.split_once(':').map_or("", |(_, name)| name);
            match catalog::knows(pattern) {
                Known::Nothing => nearest(service, &catalog::alike(service)).map(|meant| format!("{meant}:{name}")),
                // the star of a pattern stands for any number of letters: nothing is near it
                _ if wildcard::has_wildcard(name) => None,
                _ => nearest(name, &catalog::alike(service)).map(|meant| format!("{service}:{meant}")),
            }
        }
        ActionPattern::All | ActionPattern::Nothing(_) => None,
    };
    match meant {
        Some(meant) => format!("`{written}` (`{meant}` is meant?)"),
        None => format!("`{written}`"),
    }
}

/// A statement whose actions are never about the resources that it names.
pub(in crate::rules) fn with_impossible_resource(policy: &Policy) -> Option<Said> {
    let found: Vec<&Statement> = policy.statements.iter().filter(|statement| is_impossible(statement)).collect();
    let first = found.first()?;
    let actions = first.actions.patterns.first().map_or("", ActionPattern::as_str);
    let resource = first.resources.as_ref().and_then(|clause| clause.patterns.first()).map_or("", |text| text.as_str());
    let verb = if first.effect == Effect::Allow { "allows" } else { "denies" };
    Said::of(format!("{verb} nothing by a statement: `{actions}` is never about `{resource}`"), found)
}

/// Whether no action of a statement is about any of its resources, as far as the ARNs of both tell.
fn is_impossible(statement: &Statement) -> bool {
    let Some(clause) = statement.resources.as_ref().filter(|clause| !clause.negated) else { return false };
    let patterns = &statement.actions.patterns;
    let readable = !statement.actions.negated
        && !patterns.is_empty()
        && !clause.patterns.is_empty()
        && patterns.iter().all(|pattern| matches!(pattern, ActionPattern::Named { .. }) && is_known(pattern));
    if !readable {
        return false;
    }
    actions(patterns).next().is_some()
        && (is_of_other_services(patterns, clause)
            || is_of_other_type(patterns, clause)
            || is_of_other_entity(patterns, clause)
            || is_about_no_resource(statement))
}

/// Every action that one of the patterns matches.
fn actions(patterns: &[ActionPattern]) -> impl Iterator<Item = CatalogAction> + '_ {
    patterns.iter().flat_map(catalog::matching)
}

/// Whether all actions can only be allowed on `*`, and no resource is that, or everything of the service: some services ask so, as Amazon
/// S3 does for `s3:ListAllMyBuckets` (Amazon S3 User Guide, "Controlling access to a bucket with user policies": `arn:aws:s3:::*`).
fn is_about_no_resource(statement: &Statement) -> bool {
    let texts = || statement.resources.iter().flat_map(|clause| &clause.patterns).map(Text::as_str);
    let open = texts().any(|text| text.contains("${"));
    let on_all =
        |service: &str| grants::on_all(statement, service) || service == "logs" && texts().any(is_of_no_log_group);
    !open && actions(&statement.actions.patterns).all(|of| !of.has_resources && !on_all(of.service))
}

/// Whether a pattern matches what CloudWatch Logs asks about where a call names no log group: `…:log-group::log-stream:`, as its refusals
/// of `logs:DescribeLogGroups` and others say (Terraform AWS provider, issue 8804).
fn is_of_no_log_group(text: &str) -> bool {
    Arn::parse(text)
        .is_some_and(|arn| arn.service == "logs" && wildcard::matches(arn.resource, "log-group::log-stream:"))
}

/// The service of an ARN that names one.
fn vendor(text: &str) -> Option<&str> {
    let mut parts = text.split(':');
    let (start, vendor) = (parts.next(), parts.nth(1).unwrap_or_default());
    let is_told = start == Some("arn") && !vendor.is_empty() && !vendor.contains(['*', '?', '$']);
    is_told.then_some(vendor)
}

/// Whether every resource belongs to a service that none of the actions is about.
fn is_of_other_services(patterns: &[ActionPattern], clause: &ResourceClause) -> bool {
    let told: Option<BTreeSet<&str>> = clause.patterns.iter().map(|text| vendor(text.as_str())).collect();
    let Some(told) = told else { return false };
    // a service of which no resource is known may be about anything
    actions(patterns).all(|action| {
        let own = catalog::vendors(action.service);
        !own.is_empty() && !told.iter().any(|vendor| *vendor == action.service || own.contains(vendor))
    })
}

/// An Allow that a Deny of the same policy takes back as a whole.
pub(in crate::rules) fn with_denied_allow(policy: &Policy) -> Option<Said> {
    let taken = |allow: &'_ &Statement| shadow::denies(policy).any(|deny| shadow::takes_all(deny, allow));
    let found: Vec<&Statement> = shadow::allows(policy).filter(taken).collect();
    let first = found.first()?;
    let deny = shadow::denies(policy).find(|deny| shadow::takes_all(deny, first))?;
    let actions: Vec<String> = first.actions.patterns.iter().map(|pattern| format!("`{}`", pattern.as_str())).collect();
    let but = if first.actions.negated { "everything but " } else { "" };
    let what = format!("allows {but}{} by a statement of which another denies all", some_of(&actions));
    Said::of(what, found.into_iter().chain(std::iter::once(deny)))
}

/// Whether all actions are about objects of Amazon S3 and all resources are buckets, or the other way around.
fn is_of_other_type(patterns: &[ActionPattern], clause: &ResourceClause) -> bool {
    let names: Option<Vec<&str>> = clause.patterns.iter().map(|text| in_s3(text.as_str())).collect();
    let Some(names) = names else { return false };
    // a star in the name of a bucket runs on into the names of objects
    let bucket = |name: &&str| !name.contains(['/', '*', '?', '$']);
    let object = |name: &&str| name.contains('/');
    let all = |kind| ResourceType::new("s3", kind).is_all_that(actions(patterns));
    names.iter().all(bucket) && all("object") || names.iter().all(object) && all("bucket")
}

/// Whether all actions of IAM are about users and all resources are groups, or the other way around: to deny something to the members of a
/// group by naming the group as resource is a common mistake.
fn is_of_other_entity(patterns: &[ActionPattern], clause: &ResourceClause) -> bool {
    let of_type = |kind: &str| {
        let is_of = |arn: Arn<'_>| arn.service == "iam" && arn.resource.starts_with(kind);
        clause.patterns.iter().all(|text| Arn::parse(text.as_str()).is_some_and(is_of))
    };
    let all = |kind| ResourceType::new("iam", kind).is_all_that(actions(patterns));
    of_type("group/") && all("user") || of_type("user/") && all("group")
}

/// The bucket or object of an ARN of Amazon S3 that has neither Region nor account.
fn in_s3(text: &str) -> Option<&str> {
    let arn = Arn::parse(text).filter(|arn| arn.service == "s3")?;
    (arn.region.is_empty() && arn.account.is_empty()).then_some(arn.resource)
}

/// A Deny that names actions of AWS's MCP server, which nothing asks for any more.
pub(in crate::rules) fn deny_on_mcp_actions(policy: &Policy) -> Option<Said> {
    let of_mcp = |pattern: &ActionPattern| matches!(pattern, ActionPattern::Named { service, .. } if &**service == MCP);
    let denies = |statement: &&Statement| {
        statement.effect == Effect::Deny && !statement.actions.negated && statement.actions.patterns.iter().any(of_mcp)
    };
    Said::of("denies actions of `aws-mcp`, which blocks nothing", policy.statements.iter().filter(denies))
}
