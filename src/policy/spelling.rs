//! Misspelled names of context keys.
//!
//! Owns: telling a misspelling from a key that is newer than rolehop. A key with blanks around it, with one or two wrong letters,
//! without its prefix, without its tag key or with a superfluous one is in no request: AWS saves the policy and never finds the
//! key.

/// Maximum number of letters that are wrong, missing, superfluous or swapped with their neighbor.
const SLIPS: usize = 2;

/// The key that a name was probably meant to be; `None` if no known key is similar.
pub(super) fn meant<'k>(name: &str, known: impl Iterator<Item = &'k str> + Clone) -> Option<&'k str> {
    let lower = name.trim().to_lowercase();
    let (head, tag) = lower.split_once('/').map_or((lower.as_str(), None), |(head, tag)| (head, Some(tag)));
    // a key that takes a tag key is listed as `aws:PrincipalTag/`
    let spelled = |key: &'k str| key.trim_end_matches('/').to_lowercase();
    let without_prefix = |key: &'k str| spelled(key).split_once(':').is_some_and(|(_, rest)| rest == head);
    let same = |key: &&'k str| spelled(key) == head || (tag.is_none() && without_prefix(key));
    if let Some(key) = known.clone().find(same) {
        return Some(key);
    }
    let far_enough = |key: &str| key.len() > 4 * SLIPS;
    let near = known.filter(|key| far_enough(key)).map(|key| (distance(&spelled(key), head), key));
    near.filter(|(slips, _)| *slips <= SLIPS).min().map(|(_, key)| key)
}

/// The edit distance of two texts, counted only up to the bound that matters.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len().abs_diff(b.len()) > SLIPS {
        return SLIPS + 1;
    }
    let mut rows: [Vec<usize>; 3] = [Vec::new(), Vec::new(), (0..=b.len()).collect()];
    for (i, own) in a.iter().enumerate() {
        rows.rotate_left(1);
        let [before, above, row] = &mut rows;
        row.clear();
        row.push(i + 1);
        let mut last = None;
        for (j, other) in b.iter().enumerate() {
            let at = |row: &[usize], j: usize| row.get(j).copied().unwrap_or(usize::MAX - 1);
            let left = row.last().copied().unwrap_or(usize::MAX - 1);
            let mut best = (at(above, j) + usize::from(own != other)).min(at(above, j + 1) + 1).min(left + 1);
            let swapped = i > 0 && last == Some(own) && a.get(i - 1) == Some(other);
            if swapped && j > 0 {
                best = best.min(at(before, j - 1) + 1);
            }
            row.push(best);
            last = Some(other);
        }
    }
    rows.last().and_then(|row| row.last()).copied().unwrap_or(SLIPS + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: &[&str] =
        &["aws:PrincipalOrgID", "aws:PrincipalOrgPaths", "aws:PrincipalTag/", "aws:MultiFactorAuthPresent"];

    fn slip(name: &str) -> Option<&'static str> {
        meant(name, KNOWN.iter().copied())
    }

    #[test]
    fn blanks_letters_and_prefixes_are_slips() {
        assert_eq!(slip("aws:PrincipalOrgId "), Some("aws:PrincipalOrgID"));
        assert_eq!(slip("aws:MultiFactorAuthPresentt"), Some("aws:MultiFactorAuthPresent"));
        assert_eq!(slip("aws:MutliFactorAuthPresent"), Some("aws:MultiFactorAuthPresent"));
        assert_eq!(slip("aws:PrincipalOrgPath"), Some("aws:PrincipalOrgPaths"));
        assert_eq!(slip("PrincipalOrgID"), Some("aws:PrincipalOrgID"));
        assert_eq!(slip("aws:PrincipalTag"), Some("aws:PrincipalTag/"));
        assert_eq!(slip("aws:PrincipalTags/team"), Some("aws:PrincipalTag/"));
        assert_eq!(slip("aws:PrincipalOrgID/x"), Some("aws:PrincipalOrgID"));
    }

    #[test]
    fn what_is_like_none_may_be_new() {
        assert_eq!(slip("aws:BrandNew"), None);
        assert_eq!(slip("aws:PrincipalOrgUnit"), None);
        assert_eq!(slip("aws:x"), None);
    }

    #[test]
    fn distances_count_swaps_once() {
        assert_eq!(distance("abcd", "abcd"), 0);
        assert_eq!(distance("abcd", "abdc"), 1);
        assert_eq!(distance("abcd", "bcd"), 1);
        assert_eq!(distance("abcd", "xbcy"), 2);
        assert!(distance("abcd", "wxyz") > 2);
    }
}
