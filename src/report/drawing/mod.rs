//! Pictures: a writer for each format that programs draw.
//!
//! Owns: shapes, colors and labels, and how a name gets into each format without being obeyed. Colors are those of Okabe and Ito,
//! which people with any kind of color vision tell apart; no color is the only sign of anything.

mod boxes;
mod dot;
mod graphml;
mod labels;
mod mermaid;
mod palette;

pub use dot::write as dot;
pub use graphml::write as graphml;
pub use mermaid::write as mermaid;
pub use mermaid::{LIMIT_OF_EDGES, LIMIT_OF_TEXT};
