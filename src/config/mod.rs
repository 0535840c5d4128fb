//! `rolehop.toml`: settings, targets, rule parameters, waivers.
