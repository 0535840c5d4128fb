//! Users and roles that are deleted: what names them in trust policies.
//!
//! Owns: AWS keeps the unique id of a principal in the place of its ARN, and shows the id once it is gone. One that is made again under
//! the same name is another: a trust policy means it only once it is written again.
//! Source: AWS IAM User Guide, "AWS JSON policy elements: Principal", IAM role and IAM user principals.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;
use serde_json::value::{RawValue, to_raw_value};

use super::holder::Holder;
use super::kinds::Edit;
use super::settings::{Setting, Value};
use crate::ids::AccountId;
use crate::snapshot::account::AccountFile;

/// What stands in a trust policy for each ARN of somebody who is gone.
pub(in crate::snapshot) type Ids = BTreeMap<String, String>;

/// Users and roles that are deleted, by account.
pub(in crate::snapshot) fn deleted(edits: &[Edit]) -> BTreeMap<AccountId, BTreeSet<&Holder>> {
    let mut deleted = BTreeMap::<AccountId, BTreeSet<&Holder>>::new();
    for edit in edits {
        if let Edit::Set(account, Setting::Deleted(one @ (Holder::User(_) | Holder::Role(_)))) = edit {
            deleted.entry(*account).or_default().insert(one);
        }
    }
    deleted
}

/// The ARNs of those in this file, each with its unique id.
pub(in crate::snapshot) fn ids(file: &AccountFile<'_>, deleted: &BTreeSet<&Holder>) -> Ids {
    let roles = file.role_detail_list.iter().flatten();
    let roles = roles.map(|role| (Holder::Role((&*role.role_name).into()), &role.arn, &role.role_id));
    let users = file.user_detail_list.iter().flatten();
    let users = users.map(|user| (Holder::User((&*user.user_name).into()), &user.arn, &user.user_id));
    let found = roles.chain(users).filter(|(holder, ..)| deleted.contains(holder));
    // an id that the snapshot does not have is somebody's who is gone all the same
    let kept = |arn: &str, id: &str| if id.is_empty() { format!("{arn} (deleted)") } else { id.to_owned() };
    found.map(|(_, arn, id)| (arn.to_string(), kept(arn, id))).collect()
}

/// The trust policies of this file that name one of them, as they would be.
pub(in crate::snapshot) fn trusts(file: &AccountFile<'_>, account: AccountId, ids: &Ids) -> Vec<Edit> {
    let roles = file.role_detail_list.iter().flatten();
    let changed = roles.filter_map(|role| {
        let document = with_ids(role.assume_role_policy_document?, ids)?;
        Some(Edit::Set(account, Setting::Trust((&*role.role_name).into(), Value::Known(document))))
    });
    changed.collect()
}

/// `None` where the document names none of them, or cannot be read.
fn with_ids(document: &RawValue, ids: &Ids) -> Option<Box<RawValue>> {
    if !ids.keys().any(|arn| document.get().contains(arn.as_str())) {
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
                if let Some(id) = one.as_str().and_then(|arn| ids.get(arn)) {
                    (*one, is_changed) = (Json::String(id.clone()), true);
                }
            }
        }
    }
    to_raw_value(&read).ok().filter(|_| is_changed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_takes_the_place_of_its_arn_wherever_a_trust_policy_names_somebody() {
        let gone = "arn:aws:iam::111122223333:role/app";
        let ids = Ids::from([(gone.to_owned(), "AROAEXAMPLEEXAMPLE01".to_owned())]);
        let after = |document: &str| {
            let raw = RawValue::from_string(document.to_owned()).unwrap();
            with_ids(&raw, &ids).map(|changed| serde_json::from_str::<Json>(changed.get()).unwrap())
        };
        let statement =
            |element: &str, named: &str| format!(r#"{{"Effect":"Deny","{element}":{{"AWS":{named}}},"Action":"*"}}"#);
        for element in ["Principal", "NotPrincipal"] {
            for (named, expected) in [
                (format!(r#""{gone}""#), r#""AROAEXAMPLEEXAMPLE01""#.to_owned()),
                (format!(r#"["{gone}2","{gone}"]"#), format!(r#"["{gone}2","AROAEXAMPLEEXAMPLE01"]"#)),
            ] {
                let [one, expected] = [&named, &expected].map(|named| statement(element, named));
                let read: Json = serde_json::from_str(&expected).unwrap();
                let alone = after(&format!(r#"{{"Statement":{one}}}"#)).unwrap();
                assert_eq!(alone.get("Statement"), Some(&read));
                let listed = after(&format!(r#"{{"Statement":[{one}]}}"#)).unwrap();
                assert_eq!(listed.get("Statement"), Some(&Json::from(vec![read])));
            }
        }
        // a condition compares text, and a name that only starts so is another
        for same in [
            statement("Principal", &format!(r#""{gone}2""#)),
            format!(
                r#"{{"Effect":"Allow","Principal":"*","Condition":{{"ArnEquals":{{"aws:PrincipalArn":"{gone}"}}}}}}"#
            ),
        ] {
            assert_eq!(after(&format!(r#"{{"Statement":[{same}]}}"#)), None, "{same}");
        }
    }
}
