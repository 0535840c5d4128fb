//! How people come in: by which group, permission set or entitlement.

use serde::{Deserialize, Serialize};

/// What leads a person into the first role of a path.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Via {
    /// The group that is assigned or entitled; `None` for the person itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// The permission set that is assigned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub permission_set: Option<String>,
    /// The id of the entitlement of the account access manager.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entitlement: Option<String>,
}

impl Via {
    /// `group ops, permission set Admin`.
    #[must_use]
    pub fn words(&self) -> String {
        let whose =
            self.group.as_ref().map_or_else(|| "assigned directly".to_owned(), |group| format!("group {group}"));
        let what = match (&self.permission_set, &self.entitlement) {
            (Some(set), _) => format!(", permission set {set}"),
            (None, Some(id)) => format!(", entitlement {id}"),
            (None, None) => String::new(),
        };
        format!("{whose}{what}")
    }
}

/// Who a person is, beside the user name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PersonFacts {
    /// The id in the identity store.
    pub id: String,
    /// As the person is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// The primary address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
}

/// What is known of the MFA of people: they sign in outside AWS's view.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MfaOfPeople {
    /// What the configuration claims (`[people] mfa`); rolehop does not check it.
    pub claim: Option<String>,
}

impl MfaOfPeople {
    /// In words.
    #[must_use]
    pub fn words(&self) -> String {
        match &self.claim {
            None => "outside AWS's view".to_owned(),
            Some(claim) => format!("outside AWS's view; the configuration claims: {claim}"),
        }
    }
}
