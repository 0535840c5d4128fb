//! How a removal is named: in words, and as the option of `what-if` that makes it.

use crate::eval::describe;
use crate::graph::query::account_name;
use crate::ids::{AccountId, PolicyIx};
use crate::model::{Document, Estate, Origin, People, PrincipalType};
use crate::policy::Statement;
use crate::snapshot::edit::{DocumentAt, Holder, Removal};

/// A removal as people are told of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// `statement`, `inline-policy`, `attachment`, `membership`, `assignment` or `entitlement`.
    pub kind: &'static str,
    /// In words.
    pub what: String,
    /// What the statement says; empty for others.
    pub text: String,
    /// The option of `rolehop what-if`, with its value.
    pub option: (&'static str, String),
}

/// Names a removal of what this estate has.
#[must_use]
pub fn named(estate: &Estate, removal: &Removal) -> Named {
    let account = |id: &AccountId| {
        let known = estate.account_by_id(*id).map(|ix| account_name(estate, ix));
        known.unwrap_or_else(|| id.to_string())
    };
    match removal {
        Removal::Statement(at, number) => of_statement(estate, at, *number, account),
        Removal::Inline(id, holder, name) => Named {
            kind: "inline-policy",
            what: format!("inline policy {name} of {}/{holder}", account(id)),
            text: String::new(),
            option: ("--detach", format!("{}/{holder}:{name}", account(id))),
        },
        Removal::Attachment(id, holder, name, is_aws) => {
            let partition = estate.account_by_id(*id).map_or("aws", |ix| estate.account(ix).partition());
            // of AWS's policies the last part of the ARN is enough
            let shown = if *is_aws { format!("arn:{partition}:iam::aws:policy/{name}") } else { name.to_string() };
            Named {
                kind: "attachment",
                what: format!("managed policy {name} attached to {}/{holder}", account(id)),
                text: String::new(),
                option: ("--detach", format!("{}/{holder}:{shown}", account(id))),
            }
        }
        Removal::Membership(id, user, group) => Named {
            kind: "membership",
            what: format!("{}/user/{user} in group {group}", account(id)),
            text: String::new(),
            option: ("--leave-group", format!("{}/user/{user}:{group}", account(id))),
        },
        Removal::Person(_, user, group) => {
            let (user, name) = (person(estate, user), people_group(estate, group));
            // the last colon stands before the group
            let typed = if name.contains(':') { group } else { name.as_str() };
            Named {
                kind: "membership",
                what: format!("{user} in group {name} of Identity Center"),
                text: String::new(),
                option: ("--leave-group", format!("{user}:{typed}")),
            }
        }
        Removal::Assignment(_, raw) => {
            let who = match raw.principal_type.as_str() {
                "GROUP" => format!("group {}", people_group(estate, &raw.principal_id)),
                _ => person(estate, &raw.principal_id),
            };
            let set = set(estate, &raw.permission_set_arn);
            let account = account(&raw.account_id);
            Named {
                kind: "assignment",
                what: format!("permission set {set} for {who} in {account}"),
                text: String::new(),
                option: ("--unassign", format!("{who}:{set}:{account}")),
            }
        }
        Removal::Entitlement(_, id) => Named {
            kind: "entitlement",
            what: format!("entitlement {id} of the account access manager"),
            text: String::new(),
            option: ("--unassign", id.to_string()),
        },
    }
}

fn of_statement(estate: &Estate, at: &DocumentAt, number: u32, account: impl Fn(&AccountId) -> String) -> Named {
    let (document, selector) = match at {
        DocumentAt::Trust(id, role) => {
            (format!("the trust policy of {}/role/{role}", account(id)), format!("{}/role/{role}:trust", account(id)))
        }
        DocumentAt::Inline(id, holder, name) => {
            (format!("{name} (inline) of {}/{holder}", account(id)), format!("{}/{holder}:{name}", account(id)))
        }
        DocumentAt::Managed(id, arn) => {
            let name = arn.rsplit('/').next().unwrap_or(arn);
            (format!("managed policy {name} of {}", account(id)), format!("{}/policy/{name}", account(id)))
        }
        DocumentAt::Organization(id) => (format!("policy {id} of the organization"), id.to_string()),
    };
    let statement = policy_at(estate, at).and_then(|ix| {
        let mut all = estate.policy(ix).statements.iter();
        all.find(|own| own.index == number)
    });
    let sid = statement.map_or("", |own: &Statement| &*own.sid);
    let shown = if sid.is_empty() { String::new() } else { format!(" ({sid})") };
    Named {
        kind: "statement",
        what: format!("statement {number}{shown} of {document}"),
        text: statement.map(describe).unwrap_or_default(),
        option: ("--remove-statement", format!("{selector}#{number}")),
    }
}

/// The document that stands there, where it was read.
fn policy_at(estate: &Estate, at: &DocumentAt) -> Option<PolicyIx> {
    let account = |id: &AccountId| estate.account_by_id(*id);
    let parsed = |document: Document| if let Document::Parsed(ix) = document { Some(ix) } else { None };
    match at {
        DocumentAt::Trust(id, role) => {
            let role = estate.principal_by_name(account(id)?, PrincipalType::Role, role)?;
            parsed(estate.principal(role).role()?.trust)
        }
        DocumentAt::Inline(id, holder, name) => {
            let policies = match holder {
                Holder::Group(group) => {
                    let groups = &estate.account(account(id)?).facts().groups;
                    &groups.iter().find(|own| *own.name == **group)?.policies[..]
                }
                Holder::User(user) => {
                    let user = estate.principal_by_name(account(id)?, PrincipalType::User, user)?;
                    estate.class(estate.principal(user).class()).policies()
                }
                Holder::Role(role) => {
                    let role = estate.principal_by_name(account(id)?, PrincipalType::Role, role)?;
                    estate.class(estate.principal(role).class()).policies()
                }
            };
            let found = policies.iter().find(|own| own.origin == Origin::Inline && own.name == *name)?;
            parsed(found.document)
        }
        DocumentAt::Managed(id, arn) => {
            let mut own = estate.account(account(id)?).facts().customer_policies.iter().flatten();
            own.find(|policy| policy.arn == *arn)?.document
        }
        DocumentAt::Organization(id) => {
            estate.organization_policies()?.own.iter().find(|own| *own.arn == **id)?.document
        }
    }
}

fn person(estate: &Estate, id: &str) -> String {
    let of = |people: &People| {
        let found = people.persons().find(|(_, person)| person.id() == id).map(|(ix, _)| ix);
        found.map(|ix| people.name_of(ix))
    };
    estate.people().and_then(of).unwrap_or_else(|| id.to_owned())
}

fn people_group(estate: &Estate, id: &str) -> String {
    let of = |people: &People| {
        let found = people.groups().find(|(_, group)| group.id() == id).map(|(ix, _)| ix);
        found.map(|ix| people.name_of_group(ix))
    };
    estate.people().and_then(of).unwrap_or_else(|| id.to_owned())
}

fn set(estate: &Estate, arn: &str) -> String {
    let of = |people: &People| {
        let found = people.permission_sets().find(|(_, set)| set.arn() == arn);
        found.map(|(_, set)| set.name().to_owned())
    };
    estate.people().and_then(of).unwrap_or_else(|| arn.to_owned())
}
