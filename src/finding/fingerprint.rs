//! What identifies a finding across runs.

use rayon::prelude::*;
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
    digest.shrink_to_fit();
    digest
}

/// Findings that rules identify alike are numbered, so that no two share a fingerprint: the second of two policies that have one name
/// and say the same, say. Order: subject, then message.
pub fn tell_apart(findings: &mut [Finding]) {
    let print = |at: &usize| findings.get(*at).map(|finding| &finding.fingerprint);
    let mut order: Vec<usize> = (0..findings.len()).collect();
    order.par_sort_by(|a, b| print(a).cmp(&print(b)));
    let alike = order.chunk_by(|a, b| print(a) == print(b)).filter(|places| places.len() > 1);
    let alike: Vec<Vec<usize>> = alike.map(<[usize]>::to_vec).collect();
    for mut places in alike {
        places.sort_by_key(|at| findings.get(*at).map(|f| (f.account, f.subject.clone(), f.message.clone())));
        for (number, at) in places.into_iter().enumerate().skip(1) {
            if let Some(finding) = findings.get_mut(at) {
                finding.fingerprint = fingerprint(&finding.rule, &finding.fingerprint, &number.to_string());
            }
        }
    }
}
