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
use super::document::{self, Document};
use super::gathered::{Call, Gathered};
use super::names::{self, Id, nameless};
use super::policy::{Policy, Targets, holds_policies, plain};
use super::{encoding, recognize, tree};
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
    Ok(if files.is_empty() { None } else { Some(tree::whole(gathered)) })
}

impl Gathered {
    fn add(&mut self, path: &Path, about: Option<&Id>, document: &Document<'_>) -> Result<(), SnapshotError> {
        let last = !document.is_open();
        let mut known = document.keys.is_empty();
        for (key, raw) in document.keys.iter().filter(|(_, raw)| raw.get() != "null") {
            match &**key {
                "Organization" => self.organization(path, value(path, key, raw)?)?,
                "Roots" => {
                    let roots: Vec<Root> = value(path, key, raw)?;
                    self.file.roots.get_or_insert_default().extend(roots);
                }
                "OrganizationalUnits" => {
                    self.begin(Call::Units, last);
                    let units: Vec<OrganizationalUnit> = value(path, key, raw)?;
                    units.into_iter().try_for_each(|unit| self.unit(path, unit, target(about)))?;
                }
                "OrganizationalUnit" => self.unit(path, value(path, key, raw)?, None)?,
                "Accounts" => self.account_list(path, value(path, key, raw)?, target(about), last)?,
                "Account" => self.account(path, value(path, key, raw)?, None)?,
                "Policies" => self.policy_list(path, value(path, key, raw)?, about, last)?,
                "Policy" => self.policy(path, value(path, key, raw)?)?,
                "Targets" => self.targets(path, value(path, key, raw)?, about, last)?,
                "Parents" | "Children" => self.relatives(path, key, value(path, key, raw)?, about)?,
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

    fn organization(&mut self, path: &Path, new: Organization) -> Result<(), SnapshotError> {
        let old = self.file.organization.as_ref().filter(|old| !old.id.is_empty() && old.id != new.id);
        if let Some(old) = old {
            return Err(disagree(path, &format!("the organization is `{}` here and `{}` elsewhere", new.id, old.id)));
        }
        self.file.organization = Some(new);
        Ok(())
    }

    fn unit(&mut self, path: &Path, mut unit: OrganizationalUnit, parent: Option<&str>) -> Result<(), SnapshotError> {
        let own = std::mem::take(&mut unit.parent_id);
        let parent = if own.is_empty() { parent.unwrap_or_default() } else { &own };
        self.parent(path, &unit.id, parent)?;
        self.units.entry(unit.id.clone()).or_insert(unit);
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
        // a management account's id in a name is not a parent
        let parent = parent.filter(|id| !id.starts_with(|c: char| c.is_ascii_digit()));
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
                if known.name.is_empty() {
                    known.name = account.name;
                }
                known.arn = known.arn.take().or(account.arn);
                known.state = known.state.take().or(account.state);
                known.status = known.status.take().or(account.status);
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
    ) -> Result<(), SnapshotError> {
        let name = path.to_string_lossy().to_ascii_lowercase();
        let of_target = target(about).filter(|_| name.contains("target"));
        if let Some(target) = of_target {
            self.begin(Call::PoliciesOf(target.to_owned()), last);
            let ids = list.iter().filter_map(|policy| policy.id.clone());
            self.of_target.entry(target.to_owned()).or_default().extend(ids);
        } else {
            self.file.policies.get_or_insert_default();
            let bare = !list.is_empty() && !list.iter().any(Policy::is_whole);
            self.bare |= bare;
            // AWS lists one type at a time; a file that was joined has all types
            let mut kinds: BTreeSet<String> = list.iter().filter_map(Policy::kind).collect();
            if !bare {
                kinds.extend([tree::SCP.to_owned(), tree::RCP.to_owned()]);
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
        known.target_ids = known.target_ids.take().or(new.target_ids);
        Ok(())
    }

    fn targets(&mut self, path: &Path, targets: Targets, about: Option<&Id>, last: bool) -> Result<(), SnapshotError> {
        let Some(Id::Policy(policy)) = about else {
            return Err(nameless(path, "targets", "the policy", "targets-p-12345678.json"));
        };
        if let Some(ids) = targets.ids() {
            self.begin(Call::TargetsOf(policy.clone()), last);
            self.targets.entry(policy.clone()).or_default().extend(ids);
        }
        Ok(())
    }

    fn relatives(
        &mut self,
        path: &Path,
        key: &str,
        list: Vec<Relative>,
        about: Option<&Id>,
    ) -> Result<(), SnapshotError> {
        let Some(about) = target(about) else {
            let whom = "the account or OU";
            let example = "parents-111122223333.json";
            return Err(nameless(path, &key.to_ascii_lowercase(), whom, example));
        };
        list.iter().try_for_each(|relative| match key {
            "Parents" => self.parent(path, about, &relative.id),
            _ => self.parent(path, &relative.id, about),
        })
    }

    fn tags(&mut self, path: &Path, raw: &RawValue, about: Option<&Id>, last: bool) -> Result<(), SnapshotError> {
        #[derive(Deserialize)]
        struct Holder(#[serde(deserialize_with = "crate::snapshot::tags::any")] Option<Vec<Tag>>);
        let Holder(tags) = value(path, "Tags", raw)?;
        let Some(id) = target(about) else {
            return Err(nameless(path, "tags", "the account", "tags-111122223333.json"));
        };
        self.begin(Call::TagsOf(id.to_owned()), last);
        if let (Some(id), Some(tags)) = (AccountId::parse(id), tags) {
            self.tags.entry(id).or_default().extend(tags);
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

/// The parent in `o-example/r-ab12/ou-ab12-12345678/111122223333/`.
fn above(id: &str, paths: &[String]) -> Option<String> {
    let [path] = paths else { return None };
    let mut parts = path.trim_matches('/').split('/').filter(|part| *part != id);
    parts.next_back().filter(|part| part.starts_with("r-") || part.starts_with("ou-")).map(str::to_owned)
}

fn disagree(path: &Path, why: &str) -> SnapshotError {
    Refusal::of(path, "disagrees with another file", why, "save both again, at one time")
}
