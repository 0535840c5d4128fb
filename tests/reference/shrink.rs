//! The smallest organization that still shows a difference: removes whatever can be removed.

use serde_json::Value;

use super::organization::Organization;

/// Objects whose entries may be removed one by one.
const LOOSE: &[&str] = &["Condition"];
/// Lists that must keep at least one entry.
const NEEDED: &[&str] =
    &["Action", "NotAction", "Resource", "NotResource", "AWS", "Service", "Statement", "Roots", "PolicyVersionList"];

/// Removes parts as long as `shows` stays true.
pub fn smallest(found: &Organization, shows: impl Fn(&Organization) -> bool) -> Organization {
    let mut best = found.clone();
    loop {
        let before = best.clone();
        let ids: Vec<String> = best.accounts.keys().cloned().collect();
        for id in ids {
            let whole = best.clone();
            reduce(&whole.accounts[&id], &mut |smaller| {
                let mut next = best.clone();
                next.accounts.insert(id.clone(), smaller.clone());
                keep(&mut best, next, &shows)
            });
        }
        let whole = best.organization.clone();
        reduce(&whole, &mut |smaller| {
            let next = Organization { organization: smaller.clone(), accounts: best.accounts.clone() };
            keep(&mut best, next, &shows)
        });
        if best == before {
            return best;
        }
    }
}

fn keep(best: &mut Organization, next: Organization, shows: &impl Fn(&Organization) -> bool) -> bool {
    let better = shows(&next);
    if better {
        *best = next;
    }
    better
}

/// Tries to remove every part, the largest first; accepted removals stay.
fn reduce(whole: &Value, accept: &mut impl FnMut(&Value) -> bool) {
    let mut current = whole.clone();
    let mut depth = 1;
    loop {
        let mut places = Vec::new();
        removable(&current, &mut Vec::new(), depth, &mut places);
        let deeper = deepest(&current) > depth;
        // from the back, so that untried parts keep their position
        for place in places.iter().rev() {
            let mut smaller = current.clone();
            remove(&mut smaller, place);
            if accept(&smaller) {
                current = smaller;
            }
        }
        if !deeper {
            return;
        }
        depth += 1;
    }
}

fn deepest(value: &Value) -> usize {
    match value {
        Value::Array(all) => 1 + all.iter().map(deepest).max().unwrap_or(0),
        Value::Object(map) => 1 + map.values().map(deepest).max().unwrap_or(0),
        _ => 0,
    }
}

/// Paths of this length that may be removed.
fn removable(value: &Value, at: &mut Vec<String>, depth: usize, found: &mut Vec<Vec<String>>) {
    let within = at.iter().any(|step| LOOSE.contains(&step.as_str()));
    let needed = at.last().is_some_and(|step| NEEDED.contains(&step.as_str()));
    let entries: Vec<(String, &Value, bool)> = match value {
        Value::Array(all) => {
            let loose = !(all.len() == 1 && (needed || within));
            all.iter().enumerate().map(|(i, v)| (i.to_string(), v, loose)).collect()
        }
        Value::Object(map) => map
            .iter()
            .map(|(k, v)| (k.clone(), v, within || matches!(k.as_str(), "Condition" | "PermissionsBoundary")))
            .collect(),
        _ => return,
    };
    for (step, inner, loose) in entries {
        at.push(step);
        if at.len() == depth {
            if loose {
                found.push(at.clone());
            }
        } else {
            removable(inner, at, depth, found);
        }
        at.pop();
    }
}

fn remove(value: &mut Value, place: &[String]) {
    let (last, way) = place.split_last().unwrap();
    let mut here = value;
    for step in way {
        here = match here {
            Value::Array(all) => &mut all[step.parse::<usize>().unwrap()],
            other => &mut other[step.as_str()],
        };
    }
    match here {
        Value::Array(all) => {
            all.remove(last.parse().unwrap());
        }
        Value::Object(map) => {
            map.shift_remove(last);
        }
        _ => panic!("nothing to remove"),
    }
}
