//! Which revision runs on which database: narrowing, branches, and the commands that show and use
//! them.

mod explain;
mod history;
mod lint;
mod narrowed;
mod new_revisions;
mod overrides;
mod unrouted;
