//! The ways of administrators: out of their accounts.
//!
//! Owns: which ways, and over whom. An administrator may do anything in its account once it has changed something, but it need not be
//! able to become whom other accounts let in by name: then others of its account who may change somebody count as more than it is.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use super::actions::UPDATE_TRUST;
use super::facts::Escalations;
use super::table::{Binding, Given, Way, WayIx};
use crate::ids::{ClassIx, PrincipalIx};
use crate::model::PrincipalType;
use crate::policy::action::Action;

static CREATE_KEY: LazyLock<Action> = LazyLock::new(|| Action::named("iam", "CreateAccessKey"));

impl Escalations<'_> {
    /// The ways of an administrator, all of which lead to other accounts: over those whom they let in, as they are or changed, over whom
    /// it makes, and over itself where its own policies keep it from there; over others of its account where it can make none.
    pub(super) fn ways_abroad(&self, class: ClassIx) -> Vec<(WayIx, &'static Way)> {
        let mut abroad = self.strengths.abroad_of(self.estate().class(class).account()).peekable();
        let is_needed = abroad.peek().is_some();
        let is_held_back = abroad.any(|ix| !self.strengths.asks_for_any_role(self.estate().principal(ix).class()));
        let lacks = !self.strengths.asks_for_any_role(class);
        let is_let_in = || self.estate().class(class).members().iter().any(|ix| self.strengths.is_abroad(*ix));
        let makes = self.makes(class);
        let (held, becomes_anybody) = (self.ways_held(class), self.becomes_anybody(class));
        let leads = |way: &Way| match way.binding {
            _ if way.makes().is_some() => !way.joins_group(),
            Binding::User if way.gives == Given::Nothing => is_needed,
            // a new principal has what tags it likes, but no trust policy names it
            binding if binding.is_own() => {
                lacks || is_needed && !becomes_anybody || way.retags().is_some() && is_let_in()
            }
            _ if way.retags().is_some() => false,
            _ if way.is_direct() => is_needed,
            Binding::Organization => lacks && !makes,
            _ => is_held_back || lacks && !makes,
        };
        held.into_iter().filter(|(_, way)| leads(way)).collect()
    }

    /// Whether its own policies surely let a class take over any user, and change the trust policy of any role.
    fn becomes_anybody(&self, class: ClassIx) -> bool {
        *self.becoming_anybody[class].get_or_init(|| {
            self.strengths.does_to_any(PrincipalType::User, class, &CREATE_KEY)
                && self.strengths.does_to_any(PrincipalType::Role, class, &UPDATE_TRUST)
        })
    }

    /// Those of its account whose sessions may lead an administrator to other accounts: whom these let in, and who may change somebody,
    /// where it cannot become anybody by itself.
    pub(super) fn counting_abroad(&self, class: ClassIx) -> BTreeSet<PrincipalIx> {
        let account = self.estate().class(class).account();
        let mut found: BTreeSet<PrincipalIx> = self.strengths.abroad_of(account).collect();
        if !found.is_empty() && !self.becomes_anybody(class) {
            let others = self.estate().classes_of(account).filter(|other| self.changes_others(*other));
            found.extend(others.flat_map(|other| self.estate().class(other).members()));
        }
        found
    }

    /// Whether somebody is one of those.
    pub(crate) fn counts_abroad(&self, ix: PrincipalIx, class: ClassIx) -> bool {
        let is_needed = || self.strengths.abroad_of(self.estate().class(class).account()).next().is_some();
        self.strengths.is_abroad(ix)
            || is_needed() && !self.becomes_anybody(class) && self.changes_others(self.estate().principal(ix).class())
    }

    /// Whether a class holds the actions of some way that is about others.
    fn changes_others(&self, class: ClassIx) -> bool {
        *self.changing_others[class]
            .get_or_init(|| self.ways_held(class).iter().any(|(_, way)| !way.binding.is_own() && way.makes().is_none()))
    }
}
