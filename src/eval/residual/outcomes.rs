//! Which outcomes the tests of one unknown fact can have together.
//!
//! Owns: trying every value that tells the tests apart (`witness`), by what the fact can be (`possible`). Does not know
//! the formula that the tests stand in (`simplify`).

use super::parts::sets_identity;
use super::possible::{Issue, Possible, Texts};
use super::test::Test;
use super::witness;
use crate::eval::credential::Credential;
use crate::policy::key::{ContextKey, KeyKind};

/// The outcomes that the tests of one fact can have together, each once; `None` where that is not known.
pub(super) fn of(tests: &[&Test]) -> Option<Vec<Vec<bool>>> {
    let setting = tests.iter().filter(|test| sets_identity(test)).count();
    if setting > 0 && setting < tests.len() {
        return of_identity(tests);
    }
    let mut found = Vec::new();
    if let Some(Possible::Issued(issues)) = tests.first().map(|t| &t.possible) {
        for issue in issues.iter() {
            found.extend(of_issue(issue, tests)?);
        }
    } else if let Some(Possible::Credentials(credentials)) = tests.first().map(|t| &t.possible) {
        for credential in *credentials {
            found.extend(of_credential(*credential, tests)?);
        }
    } else if let Some(Possible::OneOf(choices)) = tests.first().map(|t| &t.possible) {
        for choice in choices {
            let values: Vec<&str> = choice.iter().map(String::as_str).collect();
            found.push(tests.iter().map(|t| t.holds(&values)).collect::<Option<Vec<bool>>>()?);
        }
    } else {
        let may_be_absent =
            tests.iter().any(|t| matches!(t.possible, Possible::Any { absent: true } | Possible::Shaped(_, true)));
        if may_be_absent {
            found.push(tests.iter().map(|t| t.holds(&[])).collect::<Option<Vec<bool>>>()?);
        }
        // tests that were added to link facts know no shape
        let shape =
            tests.iter().find_map(|t| if let Possible::Shaped(shape, _) = &t.possible { Some(shape) } else { None });
        let witnesses = match shape {
            Some(shape) => witness::shaped(tests, shape)?,
            None => witness::of(tests)?,
        };
        let one = |text: &String| {
            let each = tests.iter().map(|t| match &t.possible {
                Possible::After(prefix) => t.holds(&[&format!("{prefix}{text}")]),
                _ => t.holds(&[text]),
            });
            each.collect::<Option<Vec<bool>>>()
        };
        let mut single = witnesses.iter().map(one).collect::<Option<Vec<_>>>()?;
        if tests.iter().any(|t| t.variable.kind().is_multivalued()) {
            single = of_lists(single, tests)?;
        }
        found.extend(single);
    }
    found.sort();
    found.dedup();
    Some(found)
}

/// The source identity of the session that calls, and the one that the call sets: none, or the same where there is one.
/// Source: AWS IAM User Guide, "Monitor and control actions taken with assumed roles".
fn of_identity(tests: &[&Test]) -> Option<Vec<Vec<bool>>> {
    let may_be_absent = |setting: bool| {
        tests.iter().any(|t| sets_identity(t) == setting && matches!(t.possible, Possible::Any { absent: true }))
    };
    let texts = witness::of(tests)?;
    let mut pairs: Vec<(Option<&String>, Option<&String>)> = Vec::new();
    if may_be_absent(false) {
        pairs.extend(texts.iter().map(|text| (None, Some(text))));
    }
    pairs.extend(texts.iter().map(|text| (Some(text), Some(text))));
    if may_be_absent(true) {
        pairs.extend(texts.iter().map(|text| (Some(text), None)));
        pairs.extend(may_be_absent(false).then_some((None, None)));
    }
    let row = |(has, set): (Option<&String>, Option<&String>)| {
        let each = tests.iter().map(|test| {
            let value: Vec<&str> =
                if sets_identity(test) { set } else { has }.into_iter().map(String::as_str).collect();
            test.holds(&value)
        });
        each.collect::<Option<Vec<bool>>>()
    };
    let mut found = pairs.into_iter().map(row).collect::<Option<Vec<_>>>()?;
    found.sort();
    found.dedup();
    Some(found)
}

/// What follows from one credential: whether MFA was used, how long ago, since when the session is. Of the last two a
/// value is there or not; which, is open.
fn of_credential(credential: Credential, tests: &[&Test]) -> Option<Vec<Vec<bool>>> {
    let kind = |test: &&Test| test.key.kind();
    let mut rows = vec![Vec::new()];
    let mut places: Vec<usize> = Vec::new();
    for part in [KeyKind::MfaPresent, KeyKind::MfaAge, KeyKind::TokenIssueTime] {
        let own: Vec<(usize, &Test)> = tests.iter().copied().enumerate().filter(|(_, t)| kind(t) == part).collect();
        let own_tests: Vec<&Test> = own.iter().map(|(_, test)| *test).collect();
        let values: Vec<Vec<String>> = match part {
            KeyKind::MfaPresent => credential.mfa_present(),
            KeyKind::MfaAge if !credential.has_mfa() => vec![Vec::new()],
            // a code in the call was entered just now
            KeyKind::MfaAge if credential == Credential::AccessKeyWithCode => vec![vec!["0".to_owned()]],
            KeyKind::TokenIssueTime if credential.is_long_term() => vec![Vec::new()],
            _ => witness::of(&own_tests)?.into_iter().map(|text| vec![text]).collect(),
        };
        let mut outcomes = Vec::new();
        for value in &values {
            let value: Vec<&str> = value.iter().map(String::as_str).collect();
            outcomes.push(own_tests.iter().map(|t| t.holds(&value)).collect::<Option<Vec<bool>>>()?);
        }
        outcomes.sort();
        outcomes.dedup();
        places.extend(own.iter().map(|(at, _)| *at));
        rows = rows
            .iter()
            .flat_map(|row: &Vec<bool>| outcomes.iter().map(|more| row.iter().chain(more).copied().collect()))
            .collect();
    }
    let in_order = |row: Vec<bool>| {
        let mut ordered: Vec<(usize, bool)> = places.iter().copied().zip(row).collect();
        ordered.sort_unstable();
        ordered.into_iter().map(|(_, outcome)| outcome).collect()
    };
    Some(rows.into_iter().map(in_order).collect())
}

/// A multivalued key holds any of the witnesses together: what holds of all, or of any, of them.
fn of_lists(mut rows: Vec<Vec<bool>>, tests: &[&Test]) -> Option<Vec<Vec<bool>>> {
    use crate::policy::operator::Quantifier::ForAllValues;
    const MAX_ROWS: usize = 256;
    rows.sort();
    rows.dedup();
    let mut at = 0;
    while at < rows.len() {
        let known = rows.get(at)?.clone();
        let joined: Vec<Vec<bool>> = rows
            .iter()
            .map(|other| {
                let pairs = known.iter().zip(other).zip(tests);
                pairs
                    .map(|((a, b), test)| match test.operator.quantifier {
                        Some(ForAllValues) => *a && *b,
                        _ => *a || *b,
                    })
                    .collect()
            })
            .collect();
        for row in joined {
            if !rows.contains(&row) {
                rows.push(row);
            }
        }
        if rows.len() > MAX_ROWS {
            return None;
        }
        at += 1;
    }
    Some(rows)
}

/// The outcomes that tests of keys can have together in a session of one maker; `None` where that is not known.
fn of_issue(issue: &Issue, tests: &[&Test]) -> Option<Vec<Vec<bool>>> {
    let mut keys: Vec<&ContextKey> = tests.iter().map(|t| &t.key).collect();
    keys.sort();
    keys.dedup();
    let mut rows = vec![vec![false; tests.len()]];
    for key in keys {
        let own: Vec<(usize, &Test)> = tests.iter().copied().enumerate().filter(|(_, t)| t.key == *key).collect();
        let own_tests: Vec<&Test> = own.iter().map(|(_, test)| *test).collect();
        let mut values: Vec<Vec<String>> = Vec::new();
        let given = issue.given(key);
        if given.is_none_or(|g| g.absent) {
            values.push(Vec::new());
        }
        match given.map(|g| &g.texts) {
            Some(Texts::OneOf(all)) => values.extend(all.iter().map(|text| vec![text.clone()])),
            Some(Texts::Shaped(shape)) => {
                values.extend(witness::shaped(&own_tests, shape)?.into_iter().map(|t| vec![t]))
            }
            None => {}
        }
        let mut next = Vec::new();
        for value in &values {
            let value: Vec<&str> = value.iter().map(String::as_str).collect();
            let outcome = own.iter().map(|(at, t)| Some((*at, t.holds(&value)?))).collect::<Option<Vec<_>>>()?;
            for row in &rows {
                let mut row = row.clone();
                for (at, truth) in &outcome {
                    if let Some(slot) = row.get_mut(*at) {
                        *slot = *truth;
                    }
                }
                next.push(row);
            }
        }
        next.sort();
        next.dedup();
        rows = next;
    }
    Some(rows)
}
