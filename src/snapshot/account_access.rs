//! The shape of `account-access.json`: applications of the account access manager and their entitlements.
//!
//! Owns: key names and which of them may be absent. An absent list was not read; an empty one was read and has no entry.
//! INVARIANT: an entitlement of a kind that is not known here stays in the file as AWS wrote it.
//! Source: API reference of the account access manager (`account-access`).

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::ids::AccountId;

/// `account-access.json`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AccountAccessFile {
    /// Every application that was found.
    pub applications: Vec<Application>,
}

/// GetApplication with its entitlements.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "AWS's own names")]
pub struct Application {
    #[serde(alias = "applicationArn")]
    pub application_arn: String,
    #[serde(default, alias = "status", skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// The ARN of the Identity Center instance whose users and groups it names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance_arn: Option<String>,
    /// The region in which it was found; rolehop's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entitlements: Option<Vec<Entitlement>>,
}

/// An entry of ListEntitlements.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "AWS's own names")]
pub struct Entitlement {
    #[serde(alias = "entitlementId")]
    pub entitlement_id: String,
    /// A union with one member today.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub principal_role: Option<PrincipalRole>,
    /// An entitlement of another kind, as AWS wrote it: what it grants is unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other: Option<Value>,
}

/// A user or group that may enter a role.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "AWS's own names")]
pub struct PrincipalRole {
    pub role_arn: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountId>,
    /// Of the identity store; exactly one of the two is present, else who it is for is unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group_id: Option<String>,
}

impl Entitlement {
    /// An entry of ListEntitlements as AWS writes it, or as this file has it; `None` if it has no id.
    pub(crate) fn of(entry: &Value) -> Option<Self> {
        if entry.get("EntitlementId").is_some() {
            return serde_json::from_value(entry.clone()).ok();
        }
        let entitlement_id = text(entry, "/entitlementId")?;
        let what = entry.get("entitlement")?;
        let role = text(what, "/principalRole/roleArn");
        let user_id = text(what, "/principalRole/principal/identityCenter/userId");
        let group_id = text(what, "/principalRole/principal/identityCenter/groupId");
        let is_known = role.is_some() && user_id.is_some() != group_id.is_some();
        let account = text(what, "/principalRole/account").and_then(|id| AccountId::parse(&id));
        let principal_role = role.map(|role_arn| PrincipalRole { role_arn, account, user_id, group_id });
        Some(Self { entitlement_id, principal_role, other: (!is_known).then(|| what.clone()) })
    }
}

fn text(value: &Value, pointer: &str) -> Option<String> {
    value.pointer(pointer)?.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_entitlement_of_another_kind_is_kept_as_it_is() {
        let entry = |what: Value| json!({"entitlementId": "e-1", "createdAt": 1.0, "entitlement": what});
        let role = "arn:aws:iam::111122223333:role/a";
        let user = json!({"principalRole": {"principal": {"identityCenter": {"userId": "u-1"}}, "roleArn": role, "account": "111122223333"}});
        let known = Entitlement::of(&entry(user)).unwrap();
        assert_eq!(known.principal_role.as_ref().unwrap().user_id.as_deref(), Some("u-1"));
        assert_eq!(known.other, None);
        assert_eq!(Entitlement::of(&serde_json::to_value(&known).unwrap()), Some(known));

        let other = json!({"newKind": {"x": 1}});
        let unknown = Entitlement::of(&entry(other.clone())).unwrap();
        assert_eq!((unknown.principal_role, unknown.other), (None, Some(other)));
        let somebody = json!({"principalRole": {"principal": {"newStore": {}}, "roleArn": role}});
        let unknown = Entitlement::of(&entry(somebody.clone())).unwrap();
        assert!(unknown.principal_role.is_some() && unknown.other == Some(somebody));
        assert_eq!(Entitlement::of(&json!({"entitlement": {}})), None);
    }
}
