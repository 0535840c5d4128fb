//! The answer of `can` for people: the roles, those of one name or account together.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::can::{CanAnswer, Reached};
use super::needs::Needs;
use super::reach_summary::{GroupName, Grouping, largest};
use super::verdict::Verdict;
use crate::arn::{Arn, Named};

/// Groups of one verdict and set of conditions that are shown before the rest is put together.
const LARGEST: usize = 6;

/// Roles that a principal reaches with the same verdict and under the same conditions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReachedRow<'a> {
    /// What they have in common.
    pub name: GroupName,
    /// All of them, in the order of the answer.
    pub roles: Vec<&'a Reached>,
    /// Of a best path to each of them.
    pub verdict: Verdict,
    /// Deciding context keys, sorted.
    pub conditions: &'a [String],
    /// What must be right, in words.
    pub needs: Vec<String>,
    /// Fewest and most calls.
    pub hops: (usize, usize),
}

impl CanAnswer {
    /// How many accounts the roles are in.
    #[must_use]
    pub fn accounts(&self) -> usize {
        self.answers.iter().map(|reached| &reached.account).collect::<BTreeSet<_>>().len()
    }

    /// The roles in groups, the surest first, then the largest: each role alone where these are few, else those of one name in
    /// several accounts, then the others of an account; where these are still many, the smaller of them together.
    #[must_use]
    pub fn groups(&self, grouping: Grouping) -> Vec<ReachedRow<'_>> {
        let most = match grouping {
            Grouping::Near(most) => most,
            Grouping::Every => usize::MAX,
        };
        if grouping != Grouping::Every && self.answers.len() <= most {
            return self.answers.iter().map(|one| row(GroupName::Only(one.role.clone()), vec![one])).collect();
        }
        let mut rows = self.rows();
        if rows.len() > most {
            rows = condensed(rows);
        }
        rows.sort_by_key(|row| (row.verdict, matches!(row.name, GroupName::Others(_)), Reverse(row.roles.len())));
        rows
    }

    fn rows(&self) -> Vec<ReachedRow<'_>> {
        let mut accounts = BTreeMap::<(Sort<'_>, &str), BTreeSet<&str>>::new();
        for one in &self.answers {
            accounts.entry((sort(one), name(one))).or_default().insert(&one.account);
        }
        let common = |one: &Reached| match accounts.get(&(sort(one), name(one))).map_or(0, BTreeSet::len) {
            0 | 1 => GroupName::Account(one.account.clone()),
            several => GroupName::Name(name(one).to_owned(), several),
        };
        let mut groups = BTreeMap::<(Sort<'_>, GroupName), Vec<&Reached>>::new();
        for one in &self.answers {
            groups.entry((sort(one), common(one))).or_default().push(one);
        }
        groups.into_iter().map(|((_, name), roles)| row(name, roles)).collect()
    }
}

/// Of groups of one verdict and set of conditions the largest, and one of the rest.
fn condensed(rows: Vec<ReachedRow<'_>>) -> Vec<ReachedRow<'_>> {
    let mut sorts = BTreeMap::<Sort<'_>, Vec<ReachedRow<'_>>>::new();
    for row in rows {
        sorts.entry((row.verdict, row.conditions)).or_default().push(row);
    }
    let mut found = Vec::new();
    for rows in sorts.into_values() {
        let (shown, rest) = largest(rows, LARGEST, |row| row.roles.len());
        found.extend(shown);
        let rest: Vec<&Reached> = rest.into_iter().flat_map(|row| row.roles).collect();
        if !rest.is_empty() {
            let accounts: BTreeSet<&String> = rest.iter().map(|one| &one.account).collect();
            found.push(row(GroupName::Others(accounts.len()), rest));
        }
    }
    found
}

type Sort<'a> = (Verdict, &'a [String]);

fn sort(one: &Reached) -> Sort<'_> {
    (one.verdict, &one.conditions)
}

/// Without path.
fn name(one: &Reached) -> &str {
    match Arn::parse(&one.role).map(|arn| arn.named()) {
        Some(Named::Role { name, .. }) => name,
        _ => &one.role,
    }
}

fn row(name: GroupName, roles: Vec<&Reached>) -> ReachedRow<'_> {
    let (verdict, conditions) = roles.first().map_or((Verdict::Unknown, &[][..]), |one| sort(one));
    let hops = roles.iter().map(|one| one.hop_count);
    let hops = (hops.clone().min().unwrap_or_default(), hops.max().unwrap_or_default());
    let mut needs = Needs::default();
    roles.iter().for_each(|one| needs.merge(&one.needs));
    ReachedRow { name, roles, verdict, conditions, needs: needs.phrases(), hops }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reached(account: &str, name: &str, verdict: Verdict) -> Reached {
        Reached {
            role: format!("arn:aws:iam::{account}:role/team/{name}"),
            account: account.to_owned(),
            verdict,
            conditions: Vec::new(),
            needs: Needs::default(),
            hop_count: name.len(),
            via: None,
            path: Vec::new(),
            administrator: None,
        }
    }

    fn answer(answers: Vec<Reached>) -> CanAnswer {
        CanAnswer {
            schema: CanAnswer::SCHEMA,
            principal: "p".to_owned(),
            asked: Vec::new(),
            administrator: None,
            proven: true,
            answers,
            mfa_of_people: None,
            note: None,
            gaps: Vec::new(),
        }
    }

    #[test]
    fn roles_of_one_name_are_together_then_those_of_an_account() {
        let (a, b) = ("111111111111", "222222222222");
        let all = answer(vec![
            reached(a, "x", Verdict::Allowed),
            reached(b, "x", Verdict::Allowed),
            reached(a, "only", Verdict::Allowed),
            reached(a, "other", Verdict::Allowed),
            reached(b, "last", Verdict::Allowed),
            reached(b, "only", Verdict::Conditional),
        ]);
        let shown = |most| {
            let rows = all.groups(Grouping::Near(most));
            rows.iter().map(|row| (row.name.clone(), row.roles.len(), row.hops)).collect::<Vec<_>>()
        };
        let account = |id: &str| GroupName::Account(id.to_owned());
        let expected = [
            (account(a), 2, (4, 5)),
            (GroupName::Name("x".to_owned(), 2), 2, (1, 1)),
            (account(b), 1, (4, 4)),
            (account(b), 1, (4, 4)),
        ];
        assert_eq!(shown(5), expected);
        assert_eq!(shown(6).len(), 6);
        assert_eq!(all.groups(Grouping::Every).len(), 4);
        assert_eq!(all.accounts(), 2);
    }

    #[test]
    fn of_many_accounts_the_largest_are_shown_and_the_rest_together() {
        let of_account = |at: usize| {
            let roles = 0..=usize::from(at < 3);
            roles.map(move |role| reached(&format!("{at:012}"), &format!("role-{at}-{role}"), Verdict::Allowed))
        };
        let all = answer((0..30).flat_map(of_account).collect());
        let rows = all.groups(Grouping::Near(20));
        let sizes: Vec<usize> = rows.iter().map(|row| row.roles.len()).collect();
        assert_eq!(sizes, [2, 2, 2, 1, 1, 1, 24]);
        assert_eq!(rows.last().map(|row| &row.name), Some(&GroupName::Others(24)));
    }
}
