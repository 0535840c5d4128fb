//! Organizations: the tree, its accounts and its policies.
//!
//! Owns: which operation is answered from which key of `organization.json`, and who may ask. How a node looks is in `tree`.
//! A key that the snapshot does not have is refused, as in `iam`.

use serde_json::{Value, json};

use super::desk::{Desk, denied};
use super::page::Page;
use super::refusal::Refusal;
use super::request::Call;
use super::sessions::Caller;
use super::tree;
use super::world::{World, text};

/// AWS's limit for a page, which is also its default.
const MAX_RESULTS: usize = 20;

/// The answer of an operation.
pub(super) fn answer(desk: &Desk, caller: &Caller, call: &Call) -> Result<Value, Refusal> {
    let world = &desk.world;
    let organization = membership(world, caller)?;
    if call.operation == "DescribeOrganization" {
        return Ok(json!({"Organization": tree::organization_answer(world, organization)}));
    }
    if !may_ask(world, caller) {
        let message = "You don't have permissions to access this resource.";
        return Err(Refusal::new(400, "AccessDeniedException", message));
    }
    let desk = Asked { desk, caller, call };
    match call.operation.as_str() {
        "ListRoots" => desk.paged("Roots", desk.list("Roots")?, |root| tree::node_answer(world, "root", root)),
        "ListAccounts" => {
            desk.paged("Accounts", desk.list("Accounts")?, |account| tree::account_answer(world, account))
        }
        "ListAccountsForParent" => {
            desk.paged("Accounts", desk.children("Accounts")?, |account| tree::account_answer(world, account))
        }
        "ListOrganizationalUnitsForParent" => {
            let key = "OrganizationalUnits";
            desk.paged(key, desk.children(key)?, |unit| tree::node_answer(world, "ou", unit))
        }
        "ListPolicies" => {
            let kind = desk.required("Filter")?;
            let policies = desk.list("Policies")?.iter().filter(|policy| text(policy, "Type") == Some(kind));
            desk.paged("Policies", policies, |policy| tree::policy_summary(world, policy))
        }
        "ListPoliciesForTarget" => desk.policies_for_target(),
        "ListTargetsForPolicy" => desk.targets_for_policy(),
        "DescribePolicy" => {
            let policy = desk.policy()?;
            let (summary, content) = (tree::policy_summary(world, policy), tree::policy_content(policy));
            Ok(json!({"Policy": {"PolicySummary": summary, "Content": content}}))
        }
        "ListTagsForResource" => desk.tags(),
        "ListDelegatedAdministrators" => {
            let key = "DelegatedAdministrators";
            desk.paged(key, desk.list(key)?, |entry| tree::without_ours(entry).into())
        }
        "ListDelegatedServicesForAccount" => desk.delegated_services(),
        _ => Err(denied(caller, call, "*")),
    }
}

/// The organisation that the caller's account is in.
fn membership<'a>(world: &'a World, caller: &Caller) -> Result<&'a Value, Refusal> {
    let is_member = tree::account(world, caller.account).is_some()
        || tree::management_account(world) == Some(caller.account)
        || tree::list(world, "Accounts").is_none();
    tree::organization(world).filter(|_| is_member).ok_or_else(|| {
        Refusal::new(400, "AWSOrganizationsNotInUseException", "Your account is not a member of an organization.")
    })
}

/// Only the management account and delegated administrators may look around.
pub(super) fn may_ask(world: &World, caller: &Caller) -> bool {
    let id = caller.account.to_string();
    let delegated = tree::list(world, "DelegatedAdministrators").into_iter().flatten();
    tree::management_account(world).is_none_or(|management| management == caller.account)
        || delegated.filter_map(|entry| text(entry, "Id")).any(|other| other == id)
}

/// Whether the caller administers the organisation for one service.
pub(super) fn administers(world: &World, caller: &Caller, service: &str) -> bool {
    let id = caller.account.to_string();
    let delegated = tree::list(world, "DelegatedAdministrators").into_iter().flatten();
    let own = delegated.filter(|entry| text(entry, "Id") == Some(id.as_str()));
    let mut services = own.filter_map(|entry| entry.get("Services")?.as_array()).flatten();
    tree::management_account(world).is_none_or(|management| management == caller.account)
        || services.any(|entry| text(entry, "ServicePrincipal") == Some(service))
}

/// A call that is let through.
struct Asked<'a> {
    desk: &'a Desk,
    caller: &'a Caller,
    call: &'a Call,
}

impl<'a> Asked<'a> {
    fn list(&self, key: &str) -> Result<&'a [Value], Refusal> {
        tree::list(&self.desk.world, key).ok_or_else(|| denied(self.caller, self.call, "*"))
    }

    fn required(&self, name: &str) -> Result<&'a str, Refusal> {
        let missing = || Refusal::invalid_input(format!("You must provide a value for {name}."));
        self.call.parameter(name).ok_or_else(missing)
    }

    /// One page of `entries` under `key`, each as `show` gives it. AWS leaves `NextToken` out at the end.
    fn paged<T>(
        &self,
        key: &str,
        entries: impl IntoIterator<Item = T>,
        show: impl Fn(T) -> Value,
    ) -> Result<Value, Refusal> {
        let entries: Vec<T> = entries.into_iter().collect();
        let most = self.desk.options.page_size.min(MAX_RESULTS);
        let size = match self.call.number("MaxResults") {
            None => most,
            Some(Some(asked @ 1..=20)) => usize::try_from(asked).unwrap_or(MAX_RESULTS).min(most),
            Some(_) => return Err(Refusal::invalid_input("MaxResults must be between 1 and 20.")),
        };
        let page = Page::of(&self.call.operation, self.call.parameter("NextToken"), size, entries.len())
            .ok_or_else(|| Refusal::invalid_input("You provided an invalid pagination token."))?;
        let mut answer = json!({key: page.cut(entries).map(show).collect::<Vec<_>>()});
        if let (Some(next), Some(object)) = (page.next, answer.as_object_mut()) {
            object.insert("NextToken".to_owned(), next.into());
        }
        Ok(answer)
    }

    fn children(&self, key: &str) -> Result<Vec<&'a Value>, Refusal> {
        let list = self.list(key)?;
        let parent = self.required("ParentId")?;
        if !matches!(tree::node(&self.desk.world, parent), Some(("ROOT" | "ORGANIZATIONAL_UNIT", _, _))) {
            let message = format!("You specified parent {parent} that doesn't exist.");
            return Err(Refusal::new(400, "ParentNotFoundException", message));
        }
        Ok(list.iter().filter(|entry| text(entry, "ParentId") == Some(parent)).collect())
    }

    fn policy(&self) -> Result<&'a Value, Refusal> {
        let list = self.list("Policies")?;
        let id = self.required("PolicyId")?;
        list.iter().find(|policy| text(policy, "Id") == Some(id)).ok_or_else(|| {
            Refusal::new(400, "PolicyNotFoundException", format!("You specified policy {id} that doesn't exist."))
        })
    }

    fn targets_for_policy(&self) -> Result<Value, Refusal> {
        let (policy, world) = (self.policy()?, &self.desk.world);
        self.paged("Targets", target_ids(policy), |id| tree::target(world, id))
    }

    fn policies_for_target(&self) -> Result<Value, Refusal> {
        let policies = self.list("Policies")?;
        let (target, kind) = (self.required("TargetId")?, self.required("Filter")?);
        if tree::node(&self.desk.world, target).is_none() {
            let message = format!("You specified target {target} that doesn't exist.");
            return Err(Refusal::new(400, "TargetNotFoundException", message));
        }
        let attached = policies
            .iter()
            .filter(|policy| text(policy, "Type") == Some(kind) && target_ids(policy).any(|id| id == target));
        self.paged("Policies", attached, |policy| tree::policy_summary(&self.desk.world, policy))
    }

    fn delegated_services(&self) -> Result<Value, Refusal> {
        let (administrators, id) = (self.list("DelegatedAdministrators")?, self.required("AccountId")?);
        let Some(administrator) = administrators.iter().find(|entry| text(entry, "Id") == Some(id)) else {
            let message = format!("The account {id} is not a delegated administrator.");
            return Err(Refusal::new(400, "AccountNotRegisteredException", message));
        };
        match administrator.get("Services").and_then(Value::as_array) {
            Some(services) => self.paged("DelegatedServices", services, |entry| tree::without_ours(entry).into()),
            None => Err(denied(self.caller, self.call, "*")),
        }
    }

    fn tags(&self) -> Result<Value, Refusal> {
        let id = self.required("ResourceId")?;
        let world = &self.desk.world;
        let policies = tree::list(world, "Policies").into_iter().flatten();
        let policy = || policies.into_iter().find(|policy| text(policy, "Id") == Some(id));
        let resource = tree::node(world, id).map(|(_, _, node)| node).or_else(policy).ok_or_else(|| {
            Refusal::new(400, "TargetNotFoundException", format!("You specified target {id} that doesn't exist."))
        })?;
        match resource.get("Tags").and_then(Value::as_array) {
            Some(tags) => self.paged("Tags", tags, Value::clone),
            None => Err(denied(self.caller, self.call, "*")),
        }
    }
}

fn target_ids(policy: &Value) -> impl Iterator<Item = &str> {
    policy.get("TargetIds").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}
