//! What identifies a finding across runs.

use sha2::{Digest, Sha256};

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
