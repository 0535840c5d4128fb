//! Answers of a size that a model can read.
//!
//! Owns: how an answer is cut. INVARIANT: what is left out of a list or text is counted at its place.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

/// Bytes of an answer at most.
const LARGEST: usize = 60_000;

/// Characters of a text at most.
const LONGEST: usize = 4_000;

/// How much of a place was kept, and how much there is.
#[derive(Clone, Copy, Debug, Default)]
struct Count {
    shown: usize,
    total: usize,
}

/// By the place of a list, `/answers/*/path`, and whether it is characters that are counted.
type Counts = BTreeMap<(String, bool), Count>;

/// Entries at most, of a list and of a list inside of it. Of a path, or of what a role needs, a part alone would say something else:
/// such lists are short, and are cut last.
#[derive(Clone, Copy, Debug)]
struct Room {
    outer: usize,
    inner: usize,
}

/// Entries of a list inside of another that are kept, whatever the limit is, where there is room.
const INNER: usize = 10;

/// An answer with at most so many entries in each list, or fewer where it would be too large, and what was left out of it; `None` where
/// even one entry is too large.
pub(super) fn bounded(answer: &Value, most: usize) -> Option<(Value, Vec<Value>)> {
    let mut room = Room { outer: most, inner: most.max(INNER) };
    loop {
        let mut counts = Counts::new();
        let cut = cut(answer, room, "", &mut counts);
        if size(&cut) <= LARGEST {
            return Some((cut, counts.into_iter().map(left_out).collect()));
        }
        room = match room {
            Room { outer: 0 | 1, inner: 0 | 1 } => return None,
            Room { outer: 0 | 1, inner } => Room { outer: 1, inner: inner / 2 },
            Room { outer, inner } => Room { outer: outer / 2, inner: inner.min((outer / 2).max(INNER)) },
        };
    }
}

fn left_out(((at, is_text), count): ((String, bool), Count)) -> Value {
    let what = if is_text { "characters" } else { "entries" };
    json!({"at": at, "what": what, "shown": count.shown, "total": count.total})
}

fn size(value: &Value) -> usize {
    serde_json::to_vec(value).map_or(usize::MAX, |text| text.len())
}

fn cut(value: &Value, room: Room, at: &str, counts: &mut Counts) -> Value {
    match value {
        Value::Array(list) => {
            let kept = list.len().min(room.outer);
            count(counts, at, false, kept, list.len());
            let (inner, room) = (format!("{at}/*"), Room { outer: room.inner, ..room });
            Value::Array(list.iter().take(kept).map(|one| cut(one, room, &inner, counts)).collect())
        }
        Value::Object(object) => {
            let entries = object.iter().map(|(key, one)| (key.clone(), cut(one, room, &format!("{at}/{key}"), counts)));
            Value::Object(entries.collect::<Map<_, _>>())
        }
        Value::String(text) if text.len() > LONGEST => {
            let kept: String = text.chars().take(LONGEST).collect();
            count(counts, at, true, kept.chars().count(), text.chars().count());
            Value::String(kept)
        }
        other => other.clone(),
    }
}

/// Lists at one place are counted together.
fn count(counts: &mut Counts, at: &str, is_text: bool, shown: usize, total: usize) {
    if shown < total {
        let all = counts.entry((at.to_owned(), is_text)).or_default();
        all.shown += shown;
        all.total += total;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_cut_is_counted_where_it_was_and_short_lists_inside_of_others_are_whole() {
        let long: Vec<usize> = (0..12).collect();
        let answer = json!({"a": [[1, 2, 3], long, [5]], "b": "x"});
        let (cut, left_out) = bounded(&answer, 2).unwrap();
        assert_eq!(cut, json!({"a": [[1, 2, 3], &long[..10]], "b": "x"}));
        assert_eq!(left_out[0], json!({"at": "/a", "what": "entries", "shown": 2, "total": 3}));
        assert_eq!(left_out[1], json!({"at": "/a/*", "what": "entries", "shown": 10, "total": 12}));
        assert_eq!(bounded(&answer, 50).unwrap(), (answer, Vec::new()));
    }

    #[test]
    fn lists_inside_of_others_are_cut_where_one_entry_alone_is_too_large() {
        let answer = json!([vec!["x".repeat(3_900); 40], []]);
        let (cut, left_out) = bounded(&answer, 50).unwrap();
        assert_eq!((cut.as_array().unwrap().len(), cut[0].as_array().unwrap().len()), (2, 12));
        assert_eq!(left_out, [json!({"at": "/*", "what": "entries", "shown": 12, "total": 40})]);
        let wide = json!(vec![vec![vec!["x".repeat(3_900); 10]; 2]; 3]);
        let (cut, _) = bounded(&wide, 50).unwrap();
        assert_eq!((cut.as_array().unwrap().len(), cut[0][1].as_array().unwrap().len()), (1, 5));
    }

    #[test]
    fn a_large_answer_is_cut_until_it_fits() {
        let answer = json!({"a": vec!["é".repeat(500); 1000], "t": "é".repeat(9000)});
        let (cut, left_out) = bounded(&answer, 1000).unwrap();
        assert!(size(&cut) <= LARGEST && cut["a"].as_array().unwrap().len() > 20);
        assert_eq!(left_out[1], json!({"at": "/t", "what": "characters", "shown": 4000, "total": 9000}));
        let wide: Map<String, Value> = (0..9000).map(|n| (format!("key{n}"), json!(n))).collect();
        assert!(bounded(&Value::Object(wide), 50).is_none());
    }
}
