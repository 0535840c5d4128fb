//! A document without some of its statements.
//!
//! Owns: that everything else stays as it was written. Does not judge whether AWS would store the result: a trust policy without
//! statements lets nobody in, which is what a question about it means.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::value::RawValue;

use super::parse::{PolicyError, spelled_out};

/// The document as a JSON object, without the statements at these positions, from 0.
///
/// # Errors
/// Where the text is no JSON object in one of the three spellings of a document.
pub fn without_statements(json: &str, removed: &BTreeSet<u32>) -> Result<Box<RawValue>, PolicyError> {
    let object = spelled_out(json)?;
    let mut members: BTreeMap<String, Box<RawValue>> = serde_json::from_str(&object)?;
    let written = members.get("Statement").map_or("[]", |raw| raw.get());
    let statements: Vec<Box<RawValue>> = if written.trim_start().starts_with('[') {
        serde_json::from_str(written)?
    } else {
        vec![serde_json::from_str(written)?]
    };
    let is_kept = |at: usize| u32::try_from(at).is_ok_and(|at| !removed.contains(&at));
    let kept: Vec<&Box<RawValue>> =
        statements.iter().enumerate().filter(|(at, _)| is_kept(*at)).map(|(_, raw)| raw).collect();
    members.insert("Statement".to_owned(), serde_json::value::to_raw_value(&kept)?);
    Ok(serde_json::value::to_raw_value(&members)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::parse;

    const TWO: &str = r#"{"Version": "2012-10-17", "Statement": [
        {"Sid": "A", "Effect": "Allow", "Action": "s3:Get*", "Resource": "*"},
        {"Sid": "B", "Effect": "Deny", "Action": "s3:*", "Resource": "*"}]}"#;

    fn sids(json: &str, removed: &[u32]) -> Vec<String> {
        let without = without_statements(json, &removed.iter().copied().collect()).unwrap();
        let policy = parse(without.get()).unwrap();
        policy.statements.iter().map(|statement| statement.sid.to_string()).collect()
    }

    #[test]
    fn the_other_statements_stay_in_every_spelling_of_a_document() {
        let text = serde_json::to_string(TWO).unwrap();
        let encoded = percent_encoding::utf8_percent_encode(TWO, percent_encoding::NON_ALPHANUMERIC).to_string();
        for spelling in [TWO, &text, &serde_json::to_string(&encoded).unwrap()] {
            assert_eq!(sids(spelling, &[0]), ["B"]);
            assert_eq!(sids(spelling, &[1]), ["A"]);
            assert_eq!(sids(spelling, &[0, 1]), [""; 0], "a document may have no statement left");
            assert_eq!(sids(spelling, &[]), ["A", "B"]);
        }
        let one = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "sts:*", "Resource": "*"}}"#;
        assert_eq!(sids(one, &[0]), [""; 0]);
        assert_eq!(parse(without_statements(one, &BTreeSet::new()).unwrap().get()).unwrap().statements.len(), 1);
    }
}
