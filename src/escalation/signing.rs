//! With what a user signs the calls of a way.
//!
//! Owns: that whoever has several credentials takes the one that gets in: one without MFA, else one with it. An MFA code in the call itself
//! is for AssumeRole and GetSessionToken alone, so no way is gone with one. A role has MFA only of a user who entered it with some.
//! Source: AWS IAM User Guide, "Configuring MFA-protected API access", "Requesting temporary security credentials".

use crate::eval::{Credential, Credentials, Test, Truth, settle};
use crate::model::PrincipalType;

/// Whatever a user can sign any call with.
const OF_USER: Credentials = &[Credential::AccessKey, Credential::UserSession, Credential::UserSessionWithMfa];

/// Whatever a principal of a kind can sign with.
pub(super) fn of_kind(kind: PrincipalType) -> Credentials {
    match kind {
        PrincipalType::User => OF_USER,
        PrincipalType::Role => Credential::OF_ROLE,
    }
}

/// Which of these credentials can sign the calls of a way.
#[must_use]
pub fn for_ways(credentials: Credentials) -> Credentials {
    match credentials {
        [Credential::AccessKeyWithCode] => &[],
        _ if credentials.contains(&Credential::AccessKeyWithCode) => OF_USER,
        _ => credentials,
    }
}

/// What is allowed to whoever signs as it likes with one of these credentials; what MFA alone lets through says so.
#[must_use]
pub fn best(credentials: Credentials, truth: impl Fn(Credentials) -> Truth) -> Truth {
    let credentials = for_ways(credentials);
    let whole = if credentials.is_empty() { Truth::False } else { truth(credentials) };
    let is_open = credentials.len() > 1 && whole.keys().iter().any(|key| key.kind().depends_on_credential());
    if !is_open {
        return whole;
    }
    let mut any = Truth::False;
    for credential in credentials {
        let alone = settle(truth(credential.alone()));
        any = any.or(if credential.has_mfa() { alone.and(Truth::test(Test::of_mfa())) } else { alone });
        if any == Truth::True {
            break;
        }
    }
    any
}

/// What is left of it for a role by itself: nobody brings MFA.
#[must_use]
pub fn without_mfa(truth: &Truth) -> Truth {
    if !needs_mfa(truth) {
        return truth.clone();
    }
    settle(
        truth.replace(&mut |test| if **test == Test::of_mfa() { Truth::False } else { Truth::test((**test).clone()) }),
    )
}

/// True where somebody with MFA may do more.
#[must_use]
pub fn needs_mfa(truth: &Truth) -> bool {
    truth.has_test(&|test| *test == Test::of_mfa())
}
