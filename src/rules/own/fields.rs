//! The facts that an expression can name.
//!
//! Owns: their names, kinds and words, from which the reference under `docs/` is made. A name keeps its meaning in every view of the
//! same version; more may be added.

use super::error::Wrong;
use crate::finding::Subject;
use crate::nearest::nearest;

/// The version of the view.
pub const VIEW: i64 = 1;

/// What a fact is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// True or false.
    Bool,
    /// A whole number.
    Int,
    /// Text.
    Text,
    /// A list of texts.
    Texts,
    /// Tags: text by key.
    Tags,
}

/// A fact about a subject, or about its account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// As an expression names it, `role.name`.
    pub name: &'static str,
    /// What it is.
    pub kind: Kind,
    /// What it means, in a sentence without a full stop.
    pub about: &'static str,
}

impl Kind {
    /// As the reference calls it.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Bool => "bool",
            Self::Int => "int",
            Self::Text => "string",
            Self::Texts => "list of strings",
            Self::Tags => "map of strings",
        }
    }
}

const fn field(name: &'static str, kind: Kind, about: &'static str) -> Field {
    Field { name, kind, about }
}

/// All facts; the part of a name before the dot is the kind of subject, and every subject has an account.
pub const FIELDS: &[Field] = &[
    field("account.id", Kind::Text, "twelve digits"),
    field("account.name", Kind::Text, "name in the organization"),
    field("account.ou", Kind::Text, "path of its OU, `/Workloads/Prod`; `/` for the root"),
    field("account.tags", Kind::Tags, "tags of the account; keys are case-sensitive"),
    field("account.management", Kind::Bool, "it is the management account"),
    field("account.member", Kind::Bool, "it belongs to the organization"),
    field("account.users", Kind::Int, "number of IAM users"),
    field("account.roles", Kind::Int, "number of roles, service-linked ones included"),
    field("account.root_mfa", Kind::Bool, "the root user has an MFA device"),
    field("account.root_access_keys", Kind::Bool, "the root user has an access key"),
    field("role.name", Kind::Text, "without path"),
    field("role.path", Kind::Text, "with both slashes"),
    field("role.arn", Kind::Text, "its ARN"),
    field("role.tags", Kind::Tags, "tags of the role; keys ignore case"),
    field("role.age_days", Kind::Int, "whole days since it was created"),
    field(
        "role.unused_days",
        Kind::Int,
        "whole days since it was last used, or created if it never was; AWS keeps 400",
    ),
    field("role.service_linked", Kind::Bool, "it is a service-linked role"),
    field(
        "role.aws_made",
        Kind::Bool,
        "AWS or one of its tools made it: service-linked, IAM Identity Center, StackSets, AWS Control Tower",
    ),
    field("role.policies", Kind::Texts, "names of attached managed policies"),
    field("role.inline_policies", Kind::Texts, "names of inline policies"),
    field("role.boundary", Kind::Text, "name of the permissions boundary, or empty"),
    field(
        "role.administrator",
        Kind::Bool,
        "it is effectively an administrator, boundary and SCPs weighed; under conditions too",
    ),
    field(
        "role.administrator_in_one_step",
        Kind::Bool,
        "it is no administrator, and surely becomes one by one way to escalate",
    ),
    field("role.writes", Kind::Bool, "it can change something, assuming roles aside"),
    field(
        "role.trusted_accounts",
        Kind::Texts,
        "ids of the accounts that Allow statements of its trust policy name, as a whole or by a principal",
    ),
    field(
        "role.trusted_principals",
        Kind::Texts,
        "what these statements name: ARNs, account ids, services, providers; `*` for everybody, and where they name who is left out",
    ),
    field("role.trusted_services", Kind::Texts, "the service principals among them"),
    field(
        "role.external_accounts",
        Kind::Texts,
        "ids of accounts outside the organization, and of other organizations, from which it can be assumed; `*` where anybody with an AWS account can",
    ),
    field(
        "role.external",
        Kind::Bool,
        "somebody outside can assume it: what `role.external_accounts` lists is not empty",
    ),
    field(
        "role.caller_accounts",
        Kind::Texts,
        "ids of the accounts with a principal that can assume it directly, under conditions too",
    ),
    field(
        "role.caller_ous",
        Kind::Texts,
        "OUs of these accounts, as in `account.ou`; an account outside the organization has none",
    ),
    field(
        "role.reaches_targets",
        Kind::Texts,
        "names of the `[targets]` of the configuration that it gets into by any number of calls, under conditions too",
    ),
    field("user.name", Kind::Text, "without path"),
    field("user.path", Kind::Text, "with both slashes"),
    field("user.arn", Kind::Text, "its ARN"),
    field("user.tags", Kind::Tags, "tags of the user; keys ignore case"),
    field("user.age_days", Kind::Int, "whole days since it was created"),
    field("user.groups", Kind::Texts, "names of its groups"),
    field("user.policies", Kind::Texts, "names of managed policies, those of groups included"),
    field("user.inline_policies", Kind::Texts, "names of inline policies, those of groups included"),
    field("user.boundary", Kind::Text, "name of the permissions boundary, or empty"),
    field("user.administrator", Kind::Bool, "as of a role"),
    field("user.administrator_in_one_step", Kind::Bool, "as of a role"),
    field("user.writes", Kind::Bool, "as of a role"),
    field("user.reaches_targets", Kind::Texts, "as of a role"),
    field("user.password", Kind::Bool, "it has a console password"),
    field("user.mfa", Kind::Bool, "it has an MFA device"),
    field("user.active_keys", Kind::Int, "number of active access keys"),
    field("group.name", Kind::Text, "without path"),
    field("group.arn", Kind::Text, "its ARN"),
    field("group.policies", Kind::Texts, "names of attached managed policies"),
    field("group.inline_policies", Kind::Texts, "names of inline policies"),
    field("group.members", Kind::Texts, "names of its users"),
    field("policy.name", Kind::Text, "without path"),
    field("policy.arn", Kind::Text, "its ARN; empty for an inline policy"),
    field("policy.kind", Kind::Text, "`managed` or `inline`"),
    field("policy.attached_to", Kind::Int, "how many roles, users and groups it is attached to, or is inline of"),
    field("policy.roles", Kind::Texts, "names of the roles among them"),
    field("policy.users", Kind::Texts, "names of the users"),
    field("policy.groups", Kind::Texts, "names of the groups"),
    field("policy.boundary", Kind::Bool, "it is the permissions boundary of somebody"),
    field("policy.size", Kind::Int, "characters, white space between elements left out, as quotas count them"),
    field("policy.actions", Kind::Texts, "what its Allow statements list under `Action`, as written"),
    field("policy.denied_actions", Kind::Texts, "what its Deny statements list under `Action`, as written"),
    field("policy.resources", Kind::Texts, "what its Allow statements list under `Resource`, as written"),
    field("policy.conditions", Kind::Texts, "condition keys of its Allow statements, in AWS's spelling"),
    field("policy.not_action", Kind::Bool, "an Allow statement has `NotAction`"),
    field("policy.not_resource", Kind::Bool, "an Allow statement has `NotResource`"),
    field("policy.all_resources", Kind::Bool, "an Allow statement lists `*` under `Resource`"),
    field("policy.allows_everything", Kind::Bool, "it allows every action on every resource, and takes nothing back"),
    field(
        "policy.writes",
        Kind::Bool,
        "it allows something that changes something; what others take back is not weighed",
    ),
    field("edge.kind", Kind::Text, "`assume-role`, `service` or `federation`, as in `rolehop export edges`"),
    field("edge.action", Kind::Text, "the action of the call, `sts:AssumeRole`"),
    field(
        "edge.verdict",
        Kind::Text,
        "`allowed`, or `conditional` where something about the request is left to decide",
    ),
    field("edge.conditions", Kind::Texts, "the condition keys that are left to decide, in AWS's spelling"),
    field("edge.mfa", Kind::Bool, "no call without MFA succeeds"),
    field("edge.external_id", Kind::Bool, "no call without an external id succeeds"),
    field("edge.to", Kind::Text, "ARN of the role, whose other facts are `role.…` and `account.…`"),
    field("edge.from", Kind::Texts, "who calls: ARNs, a service, an identity provider, an account id, or `*`"),
    field("edge.from_kind", Kind::Text, "`user`, `role`, `service`, `federated`, `account` or `public`"),
    field("edge.from_accounts", Kind::Texts, "ids of the accounts of users, roles and outside principals that call"),
    field("edge.from_ous", Kind::Texts, "OUs of these accounts, as in `account.ou`; an outside account has none"),
    field("edge.crosses_accounts", Kind::Bool, "somebody calls from an account other than the role's, or anybody does"),
    field(
        "edge.crosses_organization",
        Kind::Bool,
        "somebody calls from an account outside the organization, or anybody does",
    ),
];

/// The word before the dot that names a kind of subject; `None` if users' rules cannot judge it.
pub(super) fn root(subject: Subject) -> Option<&'static str> {
    match subject {
        Subject::Account => Some("account"),
        Subject::User => Some("user"),
        Subject::Group => Some("group"),
        Subject::Role => Some("role"),
        Subject::Policy => Some("policy"),
        Subject::Edge => Some("edge"),
        _ => None,
    }
}

/// The facts that a rule about this kind of subject can name. An edge leads into a role, whose facts are among them.
pub(super) fn of_subject(subject: Subject) -> impl Iterator<Item = &'static Field> {
    let own = root(subject).unwrap_or_default();
    let is_known = move |root: &str| root == own || root == "account" || (root == "role" && subject == Subject::Edge);
    FIELDS.iter().filter(move |field| field.name.split('.').next().is_some_and(is_known))
}

/// A rule about this kind of subject can name no such fact.
pub(super) fn no_fact(subject: Subject, name: &str) -> Wrong {
    let known: Vec<&str> = of_subject(subject).map(|field| field.name).collect();
    let next = nearest(name, &known)
        .map_or_else(|| "docs/own-rules.md lists the facts".to_owned(), |near| format!("did you mean `{near}`?"));
    let why = format!("a rule about this subject can name {}", known.join(", "));
    Wrong::new(format!("there is no fact `{name}`"), why, next)
}
