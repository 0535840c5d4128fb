//! The least-privilege policies for a collection: of the role in each account, and of the identity that runs rolehop.
//!
//! Owns: their text, generated from the same list that limits what rolehop can call.

use crate::collect::aws::operations;
use crate::facet::{By, Facets, Operation, Service};

/// Actions of the role that is assumed in each account, such as `iam:GetAccountSummary`.
#[must_use]
pub fn role_actions(facets: &Facets) -> Vec<String> {
    operations::needed(facets).filter(|operation| operation.by == By::Session).map(Operation::action).collect()
}

/// Actions of the role that reads people, if one is named for it.
#[must_use]
pub fn people_actions(facets: &Facets) -> Vec<String> {
    operations::needed(facets).filter(|operation| operation.service.is_of_people()).map(Operation::action).collect()
}

/// The identity policy of the role that reads people.
#[must_use]
pub fn people_policy(facets: &Facets) -> String {
    document(&[statement("ReadPeople", &people_actions(facets), "*")])
}

/// Actions of the identity that runs rolehop, in addition to assuming the role.
#[must_use]
pub fn caller_actions(facets: &Facets) -> Vec<String> {
    let of_caller = |operation: &&'static Operation| operation.by == By::Base && operation.service != Service::Sts;
    operations::needed(facets).filter(of_caller).map(Operation::action).collect()
}

/// The identity policy of the role in each account.
#[must_use]
pub fn role_policy(facets: &Facets) -> String {
    document(&[statement("Read", &role_actions(facets), "*")])
}

/// The identity policy of the identity that runs rolehop. `people_role` is the ARN of the role that reads people, if it is another
/// identity.
#[must_use]
pub fn caller_policy(facets: &Facets, role_name: &str, people_role: Option<&str>) -> String {
    let role = format!("arn:aws:iam::*:role/{}", role_name.trim_start_matches('/'));
    let assume = |sid: &str, role: &str| statement(sid, &["sts:AssumeRole".to_owned()], role);
    let mut actions = caller_actions(facets);
    let mut statements = vec![assume("AssumeTheScannerRole", &role)];
    if let Some(role) = people_role {
        let of_people = people_actions(facets);
        actions.retain(|action| !of_people.contains(action));
        statements.push(assume("AssumeTheRoleThatReadsPeople", role));
    }
    statements.push(statement("ReadTheOrganization", &actions, "*"));
    document(&statements)
}

fn statement(sid: &str, actions: &[String], resource: &str) -> String {
    let actions: Vec<String> = actions.iter().map(|action| format!("        \"{action}\"")).collect();
    format!(
        "    {{\n      \"Sid\": \"{sid}\",\n      \"Effect\": \"Allow\",\n      \"Action\": [\n{}\n      ],\n      \
         \"Resource\": \"{resource}\"\n    }}",
        actions.join(",\n")
    )
}

fn document(statements: &[String]) -> String {
    format!("{{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n{}\n  ]\n}}\n", statements.join(",\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policies_are_json_and_follow_the_facets() {
        let all = Facets::named(["all"]).unwrap();
        let people = "arn:aws:iam::111122223333:role/people";
        for policy in [
            role_policy(&all),
            people_policy(&all),
            caller_policy(&all, "team/audit", None),
            caller_policy(&all, "team/audit", Some(people)),
        ] {
            assert!(serde_json::from_str::<serde_json::Value>(&policy).is_ok(), "{policy}");
        }
        let few = Facets::named(["core"]).unwrap();
        assert!(role_policy(&all).contains("cloudtrail:LookupEvents") && !role_policy(&few).contains("cloudtrail:"));
        assert!(caller_policy(&all, "/team/audit", None).contains("role/team/audit"));
        assert!(caller_policy(&all, "audit", None).contains("sso:ListInstances"));
        let other = caller_policy(&all, "audit", Some(people));
        assert!(other.contains(people) && !other.contains("sso:") && people_policy(&all).contains("sso:ListInstances"));
        assert!(!role_policy(&all).contains("sts:") && !role_policy(&all).contains("organizations:"));
    }
}
