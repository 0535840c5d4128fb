//! The `rolehop` command.

fn main() {}
