//! Facts of an estate that attempts need, each computed when it is first asked for.
//!
//! Owns: who holds which actions, who is an administrator already, which roles trust a service, and the attempts that are worth a
//! question. May be shared among threads.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use super::actions::Actions;
use super::attempt::Attempt;
use super::names::policy_arn;
use super::power::{ALL, Asked, Strengths, administrator};
use super::service::lets_in;
use super::table::{Binding, Way, WayIx, ways};
use super::target::{Gain, Target};
use crate::eval::{Added, Truth};
use crate::id_vec::{IdVec, TableIndex};
use crate::ids::{AccountIx, ClassIx, PolicyIx, PrincipalIx};
use crate::model::{Attached, Document, Estate, Origin, PrincipalType};
use crate::policy::principal::PrincipalEntry;
use crate::policy::{Effect, Policy};

/// Roles by the service principal that they trust.
type ByService = BTreeMap<Box<str>, Vec<PrincipalIx>>;

/// Facts of an estate that attempts need.
#[derive(Debug)]
pub struct Escalations<'e> {
    estate: &'e Estate,
    of_policies: IdVec<PolicyIx, OnceLock<Actions>>,
    administrators: IdVec<ClassIx, OnceLock<Truth>>,
    /// Of each account, by service principal the roles that trust it.
    trusting: IdVec<AccountIx, OnceLock<ByService>>,
    strengths: Strengths<'e>,
}

impl<'e> Escalations<'e> {
    /// Nothing is computed yet.
    #[must_use]
    pub fn new(estate: &'e Estate) -> Self {
        Self {
            estate,
            of_policies: empty(estate.policy_count()),
            administrators: empty(estate.classes().len()),
            trusting: empty(estate.accounts().len()),
            strengths: Strengths::new(estate),
        }
    }

    /// The estate behind it.
    #[must_use]
    pub fn estate(&self) -> &'e Estate {
        self.estate
    }

    /// Whether a class is an administrator of its account, under conditions or without: nothing is above it there.
    #[must_use]
    pub fn is_administrator(&self, class: ClassIx) -> bool {
        self.administrator(class).assuming(false) != Truth::False
    }

    /// The same with what it depends on.
    pub(crate) fn administrator(&self, class: ClassIx) -> &Truth {
        // whoever goes a route to administrator holds the actions of some way
        let decided =
            || if self.may_administer(class) { self.administrator_with(class, Added::Nothing) } else { Truth::False };
        self.administrators[class].get_or_init(decided)
    }

    /// The same, where it had these policies beside its own.
    pub(crate) fn administrator_with(&self, class: ClassIx, added: Added<'e>) -> Truth {
        let asked = Asked::new(self.estate, class, ALL).map(|asked| asked.with(added));
        asked.map_or(Truth::False, |asked| administrator(&asked).truth)
    }

    /// Whether a principal may do something that another may not, or is let into roles by name.
    #[must_use]
    pub fn is_stronger(&self, one: PrincipalIx, than: PrincipalIx) -> bool {
        let class = |ix: PrincipalIx| self.estate.principal(ix).class();
        match (self.is_administrator(class(one)), self.is_administrator(class(than))) {
            (_, true) => false,
            (true, false) => true,
            (false, false) => self.strengths.is_stronger(one, than),
        }
    }

    /// The actions of the table that the policies of a class, and its boundary, may allow.
    fn held(&self, class: ClassIx) -> Actions {
        let of = self.estate.class(class);
        let own = of.policies().iter().fold(Actions::default(), |all, attached| all.or(self.allowed_by(attached)));
        of.boundary().map_or(own, |boundary| own.and(self.allowed_by(boundary)))
    }

    fn may_administer(&self, class: ClassIx) -> bool {
        let held = self.held(class);
        ways().any(|(ix, way)| {
            matches!(way.category.as_ref(), "self-escalation" | "principal-access")
                && held.has_all(Actions::needed_by(ix))
        })
    }

    fn allowed_by(&self, attached: &Attached) -> Actions {
        match attached.document {
            Document::Missing(_) => Actions::EVERY,
            Document::Parsed(ix) => *self.of_policies[ix].get_or_init(|| Actions::allowed_by(self.estate.policy(ix))),
        }
    }

    /// The ways of which a class holds every action, unless it is an administrator already.
    #[must_use]
    pub fn ways_of(&self, class: ClassIx) -> Vec<(WayIx, &'static Way)> {
        let held = self.held(class);
        if held == Actions::default() || self.is_service_linked(class) || self.is_administrator(class) {
            return Vec::new();
        }
        ways().filter(|(ix, _)| held.has_all(Actions::needed_by(*ix))).collect()
    }

    /// AWS itself acts with service-linked roles.
    fn is_service_linked(&self, class: ClassIx) -> bool {
        self.estate.class(class).members().first().is_some_and(|ix| self.estate.principal(*ix).is_service_linked())
    }

    /// Those of a class who are told apart by what their policies say of them: one by one; else the first stands for all.
    #[must_use]
    pub fn spokesmen(&self, class: ClassIx, way: &Way) -> &'e [PrincipalIx] {
        let members = self.estate.class(class).members();
        let is_own =
            matches!(way.binding, Binding::OwnRole | Binding::OwnUser | Binding::OwnBoundary | Binding::OwnDenies);
        if is_own || members.len() == 1 || self.differ(class, way) {
            members
        } else {
            members.get(..1).unwrap_or_default()
        }
    }

    /// True where a statement about an action of the way reads what members of a class need not share.
    fn differ(&self, class: ClassIx, way: &Way) -> bool {
        let layers = super::choice::layers(self.estate, class);
        let mut speaking = layers
            .iter()
            .flat_map(|policy| &policy.statements)
            .filter(|statement| way.steps.iter().any(|step| statement.actions.matches(&step.action)));
        speaking.any(|s| {
            let by_condition = s.conditions.iter().any(|c| c.keys().any(|key| key.kind().differs_within_class()));
            let by_resource =
                s.resources.iter().flat_map(|clause| clause.patterns.iter()).any(|text| text.has_variables());
            by_condition || by_resource
        })
    }

    /// The attempts of a principal on a way, whatever comes of them.
    #[must_use]
    pub fn attempts(&self, by: PrincipalIx, way: WayIx) -> Vec<Attempt<'e>> {
        let principal = self.estate.principal(by);
        let account = principal.account();
        let attempt = |target: Target<'e>| Attempt { by, way, target, added: Added::Nothing, policy: None };
        let of = |ix: PrincipalIx, gain| Target { arn: self.estate.arn(ix).into(), principal: Some(ix), gain };
        let kind = principal.kind();
        let others = |kind| self.others(by, kind);
        let given = |ix| if way.way().gives_any_policy { Gain::AnyPolicy(ix) } else { Gain::Is(ix) };
        match way.way().binding {
            Binding::OwnRole if kind == PrincipalType::Role => vec![attempt(of(by, Gain::AnyPolicy(by)))],
            Binding::OwnUser if kind == PrincipalType::User => vec![attempt(of(by, Gain::AnyPolicy(by)))],
            Binding::OwnGroup => self.groups(by, true).into_iter().map(attempt).collect(),
            Binding::OtherGroup => self.groups(by, false).into_iter().map(attempt).collect(),
            Binding::OwnPolicy => {
                let own = self.customer_policies(by).into_iter();
                own.map(|arn| attempt(Target { arn, principal: None, gain: Gain::AnyPolicy(by) })).collect()
            }
            Binding::OwnBoundary => {
                let speaks_of = way.way().steps.iter().all(|step| is_about(step.action.operation(), kind));
                let bounded = self.estate.class(principal.class()).boundary().is_some();
                if bounded && speaks_of { vec![attempt(of(by, Gain::Freed(by)))] } else { Vec::new() }
            }
            Binding::OwnDenies => self.denies(by, way),
            Binding::User => others(PrincipalType::User).map(|ix| attempt(of(ix, given(ix)))).collect(),
            Binding::Role => others(PrincipalType::Role).map(|ix| attempt(of(ix, given(ix)))).collect(),
            Binding::RolePolicy => others(PrincipalType::Role)
                .flat_map(|ix| {
                    self.customer_policies(ix).into_iter().map(move |arn| Target {
                        arn,
                        principal: None,
                        gain: Gain::AnyPolicy(ix),
                    })
                })
                .map(attempt)
                .collect(),
            Binding::PassedRole | Binding::Compute => {
                let service = way.way().service.as_deref().unwrap_or_default();
                let roles = self.trusting(account, service).iter().filter(|ix| **ix != by);
                roles.map(|ix| attempt(of(*ix, Gain::Is(*ix)))).collect()
            }
            Binding::Organization => {
                vec![attempt(Target { arn: "*".into(), principal: None, gain: Gain::Organization })]
            }
            Binding::OwnRole | Binding::OwnUser => Vec::new(),
        }
    }

    /// The other principals of the account that its own may change.
    fn others(&self, by: PrincipalIx, kind: PrincipalType) -> impl Iterator<Item = PrincipalIx> + use<'_, 'e> {
        let account = self.estate.principal(by).account();
        self.estate.principals_of(account).filter(move |ix| {
            let principal = self.estate.principal(*ix);
            *ix != by && principal.kind() == kind && !self.is_of_aws(*ix)
        })
    }

    /// True for roles that AWS alone changes.
    #[must_use]
    pub fn is_of_aws(&self, role: PrincipalIx) -> bool {
        let principal = self.estate.principal(role);
        principal.is_service_linked() || principal.path().starts_with("/aws-reserved/")
    }

    fn groups(&self, by: PrincipalIx, own: bool) -> Vec<Target<'e>> {
        let principal = self.estate.principal(by);
        if principal.kind() != PrincipalType::User || !principal.knows_groups() {
            return Vec::new();
        }
        let is_in = |name: &str| principal.groups().iter().any(|own| own.eq_ignore_ascii_case(name));
        let groups = self.estate.account(principal.account()).facts().groups.iter();
        let gain = |group| if own { Gain::AnyPolicy(by) } else { Gain::Joins(by, group) };
        groups
            .filter(|group| is_in(&group.name) == own)
            .map(|group| Target { arn: group.arn.as_str().into(), principal: None, gain: gain(group) })
            .collect()
    }

    /// The customer managed policies that a principal has, by itself or by a group.
    fn customer_policies(&self, ix: PrincipalIx) -> Vec<std::sync::Arc<str>> {
        let principal = self.estate.principal(ix);
        let account = self.estate.account(principal.account());
        let managed = self.estate.class(principal.class()).policies().iter().filter(|attached| {
            matches!(attached.origin, Origin::Managed | Origin::GroupManaged(_))
                && !attached.is_aws_managed
                && !attached.stands_for_unread()
        });
        managed.map(|attached| policy_arn(account, &attached.name, false).into()).collect()
    }

    /// Policies of a principal itself that only deny.
    fn denies(&self, by: PrincipalIx, way: WayIx) -> Vec<Attempt<'e>> {
        let principal = self.estate.principal(by);
        let account = self.estate.account(principal.account());
        let operation = way.way().steps.first().map(|step| step.action.operation()).unwrap_or_default();
        if !is_about(operation, principal.kind()) {
            return Vec::new();
        }
        let wanted = if operation.starts_with("detach") { Origin::Managed } else { Origin::Inline };
        let only_denies = |attached: &&Attached| match attached.document {
            Document::Parsed(ix) => only_denies(self.estate.policy(ix)),
            Document::Missing(_) => false,
        };
        let own = self.estate.class(principal.class()).policies().iter().filter(|attached| attached.origin == wanted);
        own.filter(only_denies)
            .map(|attached| Attempt {
                by,
                way,
                target: Target { arn: self.estate.arn(by).into(), principal: Some(by), gain: Gain::Freed(by) },
                added: Added::Nothing,
                policy: Some(policy_arn(account, &attached.name, attached.is_aws_managed).into()),
            })
            .collect()
    }

    /// The roles of an account that trust a service and that somebody may pass to it.
    #[must_use]
    pub fn trusting(&self, account: AccountIx, service: &str) -> &[PrincipalIx] {
        let all = self.trusting[account].get_or_init(|| {
            let mut found = ByService::new();
            let wanted: BTreeSet<&str> = ways().filter_map(|(_, way)| way.service.as_deref()).collect();
            let roles = self.estate.principals_of(account).filter(|ix| self.estate.principal(*ix).role().is_some());
            for role in roles.filter(|role| !self.is_of_aws(*role)) {
                for service in self.named_services(role).into_iter().filter(|name| wanted.contains(&**name)) {
                    if lets_in(self.estate, role, &service).assuming(true) != Truth::False {
                        found.entry(service).or_default().push(role);
                    }
                }
            }
            found
        });
        all.get(service).map(Vec::as_slice).unwrap_or_default()
    }

    /// The services that a trust policy names.
    fn named_services(&self, role: PrincipalIx) -> BTreeSet<Box<str>> {
        let Some(Document::Parsed(trust)) = self.estate.principal(role).role().map(|facts| facts.trust) else {
            return BTreeSet::new();
        };
        let allows = self.estate.policy(trust).statements.iter().filter(|s| s.effect == Effect::Allow);
        let entries = allows
            .filter_map(|s| s.principal.as_ref())
            .filter(|clause| !clause.negated)
            .flat_map(|clause| &clause.entries);
        entries
            .filter_map(|entry| if let PrincipalEntry::Service(name) = entry { Some((**name).into()) } else { None })
            .collect()
    }

    /// Whether the service of a way may make sessions of the role that is passed.
    #[must_use]
    pub fn trusts_service(&self, attempt: &Attempt<'e>) -> Truth {
        match (attempt.way.way().binding, attempt.way.way().service.as_deref(), attempt.target.principal) {
            (Binding::PassedRole | Binding::Compute, Some(service), Some(role)) => lets_in(self.estate, role, service),
            _ => Truth::True,
        }
    }
}

/// Whether an operation of IAM is about users, or roles.
fn is_about(operation: &str, kind: PrincipalType) -> bool {
    operation.contains(match kind {
        PrincipalType::User => "user",
        PrincipalType::Role => "role",
    })
}

fn only_denies(policy: &Policy) -> bool {
    !policy.statements.is_empty() && policy.statements.iter().all(|statement| statement.effect == Effect::Deny)
}

/// A table of what is not computed yet.
fn empty<Ix: TableIndex, T>(len: usize) -> IdVec<Ix, OnceLock<T>> {
    let mut table = IdVec::with_capacity(len);
    (0..len).for_each(|_| _ = table.push(OnceLock::new()));
    table
}
