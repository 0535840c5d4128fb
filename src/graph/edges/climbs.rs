//! Escalations into one role: ways by which a principal gets sessions of a role that no trust policy gives it.
//!
//! Owns: which of them are edges. One is direct, where the way itself gives sessions of the role (a changed trust, a passed role); or it
//! leads through somebody, itself included, whom it changes or whose key it makes, and who enters the role then. Decided as any other
//! edge, with every action of the way; MFA is never carried on. No edge starts at an administrator of the account, and none leads to
//! who is no stronger, or to whom the caller may assume anyway. Of several ways between the same two the surest is kept, and of those
//! the first of the table. INVARIANT: principals that hold none of the actions cost nothing.

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

use super::assume_role;
use super::call::EdgeCall;
use super::candidates::Candidates;
use super::escalation::{EscalationCall, attempt, credentials, edge, entered, truth};
use super::memo::{Attempted, Memo, RoleMemo};
use super::opened;
use crate::answer::Verdict;
use crate::escalation::{
    Alike, Binding, Climber, Escalations, Gains, MadeBy, MadeDoes, Raised, Then, WayIx, known_things, saml_providers,
};
use crate::eval::{Trace, Truth};
use crate::graph::decision::Decision;
use crate::graph::edge::{Edge, EdgeKind, Escalation};
use crate::graph::index::Index;
use crate::graph::source::Source;
use crate::ids::{AccountIx, ClassIx, PrincipalIx};
use crate::model::{Document, Estate, PrincipalType};
use crate::policy::Effect;
use crate::policy::principal::PrincipalEntry;

/// Every escalation into a role that is not denied.
pub(crate) fn into(facts: &Escalations<'_>, index: &Index, memo: &Memo, role: PrincipalIx) -> Vec<Edge> {
    let estate = facts.estate();
    if estate.principal(role).role().is_none() {
        return Vec::new();
    }
    let mut edges = opened::into(facts, role);
    let into = Finder {
        estate,
        facts,
        index,
        memo: memo.of_role(),
        role,
        candidates: OnceCell::new(),
        new_ones: RefCell::default(),
        settled: RefCell::default(),
        entered: RefCell::default(),
    };
    if !facts.is_of_aws(role) {
        into.climb(&mut edges);
    }
    into.take_over(&mut edges);
    if !facts.is_of_aws(role) {
        into.change_first(&mut edges);
    }
    best(edges)
}

/// The surest edge of each source, and of those the first that was met.
fn best(mut edges: Vec<Edge>) -> Vec<Edge> {
    edges.sort_by_key(|edge| (edge.from.clone(), edge.free().verdict(), edge.plain().verdict()));
    edges.dedup_by(|later, kept| later.from == kept.from);
    edges
}

pub(super) struct Finder<'f, 'e> {
    pub(super) estate: &'e Estate,
    pub(super) facts: &'f Escalations<'e>,
    index: &'f Index,
    memo: RoleMemo<'f>,
    pub(super) role: PrincipalIx,
    /// Whoever may assume it, once somebody asked.
    candidates: OnceCell<Candidates<'f>>,
    /// Whether new principals enter it, of those that fare alike.
    new_ones: RefCell<BTreeMap<Alike, MadeDoes>>,
    /// Of whom nothing more is asked: it has a sure way, or none is worth it.
    settled: RefCell<BTreeMap<Source, bool>>,
    /// Whether sessions that ways give enter the role.
    entered: RefCell<Vec<(Then<'e>, Truth)>>,
}

impl<'e> Finder<'_, 'e> {
    /// Every way of IAM and of what runs with roles.
    fn climb(&self, edges: &mut Vec<Edge>) {
        let own = self.estate.principal(self.role).account();
        for (class, way) in self.facts.direct(self.role) {
            self.direct(class, way, edges);
        }
        for account in self.trusted(own) {
            self.entering(account).into_iter().for_each(|raised| self.through(raised, edges));
            let made: Vec<&MadeBy> =
                self.facts.made(account).iter().filter(|made| self.is_more(made, account)).collect();
            let by_name = !made.is_empty() && self.tells_names_apart(account);
            made.into_iter().for_each(|made| self.made(made, by_name, edges));
        }
    }

    /// A way that gives sessions of the role by itself.
    fn direct(&self, class: ClassIx, way: WayIx, edges: &mut Vec<Edge>) {
        let attempts = match way.way().binding {
            _ if !self.may_matter(class, way) => 0,
            Binding::PassedRole | Binding::Compute if !self.facts.lets_in(self.role, way) => 0,
            Binding::Compute => u16::try_from(known_things(self.estate, way, self.role).count()).unwrap_or(u16::MAX),
            Binding::SamlProvider => {
                u16::try_from(saml_providers(self.estate, way, self.role).count()).unwrap_or(u16::MAX)
            }
            _ => 1,
        };
        if attempts == 0 {
            return;
        }
        let sources = self.facts.climbers(class, way.way()).flat_map(|climber| self.gaining(climber, None));
        for from in sources {
            let edge = |nth| self.edge(from.clone(), Escalation { way, through: None, nth, further: None });
            // the surest is enough
            for edge in (0..attempts).filter_map(edge) {
                let is_sure = edge.free().verdict() == Verdict::Allowed;
                edges.push(edge);
                if is_sure {
                    break;
                }
            }
        }
    }

    /// False for ways that change tags where nothing reads them.
    fn may_matter(&self, class: ClassIx, way: WayIx) -> bool {
        way.way().retags().is_none() || self.facts.reads_changed_tags(way.way(), class, Some(self.role))
    }

    /// Somebody who is changed, and enters the role then.
    fn through(&self, raised: &Raised, edges: &mut Vec<Edge>) {
        let (estate, by) = (self.estate, raised.climber.by);
        if raised.through == self.role || !self.may_matter(estate.principal(by).class(), raised.way) {
            return;
        }
        let sources = self.gaining(raised.climber, Some(raised.through));
        if sources.is_empty() {
            return;
        }
        let escalation = Escalation { way: raised.way, through: Some(raised.through), nth: raised.nth, further: None };
        let call = EscalationCall { from: &Source::Principal(by), escalation, to: self.role };
        let Some(attempt) = attempt(estate, call) else { return };
        let signed = credentials(estate, by);
        let otherwise = || attempt.lets_in(estate, &mut Trace::off()).and(attempt.truth(estate, signed));
        let truth = if signed == attempt.credentials(estate) { raised.truth.clone() } else { otherwise() };
        let enters = |signed| {
            attempt.then(estate, signed, raised.may_change_trust).map_or(Truth::False, |then| self.enters(then))
        };
        let truth = entered(estate, &attempt, truth, self.role, signed, enters);
        edges.extend(sources.into_iter().filter_map(|from| self.decided(from, escalation, truth.clone())));
    }

    /// Whether these sessions enter the role: decided once, whoever got them and on which way.
    fn enters(&self, then: Then<'e>) -> Truth {
        if let Some((_, truth)) = self.entered.borrow().iter().find(|(known, _)| *known == then) {
            return truth.clone();
        }
        let (truth, _) = then.enters(self.estate, self.role, &mut Trace::off());
        self.entered.borrow_mut().push((then, truth.clone()));
        truth
    }

    /// Somebody who makes a principal that enters the role; `by_name` where names may count beyond what tests of them say.
    fn made(&self, made: &MadeBy, by_name: bool, edges: &mut Vec<Edge>) {
        let mut known = self.new_ones.borrow_mut();
        let does = known.entry(made.alike(by_name)).or_insert_with(|| made.enters(self.estate, self.role));
        if does.is_denied() {
            return;
        }
        let by = made.climber.by;
        let sources = self.gaining(made.climber, None);
        if sources.is_empty() {
            return;
        }
        let truth = made.and(self.estate, credentials(self.estate, by), does);
        let escalation = Escalation { way: made.way, through: None, nth: made.nth, further: None };
        edges.extend(sources.into_iter().filter_map(|from| self.decided(from, escalation, truth.clone())));
    }

    /// Whether who is made in an account can be more for the role than its maker. An administrator needs the sessions of those of its
    /// own account alone that lead to others.
    fn is_more(&self, made: &MadeBy, home: AccountIx) -> bool {
        let is_at_home = home == self.estate.principal(self.role).account();
        match made.gains {
            Gains::Anywhere => true,
            _ if is_at_home => self.facts.counts_abroad(self.role, self.estate.principal(made.climber.by).class()),
            Gains::Abroad => true,
            Gains::WhereToldApart => self.facts.tells_callers_apart(self.role, home),
        }
    }

    /// Whether names of new principals of an account may count here beyond what tests of fixed values say.
    fn tells_names_apart(&self, home: AccountIx) -> bool {
        let (estate, index) = (self.estate, self.index);
        let own = estate.principal(self.role);
        [PrincipalType::User, PrincipalType::Role].into_iter().any(|kind| {
            own.role().is_some_and(|facts| index.differs(facts.trust, kind))
                || index.differ(estate.account(own.account()).rcps(), kind)
                || index.differ(estate.account(home).scps(), kind)
        })
    }

    /// Those who have something of the role then that they have not by themselves: a class together, unless the role's side tells its
    /// members apart, or the role is one of them, or whom they turn on.
    pub(super) fn gaining(&self, climber: Climber, through: Option<PrincipalIx>) -> Vec<Source> {
        let gains = |from: &Source| self.is_worth_it(from);
        let is_out = |ix: &PrincipalIx| *ix == self.role || Some(*ix) == through;
        let Some(class) = climber.alike else {
            let by = Some(climber.by).filter(|by| *by != self.role).map(Source::Principal);
            return by.filter(gains).into_iter().collect();
        };
        let is_in_class = |ix: PrincipalIx| self.estate.principal(ix).class() == class;
        if !is_in_class(self.role) && !through.is_some_and(is_in_class) && !self.tells_apart(class) {
            return Some(Source::Class(class)).filter(gains).into_iter().collect();
        }
        let members = self.estate.class(class).members().iter().filter(|member| !is_out(member));
        members.map(|member| Source::Principal(*member)).filter(gains).collect()
    }

    /// Whether members of a class may fare differently where they assume the role.
    fn tells_apart(&self, class: ClassIx) -> bool {
        let (estate, index) = (self.estate, self.index);
        let kind = estate.class(class).kind();
        let own = estate.principal(self.role);
        let is_named = || self.candidates().principals.iter().any(|ix| estate.principal(*ix).class() == class);
        index.class_differs(class)
            || own.role().is_some_and(|facts| index.differs(facts.trust, kind))
            || index.differ(estate.account(own.account()).rcps(), kind)
            || is_named()
    }

    /// Those of an account who are raised and may enter the role then: a user whose key is made enters the roles that it could enter
    /// before, and those whose trust policy it may change.
    fn entering(&self, account: AccountIx) -> Vec<&Raised> {
        let raised = self.facts.raised(account);
        let callers = if raised.has_users() { self.callers(account) } else { BTreeSet::new() };
        raised.of(&callers, account == self.estate.principal(self.role).account())
    }

    pub(super) fn candidates(&self) -> &Candidates<'_> {
        self.candidates.get_or_init(|| {
            let arn = self.estate.arn(self.role).into();
            let mut found = Candidates::new(self.estate, self.index, self.role, &arn);
            assume_role::candidates(&mut found);
            found
        })
    }

    /// The classes of an account's users that are candidates for AssumeRole.
    pub(super) fn callers(&self, account: AccountIx) -> BTreeSet<ClassIx> {
        let (estate, index) = (self.estate, self.index);
        let found = self.candidates();
        let of_account = |ix: &&PrincipalIx| estate.principal(**ix).account() == account;
        let named = found.principals.iter().filter(of_account).map(|ix| estate.principal(*ix).class());
        let mut all = estate.classes_of(account);
        let classes = all.next().map(|first| found.classes.range(first..=all.next_back().unwrap_or(first)));
        let mut callers: BTreeSet<ClassIx> = classes.into_iter().flatten().copied().chain(named).collect();
        if let Some(whom) = found.accounts.get(&account) {
            let called = index.called(estate, self.role, &found.arn);
            let groups = index.at_home(estate, account, PrincipalType::User, &called, whom.clone());
            callers.extend(groups.iter().flat_map(|group| group.classes()));
        }
        callers
    }

    fn edge(&self, from: Source, escalation: Escalation) -> Option<Edge> {
        let truth = self.truth(EscalationCall { from: &from, escalation, to: self.role });
        self.decided(from, escalation, truth)
    }

    pub(super) fn decided(&self, from: Source, escalation: Escalation, truth: Truth) -> Option<Edge> {
        let edge = edge(self.estate, from, escalation, self.role, truth)?;
        if edge.free().verdict() == Verdict::Allowed {
            self.settled.borrow_mut().insert(edge.from.clone(), true);
        }
        Some(edge)
    }

    fn truth(&self, call: EscalationCall<'_>) -> Truth {
        let of_role = attempt(self.estate, call)
            .filter(|attempt| call.escalation.through.is_none() && attempt.reads_target_alone());
        let question = of_role.as_ref().and_then(|attempt| attempt.about_target(self.estate));
        let Some((attempt, question)) = of_role.zip(question) else {
            return truth(self.estate, call, None, &mut Trace::off());
        };
        let key = Attempted { by: attempt.by, way: attempt.way, said: attempt.said_of_target(self.estate) };
        let signed = credentials(self.estate, attempt.by);
        let truth = self.memo.attempted(key, &question, |reads| attempt.noted(self.estate, signed, reads));
        let truth =
            if attempt.turns_on_profile(self.estate, &truth) { attempt.truth(self.estate, signed) } else { truth };
        truth.and(attempt.lets_in(self.estate, &mut Trace::off()))
    }

    /// Whether whoever this is has something of the role that it has not by itself, and no sure way to it yet.
    fn is_worth_it(&self, from: &Source) -> bool {
        let known = self.settled.borrow().get(from).copied();
        let is_settled = known.unwrap_or_else(|| {
            let is_settled = !self.gains(from);
            self.settled.borrow_mut().insert(from.clone(), is_settled);
            is_settled
        });
        !is_settled
    }

    fn gains(&self, from: &Source) -> bool {
        let Some(by) = from.members(self.estate).first() else { return false };
        let same_account = self.estate.principal(*by).account() == self.estate.principal(self.role).account();
        (!same_account || self.facts.is_stronger(self.role, *by)) && !self.assumes_anyway(from, *by)
    }

    fn assumes_anyway(&self, from: &Source, by: PrincipalIx) -> bool {
        let call = EdgeCall { from, kind: EdgeKind::AssumeRole, to: self.role };
        Decision::new(call.decide(self.estate, credentials(self.estate, by), false)).verdict() == Verdict::Allowed
    }

    /// The accounts of those whom the trust policy may let in, the role's own among them, where somebody climbs there.
    pub(super) fn trusted(&self, own: AccountIx) -> BTreeSet<AccountIx> {
        let climbing = self.facts.climbing_accounts();
        let mut found: BTreeSet<AccountIx> = BTreeSet::from([own]);
        let trust = self.estate.principal(self.role).role().map(|facts| facts.trust);
        let Some(Document::Parsed(ix)) = trust else { return climbing.clone() };
        let allows = self.estate.policy(ix).statements.iter().filter(|s| s.effect == Effect::Allow);
        for clause in allows.filter_map(|s| s.principal.as_ref()) {
            for entry in &clause.entries {
                match entry {
                    PrincipalEntry::Everyone => return climbing.clone(),
                    _ if clause.negated => return climbing.clone(),
                    PrincipalEntry::Account { id, .. } => found.extend(self.estate.account_by_id(*id)),
                    PrincipalEntry::Identity(arn) => {
                        let id = crate::arn::Arn::parse(arn).and_then(|arn| arn.account_id());
                        found.extend(id.and_then(|id| self.estate.account_by_id(id)));
                    }
                    PrincipalEntry::Session { account, .. } => found.extend(self.estate.account_by_id(*account)),
                    _ => {}
                }
            }
        }
        found.retain(|account| climbing.contains(account));
        found
    }
}
