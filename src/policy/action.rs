//! Actions and action patterns: `prefix:Name`, ignoring case.
//!
//! Source: AWS IAM User Guide, "IAM JSON policy elements: Action" and "NotAction".

use crate::wildcard;

/// An action as requested, folded to lower case for matching.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Action {
    name: Box<str>,
    service: Box<str>,
    operation: Box<str>,
}

impl Action {
    /// Reads `prefix:Name`; `None` if there is no colon or a part is empty.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        let (service, operation) = name.split_once(':')?;
        let valid = !service.is_empty() && !operation.is_empty();
        valid.then(|| Self {
            name: name.into(),
            service: service.to_ascii_lowercase().into(),
            operation: operation.to_ascii_lowercase().into(),
        })
    }

    /// An action of a known service.
    #[must_use]
    pub fn named(service: &str, operation: &str) -> Self {
        Self {
            name: format!("{service}:{operation}").into(),
            service: service.to_ascii_lowercase().into(),
            operation: operation.to_ascii_lowercase().into(),
        }
    }

    /// As written.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The service prefix in lower case.
    #[must_use]
    pub fn service(&self) -> &str {
        &self.service
    }

    /// What follows the colon, in lower case.
    #[must_use]
    pub fn operation(&self) -> &str {
        &self.operation
    }
}

/// `Action` or `NotAction` of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActionClause {
    /// True for `NotAction`.
    pub negated: bool,
    /// Any of them.
    pub patterns: Box<[ActionPattern]>,
}

impl ActionClause {
    /// True if the statement covers this action.
    #[must_use]
    pub fn matches(&self, action: &Action) -> bool {
        self.patterns.iter().any(|p| p.matches(action)) != self.negated
    }

    /// True if the statement is about this action by its name, and by no pattern.
    #[must_use]
    pub fn names(&self, action: &str) -> bool {
        let Some(parsed) = Action::parse(action) else { return false };
        let mut covering = self.patterns.iter().filter(|pattern| pattern.matches(&parsed)).peekable();
        let is_named = |pattern: &ActionPattern| pattern.as_str().eq_ignore_ascii_case(action);
        !self.negated && covering.peek().is_some() && covering.all(is_named)
    }
}

/// One string of an `Action` list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ActionPattern {
    /// `*`.
    All,
    /// `prefix:Name` with wildcards.
    Named {
        /// Before the colon, in lower case.
        service: Box<str>,
        /// After the colon, in lower case.
        operation: Box<str>,
        /// The whole, as written.
        written: Box<str>,
    },
    /// Text that can never name an action: commas, surrounding blanks, no colon. As `NotAction` it exempts nothing.
    Nothing(Box<str>),
}

impl ActionPattern {
    pub(super) fn parse(text: &str) -> Self {
        if !text.is_empty() && text.bytes().all(|b| b == b'*') {
            return Self::All;
        }
        match text.split_once(':') {
            Some((service, operation)) if text.trim() == text && !text.contains(',') => Self::Named {
                service: service.to_ascii_lowercase().into(),
                operation: operation.to_ascii_lowercase().into(),
                written: text.into(),
            },
            _ => Self::Nothing(text.into()),
        }
    }

    /// As written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::All => "*",
            Self::Named { written, .. } => written,
            Self::Nothing(text) => text,
        }
    }

    /// True if the pattern matches this action.
    #[must_use]
    pub fn matches(&self, action: &Action) -> bool {
        match self {
            Self::All => true,
            Self::Named { service, operation, .. } => {
                wildcard::matches(service, &action.service) && wildcard::matches(operation, &action.operation)
            }
            Self::Nothing(_) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, action: &str) -> bool {
        ActionPattern::parse(pattern).matches(&Action::parse(action).unwrap())
    }

    #[test]
    fn actions_ignore_case_in_both_parts() {
        assert!(matches("STS:assume*", "sts:AssumeRole"));
        assert!(matches("*", "sts:AssumeRole"));
        assert!(matches("sts:Assume?ole", "sts:AssumeRole"));
        assert!(!matches("sts:AssumeRole", "sts:AssumeRoleWithSAML"));
    }

    #[test]
    fn a_clause_names_an_action_that_no_pattern_of_it_covers() {
        let names = |patterns: &str, action: &str| {
            let text = format!(r#"{{"Statement": [{{"Effect": "Allow", "Action": {patterns}, "Resource": "*"}}]}}"#);
            crate::policy::parse(&text).unwrap().statements[0].actions.names(action)
        };
        assert!(names(r#"["iam:PutUserPolicy", "s3:*"]"#, "iam:PutUserPolicy"));
        assert!(names(r#"["IAM:putuserpolicy", "iam:PutUserPolicy"]"#, "iam:PutUserPolicy"));
        assert!(!names(r#"["iam:PutUserPolicy", "iam:Put*"]"#, "iam:PutUserPolicy"));
        assert!(!names(r#""iam:Put*""#, "iam:PutUserPolicy"));
        assert!(!names(r#""s3:*""#, "iam:PutUserPolicy"));
    }

    #[test]
    fn commas_and_blanks_never_match() {
        assert!(!matches("sts:AssumeRole,iam:PassRole", "sts:AssumeRole"));
        assert!(!matches(" sts:AssumeRole", "sts:AssumeRole"));
        assert!(!matches("sts*", "sts:AssumeRole"));
    }
}
