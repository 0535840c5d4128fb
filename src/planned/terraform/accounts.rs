//! In which account a resource is.
//!
//! Owns: the order of what is told and what the plan shows. Nothing is guessed: where the plan does not show it, it has to be told.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::address;
use super::configuration::{Configuration, single};
use super::file::Variable;
use super::resource::Resource;
use crate::arn::Arn;
use crate::ids::AccountId;
use crate::planned::PlanError;

/// Accounts that somebody has named.
#[derive(Clone, Debug, Default)]
pub struct Told {
    /// For everything that does not show its account.
    pub account: Option<AccountId>,
    /// By key of a provider: `aws`, `aws.prod`.
    pub providers: BTreeMap<String, AccountId>,
}

/// Accounts by key of the provider.
pub(super) struct Accounts<'t> {
    told: &'t Told,
    shown: BTreeMap<String, BTreeSet<AccountId>>,
    /// Of users, roles and groups, by type and name.
    named: BTreeMap<(String, String), BTreeSet<AccountId>>,
    place: String,
}

impl<'t> Accounts<'t> {
    pub(super) fn new(
        told: &'t Told,
        resources: &[Resource<'_>],
        configuration: &Configuration<'_>,
        (variables, prior, place): (&BTreeMap<String, Variable>, Option<&RawValue>, &str),
    ) -> Self {
        let mut shown = BTreeMap::<String, BTreeSet<AccountId>>::new();
        let callers = prior.map(callers).unwrap_or_default();
        let of_callers = callers.iter().map(|(address, account)| (configuration.provider(address), *account));
        let of_resources =
            resources.iter().filter_map(|one| Some((configuration.provider(&one.address), own_account(one)?)));
        for (key, account) in of_callers.chain(of_resources) {
            shown.entry(key.to_owned()).or_default().insert(account);
        }
        for resource in resources {
            let key = configuration.provider(&resource.address);
            if let Some(account) = configured(configuration, key, variables) {
                // what a provider says of itself is where its resources are
                shown.insert(key.to_owned(), BTreeSet::from([account]));
            }
        }
        let mut named = BTreeMap::<(String, String), BTreeSet<AccountId>>::new();
        for resource in resources {
            let name = resource.either::<String>("name").zip(own_account(resource));
            if let Some((name, account)) = name {
                named.entry((resource.kind.clone(), name)).or_default().insert(account);
            }
        }
        Self { told, shown, named, place: place.to_owned() }
    }

    /// The account of a resource.
    ///
    /// # Errors
    /// If neither the plan nor anybody tells.
    pub(super) fn of(
        &self,
        resource: &Resource<'_>,
        configuration: &Configuration<'_>,
    ) -> Result<AccountId, PlanError> {
        if let Some(own) = own_account(resource) {
            return Ok(own);
        }
        let key = configuration.provider(&resource.address);
        if let Some(told) = self.told.providers.get(key) {
            return Ok(*told);
        }
        // what is gone from the configuration has no provider there: it is where its user, role or group is
        let shown =
            if key.is_empty() { self.of_holder(resource) } else { self.shown.get(key).cloned().unwrap_or_default() };
        let shown: Vec<AccountId> = shown.into_iter().collect();
        match (shown.as_slice(), self.told.account) {
            ([only], _) => Ok(*only),
            (_, Some(told)) => Ok(told),
            (shown, None) => {
                let shown_key = if key.is_empty() { "its provider" } else { key };
                let why = match shown.len() {
                    0 => "the plan names no role that the provider assumes, and no resource of it that has an ARN"
                        .to_owned(),
                    count => format!("resources of the provider are in {count} accounts"),
                };
                let next = match key {
                    "" => "name it: `--account ID`".to_owned(),
                    key => format!("name it: `--account ID`, or `--provider {key}=ID` where there are several"),
                };
                let what = format!("the account of {} is not known (provider {shown_key})", resource.address);
                Err(PlanError::new(what, &self.place, &why, &next))
            }
        }
    }
}

impl Accounts<'_> {
    /// The accounts that have who a resource is attached to.
    fn of_holder(&self, resource: &Resource<'_>) -> BTreeSet<AccountId> {
        let of = |key: &str| {
            let name = resource.either::<String>(key).or_else(|| resource.either(&format!("{key}_name")))?;
            self.named.get(&(format!("aws_iam_{key}"), name)).cloned()
        };
        ["role", "user", "group"].into_iter().find_map(of).unwrap_or_default()
    }
}

/// The account in a resource's own ARN.
fn own_account(resource: &Resource<'_>) -> Option<AccountId> {
    // what a policy of the organization belongs to is its management account
    // a customer managed policy is attached in its own account alone
    ["arn", "policy_arn"].into_iter().find_map(|key| {
        let arn = resource.either::<String>(key)?;
        Arn::parse(&arn).filter(|arn| arn.service == "iam")?.account_id()
    })
}

/// What the provider itself says: the role that it assumes, or the only account that it allows.
fn configured(
    configuration: &Configuration<'_>,
    key: &str,
    variables: &BTreeMap<String, Variable>,
) -> Option<AccountId> {
    let value = |expression: &Value| match expression.get("constant_value") {
        Some(constant) => Some(constant.clone()),
        None => {
            let variable = single(expression)?.strip_prefix("var.")?;
            Some(variables.get(variable)?.value.clone())
        }
    };
    for block in ["assume_role", "assume_role_with_web_identity"] {
        let all = configuration.of_provider(key, block).and_then(Value::as_array);
        // of several roles that are assumed one after the other the last counts
        let role = all.and_then(|all| all.last()).and_then(|last| last.get("role_arn")).and_then(value);
        let account = role.as_ref().and_then(Value::as_str).and_then(|arn| Arn::parse(arn)?.account_id());
        if account.is_some() {
            return account;
        }
    }
    let allowed = configuration.of_provider(key, "allowed_account_ids").and_then(value)?;
    match allowed.as_array()?.as_slice() {
        [only] => AccountId::parse(only.as_str()?),
        _ => None,
    }
}

/// What `aws_caller_identity` said before the plan was made, by address.
fn callers(prior: &RawValue) -> Vec<(String, AccountId)> {
    #[derive(Deserialize)]
    struct Prior {
        values: Option<Values>,
    }
    #[derive(Deserialize)]
    struct Values {
        root_module: Option<Module>,
    }
    #[derive(Deserialize)]
    struct Module {
        #[serde(default)]
        resources: Vec<Known>,
        #[serde(default)]
        child_modules: Vec<Module>,
    }
    #[derive(Deserialize)]
    struct Known {
        #[serde(default)]
        address: String,
        #[serde(rename = "type", default)]
        kind: String,
        #[serde(default)]
        values: Value,
    }
    fn add(module: Module, all: &mut Vec<(String, AccountId)>) {
        for known in module.resources.into_iter().filter(|known| known.kind == "aws_caller_identity") {
            let id = known.values.get("account_id").and_then(Value::as_str).and_then(AccountId::parse);
            all.extend(id.map(|id| (address::without_indexes(&known.address), id)));
        }
        module.child_modules.into_iter().for_each(|child| add(child, all));
    }
    let mut all = Vec::new();
    let root = serde_json::from_str::<Prior>(prior.get()).ok().and_then(|prior| prior.values?.root_module);
    if let Some(root) = root {
        add(root, &mut all);
    }
    all
}
