//! Rules about the life of roles.

use jiff::{Timestamp, ToSpan};

use super::aws_made;
use super::context::{CheckContext, Found};
use crate::facet::Facet;
use crate::model::{LastUsed, PrincipalType};

/// AWS tracks the use of roles for this many days at most.
const TRACKED_DAYS: i64 = 400;

/// A role that nobody has used for long.
pub(super) fn role_unused(cx: &mut CheckContext<'_, '_>) {
    let days = cx.number("days").clamp(1, TRACKED_DAYS);
    let Ok(threshold) = cx.estate.at().checked_sub((days * 24).hours()) else { return };
    for account in cx.accounts_with(Facet::AuthorizationDetails) {
        let mut unread = 0;
        for ix in cx.estate.principals_of(account) {
            let role = cx.estate.principal(ix);
            let young = role.created().is_some_and(|created| created > threshold);
            if role.kind() != PrincipalType::Role || role.is_service_linked() || young {
                continue;
            }
            let message = match role.role().map(|facts| facts.last_used) {
                Some(LastUsed::At(at)) if at > threshold => continue,
                Some(LastUsed::At(at)) => format!("last used {} days ago", days_since(at, cx.estate.at())),
                // of a role whose age is not known, never used may be new
                Some(LastUsed::Never) if role.created().is_some() => format!(
                    "not used in the {} days that AWS can tell of",
                    role.created()
                        .map_or(TRACKED_DAYS, |created| days_since(created, cx.estate.at()))
                        .min(TRACKED_DAYS)
                ),
                Some(LastUsed::Never | LastUsed::NotCollected) | None => {
                    unread += 1;
                    continue;
                }
            };
            let fix_for = aws_made::maker(role);
            cx.principal(ix, Found { message, fix_for, ..Found::default() });
        }
        if unread > 0 {
            let why = format!("cannot be judged: last use of {unread} roles not read");
            let subject = cx.root_arn(account);
            cx.unknown_subject(account, subject, why);
        }
    }
}

fn days_since(then: Timestamp, now: Timestamp) -> i64 {
    (now.as_second() - then.as_second()).max(0) / 86_400
}
