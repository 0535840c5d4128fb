//! The nearest of known words to one that is unknown.
//!
//! Owns: how near is near enough to be suggested. A transposition of two letters is one edit, case is none.

/// The candidate that takes the fewest edits, if that is few.
pub(crate) fn nearest<'a>(word: &str, candidates: &[&'a str]) -> Option<&'a str> {
    near(word, candidates.iter().copied(), 1).first().copied()
}

/// How many letters must be changed to make one word of the other.
pub(crate) fn edits(word: &str, other: &str) -> usize {
    strsim::osa_distance(&word.to_lowercase(), &other.to_lowercase())
}

/// The candidates that take few edits, nearest first, at most so many; beside a near one, those that are much further are left out.
pub(crate) fn near<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>, most: usize) -> Vec<&'a str> {
    let letters = word.chars().count();
    let few = letters.div_ceil(3);
    // words of other lengths need not be compared: each letter more or less is an edit
    let alike = candidates.into_iter().filter(|c| c.chars().count().abs_diff(letters) <= few);
    let scored = alike.map(|c| (edits(word, c), c));
    let mut near: Vec<(usize, &str)> = scored.filter(|(edits, _)| *edits <= few).collect();
    near.sort_unstable();
    near.dedup();
    let enough = near.first().map_or(0, |(edits, _)| edits + 1);
    near.retain(|(edits, _)| *edits <= enough);
    near.into_iter().take(most).map(|(_, candidate)| candidate).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_edits_are_near_and_many_are_not() {
        let names = ["prod-core", "prod-data", "staging", "Audit"];
        assert_eq!(nearest("prod-croe", &names), Some("prod-core"));
        assert_eq!(nearest("AUDIT", &names), Some("Audit"));
        assert_eq!(nearest("sandbox", &names), None);
        assert_eq!(nearest("", &names), None);
        assert_eq!(near("prod-core", names, 3), ["prod-core"], "a name itself is nearest");
        assert_eq!(near("/Work/Prd", ["/Work/Prod", "/Work", "/Work/Pod"], 3), ["/Work/Pod", "/Work/Prod"]);
        assert_eq!(near("prdo", ["prod", "prod"], 3), ["prod"], "each once");
    }
}
