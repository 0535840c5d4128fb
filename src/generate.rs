//! A seedable generator of organisations of any size, for benches and tests.
