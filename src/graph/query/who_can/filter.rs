//! Which of those who reach a target are shown.

use std::collections::BTreeSet;

use super::WhoCan;
use crate::answer::{PrincipalKind, Verdict, Who};
use crate::graph::carriers;
use crate::graph::source::Source;
use crate::graph::target::Members;
use crate::ids::{PrincipalIx, Scope};
use crate::model::Estate;
use crate::snapshot::ledger::Gap;

/// What is shown; what is empty filters nothing.
#[derive(Clone, Debug, Default)]
pub struct ReachFilter {
    /// Principals of these sorts.
    pub who: BTreeSet<Who>,
    /// Providers and services that bring programs alone: shown whatever their sort, or left out; as their sort where nothing is said.
    /// Whoever may be people or programs is shown where something is.
    pub workloads: Option<bool>,
    /// Principals of these accounts.
    pub accounts: Option<Members>,
    /// Roles that are reached with these verdicts.
    pub verdicts: BTreeSet<Verdict>,
}

impl ReachFilter {
    /// The accounts outside the snapshot that it names: a graph is asked about them (`TrustGraph::asking`).
    #[must_use]
    pub(crate) fn outsiders(&self) -> Vec<Source> {
        self.accounts.iter().flat_map(|of| of.absent.iter().map(|id| Source::Account(*id))).collect()
    }

    /// Whether somebody is shown.
    pub(super) fn fits(&self, source: &Source, estate: &Estate) -> bool {
        let of_sort = match self.workloads.filter(|_| carriers::is_of_workloads(source)) {
            Some(shown) => shown,
            None if self.workloads.is_some() && carriers::may_be_either(source, estate) => true,
            None => self.who.is_empty() || self.who.contains(&who(source, estate)),
        };
        let in_account = |of: &Members| match source {
            Source::Account(id) | Source::Outsider(_, id) if of.absent.contains(id) => true,
            _ => source.home(estate).is_some_and(|ix| of.accounts.contains(&ix)),
        };
        of_sort && self.accounts.as_ref().is_none_or(in_account)
    }
}

impl WhoCan<'_, '_> {
    /// Leaves out whom a filter does not fit.
    pub fn retain(&mut self, filter: &ReachFilter) {
        let estate = self.estate();
        let fits = |source: &Source| filter.fits(source, estate);
        for group in &mut self.groups {
            group.who.retain(|one| fits(&one.source));
            group.parts.retain(|part| filter.verdicts.is_empty() || filter.verdicts.contains(&part.verdict));
        }
        for entering in &mut self.entering {
            entering.parts.retain(|part| filter.verdicts.is_empty() || filter.verdicts.contains(&part.verdict));
        }
        // accounts that may be among those that are asked for
        self.gaps.extend(
            filter
                .accounts
                .iter()
                .flat_map(|of| of.gaps.iter().filter(|gap| !is_of_outsiders(estate, of, gap)).cloned()),
        );
        self.groups.retain(|group| !group.who.is_empty() && !group.parts.is_empty());
    }
}

/// That an account is not in the snapshot, which is outside the organization: of whoever is there nothing is read anyway.
fn is_of_outsiders(estate: &Estate, of: &Members, gap: &Gap) -> bool {
    let is_listed = estate.organization().is_some() && estate.unlisted().is_none();
    is_listed && matches!(gap.scope, Scope::Account(id) if of.absent.contains(&id))
}

/// What a source is to the organization.
pub(super) fn who(source: &Source, estate: &Estate) -> Who {
    match source {
        Source::Account(_) if source.out_of_use(estate).is_some() => Who::Dormant,
        Source::Account(id) if estate.account_by_id(*id).is_some() => Who::Unread,
        Source::Account(_) | Source::Everyone => Who::Outsiders,
        Source::Outsider(_, id) if estate.account_by_id(*id).is_none() => Who::Outsiders,
        Source::Provider(_) => Who::Federated,
        Source::Service(name) if carriers::carried_by(name).is_some() => Who::Carriers,
        Source::Service(_) => Who::Services,
        Source::Person(_) | Source::Cohort(_) | Source::PeopleGroup(_) => Who::People,
        Source::Principal(ix) if is_entered_by_people(estate, *ix) => Who::PeopleRoles,
        _ if source.kind(estate) == PrincipalKind::User => Who::Users,
        _ => Who::Roles,
    }
}

/// Roles and programs: whoever is neither a person nor a role that people of Identity Center enter.
pub(crate) fn is_machine(source: &Source, estate: &Estate) -> bool {
    carriers::is_of_workloads(source) || matches!(who(source, estate), Who::Roles | Who::Services)
}

/// True for roles of Identity Center of which the people are known who enter them.
fn is_entered_by_people(estate: &Estate, role: PrincipalIx) -> bool {
    let entrance = estate.people().and_then(|people| people.entrance(role));
    entrance.is_some_and(|entrance| !entrance.is_left_over())
}
