//! How the rules of this family tell of a power.
//!
//! Owns: the words, what is left out because an account cannot change it, and which accounts need no further data. Does not know any
//! rule.

use std::collections::BTreeSet;

use crate::facet::Facet;
use crate::ids::{AccountIx, ClassIx};
use crate::model::{Attached, Origin, Principal};
use crate::posture::aws_made;
use crate::posture::entry::Can;
use crate::posture::power::Fact;
use crate::rules::context::Context;
use crate::rules::judge::Data;
use crate::rules::outcome::some_of;

/// ` by AdministratorAccess and own (inline)`, and under which conditions: what a power rests on.
pub(super) fn through(cx: &Context<'_>, class: ClassIx, fact: &Fact) -> String {
    let policies = policies(cx, class, fact);
    let conditions: Vec<String> = fact.conditions().into_iter().collect();
    let by = if policies.is_empty() { String::new() } else { format!(" by {}", some_of(&policies)) };
    if conditions.is_empty() { by } else { format!("{by}, if {} allows it", some_of(&conditions)) }
}

/// Names of the policies that a power rests on, each once, in order.
pub(super) fn policies(cx: &Context<'_>, class: ClassIx, fact: &Fact) -> Vec<String> {
    let names: BTreeSet<String> = cx.powers().granting(class, fact).into_iter().map(policy_name).collect();
    names.into_iter().collect()
}

fn policy_name(attached: &Attached) -> String {
    match attached.origin {
        Origin::Inline | Origin::GroupInline(_) => format!("{} (inline)", attached.name),
        Origin::Managed | Origin::GroupManaged(_) => attached.name.to_string(),
    }
}

/// Whether the data set is there that says more of the administrators of an account; one without any needs none.
pub(super) fn about_administrators(
    cx: &Context<'_>,
    account: AccountIx,
    facet: Facet,
    is_judged: fn(&Principal) -> bool,
) -> Data {
    let of = cx.estate.account(account);
    if !of.has(Facet::AuthorizationDetails) {
        return Data::Unread;
    }
    let may_be = |class: &ClassIx| {
        let judged = cx.estate.class(*class).members().iter().any(|ix| is_judged(cx.estate.principal(*ix)));
        judged && cx.powers().of(*class).administrator.can() > Can::No
    };
    if of.has(facet) || !cx.estate.classes_of(account).any(|class| may_be(&class)) { Data::Read } else { Data::Unread }
}

/// True for a role that its account did not make and cannot change: what it may do is decided elsewhere.
pub(super) fn is_given(role: &Principal) -> bool {
    role.is_of_aws() || aws_made::is_of_organization(role.name())
}
