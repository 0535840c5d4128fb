//! Which roles of an account the globs of a target mean.
//!
//! Owns: what a glob is compared with. Service-linked roles are left out: AWS writes their trust policies, and only AWS can assume them.

use crate::ids::{AccountIx, PrincipalIx};
use crate::model::{Account, Estate, PrincipalType};
use crate::wildcard;

/// The roles of an account that one of the globs fits; all where there is none.
pub(super) fn chosen<'e>(
    estate: &'e Estate,
    account: AccountIx,
    globs: &'e [String],
) -> impl Iterator<Item = PrincipalIx> + 'e {
    let facts = estate.account(account);
    estate.principals_of(account).filter(move |ix| {
        let principal = estate.principal(*ix);
        let fits = |glob: &String| matches(glob, facts, principal.path(), principal.name());
        principal.kind() == PrincipalType::Role
            && !principal.is_service_linked()
            && (globs.is_empty() || globs.iter().any(fits))
    })
}

fn matches(glob: &str, account: &Account, path: &str, name: &str) -> bool {
    if let Some(glob) = glob.strip_prefix("path:") {
        return wildcard::matches(glob, &format!("{path}{name}"));
    }
    if glob.contains('/') {
        let full = |left: &str| wildcard::matches(glob, &format!("{left}/{name}"));
        return full(account.name()) || full(&account.id().to_string());
    }
    wildcard::matches(glob, name)
}
