//! limbeck: a branched schema-migration engine.

pub mod db;
pub mod graph;
pub mod plan;
pub mod script;
pub mod target;
