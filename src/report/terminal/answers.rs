//! Answers of `who-can` and `can` for people.

use std::io::{self, Write};

use super::grid::{cell, draw, of_verdict};
use super::names::{Names, plural, short};
use super::notes::{gaps, note};
use super::style::Style;
use crate::answer::{CanAnswer, Verdict, WhoCanAnswer};
use crate::report::escape::escape;

/// Maximum number of roles that a table row names.
const SHOWN: usize = 2;

/// Who reaches a target.
///
/// # Errors
/// If the output cannot be written.
pub fn who_can(answer: &WhoCanAnswer, names: &Names, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let count = answer.answers.len();
    let roles = answer.resolved.len();
    let target = escape(&answer.target);
    let at_least = if answer.proven { "" } else { "at least " };
    if count == 0 {
        let proven = if answer.proven { "nobody" } else { "none found, NOT proven: nobody" };
        writeln!(out, "{proven} reaches {target} ({})", plural(roles, "role"))?;
    } else {
        let verb = if count == 1 { "reaches" } else { "reach" };
        writeln!(out, "{at_least}{} {verb} {target} ({})\n", plural(count, "principal"), plural(roles, "role"))?;
        let arrow = if style.unicode { "→" } else { "->" };
        // verdict, hops and needs belong to each role: one row for all roles that share them
        let rows =
            answer.answers.iter().flat_map(|a| a.targets.iter().map(move |alike| (a, alike))).map(|(a, alike)| {
                let more = alike.roles.len().saturating_sub(SHOWN);
                let mut lines = vec![escape(&short(&a.principal, names)).into_owned()];
                lines.extend(alike.roles.iter().take(SHOWN).map(|r| format!("{arrow} {}", escape(&short(r, names)))));
                lines.extend((more > 0).then(|| format!("{arrow} and {more} more")));
                vec![
                    cell(alike.verdict.as_str(), of_verdict(alike.verdict)),
                    comfy_table::Cell::new(lines.join("\n")),
                    cell(&alike.hop_count.to_string(), None),
                    cell(&needs(alike.verdict, &alike.conditions), None),
                ]
            });
        draw(&["VERDICT", "WHO REACHES WHAT", "HOPS", "NEEDS"], rows.collect(), style, out)?;
    }
    gaps(&answer.gaps, style, out)
}

/// Shows what a principal can reach.
///
/// # Errors
/// If the output cannot be written.
pub fn can(answer: &CanAnswer, names: &Names, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let who = short(&answer.principal, names);
    let who = escape(&who);
    let at_least = if answer.proven { "" } else { "at least " };
    if answer.answers.is_empty() {
        let proven = if answer.proven { "" } else { " found, NOT proven" };
        writeln!(out, "{who} reaches no role{proven}")?;
    } else {
        writeln!(out, "{who} reaches {at_least}{}\n", plural(answer.answers.len(), "role"))?;
        let rows = answer.answers.iter().map(|a| {
            vec![
                cell(a.verdict.as_str(), of_verdict(a.verdict)),
                cell(&short(&a.role, names), None),
                cell(&a.hop_count.to_string(), None),
                cell(&needs(a.verdict, &a.conditions), None),
            ]
        });
        draw(&["VERDICT", "ROLE", "HOPS", "NEEDS"], rows.collect(), style, out)?;
    }
    note(answer.note, style, out)?;
    gaps(&answer.gaps, style, out)
}

fn needs(verdict: Verdict, conditions: &[String]) -> String {
    match verdict {
        Verdict::Unknown => "unknown".to_owned(),
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
