//! Who holds an Allow for AssumeRole, by what its resource patterns name.
//!
//! Owns: from a role to the classes that may assume it, without asking the others. A candidate may still be
//! denied; a class that is no candidate holds no matching Allow. Exact ARNs are looked up by hash, patterns are grouped
//! by the account they name. Candidates are a superset, so a hash collision costs time, never a wrong answer.

use std::collections::{BTreeSet, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};

use fixedbitset::FixedBitSet;
use rayon::prelude::*;

use crate::arn::Arn;
use crate::ids::{AccountId, AccountIx, ClassIx, PolicyIx, PrincipalIx};
use crate::model::{Document, Estate, Guardrail, Guardrails, PrincipalType};
use crate::policy::resource;
use crate::policy::text::{Pattern, Text};
use crate::policy::{Effect, Policy, Statement, speaks_of_roles, sts, tells_users_apart};
use crate::wildcard;

/// The RCPs of an account and its partition, by number: accounts with the same ones share it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct RcpsIx(usize);

/// The index of an estate.
#[derive(Debug)]
pub(super) struct Index {
    rcps: Vec<RcpsIx>,
    /// Classes whose members can fare differently under their own policies or the SCPs of their account.
    differing: FixedBitSet,
    accounts: Vec<Grants>,
    everywhere: Grants,
    policies: Vec<PolicyGrants>,
    holders: FixedBitSet,
}

/// Classes of one account (or of all) by what they may assume.
#[derive(Debug, Default)]
struct Grants {
    exact: Vec<(u64, ClassIx)>,
    patterns: HashMap<Option<AccountId>, Vec<Holders>>,
    always: Vec<ClassIx>,
}

/// A resource pattern and the classes that may assume what it matches.
type Holders = (Box<str>, Vec<ClassIx>);

/// What one document grants for AssumeRole.
#[derive(Debug, Default)]
struct PolicyGrants {
    exact: Vec<u64>,
    patterns: Vec<Box<str>>,
    always: bool,
    /// Two roles of a class can fare differently under it.
    differs: bool,
    /// Two users of a class can.
    users_differ: bool,
}

impl Index {
    pub(super) fn new(estate: &Estate) -> Self {
        let policies: Vec<PolicyGrants> = (0..estate.policy_count())
            .into_par_iter()
            .map(|at| PolicyGrants::new(estate.policy(PolicyIx::new(at))))
            .collect();
        let of_account = |at: usize| {
            let mut grants = Grants::default();
            for class in estate.classes_of(AccountIx::new(at)) {
                grants.add(class, estate, &policies);
            }
            grants.seal();
            grants
        };
        let accounts: Vec<Grants> = (0..estate.accounts().len()).into_par_iter().map(of_account).collect();
        let everywhere = Grants::merged(&accounts);
        let mut holders = FixedBitSet::with_capacity(estate.classes().len());
        let exact = everywhere.exact.iter().map(|(_, class)| class);
        for (_, classes) in everywhere.patterns.values().flatten() {
            classes.iter().for_each(|class| holders.insert(class.get()));
        }
        exact.chain(&everywhere.always).for_each(|class| holders.insert(class.get()));
        let differing = FixedBitSet::with_capacity(estate.classes().len());
        let mut index = Self { rcps: numbered_rcps(estate), differing, accounts, everywhere, policies, holders };
        index.differing = index.find_differing(estate);
        index
    }

    fn find_differing(&self, estate: &Estate) -> FixedBitSet {
        let mut differing = FixedBitSet::with_capacity(estate.classes().len());
        for account in (0..estate.accounts().len()).map(AccountIx::new) {
            let by_scps = |kind| self.differ(estate.account(account).scps(), kind);
            let (users, roles) = (by_scps(PrincipalType::User), by_scps(PrincipalType::Role));
            for ix in estate.classes_of(account) {
                let class = estate.class(ix);
                let by_scps = if class.kind() == PrincipalType::User { users } else { roles };
                let services = |member: &PrincipalIx| estate.principal(*member).is_service_linked();
                let mut own = class.policies().iter().chain(class.boundary());
                let differs = class.members().len() > 1
                    && (by_scps
                        || own.any(|attached| self.differs(attached.document, class.kind()))
                        || class.members().iter().any(services));
                differing.set(ix.get(), differs);
            }
        }
        differing
    }

    /// True where members of a class can fare differently under their own policies or the SCPs of their account.
    pub(super) fn class_differs(&self, class: ClassIx) -> bool {
        self.differing.contains(class.get())
    }

    /// As [`Index::differs`], under policies of the organization.
    pub(super) fn differ(&self, policies: &Guardrails, kind: PrincipalType) -> bool {
        policies.levels().iter().flatten().any(|policy| self.differs(policy.document, kind))
    }

    /// The RCPs of an account.
    pub(super) fn rcps(&self, account: AccountIx) -> RcpsIx {
        let Some(rcps) = self.rcps.get(account.get()) else { unreachable!("a number for every account") };
        *rcps
    }

    /// Classes of one account that may hold an Allow for this role, in order.
    pub(super) fn holders_in(&self, account: AccountIx, arn: &str, found: &mut BTreeSet<ClassIx>) {
        if let Some(grants) = self.accounts.get(account.get()) {
            grants.holders(arn, found);
        }
    }

    /// As [`Index::holders_in`], of all accounts.
    pub(super) fn holders_anywhere(&self, arn: &str, found: &mut BTreeSet<ClassIx>) {
        self.everywhere.holders(arn, found);
    }

    /// True where a class holds an Allow for AssumeRole on anything.
    pub(super) fn holds_any(&self, class: ClassIx) -> bool {
        self.holders.contains(class.get())
    }

    /// True where two principals of a class with this document can fare differently.
    pub(super) fn differs(&self, document: Document, kind: PrincipalType) -> bool {
        let differs = |policy: &PolicyGrants| match kind {
            PrincipalType::User => policy.users_differ,
            PrincipalType::Role => policy.differs,
        };
        match document {
            Document::Parsed(ix) => self.policies.get(ix.get()).is_none_or(differs),
            Document::Missing(_) => false,
        }
    }
}

fn numbered_rcps(estate: &Estate) -> Vec<RcpsIx> {
    let mut known = HashMap::new();
    let mut numbers = Vec::new();
    for account in estate.accounts() {
        let rcps = account.rcps();
        let documents = |level: &Vec<Guardrail>| level.iter().map(|rcp| rcp.document).collect::<Vec<_>>();
        let levels: Vec<Vec<Document>> = rcps.levels().iter().map(documents).collect();
        let next = RcpsIx(known.len());
        numbers.push(*known.entry((levels, rcps.unknown(), account.partition())).or_insert(next));
    }
    numbers
}

impl Grants {
    fn add(&mut self, class: ClassIx, estate: &Estate, policies: &[PolicyGrants]) {
        for attached in estate.class(class).policies() {
            let Document::Parsed(ix) = attached.document else {
                // may allow anything
                self.always.push(class);
                continue;
            };
            let Some(grants) = policies.get(ix.get()) else { continue };
            self.exact.extend(grants.exact.iter().map(|hash| (*hash, class)));
            for pattern in &grants.patterns {
                self.add_pattern(pattern, &[class]);
            }
            if grants.always {
                self.always.push(class);
            }
        }
    }

    fn add_pattern(&mut self, pattern: &str, classes: &[ClassIx]) {
        let list = self.patterns.entry(account_segment(pattern)).or_default();
        // INVARIANT until sealed: a pattern may stand in the list more than once
        list.push((pattern.into(), classes.to_vec()));
    }

    /// Sorts, and gives each pattern one entry.
    fn seal(&mut self) {
        self.exact.sort_unstable();
        self.exact.dedup();
        self.always.sort_unstable();
        self.always.dedup();
        #[expect(clippy::iter_over_hash_type, reason = "each list is sealed on its own")]
        for list in self.patterns.values_mut() {
            list.sort();
            list.dedup_by(|next, kept| {
                let same = next.0 == kept.0;
                if same {
                    kept.1.append(&mut next.1);
                }
                same
            });
            for (_, classes) in list {
                classes.sort_unstable();
                classes.dedup();
            }
        }
    }

    fn merged(accounts: &[Self]) -> Self {
        let mut all = Self::default();
        let mut patterns = HashMap::<&str, Vec<ClassIx>>::new();
        for grants in accounts {
            all.exact.extend(&grants.exact);
            all.always.extend(&grants.always);
            for (pattern, classes) in grants.patterns.values().flatten() {
                patterns.entry(pattern).or_default().extend(classes);
            }
        }
        #[expect(clippy::iter_over_hash_type, reason = "sealed below")]
        for (pattern, classes) in patterns {
            all.add_pattern(pattern, &classes);
        }
        all.seal();
        all
    }

    fn holders(&self, arn: &str, found: &mut BTreeSet<ClassIx>) {
        found.extend(&self.always);
        let hash = hash(arn);
        let start = self.exact.partition_point(|(h, _)| *h < hash);
        found.extend(self.exact.iter().skip(start).take_while(|(h, _)| *h == hash).map(|(_, class)| class));
        let own = Arn::parse(arn).and_then(|a| a.account_id());
        for segment in [own, None] {
            for (pattern, classes) in self.patterns.get(&segment).into_iter().flatten() {
                if resource::matches(&Pattern::Plain(pattern), arn) {
                    found.extend(classes);
                }
            }
        }
    }
}

impl PolicyGrants {
    fn new(policy: &Policy) -> Self {
        let mut grants = Self::default();
        for statement in &policy.statements {
            let assumes = statement.actions.matches(&sts::ASSUME_ROLE);
            if speaks_of_roles(statement) {
                grants.differs |= differs(statement);
                grants.users_differ |= tells_users_apart(statement);
            }
            if assumes && statement.effect == Effect::Allow {
                grants.add(statement);
            }
        }
        grants
    }

    fn add(&mut self, statement: &Statement) {
        let Some(clause) = &statement.resources else { return };
        if clause.negated {
            self.always = true;
            return;
        }
        for text in &clause.patterns {
            if is_exact(text) {
                self.exact.push(hash(text.as_str()));
            } else {
                self.patterns.push(text.widest());
            }
        }
    }
}

fn is_exact(text: &Text) -> bool {
    text.variables().next().is_none() && !wildcard::has_wildcard(text.as_str()) && !text.as_str().contains("${")
}

/// True where a statement reads facts in which roles of a class differ.
fn differs(statement: &Statement) -> bool {
    let in_conditions = statement.conditions.iter().flat_map(|c| c.keys()).any(|k| k.kind().differs_within_class());
    let in_resources = statement.resources.iter().flat_map(|r| r.variables()).any(|k| k.kind().differs_within_class());
    in_conditions || in_resources
}

/// The account that a pattern names without wildcard.
fn account_segment(pattern: &str) -> Option<AccountId> {
    Arn::parse(pattern)?.account_id()
}

fn hash(arn: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    arn.hash(&mut hasher);
    hasher.finish()
}
