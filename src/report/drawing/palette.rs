//! Which color and shape stands for what. Source: Okabe and Ito, "Color Universal Design".

use crate::answer::{PrincipalKind, Verdict};

/// The fill of nodes of a kind, light enough for black letters.
pub(super) fn fill(kind: PrincipalKind) -> &'static str {
    match kind {
        PrincipalKind::User => "#E69F00",
        PrincipalKind::Person | PrincipalKind::Group => "#FFC861",
        PrincipalKind::Role => "#9AD0F0",
        PrincipalKind::Service => "#66C2A5",
        PrincipalKind::Federated => "#F0E442",
        PrincipalKind::Account => "#E0A8C8",
        PrincipalKind::Public => "#F08A4B",
    }
}

/// The color of edges of a verdict.
pub(super) fn line(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Allowed => "#0072B2",
        Verdict::Conditional => "#B04A00",
        Verdict::Unknown | Verdict::Denied => "#666666",
    }
}

/// What the lines mean, in words.
pub(super) const LEGEND: &str = "solid: allowed; dashed: conditional; dotted: unknown";
