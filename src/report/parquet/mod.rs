//! Parquet: tables for DuckDB, Athena, Spark and pandas.
//!
//! Owns: the columns of each table. Text is written as it is: nothing here is shown to anybody, and readers join by it.

mod edges;
mod findings;
mod principals;
mod table;

pub use edges::write as edges;
pub use findings::write as findings;
pub use principals::write as principals;
