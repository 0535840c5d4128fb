//! From what was found to the answer that people read: counts, groups, and what would close most.
//!
//! Owns: what a group is. Users of an account, roles of one name in several accounts, other roles of an account are each a group
//! where verdict and conditions are the same; whoever else is one alone. Where few groups tell it, only principals that reach
//! the same roles are one; where these are still many, the smaller of them are put together. INVARIANT: every principal and every role that it reaches is in some group.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use roaring::RoaringBitmap;

use super::WhoCan;
use super::alike::Alike;
use super::counts::needs_mfa;
use super::entering::Entering;
use super::filter::who;
use crate::answer::{Closing, GroupName, Grouping, ReachRow, ReachSummary, SummarySize, Verdict, Who, largest};
use crate::graph::search::targets::Part;
use crate::graph::source::Source;
use crate::ids::{AccountIx, PolicyIx, PrincipalIx};
use crate::model::{Document, Estate};

/// Trust policies that are named as those that would close most.
const CLOSING: usize = 3;

/// Groups of one sort, verdict and set of conditions that are shown before the rest is put together.
const LARGEST: usize = 3;

/// What makes principals a group.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Key<'a> {
    who: Who,
    verdict: Verdict,
    conditions: &'a [String],
    common: Common<'a>,
    /// Users whom IAM asks for MFA when they sign in are not together with others.
    with_mfa: bool,
    /// The answer that they share, where only those that reach the same are together.
    answer: Option<usize>,
}

/// What they have in common.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Common<'a> {
    Via(&'a str),
    Account(AccountIx),
    Name(&'a str),
    Only(&'a Source),
    Others,
}

type Groups<'a> = BTreeMap<Key<'a>, Group<'a>>;

/// A group as it grows.
struct Group<'a> {
    principals: usize,
    /// The same person may be in several groups that are put together.
    people: BTreeSet<&'a Source>,
    named: Vec<&'a Source>,
    /// How many are named at most.
    most: usize,
    /// Accounts of the principals.
    accounts: BTreeSet<AccountIx>,
    roles: RoaringBitmap,
    hops: (usize, usize),
    each: (usize, usize),
}

/// The parts of one answer that share verdict and conditions, as one.
struct Reach {
    roles: RoaringBitmap,
    hops: (usize, usize),
}

impl WhoCan<'_, '_> {
    /// In counts and groups.
    #[must_use]
    pub fn summary(&self, grouping: Grouping) -> ReachSummary {
        self.summary_of_size(SummarySize::EVERY, grouping)
    }

    /// As [`WhoCan::summary`], no larger than what is shown of it.
    #[must_use]
    pub fn summary_of_size(&self, size: SummarySize, grouping: Grouping) -> ReachSummary {
        let estate = self.estate();
        let (groups, (ways, counts)) =
            rayon::join(|| self.groups(grouping, size.named), || (self.ways(), self.counts()));
        let all: RoaringBitmap = self.reach.targets().iter().map(|role| role.get() as u32).collect();
        ReachSummary {
            target: self.target.clone(),
            asked: Vec::new(),
            size: (self.reach.targets().len(), accounts(estate, &all)),
            proven: self.is_proven(),
            mfa_of_people: self.mfa_of_people(),
            counts,
            groups: self.rows(&groups, size),
            possible: self.possible(),
            reached: ways.len(),
            ways: ways.iter().map(|(_, ways)| ways).sum(),
            closing: closing(estate, &ways),
            gaps: self.gaps.clone(),
        }
    }

    /// The roles that somebody reaches, in order, and how many principals reach each.
    fn ways(&self) -> Vec<(PrincipalIx, u64)> {
        let none = || vec![0; self.reach.targets().last().map_or(0, |last| last.get() + 1)];
        let add = |mut ways: Vec<u64>, group: &Alike| {
            let principals = group.who.len() as u64;
            for role in group.parts.iter().flat_map(|part| &part.roles) {
                if let Some(known) = ways.get_mut(role as usize) {
                    *known += principals;
                }
            }
            ways
        };
        let both = |mut all: Vec<u64>, ways: Vec<u64>| {
            all.iter_mut().zip(ways).for_each(|(known, ways)| *known += ways);
            all
        };
        // a table each for a few large shares of the groups
        let share = self.groups.len() / rayon::current_num_threads() / 2 + 1;
        let ways = self.groups.par_iter().with_min_len(share).fold(none, add).reduce(none, both);
        let reached = ways.into_iter().enumerate().filter(|(_, ways)| *ways > 0);
        reached.map(|(role, ways)| (PrincipalIx::new(role), ways)).collect()
    }

    /// People by what lets them in, where a filter left any.
    fn entering(&self) -> impl Iterator<Item = &Entering> {
        let has_people = self.groups.iter().any(|group| group.who.iter().any(|one| one.source.is_of_people()));
        self.entering.iter().filter(move |_| has_people)
    }

    fn groups(&self, grouping: Grouping, named: usize) -> Groups<'_> {
        let most = match grouping {
            Grouping::Near(most) => most,
            Grouping::Every => return self.merged(false, named),
        };
        let exact = (self.groups.len() <= most).then(|| self.merged(true, named));
        let fits = |groups: &Groups<'_>| groups.len() <= most;
        exact.filter(fits).unwrap_or_else(|| {
            let merged = self.merged(false, named);
            if fits(&merged) { merged } else { condensed(merged) }
        })
    }

    /// The groups; `exact` ones reach the same roles.
    fn merged(&self, exact: bool, named: usize) -> Groups<'_> {
        let estate = self.estate();
        let mut groups = Groups::new();
        for (answer, alike) in self.groups.iter().enumerate() {
            let answer = exact.then_some(answer);
            let reaches = reaches(&alike.parts);
            for ((who, common, with_mfa), members) in self.members(alike) {
                for ((verdict, conditions), reach) in &reaches {
                    let key = Key { who, verdict: *verdict, conditions, common, with_mfa, answer };
                    let Some(group) = Group::of(estate, &members, reach, named) else { continue };
                    add(&mut groups, key, group);
                }
            }
        }
        let mut known = BTreeMap::<&str, Vec<(usize, &[Part])>>::new();
        for (place, entering) in self.entering().enumerate() {
            // members of a group whom a policy tells apart may reach the same all the same
            let of_way = known.entry(&entering.via).or_default();
            let same = of_way.iter().find(|(_, parts)| *parts == entering.parts.as_slice()).map(|(place, _)| *place);
            let answer = same.unwrap_or(place);
            if same.is_none() {
                of_way.push((place, &entering.parts));
            }
            let people: Vec<&Source> = entering.people.iter().collect();
            for ((verdict, conditions), reach) in reaches(&entering.parts) {
                let answer = exact.then_some(self.groups.len() + answer);
                let common = Common::Via(&entering.via);
                let key = Key { who: Who::People, verdict, conditions, common, with_mfa: false, answer };
                let Some(group) = Group::of(estate, &people, &reach, named) else { continue };
                add(&mut groups, key, group);
            }
        }
        // a name that only one account has says less than the account
        let mut merged = Groups::new();
        for (key, group) in groups {
            let common = match (key.common, group.accounts.first()) {
                (Common::Name(_), Some(only)) if group.accounts.len() == 1 => Common::Account(*only),
                (common, _) => common,
            };
            add(&mut merged, Key { common, ..key }, group);
        }
        merged
    }

    /// A row for each group, in order. To know what one needs takes a path to each of its roles: that is asked of what is shown.
    fn rows(&self, groups: &Groups<'_>, size: SummarySize) -> Vec<ReachRow> {
        let rows = groups.iter().map(|(key, group)| (row(self.estate(), key, group, size.named), group));
        let mut rows: Vec<(ReachRow, &Group<'_>)> = rows.collect();
        rows.sort_by_cached_key(|(row, _)| {
            let others = matches!(row.name, GroupName::Others(_));
            (risk(row), row.verdict, others, Reverse(row.size()), row.conditions.clone(), row.name.clone())
        });
        let shown = rows.len().min(size.groups);
        rows.par_iter_mut().take(shown).for_each(|(row, group)| {
            let asked = group.named.get(..ReachRow::EXAMPLES).unwrap_or(&group.named);
            row.needs = self.needs(asked, group.principals, &group.roles);
        });
        rows.into_iter().map(|(row, _)| row).collect()
    }

    /// The members of an answer, by what they have in common.
    fn members<'a>(&self, alike: &'a Alike) -> BTreeMap<(Who, Common<'a>, bool), Vec<&'a Source>>
    where
        Self: 'a,
    {
        let estate = self.estate();
        let mut found = BTreeMap::<_, Vec<&'a Source>>::new();
        for one in alike.who.iter().filter(|one| !one.source.is_of_people()) {
            let who = who(&one.source, estate);
            let common = match (&one.source, one.source.home(estate)) {
                (Source::Principal(_), Some(account)) if who == Who::Users => Common::Account(account),
                (Source::Principal(ix), _) => Common::Name(estate.principal(*ix).name()),
                (Source::Provider(arn), Some(_)) => Common::Name(arn.split_once('/').map_or(arn, |(_, name)| name)),
                (source, _) => Common::Only(source),
            };
            found.entry((who, common, one.source.signs_in_with_mfa(estate))).or_default().push(&one.source);
        }
        found
    }
}

/// Of groups of one sort, verdict and set of conditions the largest, and one of the rest.
fn condensed(groups: Groups<'_>) -> Groups<'_> {
    let mut sorts = BTreeMap::<Key<'_>, Vec<(Key<'_>, Group<'_>)>>::new();
    for (key, group) in groups {
        sorts.entry(Key { common: Common::Others, ..key.clone() }).or_default().push((key, group));
    }
    let mut found = Groups::new();
    for (others, groups) in sorts {
        let size = |(_, group): &(_, Group<'_>)| group.principals.saturating_mul(group.roles.len() as usize);
        let (shown, rest) = largest(groups, LARGEST, size);
        shown.into_iter().for_each(|(key, group)| add(&mut found, key, group));
        rest.into_iter().for_each(|(_, group)| add(&mut found, others.clone(), group));
    }
    found
}

/// Parts that differ in hops alone are one.
fn reaches(parts: &[Part]) -> BTreeMap<(Verdict, &[String]), Reach> {
    let mut found = BTreeMap::<(Verdict, &[String]), Reach>::new();
    for part in parts {
        let fresh = || Reach { roles: RoaringBitmap::new(), hops: (part.hops, part.hops) };
        let reach = found.entry((part.verdict, part.conditions.as_slice())).or_insert_with(fresh);
        reach.roles |= &part.roles;
        reach.hops = widest(reach.hops, (part.hops, part.hops));
    }
    found
}

fn widest(a: (usize, usize), b: (usize, usize)) -> (usize, usize) {
    (a.0.min(b.0), a.1.max(b.1))
}

impl<'a> Group<'a> {
    fn of(estate: &Estate, members: &[&'a Source], reach: &Reach, most: usize) -> Option<Self> {
        let named = members.get(..members.len().min(most)).filter(|named| !named.is_empty())?;
        let each = reach.roles.len() as usize;
        Some(Self {
            principals: members.len(),
            people: members.iter().copied().filter(|source| source.is_of_people()).collect(),
            named: named.to_vec(),
            most,
            accounts: members.iter().filter_map(|source| source.home(estate)).collect(),
            roles: reach.roles.clone(),
            hops: reach.hops,
            each: (each, each),
        })
    }
}

fn add<'a>(groups: &mut Groups<'a>, key: Key<'a>, group: Group<'a>) {
    match groups.get_mut(&key) {
        Some(known) => {
            let room = known.most.saturating_sub(known.named.len());
            let named: Vec<&Source> = group.named.into_iter().filter(|source| !known.people.contains(source)).collect();
            known.named.extend(named.into_iter().take(room));
            known.people.extend(group.people);
            known.principals += group.principals;
            if !known.people.is_empty() {
                known.principals = known.people.len();
            }
            known.accounts.extend(group.accounts);
            known.roles |= group.roles;
            known.hops = widest(known.hops, group.hops);
            known.each = widest(known.each, group.each);
        }
        None => {
            groups.insert(key, group);
        }
    }
}

fn row(estate: &Estate, key: &Key<'_>, group: &Group<'_>, named: usize) -> ReachRow {
    let name = match key.common {
        Common::Via(via) => GroupName::Via(via.to_owned()),
        Common::Account(ix) => GroupName::Account(estate.account(ix).id().to_string()),
        Common::Name(name) => GroupName::Name(name.to_owned(), group.accounts.len()),
        Common::Only(source) => GroupName::Only(source.name(estate)),
        Common::Others => GroupName::Others(group.accounts.len()),
    };
    let roles = group.roles.iter().take(named).map(|role| estate.arn(PrincipalIx::new(role as usize)));
    ReachRow {
        who: key.who,
        name,
        principals: group.principals,
        examples: (group.named.iter().map(|source| source.name(estate)).collect(), roles.collect()),
        verdict: key.verdict,
        conditions: key.conditions.to_vec(),
        needs: Vec::new(),
        without_mfa: key.who == Who::Users && !needs_mfa(key.verdict, key.conditions),
        hops: group.hops,
        roles: group.roles.len() as usize,
        accounts: accounts(estate, &group.roles),
        each: group.each,
    }
}

/// People first, with the roles that they come in by, then the widest: users without MFA, outsiders, those whom others vouch for, then those with MFA and machines.
fn risk(row: &ReachRow) -> u8 {
    match row.who {
        _ if row.verdict == Verdict::Unknown && row.who != Who::People => 8,
        Who::People => 0,
        Who::PeopleRoles => 1,
        Who::Users if row.without_mfa => 2,
        Who::Outsiders | Who::Unread => 3,
        Who::Federated | Who::Carriers => 4,
        Who::Users => 5,
        Who::Roles => 6,
        Who::Services | Who::Dormant => 7,
    }
}

/// How many accounts these roles are in: principals are numbered account by account.
fn accounts(estate: &Estate, roles: &RoaringBitmap) -> usize {
    let account = |role: u32| estate.principal(PrincipalIx::new(role as usize)).account();
    let mut last = None;
    roles.iter().filter(|role| last.replace(account(*role)) != Some(account(*role))).count()
}

/// The trust policies that most ways end in.
fn closing(estate: &Estate, ways: &[(PrincipalIx, u64)]) -> Vec<Closing> {
    let mut by_trust = BTreeMap::<PolicyIx, (PrincipalIx, usize, u64)>::new();
    for (role, ways) in ways {
        let facts = estate.principal(*role).role();
        let Some(Document::Parsed(trust)) = facts.map(|facts| facts.trust) else { continue };
        let (_, copies, ended) = by_trust.entry(trust).or_insert((*role, 0, 0));
        (*copies, *ended) = (*copies + 1, *ended + ways);
    }
    let mut found: Vec<(PrincipalIx, usize, u64)> = by_trust.into_values().collect();
    found.sort_by_key(|(role, _, ways)| (Reverse(*ways), *role));
    let closing = |(role, copies, ways)| Closing { role: estate.arn(role), copies, ways };
    found.into_iter().take(CLOSING).map(closing).collect()
}
