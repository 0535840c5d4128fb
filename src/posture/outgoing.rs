//! Calls of the trust graph by who makes them, for searches that go on from role to role.
//!
//! Owns: which calls a principal makes by itself, with its class and in groups, and which of them others have made before it. Does not
//! know what a search looks for, nor which calls it follows.

use std::collections::BTreeMap;

use crate::graph::{Added, Source, Visited};
use crate::ids::{AccountIx, ClassIx, PrincipalIx};
use crate::model::Estate;

/// Calls by where they start; `C` is what a search keeps of a call.
pub(super) struct Outgoing<'g, C> {
    by_source: BTreeMap<&'g Source, Vec<C>>,
    /// By class, the groups that it stands in.
    groups: BTreeMap<ClassIx, Vec<&'g Source>>,
}

/// Classes and groups whose calls were made: of roles of several accounts, by a member of one all but those into that account.
pub(super) type Made<'g> = BTreeMap<&'g Source, Visited>;

impl<'g, C: Copy> Outgoing<'g, C> {
    /// In the order of the calls.
    pub(super) fn new(calls: impl Iterator<Item = (&'g Source, C)>) -> Self {
        let mut by_source = BTreeMap::<&Source, Vec<C>>::new();
        for (source, call) in calls {
            by_source.entry(source).or_default().push(call);
        }
        let mut groups = BTreeMap::<ClassIx, Vec<&Source>>::new();
        for source in by_source.keys() {
            if let Source::Classes(group) | Source::Roles(group) = source {
                group.classes().iter().for_each(|class| groups.entry(*class).or_default().push(source));
            }
        }
        Self { by_source, groups }
    }

    /// Without calls that are equal and stand beside each other.
    pub(super) fn distinct(mut self) -> Self
    where
        C: PartialEq,
    {
        self.by_source.values_mut().for_each(Vec::dedup);
        self
    }

    /// Every source with its calls, in order.
    pub(super) fn all(&self) -> impl Iterator<Item = (&'g Source, &[C])> {
        self.by_source.iter().map(|(source, calls)| (*source, calls.as_slice()))
    }

    fn get(&self, source: &Source) -> Option<(&'g Source, &[C])> {
        self.by_source.get_key_value(source).map(|(source, calls)| (*source, calls.as_slice()))
    }

    /// Those of a class, and of each group that it stands in.
    pub(super) fn of_class(&self, class: ClassIx) -> impl Iterator<Item = (&'g Source, &[C])> {
        let grouped = self.groups.get(&class).into_iter().flatten();
        self.get(&Source::Class(class)).into_iter().chain(grouped.filter_map(|group| self.get(group)))
    }

    /// All calls of a principal, by where they start.
    pub(super) fn of(&self, estate: &Estate, caller: PrincipalIx) -> impl Iterator<Item = (&'g Source, &[C])> {
        self.get(&Source::Principal(caller)).into_iter().chain(self.of_class(estate.principal(caller).class()))
    }

    /// The same, without what others have made before; `to` is the role that a call leads to.
    pub(super) fn left(
        &self,
        estate: &Estate,
        caller: PrincipalIx,
        made: &mut Made<'g>,
        to: impl Fn(C) -> PrincipalIx,
    ) -> Vec<C> {
        let mut left = Vec::new();
        for (source, calls) in self.of(estate, caller) {
            let added = made.entry(source).or_default().visit_but(estate.principal(caller).account());
            let is_new = |into: AccountIx| match (source, added) {
                // only of roles of several accounts, those of the account of the role that is assumed fare otherwise
                (Source::Roles(_), Added::AllBut(own)) => into != own,
                (Source::Roles(_), Added::Only(own)) => into == own,
                (_, added) => matches!(added, Added::AllBut(_)),
            };
            left.extend(calls.iter().copied().filter(|call| is_new(estate.principal(to(*call)).account())));
        }
        left
    }
}
