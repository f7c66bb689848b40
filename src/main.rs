//! The `limbeck` command.

fn main() {}
