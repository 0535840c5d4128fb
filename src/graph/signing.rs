//! Which credential a user's call is decided for: the best of the ways to sign that the user has.
//!
//! Owns: from a verdict for each way to one for the user. INVARIANT: where a way without MFA passes, MFA is no
//! condition, and where only ways with MFA pass, the answer depends on MFA. Of role sessions AWS does not document what
//! they say of MFA: both stay possible. Source: AWS IAM User Guide, "Configuring MFA-protected API access".

use super::decision::Decision;
use super::edge::{Decided, Edge};
use super::mode::Mode;
use crate::answer::Verdict;
use crate::eval::{Caller, Credential, Credentials, Test, Truth, settle};
use crate::model::{Estate, PrincipalType, Ways};

const CONSOLE: Credentials = &[Credential::UserSession, Credential::UserSessionWithMfa];
/// Nothing of what the new session can carry on.
const CARRIES_NONE: Credentials = &[Credential::AccessKey, Credential::AccessKeyWithCode, Credential::UserSession];

/// The ways of a caller; all for callers of whom nothing is known.
pub(super) fn ways_of(estate: &Estate, caller: Caller<'_>) -> Ways {
    if let Caller::Principal(ix) = caller { estate.principal(ix).sign_in().ways } else { Ways::All }
}

/// How a user may have signed the first call of a path in this mode.
pub(super) fn credentials(ways: Ways, mode: Mode) -> Credentials {
    match (ways, mode) {
        (Ways::All, Mode::Free) => Credential::OF_USER,
        (Ways::All, Mode::Plain) => CARRIES_NONE,
        (Ways::Console, Mode::Free) => CONSOLE,
        (Ways::Console, Mode::Plain) => Credential::UserSession.alone(),
        (Ways::All | Ways::Console, Mode::Mfa) | (Ways::ConsoleWithMfa, _) => Credential::UserSessionWithMfa.alone(),
    }
}

/// How the caller of a path's hop may have signed: only a user at the start brings MFA, and every hop keeps it.
pub(super) fn of_hop(estate: &Estate, caller: Caller<'_>, mode: Mode, hop: usize) -> Credentials {
    let user = matches!(caller, Caller::Principal(ix) if estate.principal(ix).kind() == PrincipalType::User);
    match (user && hop == 0, mode) {
        (true, mode) => credentials(ways_of(estate, caller), mode),
        (false, Mode::Free) => Credential::OF_ROLE,
        (false, Mode::Plain) => Credential::RoleSession.alone(),
        (false, Mode::Mfa) => Credential::RoleSessionWithMfa.alone(),
    }
}

/// Decides a user's call, each way of signing on its own: tests that contradict each other show only so.
pub(super) fn of_user(ways: Ways, truth: impl Fn(Credentials) -> Truth) -> Decided {
    let one = |credential: Credential| settle(truth(credential.alone()));
    let session = one(Credential::UserSession);
    let with_mfa = one(Credential::UserSessionWithMfa);
    let (without, code, whole, carries_none) = match ways {
        Ways::All => {
            let without = best_of([one(Credential::AccessKey), session]);
            (without, one(Credential::AccessKeyWithCode), Credential::OF_USER, CARRIES_NONE)
        }
        Ways::Console => (session, Truth::False, CONSOLE, Credential::UserSession.alone()),
        // IAM asks for MFA anyway: it is no condition of a call that takes no notice of it
        Ways::ConsoleWithMfa => {
            let without = if session == with_mfa { session } else { Truth::False };
            (without, Truth::False, CONSOLE, CONSOLE)
        }
    };
    let any_mfa = best_of([code.clone(), with_mfa.clone()]);
    let free = best(without.clone(), any_mfa, || truth(whole));
    let plain = by_ways(without, code, || truth(carries_none));
    Decided { free, by_mfa: Some((plain, Decision::new(with_mfa))), issued: None }
}

/// Decides a role session's call with both that AWS may send.
pub(super) fn of_role(free: Truth, truth: impl Fn(Credentials) -> Truth) -> Decided {
    let [plain, with_mfa] = [Credential::RoleSession, Credential::RoleSessionWithMfa].map(|c| settle(truth(c.alone())));
    let free = match (&plain, &with_mfa) {
        (Truth::True, Truth::True) => Truth::True,
        (Truth::False, Truth::False) => Truth::False,
        _ => free,
    };
    let by_mfa = Some((Decision::new(plain), Decision::new(with_mfa)));
    Decided { free: Decision::new(free), by_mfa, issued: None }
}

/// The decision that a hop is shown with, in a path of this mode; `first` for the one that a user at the start calls.
pub(super) fn shown(edge: &Edge, of_user: bool, first: bool, mode: Mode) -> &Decision {
    match (of_user, first, mode) {
        (false, ..) | (true, false, Mode::Plain) => edge.plain(),
        (true, true, Mode::Mfa) if !edge.free().asks_for_mfa() => edge.with_mfa(),
        (true, ..) => edge.free(),
    }
}

/// The way that a user's first call is signed with in a path of this mode: the best, without MFA before with it.
pub(super) fn way(ways: Ways, mode: Mode, truth: impl Fn(Credentials) -> Truth) -> Option<Credential> {
    let order =
        [Credential::AccessKey, Credential::UserSession, Credential::AccessKeyWithCode, Credential::UserSessionWithMfa];
    let there = credentials(ways, mode);
    let ways = order.into_iter().filter(|way| there.contains(way));
    // a way with MFA is at best as good as one without that has conditions
    let verdict = |way: &Credential| {
        let verdict = Decision::new(truth(way.alone())).verdict();
        if way.has_mfa() { verdict.max(Verdict::Conditional) } else { verdict }
    };
    ways.min_by_key(verdict)
}

/// Whichever gets in: one that surely does, or what one of them needs.
fn best_of(ways: [Truth; 2]) -> Truth {
    if ways.iter().any(|way| Decision::new(way.clone()).verdict() == Verdict::Allowed) {
        return Truth::True;
    }
    let [first, second] = ways;
    first.or(second)
}

/// Without MFA if that gets in; else what `asked`, the formula in which MFA is open, says.
fn best(without: Truth, with: Truth, asked: impl FnOnce() -> Truth) -> Decision {
    let alone = Decision::new(without.clone());
    let with_mfa = Decision::new(with.clone());
    if alone.verdict() <= Verdict::Conditional || with_mfa.verdict() == Verdict::Denied {
        return alone;
    }
    let expected = with_mfa.verdict().max(Verdict::Conditional);
    let asked = Decision::new(asked());
    if asked.verdict() == expected {
        return asked;
    }
    Decision::new(without.or(mfa().and(with)))
}

/// As [`best`], with every way kept: a longer path may need what only a code in the call allows.
fn by_ways(without: Truth, code: Truth, asked: impl FnOnce() -> Truth) -> Decision {
    let alone = Decision::new(without.clone()).verdict();
    if alone != Verdict::Conditional || without == code {
        return best(without, code, asked);
    }
    Decision::new(without.or(mfa().and(code)))
}

/// That MFA was used.
pub(super) fn mfa() -> Truth {
    Truth::test(Test::of_mfa())
}
