//! Serves a snapshot as AWS endpoints on loopback, for `demo`, tests and load benches.
