//! Users and roles that are deleted and made again under the same name: what names them in trust policies.
//!
//! Owns: AWS keeps the unique id of a principal in the place of its ARN. A trust policy that is not written again names the old one.
//! Source: AWS IAM User Guide, "AWS JSON policy elements: Principal", roles and users that are deleted and created again.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;
use serde_json::value::{RawValue, to_raw_value};

use super::holder::Holder;
use super::kinds::Edit;
use super::settings::{Setting, Value};
use crate::ids::AccountId;
use crate::snapshot::account::AccountFile;

/// What stands in a trust policy for each ARN that is another principal's now.
pub(in crate::snapshot) type Stale = BTreeMap<String, String>;

/// Users and roles that are deleted and made again, by account.
pub(in crate::snapshot) fn remade(edits: &[Edit]) -> BTreeMap<AccountId, BTreeSet<&Holder>> {
    let mut deleted = BTreeMap::<AccountId, BTreeSet<&Holder>>::new();
    let mut made = BTreeSet::new();
    for edit in edits {
        match edit {
            Edit::Set(account, Setting::Deleted(one @ (Holder::User(_) | Holder::Role(_)))) => {
                deleted.entry(*account).or_default().insert(one);
            }
            Edit::Set(account, Setting::Created(one, _) | Setting::Ensured(one, _)) => _ = made.insert((*account, one)),
            _ => {}
        }
    }
    for (account, all) in &mut deleted {
        all.retain(|one| made.contains(&(*account, *one)));
    }
    deleted.retain(|_, all| !all.is_empty());
    deleted
}

/// The ARNs of those in this file, each with its unique id.
pub(in crate::snapshot) fn stale(file: &AccountFile<'_>, remade: &BTreeSet<&Holder>) -> Stale {
    let roles = file.role_detail_list.iter().flatten();
    let roles = roles.map(|role| (Holder::Role((&*role.role_name).into()), &role.arn, &role.role_id));
    let users = file.user_detail_list.iter().flatten();
    let users = users.map(|user| (Holder::User((&*user.user_name).into()), &user.arn, &user.user_id));
    let found = roles.chain(users).filter(|(holder, ..)| remade.contains(holder));
    // an id that the snapshot does not have is somebody's who is gone all the same
    let kept = |arn: &str, id: &str| if id.is_empty() { format!("{arn} (deleted)") } else { id.to_owned() };
    found.map(|(_, arn, id)| (arn.to_string(), kept(arn, id))).collect()
}

/// The trust policies of this file that name one of them, as they would be.
pub(in crate::snapshot) fn of_file(file: &AccountFile<'_>, account: AccountId, stale: &Stale) -> Vec<Edit> {
    let roles = file.role_detail_list.iter().flatten();
    let changed = roles.filter_map(|role| {
        let document = with_ids(role.assume_role_policy_document?, stale)?;
        Some(Edit::Set(account, Setting::Trust((&*role.role_name).into(), Value::Known(document))))
    });
    changed.collect()
}

/// `None` where the document names none of them, or cannot be read.
fn with_ids(document: &RawValue, stale: &Stale) -> Option<Box<RawValue>> {
    if !stale.keys().any(|arn| document.get().contains(arn.as_str())) {
        return None;
    }
    let mut read: Json = serde_json::from_str(document.get()).ok()?;
    let statements = match read.get_mut("Statement")? {
        Json::Array(all) => all.iter_mut().collect(),
        one => vec![one],
    };
    let mut is_changed = false;
    for statement in statements {
        for element in ["Principal", "NotPrincipal"] {
            let named = match statement.get_mut(element).and_then(|element| element.get_mut("AWS")) {
                Some(Json::Array(all)) => all.iter_mut().collect(),
                Some(one) => vec![one],
                None => continue,
            };
            for one in named {
                if let Some(id) = one.as_str().and_then(|arn| stale.get(arn)) {
                    (*one, is_changed) = (Json::String(id.clone()), true);
                }
            }
        }
    }
    to_raw_value(&read).ok().filter(|_| is_changed)
}
