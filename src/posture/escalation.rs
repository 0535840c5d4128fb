//! Who can escalate to what: the attempts of an account that lead somewhere.
//!
//! Owns: what counts as *more privileged* for a rule: an administrator, somebody who reads any data or stops logging, where the caller
//! does not. That is narrower than what counts for a path, where any permission that the caller lacks may lead on: a rule is read by
//! somebody who has to change something. Does not know how rules tell it.

use std::collections::{BTreeMap, HashSet};
use std::sync::OnceLock;

use crate::answer::Evidence;
use crate::escalation::{
    Alike, Attempt, Binding, Escalations, Gain, MadeDoes, Way, WayIx, administers_for, needs_mfa, without_mfa,
};
use crate::eval::{Added, Replaced, Trace, Truth};
use crate::id_vec::IdVec;
use crate::ids::{AccountIx, ClassIx, PrincipalIx};
use crate::model::{Attached, Estate, Group, PrincipalType};
use crate::policy::action::Action;
use crate::policy::{Effect, shadow};
use crate::posture::entry::{self, Can};
use crate::posture::power::{Power, Powers};

/// What somebody has after a way that it had not before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reached {
    /// Every permission of the account.
    Administrator,
    /// Whatever its buckets, tables and secrets hold.
    AnyData,
    /// An end to what CloudTrail records.
    Logging,
    /// What its boundary, or a Deny of its own, held back, where that is none of these.
    Freed,
    /// Accounts of the organization.
    Organization,
}

/// A way that is open to some principals of one class, to one target.
#[derive(Clone, Debug)]
pub(crate) struct Climb<'e> {
    /// At least one, in order.
    pub(crate) by: Vec<PrincipalIx>,
    pub(crate) attempt: Attempt<'e>,
    pub(crate) can: Can,
    pub(crate) truth: Truth,
    pub(crate) reached: Reached,
}

impl Climb<'_> {
    /// True where nothing more is asked for.
    pub(crate) fn is_sure(&self) -> bool {
        self.can == Can::Yes && self.truth == Truth::True
    }
}

/// The climbs of an estate, each account's computed when it is first asked for. May be shared among threads.
#[derive(Debug)]
pub(crate) struct Climbs<'e> {
    facts: Escalations<'e>,
    of_accounts: IdVec<AccountIx, OnceLock<Vec<Climb<'e>>>>,
}

impl<'e> Climbs<'e> {
    pub(crate) fn new(estate: &'e Estate) -> Self {
        let mut of_accounts = IdVec::with_capacity(estate.accounts().len());
        (0..estate.accounts().len()).for_each(|_| _ = of_accounts.push(OnceLock::new()));
        Self { facts: Escalations::new(estate), of_accounts }
    }

    /// Those of an account, by class and way.
    pub(crate) fn of(&self, account: AccountIx, powers: &Powers<'e>) -> &[Climb<'e>] {
        self.of_accounts[account].get_or_init(|| Survey::new(&self.facts, account, powers).climbs())
    }

    /// The statements that allow each action of a climb.
    pub(crate) fn proof(&self, climb: &Climb<'e>) -> Vec<(&'static Action, Vec<Evidence>)> {
        climb.attempt.proof(self.facts.estate())
    }

    /// The facts behind the climbs.
    pub(crate) fn facts(&self) -> &Escalations<'e> {
        &self.facts
    }
}

/// One account, with what is known of its principals.
struct Survey<'f, 'e> {
    facts: &'f Escalations<'e>,
    powers: &'f Powers<'e>,
    account: AccountIx,
    /// Whether a class is an administrator once it has any policy.
    with_any: BTreeMap<(ClassIx, Replaced<'e>), Truth>,
    /// Of whom it is not known whether it climbs by way of a role whose trust policy was not read, on ways of one kind.
    in_doubt: HashSet<(PrincipalIx, Binding)>,
}

impl<'f, 'e> Survey<'f, 'e> {
    fn new(facts: &'f Escalations<'e>, account: AccountIx, powers: &'f Powers<'e>) -> Self {
        Self { facts, powers, account, with_any: BTreeMap::new(), in_doubt: HashSet::new() }
    }

    fn climbs(mut self) -> Vec<Climb<'e>> {
        let mut found = Vec::new();
        let mut makers = Vec::new();
        for class in self.facts.estate().classes_of(self.account) {
            self.in_doubt.clear();
            let (making, others): (Vec<_>, Vec<_>) =
                self.facts.ways_of(class).into_iter().partition(|(_, way)| way.makes().is_some());
            for (ix, way) in others {
                self.of_way(class, ix, way, &mut found);
            }
            let making = making.into_iter().filter(|(_, way)| self.facts.leads_on(self.account, way));
            makers.push((class, making.map(|(ix, _)| ix).collect::<Vec<WayIx>>()));
        }
        self.of_makers(&makers, &mut found);
        found
    }

    /// Those who make an administrator: of each, by each way, the surest attempt.
    fn of_makers(&self, makers: &[(ClassIx, Vec<WayIx>)], found: &mut Vec<Climb<'e>>) {
        let estate = self.facts.estate();
        let mut known = BTreeMap::<Alike, MadeDoes>::new();
        let mut best = BTreeMap::<(PrincipalIx, WayIx), Climb<'e>>::new();
        // administrators are not among them: what one gains abroad is no power in its account
        let makers = makers.iter().filter(|(_, ways)| !ways.is_empty()).map(|(class, ways)| (*class, ways.as_slice()));
        for made in &self.facts.made_by(self.account, makers) {
            let attempt = made.attempt(estate);
            let key = (attempt.by, attempt.way);
            if best.get(&key).is_some_and(|climb| climb.can == Can::Yes) {
                continue;
            }
            let does = known.entry(made.alike(true)).or_insert_with(|| made.administers(estate));
            let truth = made.and(estate, attempt.credentials(estate), does);
            let can = entry::can(&truth);
            if can == Can::No || can == Can::Perhaps && best.contains_key(&key) {
                continue;
            }
            let members = made.climber.alike.map(|class| estate.class(class).members().to_vec());
            let by = signing(estate, &truth, members.unwrap_or_else(|| vec![attempt.by]));
            if by.is_empty() {
                continue;
            }
            best.insert(key, Climb { by, attempt, can, truth, reached: Reached::Administrator });
        }
        found.extend(best.into_values());
    }

    fn of_way(&mut self, class: ClassIx, ix: WayIx, way: &'static Way, found: &mut Vec<Climb<'e>>) {
        let is_wanted = way.is_decided() || way.binding == Binding::Compute;
        if !is_wanted {
            return;
        }
        let spokesmen = self.facts.spokesmen(class, way);
        for by in spokesmen {
            let members = self.facts.estate().class(class).members();
            let all = || if spokesmen.len() == members.len() { vec![*by] } else { members.to_vec() };
            for attempt in self.facts.attempts_if(*by, ix, |target| self.is_more(target, class)) {
                let Some(climb) = self.climb(class, attempt, all) else { continue };
                let is_enough = climb.reached == Reached::Organization && climb.can == Can::Yes;
                found.push(climb);
                // one thing that lets it in is enough
                if is_enough {
                    break;
                }
            }
            // of roles that nobody knows more of, one leaves it open
            if self.in_doubt.contains(&(*by, way.binding)) {
                continue;
            }
            let unread = self.facts.attempts_on_unread(*by, ix);
            if let Some(climb) = unread.into_iter().find_map(|attempt| self.climb(class, attempt, all)) {
                self.in_doubt.insert((*by, way.binding));
                found.push(climb);
            }
        }
    }

    /// An attempt of a class that leads somewhere, and may succeed.
    fn climb(
        &mut self,
        class: ClassIx,
        attempt: Attempt<'e>,
        by: impl FnOnce() -> Vec<PrincipalIx>,
    ) -> Option<Climb<'e>> {
        let estate = self.facts.estate();
        if !self.may_matter(class, &attempt) {
            return None;
        }
        let (reached, is_reached) = self.reached(class, &attempt)?;
        let truth = is_reached.and(attempt.lets_in(estate, &mut Trace::off()));
        let truth = truth.and(attempt.truth(estate, attempt.credentials(estate)));
        let can = match entry::can(&truth) {
            Can::No => return None,
            _ if self.leads_there_anyway(&attempt) => return None,
            Can::Yes if reached == Reached::Organization && self.administers(attempt.way).is_none() => Can::Perhaps,
            can => can,
        };
        let by = signing(estate, &truth, by());
        (!by.is_empty()).then_some(Climb { by, attempt, can, truth, reached })
    }

    /// What the caller has then and had not before, and whether that is known; `None` where it is nothing.
    fn reached(&mut self, class: ClassIx, attempt: &Attempt<'e>) -> Option<(Reached, Truth)> {
        let estate = self.facts.estate();
        let class_of = |ix: PrincipalIx| estate.principal(ix).class();
        match attempt.target.gain {
            // it may be that nothing runs with the role: such a guess is worth telling of administrators alone
            Gain::Is(ix) if !attempt.is_about_what_exists() => administrator(self.facts.administrator(class_of(ix))),
            Gain::Is(ix) => self.more_as(ix, class),
            Gain::AnyPolicy(ix, replaced) => {
                let target = class_of(ix);
                // a role that is one already is reached without a change of its policies
                let is_already = ix != attempt.by && self.facts.is_administrator(target);
                if is_already { None } else { administrator(&self.with_any(target, replaced)) }
            }
            // who is one already is taken over as it is
            Gain::Joins(ix, _) if ix != attempt.by && self.facts.is_administrator(class_of(ix)) => None,
            Gain::Joins(ix, group) => {
                administrator(&self.facts.administrator_with(class_of(ix), Added::Policies(&group.policies)))
            }
            Gain::JoinsWithAny(_, group, replaced) => {
                let added = Added::AnythingAmong(&group.policies, replaced);
                administrator(&self.facts.administrator_with(class, added))
            }
            Gain::Freed(_, policy) => Some(self.freed(class, Added::Without(policy))),
            Gain::Leaves(_, group) => {
                let freed = self.freed(class, Added::Left(&group.name));
                (freed.0 != Reached::Freed || self.is_held_back(class, group)).then_some(freed)
            }
            Gain::Unbounded(ix) if ix == attempt.by => Some(self.freed(class, Added::Unbounded)),
            Gain::Unbounded(ix) => self.unlimited(class, class_of(ix), Added::Unbounded),
            Gain::Retagged(_) => administrator(&self.retagged(class, attempt)),
            // they are found together
            Gain::Makes(_) => None,
            Gain::Organization if self.administers(attempt.way) == Some(false) => None,
            Gain::Organization => Some((Reached::Organization, Truth::True)),
        }
    }

    /// What a principal has that a class has not.
    fn more_as(&self, ix: PrincipalIx, class: ClassIx) -> Option<(Reached, Truth)> {
        let target = self.facts.estate().principal(ix).class();
        more(self.facts.administrator(target), self.powers.of(target), &[self.powers.of(class)])
    }

    /// Whether that is anything.
    fn is_more(&self, ix: PrincipalIx, class: ClassIx) -> bool {
        self.more_as(ix, class).is_some()
    }

    /// Whether people are let into accounts from here on a way, if that is known: elsewhere such calls are refused.
    fn administers(&self, way: WayIx) -> Option<bool> {
        administers_for(self.facts.estate(), self.account, way)
    }

    fn with_any(&mut self, class: ClassIx, replaced: Replaced<'e>) -> Truth {
        let decided = || self.facts.administrator_with(class, Added::Anything(replaced));
        self.with_any.entry((class, replaced)).or_insert_with(decided).clone()
    }

    /// What the caller itself has without a limit of its own: that it is gone, if nothing more is sure.
    fn freed(&self, class: ClassIx, without: Added<'e>) -> (Reached, Truth) {
        let sure = self.unlimited(class, class, without).filter(|(_, truth)| *truth == Truth::True);
        sure.unwrap_or((Reached::Freed, Truth::True))
    }

    /// False for ways that change tags where nothing reads them.
    fn may_matter(&self, class: ClassIx, attempt: &Attempt<'e>) -> bool {
        let way = attempt.way.way();
        if way.retags().is_none() {
            return true;
        }
        let role = attempt.target.gain.principal().filter(|_| !way.binding.is_own());
        self.facts.reads_changed_tags(way, class, role)
    }

    /// True for ways that change tags of a role where all else is allowed as it is.
    fn leads_there_anyway(&self, attempt: &Attempt<'e>) -> bool {
        let (estate, way) = (self.facts.estate(), attempt.way.way());
        let changes = way.retags().is_some() && !way.binding.is_own();
        changes && !attempt.needs_other_tags(estate, attempt.credentials(estate))
    }

    /// Whether the caller is an administrator with tags that it gives itself.
    fn retagged(&self, class: ClassIx, attempt: &Attempt<'e>) -> Truth {
        let estate = self.facts.estate();
        let then = self.facts.administrator_with(class, Added::Retagged);
        attempt.retags_and(estate, attempt.credentials(estate), &then)
    }

    /// Whether a group denies something that other policies of a class may allow.
    fn is_held_back(&self, class: ClassIx, group: &Group) -> bool {
        let estate = self.facts.estate();
        let policy = |attached: &'e Attached| attached.document.parsed().map(|ix| estate.policy(ix));
        let others = || estate.class(class).policies().iter().filter(|own| !own.is_of_group(&group.name));
        let allowed = || others().filter_map(policy).flat_map(shadow::allows);
        let of_group = group.policies.iter().filter_map(|own| own.document.parsed()).map(|ix| estate.policy(ix));
        let mut denies = of_group.flat_map(|policy| &policy.statements).filter(|s| s.effect == Effect::Deny);
        denies.any(|deny| allowed().any(|allow| shadow::may_meet(deny, allow)))
    }

    /// What a target that the caller enters anyway has without a limit of its own, and had not with it.
    fn unlimited(&self, class: ClassIx, target: ClassIx, without: Added<'e>) -> Option<(Reached, Truth)> {
        if self.facts.is_administrator(target) {
            return None;
        }
        let is_administrator = self.facts.administrator_with(target, without);
        let had = [self.powers.of(class), self.powers.of(target)];
        more(&is_administrator, &self.powers.without(target, without), &had)
    }
}

/// Those of a class who can sign so that this holds: roles that no user enters have no MFA.
fn signing(estate: &Estate, truth: &Truth, mut class: Vec<PrincipalIx>) -> Vec<PrincipalIx> {
    let is_role = |ix: &PrincipalIx| estate.principal(*ix).kind() == PrincipalType::Role;
    if needs_mfa(truth) && class.first().is_some_and(is_role) && entry::can(&without_mfa(truth)) == Can::No {
        class.retain(|role| entry::may_bring_mfa(estate, *role));
    }
    class
}

/// What somebody has then that it had in neither of these ways before.
fn more(is_administrator: &Truth, then: &Power, had: &[&Power]) -> Option<(Reached, Truth)> {
    let known = administrator(is_administrator);
    if known.as_ref().is_some_and(|(_, truth)| *truth == Truth::True) {
        return known;
    }
    let is_new = |of: fn(&Power) -> Can| of(then) == Can::Yes && had.iter().all(|had| of(had) == Can::No);
    if is_new(|power| power.broad_read.can()) {
        return Some((Reached::AnyData, Truth::True));
    }
    if is_new(|power| power.stops_logging.can()) {
        return Some((Reached::Logging, Truth::True));
    }
    known
}

/// An administrator, under conditions or without; where that is not known, what it depends on.
fn administrator(truth: &Truth) -> Option<(Reached, Truth)> {
    match entry::can(truth) {
        Can::Yes => Some((Reached::Administrator, Truth::True)),
        Can::Perhaps => Some((Reached::Administrator, truth.clone())),
        Can::No => None,
    }
}
