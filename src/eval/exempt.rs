//! Whom the organization's guardrails leave alone.
//!
//! Owns: the one answer to whether service control policies and resource control policies have a say, for the graph and for
//! `simulate` alike. Accounts that guardrails do not bind, the management account first of all, have none in the model.
//! Source: AWS Organizations User Guide, "Service control policies" (tasks and entities not restricted), "Resource control
//! policies" (resources and entities not restricted); semantics 2.6 and 2.7.

/// What guardrails know of the two sides of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sides {
    /// The caller is a user, a role or the root user of some account: services, providers and strangers are not.
    pub(super) caller_is_iam: bool,
    /// The caller is a service-linked role: AWS itself acts.
    pub(super) caller_is_linked: bool,
    /// What is asked for is a service-linked role: its service's way in.
    pub(super) target_is_linked: bool,
}

impl Sides {
    /// Service control policies bind principals, but not roles that AWS itself acts with.
    pub(super) fn service_control_applies(self) -> bool {
        self.caller_is_iam && !self.caller_is_linked
    }

    /// Resource control policies bind every call, but neither those that service-linked roles make nor the way into one.
    pub(super) fn resource_control_applies(self) -> bool {
        !self.caller_is_linked && !self.target_is_linked
    }
}
