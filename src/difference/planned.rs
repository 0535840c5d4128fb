//! What a plan of Terraform or CloudFormation comes to, beside the changes that it makes.

use serde::Serialize;

/// Where a change is planned: a resource of a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Source {
    /// The file, as it was given.
    pub file: String,
    /// From 1; left out where the file has only one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// Address of the resource in Terraform, logical id in CloudFormation.
    pub resource: String,
    /// Of a role that it creates: what its trust policy says, in one line; left out of others.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub trust: String,
}

/// A change that may bear on the answer and was not made.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct NotUnderstood {
    /// Which.
    #[serde(flatten)]
    pub source: Source,
    /// Why not.
    pub why: String,
}

/// Changes of a type that gives nobody a way to a role.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct OtherType {
    /// `aws_s3_bucket`, `AWS::S3::Bucket`.
    #[serde(rename = "type")]
    pub kind: String,
    /// How many.
    pub count: usize,
}

/// A plan that was compared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Planned {
    /// The file, as it was given.
    pub file: String,
    /// Resources of which a change was made.
    pub resources: usize,
    /// What was not: the answer is not whole.
    pub not_understood: Vec<NotUnderstood>,
    /// What has no say.
    pub others: Vec<OtherType>,
    /// What was read by way of something else, for people.
    pub notes: Vec<String>,
}

impl Source {
    /// A resource, and no trust policy.
    #[must_use]
    pub fn new(file: &str, line: Option<usize>, resource: impl Into<String>) -> Self {
        Self { file: file.to_owned(), line, resource: resource.into(), trust: String::new() }
    }

    /// `aws_iam_role.app at plan.json:12`.
    #[must_use]
    pub fn shown(&self) -> String {
        let line = self.line.map_or_else(String::new, |line| format!(":{line}"));
        format!("{} at {}{line}", self.resource, self.file)
    }
}
