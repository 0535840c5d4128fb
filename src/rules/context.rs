//! What every rule can query.
//!
//! Owns: access to estate, graph and shared facts, and how subjects are named in messages.

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use jiff::Timestamp;
use rayon::prelude::*;

use super::outcome::{Data, Outcome};
use crate::answer::{Evidence, Layer};
use crate::eval;
use crate::facet::{Facet, Facets};
use crate::graph::TrustGraph;
use crate::id_vec::IdVec;
use crate::ids::{AccountIx, GapIx, PeopleGroupIx, PrincipalIx};
use crate::model::people::{Assignee, Grant};
use crate::model::{Document, Estate};
use crate::policy::{Policy, Statement};
use crate::posture::escalation::{Climb, Climbs};
use crate::posture::github::Workflows;
use crate::posture::held::{HeldPolicies, held};
use crate::posture::outgoing::Callers;
use crate::posture::power::{Power, Powers};
use crate::posture::unknown;
use crate::posture::without_mfa::PathsWithoutMfa;
use crate::shared_text::SharedText;

/// The snapshot, as rules see it.
///
/// INVARIANT: what is computed on all cores is computed before rules that read it run (`runner`), never when one of them first asks: a
/// thread that waits for others takes up other work, which must not wait for the same value.
pub(super) struct Context<'a> {
    /// Of assumptions alone.
    pub(super) graph: &'a TrustGraph<'a>,
    /// Of the kinds of edge that were asked for: ways into targets and across environments are made of them.
    pub(super) ways: &'a TrustGraph<'a>,
    pub(super) estate: &'a Estate,
    callers: OnceLock<Arc<Callers<'a>>>,
    callers_of_ways: OnceLock<Arc<Callers<'a>>>,
    paths_without_mfa: OnceLock<PathsWithoutMfa<'a>>,
    powers: OnceLock<Powers<'a>>,
    held: IdVec<AccountIx, OnceLock<HeldPolicies<'a>>>,
    groups_with_access: OnceLock<BTreeSet<PeopleGroupIx>>,
    climbs: OnceLock<Climbs<'a>>,
    /// The names of accounts, which their findings share.
    account_names: Vec<SharedText>,
    /// Whom trust policies for GitHub Actions admit.
    pub(super) workflows: Workflows,
    /// Data sets of accounts that were read of some account, or were to be.
    asked_for: OnceLock<Facets>,
}

impl<'a> Context<'a> {
    pub(super) fn new(graph: &'a TrustGraph<'a>, ways: &'a TrustGraph<'a>) -> Self {
        Self {
            graph,
            ways,
            estate: graph.estate(),
            callers: OnceLock::new(),
            callers_of_ways: OnceLock::new(),
            paths_without_mfa: OnceLock::new(),
            powers: OnceLock::new(),
            held: graph.estate().accounts().iter().map(|_| OnceLock::new()).collect(),
            groups_with_access: OnceLock::new(),
            climbs: OnceLock::new(),
            account_names: graph.estate().accounts().iter().map(|account| account.shown_name().into()).collect(),
            workflows: Workflows::default(),
            asked_for: OnceLock::new(),
        }
    }

    /// The policies of an account that customers write, found once for all rules.
    pub(super) fn held(&self, account: AccountIx) -> &HeldPolicies<'a> {
        self.held[account].get_or_init(|| held(self.estate, account))
    }

    /// The same of every account, on all cores.
    pub(super) fn find_held(&self) {
        let accounts = (0..self.estate.accounts().len()).into_par_iter().map(AccountIx::new);
        accounts.for_each(|account| _ = self.held(account));
    }

    /// The name of an account as findings show it; empty if it has none.
    pub(super) fn shared_name(&self, ix: AccountIx) -> SharedText {
        self.account_names.get(ix.get()).cloned().unwrap_or_default()
    }

    /// Whether an account can be judged by a data set that is read on request: a rule about it does not apply where nobody asked for
    /// it. Where it was asked for, an account without it was not read.
    pub(super) fn on_request(&self, account: AccountIx, facet: Facet) -> Data {
        let account = self.estate.account(account);
        match (account.has(Facet::AuthorizationDetails), account.has(facet)) {
            (true, true) => Data::Read,
            (true, false) if !self.asked_for().has(facet) => Data::NotApplicable,
            _ => Data::Unread,
        }
    }

    fn asked_for(&self) -> &Facets {
        self.asked_for.get_or_init(|| {
            let mut asked: Facets = self.estate.ledger().gaps().into_iter().map(|gap| gap.facet).collect();
            for facts in self.estate.accounts().iter().map(|account| account.facts()) {
                asked.extend(&facts.present);
                if facts.begun.server_certificates {
                    asked.add(Facet::ServerCertificates);
                }
                if !facts.begun.service_credentials_of.is_empty() {
                    asked.add(Facet::ServiceCredentials);
                }
            }
            asked
        })
    }

    /// Where the edges of the graph start.
    pub(super) fn callers(&self) -> &Arc<Callers<'a>> {
        self.callers.get_or_init(|| Arc::new(Callers::of(self.graph)))
    }

    /// Where ways start.
    pub(super) fn callers_of_ways(&self) -> &Arc<Callers<'a>> {
        let of_ways = || Arc::new(Callers::of(self.ways));
        if std::ptr::eq(self.graph, self.ways) { self.callers() } else { self.callers_of_ways.get_or_init(of_ways) }
    }

    /// How people reach roles without MFA.
    pub(super) fn paths_without_mfa(&self) -> &PathsWithoutMfa<'a> {
        self.paths_without_mfa.get_or_init(|| PathsWithoutMfa::new(self.callers()))
    }

    /// What a user or role has the power to do, all policies weighed. Computed on demand, once for all who share their policies.
    pub(super) fn power(&self, ix: PrincipalIx) -> &Power {
        self.powers().of(self.estate.principal(ix).class())
    }

    /// The same by class, with the statements behind it.
    pub(super) fn powers(&self) -> &Powers<'a> {
        self.powers.get_or_init(|| Powers::new(self.estate))
    }

    /// Groups of identity stores that are assigned or entitled to something.
    pub(super) fn groups_with_access(&self) -> &BTreeSet<PeopleGroupIx> {
        self.groups_with_access.get_or_init(|| {
            let Some(people) = self.estate.people() else { return BTreeSet::new() };
            let assigned = people.assignments().map(|(_, assignment)| assignment.assignee());
            let entitled = people.entitlements().filter_map(|(_, entitlement)| match entitlement.grant() {
                Grant::Role { assignee, .. } => Some(assignee),
                Grant::Unknown(_) => None,
            });
            let group = |assignee: &Assignee| if let Assignee::Group(ix) = assignee { Some(*ix) } else { None };
            assigned.chain(entitled).filter_map(group).collect()
        })
    }

    /// Decides every edge.
    pub(super) fn decide_edges(&self) {
        self.callers();
        self.callers_of_ways();
    }

    /// Finds who can escalate to what, account by account on all cores.
    pub(super) fn find_climbs(&self) {
        let (climbs, powers) = (self.climbs(), self.powers());
        let accounts = (0..self.estate.accounts().len()).into_par_iter().map(AccountIx::new);
        accounts.for_each(|account| _ = climbs.of(account, powers));
    }

    /// Who can escalate to what in an account.
    pub(super) fn climbs_of(&self, account: AccountIx) -> &[Climb<'a>] {
        self.climbs().of(account, self.powers())
    }

    /// The same, with the statements behind it.
    pub(super) fn climbs(&self) -> &Climbs<'a> {
        self.climbs.get_or_init(|| Climbs::new(self.estate))
    }

    /// The trust policy of a role, if it was read.
    pub(super) fn trust(&self, role: PrincipalIx) -> Option<&'a Policy> {
        match self.estate.principal(role).role()?.trust {
            Document::Parsed(ix) => Some(self.estate.policy(ix)),
            Document::Missing(_) => None,
        }
    }

    /// Why something was not read.
    pub(super) fn reason(&self, gap: GapIx) -> String {
        unknown::reason(self.estate, gap)
    }

    /// Whether a member of an organization is judged with its management account, as one with all others.
    pub(super) fn is_judged_with_management(&self, ix: AccountIx) -> bool {
        let account = self.estate.account(ix);
        let management = self.estate.organization().and_then(|organization| organization.management);
        let management = management.and_then(|id| self.estate.account_by_id(id)).map(|ix| self.estate.account(ix));
        account.is_member() && !account.is_management() && management.is_some_and(|of| of.presence().is_judged())
    }

    /// Whole days from `then` to the time at which the snapshot is judged; 0 if `then` is later.
    pub(super) fn days_since(&self, then: Timestamp) -> i64 {
        (self.estate.at().as_second() - then.as_second()).max(0) / 86_400
    }

    /// ARN of the account's root user.
    pub(super) fn root_arn(&self, account: AccountIx) -> String {
        let account = self.estate.account(account);
        format!("arn:{}:iam::{}:root", account.partition(), account.id())
    }

    /// ARN of a group, built from its name if it was not read.
    pub(super) fn group_arn(&self, account: AccountIx, name: &str) -> String {
        let owner = self.estate.account(account);
        let known = owner.facts().groups.iter().find(|group| group.name == name);
        let built = || format!("arn:{}:iam::{}:group/{name}", owner.partition(), owner.id());
        known.map_or_else(built, |group| group.arn.clone())
    }

    /// The trust policy of a role; if it was not read, the role cannot be judged.
    pub(super) fn trust_or_unknown(&self, role: PrincipalIx, outcome: &mut Outcome) -> Option<&'a Policy> {
        outcome.unknown_because(&self.estate.unread_trust(role).map(|gap| self.reason(gap)).into_iter().collect());
        self.trust(role)
    }

    /// Name of an account, or its id if it has none.
    pub(super) fn account_name(&self, account: AccountIx) -> String {
        self.estate.account(account).shown()
    }

    /// `account/name` of a principal, for messages.
    pub(super) fn shown(&self, ix: PrincipalIx) -> String {
        let principal = self.estate.principal(ix);
        format!("{}/{}", self.account_name(principal.account()), principal.name())
    }
}

/// A trust statement as evidence.
pub(super) fn trust_evidence(statement: &Statement) -> Evidence {
    eval::evidence(Layer::Trust, "trust policy", statement)
}
