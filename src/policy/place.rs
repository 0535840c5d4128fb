//! Where a document stands, and which elements its statements must have there.
//!
//! IAM refuses to save a document that lacks one or has one too many: such a document in a snapshot is damaged, and what it says is not
//! known.
//! Source: AWS IAM User Guide, "IAM JSON policy element reference"; AWS Organizations User Guide, "SCP syntax", "RCP syntax".

use super::document::{Policy, Statement};
use super::parse::PolicyError;

/// Where a document stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// With whoever it is about: inline, managed, a boundary.
    Identity,
    /// The trust policy of a role, which is what it is about.
    Trust,
    /// A service control policy.
    ServiceControl,
    /// A resource control policy.
    ResourceControl,
}

impl Place {
    /// The document, if it may stand here.
    ///
    /// # Errors
    /// If IAM would not have saved it here.
    pub fn accept(self, policy: Policy) -> Result<Policy, PolicyError> {
        let wrong = policy.statements.iter().find_map(|statement| Some((statement.index, self.misfit(statement)?)));
        match wrong {
            None => Ok(policy),
            Some((at, why)) => Err(PolicyError::Statement(at as usize, why)),
        }
    }

    fn misfit(self, statement: &Statement) -> Option<&'static str> {
        match (&statement.principal, &statement.resources) {
            (None, _) if self == Self::Trust => Some("neither `Principal` nor `NotPrincipal`"),
            // an RCP speaks of everybody, whether it says so or not
            (Some(_), _) if matches!(self, Self::Identity | Self::ServiceControl) => {
                Some("a `Principal`, which a policy of this kind cannot have")
            }
            (_, None) if self != Self::Trust => Some("neither `Resource` nor `NotResource`"),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::parse;

    #[test]
    fn what_iam_does_not_save_is_not_accepted() {
        let all = [Place::Identity, Place::Trust, Place::ServiceControl, Place::ResourceControl];
        let accepted_at = |elements: &str| {
            let json = format!(r#"{{"Statement": {{"Effect": "Deny", "Action": "*"{elements}}}}}"#);
            all.into_iter().filter(|place| place.accept(parse(&json).unwrap()).is_ok()).collect::<Vec<_>>()
        };
        assert_eq!(accepted_at(""), []);
        assert_eq!(
            accepted_at(r#", "Resource": "*""#),
            [Place::Identity, Place::ServiceControl, Place::ResourceControl]
        );
        assert_eq!(
            accepted_at(r#", "NotResource": "a""#),
            [Place::Identity, Place::ServiceControl, Place::ResourceControl]
        );
        assert_eq!(accepted_at(r#", "Principal": "*""#), [Place::Trust]);
        assert_eq!(accepted_at(r#", "NotPrincipal": {"AWS": "*"}"#), [Place::Trust]);
        assert_eq!(accepted_at(r#", "Principal": "*", "Resource": "*""#), [Place::Trust, Place::ResourceControl]);
        let why = Place::Trust.accept(parse(r#"{"Statement": {"Effect": "Allow", "Action": "a:B"}}"#).unwrap());
        assert_eq!(why.unwrap_err().to_string(), "statement 0: neither `Principal` nor `NotPrincipal`");
    }
}
