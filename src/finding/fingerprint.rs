//! What identifies a finding across runs.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::record::Finding;

/// Identity of a finding over time: SHA-256 of rule, subject and a discriminator within the subject, 32 hexadecimal
/// digits. Never of counts, dates, names of runs or messages.
#[must_use]
pub fn fingerprint(rule: &str, subject: &str, discriminator: &str) -> String {
    let mut hash = Sha256::new();
    for part in [rule, subject, discriminator] {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    let mut digest = hex::encode(hash.finalize());
    digest.truncate(32);
    digest
}

/// Findings that rules identify alike are numbered, so that no two share a fingerprint: the second of two policies that have one name
/// and say the same, say. Order: subject, then message.
pub fn tell_apart(findings: &mut [Finding]) {
    let mut alike = BTreeMap::<String, Vec<usize>>::new();
    for (at, finding) in findings.iter().enumerate() {
        alike.entry(finding.fingerprint.clone()).or_default().push(at);
    }
    for (shared, mut places) in alike.into_iter().filter(|(_, places)| places.len() > 1) {
        places.sort_by_key(|at| findings.get(*at).map(|f| (f.account, f.subject.clone(), f.message.clone())));
        for (number, at) in places.into_iter().enumerate().skip(1) {
            if let Some(finding) = findings.get_mut(at) {
                finding.fingerprint = fingerprint(&finding.rule, &shared, &number.to_string());
            }
        }
    }
}
