//! Joins answers of AWS Organizations, in one file or many, into one `organization.json`.
//!
//! Owns: the shapes of these calls, and what a file's name must supply if the answer does not. `tree` decides whether
//! the lists are whole.
//! INVARIANT: the targets of a policy and the parent of an OU are known or left out, never guessed.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::account::value;
use super::agreement::{disagree, named, once, same_tags};
use super::document::{self, Document};
use super::gathered::{Call, Gathered};
use super::list::{List, Origin};
use super::names::{self, Id, nameless};
use super::policy::{self, Policy, Targets, holds_policies, plain};
use super::{account, encoding, recognize, tree};
use crate::ids::AccountId;
use crate::snapshot::account::Tag;
use crate::snapshot::error::{Refusal, SnapshotError};
use crate::snapshot::organization::{Organization, OrganizationAccount, OrganizationFile, OrganizationalUnit, Root};

/// Keys that only answers of Organizations have.
const SURE: [&str; 9] = [
    "Roots",
    "OrganizationalUnits",
    "OrganizationalUnit",
    "Accounts",
    "Targets",
    "Parents",
    "DelegatedAdministrators",
    "DelegatedServices",
    "EnabledFeatures",
];

/// Whether a document beside `accounts/` is about the organization.
pub(super) fn is_about(path: &Path, document: &Document<'_>) -> bool {
    let object = |key: &str| document.get(key).is_some_and(|raw| raw.get().starts_with('{'));
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    let tags = document.has("Tags") && name.contains("tags");
    let children = document.has("Children") && name.contains("children");
    let policies = document
        .get("Policies")
        .is_some_and(|raw| holds_policies(raw) || (raw.get() == "[]" && name.contains("polic")));
    let policy = document.get("Policy").is_some_and(|raw| raw.get().contains("\"PolicySummary\""));
    let details = document.has("RoleDetailList") || document.has("UserDetailList");
    !details
        && (SURE.iter().any(|key| document.has(key))
            || object("Organization")
            || object("Account")
            || policies
            || policy
            || tags
            || children)
}

/// Reads these files, each with the folder below which its ids are searched; `None` if there are none.
pub(super) fn read(files: &[(PathBuf, PathBuf)]) -> Result<Option<OrganizationFile>, SnapshotError> {
    let mut gathered = Gathered::default();
    for (base, path) in files {
        let text = encoding::text(path)?;
        let about = names::organization_id(base, path);
        for document in document::split(path, &text)? {
            gathered.add(path, about.as_ref(), &document)?;
        }
    }
    gathered.agreed()?;
    Ok(if files.is_empty() { None } else { Some(tree::whole(gathered)) })
}

impl<'a> Gathered<'a> {
    fn add(&mut self, path: &'a Path, about: Option<&Id>, document: &Document<'_>) -> Result<(), SnapshotError> {
        let last = !document.is_open();
        let mut known = document.keys.is_empty();
        for (key, raw) in document.keys.iter().filter(|(_, raw)| raw.get() != "null") {
            match &**key {
                "Organization" => self.organization(path, value(path, key, raw)?)?,
                "Roots" => {
                    let roots: Vec<Root> = value(path, key, raw)?;
                    self.file.roots.get_or_insert_default();
                    roots.into_iter().try_for_each(|root| self.root(path, root))?;
                }
                "OrganizationalUnits" => {
                    let units: Vec<OrganizationalUnit> = value(path, key, raw)?;
                    match place(about) {
                        Some(parent) => self.begin(Call::UnitsOf(parent.to_owned()), last),
                        // without a parent it is one level, of nobody knows what
                        None if units.iter().any(|unit| unit.parent_id.is_empty()) => {}
                        None => self.begin(Call::Units, last),
                    }
                    units.into_iter().try_for_each(|unit| self.unit(path, unit, place(about)))?;
                }
                "OrganizationalUnit" => self.unit(path, value(path, key, raw)?, None)?,
                "Accounts" => self.account_list(path, value(path, key, raw)?, place(about), last)?,
                "Account" => self.account(path, value(path, key, raw)?, None)?,
                "Policies" => {
                    let is_joined = ["Organization", "Roots", "Accounts"].iter().any(|key| document.has(key));
                    self.policy_list(path, value(path, key, raw)?, about, last, is_joined)?;
                }
                "Policy" => self.policy(path, value(path, key, raw)?)?,
                "Targets" => self.targets(path, value(path, key, raw)?, about, last)?,
                "Parents" | "Children" => self.relatives(path, key, value(path, key, raw)?, about, last)?,
                "Tags" => self.tags(path, raw, about, last)?,
                "DelegatedServices" => {
                    let Some(id) = target(about) else {
                        return Err(nameless(path, "services", "the account", "services-111122223333.json"));
                    };
                    self.begin(Call::DelegatedTo(id.to_owned()), last);
                    let list: Vec<Value> = value(path, key, raw)?;
                    self.delegated_services.entry(id.to_owned()).or_default().extend(list);
                }
                "DelegatedAdministrators" => {
                    self.begin(Call::Delegated, last);
                    let list: Vec<Box<RawValue>> = value(path, key, raw)?;
                    self.file.delegated_administrators.get_or_insert_default().extend(list);
                }
                "EnabledFeatures" => self.file.enabled_features = Some(value(path, key, raw)?),
                _ => continue,
            }
            known = true;
        }
        // keys with a null value say nothing
        let null = document.keys.iter().any(|(_, raw)| raw.get() == "null");
        if known || null { Ok(()) } else { Err(recognize::unknown(path, &document.names())) }
    }

    fn begin(&mut self, call: Call, last: bool) {
        if last {
            self.ended.insert(call)
        } else {
            self.begun.insert(call)
        };
    }

    /// Lists that came more than once.
    fn agreed(&self) -> Result<(), SnapshotError> {
        self.tags.values().try_for_each(List::agreed)?;
        self.targets.values().try_for_each(List::agreed)
    }

    fn organization(&mut self, path: &Path, new: Organization) -> Result<(), SnapshotError> {
        let Some(old) = &mut self.file.organization else {
            self.file.organization = Some(new);
            return Ok(());
        };
        let of = |id: Option<AccountId>| id.map(|id| id.to_string());
        let old_id = Some(old.id.clone()).filter(|id| !id.is_empty());
        old.id = once(path, "the organization", old_id, Some(new.id).filter(|id| !id.is_empty()))?.unwrap_or_default();
        once(path, "the management account", of(old.master_account_id), of(new.master_account_id))?;
        old.master_account_id = old.master_account_id.or(new.master_account_id);
        old.feature_set = once(path, "the feature set", old.feature_set.take(), new.feature_set)?;
        old.arn = old.arn.take().or(new.arn);
        Ok(())
    }

    fn root(&mut self, path: &Path, new: Root) -> Result<(), SnapshotError> {
        let roots = self.file.roots.get_or_insert_default();
        let Some(old) = roots.iter_mut().find(|root| root.id == new.id) else {
            roots.push(new);
            return Ok(());
        };
        // `SERVICE_CONTROL_POLICY` alone is never in force: the status counts
        let types = |root: &Root| {
            let list = root.policy_types.as_ref()?.iter();
            Some(list.map(|entry| (entry.kind.clone(), entry.status.clone())).collect::<BTreeSet<_>>())
        };
        if let (Some(one), Some(other)) = (types(old), types(&new))
            && one != other
        {
            return Err(disagree(path, &format!("other policy types are enabled on `{}` elsewhere", new.id)));
        }
        old.policy_types = old.policy_types.take().or(new.policy_types);
        Ok(())
    }

    fn unit(&mut self, path: &Path, mut unit: OrganizationalUnit, parent: Option<&str>) -> Result<(), SnapshotError> {
        let own = std::mem::take(&mut unit.parent_id);
        let parent = if own.is_empty() { parent.unwrap_or_default() } else { &own };
        self.parent(path, &unit.id, parent)?;
        match self.units.get_mut(&unit.id) {
            Some(known) => known.name = named(path, &unit.id, &known.name, unit.name)?,
            None => drop(self.units.insert(unit.id.clone(), unit)),
        }
        Ok(())
    }

    fn parent(&mut self, path: &Path, child: &str, parent: &str) -> Result<(), SnapshotError> {
        if parent.is_empty() {
            return Ok(());
        }
        match self.parents.insert(child.to_owned(), parent.to_owned()) {
            Some(other) if other != parent => {
                Err(disagree(path, &format!("`{child}` is under `{parent}` here and under `{other}` elsewhere")))
            }
            _ => Ok(()),
        }
    }

    fn account_list(
        &mut self,
        path: &Path,
        accounts: Vec<OrganizationAccount>,
        parent: Option<&str>,
        last: bool,
    ) -> Result<(), SnapshotError> {
        self.begin(parent.map_or(Call::Accounts, |id| Call::AccountsOf(id.to_owned())), last);
        accounts.into_iter().try_for_each(|account| self.account(path, account, parent))
    }

    fn account(
        &mut self,
        path: &Path,
        mut account: OrganizationAccount,
        parent: Option<&str>,
    ) -> Result<(), SnapshotError> {
        let id = account.id.to_string();
        let told = account.paths.take().and_then(|paths| above(&id, &paths));
        let own = account.parent_id.take().or(told).or(parent.map(str::to_owned));
        self.parent(path, &id, own.as_deref().unwrap_or_default())?;
        match self.accounts.entry(account.id) {
            std::collections::btree_map::Entry::Vacant(entry) => {
                entry.insert(account);
            }
            std::collections::btree_map::Entry::Occupied(mut entry) => {
                let known = entry.get_mut();
                let what = format!("account {id}");
                let both = known.state().is_some() && account.state().is_some();
                if both && known.is_shut() != account.is_shut() {
                    return Err(disagree(path, &format!("{what} is closed or suspended in one of the two")));
                }
                known.name = named(path, &id, &known.name, account.name)?;
                known.arn = known.arn.take().or(account.arn);
                known.state = once(path, &what, known.state.take(), account.state)?;
                known.status = once(path, &what, known.status.take(), account.status)?;
                if let (Some(old), Some(new)) = (&known.tags, &account.tags)
                    && !same_tags(old, new)
                {
                    return Err(disagree(path, &format!("account {id} has other tags elsewhere")));
                }
                known.tags = known.tags.take().or(account.tags);
                known.joined_method = known.joined_method.take().or(account.joined_method);
                known.joined_timestamp = known.joined_timestamp.take().or(account.joined_timestamp);
            }
        }
        Ok(())
    }

    fn policy_list(
        &mut self,
        path: &Path,
        list: Vec<Policy>,
        about: Option<&Id>,
        last: bool,
        is_joined: bool,
    ) -> Result<(), SnapshotError> {
        let name = path.to_string_lossy().to_ascii_lowercase();
        let of_target = target(about).filter(|_| name.contains("target"));
        // AWS lists one type at a time, and an empty list does not say which
        let mut kinds: BTreeSet<String> = list.iter().filter_map(Policy::kind).collect();
        if kinds.is_empty() {
            kinds.extend(policy::kind_in_name(&account::said(path)));
        }
        if let Some(target) = of_target {
            kinds.into_iter().for_each(|kind| self.begin(Call::PoliciesOf(target.to_owned(), kind), last));
            let ids = list.iter().filter_map(|policy| policy.id.clone());
            self.of_target.entry(target.to_owned()).or_default().extend(ids);
        } else {
            self.file.policies.get_or_insert_default();
            let is_whole = list.iter().any(Policy::is_whole);
            self.bare |= !list.is_empty() && !is_whole;
            // a file that was joined has all types
            if is_whole || is_joined {
                kinds.extend([policy::SCP.to_owned(), policy::RCP.to_owned()]);
            }
            kinds.into_iter().for_each(|kind| self.begin(Call::Policies(kind), last));
        }
        list.into_iter().try_for_each(|policy| self.policy(path, policy))
    }

    fn policy(&mut self, path: &Path, policy: Policy) -> Result<(), SnapshotError> {
        let Some(mut new) = policy.joined() else {
            let why = "a policy has no `Id`";
            return Err(Refusal::of(path, "is not of the shape that AWS prints", why, "save the command's own output"));
        };
        let Some(known) = self.policies.get_mut(&new.id) else {
            self.policies.insert(new.id.clone(), new);
            return Ok(());
        };
        if let (Some(old), Some(new)) = (&known.content, &new.content)
            && plain(old) != plain(new)
        {
            return Err(disagree(path, &format!("policy `{}` says something else elsewhere", known.id)));
        }
        for (old, new) in [(&mut known.name, &mut new.name), (&mut known.kind, &mut new.kind)] {
            if old.is_empty() {
                *old = std::mem::take(new);
            }
        }
        known.arn = known.arn.take().or(new.arn);
        known.description = known.description.take().or(new.description);
        known.aws_managed = known.aws_managed.or(new.aws_managed);
        known.content = known.content.take().or(new.content);
        if let (Some(old), Some(new)) = (&known.target_ids, &new.target_ids)
            && old.iter().collect::<BTreeSet<_>>() != new.iter().collect()
        {
            return Err(disagree(path, &format!("policy `{}` is attached to others elsewhere", known.id)));
        }
        known.target_ids = known.target_ids.take().or(new.target_ids);
        Ok(())
    }

    fn targets(
        &mut self,
        path: &'a Path,
        targets: Targets,
        about: Option<&Id>,
        last: bool,
    ) -> Result<(), SnapshotError> {
        let Some(Id::Policy(policy)) = about else {
            return Err(nameless(path, "targets", "the policy", "targets-p-12345678.json"));
        };
        if let Some(ids) = targets.ids() {
            self.begin(Call::TargetsOf(policy.clone()), last);
            self.targets.entry(policy.clone()).or_default().add(ids, String::clone, Origin { path, last })?;
        }
        Ok(())
    }

    fn relatives(
        &mut self,
        path: &Path,
        key: &str,
        list: Vec<Relative>,
        about: Option<&Id>,
        last: bool,
    ) -> Result<(), SnapshotError> {
        let Some(about) = target(about) else {
            let whom = "the account or OU";
            let example = "parents-111122223333.json";
            return Err(nameless(path, &key.to_ascii_lowercase(), whom, example));
        };
        // ListChildren lists accounts or OUs; which of them, an empty list does not say
        if key == "Children" && !list.is_empty() && list.iter().all(|child| child.id.starts_with("ou-")) {
            self.begin(Call::UnitsOf(about.to_owned()), last);
        }
        list.iter().try_for_each(|relative| match key {
            "Parents" => self.parent(path, about, &relative.id),
            _ => self.parent(path, &relative.id, about),
        })
    }

    fn tags(&mut self, path: &'a Path, raw: &RawValue, about: Option<&Id>, last: bool) -> Result<(), SnapshotError> {
        #[derive(Deserialize)]
        struct Holder(#[serde(deserialize_with = "crate::snapshot::tags::any")] Option<Vec<Tag>>);
        let Holder(tags) = value(path, "Tags", raw)?;
        let Some(id) = target(about) else {
            return Err(nameless(path, "tags", "the account", "tags-111122223333.json"));
        };
        self.begin(Call::TagsOf(id.to_owned()), last);
        if let (Some(id), Some(tags)) = (AccountId::parse(id), tags) {
            self.tags.entry(id).or_default().add(tags, |tag| tag.key.to_string(), Origin { path, last })?;
        }
        Ok(())
    }
}

#[derive(Deserialize)]
struct Relative {
    #[serde(rename = "Id")]
    id: String,
}

fn target(about: Option<&Id>) -> Option<&str> {
    match about {
        Some(Id::Target(id)) => Some(id),
        Some(Id::Policy(_)) | None => None,
    }
}

/// A root or an OU: the management account's id in a name is no parent.
fn place(about: Option<&Id>) -> Option<&str> {
    target(about).filter(|id| !id.starts_with(|c: char| c.is_ascii_digit()))
}

/// The parent in `o-example/r-ab12/ou-ab12-12345678/111122223333/`.
fn above(id: &str, paths: &[String]) -> Option<String> {
    let [path] = paths else { return None };
    let mut parts = path.trim_matches('/').split('/').filter(|part| *part != id);
    parts.next_back().filter(|part| part.starts_with("r-") || part.starts_with("ou-")).map(str::to_owned)
}
