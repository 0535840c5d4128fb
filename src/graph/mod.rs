//! Who can assume what: edges from indexes, reachability both ways, shortest paths.
