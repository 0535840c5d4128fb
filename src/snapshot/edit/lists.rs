//! The lists of policies that a user, role or group has in an account's file.

use super::holder::Holder;
use crate::snapshot::account::{AccountFile, AttachedPolicy, InlinePolicy};

pub(super) fn inline_mut<'a, 'f>(
    file: &'a mut AccountFile<'f>,
    holder: &Holder,
) -> Option<&'a mut Vec<InlinePolicy<'f>>> {
    match holder {
        Holder::User(name) => {
            let mut users = file.user_detail_list.iter_mut().flatten();
            users.find(|user| *user.user_name == **name)?.user_policy_list.as_mut()
        }
        Holder::Role(name) => {
            let mut roles = file.role_detail_list.iter_mut().flatten();
            roles.find(|role| *role.role_name == **name)?.role_policy_list.as_mut()
        }
        Holder::Group(name) => {
            let mut groups = file.group_detail_list.iter_mut().flatten();
            groups.find(|group| *group.group_name == **name)?.group_policy_list.as_mut()
        }
    }
}

pub(super) fn attached_mut<'a, 'f>(
    file: &'a mut AccountFile<'f>,
    holder: &Holder,
) -> Option<&'a mut Vec<AttachedPolicy<'f>>> {
    match holder {
        Holder::User(name) => {
            let mut users = file.user_detail_list.iter_mut().flatten();
            users.find(|user| *user.user_name == **name)?.attached_managed_policies.as_mut()
        }
        Holder::Role(name) => {
            let mut roles = file.role_detail_list.iter_mut().flatten();
            roles.find(|role| *role.role_name == **name)?.attached_managed_policies.as_mut()
        }
        Holder::Group(name) => {
            let mut groups = file.group_detail_list.iter_mut().flatten();
            groups.find(|group| *group.group_name == **name)?.attached_managed_policies.as_mut()
        }
    }
}
