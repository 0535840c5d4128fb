//! Attachments, memberships and assignments, by name, to be taken away.

use super::error::ChangeError;
use super::holder::{self, Found};
use super::people;
use crate::arn::Arn;
use crate::graph::query::{account_named, sources_named};
use crate::graph::{Source, TrustGraph};
use crate::model::Origin;
use crate::snapshot::edit::Removal;

/// `HOLDER:POLICY`: a managed policy that is attached, or an inline policy.
///
/// # Errors
/// Where the holder or the policy is not there.
pub fn attachment(graph: &TrustGraph<'_>, text: &str) -> Result<Removal, ChangeError> {
    let estate = graph.estate();
    let (holder, name) = halves(text, "HOLDER:POLICY")?;
    let found = holder::find(graph, holder)?;
    let id = estate.account(found.account(estate)).id();
    let arn = Arn::parse(name);
    let of_aws = arn.map(|arn| arn.account == "aws");
    let name = match arn {
        Some(arn) => arn.resource.rsplit('/').next().unwrap_or(name),
        None => name.split(" (").next().unwrap_or(name),
    };
    let own = found.policies(estate).iter().filter(|policy| matches!(policy.origin, Origin::Inline | Origin::Managed));
    let fits =
        own.clone().filter(|policy| *policy.name == *name && of_aws.is_none_or(|of| of == policy.is_aws_managed));
    let fits: Vec<_> = fits.collect();
    match fits.as_slice() {
        [] => {
            let what = format!("{} has no policy `{name}` of its own", found.shown(estate));
            Err(ChangeError::unknown(what, text, name, own.map(|policy| &*policy.name)))
        }
        [policy] if policy.origin == Origin::Inline => Ok(Removal::Inline(id, found.holder(estate), name.into())),
        [policy] => Ok(Removal::Attachment(id, found.holder(estate), name.into(), policy.is_aws_managed)),
        many => {
            let names: Vec<String> = many.iter().map(|policy| crate::eval::label(policy)).collect();
            Err(ChangeError::ambiguous(text, many.len(), &names))
        }
    }
}

/// `USER:GROUP`, of IAM or of Identity Center.
///
/// # Errors
/// Where the user or the group is not there, or the user not in it.
pub fn membership(graph: &TrustGraph<'_>, text: &str) -> Result<Removal, ChangeError> {
    let estate = graph.estate();
    let (who, group) = halves(text, "USER:GROUP")?;
    match sources_named(graph, who)?.as_slice() {
        [Source::Person(person)] => people::membership(estate, *person, group, text),
        [Source::Principal(user)] => {
            let principal = estate.principal(*user);
            if !principal.groups().iter().any(|own| **own == *group) {
                let what = format!("{} is not in a group `{group}`", Found::Principal(*user).shown(estate));
                return Err(ChangeError::unknown(what, text, group, principal.groups().iter().map(|own| &**own)));
            }
            let id = estate.account(principal.account()).id();
            Ok(Removal::Membership(id, principal.name().into(), group.into()))
        }
        _ => Err(ChangeError::refused(
            format!("`{who}` is no user"),
            text,
            "only users of IAM and of Identity Center are in groups",
            "name one: `account/user/NAME:GROUP` or `USER_NAME:GROUP`",
        )),
    }
}

/// `WHO:PERMISSION_SET:ACCOUNT`, WHO a user name or `group NAME`; or the id of an entitlement.
///
/// # Errors
/// Where who, the permission set or the account is not there, or the assignment is not.
pub fn unassigned(graph: &TrustGraph<'_>, text: &str) -> Result<Removal, ChangeError> {
    let estate = graph.estate();
    if let Some(entitlement) = people::entitlement(estate, text) {
        return Ok(entitlement);
    }
    let mut parts = text.rsplitn(3, ':');
    let (account, set, who) = (parts.next(), parts.next(), parts.next());
    let (Some(account), Some(set), Some(who)) = (account, set, who) else {
        return Err(form(text, "WHO:PERMISSION_SET:ACCOUNT"));
    };
    let Some(ix) = account_named(estate, account)? else {
        let names = estate.accounts().iter().map(|account| account.shown_name());
        return Err(ChangeError::unknown(format!("no account is called `{account}`"), text, account, names));
    };
    let person = match who.strip_prefix("group ") {
        Some(_) => None,
        None => match sources_named(graph, who)?.as_slice() {
            [Source::Person(person)] => Some(*person),
            _ => return Err(form(text, "WHO:PERMISSION_SET:ACCOUNT")),
        },
    };
    people::assignment(estate, (who, person), set, estate.account(ix).id(), text)
}

/// What stands before and after the last colon that is none of an ARN.
fn halves<'t>(text: &'t str, form_of: &str) -> Result<(&'t str, &'t str), ChangeError> {
    let at = text.find(":arn:").or_else(|| text.rfind(':'));
    let (before, after) = at.and_then(|at| Some((text.get(..at)?, text.get(at + 1..)?))).unwrap_or_default();
    if before.is_empty() || after.is_empty() { Err(form(text, form_of)) } else { Ok((before.trim(), after.trim())) }
}

fn form(text: &str, form_of: &str) -> ChangeError {
    let next = format!("write {form_of}");
    ChangeError::refused(format!("`{text}` is not {form_of}"), text, "both parts are needed to find it", &next)
}
