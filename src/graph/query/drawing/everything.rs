//! The picture of all direct edges.

use super::canvas::Canvas;
use super::lines::Line;
use super::options::{DrawOptions, TooManyNodes};
use crate::answer::Drawing;
use crate::graph::trust_graph::TrustGraph;

/// Every direct edge that is not denied, as `export edges --include-unknown` lists them.
///
/// # Errors
/// Where it would have too many nodes.
pub fn everything(graph: &TrustGraph<'_>, options: &DrawOptions) -> Result<Drawing, TooManyNodes> {
    let estate = graph.estate();
    let lines: Vec<Line<'_>> = graph.all().iter().flatten().filter_map(|edge| Line::own(edge, estate)).collect();
    let gaps = estate.unread_accounts().map(|(_, gap)| estate.gap(gap).clone()).collect();
    Canvas::of_everything(estate, lines, gaps).draw(options)
}
