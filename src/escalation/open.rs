//! What is left of a decision where the caller chooses what a request says, or which of many things it is about.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::eval::{Possible, Shape, Test, Truth, project};
use crate::model::Account;
use crate::policy::key::KeyKind;

/// What is left where the caller chooses what its requests pass, and what they are about is given.
pub(super) fn of_requests(truth: Truth) -> Truth {
    let is_chosen = |test: &Test| matches!(test.key.kind(), KeyKind::RequestTag | KeyKind::TagKeys);
    project(&truth, &is_chosen).unwrap_or(truth)
}

/// What is left where the caller chooses what its requests pass and say to a service, and what they are about is given.
pub(super) fn of_given(truth: Truth) -> Truth {
    let is_chosen = |test: &Test| match test.key.kind() {
        KeyKind::RequestTag | KeyKind::TagKeys => true,
        KeyKind::OtherService => !OF_PROFILE.contains(&test.key.lower()),
        _ => false,
    };
    project(&truth, &is_chosen).unwrap_or(truth)
}

/// What is left where a role is passed for something of one of these services, by the prefixes of their ARNs: what the caller makes
/// is in its own account, of which not every ARN tells.
pub(super) fn of_associated(truth: &Truth, services: &BTreeSet<&str>, account: &Account) -> Truth {
    let (partition, id) = (account.partition(), account.id().to_string());
    let of = |service: &&str| [&*id, ""].map(|own| format!("arn:{partition}:{service}:*:{own}:*"));
    let like: Vec<String> = services.iter().flat_map(of).collect();
    let shape = Arc::new(Shape { like, is_arn: true, ..Shape::default() });
    truth.replace(&mut |test| {
        let is_open = *test.variable.lower() == *ASSOCIATED && matches!(test.possible, Possible::Any { .. });
        let possible = if is_open { Possible::Shaped(Arc::clone(&shape), true) } else { test.possible.clone() };
        Truth::test(Test { possible, ..(**test).clone() })
    })
}

/// What a role is passed for.
const ASSOCIATED: &str = "iam:associatedresourcearn";

/// As [`of_given`], where the caller also chooses which of many resources it finds.
pub(super) fn by_choice(truth: Truth) -> Truth {
    of_found(of_given(truth))
}

/// What is left where the caller chooses which of many resources it finds.
pub(super) fn of_found(truth: Truth) -> Truth {
    project(&truth, &|test: &Test| test.key.kind() == KeyKind::ResourceTag).unwrap_or(truth)
}

/// Keys of the instance profile of an instance, and of the one that it is given (`profiles`).
pub(super) const OF_PROFILE: [&str; 2] = ["ec2:instanceprofile", "ec2:newinstanceprofile"];
