//! Roles as a list of needs names them: by ARN, or by account and name, both with wildcards and with what selects accounts elsewhere.

use std::collections::HashMap;

use roaring::RoaringBitmap;

use super::pairs::number;
use crate::arn::Arn;
use crate::graph::query::{account_named, selected_accounts};
use crate::ids::{AccountIx, PrincipalIx};
use crate::model::{Estate, PrincipalType};
use crate::nearest::near;
use crate::selection::{Selector, TargetSpec};
use crate::wildcard;

/// The roles of the snapshot by what they are called.
pub(super) struct Roles<'e> {
    estate: &'e Estate,
    known: HashMap<(String, String), RoaringBitmap>,
    accounts: HashMap<String, Vec<AccountIx>>,
}

impl<'e> Roles<'e> {
    pub(super) fn new(estate: &'e Estate) -> Self {
        Self { estate, known: HashMap::new(), accounts: HashMap::new() }
    }

    /// The roles of this name in these accounts; at least one.
    pub(super) fn find(&mut self, account: &str, role: &str) -> Result<RoaringBitmap, String> {
        let key = (account.to_owned(), role.to_owned());
        if let Some(known) = self.known.get(&key) {
            return Ok(known.clone());
        }
        let found = self.look(account, role)?;
        self.known.insert(key, found.clone());
        Ok(found)
    }

    fn look(&mut self, account: &str, role: &str) -> Result<RoaringBitmap, String> {
        if role.starts_with("arn:") {
            return self.by_arn(role);
        }
        let (account, name) = match (account, role.split_once('/')) {
            ("", _) if role.starts_with("ou:") => role.rsplit_once('/').unwrap_or(("", role)),
            ("", Some(both)) => both,
            ("", None) => ("", role),
            (account, _) => (account, role),
        };
        let name = name.strip_prefix("role/").unwrap_or(name);
        if account.is_empty() {
            return Err(format!("`{role}` names no account: write account/{role}, */{role} or the ARN"));
        }
        let accounts = self.accounts(account)?;
        let found: RoaringBitmap =
            accounts.iter().flat_map(|account| self.in_account(*account, name)).map(number).collect();
        if !found.is_empty() {
            return Ok(found);
        }
        let unread = accounts.iter().find(|ix| self.estate.account(**ix).presence().gap().is_some());
        if let Some(unread) = unread {
            let shown = self.estate.account(*unread).shown();
            return Err(format!("no role `{name}` was found, and account {shown} was not read: collect it first"));
        }
        let there = accounts.iter().flat_map(|account| self.in_account(*account, "*"));
        let there: Vec<&str> = there.map(|ix| self.estate.principal(ix).name()).collect();
        Err(match near(name, there.iter().copied(), 1).first() {
            Some(close) => format!("no role `{name}` is in {account}: did you mean `{close}`?"),
            None => format!("no role `{name}` is in {account}"),
        })
    }

    /// Without roles that only AWS can assume.
    fn in_account(&self, account: AccountIx, name: &str) -> Vec<PrincipalIx> {
        let estate = self.estate;
        let is_open = |ix: &PrincipalIx| !estate.principal(*ix).is_service_linked();
        if !wildcard::has_wildcard(name) {
            let name = name.rsplit('/').next().unwrap_or(name);
            return estate.principal_by_name(account, PrincipalType::Role, name).filter(is_open).into_iter().collect();
        }
        let fits = |ix: &PrincipalIx| {
            let principal = estate.principal(*ix);
            principal.kind() == PrincipalType::Role && wildcard::matches(name, principal.name())
        };
        estate.principals_of(account).filter(is_open).filter(fits).collect()
    }

    fn accounts(&mut self, text: &str) -> Result<Vec<AccountIx>, String> {
        if let Some(known) = self.accounts.get(text) {
            return Ok(known.clone());
        }
        let found = self.look_for_accounts(text)?;
        self.accounts.insert(text.to_owned(), found.clone());
        Ok(found)
    }

    fn look_for_accounts(&self, text: &str) -> Result<Vec<AccountIx>, String> {
        let estate = self.estate;
        if let Some(only) = account_named(estate, text).map_err(|error| error.to_string())? {
            return Ok(vec![only]);
        }
        let selector: Selector = text.parse().map_err(|error| format!("{error}"))?;
        let spec: TargetSpec = std::iter::once(&selector).collect();
        match selected_accounts(estate, text, &spec) {
            Ok(members) if members.gaps.is_empty() => Ok(members.accounts.into_iter().collect()),
            Ok(members) => {
                let why: Vec<String> = members.gaps.iter().map(|gap| gap.sentence()).collect();
                Err(format!("which accounts `{text}` means is not known: {}", why.join(", ")))
            }
            Err(_) => {
                let names = estate.accounts().iter().map(|account| account.shown_name());
                let close = near(text, names, 1);
                let close = close.first().map(|name| format!(": did you mean `{name}`?")).unwrap_or_default();
                Err(format!("no account is called `{text}`{close}"))
            }
        }
    }

    fn by_arn(&self, text: &str) -> Result<RoaringBitmap, String> {
        let estate = self.estate;
        let arn = Arn::parse(text).ok_or_else(|| format!("`{text}` is no ARN"))?;
        if !arn.resource.starts_with("role/") {
            return Err(format!("`{text}` is no ARN of a role"));
        }
        if !wildcard::has_wildcard(text) {
            let is_role = |ix: &PrincipalIx| estate.principal(*ix).kind() == PrincipalType::Role;
            let found = estate.principal_by_arn(text).filter(is_role);
            return found.map(|ix| RoaringBitmap::from_iter([number(ix)])).ok_or_else(|| self.no_arn(text, arn));
        }
        let fits = |ix: &PrincipalIx| {
            let principal = estate.principal(*ix);
            !principal.is_service_linked()
                && wildcard::matches(arn.account, &estate.account(principal.account()).id().to_string())
                && wildcard::matches(arn.resource, &format!("role{}{}", principal.path(), principal.name()))
        };
        let found: RoaringBitmap = estate.roles().filter(fits).map(number).collect();
        if found.is_empty() { Err(format!("no role fits `{text}`")) } else { Ok(found) }
    }

    fn no_arn(&self, text: &str, arn: Arn<'_>) -> String {
        let account = arn.account_id().and_then(|id| self.estate.account_by_id(id));
        match account {
            None => format!("the snapshot has no account {}, and so no `{text}`", arn.account),
            Some(ix) if self.estate.account(ix).presence().gap().is_some() => {
                format!("account {} was not read: collect it first", self.estate.account(ix).shown())
            }
            Some(_) => format!("the snapshot has no role `{text}`"),
        }
    }
}
