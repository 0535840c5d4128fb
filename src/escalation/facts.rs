//! Facts of an estate that attempts need, each computed when it is first asked for.
//!
//! Owns: who holds which actions, who is an administrator already, which roles trust a service, and the attempts that are worth a
//! question. May be shared among threads.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use super::actions::Actions;
use super::addressed::addressed;
use super::attempt::Attempt;
use super::attempts::attempts_on;
use super::choice::speaking;
use super::direct::Direct;
use super::made_by::MadeBy;
use super::own_trusts::OwnTrusts;
use super::power::{ALL, Asked, Covered, Strengths, administrator};
use super::provider;
use super::raised::{Climber, Opener, Raised, RaisedIn};
use super::service::{lets_in, services_of};
use super::table::{Binding, Way, WayIx, ways};
use super::tag_readers::TagReaders;
use rayon::prelude::*;

use crate::eval::{Added, Trace, Truth};
use crate::id_vec::{IdVec, TableIndex};
use crate::ids::{AccountIx, ClassIx, PolicyIx, PrincipalIx};
use crate::model::{Attached, Document, Estate, PrincipalType};

/// Classes with the ways that they can go.
type Climbing = Vec<(ClassIx, Vec<WayIx>)>;

/// Roles by the service principal that they trust; those that trust a SAML provider under [`SAML`], those of which nobody knows whom they
/// trust under [`UNREAD`].
type ByService = BTreeMap<Box<str>, Vec<PrincipalIx>>;

/// Stands for any SAML provider of an account.
const SAML: &str = "saml";

/// Stands for whatever a trust policy says that was not read.
pub(super) const UNREAD: &str = "unread";

/// Facts of an estate that attempts need.
#[derive(Debug)]
pub struct Escalations<'e> {
    estate: &'e Estate,
    of_policies: IdVec<PolicyIx, OnceLock<Actions>>,
    administrators: IdVec<ClassIx, OnceLock<Truth>>,
    covered: Covered<'e>,
    /// Of each account, by service principal the roles that trust it.
    trusting: IdVec<AccountIx, OnceLock<ByService>>,
    pub(super) strengths: Strengths<'e>,
    climbing: IdVec<AccountIx, OnceLock<Climbing>>,
    climbing_accounts: OnceLock<BTreeSet<AccountIx>>,
    direct: IdVec<AccountIx, OnceLock<Direct>>,
    own_trusts: IdVec<AccountIx, OnceLock<OwnTrusts>>,
    pub(super) raised: IdVec<AccountIx, OnceLock<RaisedIn>>,
    pub(super) openers: OnceLock<Vec<Opener>>,
    pub(super) unread_openers: OnceLock<BTreeSet<ClassIx>>,
    pub(super) raised_openers: OnceLock<Vec<Raised>>,
    pub(super) made: IdVec<AccountIx, OnceLock<Vec<MadeBy>>>,
    pub(super) becoming_anybody: IdVec<ClassIx, OnceLock<bool>>,
    pub(super) changing_others: IdVec<ClassIx, OnceLock<bool>>,
    tag_readers: OnceLock<TagReaders>,
}

impl<'e> Escalations<'e> {
    /// Nothing is computed yet.
    #[must_use]
    pub fn new(estate: &'e Estate) -> Self {
        Self {
            estate,
            of_policies: empty(estate.policy_count()),
            administrators: empty(estate.classes().len()),
            covered: Covered::new(estate),
            trusting: empty(estate.accounts().len()),
            strengths: Strengths::new(estate),
            climbing: empty(estate.accounts().len()),
            climbing_accounts: OnceLock::new(),
            direct: empty(estate.accounts().len()),
            own_trusts: empty(estate.accounts().len()),
            raised: empty(estate.accounts().len()),
            openers: OnceLock::new(),
            unread_openers: OnceLock::new(),
            raised_openers: OnceLock::new(),
            made: empty(estate.accounts().len()),
            becoming_anybody: empty(estate.classes().len()),
            changing_others: empty(estate.classes().len()),
            tag_readers: OnceLock::new(),
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
        let decided = || {
            // whoever goes a route to administrator holds the actions of some way
            let covered = self.may_administer(class).then(|| self.covered.by(class));
            let asked = covered.and_then(|covered| Asked::new(self.estate, class, covered));
            asked.map_or(Truth::False, |asked| administrator(&asked).truth)
        };
        self.administrators[class].get_or_init(decided)
    }

    /// Whether what lets callers into a role, or keeps those of an account from it, tells them apart.
    pub(crate) fn tells_callers_apart(&self, role: PrincipalIx, home: AccountIx) -> bool {
        self.strengths.tells_callers_apart(role, home)
    }

    /// The same, where it had these policies beside its own, or no boundary.
    pub(crate) fn administrator_with(&self, class: ClassIx, added: Added<'e>) -> Truth {
        let asked = Asked::new(self.estate, class, ALL).map(|asked| asked.with(added));
        asked.map_or(Truth::False, |asked| administrator(&asked).truth)
    }

    /// Whether something reads the tags that a way changes: of a class its policies, its boundary and its SCPs, of a role what lets callers in.
    #[must_use]
    pub fn reads_changed_tags(&self, way: &Way, class: ClassIx, role: Option<PrincipalIx>) -> bool {
        self.tag_readers.get_or_init(|| TagReaders::of(self.estate)).read(self.estate, way, class, role)
    }

    /// Whether a principal may do something that another may not, or is let into roles by name.
    #[must_use]
    pub fn is_stronger(&self, one: PrincipalIx, than: PrincipalIx) -> bool {
        let class = |ix: PrincipalIx| self.estate.principal(ix).class();
        match (self.is_administrator(class(one)), self.is_administrator(class(than))) {
            // what its account has it has, but not what other accounts let a name do
            (_, true) => self.counts_abroad(one, class(than)) && self.strengths.is_stronger(one, than),
            (true, false) => true,
            (false, false) => self.strengths.is_stronger(one, than),
        }
    }

    /// The actions of the table that the policies of a class, and its boundary, may allow.
    pub(super) fn held(&self, class: ClassIx) -> Actions {
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
        if self.is_administrator(class) { Vec::new() } else { self.ways_held(class) }
    }

    /// The ways of which a class holds every action, an administrator too.
    pub(crate) fn ways_held(&self, class: ClassIx) -> Vec<(WayIx, &'static Way)> {
        let held = self.held(class);
        if held == Actions::default() || self.is_service_linked(class) {
            return Vec::new();
        }
        ways().filter(|(ix, _)| held.has_all(Actions::needed_by(*ix))).collect()
    }

    /// AWS itself acts with service-linked roles.
    fn is_service_linked(&self, class: ClassIx) -> bool {
        self.estate.class(class).members().first().is_some_and(|ix| self.estate.principal(*ix).is_service_linked())
    }

    /// Those of a class who are told apart by what their policies say of them, or who change themselves: one by one; else the first
    /// stands for all.
    #[must_use]
    pub fn spokesmen(&self, class: ClassIx, way: &Way) -> &'e [PrincipalIx] {
        let members = self.estate.class(class).members();
        if way.binding.is_own() || members.len() == 1 || self.differ(class, way) {
            members
        } else {
            members.get(..1).unwrap_or_default()
        }
    }

    /// The same, each with the class that it stands for.
    pub fn climbers(&self, class: ClassIx, way: &Way) -> impl Iterator<Item = Climber> + use<'e> {
        let spokesmen = self.spokesmen(class, way);
        let alike = (spokesmen.len() < self.estate.class(class).members().len()).then_some(class);
        spokesmen.iter().map(move |by| Climber { by: *by, alike })
    }

    /// True where a statement about an action of the way reads what members of a class need not share, or a trust policy tells them apart.
    fn differ(&self, class: ClassIx, way: &Way) -> bool {
        let account = self.estate.class(class).account();
        let own_trusts = || self.own_trusts[account].get_or_init(|| OwnTrusts::of(self.estate, account));
        if way.assumes() && own_trusts().tell_apart(self.estate.class(class).members()) {
            return true;
        }
        speaking(self.estate, class, way).into_iter().any(|s| {
            let by_condition = s.conditions.iter().any(|c| c.keys().any(|key| key.kind().differs_within_class()));
            let by_resource =
                s.resources.iter().flat_map(|clause| clause.patterns.iter()).any(|text| text.has_variables());
            by_condition || by_resource
        })
    }

    /// The attempts of a principal on a way, whatever comes of them.
    #[must_use]
    pub fn attempts(&self, by: PrincipalIx, way: WayIx) -> Vec<Attempt<'e>> {
        self.attempts_if(by, way, |_| true)
    }

    /// The same, on a way that gives sessions of others as they are only those of whom it is worth it.
    pub fn attempts_if(&self, by: PrincipalIx, way: WayIx, is_worth: impl Fn(PrincipalIx) -> bool) -> Vec<Attempt<'e>> {
        let is_tried = |target| !way.way().gives_others_as_they_are() || is_worth(target);
        let on = |target| if is_tried(target) { attempts_on(self.estate, by, way, target) } else { Vec::new() };
        match way.way().binding {
            Binding::User => self.addressed(by, PrincipalType::User, way).into_iter().flat_map(on).collect(),
            Binding::Role => self.addressed(by, PrincipalType::Role, way).into_iter().flat_map(on).collect(),
            Binding::UserPolicy | Binding::UserGroup | Binding::UserOtherGroup | Binding::UserBoundaryPolicy => {
                self.others(by, PrincipalType::User).flat_map(on).collect()
            }
            Binding::RolePolicy | Binding::RoleBoundaryPolicy => {
                self.others(by, PrincipalType::Role).flat_map(on).collect()
            }
            Binding::PassedRole | Binding::ChangedRole | Binding::Compute => {
                let service = way.way().service.as_deref().unwrap_or_default();
                let trusting = self.trusting(self.estate.principal(by).account(), service);
                match addressed(self.estate, by, PrincipalType::Role, way.way()) {
                    Some(few) => trusting.iter().copied().filter(|role| few.contains(role)).flat_map(on).collect(),
                    None => trusting.iter().copied().flat_map(on).collect(),
                }
            }
            Binding::SamlProvider => {
                self.trusting(self.estate.principal(by).account(), SAML).iter().copied().flat_map(on).collect()
            }
            Binding::Organization => Attempt::of_organization(self.estate, by, way),
            _ => on(by),
        }
    }

    /// Those of [`Escalations::others`] that the way can be about.
    fn addressed(&self, by: PrincipalIx, kind: PrincipalType, way: WayIx) -> Vec<PrincipalIx> {
        match addressed(self.estate, by, kind, way.way()) {
            Some(few) => few.into_iter().filter(|ix| self.is_other(by, *ix, kind)).collect(),
            None => self.others(by, kind).collect(),
        }
    }

    /// The other principals of the account that its own may change.
    fn others(&self, by: PrincipalIx, kind: PrincipalType) -> impl Iterator<Item = PrincipalIx> + use<'_, 'e> {
        let account = self.estate.principal(by).account();
        self.estate.principals_of(account).filter(move |ix| self.is_other(by, *ix, kind))
    }

    fn is_other(&self, by: PrincipalIx, ix: PrincipalIx, kind: PrincipalType) -> bool {
        ix != by && self.estate.principal(ix).kind() == kind && !self.is_of_aws(ix)
    }

    /// True for roles that AWS alone changes.
    #[must_use]
    pub fn is_of_aws(&self, role: PrincipalIx) -> bool {
        self.estate.principal(role).is_of_aws()
    }

    /// The roles of an account that trust a service and that somebody may pass to it, in order; those that trust a SAML provider,
    /// or that nobody knows of.
    #[must_use]
    pub fn trusting(&self, account: AccountIx, service: &str) -> &[PrincipalIx] {
        let all = self.trusting[account].get_or_init(|| {
            let mut found = ByService::new();
            let wanted: BTreeSet<&str> = ways().filter_map(|(_, way)| way.service.as_deref()).collect();
            let roles = self.estate.principals_of(account).filter(|ix| self.estate.principal(*ix).role().is_some());
            for role in roles.filter(|role| !self.is_of_aws(*role)) {
                if self.estate.unread_trust(role).is_some() {
                    found.entry(UNREAD.into()).or_default().push(role);
                }
                if !provider::saml_of(self.estate, role).is_empty() {
                    found.entry(SAML.into()).or_default().push(role);
                }
                for service in services_of(self.estate, role).into_iter().filter(|name| wanted.contains(&**name)) {
                    if lets_in(self.estate, role, &service, &mut Trace::off()).assuming(true) != Truth::False {
                        found.entry(service).or_default().push(role);
                    }
                }
            }
            found
        });
        all.get(service).map(Vec::as_slice).unwrap_or_default()
    }

    /// Whether a role trusts the service that it is passed to on a way.
    #[must_use]
    pub fn lets_in(&self, role: PrincipalIx, way: WayIx) -> bool {
        let service = way.way().service.as_deref().unwrap_or_default();
        self.trusting(self.estate.principal(role).account(), service).binary_search(&role).is_ok()
    }

    /// The classes of an account that hold every action of a way that leads to other sessions, with these ways.
    #[must_use]
    pub fn climbing(&self, account: AccountIx) -> &[(ClassIx, Vec<WayIx>)] {
        self.climbing[account].get_or_init(|| {
            let of = |class: ClassIx| -> Vec<WayIx> {
                let ways = if self.is_administrator(class) { self.ways_abroad(class) } else { self.ways_of(class) };
                ways.into_iter().filter(|(_, way)| self.leads_on(account, way)).map(|(ix, _)| ix).collect()
            };
            self.estate
                .classes_of(account)
                .map(|class| (class, of(class)))
                .filter(|(_, ways)| !ways.is_empty())
                .collect()
        })
    }

    /// The classes of a role's account that may get its sessions by a way alone, each with the way, in order.
    #[must_use]
    pub fn direct(&self, role: PrincipalIx) -> Vec<(ClassIx, WayIx)> {
        let account = self.estate.principal(role).account();
        self.direct[account].get_or_init(|| self.direct_of(account)).to(role)
    }

    fn direct_of(&self, account: AccountIx) -> Direct {
        let mut found = Direct::default();
        for (class, ways) in self.climbing(account) {
            for ix in ways.iter().filter(|ix| ix.way().is_direct()) {
                let spokesmen = self.spokesmen(*class, ix.way());
                let of = |by: &PrincipalIx| match ix.way().binding {
                    Binding::SamlProvider => Some(self.trusting(account, SAML).iter().copied().collect()),
                    _ => addressed(self.estate, *by, PrincipalType::Role, ix.way()),
                };
                let roles = spokesmen.iter().map(of).collect::<Option<Vec<BTreeSet<PrincipalIx>>>>();
                let mut roles: Option<BTreeSet<PrincipalIx>> = roles.map(|all| all.into_iter().flatten().collect());
                if self.is_administrator(*class) {
                    let is_about = |role: &PrincipalIx| roles.as_ref().is_none_or(|roles| roles.contains(role));
                    roles = Some(self.counting_abroad(*class).into_iter().filter(is_about).collect());
                }
                found.add((*class, *ix), roles);
            }
        }
        found
    }

    /// The accounts in which somebody climbs.
    #[must_use]
    pub fn climbing_accounts(&self) -> &BTreeSet<AccountIx> {
        self.climbing_accounts.get_or_init(|| {
            let all: Vec<AccountIx> = (0..self.estate.accounts().len()).map(AccountIx::new).collect();
            all.into_par_iter().filter(|account| !self.climbing(*account).is_empty()).collect()
        })
    }
}

/// A table of what is not computed yet.
fn empty<Ix: TableIndex, T>(len: usize) -> IdVec<Ix, OnceLock<T>> {
    let mut table = IdVec::with_capacity(len);
    (0..len).for_each(|_| _ = table.push(OnceLock::new()));
    table
}
