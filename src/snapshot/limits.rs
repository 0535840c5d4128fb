//! Limits of a snapshot's files.

/// Largest file that is read, in bytes, after decompression: an account at every IAM quota stays far below.
pub(super) const MAX_BYTES: u64 = 2 * 1024 * 1024 * 1024;
