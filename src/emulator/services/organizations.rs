//! Organizations: the tree, its accounts and its policies.
//!
//! Owns: which key of `organization.json` answers which operation. `data::organization` defines how a node is shown and
//! which callers may read it. A key that the snapshot does not have is denied, as in `data::caller`.

use serde_json::{Value, json};

use super::paged::Pages;
use crate::emulator::data::caller::Caller;
use crate::emulator::data::files::EmulatorData;
use crate::emulator::data::organization;
use crate::emulator::data::value::text;
use crate::emulator::protocol::error_response::ErrorResponse;
use crate::emulator::protocol::request::Call;
use crate::emulator::state::State;

const PAGES: Pages = Pages {
    size: "MaxResults",
    token: "NextToken",
    most: 20,
    wrong: ("InvalidInputException", "InvalidInputException"),
};

/// The answer of an operation.
pub(crate) fn answer(state: &State, caller: &Caller, call: &Call) -> Result<Value, ErrorResponse> {
    let data = &state.data;
    let own = membership(data, caller)?;
    if call.operation == "DescribeOrganization" {
        return Ok(json!({"Organization": organization::organization_answer(data, own)}));
    }
    if !organization::may_ask(data, caller) {
        let message = "You don't have permissions to access this resource.";
        return Err(ErrorResponse::new(400, "AccessDeniedException", message));
    }
    let request = Authorized { state, caller, call };
    match call.operation.as_str() {
        "ListRoots" => {
            request.paged("Roots", request.list("Roots")?, |root| organization::node_answer(data, "root", root))
        }
        "ListAccounts" => {
            request.paged("Accounts", request.list("Accounts")?, |account| organization::account_answer(data, account))
        }
        "ListAccountsForParent" => request
            .paged("Accounts", request.children("Accounts")?, |account| organization::account_answer(data, account)),
        "ListOrganizationalUnitsForParent" => {
            let key = "OrganizationalUnits";
            request.paged(key, request.children(key)?, |unit| organization::node_answer(data, "ou", unit))
        }
        "ListPolicies" => {
            let kind = request.required("Filter")?;
            let policies = request.list("Policies")?.iter().filter(|policy| text(policy, "Type") == Some(kind));
            request.paged("Policies", policies, |policy| organization::policy_summary(data, policy))
        }
        "ListPoliciesForTarget" => request.policies_for_target(),
        "ListTargetsForPolicy" => request.targets_for_policy(),
        "DescribePolicy" => {
            let policy = request.policy()?;
            let summary = organization::policy_summary(data, policy);
            let content = organization::policy_content(policy);
            Ok(json!({"Policy": {"PolicySummary": summary, "Content": content}}))
        }
        "ListTagsForResource" => request.tags(),
        "ListDelegatedAdministrators" => {
            let key = "DelegatedAdministrators";
            request.paged(key, request.list(key)?, |entry| organization::without_ours(entry).into())
        }
        "ListDelegatedServicesForAccount" => request.delegated_services(),
        _ => Err(caller.denied(call)),
    }
}

/// The organization that the caller's account is in.
fn membership<'a>(data: &'a EmulatorData, caller: &Caller) -> Result<&'a Value, ErrorResponse> {
    let is_member = organization::account(data, caller.account).is_some()
        || organization::management_account(data) == Some(caller.account)
        || organization::list(data, "Accounts").is_none();
    organization::organization(data).filter(|_| is_member).ok_or_else(|| {
        ErrorResponse::new(400, "AWSOrganizationsNotInUseException", "Your account is not a member of an organization.")
    })
}

/// A call whose caller may read the organization.
struct Authorized<'a> {
    state: &'a State,
    caller: &'a Caller,
    call: &'a Call,
}

impl<'a> Authorized<'a> {
    fn list(&self, key: &str) -> Result<&'a [Value], ErrorResponse> {
        organization::list(&self.state.data, key).ok_or_else(|| self.caller.denied(self.call))
    }

    fn required(&self, name: &str) -> Result<&'a str, ErrorResponse> {
        let missing = || ErrorResponse::invalid_input(format!("You must provide a value for {name}."));
        self.call.parameter(name).ok_or_else(missing)
    }

    fn paged<T>(
        &self,
        key: &str,
        entries: impl IntoIterator<Item = T>,
        show: impl Fn(T) -> Value,
    ) -> Result<Value, ErrorResponse> {
        PAGES.page(self.state, self.call, key, entries, show)
    }

    fn children(&self, key: &str) -> Result<Vec<&'a Value>, ErrorResponse> {
        let list = self.list(key)?;
        let parent = self.required("ParentId")?;
        if !matches!(organization::node(&self.state.data, parent), Some(("ROOT" | "ORGANIZATIONAL_UNIT", _, _))) {
            let message = format!("You specified parent {parent} that doesn't exist.");
            return Err(ErrorResponse::new(400, "ParentNotFoundException", message));
        }
        Ok(list.iter().filter(|entry| text(entry, "ParentId") == Some(parent)).collect())
    }

    fn policy(&self) -> Result<&'a Value, ErrorResponse> {
        let list = self.list("Policies")?;
        let id = self.required("PolicyId")?;
        list.iter().find(|policy| text(policy, "Id") == Some(id)).ok_or_else(|| {
            ErrorResponse::new(400, "PolicyNotFoundException", format!("You specified policy {id} that doesn't exist."))
        })
    }

    fn targets_for_policy(&self) -> Result<Value, ErrorResponse> {
        let policy = self.policy()?;
        let data = &self.state.data;
        self.paged("Targets", target_ids(policy), |id| organization::target(data, id))
    }

    fn policies_for_target(&self) -> Result<Value, ErrorResponse> {
        let policies = self.list("Policies")?;
        let target = self.required("TargetId")?;
        let kind = self.required("Filter")?;
        if organization::node(&self.state.data, target).is_none() {
            let message = format!("You specified target {target} that doesn't exist.");
            return Err(ErrorResponse::new(400, "TargetNotFoundException", message));
        }
        let attached = policies
            .iter()
            .filter(|policy| text(policy, "Type") == Some(kind) && target_ids(policy).any(|id| id == target));
        self.paged("Policies", attached, |policy| organization::policy_summary(&self.state.data, policy))
    }

    fn delegated_services(&self) -> Result<Value, ErrorResponse> {
        let administrators = self.list("DelegatedAdministrators")?;
        let id = self.required("AccountId")?;
        let Some(administrator) = administrators.iter().find(|entry| text(entry, "Id") == Some(id)) else {
            let message = format!("The account {id} is not a delegated administrator.");
            return Err(ErrorResponse::new(400, "AccountNotRegisteredException", message));
        };
        match administrator.get("Services").and_then(Value::as_array) {
            Some(services) => {
                self.paged("DelegatedServices", services, |entry| organization::without_ours(entry).into())
            }
            None => Err(self.caller.denied(self.call)),
        }
    }

    fn tags(&self) -> Result<Value, ErrorResponse> {
        let id = self.required("ResourceId")?;
        let data = &self.state.data;
        let policies = organization::list(data, "Policies").into_iter().flatten();
        let policy = || policies.into_iter().find(|policy| text(policy, "Id") == Some(id));
        let resource = organization::node(data, id).map(|(_, _, node)| node).or_else(policy).ok_or_else(|| {
            ErrorResponse::new(400, "TargetNotFoundException", format!("You specified target {id} that doesn't exist."))
        })?;
        match resource.get("Tags").and_then(Value::as_array) {
            Some(tags) => self.paged("Tags", tags, Value::clone),
            None => Err(self.caller.denied(self.call)),
        }
    }
}

fn target_ids(policy: &Value) -> impl Iterator<Item = &str> {
    policy.get("TargetIds").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}
