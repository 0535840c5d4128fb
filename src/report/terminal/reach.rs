//! Who reaches a target, in words that every format for people prints.
//!
//! Owns: the words. They are not escaped: each format does that in its own way.

use super::names::{Names, number, plural, short, some};
use crate::answer::{
    Administrator, CanAnswer, Closing, GroupName, MfaOfPeople, ReachCount, ReachRow, ReachSummary, Reached, ReachedRow,
    Verdict, Who,
};

/// The header of groups.
pub(in crate::report) const HEADER: [&str; 5] = ["VERDICT", "WHO", "REACHES", "HOPS", "NEEDS"];

/// The header of what one principal reaches.
pub(in crate::report) const HEADER_OF_CAN: [&str; 4] = ["VERDICT", "ROLE", "HOPS", "NEEDS"];

/// Letters of a cell that lists names.
const CELL: usize = 60;

/// Ways of which a reader needs no list of what closes most.
const FEW: u64 = 20;

/// In place of an answer that data of the snapshot would have to bear out.
const NOT_PROVEN: &str = "NOT proven, data is missing";

/// What the answer is in one sentence.
pub(in crate::report) fn sentence(answer: &ReachSummary) -> String {
    let (roles, accounts) = answer.size;
    let of = format!("{} in {}", plural(roles, "role"), plural(accounts, "account"));
    let count = answer.principals();
    let asked = as_asked(&answer.asked);
    if count == 0 && answer.proven {
        return format!("nobody reaches {} ({of}){asked}", answer.target);
    }
    if count == 0 {
        return format!("nobody was found to reach {} ({of}){asked}: {NOT_PROVEN}", answer.target);
    }
    let target = &answer.target;
    let known = count.saturating_sub(answer.possible);
    if known == 0 {
        let may = plural(count, "principal");
        return format!("nobody is known to reach {target} ({of}){asked}; {may} may: {NOT_PROVEN}");
    }
    let at_least = if answer.proven { "" } else { "at least " };
    let verb = if known == 1 { "reaches" } else { "reach" };
    let principals = plural(known, "principal");
    let more = if answer.possible == 0 { String::new() } else { format!("; {} more may", number(answer.possible)) };
    match answer.reached {
        reached if reached == roles => format!("{at_least}{principals} {verb} {target} ({of}){asked}{more}"),
        reached => format!("{at_least}{principals} {verb} {target}: {} of its {of}{asked}{more}", number(reached)),
    }
}

/// `, as far as asked: --people --account dev`; empty where nothing was left out.
fn as_asked(options: &[String]) -> String {
    if options.is_empty() { String::new() } else { format!(", as far as asked: {}", options.join(" ")) }
}

/// How many of one sort reach how much: `2,017 users reach 9,224 roles; 1,646 of them reach 6,013 without MFA`.
pub(in crate::report) fn count(count: &ReachCount) -> String {
    let verb = if count.principals == 1 { "reaches" } else { "reach" };
    let all = format!("{} {verb} {}", counted(count.principals, count.who), plural(count.roles, "role"));
    match count.without_mfa {
        None => all,
        Some((0, _)) => format!("{all}, all with MFA"),
        Some((users, roles)) if (users, roles) == (count.principals, count.roles) => format!("{all} without MFA"),
        Some((users, roles)) if users == count.principals => format!("{all}, {} without MFA", number(roles)),
        Some((1, roles)) => format!("{all}; 1 of them reaches {} without MFA", number(roles)),
        Some((users, roles)) => format!("{all}; {} of them reach {} without MFA", number(users), number(roles)),
    }
}

/// What one of a group is called.
pub(in crate::report) fn noun(who: Who) -> &'static str {
    match who {
        Who::People => "person",
        Who::PeopleRoles => "Identity Center role",
        Who::Users => "user",
        Who::Outsiders => "outsider",
        Who::Unread => "unread account",
        Who::Dormant => "dormant account",
        Who::Federated => "identity provider",
        Who::Carriers => "workforce or workload service",
        Who::Roles => "role",
        Who::Services => "AWS service",
    }
}

/// How many of a sort.
fn counted(count: usize, who: Who) -> String {
    match (who, count) {
        (Who::People, 1) => "1 person".to_owned(),
        (Who::People, _) => format!("{} people", number(count)),
        _ => plural(count, noun(who)),
    }
}

/// What is known of the MFA of people, in one sentence.
pub(in crate::report) fn mfa(mfa: &MfaOfPeople) -> String {
    format!("MFA of people: {}", mfa.words())
}

/// The cells of a group, under [`HEADER`] but for the verdict.
pub(in crate::report) fn cells(row: &ReachRow, names: &Names) -> [String; 4] {
    [principals(row, names), roles(row, names), hops(row.hops), needs(row.verdict, &row.needs, &row.conditions)]
}

fn hops((least, most): (usize, usize)) -> String {
    if least == most { number(least) } else { format!("{least}-{most}") }
}

/// What a principal reaches, in one sentence.
pub(in crate::report) fn sentence_of_can(answer: &CanAnswer, names: &Names) -> String {
    let who = short(&answer.principal, names);
    let asked = as_asked(&answer.asked);
    if answer.answers.is_empty() {
        return match answer.proven {
            true => format!("{who} reaches no role{asked}"),
            false => format!("{who} was not found to reach any role{asked}: {NOT_PROVEN}"),
        };
    }
    let at_least = if answer.proven { "" } else { "at least " };
    let possible = answer.answers.iter().filter(|one| one.verdict == Verdict::Unknown).count();
    let known = answer.answers.len() - possible;
    let [roles, may] = [known, possible].map(|count| plural(count, "role"));
    let accounts = plural(answer.accounts(), "account");
    match (known, possible) {
        (_, 0) => format!("{who} reaches {at_least}{roles} in {accounts}{asked}"),
        (0, _) => {
            format!("{who} is not known to reach any role{asked}; it may reach {may} in {accounts}: {NOT_PROVEN}")
        }
        (_, possible) => {
            format!("{who} reaches {at_least}{roles}, and may reach {} more, in {accounts}{asked}", number(possible))
        }
    }
}

/// Who of these is an administrator of its account or one step from it, in sentences; none where ways to escalate are not followed.
pub(in crate::report) fn administrators(answer: &CanAnswer, names: &Names) -> Vec<String> {
    let mut told = Vec::new();
    if let Some(own) = &answer.administrator {
        let is = if own.in_one_step { "one step from administrator" } else { "administrator" };
        told.push(format!("{} is {is} of its account{}", short(&answer.principal, names), by(own)));
    }
    for (in_one_step, head) in [(false, "administrators of their accounts"), (true, "one step from administrator")] {
        let of = |one: &Reached| {
            let own = one.administrator.as_ref().filter(|own| own.in_one_step == in_one_step)?;
            Some(format!("{}{}", short(&one.role, names), by(own)))
        };
        let roles: Vec<String> = answer.answers.iter().filter_map(of).collect();
        if !roles.is_empty() {
            told.push(format!("{head}: {}", some(&roles)));
        }
    }
    told
}

/// `administrator`, or `one step from administrator (update-trust iam-012)`
pub(in crate::report) fn administrator(own: &Administrator) -> String {
    if own.in_one_step { format!("one step from administrator{}", by(own)) } else { "administrator".to_owned() }
}

/// ` (update-trust iam-012)`; empty for who is one already.
fn by(own: &Administrator) -> String {
    let words: Vec<&str> = own.kind.iter().chain(&own.catalogue).map(String::as_str).collect();
    if words.is_empty() { String::new() } else { format!(" ({})", words.join(" ")) }
}

/// The cells of a group, under [`HEADER_OF_CAN`] but for the verdict.
pub(in crate::report) fn cells_of_can(row: &ReachedRow<'_>, names: &Names) -> [String; 3] {
    let roles = match (row.roles.as_slice(), &row.name) {
        ([only], _) => short(&only.role, names),
        (roles, GroupName::Name(name, accounts)) if roles.len() == *accounts => {
            format!("{name} in {}", plural(*accounts, "account"))
        }
        (roles, GroupName::Name(name, accounts)) => {
            format!("{name}: {} in {}", plural(roles.len(), "role"), plural(*accounts, "account"))
        }
        (roles, GroupName::Account(id)) => format!("{} of {}", plural(roles.len(), "role"), account(id, names)),
        (roles, GroupName::Others(accounts)) => {
            format!("{} in {}", plural(roles.len(), "more role"), plural(*accounts, "account"))
        }
        (roles, GroupName::Only(_) | GroupName::Via(_)) => plural(roles.len(), "role"),
    };
    [roles, hops(row.hops), needs(row.verdict, &row.needs, row.conditions)]
}

/// The name of an account, or its id where it has none.
fn account<'a>(id: &'a str, names: &'a Names) -> &'a str {
    names.get(id).map(String::as_str).filter(|name| !name.is_empty()).unwrap_or(id)
}

fn principals(row: &ReachRow, names: &Names) -> String {
    let (principals, _) = &row.examples;
    let listed = listed(row.principals, principals, names);
    if let GroupName::Via(via) = &row.name {
        return format!("{} ({via})", listed.unwrap_or_else(|| first_and_more(row, names)));
    }
    if let Some(all) = listed {
        return all;
    }
    let all = counted(row.principals, row.who);
    match &row.name {
        GroupName::Via(via) => via.clone(),
        GroupName::Account(id) => format!("{all} of {}", account(id, names)),
        GroupName::Name(name, accounts) => format!("{name}: {all} in {}", plural(*accounts, "account")),
        GroupName::Only(name) => short(name, names),
        GroupName::Others(0) => more(row),
        GroupName::Others(accounts) => {
            format!("{} in {}", more(row), plural(*accounts, "account"))
        }
    }
}

/// `ada@acme.example and 5 more people`: who reaches prod is answered with a name.
fn first_and_more(row: &ReachRow, names: &Names) -> String {
    let (principals, _) = &row.examples;
    let Some(first) = principals.first().filter(|_| row.principals > 1) else {
        return counted(row.principals, row.who);
    };
    let others = row.principals.saturating_sub(1);
    let others = if others == 1 { "1 more".to_owned() } else { format!("{} more people", number(others)) };
    format!("{} and {others}", short(first, names))
}

fn more(row: &ReachRow) -> String {
    match row.who {
        Who::People => format!("{} more people", number(row.principals)),
        _ => plural(row.principals, &format!("more {}", noun(row.who))),
    }
}

/// The names, where these are all and not too long for a cell.
fn listed(all: usize, examples: &[String], names: &Names) -> Option<String> {
    let listed = examples.iter().map(|name| short(name, names)).collect::<Vec<_>>().join(", ");
    (all <= examples.len() && (all == 1 || listed.chars().count() <= CELL)).then_some(listed)
}

fn roles(row: &ReachRow, names: &Names) -> String {
    let (_, roles) = &row.examples;
    if let Some(all) = listed(row.roles, roles, names) {
        return all;
    }
    let all = format!("{} in {}", plural(row.roles, "role"), plural(row.accounts, "account"));
    let (least, most) = row.each;
    match row.principals {
        1 => all,
        _ if least == row.roles => all,
        _ if least == most => format!("{all}, {} each", number(least)),
        _ => format!("{all}, {} to {} each", number(least), number(most)),
    }
}

/// What would close most, in one sentence each. Of few ways everybody sees the last step.
pub(in crate::report) fn closing(answer: &ReachSummary, names: &Names) -> Vec<String> {
    let ways = number(usize::try_from(answer.ways).unwrap_or(usize::MAX));
    let sentence = |closing: &Closing| {
        let copies = match closing.copies {
            1 => String::new(),
            copies => format!(" ({} have it)", plural(copies, "role")),
        };
        let ended = number(usize::try_from(closing.ways).unwrap_or(usize::MAX));
        format!("{}{copies}: removing it cuts {ended} of {ways} ways", short(&closing.role, names))
    };
    answer.closing.iter().filter(|_| answer.ways >= FEW).map(sentence).collect()
}

/// The end of a line: what is left to decide, if anything.
pub(in crate::report) fn with_needs(verdict: Verdict, phrases: &[String], conditions: &[String]) -> String {
    let nothing = phrases.is_empty() && conditions.is_empty();
    if nothing { String::new() } else { format!("  needs {}", needs(verdict, phrases, conditions)) }
}

/// What is left to decide, in words: the phrases, or what the keys are where there are none.
fn needs(verdict: Verdict, phrases: &[String], conditions: &[String]) -> String {
    match verdict {
        Verdict::Unknown => "unknown".to_owned(),
        _ if !phrases.is_empty() => phrases.join(", "),
        _ if conditions.is_empty() => "nothing".to_owned(),
        _ => conditions.iter().map(|c| in_words(c)).collect::<Vec<_>>().join(", "),
    }
}

/// A context key in plain words.
fn in_words(key: &str) -> String {
    match (key, key.rsplit_once(':')) {
        ("aws:MultiFactorAuthPresent", _) => "MFA".to_owned(),
        ("aws:MultiFactorAuthAge", _) => "recent MFA".to_owned(),
        ("sts:ExternalId", _) => "external id".to_owned(),
        // issuers are host names: what a reader needs is the claim
        (_, Some((issuer, claim))) if issuer.contains('.') || issuer == "SAML" => format!("claim {claim}"),
        (other, _) => other.to_owned(),
    }
}
