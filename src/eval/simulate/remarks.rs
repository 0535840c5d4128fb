//! What is worth saying of the documents of a simulation, whatever the decision.
//!
//! Owns: keys that no request has, actions that are none, and variables where AWS fills in none. Does not know the decision.

use std::collections::BTreeSet;

use serde_json::value::RawValue;

use crate::answer::simulation::Request;
use crate::eval::statement::{unfilled, unfilled_value};
use crate::policy::action::ActionPattern;
use crate::policy::{self, Statement};

/// Each once, in order.
pub(super) fn of(request: &Request) -> Vec<String> {
    let levels = [&request.service_control_policies, &request.resource_control_policies];
    let lists = [&request.identity_policies, &request.permissions_boundaries, &request.session_policies];
    let documents: Vec<&RawValue> = lists
        .into_iter()
        .flatten()
        .chain(levels.into_iter().flatten().flatten().flatten())
        .chain(&request.resource_policy)
        .map(AsRef::as_ref)
        .collect();
    let mut found = BTreeSet::new();
    for document in documents {
        // one that does not parse has ended the simulation already
        let Ok(policy) = policy::parse(document.get()) else { continue };
        policy.statements.iter().for_each(|statement| add(statement, request, &mut found));
    }
    found.into_iter().collect()
}

fn add(statement: &Statement, request: &Request, found: &mut BTreeSet<String>) {
    let given = |name: &str| request.context.keys().any(|key| key.eq_ignore_ascii_case(name));
    let keys = statement.conditions.iter().flat_map(|c| c.keys());
    let keys = keys.chain(statement.resources.iter().flat_map(|r| r.variables()));
    // what the request gives is there, known to rolehop or not
    found.extend(keys.filter(|key| !given(key.written())).filter_map(|key| key.remark()));
    found.extend(statement.resources.iter().filter_map(unfilled));
    found.extend(statement.conditions.iter().filter_map(unfilled_value));
    let nothing = statement.actions.patterns.iter().filter(|pattern| matches!(pattern, ActionPattern::Nothing(_)));
    found.extend(nothing.map(|pattern| format!("`{}` is no action: nothing is called so", pattern.as_str())));
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn what_no_request_has_and_what_is_not_filled_in_is_said_once() {
        let request = r#"{"principal": "arn:aws:iam::111122223333:user/ann", "action": "s3:GetObject", "resource": "*",
            "context": {"aws:Given ": "x"},
            "identityPolicies": [{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["*", "s3GetObject"],
                "Resource": "arn:aws:iam::${aws:PrincipalAccount}:role/x",
                "Condition": {"StringEquals": {"aws:PrincipalOrgId ": "o-x", "aws:Given ": "x"}}}]}]}"#;
        let said = of(&serde_json::from_str(request).unwrap());
        assert_eq!(said.len(), 3, "{said:?}");
        assert!(said.iter().any(|text| text.starts_with("`s3GetObject` is no action")));
        assert!(said.iter().any(|text| text.contains("`aws:PrincipalOrgID` is meant?")));
        assert!(
            said.iter()
                .any(|text| text.contains("`arn:aws:iam::${aws:PrincipalAccount}:role/x` is taken as it stands"))
        );
    }
}
