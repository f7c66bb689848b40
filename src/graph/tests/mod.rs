//! Graphs small enough to draw.

mod build;
mod labels;
mod lineage;
mod order;
mod part;
