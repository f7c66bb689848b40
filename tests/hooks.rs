//! The hooks of runs and steps: `[hooks]` and `[databases.NAME.hooks]`.

mod commands;
mod failing;
mod sql;
mod support;
