//! What people must know of a removal before they make it.
//!
//! Owns: that others allow all that a membership or a policy allows, and that tools of AWS rest on a role.

use std::collections::BTreeSet;

use crate::eval::label;
use crate::ids::AccountId;
use crate::model::{Attached, Estate, Origin, PrincipalType};
use crate::posture::aws_made::is_of_organization;
use crate::posture::redundant::Coverage;
use crate::snapshot::edit::{DocumentAt, Holder, Removal};

/// Sentences without a period.
pub(super) fn of(estate: &Estate, removal: &Removal) -> Vec<String> {
    let by = given_by(estate, removal).map(|by| format!("redundant: {} allows all that it allows", by.join(" and ")));
    let tools = match removal {
        Removal::Statement(DocumentAt::Trust(_, role), _) if is_of_organization(role) => Some(format!(
            "{role} is a role of AWS Organizations, Control Tower or CloudFormation: look first who works through it"
        )),
        _ => None,
    };
    by.into_iter().chain(tools).collect()
}

/// The policies that allow all that a membership or an own policy of a user or role allows.
fn given_by(estate: &Estate, removal: &Removal) -> Option<Vec<String>> {
    match removal {
        Removal::Membership(account, user, group) => {
            let is_of_group = |policy: &Attached| match &policy.origin {
                Origin::GroupInline(own) | Origin::GroupManaged(own) => own == group,
                Origin::Inline | Origin::Managed => false,
            };
            without(estate, *account, &Holder::User(user.clone()), is_of_group)
        }
        Removal::Attachment(account, holder, name, _) => {
            without(estate, *account, holder, is_own(name, Origin::Managed))
        }
        Removal::Inline(account, holder, name) => without(estate, *account, holder, is_own(name, Origin::Inline)),
        _ => None,
    }
}

fn is_own(name: &str, origin: Origin) -> impl Fn(&Attached) -> bool + '_ {
    move |policy| *policy.name == *name && policy.origin == origin
}

fn without(
    estate: &Estate,
    account: AccountId,
    holder: &Holder,
    is_gone: impl Fn(&Attached) -> bool,
) -> Option<Vec<String>> {
    let (kind, name) = match holder {
        Holder::User(name) => (PrincipalType::User, name),
        Holder::Role(name) => (PrincipalType::Role, name),
        Holder::Group(_) => return None,
    };
    let principal = estate.principal_by_name(estate.account_by_id(account)?, kind, name)?;
    let policies = estate.class(estate.principal(principal).class()).policies();
    let (gone, left): (Vec<&Attached>, Vec<&Attached>) = policies.iter().partition(|policy| is_gone(policy));
    let pairs = Coverage::default().covered(estate, &gone, &left)?;
    let by: BTreeSet<String> = pairs.iter().map(|pair| label(pair.cover.0)).collect();
    Some(by.into_iter().collect())
}
