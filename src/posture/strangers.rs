//! Accounts and principals that no policy was written for.
//!
//! Owns: two of each. What lets in both, or is about both, is specific to no one.

/// A principal that no policy was written for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stranger {
    pub(crate) account: &'static str,
    pub(crate) organization: &'static str,
    pub(crate) user_id: &'static str,
    /// Path and name of a role.
    pub(crate) role: &'static str,
}

impl Stranger {
    /// ARN of its role.
    pub(crate) fn role_arn(&self, partition: &str) -> String {
        format!("arn:{partition}:iam::{}:role/{}", self.account, self.role)
    }
}

/// Two strangers.
pub(crate) const STRANGERS: [Stranger; 2] = [
    Stranger {
        account: "739205816443",
        organization: "o-q7x2m4k9zt",
        user_id: "AIDAQ7X2M4K9ZTLWB5VN",
        role: "q7x2m4k9zt",
    },
    Stranger {
        account: "284617093358",
        organization: "o-b5v8n3r6yw",
        user_id: "AIDAB5V8N3R6YWKJH4TP",
        role: "ci/b5v8n3r6yw",
    },
];
