//! Facts about a role or a user.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::account::OfAccount;
use super::callers;
use super::fields::Field;
use super::memo::{Credentials, Memo};
use super::reached::Reached;
use super::view::{Data, Facts, Known};
use crate::answer::Verdict;
use crate::arn::Arn;
use crate::eval::Outside;
use crate::ids::{AccountId, PrincipalIx};
use crate::model::{Attached, LastUsed, Origin, Principal};
use crate::policy::principal::PrincipalEntry;
use crate::policy::{Effect, Policy, Statement, sts};
use crate::posture::entry::{self, Can};
use crate::posture::power::Fact;
use crate::posture::standing::steps_up;
use crate::posture::{anyone, aws_made, external, unknown};
use crate::rules::context::Context;
use crate::snapshot::credential_report::Cell;

/// A role or a user.
pub(super) struct OfPrincipal<'c, 'e> {
    pub(super) cx: &'c Context<'e>,
    pub(super) memo: &'c Memo,
    pub(super) reached: &'c Reached<'c>,
    pub(super) ix: PrincipalIx,
}

/// The names of the policies with these origins.
pub(super) fn names<'e>(policies: &'e [Attached], is: impl Fn(&Origin) -> bool) -> Known<Data<'e>> {
    if policies.iter().any(|attached| attached.stands_for_unread()) {
        return Err("it was listed without its policies".to_owned());
    }
    let named = policies.iter().filter(|attached| is(&attached.origin));
    Ok(Data::Texts(named.map(|attached| Cow::Borrowed(&*attached.name)).collect()))
}

pub(super) fn sorted<'e>(texts: BTreeSet<String>) -> Data<'e> {
    Data::Texts(texts.into_iter().map(Cow::Owned).collect())
}

pub(super) fn reasons(why: BTreeSet<String>) -> String {
    why.into_iter().collect::<Vec<_>>().join("; ")
}

impl<'e> OfPrincipal<'_, 'e> {
    fn principal(&self) -> &'e Principal {
        self.cx.estate.principal(self.ix)
    }

    fn policies(&self, inline: bool) -> Known<Data<'e>> {
        let is_inline = |origin: &Origin| matches!(origin, Origin::Inline | Origin::GroupInline(_));
        names(self.cx.estate.class(self.principal().class()).policies(), |origin| is_inline(origin) == inline)
    }

    fn boundary(&self) -> Known<Data<'e>> {
        match self.cx.estate.class(self.principal().class()).boundary() {
            Some(attached) if attached.stands_for_unread() => Err("it was listed without its boundary".to_owned()),
            attached => Ok(Data::Text(Cow::Borrowed(attached.map_or("", |attached| &*attached.name)))),
        }
    }

    fn power(&self, fact: &Fact) -> Known<Data<'e>> {
        match fact.can() {
            Can::Yes => Ok(Data::Bool(true)),
            Can::No => Ok(Data::Bool(false)),
            Can::Perhaps => Err(reasons(fact.why_unknown(self.cx.estate))),
        }
    }

    /// Whether it becomes an administrator by one way to escalate, and is none yet.
    fn in_one_step(&self) -> Known<Data<'e>> {
        let climbs = self.cx.climbs_of(self.principal().account());
        let mut may = None;
        for climb in steps_up(climbs, self.ix) {
            if climb.is_sure() {
                return Ok(Data::Bool(true));
            }
            may = may.or(Some(climb).filter(|climb| climb.can == Can::Perhaps));
        }
        may.map_or(Ok(Data::Bool(false)), |climb| Err(reasons(unknown::unclear(self.cx.estate, &climb.truth))))
    }

    fn age(&self) -> Known<Data<'e>> {
        let created = self.principal().created().ok_or("when it was created was not read")?;
        Ok(Data::Int(self.cx.days_since(created)))
    }

    fn unused(&self) -> Known<Data<'e>> {
        match self.principal().role().map(|facts| facts.last_used) {
            Some(LastUsed::At(at)) => Ok(Data::Int(self.cx.days_since(at))),
            Some(LastUsed::Never) => self.age(),
            Some(LastUsed::NotCollected) | None => Err("its last use was not read".to_owned()),
        }
    }

    fn trust(&self) -> Known<&'e Policy> {
        match self.cx.estate.unread_trust(self.ix) {
            Some(gap) => Err(self.cx.reason(gap)),
            None => self.cx.trust(self.ix).ok_or_else(|| "its trust policy was not read".to_owned()),
        }
    }

    /// What the statements that let somebody assume the role name.
    fn trusted(&self, name: impl Fn(&PrincipalEntry) -> Option<String>) -> Known<Data<'e>> {
        let mut named = BTreeSet::new();
        for statement in self.trust()?.statements.iter().filter(|statement| lets_in(statement)) {
            named.extend(statement.entries().filter_map(&name));
            // all but those that `NotPrincipal` names
            if anyone::names_everybody(statement) {
                named.extend(name(&PrincipalEntry::Everyone));
            }
        }
        Ok(sorted(named))
    }

    /// Outside accounts that can assume the role, other organizations and everybody among them, and why others may: what the rules about
    /// outsiders find, however many of these it takes.
    fn externals(&self) -> Known<(BTreeSet<String>, BTreeSet<String>)> {
        let (estate, trust) = (self.cx.estate, self.trust()?);
        let (mut certain, mut why) = (BTreeSet::new(), BTreeSet::new());
        if entry::assume_allows(trust).any(anyone::names_everybody) {
            let truth = entry::of_outsider(estate, self.ix, Outside::Anyone);
            match entry::can(&truth) {
                Can::No => {}
                Can::Perhaps => why.extend(unknown::unclear(estate, &truth)),
                Can::Yes if anyone::stranger_can_enter_from_network(&truth) => certain.extend(["*".to_owned()]),
                Can::Yes => {}
            }
        }
        for other in external::organizations(estate, self.ix, trust) {
            match entry::can(&other.truth) {
                Can::No => {}
                Can::Perhaps => why.extend(unknown::unclear(estate, &other.truth)),
                Can::Yes => certain.extend([other.id.to_owned()]),
            }
        }
        for found in external::externals(estate, self.ix, trust, &BTreeSet::new()) {
            match (entry::can(&found.truth), found.membership) {
                (Can::No, _) => {}
                (_, Some(gap)) => why.extend([self.cx.reason(gap)]),
                (Can::Perhaps, None) => why.extend(unknown::unclear(self.cx.estate, &found.truth)),
                (Can::Yes, None) => certain.extend([found.id.to_string()]),
            }
        }
        Ok((certain, why))
    }

    /// Accounts with a principal that can assume the role directly.
    fn caller_accounts(&self) -> Known<BTreeSet<AccountId>> {
        let estate = self.cx.estate;
        let mut accounts = BTreeSet::new();
        for edge in self.cx.graph.incoming(self.ix) {
            let decision = edge.own(edge.from.kind(estate));
            match decision.verdict() {
                Verdict::Denied => {}
                Verdict::Unknown => return Err(reasons(unknown::unclear(estate, &decision.truth()))),
                Verdict::Allowed | Verdict::Conditional => accounts.extend(callers::accounts(estate, &edge)),
            }
        }
        Ok(accounts)
    }

    fn of_role(&self, name: &str) -> Option<Known<Data<'e>>> {
        let of_list = |found: Known<(BTreeSet<String>, BTreeSet<String>)>| match found? {
            (certain, why) if why.is_empty() => Ok(sorted(certain)),
            (_, why) => Err(reasons(why)),
        };
        let of_any = |found: Known<(BTreeSet<String>, BTreeSet<String>)>| match found? {
            (certain, _) if !certain.is_empty() => Ok(Data::Bool(true)),
            (_, why) if why.is_empty() => Ok(Data::Bool(false)),
            (_, why) => Err(reasons(why)),
        };
        Some(match name {
            "unused_days" => self.unused(),
            "service_linked" => Ok(Data::Bool(self.principal().is_service_linked())),
            "aws_made" => Ok(Data::Bool(!aws_made::maker(self.principal()).is_empty())),
            "trusted_accounts" => self.trusted(account_of),
            "trusted_principals" => self.trusted(|entry| Some(shown(entry))),
            "trusted_services" => self.trusted(|entry| match entry {
                PrincipalEntry::Service(name) => Some(name.to_string()),
                _ => None,
            }),
            "external_accounts" => of_list(self.externals()),
            "external" => of_any(self.externals()),
            "caller_accounts" => {
                self.caller_accounts().map(|accounts| sorted(accounts.iter().map(ToString::to_string).collect()))
            }
            "caller_ous" => self.caller_accounts().and_then(|ids| callers::ous(self.cx, &ids)).map(sorted),
            _ => return None,
        })
    }

    /// The user's row of the credential report.
    fn credentials(&self) -> Known<Credentials> {
        let user = self.principal();
        let found = self.memo.credentials(self.cx.estate, user.account(), user.name());
        found.ok_or_else(|| {
            format!("credential-report of {} has no row of it", self.cx.estate.account(user.account()).id())
        })
    }

    fn of_user(&self, name: &str) -> Option<Known<Data<'e>>> {
        let flag = |cell: Cell<bool>| match cell {
            Cell::Value(is) => Ok(is),
            Cell::NotApplicable | Cell::NotSupported => Ok(false),
            _ => Err("the credential report does not say it".to_owned()),
        };
        Some(match name {
            "groups" if self.principal().knows_groups() => {
                Ok(Data::Texts(self.principal().groups().iter().map(|name| Cow::Borrowed(&**name)).collect()))
            }
            "groups" => Err("its groups were not read".to_owned()),
            "password" => self.credentials().and_then(|row| flag(row.password)).map(Data::Bool),
            "mfa" => self.credentials().and_then(|row| flag(row.mfa)).map(Data::Bool),
            "active_keys" => self.credentials().and_then(|row| {
                let [first, second] = row.keys;
                Ok(Data::Int(i64::from(flag(first)?) + i64::from(flag(second)?)))
            }),
            _ => return None,
        })
    }
}

/// Whether a statement of a trust policy lets somebody assume the role, in one of the ways that there are.
fn lets_in(statement: &Statement) -> bool {
    let ways = [&sts::ASSUME_ROLE, &sts::ASSUME_ROLE_WITH_SAML, &sts::ASSUME_ROLE_WITH_WEB_IDENTITY];
    statement.effect == Effect::Allow && ways.into_iter().any(|way| statement.actions.matches(way))
}

/// The account that an entry names.
fn account_of(entry: &PrincipalEntry) -> Option<String> {
    match entry {
        PrincipalEntry::Account { id, .. } | PrincipalEntry::Session { account: id, .. } => Some(id.to_string()),
        PrincipalEntry::Identity(arn) | PrincipalEntry::FederatedUser(arn) => Some(Arn::parse(arn)?.account.to_owned()),
        _ => None,
    }
}

fn shown(entry: &PrincipalEntry) -> String {
    match entry {
        PrincipalEntry::Everyone => "*".to_owned(),
        PrincipalEntry::Account { id, .. } => id.to_string(),
        PrincipalEntry::Session { account, role, session } => format!("{account}:assumed-role/{role}/{session}"),
        PrincipalEntry::Identity(text)
        | PrincipalEntry::FederatedUser(text)
        | PrincipalEntry::DeletedId(text)
        | PrincipalEntry::Service(text)
        | PrincipalEntry::Federated(text)
        | PrincipalEntry::Nobody(text) => text.to_string(),
    }
}

impl<'e> Facts<'e> for OfPrincipal<'_, 'e> {
    fn fact(&self, field: &Field) -> Known<Data<'e>> {
        let principal = self.principal();
        let Some((root @ ("role" | "user"), name)) = field.name.split_once('.') else {
            return OfAccount { cx: self.cx, memo: self.memo, ix: principal.account() }.fact(field);
        };
        match name {
            "name" => Ok(Data::Text(Cow::Borrowed(principal.name()))),
            "path" => Ok(Data::Text(Cow::Borrowed(principal.path()))),
            "arn" => Ok(Data::Text(Cow::Owned(self.cx.estate.arn(self.ix)))),
            "tags" => match principal.tags_gap() {
                Some(gap) => Err(self.cx.reason(gap)),
                None => Ok(Data::Tags(Cow::Borrowed(principal.tags()))),
            },
            "age_days" => self.age(),
            "policies" => self.policies(false),
            "inline_policies" => self.policies(true),
            "boundary" => self.boundary(),
            "administrator" => self.power(&self.cx.power(self.ix).administrator),
            "administrator_in_one_step" => self.in_one_step(),
            "writes" => self.power(&self.cx.power(self.ix).writes),
            "reaches_targets" => self.reached.by(self.ix),
            name => {
                let own = if root == "role" { self.of_role(name) } else { self.of_user(name) };
                own.unwrap_or_else(|| Err(format!("{} is not known", field.name)))
            }
        }
    }
}
