//! A plan of groups for people: what else there is, the groups, what changes, and who does not get what is needed.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::grid::{cell, draw};
use super::names::{Names, number, plural, short, some};
use super::notes::gaps;
use super::style::Style;
use super::wrap::line;
use crate::answer::{DeviationKind, GroupFate, PlanAccount, PlanAlternative, PlanAnswer, PlanDeviation, PlannedGroup};
use crate::report::escape::escape;

/// Names that a line has room for.
const NAMED: usize = 3;

/// Reasons to leave groups alone that are told.
const REASONS: usize = 5;

/// Writes a plan, with at most so many groups of each account.
///
/// # Errors
/// If the output cannot be written.
pub fn table(answer: &PlanAnswer, most: usize, names: &Names, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    line(&style.bold(&escape(&sentence(answer))), "", "  ", style, out)?;
    if !answer.alternatives.is_empty() {
        writeln!(out, "\nBefore that, other ways:")?;
    }
    for one in &answer.alternatives {
        line(&escape(&alternative(one)), "  ", "    ", style, out)?;
    }
    for account in answer.accounts.iter().filter(|account| has_something(account)) {
        of_account(account, most, names, style, out)?;
    }
    for fault in &answer.faults {
        line(&escape(&format!("wrong: {fault}")), "\n", "  ", style, out)?;
    }
    gaps(&answer.gaps, style, out)
}

/// How many groups let how many users in.
#[must_use]
pub fn sentence(answer: &PlanAnswer) -> String {
    let count: usize = answer.accounts.iter().map(|account| account.groups.len()).sum();
    let users: usize = answer.accounts.iter().map(|account| account.users).sum();
    if count == 0 {
        return format!("no group is needed for {}", plural(answer.users, "user"));
    }
    let bound: usize = answer.accounts.iter().map(|account| account.at_least).sum();
    let bound = match bound {
        bound if bound >= count => "no fewer do".to_owned(),
        bound => format!("within {} of the bound: at least {} are needed", count - bound, number(bound)),
    };
    let exact = match (answer.verified, answer.exact) {
        (false, _) => "the check found what is wrong",
        (true, true) if !answer.proven => {
            "decided again with them: everybody gets what is needed, as far as the data tells"
        }
        (true, true) => "decided again with them: everybody gets exactly what is needed",
        (true, false) => "decided again with them: not everybody gets exactly what is needed, see below",
    };
    let verb = if count == 1 { "lets" } else { "let" };
    format!(
        "{} {verb} {} into what they need, {} of user and role ({bound}; {exact})",
        plural(count, "group"),
        plural(users, "user"),
        plural(usize::try_from(answer.pairs).unwrap_or(usize::MAX), "pair"),
    )
}

fn alternative(one: &PlanAlternative) -> String {
    let pairs = |count: u64| plural(usize::try_from(count).unwrap_or(usize::MAX), "pair");
    let mut facts = Vec::new();
    facts.extend(one.groups.filter(|count| *count > 0).map(|count| plural(count, "group")));
    facts.push(if one.adds == 0 {
        "adds nothing".to_owned()
    } else {
        format!("adds {} to what is needed", pairs(one.adds))
    });
    if one.lacks > 0 {
        facts.push(format!("lacks {}", pairs(one.lacks)));
    }
    let better = if one.is_better { "better: " } else { "" };
    format!("{better}{} ({})", one.text, facts.join(", "))
}

/// False for an account in which nothing is planned and nothing is to be told.
fn has_something(account: &PlanAccount) -> bool {
    !(account.groups.is_empty() && account.deleted.is_empty() && account.deviations.is_empty())
}

fn of_account(account: &PlanAccount, most: usize, names: &Names, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let limits = &account.limits;
    let heading = format!(
        "{}: {}, {} of {} groups in the account, at most {} of {} for a user",
        short(&account.account, names),
        plural(account.groups.len(), "group"),
        number(limits.groups_after),
        number(limits.groups as usize),
        limits.most_groups_of_user,
        limits.groups_per_user,
    );
    line(&style.bold(&escape(&heading)), "\n", "  ", style, out)?;
    if limits.groups_after > limits.groups as usize {
        line("more groups than the account may have: raise the quota, or use another way", "  ", "  ", style, out)?;
    }
    if limits.managed_after > limits.managed_policies as usize {
        line("more managed policies than the account may have: raise the quota first", "  ", "  ", style, out)?;
    }
    let rows = account.groups.iter().take(most).map(|group| {
        let cells =
            [group.name.clone(), number(group.members.len()), roles(group, names), policies(group), today(group)];
        cells.iter().map(|text| cell(text, None)).collect()
    });
    if !account.groups.is_empty() {
        draw(&["GROUP", "MEMBERS", "ROLES", "POLICIES", "TODAY"], rows.collect(), style, out)?;
    }
    if account.groups.len() > most {
        writeln!(out, "  and {} more (--all shows them)", number(account.groups.len() - most))?;
    }
    for text in changes(account).into_iter().chain(stays(account)).chain(wildcards(account)) {
        line(&escape(&text), "  ", "    ", style, out)?;
    }
    deviations(account, names, style, out)
}

fn roles(group: &PlannedGroup, names: &Names) -> String {
    let shown: Vec<String> = group.roles.iter().take(NAMED).map(|arn| in_short(arn, names)).collect();
    let more = group.roles.len().saturating_sub(shown.len());
    let more = if more > 0 { format!(" and {} more", number(more)) } else { String::new() };
    format!("{}{more}", shown.join(", "))
}

fn in_short(arn: &str, names: &Names) -> String {
    short(arn, names).replacen("/role/", "/", 1)
}

fn policies(group: &PlannedGroup) -> String {
    match group.policies.as_slice() {
        [] => "as today".to_owned(),
        [only] => format!("{}, {} characters", only.kind, number(only.size as usize)),
        many => format!("{} managed", many.len()),
    }
}

fn today(group: &PlannedGroup) -> String {
    if group.fate == GroupFate::New {
        return "new".to_owned();
    }
    match (group.joins.len(), group.leaves.len()) {
        (0, 0) => "stays".to_owned(),
        (joins, leaves) => format!("stays, +{joins} -{leaves} members"),
    }
}

/// What is to be done.
fn changes(account: &PlanAccount) -> Vec<String> {
    let new = account.groups.iter().filter(|group| group.fate == GroupFate::New).count();
    let joins: usize = account.groups.iter().map(|group| group.joins.len()).sum();
    let leaves: usize = account.groups.iter().map(|group| group.leaves.len()).sum();
    let ends = if leaves > 0 { format!(", {} to end in groups that stay", number(leaves)) } else { String::new() };
    let joins = plural(joins, "membership");
    let mut told = vec![format!("changes: {} to make, {joins} to add{ends}", plural(new, "group"))];
    if !account.deleted.is_empty() {
        told.push(format!("take away {}: {}", plural(account.deleted.len(), "group"), some(&account.deleted)));
    }
    let (gains, loses) = account
        .differences
        .iter()
        .fold((0, 0), |(gains, loses), difference| (gains + difference.gains.len(), loses + difference.loses.len()));
    told.push(match account.differences.len() {
        0 => "nobody reaches more or less than today".to_owned(),
        users => format!(
            "against today, {}: {} gained, {} lost",
            plural(users, "user"),
            plural(gains, "role"),
            number(loses)
        ),
    });
    told
}

fn stays(account: &PlanAccount) -> Vec<String> {
    let mut by_why = BTreeMap::<&str, Vec<&str>>::new();
    account.kept.iter().for_each(|group| by_why.entry(&group.why).or_default().push(&group.name));
    let line = |(why, names): (&&str, &Vec<&str>)| {
        let shown: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        format!("left alone, since {why}: {}", some(&shown))
    };
    let mut told: Vec<String> = by_why.iter().take(REASONS).map(line).collect();
    let others: usize = by_why.values().skip(REASONS).map(Vec::len).sum();
    if others > 0 {
        told.push(format!(
            "left alone for reasons of the same kind: {} (--json has each)",
            plural(others, "more group")
        ));
    }
    told
}

fn wildcards(account: &PlanAccount) -> Vec<String> {
    let all = account.groups.iter().flat_map(|group| group.wildcards.iter().map(move |one| (group, one)));
    all.map(|(group, one)| {
        format!(
            "{} names {}: all {} of that name today, and any that comes later (--no-wildcards names each)",
            group.name,
            one.resource,
            plural(one.roles, "role")
        )
    })
    .collect()
}

fn deviations(account: &PlanAccount, names: &Names, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    for why in [DeviationKind::NoRoom, DeviationKind::Refused, DeviationKind::Extra] {
        let of: Vec<&PlanDeviation> = account.deviations.iter().filter(|deviation| deviation.why == why).collect();
        if of.is_empty() {
            continue;
        }
        let count: usize = of.iter().map(|deviation| deviation.roles.len()).sum();
        line(&escape(&format!("not as needed: {} {}", plural(count, "pair"), why.words())), "  ", "    ", style, out)?;
        for deviation in of.iter().take(NAMED) {
            let roles: Vec<String> = deviation.roles.iter().map(|arn| in_short(arn, names)).collect();
            line(&escape(&format!("{}: {}", deviation.user, some(&roles))), "    ", "      ", style, out)?;
        }
        if of.len() > NAMED {
            writeln!(out, "    and {} users more (JSON has all)", number(of.len() - NAMED))?;
        }
    }
    Ok(())
}
