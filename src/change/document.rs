//! Documents and their statements, by the names that evidence has for them.
//!
//! Owns: `HOLDER:POLICY#STATEMENT`, `HOLDER:trust#STATEMENT`, `POLICY#STATEMENT`, and the same as a table prints it.

use serde_json::value::RawValue;

use super::error::ChangeError;
use super::holder::{self, Found};
use crate::arn::Arn;
use crate::graph::TrustGraph;
use crate::graph::query::{account_name, account_named};
use crate::ids::{AccountIx, PolicyIx, PrincipalIx};
use crate::model::{Attached, CustomerPolicy, Document, Estate, Origin, OwnPolicy};
use crate::policy::{self, Place, Policy, savable};
use crate::snapshot::edit::{DocumentAt, Edit, Holder, Removal};

/// A document that the snapshot has.
struct Sought {
    at: DocumentAt,
    /// What it says; `None` where it was not read.
    policy: Option<PolicyIx>,
}

impl Sought {
    /// What kind of document it is.
    fn place(&self, estate: &Estate) -> Place {
        let is_rcp = |arn: &str| {
            let mut own = estate.organization_policies().into_iter().flat_map(|all| &all.own);
            own.any(|policy| policy.arn == arn && policy.is_rcp)
        };
        match &self.at {
            DocumentAt::Trust(..) => Place::Trust,
            DocumentAt::Inline(..) | DocumentAt::Managed(..) => Place::Identity,
            DocumentAt::Organization(arn) if is_rcp(arn) => Place::ResourceControl,
            DocumentAt::Organization(_) => Place::ServiceControl,
        }
    }

    /// Characters that it may have; `None` where that is adjustable.
    fn longest(&self, place: Place) -> Option<u32> {
        match &self.at {
            DocumentAt::Trust(..) => None,
            DocumentAt::Inline(_, Holder::User(_), _) => Some(savable::USER_INLINE),
            DocumentAt::Inline(_, Holder::Role(_), _) => Some(savable::ROLE_INLINE),
            DocumentAt::Inline(_, Holder::Group(_), _) => Some(savable::GROUP_INLINE),
            DocumentAt::Managed(..) => Some(savable::MANAGED),
            DocumentAt::Organization(_) if place == Place::ResourceControl => Some(savable::RCP),
            DocumentAt::Organization(_) => Some(savable::SCP),
        }
    }
}

/// A statement, to be removed.
///
/// # Errors
/// Where the document or the statement is not there, or not one.
pub fn statement(graph: &TrustGraph<'_>, text: &str) -> Result<Removal, ChangeError> {
    let estate = graph.estate();
    let Some((document, statement)) = split(text) else {
        return Err(ChangeError::refused(
            "the statement is missing",
            text,
            "a statement is named by its document and its `Sid` or number",
            "write `account/role/NAME:trust#0` or `account/role/NAME:POLICY#SID`; numbers count from 0, as proofs do",
        ));
    };
    let sought = find(graph, document)?;
    let policy = sought.policy.map(|ix| estate.policy(ix)).ok_or_else(|| {
        let why = "the document was not read, or does not parse";
        ChangeError::refused(format!("the statements of `{document}` are not known"), text, why, "collect it again")
    })?;
    Ok(Removal::Statement(sought.at, position(policy, statement, text)?))
}

/// A document as it would be, from the text of a file.
///
/// # Errors
/// Where the document is not there, or the text is no policy document.
pub fn replaced(graph: &TrustGraph<'_>, text: &str, content: &str, file: &str) -> Result<Edit, ChangeError> {
    let sought = find(graph, text)?;
    let place = sought.place(graph.estate());
    let is_document = policy::parse(content).and_then(|policy| place.accept(policy));
    let raw = is_document
        .map_err(|why| why.to_string())
        .and_then(|policy| place.refusal(&policy, sought.longest(place)).map_or(Ok(()), Err))
        .and_then(|()| serde_json::from_str::<Box<RawValue>>(content).map_err(|why| why.to_string()));
    let raw = raw.map_err(|why| {
        let next = "write the whole document as it would be saved: a JSON object with `Version` and `Statement`";
        ChangeError::refused(format!("`{file}` is no document that can be saved as `{text}`"), file, &why, next)
    })?;
    Ok(Edit::Replace(sought.at, raw))
}

/// Document and statement: after `#`, or as a table prints it: `ci-base (inline), statement 1 (AssumeDeployRoles)`.
fn split(text: &str) -> Option<(&str, &str)> {
    if let Some((document, statement)) = text.rsplit_once('#') {
        return Some((document.trim(), statement.trim()));
    }
    let (document, statement) = text.rsplit_once(", statement ")?;
    Some((document.trim(), statement.split(" (").next().unwrap_or(statement).trim()))
}

fn position(policy: &Policy, text: &str, place: &str) -> Result<u32, ChangeError> {
    let by_sid: Vec<u32> =
        policy.statements.iter().filter(|own| !text.is_empty() && *own.sid == *text).map(|own| own.index).collect();
    match by_sid.as_slice() {
        [only] => return Ok(*only),
        [] => {}
        many => {
            let numbers: Vec<String> = many.iter().map(|at| format!("#{at}")).collect();
            return Err(ChangeError::ambiguous(place, many.len(), &numbers));
        }
    }
    let number = text.parse::<u32>().ok().filter(|at| policy.statements.iter().any(|own| own.index == *at));
    number.ok_or_else(|| {
        let named = |own: &policy::Statement| match &*own.sid {
            "" => own.index.to_string(),
            sid => sid.to_owned(),
        };
        let names: Vec<String> = policy.statements.iter().map(named).collect();
        let what = format!("the document has no statement `{text}`");
        ChangeError::unknown(what, place, text, names.iter().map(String::as_str))
    })
}

fn find(graph: &TrustGraph<'_>, text: &str) -> Result<Sought, ChangeError> {
    let estate = graph.estate();
    if let Some(arn) = Arn::parse(text) {
        return by_arn(graph, arn, text);
    }
    // policies of the organization may be called anything
    if own_names(estate).any(|name| name == text) {
        return by_name(estate, None, text, text);
    }
    if let Some((holder, name)) = text.rsplit_once(':') {
        return of_holder(graph, holder.trim(), name.trim(), text);
    }
    if let Some((account, name)) = text.split_once("/policy/") {
        let Some(ix) = account_named(estate, account)? else {
            let names = estate.accounts().iter().map(|account| account.shown_name());
            return Err(ChangeError::unknown(format!("no account is called `{account}`"), text, account, names));
        };
        return by_name(estate, Some(ix), name, text);
    }
    by_name(estate, None, text, text)
}

/// An ARN names a managed policy or a policy of the organization; one with a document after it a user, role or group.
fn by_arn(graph: &TrustGraph<'_>, arn: Arn<'_>, text: &str) -> Result<Sought, ChangeError> {
    let estate = graph.estate();
    let is_policy = arn.resource.starts_with("policy/");
    if is_policy && arn.account == "aws" && arn.service == "iam" {
        return Err(of_aws(text));
    }
    if is_policy && arn.service == "iam" {
        let known = arn.account_id().and_then(|id| estate.account_by_id(id));
        return by_name(estate, known, arn.resource.rsplit('/').next().unwrap_or_default(), text);
    }
    if is_policy {
        return of_organization(estate, |policy| policy.arn == text)
            .ok_or_else(|| ChangeError::unknown("the organization has no such policy", text, text, own_names(estate)));
    }
    match text.rsplit_once(':') {
        Some((holder, name)) => of_holder(graph, holder.trim(), name.trim(), text),
        None => Err(ChangeError::unknown("no document has this name", text, text, [])),
    }
}

fn of_aws(text: &str) -> ChangeError {
    ChangeError::refused(
        format!("`{text}` is a policy of AWS's own"),
        text,
        "customers cannot change it",
        "take it away from who has it: `--detach HOLDER:POLICY`",
    )
}

fn of_organization(estate: &Estate, fits: impl Fn(&OwnPolicy) -> bool) -> Option<Sought> {
    let own = estate.organization_policies()?.own.iter().find(|policy| fits(policy))?;
    Some(Sought { at: DocumentAt::Organization(own.arn.as_str().into()), policy: own.document })
}

fn own_names(estate: &Estate) -> impl Iterator<Item = &str> {
    estate.organization_policies().into_iter().flat_map(|all| all.own.iter().map(|own| own.name.as_str()))
}

/// A managed policy, or an SCP or RCP.
fn by_name(estate: &Estate, account: Option<AccountIx>, name: &str, text: &str) -> Result<Sought, ChangeError> {
    let fits = |ix: &AccountIx| account.is_none_or(|own| own == *ix);
    let customers = || {
        let accounts = estate.indexed_accounts().filter(move |(ix, _)| fits(ix));
        accounts.flat_map(|(ix, account)| {
            account.facts().customer_policies.iter().flatten().map(move |policy| (ix, policy))
        })
    };
    let mut found: Vec<(String, Sought)> = customers()
        .filter(|(_, policy)| policy.name() == name)
        .map(|(ix, policy)| (format!("{}/policy/{name}", account_name(estate, ix)), managed(estate, ix, policy)))
        .collect();
    if account.is_none() {
        let of_it =
            |policy: &OwnPolicy| policy.name == name || policy.arn == name || policy.arn.ends_with(&format!("/{name}"));
        let own = estate.organization_policies().into_iter().flat_map(|all| all.own.iter()).filter(|own| of_it(own));
        found.extend(own.map(|own| {
            let at = DocumentAt::Organization(own.arn.as_str().into());
            (own.arn.clone(), Sought { at, policy: own.document })
        }));
    }
    if found.len() > 1 {
        let names: Vec<String> = found.iter().map(|(name, _)| name.clone()).collect();
        return Err(ChangeError::ambiguous(text, names.len(), &names));
    }
    found.pop().map(|(_, sought)| sought).ok_or_else(|| {
        let there: Vec<&str> = customers().map(|(_, policy)| policy.name()).chain(own_names(estate)).collect();
        ChangeError::unknown(format!("no policy is called `{name}`"), text, name, there)
    })
}

fn managed(estate: &Estate, ix: AccountIx, policy: &CustomerPolicy) -> Sought {
    Sought { at: DocumentAt::Managed(estate.account(ix).id(), policy.arn.clone()), policy: policy.document }
}

/// What a user, role or group has under this name: `trust`, or a policy.
fn of_holder(graph: &TrustGraph<'_>, holder: &str, name: &str, text: &str) -> Result<Sought, ChangeError> {
    let estate = graph.estate();
    let found = holder::find(graph, holder)?;
    let id = estate.account(found.account(estate)).id();
    if let Found::Principal(role) = found
        && ["trust", "trust policy"].contains(&name)
    {
        return trust(estate, role, text);
    }
    // a table says how it is attached, too
    let name = name.split(" (").next().unwrap_or(name);
    let policies = found.policies(estate);
    let Some(attached) = policies.iter().find(|policy| *policy.name == *name) else {
        let trust = matches!(found, Found::Principal(ix) if estate.principal(ix).role().is_some()).then_some("trust");
        let there = policies.iter().map(|policy| &*policy.name).chain(trust);
        return Err(ChangeError::unknown(format!("{holder} has no policy `{name}`"), text, name, there));
    };
    let policy = parsed(attached);
    let group = |group: &str| Holder::Group(group.into());
    let at = match &attached.origin {
        Origin::Inline => DocumentAt::Inline(id, found.holder(estate), name.into()),
        Origin::GroupInline(own) => DocumentAt::Inline(id, group(own), name.into()),
        Origin::Managed | Origin::GroupManaged(_) if attached.is_aws_managed => return Err(of_aws(text)),
        Origin::Managed | Origin::GroupManaged(_) => {
            return by_name(estate, Some(found.account(estate)), name, text);
        }
    };
    Ok(Sought { at, policy })
}

fn trust(estate: &Estate, ix: PrincipalIx, text: &str) -> Result<Sought, ChangeError> {
    let principal = estate.principal(ix);
    let Some(facts) = principal.role() else {
        let why = "only roles have a trust policy";
        return Err(ChangeError::refused(format!("`{}` is a user", principal.name()), text, why, "name a role"));
    };
    let policy = if let Document::Parsed(ix) = facts.trust { Some(ix) } else { None };
    let id = estate.account(principal.account()).id();
    Ok(Sought { at: DocumentAt::Trust(id, principal.name().into()), policy })
}

fn parsed(attached: &Attached) -> Option<PolicyIx> {
    if let Document::Parsed(ix) = attached.document { Some(ix) } else { None }
}
