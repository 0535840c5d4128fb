//! The edges into one role.
//!
//! Owns: from the trust policy to candidates, from candidates to decisions. What the trust names decides where to look:
//! exact principals are looked up, accounts and everybody through the index of those who hold the action.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::arn::{Arn, Named};
use crate::eval::{Caller, Credential, Question, Trace, Truth, decide};
use crate::graph::decision::Decision;
use crate::graph::edge::{Edge, EdgeKind};
use crate::graph::index::Index;
use crate::graph::signing;
use crate::graph::source::Source;
use crate::ids::{AccountId, ClassIx, PrincipalIx};
use crate::model::{Document, Estate, Guardrails, Presence, PrincipalType};
use crate::policy::action::Action;
use crate::policy::key::KeyKind;
use crate::policy::operator::Base;
use crate::policy::principal::PrincipalEntry;
use crate::policy::{Effect, Policy, Statement, sts};

/// Whom a trust policy speaks of.
#[derive(Default)]
struct Candidates {
    /// Principals that some statement names: decided one by one, never as part of their class.
    named: BTreeSet<PrincipalIx>,
    classes: BTreeSet<ClassIx>,
    others: BTreeSet<(EdgeKind, Source)>,
}

pub(crate) fn edges_into(estate: &Estate, index: &Index, role: PrincipalIx) -> Vec<Edge> {
    let Some(facts) = estate.principal(role).role() else { return Vec::new() };
    let mut finder = Finder { estate, index, role, arn: estate.arn(role).into(), found: Candidates::default() };
    match facts.trust {
        Document::Parsed(ix) => finder.read(estate.policy(ix)),
        // a trust that cannot be read may trust anybody
        Document::Missing(_) => finder.add_everyone(None),
    }
    let differs = index.differs(facts.trust);
    finder.decide(differs)
}

struct Finder<'e> {
    estate: &'e Estate,
    index: &'e Index,
    role: PrincipalIx,
    arn: Arc<str>,
    found: Candidates,
}

impl Finder<'_> {
    fn read(&mut self, trust: &Policy) {
        for statement in &trust.statements {
            let Some(clause) = &statement.principal else { continue };
            let grants = statement.effect == Effect::Allow;
            let speaks_of = |action: &Action| statement.actions.matches(action);
            let assume = speaks_of(&sts::ASSUME_ROLE);
            if clause.negated {
                if grants && assume {
                    self.add_everyone(None);
                }
                continue;
            }
            for entry in &clause.entries {
                match entry {
                    PrincipalEntry::Federated(name) if grants => self.add_provider(name, statement),
                    _ if !assume => {}
                    PrincipalEntry::Identity(arn) => self.add_named(arn, grants),
                    PrincipalEntry::Session { account, role, session } => {
                        self.add_session(*account, role, session, grants);
                    }
                    _ if !grants => {}
                    PrincipalEntry::Everyone => self.add_everyone(Some(statement)),
                    PrincipalEntry::Account { id, .. } => self.add_account(*id),
                    PrincipalEntry::Service(name) => {
                        self.found.others.insert((EdgeKind::Service, Source::Service(Arc::from(&**name))));
                    }
                    _ => {}
                }
            }
        }
    }

    fn add_named(&mut self, arn: &str, grants: bool) {
        if let Some(ix) = self.estate.principal_by_arn(arn) {
            self.found.named.insert(ix);
            return;
        }
        let Some(id) = Arn::parse(arn).and_then(|a| a.account_id()) else { return };
        // in a collected account the name is dead: IAM would show the id of a principal that was deleted
        if grants && !self.is_collected(id) {
            self.found.others.insert((EdgeKind::AssumeRole, Source::Outsider(Arc::from(arn), id)));
        }
    }

    fn add_session(&mut self, id: AccountId, role: &str, session: &str, grants: bool) {
        let estate = self.estate;
        let known = estate.account_by_id(id).and_then(|a| estate.principal_by_name(a, PrincipalType::Role, role));
        if let Some(ix) = known {
            self.found.named.insert(ix);
        } else if grants && !self.is_collected(id) {
            let partition = estate.account(estate.principal(self.role).account()).partition();
            let arn = format!("arn:{partition}:sts::{id}:assumed-role/{role}/{session}");
            self.found.others.insert((EdgeKind::AssumeRole, Source::Outsider(arn.into(), id)));
        }
    }

    fn is_collected(&self, id: AccountId) -> bool {
        let estate = self.estate;
        estate.account_by_id(id).is_some_and(|ix| *estate.account(ix).presence() == Presence::Collected)
    }

    fn add_account(&mut self, id: AccountId) {
        if !self.is_collected(id) {
            self.found.others.insert((EdgeKind::AssumeRole, Source::Account(id)));
        }
        if let Some(account) = self.estate.account_by_id(id) {
            self.index.holders_in(account, &self.arn, &mut self.found.classes);
        }
    }

    /// Everybody: those of the role's own account need no Allow of their own, others do.
    fn add_everyone(&mut self, statement: Option<&Statement>) {
        self.found.others.insert((EdgeKind::AssumeRole, Source::Everyone));
        let own = self.estate.principal(self.role).account();
        match statement.and_then(pinned_accounts) {
            None => {
                self.found.classes.extend(self.estate.classes_of(own));
                self.index.holders_anywhere(&self.arn, &mut self.found.classes);
                let unread = self.estate.accounts().iter().filter(|a| a.presence().gap().is_some());
                let unread: Vec<_> = unread.map(|a| (EdgeKind::AssumeRole, Source::Account(a.id()))).collect();
                self.found.others.extend(unread);
            }
            Some(accounts) => {
                for id in accounts {
                    self.add_account(id);
                    if self.estate.account_by_id(id) == Some(own) {
                        self.found.classes.extend(self.estate.classes_of(own));
                    }
                }
            }
        }
    }

    fn add_provider(&mut self, name: &str, statement: &Statement) {
        let named = Arn::parse(name).map(|a| a.named());
        let saml = matches!(named, Some(Named::SamlProvider { .. }));
        let (kind, action) = if saml {
            (EdgeKind::Saml, &*sts::ASSUME_ROLE_WITH_SAML)
        } else {
            (EdgeKind::WebIdentity, &*sts::ASSUME_ROLE_WITH_WEB_IDENTITY)
        };
        let facts = self.estate.account(self.estate.principal(self.role).account()).facts();
        let listed = if saml { &facts.saml_providers } else { &facts.oidc_providers };
        // well-known issuers have no provider in the account; a provider that is not there vouches for nobody
        let missing = named.is_some() && listed.as_ref().is_some_and(|list| !list.iter().any(|arn| arn == name));
        if statement.actions.matches(action) && !missing {
            self.found.others.insert((kind, Source::Provider(name.into())));
        }
    }

    fn decide(self, trust_differs: bool) -> Vec<Edge> {
        let mut edges = Vec::new();
        let estate = self.estate;
        let role_account = estate.account(estate.principal(self.role).account());
        let differs = trust_differs || self.guardrails_differ(role_account.rcps());
        for class in &self.found.classes {
            let members = estate.class(*class).members();
            let special = members.iter().any(|m| self.found.named.contains(m));
            let class_differs = members.len() > 1 && (differs || self.class_differs(*class));
            if !special && !class_differs {
                edges.extend(self.edge(EdgeKind::AssumeRole, Source::Class(*class)));
                continue;
            }
            let rest: Vec<PrincipalIx> = members.iter().copied().filter(|m| !self.found.named.contains(m)).collect();
            if class_differs || differs {
                edges.extend(rest.iter().filter_map(|m| self.edge(EdgeKind::AssumeRole, Source::Principal(*m))));
            } else if let Some(edge) = rest.first().and_then(|m| self.edge(EdgeKind::AssumeRole, Source::Principal(*m)))
            {
                edges.extend(rest.iter().map(|m| Edge { from: Source::Principal(*m), ..edge.clone() }));
            }
        }
        edges.extend(self.found.named.iter().filter_map(|m| self.edge(EdgeKind::AssumeRole, Source::Principal(*m))));
        edges.extend(self.found.others.iter().filter_map(|(kind, source)| self.edge(*kind, source.clone())));
        edges.sort_by(|a, b| (&a.from, a.kind).cmp(&(&b.from, b.kind)));
        edges
    }

    /// Whether members of a class can fare differently under their own policies or guardrails.
    fn class_differs(&self, class: ClassIx) -> bool {
        let class = self.estate.class(class);
        let index = &self.index;
        let own = class.policies().iter().chain(class.boundary()).any(|a| index.differs(a.document));
        let services = |m: &PrincipalIx| self.estate.principal(*m).is_service_linked();
        own || self.guardrails_differ(self.estate.account(class.account()).scps())
            || class.members().iter().any(services)
    }

    fn guardrails_differ(&self, guardrails: &Guardrails) -> bool {
        guardrails.levels().iter().flatten().any(|g| self.index.differs(g.document))
    }

    /// Decides one candidate; `None` where it is denied however it calls.
    fn edge(&self, kind: EdgeKind, from: Source) -> Option<Edge> {
        let estate = self.estate;
        let action = match kind {
            EdgeKind::AssumeRole | EdgeKind::Service => &*sts::ASSUME_ROLE,
            EdgeKind::Saml => &*sts::ASSUME_ROLE_WITH_SAML,
            EdgeKind::WebIdentity => &*sts::ASSUME_ROLE_WITH_WEB_IDENTITY,
        };
        let caller = from.caller(estate);
        let credentials = match caller {
            Caller::Principal(ix) if estate.principal(ix).kind() == PrincipalType::Role => Credential::OF_ROLE,
            _ => Credential::OF_USER,
        };
        let asked = |credentials, made| {
            let request = Question::new(estate, action, caller, credentials, self.role);
            decide(&request.by_made_session(made), &mut Trace::off())
        };
        // a session that a service made counts at the start of a walk alone
        let start = asked(credentials, false);
        let issued = matches!(caller, Caller::Principal(ix) if estate.principal(ix).kind() == PrincipalType::Role)
            && reads_maker(&start);
        let truth = |credentials| asked(credentials, issued);
        let free = if issued { truth(credentials) } else { start };
        let by_credential = free.keys().iter().any(|k| k.kind().depends_on_credential());
        let (free, by_mfa) = match caller {
            Caller::Principal(ix) if by_credential => match estate.principal(ix).kind() {
                PrincipalType::User => signing::of_user(signing::ways_of(estate, caller), truth),
                PrincipalType::Role => signing::of_role(free, truth),
            },
            _ => (Decision::new(free), None),
        };
        let issued = issued.then(|| Box::new(Decision::new(asked(Credential::RoleSession.alone(), false))));
        let edge = Edge { from, to: self.role, kind, free, by_mfa, issued };
        (!edge.is_dead()).then_some(edge)
    }
}

/// True where a decision reads what a session has from its maker, or cannot tell who may have made it.
fn reads_maker(truth: &Truth) -> bool {
    let kinds = [KeyKind::SessionKey, KeyKind::ProviderClaim, KeyKind::FederatedProvider];
    truth.keys().iter().any(|key| kinds.contains(&key.kind()))
        || truth.has_test(&|test| test.variable.kind() == KeyKind::Issuer)
        || !truth.unclear_parts().is_empty()
}

/// The accounts that an Allow for everybody is pinned to by `aws:PrincipalAccount` or `aws:PrincipalArn`; `None` where it
/// is not. All that is left out is surely denied by the same condition.
fn pinned_accounts(statement: &Statement) -> Option<BTreeSet<AccountId>> {
    statement.conditions.iter().find_map(|condition| {
        let positive = matches!(condition.operator.base, Base::Compare { negated: false, .. });
        let plain = condition.operator.quantifier.is_none() && !condition.operator.if_exists;
        if !positive || !plain {
            return None;
        }
        let account: fn(&str) -> Option<AccountId> = match condition.key.kind() {
            KeyKind::PrincipalAccount => AccountId::parse,
            KeyKind::PrincipalArn => |text| Arn::parse(text)?.account_id(),
            _ => return None,
        };
        condition.values.iter().map(|v| account(v.as_str())).collect()
    })
}
