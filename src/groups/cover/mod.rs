//! The fewest sets of columns whose unions are the rows of a matrix, where a row may be the union of a few sets only.
//!
//! Owns: the search, and the bound that tells how far from the smallest its result may be. This is role mining with a limit for each
//! user: the basic form is the set basis problem (J. Vaidya, V. Atluri, Q. Guo, "The role mining problem: finding a minimal descriptive set
//! of roles", SACMAT 2007). Does not know what rows and columns stand for. INVARIANT: the union of a row's sets is the row, no more and
//! no less; `at_least` is never more than the smallest number.

mod assign;
mod bound;
mod exact;
mod greedy;
mod matrix;
mod part;
mod pool;
mod reduce;
mod refine;
#[cfg(test)]
mod tests;
mod whole;

pub use matrix::{Column, ColumnIx, Matrix, Row, RowIx};
pub use pool::SetIx;
pub use whole::{Cover, cover};
