//! GetAccountAuthorizationDetails: all pages, merged, checked and sorted.
//!
//! Owns: the data set `authorization-details`: what a usable record is, and which AWS managed policies are worth
//! keeping.
//! INVARIANT: a record without ARN or name, or of another account, fails the whole data set: it is never silently left
//! out.

use aws_sdk_iam::types as sdk;

use crate::arn::Arn;
use crate::collect::account::details::{Details, is_aws_managed};
use crate::collect::aws::error::{CallError, Kind};
use crate::collect::aws::pages::{self, Next};
use crate::collect::aws::probe::{Permitted, permitted};
use crate::collect::aws::text::one_line;
use crate::collect::credentials::session::Session;
use crate::facet::Service;
use crate::ids::AccountId;

const OPERATION: &str = "GetAccountAuthorizationDetails";

enum Record {
    User(sdk::UserDetail),
    Group(sdk::GroupDetail),
    Role(Box<sdk::RoleDetail>),
    Policy(sdk::ManagedPolicyDetail),
}

/// Reads the account's users, groups, roles and policies.
pub(crate) async fn read(session: &Session, account: AccountId, page_limit: usize) -> Result<Details, CallError> {
    let records = pages::all(Service::Iam, OPERATION, page_limit, |marker| async move {
        let answer = session.send(OPERATION, || request(session, marker.clone()).send()).await?;
        let mut page = Vec::new();
        page.extend(answer.user_detail_list.unwrap_or_default().into_iter().map(Record::User));
        page.extend(answer.group_detail_list.unwrap_or_default().into_iter().map(Record::Group));
        page.extend(answer.role_detail_list.unwrap_or_default().into_iter().map(|role| Record::Role(Box::new(role))));
        page.extend(answer.policies.unwrap_or_default().into_iter().map(Record::Policy));
        Ok((page, Next::Marked { truncated: answer.is_truncated, marker: answer.marker }))
    })
    .await?;
    merge(records, account)
}

fn request(
    session: &Session,
    marker: Option<String>,
) -> aws_sdk_iam::operation::get_account_authorization_details::builders::GetAccountAuthorizationDetailsFluentBuilder {
    session
        .iam
        .get_account_authorization_details()
        .filter(sdk::EntityType::User)
        .filter(sdk::EntityType::Role)
        .filter(sdk::EntityType::Group)
        .filter(sdk::EntityType::LocalManagedPolicy)
        .filter(sdk::EntityType::AwsManagedPolicy)
        .max_items(1000)
        .set_marker(marker)
}

fn merge(records: Vec<Record>, account: AccountId) -> Result<Details, CallError> {
    let mut details = Details::default();
    for record in records {
        match record {
            Record::User(user) => {
                let arn = checked("user", user.arn(), user.user_name(), Some(account))?;
                inline(&arn, user.user_policy_list())?;
                details.users.insert(arn, user);
            }
            Record::Group(group) => {
                let arn = checked("group", group.arn(), group.group_name(), Some(account))?;
                inline(&arn, group.group_policy_list())?;
                details.groups.insert(arn, group);
            }
            Record::Role(role) => {
                let arn = checked("role", role.arn(), role.role_name(), Some(account))?;
                if role.assume_role_policy_document().is_none() {
                    return Err(bad(format!("role `{}` has no trust policy", one_line(&arn))));
                }
                inline(&arn, role.role_policy_list())?;
                details.roles.insert(arn, *role);
            }
            Record::Policy(policy) => {
                // the name of a policy is also the end of its ARN, and AWS managed policies belong to no account
                let arn = checked("policy", policy.arn(), policy.arn(), None)?;
                details.policies.insert(arn, policy);
            }
        }
    }
    drop_unused_aws_policies(&mut details);
    Ok(details)
}

fn checked(kind: &str, arn: Option<&str>, name: Option<&str>, owner: Option<AccountId>) -> Result<String, CallError> {
    let Some(text) = arn.filter(|arn| !arn.is_empty()) else {
        return Err(bad(format!("a {kind} has no ARN")));
    };
    let shown = one_line(text);
    if name.is_none_or(str::is_empty) {
        return Err(bad(format!("{kind} `{shown}` has no name")));
    }
    let Some(parsed) = Arn::parse(text) else {
        return Err(bad(format!("{kind} `{shown}` has no valid ARN")));
    };
    match owner {
        Some(owner) if parsed.account_id() != Some(owner) => {
            Err(bad(format!("{kind} `{shown}` is not of account {owner}")))
        }
        _ => Ok(text.to_owned()),
    }
}

fn inline(arn: &str, policies: &[sdk::PolicyDetail]) -> Result<(), CallError> {
    let broken = policies.iter().any(|policy| policy.policy_name().is_none() || policy.policy_document().is_none());
    if broken { Err(bad(format!("`{}` has an inline policy without name or text", one_line(arn)))) } else { Ok(()) }
}

fn bad(message: String) -> CallError {
    CallError::own(OPERATION, Kind::BadAnswer, message)
}

/// AWS sends only those of its managed policies that are attached; other implementations may send all 1,500.
fn drop_unused_aws_policies(details: &mut Details) {
    let used = details.used_policies();
    details.policies.retain(|arn, _| !is_aws_managed(arn) || used.contains(arn));
}

/// Whether the data set may be read: asks for a page of one entry.
pub(crate) async fn probe(session: &Session) -> Permitted {
    permitted(OPERATION, session.iam.get_account_authorization_details().max_items(1).send().await)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACCOUNT: &str = "111122223333";

    fn account() -> AccountId {
        AccountId::parse(ACCOUNT).unwrap()
    }

    fn role(arn: &str) -> sdk::RoleDetail {
        sdk::RoleDetail::builder().arn(arn).role_name("app").assume_role_policy_document("%7B%7D").build()
    }

    fn merged(role: sdk::RoleDetail) -> Result<Details, CallError> {
        merge(vec![Record::Role(Box::new(role))], account())
    }

    #[test]
    fn a_record_without_identity_spoils_the_facet() {
        assert!(merged(role("arn:aws:iam::111122223333:role/app")).is_ok());
        assert!(merged(sdk::RoleDetail::builder().role_name("app").build()).is_err());
        let nameless = sdk::RoleDetail::builder().arn("arn:aws:iam::111122223333:role/app").build();
        assert!(merged(nameless).is_err());
        let untrusted = sdk::RoleDetail::builder().arn("arn:aws:iam::111122223333:role/app").role_name("app").build();
        assert!(merged(untrusted).unwrap_err().message.contains("no trust policy"));
    }

    #[test]
    fn a_record_of_another_account_spoils_the_facet() {
        let error = merged(role("arn:aws:iam::999999999999:role/app")).unwrap_err();
        assert!(error.message.contains("is not of account 111122223333"), "{error}");
    }

    #[test]
    fn only_used_aws_policies_are_kept_and_all_of_the_customers() {
        let policy = |arn: &str| Record::Policy(sdk::ManagedPolicyDetail::builder().arn(arn).build());
        let attached = sdk::AttachedPolicy::builder().policy_arn("arn:aws:iam::aws:policy/Used").build();
        let bound = sdk::AttachedPermissionsBoundary::builder()
            .permissions_boundary_arn("arn:aws:iam::aws:policy/Boundary")
            .build();
        let mut role = role("arn:aws:iam::111122223333:role/app");
        role.attached_managed_policies = Some(vec![attached]);
        role.permissions_boundary = Some(bound);
        let records = vec![
            Record::Role(Box::new(role)),
            policy("arn:aws:iam::aws:policy/Used"),
            policy("arn:aws:iam::aws:policy/Boundary"),
            policy("arn:aws:iam::aws:policy/Unused"),
            policy("arn:aws:iam::111122223333:policy/own"),
        ];
        let details = merge(records, account()).unwrap();
        let kept: Vec<_> = details.policies.keys().map(String::as_str).collect();
        assert_eq!(
            kept,
            [
                "arn:aws:iam::111122223333:policy/own",
                "arn:aws:iam::aws:policy/Boundary",
                "arn:aws:iam::aws:policy/Used"
            ]
        );
        assert_eq!(details.missing_policies().len(), 2, "none of them came with a text");
    }
}
